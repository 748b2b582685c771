"""The tables. ``migrations/`` makes them; a test holds the two against each other.

Mail bytes stand in tables of their own, so that they can be erased and the history kept, and so that changing the
state of a delivery does not rewrite its twelve kilobytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from mailbot.core.attendance import AttendanceStatus
from mailbot.core.confirmations import ConfirmationStatus
from mailbot.core.deliveries import DeliveryStatus
from mailbot.core.pickups import PickupStatus
from mailbot.core.registrations import RegistrationStatus


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware in, aware UTC out. SQLite keeps it as ISO 8601 text of fixed width, which sorts as time does."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        return utc_text(value) if dialect.name == "sqlite" else utc(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return datetime.fromisoformat(value) if dialect.name == "sqlite" else utc(value)


def utc(moment: datetime) -> datetime:
    """The same moment in UTC. Raises ``ValueError`` for a moment without a zone: nobody can say when it is."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    return moment.astimezone(UTC)


def utc_text(moment: datetime) -> str:
    """Always 32 characters: ``2021-09-16T11:00:00.000000+00:00``."""
    return utc(moment).isoformat(timespec="microseconds")


def _one_of(column: str, values: Iterable[StrEnum]) -> str:
    return f"{column} IN ({', '.join(repr(value.value) for value in values)})"


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

#: SQLite numbers rows by itself only where the type reads INTEGER
_Number = BigInteger().with_variant(Integer(), "sqlite")

# -- what came in ----------------------------------------------------------------

