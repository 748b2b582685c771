"""Everything the desk keeps, from an empty database.

Revision ID: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

#: What the schema's types were when this was written: a migration never follows later changes of them.
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    _incoming()
    _registrations()
    _holds()
    _outbox()
    _memory()


def _incoming() -> None:
    op.create_table(
        "mails",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("processed_at", _MOMENT, nullable=False),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_mails_processed", "mails", ["processed_at"], unique=False)
    op.create_table(
        "mail_contents",
        sa.Column("mail_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["mail_id"], ["mails.id"], name=op.f("fk_mail_contents_mail_id")),
        sa.PrimaryKeyConstraint("mail_id", name=op.f("pk_mail_contents")),
    )
    op.create_table(
        "ledger",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("uid", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("moved", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("mail_id", _NUMBER, nullable=True),
        sa.ForeignKeyConstraint(["mail_id"], ["mails.id"], name=op.f("fk_ledger_mail_id")),
        sa.PrimaryKeyConstraint("account", "folder", "uidvalidity", "uid", name=op.f("pk_ledger")),
    )
    op.create_index("ix_ledger_content", "ledger", ["account", "content_hash"], unique=False)
    op.create_index("ix_ledger_mail", "ledger", ["mail_id"], unique=False)
    op.create_index(
        "ix_ledger_unmoved",
        "ledger",
        ["account", "folder", "uidvalidity", "uid"],
        unique=False,
        sqlite_where=sa.text("moved = 0"),
        postgresql_where=sa.text("moved = 0"),
    )
    op.create_table(
        "positions",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "folder", name=op.f("pk_positions")),
    )


def _registrations() -> None:
    op.create_table(
        "registrations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("person_key", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("email_folded", sa.Text(), nullable=True),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("sessions", sa.Text(), nullable=False),
        sa.Column("choices", sa.Text(), nullable=False),
        sa.Column("second_choices", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=True),
        sa.Column("pickup", sa.Text(), nullable=True),
        sa.Column("needs", sa.Text(), nullable=True),
        sa.Column("requested_by", sa.Text(), nullable=True),
        sa.Column("requested_by_folded", sa.Text(), nullable=True),
        sa.Column("interest_only", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("requested_at", _MOMENT, nullable=False),
        sa.Column("arrival_order", sa.BigInteger(), nullable=False),
        sa.Column("offered_until", _MOMENT, nullable=True),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.CheckConstraint("(offered_until IS NOT NULL) = (status = 'offered')", name=op.f("ck_registrations_offered")),
        sa.CheckConstraint(
            "status IN ('pending', 'confirmed', 'waitlisted', 'offered', 'cancelled', 'declined')",
            name=op.f("ck_registrations_status"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registrations")),
        sa.UniqueConstraint("event", "person_key", name=op.f("uq_registrations_event_person_key")),
    )
    op.create_index("ix_registrations_email", "registrations", ["email_folded"], unique=False)
    op.create_index("ix_registrations_event_status", "registrations", ["event", "status", "id"], unique=False)
    op.create_index(
        "ix_registrations_requested_by",
        "registrations",
        ["requested_by_folded"],
        unique=False,
        sqlite_where=sa.text("requested_by_folded IS NOT NULL"),
        postgresql_where=sa.text("requested_by_folded IS NOT NULL"),
    )
    op.create_index(
        "ix_registrations_offered",
        "registrations",
        ["offered_until"],
        unique=False,
        sqlite_where=sa.text("offered_until IS NOT NULL"),
        postgresql_where=sa.text("offered_until IS NOT NULL"),
    )
    op.create_table(
        "seats",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.CheckConstraint("number >= 1", name=op.f("ck_seats_number")),
        sa.ForeignKeyConstraint(["registration_id"], ["registrations.id"], name=op.f("fk_seats_registration_id")),
        sa.PrimaryKeyConstraint("key", "registration_id", name=op.f("pk_seats")),
        sa.UniqueConstraint("key", "number", name=op.f("uq_seats_key_number")),
    )
    op.create_index("ix_seats_registration", "seats", ["registration_id"], unique=False)
    op.create_table(
        "pickups",
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("point", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("reserved_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.CheckConstraint(
            "status IN ('reserved', 'collected', 'returned', 'released')", name=op.f("ck_pickups_status")
        ),
        sa.CheckConstraint(
            "number IS NULL OR (number >= 1 AND status IN ('reserved', 'collected'))",
            name=op.f("ck_pickups_number"),
        ),
        sa.ForeignKeyConstraint(["registration_id"], ["registrations.id"], name=op.f("fk_pickups_registration_id")),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_pickups")),
        sa.UniqueConstraint("event", "point", "number", name=op.f("uq_pickups_event_point_number")),
    )
    op.create_index("ix_pickups_event", "pickups", ["event", "status", "point"], unique=False)
    op.create_index(
        "ix_pickups_unchanged", "pickups", ["event", "status", "changed_at", "registration_id"], unique=False
    )
    _telling()
    op.create_table(
        "confirmations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("settled_at", _MOMENT, nullable=True),
        sa.CheckConstraint("status IN ('asked', 'done', 'expired')", name=op.f("ck_confirmations_status")),
        sa.CheckConstraint("(settled_at IS NULL) = (status = 'asked')", name=op.f("ck_confirmations_settled")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_confirmations_registration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirmations")),
    )
    op.create_index("ix_confirmations_registration", "confirmations", ["registration_id"], unique=False)
    op.create_table(
        "invitations",
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("stamped_at", _MOMENT, nullable=False),
        sa.Column("starts", _MOMENT, nullable=False),
        sa.Column("ends", _MOMENT, nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("partstat", sa.Text(), nullable=False),
        sa.Column("replied_sequence", sa.Integer(), nullable=True),
        sa.Column("replied_at", _MOMENT, nullable=True),
        sa.CheckConstraint("status IN ('tentative', 'confirmed', 'cancelled')", name=op.f("ck_invitations_status")),
        sa.ForeignKeyConstraint(["registration_id"], ["registrations.id"], name=op.f("fk_invitations_registration_id")),
        sa.PrimaryKeyConstraint("registration_id", "session", name=op.f("pk_invitations")),
        sa.UniqueConstraint("uid", name=op.f("uq_invitations_uid")),
    )
    op.create_table(
        "changes",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["registration_id"], ["registrations.id"], name=op.f("fk_changes_registration_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_changes_event", "changes", ["event", "id"], unique=False)
    op.create_index("ix_changes_registration", "changes", ["registration_id"], unique=False)


def _telling() -> None:
    op.create_table(
        "told",
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("moment", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["registration_id"], ["registrations.id"], name=op.f("fk_told_registration_id")),
        sa.PrimaryKeyConstraint("registration_id", "moment", name=op.f("pk_told")),
        sa.UniqueConstraint("delivery_id", name=op.f("uq_told_delivery_id")),
    )
    op.create_table(
        "progress",
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("moment", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("event", "moment", name=op.f("pk_progress")),
    )
    op.create_table(
        "unreminded",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_unreminded")),
    )
    op.create_table(
        "attendance",
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("marked_at", _MOMENT, nullable=False),
        sa.CheckConstraint("status IN ('attended', 'absent')", name=op.f("ck_attendance_status")),
        sa.ForeignKeyConstraint(["registration_id"], ["registrations.id"], name=op.f("fk_attendance_registration_id")),
        sa.PrimaryKeyConstraint("registration_id", "session", name=op.f("pk_attendance")),
    )


def _holds() -> None:
    op.create_table(
        "holds",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("mail_id", _NUMBER, nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("announced_at", _MOMENT, nullable=True),
        sa.Column("asked", sa.Text(), nullable=True),
        sa.CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name=op.f("ck_holds_closed")),
        sa.ForeignKeyConstraint(["mail_id"], ["mails.id"], name=op.f("fk_holds_mail_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index(
        "ix_holds_asked",
        "holds",
        ["asked"],
        unique=False,
        sqlite_where=sa.text("asked IS NOT NULL"),
        postgresql_where=sa.text("asked IS NOT NULL"),
    )
    op.create_index("ix_holds_mail", "holds", ["mail_id"], unique=False)
    op.create_index(
        "ix_holds_open",
        "holds",
        ["opened_at"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index("ix_holds_opened", "holds", ["opened_at"], unique=False)


def _outbox() -> None:
    op.create_table(
        "deliveries",
        sa.Column("number", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("envelope_from", sa.Text(), nullable=False),
        sa.Column("envelope_to", sa.Text(), nullable=False),
        sa.Column("envelope_to_folded", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("registrations", sa.Text(), nullable=False),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("queued_at", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("waits_until", _MOMENT, nullable=True),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("bounce", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(waits_until IS NOT NULL) = (status IN ('queued', 'deferred'))", name=op.f("ck_deliveries_waits")
        ),
        sa.CheckConstraint(
            "status IN ('queued', 'in-flight', 'sent', 'deferred', 'failed', 'withdrawn')",
            name=op.f("ck_deliveries_status"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("id", name=op.f("uq_deliveries_id")),
        sa.UniqueConstraint("message_id", name=op.f("uq_deliveries_message_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_deliveries_recipient", "deliveries", ["envelope_to_folded", "queued_at", "kind"], unique=False)
    op.create_index("ix_deliveries_status", "deliveries", ["status", "number"], unique=False)
    op.create_index(
        "ix_deliveries_waiting",
        "deliveries",
        ["waits_until"],
        unique=False,
        sqlite_where=sa.text("waits_until IS NOT NULL"),
        postgresql_where=sa.text("waits_until IS NOT NULL"),
    )
    op.create_table(
        "delivery_contents",
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["deliveries.number"], name=op.f("fk_delivery_contents_number")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_delivery_contents")),
    )
    op.create_table(
        "bounces",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("mail_id", _NUMBER, nullable=False),
        sa.Column("delivery_number", _NUMBER, nullable=True),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["delivery_number"], ["deliveries.number"], name=op.f("fk_bounces_delivery_number")),
        sa.ForeignKeyConstraint(["mail_id"], ["mails.id"], name=op.f("fk_bounces_mail_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bounces")),
    )
    op.create_index("ix_bounces_at", "bounces", ["at"], unique=False)
    op.create_index("ix_bounces_delivery", "bounces", ["delivery_number"], unique=False)
    op.create_index("ix_bounces_mail", "bounces", ["mail_id"], unique=False)


def _memory() -> None:
    op.create_table(
        "told_events",
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("event", name=op.f("pk_told_events")),
    )
    op.create_table(
        "event_changes",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("noticed_at", _MOMENT, nullable=False),
        sa.Column("announced_at", _MOMENT, nullable=True),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("mails", sa.Integer(), nullable=False),
        sa.CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name=op.f("ck_event_changes_closed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_changes")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_event_changes_open",
        "event_changes",
        ["event"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "moments",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("moment", sa.Text(), nullable=False),
        sa.Column("claimed_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("job", "moment", name=op.f("pk_moments")),
    )
    op.create_table(
        "cursors",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_cursors")),
    )
    op.create_table(
        "remembered",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_remembered")),
    )
    op.create_table(
        "conditions",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("last_seen", _MOMENT, nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_conditions")),
    )
