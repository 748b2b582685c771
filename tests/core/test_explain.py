"""``explain --json``: the keys that the corpus's README promises, from a reading and a decision."""

from __future__ import annotations

import json

import pytest

from mailbot.core.decisions import Decision, Disposition, Hit
from mailbot.core.explain import explanation, kind_of, rows
from mailbot.core.message import Address, IncomingMessage
from mailbot.core.requests import (
    CalendarReply,
    Cancel,
    Change,
    Details,
    Doubt,
    Enquire,
    Evidence,
    Machine,
    Matched,
    Person,
    Question,
    Reading,
    Register,
    Request,
    Thanks,
    Unclear,
)

DETAILS = Details(
    event=Matched(event="album"),
    people=(Person(name="Marie Dupont", email="marie@x.example"),),
    sessions=("album/1",),
    choices={"lab": "a"},
    mode="online",
    pickup="north",
)
KEYS = {
    "file", "kind", "language", "events", "people", "sessions", "choices", "mode", "pickup", "question",
    "may_reply", "needs_human", "text", "signature", "reasons", "reply",
}  # fmt: skip


def decided(disposition: Disposition = "accept") -> Decision:
    hit = Hit(rule="chain.register", reason="register", message="registers", evidence=())
    return Decision(disposition=disposition, outcome="processed", hits=(hit,), misses=())


def message(text: str = "Bonjour, je m'inscris") -> IncomingMessage:
    return IncomingMessage(content_hash="x", sender=Address(name="Marie", email="marie@x.example"), new_text=text)


@pytest.mark.parametrize(
    ("requests", "machine", "kind"),
    [
        ((Register(details=DETAILS),), None, "register"),
        ((Enquire(details=DETAILS), Register(details=DETAILS)), None, "register"),
        ((Cancel(details=DETAILS),), None, "cancel"),
        ((Change(details=DETAILS),), None, "change"),
        ((Enquire(details=DETAILS),), None, "question"),
        ((Thanks(details=DETAILS),), None, "thanks"),
        ((Unclear(details=DETAILS),), None, "other"),
        ((), None, "other"),
        ((CalendarReply(details=DETAILS, partstat="DECLINED", uid="u"),), None, "cancel"),
        ((CalendarReply(details=DETAILS, partstat="ACCEPTED", uid="u"),), None, "thanks"),
        ((Register(details=DETAILS),), "no-reply", "register"),
        ((Register(details=DETAILS),), "bounce", "bounce"),
        ((Unclear(details=DETAILS),), "auto-reply", "auto-reply"),
        ((Unclear(details=DETAILS, kind="spam"),), "spam", "spam"),
    ],
)
def test_the_kind_in_one_word(requests: tuple[Request, ...], machine: str | None, kind: str) -> None:
    found = Machine(kind=machine, rule="r") if machine else None  # type: ignore[arg-type]
    reading = Reading(language="fr", requests=requests, machine=found)
    assert kind_of(reading) == kind
    assert explanation("a.eml", message(), reading, decided())["may_reply"] is (machine is None)


def test_all_keys_are_there_and_are_json() -> None:
    reading = Reading(
        language="fr",
        requests=(Register(details=DETAILS),),
        questions=(Question(topic="when", text="quand ?"),),
        doubts=(Doubt(code="complaint"),),
        evidence=(Evidence(field="kind", text="je m'inscris", rule="lexicon.fr.x", start=9, end=21),),
    )
    told = explanation("a.eml", message("Bonjour,\n\nje   m'inscris " + "x" * 80), reading, decided("hold"))
    assert set(told) == KEYS
    assert json.loads(json.dumps(told))["people"] == [
        {"name": "Marie Dupont", "email": "marie@x.example", "organisation": None}
    ]
    assert told["text"] == ("Bonjour, je m'inscris " + "x" * 80)[:60]
    assert told["needs_human"] is True
    assert told["question"] is True
    assert told["reply"] is None
    assert told["events"] == ["album"]
    assert told["pickup"] == "north"


def test_what_asks_for_no_act_names_nobody() -> None:
    told = explanation("a.eml", message(""), Reading(language=None, requests=(Enquire(details=DETAILS),)), decided())
    assert (told["people"], told["sessions"], told["choices"], told["mode"], told["pickup"]) == ([], [], {}, None, None)
    assert told["text"] is None


def test_each_field_has_its_value_once_and_the_words_as_they_stand_in_the_mail() -> None:
    text = "Bonjour, je M'INSCRIS pour l'Été, en ligne"
    reading = Reading(
        language="fr",
        language_sure=False,
        requests=(Register(details=DETAILS),),
        doubts=(
            Doubt(code="complaint", evidence=(Evidence(field="doubt", text="inscris", rule="d", start=11, end=20),)),
        ),
        evidence=(
            Evidence(field="kind", text="m'inscris", rule="one", start=12, end=21),
            Evidence(field="kind", text="l'ete", rule="two", start=27, end=32),
            Evidence(field="mode", text="en ligne", rule="three", start=-1, end=-1),
            Evidence(field="event", text="album", rule="four", where="subject", start=90, end=95),
        ),
    )
    found = [(r.field, r.value, r.words, r.rule) for r in rows(message(text), reading)]
    assert ("kind", "register", "M'INSCRIS", "one") in found
    assert ("kind", "", "l'Été", "two") in found
    assert ("mode", "online", "en ligne", "three") in found
    assert ("event", "album", "album", "four") in found
    assert ("person", "Marie Dupont", "", "") in found
    assert ("language", "fr, in doubt", "", "") in found
    assert [r[0] for r in found].count("doubt") == 1


def test_what_else_was_thought_of_is_told_with_its_score() -> None:
    reading = Reading(language="fr", requests=(), considered=(("album", 4.25), ("picnic", 1.5)))
    told = explanation("a.eml", message(), reading, decided())["reasons"]
    assert isinstance(told, list)
    assert {
        "code": "considered",
        "message": "events thought of: album 4.2, picnic 1.5",
        "rule": "match",
        "evidence": [],
    } in told
