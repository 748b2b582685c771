"""A desk of values: the shipped rules with one event of its own, a store in memory, a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mailbot.adapters.store import SqlStore
from mailbot.core.policy import Policy
from tests.service.town import Town, empty_store, event, with_events


@pytest.fixture
def policy(shipped: Policy) -> Policy:
    return with_events(shipped, event())


@pytest.fixture
def store() -> Iterator[SqlStore]:
    opened = empty_store()
    yield opened
    opened.close()


@pytest.fixture
def town(store: SqlStore, policy: Policy) -> Town:
    """A desk that was started on an empty mailbox."""
    made = Town(store=store, policy=policy)
    made.poll()
    return made
