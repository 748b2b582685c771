"""Who has a place and asks for one that is full waits for it and keeps the present one; once it is accepted, the old is free."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mailbot.core.events import Choice, Event, Option
from mailbot.core.language import Localized
from mailbot.core.places import capacity_of
from mailbot.core.registrations import Registration
from mailbot.service.places import tend
from tests.service.talk import Talk, reply_to
from tests.service.town import Town, event, with_events

ANNE, BEN, CLEO = "anne@town.example", "ben@town.example", "cleo@town.example"
LANGUAGES = ("fr", "nl", "en", "de")

REGISTER = {
    "fr": "Je m'inscris à « Compost pour tous », labo {}.",
    "nl": "Ik schrijf me in voor Compost voor iedereen, lab {}.",
    "en": "I would like to register for Compost for all, lab {}.",
    "de": "Ich melde mich für Kompost für alle, Labor {}, an.",
}
OTHERWISE = {
    "fr": "Je voudrais passer du labo 1 au labo 2.",
    "nl": "Ik zou graag van lab 1 naar lab 2 overstappen.",
    "en": "I would like to switch from lab 1 to lab 2.",
    "de": "Ich möchte von Labor 1 in Labor 2 wechseln.",
}
CANCEL = {
    "fr": "J'annule mon inscription.",
    "nl": "Ik annuleer mijn inschrijving.",
    "en": "Please cancel my registration.",
    "de": "Ich storniere meine Anmeldung.",
}
YES = {"fr": "Oui, je prends la place.", "nl": "Ja, ik neem de plaats.", "en": "Yes, I will take it.", "de": "Ja, ich nehme den Platz."}  # fmt: skip
NO = {"fr": "Non merci.", "nl": "Nee bedankt.", "en": "No thank you.", "de": "Nein danke."}


def labs(**changes: Any) -> Event:
    names = Localized(fr="labo", nl="lab", en="lab", de="Labor")
    options = tuple(
        Option(key=key, title=Localized(fr=f"Sujet {key}", nl=f"Thema {key}", en=f"Topic {key}", de=f"Gegenstand {key}"), capacity=1)
        for key in ("one", "two")
    )  # fmt: skip
    lab = Choice(key="lab", title=names, names=("labo", "lab", "Labor"), required=True, options=options)
    return event(choices=(lab,), **changes)


def on_file(town: Town, address: str = ANNE) -> Registration:
    with town.store.begin() as tx:
        return next(r for r in tx.registrations() if r.email == address)


def taken(town: Town) -> dict[str, int]:
    with town.store.begin() as tx:
        return {key.partition("=")[2]: n for key, n in tx.seats_taken(capacity_of(labs())).items()}


def waits(town: Town, language: str, **changes: Any) -> tuple[Talk, Any, Any]:
    """Anne has lab 1 and waits for Ben's lab 2: the talk, her last mail, and his."""
    town.policy = with_events(town.policy, labs(**changes))
    talk = Talk(town)
    (mine,) = talk.write(ANNE, REGISTER[language].format(1))
    (his,) = talk.write(BEN, REGISTER[language].format(2))
    (told,) = talk.write(ANNE, OTHERWISE[language], to=reply_to(mine), subject="Re: " + mine.subject)
    assert (told.kind, told.language) == ("registrant-unchanged", language), town.holds()
    assert {"fr": "liste d’attente", "nl": "wachtlijst", "en": "waiting list", "de": "Warteliste"}[
        language
    ] in told.text
    registration = on_file(town)
    assert (registration.status.value, registration.choices) == ("confirmed", {"lab": "one"})
    assert registration.exchange is not None
    return talk, told, his


