"""What a mail wants by the look of its words alone: a linear model, asked only whether to hold back.

The phrase reader decides. This model knows no phrase, and is wrong in other places; where it clearly disagrees, a
person looks. It sees the letters of the sender's own words (runs of two to five, words, pairs of words), with
addresses, names, figures and what the events' own files say masked, so that another town's events change nothing.
``rules/reading/kinds.json`` holds its weights; ``make model`` makes it from labelled mails.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from mailbot.core.lexicon import fold
from mailbot.core.problems import Problem

KINDS = ("register", "cancel", "change", "question", "thanks", "other")

#: characters that are looked at: what is wanted is said early, and the time spent stays below a millisecond
MOST_TEXT = 2_000

#: weights and rarities stand in the file as whole numbers of this many parts of one
PARTS = 100

_ADDRESS = re.compile(r"[\w.+%\-]{1,64}@[\w\-]+(?:\.[\w\-]+)+|https?://[^\s<>]+|www\.[^\s<>]+")
_NAME = re.compile(r"(?<![\w'’\-])[A-ZÀ-ÖØ-Þ][\w'’\-]+(?:[ \t]+[A-ZÀ-ÖØ-Þ][\w'’\-]+)+")
_DIGITS = re.compile(r"\d+")
#: marks that stand for masked words, for the end of subject and text, and for an answer or a new mail
_EVENT, _WHERE, _WHO, _END, _ANSWER, _NEW = "\x01", "\x02", "\x03", "\x04", "\x05", "\x06"
_TOKEN = re.compile(r"[^\W_]+|[?!\x01\x02\x03]")
_SHORTEST, _LONGEST = 2, 5
#: words from which an opinion is had: one or two may be anything, and their few features would shout
_FEWEST = 3
#: words told as what an opinion rests on
_STRONGEST = 4

REMEDY = "Take the file of the release, or make it anew with: make model"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KindModel:
    #: one for each of ``KINDS``
    bias: tuple[float, ...]
    #: run of letters, word or pair of words -> its rarity squared, then its rarity times its weight for each of ``KINDS``:
    #: what it adds to the squared length of a mail, and to the scores, where it occurs once
    features: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Opinion:
    #: kind -> how likely it is, from 0 to 1
    chances: Mapping[str, float]
    model: KindModel
    tokens: tuple[str, ...]

    @property
    def kind(self) -> str:
        return max(self.chances, key=lambda kind: self.chances[kind])

    def chance(self, *kinds: str) -> float:
        return sum(self.chances[kind] for kind in kinds)

    def words(self) -> tuple[str, ...]:
        """The words whose letters, and pairs with the word before, speak most for the likeliest kind."""
        kind = KINDS.index(self.kind)
        known = self.model.features
        counts = features_of(self.tokens)
        speaks: dict[str, float] = defaultdict(float)
        for before, word in pairwise(self.tokens):
            for feature in (*_of_word(word), f" {before} {word} "):
                if feature in known:
                    shares = known[feature][1:]
                    speaks[word] += damped(counts[feature]) * (shares[kind] - sum(shares) / len(shares))
        best = sorted(speaks, key=lambda word: -speaks[word])
        return tuple([word for word in best if not _is_mark(word) and speaks[word] > 0][:_STRONGEST])


def opinion_of(model: KindModel, *, subject: str, text: str, is_reply: bool, events: re.Pattern[str]) -> Opinion | None:
    """None where there is next to nothing to have one of. ``subject``: the sender's own, else empty.

    ``events``: the phrases of the catalogue, ``EventIndex.pattern``.
    """
    tokens = tokens_of(subject, text, is_reply=is_reply, events=events)
    if sum(not _is_mark(token) for token in tokens) < _FEWEST:
        return None
    scores = _scores(model, tokens)
    return Opinion(chances=dict(zip(KINDS, softmax(scores), strict=True)), model=model, tokens=tokens)


def _scores(model: KindModel, tokens: tuple[str, ...]) -> list[float]:
    """For each of ``KINDS`` the bias, and its weight times the value of every known feature: its count damped, weighed
    by rarity, and brought to length one with all others, so that long mails do not shout.

    Most features of a mail occur once. So those of a word are summed once for that word, as if each occurrence were the
    first, and only what does occur again is put right. To go through single features takes twice as long.
    """
    known = model.features
    occurring: list[str] = []
    sums = [0.0] * (1 + len(KINDS))
    for word, count in Counter(tokens).items():
        features, shares = _known_of_word(model, word)
        _add(sums, count, shares)
        occurring += features * count
    for one, other in pairwise(tokens):
        pair = f" {one} {other} "
        if pair in known:
            _add(sums, 1, known[pair])
            occurring.append(pair)
    for feature, count in Counter(occurring).items():
        if count > 1:
            value, shares = damped(count), known[feature]
            _add(sums, value - count, shares)
            sums[0] += (value * value - value) * shares[0]  # the length is of squares
    length = math.sqrt(max(0.0, sums[0])) or 1.0
    return [bias + score / length for bias, score in zip(model.bias, sums[1:], strict=True)]


def _add(sums: list[float], times: float, shares: tuple[float, ...]) -> None:
    square, one, two, three, four, five, six = shares
    sums[0] += times * square
    sums[1] += times * one
    sums[2] += times * two
    sums[3] += times * three
    sums[4] += times * four
    sums[5] += times * five
    sums[6] += times * six


def tokens_of(subject: str, text: str, *, is_reply: bool, events: re.Pattern[str]) -> tuple[str, ...]:
    """The words of a mail, folded, with what differs from town to town masked."""
    tokens = [_ANSWER if is_reply else _NEW]
    for part in (subject[:MOST_TEXT], text[:MOST_TEXT]):
        addressed = "@" in part or "://" in part or "www." in part
        masked = _without_events(_ADDRESS.sub(f" {_WHERE} ", part) if addressed else part, events)
        masked = fold(_NAME.sub(f" {_WHO} ", masked))
        tokens += [*_TOKEN.findall(_DIGITS.sub("0", masked)), _END]
    return tuple(tokens)


def _without_events(text: str, events: re.Pattern[str]) -> str:
    """Before names are: a title may have capitals. The phrases are folded, and folding keeps offsets."""
    kept, end = [], 0
    for found in events.finditer(fold(text)):
        kept += [text[end : found.start()], f" {_EVENT} "]
        end = found.end()
    return "".join((*kept, text[end:]))


def features_of(tokens: tuple[str, ...]) -> Counter[str]:
    """How often each run of letters, word and pair of words occurs; spaces mark where words begin and end."""
    found: Counter[str] = Counter()
    for word, count in Counter(tokens).items():
        for feature in _of_word(word):
            found[feature] += count
    found.update(f" {one} {other} " for one, other in pairwise(tokens))
    return found


@lru_cache(maxsize=4096)
def _known_of_word(model: KindModel, word: str) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """The features of a word that the model knows, and what they come to together."""
    known = tuple(feature for feature in _of_word(word) if feature in model.features)
    sums = [0.0] * (1 + len(KINDS))
    for feature in known:
        _add(sums, 1, model.features[feature])
    return known, tuple(sums)


@lru_cache(maxsize=4096)
def _of_word(word: str) -> tuple[str, ...]:
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


def softmax(scores: Iterable[float]) -> list[float]:
    listed = list(scores)
    most = max(listed)
    powers = [math.exp(score - most) for score in listed]
    total = sum(powers)
    return [power / total for power in powers]


def kind_model_from(data: Any, file: str) -> tuple[KindModel | None, tuple[Problem, ...]]:
    """The value of ``rules/reading/kinds.json``, or what is wrong with it."""

    def wrong(key: str, message: str) -> tuple[None, tuple[Problem, ...]]:
        return None, (Problem(file=file, key=key, message=message, remedy=REMEDY),)

    if not isinstance(data, dict) or data.keys() != {"kinds", "bias", "features"}:
        return wrong("", "does not hold kinds, bias and features")
    if data["kinds"] != list(KINDS):
        return wrong("kinds", f"is not {', '.join(KINDS)}")
    if not _numbers(data["bias"], len(KINDS)):
        return wrong("bias", f"is not {len(KINDS)} whole numbers")
    features = data["features"]
    if not isinstance(features, dict) or not features:
        return wrong("features", "is empty")
    for feature, row in features.items():
        if not _numbers(row, 1 + len(KINDS)):
            return wrong(f"features.{feature!r}", f"is not {1 + len(KINDS)} whole numbers")
    kept: dict[float, float] = {}  # of 63,000 numbers one in seven is another: 1.3 MB less
    shares = {name: tuple(kept.setdefault(share, share) for share in _shares(row)) for name, row in features.items()}
    return KindModel(bias=_parts(data["bias"]), features=shares), ()


def _numbers(row: Any, count: int) -> bool:
    return isinstance(row, list) and len(row) == count and all(type(number) is int for number in row)


def _parts(row: list[int]) -> tuple[float, ...]:
    return tuple(number / PARTS for number in row)


def _shares(row: list[int]) -> tuple[float, ...]:
    rarity, *weights = _parts(row)
    return (rarity * rarity, *(rarity * weight for weight in weights))
