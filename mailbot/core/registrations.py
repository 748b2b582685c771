"""Registrations and their states: one table of moves, and nothing else moves a registration.

``docs/states.md`` is made from the tables here; a test holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from mailbot.core.events import Mode
from mailbot.core.language import Language


class RegistrationStatus(StrEnum):
    PENDING = "pending"  # waits: for approval, for an answer to our question, or for registration to open
    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    OFFERED = "offered"  # a place came free and waits for the person's yes
    CANCELLED = "cancelled"
    DECLINED = "declined"  # by the coordinator


P, C, W, O, X, D = RegistrationStatus  # noqa: E741 - the table below reads better so


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One way from a status to another: what causes it, and the mail that tells the person."""

    before: RegistrationStatus | None
    after: RegistrationStatus
    cause: str
    told: str


def _move(before: RegistrationStatus | None, after: RegistrationStatus, cause: str, told: str) -> Move:
    return Move(before=before, after=after, cause=cause, told=told)


#: An offer that nobody answers ends in ``cancelled``, not at the end of the waiting list: the next one would otherwise
#: get a place that comes back to somebody silent again and again, and a list with one name on it would never end. Who
#: still wants to come answers the mail that tells so, and is registered anew, in the order of that answer.
MOVES: tuple[Move, ...] = (
    _move(None, P, "asks for a place that must be approved, before registration opens, or with a detail missing", "registrant-pending, -not-open, -which-session, -which-choice"),
    _move(None, C, "asks for a place, and one is free", "registrant-confirmed"),
    _move(None, W, "asks for a place, and none is free", "registrant-waitlisted"),
    _move(P, C, "is approved, or tells what was missing; a place is free", "registrant-confirmed"),
    _move(P, W, "is approved, or tells what was missing; no place is free", "registrant-waitlisted"),
    _move(P, X, "gives it up; or it is full and there is no waiting list", "registrant-cancelled, -full"),
    _move(P, D, "the coordinator declines", "registrant-declined"),
    _move(C, X, "gives it up, or a colleague comes instead", "registrant-cancelled, -changed"),
    _move(C, D, "the coordinator declines after all", "registrant-declined"),
    _move(W, O, "a place came free, and this is the first in line whom it fits", "registrant-offered"),
    _move(W, C, "a place came free and the event promotes without asking; or the wish was changed to what is free", "registrant-promoted, -confirmed"),
    _move(W, X, "does not want to wait any longer, or a colleague waits instead", "registrant-cancelled"),
    _move(W, D, "the coordinator declines", "registrant-declined"),
    _move(O, C, "says yes", "registrant-confirmed"),
    _move(O, X, "says no, or nothing before the deadline", "registrant-offer-declined, -offer-expired"),
    _move(O, D, "the coordinator declines", "registrant-declined"),
    _move(X, P, "asks again for a place that must be approved, before registration opens, or with a detail missing", "registrant-pending, -not-open, -which-session, -which-choice"),
    _move(X, C, "asks again, and a place is free", "registrant-confirmed"),
    _move(X, W, "asks again, and none is free", "registrant-waitlisted"),
    _move(D, P, "asks again: a coordinator decides", "registrant-pending"),
    _move(D, C, "the coordinator approves after all; a place is free", "registrant-confirmed"),
    _move(D, W, "the coordinator approves after all; no place is free", "registrant-waitlisted"),
)  # fmt: skip

#: from -> to
TRANSITIONS: Mapping[RegistrationStatus | None, frozenset[RegistrationStatus]] = {
    before: frozenset(move.after for move in MOVES if move.before is before) for before in (None, *RegistrationStatus)
}

#: statuses in which somebody takes part, or waits to
ACTIVE = frozenset({P, C, W, O})

#: statuses that take a place away from others
SEATED = frozenset({C, O})


