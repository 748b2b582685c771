"""What one of our mails tells the calendar of the person it goes to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from mailbot.core.calendar_out import CalendarObject, calendar_object
from mailbot.core.events import Event
from mailbot.core.invitations import Invitation, due
from mailbot.core.language import Language
from mailbot.core.policy import Desk
from mailbot.core.registrations import Registration

#: mails that show people what they are registered for, or offered: their calendar is told all of it
INVITING = frozenset(
    {
        "registrant-confirmed",
        "registrant-changed",
        "registrant-already",
        "registrant-promoted",
        "registrant-offered",
        "registrant-event-changed",
        "registrant-event-postponed",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    invitations: tuple[Invitation, ...] = ()
    objects: tuple[CalendarObject, ...] = ()

    @property
    def asking(self) -> int:
        return sum(invitation.status != "cancelled" for invitation in self.invitations)

    @property
    def withdrawn(self) -> int:
        return len(self.invitations) - self.asking


def told(
    kind: str,
    event: Event | None,
    registrations: Iterable[Registration],
    on_file: Iterable[Invitation],
    *,
    to: str,
    desk: Desk,
    language: Language,
    now: datetime,
    by_organiser: bool = False,
) -> Told:
    """What stands, with a mail that shows it; what is gone, with any. Only for registrations of the address ``to``.

    An invitation goes to its attendee alone: whoever asked for others has no answer to give in their place.
    """
    if event is None:
        return Told()
    known = tuple(on_file)
    pairs = [
        (registration, invitation)
        for registration in registrations
        if registration.email and registration.email.casefold() == to.casefold() and registration.event == event.key
        for invitation in due(event, registration, known, desk=desk, now=now, by_organiser=by_organiser)
        if invitation.status == "cancelled" or kind in INVITING
    ]
    return Told(
        invitations=tuple(invitation for _, invitation in pairs),
        objects=tuple(calendar_object(i, event, r, desk=desk, language=language) for r, i in pairs),
    )
