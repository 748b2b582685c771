"""Saved mails the whole way from bytes to the decision: broken ones, and ones that cannot be read."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailbot.core.decisions import PutRegistration
from mailbot.core.policy import Policy
from mailbot.core.requests import Doubt
from mailbot.core.second_opinion import KINDS, KindModel
from mailbot.service.explaining import Explained, explain
from tests.fuzz.checks import whole_way

MAIL = Path(__file__).parents[1] / "data/mail"
NOW = datetime(2021, 9, 1, tzinfo=UTC)


@pytest.mark.parametrize("path", sorted(MAIL.rglob("*.eml")), ids=lambda path: path.stem)
def test_a_broken_mail_comes_to_a_decision(path: Path, shipped: Policy) -> None:
    assert whole_way(path.read_bytes(), shipped, NOW) is None


@pytest.mark.parametrize("name", ["smime-encrypted", "pgp-mime-encrypted", "tnef-alone", "mime-nested-60-deep"])
def test_what_cannot_be_read_is_held_whatever_its_subject_says(name: str, shipped: Policy) -> None:
    content = (MAIL / f"broken/{name}.eml").read_bytes()
    content = content.replace(b"Subject: inscription", b"Subject: Je m'inscris a la formation Album du 16 septembre")
    decision = explain(content, shipped, now=NOW, fallback=NOW).decision
    assert decision.disposition == "hold"
    assert decision.hits[0].reason == "unreadable"
    assert not any(isinstance(effect, PutRegistration) for effect in decision.effects)


REGISTERS = "Bonjour, je m'inscris à la formation Album du 16 septembre. Bien à vous, Zoé Ünsal"
CANCELS = "Bonjour, je dois annuler mon inscription à la formation Album du 16 septembre, désolée."
THANKS = "Merci beaucoup, à jeudi !"
DECLINES = "Merci, mais je ne m'inscrirai pas à la formation Album."
ASKS = "Bonjour, où a lieu la formation Album du 16 septembre ?"


def seen(text: str, shipped: Policy, sure: dict[str, float], *, thread: str = "") -> tuple[Explained, list[Doubt]]:
    """Read with a model that believes what it is told, whatever the words."""
    chances = [sure.get(kind, 0.001) for kind in KINDS]
    model = KindModel(bias=tuple(math.log(chance) for chance in chances), features={})
    head = "From: Zoé Ünsal <zoe@home.example>\nTo: inscriptions@prevention.example\nMessage-ID: <1@home.example>\n"
    head += f"Date: Wed, 1 Sep 2021 10:00:00 +0200\nSubject: {thread}\nContent-Type: text/plain; charset=utf-8\n\n"
    explained = explain((head + text).encode(), replace(shipped, kind_model=model), now=NOW, fallback=NOW)
    return explained, [doubt for doubt in explained.reading.doubts if doubt.code == "second-opinion"]


@pytest.mark.parametrize(
    ("text", "sure", "held"),
    [
        (REGISTERS, {"register": 0.9}, False),
        (REGISTERS, {"register": 0.4, "question": 0.6}, False),
        (REGISTERS, {"register": 0.3, "question": 0.7}, True),
        (CANCELS, {"cancel": 0.2, "change": 0.8}, False),
        (CANCELS, {"change": 0.95}, True),
        (REGISTERS, {"question": 0.9}, True),
        (REGISTERS, {"cancel": 0.9}, True),
        (THANKS, {"thanks": 0.9}, False),
        (THANKS, {"register": 0.3, "thanks": 0.7}, False),
        (THANKS, {"register": 0.3, "cancel": 0.3, "change": 0.3}, True),
        (DECLINES, {"cancel": 0.9}, True),
        (ASKS, {"register": 0.9}, False),
    ],
)
def test_a_second_opinion_holds_back_and_never_acts(
    text: str, sure: dict[str, float], held: bool, shipped: Policy
) -> None:
    explained, doubts = seen(text, shipped, sure)
    assert bool(doubts) == held
    assert (explained.decision.hits[0].reason == "second-opinion") == held
    acted = any(isinstance(effect, PutRegistration) for effect in explained.decision.effects)
    assert acted == (text in {REGISTERS, CANCELS} and not held)


def test_a_second_opinion_tells_what_it_thinks_and_how_sure_it_is(shipped: Policy) -> None:
    _, (doubt,) = seen(REGISTERS, shipped, {"cancel": 0.93, "question": 0.07})
    (evidence,) = doubt.evidence
    assert evidence.rule == "second-opinion.cancel.93%"
