"""Registrations, their seats, their history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, text

from mailbot.adapters.store import schema
from mailbot.adapters.store.connected import Connected, folded, insert
from mailbot.adapters.store.errors import ForbiddenTransition, Overbooked
from mailbot.adapters.store.rows import (
    REGISTRATION_COLUMNS,
    registration_from_row,
    registration_from_snapshot,
    registration_row,
    snapshot_of,
)
from mailbot.core.places import places_held
from mailbot.core.registrations import TRANSITIONS, Registration, RegistrationStatus, in_line
from mailbot.service.stored import RegistrationChange

_INSERT = insert(schema.registrations)
_UPDATE = "UPDATE registrations SET {} WHERE id = :id".format(  # noqa: S608 - our own names
    ", ".join(f"{column.name} = :{column.name}" for column in schema.registrations.columns if column.name != "id")
)
_INSERT_SEAT = insert(schema.seats)
_INSERT_CHANGE = insert(schema.changes, without=("id",))
_SELECT = f"SELECT {REGISTRATION_COLUMNS} FROM registrations"  # noqa: S608 - our own names
_OF_ADDRESS = f"{_SELECT} WHERE email_folded = :address OR requested_by_folded = :address"
_BY_ID = f"{_SELECT} WHERE id = :id"
# Word for word as in its index: SQLite compares no more than that.
_WAITING = f"{_SELECT} WHERE event = :event AND (status = 'waitlisted' OR exchange IS NOT NULL)"
_OFFERS_ENDED = f"{_SELECT} WHERE offered_until <= :now ORDER BY offered_until, requested_at, arrival_order, id"
_EXCHANGES_ENDED = f"{_SELECT} WHERE exchange_until <= :now ORDER BY exchange_until, id"


class Registering(Connected):
    def registrations_of(self, addresses: Iterable[str]) -> tuple[Registration, ...]:
        found: dict[str, Registration] = {}
        for address in dict.fromkeys(folded(address) for address in addresses):
            for row in self._run(_OF_ADDRESS, {"address": address}):
                found[row[0]] = registration_from_row(row, self._moment)
        return tuple(sorted(found.values(), key=in_line))

    def registration(self, id: str) -> Registration | None:
        row = self._run(_BY_ID, {"id": id}).fetchone()
        return None if row is None else registration_from_row(row, self._moment)

    def seats_taken(self, keys: Iterable[str]) -> Mapping[str, int]:
        """Every key asked for is in the answer, with 0 where nobody holds a seat."""
        return {
            key: self._scalar("SELECT count(*) FROM seats WHERE key = :key", {"key": key})
            for key in dict.fromkeys(keys)
        }

    def put_registration(
        self, registration: Registration, change: str, at: datetime, limits: Mapping[str, int] | None = None
    ) -> None:
        """Raises ``ForbiddenTransition``, ``Overbooked``, and ``RuleViolated`` for a second registration of one person."""
        row = self._run("SELECT status FROM registrations WHERE id = :id", {"id": registration.id}).fetchone()
        before = None if row is None else RegistrationStatus(row[0])
        if registration.status is not before and registration.status not in TRANSITIONS[before]:
            raise ForbiddenTransition(f"registration {registration.id}: {before or 'new'} -> {registration.status}")
        self._run(_INSERT if before is None else _UPDATE, registration_row(registration, self._when))
        self._seat(registration, before is None, limits or {})
        if registration.status in {RegistrationStatus.CANCELLED, RegistrationStatus.DECLINED}:
            self._withdraw_told(registration.id, at)
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

    def _withdraw_told(self, id: str, at: datetime) -> None:
        """Whoever does not come any more is reminded of nothing, not even by a mail that waits for its server."""
        self._run(
            "UPDATE deliveries SET status = 'withdrawn', waits_until = NULL, changed_at = :at "
            "WHERE id IN (SELECT delivery_id FROM told WHERE registration_id = :id) AND waits_until IS NOT NULL",
            {"id": id, "at": self._when(at)},
        )

    def _seat(self, registration: Registration, new: bool, limits: Mapping[str, int]) -> None:
        """Its places as they are now: those it keeps stay, under their numbers."""
        wanted = places_held(registration)
        had: frozenset[str] = frozenset()
        if not new:
            rows = self._run("SELECT key FROM seats WHERE registration_id = :id", {"id": registration.id})
            had = frozenset(row[0] for row in rows)
            self._run_each(
                "DELETE FROM seats WHERE registration_id = :id AND key = :key",
                [{"id": registration.id, "key": key} for key in had.difference(wanted)],
            )
        self._run_each(
            _INSERT_SEAT,
            [
                {"key": key, "registration_id": registration.id, "number": self._place_number(key, limits.get(key))}
                for key in wanted
                if key not in had
            ],
        )

    def _place_number(self, key: str, limit: int | None) -> int | None:
        """A place that nobody has. Counting alone would do, but for a bug; two people cannot have one number."""
        if limit is None:
            return None
        count, highest = self._run(
            "SELECT count(*), coalesce(max(number), 0) FROM seats WHERE key = :key", {"key": key}
        ).fetchone()
        if count >= limit:
            raise Overbooked(f"{key}: all {limit} places are taken")
        if highest < limit:
            return int(highest) + 1
        taken = {row[0] for row in self._run("SELECT number FROM seats WHERE key = :key", {"key": key})}
        return next(number for number in range(1, limit + 1) if number not in taken)

    def waiting(self, event: str) -> tuple[Registration, ...]:
        """Those on its waiting list, first come first; those with a place who wait for another one among them."""
        rows = (registration_from_row(row, self._moment) for row in self._run(_WAITING, {"event": event}))
        found = [r for r in rows if r.exchange is None or r.exchange.offered_until is None]
        return tuple(sorted(found, key=in_line))

    def offers_ended(self, now: datetime) -> tuple[Registration, ...]:
        """Offered places that nobody took in time, the longest over first; then those offered beside a place in hand."""
        given = {"now": self._when(now)}
        rows = (*self._run(_OFFERS_ENDED, given), *self._run(_EXCHANGES_ENDED, given))
        return tuple(registration_from_row(row, self._moment) for row in rows)

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
        query = text(f"{_SELECT} WHERE {where} ORDER BY event, requested_at, arrival_order, id")
        with self._connection.execute(query, given, execution_options={"yield_per": 1000}) as rows:
            for row in rows:
                yield registration_from_row(row, self._moment)
