"""Identities derived from what caused them: deciding the same mail twice names the same things."""

from __future__ import annotations

import hashlib

_DIGITS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = tuple(first + second for first in _DIGITS for second in _DIGITS)


def derived_id(*parts: str) -> str:
    """26 lower-case base32 characters (128 bits) that depend on every part and on their order."""
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()
    return base32(digest[:16])


def base32(data: bytes) -> str:
    """Lower-case base32 without padding (RFC 4648 §6). ``base64.b32encode`` takes ten times as long."""
    length = (len(data) * 8 + 4) // 5
    whole = -len(data) % 5
    number = int.from_bytes(data + bytes(whole), "big")
    bits = (len(data) + whole) * 8
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(bits - 10, -1, -10)])[:length]
