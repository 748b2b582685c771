"""Different wishes of different people in one mail, and what is spoken of without being wished."""

from __future__ import annotations

from typing import Any

import pytest

from mailbot.core.apart import of_registering, wishes_apart
from mailbot.core.intent import Intent
from mailbot.core.lexicon import text_of
from mailbot.core.match import Findings
from mailbot.core.people import People
from mailbot.core.requests import Evidence, Matched, Person

PEOPLE = ("Marie Dupont", "Jan Peeters")
#: words -> field, key
WISHES = {
    "7 mars": ("session", "1"),
    "21 mars": ("session", "2"),
    "labo A": ("choice.lab", "a"),
    "labo B": ("choice.lab", "b"),
    "en ligne": ("mode", "online"),
    "sur place": ("mode", "in-person"),
}


@pytest.mark.parametrize(
    ("text", "apart"),
    [
        ("Marie Dupont vient le 7 mars, Jan Peeters le 21 mars", True),
        ("Moi le 7 mars, et Jan Peeters le 21 mars", True),
        ("Marie Dupont : labo A\nJan Peeters : labo B", True),
        ("Marie Dupont sur place, Jan Peeters en ligne", True),
        ("Marie Dupont et Jan Peeters viennent le 7 mars et le 21 mars", False),
        ("Marie Dupont : labo A\nJan Peeters : labo A", False),
        ("Je viens le 7 mars et le 21 mars avec Marie Dupont et Jan Peeters", False),
    ],
)
def test_who_wants_what(text: str, apart: bool) -> None:
    folded = text_of(text).folded
    people = [
        Evidence(field="person", text=p, rule="people.list", start=text.find(p), end=text.find(p) + len(p))
        for p in PEOPLE
        if p in text
    ]
    wishes = []
    for words, (field, key) in WISHES.items():
        at = -1
        while (at := text.find(words, at + 1)) >= 0:
            wishes.append(Evidence(field=field, text=words, rule=f"match.x.y.{key}", start=at, end=at + len(words)))
    assert bool(wishes_apart(folded, people, wishes)) is apart


@pytest.mark.parametrize(
    ("found", "codes"),
    [
        ({}, []),
        ({"sessions": ("1",), "sessions_given_up": ("2",)}, []),
        ({"sessions_given_up": ("2",)}, []),
        ({"sessions_had": ("2",)}, ["session-unclear"]),
        ({"choices_given_up": {"lab": "a"}}, ["choice-unclear"]),
        ({"choices_given_up": {"lab": "a"}, "choices": {"lab": "b"}}, []),
        ({"choices_had": {"meal": "soup"}, "choices": {"lab": "b"}}, ["choice-unclear"]),
    ],
)
def test_a_registration_without_a_choice_of_what_it_speaks_of_is_looked_at(
    found: dict[str, Any], codes: list[str]
) -> None:
    people = People(sender=Person(name="Marie Dupont", is_sender=True))
    findings = Findings(event=Matched(event="x"), **found)
    doubts = of_registering("", Intent(kind="register"), people, findings)
    assert [doubt.code for doubt in doubts] == codes
    assert of_registering("", Intent(kind="cancel"), people, findings) == ()
