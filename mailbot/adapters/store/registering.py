"""Registrations, their seats, their history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, text

from mailbot.adapters.store import schema
from mailbot.adapters.store.connected import Connected, folded, insert
from mailbot.adapters.store.errors import ForbiddenTransition
from mailbot.adapters.store.rows import (
    REGISTRATION_COLUMNS,
    registration_from_row,
    registration_from_snapshot,
    registration_row,
    seat_keys_of,
    snapshot_of,
)
from mailbot.core.registrations import TRANSITIONS, Registration, RegistrationStatus
from mailbot.service.ports import RegistrationChange

_INSERT = insert(schema.registrations)
_UPDATE = "UPDATE registrations SET {} WHERE id = :id".format(  # noqa: S608 - our own names
    ", ".join(f"{column.name} = :{column.name}" for column in schema.registrations.columns if column.name != "id")
)
_INSERT_SEAT = insert(schema.seats)
_INSERT_CHANGE = insert(schema.changes, without=("id",))
_SELECT = f"SELECT {REGISTRATION_COLUMNS} FROM registrations"  # noqa: S608 - our own names
_OF_ADDRESS = f"{_SELECT} WHERE email_folded = :address OR requested_by_folded = :address"
_BY_ID = f"{_SELECT} WHERE id = :id"


class Registering(Connected):
    def registrations_of(self, addresses: Iterable[str]) -> tuple[Registration, ...]:
        found: dict[str, Registration] = {}
        for address in dict.fromkeys(folded(address) for address in addresses):
            for row in self._run(_OF_ADDRESS, {"address": address}):
                found[row[0]] = registration_from_row(row, self._moment)
        return tuple(sorted(found.values(), key=lambda registration: (registration.requested_at, registration.id)))

    def registration(self, id: str) -> Registration | None:
        row = self._run(_BY_ID, {"id": id}).fetchone()
        return None if row is None else registration_from_row(row, self._moment)

    def seats_taken(self, keys: Iterable[str]) -> Mapping[str, int]:
        """Every key asked for is in the answer, with 0 where nobody holds a seat."""
        return {
            key: self._scalar("SELECT count(*) FROM seats WHERE key = :key", {"key": key})
            for key in dict.fromkeys(keys)
        }

    def put_registration(self, registration: Registration, change: str, at: datetime) -> None:
        """Raises ``ForbiddenTransition``, and ``RuleViolated`` for a second registration of one person."""
        row = self._run("SELECT status FROM registrations WHERE id = :id", {"id": registration.id}).fetchone()
        before = None if row is None else RegistrationStatus(row[0])
        if registration.status is not before and registration.status not in TRANSITIONS[before]:
            raise ForbiddenTransition(f"registration {registration.id}: {before or 'new'} -> {registration.status}")
        self._run(_INSERT if before is None else _UPDATE, registration_row(registration, self._when))
        if before is not None:
            self._run("DELETE FROM seats WHERE registration_id = :id", {"id": registration.id})
        seats = [{"key": key, "registration_id": registration.id} for key in seat_keys_of(registration)]
        self._run_each(_INSERT_SEAT, seats)
        self._run(
            _INSERT_CHANGE,
            {
                "at": self._when(at),
                "event": registration.event,
                "registration_id": registration.id,
                "change": change,
                "snapshot": snapshot_of(registration),
            },
        )

    def changes_since(
        self, change_id: int, events: Sequence[str], limit: int = 10_000
    ) -> tuple[RegistrationChange, ...]:
        """Those after ``change_id`` of these events, oldest first."""
        table = schema.changes.c
        query = (
            select(table.id, table.at, table.change, table.snapshot)
            .where(table.event.in_(events), table.id > change_id)
            .order_by(table.id)
            .limit(limit)
        )
        return tuple(
            RegistrationChange(id=number, at=at, change=change, registration=registration_from_snapshot(snapshot))
            for number, at, change, snapshot in self._connection.execute(query)
        )

    def registrations(
        self, *, event: str | None = None, status: RegistrationStatus | None = None
    ) -> Iterator[Registration]:
        """By event, then by order of arrival. Read it to its end inside the transaction."""
        wanted = {"event": event, "status": None if status is None else status.value}
        given = {name: value for name, value in wanted.items() if value is not None}
        where = " AND ".join(f"{name} = :{name}" for name in given) or "1 = 1"
        query = text(f"{_SELECT} WHERE {where} ORDER BY event, requested_at, id")
        with self._connection.execute(query, given, execution_options={"yield_per": 1000}) as rows:
            for row in rows:
                yield registration_from_row(row, self._moment)
