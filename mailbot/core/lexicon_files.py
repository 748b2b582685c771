"""The lexicons from ``rules/lexicon/*.toml``, every phrase made into an expression, or all that is wrong with them.

A file has sections of meanings, and each meaning a list of phrases as people write them::

    [intent]
    register = ["je m'inscris", "je souhaite … m'inscrire", "inscri* moi"]

Case and accents never matter. ``…`` stands for up to eight words in between (separable verbs: "ik schrijf … in"),
``word*`` for any ending, ``(a|b)`` for either, ``[word]`` for a word that may be missing, ``{attend}`` for any of
the words listed as ``attend`` under ``[group]``. Brackets stand in no other brackets. A phrase
never reaches over the end of a sentence.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping

from mailbot.core.language import LANGUAGES, Language
from mailbot.core.lexicon import PREFIX, TOKEN, Entry, Lexicon, fold
from mailbot.core.lexicon_contradictions import contradictions
from mailbot.core.lexicon_shape import GROUPS, MEANINGS, NUMBERS, PIECE, WORD_LISTS
from mailbot.core.problems import Problem

#: words that ``…`` may stand for; in Dutch and German the verb comes last, after all it speaks of
GAP_WORDS: Mapping[Language, int] = {"fr": 8, "en": 8, "nl": 13, "de": 13}

_JOIN = r"[ '\-\",*_()/&]{1,4}"


# A full stop ends the sentence, but in a date, an address or an initial ("16.09.", "M. Petit").
def _gap(language: Language) -> str:
    return rf"(?:{_JOIN}(?:[\w@+]+(?:\.\w+)*(?:(?<=\d)\.|(?<=\b\w)\.)?)){{0,{GAP_WORDS[language]}}}?"


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
    groups = {meaning.partition(".")[2]: _ways(file, meaning, lists.get(meaning, ()), problems) for meaning in GROUPS}
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
                        remedy="Begin with a word; use … for words in between, word* for any ending, (a|b) and [word]; "
                        "write (er op|er maar op) for (er [maar] op).",
                    )
                )
            else:
                entries.append(entry)
    problems += contradictions(file, lists, {entry.phrase: entry.written for entry in entries})
    return _compiled(language, entries, words, counted), problems


def _ways(file: str, meaning: str, phrases: tuple[str, ...], problems: list[Problem]) -> tuple[str, ...]:
    """The phrases of a group: they come to stand within brackets, where nothing but words can."""
    wrong = [number for number, phrase in enumerate(phrases) if re.search(r"[()\[\]{}…#|]", phrase)]
    problems += [
        Problem(
            file=file,
            key=f"{meaning}[{number}]",
            message=f"the phrase {phrases[number]!r} has brackets, … or # in it, and a group is words alone",
            remedy="Write each way out as a phrase of its own.",
        )
        for number in wrong
    ]
    return tuple(phrase for number, phrase in enumerate(phrases) if number not in wrong)


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
        if not TOKEN.fullmatch(fold(word))
    ]


_GROUP = re.compile(r"\{([a-z]+)\}")

#: brackets as they are understood: words alone, and at least one in each of the ways
_WAY = r"[^()\[\]…#|]*[^\W_][^()\[\]…#|]*"
_BRACKETS = re.compile(rf"\({_WAY}(?:\|{_WAY})*\)|\[{_WAY}(?:\|{_WAY})*\]")


def _entry(
    language: Language, meaning: str, phrase: str, numbers: str, groups: Mapping[str, tuple[str, ...]]
) -> Entry | str:
    """The compiled phrase, or what is wrong with it. ``numbers``: a pattern for what ``#`` stands for."""
    unknown = next((name for name in _GROUP.findall(phrase) if not groups.get(name)), None)
    if unknown is not None:
        return f"names {{{unknown}}}, and there is no such list under [group]"
    written = _GROUP.sub(lambda found: f"({'|'.join(groups[found[1]])})", phrase)
    if re.search(r"[()\[\]]", _BRACKETS.sub("", written)):
        return "has brackets that are not closed, or hold something else than words and |: no brackets, … or #"
    pieces = PIECE.findall(fold(written))
    rest = re.sub(r"[\s',.!?:\-\"]", "", PIECE.sub("", fold(written)))
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
    identity = "-".join(TOKEN.findall(fold(phrase)))
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


def _second(pieces: list[str]) -> tuple[str, ...]:
    """What the second word of the phrase may begin with; the empty word where the phrase leaves it open."""
    first, *rest = pieces
    several_words = any(len(TOKEN.findall(way)) > 1 for way in first.split("|"))
    if several_words or not rest or rest[0] in "…#":
        return ("",)
    if rest[0].startswith("["):
        return (*_heads(rest[0]), *_second([first, *rest[1:]]))
    return _heads(rest[0])


def _heads(piece: str) -> tuple[str, ...]:
    """The first word of each way to read a piece, or its beginning."""
    return tuple(sys.intern(TOKEN.findall(way)[0]) for way in piece.split("|"))


def _needed(pieces: list[str]) -> frozenset[str]:
    """Of a phrase with a gap the words of which it cannot do without one: those of the piece with the fewest."""
    if "…" not in pieces:
        return frozenset()
    fixed = [piece.split("|") for piece in pieces[1:] if piece[0] not in "…#[" and "*" not in piece]
    longest = [frozenset(max(TOKEN.findall(way), key=len) for way in ways) for ways in fixed]
    return min(longest, key=lambda words: (len(words), -max(map(len, words))), default=frozenset())


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
                by_prefix.setdefault(first[:-1][:PREFIX], []).append(entry)
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
    first = PIECE.findall(folded)[0]
    if first == "#":
        return (*(str(n) for n in range(1, 100)), *counted)
    parts = first[1:-1].split("|") if first.startswith("(") else [first]
    return tuple(dict.fromkeys(re.findall(r"[^\W_]+\*?", part)[0] for part in parts))
