"""Eight writers at once want five places: five get one, whoever comes first, on each database."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

from mailbot.adapters.store import SqlStore, open_store
from tests.contract.store.writing import PLACES, WRITERS, policy, write

ROOT = Path(__file__).resolve().parents[3]


def statuses(store: SqlStore) -> Counter[str]:
    with store.begin() as tx:
        found = tuple(tx.registrations())
        taken = tx.seats_taken(["compost"])["compost"]
        numbers = [row[0] for row in tx._run("SELECT number FROM seats WHERE key = 'compost'", {})]
    assert sorted(numbers) == list(range(1, PLACES + 1))
    assert taken == PLACES
    return Counter(r.status.value for r in found)


def test_threads_do_not_overbook(shared_database: str) -> None:
    store = open_store(shared_database)
    policy()
    threads = [threading.Thread(target=write, args=(store, number)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert statuses(store) == {"confirmed": PLACES, "waitlisted": WRITERS * 3 - PLACES}
    store.close()


def test_processes_do_not_overbook(shared_database: str) -> None:
    open_store(shared_database).close()
    script = "import sys; from tests.contract.store.writing import main; main(sys.argv[1], int(sys.argv[2]))"
    running = [
        subprocess.Popen([sys.executable, "-c", script, shared_database, str(number)], cwd=ROOT)
        for number in range(WRITERS)
    ]
    assert [process.wait(timeout=180) for process in running] == [0] * WRITERS
    store = open_store(shared_database)
    assert statuses(store) == {"confirmed": PLACES, "waitlisted": WRITERS * 3 - PLACES}
    store.close()
