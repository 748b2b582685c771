"""The schema brought up to date at every start, from the installed package: no alembic.ini."""

from __future__ import annotations

from sqlalchemy import Connection, inspect

from mailbot.service.ports import StoreUnavailable

#: the newest revision in ``migrations/versions``
HEAD = "0001"


def migrate_to_head(connection: Connection) -> None:
    """Run every migration that is missing, inside the caller's transaction: all of them or none.

    Raises ``StoreUnavailable`` for a database that a later version of the program has written.
    """
    if _revision(connection) == HEAD:
        return
    # Imported only where there is something to do: Alembic takes 0.25 s and 11 MiB, at every command and in the daemon.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", "mailbot.adapters:migrations")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreUnavailable(f"the database is not of this version of mailbot: {error}") from error


def _revision(connection: Connection) -> str | None:
    """The revision that Alembic has noted; None where it never ran here."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return str(found) if found is not None else None
