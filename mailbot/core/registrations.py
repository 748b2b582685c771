"""Registrations and their states: one table, and nothing else moves a registration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mailbot.core.events import Mode
from mailbot.core.language import Language


class RegistrationStatus(StrEnum):
    PENDING = "pending"  # waits for a coordinator's approval, or for registration to open
    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    OFFERED = "offered"  # a place came free and waits for the person's yes
    CANCELLED = "cancelled"
    DECLINED = "declined"  # by the coordinator


P, C, W, O, X, D = RegistrationStatus  # noqa: E741 - the table below reads better so

#: from -> to; README's table is tested against this one.
TRANSITIONS: Mapping[RegistrationStatus | None, frozenset[RegistrationStatus]] = {
    None: frozenset({P, C, W}),
    P: frozenset({C, W, X, D}),
    C: frozenset({X}),
    W: frozenset({C, O, X, D}),
    O: frozenset({C, W, X}),
    X: frozenset({P, C, W}),
    D: frozenset({P, C}),
}


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
    mode: Mode | None = None
    pickup: str | None = None
    #: sensitive: shown to coordinators only, never in a digest attachment
    needs: str | None = None
    #: who asked for it, when that is not the person: gets the confirmation where ``email`` is None
    requested_by: str | None = None
    #: interest kept while registration was not open
    interest_only: bool = False
    #: SEQUENCE of the calendar object last sent (RFC 5545 §3.8.7.4)
    sequence: int = 0
    #: arrival of the request at the server: the order of the waiting list
    requested_at: datetime
    updated_at: datetime


def person_key(*, email: str | None, name: str | None, requested_by: str | None) -> str:
    """Who this is within an event: the address; without one, the name as given by whoever wrote."""
    if email:
        return email.casefold()
    folded = " ".join(sorted((name or "").casefold().replace("-", " ").split()))
    return f"{folded}|{(requested_by or '').casefold()}"
