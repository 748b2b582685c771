"""Words and phrases per language, found in one pass over a text. ``lexicon_files.py`` makes them from their files."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from mailbot.core.language import Language

#: letters by which phrases are found whose first word may end in any way
PREFIX = 3
TOKEN = re.compile(r"[^\W_]+")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One phrase of a lexicon file."""

    language: Language
    meaning: str
    #: stable within its meaning: the phrase in kebab-case
    id: str
    phrase: str
    #: the phrase with its groups written out
    written: str = field(repr=False)
    #: the regular expression of the phrase
    source: str
    #: what the word after the first may begin with: most phrases are ruled out by it without the expression
    second: tuple[str, ...] = ("",)
    #: without one of these words in the text, the long search for what stands after ``…`` is not begun
    needed: frozenset[str] = frozenset()

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when the first word of the phrase first occurs: compiling all 4,600 takes 0.7 s at every start."""
        return re.compile(self.source)

    @cached_property
    def verb(self) -> str | None:
        """All but the last word of a phrase that ends, after a gap, with a word of its own: a verb and its particle."""
        verb, _, particle = self.phrase.partition(" … ")
        return verb if particle.isalpha() else None

    @property
    def rule(self) -> str:
        return f"lexicon.{self.language}.{self.meaning}.{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A phrase found in a text, at these offsets."""

    entry: Entry
    start: int
    end: int

    @property
    def meaning(self) -> str:
        return self.entry.meaning


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lexicon:
    language: Language
    entries: tuple[Entry, ...]
    #: single words by meaning, folded: see ``lexicon_shape.WORD_LISTS``
    words: Mapping[str, frozenset[str]]
    #: number words: "deux" -> 2
    numbers: Mapping[str, int]
    #: entries by their first word, and by its first letters where that word may end in any way
    by_word: Mapping[str, tuple[Entry, ...]] = field(repr=False)
    by_prefix: Mapping[str, tuple[Entry, ...]] = field(repr=False)

    def has(self, meaning: str, word: str) -> bool:
        return word in self.words[meaning]


# -- texts -----------------------------------------------------------------------


def _fold_table() -> dict[int, str]:
    table: dict[int, str] = {}
    for code in [*range(0x41, 0x250), *range(0x1E00, 0x1F00)]:
        base = unicodedata.normalize("NFD", chr(code))[0].lower()
        table[code] = base if len(base) == 1 else chr(code)
    table |= {ord(c): "'" for c in "’‘`´ʼ"} | {ord(c): '"' for c in "“”„«»"} | {ord(c): "-" for c in "‐‑–—−"}
    return table | {ord(c): " " for c in "\t\r\u00a0\u202f\u2009\u200a\u2007"}


_FOLD = _fold_table()


def fold(text: str) -> str:
    """``text`` without case, accents and typographic variants, character for character: offsets stay."""
    return text.translate(_FOLD)


# A line that was wrapped by a mail program goes on: the break is then only a space. Long line, or a small letter next.
# "B. Participation" is an item of a list. It is searched from the break on: what stands before is looked at there alone.
_WRAPPED = re.compile(
    r"\n(?:(?<=[^\n]{58}\n)(?=(?![A-Ha-h][.)]\s)[^\W\d_]|[\"„“«(]|\d{1,2}[^\d.)]|\d{4})|(?<=[^\n.!?:;]\n)(?=[a-zß-ÿ(]))"
)


_ADDRESS = re.compile(r"[\w.+%\-]{1,64}@[\w\-]+(?:\.[\w\-]+)+|https?://[^\s<>]+|www\.[^\s<>]+")


