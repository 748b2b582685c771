"""``mailbot registrations approve`` and ``decline``: a coordinator's word on one registration."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from mailbot.adapters import files
from mailbot.core.event_index import build_index
from mailbot.core.registrations import Registration, RegistrationStatus
from tests.cli.conftest import DeskFolder, mail

AT = datetime(2026, 3, 1, tzinfo=UTC)
WISH = "Bonjour,\n\nJe souhaite m'inscrire au pique-nique du 6 juin.\n\nBien à vous,\nAnne Peeters"


@pytest.fixture
def asked(desk: DeskFolder, monkeypatch: pytest.MonkeyPatch) -> DeskFolder:
    """The picnic needs approval; one mail has asked for a place."""
    (event,) = desk.policy.events.values()
    events = {event.key: replace(event, registration=replace(event.registration, approval=True))}
    policy = replace(desk.policy, events=events, index=build_index(events))

    def loaded(given: Any, *rest: Any, **more: Any) -> Any:
        return replace(policy, desk=given), ()

    monkeypatch.setattr(files, "load_policy", loaded)
    approving = DeskFolder(path=desk.path, policy=policy)
    approving.receive(mail("Anne Peeters <anne@home.example>", "Inscription", WISH))
    return approving


def statuses(desk: DeskFolder) -> dict[str, str]:
    return {
        r["address"]: r["status"] for r in map(json.loads, desk.run("registrations list --json").stdout.splitlines())
    }


def holds(desk: DeskFolder) -> list[dict[str, Any]]:
    return [json.loads(line) for line in desk.run("holds list --json --all").stdout.splitlines()]


def texts(desk: DeskFolder, address: str) -> list[tuple[str, str]]:
    with desk.on_file() as tx:
        found = sorted(tx.deliveries(), key=lambda delivery: delivery.queued_at)
    return [(d.message.kind, d.message.text) for d in found if d.message.envelope_to == address]


def test_approving_gives_the_place_tells_the_person_and_settles_the_mail(asked: DeskFolder) -> None:
    assert statuses(asked) == {"anne@home.example": "pending"}
    done = asked.run("registrations approve", "anne@home.example", "--note", "Bienvenue parmi nous.", "--by", "Els")
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[0] == "confirmed: Anne Peeters for picnic"
    assert "answer queued for anne@home.example" in done.stdout
    assert statuses(asked) == {"anne@home.example": "confirmed"}
    (first, _), (kind, text) = texts(asked, "anne@home.example")
    assert (first, kind) == ("registrant-pending", "registrant-confirmed")
    assert "Bienvenue parmi nous." in text
    (hold,) = holds(asked)
    assert (hold["outcome"], hold["closed_by"]) == ("approved", "Els")


def test_declining_tells_the_person_and_settles_the_mail(asked: DeskFolder) -> None:
    done = asked.run("registrations decline --json", "anne@home.example", "--by", "Els", "--note", "C'est complet.")
    assert done.exit_code == 0, done.output
    data = json.loads(done.stdout)
    assert (data["event"], data["status"]) == ("picnic", "declined")
    assert [reply["to"] for reply in data["replies"]] == ["anne@home.example"]
    assert statuses(asked) == {"anne@home.example": "declined"}
    kind, text = texts(asked, "anne@home.example")[-1]
    assert kind == "registrant-declined"
    assert "C'est complet." in text
    (hold,) = holds(asked)
    assert (hold["outcome"], hold["closed_by"]) == ("dismissed", "Els")


@pytest.mark.parametrize(("first", "again"), [("approve", "approve"), ("decline", "decline")])
def test_what_is_decided_already_is_not_decided_again(asked: DeskFolder, first: str, again: str) -> None:
    assert asked.run(f"registrations {first}", "anne@home.example").exit_code == 0
    before = texts(asked, "anne@home.example")
    refused = asked.run(f"registrations {again}", "anne@home.example")
    assert refused.exit_code == 1
    assert "it is " in refused.stderr
    assert "Nothing was done." in refused.stderr
    assert texts(asked, "anne@home.example") == before


def test_a_word_can_be_taken_back(asked: DeskFolder) -> None:
    assert asked.run("registrations decline anne@home.example").exit_code == 0
    assert asked.run("registrations approve anne@home.example").exit_code == 0
    assert statuses(asked) == {"anne@home.example": "confirmed"}
    assert asked.run("registrations decline anne@home.example").exit_code == 0
    assert texts(asked, "anne@home.example")[-1][0] == "registrant-declined"


@pytest.mark.parametrize("command", ["approve", "decline"])
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nobody@home.example",), "no registration is known by 'nobody@home.example'"),
        (("zzzz",), "no registration is known by 'zzzz'"),
        (("",), "no registration is known by ''"),
        (("anne@home.example", "--event", "ball"), "there is no event 'ball'. Write one of picnic"),
    ],
)
def test_whom_nobody_knows(asked: DeskFolder, command: str, arguments: tuple[str, ...], words: str) -> None:
    result = asked.run(f"registrations {command}", *arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert statuses(asked) == {"anne@home.example": "pending"}


def test_several_that_may_be_meant_are_named(asked: DeskFolder) -> None:
    with asked.on_file() as tx:
        for identity, name in (("qqqq1111", "Karim Ayad"), ("qqqq2222", "Ann Maes")):
            tx.put_registration(
                Registration(
                    id=identity,
                    event="picnic",
                    person_key=identity,
                    status=RegistrationStatus.PENDING,
                    name=name,
                    sessions=("picnic/2099-06-06",),
                    requested_by="anne@home.example",
                    requested_at=AT,
                    updated_at=AT,
                ),
                "requested",
                AT,
            )
    result = asked.run("registrations approve qqqq")
    assert result.exit_code == 2
    assert "Karim Ayad, picnic, pending: qqqq1111" in result.stderr
    # An address means its own before those it asked for; the others are named by their ids.
    assert asked.run("registrations approve anne@home.example").exit_code == 0
    assert asked.run("registrations approve QQQQ1111").exit_code == 0
    with asked.on_file() as tx:
        found = {r.name: r.status.value for r in tx.registrations()}
    assert found == {"Anne Peeters": "confirmed", "Karim Ayad": "confirmed", "Ann Maes": "pending"}


def test_a_registration_whose_event_file_is_gone(asked: DeskFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = replace(asked.policy, events={}, index=build_index({}))
    monkeypatch.setattr(files, "load_policy", lambda desk, *rest, **more: (replace(empty, desk=desk), ()))
    for command in ("approve", "decline"):
        result = asked.run(f"registrations {command}", "anne@home.example", "--event", "picnic")
        assert result.exit_code == 1
        assert "no file of the event 'picnic'" in result.stderr


def test_whoever_has_no_address_is_not_told(asked: DeskFolder) -> None:
    with asked.on_file() as tx:
        tx.put_registration(
            Registration(
                id="walkin11",
                event="picnic",
                person_key="walkin",
                status=RegistrationStatus.PENDING,
                name="Jan [i]Claes[/i]",
                sessions=("picnic/2099-06-06",),
                requested_at=AT,
                updated_at=AT,
            ),
            "requested",
            AT,
        )
    done = asked.run("registrations approve walkin")
    assert done.exit_code == 0, done.output
    assert "confirmed: Jan [i]Claes[/i] for picnic" in done.stdout
    assert "nobody is told: there is no address on file" in done.stdout
