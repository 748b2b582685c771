"""An act asked from another address is done once the registered address says yes: once, in time, by nobody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mailbot.core.confirmations import VALID
from mailbot.core.language import Localized
from tests.service.talk import Talk, reply_to
from tests.service.town import NOW, Town, event, with_events

ANNE, OTHER = "anne@work.example", "anne@home.example"

SAID = {
    "fr": ("Je m'inscris à « Compost pour tous ».", "J'annule mon inscription à « Compost pour tous ».", "Oui, je confirme."),
    "nl": ("Ik schrijf me in voor Compost voor iedereen.", "Ik annuleer mijn inschrijving voor Compost voor iedereen.", "Ja, ik bevestig."),
    "en": ("I would like to register for Compost for all.", "Please cancel my registration for Compost for all.", "Yes, I confirm."),
    "de": ("Ich melde mich für Kompost für alle an.", "Leider kann ich nicht kommen: Bitte stornieren Sie meine Anmeldung für Kompost für alle.", "Ja, ich bestätige."),
}  # fmt: skip


def asked(talk: Talk, language: str = "fr") -> Any:
    """Registered, and asked from elsewhere to cancel: the question to the registered address."""
    register, cancel, _ = SAID[language]
    (confirmed,) = talk.write(ANNE, register)
    assert confirmed.kind == "registrant-confirmed"
    told, question = sorted(talk.write(OTHER, cancel), key=lambda mail: mail.kind != "registrant-confirmation-asked")
    assert (told.kind, told.envelope_to) == ("registrant-confirmation-asked", OTHER)
    assert (question.kind, question.envelope_to) == ("registrant-confirm", ANNE)
    assert ANNE not in told.text
    assert OTHER in question.text
    assert talk.town.registered() == {f"{ANNE} confirmed"}
    return question


@pytest.mark.parametrize("language", SAID)
def test_a_yes_from_the_registered_address_does_it_once(town: Town, language: str) -> None:
    talk = Talk(town)
    question = asked(talk, language)
    assert question.language == language
    (done,) = talk.write(ANNE, SAID[language][2], to=reply_to(question), subject="Re: " + question.subject)
    assert (done.kind, done.envelope_to) == ("registrant-cancelled", ANNE)
    assert town.registered() == {f"{ANNE} cancelled"}
    talk.write(ANNE, SAID[language][0])
    assert town.registered() == {f"{ANNE} confirmed"}
    talk.write(ANNE, SAID[language][2] + " !", to=reply_to(question), subject="Re: " + question.subject)
    assert town.registered() == {f"{ANNE} confirmed"}
    assert town.holds()[-1].reasons == ("confirmation-void",)


def test_a_yes_that_comes_too_late_is_for_a_person(town: Town) -> None:
    talk = Talk(town)
    question = asked(talk)
    town.clock.set(NOW + VALID + timedelta(seconds=1))
    talk.write(ANNE, "Oui, je confirme.", to=reply_to(question))
    assert town.registered() == {f"{ANNE} confirmed"}
    assert town.holds()[0].reasons == ("confirmation-void",)
    with town.store.begin() as tx:
        assert tx.confirmation(question.id).status.value == "expired"


@pytest.mark.parametrize("writer", [OTHER, "eve@else.example"])
def test_nobody_else_can_say_yes(town: Town, writer: str) -> None:
    talk = Talk(town)
    question = asked(talk)
    talk.write(writer, "Oui, je confirme.", to=reply_to(question))
    assert town.registered() == {f"{ANNE} confirmed"}


def test_who_answers_elsewhere_than_where_it_writes_from_confirms_nothing(town: Town) -> None:
    talk = Talk(town)
    question = asked(talk)
    talk.write("eve@else.example", "Oui, je confirme.", to=reply_to(question), extra=f"Reply-To: {ANNE}\r\n")
    assert town.registered() == {f"{ANNE} confirmed"}


def test_a_forged_token_confirms_nothing_even_in_the_right_thread(town: Town) -> None:
    talk = Talk(town)
    question = asked(talk)
    good = reply_to(question)
    local, _, domain = good.partition("@")
    forged = f"{local[:-1]}{'a' if local[-1] != 'a' else 'b'}@{domain}"
    talk.write(ANNE, "Oui, je confirme.", to=forged, extra=f"In-Reply-To: {question.message_id}\r\n")
    assert town.registered() == {f"{ANNE} confirmed"}
    assert town.holds()[0].reasons == ("confirmation-void",)


def test_an_out_of_office_confirms_nothing(town: Town) -> None:
    talk = Talk(town)
    question = asked(talk)
    talk.write(ANNE, "Oui, je suis absente.", to=reply_to(question), extra="Auto-Submitted: auto-replied\r\n")
    assert town.registered() == {f"{ANNE} confirmed"}


def test_a_no_is_for_a_person_and_changes_nothing(town: Town) -> None:
    talk = Talk(town)
    question = asked(talk)
    talk.write(ANNE, "Non, ce n'est pas moi qui ai demandé cela !", to=reply_to(question))
    assert town.registered() == {f"{ANNE} confirmed"}


def test_the_registered_address_may_also_simply_cancel(town: Town) -> None:
    talk = Talk(town)
    question = asked(talk)
    talk.write(ANNE, "J'annule mon inscription.", to=reply_to(question))
    assert town.registered() == {f"{ANNE} cancelled"}
    with town.store.begin() as tx:
        assert tx.confirmation(question.id).status.value == "done"


def test_a_stranger_learns_nothing_and_fills_nobodys_mailbox(town: Town) -> None:
    talk = Talk(town)
    question = asked(talk)
    (again,) = talk.write(OTHER, "J'annule mon inscription à « Compost pour tous », merci.")
    assert (again.kind, question.kind) == ("registrant-confirmation-asked", "registrant-confirm")
    (unknown,) = talk.write("carl@else.example", "J'annule mon inscription à « Compost pour tous ».".replace("J'", "Bonjour, j'"))  # fmt: skip
    assert unknown.kind == "registrant-confirmation-asked"


def test_where_nothing_is_on_file_the_words_are_the_same_and_a_person_looks(town: Town) -> None:
    talk = Talk(town)
    (told,) = talk.write(OTHER, SAID["fr"][1])
    assert town.holds()[0].reasons == ("nothing-on-file",)
    talk.write(ANNE, SAID["fr"][0])
    (same, *_) = sorted(talk.write(OTHER, SAID["fr"][1] + " Merci."), key=lambda m: m.kind != told.kind)
    assert same.text == told.text


def test_an_answer_to_what_we_asked_back_closes_the_hold(town: Town) -> None:
    other = event("garden", title=Localized(fr="Jardin", nl="Tuin", en="Garden", de="Garten"), names=("atelier vert",))
    town.policy = with_events(town.policy, event(names=("atelier vert",)), other)
    talk = Talk(town)
    (question,) = talk.write(ANNE, "Je m'inscris à l'atelier vert.")
    assert question.kind == "registrant-which-event"
    (hold,) = town.holds()
    # Somebody else in the same thread settles nothing.
    talk.write(OTHER, "Je m'inscris à « Compost pour tous ».", extra=f"In-Reply-To: {question.message_id}\r\n")
    assert [each.id for each in town.holds()] == [hold.id]
    (done,) = talk.write(ANNE, "2", to=reply_to(question), subject="Re: " + question.subject)
    assert done.kind == "registrant-confirmed"
    assert town.holds() == ()
    with town.store.begin() as tx:
        settled = tx.hold(hold.id)
    assert (settled.outcome, settled.closed_by) == ("settled", "the sender")