# What a title in quotation marks ends with ends nothing: "melden Sie mich zu „Was kommt nach der Schule?“ an".
_QUOTATION = re.compile(r'"[^"\n]{1,90}"')
_ENDS = str.maketrans(dict.fromkeys("?!:;…", " "))


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text with what every reader of it needs, made once."""

    raw: str
    #: as written, with the line breaks of mail programs as spaces; offsets stay
    flat: str
    folded: str
    #: (word, start, end), folded
    tokens: tuple[tuple[str, int, int], ...]
    words: frozenset[str]


def text_of(raw: str) -> Text:
    return _text_of(raw)


@lru_cache(maxsize=8)
def _text_of(raw: str) -> Text:
    flat = _WRAPPED.sub(" ", raw)
    # What an address is made of says nothing: "inscriptions@…" is no registration. One word stands for it.
    folded = fold(flat)
    if "@" in folded or "://" in folded or "www." in folded:
        folded = _ADDRESS.sub(lambda found: "@" * len(found[0]), folded)
    if '"' in folded:
        folded = _QUOTATION.sub(lambda found: found[0].translate(_ENDS), folded)
    tokens = tuple((m.group(), m.start(), m.end()) for m in TOKEN.finditer(folded))
    words = frozenset([word for word, _, _ in tokens])
    return Text(raw=raw, flat=flat, folded=folded, tokens=tokens, words=words)


def find_phrases(text: Text, lexicons: Iterable[Lexicon]) -> tuple[Found, ...]:
    """Every phrase in ``text``, by where it starts; of one meaning at one place only the longest."""
    best: dict[tuple[str, int], Found] = {}
    folded, words, used = text.folded, text.words, tuple(lexicons)
    for (word, start, _), (after, _, _) in zip(text.tokens, (*text.tokens[1:], ("", 0, 0)), strict=False):
        for entry in _beginning(used, word, after):
            if entry.needed and entry.needed.isdisjoint(words):
                continue
            match = entry.pattern.match(folded, start)
            if match is None or ('"' in match[0] and _leaves_a_quotation(folded, start, match.end())):
                continue
            key = (entry.meaning, start)
            if key not in best or best[key].end < match.end():
                best[key] = Found(entry=entry, start=start, end=match.end())
    return _parted(tuple(best.values()))


def _parted(found: tuple[Found, ...]) -> tuple[Found, ...]:
    """Without what reaches over the end of its own verb: "tragen Sie mich ein, ich komme von X aus" is not "trage … aus"."""
    ends: dict[tuple[int, str], int] = {}
    for each in found:
        if (verb := each.entry.verb) is not None:
            ends[each.start, verb] = min(each.end, ends.get((each.start, verb), each.end))
    return tuple([f for f in found if (verb := f.entry.verb) is None or ends[f.start, verb] == f.end])


def _leaves_a_quotation(folded: str, start: int, end: int) -> bool:
    """ "« Compost pour tous », les trois dates": the last word of a title and what follows it are no phrase."""
    line = folded.rfind("\n", 0, start) + 1
    return folded.count('"', line, start) % 2 == 1 and folded.count('"', start, end) % 2 == 1


@lru_cache(maxsize=4096)
def _beginning(lexicons: tuple[Lexicon, ...], word: str, after: str) -> tuple[Entry, ...]:
    """The phrases that may begin with these two words: of a hundred that begin with the first, few."""
    by_word, by_prefix = _tables(lexicons)
    entries = by_word.get(word) or by_prefix.get(word[:PREFIX], ())
    return tuple([entry for entry in entries if after.startswith(entry.second)])


_Entries = Mapping[str, tuple[Entry, ...]]


@lru_cache(maxsize=32)
def _tables(lexicons: tuple[Lexicon, ...]) -> tuple[_Entries, _Entries]:
    """What may begin with a known word, and with the first letters of any other, in these languages together."""
    words = dict.fromkeys(word for lexicon in lexicons for word in lexicon.by_word)
    prefixes = dict.fromkeys(prefix for lexicon in lexicons for prefix in lexicon.by_prefix)
    by_word = {
        word: tuple(
            entry
            for lexicon in lexicons
            for entry in (*lexicon.by_word.get(word, ()), *lexicon.by_prefix.get(word[:PREFIX], ()))
        )
        for word in words
    }
    return by_word, {p: tuple(e for lexicon in lexicons for e in lexicon.by_prefix.get(p, ())) for p in prefixes}
