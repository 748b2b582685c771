"""Which registrations on file a mail speaks of."""

from __future__ import annotations

from dataclasses import replace

from mailbot.core.acts.fields import new_registration
from mailbot.core.case import Case, is_about, own_registrations
from mailbot.core.events import Event
from mailbot.core.registrations import ACTIVE, Registration, RegistrationStatus
from mailbot.core.requests import Details, Person


def spoken_of(
    case: Case, details: Details, people: tuple[Person, ...]
) -> tuple[Event | None, tuple[Registration, ...]]:
    """The event and the registrations on file that a mail speaks of.

    Without an event in the mail, the one the sender answers to, or is registered for when there is just one.
    """
    event = case.event_of(details.event)
    mine = own_registrations(case, event.key if event else None)
    active = [registration for registration in mine if registration.status in ACTIVE] or list(mine)
    if event is None:
        keys = {r.event for r in case.facts.thread.registrations} or {r.event for r in active}
        if len(keys) != 1:
            return None, ()
        event = case.policy.events.get(next(iter(keys)))
        active = [registration for registration in active if event and registration.event == event.key]
    if event is None:
        return None, ()
    if case.facts.assume_registered and not active:
        active = [_assumed(case, event, person, details) for person in people or (Person(email=case.sender),)]
    if people:
        named = [registration for registration in active if any(is_about(registration, p) for p in people)]
        if not named and all(person.is_sender for person in people):
            named = [r for r in active if (r.email or "").casefold() == case.sender]
        return event, tuple(named)
    return event, tuple(r for r in active if (r.email or "").casefold() == case.sender) or tuple(active)


def _assumed(case: Case, event: Event, person: Person, details: Details) -> Registration:
    """A stand-in where there is no database to ask: confirmed for all sessions, as spoken of."""
    fresh = new_registration(case, event, person, None)
    sessions = tuple(session.key for session in event.sessions)
    return replace(fresh, status=RegistrationStatus.CONFIRMED, sessions=sessions, requested_by=case.sender)
