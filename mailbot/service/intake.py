"""From the mailbox to a recorded decision: only new mail, once, in one transaction a batch; then the mailbox is marked.

A crash at any point and a restart end in the same state as no crash: the ledger decides what is new, the position
and the ledger commit together with the decisions, and moving is repeated until it is noted as done.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from mailbot.core.acts.fields import missing_of
from mailbot.core.calendar_in import ANSWERS
from mailbot.core.case import fold_name
from mailbot.core.confirmations import Confirmation
from mailbot.core.decide import decide
from mailbot.core.decisions import Decision, Facts, Hit, OpenHold, Outcome, Processed, ThreadFacts
from mailbot.core.events import Event
from mailbot.core.ids import derived_id
from mailbot.core.invitations import Invitation
from mailbot.core.message import IncomingMessage, MailboxKey, RawMessage
from mailbot.core.mime import content_hash, parse
from mailbot.core.places import capacity_of
from mailbot.core.policy import Policy
from mailbot.core.read import read
from mailbot.core.registrations import ACTIVE, Registration, RegistrationStatus
from mailbot.core.requests import Ambiguous, CalendarReply, Cancel, Change, Matched, Reading
from mailbot.core.tokens import token_in
from mailbot.service.places import fill_after
from mailbot.service.ports import (
    Clock,
    Mailbox,
    MailboxPosition,
    MailboxState,
    MailboxUnavailable,
    Store,
    StoreUnavailable,
    Transaction,
)

log = logging.getLogger(__name__)

#: mails fetched, decided and committed together; also what a SIGTERM waits for
BATCH = 50

#: times that a mail which the server does not hand over is asked for
TRIES = 3

#: how far the server's clock and ours may differ before mail counts as older than the desk
SKEW = timedelta(days=1)

#: in place of an outcome: neither answered nor moved
LEFT = "left"

#: header fields in which servers tell the address that a mail was really delivered to
_DELIVERED_TO = ("delivered-to", "x-original-to", "envelope-to", "x-delivered-to")


@dataclass(slots=True)
class Timings:
    """Seconds spent, by phase: where the time goes."""

    phases: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def of(self, phase: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.phases[phase] = self.phases.get(phase, 0.0) + time.perf_counter() - started


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one poll did."""

    processed: int = 0
    copies: int = 0
    held: int = 0
    first_start: bool = False
    #: mails that were there before the desk, and are not touched
    left_alone: int = 0


