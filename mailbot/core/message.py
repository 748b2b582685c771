"""Mail that came in, as values. Parsing is in ``mime.py``; what it means is in ``requests.py``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxKey:
    """The identity of a message on its server (RFC 9051 §2.3.1.1). ``account`` is the name in config.toml."""

    account: str
    folder: str
    uidvalidity: int
    uid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RawMessage:
    key: MailboxKey
    content: bytes
    #: INTERNALDATE, aware
    received_at: datetime
    #: RFC822.SIZE; larger than ``len(content)`` where the fetch was cut at the configured limit
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    name: str
    #: as written, domain in lower case
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    name: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarPart:
    """A text/calendar part (RFC 5545/6047); only what a REPLY tells."""

    method: str
    uid: str
    partstat: str | None = None
    attendee: str | None = None
    summary: str | None = None
    comment: str | None = None
    starts: datetime | None = None
    sequence: int = 0
    dtstamp: datetime | None = None
    #: the program that wrote it
    prodid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryStatus:
    """One recipient of a delivery status notification (RFC 3464 §2.3)."""

    recipient: str
    action: str
    status: str
    #: Message-ID of the mail that it is about, where the report returns its headers
    original_message_id: str | None = None


AuthenticationVerdict = Literal["pass", "fail", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingMessage:
    """One mail, decoded and taken apart. Nothing in it was ever trusted; nothing is missing: all bytes are stored."""

    content_hash: str
    message_id: str | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    date: datetime | None = None
    sender: Address | None = None
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    #: None where the header is missing, "" for the null reverse-path (RFC 5321 §4.5.5)
    return_path: str | None = None
    subject: str = ""
    #: names in lower case, values decoded and unfolded, in the order of the mail
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: what the sender newly wrote, greeting and closing included, signature and quotes taken off
    new_text: str = ""
    quoted_text: str = ""
    signature: str = ""
    #: a mail of somebody else that was forwarded: its text is in ``quoted_text``
    forwarded: bool = False
    #: the whole readable text before quotes and signature were taken off
    full_text: str = ""
    content_type: str = "text/plain"
    calendar: CalendarPart | None = None
    delivery_statuses: tuple[DeliveryStatus, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    authentication: AuthenticationVerdict = "none"
    #: what was broken and repaired: kebab-case codes such as ``unknown-charset``, ``too-many-parts``
    defects: tuple[str, ...] = ()

    def header(self, name: str) -> str | None:
        """The first value of a header, by its name in any case."""
        values = self.headers.get(name.lower())
        return values[0] if values else None

    @property
    def reply_address(self) -> Address | None:
        """Where an answer goes: Reply-To before From (RFC 5322 §3.6.2)."""
        return self.reply_to[0] if self.reply_to else self.sender
