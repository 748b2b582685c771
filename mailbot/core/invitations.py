"""What stands in people's calendars because of us: the organiser's state of each invitation (RFC 5546 §2.1.4).

One invitation is one person at one session, with a UID of its own. What was last told is kept beside it, so that SEQUENCE
rises exactly when something changed that matters, and a calendar that holds what is no longer true is put right by the
next mail, whichever way the change came about.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from mailbot.core.events import Event, Session
from mailbot.core.registrations import Registration, RegistrationStatus

if TYPE_CHECKING:
    from mailbot.core.policy import Desk

InvitationStatus = Literal["tentative", "confirmed", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    registration: str
    session: str
    #: kept, because a desk may get another address and the calendars of the world do not know
    uid: str
    #: only the organiser raises it (RFC 5546 §2.1.4)
    sequence: int = 0
    #: the SEQUENCE with which this time and place were first told: an answer to an earlier one is to something else
    since: int = 0
    #: DTSTAMP of what was last sent
    stamped_at: datetime
    starts: datetime
    ends: datetime
    #: where to be, in no language: another street or another link is another place
    place: str = ""
    status: InvitationStatus = "confirmed"
    #: what the attendee last said, or what we know without asking
    partstat: str = "ACCEPTED"
    #: SEQUENCE and DTSTAMP of the attendee's last reply: what is older comes late
    replied_sequence: int | None = None
    replied_at: datetime | None = None


def new_uid(registration: Registration, session: Session, desk: Desk) -> str:
    """Stable for a person and a session (RFC 5545 §3.8.4.7)."""
    return f"{registration.id}.{session.key.replace('/', '.')}@{desk.address.rpartition('@')[2]}"


def place_of(event: Event, session: Session, registration: Registration) -> str:
    """Where this person has to be, as it is compared."""
    if is_online(event, registration):
        return f"online {session.online_link or ''}".strip()
    place = session.place or event.place
    return ", ".join(part for part in (place.street, place.postcode, place.city) if part) if place else ""


def is_online(event: Event, registration: Registration) -> bool:
    return registration.mode == "online" or "in-person" not in event.modes


_STATUS: dict[RegistrationStatus, InvitationStatus] = {
    RegistrationStatus.CONFIRMED: "confirmed",
    RegistrationStatus.OFFERED: "tentative",
}


def attended(event: Event, registration: Registration, now: datetime) -> tuple[Session, ...]:
    """The sessions that belong into this person's calendar, those that are over left out."""
    if registration.status not in _STATUS or not event.times_known or event.cancelled is not None:
        return ()
    chosen = [session for session in event.sessions if session.key in registration.sessions] or event.sessions
    return tuple(session for session in sorted(chosen, key=lambda s: s.starts) if session.ends > now)


def due(
    event: Event,
    registration: Registration,
    on_file: Iterable[Invitation],
    *,
    desk: Desk,
    now: datetime,
    by_organiser: bool = False,
) -> tuple[Invitation, ...]:
    """Every invitation as it has to be told now: those that stand, and the cancelled ones that were told otherwise.

    One that stands unchanged keeps its SEQUENCE and gets a new DTSTAMP. ``by_organiser``: nobody asked for what is new,
    so people are asked anew whether they come (RFC 5546 §3.2.2.1).
    """
    before = {invitation.session: invitation for invitation in on_file if invitation.registration == registration.id}
    standing = attended(event, registration, now)
    told = [
        _told(event, session, registration, before.get(session.key), desk, now, by_organiser) for session in standing
    ]
    keys = {session.key for session in standing}
    gone = [
        replace(old, status="cancelled", sequence=old.sequence + 1, stamped_at=now)
        for old in before.values()
        if old.session not in keys and old.status != "cancelled" and old.ends > now
    ]
    return (*told, *sorted(gone, key=lambda invitation: invitation.starts))


def _told(
    event: Event,
    session: Session,
    registration: Registration,
    old: Invitation | None,
    desk: Desk,
    now: datetime,
    by_organiser: bool,
) -> Invitation:
    status = _STATUS[registration.status]
    fresh = Invitation(
        registration=registration.id,
        session=session.key,
        uid=new_uid(registration, session, desk) if old is None else old.uid,
        stamped_at=now,
        starts=session.starts,
        ends=session.ends,
        place=place_of(event, session, registration),
        status=status,
        partstat="NEEDS-ACTION" if by_organiser or status == "tentative" else "ACCEPTED",
    )
    if old is None:
        return fresh
    fresh = replace(fresh, since=old.since, replied_sequence=old.replied_sequence, replied_at=old.replied_at)
    if _where_and_when(fresh) != _where_and_when(old):
        return replace(fresh, sequence=old.sequence + 1, since=old.sequence + 1)
    if fresh.status != old.status:
        return replace(fresh, sequence=old.sequence + 1)
    return replace(fresh, sequence=old.sequence, partstat=old.partstat)


def _where_and_when(invitation: Invitation) -> tuple[object, ...]:
    """What, beside STATUS, raises SEQUENCE when it changes (RFC 5546 §2.1.4)."""
    return invitation.starts, invitation.ends, invitation.place
