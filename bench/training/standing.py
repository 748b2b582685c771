"""What ``rules/reading/standing.json`` is taught from: the mentions in labelled mails, and texts in which they are marked."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from bench.training.lessons import NOW
from bench.training.mails import Labelled, author_of, labelled_mails, labelled_texts, policy_for
from mailbot.core.decisions import ThreadFacts
from mailbot.core.direction import Side
from mailbot.core.lexicon import fold
from mailbot.core.mime import parse
from mailbot.core.standing import PARTS, SIDES, Spot, StandingModel, features_of
from mailbot.core.weighing import ACTS
from mailbot.service.explaining import clock_of
from mailbot.service.processing import read_mail

#: how far the weights may follow single texts
C = 0.5
#: what a marked text weighs beside a mention in a mail
TEXT = 0.5
#: features that occur in fewer mentions say nothing about others
LEAST = 2
#: weights below, in ``PARTS``, are left out
FAINT = 7
ITERATIONS = 400

#: {SLOT SIGN ID:words}, as in "basculez-moi sur {s+b:le 17 juin}"
_MARK = re.compile(r"\{([scmp])([+=-])([a-z]):([^{}]+)\}")
_SLOTS = {"s": "session", "c": "choice", "m": "mode", "p": "pickup"}
_SIGNS: Mapping[str, Side] = {"+": "wanted", "-": "given", "=": "had"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentioned:
    author: str
    features: Mapping[str, float]
    side: Side
    #: of a whole mail, found as the reader finds it; else of a text in which somebody marked it
    in_mail: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recorder(StandingModel):
    """Has no opinion, and keeps what it is asked about."""

    asked: list[tuple[str, str, tuple[Spot, ...]]] = field(default_factory=list)

    def competing(self, spots: Sequence[Spot]) -> bool:
        return bool(spots)

    def sides(
        self, text: str, slot: str, spots: Sequence[Spot], kinds: Mapping[str, float]
    ) -> Mapping[int, Mapping[Side, float]]:
        self.asked.append((text, slot, tuple(spots)))
        return {}


def mentioned() -> Iterator[Mentioned]:
    for mail in labelled_mails():
        yield from of_mail(mail)
    for name, text in labelled_texts("mentions"):
        yield from of_text(name, text)


def of_mail(mail: Labelled) -> Iterator[Mentioned]:
    label = mail.label
    if label["kind"] not in ACTS or len(label["events"]) != 1:
        return
    recorder = Recorder()
    policy = replace(policy_for(mail.folder, taught=False), standing_model=recorder)
    message = parse(mail.content, words=policy.mail_words, limits=policy.limits)
    reading = read_mail(message, policy, now=clock_of(message) or NOW, thread=ThreadFacts())
    if not any(getattr(r.details.event, "event", None) == label["events"][0] for r in reading.requests):
        return
    for text, slot, spots in recorder.asked:
        told = _told(label, slot)
        for spot in spots if told else ():
            keys = set(spot.key.split("+"))
            if keys & told and not keys <= told:
                continue
            side = _side(label["kind"], bool(keys & told))
            if label["kind"] == "cancel" and slot != "session":
                continue
            features = features_of(text, slot, spot, spots, {label["kind"]: 1.0})
            yield Mentioned(author=author_of(mail.folder), features=features, side=side, in_mail=True)


def _told(label: Mapping[str, Any], slot: str) -> set[str]:
    found = {
        "session": label["sessions"],
        "choice": list(label["choices"].values()),
        "mode": [label["mode"]],
        "pickup": [label["pickup"]],
    }[slot]
    return {key for key in found if key is not None}


def _side(kind: str, told: bool) -> Side:
    if kind == "cancel":
        return "given" if told else "had"
    return "wanted" if told else "given"


def of_text(author: str, text: Mapping[str, Any]) -> Iterator[Mentioned]:
    plain, at = "", 0
    slots: dict[str, list[tuple[Spot, Side]]] = {}
    for found in _MARK.finditer(text["t"]):
        plain += text["t"][at : found.start()]
        spot = Spot(start=len(plain), end=len(plain) + len(found[4]), key=found[3])
        slots.setdefault(_SLOTS[found[1]], []).append((spot, _SIGNS[found[2]]))
        plain, at = plain + found[4], found.end()
    folded = fold(plain + text["t"][at:])
    for slot, told in slots.items():
        spots = [spot for spot, _ in told]
        for spot, side in told:
            features = features_of(folded, slot, spot, spots, {text["k"]: 1.0})
            yield Mentioned(author=f"mentions-{author}", features=features, side=side, in_mail=False)


def fit(taught: Sequence[Mentioned]) -> dict[str, object]:
    """The content of ``standing.json``.

    Texts have all mentions marked and many refused; mails have what the reader finds, mostly wanted. So each feature
    is learnt from both, and once more from mails alone (Daumé, "Frustratingly easy domain adaptation", 2007); what is
    read later is a mail, for which both weights add up.
    """
    vectors = DictVectorizer()
    rows = vectors.fit_transform(
        [
            {**each.features, **({_IN_MAIL + f: v for f, v in each.features.items()} if each.in_mail else {})}
            for each in taught
        ]
    )
    often = numpy.asarray((rows != 0).sum(0))[0] >= LEAST
    model = LogisticRegression(C=C, max_iter=ITERATIONS, class_weight="balanced")
    model.fit(
        rows[:, often], [each.side for each in taught], sample_weight=[1.0 if each.in_mail else TEXT for each in taught]
    )
    order = [list(model.classes_).index(side) for side in SIDES]
    weights: dict[str, Any] = defaultdict(lambda: numpy.zeros(len(SIDES)))
    for name, column in zip(vectors.get_feature_names_out()[often], model.coef_[order].T, strict=True):
        weights[name.removeprefix(_IN_MAIL)] += column
    parts = {name: [round(float(w) * PARTS) for w in row] for name, row in sorted(weights.items())}
    return {
        "bias": [round(float(b) * PARTS) for b in model.intercept_[order]],
        "weights": {name: row for name, row in parts.items() if max(map(abs, row)) >= FAINT},
    }


_IN_MAIL = "mail:"
