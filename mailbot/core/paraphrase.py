"""What is meant by words that no coordinator wrote down: by stems, by parts of compounds, and by their rarity.

A word counts for the one session or option whose announcement has it, and for none where two have it or where the
whole event is about it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mailbot.core.lexicon import fold

_WORD = re.compile(r"[^\W\d_]{4,}")


#: letters by which words are looked up, and of the shortest that may be a longer one without its end
_BEGINNING, _CLIPPED = 4, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The words of several things that one may mean."""

    #: word -> whose it is
    owners: Mapping[str, str]
    #: words of the event as a whole
    common: frozenset[str]
    #: the first letters of a word -> the words that begin so
    beginning: Mapping[str, tuple[str, ...]]

    def owners_of(self, word: str) -> set[str]:
        """Whose word it is: in the same form, else in another, else as the first part of a compound."""
        if word in self.owners or word in self.common:
            return {self.owners[word]} if word in self.owners else set()
        alike = self.beginning.get(word[:_BEGINNING], ())
        same = {self.owners[other] for other in alike if same_stem(word, other)}
        return same or {self.owners[other] for other in alike if _part(word, other)}

    def owners_of_clipped(self, word: str) -> set[str]:
        """Whose word begins so: "intro" for "introduction". Of what the whole event is about nothing is clipped."""
        if len(word) < _CLIPPED or any(same_stem(word, other) for other in self.common):
            return set()
        alike = self.beginning.get(word[:_BEGINNING], ())
        return {self.owners[other] for other in alike if other.startswith(word)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    key: str
    start: int
    end: int


def vocabulary(things: Mapping[str, Iterable[str]], common: Iterable[str]) -> Vocabulary:
    """``things``: key -> its title and topics; ``common``: what is said of all of them."""
    shared = frozenset(word for text in common for word in _WORD.findall(fold(text)))
    owners: dict[str, set[str]] = {}
    for key, texts in things.items():
        for text in texts:
            for word in _WORD.findall(fold(text)):
                owners.setdefault(word, set()).add(key)
    own = {word: next(iter(keys)) for word, keys in owners.items() if len(keys) == 1}
    told = {w: k for w, k in own.items() if not any(same_stem(w, other) for other in shared)}
    beginning: dict[str, list[str]] = {}
    for word in told:
        beginning.setdefault(word[:_BEGINNING], []).append(word)
    return Vocabulary(
        owners=told,
        beginning={letters: tuple(words) for letters, words in beginning.items()},
        common=shared | {word for word, keys in owners.items() if len(keys) > 1},
    )


def meant(text: str, start: int, end: int, known: Vocabulary, small: re.Pattern[str]) -> Meant | None:
    """The one thing that words of folded ``text[start:end]`` are about; None where they speak of several or of none."""
    hits: dict[str, list[re.Match[str]]] = {}
    for found in _WORD.finditer(text, start, end):
        if small.fullmatch(found[0]):
            continue
        for key in _owners(found[0], known):
            hits.setdefault(key, []).append(found)
    if len(hits) != 1:
        return None
    key, words = hits.popitem()
    return Meant(key=key, start=words[0].start(), end=words[-1].end())


def unknown(text: str, start: int, end: int, known: Vocabulary, small: re.Pattern[str]) -> re.Match[str] | None:
    """The first longer word of ``text[start:end]`` that neither the event nor anything in it is announced with."""
    for found in _WORD.finditer(text, start, end):
        if len(found[0]) >= _TELLING and not small.fullmatch(found[0]):
            words = (*known.common, *known.owners)
            return None if any(same_stem(found[0], word) for word in words) else found
    return None


#: letters of a word that tells something
_TELLING = 5


def _owners(word: str, known: Vocabulary) -> set[str]:
    """As ``owners_of``, or as any part of a compound."""
    owners = known.owners_of(word)
    if owners or word in known.common:
        return owners
    return {key for other, key in known.owners.items() if _part(word, other)}


def same_stem(one: str, other: str) -> bool:
    if abs(len(one) - len(other)) > _INFLECTED:
        return False
    stem = min(_stem(one), _stem(other), key=len)
    return one.startswith(stem) and other.startswith(stem)


def _part(one: str, other: str) -> bool:
    """ "woning" and "woningaanpassing", "verslaving" and "gokverslaving"."""
    short, long = sorted((one, other), key=len)
    stem = _stem(short)
    if len(stem) < _PART or len(long) - len(short) < 3:
        return False
    at = long.rfind(stem)
    return at == 0 or (at >= 3 and len(long) - at <= len(short) + 2)


#: letters that an ending adds or takes, and letters of the shortest part of a compound
_INFLECTED, _PART = 4, 5


def _stem(word: str) -> str:
    """Short words keep all their letters: "plaie" is no form of "plaît"."""
    return word if len(word) < 6 else word[: -(1 if len(word) < 7 else 2 if len(word) < 9 else 3)]
