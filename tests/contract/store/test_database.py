"""The database itself: its schema, its files, several writers, and what a crash leaves."""

from __future__ import annotations

import contextlib
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text

from mailbot.adapters.store import SqlStore, open_store
from mailbot.adapters.store.migrate import HEAD, migrate, migrate_to_head
from mailbot.adapters.store.registering import _EXCHANGES_ENDED, _INSERT, _OF_ADDRESS, _OFFERS_ENDED, _WAITING
from mailbot.adapters.store.rows import registration_row
from mailbot.adapters.store.schema import metadata
from mailbot.core.decisions import Enqueue, OpenHold, PutRegistration, RecordBounce
from mailbot.core.deliveries import DeliveryStatus
from mailbot.core.registrations import Exchange, RegistrationStatus
from mailbot.service.ports import StoreUnavailable, Transaction
from mailbot.service.stored import MailboxPosition
from tests.contract.store.samples import NOW, key, outgoing, processed, registration

# -- schema ------------------------------------------------------------------------


@pytest.mark.parametrize("make", [migrate, migrate_to_head], ids=["by migrations", "at once"])
def test_a_database_has_exactly_the_schema(shared_database: str, make: Callable[[Connection], None]) -> None:
    engine = create_engine(shared_database)
    with engine.begin() as connection:
        make(connection)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == HEAD
        # Alembic does not compare CHECK constraints.
        for table in metadata.sorted_tables:
            named = {c.name for c in table.constraints if type(c).__name__ == "CheckConstraint"}
            assert {c["name"] for c in inspect(connection).get_check_constraints(table.name)} == named
    engine.dispose()


def test_a_new_database_is_what_the_migrations_make() -> None:
    def statements(make: Callable[[Connection], None]) -> dict[str, list[str]]:
        """Each table and index by its name, as its parts; constraints stand in no order."""
        engine = create_engine("sqlite://")
        with engine.begin() as connection:
            make(connection)
            made = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").all()
        engine.dispose()
        return {name: sorted(parts(sql)) for name, sql in made}

    def parts(sql: str) -> list[str]:
        """What stands between the commas of a CREATE TABLE: SQLite adds a column to its text behind the constraints."""
        head, body = sql.split("(", 1)
        inside, tail = body.rsplit(")", 1) if head.startswith("CREATE TABLE") else (body, "")
        return [" ".join(part.split()) for part in (head, *re.split(r",(?![^(]*\))", inside), tail)]

    assert statements(migrate_to_head) == statements(migrate)


def test_starting_again_keeps_everything(shared_database: str) -> None:
    for start in range(3):
        store = open_store(shared_database)
        with store.begin() as tx:
            assert tx.cursor("starts") == start
            tx.set_cursor("starts", start + 1)
        store.close()


def test_a_database_of_a_later_version_is_refused(shared_database: str) -> None:
    open_store(shared_database).close()
    engine = create_engine(shared_database)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreUnavailable, match="not of this version"):
        open_store(shared_database)


@pytest.mark.parametrize("status", ["CONFIRMED", "other"])
def test_a_status_outside_the_table_is_refused_by_the_database(shared_database: str, status: str) -> None:
    store = open_store(shared_database)
    with store.begin() as tx:
        tx.put_registration(registration(), "registered", NOW)
        tx.enqueue(outgoing(), NOW)
    store.close()
    engine = create_engine(shared_database)
    for table in ("registrations", "deliveries"):
        with pytest.raises(Exception, match=r"(?i)check constraint"), engine.begin() as connection:
            connection.execute(text(f"UPDATE {table} SET status = :status"), {"status": status})
    engine.dispose()


# -- files and URLs ----------------------------------------------------------------


