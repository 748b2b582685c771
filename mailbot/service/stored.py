"""What the store keeps and gives back, beside the values of the core."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mailbot.core.event_facts import EventFacts
from mailbot.core.message import MailboxKey
from mailbot.core.registrations import Registration


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxPosition:
    """Everything up to ``uid`` is in the ledger or older than the desk."""

    uidvalidity: int
    uid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A mail that waits for a coordinator."""

    id: str
    opened_at: datetime
    reasons: tuple[str, ...]
    summary: str
    sender: str | None
    subject: str
    processed_id: int
    key: MailboxKey | None = None
    closed_at: datetime | None = None
    #: approved, corrected, dismissed; settled by the sender, who answered what we asked back
    outcome: str | None = None
    closed_by: str | None = None
    announced_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledMail:
    """A mail that no longer waits for a coordinator: where it came in, and what it is known by."""

    key: MailboxKey
    content_hash: str
    message_id: str | None
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMail:
    """A processed mail as it is on file."""

    id: int
    key: MailboxKey
    content: bytes
    received_at: datetime
    processed_at: datetime
    sender: str | None
    subject: str
    disposition: str
    outcome: str
    #: the decision with its reading and evidence, as JSON-ready data
    record: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationChange:
    """One line of the history: what happened to a registration, and how it was after."""

    id: int
    at: datetime
    change: str
    registration: Registration


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEventChange:
    """An event's file told something else than people had been told."""

    id: int
    event: str
    #: see ``core/event_facts.py``
    before: EventFacts
    after: EventFacts
    noticed_at: datetime
    announced_at: datetime | None = None
    closed_at: datetime | None = None
    #: approved, dismissed; replaced by another change; withdrawn, since the file was put back
    outcome: str | None = None
    closed_by: str | None = None
    #: how many were queued
    mails: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Something that is wrong now, or was: a server that is down, a refused login, a broken rule file."""

    name: str
    since: datetime
    last_seen: datetime
    message: str
    count: int
