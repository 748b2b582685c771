"""An act that was asked from another address than the registered one: done once the registered address says yes.

The question goes to the registered address, and its reply address (``tokens.py``) names the confirmation: it cannot be
guessed, is bound here to one person, one act and a last moment, and serves once. Nothing is done by opening a link.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from mailbot.core.registrations import Registration
from mailbot.core.requests import Cancel, Change, Details, Matched, Person

#: how long the registered address may take
VALID = timedelta(days=7)


class ConfirmationStatus(StrEnum):
    ASKED = "asked"
    DONE = "done"
    EXPIRED = "expired"


ASKED, DONE, EXPIRED = ConfirmationStatus

#: from -> (to, what causes it)
CONFIRMATION_MOVES: Mapping[ConfirmationStatus | None, Mapping[ConfirmationStatus, str]] = {
    None: {ASKED: "an act on a registration is asked from another address, or a new address is named"},
    ASKED: {
        DONE: "the registered address says yes, in time; or a new address does, after the registered one",
        EXPIRED: "its answer came too late, or another new address was named",
    },
    DONE: {},
    EXPIRED: {},
}

CONFIRMATION_TRANSITIONS: Mapping[ConfirmationStatus | None, frozenset[ConfirmationStatus]] = {
    before: frozenset(after) for before, after in CONFIRMATION_MOVES.items()
}

#: what may be confirmed
Confirmable = Cancel | Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """``id`` is that of the delivery that asks."""

    id: str
    registration: str
    #: the registered address, or the new one that is asked after it; case-folded: nobody else's yes counts
    address: str
    #: ``act_data``
    act: Mapping[str, Any]
    status: ConfirmationStatus = ASKED
    asked_at: datetime
    expires_at: datetime
    settled_at: datetime | None = None


def open_at(confirmation: Confirmation, now: datetime) -> bool:
    return confirmation.status is ASKED and now < confirmation.expires_at


def settled(confirmation: Confirmation, status: ConfirmationStatus, now: datetime) -> Confirmation:
    """Raises ``ValueError`` for a move that the table forbids."""
    if status not in CONFIRMATION_TRANSITIONS[confirmation.status]:
        raise ValueError(f"confirmation {confirmation.id}: {confirmation.status} -> {status}")
    return replace(confirmation, status=status, settled_at=now)


def act_data(request: Confirmable) -> dict[str, Any]:
    """What is asked for, without who it is for: that is the registration."""
    details = request.details
    data: dict[str, Any] = {
        "act": "cancel" if isinstance(request, Cancel) else "change",
        "sessions": list(details.sessions),
        "choices": dict(details.choices),
        "second_choices": dict(details.second_choices),
        "mode": details.mode,
        "second_mode": details.second_mode,
        "pickup": details.pickup,
    }
    if isinstance(request, Change):
        data["leaving_sessions"] = list(request.leaving_sessions)
        if request.email is not None:
            data |= {"act": "move", "email": request.email, "written_from_there": request.written_from_there}
        if request.names is not None:
            data["names"] = list(request.names)
        data["coming"] = [
            {"name": p.name, "email": p.email, "organisation": p.organisation, "phone": p.phone} for p in request.coming
        ]
    return data


def request_of(confirmation: Confirmation, registration: Registration) -> Confirmable:
    """The act as if the registered person had asked for it."""
    act = confirmation.act
    person = Person(name=registration.name, email=registration.email, is_sender=True)
    details = Details(
        event=Matched(event=registration.event),
        people=(person,),
        sessions=tuple(act["sessions"]),
        choices=dict(act["choices"]),
        second_choices=dict(act["second_choices"]),
        mode=act["mode"],
        second_mode=act.get("second_mode"),
        pickup=act["pickup"],
    )
    if act["act"] == "cancel":
        return Cancel(details=details)
    coming = tuple(Person(**each) for each in act["coming"])
    return Change(
        details=replace(details, people=(person, *coming)) if coming else details,
        leaving=(person,) if coming else (),
        coming=coming,
        leaving_sessions=tuple(act["leaving_sessions"]),
        names=tuple(act["names"]) if "names" in act else None,
        email=act.get("email"),
        written_from_there=act.get("written_from_there", False),
    )
