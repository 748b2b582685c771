"""From the mailbox to a recorded decision: only new mail, once, in one transaction a batch; then the mailbox is marked.

A crash at any point and a restart end in the same state as no crash: the ledger decides what is new, the position
and the ledger commit together with the decisions, and moving is repeated until it is noted as done.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mailbot.core.case import seat_keys
from mailbot.core.decide import decide
from mailbot.core.decisions import Decision, Facts, Hit, OpenHold, Outcome, Processed, ThreadFacts
from mailbot.core.ids import derived_id
from mailbot.core.message import IncomingMessage, MailboxKey, RawMessage
from mailbot.core.mime import content_hash, parse
from mailbot.core.policy import Policy
from mailbot.core.read import read
from mailbot.core.requests import Ambiguous, Change, Matched, Reading
from mailbot.core.tokens import token_in
from mailbot.service.ports import Clock, Mailbox, MailboxPosition, Store, StoreUnavailable, Transaction

log = logging.getLogger(__name__)

#: mails fetched, decided and committed together; also what a SIGTERM waits for
BATCH = 50

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


def poll(intake: Intake, mailbox: Mailbox) -> Report:
    """Process what is new in one mailbox. Raises ``MailboxUnavailable`` and ``StoreUnavailable``; nothing is lost."""
    with intake.timings.of("select"):
        state = mailbox.select()
    with intake.store.begin() as tx:
        position = tx.position(mailbox.account, mailbox.folder)
        if position is None:
            first = MailboxPosition(
                uidvalidity=state.uidvalidity, uid=0 if intake.process_existing else state.uidnext - 1
            )
            tx.set_position(mailbox.account, mailbox.folder, first)
            tx.set_value(_started(mailbox), intake.clock.now().isoformat())
            position = first
            report = Report(first_start=True)
        else:
            report = Report()
    suspended = None
    if position.uidvalidity != state.uidvalidity:
        # RFC 9051 §2.3.1.1: every UID we know is void. Everything is looked at anew; what the ledger knows by its
        # content is only noted, and nothing is answered before a person has looked.
        log.warning("%s/%s: UIDVALIDITY changed; mail that is not on file is held", mailbox.account, mailbox.folder)
        suspended = "uidvalidity-changed"
        position = MailboxPosition(uidvalidity=state.uidvalidity, uid=0)
    _move_leftovers(intake, mailbox, state.uidvalidity)
    with intake.timings.of("search"):
        uids = mailbox.new_uids(position.uid)
    for start in range(0, len(uids), BATCH):
        if intake.stopping():
            break
        report = _batch(intake, mailbox, state.uidvalidity, uids[start : start + BATCH], suspended, report)
    return report


def _started(mailbox: Mailbox) -> str:
    return f"first-seen:{mailbox.account}/{mailbox.folder}"


def _batch(
    intake: Intake, mailbox: Mailbox, uidvalidity: int, uids: Sequence[int], suspended: str | None, report: Report
) -> Report:
    keys = [
        MailboxKey(account=mailbox.account, folder=mailbox.folder, uidvalidity=uidvalidity, uid=uid) for uid in uids
    ]
    with intake.store.begin() as tx:
        known = tx.in_ledger(keys)
    policy = intake.policy()
    with intake.timings.of("fetch"):
        raws = mailbox.fetch([key.uid for key in keys if key not in known], policy.limits.max_bytes)
    outcomes: dict[MailboxKey, str] = {}
    counts = [report.processed, report.copies, report.held]
    done: list[Processed] = []
    with intake.store.begin() as tx:
        first_seen = tx.value(_started(mailbox))
        since = datetime.fromisoformat(first_seen) if first_seen and suspended else None
        for raw in raws:
            outcome, processed = _one(intake, tx, raw, policy, suspended, since)
            outcomes[raw.key] = outcome
            if processed is None:
                counts[1] += 1
            else:
                counts[0] += 1
                counts[2] += processed.decision.needs_human
                done.append(processed)
        tx.set_position(mailbox.account, mailbox.folder, MailboxPosition(uidvalidity=uidvalidity, uid=max(uids)))
        commit_started = time.perf_counter()
    intake.timings.phases["commit"] = intake.timings.phases.get("commit", 0.0) + time.perf_counter() - commit_started
    for processed in done:
        intake.watch(processed)
    _move(intake, mailbox, outcomes)
    return Report(processed=counts[0], copies=counts[1], held=counts[2], first_start=report.first_start)


def _one(
    intake: Intake, tx: Transaction, raw: RawMessage, policy: Policy, suspended: str | None, since: datetime | None
) -> tuple[str, Processed | None]:
    """Decide and record one mail. A mail that breaks us is kept and held, and the batch goes on."""
    now = intake.clock.now()
    digest = content_hash(raw.content)
    seen = tx.content_in_ledger(raw.key.account, digest)
    if seen is None and since is not None and raw.received_at < since:
        seen = "left"  # older than the desk: was not answered then and is not now
    if seen is not None:
        tx.add_to_ledger(raw.key, digest, seen, now)
        return seen, None
    try:
        with tx.savepoint():
            processed = process(tx, raw, policy, now, suspended=suspended, timings=intake.timings)
            with intake.timings.of("record"):
                tx.apply(processed)
    except StoreUnavailable:
        raise
    except Exception as error:
        log.exception("%s: held, because reading or deciding it failed", raw.key)
        processed = broken(raw, digest, now, f"{type(error).__name__}: {error}")
        with tx.savepoint():
            tx.apply(processed)
    return processed.decision.outcome, processed


def process(
    tx: Transaction,
    raw: RawMessage,
    policy: Policy,
    now: datetime,
    *,
    suspended: str | None = None,
    timings: Timings | None = None,
    waived: frozenset[str] = frozenset(),
    amend: Callable[[Reading], Reading] = lambda reading: reading,
) -> Processed:
    """Parse, read, gather the facts and decide: everything but the writing. ``amend`` is a coordinator's correction."""
    timings = timings or Timings()
    with timings.of("parse"):
        message = parse(raw.content, words=policy.mail_words, limits=policy.limits, authserv_id=policy.desk.authserv_id)
    with timings.of("facts"):
        thread = thread_of(tx, message, policy)
    with timings.of("read"):
        reading = amend(read_mail(message, policy, now=now, thread=thread))
    with timings.of("facts"):
        facts = gather(tx, message, reading, policy, now=now, thread=thread)
    with timings.of("decide"):
        decision = decide(message, reading, facts, policy, waived=waived)
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
        own_addresses=policy.desk.addresses,
        now=now,
        thread=thread,
    )


