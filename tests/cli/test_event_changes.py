"""``mailbot events changes``, ``approve`` and ``dismiss`` as a coordinator uses them, after editing a file."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailbot.adapters import files
from mailbot.core.event_index import build_index
from mailbot.core.policy import Policy
from tests.cli.conftest import DeskFolder, mail

WISH = "Bonjour,\n\nJe souhaite m'inscrire au pique-nique des voisins du samedi 6 juin.\n\nBien à vous,\nAnne Peeters"


@pytest.fixture
def moved(desk: DeskFolder, monkeypatch: pytest.MonkeyPatch) -> DeskFolder:
    """One person is registered, and then the picnic is moved by a day."""
    desk.receive(mail("Anne Peeters <anne@home.example>", "Inscription", WISH))
    assert desk.run("events").exit_code == 0
    assert desk.run("events changes").output.strip() == "No event changed that somebody is registered for."
    (event,) = desk.policy.events.values()
    day = timedelta(days=1)
    later = tuple(replace(s, starts=s.starts + day, ends=s.ends + day) for s in event.sessions)
    events = {event.key: replace(event, sessions=later)}
    policy = replace(desk.policy, events=events, index=build_index(events))

    def loaded(given: Any, *rest: Any, **more: Any) -> tuple[Policy, tuple[()]]:
        return replace(policy, desk=given), ()

    monkeypatch.setattr(files, "load_policy", loaded)
    return DeskFolder(path=desk.path, policy=policy)


def queued(desk: DeskFolder) -> list[str]:
    with desk.on_file() as tx:
        return sorted(delivery.message.kind for delivery in tx.deliveries())


def test_who_would_be_told_what_is_shown_before_anything_goes_out(moved: DeskFolder) -> None:
    shown = moved.run("events changes").output
    assert "another day" in shown
    assert "1 mail: 1 in fr" in shown
    assert "Nouvelle date" in shown
    assert "[postponed] dates = [2099-06-06" in " ".join(shown.split())
    assert max(map(len, shown.splitlines())) <= 80
    assert queued(moved) == ["registrant-confirmed"]


def test_approving_sends_once(moved: DeskFolder) -> None:
    (key,) = moved.policy.events
    done = moved.run("events approve", key, "--by", "Claire")
    assert (done.exit_code, done.output.strip()) == (0, f"{key}: 1 mail queued.")
    assert queued(moved) == ["registrant-confirmed", "registrant-event-postponed"]
    again = moved.run("events approve", key)
    assert again.exit_code == 1
    assert "no change" in again.output
    assert "approved by Claire" in moved.run("events changes --all").output
    assert queued(moved) == ["registrant-confirmed", "registrant-event-postponed"]


def test_dismissing_tells_nobody(moved: DeskFolder) -> None:
    (key,) = moved.policy.events
    assert moved.run("events dismiss", key).exit_code == 0
    assert queued(moved) == ["registrant-confirmed"]
    assert "No event changed" in moved.run("events changes").output


def test_many_mails_want_their_number(moved: DeskFolder) -> None:
    (key,) = moved.policy.events
    config = moved.path / "config.toml"
    config.write_text(config.read_text("utf-8").replace("confirm_over = 50", "confirm_over = 0"), "utf-8")
    refused = moved.run("events approve", key)
    assert refused.exit_code == 1
    assert "--mails 1" in refused.output
    wrong = moved.run("events approve", key, "--mails", "7")
    assert wrong.exit_code == 1
    assert queued(moved) == ["registrant-confirmed"]
    assert f"approve {key} --mails 1" in moved.run("events changes").output
    assert moved.run("events approve", key, "--mails", "1").exit_code == 0
    assert queued(moved) == ["registrant-confirmed", "registrant-event-postponed"]


def test_for_scripts(moved: DeskFolder) -> None:
    (key,) = moved.policy.events
    (line,) = moved.run("events changes", "--json").output.splitlines()
    data = json.loads(line)
    assert (data["event"], data["mails"], data["what"], data["languages"]) == (key, 1, ["day"], {"fr": 1})
    assert data["samples"]["fr"]["subject"].startswith("Nouvelle date")
    assert json.loads(moved.run("events approve", key, "--json").output) == {"event": key, "outcome": "approved", "mails": 1}  # fmt: skip
    assert json.loads(moved.run("events changes --all", "--json").output)["outcome"] == "approved"


@pytest.mark.parametrize("command", ["changes", "approve", "dismiss"])
def test_an_event_that_there_is_not(desk: DeskFolder, command: str) -> None:
    result = desk.run(f"events {command}", "nowhere")
    assert result.exit_code == 2
    assert "there is no event 'nowhere'. Write one of picnic" in result.output


@pytest.fixture
def gone(desk: DeskFolder, monkeypatch: pytest.MonkeyPatch) -> DeskFolder:
    """One person is registered, the daemon has seen the event, and then its file is deleted."""
    desk.receive(mail("Anne Peeters <anne@home.example>", "Inscription", WISH))
    assert desk.run("events changes").exit_code == 0
    policy = replace(desk.policy, events={}, index=build_index({}))
    monkeypatch.setattr(files, "load_policy", lambda given, *rest, **more: (replace(policy, desk=given), ()))
    return replace(desk, policy=policy)


def test_a_file_that_is_gone_is_asked_about(gone: DeskFolder) -> None:
    for arguments in (("events changes",), ("events changes", "picnic")):
        shown = gone.run(*arguments)
        assert shown.exit_code == 0, shown.output
        words = " ".join(shown.stdout.split())
        assert "its file is gone, and 1 person is registered for it." in words
        assert "Put it back with a line cancelled" in words
        assert "mailbot events dismiss picnic" in words
        assert max(map(len, shown.stdout.splitlines())) <= 80
    (data,) = map(json.loads, gone.run("events changes --json").stdout.splitlines())
    assert (data["event"], data["what"], data["people"], data["mails"]) == ("picnic", ["gone"], 1, 0)
    assert "its file is gone" in " ".join(gone.run("events").stdout.split())


def test_nothing_is_approved_for_a_file_that_is_gone(gone: DeskFolder) -> None:
    result = gone.run("events approve picnic")
    assert result.exit_code == 1
    assert "Nobody can be told without it" in result.stderr
    assert queued(gone) == ["registrant-confirmed"]


def test_check_and_status_name_it_with_the_remedy(gone: DeskFolder) -> None:
    checked = gone.run("check --offline --json")
    assert checked.exit_code == 1
    (problem,) = map(json.loads, checked.stdout.splitlines())
    assert problem["file"].endswith("rules/events")
    assert (problem["key"], problem["remedy"]) == ("picnic", "See: mailbot events changes picnic")
    status = gone.run("status")
    assert status.exit_code == 1
    assert "See: mailbot events changes picnic" in " ".join(status.stdout.split())


def test_it_is_left_alone_once_a_coordinator_says_so(gone: DeskFolder) -> None:
    assert gone.run("events dismiss picnic --by Els").exit_code == 0
    assert gone.run("check --offline").exit_code == 0
    assert "No event changed" in gone.run("events changes").stdout
    assert gone.run("events dismiss picnic").exit_code == 2
    assert queued(gone) == ["registrant-confirmed"]


def test_the_other_commands_stand_it(gone: DeskFolder) -> None:
    for command in (
        "registrations list",
        "registrations list --event picnic",
        "registrations export --json --event picnic",
        "registrations duplicates",
        "pickups list --event picnic",
        "moments",
        "digest --preview",
        "holds list",
        "events",
    ):
        result = gone.run(command)
        assert result.exit_code == 0, (command, result.output)
    assert "Anne Peeters" in gone.run("registrations list --event picnic").stdout
    for command in ("attendance list picnic", "attendance certificates picnic"):
        assert gone.run(command).exit_code == 2


@pytest.mark.parametrize(("hours", "asked"), [(8 * 24, False), (6 * 24, True), (1, True), (-1, False)])
def test_a_link_that_is_still_lacking_shortly_before_is_asked_for(
    desk: DeskFolder, monkeypatch: pytest.MonkeyPatch, hours: int, asked: bool
) -> None:
    desk.receive(mail("Anne Peeters <anne@home.example>", "Inscription", WISH))
    (event,) = desk.policy.events.values()
    starts = datetime.now(UTC) + timedelta(hours=hours)
    near = replace(event.sessions[0], starts=starts, ends=starts + timedelta(hours=20))
    events = {event.key: replace(event, sessions=(near, *event.sessions[1:]))}
    policy = replace(desk.policy, events=events, index=build_index(events))
    monkeypatch.setattr(files, "load_policy", lambda given, *rest, **more: (replace(policy, desk=given), ()))
    for command in ("check --offline", "status"):
        shown = desk.run(command)
        assert ("sessions.online_link" in shown.stdout) is asked, shown.stdout
        assert shown.exit_code == int(asked)
    events = {event.key: replace(event, sessions=(replace(near, online_link="https://x.example/1"),))}
    policy = replace(policy, events=events, index=build_index(events))
    assert desk.run("check --offline").exit_code == 0
