"""Coordinators are told of held mail: all of it, bundled, and once."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest

from mailbot.adapters.tables import FileTables
from mailbot.core.events import Organiser
from mailbot.core.language import Localized
from mailbot.core.policy import Policy
from mailbot.core.registrations import Registration, RegistrationStatus
from mailbot.service import chores as chores_service
from mailbot.service.chores import Chores, do_chores
from mailbot.service.digests import Recipients
from tests.service.town import NOW, Town, event, wish, with_events

SOWER = Registration(
    id="r1",
    event="seeds",
    person_key="sower@town.example",
    status=RegistrationStatus.CONFIRMED,
    name="Anne Peeters",
    email="sower@town.example",
    requested_at=NOW,
    updated_at=NOW,
)
COMPLAINT = "Bonjour,\r\n\r\nC'est scandaleux, je porte plainte contre vous.\r\n"


def chores(town: Town) -> Chores:
    return Chores(store=town.store, clock=town.clock, tables=FileTables("Europe/Brussels"), heard=town.clock.now)


def tick(town: Town) -> None:
    do_chores(chores(town), town.policy)


def told(town: Town) -> list[Any]:
    return [d.message for d in reversed(town.deliveries()) if d.message.kind == "coordinator-holds"]


def complain(town: Town, *numbers: int) -> None:
    for number in numbers:
        town.server.deliver(wish(number, subject="Plainte", text=COMPLAINT))
    town.poll()


def test_several_holds_are_told_in_one_mail_and_not_again(town: Town) -> None:
    complain(town, 1, 2, 3)
    tick(town)
    tick(town)
    (mail,) = told(town)
    assert mail.envelope_to == "coordinator@town.example"
    for hold in town.holds():
        assert hold.id[:8] in mail.text


def test_those_that_come_soon_after_wait_for_the_next_mail(town: Town) -> None:
    complain(town, 1)
    tick(town)
    town.clock.set(NOW + timedelta(minutes=1))
    complain(town, 2)
    town.clock.set(NOW + timedelta(minutes=14, seconds=59))
    tick(town)
    assert len(told(town)) == 1
    complain(town, 3)
    town.clock.set(NOW + timedelta(minutes=15))
    tick(town)
    first, second = told(town)
    assert first.message_id != second.message_id
    assert "person2@town.example" in second.text
    assert "person3@town.example" in second.text
    assert "person1@town.example" not in second.text


def test_a_hold_that_was_settled_meanwhile_is_not_told(town: Town) -> None:
    complain(town, 1)
    with town.store.begin() as tx:
        tx.close_hold(town_hold(tx), "dismissed", "somebody", NOW)
    tick(town)
    assert told(town) == []


def town_hold(tx: Any) -> str:
    (hold,) = tx.holds()
    return str(hold.id)


def test_the_sign_of_life_is_new_at_each_tick(town: Town) -> None:
    for minutes in (0, 5):
        town.clock.set(NOW + timedelta(minutes=minutes))
        tick(town)
        with town.store.begin() as tx:
            assert tx.value("heartbeat") == town.clock.now().isoformat()


def test_a_digest_that_fails_keeps_nobody_else_from_being_told_and_shows_in_status(
    town: Town, policy: Policy, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    garden = Organiser(name=Localized(fr="Le jardin"), digest=("garden@town.example",), language="fr")
    town.policy = with_events(policy, event(), event("seeds", organiser=garden))
    working = chores_service.queue_due

    def fails(tx: Any, policy: Policy, recipients: Recipients, *rest: Any, **times: Any) -> int:
        if recipients.job == "digest:organiser@town.example":
            raise ValueError("a name that no template expects")
        return working(tx, policy, recipients, *rest, **times)

    monkeypatch.setattr(chores_service, "queue_due", fails)
    complain(town, 1)
    with town.store.begin() as tx:
        tx.set_condition("digest:gone@town.example", "of an organiser that gets none any more", NOW)
        tx.put_registration(SOWER, "registered", NOW)
    with caplog.at_level(logging.ERROR):
        tick(town)
        tick(town)
    assert len(told(town)) == 1
    digests = [d.message.envelope_to for d in town.deliveries() if d.message.kind == "organiser-digest"]
    assert digests == ["garden@town.example"]
    assert town.conditions() == {"digest:organiser@town.example": "ValueError: a name that no template expects"}
    assert len(caplog.records) == 1
    monkeypatch.setattr(chores_service, "queue_due", working)
    tick(town)
    assert town.conditions() == {}
