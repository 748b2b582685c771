"""Mail that no person wrote, or that a machine must not answer (RFC 3834).

Headers first, by their grammar; words only where programs leave no header. A calendar reply is a person's, and a
person who writes of being away and asks something is a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from mailbot.core.calendar_in import ANSWERS
from mailbot.core.headers import without_comments
from mailbot.core.mailwords import MailWords, fold
from mailbot.core.message import IncomingMessage
from mailbot.core.mime_tree import parameters as parameters_of
from mailbot.core.requests import Evidence, Machine

_WORD = re.compile(r"[a-z0-9-]+")


def recognise(message: IncomingMessage, *, words: MailWords, own_addresses: tuple[str, ...]) -> Machine | None:
    """The machine that sent it, or None for a person.

    ``kind`` "no-reply" alone may carry what a person asked, such as a web form; the others carry nothing to do.
    """
    own = {address.lower() for address in own_addresses}
    if message.calendar is not None and message.calendar.method in ANSWERS:
        return None
    for check in _CHECKS:
        machine = check(message, words, own)
        if machine is not None:
            return machine
    return None


def _machine(kind: str, rule: str, field: str, text: str, where: str = "header") -> Machine:
    evidence = Evidence(field="machine", text=text[:200], rule=f"automatic.{rule}", where=where)  # type: ignore[arg-type]
    return Machine(kind=kind, rule=rule, evidence=(evidence,))  # type: ignore[arg-type]


def _machine_words(message: IncomingMessage, kind: str, rule: str, found: Iterable[re.Match[str]]) -> Machine:
    """Evidence with its place in the new text, for phrases found in the folded text."""
    same_places = len(fold(message.new_text[:_MOST_TEXT])) == len(message.new_text[:_MOST_TEXT])
    evidence = []
    for match in sorted(found, key=lambda m: m.start()):
        start, end = match.span() if same_places else (-1, -1)
        text = message.new_text[start:end] if same_places else match.group()
        evidence.append(Evidence(field="machine", text=text, rule=f"automatic.{rule}", start=start, end=end))
    return Machine(kind=kind, rule=rule, evidence=tuple(evidence))  # type: ignore[arg-type]


_MOST_TEXT = 3000


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
    shown = message.header("content-type") or ""
    content_type, parameters = parameters_of(shown)
    kind = content_type.removeprefix("message/")
    if content_type == "multipart/report":
        kind = parameters.get("report-type", "delivery-status").lower()
    if kind == "disposition-notification":
        return _machine("auto-reply", "read-receipt", "content-type", shown)
    if kind == "feedback-report":
        return _machine("bulk", "feedback-report", "content-type", shown)
    if content_type == "multipart/report" or kind in ("delivery-status", "global-delivery-status"):
        return _machine("bounce", "multipart-report", "content-type", shown)
    return None


def _bounce(message: IncomingMessage, words: MailWords, own: set[str]) -> Machine | None:
    """Bounces that are no multipart/report: Exchange, Gmail, qmail, Exim."""
    failed = message.header("x-failed-recipients")
    if failed:
        return _machine("bounce", "x-failed-recipients", "header", f"X-Failed-Recipients: {failed}")
    daemon = words.bounce_address.fullmatch(_sender(message).partition("@")[0])
    subject = words.bounce_subject.match(fold(message.subject))
    if not (daemon or subject or message.return_path == ""):
        return None
    text = words.machine["bounce"].search(fold(message.full_text[:4000]))
    signs = (daemon is not None) + (message.return_path == "") + (subject is not None) + (text is not None)
    if signs >= 2 and (daemon or text) and not (message.in_reply_to and not daemon):
        return _machine("bounce", "bounce-words", "from", f"{_sender(message)} {message.subject}")
    return None


_FORM_LINE = re.compile(r"^[^:\n]{2,40}?\s?:[ \t]+\S", re.M)
_EMAIL = re.compile(r"[^\s@<>()\[\]\",;:]+@[^\s@<>()\",;:]+\.\w{2,}")


def _web_form(message: IncomingMessage, words: MailWords, own: set[str]) -> Machine | None:
    """A form on a web page that somebody filled in: sent by a machine, but with the address of a person in it."""
    if not _from_no_reply(message, words) or any(name.startswith("list-") for name in message.headers):
        return None
    if len(_FORM_LINE.findall(message.new_text[:3000])) < 3:
        return None
    strangers = {e.lower() for e in _EMAIL.findall(message.new_text[:3000])} - own - {_sender(message)}
    if not strangers:
        return None
    return _machine("no-reply", "web-form", "text", " ".join(sorted(strangers)), "text")


def _from_no_reply(message: IncomingMessage, words: MailWords) -> bool:
    address = message.reply_address
    return address is not None and words.no_reply_address.fullmatch(address.email.lower().partition("@")[0]) is not None


# -- automatic answers ---------------------------------------------------------


def auto_submitted(value: str) -> str:
    """The keyword of an Auto-Submitted field (RFC 3834 §5): comments, parameters and case dropped; "" where there is none."""
    match = _WORD.match(without_comments(value).strip(' "').lower())
    return match.group() if match else ""


def _matches(message: IncomingMessage, table: Mapping[str, tuple[str, ...]]) -> str | None:
    if table.keys().isdisjoint(message.headers):
        return None
    for name, values in table.items():
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
        found = _matches(message, words.headers.get(kind, {}))
        if found:
            return _machine("auto-reply", rule, "header", found)
    return None


def _automatic_words(message: IncomingMessage, words: MailWords, own: set[str]) -> Machine | None:
    """Programs that leave no header. A mail in which somebody asks for something is never one by its words alone."""
    subject = fold(message.subject)
    if words.receipt_subject.match(subject) and words.machine["receipt"].search(fold(message.full_text[:1000])):
        return _machine("auto-reply", "read-receipt-words", "subject", message.subject, "subject")
    text = fold(message.new_text[:_MOST_TEXT])
    null_sender = message.return_path == ""
    automatic = words.automatic_subject.match(subject)
    # Most mail asks for something, and is done with: the seven searches cost more than all other headers together.
    if not (null_sender or automatic) and words.machine["request"].search(text):
        return None
    found = {name: match for name in _TOLD if (match := words.machine[name].search(text))}
    away = found.keys() & _AWAY
    if null_sender and away:
        return _machine_words(message, "auto-reply", "null-sender-away", found.values())
    if automatic and (away or "automatic" in found or ":" in subject):
        return _machine("auto-reply", "automatic-subject", "subject", message.subject, "subject")
    if "request" in found:
        return None
    rule = _told_by_words(message, words, found, subject, text)
    return _machine_words(message, "auto-reply", rule, found.values()) if rule else None


_AWAY = frozenset({"absent", "returns", "stand_in", "unread"})
_TOLD = (*sorted(_AWAY), "automatic", "ticket", "request")
_TICKET_NUMBER = re.compile(r"[\[(#][^\])\n]{0,25}\d{3,}")
#: "Zwangerschapsverlof Re: …", "Afwezig: …": the subject of our mail follows what the program put in front
_ANSWERS = re.compile(r"[^:]{0,40}?(?:\bre|\baw|\bfwd)?:")


def _told_by_words(
    message: IncomingMessage, words: MailWords, found: dict[str, re.Match[str]], subject: str, text: str
) -> str | None:
    away = found.keys() & _AWAY
    absent_subject = words.absent_subject.match(subject)
    if "automatic" in found and ("ticket" in found or away):
        return "automatic-words"
    if absent_subject and _ANSWERS.match(subject) and away:
        return "absent-subject"
    if "absent" in found and away & {"stand_in", "unread"}:
        told = {phrase for name in away for phrase in words.machine[name].findall(text)}
        if len(told) + bool(absent_subject) >= 3:
            return "out-of-office"
    if "unread" in found and "stand_in" in found:
        return "out-of-office"
    if "ticket" in found:
        phrases = set(words.machine["ticket"].findall(text))
        if len(phrases) >= 2 or "automatic" in found or _TICKET_NUMBER.search(subject):
            return "ticket-receipt"
        if words.answer_above.search(fold(message.full_text[:2000])):
            return "ticket-receipt"
    return None


#: longer than "Anything urgent?"
_QUESTION = re.compile(r"[^.!?\n]{20,}\?")


def _speaks_of_mail_alone(message: IncomingMessage, words: MailWords, own: set[str]) -> Machine | None:
    """Who is away, who answers instead, what becomes of your mail, and not a word about what the desk is for.

    Most that write so are machines in words nobody listed; some are people. So it is not answered, and not thrown away.
    """
    text = fold(message.new_text[:_MOST_TEXT])
    if words.machine["request"].search(text) or words.machine["matter"].search(text) or _QUESTION.search(text):
        return None
    told = {name: {m.group(): m for m in words.machine[name].finditer(text)} for name in _WEAK}
    away = {**told["absent"], **told["away"], **told["returns"]}
    others = {**told["stand_in"], **told["unread"], **told["ticket"], **told["handled"]}
    if not others or bool(away) + len(others) < 2:
        return None
    return _machine_words(message, "no-reply", "speaks-of-mail-alone", (away | others).values())


_WEAK = ("absent", "away", "returns", "stand_in", "unread", "ticket", "handled")


# -- bulk, spam, no-reply ------------------------------------------------------


def _bulk(message: IncomingMessage, words: MailWords, own: set[str]) -> Machine | None:
    found = _matches(message, words.headers.get("bulk", {}))
    if found:
        return _machine("bulk", "bulk-header", "header", found)
    if message.in_reply_to:
        return None
    # not of what is quoted: people pass newsletters on, with what they want on top
    own_text = f"{message.new_text}\n{message.signature}"
    phrases = set(words.machine["newsletter"].findall(fold(own_text)))
    sent_out = any(
        words.newsletter_address.fullmatch(address.lower().partition("@")[0])
        for address in (_sender(message), message.return_path or "")
    )
    if len(phrases) + sent_out >= 2 and phrases:
        return _machine("bulk", "newsletter-words", "text", " … ".join(sorted(phrases)), "text")
    return None


def _spam(message: IncomingMessage, words: MailWords, own: set[str]) -> Machine | None:
    found = _matches(message, words.headers.get("spam", {}))
    if found:
        return _machine("spam", "spam-header", "header", found)
    text = fold(f"{message.subject}\n{message.new_text[:4000]}")
    forged = message.authentication == "fail" and _sender(message).rpartition("@")[2] in {
        address.rpartition("@")[2] for address in own
    }
    if not (forged or words.spam["account"].search(text) or words.spam["lure"].search(text)):
        return None  # without one of these no other word counts
    hits = {name: match.group() for name, pattern in words.spam.items() if (match := pattern.search(text))}
    evidence = " … ".join(hits.values())
    if forged and hits.keys() & {"account", "pressure", "act"}:
        return _machine("spam", "own-domain-forged", "from", f"{_sender(message)} … {evidence}")
    # what answers our own mail is no first contact of a stranger
    if message.in_reply_to and message.authentication != "fail":
        return None
    if {"account", "pressure"} <= hits.keys() and ("act" in hits or "://" in text):
        return _machine("spam", "credential-phishing", "text", evidence, "text")
    lures = set(words.spam["lure"].findall(text)) if "lure" in hits else set()
    if len(lures) >= 2 or (lures and "offer" in hits):
        return _machine("spam", "unsolicited-offer", "text", evidence, "text")
    return None


def _no_reply(message: IncomingMessage, words: MailWords, own: set[str]) -> Machine | None:
    if message.return_path == "":
        return _machine("auto-reply", "null-sender", "return-path", "Return-Path: <>")
    if _from_no_reply(message, words):
        return _machine(
            "no-reply", "no-reply-address", "from", message.reply_address.email if message.reply_address else ""
        )
    return None


_CHECKS = (
    _own,
    _report,
    _bounce,
    _web_form,
    _automatic_headers,
    _automatic_words,
    _bulk,
    _spam,
    _no_reply,
    _speaks_of_mail_alone,
)
