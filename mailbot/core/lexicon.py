"""Words and phrases per language, from ``rules/lexicon/*.toml``, compiled once for one pass over a text.

A file has sections of meanings, and each meaning a list of phrases as people write them::

    [intent]
    register = ["je m'inscris", "je souhaite … m'inscrire", "inscri* moi"]

Case and accents never matter. ``…`` stands for up to eight words in between (separable verbs: "ik schrijf … in"),
``word*`` for any ending, ``(a|b)`` for either, ``[word]`` for a word that may be missing, ``{attend}`` for any of
the words listed as ``attend`` under ``[group]``. A phrase never reaches over the end of a sentence.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from mailbot.core.language import LANGUAGES, Language
from mailbot.core.lexicon_shape import CONTRADICTING, GROUPS, MEANINGS, NUMBERS, WORD_LISTS
from mailbot.core.problems import Problem

#: words that ``…`` may stand for; in Dutch and German the verb comes last, after all it speaks of
GAP_WORDS: Mapping[Language, int] = {"fr": 8, "en": 8, "nl": 13, "de": 13}

_JOIN = r"[ '\-\",*_()/&]{1,4}"


# A full stop ends the sentence, but in a date, an address or an initial ("16.09.", "M. Petit").
def _gap(language: Language) -> str:
    return rf"(?:{_JOIN}(?:[\w@+]+(?:\.\w+)*(?:(?<=\d)\.|(?<=\b\w)\.)?)){{0,{GAP_WORDS[language]}}}?"


_PREFIX = 3
_TOKEN = re.compile(r"[^\W_]+")


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
    #: what the word after the first must begin with: most phrases are ruled out by it without the expression
    second: str = ""
    #: a word after ``…``: without it in the text, the long search for it is not begun
    needed: str = ""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when the first word of the phrase first occurs: compiling all 4,600 takes 0.7 s at every start."""
        return re.compile(self.source)

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
    #: single words by meaning, folded: see ``WORD_LISTS``
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
# It is searched from the break on: what stands before is looked at there alone.
_WRAPPED = re.compile(
    r"\n(?:(?<=[^\n]{58}\n)(?=[^\W\d_]|[\"„“«(]|\d{1,2}[^\d.)]|\d{4})|(?<=[^\n.!?:;]\n)(?=[a-zß-ÿ(]))"
)


_ADDRESS = re.compile(r"[\w.+%\-]{1,64}@[\w\-]+(?:\.[\w\-]+)+|https?://[^\s<>]+|www\.[^\s<>]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text with what every reader of it needs, made once."""

    raw: str
    #: as written, with the line breaks of mail programs as spaces; offsets stay
    flat: str
    folded: str
    #: (word, start, end), folded
    tokens: tuple[tuple[str, int, int], ...]


def text_of(raw: str) -> Text:
    return _text_of(raw)


@lru_cache(maxsize=8)
def _text_of(raw: str) -> Text:
    flat = _WRAPPED.sub(" ", raw)
    # What an address is made of says nothing: "inscriptions@…" is no registration. One word stands for it.
    folded = fold(flat)
    if "@" in folded or "://" in folded or "www." in folded:
        folded = _ADDRESS.sub(lambda found: "@" * len(found[0]), folded)
    tokens = tuple((m.group(), m.start(), m.end()) for m in _TOKEN.finditer(folded))
    return Text(raw=raw, flat=flat, folded=folded, tokens=tokens)


def find_phrases(text: Text, lexicons: Iterable[Lexicon]) -> tuple[Found, ...]:
    """Every phrase in ``text``, by where it starts; of one meaning at one place only the longest."""
    best: dict[tuple[str, int], Found] = {}
    folded = text.folded
    by_word, by_prefix = _tables(tuple(lexicons))
    for (word, start, _), (after, _, _) in zip(text.tokens, (*text.tokens[1:], ("", 0, 0)), strict=False):
        for entry in by_word.get(word) or by_prefix.get(word[:_PREFIX], ()):
            if not after.startswith(entry.second) or entry.needed not in folded:
                continue
            match = entry.pattern.match(folded, start)
            if match is None:
                continue
            key = (entry.meaning, start)
            if key not in best or best[key].end < match.end():
                best[key] = Found(entry=entry, start=start, end=match.end())
    return tuple(best.values())


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
            for entry in (*lexicon.by_word.get(word, ()), *lexicon.by_prefix.get(word[:_PREFIX], ()))
        )
        for word in words
    }
    return by_word, {p: tuple(e for lexicon in lexicons for e in lexicon.by_prefix.get(p, ())) for p in prefixes}


# -- files -----------------------------------------------------------------------


