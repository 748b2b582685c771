"""Which of the four languages a text is written in: a vote of small words, greetings and closings from the lexicons.

A model is not used: texts are often three words long, where models read names and streets as languages, and the
question is only which of four. Names, addresses, quotes and signatures are kept away by the caller.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from mailbot.core.language import Language
from mailbot.core.lexicon import Entry, Lexicon, Text, text_of

#: greetings say less than they seem: people greet in the reader's language and go on in theirs
_GREETING_WEIGHT = 0.7
#: a vote smaller than this is no more than a hint
_ENOUGH = 1.0
#: the best language must have this many times the votes of the next
_MARGIN = 1.6

# Only from the beginning of a word: else each letter of an endless one is a new beginning.
_ELIDED = frozenset("cdjlmnst")
_ADDRESS = re.compile(r"(?<!\S)\S+@\S+|https?://\S+|www\.\S+")
_ENDINGS: Mapping[Language, re.Pattern[str]] = {
    "de": re.compile(r"ß|\b[a-z]{3,25}(?:ung|keit|heit|lich)\b"),
    "nl": re.compile(r"ij|aa[a-z]|\bge[a-z]{2,20}eerd\b|[a-z]{3,20}tjes?\b|\b[a-z]{2,25}(?:atie|lijk|heid)\b"),
    "fr": re.compile(r"[éèêçàœ]|\b[a-z]{2,25}(?:ment|eux|aire)\b|\b[ldjcnmsq]u?'"),
    "en": re.compile(r"\b[a-z]{2,25}(?:ing|ly|ness)\b|\bth[a-z]+"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    language: Language | None
    #: false: the answer is better written in two languages
    sure: bool
    votes: Mapping[Language, float]
    #: the words that counted, for evidence
    words: tuple[str, ...] = ()


@lru_cache(maxsize=4)
def _votes(lexicons: tuple[Lexicon, ...]) -> Mapping[str, tuple[tuple[Language, float], ...]]:
    """word -> what it gives to which language; a word of several languages is shared among them."""
    languages: dict[str, list[Language]] = {}
    for lexicon in lexicons:
        for word in lexicon.words["language.words"]:
            languages.setdefault(word, []).append(lexicon.language)
    return {word: tuple((language, 1 / len(found) ** 2) for language in found) for word, found in languages.items()}


@lru_cache(maxsize=4)
def _names(lexicons: tuple[Lexicon, ...]) -> re.Pattern[str]:
    """Family and street names: small words between capitals are of no language ("Jan Van den Broeck")."""
    particles = "|".join(sorted({word for lexicon in lexicons for word in lexicon.words["person.particle"]}))
    return re.compile(rf"(?<![\w'’\-])[^\W\d_a-z][\w'’\-]+(?:\s+(?i:{particles})\b)+\s+[^\W\d_a-z][\w'’\-]+")


@lru_cache(maxsize=4)
def _greetings_by_word(lexicons: tuple[Lexicon, ...]) -> Mapping[str, tuple[Entry, ...]]:
    """The greetings and closings of all, by their first word."""
    meanings = {"language.greetings", "language.closings"}
    found: dict[str, list[Entry]] = {}
    for lexicon in lexicons:
        for word, entries in lexicon.by_word.items():
            greetings = [entry for entry in entries if entry.meaning in meanings]
            if greetings:
                found.setdefault(word, []).extend(greetings)
    return {word: tuple(entries) for word, entries in found.items()}


def language_of(raw: str, lexicons: Mapping[Language, Lexicon]) -> Verdict:
    """The language of ``raw``; None where nothing tells."""
    used = tuple(lexicons.values())
    bare = raw
    if "@" in raw or "://" in raw or "www." in raw:
        bare = _ADDRESS.sub(lambda m: " " * len(m.group()), raw)
    text = text_of(_names(used).sub(lambda m: " " * len(m.group()), bare))
    votes, words = _count(text, _votes(used))
    _greetings(text, used, votes)
    if max(votes.values(), default=0.0) < _ENOUGH:
        _endings(raw, votes)
    ordered = sorted(votes.items(), key=lambda item: -item[1])
    if not ordered or ordered[0][1] <= 0:
        return Verdict(language=None, sure=False, votes={})
    best, most = ordered[0]
    next_most = ordered[1][1] if len(ordered) > 1 else 0.0
    sure = most >= _ENOUGH and most >= _MARGIN * next_most
    return Verdict(language=best, sure=sure, votes=votes, words=tuple(words.get(best, ())))


def _count(
    text: Text, table: Mapping[str, tuple[tuple[Language, float], ...]]
) -> tuple[dict[Language, float], dict[Language, list[str]]]:
    votes: dict[Language, float] = {}
    words: dict[Language, list[str]] = {}
    for word, _, end in text.tokens:
        if len(word) == 1 and word in _ELIDED and text.folded[end : end + 1] != "'":
            continue  # an initial, not "n'ai"
        given = table.get(word)
        if given is None:
            continue
        for language, weight in given:
            votes[language] = votes.get(language, 0.0) + weight
            if weight == 1.0:
                words.setdefault(language, []).append(word)
    return votes, words


def _greetings(text: Text, lexicons: tuple[Lexicon, ...], votes: dict[Language, float]) -> None:
    by_word = _greetings_by_word(lexicons)
    heard = [
        entry
        for word, start, _ in text.tokens
        for entry in by_word.get(word, ())
        if entry.pattern.match(text.folded, start)
    ]
    found = dict.fromkeys(
        (lx.language, entry.id) for lx in lexicons for entry in heard if entry.language == lx.language
    )
    shared: dict[str, int] = {}
    for _, identity in found:
        shared[identity] = shared.get(identity, 0) + 1
    for language, identity in found:
        votes[language] = votes.get(language, 0.0) + _GREETING_WEIGHT / shared[identity] ** 2


def _endings(raw: str, votes: dict[Language, float]) -> None:
    """Letters and endings, where the words themselves say nothing: less than any known word."""
    lowered = re.sub(r"\b[^\W\d_a-z]\w*", " ", raw).lower()
    if not any(c.isalpha() for c in lowered):
        lowered = raw.lower()
    for language, pattern in _ENDINGS.items():
        votes[language] = votes.get(language, 0.0) + 0.2 * min(3, len(pattern.findall(lowered)))
