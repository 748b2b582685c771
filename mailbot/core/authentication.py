"""What our own receiving server says about who really sent a mail (RFC 8601)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailbot.core.headers import without_comments
from mailbot.core.message import Address, AuthenticationVerdict

_RESULT = re.compile(r"\s*([a-z0-9-]+)\s*(?:/\s*\d+\s*)?=\s*([a-z0-9-]+)(.*)", re.S | re.I)
_PROPERTY = re.compile(r'([a-z0-9-]+)\s*\.\s*([a-z0-9-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;]+)', re.I)


def verdict(headers: Sequence[str], authserv_id: str | None, sender: Address | None) -> AuthenticationVerdict:
    """``headers`` in the order of the mail. Only the topmost that carries our id counts: whoever sends can write the others."""
    if not authserv_id or sender is None:
        return "none"
    for header in headers:
        # comments may hold anything, "dmarc=pass" too
        first, _, rest = without_comments(header).partition(";")
        if first.strip().split(" ")[0].lower() == authserv_id.lower():
            return _judge(rest, sender.email.rpartition("@")[2])
    return "none"


def _judge(results: str, domain: str) -> AuthenticationVerdict:
    dmarc: str | None = None
    aligned = failed = False
    for text in _statements(results):
        match = _RESULT.match(text)
        if match is None:
            continue
        method, result = match.group(1).lower(), match.group(2).lower()
        properties = {f"{a}.{b}".lower(): v.strip('"').lower() for a, b, v in _PROPERTY.findall(match.group(3))}
        if method == "dmarc":
            header_from = properties.get("header.from", domain)
            dmarc = result if _aligned(header_from, domain) else dmarc
        elif method == "dkim" and result == "pass":
            identity = properties.get("header.d") or properties.get("header.i", "").rpartition("@")[2]
            aligned = aligned or _aligned(identity, domain)
        elif method == "spf":
            mailfrom = properties.get("smtp.mailfrom", "").rpartition("@")[2]
            aligned = aligned or (result == "pass" and _aligned(mailfrom, domain))
            failed = failed or (result in ("fail", "softfail") and _aligned(mailfrom, domain))
    if dmarc == "pass" or (dmarc != "fail" and aligned):
        return "pass"
    return "fail" if dmarc == "fail" or failed else "none"


def _statements(results: str) -> list[str]:
    """Split at semicolons outside of quoted strings."""
    return re.findall(r'(?:"(?:[^"\\]|\\.)*"|[^;"]|")+', results)


def _aligned(identity: str, domain: str) -> bool:
    """Relaxed alignment without a list of public suffixes: the same domain, or one below the other (RFC 7489 §3.1).

    A bare top-level domain aligns with nothing.
    """
    identity, domain = identity.strip(".").lower(), domain.strip(".").lower()
    if "." not in identity or "." not in domain:
        return False
    return identity == domain or identity.endswith(f".{domain}") or domain.endswith(f".{identity}")
