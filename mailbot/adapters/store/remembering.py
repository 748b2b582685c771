"""What the desk remembers of itself: moments claimed, cursors, values, conditions, and how much of everything there is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Table, func, select, text

from mailbot.adapters.store import schema
from mailbot.adapters.store.connected import Connected, clean
from mailbot.core.deliveries import DeliveryStatus
from mailbot.service.stored import Condition

#: deliveries that somebody may want to know of; how many were sent grows for ever and tells nothing
_COUNTED = (DeliveryStatus.QUEUED, DeliveryStatus.IN_FLIGHT, DeliveryStatus.DEFERRED, DeliveryStatus.FAILED)


class Remembering(Connected):
    def claim_moment(self, job: str, moment: str, at: datetime) -> bool:
        claimed = self._run(
            "INSERT INTO moments (job, moment, claimed_at) VALUES (:job, :moment, :at) "
            "ON CONFLICT (job, moment) DO NOTHING",
            {"job": job, "moment": moment, "at": self._when(at)},
        )
        return claimed.rowcount == 1

    def last_moment(self, job: str) -> str | None:
        """The greatest in the order of text, which for ISO dates is the latest."""
        table = schema.moments.c
        return self._connection.execute(select(func.max(table.moment)).where(table.job == job)).scalar()

    def cursor(self, name: str) -> int:
        """0 where it was never set."""
        table = schema.cursors.c
        return self._connection.execute(select(table.value).where(table.name == name)).scalar() or 0

    def set_cursor(self, name: str, value: int) -> None:
        self._remember("cursors", name, value)

    def value(self, name: str) -> str | None:
        table = schema.remembered.c
        return self._connection.execute(select(table.value).where(table.name == name)).scalar()

    def set_value(self, name: str, value: str) -> None:
        self._remember("remembered", name, clean(value))

    def _remember(self, table: str, name: str, value: int | str) -> None:
        self._run(
            f"INSERT INTO {table} (name, value) VALUES (:name, :value) "  # noqa: S608 - our own names
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            {"name": name, "value": value},
        )

    def set_condition(self, name: str, message: str, at: datetime) -> bool:
        count: int = self._scalar(
            "INSERT INTO conditions (name, since, last_seen, message, count) VALUES (:name, :at, :at, :message, 1) "
            "ON CONFLICT (name) DO UPDATE SET last_seen = excluded.last_seen, message = excluded.message, "
            "count = conditions.count + 1 RETURNING count",
            {"name": name, "at": self._when(at), "message": clean(message)},
        )
        return count == 1

    def clear_condition(self, name: str) -> bool:
        """True where it was known."""
        return self._run("DELETE FROM conditions WHERE name = :name", {"name": name}).rowcount == 1

    def conditions(self) -> tuple[Condition, ...]:
        table = schema.conditions.c
        rows = self._connection.execute(select(schema.conditions).order_by(table.since, table.name)).mappings()
        return tuple(Condition(**row) for row in rows)

    def counts(self) -> Mapping[str, int]:
        counts = {"mails": self._count(schema.mails), "registrations": self._count(schema.registrations)}
        counts["holds-open"] = self._count(schema.holds, "closed_at IS NULL")
        for status in _COUNTED:
            counts[f"outbox-{status.value}"] = self._count(schema.deliveries, f"status = '{status.value}'")
        counts["bounces"] = self._count(schema.bounces)
        return counts

    def _count(self, table: Table, condition: str | None = None) -> int:
        query = select(func.count()).select_from(table)
        if condition is not None:
            query = query.where(text(condition))
        return self._connection.execute(query).scalar_one()
