"""Header fields as people and broken programs write them: decoded, never raising.

Python's own structured header parser raises on real mail (``To: (c):``) and costs five times as much. These
functions take raw strings in which bytes beyond ASCII are surrogates, as ``mime_tree.py`` makes them.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from mailbot.core.charset import decode, undouble
from mailbot.core.message import Address

#: RFC 2047 §2, read leniently: raw spaces inside, a missing last "?="; the language of RFC 2231 §5 is dropped
_ENCODED = re.compile(r"=\?([^?*\s]{1,40})(?:\*[^?]{0,20})?\?([bBqQ])\?([^?]*(?:\?(?!=)[^?]*){0,3})(?:\?=|$)")
_BETWEEN = re.compile(r"(\?=)\s+(?==\?[^?\s]{1,60}\?[bBqQ]\?)")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_SPACE = re.compile(r"\s+")
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")


def as_bytes(raw: str) -> bytes:
    """The bytes of a raw header."""
    try:
        return raw.encode("ascii", "surrogateescape")
    except UnicodeEncodeError:  # decoded text, or a surrogate that no byte made
        return raw.encode("utf-8", "replace")


def decode_header(raw: str) -> tuple[str, tuple[str, ...]]:
    """One line of text, encoded words decoded, and the defects found."""
    if raw.isascii() and "=?" not in raw:
        if raw.isprintable():
            return raw.strip(), ()
        line = " ".join(raw.split())
        return (line if line.isprintable() else _CONTROL.sub("", line).strip()), ()
    text, defects = (raw, ()) if raw.isascii() else _eight_bit(raw)
    if "=?" in text:
        text = _encoded_words(_SPACE.sub(" ", text))
        if "=?" in text and _ENCODED.search(text) is None and re.search(r"=\?[\w-]+\?[bq]\?", text, re.I):
            defects = (*defects, "broken-encoded-word")
    return _CONTROL.sub("", _SPACE.sub(" ", undouble(text))).strip(), defects


def _eight_bit(raw: str) -> tuple[str, tuple[str, ...]]:
    text, defects = decode(as_bytes(raw), None)
    return text, ("raw-8bit-header", *defects)


def _encoded_words(text: str) -> str:
    """Adjacent encoded words of one charset are joined as bytes first: programs cut them inside a character."""
    out: list[str] = []
    position = 0
    pending: tuple[str, bytes] | None = None
    for match in _ENCODED.finditer(text):
        between = text[position : match.start()]
        charset, data = match.group(1).lower(), _word_bytes(match.group(2), match.group(3))
        if pending and pending[0] == charset and not between.strip():
            pending = (charset, pending[1] + data)
        else:
            if pending:
                out.append(decode(pending[1], pending[0])[0])
                between = between if between.strip() else ""
            out.append(between)
            pending = (charset, data)
        position = match.end()
    if pending:
        out.append(decode(pending[1], pending[0])[0])
    out.append(text[position:])
    return "".join(out)


def _word_bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding in "bB":
        return base64_bytes(data)
    data = data.replace(b"_", b" ")
    return _HEX.sub(lambda m: binascii.unhexlify(m.group(1)), data)


def base64_bytes(data: bytes) -> bytes:
    """As much as can be decoded; padding and stray signs don't matter."""
    clean = _NOT_BASE64.sub(b"", data)
    clean = clean[: len(clean) - 1] if len(clean) % 4 == 1 else clean
    try:
        return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))
    except (binascii.Error, ValueError):
        return b""


# -- addresses -----------------------------------------------------------------

_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"?|<([^<>]*)>?|([,;:])|(\()|([^\s"<>,;:()]+)|\s+|.', re.S)
# Only from the beginning of a word: else each letter of an endless one is a new beginning.
_EMAIL = re.compile(r"(?<![^\s@<>()\[\]\",;:])[^\s@<>()\[\]\",;:]+@[^\s@<>()\",;:]+")
_MAX_ADDRESSES = 1000
#: octets; no server takes a longer one (RFC 5321 §4.5.3.1.3, erratum 1690)
_LONGEST_ADDRESS = 254


def addresses(raws: Iterable[str]) -> tuple[Address, ...]:
    """All addresses of these header fields, in order. Groups are opened, comments dropped, names decoded."""
    found: list[Address] = []
    for raw in raws:
        found.extend(_addresses(raw))
        if len(found) > _MAX_ADDRESSES:
            break
    return tuple(found[:_MAX_ADDRESSES])


