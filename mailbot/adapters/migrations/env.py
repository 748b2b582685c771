"""Alembic's way in. The connection is given by ``store.migrate``; there is no alembic.ini and no offline mode."""

from __future__ import annotations

from alembic import context

from mailbot.adapters.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite too takes back CREATE TABLE; Alembic does not expect it to.
    transactional_ddl=True,
    # SQLite cannot alter most things in place.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
