"""What the database refuses, in words that do not depend on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from mailbot.service.ports import StoreUnavailable


class RuleViolated(Exception):
    """A write that a rule or a limit of the database forbids, however often it is tried. Nothing of it is kept."""


class ForbiddenTransition(RuleViolated):
    """A status that the table of transitions does not allow from the present one."""


class Overbooked(RuleViolated):
    """A place, or an item, beyond what there is."""


@contextmanager
def translated(dbapi: Any) -> Iterator[None]:
    """The errors of ``dbapi`` (PEP 249), bare or wrapped by SQLAlchemy, as ours; any other passes through.

    Only the database's own words are kept, without the statement and its parameters: those are people's mails.
    """
    try:
        yield
    except PoolTimeout as error:
        raise StoreUnavailable("no connection to the database came free") from error
    except (SQLAlchemyError, dbapi.Error) as error:
        original = error.orig if isinstance(error, DBAPIError) else error
        # PostgreSQL's full text shows the row that it refuses.
        primary = getattr(getattr(original, "diag", None), "message_primary", None)
        words = " ".join(str(primary or original).split())
        if isinstance(original, dbapi.IntegrityError | dbapi.DataError) or _is_too_large(original):
            raise RuleViolated(words) from error
        if isinstance(original, dbapi.OperationalError | dbapi.InterfaceError):
            raise StoreUnavailable(words) from error
        raise


def _is_too_large(error: object) -> bool:
    """PostgreSQL refuses what exceeds a limit (class 54: an index row, for example) as if it were out of order."""
    return str(getattr(error, "sqlstate", None) or "").startswith("54")
