"""What came in: positions, the ledger of processed messages, and the mails themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import exists, select, text

from mailbot.adapters.store import schema
from mailbot.adapters.store.connected import Connected, clean, clean_or_none, deflate, inflate, insert, to_json
from mailbot.core.decisions import Processed
from mailbot.core.message import MailboxKey
from mailbot.core.record import record_of
from mailbot.service.stored import MailboxPosition, SettledMail, StoredMail

_INSERT_MAIL = insert(schema.mails, without=("id",), then="RETURNING id")
_INSERT_CONTENT = insert(schema.mail_contents)
_INSERT_LEDGER = insert(schema.ledger)

#: keys looked up in one statement
_CHUNK = 500


class Incoming(Connected):
    def position(self, account: str, folder: str) -> MailboxPosition | None:
        row = self._run(
            "SELECT uidvalidity, uid FROM positions WHERE account = :account AND folder = :folder",
            {"account": account, "folder": folder},
        ).fetchone()
        return None if row is None else MailboxPosition(uidvalidity=row[0], uid=row[1])

    def set_position(self, account: str, folder: str, position: MailboxPosition) -> None:
        self._run(
            "INSERT INTO positions (account, folder, uidvalidity, uid) VALUES (:account, :folder, :uidvalidity, :uid) "
            "ON CONFLICT (account, folder) DO UPDATE SET uidvalidity = excluded.uidvalidity, uid = excluded.uid",
            {"account": account, "folder": folder, "uidvalidity": position.uidvalidity, "uid": position.uid},
        )

    def in_ledger(self, keys: Sequence[MailboxKey]) -> Mapping[MailboxKey, str]:
        found: dict[MailboxKey, str] = {}
        table = schema.ledger.c
        for (account, folder, uidvalidity), uids in _by_folder(keys):
            query = select(table.uid, table.outcome).where(
                table.account == account,
                table.folder == folder,
                table.uidvalidity == uidvalidity,
                table.uid.in_(uids),
            )
            for uid, outcome in self._connection.execute(query):
                found[MailboxKey(account=account, folder=folder, uidvalidity=uidvalidity, uid=uid)] = outcome
        return found

    def content_in_ledger(self, account: str, content_hash: str) -> str | None:
        row = self._run(
            "SELECT outcome FROM ledger WHERE account = :account AND content_hash = :content_hash LIMIT 1",
            {"account": account, "content_hash": content_hash},
        ).fetchone()
        return None if row is None else str(row[0])

    def add_to_ledger(self, key: MailboxKey, content_hash: str, outcome: str, at: datetime) -> None:
        self._run(_INSERT_LEDGER, _ledger_row(key, content_hash, outcome, self._when(at), None))

    def unmoved(self, account: str, folder: str, uidvalidity: int, limit: int) -> Sequence[tuple[int, str]]:
        rows = self._run(
            "SELECT uid, outcome FROM ledger WHERE account = :account AND folder = :folder "
            "AND uidvalidity = :uidvalidity AND moved = 0 AND NOT EXISTS "
            "(SELECT 1 FROM holds WHERE holds.mail_id = ledger.mail_id AND holds.closed_at IS NOT NULL) "
            "ORDER BY uid LIMIT :limit",
            {"account": account, "folder": folder, "uidvalidity": uidvalidity, "limit": limit},
        )
        return [(uid, outcome) for uid, outcome in rows]

    def settled(self, account: str, folder: str, limit: int) -> Sequence[SettledMail]:
        ledger, mails, holds = schema.ledger.c, schema.mails.c, schema.holds.c
        query = (
            select(ledger.uidvalidity, ledger.uid, ledger.content_hash, mails.message_id, mails.received_at)
            .join(schema.mails, mails.id == ledger.mail_id)
            .where(
                ledger.account == account,
                ledger.folder == folder,
                ledger.moved == text("0"),  # as the partial index has it
                exists().where(holds.mail_id == ledger.mail_id, holds.closed_at.is_not(None)),
            )
            .limit(limit)
        )
        return [
            SettledMail(
                key=MailboxKey(account=account, folder=folder, uidvalidity=row.uidvalidity, uid=row.uid),
                content_hash=row.content_hash,
                message_id=row.message_id,
                received_at=row.received_at,
            )
            for row in self._connection.execute(query)
        ]

    def set_moved(self, keys: Sequence[MailboxKey]) -> None:
        self._run_each(
            "UPDATE ledger SET moved = 1 WHERE account = :account AND folder = :folder "
            "AND uidvalidity = :uidvalidity AND uid = :uid",
            [_key_row(key) for key in keys],
        )

    def mail(self, processed_id: int) -> StoredMail | None:
        mails, contents = schema.mails.c, schema.mail_contents.c
        query = (
            select(schema.mails, contents.content)
            .join(schema.mail_contents, contents.mail_id == mails.id)
            .where(mails.id == processed_id)
        )
        row = self._connection.execute(query).mappings().first()
        if row is None:
            return None
        return StoredMail(
            id=row["id"],
            key=MailboxKey(
                account=row["account"], folder=row["folder"], uidvalidity=row["uidvalidity"], uid=row["uid"]
            ),
            content=inflate(row["content"]),
            received_at=row["received_at"],
            processed_at=row["processed_at"],
            sender=row["sender"],
            subject=row["subject"],
            disposition=row["disposition"],
            outcome=row["outcome"],
            record=json.loads(row["record"]),
        )

    def _store_mail(self, processed: Processed) -> int:
        """The mail, its bytes and its ledger row. A key that is in the ledger already violates its primary key."""
        decision, at = processed.decision, self._when(processed.processed_at)
        mail_id: int = self._scalar(
            _INSERT_MAIL,
            {
                **_key_row(processed.key),
                "message_id": clean_or_none(processed.message_id),
                "content_hash": processed.content_hash,
                "sender": clean_or_none(processed.sender),
                "subject": clean(processed.subject),
                "received_at": self._when(processed.received_at),
                "processed_at": at,
                "disposition": decision.disposition,
                "outcome": decision.outcome,
                "policy_version": decision.policy_version,
                "record": to_json(record_of(processed.reading, decision)),
            },
        )
        self._run(_INSERT_CONTENT, {"mail_id": mail_id, "content": deflate(processed.content)})
        self._run(_INSERT_LEDGER, _ledger_row(processed.key, processed.content_hash, decision.outcome, at, mail_id))
        return mail_id


def _key_row(key: MailboxKey) -> dict[str, Any]:
    return {"account": key.account, "folder": key.folder, "uidvalidity": key.uidvalidity, "uid": key.uid}


def _ledger_row(key: MailboxKey, content_hash: str, outcome: str, at: Any, mail_id: int | None) -> dict[str, Any]:
    return {
        **_key_row(key),
        "content_hash": content_hash,
        "outcome": outcome,
        "moved": 0,
        "at": at,
        "mail_id": mail_id,
    }


def _by_folder(keys: Sequence[MailboxKey]) -> Iterator[tuple[tuple[str, str, int], list[int]]]:
    """The UIDs of each folder, in lists short enough for one statement."""
    ordered = sorted(keys, key=lambda key: (key.account, key.folder, key.uidvalidity, key.uid))
    for place, group in groupby(ordered, key=lambda key: (key.account, key.folder, key.uidvalidity)):
        uids = [key.uid for key in group]
        for start in range(0, len(uids), _CHUNK):
            yield place, uids[start : start + _CHUNK]