ledger = Table(
    "ledger",
    metadata,
    Column("account", Text, primary_key=True),
    Column("folder", Text, primary_key=True),
    Column("uidvalidity", BigInteger, primary_key=True, autoincrement=False),
    Column("uid", BigInteger, primary_key=True, autoincrement=False),
    Column("content_hash", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("moved", SmallInteger, nullable=False, server_default=text("0")),
    Column("at", UtcDateTime, nullable=False),
    #: none for a copy of a mail that was processed under another key
    Column("mail_id", _Number, ForeignKey("mails.id")),
    Index("ix_ledger_content", "account", "content_hash"),
    Index("ix_ledger_mail", "mail_id"),
    Index(
        "ix_ledger_unmoved",
        "account",
        "folder",
        "uidvalidity",
        "uid",
        sqlite_where=text("moved = 0"),
        postgresql_where=text("moved = 0"),
    ),
)

positions = Table(
    "positions",
    metadata,
    Column("account", Text, primary_key=True),
    Column("folder", Text, primary_key=True),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("uid", BigInteger, nullable=False),
)

mails = Table(
    "mails",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("account", Text, nullable=False),
    Column("folder", Text, nullable=False),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("uid", BigInteger, nullable=False),
    Column("message_id", Text),
    Column("content_hash", Text, nullable=False),
    Column("sender", Text),
    Column("subject", Text, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("processed_at", UtcDateTime, nullable=False),
    Column("disposition", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("policy_version", Text, nullable=False),
    Column("record", Text, nullable=False),
    Index("ix_mails_processed", "processed_at"),
    # A number once given stays given: records outlive the erasing of mails.
    sqlite_autoincrement=True,
)

mail_contents = Table(
    "mail_contents",
    metadata,
    Column("mail_id", _Number, ForeignKey("mails.id"), primary_key=True, autoincrement=False),
    #: the bytes as they came, deflated (RFC 1950)
    Column("content", LargeBinary, nullable=False),
)

# -- registrations -----------------------------------------------------------------

registrations = Table(
    "registrations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("event", Text, nullable=False),
    Column("person_key", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("name", Text),
    Column("email", Text),
    Column("email_folded", Text),
    Column("organisation", Text),
    Column("phone", Text),
    Column("language", Text, nullable=False),
    Column("sessions", Text, nullable=False),
    Column("choices", Text, nullable=False),
    Column("second_choices", Text, nullable=False),
    Column("mode", Text),
    Column("pickup", Text),
    Column("needs", Text),
    Column("requested_by", Text),
    Column("requested_by_folded", Text),
    Column("interest_only", Boolean(create_constraint=False), nullable=False),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("arrival_order", BigInteger, nullable=False),
    Column("offered_until", UtcDateTime),
    Column("updated_at", UtcDateTime, nullable=False),
    # Behind the others, where a revision adds them to a table that is there.
    Column("second_mode", Text),
    Column("exchange", Text),
    #: of an exchange that is offered, for the index
    Column("exchange_until", UtcDateTime),
    UniqueConstraint("event", "person_key"),
    CheckConstraint(_one_of("status", RegistrationStatus), name="status"),
    CheckConstraint("(offered_until IS NOT NULL) = (status = 'offered')", name="offered"),
    Index("ix_registrations_email", "email_folded"),
    # Without the many that nobody else asked for: in their crowd a planner with statistics (ANALYZE) takes the index
    # for useless, and reads every registration for each mail.
    Index(
        "ix_registrations_requested_by",
        "requested_by_folded",
        sqlite_where=text("requested_by_folded IS NOT NULL"),
        postgresql_where=text("requested_by_folded IS NOT NULL"),
    ),
    # With the id: those of one status are gone through in portions, each going on behind the last.
    Index("ix_registrations_event_status", "event", "status", "id"),
    Index(
        "ix_registrations_offered",
        "offered_until",
        sqlite_where=text("offered_until IS NOT NULL"),
        postgresql_where=text("offered_until IS NOT NULL"),
    ),
    Index(
        "ix_registrations_exchange_until",
        "exchange_until",
        sqlite_where=text("exchange_until IS NOT NULL"),
        postgresql_where=text("exchange_until IS NOT NULL"),
    ),
    Index(
        "ix_registrations_waiting",
        "event",
        sqlite_where=text("status = 'waitlisted' OR exchange IS NOT NULL"),
        postgresql_where=text("status = 'waitlisted' OR exchange IS NOT NULL"),
    ),
)

#: One row for each place that is held now, under the keys of ``core/places.py``. Counting those of one key reads only
#: those; a registration that holds no place has no row here.
seats = Table(
    "seats",
    metadata,
    Column("key", Text, primary_key=True),
    Column("registration_id", Text, ForeignKey("registrations.id"), primary_key=True),
    #: which of the places it is, where they are limited: no two people ever have the same one
    Column("number", Integer),
    UniqueConstraint("key", "number"),
    CheckConstraint("number >= 1", name="number"),
    Index("ix_seats_registration", "registration_id"),
)

#: what is set aside for people at the pick-up points
pickups = Table(
    "pickups",
    metadata,
    Column("registration_id", Text, ForeignKey("registrations.id"), primary_key=True),
    Column("event", Text, nullable=False),
    Column("point", Text, nullable=False),
    Column("status", Text, nullable=False),
    #: which of the items it is, where there is a stock: none is ever promised twice
    Column("number", Integer),
    Column("reserved_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    UniqueConstraint("event", "point", "number"),
    CheckConstraint(_one_of("status", PickupStatus), name="status"),
    CheckConstraint("number IS NULL OR (number >= 1 AND status IN ('reserved', 'collected'))", name="number"),
    Index("ix_pickups_event", "event", "status", "point"),
    Index("ix_pickups_unchanged", "event", "status", "changed_at", "registration_id"),
)

#: What a registration was told by itself: reminders, thanks, a certificate. Once each, whatever happens.
told = Table(
    "told",
    metadata,
    Column("registration_id", Text, ForeignKey("registrations.id"), primary_key=True),
    #: ``reminder/7/2021-09-16``: see ``core/moments.py``
    Column("moment", Text, primary_key=True),
    #: id of the delivery; no foreign key, for deliveries are erased before this is
    Column("delivery_id", Text, nullable=False, unique=True),
    Column("at", UtcDateTime, nullable=False),
)

#: How far the registrations of an event have been gone through for a moment.
progress = Table(
    "progress",
    metadata,
    Column("event", Text, primary_key=True),
    Column("moment", Text, primary_key=True),
    #: whoever comes before it in the order was looked at
    Column("position", Text, nullable=False),
    Column("told", Integer, nullable=False),
    Column("done", Boolean(create_constraint=False), nullable=False),
)

#: Addresses that want no reminders any more.
unreminded = Table(
    "unreminded",
    metadata,
    Column("address", Text, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)

#: Who came, for each session.
attendance = Table(
    "attendance",
    metadata,
    Column("registration_id", Text, ForeignKey("registrations.id"), primary_key=True),
    Column("session", Text, primary_key=True),
    Column("status", Text, nullable=False),
    Column("marked_at", UtcDateTime, nullable=False),
    CheckConstraint(_one_of("status", AttendanceStatus), name="status"),
)

#: what was asked of registered addresses, under the id of the delivery that asked
confirmations = Table(
    "confirmations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("registration_id", Text, ForeignKey("registrations.id"), nullable=False),
    Column("address", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
    CheckConstraint(_one_of("status", ConfirmationStatus), name="status"),
    CheckConstraint("(settled_at IS NULL) = (status = 'asked')", name="settled"),
    Index("ix_confirmations_registration", "registration_id"),
)

#: What stands in people's calendars: the organiser's state of each invitation (RFC 5546 §2.1.4).
invitations = Table(
    "invitations",
    metadata,
    Column("registration_id", Text, ForeignKey("registrations.id"), primary_key=True),
    Column("session", Text, primary_key=True),
    Column("uid", Text, nullable=False, unique=True),
    Column("sequence", Integer, nullable=False),
    Column("since", Integer, nullable=False),
    Column("stamped_at", UtcDateTime, nullable=False),
    Column("starts", UtcDateTime, nullable=False),
    Column("ends", UtcDateTime, nullable=False),
    Column("place", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("partstat", Text, nullable=False),
    #: of the attendee's last reply
    Column("replied_sequence", Integer),
    Column("replied_at", UtcDateTime),
    CheckConstraint("status IN ('tentative', 'confirmed', 'cancelled')", name="status"),
)

changes = Table(
    "changes",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("event", Text, nullable=False),
    Column("registration_id", Text, ForeignKey("registrations.id"), nullable=False),
    Column("change", Text, nullable=False),
    #: the whole registration as it was afterwards
    Column("snapshot", Text, nullable=False),
    Index("ix_changes_event", "event", "id"),
    Index("ix_changes_registration", "registration_id"),
    # Digests remember the last id they told of: none is given twice.
    sqlite_autoincrement=True,
)

holds = Table(
    "holds",
    metadata,
    Column("id", Text, primary_key=True),
    Column("mail_id", _Number, ForeignKey("mails.id"), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("outcome", Text),
    Column("closed_by", Text),
    Column("announced_at", UtcDateTime),
    #: the delivery whose answer settles it
    Column("asked", Text),
    CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name="closed"),
    Index("ix_holds_mail", "mail_id"),
    Index("ix_holds_opened", "opened_at"),
    Index(
        "ix_holds_asked", "asked", sqlite_where=text("asked IS NOT NULL"), postgresql_where=text("asked IS NOT NULL")
    ),
    Index(
        "ix_holds_open",
        "opened_at",
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
)

#: What people were told of each event, to be held against its file.
told_events = Table(
    "told_events",
    metadata,
    Column("event", Text, primary_key=True),
    Column("facts", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

event_changes = Table(
    "event_changes",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("event", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("noticed_at", UtcDateTime, nullable=False),
    Column("announced_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Column("outcome", Text),
    Column("closed_by", Text),
    Column("mails", Integer, nullable=False),
    CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name="closed"),
    Index(
        "ix_event_changes_open",
        "event",
        unique=True,
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
    # The mails of a change are named after its number: none is given twice.
    sqlite_autoincrement=True,
)

# -- what goes out -----------------------------------------------------------------

deliveries = Table(
    "deliveries",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("message_id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("envelope_from", Text, nullable=False),
    Column("envelope_to", Text, nullable=False),
    Column("envelope_to_folded", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("registrations", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("queued_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    #: ``due_at`` while it waits, else none: what is due is found by it alone, however many were sent or wait for later
    Column("waits_until", UtcDateTime),
    #: when its status last changed
    Column("changed_at", UtcDateTime, nullable=False),
    Column("last_error", Text),
    #: what a delivery status notification said of it (RFC 3464 §2.3): ``failed 5.1.1``
    Column("bounce", Text),
    CheckConstraint(_one_of("status", DeliveryStatus), name="status"),
    CheckConstraint("(waits_until IS NOT NULL) = (status IN ('queued', 'deferred'))", name="waits"),
    Index(
        "ix_deliveries_waiting",
        "waits_until",
        sqlite_where=text("waits_until IS NOT NULL"),
        postgresql_where=text("waits_until IS NOT NULL"),
    ),
    Index("ix_deliveries_status", "status", "number"),
    Index("ix_deliveries_recipient", "envelope_to_folded", "queued_at", "kind"),
    sqlite_autoincrement=True,
)

delivery_contents = Table(
    "delivery_contents",
    metadata,
    Column("number", _Number, ForeignKey("deliveries.number"), primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
    #: the bytes as they go out, deflated (RFC 1950)
    Column("content", LargeBinary, nullable=False),
)

bounces = Table(
    "bounces",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("mail_id", _Number, ForeignKey("mails.id"), nullable=False),
    #: none where the mail it is about is not ours, or no longer on file
    Column("delivery_number", _Number, ForeignKey("deliveries.number")),
    Column("message_id", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_bounces_mail", "mail_id"),
    Index("ix_bounces_delivery", "delivery_number"),
    Index("ix_bounces_at", "at"),
)

# -- what the desk remembers of itself ----------------------------------------------

moments = Table(
    "moments",
    metadata,
    Column("job", Text, primary_key=True),
    Column("moment", Text, primary_key=True),
    Column("claimed_at", UtcDateTime, nullable=False),
)

cursors = Table(
    "cursors",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

#: ``values`` is a word of SQL
remembered = Table(
    "remembered",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

conditions = Table(
    "conditions",
    metadata,
    Column("name", Text, primary_key=True),
    Column("since", UtcDateTime, nullable=False),
    Column("last_seen", UtcDateTime, nullable=False),
    Column("message", Text, nullable=False),
    Column("count", Integer, nullable=False),
)