def _addresses(raw: str) -> list[Address]:
    found: list[Address] = []
    waiting = ""  # a name without an address: "De Smet, Jan <jan@…>" written without quotes
    for words, written in _items(raw.replace("\r", " ").replace("\n", " ")):
        name, email = decode_header(words)[0].strip().strip("'\"").strip(), written
        if not email:
            bare = _EMAIL.search(name)
            if bare is None:
                waiting = name
                continue
            email, name = bare.group(), (name[: bare.start()] + name[bare.end() :]).strip(" <>()'\"")
        if waiting:
            name, waiting = (f"{waiting}, {name}" if name else ""), ""
        address = address_of(name, email)
        if address:
            found.append(address)
    return found


def address_of(name: str, email: str) -> Address | None:
    local, at, domain = email.strip().strip("<>").strip().rpartition("@")
    if not (at and local and domain):
        return None
    if not (email.isascii() and email.isprintable()):
        local, domain = decode_header(local)[0], decode_header(domain)[0]
        if not (local and domain):
            return None
    if name.casefold() == email.casefold():
        name = ""
    whole = f"{local.strip()}@{domain.strip().lower()}"
    if len(whole.encode("utf-8", "surrogatepass")) > _LONGEST_ADDRESS:
        return None
    return Address(name=name, email=whole)


def _items(raw: str) -> list[tuple[str, str]]:
    """(name words, address) of each item between commas; comments skipped without recursion."""
    items: list[tuple[str, str]] = []
    words: list[str] = []
    comment: list[str] = []
    email = ""
    position = 0
    while (match := _TOKEN.match(raw, position)) is not None and position < len(raw):
        position = match.end()
        quoted, angle, sign, opened, _ = match.groups()
        if opened:
            text, position = _comment(raw, position)
            comment.append(text)
        elif sign:
            if sign == ":" and not email:  # "group:" begins, its name is dropped
                words, comment = [], []
                continue
            if words or email:
                items.append(("".join(words) if words else " ".join(comment), email))
            words, comment, email = [], [], ""
        elif angle is not None:
            email = email or angle
        else:
            words.append(re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else match.group())
    if "".join(words).strip() or email:
        bare = _EMAIL.search("".join(words)) if not email else None
        if bare and comment:  # old style: jan@example.org (Jan De Smet)
            items.append((" ".join(comment), bare.group()))
        else:
            items.append(("".join(words), email))
    return items


def _comment(raw: str, position: int) -> tuple[str, int]:
    """The text of a comment that begins before ``position``, and where it ends (RFC 5322 §3.2.2, nested)."""
    depth, start = 1, position
    while position < len(raw) and depth:
        char = raw[position]
        if char == "\\":
            position += 1
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
        position += 1
    return raw[start : position - (depth == 0)], position


def without_comments(value: str) -> str:
    """A structured header value without its comments; quoted strings are left alone."""
    if "(" not in value:
        return value
    out: list[str] = []
    position = 0
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"|\(', value):
        if match.start() < position:
            continue
        out.append(value[position : match.start()])
        if match.group() == "(":
            _, position = _comment(value, match.end())
            out.append(" ")
        else:
            out.append(match.group())
            position = match.end()
    out.append(value[position:])
    return "".join(out)


# -- ids and dates -------------------------------------------------------------

_IDS = re.compile(r"<[^<>\s]{1,900}>")


def message_ids(raw: str) -> tuple[str, ...]:
    """The Message-IDs of a References, In-Reply-To or Message-ID field, with their angle brackets."""
    compact = raw.replace("\r", "").replace("\n", " ").replace("\t", " ")
    if not compact.isascii() or not compact.isprintable():
        compact = decode_header(compact)[0]
    found = tuple(_IDS.findall(compact))
    if found or "@" not in compact:
        return found
    bare = compact.strip().strip("<>").split()
    return (f"<{bare[0]}>",) if bare else ()


def date_of(raw: str) -> datetime | None:
    """An aware moment; a date without a zone is taken as UTC (RFC 5322 §3.3, "-0000")."""
    try:
        moment = parsedate_to_datetime(_SPACE.sub(" ", raw).strip())
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        moment.astimezone(UTC)  # beyond the calendar in another zone
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None
    return moment
