"""One mail from its bytes to its decision, with the facts that the database has: everything but the writing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mailbot.core.decide import decide
from mailbot.core.decisions import Decision, Hit, OpenHold, Processed, ThreadFacts
from mailbot.core.ids import derived_id
from mailbot.core.message import IncomingMessage, MailboxKey, RawMessage
from mailbot.core.mime import parse
from mailbot.core.policy import Policy
from mailbot.core.read import read
from mailbot.core.requests import Reading
from mailbot.service.gathering import gather, thread_of
from mailbot.service.ports import Transaction
from mailbot.service.timings import Timings


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """What is known of a mail before the database is asked."""

    message: IncomingMessage
    #: as it is if it answers nothing of ours; None where it may
    reading: Reading | None


def read_ahead(
    raws: Sequence[RawMessage], policy: Policy, now: datetime, timings: Timings
) -> Mapping[MailboxKey, Ahead]:
    """Several mails parsed, then read, as far as that takes no database.

    Step by step for all of them and not mail by mail: the code and the tables of one step then stay in the processor's
    caches, which saves a sixth of the time. And the database is not locked meanwhile.
    """
    with timings.of("parse"):
        messages = [_parsed(raw, policy) for raw in raws]
    with timings.of("read"):
        readings = [
            read_mail(message, policy, now=now, thread=ThreadFacts()) if _begins(message) else None
            for message in messages
        ]
    return {
        raw.key: Ahead(message=message, reading=reading)
        for raw, message, reading in zip(raws, messages, readings, strict=True)
    }


def _begins(message: IncomingMessage) -> bool:
    """Whether it most likely answers nothing. What its addresses name is seen by ``thread_of``."""
    return not (message.in_reply_to or message.references or message.calendar)


def process(
    tx: Transaction,
    raw: RawMessage,
    policy: Policy,
    now: datetime,
    *,
    ahead: Ahead | None = None,
    suspended: str | None = None,
    timings: Timings | None = None,
    waived: frozenset[str] = frozenset(),
    amend: Callable[[Reading], Reading] = lambda reading: reading,
    note: str = "",
) -> Processed:
    """Parse, read, gather the facts and decide: everything but the writing.

    ``ahead`` is what ``read_ahead`` made of it; ``amend`` is a coordinator's correction, ``note`` what they say to the
    person.
    """
    timings = timings or Timings()
    with timings.of("parse"):
        message = ahead.message if ahead is not None else _parsed(raw, policy)
    with timings.of("facts"):
        thread = thread_of(tx, message, policy)
    with timings.of("read"):
        reading = ahead.reading if ahead is not None and thread == ThreadFacts() else None
        reading = amend(reading or read_mail(message, policy, now=now, thread=thread))
    with timings.of("facts"):
        facts = gather(tx, message, reading, policy, now=now, thread=thread, arrived=raw.received_at, uid=raw.key.uid)
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


def _parsed(raw: RawMessage, policy: Policy) -> IncomingMessage:
    return parse(raw.content, words=policy.mail_words, limits=policy.limits, authserv_id=policy.desk.authserv_id)


def read_mail(message: IncomingMessage, policy: Policy, *, now: datetime, thread: ThreadFacts) -> Reading:
    return read(
        message,
        events=policy.events,
        index=policy.index,
        lexicons=policy.lexicons,
        mail_words=policy.mail_words,
        match_words=policy.match_words,
        opinion_model=policy.opinion_model,
        standing_model=policy.standing_model,
        own_addresses=policy.desk.addresses,
        now=now,
        thread=thread,
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
