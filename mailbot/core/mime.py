"""Bytes of a mail to an ``IncomingMessage``. Never raises: what is broken is repaired, noted and kept."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime

from mailbot.core.authentication import verdict
from mailbot.core.body import Body, body_of, structure_of
from mailbot.core.calendar_in import calendar_of
from mailbot.core.charset import decode
from mailbot.core.delivery_status import delivery_statuses
from mailbot.core.headers import addresses, date_of, decode_header, message_ids
from mailbot.core.mailwords import MailWords
from mailbot.core.message import Address, IncomingMessage
from mailbot.core.mime_tree import Fields, Part, fields_of, message_lines, tree_of
from mailbot.core.plain_text import visible
from mailbot.core.policy import Limits
from mailbot.core.quotes import is_marked, split_quotes, tagged_answers
from mailbot.core.signature import mark_signature, part_name, take_back_letter

#: what makes two deliveries the same mail; trace fields differ from copy to copy
_IDENTITY = ("from", "to", "cc", "date", "subject", "message-id")

_QUOTE_MARKS = re.compile(r"^[> ]+")


def content_hash(content: bytes) -> str:
    """SHA-256 over who, to whom, when, about what, its id, and the body, line ends normalised.

    Trace fields (Received, Return-Path, Delivered-To, Authentication-Results …) are left out, so that the same
    mail delivered to two of our addresses has one hash.
    """
    content = message_lines(content)
    return _hash(content, *fields_of(content))


def _hash(content: bytes, fields: Fields, start: int) -> str:
    """Of a message with its fields, whose body begins at ``start``."""
    digest = hashlib.sha256()
    told = [field for field in fields if field[0] in _IDENTITY]
    for name in _IDENTITY:
        for n, value in told:
            if n == name:
                digest.update(f"{name}:{' '.join(value.split())}\n".encode("utf-8", "surrogateescape"))
    digest.update(b"\n")
    digest.update(content[start:].replace(b"\r\n", b"\n").rstrip(b"\n"))
    return digest.hexdigest()


def parse(
    content: bytes,
    *,
    words: MailWords,
    limits: Limits,
    authserv_id: str | None = None,
) -> IncomingMessage:
    """Take a mail apart. For any bytes; nothing is ever raised.

    ``authserv_id`` is the name of our own receiving server (RFC 8601 §2.5); without it ``authentication`` is "none".
    """
    defects: list[str] = []
    if len(content) > limits.max_bytes:
        content = content[: limits.max_bytes]
        defects.append("too-large")
    content = message_lines(content)
    root, found = tree_of(content, limits)
    defects.extend(found)
    headers = _headers(root.fields, defects)
    body = body_of(root, limits)
    defects.extend(body.defects)
    digest = _hash(content, root.fields, root.start)
    return _message(digest, root, headers, body, defects, words, limits, authserv_id)


def _headers(fields: Fields, defects: list[str]) -> dict[str, tuple[str, ...]]:
    headers: dict[str, list[str]] = {}
    for name, raw in fields:
        value, found = decode_header(raw)
        defects.extend(found)
        headers.setdefault(name, []).append(value)
    return {name: tuple(values) for name, values in headers.items()}


def _message(
    digest: str,
    root: Part,
    headers: Mapping[str, tuple[str, ...]],
    body: Body,
    defects: list[str],
    words: MailWords,
    limits: Limits,
    authserv_id: str | None,
) -> IncomingMessage:
    raw = _raw(root.fields)
    senders = addresses(raw.get("from", ())[:1]) or addresses(raw.get("sender", ())[:1])
    sender = senders[0] if senders else None
    subject = headers.get("subject", ("",))[0]
    lines, roles, forwarded = _split(body, words, sender, limits)
    calendar = None
    if body.calendar is not None:
        calendar = calendar_of(visible(decode(body.calendar, "utf-8")[0]), body.calendar_method)
        if calendar is None:
            defects.append("broken-calendar")
    quoted = _of(lines, roles, "q")
    return IncomingMessage(
        content_hash=digest,
        message_id=next(iter(message_ids(raw.get("message-id", ("",))[0])), None),
        in_reply_to=message_ids(" ".join(raw.get("in-reply-to", ()))),
        references=message_ids(" ".join(raw.get("references", ()))),
        date=_date(raw.get("date", ())),
        sender=sender,
        reply_to=addresses(raw.get("reply-to", ())),
        to=addresses(raw.get("to", ())),
        cc=addresses(raw.get("cc", ())),
        return_path=_return_path(raw.get("return-path", ())),
        subject=subject,
        headers=headers,
        new_text=_of(lines, roles, "n"),
        quoted_text=quoted,
        signature=_of(lines, roles, "s"),
        forwarded=bool(quoted) and (forwarded or words.forward_prefix.match(subject.lower()) is not None),
        full_text="\n".join(lines).strip("\n"),
        content_type=root.content_type,
        calendar=calendar,
        delivery_statuses=delivery_statuses(body.report) if body.report is not None else (),
        attachments=tuple(body.attachments),
        authentication=verdict(headers.get("authentication-results", ()), authserv_id, sender),
        defects=tuple(dict.fromkeys(defects)),
    )


def _raw(fields: Fields) -> dict[str, tuple[str, ...]]:
    raw: dict[str, list[str]] = {}
    for name, value in fields:
        raw.setdefault(name, []).append(value)
    return {name: tuple(values) for name, values in raw.items()}


def _date(raws: tuple[str, ...]) -> datetime | None:
    return date_of(raws[0]) if raws else None


def _return_path(raws: tuple[str, ...]) -> str | None:
    if not raws:
        return None
    found = addresses(raws[:1])
    return found[0].email if found else ""


def _split(body: Body, words: MailWords, sender: Address | None, limits: Limits) -> tuple[list[str], list[str], bool]:
    """Every line of the body with its role."""
    split = split_quotes(body.lines, "".join(body.roles), words)
    if body.html is not None and "q" not in split.roles:
        # a quote announced in a language that the rules do not know; the markup may tell
        seen = structure_of(body.html, limits)
        if seen is not None and "q" in seen.roles:
            split = split_quotes(seen.lines, seen.roles, words)
    roles = list(tagged_answers(split.lines, split.roles))
    lines = [
        _QUOTE_MARKS.sub("", line) if role == "n" and is_marked(line) else line
        for line, role in zip(split.lines, roles, strict=True)
    ]
    take_back_letter(lines, roles, words)
    part_name(lines, roles, words, sender.name if sender else "")
    mark_signature(lines, roles, words, sender.name if sender else "")
    return lines, roles, split.forwarded or body.attached_message


def _of(lines: list[str], roles: list[str], role: str) -> str:
    """The lines of one role, stretches apart from each other by an empty line."""
    out: list[str] = []
    before = role
    for line, r in zip(lines, roles, strict=True):
        if r == role:
            if before != role and out and out[-1].strip():
                out.append("")
            out.append(line.rstrip())
        before = r
    return "\n".join(out).strip("\n")