class ForbiddenMove(ValueError):
    """A status that the table does not lead to from the present one: a bug of ours, never a mail's fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """Other places that somebody with a place waits for, and keeps the present ones meanwhile."""

    sessions: tuple[str, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    mode: Mode | None = None
    #: the order in which it was asked for: that of the waiting list
    requested_at: datetime
    arrival_order: int = 0
    #: until when they are kept; None while they are waited for
    offered_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One person at one event. ``person_key`` is unique within the event: see ``person_key()``."""

    id: str
    event: str
    person_key: str
    status: RegistrationStatus
    name: str | None = None
    email: str | None = None
    organisation: str | None = None
    phone: str | None = None
    language: Language = "fr"
    sessions: tuple[str, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    #: what is wanted instead while it waits, where the first wish is full: {"lab": "governance"}
    second_choices: Mapping[str, str] = field(default_factory=dict)
    mode: Mode | None = None
    #: as ``second_choices``, where the room is full: "in person, otherwise online"
    second_mode: Mode | None = None
    pickup: str | None = None
    #: sensitive: shown to coordinators only, never in a digest attachment
    needs: str | None = None
    #: who asked for it, when that is not the person: gets the confirmation where ``email`` is None
    requested_by: str | None = None
    #: interest kept while registration was not open
    interest_only: bool = False
    #: arrival of the request at the server (INTERNALDATE), then ``arrival_order``: the order of the waiting list
    requested_at: datetime
    #: among those that arrived in the same second: by UID, then by place in the mail
    arrival_order: int = 0
    #: until when the offered place is kept; only while ``offered``
    offered_until: datetime | None = None
    #: only while ``confirmed``
    exchange: Exchange | None = None
    updated_at: datetime


def moved(registration: Registration, status: RegistrationStatus, at: datetime, **fields: Any) -> Registration:
    """The registration in another status, or in the same one with other fields. Raises ``ForbiddenMove``."""
    if status is not registration.status and status not in TRANSITIONS[registration.status]:
        raise ForbiddenMove(f"registration {registration.id}: {registration.status} -> {status}")
    return _with_status(registration, status, at, fields)


def _with_status(
    registration: Registration, status: RegistrationStatus, at: datetime, fields: dict[str, Any]
) -> Registration:
    """What only some statuses have is gone in the others."""
    if status is not O:
        fields["offered_until"] = None
    if status not in {P, W}:
        fields |= {"second_choices": {}, "second_mode": None}
    if status is not C:
        fields["exchange"] = None
    return replace(registration, status=status, updated_at=at, **fields)


def begun(registration: Registration, status: RegistrationStatus, at: datetime, **fields: Any) -> Registration:
    """A registration that is not on file yet, in its first status. Raises ``ForbiddenMove``."""
    if status not in TRANSITIONS[None]:
        raise ForbiddenMove(f"a registration cannot begin as {status}")
    return _with_status(registration, status, at, fields)


def in_line(registration: Registration) -> tuple[datetime, int, str]:
    """The key by which those who wait are ordered: first come, first served."""
    turn = registration.exchange or registration
    return turn.requested_at, turn.arrival_order, registration.id


def exchanged(registration: Registration) -> Registration:
    """As it will be once it has the places that it waits for; as it is where it waits for none."""
    other = registration.exchange
    if other is None:
        return registration
    return replace(registration, sessions=other.sessions, choices=other.choices, mode=other.mode, exchange=None)


def offered_until(registration: Registration) -> datetime | None:
    """Until when a place is kept for it: its first one, or another one beside that which it has."""
    return registration.exchange.offered_until if registration.exchange else registration.offered_until


def person_key(*, email: str | None, name: str | None, requested_by: str | None) -> str:
    """Who this is within an event: the address; without one, the name as given by whoever wrote."""
    if email:
        return email.casefold()
    folded = " ".join(sorted((name or "").casefold().replace("-", " ").split()))
    return f"{folded}|{(requested_by or '').casefold()}"
