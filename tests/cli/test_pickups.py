"""``mailbot pickups`` as a coordinator uses it: who collects what where, and who has it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mailbot.adapters import files
from mailbot.core.pickups import PickupStatus, Reservation
from mailbot.core.registrations import Registration, RegistrationStatus
from tests.cli.conftest import DeskFolder, mail

#: still 9 March in UTC, and 10 March in Brussels
AT = datetime(2026, 3, 9, 23, 30, tzinfo=UTC)
PEOPLE = (
    ("aaaa1111", "Zoé [b]Peeters[/b]", "zoe@home.example", None),
    ("aaaa2222", "Karim Ayad", None, "zoe@home.example"),
    ("bbbb3333", "Ann Maes", "ann@home.example", None),
)


@pytest.fixture
def waiting(desk: DeskFolder) -> DeskFolder:
    with desk.on_file() as tx:
        for identity, name, address, asked_by in PEOPLE:
            tx.put_registration(
                Registration(
                    id=identity,
                    event="picnic",
                    person_key=identity,
                    status=RegistrationStatus.CONFIRMED,
                    name=name,
                    email=address,
                    requested_by=asked_by,
                    pickup="kiosk",
                    requested_at=AT,
                    updated_at=AT,
                ),
                "registered",
                AT,
            )
            tx.put_reservation(
                Reservation(
                    registration=identity,
                    event="picnic",
                    point="kiosk",
                    status=PickupStatus.RESERVED,
                    reserved_at=AT,
                    changed_at=AT,
                )
            )
    return desk


def states(desk: DeskFolder) -> dict[str, str]:
    found = [json.loads(line) for line in desk.run("pickups list --json").stdout.splitlines()]
    return {row["id"]: row["state"] for row in found}


def test_nothing_is_set_aside_at_first(desk: DeskFolder) -> None:
    result = desk.run("pickups list")
    assert (result.exit_code, result.stdout) == (0, "Nothing is set aside.\n")
    assert desk.run("pickups list --json").stdout == ""


def test_the_list_says_who_what_where_since_when(waiting: DeskFolder) -> None:
    shown = waiting.run("pickups list --event picnic").stdout
    assert max(map(len, shown.splitlines())) <= 80
    for words in ("aaaa1111", "picnic", "kiosk", "reserved", "10/03", "Karim Ayad", "zoe@home.example"):
        assert words in shown
    assert "[b]" in shown, "a name is text"
    rows = [json.loads(line) for line in waiting.run("pickups list --json").stdout.splitlines()]
    assert rows[0] == {
        "id": "aaaa1111",
        "event": "picnic",
        "point": "kiosk",
        "state": "reserved",
        "since": "2026-03-09T23:30:00+00:00",
        "name": "Zoé [b]Peeters[/b]",
        "address": "zoe@home.example",
    }
    assert rows[1]["address"] == "zoe@home.example"


def test_what_mail_sets_aside_can_be_handed_out_and_come_back(desk: DeskFolder) -> None:
    desk.receive(mail("Zoé Peeters <zoe@home.example>", "Pique-nique", "Je m'inscris au pique-nique du 6 juin."))
    assert list(states(desk).values()) == ["reserved"]
    for command, state in (("collected", "collected"), ("returned", "returned"), ("collected", "collected")):
        done = desk.run(f"pickups {command}", "zoe@home.example")
        assert (done.exit_code, done.stdout) == (0, f"{state}: Zoé Peeters, picnic, kiosk\n"), done.output
        assert list(states(desk).values()) == [state]


def test_an_address_means_its_own_item_before_those_it_asked_for(waiting: DeskFolder) -> None:
    done = json.loads(waiting.run("pickups collected --json", "ZOE@home.example").stdout)
    assert (done["id"], done["state"]) == ("aaaa1111", "collected")
    assert states(waiting) == {"aaaa1111": "collected", "aaaa2222": "reserved", "bbbb3333": "reserved"}


def test_a_slip_is_undone(waiting: DeskFolder) -> None:
    assert waiting.run("pickups collected bbbb").exit_code == 0
    undone = waiting.run("pickups collected bbbb --undo")
    assert (undone.exit_code, undone.stdout) == (0, "reserved: Ann Maes, picnic, kiosk\n")
    assert states(waiting)["bbbb3333"] == "reserved"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("collected", "nobody@home.example"), 2, "nothing is set aside for 'nobody@home.example'"),
        (("collected", ""), 2, "nothing is set aside for ''"),
        (("collected", "aaaa"), 2, "Karim Ayad, picnic, confirmed: aaaa2222"),
        (("collected", "bbbb", "--event", "nothing"), 2, "there is no event 'nothing'. Write one of picnic"),
        (("list", "--event", "nothing"), 2, "there is no event 'nothing'"),
        (("returned", "bbbb"), 1, "it is reserved, and cannot become returned. Nothing was done."),
        (("collected", "bbbb", "--undo"), 1, "it is reserved already. Nothing was done."),
    ],
)
def test_what_cannot_be_meant_or_done_changes_nothing(
    waiting: DeskFolder, arguments: tuple[str, ...], code: int, words: str
) -> None:
    command, *rest = arguments
    result = waiting.run(f"pickups {command}", *rest)
    assert result.exit_code == code
    assert words in result.stderr
    assert set(states(waiting).values()) == {"reserved"}


def test_what_was_let_go_is_neither_listed_nor_handed_out(waiting: DeskFolder) -> None:
    with waiting.on_file() as tx:
        (item,) = tx.reservations_of(["bbbb3333"]).values()
        tx.put_reservation(
            Reservation(
                registration=item.registration,
                event=item.event,
                point=item.point,
                status=PickupStatus.RELEASED,
                reserved_at=AT,
                changed_at=AT,
            )
        )
    assert "bbbb3333" not in states(waiting)
    assert waiting.run("pickups collected", "ann@home.example").exit_code == 2


def test_what_came_back_and_is_set_aside_for_another_is_not_handed_out_twice(
    waiting: DeskFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    (event,) = waiting.policy.events.values()
    assert event.pickup is not None
    (point,) = event.pickup.points
    few = replace(event, pickup=replace(event.pickup, points=(replace(point, stock=2),)))
    policy = replace(waiting.policy, events={"picnic": few})
    monkeypatch.setattr(files, "load_policy", lambda desk, *rest, **more: (replace(policy, desk=desk), ()))
    assert waiting.run("pickups collected bbbb").exit_code == 0
    assert waiting.run("pickups returned bbbb").exit_code == 0
    again = waiting.run("pickups collected bbbb")
    assert again.exit_code == 1
    assert "all 2 items of kiosk are set aside or collected" in again.stderr
    assert states(waiting)["bbbb3333"] == "returned"
