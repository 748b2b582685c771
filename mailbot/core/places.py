"""Places: what is limited, which of it a registration takes, and whether it is free.

A place is counted under a key: ``album`` for the event, ``polarisation/2021-03-23`` for a session,
``befus-25:lab=nuisance`` for an option, ``album!in-person`` and ``polarisation/2021-03-23!in-person`` for the seats in
the room. The store counts under the same keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from mailbot.core.events import Event, Mode
from mailbot.core.registrations import SEATED, Registration, exchanged

#: what is taken, by key
Taken = Mapping[str, int]

_IN_PERSON = "!in-person"


def capacity_of(event: Event) -> dict[str, int]:
    """Every limit of an event, by the key under which its places are counted."""
    limits: dict[str, int] = {}
    for key, limit in _limits(event):
        # The only session may have the event's own key: then the smaller number holds.
        if limit is not None:
            limits[key] = min(limit, limits.get(key, limit))
    return limits


def _limits(event: Event) -> Iterator[tuple[str, int | None]]:
    yield event.key, event.capacity
    yield f"{event.key}{_IN_PERSON}", event.in_person_capacity
    for session in event.sessions:
        yield session.key, session.capacity
        yield f"{session.key}{_IN_PERSON}", session.in_person_capacity
    for choice in event.choices:
        for option in choice.options:
            yield option_key(event.key, choice.key, option.key), option.capacity


def option_key(event: str, choice: str, option: str) -> str:
    return f"{event}:{choice}={option}"


def place_keys(registration: Registration) -> tuple[str, ...]:
    """The keys of all places that this registration takes or would take, limited or not.

    Who has not said how he or she takes part may come: a seat in the room is kept until it is known.
    """
    keys = [registration.event, *registration.sessions]
    if registration.mode != "online":
        keys += [f"{key}{_IN_PERSON}" for key in keys]
    keys += [option_key(registration.event, choice, option) for choice, option in registration.choices.items()]
    return tuple(dict.fromkeys(keys))


def places_held(registration: Registration | None) -> tuple[str, ...]:
    """The keys of the places it keeps from others now; none where its status holds none."""
    if registration is None or registration.status not in SEATED:
        return ()
    keys = place_keys(registration)
    if registration.exchange is None or registration.exchange.offered_until is None:
        return keys
    return tuple(dict.fromkeys((*keys, *place_keys(exchanged(registration)))))


def full_for(event: Event, wish: Registration, taken: Taken, held: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The keys of which none is left for this wish, beside what the person ``held`` already and keeps."""
    limits = capacity_of(event)
    return tuple(
        key for key in place_keys(wish) if key in limits and key not in held and taken.get(key, 0) >= limits[key]
    )


def fitting(event: Event, wish: Registration, taken: Taken, held: tuple[str, ...] = ()) -> Registration | None:
    """The wish as it fits into what is free: as it is, else with second choices; None where it does not fit."""
    return next((each for each in _wishes(wish) if not full_for(event, each, taken, held)), None)


def _wishes(wish: Registration) -> Iterator[Registration]:
    """As first wished; then with one of the second wishes; then with all of them; in the end by the other way."""
    yield wish
    for choice, option in wish.second_choices.items():
        yield replace(wish, choices={**wish.choices, choice: option})
    if len(wish.second_choices) > 1:
        yield replace(wish, choices={**wish.choices, **wish.second_choices})
    if wish.second_mode is not None:
        yield from _wishes(replace(wish, mode=wish.second_mode, second_mode=None))


def fits_online(event: Event, wish: Registration, taken: Taken) -> bool:
    """Whether only the room is full, and it would fit online."""
    online: Mode = "online"
    return (
        online in event.modes and wish.mode != online and fitting(event, replace(wish, mode=online), taken) is not None
    )


def full_options(event: Event, choice: str, taken: Taken) -> frozenset[str]:
    """The options of a choice that are full."""
    limits = capacity_of(event)
    return frozenset(
        option.key
        for each in event.choices
        if each.key == choice
        for option in each.options
        if taken.get(key := option_key(event.key, choice, option.key), 0) >= limits.get(key, taken.get(key, 0) + 1)
    )


def room(event: Event, taken: Taken) -> str | None:
    """The topic that tells whether there is room; None where part of it is full: which part is meant, a person sees."""
    full = {key for key, limit in capacity_of(event).items() if taken.get(key, 0) >= limit}
    if not full:
        return "places-left"
    all_sessions = all(session.key in full for session in event.sessions)
    return "places-taken" if event.key in full or all_sessions else None
