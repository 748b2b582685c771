"""The readable text of a message, chosen among its parts, with the parts that are not text noted."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mailbot.core.charset import decode
from mailbot.core.html_text import HtmlText, html_lines
from mailbot.core.message import Attachment
from mailbot.core.mime_tree import Part
from mailbot.core.opaque_signed import signed_content
from mailbot.core.plain_text import unflowed, visible, with_whole_addresses, without_inline_files
from mailbot.core.policy import Limits

_HTML_START = re.compile(r"\s*(?:<!doctype html|<html|<head|<body|<div|<p>|<p |<table)", re.I)
_TAG = re.compile(r"</?(?:div|p|span|table|td|tr|br|html|body|font|b|a)\b[^<>]{0,200}>", re.I)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]{1,40})", re.I)
#: a plain alternative shorter than this may be a stub: "your program cannot show this mail"
_STUB = 160
_MESSAGES = ("message/rfc822", "message/global")
_ENVELOPED = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_MOST_ENVELOPES = 3
_TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")


@dataclass(slots=True, kw_only=True)
class Body:
    """Lines with one role letter each: "n"ew, "q"uoted, "s"ignature; plain text has only "n"."""

    lines: list[str] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    content_type: str = "text/plain"
    attachments: list[Attachment] = field(default_factory=list)
    calendar: bytes | None = None
    calendar_method: str | None = None
    report: Part | None = None
    #: how many signed envelopes were opened
    envelopes: int = 0
    #: a whole message was attached: passed on
    attached_message: bool = False
    #: the HTML that says the same as the plain text read
    html: Part | None = None
    defects: list[str] = field(default_factory=list)

    def add(self, lines: tuple[str, ...], roles: str) -> None:
        if self.lines and self.lines[-1].strip():
            self.lines.append("")
            self.roles.append("n")
        self.lines.extend(lines)
        self.roles.extend(roles)

    @property
    def is_empty(self) -> bool:
        return not any(line.strip() for line in self.lines)


def body_of(root: Part, limits: Limits) -> Body:
    body = Body()
    _read(root, body, limits, top=True)
    if body.is_empty and "tnef" in body.defects:
        body.defects.append("unreadable")  # all that was written is inside winmail.dat
    return body


def _read(part: Part, body: Body, limits: Limits, *, top: bool = False) -> None:
    kind = part.content_type
    if kind in _MESSAGES:
        _read_attached_message(part, body, limits)
    elif part.parts:
        _read_multipart(part, body, limits)
    elif kind == "text/calendar" and part.disposition != "attachment":
        _calendar(part, body)
    elif kind in _ENVELOPED:
        _read_enveloped(part, body, limits)
    elif (part.disposition == "attachment" or (part.filename and not body.is_empty)) and not top:
        _note(part, body)
    elif kind == "text/html":
        _add_html(part, body, limits)
    elif kind in ("text/plain", "text/enriched", "text/x-markdown", "text/markdown", "text"):
        _add_plain(part, body, limits)
    else:
        _note(part, body)


def _read_multipart(part: Part, body: Body, limits: Limits) -> None:
    match part.content_type:
        case "multipart/alternative":
            _read_alternative(part, body, limits)
        case "multipart/related" | "multipart/signed":
            first = next((p for p in part.parts if p.content_type.startswith(("text/", "multipart/"))), part.parts[0])
            _read(first, body, limits)
            for other in part.parts:
                if other is not first:
                    _note(other, body)
        case "multipart/encrypted":
            body.defects.append("encrypted")
            _note(part, body)
        case _:
            if part.content_type == "multipart/report":
                body.report = part
            for child in part.parts:
                _read(child, body, limits)


def _read_attached_message(part: Part, body: Body, limits: Limits) -> None:
    """Somebody else's mail passed on whole is a quote; what a report returns is none of anybody's words."""
    if body.report is not None or not part.parts or body.attached_message:
        _note(part, body)
        return
    inner = Body()
    _read(part.parts[0], inner, limits)
    body.attached_message = True
    body.attachments.append(Attachment(name=part.filename or "", content_type=part.content_type, size=len(part.body)))
    body.add(tuple(inner.lines), "q" * len(inner.lines))


def _read_enveloped(part: Part, body: Body, limits: Limits) -> None:
    """S/MIME in one piece (RFC 8551 §3.4, §3.5): signed text stands inside and is read; encrypted text is not."""
    body.envelopes += 1
    inner = signed_content(part.content(), limits) if body.envelopes <= _MOST_ENVELOPES else None
    if inner is None:
        body.defects.append("encrypted")
        _note(part, body)
    else:
        _read(inner, body, limits)


def _calendar(part: Part, body: Body) -> None:
    if body.calendar is None:
        body.calendar = part.content()
        body.calendar_method = part.params.get("method")


def _note(part: Part, body: Body) -> None:
    if part.parts and part.content_type not in _MESSAGES:
        for child in part.parts:
            _note(child, body)
        return
    kind = part.content_type
    if kind == "text/calendar" or (part.filename or "").lower().endswith(".ics"):
        _calendar(part, body)
    if kind in _TNEF or (part.filename or "").lower() == "winmail.dat":
        body.defects.append("tnef")
    size = len(part.body) * 3 // 4 if "base64" in _encoding(part) else len(part.body)
    body.attachments.append(Attachment(name=part.filename or "", content_type=kind, size=size))


def _encoding(part: Part) -> str:
    return next((v for n, v in part.fields if n == "content-transfer-encoding"), "").strip().lower()


def _leaves(part: Part) -> list[Part]:
    if not part.parts or part.content_type in _MESSAGES:
        return [part]
    return [leaf for child in part.parts for leaf in _leaves(child)]


def _read_alternative(part: Part, body: Body, limits: Limits) -> None:
    """Plain before HTML, unless the plain text is empty, a stub, or has lost the table that the HTML shows."""
    leaves = _leaves(part)
    plain = next((p for p in leaves if p.content_type == "text/plain" and p.disposition != "attachment"), None)
    html = next((p for p in leaves if p.content_type == "text/html" and p.disposition != "attachment"), None)
    for leaf in leaves:
        if leaf is not plain and leaf is not html:
            _note(leaf, body)
    if plain is None or html is None:
        chosen = plain or html
        if chosen is not None:
            _read(chosen, body, limits, top=True)
        return
    text = _text(plain, body, limits)
    if not text.strip() or len(_TAG.findall(text[:2000])) > 3 or len(text) < _STUB or _has_table(html):
        seen = html_lines(_markup(html, body), limits.max_text)
        if _better(text, seen):
            _add_lines(seen, body)
            return
    if body.is_empty:
        body.html = html
    _add_text(text, body)


def _has_table(html: Part) -> bool:
    return b"<td" in html.body or b"<TD" in html.body or _encoding(html) == "base64"


def _better(plain: str, seen: HtmlText) -> bool:
    """Whether the HTML should be read: it has words that the plain text has not, or rows of a table."""
    if sum("\t" in line and role == "n" for line, role in zip(seen.lines, seen.roles, strict=True)) >= 2:
        return True
    shown = "".join(c for line in seen.lines for c in line if c.isalnum())
    if not shown:
        return False
    written = "".join(c for c in plain if c.isalnum())
    if not written or len(_TAG.findall(plain[:2000])) > 3:
        return True
    return len(written) < _STUB and len(shown) > 3 * len(written) and written[:40] not in shown


# -- plain ---------------------------------------------------------------------


def _text(part: Part, body: Body, limits: Limits) -> str:
    text, defects = decode(part.content(), part.params.get("charset"))
    body.defects.extend(defects)
    if len(text) > limits.max_text:
        body.defects.append("text-cut")
        text = text[: limits.max_text]
    text = visible(text)
    if part.params.get("format", "").strip().lower() == "flowed":
        text = unflowed(text, delsp=part.params.get("delsp", "").strip().lower() == "yes")
    text = with_whole_addresses(text)
    cleaned = without_inline_files(text)
    body.attachments.extend(cleaned.attachments)
    body.defects.extend(cleaned.defects)
    return cleaned.text


def _add_plain(part: Part, body: Body, limits: Limits) -> None:
    text = _text(part, body, limits)
    if _HTML_START.match(text) and len(_TAG.findall(text[:3000])) > 2:
        body.defects.append("bare-html")
        _add_lines(html_lines(text, limits.max_text), body)
        return
    _add_text(text, body)


def _add_text(text: str, body: Body) -> None:
    lines = tuple(text.split("\n"))
    body.add(lines, "n" * len(lines))


# -- html ----------------------------------------------------------------------


def _markup(part: Part, body: Body) -> str:
    content = part.content()
    label = part.params.get("charset")
    if not label and (meta := _META_CHARSET.search(content[:2000])):
        label = meta.group(1).decode("ascii")
    text, defects = decode(content, label)
    body.defects.extend(d for d in defects if d not in body.defects)
    return text.replace("\r\n", "\n").replace("\x00", "")


#: in lower case
_MAY_QUOTE = (
    *(b"quote", b"cite", b"rplyfwd", b"appendonsend", b"olk_src", b"reference-message", b"zwchr", b"border-top"),
    b"stopspelling",
)


def structure_of(html: Part, limits: Limits) -> HtmlText | None:
    """The HTML beside a plain text that was read; None where nothing in it can mark a quote, which saves parsing it."""
    content = html.content().lower()
    if not any(sign in content for sign in _MAY_QUOTE):
        return None
    return html_lines(_markup(html, Body()), limits.max_text)


def _add_html(part: Part, body: Body, limits: Limits) -> None:
    _add_lines(html_lines(_markup(part, body), limits.max_text), body)


def _add_lines(seen: HtmlText, body: Body) -> None:
    body.content_type = "text/html"
    body.defects.extend(seen.defects)
    body.add(seen.lines, seen.roles)
