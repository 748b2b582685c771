"""Phrases of a lexicon that cannot both be right: every way to say one against every way to say the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, product

from mailbot.core.lexicon import fold
from mailbot.core.lexicon_shape import CONTRADICTING, PIECE
from mailbot.core.problems import Problem

#: of a phrase with many brackets no more are looked at: it is a start that waits for it
_MOST_WAYS = 2_000


def contradictions(file: str, lists: Mapping[str, tuple[str, ...]], written: Mapping[str, str]) -> Iterator[Problem]:
    """What stands under two meanings of which only one can be meant, and what stands in one list twice.

    ``lists``: meaning -> phrases. ``written``: phrase -> with its ``{groups}`` written out, where it has any.
    """
    for meaning, phrases in lists.items():
        yield from _twice(file, meaning, phrases)
    for meanings in CONTRADICTING:
        seen: dict[str, tuple[str, str]] = {}
        for meaning in meanings:
            for number, phrase in enumerate(lists.get(meaning, ())):
                for way in islice(_ways(written.get(phrase, phrase)), _MOST_WAYS):
                    other, its = seen.setdefault(way, (meaning, phrase))
                    if other != meaning:
                        yield Problem(
                            file=file,
                            key=f"{meaning}[{number}]",
                            message=f"{phrase!r} contradicts {its!r} under {other}: both are read from {way!r}",
                            remedy=f"Keep it under one of {other} and {meaning}, or make each of the two longer.",
                        )
                        break


def _twice(file: str, meaning: str, phrases: tuple[str, ...]) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for number, phrase in enumerate(phrases):
        first = seen.setdefault(" ".join(fold(phrase).split()), number)
        if first != number:
            yield Problem(
                file=file,
                key=f"{meaning}[{number}]",
                message=f"{phrase!r} stands in the list already, as {phrases[first]!r}",
                remedy="Take one of the two out: case and accents never matter.",
            )


def _ways(written: str) -> Iterator[str]:
    """ "(je|nous) viens [bien]" is "je viens", "je viens bien", "nous viens", …; ``…``, ``#`` and ``*`` stay as they are."""
    pieces = PIECE.findall(fold(written))
    optional = [["", *piece[1:-1].split("|")] if piece[0] == "[" else piece.strip("()").split("|") for piece in pieces]
    for way in product(*optional):
        yield " ".join(" ".join(way).split())