def test_the_file_is_for_its_owner_alone_and_survives_a_power_cut(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "mailbot.db"
    store = open_store(f"sqlite:///{path}")
    with store.begin() as tx:
        tx.set_value("a", "b")
        settings = {name: tx._run(f"PRAGMA {name}", {}).fetchone()[0] for name in ("journal_mode", "synchronous")}
        assert settings == {"journal_mode": "wal", "synchronous": 2}
        assert tx._run("PRAGMA foreign_keys", {}).fetchone()[0] == 1
    assert {file.name: oct(file.stat().st_mode & 0o777) for file in path.parent.iterdir()} == {
        "mailbot.db": "0o600",
        "mailbot.db-wal": "0o600",
        "mailbot.db-shm": "0o600",
    }
    assert oct(path.parent.stat().st_mode & 0o777) == "0o700"
    store.close()


@pytest.mark.parametrize("url", ["nonsense", "mysql://host/db", "oracle://x", "nosuch+thing://x", ""])
def test_a_url_that_names_no_database_we_know_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(ValueError, match="sqlite:///"):
        open_store(url)


def test_a_database_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x" * 5000)
    with pytest.raises(StoreUnavailable, match="file"):
        open_store(f"sqlite:///{tmp_path / 'file' / 'mailbot.db'}")
    with pytest.raises(StoreUnavailable):
        open_store(f"sqlite:///{tmp_path}")
    with pytest.raises(StoreUnavailable):
        open_store("postgresql://nobody@127.0.0.1:1/none", patience=2)


def test_each_database_in_memory_is_its_own() -> None:
    first, second = open_store("sqlite://"), open_store("sqlite:///:memory:")
    with first.begin() as tx:
        tx.set_value("a", "1")
    with second.begin() as tx:
        assert tx.value("a") is None
    first.close()
    second.close()


# -- several writers ---------------------------------------------------------------


def count_up(store: SqlStore, times: int) -> None:
    for _ in range(times):
        with store.begin() as tx:
            tx.set_cursor("n", tx.cursor("n") + 1)


def test_threads_lose_no_update(store: SqlStore) -> None:
    threads = [threading.Thread(target=count_up, args=(store, 25)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    with store.begin() as tx:
        assert tx.cursor("n") == 200


_COUNT_UP = """
import sys
from mailbot.adapters.store import open_store
store = open_store(sys.argv[1])
for _ in range(50):
    with store.begin() as tx:
        tx.set_cursor("n", tx.cursor("n") + 1)
store.close()
"""


def test_processes_that_start_at_once_lose_no_update(shared_database: str) -> None:
    # On an empty database: they also race to make the tables.
    started = [subprocess.Popen([sys.executable, "-c", _COUNT_UP, shared_database]) for _ in range(3)]
    assert [process.wait(timeout=60) for process in started] == [0, 0, 0]
    store = open_store(shared_database)
    with store.begin() as tx:
        assert tx.cursor("n") == 150
    store.close()


def test_a_writer_that_waits_too_long_says_so(shared_database: str) -> None:
    first, second = open_store(shared_database), open_store(shared_database, patience=0.2)
    with first.begin() as tx:
        tx.set_value("a", "1")
        with pytest.raises(StoreUnavailable), second.begin():
            pass
    with second.begin() as tx:
        assert tx.value("a") == "1"
    first.close()
    second.close()


def test_a_thread_that_waits_too_long_says_so(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'mailbot.db'}", patience=0.1)
    refused: list[bool] = []

    def other() -> None:
        try:
            with store.begin():
                pass
        except StoreUnavailable:
            refused.append(True)

    with store.begin():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(timeout=10)
    assert refused == [True]
    store.close()


# -- crashes -----------------------------------------------------------------------

_HANG = """
import sys, time
from mailbot.adapters.store import open_store
store = open_store(sys.argv[1])
with store.begin() as tx:
    tx.set_value("committed", "1")
with store.begin() as tx:
    tx.set_value("half", "1")
    print("now", flush=True)
    time.sleep(60)
"""


def test_a_process_that_is_killed_leaves_what_it_committed_and_nothing_else(shared_database: str) -> None:
    process = subprocess.Popen([sys.executable, "-c", _HANG, shared_database], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"now\n"
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=10)
    process.stdout.close()
    store = open_store(shared_database)
    with store.begin() as tx:
        assert (tx.value("committed"), tx.value("half")) == ("1", None)
    store.close()


def test_a_lost_connection_is_told_and_healed(postgres_url: str, request: pytest.FixtureRequest) -> None:
    store = open_store(postgres_url)
    with pytest.raises(StoreUnavailable), store.begin() as tx:
        pid = tx._run("SELECT pg_backend_pid()", {}).fetchone()[0]
        other = create_engine(postgres_url)
        with other.connect() as connection:
            connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        other.dispose()
        tx.set_value("a", "1")
    with store.begin() as tx:
        assert tx.value("a") is None
    store.close()


# -- cost --------------------------------------------------------------------------


def one_mail(tx: Transaction) -> None:
    """Every statement that intake and the outbox run for a mail."""
    tx.position("main", "INBOX")
    tx.in_ledger([key(1), key(2)])
    tx.content_in_ledger("main", "hash-1")
    with tx.savepoint():
        tx.thread(["<d0@example.org>", "<x@example.org>"], ["d0", "nonsense"])
        tx.registrations_of(["ada@example.org", "r0@example.org"])
        tx.registration("r0")
        tx.seats_taken(["album", "cycle/1", "cycle:lab=a"])
        tx.recent_replies("ada@example.org", NOW - timedelta(hours=24))
        row = registration("r1", sessions=("cycle/1",), choices={"lab": "a"})
        bounce = RecordBounce(message_id="<d0@example.org>", recipient="x", action="failed", status="5.0.0")
        tx.apply(
            processed(
                2,
                PutRegistration(registration=row, change="registered"),
                PutRegistration(registration=row, change="changed"),
                OpenHold(id="h1", reasons=("x",), summary=""),
                Enqueue(message=outgoing("d1")),
                bounce,
            )
        )
    tx.add_to_ledger(key(3), "hash-2", "processed", NOW)
    tx.set_position("main", "INBOX", MailboxPosition(uidvalidity=1, uid=1))
    tx.unmoved("main", "INBOX", 4_000_000_000, 100)
    tx.settled("main", "INBOX", 100)
    tx.set_moved([key(2), key(3)])
    tx.next_due()
    tx.claim_due(NOW, 50)
    tx.settle("d1", DeliveryStatus.SENT, NOW)
    tx.recover_in_flight(NOW)
    tx.unannounced_holds()
    tx.holds(limit=10)
    tx.changes_since(0, ["album", "cycle"])
    tx.deliveries(limit=10)
    tx.deliveries(status=DeliveryStatus.FAILED, limit=10)
    tx.last_moment("digest")
    tx.set_condition("x", "y", NOW)


@pytest.fixture
def statements(tmp_path: Path) -> Iterator[Callable[[], list[str]]]:
    """Runs ``one_mail`` on SQLite and answers the plan of each of its statements, as ``statement: step``."""
    store = open_store(f"sqlite:///{tmp_path / 'mailbot.db'}")

    def plans() -> list[str]:
        seen: dict[str, None] = {}
        with store.begin() as tx:
            tx.put_registration(registration("r0"), "registered", NOW)
            tx.enqueue(outgoing("d0", registrations=("r0",)), NOW)
            driver: sqlite3.Connection = tx._driver
            driver.set_trace_callback(seen.setdefault)
            one_mail(tx)
            driver.set_trace_callback(None)
            found: list[str] = []
            for statement in seen:
                if re.match(r"(SELECT|UPDATE|DELETE|INSERT)", statement):
                    steps: list[Any] = driver.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
                    found += [f"{statement}: {step[3]}" for step in steps]
            return found

    yield plans
    store.close()


def test_no_statement_of_a_mail_reads_a_whole_table(statements: Callable[[], list[str]]) -> None:
    found = statements()
    assert len(found) > 25
    # Listing the newest walks the primary key from its end and stops at the limit; what waits stands in an index of
    # its own, which holds nothing else.
    bounded = re.compile(r"ORDER BY d\.number DESC LIMIT \d+: SCAN d$|INDEX ix_(deliveries_waiting|holds_open)$")
    assert [plan for plan in found if re.search(r": SCAN (?!CONSTANT)", plan) and not bounded.search(plan)] == []
    # Nothing is sorted but a handful of rows: one person's answers, open holds, one day's changes.
    few = re.compile(r"GROUP BY kind|FROM holds|FROM changes", re.DOTALL)
    assert [plan for plan in found if "TEMP B-TREE" in plan and not few.search(plan)] == []


def test_statistics_do_not_talk_the_database_out_of_its_indexes(tmp_path: Path) -> None:
    """Most registrations were requested by nobody else: to a planner that knows it, such an index looks useless."""
    path = tmp_path / "analysed.db"
    with contextlib.closing(open_store(f"sqlite:///{path}")) as store, store.begin() as tx:
        for number in range(500):
            tx.put_registration(registration(f"r{number}"), "registered", NOW)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("ANALYZE")
        plan = connection.execute(f"EXPLAIN QUERY PLAN {_OF_ADDRESS}", {"address": "nobody@example.test"}).fetchall()
    assert len(plan) > 1
    assert not [step for step in plan if step[3].startswith("SCAN")]


@pytest.mark.parametrize("statistics", [False, True], ids=["", "ANALYZE"])
@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (_WAITING, "ix_registrations_waiting"),
        (_OFFERS_ENDED, "ix_registrations_offered"),
        (_EXCHANGES_ENDED, "ix_registrations_exchange_until"),
    ],
)
def test_a_tick_reads_only_those_who_wait(shared_database: str, statement: str, index: str, statistics: bool) -> None:
    """However many have a place: one event in a crowd of registrations, a few of which wait."""
    until = NOW + timedelta(days=1)
    crowd = [registration(f"r{number}") for number in range(5_000)]
    exchange = Exchange(requested_at=NOW, offered_until=until)
    crowd += [registration(f"e{number}", exchange=exchange) for number in range(10)]
    crowd += [registration(f"w{number}", status=RegistrationStatus.WAITLISTED) for number in range(10)]
    crowd += [registration(f"o{number}", status=RegistrationStatus.OFFERED) for number in range(10)]
    with contextlib.closing(open_store(shared_database)) as store:
        with store.begin() as tx:
            tx._run_each(_INSERT, [registration_row(each, tx._when) for each in crowd])
            # PostgreSQL collects them by itself.
            if statistics or store.engine.dialect.name == "postgresql":
                tx._run("ANALYZE", {})
        with store.begin() as tx:
            if store.engine.dialect.name == "sqlite":
                plan = tx._run(f"EXPLAIN QUERY PLAN {statement}", {"event": "album", "now": tx._when(NOW)})
                steps = " ".join(row[3] for row in plan)
            else:
                plan = tx._run(f"EXPLAIN {statement}", {"event": "album", "now": tx._when(NOW)})
                steps = " ".join(row[0] for row in plan)
    assert index in steps, steps
    assert not re.search(r"Seq Scan|\bSCAN\b", steps), steps


def test_the_newest_migration_is_the_one_that_a_start_looks_for() -> None:
    config = Config()
    config.set_main_option("script_location", "mailbot.adapters:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]
