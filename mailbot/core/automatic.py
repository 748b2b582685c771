"""Mail that no person wrote, or that a machine must not answer (RFC 3834).

Headers first, by their grammar; words only where programs leave no header. A calendar reply is a person's, and a
person who writes of being away and asks something is a person.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailbot.core.headers import without_comments
from mailbot.core.mailwords import MailWords, fold
from mailbot.core.message import IncomingMessage
from mailbot.core.requests import Evidence, Machine

_WORD = re.compile(r"[a-z0-9-]+")


def recognise(message: IncomingMessage, *, words: MailWords, own_addresses: tuple[str, ...]) -> Machine | None:
    """The machine that sent it, or None for a person.

    ``kind`` "no-reply" alone still carries what a person asked, such as a web form; the others carry nothing to do.
    """
    own = {address.lower() for address in own_addresses}
    if message.calendar is not None and message.calendar.method == "REPLY":
        return None
    for check in (_own, _report, _bounce, _automatic_headers, _automatic_words, _bulk, _spam, _no_reply):
        machine = check(message, words, own)
        if machine is not None:
            return machine
    return None


def _machine(kind: str, rule: str, field: str, text: str, where: str = "header") -> Machine:
    evidence = Evidence(field="machine", text=text[:200], rule=f"automatic.{rule}", where=where)  # type: ignore[arg-type]
    return Machine(kind=kind, rule=rule, evidence=(evidence,))  # type: ignore[arg-type]


def _sender(message: IncomingMessage) -> str:
    return message.sender.email.lower() if message.sender else ""


# -- our own mail, and reports about it ----------------------------------------


def _own(message: IncomingMessage, words: MailWords, own: set[str]) -> Machine | None:
    marked = message.header("x-mailbot")
    if marked is not None:
        return _machine("own", "own-header", "x-mailbot", f"X-Mailbot: {marked}")
    sender = _sender(message)
    base = re.sub(r"\+[^@]*@", "@", sender)
    if (sender in own or base in own) and message.authentication != "fail":
        return _machine("own", "own-address", "from", sender)
    return None


def _report(message: IncomingMessage, words: MailWords, own: set[str]) -> Machine | None:
    content_type = message.header("content-type") or ""
    if not content_type.lower().lstrip().startswith("multipart/report"):
        return None
    kind = content_type.lower()
    if "disposition-notification" in kind:
        return _machine("auto-reply", "read-receipt", "content-type", content_type)
    if "feedback-report" in kind:
        return _machine("bulk", "feedback-report", "content-type", content_type)
    return _machine("bounce", "multipart-report", "content-type", content_type)


def _bounce(message: IncomingMessage, words: MailWords, own: set[str]) -> Machine | None:
    local = _sender(message).partition("@")[0]
    from_daemon = words.bounce_address.fullmatch(local) is not None
    failed = message.header("x-failed-recipients")
    if failed:
        return _machine("bounce", "x-failed-recipients", "header", f"X-Failed-Recipients: {failed}")
    text = words.machine["bounce"].search(fold(message.full_text[:4000]))
    subject = words.bounce_subject.match(fold(message.subject))
    if from_daemon or (message.return_path == "" and (text or subject)):
        return _machine("bounce", "mailer-daemon" if from_daemon else "null-sender", "from", _sender(message))
    if text and subject and not message.in_reply_to:
        return _machine("bounce", "bounce-words", "subject", message.subject, "subject")
    return None


# -- automatic answers ---------------------------------------------------------


def auto_submitted(value: str) -> str:
    """The keyword of an Auto-Submitted field (RFC 3834 §5): comments, parameters and case dropped; "" where there is none."""
    match = _WORD.match(without_comments(value).strip().lower())
    return match.group() if match else ""


def _matches(message: IncomingMessage, table: Sequence[tuple[str, tuple[str, ...]]]) -> str | None:
    for name, values in table:
        for value in message.headers.get(name, ()):
            tokens = set(re.split(r"[\s,;]+", fold(without_comments(value))))
            if "*" in values or tokens & set(values):
                return f"{name}: {value}"
    return None


def _automatic_headers(message: IncomingMessage, words: MailWords, own: set[str]) -> Machine | None:
    for value in message.headers.get("auto-submitted", ()):
        keyword = auto_submitted(value)
        if keyword and keyword != "no":
            return _machine("auto-reply", "auto-submitted", "auto-submitted", f"Auto-Submitted: {value}")
    for kind, rule in (("auto-reply", "auto-reply-header"), ("suppress", "auto-response-suppress")):
        found = _matches(message, tuple(words.headers.get(kind, {}).items()))
        if found:
            return _machine("auto-reply", rule, "header", found)
    return None


def _automatic_words(message: IncomingMessage, words: MailWords, own: set[str]) -> Machine | None:
    subject = fold(message.subject)
    if words.receipt_subject.match(subject) and words.machine["receipt"].search(fold(message.full_text[:1000])):
        return _machine("auto-reply", "read-receipt-words", "subject", message.subject, "subject")
    text = fold(message.new_text[:3000])
    found = {name: match.group() for name, pattern in words.machine.items() if (match := pattern.search(text))}
    evidence = " … ".join(found.values())
    automatic = words.automatic_subject.match(subject)
    away = [name for name in ("absent", "returns", "stand_in", "unread") if name in found]
    if automatic and (away or "automatic" in found):
        return _machine("auto-reply", "automatic-subject", "subject", message.subject, "subject")
    if "automatic" in found and ("ticket" in found or away):
        return _machine("auto-reply", "automatic-words", "text", evidence, "text")
    null_sender = message.return_path == ""
    if null_sender and away:
        return _machine("auto-reply", "null-sender-away", "text", evidence, "text")
    if "absent" in found and len(away) >= 3:
        return _machine("auto-reply", "out-of-office", "text", evidence, "text")
    if "ticket" in found and words.answer_above.search(fold(message.full_text)):
        return _machine("auto-reply", "ticket-receipt", "text", evidence, "text")
    return None


# -- bulk, spam, no-reply ------------------------------------------------------


def _bulk(message: IncomingMessage, words: MailWords, own: set[str]) -> Machine | None:
    found = _matches(message, tuple(words.headers.get("bulk", {}).items()))
    if found:
        return _machine("bulk", "bulk-header", "header", found)
    return None


def _spam(message: IncomingMessage, words: MailWords, own: set[str]) -> Machine | None:
    found = _matches(message, tuple(words.headers.get("spam", {}).items()))
    if found:
        return _machine("spam", "spam-header", "header", found)
    text = fold(f"{message.subject}\n{message.new_text[:4000]}")
    hits = {name: match.group() for name, pattern in words.spam.items() if (match := pattern.search(text))}
    evidence = " … ".join(hits.values())
    if {"account", "pressure"} <= hits.keys() and ("http" in text or "act" in hits):
        return _machine("spam", "credential-phishing", "text", evidence, "text")
    if "lure" in hits:
        return _machine("spam", "lure", "text", evidence, "text")
    return None


def _no_reply(message: IncomingMessage, words: MailWords, own: set[str]) -> Machine | None:
    address = message.reply_address
    local = address.email.lower().partition("@")[0] if address else ""
    if local and words.no_reply_address.fullmatch(local):
        return _machine("no-reply", "no-reply-address", "from", address.email if address else "")
    if message.return_path == "":
        return _machine("auto-reply", "null-sender", "return-path", "Return-Path: <>")
    return None
