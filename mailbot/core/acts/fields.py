"""The fields of a registration: made from a mail, laid over what is on file, compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from mailbot.core.case import Case, language_or_default
from mailbot.core.events import Choice, Event
from mailbot.core.ids import derived_id
from mailbot.core.pickups import point_after
from mailbot.core.registrations import Registration, RegistrationStatus, person_key
from mailbot.core.requests import Details, Person

#: people of one mail who have a place of their own in the order of arrival
MOST_PEOPLE = 1000


def missing_of(event: Event, registration: Registration) -> Choice | str | None:
    """What this registration still lacks: ``session``, a choice, or nothing."""
    if event.attend in {"any", "one"} and not registration.sessions:
        return "session"
    return next((c for c in event.choices if c.required and c.key not in registration.choices), None)


def wanted_sessions(case: Case, event: Event, chosen: tuple[str, ...]) -> tuple[str, ...]:
    """The sessions to register for; those that are over already are left out."""
    if event.attend in {"single", "all"}:
        return tuple(session.key for session in event.sessions)
    return tuple(key for key in chosen if event.session(key) is not None and not over(event, key, case))


def over(event: Event, session_key: str, case: Case) -> bool:
    """Whether this session has ended."""
    session = event.session(session_key)
    return session is not None and session.ends <= case.now


def on_file(case: Case, event: Event, person: Person) -> Registration | None:
    """This person's registration for the event: by address, else by name among those the sender asked for."""
    key = person_key(email=person.email, name=person.name, requested_by=case.sender)
    for registration in case.facts.registrations:
        if registration.event == event.key and registration.person_key == key:
            return registration
    return None


def new_registration(
    case: Case, event: Event, person: Person, existing: Registration | None, position: int = 0
) -> Registration:
    """A person's registration as it begins; one that was given up is taken up again under its own identity."""
    key = person_key(email=person.email, name=person.name, requested_by=case.sender)
    identity = existing.id if existing is not None else derived_id("registration", event.key, key)
    # As it was last spelt: what a mail program writes before the address is not put right with it.
    known = existing.name if existing is not None and person.is_sender else None
    return Registration(
        id=identity,
        event=event.key,
        person_key=key,
        status=existing.status if existing is not None else RegistrationStatus.PENDING,
        name=known or person.name,
        email=person.email,
        organisation=person.organisation,
        phone=person.phone,
        language=language_or_default(case),
        requested_by=case.sender if (person.email or "").casefold() != case.sender else None,
        requested_at=case.arrived,
        arrival_order=case.facts.uid * MOST_PEOPLE + min(position, MOST_PEOPLE - 1),
        updated_at=case.now,
    )


def with_details(
    registration: Registration, details: Details, sessions: tuple[str, ...], person: Person | None = None
) -> Registration:
    """What the mail says laid over what is on file; what it does not say stays."""
    order = sorted(sessions)
    return replace(
        registration,
        name=registration.name or (person.name if person else None),
        organisation=registration.organisation or (person.organisation if person else None),
        phone=registration.phone or (person.phone if person else None),
        sessions=tuple(order),
        choices={**registration.choices, **details.choices},
        second_choices={**registration.second_choices, **details.second_choices},
        mode=details.mode or registration.mode,
        second_mode=details.second_mode if details.mode else registration.second_mode,
        pickup=point_after(registration.pickup, details.pickup),
        needs=details.needs or registration.needs,
    )


_COMPARED: Mapping[str, Callable[[Registration], object]] = {
    "sessions": lambda r: r.sessions,
    "choices": lambda r: dict(r.choices),
    "mode": lambda r: r.mode,
    "pickup": lambda r: r.pickup,
    "needs": lambda r: r.needs,
    "name": lambda r: r.name,
    "email": lambda r: r.email,
    "person": lambda r: r.person_key,
}


def differences(before: Registration, after: Registration) -> tuple[str, ...]:
    """The names of the fields that are otherwise."""
    return tuple(name for name, value in _COMPARED.items() if value(before) != value(after))
