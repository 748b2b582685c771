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
from mailbot.core.acts.settle import joined, settled
from mailbot.core.case import ACTIVE, Case, event_state, is_member
from mailbot.core.decisions import PutRegistration
from mailbot.core.events import Event
from mailbot.core.registrations import Registration, RegistrationStatus
from mailbot.core.replies import ReplyKind
from mailbot.core.requests import Ambiguous, Details, Person

_NOT_OPEN: Mapping[str, ReplyKind] = {
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
    if state in _NOT_OPEN:
        return Act(reply=_NOT_OPEN[state], event=event)
    if any(over(event, key, case) for key in details.sessions) and all(
        over(event, key, case) for key in details.sessions
    ):
        return Act(reply="registrant-past", event=event)
    if not _may_come(case, event, details.people):
        return Act(reply="registrant-members-only", event=event)
    if details.mode is not None and details.mode not in event.modes:
        return Act(event=event, trouble="mode-not-offered")
    outcomes = [_register_person(case, event, person, details, state, used) for person in details.people]
    return joined(case, event, outcomes)


def _may_come(case: Case, event: Event, people: tuple[Person, ...]) -> bool:
    return all(is_member(event, person.email or case.sender) for person in people)


def _register_person(
    case: Case, event: Event, person: Person, details: Details, state: str, used: Used
) -> tuple[PutRegistration | None, Registration, tuple[str, ...]]:
    """The write for one person (None: nothing new), the registration afterwards, and what is new in it."""
    existing = on_file(case, event, person)
    wanted = wanted_sessions(case, event, details.sessions)
    if existing is not None and existing.status in ACTIVE and not existing.interest_only:
        merged = with_details(existing, details, tuple(dict.fromkeys((*existing.sessions, *wanted))), person)
        changed = differences(existing, merged)
        if not changed and not (existing.status is RegistrationStatus.PENDING and missing_of(event, existing) is None):
            return None, existing, ()
        return settled(case, event, merged, existing, state, used, changed)
    fresh = new_registration(case, event, person, existing)
    fresh = with_details(fresh, details, wanted, person)
    return settled(case, event, fresh, existing, state, used, ())