def thread_of(tx: Transaction, message: IncomingMessage, policy: Policy) -> ThreadFacts:
    """What this mail answers: by address token first, then by In-Reply-To and References (RFC 5322 §3.6.4)."""
    told = [address.email for address in (*message.to, *message.cc)]
    told += [value for name in _DELIVERED_TO for value in message.headers.get(name, ())]
    tokens = [token for address in told if (token := token_in(address, policy.desk))]
    # The nearest ancestor stands last in References.
    ids = [*message.in_reply_to, *reversed(message.references)]
    if not tokens and not ids:
        return ThreadFacts()
    return tx.thread(ids, tokens)


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
        addresses |= {person.email: None for person in people if person.email}
        match request.details.event:
            case Matched(event=key):
                events[key] = None
            case Ambiguous(events=keys):
                events |= dict.fromkeys(keys)
            case _:
                pass
    limited = [key for event in events if event in policy.events for key in seat_keys(policy.events[event])]
    sender = message.reply_address
    return Facts(
        now=now,
        registrations=tx.registrations_of(addresses),
        seats_taken=tx.seats_taken(limited) if limited else {},
        thread=thread,
        recent_replies=tx.recent_replies(sender.email, now - timedelta(hours=24)) if sender else {},
    )


def _suspended(decision: Decision, message: IncomingMessage, reason: str) -> Decision:
    """The decision turned into a hold: understood and recorded, nothing done."""
    hit = Hit(
        rule="intake", reason=reason, message="the mailbox was rebuilt; nothing is answered before a person looked"
    )
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
