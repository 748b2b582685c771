"""What is taken already when one act of a mail is planned: by others, and by the mail's earlier acts."""

from __future__ import annotations

from collections.abc import Mapping

from mailbot.core.acts.act import Used
from mailbot.core.case import Case
from mailbot.core.decisions import PutReservation
from mailbot.core.events import Event
from mailbot.core.pickups import TAKEN, PickupStatus, SetAside, set_aside, stock_key
from mailbot.core.places import place_keys
from mailbot.core.registrations import Registration, in_line
from mailbot.core.waiting import after, promotions


def places_taken(case: Case, event: Event, wish: Registration, used: Used) -> Mapping[str, int]:
    """What is left for this wish: a free place that fits somebody further ahead in line is not left."""
    taken = _summed(case.facts.seats_taken, used)
    waiting = [r for r in case.facts.waiting if r.event == event.key and r.id != wish.id and in_line(r) < in_line(wish)]
    return after(promotions(event, waiting, taken, case.now), taken) if waiting else taken


def take(registration: Registration, held: tuple[str, ...], used: Used) -> None:
    """Count the places that a registration takes beside those it held."""
    for key in place_keys(registration):
        used[key] = used.get(key, 0) + (key not in held)


def aside(case: Case, event: Event, registration: Registration, used: Used) -> SetAside:
    """What the registration means for the item to pick up, counted for the mail's next acts."""
    on_file = case.facts.reservations.get(registration.id)
    found = set_aside(event, registration, on_file, _summed(case.facts.stock_taken, used), case.now)
    had = on_file if on_file is not None and on_file.status in TAKEN else None
    if found.reservation is not None:
        if had is not None:
            key = stock_key(event.key, had.point)
            used[key] = used.get(key, 0) - 1
        if found.reservation.status is PickupStatus.RESERVED:
            key = stock_key(event.key, found.reservation.point)
            used[key] = used.get(key, 0) + 1
    return found


def reservation_of(found: SetAside) -> tuple[PutReservation, ...]:
    return (PutReservation(reservation=found.reservation, stock=found.stock),) if found.reservation else ()


def _summed(taken: Mapping[str, int], used: Used) -> Mapping[str, int]:
    return {key: taken.get(key, 0) + used.get(key, 0) for key in {*taken, *used}} if used else taken
