"""From the mailbox to a recorded decision: only new mail, once, in one transaction a batch; then the mailbox is marked.

A crash at any point and a restart end in the same state as no crash: the ledger decides what is new, the position
and the ledger commit together with the decisions, and moving is repeated until it is noted as done.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from mailbot.core.decisions import Outcome, Processed
from mailbot.core.message import MailboxKey, RawMessage
from mailbot.core.mime import content_hash
from mailbot.core.policy import Policy
from mailbot.service.places import fill_after
from mailbot.service.ports import Clock, Mailbox, MailboxState, MailboxUnavailable, Store, StoreUnavailable, Transaction
from mailbot.service.processing import Ahead, broken, process, read_ahead
from mailbot.service.stored import MailboxPosition
from mailbot.service.timings import Timings

log = logging.getLogger(__name__)

#: mails fetched, decided and committed together; also what a SIGTERM waits for
BATCH = 50

#: times that a mail which the server does not hand over is asked for
TRIES = 3

#: how far the server's clock and ours may differ before mail counts as older than the desk
SKEW = timedelta(days=1)

#: in place of an outcome: neither answered nor moved
LEFT = "left"


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
        raws, words = _fetch(mailbox, [key.uid for key in wanted], policy.limits.max_bytes)
    unreadable = {key: words[key.uid] for key in wanted if key.uid in words}
    try:
        recorded = _record(intake, mailbox, scan, policy, uids, raws, unreadable)
    except StoreUnavailable:
        raise
    except Exception:
        # Nothing of the batch was committed. Once more, so that what one mail breaks is undone for that mail alone: to
        # be ready for it with every mail costs a sixth of all writing.
        log.debug("a batch is recorded mail by mail", exc_info=True)
        recorded = _record(intake, mailbox, scan, policy, uids, raws, unreadable, apart=True)
    for processed in recorded.done:
        intake.watch(processed)
    _move(intake, mailbox, recorded.outcomes)
    return replace(
        report,
        processed=report.processed + len(recorded.done),
        copies=report.copies + recorded.copies,
        held=report.held + sum(processed.decision.needs_human for processed in recorded.done),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recorded:
    """What became of a batch."""

    outcomes: Mapping[MailboxKey, str]
    done: Sequence[Processed]
    copies: int


def _record(
    intake: Intake,
    mailbox: Mailbox,
    scan: _Scan,
    policy: Policy,
    uids: Sequence[int],
    raws: Sequence[RawMessage],
    unreadable: Mapping[MailboxKey, str],
    *,
    apart: bool = False,
) -> _Recorded:
    """Decide and record a batch in one transaction. ``apart``: what fails for one mail is undone, and that mail held."""
    outcomes: dict[MailboxKey, str] = {}
    done: list[Processed] = []
    # In a mailbox that was rebuilt, all is on file already: it is told by its hash alone.
    fresh = [] if apart else [raw for raw in raws if raw.key.uid > scan.rebuilt_to]
    ahead = read_ahead(fresh, policy, intake.clock.now(), intake.timings)
    with intake.store.begin() as tx:
        for raw in raws:
            outcome, processed = (
                _one_apart(intake, tx, raw, policy, scan)
                if apart
                else _one(intake, tx, raw, policy, scan, ahead.get(raw.key))
            )
            outcomes[raw.key] = outcome
            if processed is not None:
                done.append(processed)
        for key, error in unreadable.items():
            processed = _unreadable(key, intake.clock.now(), error)
            tx.apply(processed)
            outcomes[key] = processed.decision.outcome
            done.append(processed)
        position = MailboxPosition(uidvalidity=scan.uidvalidity, uid=max(scan.position, *uids))
        tx.set_position(mailbox.account, mailbox.folder, position)
        commit_started = time.perf_counter()
    intake.timings.phases["commit"] = intake.timings.phases.get("commit", 0.0) + time.perf_counter() - commit_started
    return _Recorded(outcomes=outcomes, done=done, copies=len(outcomes) - len(done))


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


def _one(
    intake: Intake, tx: Transaction, raw: RawMessage, policy: Policy, scan: _Scan, ahead: Ahead | None = None
) -> tuple[str, Processed | None]:
    """Decide and record one mail; only its outcome where it is a copy, or is left alone."""
    now = intake.clock.now()
    digest = ahead.message.content_hash if ahead is not None else _hash(raw.content)
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
    processed = process(tx, raw, policy, now, ahead=ahead, suspended=suspended, timings=intake.timings)
    with intake.timings.of("record"):
        tx.apply(processed)
        fill_after(tx, policy, processed.decision.effects, now)
    return processed.decision.outcome, processed


def _one_apart(
    intake: Intake, tx: Transaction, raw: RawMessage, policy: Policy, scan: _Scan
) -> tuple[str, Processed | None]:
    """``_one``; but a mail that breaks us is kept and held."""
    try:
        with tx.savepoint():
            return _one(intake, tx, raw, policy, scan)
    except StoreUnavailable:
        raise
    except Exception as error:
        log.exception("%s: held, because reading or deciding it failed", raw.key)
        processed = broken(raw, _hash(raw.content), intake.clock.now(), f"{type(error).__name__}: {error}")
        with tx.savepoint():
            tx.apply(processed)
    return processed.decision.outcome, processed


def _hash(content: bytes) -> str:
    try:
        return content_hash(content)
    except Exception:
        log.exception("no hash of a mail's content could be made")
        return hashlib.sha256(content).hexdigest()


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
