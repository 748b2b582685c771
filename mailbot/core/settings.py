"""What ``config.toml`` says: where the mailbox, the mail server and the database are, and who the desk is.

The shape of these classes is the shape of the file; ``adapters/settings_file.py`` validates the file against them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from typing import Literal

from mailbot.core.language import Language, Localized
from mailbot.core.moments import MomentRules
from mailbot.core.policy import Limits

Security = Literal["tls", "starttls", "plain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSection:
    """``[desk]``: see ``core/policy.py`` Desk."""

    name: Localized
    addresses: tuple[str, ...]
    signature: Localized
    privacy: Localized | None = None
    coordinators: tuple[str, ...] = ()
    coordinator_language: Language = "fr"
    bilingual: tuple[Language, ...] = ("fr", "nl")
    subaddressing: bool = True
    max_replies_per_day: int = 10
    authserv_id: str | None = None
    #: holds the key of the address tokens; made at the first start, readable by its owner only
    secret_file: str = "var/secret"  # noqa: S105 - a path


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """``[[account]]``: one mailbox that is read over IMAP."""

    name: str
    host: str
    port: int = 993
    #: ``plain`` only to this machine itself
    security: Security = "tls"
    user: str
    password: str | None = field(default=None, repr=False)
    password_file: str | None = None
    password_env: str | None = None
    folders: tuple[str, ...] = ("INBOX",)
    poll_seconds: float = 60.0
    #: be told of new mail at once, where the server can (RFC 2177)
    idle: bool = True
    #: PEM file of the authority that signed the server's certificate, where the system does not know it
    ca_file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Smtp:
    """``[smtp]``: where answers go out."""

    host: str
    port: int = 587
    security: Security = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    password_file: str | None = None
    password_env: str | None = None
    connections: int = 2
    timeout_seconds: float = 30.0
    ca_file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """``[embedded]``: a mail server of our own, in memory, for trying things out."""

    enabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    url: str = "sqlite:///var/mailbot.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """``[folders]``: where mail goes that is settled, waits for a person, or wants no answer."""

    processed: str = "Traités"
    review: str = "À vérifier"
    ignored: str = "Ignorés"


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    at: time = time(7, 30)
    timezone: str = "Europe/Brussels"
    send_empty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    #: coordinators are told of held mail at most once in so many minutes
    every_minutes: float = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """``[changes]``: news of an event for everybody who is registered."""

    #: more mails at once than this go out only when their number is said: ``--mails 214``
    confirm_over: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    level: Literal["debug", "info", "warning", "error"] = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    desk: DeskSection
    account: tuple[Account, ...]
    smtp: Smtp
    embedded: Embedded = field(default_factory=Embedded)
    database: Database = field(default_factory=Database)
    folders: Folders = field(default_factory=Folders)
    digest: Digest = field(default_factory=Digest)
    review: Review = field(default_factory=Review)
    moments: MomentRules = field(default_factory=MomentRules)
    limits: Limits = field(default_factory=Limits)
    changes: Changes = field(default_factory=Changes)
    log: Log = field(default_factory=Log)
