"""One desk at a time works with a database: a second one would send again what the first has in flight.

The lock ends with the process that holds it, however that ends; nothing is left to clean up after a crash.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import text

from mailbot.adapters.store.errors import translated
from mailbot.adapters.store.store import SqlStore

#: The desk's lock on PostgreSQL: "the desk" in ASCII, beside the writers' own.
_DESK = int.from_bytes(b"the desk")


class AnotherDesk(Exception):
    """Another process answers mail with this database."""


@contextmanager
def alone(store: SqlStore) -> Iterator[None]:
    """While the block runs, no other desk works with this database. Raises ``AnotherDesk`` where one does already.

    A PostgreSQL server that is restarted forgets the lock: it guards against mistakes, not against malice.
    """
    url = store.engine.url
    if url.get_backend_name() == "sqlite":
        if url.database in (None, "", ":memory:"):
            yield
            return
        with _locked(f"{url.database}.lock"):
            yield
        return
    with translated(store.engine.dialect.loaded_dbapi):
        connection = store.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        taken = connection.execute(text("SELECT pg_try_advisory_lock(:desk)"), {"desk": _DESK}).scalar()
    try:
        if not taken:
            raise AnotherDesk("another mailbot works with this database")
        yield
    finally:
        # Not back into the pool: the lock belongs to the session.
        with suppress(Exception):
            connection.invalidate()
        with suppress(Exception):
            connection.close()


@contextmanager
def _locked(path: str) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 20).decode("ascii", "replace").strip() or "?"
            raise AnotherDesk(f"another mailbot works with this database: process {holder}") from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)
