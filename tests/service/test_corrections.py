"""A name or an address put right by mail: everywhere, by the person alone, and an address only once both say yes."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from tests.service.talk import Talk, reply_to
from tests.service.town import Town, event, with_events

WORK, HOME, OTHER = "anne@work.example", "anne.home@mail.example", "eve@else.example"

SAID = {
    "fr": (
        "Je m'inscris à « Compost pour tous ».",
        f"Bonjour,\r\n\r\nMon adresse a changé : désormais {HOME}. Merci !",
        f"Merci d'utiliser dorénavant mon adresse privée ({HOME}).",
        "Bonjour,\r\n\r\nPouvez-vous utiliser désormais cette adresse pour mon inscription à « Compost pour tous » ?",
        "Oui, je confirme.",
        "Bonjour,\r\n\r\nMon nom s'écrit Peters avec un seul e.",
    ),
    "nl": (
        "Ik schrijf me in voor Compost voor iedereen.",
        f"Dag,\r\n\r\nMijn e-mailadres is gewijzigd: voortaan {HOME}. Bedankt!",
        f"Gelieve voortaan mijn privéadres te gebruiken: {HOME}.",
        "Dag,\r\n\r\nKunt u voortaan dit e-mailadres gebruiken voor mijn inschrijving voor Compost voor iedereen?",
        "Ja, ik bevestig.",
        "Dag,\r\n\r\nMijn naam wordt geschreven als Peters, met één e.",
    ),
    "en": (
        "I would like to register for Compost for all.",
        f"Hello,\r\n\r\nMy e-mail address has changed: from now on it is {HOME}. Thanks!",
        f"Please use my private address instead: {HOME}",
        "Hello,\r\n\r\nPlease use this e-mail address from now on for my registration for Compost for all.",
        "Yes, I confirm.",
        "Hello,\r\n\r\nMy name is spelled Peters, with one e.",
    ),
    "de": (
        "Ich melde mich für Kompost für alle an.",
        f"Guten Tag,\r\n\r\nmeine E-Mail-Adresse hat sich geändert: ab jetzt {HOME}. Danke!",
        f"Bitte verwenden Sie künftig meine private Adresse: {HOME}.",
        "Guten Tag,\r\n\r\nbitte verwenden Sie künftig diese E-Mail-Adresse für meine Anmeldung für Kompost für alle.",
        "Ja, ich bestätige.",
        "Guten Tag,\r\n\r\nmein Name schreibt sich Peters, mit einem e.",
    ),
}


def registered(town: Town) -> list[tuple[str | None, str | None, str]]:
    with town.store.begin() as tx:
        return sorted((r.email, r.name, r.status.value) for r in tx.registrations())


def by_kind(mails: list[Any]) -> dict[str, Any]:
    return {mail.kind.removeprefix("registrant-"): mail for mail in mails}


def tells_nothing(mail: Any) -> None:
    """Nothing of the person stands in it, in no part and no header."""
    parsed = message_from_bytes(mail.content, policy=default)
    said = "\n".join(
        [*(f"{name}: {value}" for name, value in parsed.items()), *(part.get_content() for part in parsed.iter_parts())]
    )
    for personal in ("Anne", "Peeters", WORK, "Compost", "Kompost", "Tanneurs", "pril"):
        assert personal not in said, personal


def question_at_new(talk: Talk, language: str) -> Any:
    register, move = SAID[language][:2]
    (confirmed,) = talk.write(WORK, register)
    mails = by_kind(talk.write(WORK, move, to=reply_to(confirmed), subject=confirmed.subject))
    assert set(mails) == {"address-asked", "confirm"}, talk.town.holds()
    told, question = mails["address-asked"], mails["confirm"]
    assert (told.envelope_to, question.envelope_to) == (WORK, HOME)
    assert told.language == question.language == language
    assert HOME in told.text
    tells_nothing(question)
    return question


@pytest.mark.parametrize("language", SAID)
def test_a_new_address_named_in_reply_is_asked_and_then_used(town: Town, language: str) -> None:
    talk = Talk(town)
    question = question_at_new(talk, language)
    assert registered(town) == [(WORK, "Anne Peeters", "confirmed")]
    (done,) = talk.write(HOME, SAID[language][4], to=reply_to(question), subject="Re: " + question.subject)
    assert (done.kind, done.envelope_to, done.language) == ("registrant-changed", HOME, language)
    assert b"METHOD:REQUEST" in _calendar(done)
    assert HOME.encode() in _calendar(done)
    assert registered(town) == [(HOME, "Anne Peeters", "confirmed")]
    assert town.holds() == ()
    # It is the person's own from now on, and the old one nobody's.
    (cancelled,) = talk.write(HOME, {"fr": "J'annule mon inscription.", "nl": "Ik annuleer mijn inschrijving.", "en": "Please cancel my registration.", "de": "Ich storniere meine Anmeldung."}[language], to=reply_to(done))  # fmt: skip
    assert cancelled.kind == "registrant-cancelled"


def _calendar(mail: Any) -> bytes:
    parts = message_from_bytes(mail.content, policy=default).walk()
    part = next(p for p in parts if p.get_content_type() == "text/calendar")
    return part.get_content().replace("\r\n ", "").encode()  # type: ignore[no-any-return]


@pytest.mark.parametrize("language", SAID)
def test_a_new_mail_is_first_confirmed_by_the_registered_address(town: Town, language: str) -> None:
    talk = Talk(town)
    register, _, move, _, yes, _ = SAID[language]
    talk.write(WORK, register)
    (question,) = talk.write(WORK, move, subject="Bonjour")
    assert (question.kind, question.envelope_to) == ("registrant-confirm", WORK)
    assert HOME in question.text
    mails = by_kind(talk.write(WORK, yes, to=reply_to(question), subject=question.subject))
    assert set(mails) == {"address-asked", "confirm"}
    assert mails["confirm"].envelope_to == HOME
    tells_nothing(mails["confirm"])
    (done,) = talk.write(HOME, yes, to=reply_to(mails["confirm"]), subject=mails["confirm"].subject)
    assert (done.kind, registered(town)) == ("registrant-changed", [(HOME, "Anne Peeters", "confirmed")])


@pytest.mark.parametrize("language", SAID)
def test_from_the_new_address_the_registered_one_is_asked(town: Town, language: str) -> None:
    talk = Talk(town)
    register, _, _, here, yes, _ = SAID[language]
    talk.write(WORK, register)
    mails = by_kind(talk.write(HOME, here, subject="Adresse"))
    assert set(mails) == {"confirmation-asked", "confirm"}, town.holds()
    assert mails["confirm"].envelope_to == WORK
    assert HOME in mails["confirm"].text
    assert WORK not in mails["confirmation-asked"].text
    told = talk.write(WORK, yes, to=reply_to(mails["confirm"]), subject=mails["confirm"].subject)
    assert sorted((mail.kind, mail.envelope_to) for mail in told) == [
        ("registrant-changed", HOME),
        ("registrant-changed", WORK),
    ]
    at_home = next(mail for mail in told if mail.envelope_to == HOME)
    assert b"METHOD:REQUEST" in _calendar(at_home)
    assert registered(town) == [(HOME, "Anne Peeters", "confirmed")]


def test_a_mistyped_address_may_not_say_yes_once_another_was_named(town: Town) -> None:
    talk = Talk(town)
    question = question_at_new(talk, "fr")
    asked = next(d.message for d in town.deliveries() if d.message.kind == "registrant-address-asked")
    mails = by_kind(talk.write(WORK, f"Ma nouvelle adresse est {OTHER}.", to=reply_to(asked), subject=asked.subject))
    assert mails["confirm"].envelope_to == OTHER
    talk.write(HOME, "Oui, je confirme.", to=reply_to(question), subject=question.subject)
    assert registered(town) == [(WORK, "Anne Peeters", "confirmed")]
    assert town.holds()[0].reasons == ("confirmation-void",)


def test_nobody_else_moves_a_registration(town: Town) -> None:
    talk = Talk(town)
    question = question_at_new(talk, "fr")
    talk.write(OTHER, "Oui, je confirme.", to=reply_to(question), subject=question.subject)
    talk.write(WORK, "Oui, je confirme.", to=reply_to(question), subject=question.subject)
    assert registered(town) == [(WORK, "Anne Peeters", "confirmed")]


def test_an_address_that_is_registered_already_is_for_a_person(town: Town) -> None:
    talk = Talk(town)
    talk.write(HOME, SAID["fr"][0])
    (confirmed,) = talk.write(WORK, SAID["fr"][0])
    talk.write(WORK, SAID["fr"][1], to=reply_to(confirmed), subject=confirmed.subject)
    assert [hold.reasons for hold in town.holds()] == [("person-unclear",)]
    assert "registrant-confirm" not in {d.message.kind for d in town.deliveries()}


def test_all_that_is_to_come_moves(town: Town) -> None:
    town.policy = with_events(town.policy, event(), event("roses", title=event().title, names=("Rosiers",)))
    talk = Talk(town)
    (confirmed,) = talk.write(WORK, "Je m'inscris à « Rosiers ».")
    with town.store.begin() as tx:
        assert [r.event for r in tx.registrations()] == ["roses"]
    town.policy = with_events(town.policy, event("roses", names=("Rosiers",)), event("bees", names=("Abeilles",)))
    talk.write(WORK, "Je m'inscris à « Abeilles ».")
    mails = by_kind(talk.write(WORK, SAID["fr"][1], to=reply_to(confirmed), subject=confirmed.subject))
    talk.write(HOME, "Oui.", to=reply_to(mails["confirm"]), subject=mails["confirm"].subject)
    assert [email for email, _, _ in registered(town)] == [HOME, HOME]


@pytest.mark.parametrize("language", SAID)
def test_a_name_is_put_right(town: Town, language: str) -> None:
    talk = Talk(town)
    (confirmed,) = talk.write(WORK, SAID[language][0])
    (done,) = talk.write(WORK, SAID[language][5], to=reply_to(confirmed), subject=confirmed.subject)
    assert (done.kind, done.language) == ("registrant-changed", language), town.holds()
    assert "Anne Peters" in done.text
    assert b"Anne Peters" in _calendar(done)
    assert registered(town) == [(WORK, "Anne Peters", "confirmed")]
    (fresh,) = talk.write(WORK, SAID[language][5].replace("Peters", "Pieters"), subject="Inscription Compost pour tous")
    assert (fresh.kind, town.holds()) == ("registrant-changed", ())
    assert registered(town) == [(WORK, "Anne Pieters", "confirmed")]


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Vous m'avez noté comme Anne Peeters, or c'est Anna Peeters.", "Anna Peeters"),
        ("Mon nom est mal orthographié. Il s'écrit Pieters, et non Peeters.", "Anne Pieters"),
        ("Une faute de frappe dans mon nom : Anne Peetersen.", "Anne Peetersen"),
        ("Mon nom s'écrit avec deux e.", "Anne Peeters"),
        ("Mon nom s'écrit Vandenberghe.", "Anne Peeters"),
    ],
)
def test_what_is_no_other_spelling_is_for_a_person(town: Town, said: str, name: str) -> None:
    talk = Talk(town)
    (confirmed,) = talk.write(WORK, SAID["fr"][0])
    talk.write(WORK, said, to=reply_to(confirmed), subject=confirmed.subject)
    assert registered(town) == [(WORK, name, "confirmed")]
    assert bool(town.holds()) == (name == "Anne Peeters")


def test_whoever_comes_back_is_called_as_it_was_put_right(town: Town) -> None:
    """The mail program goes on writing the old name before the address."""
    talk = Talk(town)
    (confirmed,) = talk.write(WORK, SAID["fr"][0])
    talk.write(WORK, SAID["fr"][5], to=reply_to(confirmed), subject=confirmed.subject)
    (gone,) = talk.write(WORK, "Je dois annuler, désolée.", to=reply_to(confirmed), subject=confirmed.subject)
    assert registered(town) == [(WORK, "Anne Peters", "cancelled")]
    talk.write(WORK, "Finalement, je peux venir !", to=reply_to(gone), subject=gone.subject)
    assert registered(town) == [(WORK, "Anne Peters", "confirmed")]
