"""Whether a mail wants all sessions of an event: "les quatre", "heel de reeks", "every workshop", "all of them"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailbot.core.lexicon import fold
from mailbot.core.wish import Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    start: int
    end: int
    #: said of the sessions in so many words, so that it holds beside what is named; not "all" alone, nor a number
    outright: bool = True


def whole_of(wish: Wish, count: int) -> Whole | None:
    """The first words that mean all ``count`` sessions, and do not refuse them."""
    for found in (*_series(wish), *_excepting(wish), *_quantity(wish, count), *_pronoun(wish)):
        if not _refused(wish, found):
            return found
    return None


def _refused(wish: Wish, found: Whole) -> bool:
    clause = wish.clause_at(found.start)
    told = (clause.start, clause.end) if clause is not None else (found.start, found.end + _REACH)
    given = wish.side(found.start, found.end) == "given" or _before(wish, found.start, "not", _NOT)
    return bool(given) and wish.words.find("except", wish.text, *told) is None


#: characters in which a word of denial, a noun, or what is left out belongs to the word for all
_NOT, _NOUN, _REACH = 12, 34, 40


def _before(wish: Wish, start: int, meaning: str, far: int) -> bool:
    return wish.words.find(meaning, wish.text, max(0, start - far), start) is not None


def _series(wish: Wish) -> Iterator[Whole]:
    """ "l'ensemble de votre cycle", "de volledige reeks": a word for the whole, and what it is the whole of."""
    for match in wish.words.patterns["whole"].finditer(wish.text):
        rest = re.split(r"[,;.!?(]|\n\n", wish.text[match.end() : match.end() + _NOUN])[0]
        noun = wish.words.find("series", rest)
        if noun is not None and len(rest[: noun.start()].split()) <= _WORDS:
            yield Whole(start=match.start(), end=match.end() + noun.end())
    for match in wish.words.patterns["all"].finditer(wish.text):
        yield Whole(start=match.start(), end=match.end())


def _excepting(wish: Wish) -> Iterator[Whole]:
    """ "De reeks, uitgezonderd die van juni", "l'ensemble de vos mardis, hormis celui du 5": of what else than all?"""
    for clause in wish.clauses:
        but = wish.words.find("except", wish.text, clause.start, clause.end)
        told = [wish.words.find(m, wish.text, clause.start, but.start()) for m in ("series", "whole")] if but else []
        for word in told:
            if word is not None and but is not None:
                yield Whole(start=word.start(), end=but.end())


#: words between a word for all and its noun
_WORDS = 3


def _quantity(wish: Wish, count: int) -> Iterator[Whole]:
    """ "all 4", "sämtliche Termine", "aan elk van de workshops": a word for all with the number or the noun after it."""
    told = {word for word, number in wish.words.numbers.items() if number == count} | {str(count)}
    for match in wish.words.patterns["quantity"].finditer(wish.text):
        every = wish.words.find("every", match[0]) is not None
        rest = re.split(r"[,;.!?(]|\n\n", wish.text[match.end() : match.end() + _REACH])[0]
        words = re.findall(r"[\w'-]+", rest)[: _WORDS + 1]
        for place, word in enumerate(words[:_WORDS]):
            following = " ".join(words[place + 1 : place + 3])
            if word in told and (every or place == 0) and not _counts_others(wish, following, every):
                end = match.end() + rest.index(word) + len(word)
                yield Whole(start=match.start(), end=end, outright=every)
                break
            if every and _names_sessions(wish, word):
                yield Whole(start=match.start(), end=match.end() + rest.index(word) + len(word))
                break

    for match in re.finditer(r"(?<!\w)([a-z]+|\d)(?=\s+([\w-]+))", wish.text):
        if match[1] in told and _names_sessions(wish, match[2]):
            yield Whole(start=match.start(), end=match.end(), outright=False)


def _counts_others(wish: Wish, following: str, every: bool) -> bool:
    """ "les quatre enfants", "all four of us": a number of something else."""
    word = following.partition(" ")[0]
    weekday = wish.words.weekday(word)
    if weekday is not None:
        # "les quatre lundis", where all take place on Mondays
        return any(session.starts.isoweekday() != weekday for session in wish.event.sessions)
    if wish.words.patterns["measures"].match(following):
        return True
    told = any(wish.words.find(meaning, word) for meaning in ("sessions", "series", "except"))
    return not every and len(word) > _SHORT and not told and not _names_sessions(wish, word)


#: letters of the longest word that follows a number without being counted by it
_SHORT = 4


def _names_sessions(wish: Wish, word: str) -> bool:
    kinds = wish.event.kind.given().values() if wish.event.kind else ()
    return wish.words.find("sessions", word) is not None or any(word.startswith(fold(kind)) for kind in kinds)


def _pronoun(wish: Wish) -> Iterator[Whole]:
    """ "tous", "allemaal", "à tout": only in what registers, and not as in "bonjour à tous"."""
    for match in wish.words.patterns["everything"].finditer(wish.text):
        clause = wish.clause_at(match.start())
        but = wish.words.patterns["except"].match(wish.text, match.end() + 1)
        if but or (clause is not None and 0 <= clause.registers_at <= match.start()):
            yield Whole(start=match.start(), end=match.end(), outright=False)
