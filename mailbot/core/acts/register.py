"""A wish to take part."""

from __future__ import annotations

from collections.abc import Mapping

from mailbot.core.acts.act import Act, Used
from mailbot.core.acts.fields import (
    differences,
    missing_of,
    new_registration,
    on_file,
    over,
    wanted_sessions,
    with_details,
)
from mailbot.core.acts.members import NOT_A_MEMBER, let_in, refused
from mailbot.core.acts.settle import Outcome, joined, settled
from mailbot.core.case import Case, event_state, is_member
from mailbot.core.events import Event
from mailbot.core.registrations import ACTIVE, Registration, RegistrationStatus
from mailbot.core.replies import ReplyKind
from mailbot.core.requests import Ambiguous, Details, Person

#: what is answered where no mail can register anybody
NOT_OPEN: Mapping[str, ReplyKind] = {
    "cancelled": "registrant-event-cancelled",
    "past": "registrant-past",
    "elsewhere": "registrant-elsewhere",
    "not-needed": "registrant-not-needed",
    "closed": "registrant-closed",
}


def register(case: Case, details: Details, used: Used) -> Act:
    """Everybody whom the mail names is registered as the event's terms allow."""
    event = case.event_of(details.event)
    if event is None:
        # Which of several is meant is asked back by the chain; only a mail that fits none is a coordinator's.
        return Act() if isinstance(details.event, Ambiguous) else Act(trouble="event-unclear")
    if not details.people:
        return Act(event=event, trouble="person-unclear")
    state = event_state(event, case.now)
    if state in NOT_OPEN and not (state == "closed" and _answers_us(case, event, details.people)):
        return Act(reply=NOT_OPEN[state], event=event, remarks=("not-registered",))
    if any(over(event, key, case) for key in details.sessions) and all(
        over(event, key, case) for key in details.sessions
    ):
        return Act(reply="registrant-past", event=event, remarks=("not-registered",))
    if not _may_come(case, event, details.people):
        return refused(event)
    if details.mode is not None and details.mode not in event.modes:
        return Act(event=event, trouble="mode-not-offered")
    outcomes = [
        _register_person(case, event, person, position, details, state, used)
        for position, person in enumerate(details.people)
    ]
    return joined(event, outcomes)


def _answers_us(case: Case, event: Event, people: tuple[Person, ...]) -> bool:
    """Whether everybody has been offered a place: that stands when registration closes."""
    found = [on_file(case, event, person) for person in people]
    return all(each is not None and each.status is RegistrationStatus.OFFERED for each in found)


def _may_come(case: Case, event: Event, people: tuple[Person, ...]) -> bool:
    """Members, and whoever has a place or waits for one already: a coordinator let them in."""
    if NOT_A_MEMBER in case.waived:
        return True
    return all(
        is_member(event, person.email or case.sender) or let_in(on_file(case, event, person)) for person in people
    )


def _register_person(
    case: Case, event: Event, person: Person, position: int, details: Details, state: str, used: Used
) -> Outcome:
    """``position``: where in the mail the person stands; first named, first in line."""
    existing = on_file(case, event, person)
    wanted = wanted_sessions(case, event, details.sessions)
    if existing is not None and existing.status in ACTIVE and not existing.interest_only:
        merged = with_details(existing, details, tuple(dict.fromkeys((*existing.sessions, *wanted))), person)
        changed = differences(existing, merged)
        if not changed and not _waits_for_this(event, existing):
            return Outcome(put=None, registration=existing)
        return settled(case, event, merged, existing, state, used, changed)
    fresh = new_registration(case, event, person, existing, position)
    fresh = with_details(fresh, details, wanted, person)
    return settled(case, event, fresh, existing, state, used, ())


def _waits_for_this(event: Event, existing: Registration) -> bool:
    """An offered place is taken by asking for it again; and nothing is missing any more of what was asked back."""
    if existing.status is RegistrationStatus.OFFERED:
        return True
    return existing.status is RegistrationStatus.PENDING and missing_of(event, existing) is None
