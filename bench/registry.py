"""What a new mail costs where many are registered already, beside an empty database: by turns, batch by batch."""

from __future__ import annotations

import argparse
import json
import sqlite3
import statistics
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.mails import mail
from bench.reader import policy_of
from mailbot.adapters.store import SqlStore, open_store
from mailbot.adapters.store.connected import folded
from mailbot.adapters.store.schema import utc_text
from mailbot.core.message import MailboxKey, RawMessage
from mailbot.core.mime import content_hash
from mailbot.core.policy import Policy
from mailbot.service.processing import process

_BATCH = 50
_BATCHES = 8

#: every so many registrations are for an event that the mails ask for; the rest is for others, as on an old desk
_SAME_EVENT = 200


def fill(database: Path, registrations: int) -> None:
    """Straight into the tables: each with its mail, its seat, its history and the confirmation that was sent."""
    with sqlite3.connect(database) as connection:
        for setting in ("synchronous = OFF", "cache_size = -400000", "foreign_keys = OFF"):
            connection.execute(f"PRAGMA {setting}")
        first = datetime(2020, 1, 1, tzinfo=UTC)
        for table, columns in _TABLES.items():
            values = ", ".join("?" * (columns.count(",") + 1))
            rows = (_ROWS[table](n, utc_text(first + timedelta(minutes=n))) for n in range(1, registrations + 1))
            connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({values})", rows)
    connection.close()


def _address(number: int) -> str:
    return f"someone{number}@elsewhere.example"


def _event(number: int) -> str:
    return "first-aid" if number % _SAME_EVENT == 0 else f"event-{number % 997}"


def _id(kind: str, number: int) -> str:
    """As long as those of the desk and as scattered, but made quicker."""
    return f"{kind}{number * 2654435761 % 2**32:08x}{number:017d}"


_TABLES: Mapping[str, str] = {
    "mails": "account, folder, uidvalidity, uid, message_id, content_hash, sender, subject, received_at, processed_at, "
    "disposition, outcome, policy_version, record",
    "ledger": "account, folder, uidvalidity, uid, content_hash, outcome, moved, at, mail_id",
    "registrations": "id, event, person_key, status, name, email, email_folded, language, sessions, choices, "
    "second_choices, interest_only, requested_at, arrival_order, updated_at",
    "seats": '"key", registration_id',
    "changes": "at, event, registration_id, change, snapshot",
    "deliveries": "id, message_id, kind, language, envelope_from, envelope_to, envelope_to_folded, subject, "
    "registrations, events, status, attempts, queued_at, due_at, changed_at",
}
_ROWS: Mapping[str, Callable[[int, str], tuple[object, ...]]] = {
    "mails": lambda n, at: ("bench", "INBOX", 1, n, f"<{n}@elsewhere.example>", _id("c", n),
                            _address(n), "Registration", at, at, "accept", "processed", "-", "{}"),
    "ledger": lambda n, at: ("bench", "INBOX", 1, n, _id("c", n), "processed", 1, at, n),
    "registrations": lambda n, at: (_id("r", n), _event(n), _address(n), "confirmed", f"Person {n}",
                                    _address(n), folded(_address(n)), "fr", f'["{_event(n)}"]', "{}",
                                    "{}", 0, at, n, at),
    "seats": lambda n, at: (_event(n), _id("r", n)),
    "changes": lambda n, at: (at, _event(n), _id("r", n), "registered", "{}"),
    "deliveries": lambda n, at: (_id("d", n), f"<d{n}@example.test>", "registrant-confirmed", "fr",
                                 "desk@example.test", _address(n), folded(_address(n)), "Re: Registration", "[]", "[]",
                                 "sent", 1, at, at, at),
}  # fmt: skip


def batch(store: SqlStore, policy: Policy, start: int) -> float:
    """Milliseconds of CPU a mail: decided and recorded, in one transaction, as the intake does it."""
    now = datetime.now(UTC)
    contents = [mail(number) for number in range(start, start + _BATCH)]
    started = time.thread_time()
    with store.begin() as tx:
        for number, content in enumerate(contents, start=start):
            key = MailboxKey(account="bench", folder="INBOX", uidvalidity=2, uid=number + 1)
            raw = RawMessage(key=key, content=content, received_at=now, size=len(content))
            assert tx.content_in_ledger("bench", content_hash(content)) is None
            tx.apply(process(tx, raw, policy, now))
    return 1000 * (time.thread_time() - started) / _BATCH


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("config", "rules", "templates", "folder"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--registrations", type=int, required=True)
    given = parser.parse_args()
    policy = policy_of(given.config, given.rules, given.templates)
    databases = [given.folder / "full.db", given.folder / "empty.db"]
    stores = [open_store(f"sqlite:///{database}") for database in databases]
    fill(databases[0], given.registrations)
    spent: list[list[float]] = [[], []]
    for number in range(_BATCHES + 1):
        for times, store in zip(spent, stores, strict=True):
            times.append(batch(store, policy, number * _BATCH))
    full, empty = (statistics.median(times[1:]) for times in spent)  # the first one compiles phrases and templates
    figures = {
        "registrations": given.registrations,
        "full_ms": full,
        "empty_ms": empty,
        "factor": full / empty,
        "database_mib": databases[0].stat().st_size / 2**20,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