def lexicon_from(
    files: Mapping[str, Mapping[str, object]],
) -> tuple[Mapping[Language, Lexicon] | None, tuple[Problem, ...]]:
    """The lexicons of all four languages, from file name -> parsed TOML; None where anything is wrong.

    A file is for the language that its name says: ``…/fr.toml``.
    """
    problems: list[Problem] = []
    lexicons: dict[Language, Lexicon] = {}
    for file, content in files.items():
        stem = file.replace("\\", "/").rpartition("/")[2].removesuffix(".toml")
        language = next((known for known in LANGUAGES if known == stem), None)
        if language is None:
            problems.append(
                Problem(
                    file=file,
                    key="",
                    message=f"{stem!r} is no language of the desk",
                    remedy="Name the file fr.toml, nl.toml, en.toml or de.toml.",
                )
            )
            continue
        lexicon, found = _one(file, language, content)
        problems += found
        lexicons[language] = lexicon
    for language in LANGUAGES:
        if language not in lexicons:
            problems.append(
                Problem(
                    file=f"rules/lexicon/{language}.toml",
                    key="",
                    message="the file is missing",
                    remedy="Every one of the four languages needs its words: copy the shipped file.",
                )
            )
    return (None if problems else lexicons), tuple(problems)


def _one(file: str, language: Language, content: Mapping[str, object]) -> tuple[Lexicon, list[Problem]]:
    problems: list[Problem] = []
    lists = _lists(file, content, problems)
    entries: list[Entry] = []
    words: dict[str, frozenset[str]] = {meaning: frozenset() for meaning in WORD_LISTS}
    counted = [fold(word) for meaning in NUMBERS for word in lists.get(meaning, ())]
    numbers = "(?:" + "|".join([r"\d{1,2}", *map(re.escape, counted)]) + ")"
    groups = {meaning.partition(".")[2]: lists.get(meaning, ()) for meaning in GROUPS}
    for meaning, phrases in lists.items():
        if meaning in GROUPS:
            continue
        if meaning in WORD_LISTS:
            words[meaning] = frozenset(sys.intern(fold(word)) for word in phrases)
            problems += _not_single(file, meaning, phrases)
            continue
        for number, phrase in enumerate(phrases):
            entry = _entry(language, meaning, phrase, numbers, groups)
            if isinstance(entry, str):
                problems.append(
                    Problem(
                        file=file,
                        key=f"{meaning}[{number}]",
                        message=f"the phrase {phrase!r} {entry}",
                        remedy="Begin with a word; use … for words in between, word* for any ending, (a|b) and [word].",
                    )
                )
            else:
                entries.append(entry)
    problems += _contradictions(file, lists)
    return _compiled(language, entries, words, counted), problems


def _lists(file: str, content: Mapping[str, object], problems: list[Problem]) -> dict[str, tuple[str, ...]]:
    lists: dict[str, tuple[str, ...]] = {}
    for section, table in content.items():
        if not isinstance(table, Mapping):
            problems.append(_unknown(file, section))
            continue
        for name, value in table.items():
            meaning = f"{section}.{name}"
            if meaning not in MEANINGS:
                problems.append(_unknown(file, meaning))
            elif not isinstance(value, list) or not all(isinstance(p, str) and p.strip() for p in value):
                problems.append(
                    Problem(
                        file=file,
                        key=meaning,
                        message="this is not a list of phrases",
                        remedy='Write ["a phrase", "another"], and no empty phrase.',
                    )
                )
            else:
                lists[meaning] = tuple(value)
    for meaning in MEANINGS:
        if not lists.get(meaning) and meaning not in {key for key, value in lists.items() if value}:
            if any(p.key == meaning for p in problems):
                continue
            problems.append(
                Problem(
                    file=file,
                    key=meaning,
                    message="no phrase is given for this meaning",
                    remedy=f"Add at least one: {MEANINGS[meaning]}.",
                )
            )
    return lists


def _unknown(file: str, key: str) -> Problem:
    return Problem(
        file=file,
        key=key,
        message="this meaning is not known",
        remedy="Use one of: " + ", ".join(sorted(MEANINGS)) + ".",
    )


def _not_single(file: str, meaning: str, words: tuple[str, ...]) -> list[Problem]:
    return [
        Problem(
            file=file,
            key=f"{meaning}[{number}]",
            message=f"{word!r} is not a single word",
            remedy="Only single words may stand here, without spaces or apostrophes.",
        )
        for number, word in enumerate(words)
        if not _TOKEN.fullmatch(fold(word))
    ]


