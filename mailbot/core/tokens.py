"""The address a reply comes back to: ``desk+TOKEN@`` names the delivery that it answers, and cannot be guessed.

TOKEN is the delivery's id (26 characters) and 20 characters of HMAC-SHA256 over it: 100 bits. With 128 bits and a
longer desk name the local part would pass the 64 octets that RFC 5321 §4.5.3.1.1 allows.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache

from mailbot.core.ids import base32
from mailbot.core.policy import Desk

ID_LENGTH = 26
MAC_LENGTH = 20
_LONGEST_LOCAL_PART = 64


def reply_address(desk: Desk, delivery_id: str) -> str:
    """Where an answer to this delivery goes; the plain desk where its server knows no subaddresses (RFC 5233)."""
    local, _, domain = desk.address.rpartition("@")
    tagged = f"{local}+{delivery_id}{_mac(desk.secret, delivery_id)}"
    if not desk.subaddressing or not desk.secret or len(tagged) > _LONGEST_LOCAL_PART:
        return desk.address
    return f"{tagged}@{domain}"


def token_in(address: str, desk: Desk) -> str | None:
    """The delivery id that an address of ours names; None where it names none or its code is wrong."""
    local, _, domain = address.strip().strip("<>").rpartition("@")
    name, sign, token = local.casefold().rpartition("+")
    if not sign or not desk.secret or len(token) != ID_LENGTH + MAC_LENGTH:
        return None
    if f"{name}@{domain.casefold()}" not in {own.casefold() for own in desk.addresses}:
        return None
    delivery_id, mac = token[:ID_LENGTH], token[ID_LENGTH:]
    good = hmac.compare_digest(mac.encode("utf-8"), _mac(desk.secret, delivery_id).encode("ascii"))
    return delivery_id if good else None


@lru_cache(maxsize=8)  # the text and the head of one mail name the same address
def _mac(secret: bytes, delivery_id: str) -> str:
    digest = hmac.digest(secret, f"reply:{delivery_id}".encode(), hashlib.sha256)
    return base32(digest[: MAC_LENGTH * 5 // 8 + 1])[:MAC_LENGTH]
