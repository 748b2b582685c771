"""The dialogue about a place that came free, as a participant has it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mailbot.core.policy import Policy
from mailbot.core.registrations import Registration, RegistrationStatus
from mailbot.service import approving
from mailbot.service.places import tend
from tests.service.town import Town, empty_store, event, wish, with_events

pytestmark = pytest.mark.usefixtures("shipped")


def full_town(shipped: Policy, **changes: object) -> Town:
    """One place, taken by the first; the second and the third wait."""
    town = Town(store=empty_store(), policy=with_events(shipped, replace(event(), capacity=1, **changes)))  # type: ignore[arg-type]
    town.poll()
    for number in (1, 2, 3):
        town.server.deliver(wish(number))
    town.poll()
    return town


def on_file(town: Town, number: int) -> Registration:
    with town.store.begin() as tx:
        found: Registration = tx.registrations_of([f"person{number}@town.example"])[0]
    return found


def told(town: Town, number: int) -> list[str]:
    """The kinds of mail that somebody got, oldest first."""
    mine = [d.message for d in reversed(town.deliveries()) if d.message.envelope_to == f"person{number}@town.example"]
    return [message.kind.removeprefix("registrant-") for message in mine]


def answers(town: Town, number: int, text: str, uid: str) -> None:
    last = next(d for d in town.deliveries() if d.message.envelope_to == f"person{number}@town.example")
    town.server.deliver(
        wish(
            number,
            subject=f"Re: {last.message.subject}",
            extra=f"In-Reply-To: {last.message.message_id}\r\n",
            text=text,
        ).replace(f"<wish-{number}@".encode(), f"<{uid}-{number}@".encode())
    )
    town.poll()


def gives_up(town: Town, number: int) -> None:
    answers(town, number, "Bonjour,\r\n\r\nJe dois annuler mon inscription.", "cancel")


YES = ["Oui", "Oui, je prends la place.", "Oui, avec plaisir !", "Ja, graag!", "Ja, ik neem de plaats.", "Yes please",
       "Yes, I will take the place.", "Ja, ich nehme den Platz."]  # fmt: skip
NO = ["Non", "Non merci, je ne prends pas la place.", "Nee bedankt, ik neem de plaats niet.", "Nee.", "No, thank you.",
      "No thank you, I will not take the place.", "Nein danke, ich nehme den Platz nicht.",
      "Je ne suis plus intéressée, merci."]  # fmt: skip


@pytest.mark.parametrize("text", YES)
def test_yes_takes_the_place(shipped: Policy, text: str) -> None:
    town = full_town(shipped)
    gives_up(town, 1)
    assert told(town, 2) == ["waitlisted", "offered"]
    assert on_file(town, 3).status is RegistrationStatus.WAITLISTED
    answers(town, 2, text, "yes")
    assert told(town, 2) == ["waitlisted", "offered", "confirmed"]
    assert on_file(town, 2).status is RegistrationStatus.CONFIRMED


@pytest.mark.parametrize("text", NO)
def test_no_passes_it_on(shipped: Policy, text: str) -> None:
    town = full_town(shipped)
    gives_up(town, 1)
    answers(town, 2, text, "no")
    assert told(town, 2) == ["waitlisted", "offered", "offer-declined"]
    assert on_file(town, 2).status is RegistrationStatus.CANCELLED
    assert told(town, 3) == ["waitlisted", "offered"]


def test_silence_passes_it_on_and_a_late_yes_is_in_line_again(shipped: Policy) -> None:
    town = full_town(shipped)
    gives_up(town, 1)
    town.clock.set(town.clock.now() + timedelta(days=3))
    with town.store.begin() as tx:
        # Until all mail that came in time has been read, no offer ends.
        assert tend(tx, town.policy, town.clock.now(), None) == 0
        assert tend(tx, town.policy, town.clock.now(), town.clock.now()) == 1
    assert told(town, 2) == ["waitlisted", "offered", "offer-expired"]
    assert on_file(town, 3).status is RegistrationStatus.OFFERED
    answers(town, 2, "Oui, toujours !", "late")
    assert told(town, 2)[-1] == "waitlisted"
    answers(town, 3, "Oui", "yes")
    assert on_file(town, 3).status is RegistrationStatus.CONFIRMED
    assert on_file(town, 2).status is RegistrationStatus.WAITLISTED


def test_an_event_may_give_the_place_without_asking(shipped: Policy) -> None:
    town = full_town(shipped, waiting_list="automatic")
    gives_up(town, 1)
    assert told(town, 2) == ["waitlisted", "promoted"]


def test_a_raised_capacity_is_noticed(shipped: Policy) -> None:
    town = full_town(shipped)
    town.policy = with_events(shipped, replace(event(), capacity=3))
    with town.store.begin() as tx:
        tend(tx, town.policy, town.clock.now(), town.clock.now())
    assert (told(town, 2)[-1], told(town, 3)[-1]) == ("offered", "offered")


def test_a_coordinator_decides_and_the_person_is_told(shipped: Policy) -> None:
    terms = replace(event().registration, approval=True)
    town = full_town(shipped, registration=terms)
    assert [told(town, number) for number in (1, 2, 3)] == [["pending"]] * 3
    assert {hold.reasons for hold in town.holds()} == {("approval-needed",)}
    with town.store.begin() as tx:
        for number in (1, 2):
            approving.approve(tx, town.policy, on_file_id(tx, number), now=town.clock.now(), by="gwen")
        note = "Ce cours est réservé aux débutants."
        approving.decline(tx, town.policy, on_file_id(tx, 3), now=town.clock.now(), by="gwen", note=note)
    assert [told(town, number)[-1] for number in (1, 2, 3)] == ["confirmed", "waitlisted", "declined"]
    assert town.holds() == ()
    assert note.replace("é", "é") in town.deliveries()[0].message.text
    # Whom a coordinator declined gets no place by writing again.
    answers(town, 3, "Bonjour, je souhaite m'inscrire à « Compost pour tous ».", "again")
    assert on_file(town, 3).status is RegistrationStatus.PENDING
    with town.store.begin() as tx:
        approving.decline(tx, town.policy, on_file_id(tx, 1), now=town.clock.now(), by="gwen")
    assert on_file(town, 2).status is RegistrationStatus.OFFERED


def on_file_id(tx: object, number: int) -> str:
    return str(tx.registrations_of([f"person{number}@town.example"])[0].id)  # type: ignore[attr-defined]
