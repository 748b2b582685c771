"""What the sender picks by the numbers that the mail which is answered gives its lines: "ich nehme die Nummern 1 und 3"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mailbot.core.dates import date_mentions
from mailbot.core.events import Session
from mailbot.core.wish import Wish

# Never over the end of a line: over many empty ones the search would take the square of their number.
_LINE = re.compile(r"(?m)^(?:[^\S\n]|[>*•-])*([1-9])\s?[.):]\s+(\S.*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    start: int
    end: int
    #: what each number stands for, in the order of the mail
    keys: tuple[str, ...]


def numbered_sessions(wish: Wish, ordered: Sequence[Session]) -> Mapping[int, str | None]:
    """By the number of a line the session that it announces; None where that is none for certain."""
    return {number: _session(wish, line, ordered) for number, line in _lines(wish.quote).items()}


def numbered_options(wish: Wish, choice: str) -> Mapping[int, str | None]:
    """The same for the options of one choice."""
    return {number: _option(wish, line, choice) for number, line in _lines(wish.quote).items()}


def picked(wish: Wish, meaning: Mapping[int, str | None]) -> Iterator[Picked]:
    """Where a single number is of no line that is understood, nothing is picked: half a wish is a wrong one."""
    if not any(meaning.values()):
        return
    for match in wish.words.numbered.finditer(wish.text):
        keys = [meaning.get(int(number)) for number in re.findall(r"\d", match["numbers"])]
        known = tuple(key for key in keys if key is not None)
        if len(known) == len(keys):
            yield Picked(start=match.start(), end=match.end(), keys=known)


def _lines(quote: str) -> Mapping[int, str]:
    """Nothing where a number stands before two lines: then nobody knows which list is meant."""
    found = [(int(match[1]), match[2]) for match in _LINE.finditer(quote)]
    lines = dict(found)
    return lines if len(lines) == len(found) else {}


def _session(wish: Wish, line: str, ordered: Sequence[Session]) -> str | None:
    dated = date_mentions(line, wish.words, wish.now)
    fitting = {session.key for session in ordered if any(date.fits(session.starts.date()) for date in dated)}
    fitting = fitting or {key for pattern, key in wish.index.sessions[wish.event.key] if pattern.search(line)}
    return fitting.pop() if len(fitting) == 1 else None


def _option(wish: Wish, line: str, choice: str) -> str | None:
    options = wish.index.options[wish.event.key]
    fitting = {option for pattern, owner, option in options if owner == choice and pattern.search(line)}
    return fitting.pop() if len(fitting) == 1 else None
