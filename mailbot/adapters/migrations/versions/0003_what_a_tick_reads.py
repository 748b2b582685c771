"""Indexes of who waits for a place, and of offers beside a place in hand: a tick looks at those alone.

Revision ID: 0003
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.add_column("registrations", sa.Column("exchange_until", _MOMENT, nullable=True))
    _fill_in()
    for name, column, where in (
        ("ix_registrations_exchange_until", "exchange_until", "exchange_until IS NOT NULL"),
        ("ix_registrations_waiting", "event", "status = 'waitlisted' OR exchange IS NOT NULL"),
    ):
        op.create_index(name, "registrations", [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _fill_in() -> None:
    """Offers that are open already."""
    bind = op.get_bind()
    table = sa.table("registrations", sa.column("id"), sa.column("exchange"), sa.column("exchange_until", _MOMENT))
    rows = bind.execute(sa.select(table.c.id, table.c.exchange).where(table.c.exchange.is_not(None))).all()
    for registration, exchange in rows:
        until = json.loads(exchange)["offered_until"]
        if until is not None:
            moment = datetime.fromisoformat(until).astimezone(UTC)
            kept = moment.isoformat(timespec="microseconds") if bind.dialect.name == "sqlite" else moment
            bind.execute(table.update().where(table.c.id == registration).values(exchange_until=kept))
