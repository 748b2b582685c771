"""The readable text of a message, chosen among its parts, with the parts that are not text noted."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mailbot.core.charset import decode
from mailbot.core.html_text import HtmlText, html_lines
from mailbot.core.message import Attachment
from mailbot.core.mime_tree import Part
from mailbot.core.policy import Limits

_HTML_START = re.compile(r"\s*(?:<!doctype html|<html|<head|<body|<div|<p>|<p |<table)", re.I)
_TAG = re.compile(r"</?(?:div|p|span|table|td|tr|br|html|body|font|b|a)\b[^<>]{0,200}>", re.I)
_CELL = re.compile(r"<t[dh]\b", re.I)
_ROW = re.compile(r"<tr\b", re.I)
_QUOTE_DEPTH = re.compile(r">+")
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]{1,40})", re.I)
#: a plain alternative shorter than this may be a stub: "your program cannot show this mail"
_STUB = 160


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
    defects: list[str] = field(default_factory=list)

    def add(self, lines: tuple[str, ...], roles: str) -> None:
        if self.lines and self.lines[-1].strip():
            self.lines.append("")
            self.roles.append("n")
        self.lines.extend(lines)
        self.roles.extend(roles)


def body_of(root: Part, limits: Limits) -> Body:
    body = Body()
    _read(root, body, limits, top=True)
    return body


def _read(part: Part, body: Body, limits: Limits, *, top: bool = False) -> None:
    kind = part.content_type
    if part.parts:
        if kind == "multipart/alternative":
            _read_alternative(part, body, limits)
        elif kind in ("multipart/related", "multipart/signed"):
            _read(part.parts[0], body, limits)
            for other in part.parts[1:]:
                _note(other, body)
        else:
            if kind == "multipart/report":
                body.report = part
            for child in part.parts:
                _read(child, body, limits)
    elif kind == "text/calendar" and part.disposition != "attachment":
        _calendar(part, body)
    elif part.disposition == "attachment" and not top:
        _note(part, body)
    elif kind == "text/html":
        _add_html(part, body, limits)
    elif kind in ("text/plain", "text/enriched", "text/x-markdown", "text/markdown", "text"):
        _add_plain(part, body, limits)
    else:
        _note(part, body)


def _calendar(part: Part, body: Body) -> None:
    if body.calendar is None:
        body.calendar = part.content()
        body.calendar_method = part.params.get("method")


def _note(part: Part, body: Body) -> None:
    if part.parts:
        for child in part.parts:
            _note(child, body)
        return
    kind = part.content_type
    if kind == "text/calendar" or (part.filename or "").lower().endswith(".ics"):
        _calendar(part, body)
    if kind in ("application/ms-tnef", "application/vnd.ms-tnef"):
        body.defects.append("tnef")
    size = len(part.body) * 3 // 4 if "base64" in _encoding(part) else len(part.body)
    body.attachments.append(Attachment(name=part.filename or "", content_type=kind, size=size))


def _encoding(part: Part) -> str:
    return next((v for n, v in part.fields if n == "content-transfer-encoding"), "").strip().lower()


def _leaves(part: Part) -> list[Part]:
    return [part] if not part.parts else [leaf for child in part.parts for leaf in _leaves(child)]


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
    markup: str | None = None
    if not text.strip() or len(_TAG.findall(text[:2000])) > 3 or _may_be_stub(text) or _has_table(html):
        markup = _markup(html, body)
    if markup is not None:
        seen = html_lines(markup, limits.max_text)
        if _better(text, seen):
            _add_lines(seen, body)
            return
    _add_text(text, body)


def _may_be_stub(text: str) -> bool:
    return len(text) < _STUB


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
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > limits.max_text:
        body.defects.append("text-cut")
        text = text[: limits.max_text]
    if part.params.get("format", "").strip().lower() == "flowed":
        text = unflowed(text, delsp=part.params.get("delsp", "").strip().lower() == "yes")
    return text.replace("\xa0", " ").replace("\u202f", " ").replace("\ufeff", "").replace("\x00", "")


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


def unflowed(text: str, *, delsp: bool = False) -> str:
    """Soft line breaks undone (RFC 3676 §4.2); quote depth and the signature line are kept."""
    out: list[str] = []
    paragraph: list[str] = []
    depth_before = 0
    for line in text.split("\n"):
        marks = _QUOTE_DEPTH.match(line)
        depth = marks.end() if marks else 0
        content = line[depth:]
        content = content[1:] if content.startswith(" ") else content
        if paragraph and depth != depth_before:
            out.append(_flow(paragraph, depth_before))
            paragraph = []
        depth_before = depth
        soft = content.endswith(" ") and content != "-- "
        paragraph.append(content[:-1] if soft and delsp else content)
        if not soft:
            out.append(_flow(paragraph, depth))
            paragraph = []
    if paragraph:
        out.append(_flow(paragraph, depth_before))
    return "\n".join(out)


def _flow(paragraph: list[str], depth: int) -> str:
    text = "".join(paragraph)
    return f"{'>' * depth} {text}" if depth else text


# -- html ----------------------------------------------------------------------


def _markup(part: Part, body: Body) -> str:
    content = part.content()
    label = part.params.get("charset")
    if not label and (meta := _META_CHARSET.search(content[:2000])):
        label = meta.group(1).decode("ascii")
    text, defects = decode(content, label)
    body.defects.extend(d for d in defects if d not in body.defects)
    return text.replace("\r\n", "\n").replace("\x00", "")


def _add_html(part: Part, body: Body, limits: Limits) -> None:
    _add_lines(html_lines(_markup(part, body), limits.max_text), body)


def _add_lines(seen: HtmlText, body: Body) -> None:
    body.content_type = "text/html"
    body.defects.extend(seen.defects)
    body.add(seen.lines, seen.roles)
