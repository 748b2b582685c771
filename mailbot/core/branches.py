"""Alternatives of a regular expression, those that begin with the same letters together.

The ``re`` module tries the branches of an alternation one after the other at every place of a text: of three hundred
phrases all three hundred. Grouped by letter it tries some twenty, and finds the same.
"""

from __future__ import annotations

from collections.abc import Iterable

#: signs that stand for themselves, beside letters and digits
_PLAIN = "'_"
_REPEATS = tuple("*+?{")


def branches(sources: Iterable[str]) -> str:
    """``a|b|c`` of these expressions in this order, without brackets around it. None may hold a ``|`` outside brackets."""
    return "|".join(_grouped(list(sources)))


def _grouped(sources: list[str]) -> list[str]:
    """Branches that begin with different letters exclude each other, so these may change places; others may not."""
    found: list[str] = []
    groups: dict[str, list[str]] = {}
    for source in sources:
        first = source[:1]
        if first and (first.isalnum() or first in _PLAIN) and not source[1:].startswith(_REPEATS):
            groups.setdefault(first, []).append(source[1:])
            continue
        found += _closed(groups)
        groups = {}
        found.append(source)
    return [*found, *_closed(groups)]


def _closed(groups: dict[str, list[str]]) -> list[str]:
    closed = []
    for first, rests in groups.items():
        inner = _grouped(rests) if len(rests) > 1 else rests
        closed.append(first + (inner[0] if len(inner) == 1 else f"(?:{'|'.join(inner)})"))
    return closed
