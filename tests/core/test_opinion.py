"""The models: what they see of a mail, what they say, and what can be wrong with their file."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mailbot.core.opinion import COLUMNS, KINDS, WHO, Opinion, OpinionModel, features_of, opinion_model_from, tokens_of
from mailbot.core.requests import Question
from mailbot.core.weighing import asked_for_sure

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = json.loads((ROOT / "rules/reading/opinion.json").read_text("utf-8"))
NOTHING = re.compile(r"(?!)")

#: written for this test: nothing of it is in the texts that the shipped models were taught with
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
def shipped() -> OpinionModel:
    model, problems = opinion_model_from(SHIPPED, "opinion.json")
    assert model is not None, problems
    return model


def said(model: OpinionModel, text: str, *, is_reply: bool = False, signs: tuple[str, ...] = ()) -> Opinion | None:
    return model.opinion(tokens_of("", text, is_reply=is_reply, events=NOTHING), signs)


def test_the_shipped_models_know_what_fresh_mails_want(shipped: OpinionModel) -> None:
    wrong = []
    for kind, text in FRESH:
        opinion = said(shipped, text, is_reply=kind in {"thanks", "cancel", "change"})
        assert opinion is not None
        if opinion.kind != kind:
            wrong.append((kind, opinion.kind, text))
        assert opinion.kinds[kind] > 0.1, (kind, opinion.kinds, text)
        assert sum(opinion.kinds.values()) == pytest.approx(1.0)
        assert sum(opinion.who.values()) == pytest.approx(1.0)
        assert opinion.words(opinion.kind) and set(opinion.words(opinion.kind)) <= set(opinion.tokens)
    assert len(wrong) <= len(FRESH) // 10, wrong


def test_what_is_asked_and_for_whom_is_seen_too(shipped: OpinionModel) -> None:
    alone = said(shipped, "Bonjour, merci de m'inscrire à la formation du 16. Bien à vous")
    both = said(shipped, "Bonjour, merci de nous inscrire, ma collègue Anna Vos et moi-même, à la formation du 16.")
    asking = said(shipped, "Beste, hoe laat begint de vorming en is er parking?")
    assert alone is not None and both is not None and asking is not None
    assert alone.who["alone"] > 0.5 > both.who["alone"]
    assert asking.asks > 0.5 > alone.asks


def test_what_the_phrases_found_is_weighed_too(shipped: OpinionModel) -> None:
    text = "voilà, tout est dit dans ce message un peu obscur"
    plain, told = said(shipped, text), said(shipped, text, signs=("kind cancel", "heard cancel", "kind cancel ours"))
    assert plain is not None and told is not None
    assert told.kinds["cancel"] > plain.kinds["cancel"]
    assert told.who == plain.who, "whom it is about is asked of the letters alone: it checks the phrases"


@pytest.mark.parametrize("text", ["", "\x00\x01\x02", "12 345", "日本語", "Ok!", "anna@town.example"])
def test_next_to_no_words_are_no_ground_for_an_opinion(text: str, shipped: OpinionModel) -> None:
    assert said(shipped, text, is_reply=True) is None


def test_what_differs_from_town_to_town_is_not_seen() -> None:
    events = re.compile(r"\b(?:festin|garden party)\b")
    here = "Je viens au festin du 16 mai avec Anna Vos, anna@town.example"
    there = "Je viens au Garden Party du 3 mai avec Bénédicte Lejeune, b.l@other.example"
    one, other = (tokens_of("", text, is_reply=False, events=events) for text in (here, there))
    assert one == other
    assert not {"anna", "vos", "town", "16", "festin"} & set(one)


def test_a_word_and_its_parts_are_features() -> None:
    found = features_of("annulez")
    assert {" annulez ", "nulez", " ann", "z "} <= set(found)
    assert all(feature.startswith(" ") or feature.endswith(" ") or len(feature) <= 5 for feature in found)


def test_words_are_summed_once_and_the_memory_of_them_is_bounded(shipped: OpinionModel) -> None:
    first = said(shipped, "merci de noter ma venue")
    for number in range(10_000):
        shipped.of_word(f"w{number}x")
    assert len(shipped._words) <= 8_192
    again = said(shipped, "merci de noter ma venue")
    assert first is not None and again is not None and first.kinds == again.kinds


def test_only_the_beginning_of_a_long_mail_is_looked_at() -> None:
    assert len(tokens_of("mot " * 100_000, "mot " * 100_000, is_reply=False, events=NOTHING)) < 1_100


def _with(table: str, name: str, row: object) -> Callable[[Any], Any]:
    def change(data: Any) -> Any:
        data[table] = {name: row}
        return data

    return change


@pytest.mark.parametrize(
    ("breaks", "key", "message"),
    [
        (lambda data: [], "", "does not hold columns, bias, features and signs"),
        (lambda data: {**data, "more": 1}, "", "does not hold columns, bias, features and signs"),
        (lambda data: {**data, "columns": ["register"]}, "columns", "is not register, cancel"),
        (lambda data: {**data, "bias": [0.5] * len(COLUMNS)}, "bias", f"is not {len(COLUMNS)} whole numbers"),
        (lambda data: {**data, "bias": [0]}, "bias", f"is not {len(COLUMNS)} whole numbers"),
        (lambda data: {**data, "features": {}}, "features", "is empty"),
        (_with("features", "abc", [1, 2]), "features.'abc'", f"is not {len(COLUMNS) + 1} whole numbers"),
        (
            _with("features", "abc", [*range(len(COLUMNS)), True]),
            "features.'abc'",
            f"is not {len(COLUMNS) + 1} whole numbers",
        ),
        (
            _with("features", "abc", [*range(len(COLUMNS)), 40_000]),
            "features.'abc'",
            f"is not {len(COLUMNS) + 1} whole numbers",
        ),
        (_with("signs", "kind x", [1]), "signs.'kind x'", f"is not {len(COLUMNS)} whole numbers"),
    ],
)
def test_a_broken_model_is_told(breaks: Callable[[Any], Any], key: str, message: str) -> None:
    few = {**SHIPPED, "features": dict(list(SHIPPED["features"].items())[:3])}
    model, (problem,) = opinion_model_from(breaks(copy.deepcopy(few)), "rules/reading/opinion.json")
    assert model is None
    assert (problem.file, problem.key) == ("rules/reading/opinion.json", key)
    assert message in problem.message and "make model" in problem.remedy


def test_the_columns_are_kinds_and_whom_and_three_more() -> None:
    assert (*KINDS, *WHO, "online", "person", "asks") == COLUMNS


def test_a_mark_behind_the_act_itself_asks_less_than_another(shipped: OpinionModel) -> None:
    opinion = said(shipped, "Mag u ons daarbij zetten?")
    assert opinion is not None
    unsure, sure = replace(opinion, asks=0.5), replace(opinion, asks=0.7)
    asked = (Question(topic=None, text="Mag u ons daarbij zetten?"),)
    assert asked_for_sure(asked, unsure, True, politely=True) == ()
    assert asked_for_sure(asked, unsure, True, politely=False) == asked
    assert asked_for_sure(asked, sure, True, politely=True) == asked
    assert asked_for_sure(asked, unsure, False, politely=True) == asked
