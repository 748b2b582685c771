"""The content of an S/MIME message that is signed in one piece, "opaque" (RFC 8551 §3.5.2): found, not verified.

Only as much of BER (X.690 §8) as leads to the encapsulated content of a SignedData (RFC 5652 §5.1, §5.2).
"""

from __future__ import annotations

from collections.abc import Iterator

from mailbot.core.mime_tree import Part, message_lines, tree_of
from mailbot.core.policy import Limits

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_DATA = bytes.fromhex("2a864886f70d010701")
_OID, _OCTETS, _OCTETS_IN_PIECES, _SEQUENCE, _CONTENT = 0x06, 0x04, 0x24, 0x30, 0xA0
_DEEPEST = 8


def signed_content(data: bytes, limits: Limits) -> Part | None:
    """The MIME part that was signed; None where nothing can be read: encrypted, compressed or broken."""
    octets = bytearray()
    if _SIGNED_DATA not in data[:200]:
        return None
    for kind, content in _elements(data, 0):
        if kind == "oid" and content == _DATA:
            octets = bytearray()
        elif kind == "octets":
            octets += content
        elif kind == "end" and octets:
            break
    return tree_of(message_lines(bytes(octets)), limits)[0] if octets else None


def _elements(data: bytes, start: int) -> Iterator[tuple[str, bytes]]:
    """OIDs and octet strings in order; "end" where the element around octet strings closes."""
    position = start
    opened: list[tuple[int, int]] = []  # (tag, end; -1: indefinite length)
    while position < len(data):
        while opened and opened[-1][1] == position:
            yield _closed(opened.pop()[0])
        if data[position : position + 2] == b"\x00\x00" and opened and opened[-1][1] == -1:
            position += 2
            yield _closed(opened.pop()[0])
            continue
        header = _header(data, position)
        if header is None:
            return
        tag, begin, length = header
        if tag in (_SEQUENCE, _CONTENT, _OCTETS_IN_PIECES) and len(opened) < _DEEPEST:
            opened.append((tag, -1 if length < 0 else begin + length))
            position = begin
            continue
        if length < 0 or begin + length > len(data):
            return
        if tag == _OID:
            yield "oid", data[begin : begin + length]
        elif tag == _OCTETS:
            yield "octets", data[begin : begin + length]
        position = begin + length


def _closed(tag: int) -> tuple[str, bytes]:
    return ("end" if tag == _CONTENT else "", b"")


def _header(data: bytes, position: int) -> tuple[int, int, int] | None:
    """Tag, where the content begins, and its length; -1: indefinite."""
    if position + 2 > len(data):
        return None
    tag, first = data[position], data[position + 1]
    if first < 0x80:
        return tag, position + 2, first
    size = first & 0x7F
    if size == 0:
        return tag, position + 2, -1
    if size > 4:
        return None
    return tag, position + 2 + size, int.from_bytes(data[position + 2 : position + 2 + size], "big")
