"""What people were told of events, and what of it is otherwise now."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from mailbot.adapters.store import schema
from mailbot.adapters.store.connected import Connected, clean_or_none, insert, to_json
from mailbot.core.event_facts import EventFacts
from mailbot.service.stored import StoredEventChange

_OPEN = insert(schema.event_changes, without=("id",))


class EventChanges(Connected):
    def told_events(self) -> Mapping[str, EventFacts]:
        table = schema.told_events.c
        return {event: json.loads(facts) for event, facts in self._connection.execute(select(table.event, table.facts))}

    def set_told_event(self, event: str, facts: EventFacts, at: datetime) -> None:
        self._run(
            "INSERT INTO told_events (event, facts, at) VALUES (:event, :facts, :at) "
            "ON CONFLICT (event) DO UPDATE SET facts = excluded.facts, at = excluded.at",
            {"event": event, "facts": to_json(facts), "at": self._when(at)},
        )

    def event_changes(self, *, open_only: bool = True, limit: int = 1000) -> tuple[StoredEventChange, ...]:
        table = schema.event_changes
        query = select(table).limit(limit)
        query = query.where(table.c.closed_at.is_(None)).order_by(table.c.id) if open_only else query.order_by(table.c.id.desc())  # fmt: skip
        return tuple(
            StoredEventChange(**{**row, "before": json.loads(row["before"]), "after": json.loads(row["after"])})
            for row in self._connection.execute(query).mappings()
        )

    def open_event_change(
        self, event: str, before: EventFacts, after: EventFacts, at: datetime, announced_at: datetime | None = None
    ) -> None:
        """Raises ``RuleViolated`` where one of this event is open."""
        self._run(
            _OPEN,
            {
                "event": event,
                "before": to_json(before),
                "after": to_json(after),
                "noticed_at": self._when(at),
                "announced_at": None if announced_at is None else self._when(announced_at),
                "closed_at": None,
                "outcome": None,
                "closed_by": None,
                "mails": 0,
            },
        )

    def close_event_change(self, id: int, outcome: str, by: str | None, at: datetime, mails: int = 0) -> None:
        self._run(
            "UPDATE event_changes SET closed_at = :at, outcome = :outcome, closed_by = :by, mails = :mails "
            "WHERE id = :id AND closed_at IS NULL",
            {"id": id, "outcome": outcome, "by": clean_or_none(by), "at": self._when(at), "mails": mails},
        )

    def set_event_change_announced(self, id: int, at: datetime) -> None:
        self._run("UPDATE event_changes SET announced_at = :at WHERE id = :id", {"id": id, "at": self._when(at)})
