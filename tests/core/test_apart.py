"""Different wishes of different people in one mail."""

from __future__ import annotations

import pytest

from mailbot.core.apart import wishes_apart
from mailbot.core.lexicon import text_of
from mailbot.core.requests import Evidence

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
