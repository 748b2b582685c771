"""What must be true of every mail, however broken."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from mailbot.core.decisions import Enqueue
from mailbot.core.explain import explanation
from mailbot.core.message import IncomingMessage
from mailbot.core.policy import Policy
from mailbot.service.explaining import explain

_ESCAPED = re.compile(r"\\(?:x00|ud[89a-f])")


def wrong_with(message: IncomingMessage, content: bytes, content_hash: str) -> str | None:
    """Texts can be stored anywhere: no lone surrogate, no NUL. The new text is part of the text. The hash is one."""
    # Field by field costs as much as parsing; what is wrong stands escaped in the whole.
    if _ESCAPED.search(repr(message)):
        for name, text in _strings(message):
            if "\x00" in text:
                return f"NUL in {name}"
            if any("\ud800" <= char <= "\udfff" for char in text):
                return f"surrogate in {name}"
    if message.content_hash != content_hash and "too-large" not in message.defects:
        return "two hashes of one mail"
    if message.date is not None and message.date.tzinfo is None:
        return "naive date"
    kept = message.full_text.split("\n")
    if sum(len(t.split("\n")) for t in (message.new_text, message.quoted_text, message.signature)) > 2 * len(kept) + 3:
        return "lines out of nowhere"
    return None


def whole_way(content: bytes, policy: Policy, fallback: datetime) -> str | None:
    """A machine is never answered, and the explanation can be printed."""
    explained = explain(content, policy, now=None, fallback=fallback)
    machine = explained.reading.machine
    to_sender = [
        e for e in explained.decision.effects if isinstance(e, Enqueue) and e.message.kind.startswith("registrant-")
    ]
    if machine is not None and to_sender:
        return f"a machine is answered: {machine.rule}"
    texts = {"text": explained.message.new_text, "subject": explained.message.subject}
    for item in explained.reading.evidence:
        within = texts.get(item.where)
        if within is not None and item.start >= 0 and not item.start <= item.end <= len(within):
            return f"evidence out of range: {item.field} {item.rule}"
    json.dumps(explanation("x", explained.message, explained.reading, explained.decision)).encode("utf-8")
    return None


def _strings(value: object, name: str = "message") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _strings(getattr(value, field.name), field.name)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _strings(key, name)
            yield from _strings(item, name)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _strings(item, name)
