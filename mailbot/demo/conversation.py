"""The sample mails behind ``mailbot demo``: ``mails/*.eml``, as people's mail programs write them, sent in the order
of their file names.

Three headers are ours and are taken off before sending: ``X-Demo-Note`` tells a reader what the mail shows,
``X-Demo-Answers`` names the earlier sample whose answer from the desk this mail answers, and ``Return-Path`` is the
sender of the envelope where that is not ``From``. What a mail takes from our answer stands in it as ``{{reply-to}}``,
``{{message-id}}``, ``{{calendar-uid}}``, ``{{text}}`` and ``{{quoted}}``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses, parseaddr, parsedate_to_datetime
from importlib.resources import files

from mailbot.core.deliveries import OutgoingMessage

_OURS = (b"x-demo-note:", b"x-demo-answers:", b"return-path:")
_PLACE = re.compile(rb"\{\{([a-z-]+)\}\}")
_UID = re.compile(rb"^UID:(.*(?:\n[ \t].*)*)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleMail:
    name: str
    #: when it arrives: the moment of its ``Date``, aware
    at: datetime
    #: of the envelope; "" for the null reverse-path (RFC 5321 §4.5.5)
    sender: str
    #: as it stands in the file, without our headers
    content: bytes
    note: str
    #: the name of the sample whose answer it answers
    answers: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A sample as it is handed to the server."""

    recipient: str
    content: bytes


def mails() -> tuple[SampleMail, ...]:
    """All of them. Raises ``ValueError`` for a file without a date: it could not be put into the conversation."""
    folder = files("mailbot.demo") / "mails"
    found = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".eml")), key=lambda entry: entry.name)
    return tuple(_sample(entry.name, entry.read_bytes()) for entry in found)


def as_sent(sample: SampleMail, answered: OutgoingMessage | None) -> Sent:
    """The mail with what it takes from our answer filled in.

    Raises ``ValueError`` where it answers a mail of ours and there is none, or takes what that mail does not have.
    """
    content = sample.content
    if sample.answers is not None:
        if answered is None:
            raise ValueError(f"{sample.name} answers the desk's answer to {sample.answers}, and there was none")
        taken = _taken_from(answered)
        content = _PLACE.sub(lambda place: _value(sample, taken, place.group(1).decode()), content)
    to = message_from_bytes(content).get_all("To", [])
    recipient = next((address for _, address in getaddresses([str(value) for value in to])), "")
    return Sent(recipient=recipient, content=re.sub(rb"\r?\n", b"\r\n", content))


def _value(sample: SampleMail, taken: dict[str, bytes], place: str) -> bytes:
    if place not in taken:
        raise ValueError(f"{sample.name}: {{{{{place}}}}} is not in the answer to {sample.answers}")
    return taken[place]


def _taken_from(ours: OutgoingMessage) -> dict[str, bytes]:
    message = message_from_bytes(ours.content)
    lines = ours.text.strip().splitlines()
    taken = {
        "reply-to": parseaddr(str(message["Reply-To"]))[1].encode(),
        "message-id": ours.message_id.encode(),
        "text": "\n".join(lines).encode(),
        "quoted": "\n".join(f"> {line}".rstrip() for line in lines).encode(),
    }
    for part in message.walk():
        if part.get_content_type() == "text/calendar":
            calendar = part.get_payload(decode=True)
            found = _UID.search(calendar.replace(b"\r\n", b"\n")) if isinstance(calendar, bytes) else None
            if found:
                taken["calendar-uid"] = re.sub(rb"\n[ \t]", b"", found.group(1)).strip()
    return taken


def _sample(name: str, content: bytes) -> SampleMail:
    message = message_from_bytes(content)
    try:
        at = parsedate_to_datetime(str(message["Date"]))
    except ValueError as error:
        raise ValueError(f"{name}: Date: {error}") from error
    head, blank, body = content.partition(b"\n\n")
    kept = b"".join(line for line in head.splitlines(keepends=True) if not line.lower().startswith(_OURS))
    return SampleMail(
        name=name,
        at=at,
        sender=_sender(message),
        content=kept + blank + body,
        note=str(message["X-Demo-Note"] or ""),
        answers=message["X-Demo-Answers"],
    )


def _sender(message: Message) -> str:
    header = message["Return-Path"] or message["From"]
    return parseaddr(str(header))[1]
