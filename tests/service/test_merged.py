"""What a person writes after two registrations of his or hers were made one."""

from __future__ import annotations

from typing import Any

from mailbot.service.merging import merge
from tests.service.talk import Talk, reply_to
from tests.service.town import Town

HOME, WORK = "anne@home.example", "anne@town.example"


def made_one(town: Town) -> tuple[Talk, dict[str, Any]]:
    talk = Talk(town)
    mails = {address: talk.write(address, "Je m'inscris à « Compost pour tous ».")[0] for address in (HOME, WORK)}
    with town.store.begin() as tx:
        ids = {r.email: r.id for r in tx.registrations()}
        assert not isinstance(merge(tx, town.policy, ids[HOME], ids[WORK], town.clock.now()), str)
    assert town.registered() == {f"{HOME} confirmed", f"{WORK} cancelled"}
    return talk, mails


def test_the_calendar_of_the_address_given_up_declines_once_the_other_says_yes(town: Town) -> None:
    talk, mails = made_one(town)
    asked = {mail.envelope_to: mail.kind for mail in talk.decline(WORK, mails[WORK])}
    assert asked == {HOME: "registrant-confirm", WORK: "registrant-confirmation-asked"}
    assert town.registered() == {f"{HOME} confirmed", f"{WORK} cancelled"}


def test_a_reply_from_the_address_given_up_is_not_told_that_all_is_cancelled(town: Town) -> None:
    talk, mails = made_one(town)
    asked = {m.envelope_to: m for m in talk.write(WORK, "Finalement, ce sera sans moi.", to=reply_to(mails[WORK]))}
    assert {address: mail.kind for address, mail in asked.items()} == {
        HOME: "registrant-confirm",
        WORK: "registrant-confirmation-asked",
    }
    talk.write(HOME, "Oui", to=reply_to(asked[HOME]))
    assert town.registered() == {f"{HOME} cancelled", f"{WORK} cancelled"}


def test_the_calendar_of_the_other_cancels(town: Town) -> None:
    talk, mails = made_one(town)
    (cancelled,) = talk.decline(HOME, mails[HOME])
    assert cancelled.kind == "registrant-cancelled"
    assert town.holds() == ()
