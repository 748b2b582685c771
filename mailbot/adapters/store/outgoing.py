"""The outbox: what is queued, claimed, sent; and what our mails were about, for whoever answers them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from mailbot.adapters.store import schema
from mailbot.adapters.store.connected import clean, deflate, folded, insert
from mailbot.adapters.store.errors import ForbiddenTransition
from mailbot.adapters.store.registering import Registering
from mailbot.adapters.store.rows import DELIVERY_COLUMNS, delivery_from_row, delivery_row
from mailbot.core.decisions import RecordBounce, ThreadFacts
from mailbot.core.deliveries import TRANSITIONS, Delivery, DeliveryStatus, OutgoingMessage

_INSERT = insert(schema.deliveries, without=("number",), then="ON CONFLICT (id) DO NOTHING RETURNING number")
_INSERT_CONTENT = insert(schema.delivery_contents)
_INSERT_BOUNCE = insert(schema.bounces, without=("id",))
_DELIVERIES = (
    f"SELECT d.number, {DELIVERY_COLUMNS} FROM deliveries d "  # noqa: S608 - our own names
    "JOIN delivery_contents c ON c.number = d.number"
)
_ABOUT = (
    "SELECT kind, registrations, events, (SELECT h.id FROM holds h WHERE h.asked = deliveries.id "
    "AND h.closed_at IS NULL), envelope_to_folded FROM deliveries"
)

#: ancestors of one mail that are looked up; a hostile References field may name thousands
_ANCESTORS = 50


def _settle_sql(status: DeliveryStatus) -> str:
    """Written so that a move which the table of transitions forbids changes no row."""
    allowed = ", ".join(repr(before.value) for before, after in TRANSITIONS.items() if status in after)
    waits = ":due_at" if status in {DeliveryStatus.QUEUED, DeliveryStatus.DEFERRED} else "NULL"
    # A coordinator's new try begins anew: its days until it is given up are counted from now. What was claimed and is
    # put back untried was not attempted.
    anew = (
        ", attempts = CASE status WHEN 'failed' THEN 0 ELSE attempts - 1 END"
        ", queued_at = CASE status WHEN 'failed' THEN :at ELSE queued_at END"
        if status is DeliveryStatus.QUEUED
        else ""
    )
    return (
        f"UPDATE deliveries SET status = '{status.value}', changed_at = :at, last_error = :error, "  # noqa: S608
        f"due_at = coalesce(:due_at, due_at), waits_until = {waits}{anew} WHERE id = :id AND status IN ({allowed})"
    )


_SETTLE: Mapping[DeliveryStatus, str] = {status: _settle_sql(status) for status in DeliveryStatus}


class Outgoing(Registering):
    def enqueue(self, message: OutgoingMessage, due_at: datetime) -> bool:
        number = self._scalar(_INSERT, delivery_row(message, self._when(due_at)))
        if number is None:
            return False
        self._run(_INSERT_CONTENT, {"number": number, "text": clean(message.text), "content": deflate(message.content)})
        return True

    def thread(self, message_ids: Sequence[str], tokens: Sequence[str]) -> ThreadFacts:
        for token in islice(dict.fromkeys(tokens), _ANCESTORS):
            row = self._run(f"{_ABOUT} WHERE id = :id", {"id": clean(token)}).fetchone()
            if row is not None:
                return self._thread_facts(row)
        for message_id in islice(dict.fromkeys(message_ids), _ANCESTORS):
            row = self._run(f"{_ABOUT} WHERE message_id IN (:bare, :bracketed)", _spellings(message_id)).fetchone()
            if row is not None:
                return self._thread_facts(row)
        return ThreadFacts()

    def _thread_facts(self, row: Sequence[Any]) -> ThreadFacts:
        on_file = (self.registration(identity) for identity in json.loads(row[1]))
        return ThreadFacts(
            registrations=tuple(registration for registration in on_file if registration is not None),
            kind=row[0],
            events=tuple(json.loads(row[2])),
            hold=row[3],
            written_to=row[4],
        )

    def recent_replies(self, address: str, since: datetime) -> Mapping[str, int]:
        """Mails queued for this address since then, by kind; those of every kind."""
        rows = self._run(
            "SELECT kind, count(*) FROM deliveries "
            "WHERE envelope_to_folded = :address AND queued_at >= :since GROUP BY kind",
            {"address": folded(address), "since": self._when(since)},
        )
        return {row[0]: row[1] for row in rows}

    def claim_due(self, now: datetime, limit: int) -> tuple[Delivery, ...]:
        """The longest due first. ``attempts`` counts the one that is now beginning."""
        rows = self._run(
            f"{_DELIVERIES} WHERE d.waits_until <= :now ORDER BY d.waits_until, d.number LIMIT :limit",
            {"now": self._when(now), "limit": limit},
        ).fetchall()
        self._run_each(
            "UPDATE deliveries SET status = 'in-flight', waits_until = NULL, attempts = attempts + 1, "
            "changed_at = :at WHERE number = :number",
            [{"at": self._when(now), "number": row[0]} for row in rows],
        )
        claimed = (delivery_from_row(row[1:], self._moment) for row in rows)
        return tuple(
            replace(delivery, status=DeliveryStatus.IN_FLIGHT, attempts=delivery.attempts + 1) for delivery in claimed
        )

    def settle(
        self, id: str, status: DeliveryStatus, at: datetime, *, due_at: datetime | None = None, error: str | None = None
    ) -> None:
        """Raises ``ForbiddenTransition``, ``LookupError`` for an unknown delivery, ``ValueError`` for deferred to never."""
        if status is DeliveryStatus.DEFERRED and due_at is None:
            raise ValueError("a deferred delivery needs the moment of its next try")
        if status is DeliveryStatus.QUEUED and due_at is None:
            due_at = at
        result = self._run(
            _SETTLE[status],
            {
                "id": id,
                "at": self._when(at),
                "due_at": None if due_at is None else self._when(due_at),
                "error": None if error is None else clean(error),
            },
        )
        if result.rowcount == 0:
            row = self._run("SELECT status FROM deliveries WHERE id = :id", {"id": id}).fetchone()
            if row is None:
                raise LookupError(f"no delivery {id}")
            raise ForbiddenTransition(f"delivery {id}: {row[0]} -> {status.value}")

    def recover_in_flight(self, at: datetime) -> int:
        return self._run(
            "UPDATE deliveries SET status = 'queued', due_at = :at, waits_until = :at, changed_at = :at "
            "WHERE status = 'in-flight'",
            {"at": self._when(at)},
        ).rowcount

    def next_due(self) -> datetime | None:
        value = self._scalar("SELECT min(waits_until) FROM deliveries WHERE waits_until IS NOT NULL", {})
        return None if value is None else self._moment(value)

    def deliveries(self, *, status: DeliveryStatus | None = None, limit: int = 100) -> tuple[Delivery, ...]:
        """The newest first."""
        condition = "" if status is None else "WHERE d.status = :status"
        parameters: dict[str, Any] = {"limit": limit} if status is None else {"limit": limit, "status": status.value}
        rows = self._run(f"{_DELIVERIES} {condition} ORDER BY d.number DESC LIMIT :limit", parameters)
        return tuple(delivery_from_row(row[1:], self._moment) for row in rows)

    def _record_bounce(self, bounce: RecordBounce, mail_id: int, at: datetime) -> None:
        """What a report says of a mail of ours. A report of success or of relaying says nothing that we keep."""
        action = bounce.action.strip().casefold()
        if action not in {"failed", "delayed"}:
            return
        row = self._run(
            "SELECT number, bounce FROM deliveries WHERE message_id IN (:bare, :bracketed)",
            _spellings(bounce.message_id),
        ).fetchone()
        number, known = (None, None) if row is None else row
        status = clean(bounce.status.strip())
        # A warning that comes after the failure does not undo it.
        if number is not None and (action == "failed" or not (known or "").startswith("failed")):
            self._run(
                "UPDATE deliveries SET bounce = :bounce WHERE number = :number",
                {"bounce": f"{action} {status}".strip(), "number": number},
            )
        if action == "failed":
            self._run(
                _INSERT_BOUNCE,
                {
                    "mail_id": mail_id,
                    "delivery_number": number,
                    "message_id": clean(bounce.message_id),
                    "recipient": clean(bounce.recipient),
                    "status": status,
                    "at": self._when(at),
                },
            )


def _spellings(message_id: str) -> dict[str, str]:
    """A Message-ID with and without its angle brackets: reports and address books lose them."""
    bare = clean(message_id).strip().strip("<>")
    return {"bare": bare, "bracketed": f"<{bare}>"}