def freed(talk: Talk, his: Any, language: str) -> Any:
    mails = talk.write(BEN, CANCEL[language], to=reply_to(his), subject="Re: " + his.subject)
    return next(mail for mail in mails if mail.envelope_to == ANNE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_other_place_is_offered_taken_and_the_old_one_goes_to_the_next(town: Town, language: str) -> None:
    talk, _, his = waits(town, language)
    (line,) = talk.write(CLEO, REGISTER[language].format(1))
    assert line.kind == "registrant-waitlisted"
    offer = freed(talk, his, language)
    assert (offer.kind, offer.language) == ("registrant-exchange-offered", language)
    assert {"fr": "Sujet two", "nl": "Thema two", "en": "Topic two", "de": "Gegenstand two"}[language] in offer.text
    assert b"text/calendar" not in offer.content
    assert on_file(town).choices == {"lab": "one"}
    assert (taken(town)["one"], taken(town)["two"]) == (1, 1), "both are kept for her"
    with town.store.begin() as tx:
        history = [each.change for each in tx.changes_since(0, [labs().key]) if each.registration.email == ANNE]
    assert history == ["registered", "changed", "offered"]
    mails = talk.write(ANNE, YES[language], to=reply_to(offer), subject="Re: " + offer.subject)
    assert sorted((mail.kind, mail.envelope_to) for mail in mails) == [
        ("registrant-changed", ANNE),
        ("registrant-offered", CLEO),
    ]
    assert (on_file(town).choices, on_file(town).exchange) == ({"lab": "two"}, None)
    assert town.holds() == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_no_keeps_the_present_place(town: Town, language: str) -> None:
    talk, _, his = waits(town, language)
    offer = freed(talk, his, language)
    (told,) = talk.write(ANNE, NO[language], to=reply_to(offer), subject="Re: " + offer.subject)
    assert told.kind == "registrant-already"
    after = on_file(town)
    assert (after.status.value, after.choices, after.exchange) == ("confirmed", {"lab": "one"}, None)
    assert (taken(town)["one"], taken(town)["two"]) == (1, 0)


def test_without_an_answer_in_time_the_present_place_stays(town: Town) -> None:
    talk, _, his = waits(town, "fr")
    offer = freed(talk, his, "fr")
    town.clock.set(town.clock.now() + timedelta(days=4))
    with town.store.begin() as tx:
        tend(tx, town.policy, town.clock.now(), town.clock.now())
    expired = [d.message for d in town.deliveries() if d.message.kind == "registrant-exchange-expired"]
    assert [mail.envelope_to for mail in expired] == [ANNE]
    assert (on_file(town).choices, on_file(town).exchange, taken(town)["two"]) == ({"lab": "one"}, None, 0)
    (late,) = talk.write(ANNE, YES["fr"], to=reply_to(offer), subject="Re: " + offer.subject)
    assert (late.kind, on_file(town).choices) == ("registrant-already", {"lab": "one"})


def test_asked_twice_keeps_its_turn_and_another_wish_replaces_it(town: Town) -> None:
    talk, told, _ = waits(town, "fr")
    before = on_file(town)
    (again,) = talk.write(ANNE, OTHERWISE["fr"] + " Merci !", to=reply_to(told), subject="Re: " + told.subject)
    assert (again.kind, on_file(town)) == ("registrant-unchanged", before)


def test_cancelling_gives_up_what_is_waited_for_too(town: Town) -> None:
    talk, told, his = waits(town, "fr")
    talk.write(ANNE, CANCEL["fr"], to=reply_to(told), subject="Re: " + told.subject)
    mails = talk.write(BEN, CANCEL["fr"], to=reply_to(his), subject="Re: " + his.subject)
    assert [(mail.kind, mail.envelope_to) for mail in mails] == [("registrant-cancelled", BEN)]
    assert (on_file(town).exchange, taken(town)["one"], taken(town)["two"]) == (None, 0, 0)


def test_given_at_once_where_the_event_asks_nobody(town: Town) -> None:
    talk, _, his = waits(town, "fr", waiting_list="automatic")
    talk.write(CLEO, REGISTER["fr"].format(1))
    mails = talk.write(BEN, CANCEL["fr"], to=reply_to(his), subject="Re: " + his.subject)
    assert sorted((mail.kind, mail.envelope_to) for mail in mails) == [
        ("registrant-cancelled", BEN),
        ("registrant-changed", ANNE),
        ("registrant-promoted", CLEO),
    ]
    assert (on_file(town).choices, on_file(town, CLEO).status.value) == ({"lab": "two"}, "confirmed")


def test_without_a_waiting_list_nobody_waits(town: Town) -> None:
    town.policy = with_events(town.policy, labs(waiting_list="none"))
    talk = Talk(town)
    (mine,) = talk.write(ANNE, REGISTER["fr"].format(1))
    talk.write(BEN, REGISTER["fr"].format(2))
    (told,) = talk.write(ANNE, OTHERWISE["fr"], to=reply_to(mine), subject="Re: " + mine.subject)
    assert (told.kind, on_file(town).exchange) == ("registrant-unchanged", None)
    assert "liste d’attente" not in told.text


def test_a_colleague_comes_instead_although_fewer_places_are_left_than_people_have(town: Town) -> None:
    town.policy = with_events(town.policy, event(capacity=2))
    talk = Talk(town)
    (mine,) = talk.write(ANNE, "Je m'inscris à « Compost pour tous ».")
    talk.write(BEN, "Je m'inscris à « Compost pour tous ».")
    town.policy = with_events(town.policy, event(capacity=1))
    said = f"Mon collègue Karim Haddad ({CLEO}) me remplacera."
    (changed,) = talk.write(ANNE, said, to=reply_to(mine), subject="Re: " + mine.subject)
    assert (changed.kind, town.holds()) == ("registrant-changed", ())
    assert town.registered() == {f"{ANNE} cancelled", f"{BEN} confirmed", f"{CLEO} confirmed"}
