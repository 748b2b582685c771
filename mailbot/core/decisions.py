"""The verdict on one mail, as data: what was found, what is done, what is written.

``decide.py`` makes a ``Decision``; ``service/intake.py`` applies its effects in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from mailbot.core.confirmations import Confirmation
from mailbot.core.deliveries import OutgoingMessage
from mailbot.core.invitations import Invitation
from mailbot.core.message import MailboxKey
from mailbot.core.pickups import Reservation
from mailbot.core.registrations import Registration
from mailbot.core.requests import Evidence, Reading

Disposition = Literal["accept", "hold", "answer", "discard"]

#: the folder that shows people what happened with a mail
Outcome = Literal["processed", "review", "ignored"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    rule: str
    #: a stable kebab-case code, the same in log, page, digest and ``explain``
    reason: str
    #: for people, in English
    message: str
    evidence: tuple[Evidence, ...] = ()


# -- effects: each is one write ------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PutRegistration:
    """Create or replace the registration with this id."""

    registration: Registration
    #: for the digest and the audit: registered, cancelled, changed, waitlisted, interest, offered …
    change: str
    #: the limits it was decided under, by key of place: the store refuses to exceed them
    limits: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PutReservation:
    """Set aside an item for somebody, or let it go."""

    reservation: Reservation
    #: how many there are at its point; none: nobody counts them. The store refuses to exceed it
    stock: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenHold:
    id: str
    reasons: tuple[str, ...]
    summary: str
    #: the delivery by which the sender was asked all that it waits for: an answer to it settles it
    asked: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PutConfirmation:
    """Ask the registered address, or note what came of it."""

    confirmation: Confirmation


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseHold:
    """The sender settled it himself: nothing is left for a coordinator."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PutInvitation:
    """What a calendar is told, or what it told us: create or replace the invitation of this registration and session."""

    invitation: Invitation


@dataclass(frozen=True, slots=True, kw_only=True)
class Enqueue:
    message: OutgoingMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordBounce:
    """A delivery status notification about a mail of ours (RFC 3464)."""

    message_id: str
    recipient: str
    action: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceReminders:
    """These addresses get no more mails that nobody asked for."""

    addresses: tuple[str, ...]


Effect = (
    SilenceReminders
    | PutRegistration
    | PutReservation
    | PutConfirmation
    | PutInvitation
    | OpenHold
    | CloseHold
    | Enqueue
    | RecordBounce
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    disposition: Disposition
    outcome: Outcome
    hits: tuple[Hit, ...]
    #: rules that were looked at and did not apply
    misses: tuple[str, ...]
    effects: tuple[Effect, ...] = ()
    #: fingerprint of the rules it was made with
    policy_version: str = ""

    @property
    def needs_human(self) -> bool:
        return self.disposition == "hold"


# -- facts: everything a decision may know -------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadFacts:
    """What an answer of the sender is an answer to: from the address token, else from References."""

    registrations: tuple[Registration, ...] = ()
    #: the kind of our mail that is answered: ``registrant-which-event``
    kind: str | None = None
    #: events that our mail was about, in the order it numbered them
    events: tuple[str, ...] = ()
    #: the hold that stayed open when we asked back with that mail
    hold: str | None = None
    #: where that mail went, case-folded
    written_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    now: datetime
    #: registrations of the people the mail is about, and of the sender, every status
    registrations: tuple[Registration, ...] = ()
    #: what stands in the calendars of these people
    invitations: tuple[Invitation, ...] = ()
    #: the invitation of ours that a calendar answers
    invitation: Invitation | None = None
    #: when the mail reached the server (INTERNALDATE), and its UID: the order of the waiting list. None: now
    arrived: datetime | None = None
    uid: int = 0
    #: places held, by the keys of ``places.py``; only where there is a limit
    seats_taken: Mapping[str, int] = field(default_factory=dict)
    #: who waits for a place at the events it may be about, first come first
    waiting: tuple[Registration, ...] = ()
    #: items set aside or handed out, by ``stock_key``; only where there is a stock
    stock_taken: Mapping[str, int] = field(default_factory=dict)
    #: what is set aside for the registrations above, by their ids
    reservations: Mapping[str, Reservation] = field(default_factory=dict)
    thread: ThreadFacts = field(default_factory=ThreadFacts)
    #: where nothing of the sender's own is on file: those of the same name at the events the mail is about
    namesakes: tuple[Registration, ...] = ()
    #: what was asked of registered addresses about the registrations above
    confirmations: tuple[Confirmation, ...] = ()
    #: the one whose token the mail was sent to
    confirmation: Confirmation | None = None
    #: automatic answers sent to this address in the last 24 hours, by kind
    recent_replies: Mapping[str, int] = field(default_factory=dict)
    #: keys of events that it may be about, that people are to come to, and whose file is not there any more
    gone: tuple[str, ...] = ()
    #: true where there is no database to ask (``explain``): a registration that is spoken of is taken to exist
    assume_registered: bool = False


# -- the record of one mail ----------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Processed:
    """What intake stores in one transaction: the audit record of one mail."""

    key: MailboxKey
    content_hash: str
    message_id: str | None
    content: bytes
    received_at: datetime
    processed_at: datetime
    sender: str | None
    subject: str
    reading: Reading | None
    decision: Decision