def _contradictions(file: str, lists: Mapping[str, tuple[str, ...]]) -> list[Problem]:
    problems = []
    for group in CONTRADICTING:
        seen: dict[str, str] = {}
        for meaning in group:
            for number, phrase in enumerate(lists.get(meaning, ())):
                folded = " ".join(fold(phrase).split())
                other = seen.setdefault(folded, meaning)
                if other != meaning:
                    problems.append(
                        Problem(
                            file=file,
                            key=f"{meaning}[{number}]",
                            message=f"{phrase!r} stands under {other} too, which contradicts it",
                            remedy=f"Keep it under one of {other} and {meaning}, or make each of the two longer.",
                        )
                    )
    return problems


_PIECE = re.compile(r"…|#|\([^()]*\)|\[[^\[\]]*\]|[^\W_]+\*?")


_GROUP = re.compile(r"\{([a-z]+)\}")


def _entry(
    language: Language, meaning: str, phrase: str, numbers: str, groups: Mapping[str, tuple[str, ...]]
) -> Entry | str:
    """The compiled phrase, or what is wrong with it. ``numbers``: a pattern for what ``#`` stands for."""
    unknown = next((name for name in _GROUP.findall(phrase) if not groups.get(name)), None)
    if unknown is not None:
        return f"names {{{unknown}}}, and there is no such list under [group]"
    written = _GROUP.sub(lambda found: f"({'|'.join(groups[found[1]])})", phrase)
    pieces = _PIECE.findall(fold(written))
    rest = re.sub(r"[\s',.!?:\-\"]", "", _PIECE.sub("", fold(written)))
    if rest:
        return f"holds {rest!r}, which means nothing here"
    if not pieces or pieces[0] == "…" or pieces[0].startswith("["):
        return "does not begin with a word"
    source = ""
    for number, piece in enumerate(pieces):
        if piece == "…":
            source += _gap(language)
        elif piece == "#":
            source += ("" if number == 0 else _JOIN) + numbers
        elif piece.startswith("["):
            source += f"(?:{_JOIN}(?:{_alternatives(piece[1:-1])}))?"
        else:
            inner = _alternatives(piece[1:-1]) if piece.startswith("(") else _word(piece)
            source += ("" if number == 0 else _JOIN) + (f"(?:{inner})" if "|" in inner else inner)
    identity = "-".join(_TOKEN.findall(fold(phrase)))
    return Entry(
        language=language,
        meaning=sys.intern(meaning),
        id=identity,
        phrase=phrase,
        written=written,
        source=source + r"(?![^\W_])",
        second=_second(pieces),
        needed=_needed(pieces),
    )


def _second(pieces: list[str]) -> str:
    """The second word of a phrase, or its beginning; nothing where the phrase leaves it open."""
    if len(pieces) < 2 or pieces[0] == "#" or pieces[0].startswith("(") or not pieces[1][0].isalnum():
        return ""
    return pieces[1].removesuffix("*")


def _needed(pieces: list[str]) -> str:
    """The longest word that a phrase with a gap cannot do without."""
    plain = [piece.removesuffix("*") for piece in pieces if piece[0].isalnum()]
    return max(plain[1:], key=len, default="") if "…" in pieces else ""


def _word(piece: str) -> str:
    return re.escape(piece[:-1]) + r"[^\W_]*" if piece.endswith("*") else re.escape(piece)


def _alternatives(inner: str) -> str:
    return "|".join(_JOIN.join(_word(w) for w in re.findall(r"[^\W_]+\*?", part)) for part in inner.split("|"))


def _compiled(
    language: Language, entries: list[Entry], words: Mapping[str, frozenset[str]], counted: list[str]
) -> Lexicon:
    by_word: dict[str, list[Entry]] = {}
    by_prefix: dict[str, list[Entry]] = {}
    for entry in entries:
        for first in _first_words(fold(entry.written), counted):
            if first.endswith("*"):
                by_prefix.setdefault(first[:-1][:_PREFIX], []).append(entry)
            else:
                by_word.setdefault(first, []).append(entry)
    return Lexicon(
        language=language,
        entries=tuple(entries),
        words=words,
        numbers={word: int(m.rpartition(".")[2]) for m in NUMBERS for word in words[m]},
        by_word={key: tuple(value) for key, value in by_word.items()},
        by_prefix={key: tuple(value) for key, value in by_prefix.items()},
    )


def _first_words(folded: str, counted: list[str]) -> tuple[str, ...]:
    first = _PIECE.findall(folded)[0]
    if first == "#":
        return (*(str(n) for n in range(1, 100)), *counted)
    parts = first[1:-1].split("|") if first.startswith("(") else [first]
    return tuple(dict.fromkeys(re.findall(r"[^\W_]+\*?", part)[0] for part in parts))
