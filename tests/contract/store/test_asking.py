"""What was asked of registered addresses, and the holds that an answer settles, as the store keeps them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mailbot.adapters.store import ForbiddenTransition, SqlStore
from mailbot.core.confirmations import CONFIRMATION_TRANSITIONS, Confirmation, ConfirmationStatus
from tests.contract.store.samples import NOW, registration


def asked(status: ConfirmationStatus = ConfirmationStatus.ASKED, id: str = "c1") -> Confirmation:
    return Confirmation(
        id=id,
        registration="r1",
        address="r1@example.org",
        act={"act": "cancel", "sessions": ["é"]},
        status=status,
        asked_at=NOW,
        expires_at=NOW + timedelta(days=7),
        settled_at=None if status is ConfirmationStatus.ASKED else NOW,
    )


def test_what_was_asked_comes_back_as_it_was(store: SqlStore) -> None:
    with store.begin() as tx:
        tx.put_registration(registration("r1"), "registered", NOW)
        tx.put_confirmation(asked())
        tx.put_confirmation(asked(id="c2"))
    with store.begin() as tx:
        assert tx.confirmation("c1") == asked()
        assert tx.confirmation("c3") is None
        assert [each.id for each in tx.confirmations_of(["r1", "r2", "r1"])] == ["c1", "c2"]


@pytest.mark.parametrize("before", [None, *ConfirmationStatus])
@pytest.mark.parametrize("after", ConfirmationStatus)
def test_it_moves_as_the_table_says_and_is_done_once(
    store: SqlStore, before: ConfirmationStatus | None, after: ConfirmationStatus
) -> None:
    with store.begin() as tx:
        tx.put_registration(registration("r1"), "registered", NOW)
        if before is not None:
            tx.put_confirmation(asked())
        if before not in {None, ConfirmationStatus.ASKED}:
            tx.put_confirmation(asked(before))  # type: ignore[arg-type]
        if after in CONFIRMATION_TRANSITIONS[before]:
            tx.put_confirmation(asked(after))
            assert tx.confirmation("c1") == asked(after)
        else:
            with pytest.raises(ForbiddenTransition), tx.savepoint():
                tx.put_confirmation(asked(after))
            known = tx.confirmation("c1")
            assert known == (None if before is None else replace(asked(before)))
