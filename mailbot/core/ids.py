"""Identities derived from what caused them: deciding the same mail twice names the same things."""

from __future__ import annotations

import base64
import hashlib


def derived_id(*parts: str) -> str:
    """26 lower-case base32 characters (128 bits) that depend on every part and on their order."""
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()
    return base64.b32encode(digest[:16]).decode("ascii").rstrip("=").lower()
