"""The database: SQLite in a file or in memory, or PostgreSQL, by its URL."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import StaticPool

from mailbot.adapters.store.errors import translated
from mailbot.adapters.store.migrate import migrate_to_head
from mailbot.adapters.store.transaction import SqlTransaction
from mailbot.service.ports import StoreUnavailable

#: seconds that a writer waits for another one
PATIENCE = 30

#: The writers' lock on PostgreSQL, by a number that no other program is likely to take ("mailbot" in ASCII).
_WRITERS = int.from_bytes(b"mailbot")

_EXAMPLES = "write for example sqlite:///var/mailbot.db or postgresql://user@host/database"


class SqlStore:
    """One writer at a time, whichever thread it runs in; ``begin`` may be called from any."""

    def __init__(self, engine: Engine, *, patience: float = PATIENCE) -> None:
        self._engine = engine
        self._patience = patience
        self._writing = threading.Lock()
        self._writer: int | None = None

    @contextmanager
    def begin(self) -> Iterator[SqlTransaction]:
        """Raises ``StoreUnavailable`` where the database cannot be used, or another writer does not end.

        Never within itself, and never across an ``await``: the next task would find its own thread holding the lock.
        """
        with self._alone(), translated(self._engine.dialect.loaded_dbapi), self._engine.begin() as connection:
            yield SqlTransaction(connection)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        me = threading.get_ident()
        if self._writer == me:
            raise RuntimeError("begin() inside begin(): a transaction of this thread is still open")
        if not self._writing.acquire(timeout=self._patience):
            raise StoreUnavailable("another transaction of this process does not end")
        self._writer = me
        try:
            yield
        finally:
            self._writer = None
            self._writing.release()

    @property
    def engine(self) -> Engine:
        return self._engine

    def close(self) -> None:
        self._engine.dispose()


def open_store(url: str, *, migrate: bool = True, patience: float = PATIENCE) -> SqlStore:
    """The store at ``url``, its schema brought up to date. ``patience``: seconds that a writer waits for another.

    Raises ``ValueError`` for a URL that names no database we know, ``StoreUnavailable`` where it cannot be used now.
    """
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
        if backend == "sqlite":
            engine = _sqlite(parsed, patience)
        elif backend == "postgresql":
            engine = _postgresql(parsed, patience)
        else:
            raise ValueError(f"{backend} is not supported: {_EXAMPLES}")
    except (ArgumentError, NoSuchModuleError) as error:
        raise ValueError(f"this names no database: {_EXAMPLES}") from error
    except ModuleNotFoundError as error:
        raise ValueError(f"PostgreSQL needs the package {error.name}: pip install 'psycopg[binary]'") from error
    store = SqlStore(engine, patience=patience)
    if migrate:
        try:
            with store._alone(), translated(engine.dialect.loaded_dbapi), engine.begin() as connection:
                migrate_to_head(connection)
        except BaseException:
            store.close()
            raise
    return store


# -- SQLite ------------------------------------------------------------------------


def _sqlite(url: URL, patience: float) -> Engine:
    in_memory = url.database in (None, "", ":memory:")
    # Statements are named the same way for both databases, so parameters always are mappings.
    options: dict[str, Any] = {"paramstyle": "named"}
    if in_memory:
        options |= {"poolclass": StaticPool}
    else:
        _make_file(Path(str(url.database)))
        # All writers of this process take turns, so one connection serves them, with its statements prepared.
        options |= {"pool_size": 1, "max_overflow": 0}
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False, "timeout": patience, "cached_statements": 256},
        **options,
    )
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: sqlite3.Connection, _: object) -> None:
    # The driver must not begin transactions by itself: it would begin them as readers, and a reader that turns writer
    # while another one wrote is refused at once, without waiting.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_mode = WAL")
    # With NORMAL a power cut may take back the last commits, after their mails were moved out of the inbox.
    connection.execute("PRAGMA synchronous = FULL")
    # KiB. Beyond it the operating system keeps the file in memory anyway: with 200,000 registrations on file a mail costs
    # as much with four MB as with sixteen.
    connection.execute("PRAGMA cache_size = -4000")
    connection.execute("PRAGMA journal_size_limit = 67108864")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _make_file(path: Path) -> None:
    """The empty file, for its owner alone: SQLite gives its side files the same mode. An existing one is left as is."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreUnavailable(f"{path}: {error.strerror}") from error


# -- PostgreSQL --------------------------------------------------------------------


def _postgresql(url: URL, patience: float) -> Engine:
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    engine = create_engine(
        url,
        # A server that was restarted is noticed before the transaction begins, not in the middle of it.
        pool_pre_ping=True,
        pool_size=2,
        max_overflow=2,
        pool_timeout=patience,
        connect_args={
            "connect_timeout": max(2, int(patience)),
            "keepalives_idle": 30,
            "options": f"-c timezone=UTC -c lock_timeout={int(patience * 1000)}",
        },
    )
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _begin_postgresql(connection: Connection) -> None:
    # Released with the transaction, however it ends. What is read after it sees all that earlier writers committed.
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS})")
