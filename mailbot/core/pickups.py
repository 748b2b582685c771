"""What people pick up somewhere: set aside, collected, given back. One table of moves, and a stock at each point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from mailbot.core.events import Event, PickupPoint
from mailbot.core.registrations import Registration, RegistrationStatus


class PickupStatus(StrEnum):
    RESERVED = "reserved"
    COLLECTED = "collected"
    RETURNED = "returned"
    RELEASED = "released"  # the person does not come, or takes none


R, C, B, L = PickupStatus

#: from -> (to, what causes it)
PICKUP_MOVES: Mapping[PickupStatus | None, Mapping[PickupStatus, str]] = {
    None: {R: "a registration is confirmed, its point is chosen or the only one, and one is left there"},
    R: {
        C: "an organiser hands it out",
        L: "the registration is given up, takes part online where online there is none, or its person wants none",
    },
    C: {B: "it comes back", R: "an organiser marked the wrong person"},
    B: {C: "an organiser marked the wrong person"},
    L: {R: "the registration is confirmed again, or its person wants one after all"},
}

PICKUP_TRANSITIONS: Mapping[PickupStatus | None, frozenset[PickupStatus]] = {
    before: frozenset(after) for before, after in PICKUP_MOVES.items()
}

#: in the place of a point's key, what a person wants: none of the item; or one after all, wherever
NONE_WANTED, ANY_POINT = "none", "any"

#: statuses in which an item is no longer there for others
TAKEN = frozenset({R, C})

#: local time from which instructions go out
_MORNING = time(9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """One item for one registration."""

    registration: str
    event: str
    point: str
    status: PickupStatus
    #: when it was set aside, and when its status or point last changed
    reserved_at: datetime
    changed_at: datetime


def stock_key(event: str, point: str) -> str:
    return f"{event}@{point}"


def points_left(event: Event, taken: Mapping[str, int]) -> tuple[PickupPoint, ...]:
    """The points at which one is left, as far as anybody counts."""
    points = event.pickup.points if event.pickup else ()
    return tuple(
        point for point in points if point.stock is None or taken.get(stock_key(event.key, point.key), 0) < point.stock
    )


def empty_points(event: Event | None, taken: Mapping[str, int]) -> frozenset[str]:
    """The points at which none is left."""
    if event is None or event.pickup is None:
        return frozenset()
    left = points_left(event, taken)
    return frozenset(point.key for point in event.pickup.points if point not in left)


def takes_item(event: Event, registration: Registration) -> bool:
    """Whether there is something to pick up for this person, who wants it."""
    return has_item(event, registration) and registration.pickup != NONE_WANTED


def has_item(event: Event, registration: Registration) -> bool:
    """Whether there is something to pick up for this person, by the way he or she takes part."""
    return event.pickup is not None and not (event.pickup.in_person_only and registration.mode == "online")


def point_after(had: str | None, wish: str | None) -> str | None:
    """The point of a registration once a wish is laid over it."""
    if wish == ANY_POINT:
        return None if had == NONE_WANTED else had
    return wish or had


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """The registration with the point it really has, and what is to be written for it."""

    registration: Registration
    reservation: Reservation | None = None
    stock: int | None = None
    #: the point that was wished for has none left
    empty: bool = False


def set_aside(
    event: Event, registration: Registration, on_file: Reservation | None, taken: Mapping[str, int], now: datetime
) -> SetAside:
    """What a registration, as it is after a decision, means for its item. Never more than there are.

    Without a wish the only point is taken; of several, the person is asked and nothing is set aside yet.
    """
    if on_file is not None and on_file.status is PickupStatus.RETURNED:
        # Had it and gave it back: nothing is set aside anew by itself.
        return SetAside(registration=replace(registration, pickup=on_file.point))
    had = on_file if on_file is not None and on_file.status in TAKEN else None
    if had is not None and had.status is PickupStatus.COLLECTED:
        return SetAside(registration=replace(registration, pickup=had.point))
    confirmed = registration.status is RegistrationStatus.CONFIRMED
    if not takes_item(event, registration) or (not confirmed and had is not None):
        given_up = replace(had, status=PickupStatus.RELEASED, changed_at=now) if had else None
        wish = registration.pickup if has_item(event, registration) else None
        if wish != registration.pickup:
            registration = replace(registration, pickup=wish)
        return SetAside(registration=registration, reservation=given_up)
    points = event.pickup.points if event.pickup else ()
    wished = registration.pickup or (points[0].key if len(points) == 1 else None)
    point = next((each for each in points if each.key == wished), None)
    if point is None or not confirmed:
        return SetAside(registration=registration)
    if had is not None and had.point == point.key:
        return SetAside(registration=registration)
    if point not in points_left(event, taken):
        return SetAside(registration=replace(registration, pickup=had.point if had else None), empty=True)
    reservation = Reservation(
        registration=registration.id,
        event=event.key,
        point=point.key,
        status=PickupStatus.RESERVED,
        reserved_at=had.reserved_at if had else now,
        changed_at=now,
    )
    return SetAside(registration=replace(registration, pickup=point.key), reservation=reservation, stock=point.stock)


def told_from(event: Event) -> datetime | None:
    """From when on people are told where and how; None: with their confirmation."""
    if event.pickup is None or event.pickup.when == "with-confirmation":
        return None
    zone = ZoneInfo(event.timezone)
    if event.pickup.when == "after-event":
        day = event.ends.astimezone(zone).date() + timedelta(days=1)
    else:
        day = event.pickup.when
    return datetime.combine(day, _MORNING, zone).astimezone(UTC)


def told_now(event: Event, now: datetime) -> bool:
    """Whether a mail written now says where and how."""
    since = told_from(event)
    return since is None or now >= since
