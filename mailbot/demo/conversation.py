"""The sample mails behind ``mailbot demo``: ``mails/*.eml``, sent in the order of their file names.

Each is sent as its ``Date`` says; a first line ``X-Demo-Note`` tells a reader what it shows and is taken off before
sending. The sender of the envelope is that of ``Return-Path`` where the file has one, else of ``From``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleMail:
    name: str
    #: when it arrives: the moment of its ``Date``, aware
    at: datetime
    #: of the envelope; "" for the null reverse-path (RFC 5321 §4.5.5)
    sender: str
    recipient: str
    content: bytes
    note: str


def mails() -> tuple[SampleMail, ...]:
    """All of them. Raises ``ValueError`` for a file without a date: it could not be put into the conversation."""
    folder = files("mailbot.demo") / "mails"
    found = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".eml")), key=lambda entry: entry.name)
    return tuple(_sample(entry.name, entry.read_bytes()) for entry in found)


def _sample(name: str, content: bytes) -> SampleMail:
    message = message_from_bytes(content)
    try:
        at = parsedate_to_datetime(str(message["Date"]))
    except ValueError as error:
        raise ValueError(f"{name}: Date: {error}") from error
    note = str(message["X-Demo-Note"] or "")
    head = b"X-Demo-Note:"
    sent = b"".join(line for line in content.splitlines(keepends=True) if not line.startswith(head))
    return SampleMail(
        name=name, at=at, sender=_sender(message), recipient=parseaddr(str(message["To"]))[1], content=sent, note=note
    )


def _sender(message: Message) -> str:
    header = message["Return-Path"] or message["From"]
    return parseaddr(str(header))[1]
