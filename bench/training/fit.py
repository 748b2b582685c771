"""Multinomial logistic regression on few hundred mails with many thousand features, in plain Python.

There are fewer mails than features, so the weights are sought as a sum of mails (Keerthi et al. 2005, "A fast dual
algorithm for kernel logistic regression"). At the optimum each mail's share is ``C * (what it is - what is
believed)``; every pass moves each share towards that, one mail after the other. No chance is involved: the same
mails give the same model.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from operator import mul

from mailbot.core.second_opinion import KINDS, PARTS, damped, softmax

#: how far the weights may follow single mails
C = 50.0
PASSES = 40
#: features that occur in fewer mails say nothing about others
LEAST_MAILS = 2
MOST_FEATURES = 9_000

Row = list[int]


def fit(counts: Sequence[Counter[str]], kinds: Sequence[str]) -> dict[str, object]:
    """The content of ``kinds.json``. ``counts``: of each mail, ``features_of`` its tokens; ``kinds``: its label."""
    weight = {kind: len(kinds) / (len(KINDS) * kinds.count(kind)) for kind in set(kinds)}
    seen = Counter(feature for count in counts for feature in count)
    rarity = {
        feature: round(PARTS * (1 + math.log((1 + len(counts)) / (1 + number)))) / PARTS
        for feature, number in seen.items()
        if number >= LEAST_MAILS
    }
    kept = _telling(counts, kinds, weight, rarity)
    rows = [
        _values({f: n for f, n in count.items() if f in kept}, {f: rarity[f] for f in count if f in kept})
        for count in counts
    ]
    shares = _shares(_products(rows), kinds, [C * weight[kind] for kind in kinds])
    weights: dict[str, list[float]] = {feature: [0.0] * len(KINDS) for feature in sorted(kept)}
    for row, share in zip(rows, zip(*shares, strict=True), strict=True):
        for feature, value in row.items():
            own = weights[feature]
            for number, part in enumerate(share):
                own[number] += part * value
    return {
        "kinds": list(KINDS),
        "bias": [round(PARTS * sum(column)) for column in shares],
        "features": {
            feature: [round(PARTS * rarity[feature]), *(round(PARTS * w) for w in own)]
            for feature, own in weights.items()
        },
    }


def _values(counts: Mapping[str, int], rarity: Mapping[str, float]) -> dict[str, float]:
    """Counts damped, weighed by rarity, and brought to length one, as ``opinion_of`` does it."""
    values = {feature: damped(count) * rarity[feature] for feature, count in counts.items()}
    length = math.sqrt(sum(value * value for value in values.values())) or 1.0
    return {feature: value / length for feature, value in values.items()}


def _telling(
    counts: Sequence[Counter[str]], kinds: Sequence[str], weight: dict[str, float], rarity: dict[str, float]
) -> set[str]:
    """The features whose mails are of other kinds than mails are at large (chi-squared, kinds weighing alike)."""
    per_kind: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for count, kind in zip(counts, kinds, strict=True):
        for feature in count:
            if feature in rarity:
                per_kind[feature][kind] += weight[kind]
    among = len(set(kinds))

    def score(feature: str) -> float:
        found = per_kind[feature]
        expected = sum(found.values()) / among
        return sum((value - expected) ** 2 for value in found.values()) / expected + (among - len(found)) * expected

    return set(sorted(rarity, key=lambda feature: (-score(feature), feature))[:MOST_FEATURES])


def _products(rows: Sequence[dict[str, float]]) -> list[list[float]]:
    """How alike any two mails are; one is added for the bias."""
    holders: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for number, row in enumerate(rows):
        for feature, value in row.items():
            holders[feature].append((number, value))
    products = []
    for row in rows:
        line = [1.0] * len(rows)
        for feature, value in row.items():
            for other, its in holders[feature]:
                line[other] += value * its
        products.append(line)
    return products


def _shares(products: list[list[float]], kinds: Sequence[str], most: Sequence[float]) -> list[list[float]]:
    """Of each kind, every mail's share in its weights."""
    shares = [[0.0] * len(kinds) for _ in KINDS]
    for _ in range(PASSES):
        for mail, (line, kind) in enumerate(zip(products, kinds, strict=True)):
            believed = softmax(sum(map(mul, line, column)) for column in shares)
            # Half is the steepest that a chance rises with its score: the step never overshoots.
            step = 1.0 / (1.0 + 0.5 * most[mail] * line[mail])
            for name, chance, column in zip(KINDS, believed, shares, strict=True):
                column[mail] += step * (most[mail] * ((name == kind) - chance) - column[mail])
    return shares
