"""Which of several things a mail names is wanted now, by the words around each: a linear model beside the phrases.

"Je suis notée pour le 6 mai, j'ai une convocation ce jour-là; basculez-moi sur le 17 juin": the phrases of the lexicons
know the ways of saying so that somebody wrote down before. This model was taught from labelled mails, and from texts in
which each mention is marked as wanted, given up or on file. It is asked only where one mail names several sessions,
options, ways or places that exclude each other. ``rules/reading/standing.json`` holds the weights; ``make model`` makes it.
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from mailbot.core.direction import NONE, STRONG, WEAK, Side, Stance
from mailbot.core.opinion import REMEDY, row_of
from mailbot.core.problems import Problem

#: weights stand in the file as whole numbers of this many parts of one
PARTS = 100

#: characters, and words of them, that are looked at on each side of a mention
_AROUND, _WORDS = 160, 16
_TOKEN = re.compile(r"[^\W_]+|[?!.,;:()]|->|→|\x01|\x02")
_DIGITS = re.compile(r"\d+")
_ENDS = frozenset(".!?;")
#: what stands for another mention of the same thing, and of something else
_SAME, _OTHER = "\x01", "\x02"
#: words from a mention that are near it, and not far from it
_NEAR, _NOT_FAR = 3, 8
#: letters of a word that are kept beside the whole: endings differ
_STEM = 5
#: sentences that are told apart on each side
_SENTENCES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One mention: where it stands, and of what."""

    start: int
    end: int
    key: str


#: what a mention may be to the sender, in the order of the model's rows
SIDES: tuple[Side, ...] = ("wanted", "given", "had")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StandingModel:
    #: one for each of ``SIDES``, in ``PARTS``, as are the weights
    bias: Sequence[int] = (0, 0, 0)
    #: feature -> where its weights for ``SIDES`` begin in ``rows``. One array: thousands would take twice the memory
    features: Mapping[str, int] = field(default_factory=dict)
    rows: array[int] = field(default_factory=lambda: array("h"))

    def competing(self, spots: Sequence[Spot]) -> bool:
        """Whether there is something to tell apart, and a model to ask."""
        return bool(self.features) and any(spot.key != spots[0].key for spot in spots)

    def sides(
        self, text: str, slot: str, spots: Sequence[Spot], kinds: Mapping[str, float]
    ) -> Mapping[int, Mapping[Side, float]]:
        """Start of each mention -> how likely what it names is wanted now, given up, or on file or merely spoken of.

        ``text``: folded. ``slot``: "session", "choice", "mode" or "pickup". ``kinds``: how likely the mail registers,
        changes and cancels.
        """
        scores: dict[str, list[Sequence[float]]] = {}
        for spot in spots:
            scores.setdefault(spot.key, []).append(self._scores(features_of(text, slot, spot, spots, kinds)))
        # What is named twice, by its day and its topic, is one thing.
        likely = {key: _likely([fmean(side) for side in zip(*rows, strict=True)]) for key, rows in scores.items()}
        return {spot.start: likely[spot.key] for spot in spots}

    def _scores(self, features: Mapping[str, float]) -> Sequence[float]:
        known = [(at, value) for name, value in features.items() if (at := self.features.get(name)) is not None]
        return [
            (bias + sum(self.rows[at + n] * value for at, value in known)) / PARTS for n, bias in enumerate(self.bias)
        ]


def _likely(scores: Sequence[float]) -> Mapping[Side, float]:
    most = max(scores)
    powers = [math.exp(score - most) for score in scores]
    return {side: power / sum(powers) for side, power in zip(SIDES, powers, strict=True)}


#: for words that are no mail of their own
NO_STANDING = StandingModel()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Standing:
    """The model, with the mail that it is asked about."""

    model: StandingModel = NO_STANDING
    kinds: Callable[[], Mapping[str, float]] = dict

    def sides(self, text: str, slot: str, spots: Sequence[Spot]) -> Mapping[int, Mapping[Side, float]]:
        """As ``StandingModel.sides``; empty where nothing competes."""
        return self.model.sides(text, slot, spots, self.kinds()) if self.model.competing(spots) else {}


