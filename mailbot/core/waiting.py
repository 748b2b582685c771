"""The waiting list: who gets a place that came free, and until when it is kept for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from mailbot.core.events import Event
from mailbot.core.places import Taken, fitting, places_held
from mailbot.core.registrations import Registration, RegistrationStatus, exchanged, in_line, moved

#: nobody should have to answer between these local times
EVENING, MORNING = time(20), time(9)

#: an offer that cannot be kept at least so long is not made
SHORTEST = timedelta(hours=1)

#: shortly before it begins, an offer is kept for this part of the time that is left, so that the next ones get theirs
SHARE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """One person for whom a place came free: offered, or confirmed at once."""

    registration: Registration
    #: as it was while it waited
    before: Registration


def promotions(event: Event, waiting: Iterable[Registration], taken: Taken, now: datetime) -> Iterator[Promotion]:
    """Strictly in the order of arrival, each one whom the free places fit; who needs more is passed over, not removed.

    ``taken`` is what is held before; every promotion counts for the next.
    """
    if too_late(event, now):
        return
    now_taken = dict(taken)
    for registration in sorted(waiting, key=in_line):
        wish, held = exchanged(registration), places_held(registration)
        until = deadline(event, wish, now)
        found = fitting(event, wish, now_taken, held)
        if until is None or found is None:
            continue
        promotion = Promotion(registration=_given(event, registration, found, until, now), before=registration)
        now_taken = after((promotion,), now_taken)
        yield promotion


def _given(event: Event, before: Registration, found: Registration, until: datetime, now: datetime) -> Registration:
    if event.waiting_list == "automatic":
        return moved(found, RegistrationStatus.CONFIRMED, now)
    if before.exchange is None:
        return moved(found, RegistrationStatus.OFFERED, now, offered_until=until)
    offer = replace(before.exchange, choices=found.choices, mode=found.mode, offered_until=until)
    return moved(before, before.status, now, exchange=offer)


def after(promoted: Iterable[Promotion], taken: Taken) -> dict[str, int]:
    """What is taken once these have their places."""
    result = dict(taken)
    for promotion in promoted:
        had, has = places_held(promotion.before), places_held(promotion.registration)
        for key in {*had, *has}:
            result[key] = result.get(key, 0) + (key in has) - (key in had)
    return result


def too_late(event: Event, now: datetime) -> bool:
    """Nobody can be given a place any more: it is called off, or its last session begins."""
    return event.cancelled is not None or max(s.starts for s in event.sessions) - now < SHORTEST


def deadline(event: Event, registration: Registration, now: datetime) -> datetime | None:
    """Until when an offer made now is kept: never at night, never past the beginning. None: too late to offer."""
    starts = _begins(event, registration)
    if starts - now < SHORTEST:
        return None
    wanted = now + max(min(timedelta(hours=event.offer_hours), (starts - now) / SHARE), SHORTEST)
    return min(_by_day(wanted, now, starts, ZoneInfo(event.timezone)), starts)


def _begins(event: Event, registration: Registration) -> datetime:
    chosen = [session.starts for session in event.sessions if session.key in registration.sessions]
    return min(chosen) if chosen else event.starts


def _by_day(moment: datetime, now: datetime, starts: datetime, zone: ZoneInfo) -> datetime:
    """The moment itself by day; at night the next morning, or the evening before where that would be too late."""
    local = moment.astimezone(zone)
    if MORNING <= local.time() <= EVENING:
        return moment
    day = local.date() if local.time() < MORNING else local.date() + timedelta(days=1)
    morning = datetime.combine(day, MORNING, zone).astimezone(moment.tzinfo)
    if morning + SHORTEST <= starts:
        return morning
    evening = datetime.combine(day - timedelta(days=1), EVENING, zone).astimezone(moment.tzinfo)
    return evening if evening - now >= SHORTEST else starts
