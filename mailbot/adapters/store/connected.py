"""One open connection and how statements are run on it: what every part of a transaction stands on.

The way of each mail uses hand-written SQL straight through the driver: by SQLAlchemy Core a SELECT costs about 50 µs
of which the driver needs 2, and a mail takes some fifteen statements. Everything else is SQLAlchemy Core.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

from sqlalchemy import Connection, Table

from mailbot.adapters.store.schema import utc, utc_text

_PARAMETER = re.compile(r"(?<!:):([a-z_]+)")

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")

#: zlib's quickest level: a mail shrinks to a third in 0.1 ms, and the disk has that much less to take in. A window of
#: 8 kB and small tables lose a thousandth of that, and save the clearing of large ones, half the time.
_LEVEL, _WINDOW_BITS, _MEMORY = 1, 13, 7


@lru_cache(maxsize=200)
def pyformat(sql: str) -> str:
    """``:name`` as psycopg writes it."""
    return _PARAMETER.sub(r"%(\1)s", sql)


def insert(table: Table, *, without: Sequence[str] = (), then: str = "") -> str:
    """INSERT of every column but ``without``, with ``then`` at its end (ON CONFLICT, RETURNING)."""
    names = [column.name for column in table.columns if column.name not in without]
    columns = ", ".join(f'"{name}"' for name in names)
    return f"INSERT INTO {table.name} ({columns}) VALUES ({', '.join(':' + name for name in names)}) {then}"  # noqa: S608 - our own names


def clean(text: str) -> str:
    """Text that every database takes: lone surrogates and NUL, which broken mails bring, become U+FFFD."""
    try:
        text.encode("utf-8")  # finds a surrogate ten times as quickly as an expression
    except UnicodeEncodeError:
        return _UNSTORABLE.sub("\ufffd", text)
    return text.replace("\0", "\ufffd")


def clean_or_none(text: str | None) -> str | None:
    return None if text is None else clean(text)


def folded(address: str | None) -> str | None:
    """An address as it is compared."""
    return None if address is None else clean(address).casefold()


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def to_json(data: object) -> str:
    return clean(_encode(data))


def deflate(content: bytes) -> bytes:
    stream = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW_BITS, _MEMORY)
    return stream.compress(content) + stream.flush()


inflate = zlib.decompress


class Rows(Protocol):
    """What both drivers' cursors can do (PEP 249)."""

    rowcount: int

    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...


class Connected:
    """Statements on one connection, inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._driver: Any = connection.connection.driver_connection
        self._dbapi = connection.dialect.loaded_dbapi
        self._sqlite = connection.dialect.name == "sqlite"

    def _run(self, sql: str, parameters: Mapping[str, Any]) -> Rows:
        """A statement with ``:name`` parameters, by the driver. It raises the driver's own errors."""
        rows: Rows = self._driver.execute(sql if self._sqlite else pyformat(sql), parameters)
        return rows

    def _run_each(self, sql: str, parameters: Sequence[Mapping[str, Any]]) -> None:
        """The same statement once for each."""
        if parameters:
            self._driver.cursor().executemany(sql if self._sqlite else pyformat(sql), parameters)

    def _scalar(self, sql: str, parameters: Mapping[str, Any]) -> Any:
        """The first value of the first row; None where there is no row."""
        # Read to the end: an INSERT … RETURNING that was not cannot be committed.
        rows = self._run(sql, parameters).fetchall()
        return rows[0][0] if rows else None

    def _when(self, moment: datetime) -> Any:
        """A moment as a parameter of ``_run``."""
        return utc_text(moment) if self._sqlite else utc(moment)

    def _moment(self, value: Any) -> datetime:
        """A moment out of a row of ``_run``."""
        return datetime.fromisoformat(value) if self._sqlite else utc(value)
