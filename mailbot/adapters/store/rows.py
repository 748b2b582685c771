"""Rows to values and back. The order of ``*_COLUMNS`` is the order in which the values are read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from mailbot.adapters.store.connected import clean, clean_or_none, folded, inflate, to_json
from mailbot.core.deliveries import Delivery, DeliveryStatus, OutgoingMessage
from mailbot.core.pickups import PickupStatus, Reservation
from mailbot.core.registrations import Exchange, Registration, RegistrationStatus

#: a moment to a parameter, and back
When = Callable[[datetime], Any]
Moment = Callable[[Any], datetime]

REGISTRATION_COLUMNS = (
    "id, event, person_key, status, name, email, organisation, phone, language, sessions, choices, mode, pickup, "
    "needs, requested_by, interest_only, requested_at, updated_at, second_choices, arrival_order, offered_until, "
    "second_mode, exchange"
)


def registration_from_row(row: Sequence[Any], moment: Moment) -> Registration:
    return Registration(
        id=row[0],
        event=row[1],
        person_key=row[2],
        status=RegistrationStatus(row[3]),
        name=row[4],
        email=row[5],
        organisation=row[6],
        phone=row[7],
        language=row[8],
        sessions=tuple(json.loads(row[9])),
        choices=json.loads(row[10]),
        mode=row[11],
        pickup=row[12],
        needs=row[13],
        requested_by=row[14],
        interest_only=bool(row[15]),
        requested_at=moment(row[16]),
        updated_at=moment(row[17]),
        second_choices=json.loads(row[18]),
        arrival_order=row[19],
        offered_until=None if row[20] is None else moment(row[20]),
        second_mode=row[21],
        exchange=None if row[22] is None else exchange_from(json.loads(row[22])),
    )


_FIELDS = frozenset(field.name for field in fields(Registration))


def exchange_from(data: Mapping[str, Any]) -> Exchange:
    until = data["offered_until"]
    return Exchange(
        sessions=tuple(data["sessions"]),
        choices=data["choices"],
        mode=data["mode"],
        requested_at=datetime.fromisoformat(data["requested_at"]),
        arrival_order=data["arrival_order"],
        offered_until=None if until is None else datetime.fromisoformat(until),
    )


def exchange_data(exchange: Exchange | None) -> dict[str, Any] | None:
    if exchange is None:
        return None
    return {
        "sessions": exchange.sessions,
        "choices": dict(exchange.choices),
        "mode": exchange.mode,
        "requested_at": exchange.requested_at.isoformat(),
        "arrival_order": exchange.arrival_order,
        "offered_until": exchange.offered_until.isoformat() if exchange.offered_until else None,
    }


def registration_row(registration: Registration, when: When) -> dict[str, Any]:
    return {
        "id": registration.id,
        "event": registration.event,
        "person_key": clean(registration.person_key),
        "status": registration.status.value,
        "name": clean_or_none(registration.name),
        "email": clean_or_none(registration.email),
        "email_folded": folded(registration.email),
        "organisation": clean_or_none(registration.organisation),
        "phone": clean_or_none(registration.phone),
        "language": registration.language,
        "sessions": to_json(registration.sessions),
        "choices": to_json(dict(registration.choices)),
        "second_choices": to_json(dict(registration.second_choices)),
        "mode": registration.mode,
        "second_mode": registration.second_mode,
        "exchange": None if registration.exchange is None else to_json(exchange_data(registration.exchange)),
        "exchange_until": when(until)
        if registration.exchange and (until := registration.exchange.offered_until)
        else None,
        "pickup": registration.pickup,
        "needs": clean_or_none(registration.needs),
        "requested_by": clean_or_none(registration.requested_by),
        "requested_by_folded": folded(registration.requested_by),
        "interest_only": registration.interest_only,
        "requested_at": when(registration.requested_at),
        "arrival_order": registration.arrival_order,
        "offered_until": None if registration.offered_until is None else when(registration.offered_until),
        "updated_at": when(registration.updated_at),
    }


def snapshot_of(registration: Registration) -> str:
    """A registration as the history keeps it: every field by its name, moments in ISO 8601."""
    return to_json(
        {
            "id": registration.id,
            "event": registration.event,
            "person_key": registration.person_key,
            "status": registration.status.value,
            "name": registration.name,
            "email": registration.email,
            "organisation": registration.organisation,
            "phone": registration.phone,
            "language": registration.language,
            "sessions": registration.sessions,
            "choices": dict(registration.choices),
            "second_choices": dict(registration.second_choices),
            "mode": registration.mode,
            "second_mode": registration.second_mode,
            "exchange": exchange_data(registration.exchange),
            "pickup": registration.pickup,
            "needs": registration.needs,
            "requested_by": registration.requested_by,
            "interest_only": registration.interest_only,
            "requested_at": registration.requested_at.isoformat(),
            "arrival_order": registration.arrival_order,
            "offered_until": registration.offered_until.isoformat() if registration.offered_until else None,
            "updated_at": registration.updated_at.isoformat(),
        }
    )


def registration_from_snapshot(text: str) -> Registration:
    """Of any version: a field that came later has its default, one that is gone is passed over."""
    data: dict[str, Any] = {name: value for name, value in json.loads(text).items() if name in _FIELDS}
    data |= {
        "status": RegistrationStatus(data["status"]),
        "sessions": tuple(data["sessions"]),
        "requested_at": datetime.fromisoformat(data["requested_at"]),
        "offered_until": datetime.fromisoformat(data["offered_until"]) if data["offered_until"] else None,
        "updated_at": datetime.fromisoformat(data["updated_at"]),
        "exchange": exchange_from(data["exchange"]) if data.get("exchange") else None,
    }
    return Registration(**data)


RESERVATION_COLUMNS = "registration_id, event, point, status, reserved_at, changed_at"


def reservation_from_row(row: Sequence[Any], moment: Moment) -> Reservation:
    return Reservation(
        registration=row[0],
        event=row[1],
        point=row[2],
        status=PickupStatus(row[3]),
        reserved_at=moment(row[4]),
        changed_at=moment(row[5]),
    )


DELIVERY_COLUMNS = (
    "d.id, d.kind, d.language, d.envelope_from, d.envelope_to, d.subject, c.text, d.message_id, c.content, "
    "d.registrations, d.events, d.status, d.attempts, d.due_at, d.queued_at, d.last_error"
)


def delivery_from_row(row: Sequence[Any], moment: Moment) -> Delivery:
    message = OutgoingMessage(
        id=row[0],
        kind=row[1],
        language=row[2],
        envelope_from=row[3],
        envelope_to=row[4],
        subject=row[5],
        text=row[6],
        message_id=row[7],
        content=inflate(row[8]),
        registrations=tuple(json.loads(row[9])),
        events=tuple(json.loads(row[10])),
    )
    return Delivery(
        message=message,
        status=DeliveryStatus(row[11]),
        attempts=row[12],
        due_at=moment(row[13]),
        queued_at=moment(row[14]),
        last_error=row[15],
    )


def delivery_row(message: OutgoingMessage, due_at: Any) -> Mapping[str, Any]:
    """The row of a delivery that is queued now; its content goes into ``delivery_contents``."""
    return {
        "id": message.id,
        "message_id": clean(message.message_id),
        "kind": message.kind,
        "language": message.language,
        "envelope_from": clean(message.envelope_from),
        "envelope_to": clean(message.envelope_to),
        "envelope_to_folded": folded(message.envelope_to),
        "subject": clean(message.subject),
        "registrations": to_json(message.registrations),
        "events": to_json(message.events),
        "status": DeliveryStatus.QUEUED.value,
        "attempts": 0,
        "queued_at": due_at,
        "due_at": due_at,
        "waits_until": due_at,
        "changed_at": due_at,
        "last_error": None,
        "bounce": None,
    }
