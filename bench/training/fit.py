"""Logistic regression over letters, words and what the phrases found, with scikit-learn."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

from bench.training.lessons import Lesson
from mailbot.core.opinion import COLUMNS, KINDS, PARTS, WHO, damped, features_of

#: how far the weights may follow single texts
C = 20.0
#: what a sign weighs beside a text, whose features are of length one together. They are few and strong.
SIGN = 0.3
#: features that occur in fewer texts say nothing about others
LEAST_TEXTS = 2
MOST_FEATURES = 16_000
#: and of those that tell who takes part online, beside them
MOST_OF_ONLINE = 1_500
ITERATIONS = 200

Units = list[tuple[float, tuple[str, ...]]]


def units_of(tokens: tuple[str, ...]) -> Units:
    """Words and pairs, each with what it is worth and its features: as ``OpinionModel.weighed`` adds them up."""
    words = [(damped(count), features_of(word)) for word, count in Counter(tokens).items()]
    pairs = Counter(f" {one} {other} " for one, other in pairwise(tokens))
    return [*words, *((damped(count), (pair,)) for pair, count in pairs.items())]


class Matrix:
    """Texts as rows."""

    def __init__(self, lessons: Sequence[Lesson]) -> None:
        self.units = [units_of(lesson.tokens) for lesson in lessons]
        self.lessons = lessons
        self.seen = Counter(f for units in self.units for f in {f for _, features in units for f in features})
        total = len(lessons)
        self.rarity = {
            feature: round(PARTS * (1 + math.log((1 + total) / (1 + number)))) / PARTS
            for feature, number in self.seen.items()
            if number >= LEAST_TEXTS
        }
        self.signs = {name: n for n, name in enumerate(sorted({s for lesson in lessons for s in lesson.signs}))}

    def of_features(self, kept: Sequence[str]) -> Any:
        column = {feature: number for number, feature in enumerate(kept)}
        values, columns, ends = [], [], [0]
        for units in self.units:
            row: dict[int, float] = defaultdict(float)
            square = 0.0
            for worth, features in units:
                known = [feature for feature in features if feature in column]
                square += worth * worth * sum(self.rarity[feature] ** 2 for feature in known)
                for feature in known:
                    row[column[feature]] += worth * self.rarity[feature]
            length = math.sqrt(square) or 1.0
            columns += row.keys()
            values += [value / length for value in row.values()]
            ends.append(len(columns))
        return csr_matrix((values, columns, ends), shape=(len(self.units), len(kept)))

    def of_signs(self) -> Any:
        values, columns, ends = [], [], [0]
        for lesson in self.lessons:
            columns += [self.signs[sign] for sign in lesson.signs]
            values += [SIGN] * len(lesson.signs)
            ends.append(len(columns))
        return csr_matrix((values, columns, ends), shape=(len(self.lessons), len(self.signs)))


def fit(lessons: Sequence[Lesson]) -> dict[str, object]:
    """The content of ``opinion.json``."""
    matrix = Matrix(lessons)
    every = sorted(matrix.rarity)
    rows = matrix.of_features(every)
    chosen = set(_telling(rows, matrix, every, KINDS, lambda lesson: lesson.kind)[:MOST_FEATURES])
    more = [n for n in _telling(rows, matrix, every, ("online",), lambda lesson: lesson.online) if n not in chosen]
    kept = sorted(every[n] for n in (*chosen, *more[:MOST_OF_ONLINE]))
    rows = matrix.of_features(kept)
    bias, features = numpy.zeros(len(COLUMNS)), numpy.zeros((len(COLUMNS), len(kept)))
    signs = numpy.zeros((len(COLUMNS), len(matrix.signs)))
    heads: list[tuple[tuple[str, ...], Callable[[Lesson], object], bool]] = [
        (KINDS, lambda lesson: lesson.kind, True),
        (WHO, lambda lesson: lesson.who, False),
        (("online",), lambda lesson: lesson.online, False),
        (("person",), lambda lesson: lesson.person, True),
        (("asks",), lambda lesson: lesson.asks, True),
    ]
    for names, target, told_signs in heads:
        model = _fitted(rows, matrix, target, told_signs=told_signs)
        weights = _weights(model, names, rows.shape[1] + len(matrix.signs) * told_signs)
        for number, name in enumerate(names):
            at = COLUMNS.index(name)
            features[at] = weights[number][: len(kept)]
            if told_signs:
                signs[at] = weights[number][len(kept) :] * SIGN
            bias[at] = model.intercept_[number if len(names) == 1 else list(model.classes_).index(name)]
    return {
        "columns": list(COLUMNS),
        "bias": _parts(bias),
        "features": {
            feature: [round(PARTS * matrix.rarity[feature]), *_parts(features[:, number])]
            for number, feature in enumerate(kept)
        },
        "signs": {name: _parts(signs[:, number]) for name, number in matrix.signs.items()},
    }


def _telling(
    rows: Any, matrix: Matrix, every: Sequence[str], names: Sequence[str], target: Callable[[Lesson], object]
) -> Sequence[int]:
    """The features by number, first those that tell most between ``names``."""
    weights = _weights(_fitted(rows, matrix, target), names, len(every))
    spread = numpy.abs(weights - (weights.mean(0) if len(names) > 1 else 0)).max(0)
    tells = spread * numpy.array([matrix.rarity[f] * math.sqrt(matrix.seen[f]) for f in every])
    return [int(n) for n in numpy.argsort(-tells, kind="stable")]


def _fitted(rows: Any, matrix: Matrix, target: Callable[[Lesson], object], *, told_signs: bool = False) -> Any:
    if told_signs:
        rows = hstack([rows, matrix.of_signs()]).tocsr()
    answers = [target(lesson) for lesson in matrix.lessons]
    taught = [number for number, answer in enumerate(answers) if answer is not None]
    model = LogisticRegression(C=C, max_iter=ITERATIONS, class_weight="balanced")
    return model.fit(rows[taught], [answers[number] for number in taught])


def _weights(model: Any, names: Sequence[str], width: int) -> Any:
    """One row for each name, in their order; a name that no text has stays without weight."""
    if len(names) == 1:
        return model.coef_[:, :width]
    found = list(model.classes_)
    return numpy.array(
        [model.coef_[found.index(name)][:width] if name in found else numpy.zeros(width) for name in names]
    )


def _parts(numbers: Any) -> list[int]:
    return [round(float(number) * PARTS) for number in numbers]
