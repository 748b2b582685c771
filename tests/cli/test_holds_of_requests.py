"""Requests that a coordinator decides: a place that needs approval, and somebody who is no member."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mailbot.adapters import files
from mailbot.core.event_index import build_index
from mailbot.core.events import Members
from mailbot.core.language import Localized
from tests.cli.conftest import DeskFolder, mail

WISH = "Bonjour,\n\nJe souhaite m'inscrire au pique-nique du 6 juin.\n\nBien à vous,\nAnne Peeters"
ANNE = "Anne Peeters <anne@home.example>"

Made = Callable[..., DeskFolder]


@pytest.fixture
def made(desk: DeskFolder, monkeypatch: pytest.MonkeyPatch) -> Made:
    """The desk with the picnic on other terms."""

    def make(**terms: Any) -> DeskFolder:
        (event,) = desk.policy.events.values()
        events = {event.key: replace(event, registration=replace(event.registration, **terms))}
        policy = replace(desk.policy, events=events, index=build_index(events))
        monkeypatch.setattr(files, "load_policy", lambda given, *rest, **more: (replace(policy, desk=given), ()))
        return replace(desk, policy=policy)

    return make


def registered(desk: DeskFolder) -> list[tuple[str, str]]:
    rows = map(json.loads, desk.run("registrations list --json").stdout.splitlines())
    return [(row["name"], row["status"]) for row in rows]


def waiting(desk: DeskFolder) -> list[dict[str, Any]]:
    return [json.loads(line) for line in desk.run("holds list --json").stdout.splitlines()]


def kinds(desk: DeskFolder) -> list[tuple[str, str]]:
    with desk.on_file() as tx:
        found = sorted(tx.deliveries(), key=lambda delivery: delivery.queued_at)
    return [(d.message.envelope_to, d.message.kind.removeprefix("registrant-")) for d in found]


def invitations(desk: DeskFolder) -> list[tuple[str, str]]:
    with desk.on_file() as tx:
        found = tx.invitations([r.id for r in tx.registrations()])
    return [(each.session, each.status) for each in found]


def test_a_held_request_for_a_place_is_approved(made: Made) -> None:
    desk = made(approval=True)
    desk.receive(mail(ANNE, "Inscription", WISH))
    (hold,) = waiting(desk)
    assert hold["reasons"] == ["approval-needed"]
    shown = desk.run("holds show", hold["id"]).stdout
    assert "must approve" in " ".join(shown.split())
    assert "confirmée" in shown, "the answer that approving sends"
    done = desk.run("holds approve", hold["id"], "--by", "Els", "--note", "Bienvenue parmi nous.")
    assert done.exit_code == 0, done.output
    assert registered(desk) == [("Anne Peeters", "confirmed")]
    assert kinds(desk) == [("anne@home.example", "pending"), ("anne@home.example", "confirmed")]
    assert invitations(desk) == [("picnic/2099-06-06", "confirmed")], "what stands in the calendar is known"
    assert waiting(desk) == []
    # What is said later finds it.
    desk.receive(mail(ANNE, "Annulation", "Bonjour,\n\nJ'annule mon inscription au pique-nique.\n\nAnne Peeters", 2))
    assert registered(desk) == [("Anne Peeters", "cancelled")]
    assert invitations(desk) == [("picnic/2099-06-06", "cancelled")]


def test_the_same_request_is_not_approved_twice_by_two_ways(made: Made) -> None:
    desk = made(approval=True)
    desk.receive(mail(ANNE, "Inscription", WISH))
    (hold,) = waiting(desk)
    assert desk.run("registrations approve anne@home.example").exit_code == 0
    assert waiting(desk) == []
    again = desk.run("holds approve", hold["id"])
    assert again.exit_code == 1
    assert "settled already" in again.stderr
    assert kinds(desk)[-1] == ("anne@home.example", "confirmed")
    assert len(kinds(desk)) == 2


def test_a_request_beyond_the_places_there_are_waits_in_line(made: Made) -> None:
    desk = made(approval=True)
    people = ("Anne Peeters", "Karim Ayad", "Jan Claes")
    for number, name in enumerate(people, start=1):
        address = f"{name.split()[0].lower()}@home.example"
        desk.receive(mail(f"{name} <{address}>", "Inscription", WISH.replace("Anne Peeters", name), number))
    for hold in waiting(desk):
        assert desk.run("holds approve", hold["id"]).exit_code == 0
    assert [status for _, status in registered(desk)] == ["confirmed", "confirmed", "waitlisted"]
    assert kinds(desk)[-1] == ("jan@home.example", "waitlisted")


def test_dismissing_a_request_leaves_it_pending_and_says_how_to_decline(made: Made) -> None:
    desk = made(approval=True)
    desk.receive(mail(ANNE, "Inscription", WISH))
    (hold,) = waiting(desk)
    done = desk.run("holds dismiss", hold["id"])
    assert done.exit_code == 0
    assert "mailbot registrations approve|decline" in " ".join(done.output.split())
    assert registered(desk) == [("Anne Peeters", "pending")]


MEMBERS = Members(domains=("town.example",), others="held", told=Localized(fr="Réservé aux membres."))


def test_who_is_no_member_is_held_and_let_in(made: Made) -> None:
    desk = made(members=MEMBERS)
    desk.receive(mail(ANNE, "Inscription", WISH))
    (hold,) = waiting(desk)
    assert hold["reasons"] == ["not-a-member"]
    assert registered(desk) == []
    assert kinds(desk) == [("anne@home.example", "passed-on")]
    shown = " ".join(desk.run("holds show", hold["id"]).stdout.split())
    assert "is no member" in shown
    done = desk.run("holds approve", hold["id"])
    assert done.exit_code == 0, done.output
    assert registered(desk) == [("Anne Peeters", "confirmed")]
    assert kinds(desk)[-1] == ("anne@home.example", "confirmed")
    assert invitations(desk) == [("picnic/2099-06-06", "confirmed")]
    # Once let in, the person is treated like everybody else.
    desk.receive(
        mail(
            ANNE,
            "Changement",
            "Bonjour,\n\nJe m'inscris aussi au pique-nique du 13 juin.\n\nAnne Peeters",
            2,
        )
    )
    assert waiting(desk) == []
    assert invitations(desk) == [("picnic/2099-06-06", "confirmed"), ("picnic/2099-06-13", "confirmed")]


def test_who_is_no_member_is_refused_in_words_of_ones_own(made: Made) -> None:
    desk = made(members=MEMBERS)
    desk.receive(mail(ANNE, "Inscription", WISH))
    (hold,) = waiting(desk)
    done = desk.run("holds dismiss", hold["id"], "--answer", "C'est réservé aux membres, désolée.")
    assert done.exit_code == 0, done.output
    assert registered(desk) == []
    assert kinds(desk)[-1][0] == "anne@home.example"


def test_members_are_registered_without_a_word_of_anybody(made: Made) -> None:
    desk = made(members=MEMBERS)
    desk.receive(mail("Anne Peeters <anne@town.example>", "Inscription", WISH))
    assert waiting(desk) == []
    assert registered(desk) == [("Anne Peeters", "confirmed")]


def test_a_member_and_somebody_who_is_none_in_one_mail(made: Made) -> None:
    desk = made(members=MEMBERS)
    text = WISH.replace(
        "Bien à vous", "Mon collègue Karim Ayad (karim@home.example) voudrait venir aussi.\n\nBien à vous"
    )
    desk.receive(mail("Anne Peeters <anne@town.example>", "Inscription", text))
    (hold,) = waiting(desk)
    assert "not-a-member" in hold["reasons"]
    assert desk.run("holds approve", hold["id"]).exit_code == 0
    assert sorted(registered(desk)) == [("Anne Peeters", "confirmed"), ("Karim Ayad", "confirmed")]


def test_approval_and_membership_together_are_one_word(made: Made) -> None:
    desk = made(members=MEMBERS, approval=True)
    desk.receive(mail(ANNE, "Inscription", WISH))
    (hold,) = waiting(desk)
    assert desk.run("holds approve", hold["id"]).exit_code == 0
    assert registered(desk) == [("Anne Peeters", "confirmed")]
    assert waiting(desk) == []
