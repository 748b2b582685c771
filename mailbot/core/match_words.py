"""The words by which dates, sessions, ways of taking part and pick-up are named, of all languages together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from mailbot.core.branches import branches
from mailbot.core.lexicon import fold
from mailbot.core.problems import Problem

#: keys that hold one list of words
PLAIN = (
    "days_before",
    "today",
    "tomorrow",
    "after_tomorrow",
    "yesterday",
    "next_week",
    "gone",
    "last_year",
    "all",
    "remaining",
    "onwards",
    "except",
    "last",
    "sessions",
    "in_person",
    "online",
    "pickup",
    "instead",
    "not",
    "from",
    "to",
    "swap",
    "self",
    "better",
    "than",
    "no_than",
    "fallback",
    "come",
    "quantity",
    "every",
    "also",
    "or",
    "next",
    "both",
    "for",
    "too",
    "whichever",
    "numbering",
    "exchange",
    "in_return",
    "except_after",
    "measures",
    "series",
    "whole",
    "everything",
    "about",
    "small",
    "fetch",
    "paying",
    "travelling",
    "connecting",
    "if",
    "rather",
    "but",
    "only",
    "miss",
    "in_its_place",
    "near",
    "of",
    "same",
    "mine",
    "there",
    "with_person",
    "titles",
    "floor",
    "floor_before",
    "latter",
    "without",
    "groups",
    "that_one",
    "others",
    "closed",
    "second_thought",
    "put",
    "until",
    "no_month",
    "the",
)

#: keys that hold a list of lists, by position: January first, Monday first, one first, what begins first
ORDERED = {
    "months": 12,
    "weekdays": 7,
    "ordinals": None,
    "numbers": None,
    "day_words": 31,
    "month_parts": 3,
    "day_parts": 3,
    "times_of_day": 3,
    "place_kinds": None,
}


#: characters beside the name of a month in which it may be told that it is none
_AROUND = 12

#: letters of the shortest name of a weekday that is no abbreviation, and of the shortest word that ends a compound
_DAY, _COMPOUND = 5, 6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MatchWords:
    """Compiled once; every pattern reads folded text."""

    #: word -> 1 to 12, 1 to 7, 1 upwards
    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    #: the names of weekdays that are no abbreviations
    weekday_names: tuple[str, ...]
    ordinals: Mapping[str, int]
    numbers: Mapping[str, int]
    #: word -> day of the month: "seize", "zestiende"
    day_words: Mapping[str, int]
    #: word -> beginning, middle or end of a month: "fin mai"; words for a session -> morning, afternoon, evening
    month_parts: Mapping[str, int]
    day_parts: Mapping[str, int]
    times_of_day: Mapping[str, int]
    #: ``au matin``: such words right behind a day
    at_time: re.Pattern[str]
    #: ``fin mai``, ``late in May``: such a word right before the name of a month
    of_month: re.Pattern[str]
    #: ``the evening session``
    of_day: re.Pattern[str]
    #: word -> the kind of place it names, the same number in every language: "bib", "library"
    place_kinds: Mapping[str, int]
    #: ``bib``, ``stadsbibliotheek``
    of_kind: re.Pattern[str]
    #: ``au 5e étage``, ``op 't vijfde``
    floor: re.Pattern[str]
    #: meaning -> pattern of its words
    patterns: Mapping[str, re.Pattern[str]]
    #: ``16 sept``, ``16.9.2021``, ``september 16``, ``donderdag 16``
    dates: re.Pattern[str]
    #: ``le 16``: a day of a month that is not named
    days: re.Pattern[str]
    #: ``la deuxième séance``, ``workshop 2``, ``die ersten beiden``
    ordinal: re.Pattern[str]
    #: ``nummer 2``, ``numéros 1 et 3``
    numbered: re.Pattern[str]
    #: language -> meaning -> its words, folded
    by_language: Mapping[str, Mapping[str, tuple[str, ...]]] = field(repr=False)
    #: ``Möbelabend``: a topic and a noun for a session in one word
    compound: re.Pattern[str]

    def month(self, text: str, name: re.Match[str]) -> int | None:
        """January is 1. None for other words, and in "I may have to leave"."""
        number = self.months.get(name[1])
        if number is None:
            return None
        start, end = max(0, name.start() - _AROUND), name.end() + _AROUND
        near = self.patterns["no_month"].finditer(text, start, end)
        other = any(found.start() <= name.start() and name.end() <= found.end() for found in near)
        return None if other else number

    def weekday(self, word: str) -> int | None:
        """Monday is 1. "mardis" and "woensdagavond" are days too."""
        day = self.weekdays.get(word)
        if day is None and len(word) >= _DAY and word.startswith(self.weekday_names):
            day = next(self.weekdays[name] for name in self.weekday_names if word.startswith(name))
        return day

    def in_order(self, text: str) -> Iterator[re.Match[str]]:
        """Each ordinal or numbered session. "Les" is a lesson in Dutch alone: "les deux premières"."""
        found = self.ordinal.search(text)
        while found is not None:
            other = bool(found["num"]) and self.find("sessions", found["noun"]) is None
            if not other:
                yield found
            found = self.ordinal.search(text, found.end("noun") if other else found.end())

    def find(self, meaning: str, text: str, start: int = 0, end: int | None = None) -> re.Match[str] | None:
        return self.patterns[meaning].search(text, start, len(text) if end is None else end)


@lru_cache(maxsize=64)
def spoken(words: MatchWords, languages: frozenset[str]) -> MatchWords:
    """The same words of these languages only: "de" means "from" in French, and nothing of the kind in Dutch.

    Dates stay known in every language: people copy them from flyers.
    """
    chosen = [words.by_language[language] for language in words.by_language if language in languages]
    if not chosen or len(chosen) == len(words.by_language):
        return words
    patterns = {
        key: re.compile(whole(word for table in chosen for word in table.get(key, ()))) for key in words.patterns
    }
    return replace(words, patterns=patterns)


def match_words_from(files: Mapping[str, Mapping[str, object]]) -> tuple[MatchWords | None, tuple[Problem, ...]]:
    """The words of every file together, or everything that is wrong with them."""
    problems: list[Problem] = []
    plain: dict[str, list[str]] = {key: [] for key in PLAIN}
    ordered: dict[str, dict[str, int]] = {key: {} for key in ORDERED}
    by_language: dict[str, dict[str, tuple[str, ...]]] = {}
    for file, data in files.items():
        language = file.rpartition("match-")[2].removesuffix(".toml")
        by_language[language] = {
            key: tuple(fold(word) for word in data[key])  # type: ignore[attr-defined]
            for key in PLAIN
            if _words(data.get(key))
        }
        for key in (*PLAIN, *ORDERED):
            if key not in data:
                problems.append(
                    Problem(file=file, key=key, message="is missing", remedy="Add it; the other languages show how")
                )
        for key, value in data.items():
            _collect(file, key, value, plain, ordered, problems)
    if not files:
        problems.append(
            Problem(file="rules/lexicon", key="", message="holds no match-*.toml", remedy="Add one a language")
        )
    return (None, tuple(problems)) if problems else (_compiled(plain, ordered, by_language), ())


def _collect(
    file: str,
    key: str,
    value: Any,
    plain: dict[str, list[str]],
    ordered: dict[str, dict[str, int]],
    problems: list[Problem],
) -> None:
    if key in plain:
        if not _words(value):
            problems.append(Problem(file=file, key=key, message="is not a list of words", remedy='Write ["…", "…"]'))
            return
        plain[key].extend(fold(word) for word in value)
    elif key in ordered:
        size = ORDERED[key]
        if not isinstance(value, list) or not all(_words(item) for item in value) or (size and len(value) != size):
            remedy = f'Write {size or "some"} lists: [["…"], ["…"]]'
            problems.append(Problem(file=file, key=key, message="is not a list of lists of words", remedy=remedy))
            return
        for number, item in enumerate(value, start=1):
            ordered[key].update({fold(word): number for word in item})
    else:
        known = ", ".join((*PLAIN, *ORDERED))
        problems.append(Problem(file=file, key=key, message="is not a known key", remedy=f"Known are {known}"))


def _words(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(word, str) and word.strip() for word in value)


def alternatives(words: Iterable[str]) -> str:
    """Longest first, so that a phrase wins over its beginning; ``*`` at the end of a word stands for any ending."""
    ordered = sorted(set(words), key=lambda w: (-len(w), w))
    return branches(re.escape(word).replace(r"\ ", r"[\s\-]+").replace(r"\*", r"\w*") for word in ordered)


def whole(words: Iterable[str]) -> str:
    inner = alternatives(words)
    return rf"(?<![\w])(?:{inner})(?![\w])" if inner else r"(?!)"


def _compiled(
    plain: Mapping[str, list[str]],
    ordered: Mapping[str, Mapping[str, int]],
    by_language: Mapping[str, Mapping[str, tuple[str, ...]]],
) -> MatchWords:
    month = alternatives(ordered["months"])
    weekday = alternatives(ordered["weekdays"])
    suffix = r"(?:er|ere|eme|e|de|sten|ste|th|st|nd|rd|\.|ten|ter)?"
    year = r"(?:[,\s]+(?P<y{0}>(?:19|20)\d\d)|['’](?P<s{0}>\d\d))?"
    link = f"(?:{alternatives(['le', 'de', 'den', 'dem', 'der', 'the', 'du', 'am', 'op'])})"
    dates = (
        rf"(?<![\w/.,-])(?:(?:{weekday})\.?,?\s+(?:{link}\s+)?)?(?P<d1>[0-3]?\d){suffix}\s*(?:(?:et|en|and|und|ou|of|or|oder|&|,)\s*(?P<e1>[0-3]?\d){suffix}\s*)?(?:de\s+|of\s+)?(?P<m1>{month})\.?(?![\w])"
        + year.format(1)
        + rf"|(?<![\w])(?P<m2>{month})\.?\s+(?P<d2>[0-3]?\d)(?:th|st|nd|rd)?(?![\w:.])"
        + year.format(2)
        + rf"|(?<![\w/.:+-])(?:(?:{weekday})\.?,?\s+(?:{link}\s+)?)?"
        + r"(?P<d3>[0-3]?\d)\s?[/.-]\s?(?P<m3>[01]?\d)(?:\s?[/.-]\s?(?P<y3>(?:20)?\d\d))?\.?(?![\w/]|[.:-]\d)"
        + r"|(?<![\w])(?P<y4>20\d\d)-(?P<m4>[01]\d)-(?P<d4>[0-3]\d)(?![\w])"
        + rf"|(?<![\w])(?P<d6>{alternatives(ordered['day_words'])})\s+(?:of\s+)?(?P<m6>{month})(?![\w])"
        + rf"|(?<![\w])(?P<w5>{weekday})\.?,?\s+(?:{link}\s+)?(?P<d5>[0-3]?\d){suffix}(?![\w/:]|\s*(?:h|u|uur|heures|uhr|am|pm)\b)"
    )
    before = alternatives(plain["days_before"])
    days = rf"(?<![\w])(?:{before})\s+(?P<d>[0-3]?\d){suffix}(?![\w/%€]|[.,:]\d|\s*(?:h|u|uur|heures|uhr|am|pm|€|%|ans|jaar|years|jahre|personnes|personen|people|collegues|collega's)\b)"
    nouns = alternatives(plain["sessions"])
    ordinal_words = alternatives([*ordered["ordinals"], *plain["last"]])
    count = alternatives([*ordered["numbers"], "2", "3", "4"])
    long_nouns = alternatives(word for word in plain["sessions"] if len(word) >= _DAY - 1 and word.isalpha())
    counted = alternatives(word for word, number in ordered["numbers"].items() if number > 1)
    ordinal = (
        rf"(?<![\w])(?:(?:(?P<n1>{count})\s+)?(?P<o>{ordinal_words})(?:\s+(?P<n2>{count}))?(?:\s+(?:{nouns}))?"
        rf"|(?P<noun>{nouns})\s*(?:n[°o]\.?\s*|nr\.?\s*|nummer\s+|number\s+)?(?P<num>\d|{counted})(?P<more>(?:(?:\s*,\s*|\s+(?:et|en|and|und)\s+|\s*&\s*)(?:\d|{counted}))*))(?![\w/]|:\d)"
    )
    numbered = (
        rf"(?<!\w)(?:{alternatives(plain['numbering'])})\.?\s*"
        r"(?P<numbers>[1-9](?:\s*(?:et|en|and|und|&|,)\s*[1-9])*)(?![\w/]|[.,:]\d)"
    )
    kinds = alternatives(ordered["place_kinds"])
    endings = alternatives(kind for kind in ordered["place_kinds"] if len(kind) >= _COMPOUND and kind.isalpha())
    floor = (
        rf"(?<!\w)(?P<before>(?:{alternatives(plain['floor_before'])})\s+)?(?:(?P<digits>\d){suffix}|"
        rf"(?P<word>{alternatives(ordered['ordinals'])}))(?P<after>\s+(?:{alternatives(plain['floor'])}))?(?!\w)"
    )
    patterns = {key: re.compile(whole(words)) for key, words in plain.items()}
    return MatchWords(
        months=ordered["months"],
        weekdays=ordered["weekdays"],
        weekday_names=tuple(name for name in ordered["weekdays"] if len(name) >= _DAY),
        ordinals=ordered["ordinals"],
        day_words=ordered["day_words"],
        month_parts=ordered["month_parts"],
        day_parts=ordered["day_parts"],
        times_of_day=ordered["times_of_day"],
        at_time=re.compile(rf"[\s,]{{0,2}}(?P<time>{alternatives(ordered['times_of_day'])})(?!\w)"),
        of_month=re.compile(rf"(?<!\w)(?P<part>{alternatives(ordered['month_parts'])})[\s-]+(?:\w{{1,3}}\s+)?$"),
        of_day=re.compile(whole(ordered["day_parts"])),
        place_kinds=ordered["place_kinds"],
        of_kind=re.compile(rf"(?<!\w)(?:(?P<kind>{kinds})|\w{{3,}}?(?P<ending>{endings}))(?!\w)"),
        floor=re.compile(floor),
        numbers={**ordered["numbers"], "2": 2, "3": 3, "4": 4},
        patterns=patterns,
        # Said once for all six ways, it rules out most places at once.
        dates=re.compile(rf"(?<!\w)(?=[\da-z])(?:{dates})"),
        days=re.compile(days),
        ordinal=re.compile(ordinal),
        numbered=re.compile(numbered),
        compound=re.compile(rf"(?<!\w)(\w{{4,}}?)(?:e?n|s)?-?(?:{long_nouns})(?!\w)"),
        by_language=by_language,
    )
