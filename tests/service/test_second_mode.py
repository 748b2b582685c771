"""In person, otherwise online: the room while there is a seat in it, then the other way; and back in line when both are full."""

from __future__ import annotations

from typing import Any

import pytest

from tests.service.talk import Talk, reply_to
from tests.service.town import Town, event, with_events

FIRST, ANNE, LAST = "first@town.example", "anne@town.example", "last@town.example"

SAID = {
    "fr": (
        "Je m'inscris à « Compost pour tous », sur place.",
        "Je m'inscris à « Compost pour tous », sur place, sinon en ligne.",
        "Je voudrais m'inscrire à « Compost pour tous » : de préférence sur place, à défaut en ligne.",
    ),
    "nl": (
        "Ik schrijf me in voor Compost voor iedereen, ter plaatse.",
        "Ik schrijf me in voor Compost voor iedereen, ter plaatse, anders online.",
        "Graag schrijf ik me in voor Compost voor iedereen: liefst ter plaatse, zo niet online.",
    ),
    "en": (
        "I would like to register for Compost for all, in person.",
        "I would like to register for Compost for all, in person, otherwise online.",
        "I would like to register for Compost for all: preferably in person, failing that online.",
    ),
    "de": (
        "Ich melde mich für Kompost für alle an, vor Ort.",
        "Ich melde mich für Kompost für alle an, vor Ort, sonst online.",
        "Ich melde mich für Kompost für alle an: am liebsten vor Ort, andernfalls online.",
    ),
}


def hybrid(town: Town, **limits: Any) -> Talk:
    town.policy = with_events(town.policy, event(modes=("in-person", "online"), **limits))
    return Talk(town)


def on_file(town: Town, address: str = ANNE) -> tuple[str, str | None, str | None]:
    with town.store.begin() as tx:
        return next((r.status.value, r.mode, r.second_mode) for r in tx.registrations() if r.email == address)


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("language", SAID)
def test_who_finds_the_room_full_takes_part_online(town: Town, language: str, number: int) -> None:
    talk = hybrid(town, in_person_capacity=2)
    talk.write(FIRST, SAID[language][0])
    (there,) = talk.write(ANNE, SAID[language][number])
    assert (there.kind, on_file(town)) == ("registrant-confirmed", ("confirmed", "in-person", None)), town.holds()
    (online,) = talk.write(LAST, SAID[language][number])
    assert (online.kind, online.language) == ("registrant-confirmed", language)
    assert on_file(town, LAST) == ("confirmed", "online", None)
    assert {"fr": "sur place étant toutes prises", "nl": "ter plaatse zijn volzet", "en": "seats in the room", "de": "vor Ort sind vergeben"}[language] in online.text  # fmt: skip
    assert "Tanneurs" not in online.text
    assert town.holds() == ()


@pytest.mark.parametrize("language", SAID)
def test_when_all_is_full_both_ways_are_waited_for(town: Town, language: str) -> None:
    talk = hybrid(town, capacity=2, in_person_capacity=1)
    talk.write(FIRST, SAID[language][0])
    (second,) = talk.write(LAST, SAID[language][1])
    assert on_file(town, LAST) == ("confirmed", "online", None)
    (waits,) = talk.write(ANNE, SAID[language][1])
    assert (waits.kind, on_file(town)) == ("registrant-waitlisted", ("waitlisted", "in-person", "online"))
    mails = talk.write(LAST, {"fr": "J'annule mon inscription.", "nl": "Ik annuleer mijn inschrijving.", "en": "Please cancel my registration.", "de": "Ich storniere meine Anmeldung."}[language], to=reply_to(second))  # fmt: skip
    assert [(mail.kind, mail.envelope_to) for mail in mails] == [
        ("registrant-cancelled", LAST),
        ("registrant-offered", ANNE),
    ]
    assert on_file(town) == ("offered", "online", None)


def test_who_names_both_without_an_order_is_asked_by_a_person(town: Town) -> None:
    talk = hybrid(town, in_person_capacity=1)
    talk.write(ANNE, "Je m'inscris à « Compost pour tous », sur place et aussi en ligne.")
    with town.store.begin() as tx:
        assert [r.second_mode for r in tx.registrations()] in ([], [None])


def test_from_online_into_the_room_if_there_is_a_seat(town: Town) -> None:
    talk = hybrid(town, in_person_capacity=1)
    talk.write(FIRST, SAID["fr"][0])
    (online,) = talk.write(ANNE, "Je m'inscris à « Compost pour tous », en ligne.")
    (told,) = talk.write(ANNE, "Finalement je préfère venir sur place, sinon je reste en ligne.", to=reply_to(online))
    assert (told.kind, on_file(town)) == ("registrant-already", ("confirmed", "online", None)), town.holds()
