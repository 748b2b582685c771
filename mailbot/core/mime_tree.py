"""The parts of a MIME message (RFC 2045, 2046), cut out of its bytes within limits.

Not ``email.parser``: it recurses once for every nested multipart, tests every line against every open boundary,
and gives bodies back only through a charset guess. Here a body stays bytes, each level is one search for its
boundary, and what is too deep or too many is not looked at. A test holds both to the same result on sound mail.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from mailbot.core.charset import decode
from mailbot.core.headers import base64_bytes, decode_header, without_comments
from mailbot.core.policy import Limits

#: raw fields, names in lower case, in the order of the mail
Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    fields: Fields
    content_type: str
    params: Mapping[str, str]
    disposition: str
    filename: str | None
    #: still in its transfer encoding
    body: bytes
    #: where the body begins in what it was cut out of
    start: int = 0
    parts: tuple[Part, ...] = ()

    def content(self) -> bytes:
        """The body with its transfer encoding undone (RFC 2045 §6); what is broken in it is skipped."""
        encoding = _first(self.fields, "content-transfer-encoding").strip().lower()
        if encoding == "base64":
            return base64_bytes(self.body)
        if encoding == "quoted-printable":
            return binascii.a2b_qp(self.body)
        if encoding in _UUENCODED:
            return uu_bytes(self.body)
        return self.body


_UUENCODED = frozenset({"x-uuencode", "uuencode", "x-uue", "uue"})


def uu_bytes(data: bytes) -> bytes:
    """What stands between "begin" and "end" of uuencoded lines; broken lines are skipped."""
    out = bytearray()
    for line in data.splitlines():
        if not line or line.startswith((b"begin ", b"end")):
            continue
        try:
            out += binascii.a2b_uu(line)
        except binascii.Error:
            continue
    return bytes(out)


class _Budget:
    """What may still be opened, and what was found broken on the way."""

    def __init__(self, limits: Limits) -> None:
        self.parts = limits.max_parts
        self.depth = limits.max_depth
        self.defects: list[str] = []


def tree_of(content: bytes, limits: Limits) -> tuple[Part, tuple[str, ...]]:
    """The message, as ``message_lines`` gives it, and its parts; and the defects.

    These are ``too-many-parts``, ``too-deep``, ``no-boundary``, ``no-headers``.
    """
    budget = _Budget(limits)
    part = _part(content, budget, 0, "text/plain")
    return part, tuple(dict.fromkeys(budget.defects))


def message_lines(content: bytes) -> bytes:
    """The message with line ends that mail has: a mail saved with bare CR alone has none that count (RFC 5322 §2.3).

    A byte order mark, blank lines and an mbox line in front of it are taken off.
    """
    # First what stands in front: a blank line with CRLF there says nothing of the line ends of the mail.
    content = _IN_FRONT.sub(b"", content)
    if b"\r" in content and b"\n" not in content:
        content = content.replace(b"\r", b"\n")
    if content.startswith(b"From ") and b"\n" in content:
        content = _IN_FRONT.sub(b"", content[content.index(b"\n") + 1 :])
    return content


_IN_FRONT = re.compile(rb"\A(?:\xef\xbb\xbf|[\r\n])+")


# -- fields --------------------------------------------------------------------

_MAX_FIELDS, _MAX_NAME, _MAX_VALUE = 1000, 200, 32_000
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:([^\r\n]*(?:\r?\n[ \t][^\r\n]*|\r(?!\n)[^\r\n]*)*)(?:\r?\n|\Z)")


def fields_of(content: bytes) -> tuple[Fields, int]:
    """The raw header fields at the beginning of ``content``, and where the body begins.

    Fields beyond a thousand and what a field has beyond 32,000 characters are passed over: nobody writes them.
    """
    fields: list[tuple[str, str]] = []
    position = 0
    while (match := _FIELD.match(content, position)) is not None:
        position = match.end()
        if len(fields) < _MAX_FIELDS:
            name, value = match.groups()
            raw = value[:_MAX_VALUE].decode("ascii", "surrogateescape")
            fields.append((name[:_MAX_NAME].decode("ascii").lower(), raw))
    # the empty line; without one, the first line that is no field begins the body
    for newline in (b"\r\n", b"\n"):
        if content.startswith(newline, position):
            return tuple(fields), position + len(newline)
    return tuple(fields), position


def _first(fields: Fields, name: str) -> str:
    return next((value for n, value in fields if n == name), "")


_PARAM = re.compile(r';\s*([^\s=;"]{1,80})\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^;]*))', re.S)
_CONTINUED = re.compile(r"(.+?)\*(\d{1,3})?(\*)?")


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """The value before the first ";" in lower case, and its parameters (RFC 2045 §5.1, RFC 2231)."""
    head, semicolon, _ = value.partition(";")
    token = (without_comments(head) if "(" in head else head).strip().lower()
    if not (token.isascii() and token.isprintable()):
        token = ""
    if not semicolon:
        return token, {}
    plain: dict[str, str] = {}
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for match in _PARAM.finditer(value):
        name = match.group(1).lower()
        quoted, bare = match.group(2), match.group(3)
        text = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else bare.strip()
        continued = _CONTINUED.fullmatch(name) if "*" in name else None
        if continued:
            number = int(continued.group(2) or 0)
            pieces.setdefault(continued.group(1), []).append((number, name.endswith("*"), text))
        else:
            plain.setdefault(name, text if text.isascii() and text.isprintable() else decode_header(text)[0])
    for name, found in pieces.items():
        plain[name] = _joined(sorted(found))
    return token, plain


def _joined(pieces: list[tuple[int, bool, str]]) -> str:
    charset = "utf-8"
    data = b""
    for index, (_, encoded, piece) in enumerate(pieces):
        text = piece
        if index == 0 and encoded and piece.count("'") >= 2:
            charset, _, text = piece.split("'", 2)
        raw = text.encode("utf-8", "surrogateescape")
        data += unquote_to_bytes(raw) if encoded else raw
    return decode(data, charset or "utf-8")[0]


# -- parts ---------------------------------------------------------------------


def _part(content: bytes, budget: _Budget, depth: int, default_type: str) -> Part:
    fields, start = fields_of(content)
    if depth == 0 and not fields:
        budget.defects.append("no-headers")
    body = content[start:]
    content_type, params = parameters(_first(fields, "content-type"))
    if content_type.count("/") != 1:
        if content_type:
            budget.defects.append("bad-content-type")
        content_type = default_type
    disposition, disposition_params = parameters(_first(fields, "content-disposition"))
    parts: tuple[Part, ...] = ()
    if content_type.startswith("multipart/"):
        child_type = "message/rfc822" if content_type == "multipart/digest" else "text/plain"
        parts = _children(body, params.get("boundary", "").rstrip(), budget, depth, child_type)
        if not parts:
            content_type = "text/plain"
    elif content_type in ("message/rfc822", "message/global") and depth < budget.depth and budget.parts > 0:
        budget.parts -= 1
        parts = (_part(body.lstrip(b"\r\n"), budget, depth + 1, "text/plain"),)
    name = disposition_params.get("filename") or params.get("name")
    return Part(
        fields=fields,
        content_type=content_type,
        params=params,
        disposition=disposition,
        filename=decode_header(name)[0] if name else None,
        body=b"" if content_type.startswith("multipart/") else body,
        start=start,
        parts=parts,
    )


def _children(body: bytes, boundary: str, budget: _Budget, depth: int, child_type: str) -> tuple[Part, ...]:
    if depth >= budget.depth:
        budget.defects.append("too-deep")
        return ()
    found: list[Part] = []
    for chunk in _chunks(body, boundary.encode("utf-8", "surrogateescape"), budget):
        if budget.parts <= 0:
            budget.defects.append("too-many-parts")
            break
        budget.parts -= 1
        found.append(_part(chunk, budget, depth + 1, child_type))
    if not found and "too-many-parts" not in budget.defects:
        budget.defects.append("no-boundary")
    return tuple(found)


#: with the blanks that gateways put behind it
_LONGEST_BOUNDARY_LINE = 1000


def _chunks(body: bytes, boundary: bytes, budget: _Budget) -> list[bytes]:
    """The stretches between the boundary lines; a missing last line is forgiven (RFC 2046 §5.1.1)."""
    if not boundary:
        return []
    delimiter = b"--" + boundary
    chunks: list[bytes] = []
    start = -1
    position = 0
    while (at := body.find(delimiter, position)) >= 0 and len(chunks) <= budget.parts:
        position = at + len(delimiter)
        if at and body[at - 1] not in b"\r\n":
            continue
        line_end = body.find(b"\n", position, position + _LONGEST_BOUNDARY_LINE)
        line_end = min(len(body), position + _LONGEST_BOUNDARY_LINE) if line_end < 0 else line_end + 1
        tail = body[position:line_end].strip()
        if tail not in (b"", b"--"):
            continue
        if start >= 0:
            chunks.append(_without_last_newline(body[start:at]))
        if tail == b"--":
            return chunks
        start = position = line_end
    if start >= 0 and len(chunks) <= budget.parts:
        chunks.append(body[start:])
    return chunks


def _without_last_newline(chunk: bytes) -> bytes:
    if chunk.endswith(b"\r\n"):
        return chunk[:-2]
    return chunk[:-1] if chunk.endswith((b"\n", b"\r")) else chunk
