"""The schema brought up to date at every start, from the installed package: no alembic.ini."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from mailbot.service.ports import StoreUnavailable


def migrate_to_head(connection: Connection) -> None:
    """Run every migration that is missing, inside the caller's transaction: all of them or none.

    Raises ``StoreUnavailable`` for a database that a later version of the program has written.
    """
    config = Config()
    config.set_main_option("script_location", "mailbot.adapters:migrations")
    config.attributes["connection"] = connection
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current == ScriptDirectory.from_config(config).get_current_head():
        return
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreUnavailable(f"the database is not of this version of mailbot: {error}") from error
