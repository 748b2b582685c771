"""What a mail wants, and for whom, by the look of its words: linear models, weighed with what the phrases say.

Phrases are exact and narrow; they miss what nobody said so before. These models were taught from thousands of labelled
texts, see the letters of the sender's own words (runs of two to five, words, pairs of words) and, except for whom the
mail is about, what the phrases found. Addresses, names, figures and what the events' own files say are masked first, so
that another town's events change nothing. ``rules/reading/opinion.json`` holds the weights; ``make model`` makes it.
"""

from __future__ import annotations

import math
import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import add
from typing import Any

from mailbot.core.lexicon import fold
from mailbot.core.problems import Problem

KINDS = ("register", "cancel", "change", "question", "thanks", "other", "spam", "auto-reply")
#: whom an act is about: the sender alone, the sender with others who are named, only others who are named, or somebody
#: who is counted or spoken of and not named
WHO = ("alone", "with", "others", "unclear")
#: what is weighed of every mail: a kind, for whom, that the sender takes part online, that a person should look, that an
#: answer is wanted
COLUMNS = (*KINDS, *WHO, "online", "person", "asks")

#: columns of which exactly one is right, and where they stand
_GROUPS = {group: slice(at := COLUMNS.index(group[0]), at + len(group)) for group in (KINDS, WHO)}

#: characters that are looked at: what is wanted is said early, and the time spent stays below a millisecond
MOST_TEXT = 2_000

#: weights and rarities stand in the file as whole numbers of this many parts of one
PARTS = 100

_ADDRESS = re.compile(r"[\w.+%\-]{1,64}@[\w\-]+(?:\.[\w\-]+)+|https?://[^\s<>]+|www\.[^\s<>]+")
_NAME = re.compile(r"(?<![\w'’\-])[A-ZÀ-ÖØ-Þ][\w'’\-]+(?:[ \t]+[A-ZÀ-ÖØ-Þ][\w'’\-]+)+")
_DIGITS = re.compile(r"\d+")
#: marks that stand for masked words, for the end of subject and text, and for an answer or a new mail
_EVENT, _WHERE, _PERSON, _END, _ANSWER, _NEW = "\x01", "\x02", "\x03", "\x04", "\x05", "\x06"
_TOKEN = re.compile(r"[^\W_]+|[?!\x01\x02\x03]")
_SHORTEST, _LONGEST = 2, 5
#: words from which an opinion is had: one or two may be anything, and their few features would shout
_FEWEST = 3
#: words told as what an opinion rests on
_STRONGEST = 4
#: words whose sums are kept; a desk hears the same few thousand again and again
_KEPT = 4_096

REMEDY = "Take the file of the release, or make it anew with: make model"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Opinion:
    #: kind -> how likely it is, from 0 to 1
    kinds: Mapping[str, float]
    #: whom it is about -> how likely; only the letters were asked, so that it is a check of what the phrases read
    who: Mapping[str, float]
    #: how likely the sender takes part online, where the event leaves it open; only the letters were asked
    online: float
    #: how likely a careful coordinator would want to look
    person: float
    #: how likely something is asked that wants an answer
    asks: float
    model: OpinionModel
    tokens: tuple[str, ...]

    @property
    def kind(self) -> str:
        return max(self.kinds, key=lambda kind: self.kinds[kind])

    def words(self, column: str) -> tuple[str, ...]:
        """The words whose letters, and pairs with the word before, speak most for it."""
        at = 1 + COLUMNS.index(column)
        rivals = next((group for group in _GROUPS if column in group), ())
        others = [1 + COLUMNS.index(name) for name in rivals]
        speaks: dict[str, float] = defaultdict(float)
        for before, word in pairwise(self.tokens):
            for shares in (self.model.of_word(word), self.model.of_feature(f" {before} {word} ")):
                speaks[word] += shares[at] - sum(shares[i] for i in others) / max(1, len(others))
        best = sorted(speaks, key=lambda word: -speaks[word])
        return tuple([word for word in best if not _is_mark(word) and speaks[word] > 0][:_STRONGEST])


@dataclass(slots=True, kw_only=True, eq=False)
class OpinionModel:
    #: one for each of ``COLUMNS``
    bias: Sequence[float]
    #: run of letters, word or pair of words -> where its row begins in ``rows``
    features: Mapping[str, int]
    #: of each feature its rarity, then its weight for each of ``COLUMNS``, in ``PARTS``. One array: thousands would take
    #: twice the memory
    rows: array[int] = field(default_factory=lambda: array("h"))
    #: what the phrases found -> its weight for each of ``COLUMNS``, in ``PARTS``
    signs: Mapping[str, array[int]]
    #: arrays, because a tuple of numbers takes three times the memory
    _words: dict[str, array[float]] = field(default_factory=dict)

    def opinion(self, tokens: tuple[str, ...], signs: Iterable[str]) -> Opinion | None:
        """None where there is next to nothing to have one of."""
        if sum(not _is_mark(token) for token in tokens) < _FEWEST:
            return None
        return self.weighed(tokens, signs)

    def weighed(self, tokens: tuple[str, ...], signs: Iterable[str]) -> Opinion:
        """The value of a feature is its rarity, times how often its word occurs, damped. All are brought to length one,
        so that long mails do not shout; the length is that of words and pairs apart."""
        square, sums = 0.0, [0.0] * (1 + len(COLUMNS))
        for word, count in Counter(tokens).items():
            shares = self.of_word(word)
            if count == 1:
                square += shares[0]
                sums = list(map(add, sums, shares))
            else:
                times = damped(count)
                square += times * times * shares[0]
                sums = [s + times * share for s, share in zip(sums, shares, strict=True)]
        for pair, count in Counter(f" {one} {other} " for one, other in pairwise(tokens)).items():
            if pair in self.features:
                times, shares = damped(count), self.of_feature(pair)
                square += times * times * shares[0]
                sums = [s + times * share for s, share in zip(sums, shares, strict=True)]
        length = math.sqrt(square) or 1.0
        scores = [bias + score / length for bias, score in zip(self.bias, sums[1:], strict=True)]
        for sign in signs:
            if sign in self.signs:
                scores = [s + weight / PARTS for s, weight in zip(scores, self.signs[sign], strict=True)]
        kinds, who = (dict(zip(group, _softmax(scores[at]), strict=True)) for group, at in _GROUPS.items())
        return Opinion(
            kinds=kinds,
            who=who,
            online=_sigmoid(scores[-3]),
            person=_sigmoid(scores[-2]),
            asks=_sigmoid(scores[-1]),
            model=self,
            tokens=tokens,
        )

    def of_word(self, word: str) -> Sequence[float]:
        """What its features come to together: the square of their length, then the score for each of ``COLUMNS``."""
        kept = self._words.get(word)
        if kept is None:
            sums = [0.0] * (1 + len(COLUMNS))
            for feature in features_of(word):
                if feature in self.features:
                    sums = list(map(add, sums, self.of_feature(feature)))
            if len(self._words) >= _KEPT:
                self._words.clear()
            kept = self._words[word] = array("d", sums)
        return kept

    def of_feature(self, feature: str) -> tuple[float, ...]:
        at = self.features.get(feature)
        if at is None:
            return (0.0,) * (1 + len(COLUMNS))
        rarity, *weights = self.rows[at : at + 1 + len(COLUMNS)]
        share = rarity / PARTS
        return (share * share, *[share * weight / PARTS for weight in weights])


