"""How saved mails are read and would be answered: alone (``explain``), or in order against a database (``replay``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from mailbot.core.decide import decide
from mailbot.core.decisions import Decision, Facts, Processed, ThreadFacts
from mailbot.core.headers import date_of
from mailbot.core.message import IncomingMessage, MailboxKey, RawMessage
from mailbot.core.mime import content_hash, parse
from mailbot.core.policy import Policy
from mailbot.core.requests import Reading
from mailbot.service.places import fill_after
from mailbot.service.ports import Store
from mailbot.service.processing import broken, process, read_mail


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    message: IncomingMessage
    reading: Reading
    decision: Decision


def clock_of(message: IncomingMessage) -> datetime | None:
    """The moment a saved mail was written: its Date, else the newest Received (RFC 5321 §4.4); None without either."""
    if message.date is not None:
        return message.date
    for received in message.headers.get("received", ()):
        if (moment := date_of(received.rpartition(";")[2])) is not None:
            return moment
    return None


def explain(content: bytes, policy: Policy, *, now: datetime | None, fallback: datetime) -> Explained:
    """One mail, without a database: a registration that it speaks of is taken to exist.

    The clock is ``now``, else the mail's own, else ``fallback``.
    """
    message = parse(content, words=policy.mail_words, limits=policy.limits, authserv_id=policy.desk.authserv_id)
    moment = now or clock_of(message) or fallback
    reading = read_mail(message, policy, now=moment, thread=ThreadFacts())
    decision = decide(message, reading, Facts(now=moment, assume_registered=True), policy)
    return Explained(message=message, reading=reading, decision=decision)


def replay(
    mails: Iterable[tuple[str, bytes]], store: Store, policy: Policy, *, now: datetime | None, fallback: datetime
) -> Iterator[tuple[str, Processed | None]]:
    """Mails in order through the whole decision, each at its own date; None for a copy of an earlier one."""
    for uid, (name, content) in enumerate(mails, start=1):
        key = MailboxKey(account="replay", folder="INBOX", uidvalidity=1, uid=uid)
        message = parse(content, words=policy.mail_words, limits=policy.limits)
        moment = now or clock_of(message) or fallback
        raw = RawMessage(key=key, content=content, received_at=moment, size=len(content))
        digest = content_hash(content)
        with store.begin() as tx:
            if (seen := tx.content_in_ledger("replay", digest)) is not None:
                tx.add_to_ledger(key, digest, seen, moment)
                yield name, None
                continue
            try:
                with tx.savepoint():
                    processed = process(tx, raw, policy, moment)
                    tx.apply(processed)
                    fill_after(tx, policy, processed.decision.effects, moment)
            except Exception as error:
                processed = broken(raw, digest, moment, f"{type(error).__name__}: {error}")
                with tx.savepoint():
                    tx.apply(processed)
        yield name, processed