#: where no model is asked
UNASKED = Standing()


def weighed(stance: Stance, likely: Mapping[Side, float] | None) -> Stance:
    """What the phrases say of a mention, corrected by the model where they say nothing strong."""
    if likely is None or stance.strength == STRONG:
        return stance
    side = max(likely, key=lambda each: likely[each])
    least = _OVER_NOTHING if stance.strength == NONE else _OVER_WEAK if stance.side == "wanted" else _OVER_REFUSAL
    if side == stance.side or likely[side] < least or stance.side == "second":
        return stance
    return Stance(side=side, strength=WEAK, exchanged=side == "given")


#: how likely it must be what the phrases do not say: where they say nothing, where they say something, and where they
#: say that it is not wanted
_OVER_NOTHING, _OVER_WEAK, _OVER_REFUSAL = 0.6, 0.9, 0.95


def features_of(
    text: str, slot: str, spot: Spot, spots: Sequence[Spot], kinds: Mapping[str, float]
) -> dict[str, float]:
    """What the model looks at: the words on each side, by sentence and by distance, and where rivals stand."""
    found: dict[str, float] = {}
    before = _words(text, max(0, spot.start - _AROUND), spot.start, spot, spots)[::-1]
    for side, words in (("B", before), ("A", _words(text, spot.end, spot.end + _AROUND, spot, spots))):
        for feature in _of_side(side, words[:_WORDS]):
            found[feature] = 1.0
    rivals = [other for other in spots if other.key != spot.key]
    after = any(other.start > spot.start for other in rivals)
    ahead = any(other.start < spot.start for other in rivals)
    place = f"{'after' if after else ''}{'ahead' if ahead else ''}"
    found[f"rivals {place}"] = 1.0
    found[f"slot {slot} {place}"] = 1.0
    for kind, likely in kinds.items():
        found[f"kind {kind}"] = likely
        found[f"kind {kind} {place}"] = likely
    return found


def _words(text: str, start: int, end: int, spot: Spot, spots: Sequence[Spot]) -> list[str]:
    parts, at = [], start
    for other in sorted(spots, key=lambda each: each.start):
        if at <= other.start and other.end <= end:
            parts += [text[at : other.start], _SAME if other.key == spot.key else _OTHER]
            at = other.end
    return _TOKEN.findall(_DIGITS.sub("0", " ".join((*parts, text[at:end]))))


def _of_side(side: str, words: Sequence[str]) -> Iterator[str]:
    sentence, last = 0, ""
    for number, word in enumerate(words):
        sentence += word in _ENDS
        where = f"{side}{min(sentence, _SENTENCES)}"
        yield f"{where} {word}"
        yield f"{side}{'n' if number < _NEAR else 'm' if number < _NOT_FAR else 'f'} {word}"
        if len(word) > _STEM:
            yield f"{where} {word[:_STEM]}*"
        if last:
            yield f"{where} {last} {word}" if side == "A" else f"{where} {word} {last}"
        last = word


def standing_model_from(data: Any, file: str) -> tuple[StandingModel | None, tuple[Problem, ...]]:
    """The value of ``rules/reading/standing.json``, or what is wrong with it."""

    def wrong(key: str, message: str) -> tuple[None, tuple[Problem, ...]]:
        return None, (Problem(file=file, key=key, message=message, remedy=REMEDY),)

    if not isinstance(data, dict) or data.keys() != {"bias", "weights"}:
        return wrong("", "does not hold bias and weights")
    if (bias := row_of(data["bias"], len(SIDES))) is None:
        return wrong("bias", f"is not {len(SIDES)} whole numbers")
    if not isinstance(data["weights"], dict) or not data["weights"]:
        return wrong("weights", "is empty")
    features: dict[str, int] = {}
    rows = array("h")
    for name, numbers in data["weights"].items():
        if (row := row_of(numbers, len(SIDES))) is None:
            return wrong(f"weights.{name!r}", f"is not {len(SIDES)} whole numbers")
        features[name] = len(rows)
        rows += row
    return StandingModel(bias=bias, features=features, rows=rows), ()
