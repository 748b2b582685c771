"""Delivery status notifications: what became of a mail of ours (RFC 3464)."""

from __future__ import annotations

import re

from mailbot.core.headers import decode_header, message_ids
from mailbot.core.message import DeliveryStatus
from mailbot.core.mime_tree import Fields, Part, fields_of

_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_MAX_RECIPIENTS = 200


def delivery_statuses(report: Part) -> tuple[DeliveryStatus, ...]:
    """One value for each recipient group of a multipart/report; () where it has none or is no such report."""
    status = next((p for p in report.parts if p.content_type in _DSN), None)
    if status is None:
        return ()
    original = _original_message_id(report)
    found: list[DeliveryStatus] = []
    content = status.content().replace(b"\r\n", b"\n").strip(b"\n")
    for block in re.split(rb"\n[ \t]*\n+", content)[: _MAX_RECIPIENTS + 1]:
        fields = fields_of(block + b"\n")[0]
        recipient = _value(fields, "final-recipient") or _value(fields, "original-recipient")
        if recipient:
            found.append(_status(fields, recipient, original))
    return tuple(found)


_DSN = ("message/delivery-status", "message/global-delivery-status")


def _value(fields: Fields, name: str) -> str:
    return next((decode_header(value)[0] for n, value in fields if n == name), "")


def _status(fields: Fields, recipient: str, original: str | None) -> DeliveryStatus:
    code = _STATUS.search(_value(fields, "status"))
    return DeliveryStatus(
        recipient=recipient.partition(";")[2].strip().strip("<>") or recipient.strip(),
        action=_value(fields, "action").split(" ")[0].lower(),
        status=code.group(1) if code else "",
        original_message_id=original,
    )


def _original_message_id(report: Part) -> str | None:
    for part in report.parts[1:]:
        if part.content_type in ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"):
            ids = message_ids(_value(fields_of(part.content())[0], "message-id"))
            if ids:
                return ids[0]
    return None