Watcher = Callable[[Processed], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What polling a mailbox needs."""

    store: Store
    clock: Clock
    policy: Callable[[], Policy]
    #: outcome -> the folder that shows it to people
    folders: Mapping[Outcome, str]
    #: answer what was in the mailbox before the desk first saw it
    process_existing: bool = False
    watch: Watcher = lambda processed: None
    #: true once the daemon is asked to stop: the batch in work is finished, the next is not begun
    stopping: Callable[[], bool] = lambda: False
    timings: Timings = field(default_factory=Timings)
    #: when each mailbox was last read to its end
    polled: dict[str, datetime] = field(default_factory=dict)

    def heard(self, mailboxes: Iterable[Mailbox]) -> datetime | None:
        """Until when all mail of these mailboxes has been read; None while one of them has not been read yet."""
        read = [self.polled.get(_place(mailbox)) for mailbox in mailboxes]
        known = [moment for moment in read if moment is not None]
        return min(known) if len(known) == len(read) else None


def _place(mailbox: Mailbox) -> str:
    return f"{mailbox.account}/{mailbox.folder}"


def poll(intake: Intake, mailbox: Mailbox) -> Report:
    """Process what is new in one mailbox. Raises ``MailboxUnavailable`` and ``StoreUnavailable``; nothing is lost."""
    began = intake.clock.now()
    with intake.timings.of("select"):
        state = mailbox.select()
    with intake.store.begin() as tx:
        scan, report = _scan(intake, tx, mailbox, state)
    _move_leftovers(intake, mailbox, state.uidvalidity)
    with intake.timings.of("search"):
        uids = mailbox.new_uids(scan.after)
    for start in range(0, len(uids), BATCH):
        if intake.stopping():
            return report
        report = _batch(intake, mailbox, scan, uids[start : start + BATCH], report)
    if scan.existing:
        with intake.store.begin() as tx:
            tx.set_value(_label("existing-processed", mailbox), "yes")
    # Last: what a person did is shown after new mail is answered.
    _refile_settled(intake, mailbox, state.uidvalidity)
    intake.polled[_place(mailbox)] = began
    return report


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scan:
    """What of a mailbox is looked at, and how."""

    uidvalidity: int
    #: UIDs above this one are looked at
    after: int
    #: what is in the ledger or was left alone for good ends here; never goes back
    position: int
    #: the mailbox was rebuilt: up to this UID nothing is answered before a person has looked
    rebuilt_to: int
    #: mail that the server took in before is older than the desk; None: it is answered like any other
    desk_since: datetime | None
    #: mail from before the first start is gone through at this poll
    existing: bool


def _scan(intake: Intake, tx: Transaction, mailbox: Mailbox, state: MailboxState) -> tuple[_Scan, Report]:
    known = tx.position(mailbox.account, mailbox.folder)
    report = Report()
    if known is None:
        known = MailboxPosition(uidvalidity=state.uidvalidity, uid=state.uidnext - 1)
        tx.set_position(mailbox.account, mailbox.folder, known)
        tx.set_value(_label("first-seen", mailbox), intake.clock.now().isoformat())
        report = Report(first_start=True, left_alone=0 if intake.process_existing else state.exists)
    rebuilt_to = 0
    if known.uidvalidity != state.uidvalidity:
        # RFC 9051 §2.3.1.1: every UID we know is void. Everything is looked at anew: what the ledger knows by its
        # content is only noted, and nothing is answered before a person has looked. How far this reaches is kept,
        # since a crash may come before its end; what arrives later is mail like any other.
        log.warning("%s/%s: UIDVALIDITY changed; mail that is not on file is held", mailbox.account, mailbox.folder)
        known = MailboxPosition(uidvalidity=state.uidvalidity, uid=0)
        tx.set_position(mailbox.account, mailbox.folder, known)
        tx.set_value(_label("rebuilt", mailbox), f"{state.uidvalidity}:{state.uidnext - 1}")
    rebuilt = tx.value(_label("rebuilt", mailbox))
    if rebuilt is not None and rebuilt.startswith(f"{state.uidvalidity}:"):
        rebuilt_to = int(rebuilt.partition(":")[2])
    answered = tx.value(_label("existing-processed", mailbox)) is not None
    since = None if intake.process_existing or answered else tx.value(_label("first-seen", mailbox))
    existing = intake.process_existing and not answered
    return _Scan(
        uidvalidity=state.uidvalidity,
        after=0 if existing else known.uid,
        position=known.uid,
        rebuilt_to=rebuilt_to,
        desk_since=datetime.fromisoformat(since) if since else None,
        existing=existing,
    ), report


def _label(name: str, mailbox: Mailbox) -> str:
    return f"{name}:{mailbox.account}/{mailbox.folder}"


def _batch(intake: Intake, mailbox: Mailbox, scan: _Scan, uids: Sequence[int], report: Report) -> Report:
    keys = [
        MailboxKey(account=mailbox.account, folder=mailbox.folder, uidvalidity=scan.uidvalidity, uid=uid)
        for uid in uids
    ]
    with intake.store.begin() as tx:
        known = tx.in_ledger(keys)
    policy = intake.policy()
    wanted = [key for key in keys if key not in known]
    with intake.timings.of("fetch"):
        raws, unreadable = _fetch(mailbox, [key.uid for key in wanted], policy.limits.max_bytes)
    outcomes: dict[MailboxKey, str] = {}
    counts = [report.processed, report.copies, report.held]
    done: list[Processed] = []
    with intake.store.begin() as tx:
        for raw in raws:
            outcome, processed = _one(intake, tx, raw, policy, scan)
            outcomes[raw.key] = outcome
            if processed is None:
                counts[1] += 1
            else:
                done.append(processed)
        for key in wanted:
            if (error := unreadable.get(key.uid)) is not None:
                processed = _unreadable(key, intake.clock.now(), error)
                tx.apply(processed)
                outcomes[key] = processed.decision.outcome
                done.append(processed)
        counts[0] += len(done)
        counts[2] += sum(processed.decision.needs_human for processed in done)
        position = MailboxPosition(uidvalidity=scan.uidvalidity, uid=max(scan.position, *uids))
        tx.set_position(mailbox.account, mailbox.folder, position)
        commit_started = time.perf_counter()
    intake.timings.phases["commit"] = intake.timings.phases.get("commit", 0.0) + time.perf_counter() - commit_started
    for processed in done:
        intake.watch(processed)
    _move(intake, mailbox, outcomes)
    return replace(report, processed=counts[0], copies=counts[1], held=counts[2])


def _fetch(mailbox: Mailbox, uids: Sequence[int], max_bytes: int) -> tuple[list[RawMessage], dict[int, str]]:
    """The mails, and those that are there but that the server cannot hand over, each with its words.

    One such mail must not stop the others, nor be passed over: a batch that fails is fetched mail by mail.
    """
    if not uids:
        return [], {}
    raws: list[RawMessage] = []
    unreadable: dict[int, str] = {}
    try:
        raws.extend(mailbox.fetch(uids, max_bytes))
        missing = sorted(set(uids) - {raw.key.uid for raw in raws})
    except MailboxUnavailable as error:
        if error.failure in {"authentication", "configuration"}:
            raise
        log.warning("%s/%s: fetched one by one, since: %s", mailbox.account, mailbox.folder, error.error)
        missing = list(uids)
    for uid in missing:
        found = _fetch_one(mailbox, uid, max_bytes)
        if isinstance(found, RawMessage):
            raws.append(found)
        elif found is not None:
            unreadable[uid] = found
    return raws, unreadable


def _fetch_one(mailbox: Mailbox, uid: int, max_bytes: int) -> RawMessage | str | None:
    """One mail; None where it is gone; else why the server does not hand it over although it can be used otherwise."""
    words = "the server names this mail but does not hand it over"
    for _ in range(TRIES):
        if uid not in mailbox.new_uids(uid - 1):  # raises where the server cannot be used at all
            return None
        try:
            found = mailbox.fetch([uid], max_bytes)
        except MailboxUnavailable as error:
            words = error.error
            continue
        if found:
            return found[0]
    return words


def _one(intake: Intake, tx: Transaction, raw: RawMessage, policy: Policy, scan: _Scan) -> tuple[str, Processed | None]:
    """Decide and record one mail. A mail that breaks us is kept and held, and the batch goes on."""
    now = intake.clock.now()
    digest = _hash(raw.content)
    seen = tx.content_in_ledger(raw.key.account, digest)
    rebuilt = raw.key.uid <= scan.rebuilt_to
    old = scan.desk_since is not None and raw.received_at < scan.desk_since - (timedelta() if rebuilt else SKEW)
    if seen is None and rebuilt and old:
        seen = LEFT  # was not answered then and is not now
    if seen is not None:
        tx.add_to_ledger(raw.key, digest, seen, now)
        return seen, None
    # Old mail under a new UID: somebody moved it here, one mail or the archive of years.
    suspended = "uidvalidity-changed" if rebuilt else "older-than-desk" if old else None
    try:
        with tx.savepoint():
            processed = process(tx, raw, policy, now, digest=digest, suspended=suspended, timings=intake.timings)
            with intake.timings.of("record"):
                tx.apply(processed)
                fill_after(tx, policy, processed.decision.effects, now)
    except StoreUnavailable:
        raise
    except Exception as error:
        log.exception("%s: held, because reading or deciding it failed", raw.key)
        processed = broken(raw, digest, now, f"{type(error).__name__}: {error}")
        with tx.savepoint():
            tx.apply(processed)
    return processed.decision.outcome, processed


def _hash(content: bytes) -> str:
    try:
        return content_hash(content)
    except Exception:
        log.exception("no hash of a mail's content could be made")
        return hashlib.sha256(content).hexdigest()


def process(
    tx: Transaction,
    raw: RawMessage,
    policy: Policy,
    now: datetime,
    *,
    digest: str | None = None,
    suspended: str | None = None,
    timings: Timings | None = None,
    waived: frozenset[str] = frozenset(),
    amend: Callable[[Reading], Reading] = lambda reading: reading,
    note: str = "",
) -> Processed:
    """Parse, read, gather the facts and decide: everything but the writing.

    ``digest`` is the hash of its content, where it is known; ``amend`` is a coordinator's correction, ``note`` what they
    say to the person.
    """
    timings = timings or Timings()
    with timings.of("parse"):
        message = parse(
            raw.content,
            words=policy.mail_words,
            limits=policy.limits,
            authserv_id=policy.desk.authserv_id,
            known_hash=digest,
        )
    with timings.of("facts"):
        thread = thread_of(tx, message, policy)
    with timings.of("read"):
        reading = amend(read_mail(message, policy, now=now, thread=thread))
    with timings.of("facts"):
        facts = gather(tx, message, reading, policy, now=now, thread=thread)
        facts = replace(facts, arrived=raw.received_at, uid=raw.key.uid)
    with timings.of("decide"):
        decision = decide(message, reading, facts, policy, waived=waived, note=note)
    if suspended is not None:
        decision = _suspended(decision, message, suspended)
    sender = message.reply_address
    return Processed(
        key=raw.key,
        content_hash=message.content_hash,
        message_id=message.message_id,
        content=raw.content,
        received_at=raw.received_at,
        processed_at=now,
        sender=sender.email if sender else None,
        subject=message.subject,
        reading=reading,
        decision=decision,
    )


def read_mail(message: IncomingMessage, policy: Policy, *, now: datetime, thread: ThreadFacts) -> Reading:
    return read(
        message,
        events=policy.events,
        index=policy.index,
        lexicons=policy.lexicons,
        mail_words=policy.mail_words,
        match_words=policy.match_words,
        kind_model=policy.kind_model,
        own_addresses=policy.desk.addresses,
        now=now,
        thread=thread,
    )


def thread_of(tx: Transaction, message: IncomingMessage, policy: Policy) -> ThreadFacts:
    """What this mail answers: by address token first, then by In-Reply-To and References (RFC 5322 §3.6.4)."""
    tokens = tokens_of(message, policy)
    if (invitation := _answered(tx, message)) is not None:
        # Calendars answer without In-Reply-To, and to the address in ORGANIZER: the UID leads back.
        registration = tx.registration(invitation.registration)
        if registration is not None:
            kind = "registrant-offered" if invitation.status == "tentative" else "registrant-confirmed"
            return ThreadFacts(registrations=(registration,), kind=kind, events=(registration.event,))
    # The nearest ancestor stands last in References.
    ids = [*message.in_reply_to, *reversed(message.references)]
    if not tokens and not ids:
        return ThreadFacts()
    return _still_asked(tx, message, policy, tx.thread(ids, tokens))


def _still_asked(tx: Transaction, message: IncomingMessage, policy: Policy, thread: ThreadFacts) -> ThreadFacts:
    """Who asked something in between, and then answers what we asked before, answers that."""
    if thread.kind != "registrant-answer" or message.reply_address is None:
        return thread
    for registration in tx.registrations_of([message.reply_address.email]):
        event = policy.events.get(registration.event)
        if registration.status is not RegistrationStatus.PENDING or event is None or event.key not in thread.events:
            continue
        missing = missing_of(event, registration)
        if missing is not None:
            kind = "registrant-which-session" if missing == "session" else "registrant-which-choice"
            return replace(thread, kind=kind, registrations=(registration,))
    return thread


def tokens_of(message: IncomingMessage, policy: Policy) -> tuple[str, ...]:
    """The deliveries of ours that the addresses of this mail name."""
    told = [address.email for address in (*message.to, *message.cc)]
    told += [value for name in _DELIVERED_TO for value in message.headers.get(name, ())]
    return tuple(token for address in told if (token := token_in(address, policy.desk)))


def _answered(tx: Transaction, message: IncomingMessage) -> Invitation | None:
    calendar = message.calendar
    return tx.invitation(calendar.uid) if calendar is not None and calendar.method in ANSWERS else None


def gather(
    tx: Transaction, message: IncomingMessage, reading: Reading, policy: Policy, *, now: datetime, thread: ThreadFacts
) -> Facts:
    """Everything the decision may know."""
    if reading.machine is not None:
        return Facts(now=now, thread=thread)
    addresses: dict[str, None] = {}
    if message.reply_address is not None:
        addresses[message.reply_address.email] = None
    events: dict[str, None] = {}
    for request in reading.requests:
        people = request.details.people
        if isinstance(request, Change):
            people = (*people, *request.leaving, *request.coming)
            addresses |= {request.email: None} if request.email else {}
        addresses |= {person.email: None for person in people if person.email}
        match request.details.event:
            case Matched(event=key):
                events[key] = None
            case Ambiguous(events=keys):
                events |= dict.fromkeys(keys)
            case _:
                pass
    confirmation: Confirmation | None = None
    if thread.kind == "registrant-confirm":
        confirmation = next((c for token in tokens_of(message, policy) if (c := tx.confirmation(token))), None)
        # What is confirmed may concern another address than the one that says yes.
        told = [each.email for each in thread.registrations]
        told += [confirmation.act.get("email")] if confirmation is not None else []
        addresses |= {address: None for address in told if address}
    registrations = tx.registrations_of(addresses)
    # A mail that names no event is about the one it answers, or the one its sender is registered for.
    events |= dict.fromkeys(registration.event for registration in (*thread.registrations, *registrations))
    known = [policy.events[event] for event in events if event in policy.events]
    limited = [event for event in known if capacity_of(event)]
    offering = [event for event in known if event.pickup is not None]
    sender = message.reply_address
    namesakes = _namesakes(tx, message, reading, registrations, known)
    others = [r.id for r in (*thread.registrations, *registrations, *namesakes)] if _acts_on_file(reading) else []
    return Facts(
        now=now,
        registrations=registrations,
        invitations=tx.invitations([r.id for r in registrations]) if registrations else (),
        invitation=_answered(tx, message),
        namesakes=namesakes,
        confirmations=tx.confirmations_of(others),
        confirmation=confirmation,
        seats_taken=tx.seats_taken(key for event in limited for key in capacity_of(event)) if limited else {},
        waiting=tuple(registration for event in limited for registration in tx.waiting(event.key)),
        stock_taken={key: count for event in offering for key, count in tx.stock_taken(event.key).items()},
        reservations=tx.reservations_of(r.id for r in registrations) if offering else {},
        thread=thread,
        recent_replies=tx.recent_replies(sender.email, now - timedelta(hours=24)) if sender else {},
    )


def _acts_on_file(reading: Reading) -> bool:
    return any(isinstance(request, Cancel | Change | CalendarReply) for request in reading.requests)


def _namesakes(
    tx: Transaction,
    message: IncomingMessage,
    reading: Reading,
    registrations: tuple[Registration, ...],
    events: Sequence[Event],
) -> tuple[Registration, ...]:
    """Where the sender has nothing on file, those of his or her name: registered with another address, perhaps."""
    if not _acts_on_file(reading) or not events or any(r.status in ACTIVE for r in registrations):
        return ()
    names = {fold_name(p.name) for r in reading.requests for p in r.details.people if p.is_sender and p.name}
    if not names:
        return ()
    return tuple(
        r for event in events for r in tx.registrations(event=event.key) if r.name and fold_name(r.name) in names
    )


_WHY_SUSPENDED = {
    "uidvalidity-changed": "the mailbox was rebuilt; nothing is answered before a person looked",
    "older-than-desk": "the mail is older than the desk and came into the folder later; a person must look",
}


def _suspended(decision: Decision, message: IncomingMessage, reason: str) -> Decision:
    """The decision turned into a hold: understood and recorded, nothing done."""
    hit = Hit(rule="intake", reason=reason, message=_WHY_SUSPENDED[reason])
    if decision.disposition == "discard":
        return decision
    hold = OpenHold(id=derived_id("hold", message.content_hash), reasons=(reason,), summary="")
    return Decision(
        disposition="hold",
        outcome="review",
        hits=(hit, *decision.hits),
        misses=decision.misses,
        effects=(hold,),
        policy_version=decision.policy_version,
    )


def broken(raw: RawMessage, digest: str, now: datetime, error: str) -> Processed:
    """The record of a mail that could not be read or decided: kept whole, shown to a coordinator."""
    hit = Hit(rule="intake", reason="internal-error", message=error[:500])
    hold = OpenHold(id=derived_id("hold", digest), reasons=("internal-error",), summary=error[:200])
    return Processed(
        key=raw.key,
        content_hash=digest,
        message_id=None,
        content=raw.content,
        received_at=raw.received_at,
        processed_at=now,
        sender=None,
        subject="",
        reading=None,
        decision=Decision(disposition="hold", outcome="review", hits=(hit,), misses=(), effects=(hold,)),
    )


def _unreadable(key: MailboxKey, now: datetime, error: str) -> Processed:
    """The record of a mail that the server does not hand over: it stays there, and a person is told where."""
    where = f"{key.account}/{key.folder}:{key.uidvalidity}:{key.uid}"
    raw = RawMessage(key=key, content=b"", received_at=now, size=0)
    # Of no content there is no hash: the next such mail would be taken for a copy of this one.
    return broken(raw, hashlib.sha256(where.encode()).hexdigest(), now, f"cannot be fetched: {error}")


def _move_leftovers(intake: Intake, mailbox: Mailbox, uidvalidity: int) -> None:
    """Mail that was decided before a crash and not yet moved."""
    with intake.store.begin() as tx:
        left = tx.unmoved(mailbox.account, mailbox.folder, uidvalidity, 1000)
    outcomes: dict[MailboxKey, str] = {
        MailboxKey(account=mailbox.account, folder=mailbox.folder, uidvalidity=uidvalidity, uid=uid): outcome
        for uid, outcome in left
    }
    if outcomes:
        _move(intake, mailbox, outcomes)


def _move(intake: Intake, mailbox: Mailbox, outcomes: Mapping[MailboxKey, str]) -> None:
    """Show people what happened: after the commit, and safe to repeat."""
    with intake.timings.of("move"):
        for outcome, folder in intake.folders.items():
            uids = sorted(key.uid for key, value in outcomes.items() if value == outcome)
            if uids:
                mailbox.move(uids, folder)
    with intake.store.begin() as tx:
        tx.set_moved(list(outcomes))


def _refile_settled(intake: Intake, mailbox: Mailbox, uidvalidity: int) -> None:
    """Mail that a coordinator settled leaves the folder for review. Where somebody moved it already, it stays there."""
    with intake.store.begin() as tx:
        settled = tx.settled(mailbox.account, mailbox.folder, 1000)
    review, processed = intake.folders["review"], intake.folders["processed"]
    for mail in settled:
        if intake.stopping():
            return
        with intake.timings.of("move"):
            if mail.key.uidvalidity == uidvalidity:
                mailbox.move([mail.key.uid], processed)  # settled before it was ever moved
            if review != processed:
                mailbox.refile(
                    review,
                    processed,
                    message_id=mail.message_id,
                    received_at=mail.received_at,
                    same=lambda content, mail=mail: _hash(content) == mail.content_hash,  # type: ignore[misc]
                    max_bytes=intake.policy().limits.max_bytes,
                )
        with intake.store.begin() as tx:
            tx.set_moved([mail.key])
