"""The model of what is wanted among several: what it says of fresh mails, when it is heard, what can be wrong with its file."""

from __future__ import annotations

import copy
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mailbot.core.direction import NONE, STRONG, WEAK, Side, Stance
from mailbot.core.lexicon import fold
from mailbot.core.standing import NO_STANDING, Spot, Standing, StandingModel, standing_model_from, weighed

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = json.loads((ROOT / "rules/reading/standing.json").read_text("utf-8"))

#: written for this test: [wanted], <not wanted>. Nothing of it is among the texts that the shipped model was taught with
FRESH = (
    ("register", "J'aimerais venir à la séance du [3 mars]. Celle <du 10> tombe pendant mes vacances, dommage."),
    ("register", "Inscrivez-moi le [jeudi soir] s'il vous plaît, <le mardi soir> j'entraîne les petits au foot."),
    ("change", "J'étais prévue <le 4 mai>, mais une réunion s'est ajoutée ce jour-là. Mettez-moi donc [le 11 mai]."),
    ("register", "Graag een plaatsje op [12 oktober], want op <5 oktober> zit ik in het buitenland."),
    ("change", "Op <7 mei> moet ik plots werken. Zet me maar bij de groep van [21 mei]."),
    ("register", "Please book me in for [the second evening]; <the first one> clashes with my daughter's concert."),
    ("change", "You have me down for <3 June> but I'm in court that day. Could I come on [10 June]?"),
    ("register", "Bitte melden Sie mich für den [8. November] an, am <15. November> bin ich auf Dienstreise."),
    ("change", "Ich stehe bei Ihnen für <den 2. März> auf der Liste, da habe ich Spätdienst. Am [9. März] ginge es."),
)
_MARKED = re.compile(r"\[(?P<wanted>[^\]]+)\]|<(?P<given>[^>]+)>")


@pytest.fixture(scope="module")
def shipped() -> StandingModel:
    model, problems = standing_model_from(SHIPPED, "standing.json")
    assert model is not None, problems
    return model


def unmarked(text: str) -> tuple[str, list[tuple[Spot, str]]]:
    plain, told, at = "", [], 0
    for found in _MARKED.finditer(text):
        plain += text[at : found.start()]
        words = found[found.lastgroup or 0]
        spot = Spot(start=len(plain), end=len(plain) + len(words), key=words)
        told.append((spot, found.lastgroup or ""))
        plain, at = plain + words, found.end()
    return fold(plain + text[at:]), told


def test_the_shipped_model_tells_what_is_wanted_in_fresh_mails(shipped: StandingModel) -> None:
    """Four of five by itself: beside it stand the phrases, and it overrules none of them that is strong."""
    right, wrong = 0, []
    for kind, marked in FRESH:
        text, told = unmarked(marked)
        sides = Standing(model=shipped, kinds={kind: 1.0}.copy).sides(text, "session", [spot for spot, _ in told])
        for spot, side in told:
            if (sides[spot.start]["wanted"] > 0.5) == (side == "wanted"):
                right += 1
            else:
                wrong.append((marked, spot.key, sides[spot.start]))
    assert right >= 4 * len(wrong), wrong


def test_it_is_asked_only_where_something_competes(shipped: StandingModel) -> None:
    one = [Spot(start=0, end=2, key="a"), Spot(start=5, end=7, key="a")]
    assert Standing(model=shipped).sides("am 3. am 4.", "session", one) == {}
    other = [one[0], Spot(start=5, end=7, key="b")]
    assert set(Standing(model=shipped).sides("am 3. am 4.", "session", other)) == {0, 5}
    assert Standing(model=NO_STANDING).sides("am 3. am 4.", "session", other) == {}


def test_what_is_named_twice_is_one_thing(shipped: StandingModel) -> None:
    text = fold("Door een dienst sta ik morgen op de baan. Kan mijn plaats bij haatspraak naar die van 6 mei?")
    spots = [
        Spot(start=text.index(words), end=text.index(words) + len(words), key=key)
        for words, key in (("morgen", "april"), ("haatspraak", "april"), ("6 mei", "mei"))
    ]
    sides = Standing(model=shipped, kinds=lambda: {"change": 1.0}).sides(text, "session", spots)
    assert sides[spots[0].start] == sides[spots[1].start] != sides[spots[2].start]
    assert all(sum(side.values()) == pytest.approx(1) for side in sides.values())


def test_the_two_places_of_one_thing_are_weighed_alike() -> None:
    model, _ = standing_model_from({"bias": [0, 0, 0], "weights": {"B0 am": [300, 0, 0], "B0 kein": [0, 100, 0]}}, "x")
    assert model is not None
    text = "am x kein y oder z"
    spots = [Spot(start=3, end=4, key="a"), Spot(start=10, end=11, key="a"), Spot(start=17, end=18, key="b")]
    likely = model.sides(text, "session", spots, {})[3]
    # by itself the first is wanted with 3 and the second, in whose sentence both words stand, with 3 and given with 1
    assert likely["wanted"] / likely["given"] == pytest.approx(math.exp(3 - 0.5), rel=0.01)


@pytest.mark.parametrize(
    ("strength", "wanted", "side"),
    [
        (NONE, 0.7, "wanted"),
        (NONE, 0.3, "given"),
        (WEAK, 0.3, "wanted"),  # something was said, and the model is not sure
        (WEAK, 0.1, "given"),
        (STRONG, 0.01, "wanted"),  # the words right beside it are believed
    ],
)
def test_it_corrects_what_phrases_hardly_say(strength: int, wanted: float, side: Side) -> None:
    likely: dict[Side, float] = {"wanted": wanted, "given": 1 - wanted, "had": 0.0}
    assert weighed(Stance(side="wanted", strength=strength), likely).side == side


def test_a_fallback_stays_one() -> None:
    second = Stance(side="second", strength=WEAK)
    assert weighed(second, {"wanted": 1.0, "given": 0.0, "had": 0.0}) is second
    assert weighed(second, None) is second


def _without(key: str) -> Callable[[dict[str, Any]], object]:
    return lambda data: {name: value for name, value in data.items() if name != key}


@pytest.mark.parametrize(
    ("breaks", "key"),
    [
        (_without("bias"), ""),
        (lambda data: data | {"bias": [1, 2]}, "bias"),
        (lambda data: data | {"bias": [1, 2, True]}, "bias"),
        (lambda data: data | {"weights": {}}, "weights"),
        (lambda data: data | {"weights": {"B0 am": [1, 2.5, 3]}}, "weights.'B0 am'"),
        (lambda data: data | {"weights": {"B0 am": [1, 2, 40_000]}}, "weights.'B0 am'"),
        (lambda data: [data], ""),
    ],
)
def test_what_is_wrong_with_its_file_is_told(breaks: Callable[[dict[str, Any]], object], key: str) -> None:
    few = {"bias": [1, 2, 3], "weights": {"B0 am": [1, 2, 3]}}
    assert standing_model_from(few, "x")[1] == ()
    model, (problem,) = standing_model_from(breaks(copy.deepcopy(few)), "rules/reading/standing.json")
    assert model is None and (problem.file, problem.key) == ("rules/reading/standing.json", key)
    assert "make model" in problem.remedy
