"""From words to the bytes of a mail.

Written by hand because ``email.message`` takes 1.4 ms a mail, most of the time a mail takes in all; the tests parse
every kind of it back with the standard library and compare.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Literal
from urllib.parse import quote

from mailbot.core.calendar_out import CalendarObject
from mailbot.core.deliveries import OutgoingMessage
from mailbot.core.ids import derived_id
from mailbot.core.language import Language
from mailbot.core.message import Address
from mailbot.core.policy import Desk
from mailbot.core.replies import InReplyTo, Rendered
from mailbot.core.tokens import reply_address

CRLF = "\r\n"

#: References kept: the first and the last ones; long threads must not make long headers (RFC 5322 §3.6.4)
MOST_REFERENCES = 20

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
_PREFIX = re.compile(r"^(?:\s*(?:re|aw|antw|sv|tr|fw|fwd)\s*:)+\s*", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"^<[\x21-\x3b\x3d\x3f-\x7e]{1,900}>\Z")
_ATOM = re.compile(r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAttachment:
    #: ASCII
    name: str
    content_type: str
    content: bytes


def compose(
    rendered: Rendered,
    *,
    id: str,
    kind: str,
    language: Language,
    desk: Desk,
    to: Address,
    in_reply_to: InReplyTo | None,
    now: datetime,
    calendar: Sequence[CalendarObject] = (),
    registrations: tuple[str, ...] = (),
    events: tuple[str, ...] = (),
    auto_submitted: Literal["auto-replied", "auto-generated"],
    attachments: Sequence[FileAttachment] = (),
    unsubscribe: str | None = None,
) -> OutgoingMessage:
    """The complete mail. ``id`` is the delivery's: it makes the Message-ID and the reply address.

    ``unsubscribe``: the subject of the mail by which its reader wants no more of the kind.
    """
    domain = desk.address.rpartition("@")[2]
    message_id = f"<{id}@{domain}>"
    subject = subject_of(rendered, in_reply_to)
    reply_to = reply_address(desk, id)
    headers = [
        ("From", _mailbox(desk.name.in_(language), desk.address)),
        ("To", _mailbox(to.name, to.email)),
        ("Reply-To", reply_to),
        ("Subject", _text(subject, len("Subject: "))),
        ("Date", format_datetime(now)),
        ("Message-ID", message_id),
        *_thread(in_reply_to),
        # RFC 3834 §3.1.7, and what Exchange heeds instead
        ("Auto-Submitted", auto_submitted),
        ("X-Auto-Response-Suppress", "All"),
        ("X-Mailbot", kind),
        *_unsubscribe(unsubscribe, reply_to),
        ("Content-Language", language),
        ("MIME-Version", "1.0"),
    ]
    content_type, body = _body(rendered, id, calendar, attachments)
    head = CRLF.join(f"{name}: {value}" for name, value in (*headers, *content_type))
    return OutgoingMessage(
        id=id,
        kind=kind,
        language=language,
        envelope_from=desk.address,
        envelope_to=to.email,
        subject=subject,
        text=rendered.text,
        message_id=message_id,
        content=head.encode("ascii", "replace") + b"\r\n\r\n" + body,
        registrations=registrations,
        events=events,
    )


def _unsubscribe(subject: str | None, address: str) -> list[tuple[str, str]]:
    """By mail alone (RFC 2369 §3.2): List-Unsubscribe-Post would need a web page of ours (RFC 8058 §3.1)."""
    if subject is None:
        return []
    return [("List-Unsubscribe", f"<mailto:{address}?subject={quote(subject)}>")]


def subject_of(rendered: Rendered, in_reply_to: InReplyTo | None) -> str:
    """``Re:`` and the words of the mail that is answered (RFC 3834 §3.1.5); our own where it had none."""
    theirs = _one_line(_PREFIX.sub("", in_reply_to.subject)) if in_reply_to else ""
    return f"Re: {theirs[:200]}" if theirs else _one_line(rendered.subject)


def _thread(in_reply_to: InReplyTo | None) -> list[tuple[str, str]]:
    if in_reply_to is None or not _MESSAGE_ID.match(in_reply_to.message_id or ""):
        return []
    answered = str(in_reply_to.message_id)
    chain = [
        reference for reference in in_reply_to.references if _MESSAGE_ID.match(reference) and reference != answered
    ]
    if len(chain) > MOST_REFERENCES:
        chain = [chain[0], *chain[1 - MOST_REFERENCES :]]
    return [("In-Reply-To", answered), ("References", f"{CRLF} ".join([*chain, answered]))]


def _one_line(text: str) -> str:
    return " ".join(_CONTROL.sub(" ", text).split())


def _text(text: str, used: int) -> str:
    """An unstructured header value: as it is, or encoded and folded (RFC 2047, RFC 5322 §2.2.3)."""
    text = _one_line(text)
    if text.isascii() and len(text) + used <= 76 and "=?" not in text:
        return text
    return _encoded_words(text, used)


def _encoded_words(text: str, used: int) -> str:
    """UTF-8 in base64, one encoded word a line of at most 76 characters, none cut within a character (RFC 2047 §2)."""
    octets = text.encode("utf-8", "replace")
    words: list[str] = []
    start = 0
    room = 76 - used
    while start < len(octets):
        end = start + (room - len("=?utf-8?b??=")) // 4 * 3
        while end < len(octets) and octets[end] & 0xC0 == 0x80:
            end -= 1
        words.append(f"=?utf-8?b?{base64.b64encode(octets[start:end]).decode('ascii')}?=")
        start, room = end, 75
    return f"{CRLF} ".join(words)


def _mailbox(name: str, address: str) -> str:
    """``name <address>`` (RFC 5322 §3.4). A control character in the address would be a new header: it is dropped."""
    address = _CONTROL.sub("", address).replace(" ", "").replace("<", "").replace(">", "")
    name = _one_line(name)
    if not address.isascii():
        address = _ascii_domain(address)
    if not address.isascii():
        # Only an SMTPUTF8 header could hold it; a group without members tells people who it was (RFC 6857 §3.1.8).
        return f"{_encoded_words(f'{name} {address}'.strip(), len('Reply-To: '))}:;"
    if not name:
        return address
    if not name.isascii() or "=?" in name or len(name) > 60:
        return f"{_encoded_words(name, len('Reply-To: '))}{CRLF} <{address}>"
    if not _ATOM.match(name):
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{name} <{address}>"


def _ascii_domain(address: str) -> str:
    """``jan@xn--…``: the domain as the DNS writes it (RFC 5891), where it can be written so."""
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return address


Fields = list[tuple[str, str]]


def _body(
    rendered: Rendered, id: str, calendar: Sequence[CalendarObject], attachments: Sequence[FileAttachment]
) -> tuple[Fields, bytes]:
    """alternative(text, html[, calendar]), within mixed where files go with it.

    The one calendar object that the text speaks of stands among the alternatives, for Outlook and Gmail, and again as a
    file for everybody else. Where there are several, none is an alternative to the text (RFC 6047 §2.4): they stand
    beside it, each with its own method (RFC 6047 §4.5).
    """
    inner = derived_id("alternative", id)
    parts = [_text_part("plain", rendered.text), _text_part("html", rendered.html)]
    files: list[bytes] = []
    asking = [each for each in calendar if each.method == "REQUEST"]
    told = asking[0] if len(asking) == 1 else calendar[0] if len(calendar) == 1 else None
    if told is not None:
        # Outlook wants the method here and in the object alike (RFC 6047 §2.4).
        head = f"Content-Type: {_calendar_type(told)}{CRLF}Content-Transfer-Encoding: base64"
        parts.append(head.encode() + b"\r\n\r\n" + _base64_lines(told.content))
        files.append(_file(FileAttachment(name="invite.ics", content_type="application/ics", content=told.content)))
    for number, each in enumerate((each for each in calendar if each is not told), start=1):
        name = f"{'cancel' if each.method == 'CANCEL' else 'invite'}-{number}.ics"
        files.append(_file(FileAttachment(name=name, content_type=_calendar_type(each), content=each.content)))
    files.extend(_file(attachment) for attachment in attachments)
    alternative = _joined(inner, parts)
    alternative_type = f'multipart/alternative;{CRLF} boundary="{inner}"'
    if not files:
        return [("Content-Type", alternative_type)], alternative
    outer = derived_id("mixed", id)
    first = f"Content-Type: {alternative_type}".encode() + b"\r\n\r\n" + alternative
    return [("Content-Type", f'multipart/mixed;{CRLF} boundary="{outer}"')], _joined(outer, [first, *files])


def _calendar_type(object: CalendarObject) -> str:
    return f"text/calendar; charset=utf-8; method={object.method}"


def _text_part(subtype: str, text: str) -> bytes:
    raw = text.encode("utf-8", "replace")
    encoded = binascii.b2a_qp(raw, istext=True).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    head = f"Content-Type: text/{subtype}; charset=utf-8{CRLF}Content-Transfer-Encoding: quoted-printable"
    return head.encode() + b"\r\n\r\n" + encoded


def _file(attachment: FileAttachment) -> bytes:
    name = re.sub(r"[^A-Za-z0-9._-]", "_", attachment.name)
    head = (
        f'Content-Type: {attachment.content_type};{CRLF} name="{name}"{CRLF}'
        f'Content-Disposition: attachment; filename="{name}"{CRLF}Content-Transfer-Encoding: base64'
    )
    return head.encode() + b"\r\n\r\n" + _base64_lines(attachment.content)


@lru_cache(maxsize=1)  # a calendar goes along as an alternative and as a file
def _base64_lines(content: bytes) -> bytes:
    """In lines of 76 characters (RFC 2045 §6.8)."""
    encoded = binascii.b2a_base64(content, newline=False)
    return b"".join(encoded[start : start + 76] + b"\r\n" for start in range(0, len(encoded), 76))


def _joined(boundary: str, parts: Sequence[bytes]) -> bytes:
    """Parts between boundaries (RFC 2046 §5.1.1). A boundary of 26 hashed characters occurs in no part."""
    line = b"--" + boundary.encode()
    return b"".join(line + b"\r\n" + part.rstrip(b"\r\n") + b"\r\n" for part in parts) + line + b"--\r\n"
