"""The second opinion: what it sees of a mail, what it says, and what can be wrong with its file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.training.fit import fit
from mailbot.core.second_opinion import (
    KINDS,
    KindModel,
    Opinion,
    features_of,
    kind_model_from,
    opinion_of,
    tokens_of,
)

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = json.loads((ROOT / "rules/reading/kinds.json").read_text("utf-8"))
NOTHING = re.compile(r"(?!)")

#: written for this test: nothing of it is in the mails that the shipped model was taught with
FRESH = (
    ("register", "Bonjour, je souhaite participer à la séance de mardi, merci de noter mon nom."),
    ("register", "Beste, mag ik mij inschrijven voor de namiddag? Ik kom graag samen met mijn man."),
    ("register", "Hello, please add me to the list, I would love to attend."),
    ("register", "Guten Tag, hiermit melde ich mich zur Veranstaltung an und freue mich darauf."),
    ("cancel", "Bonjour, je dois malheureusement annuler mon inscription, un imprévu m'empêche de venir."),
    ("cancel", "Dag, helaas moet ik afzeggen, mijn zoon is ziek geworden. Sorry!"),
    ("cancel", "Unfortunately I can't make it any more, please cancel my place."),
    ("cancel", "Leider muss ich absagen, ich bin krank und kann nicht kommen."),
    ("change", "Finalement je préférerais suivre en ligne au lieu de venir sur place, pouvez-vous modifier ?"),
    ("change", "Kan ik van sessie wisselen? Ik had mij voor de eerste ingeschreven maar wil liever de tweede."),
    ("change", "Could you move me from the first session to the second one instead?"),
    ("change", "Könnten Sie meine Anmeldung ändern? Statt des ersten Termins lieber den zweiten."),
    ("question", "Bonjour, y a-t-il un parking à proximité ? Et combien cela coûte-t-il ?"),
    ("question", "Weet u of er vertaling voorzien is? En hoe laat begint het precies?"),
    ("question", "Is there a lift in the building, and will the slides be available afterwards?"),
    ("question", "Findet die Veranstaltung auch online statt? Was kostet die Teilnahme?"),
    ("thanks", "Merci beaucoup pour la confirmation, à bientôt !"),
    ("thanks", "Bedankt voor de bevestiging, tot dan!"),
    ("thanks", "Great, thanks for confirming. See you then!"),
    ("thanks", "Vielen Dank für die Bestätigung, bis dann!"),
)


@pytest.fixture(scope="module")
def shipped() -> KindModel:
    model, problems = kind_model_from(SHIPPED, "kinds.json")
    assert model is not None, problems
    return model


def said(model: KindModel, text: str, *, is_reply: bool = False) -> Opinion:
    opinion = opinion_of(model, subject="", text=text, is_reply=is_reply, events=NOTHING)
    assert opinion is not None
    return opinion


def test_the_shipped_model_knows_what_fresh_mails_want(shipped: KindModel) -> None:
    opinions = [
        (kind, text, said(shipped, text, is_reply=kind in {"thanks", "cancel", "change"})) for kind, text in FRESH
    ]
    wrong = [(kind, opinion.kind, text) for kind, text, opinion in opinions if opinion.kind != kind]
    assert len(wrong) <= len(FRESH) // 10, wrong
    for kind, text, opinion in opinions:
        assert opinion.chance(kind) > 0.1, (kind, opinion.chances, text)
        assert opinion.chance(*KINDS) == pytest.approx(1.0)
        assert opinion.words() and set(opinion.words()) <= set(opinion.tokens)


@pytest.mark.parametrize("text", ["", "\x00\x01\x02", "12 345", "日本語", "Ok!", "anna@town.example"])
def test_next_to_no_words_are_no_ground_for_an_opinion(text: str, shipped: KindModel) -> None:
    assert opinion_of(shipped, subject="", text=text, is_reply=True, events=NOTHING) is None


def test_what_differs_from_town_to_town_is_not_seen() -> None:
    events = re.compile(r"\b(?:festin|garden party)\b")
    here = "Je viens au festin du 16 mai avec Anna Vos, anna@town.example"
    there = "Je viens au Garden Party du 3 mai avec Bénédicte Lejeune, b.l@other.example"
    one, other = (tokens_of("", text, is_reply=False, events=events) for text in (here, there))
    assert one == other
    assert not {"anna", "vos", "town", "16", "festin"} & set(one)


def test_words_their_parts_and_pairs_are_features() -> None:
    tokens = tokens_of("", "Annulez! annulez", is_reply=True, events=NOTHING)
    found = features_of(tokens)
    assert found[" annulez "] == 2
    assert found["nulez"] == found[" ann"] == found["z "] == 2
    assert found[" annulez ! "] == found[" ! annulez "] == 1
    assert all(feature.startswith(" ") or feature.endswith(" ") or len(feature) <= 5 for feature in found)


def test_only_the_beginning_of_a_long_mail_is_looked_at() -> None:
    assert len(tokens_of("mot " * 100_000, "mot " * 100_000, is_reply=False, events=NOTHING)) < 1_100


LESSONS = tuple(
    (kind, text.replace("X", filler))
    for kind, text in (
        ("register", "oui j'arrive X"),
        ("cancel", "j'abandonne X"),
        ("change", "j'échange X"),
        ("question", "où est-ce X ?"),
        ("thanks", "ah merci X"),
        ("other", "bof bof X"),
    )
    for filler in ("vite", "demain", "donc", "alors")
)


def test_the_trainer_learns_and_the_same_mails_make_the_same_model() -> None:
    counts = [features_of(tokens_of("", text, is_reply=False, events=NOTHING)) for _, text in LESSONS]
    data = fit(counts, [kind for kind, _ in LESSONS])
    assert data == fit(counts, [kind for kind, _ in LESSONS])
    model, problems = kind_model_from(json.loads(json.dumps(data)), "kinds.json")
    assert model is not None, problems
    for kind, text in LESSONS:
        assert said(model, f"{text} lundi").kind == kind
    assert said(model, "alors j'abandonne tout").words()[0] == "abandonne"


@pytest.mark.parametrize(
    ("breaks", "key", "message"),
    [
        (lambda data: [], "", "does not hold kinds, bias and features"),
        (lambda data: {**data, "more": 1}, "", "does not hold kinds, bias and features"),
        (lambda data: {**data, "kinds": ["register"]}, "kinds", "is not register, cancel"),
        (lambda data: {**data, "bias": [0, 0, 0, 0, 0, 0.5]}, "bias", "is not 6 whole numbers"),
        (lambda data: {**data, "bias": [0]}, "bias", "is not 6 whole numbers"),
        (lambda data: {**data, "features": {}}, "features", "is empty"),
        (lambda data: {**data, "features": {"abc": [1, 2]}}, "features.'abc'", "is not 7 whole numbers"),
        (lambda data: {**data, "features": {"abc": [1, 2, 3, 4, 5, 6, True]}}, "features.'abc'", "is not 7"),
    ],
)
def test_a_broken_model_is_told(breaks: Callable[[Any], Any], key: str, message: str) -> None:
    model, (problem,) = kind_model_from(breaks(SHIPPED), "rules/reading/kinds.json")
    assert model is None
    assert (problem.file, problem.key) == ("rules/reading/kinds.json", key)
    assert message in problem.message and "make model" in problem.remedy
