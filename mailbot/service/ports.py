"""What the use cases need of the outside world. Adapters implement these; fakes share their contract tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

from mailbot.core.confirmations import Confirmation
from mailbot.core.decisions import Effect, Processed, ThreadFacts
from mailbot.core.deliveries import Delivery, DeliveryStatus, OutgoingMessage, SendResult
from mailbot.core.event_facts import EventFacts
from mailbot.core.invitations import Invitation
from mailbot.core.message import MailboxKey, RawMessage
from mailbot.core.pickups import Reservation
from mailbot.core.registrations import Registration, RegistrationStatus
from mailbot.service.stored import (
    Condition,
    Hold,
    MailboxPosition,
    RegistrationChange,
    SettledMail,
    StoredEventChange,
    StoredMail,
)
from mailbot.service.telling import Attending, Telling


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, UTC."""
        ...


# -- mailbox -------------------------------------------------------------------


class MailboxUnavailable(Exception):
    """The server cannot be used now. ``failure`` tells whether waiting helps.

    ``connection``: not reachable, cut, timed out. ``authentication``: login refused.
    ``protocol``: an answer nobody expects; ``configuration``: for example the folder does not exist.
    """

    def __init__(
        self, failure: Literal["connection", "authentication", "protocol", "configuration"], error: str
    ) -> None:
        super().__init__(error)
        self.failure = failure
        self.error = error


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxState:
    uidvalidity: int
    uidnext: int
    exists: int


class Mailbox(Protocol):
    """One folder of one account, over one connection that is opened when needed. Not thread-safe.

    Every method raises ``MailboxUnavailable`` and leaves the connection closed when it does.
    """

    account: str
    folder: str

    def select(self) -> MailboxState: ...

    def new_uids(self, after: int) -> tuple[int, ...]:
        """UIDs greater than ``after``, rising. Costs no more in a full folder than in an empty one."""
        ...

    def fetch(self, uids: Sequence[int], max_bytes: int) -> tuple[RawMessage, ...]:
        """The messages that still exist, never marked \\Seen; larger ones are cut at ``max_bytes``."""
        ...

    def move(self, uids: Sequence[int], folder: str) -> None:
        """Move to ``folder``, made if missing. Safe to repeat: UIDs that are gone are skipped (RFC 6851)."""
        ...

    def refile(
        self,
        source: str,
        target: str,
        *,
        message_id: str | None,
        received_at: datetime,
        same: Callable[[bytes], bool],
        max_bytes: int,
    ) -> bool:
        """Move a mail, and its copies, from the folder ``source`` to ``target``; False where it is not there.

        Its UID there is not known: people may have moved it. It is looked for by Message-ID, or else by when it came,
        and ``same`` tells by the first ``max_bytes`` whether it is the one.
        """
        ...

    def wait(self, timeout: float) -> bool:
        """Block until the server says that something arrived, at most ``timeout`` seconds (RFC 2177). False: nothing came.

        A server without IDLE: sleeps and answers False.
        """
        ...

    def close(self) -> None:
        """Log out politely; never raises. Called from another thread, it ends a ``wait``."""
        ...


# -- transport -----------------------------------------------------------------


class Transport(Protocol):
    """Where mail goes out. Keeps its connections open between messages; safe for concurrent tasks."""

    #: how many messages it takes at a time; more wait for their turn
    @property
    def connections(self) -> int: ...

    async def send(self, message: OutgoingMessage) -> SendResult:
        """Never raises for what servers do: every failure has its class. ``Sent`` once the server said 250."""
        ...

    async def close(self) -> None: ...


# -- store ---------------------------------------------------------------------


