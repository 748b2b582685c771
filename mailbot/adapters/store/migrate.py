"""The schema made in a new database, and brought up to date at every start, from the installed package: no alembic.ini."""

from __future__ import annotations

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, inspect

from mailbot.adapters.store.schema import metadata
from mailbot.service.ports import StoreUnavailable

#: the newest revision in ``migrations/versions``
HEAD = "0003"

#: Alembic's own table, as Alembic makes it
_VERSION = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def migrate_to_head(connection: Connection) -> None:
    """Make the schema in an empty database, run every migration that is missing in another, all or nothing.

    Inside the caller's transaction. Raises ``StoreUnavailable`` for a database that a later version of the program has
    written.
    """
    tables = inspect(connection).get_table_names()
    if not tables:
        # All at once, as Alembic's cookbook has it ("Building an Up to Date Database from Scratch"): the tests see to it
        # that the migrations come to the same. Alembic takes 0.25 s and 11 MiB, which a daemon never gives back.
        metadata.create_all(connection)
        _VERSION.create(connection)
        connection.execute(_VERSION.insert(), {"version_num": HEAD})
    elif _VERSION.name not in tables or connection.execute(_VERSION.select()).scalar() != HEAD:
        migrate(connection)


def migrate(connection: Connection) -> None:
    """Run every migration that is missing."""
    # Imported only where there is something to do.
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