class _Silent(OpinionModel):
    def opinion(self, tokens: tuple[str, ...], signs: Iterable[str]) -> Opinion | None:
        return None


#: for words that are no mail of their own
NO_OPINION: OpinionModel = _Silent(bias=(), features={}, signs={})


def tokens_of(subject: str, text: str, *, is_reply: bool, events: re.Pattern[str]) -> tuple[str, ...]:
    """The words of a mail, folded, with what differs from town to town masked. ``subject``: the sender's own, else empty.

    ``events``: the phrases of the catalogue, ``EventIndex.pattern``.
    """
    tokens = [_ANSWER if is_reply else _NEW]
    for part in (subject[:MOST_TEXT], text[:MOST_TEXT]):
        addressed = "@" in part or "://" in part or "www." in part
        masked = _without_events(_ADDRESS.sub(f" {_WHERE} ", part) if addressed else part, events)
        masked = fold(_NAME.sub(f" {_PERSON} ", masked))
        tokens += [*_TOKEN.findall(_DIGITS.sub("0", masked)), _END]
    return tuple(tokens)


def _without_events(text: str, events: re.Pattern[str]) -> str:
    """Before names are: a title may have capitals. The phrases are folded, and folding keeps offsets."""
    kept, end = [], 0
    for found in events.finditer(fold(text)):
        kept += [text[end : found.start()], f" {_EVENT} "]
        end = found.end()
    return "".join((*kept, text[end:]))


def features_of(word: str) -> tuple[str, ...]:
    """Its runs of letters and itself; spaces mark where it begins and ends."""
    whole = f" {word} "
    if _is_mark(word):
        return (whole,)
    parts = [
        whole[start : start + length]
        for length in range(_SHORTEST, _LONGEST + 1)
        for start in range(len(whole) - length + 1)
    ]
    return (*parts, whole) if len(whole) > _LONGEST else tuple(parts)


def _is_mark(word: str) -> bool:
    return word < " "


def damped(count: int) -> float:
    """What ``count`` occurrences are worth, of one that is worth 1."""
    return 1 + math.log(count)


def _softmax(scores: Sequence[float]) -> list[float]:
    most = max(scores)
    powers = [math.exp(score - most) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]


def _sigmoid(score: float) -> float:
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, score))))


def opinion_model_from(data: Any, file: str) -> tuple[OpinionModel | None, tuple[Problem, ...]]:
    """The value of ``rules/reading/opinion.json``, or what is wrong with it."""

    def wrong(key: str, message: str) -> tuple[None, tuple[Problem, ...]]:
        return None, (Problem(file=file, key=key, message=message, remedy=REMEDY),)

    if not isinstance(data, dict) or data.keys() != {"columns", "bias", "features", "signs"}:
        return wrong("", "does not hold columns, bias, features and signs")
    if data["columns"] != list(COLUMNS):
        return wrong("columns", f"is not {', '.join(COLUMNS)}")
    if (bias := row_of(data["bias"], len(COLUMNS))) is None:
        return wrong("bias", f"is not {len(COLUMNS)} whole numbers")
    features: dict[str, int] = {}
    signs: dict[str, array[int]] = {}
    rows = array("h")
    for table, length in (("features", 1 + len(COLUMNS)), ("signs", len(COLUMNS))):
        if not isinstance(data[table], dict) or not data[table]:
            return wrong(table, "is empty")
        for name, numbers in data[table].items():
            if (row := row_of(numbers, length)) is None:
                return wrong(f"{table}.{name!r}", f"is not {length} whole numbers")
            if table == "signs":
                signs[name] = row
            else:
                features[name] = len(rows)
                rows += row
    return OpinionModel(bias=[number / PARTS for number in bias], features=features, rows=rows, signs=signs), ()


def row_of(numbers: Any, count: int) -> array[int] | None:
    """A row of a model's file; None where it is not ``count`` whole numbers that fit."""
    if not isinstance(numbers, list) or len(numbers) != count or bool in set(map(type, numbers)):
        return None
    try:
        return array("h", numbers)
    except (TypeError, OverflowError):
        return None
