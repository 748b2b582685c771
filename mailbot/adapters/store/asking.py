"""What was asked of registered addresses before an act is done."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from mailbot.adapters.store import schema
from mailbot.adapters.store.connected import Connected, clean, insert, to_json
from mailbot.adapters.store.errors import ForbiddenTransition
from mailbot.core.confirmations import CONFIRMATION_TRANSITIONS, Confirmation, ConfirmationStatus

_INSERT = insert(schema.confirmations)
_COLUMNS = "id, registration_id, address, act, status, asked_at, expires_at, settled_at"
_SELECT = f"SELECT {_COLUMNS} FROM confirmations"  # noqa: S608 - our own names


class Asking(Connected):
    def put_confirmation(self, confirmation: Confirmation) -> None:
        """Raises ``ForbiddenTransition``: what was confirmed once is confirmed."""
        known = self.confirmation(confirmation.id)
        before = known.status if known is not None else None
        if confirmation.status not in CONFIRMATION_TRANSITIONS[before]:
            raise ForbiddenTransition(
                f"confirmation {confirmation.id}: {before or 'new'} -> {confirmation.status.value}"
            )
        settled_at = None if confirmation.settled_at is None else self._when(confirmation.settled_at)
        if known is not None:
            self._run(
                "UPDATE confirmations SET status = :status, settled_at = :settled_at WHERE id = :id",
                {"id": confirmation.id, "status": confirmation.status.value, "settled_at": settled_at},
            )
            return
        self._run(
            _INSERT,
            {
                "id": confirmation.id,
                "registration_id": confirmation.registration,
                "address": clean(confirmation.address),
                "act": to_json(confirmation.act),
                "status": confirmation.status.value,
                "asked_at": self._when(confirmation.asked_at),
                "expires_at": self._when(confirmation.expires_at),
                "settled_at": settled_at,
            },
        )

    def confirmation(self, id: str) -> Confirmation | None:
        row = self._run(f"{_SELECT} WHERE id = :id", {"id": clean(id)}).fetchone()
        return None if row is None else self._confirmation(row)

    def confirmations_of(self, registrations: Iterable[str]) -> tuple[Confirmation, ...]:
        return tuple(
            self._confirmation(row)
            for registration in dict.fromkeys(registrations)
            for row in self._run(
                f"{_SELECT} WHERE registration_id = :registration ORDER BY asked_at, id",
                {"registration": registration},
            ).fetchall()
        )

    def _confirmation(self, row: Sequence[Any]) -> Confirmation:
        return Confirmation(
            id=row[0],
            registration=row[1],
            address=row[2],
            act=json.loads(row[3]),
            status=ConfirmationStatus(row[4]),
            asked_at=self._moment(row[5]),
            expires_at=self._moment(row[6]),
            settled_at=None if row[7] is None else self._moment(row[7]),
        )
