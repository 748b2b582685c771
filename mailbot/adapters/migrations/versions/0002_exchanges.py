"""A second way to take part, and other places waited for with a place in hand; a number that nothing read goes.

Revision ID: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # For a while 0001 was edited in place: a database from then calls itself 0001 and has some of this already.
    there = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("registrations")}
    for name in ("second_mode", "exchange"):
        if name not in there:
            op.add_column("registrations", sa.Column(name, sa.Text(), nullable=True))
    # Not in batch mode: that drops the table, which other tables refer to, and foreign keys are on.
    if "sequence" in there:
        op.drop_column("registrations", "sequence")
