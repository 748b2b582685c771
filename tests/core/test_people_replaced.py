"""In whose place somebody comes: who leaves, who takes part, and what is left for a person to say."""

from __future__ import annotations

import pytest

from mailbot.core.intent import Intent
from mailbot.core.intent_signs import Signs
from mailbot.core.match import Findings
from mailbot.core.people import People
from mailbot.core.requests import Change, Matched
from mailbot.core.requests_of import requests_of
from tests.core.test_people import people_in

SENDER = "Paul Petit"


def change_of(people: People) -> Change:
    intent = Intent(kind="change", replacement=True)
    (request,) = requests_of(intent, Signs(), Findings(event=Matched(event="album")), people, None)
    assert isinstance(request, Change)
    return request


@pytest.mark.parametrize(
    ("text", "leaving", "coming"),
    [
        ("Leen Hofkens is ziek. In haar plaats komt Anna Wouters.", "Leen Hofkens", "Anna Wouters"),
        ("Leen Hofkens is ziek, Anna Wouters komt in haar plaats.", "Leen Hofkens", "Anna Wouters"),
        ("Hakim Bel a quitté le service. Zoé Van Damme (z@x.example) prendra sa place.", "Hakim Bel", "Zoé Van Damme"),
        ("Frau Palm ist erkrankt. An ihrer Stelle kommt Herr Kurt Frey.", "Palm", "Kurt Frey"),
        ("Anna Wood is ill. I will come in her place.", "Anna Wood", SENDER),
        ("Je ne peux pas venir, Zoé Van Damme viendra à ma place.", SENDER, "Zoé Van Damme"),
    ],
)
def test_whoever_was_named_before_leaves(text: str, leaving: str, coming: str) -> None:
    found = people_in(f"{SENDER} <p@x.example>", text)
    change = change_of(found)
    assert not found.place_unclear
    assert [[p.name for p in people] for people in (change.leaving, change.coming)] == [[leaving], [coming]]


@pytest.mark.parametrize(
    "text",
    [
        "Ma collègue ne viendra pas, Zoé Van Damme viendra à sa place.",
        "Leen Hofkens en Tom Maes zijn ziek. In hun plaats komt Anna Wouters.",
        "Anna Wouters komt in haar plaats, Leen Hofkens is ziek.",
        "Leen Hofkens is ziek. In haar plaats komt iemand anders.",
    ],
)
def test_where_nothing_tells_a_person_looks(text: str) -> None:
    assert people_in(f"{SENDER} <p@x.example>", text).place_unclear
