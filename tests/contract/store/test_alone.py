"""One desk at a time works with a database."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from mailbot.adapters.store import open_store
from mailbot.adapters.store.alone import AnotherDesk, alone

_HOLDER = """
import sys, time
from mailbot.adapters.store import open_store
from mailbot.adapters.store.alone import alone
with alone(open_store(sys.argv[1], migrate=False)):
    print("alone", flush=True)
    time.sleep(60)
"""


def test_a_second_desk_is_refused_until_the_first_has_ended(shared_database: str) -> None:
    first, second = open_store(shared_database), open_store(shared_database)
    with alone(first), pytest.raises(AnotherDesk), alone(second):
        pass
    with alone(second), second.begin() as tx:
        assert tx.counts()["mails"] == 0
    first.close()
    second.close()


def test_a_desk_that_was_killed_holds_nothing_back(shared_database: str) -> None:
    store = open_store(shared_database)
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, shared_database], stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"alone\n"
        with pytest.raises(AnotherDesk), alone(store):
            pass
    finally:
        holder.kill()
        holder.wait(10)
        holder.stdout.close()  # type: ignore[union-attr]
    for _ in range(500):  # PostgreSQL takes a moment to see that nobody is there
        try:
            with alone(store):
                break
        except AnotherDesk:
            time.sleep(0.01)
    else:
        raise AssertionError("the lock outlived its holder")
    store.close()


def test_a_database_in_memory_is_alone_anyway() -> None:
    store = open_store("sqlite://")
    with alone(store), store.begin() as tx:
        assert tx.counts()["mails"] == 0
    store.close()
