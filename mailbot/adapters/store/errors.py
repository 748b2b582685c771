"""What the database refuses, in words that do not depend on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from mailbot.service.ports import StoreUnavailable


class RuleViolated(Exception):
    """A write that a UNIQUE, CHECK or foreign-key rule of the database forbids. Nothing of it is kept."""


class ForbiddenTransition(RuleViolated):
    """A status that the table of transitions does not allow from the present one."""


@contextmanager
def translated() -> Iterator[None]:
    """The driver's exceptions as ours; any other passes through."""
    try:
        yield
    except IntegrityError as error:
        raise RuleViolated(str(error.orig)) from error
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        raise StoreUnavailable(_one_line(error)) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise StoreUnavailable(_one_line(error)) from error
        raise


def _one_line(error: Exception) -> str:
    """The database's own words, without the statement and its parameters: those are people's mails."""
    original = error.orig if isinstance(error, DBAPIError) else error
    return " ".join(str(original).split())
