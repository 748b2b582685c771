"""The places a registration takes, and whether they are free."""

from __future__ import annotations

from mailbot.core.acts.act import Used
from mailbot.core.case import Case, capacity_of
from mailbot.core.events import Event
from mailbot.core.registrations import Registration


def seats(event: Event, registration: Registration) -> tuple[str, ...]:
    """The keys under which this registration's places are counted, of those that have a limit."""
    limits = capacity_of(event)
    keys = [event.key, *registration.sessions]
    keys += [f"{event.key}:{choice}={option}" for choice, option in registration.choices.items()]
    return tuple(key for key in keys if key in limits)


def full(case: Case, event: Event, registration: Registration, held: Registration | None, used: Used) -> bool:
    """Whether one of the places it would take beside those it holds already is gone."""
    limits = capacity_of(event)
    already = seats(event, held) if held is not None else ()
    return any(
        case.facts.seats_taken.get(key, 0) + used.get(key, 0) >= limits[key]
        for key in seats(event, registration)
        if key not in already
    )
