"""Mails that wait for a coordinator."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, update

from mailbot.adapters.store import schema
from mailbot.adapters.store.connected import Connected, clean, to_json
from mailbot.adapters.store.errors import ForbiddenTransition
from mailbot.core.decisions import OpenHold
from mailbot.core.message import MailboxKey
from mailbot.service.stored import Hold

_HOLDS = schema.holds.c
_MAILS = schema.mails.c

_INSERT = (
    "INSERT INTO holds (id, mail_id, opened_at, reasons, summary, asked) "
    "VALUES (:id, :mail_id, :opened_at, :reasons, :summary, :asked) "
    "ON CONFLICT (id) DO NOTHING"
)

# Copies too, in whichever account: they opened no hold of their own.
_NO_LONGER_REVIEWED = (
    "UPDATE ledger SET outcome = 'processed', moved = 0 WHERE outcome = 'review' "
    "AND account IN (SELECT account FROM positions) AND content_hash = "
    "(SELECT mails.content_hash FROM mails JOIN holds ON holds.mail_id = mails.id WHERE holds.id = :id)"
)


class Reviewing(Connected):
    def holds(self, *, open_only: bool = True, limit: int = 1000) -> tuple[Hold, ...]:
        """The open ones, oldest first; all of them, newest first."""
        if open_only:
            query = _query().where(_HOLDS.closed_at.is_(None)).order_by(_HOLDS.opened_at, _HOLDS.id)
        else:
            query = _query().order_by(_HOLDS.opened_at.desc(), _HOLDS.id)
        return self._holds(query.limit(limit))

    def hold(self, id: str) -> Hold | None:
        exact = self._holds(_query().where(_HOLDS.id == clean(id)))
        if exact or not id:
            return exact[0] if exact else None
        beginning = _HOLDS.id.startswith(clean(id).lower(), autoescape=True)
        found = self._holds(_query().where(beginning).limit(2))
        return found[0] if len(found) == 1 else None

    def close_hold(self, id: str, outcome: str, by: str, at: datetime) -> None:
        """Raises ``ForbiddenTransition`` for a hold that is closed already, ``LookupError`` for one that is unknown."""
        closed = self._connection.execute(
            update(schema.holds)
            .where(_HOLDS.id == id, _HOLDS.closed_at.is_(None))
            .values(closed_at=at, outcome=outcome, closed_by=clean(by))
        )
        if closed.rowcount == 0:
            known = self.hold(id)
            if known is None or known.id != id:
                raise LookupError(f"no hold {id}")
            raise ForbiddenTransition(f"hold {id} was closed by {known.closed_by}: {known.outcome}")
        self._run(_NO_LONGER_REVIEWED, {"id": id})

    def unannounced_holds(self) -> tuple[Hold, ...]:
        """Open holds that no coordinator was told of, oldest first."""
        query = _query().where(_HOLDS.closed_at.is_(None), _HOLDS.announced_at.is_(None))
        return self._holds(query.order_by(_HOLDS.opened_at, _HOLDS.id))

    def set_announced(self, ids: Sequence[str], at: datetime) -> None:
        if ids:
            self._connection.execute(update(schema.holds).where(_HOLDS.id.in_(ids)).values(announced_at=at))

    def _settle_hold(self, id: str, at: datetime) -> None:
        """A hold that a coordinator closed before stays as it is."""
        self._run(
            "UPDATE holds SET closed_at = :at, outcome = 'settled', closed_by = 'the sender' "
            "WHERE id = :id AND closed_at IS NULL",
            {"id": id, "at": self._when(at)},
        )

    def _open_hold(self, effect: OpenHold, mail_id: int, at: datetime) -> None:
        """A hold of this id that exists already stays: the same content came by another way."""
        self._run(
            _INSERT,
            {
                "id": effect.id,
                "mail_id": mail_id,
                "opened_at": self._when(at),
                "reasons": to_json(effect.reasons),
                "summary": clean(effect.summary),
                "asked": effect.asked,
            },
        )

    def _holds(self, query: Select[Any]) -> tuple[Hold, ...]:
        return tuple(_hold_from_row(row) for row in self._connection.execute(query).mappings())


def _query() -> Select[Any]:
    return select(
        schema.holds,
        _MAILS.sender,
        _MAILS.subject,
        _MAILS.account,
        _MAILS.folder,
        _MAILS.uidvalidity,
        _MAILS.uid,
    ).join(schema.mails, _MAILS.id == _HOLDS.mail_id)


def _hold_from_row(row: Any) -> Hold:
    return Hold(
        id=row["id"],
        opened_at=row["opened_at"],
        reasons=tuple(json.loads(row["reasons"])),
        summary=row["summary"],
        sender=row["sender"],
        subject=row["subject"],
        processed_id=row["mail_id"],
        key=MailboxKey(account=row["account"], folder=row["folder"], uidvalidity=row["uidvalidity"], uid=row["uid"]),
        closed_at=row["closed_at"],
        outcome=row["outcome"],
        closed_by=row["closed_by"],
        announced_at=row["announced_at"],
    )