class Transaction(Telling, Attending, Protocol):
    """Reads and writes that commit together. Serial: no other writer runs between the reads and the commit."""

    # ledger
    def position(self, account: str, folder: str) -> MailboxPosition | None: ...
    def set_position(self, account: str, folder: str, position: MailboxPosition) -> None: ...
    def in_ledger(self, keys: Sequence[MailboxKey]) -> Mapping[MailboxKey, str]:
        """Those already processed, each with its outcome."""
        ...

    def content_in_ledger(self, account: str, content_hash: str) -> str | None:
        """The outcome of a mail of this content in this account."""
        ...

    def add_to_ledger(self, key: MailboxKey, content_hash: str, outcome: str, at: datetime) -> None:
        """A copy of a mail that was processed under another key: only noted."""
        ...

    def unmoved(self, account: str, folder: str, uidvalidity: int, limit: int) -> Sequence[tuple[int, str]]:
        """(uid, outcome) of processed messages that were not yet moved, without those of ``settled``."""
        ...

    def settled(self, account: str, folder: str, limit: int) -> Sequence[SettledMail]:
        """Mails whose hold was closed and that still lie in the folder for review."""
        ...

    def set_moved(self, keys: Sequence[MailboxKey]) -> None: ...

    # facts
    def registrations_of(self, addresses: Iterable[str]) -> tuple[Registration, ...]:
        """Those of, or requested by, any of these addresses (compared case-folded); every status."""
        ...

    def registration(self, id: str) -> Registration | None: ...
    def invitations(self, registrations: Sequence[str]) -> tuple[Invitation, ...]:
        """What stands in the calendars of the people behind these registrations (their ids), cancelled ones too."""
        ...

    def invitation(self, uid: str) -> Invitation | None: ...
    def seats_taken(self, keys: Iterable[str]) -> Mapping[str, int]:
        """Registrations that hold a place (confirmed, offered), by the keys of ``core/places.py``."""
        ...

    def waiting(self, event: str) -> tuple[Registration, ...]:
        """Those on its waiting list, first come first."""
        ...

    def offers_ended(self, now: datetime) -> tuple[Registration, ...]:
        """Offered places that nobody took in time."""
        ...

    def reservations_of(self, registrations: Iterable[str]) -> Mapping[str, Reservation]: ...
    def stock_taken(self, event: str) -> Mapping[str, int]:
        """Items set aside or handed out, by ``stock_key``."""
        ...

    def reservations(self, *, event: str | None = None) -> tuple[Reservation, ...]: ...

    def thread(self, message_ids: Sequence[str], tokens: Sequence[str]) -> ThreadFacts:
        """What our mails of these Message-IDs, or with these address tokens (delivery ids), were about; first match."""
        ...

    def recent_replies(self, address: str, since: datetime) -> Mapping[str, int]: ...

    # writes
    def savepoint(self) -> AbstractContextManager[None]:
        """What fails inside is undone alone."""
        ...

    def apply(self, processed: Processed) -> int:
        """Store raw message, ledger row, decision and every effect; answers the id of the processed mail.

        A delivery whose id exists already is not queued again.
        """
        ...

    def carry_out(self, effects: Iterable[Effect], at: datetime) -> None:
        """All of them that need no mail to belong to: a hold is opened, and a bounce noted, by ``apply`` alone."""
        ...

    def put_registration(
        self, registration: Registration, change: str, at: datetime, limits: Mapping[str, int] | None = None
    ) -> None:
        """``limits``: how many places there are, by key; more are never given."""
        ...

    def hand_over(self, given_up: str, kept: str) -> None:
        """What hangs on one registration, from now on on another of the same person: attendance, moments told,
        invitations, an item in his or her hands. What the other has of its own stays, but that who came came."""
        ...

    def put_reservation(self, reservation: Reservation, stock: int | None = None) -> None: ...
    def put_invitation(self, invitation: Invitation) -> None: ...
    def enqueue(self, message: OutgoingMessage, due_at: datetime) -> bool:
        """False where this delivery id is queued or sent already."""
        ...

    # asked of registered addresses
    def put_confirmation(self, confirmation: Confirmation) -> None: ...
    def confirmation(self, id: str) -> Confirmation | None: ...
    def confirmations_of(self, registrations: Iterable[str]) -> tuple[Confirmation, ...]: ...

    # review
    def holds(self, *, open_only: bool = True, limit: int = 1000) -> tuple[Hold, ...]: ...
    def hold(self, id: str) -> Hold | None:
        """By id or an unambiguous beginning of it."""
        ...

    def close_hold(self, id: str, outcome: str, by: str, at: datetime) -> None:
        """Its mail, and copies of it, count as processed from now on, and are still to be moved."""
        ...

    def unannounced_holds(self) -> tuple[Hold, ...]: ...
    def set_announced(self, ids: Sequence[str], at: datetime) -> None: ...
    def mail(self, processed_id: int) -> StoredMail | None: ...

    # digests and other due moments
    def claim_moment(self, job: str, moment: str, at: datetime) -> bool:
        """True for the one who claims it first: UNIQUE(job, moment)."""
        ...

    def last_moment(self, job: str) -> str | None: ...
    def changes_since(
        self, change_id: int, events: Sequence[str], limit: int = 10_000
    ) -> tuple[RegistrationChange, ...]: ...
    def cursor(self, name: str) -> int: ...
    def set_cursor(self, name: str, value: int) -> None: ...

    # events that were edited
    def told_events(self) -> Mapping[str, EventFacts]:
        """What people were told of each event."""
        ...

    def set_told_event(self, event: str, facts: EventFacts, at: datetime) -> None: ...
    def event_changes(self, *, open_only: bool = True, limit: int = 1000) -> tuple[StoredEventChange, ...]:
        """The open ones, oldest first; with ``open_only=False`` all, newest first."""
        ...

    def open_event_change(
        self, event: str, before: EventFacts, after: EventFacts, at: datetime, announced_at: datetime | None = None
    ) -> None:
        """One of an event at most is open: UNIQUE."""
        ...

    def close_event_change(self, id: int, outcome: str, by: str | None, at: datetime, mails: int = 0) -> None: ...
    def set_event_change_announced(self, id: int, at: datetime) -> None: ...

    # outbox
    def claim_due(self, now: datetime, limit: int) -> tuple[Delivery, ...]:
        """Due rows, now in flight: commit before sending."""
        ...

    def settle(
        self, id: str, status: DeliveryStatus, at: datetime, *, due_at: datetime | None = None, error: str | None = None
    ) -> None: ...
    def recover_in_flight(self, at: datetime) -> int:
        """Rows a crash left in flight are queued again, under their own Message-ID; how many."""
        ...

    def next_due(self) -> datetime | None: ...
    def deliveries(self, *, status: DeliveryStatus | None = None, limit: int = 100) -> tuple[Delivery, ...]: ...

    # for people
    def registrations(
        self, *, event: str | None = None, status: RegistrationStatus | None = None
    ) -> Iterator[Registration]: ...
    def counts(self) -> Mapping[str, int]:
        """``mails``, ``holds-open``, ``outbox-queued``, ``outbox-deferred``, ``outbox-failed``, ``registrations`` …"""
        ...

    def set_condition(self, name: str, message: str, at: datetime) -> bool:
        """Note that something is wrong; True when it was not known yet."""
        ...

    def clear_condition(self, name: str) -> bool: ...
    def conditions(self) -> tuple[Condition, ...]: ...
    def set_value(self, name: str, value: str) -> None: ...
    def value(self, name: str) -> str | None: ...


class StoreUnavailable(Exception):
    """The database cannot be used now; waiting may help."""


class Store(Protocol):
    def begin(self) -> AbstractContextManager[Transaction]:
        """Commits at the end of the block, rolls back when it raises."""
        ...

    def close(self) -> None: ...


# -- tables for people ---------------------------------------------------------


class Tables(Protocol):
    """Rows as files that people open."""

    def csv(self, header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes: ...
    def xlsx(self, title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDay:
    """A local day for which a daily job is due."""

    job: str
    day: date
