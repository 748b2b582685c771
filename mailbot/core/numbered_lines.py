"""What the sender picks by the numbers that the mail which is answered gives its lines: "ich nehme die Nummern 1 und 3"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mailbot.core.dates import date_mentions
from mailbot.core.events import Session
from mailbot.core.wish import Wish

# Never over the end of a line: over many empty ones the search would take the square of their number.
# "Atelier 1 - Schlösser" has the name of the choice before its number.
_LINE = re.compile(r"(?m)^(?:[^\S\n]|[>*•-])*(?:[^\W\d_]{3,14}[^\S\n])?([1-9])[^\S\n]?[.):–-]\s+(\S.*)$")
_BULLET = re.compile(r"(?m)^(?:[^\S\n]|>)*[*•–-][^\S\n]+(\S.*)$")
_LETTERED = re.compile(r"(?m)^(?:[^\S\n]|[>*•-])*([a-h])(?:\s?[.):]|\s)\s*(\S.*)$")
#: a capital by itself, of the raw text
_LETTER = re.compile(r"(?<![\w'’.@/-])([A-H])(?![\w'’@/-]|\.[^\S\n]*[^\W\d_])")
_SEGMENT = re.compile(r"[,;:.!?()\n]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    start: int
    end: int
    #: what each number stands for, in the order of the mail
    keys: tuple[str, ...]


def numbered_sessions(wish: Wish, ordered: Sequence[Session]) -> Mapping[int, str | None]:
    """By the number of a line the session that it announces; None where that is none for certain."""
    numbered = {number: _session(wish, line, ordered) for number, line in _lines(wish.quote).items()}
    if numbered:
        return numbered
    # "Nummer 3 van het lijstje hieronder", whose lines have no numbers: all of them sessions.
    listed = [_session(wish, match[1], ordered) for match in _BULLET.finditer(wish.quote)]
    return dict(enumerate(listed, 1)) if None not in listed else {}


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


def lettered(wish: Wish, choice: str) -> Iterator[Picked]:
    """ "C voor mij", "graag naar B": of a list whose lines are A, B and so on, all of them options of the choice."""
    options = {letter: _option(wish, line, choice) for letter, line in _list_from_a(wish.quote).items()}
    if len(options) < _LIST or None in options.values():
        return
    for match in _LETTER.finditer(wish.raw):
        key = options.get(match[1].lower())
        before = _SEGMENT.split(wish.text[max(0, match.start() - _NEAR) : match.start()])[-1]
        after = _SEGMENT.split(wish.text[match.end() : match.end() + _NEAR])[0]
        if key is not None and _stands_alone(wish, match[1], before, after):
            yield Picked(start=match.start(), end=match.end(), keys=(key,))


def _list_from_a(quote: str) -> Mapping[str, str]:
    """The longest list of lines that begin with a, b and so on; "À : the desk" above it begins none."""
    longest: dict[str, str] = {}
    current: dict[str, str] = {}
    for match in _LETTERED.finditer(quote):
        if match[1] == "a":
            current = {}
        if match[1] == chr(ord("a") + len(current)):
            current[match[1]] = match[2]
            longest = max(longest, current, key=len)
    return longest


#: lines of a list, and characters around a letter that tell what it is
_LIST, _NEAR = 2, 24


def _stands_alone(wish: Wish, letter: str, before: str, after: str) -> bool:
    """At the beginning of a part of a sentence, or after an article or a word for "for" or "to": "avec le D". "A bientôt"
    is no letter."""
    begins = not before.strip()
    words = before.split()[-1:]
    led = any(wish.words.patterns[meaning].fullmatch(word) for word in words for meaning in _LEADING)
    ends = not after.strip() or wish.words.patterns["for"].match(after.lstrip()) is not None
    return (begins and ends) or (letter != "A" and led)


#: what stands before a letter that means a line: "pour le B", "optie C"
_LEADING = ("for", "to", "rather", "the", "numbering", "groups")


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
