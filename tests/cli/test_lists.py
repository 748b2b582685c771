"""``events``, ``registrations``, ``digest``, ``status``, ``check``, ``explain``, ``replay``: shown to people and scripts."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from mailbot.adapters.settings_file import load_settings
from mailbot.adapters.store import open_store
from mailbot.core.registrations import Exchange, RegistrationStatus
from tests.cli.conftest import PICNIC, DeskFolder, mail

REGISTER = mail(
    "Zoé Peeters <zoe@home.example>", "Pique-nique", "Je m'inscris au pique-nique du 6 juin.\r\n\r\nZoé Peeters", 1
)


@pytest.fixture
def registered(desk: DeskFolder) -> DeskFolder:
    desk.receive(REGISTER)
    return desk


def test_events_are_counted(registered: DeskFolder) -> None:
    (event,) = [json.loads(line) for line in registered.run("events --json").stdout.splitlines()]
    assert (event["key"], event["state"], event["registrations"]["confirmed"]) == ("picnic", "open", 1)
    shown = registered.run("events").stdout
    assert "1/2" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_registrations_are_listed(registered: DeskFolder) -> None:
    assert "Zoé Peeters" in registered.run("registrations list").stdout
    assert registered.run("registrations list --status cancelled").stdout == "Nobody is on file.\n"
    (row,) = [
        json.loads(line) for line in registered.run("registrations list --json --event picnic").stdout.splitlines()
    ]
    assert (row["name"], row["sessions"], row["status"]) == ("Zoé Peeters", ["picnic/2099-06-06"], "confirmed")


def test_registrations_are_exported(registered: DeskFolder, tmp_path: Path) -> None:
    one, other = tmp_path / "list.csv", tmp_path / "list.xlsx"
    result = registered.run("registrations export", "--csv", str(one), "--xlsx", str(other))
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "1 registration written to" in result.stderr
    rows = list(csv.DictReader(one.read_text("utf-8-sig").splitlines(), delimiter=";"))
    assert [row["name"] for row in rows] == ["Zoé Peeters"]
    sheet = load_workbook(other).active
    assert sheet is not None
    assert [cell.value for cell in sheet[2]][2] == "Zoé Peeters"


def test_the_digest_is_shown_and_nothing_is_queued(registered: DeskFolder) -> None:
    shown = registered.run("digest --preview").stdout
    assert "voisins@town.example" in shown
    assert "inscription : Zoé Peeters" in shown.replace("\u00a0", " ")
    (digest,) = [json.loads(line) for line in registered.run("digest --preview --json").stdout.splitlines()]
    assert digest["to"] == "voisins@town.example"
    assert json.loads(registered.run("status --json").stdout)["counts"]["outbox-queued"] == 1  # the confirmation


def test_status_is_silent_where_all_is_well(registered: DeskFolder) -> None:
    result = registered.run("status")
    assert result.exit_code == 0
    assert "1  registration on file" in result.stdout
    assert "Nothing is wrong." in result.stdout


def test_status_tells_what_is_wrong_and_ends_with_1(registered: DeskFolder) -> None:
    settings, _ = load_settings(registered.path / "config.toml")
    assert settings is not None
    store = open_store(settings.database.url)
    with store.begin() as tx:
        from datetime import UTC, datetime

        tx.set_condition("imap:inscriptions/INBOX", "authentication: refused", datetime(2026, 1, 1, tzinfo=UTC))
        tx.set_value("heartbeat", datetime(2026, 1, 1, 12, tzinfo=UTC).isoformat())
    store.close()
    result = registered.run("status")
    assert result.exit_code == 1
    assert "imap:inscriptions/INBOX: authentication: refused (since 01/01 01:00)" in result.stdout
    assert "the daemon does not run: its last sign of life was on 01/01 13:00" in result.stdout
    data = json.loads(registered.run("status --json").stdout)
    assert data["silent"]
    assert data["conditions"][0]["name"] == "imap:inscriptions/INBOX"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("nonsense",), 2, "No such command"),
        (("digest",), 2, "mailbot digest --preview"),
        (("explain",), 2, "Missing argument"),
        (("explain", "no-such-file.eml"), 2, "no-such-file.eml: cannot be read"),
        (("explain", str(PICNIC), "--now", "tomorrow"), 2, "write it as 2021-09-06T10:00"),
        (("registrations list", "--status", "x"), 2, "--status is one of pending, confirmed"),
        (("registrations list", "--event", "x"), 2, "there is no event 'x'. Write one of picnic"),
        (("registrations export",), 2, "say what to write: --csv FILE, --xlsx FILE or --json"),
        (("registrations export", "--csv", "/no/such/folder/x.csv"), 1, "Name a file in a folder that exists"),
    ],
)
def test_wrong_use_ends_with_a_clear_line(desk: DeskFolder, arguments: tuple[str, ...], code: int, words: str) -> None:
    result = desk.run(*arguments)
    assert result.exit_code == code
    assert words in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


def test_explain_and_replay_tell_people_and_scripts(desk: DeskFolder, tmp_path: Path) -> None:
    file = tmp_path / "a.eml"
    file.write_bytes(REGISTER)
    shown = desk.run("explain", str(file)).stdout
    assert "register picnic · Zoé Peeters" in shown
    assert "inscription" in shown
    explained = [json.loads(line) for line in desk.run("explain --json", str(file), str(file)).stdout.splitlines()]
    assert [one["events"] for one in explained] == [["picnic"], ["picnic"]]
    lines = [json.loads(line) for line in desk.run("replay --json", str(file), str(file)).stdout.splitlines()]
    assert [line["decision"]["disposition"] for line in lines[:2]] == ["accept", "copy"]
    assert lines[2]["registration"]["name"] == "Zoé Peeters"
    assert "Zoé Peeters" in desk.run("replay", str(file)).stdout


@pytest.mark.parametrize("columns", [80, 120])
def test_explain_fits_the_terminal_and_has_no_colours_off_it(
    desk: DeskFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    file = tmp_path / "a.eml"
    file.write_bytes(REGISTER)
    monkeypatch.setenv("COLUMNS", str(columns))
    shown = desk.run("explain", str(file)).stdout
    assert max(len(line) for line in shown.splitlines()) <= columns
    assert "\x1b" not in shown
    assert "event.name.picnic" in shown or "event.title.picnic" in shown
    assert ("by the rule" in shown) is (columns > 100)
    assert "reply to" in shown


def test_a_moment_without_a_zone_is_meant_where_the_desk_is(desk: DeskFolder, tmp_path: Path) -> None:
    file = tmp_path / "a.eml"
    file.write_bytes(REGISTER)
    # Registration closes when the last session starts: 13 June 2099, 12:00 in Brussels, which is 10:00 UTC.
    (open_still,) = desk.run("explain --json --now 2099-06-13T11:59", str(file)).stdout.splitlines()
    (closed,) = desk.run("explain --json --now 2099-06-13T12:01", str(file)).stdout.splitlines()
    assert "closes" not in json.loads(open_still)["reply"]["text"]
    assert "sont closes" in json.loads(closed)["reply"]["text"]


def test_check_says_what_it_looked_at(desk: DeskFolder) -> None:
    result = desk.run("check --offline")
    assert result.exit_code == 0
    assert "Everything is in order" in result.stdout


@pytest.fixture
def waiting(registered: DeskFolder) -> DeskFolder:
    """Zoé has a place and was offered another one; Ada waits for the room and takes the screen otherwise."""
    settings, _ = load_settings(registered.path / "config.toml")
    assert settings is not None
    store = open_store(settings.database.url)
    now = datetime(2099, 5, 1, 10, tzinfo=UTC)
    other = Exchange(
        sessions=("picnic/2099-06-13",), mode="online", requested_at=now, offered_until=now + timedelta(days=2)
    )
    with store.begin() as tx:
        (zoe,) = tx.registrations()
        tx.put_registration(replace(zoe, exchange=other), "offered", now)
        ada = replace(zoe, id="zz", person_key="ada", name="Ada", email="ada@home.example", mode="in-person")
        ada = replace(ada, status=RegistrationStatus.WAITLISTED, second_mode="online", second_choices={"lab": "b"})
        tx.put_registration(ada, "waitlisted", now)
    store.close()
    return registered


def test_a_second_wish_and_another_place_are_listed(waiting: DeskFolder) -> None:
    shown = " ".join(waiting.run("registrations list").stdout.split())
    assert "2099-06-06 kiosk · was offered 2099-06-13 online" in shown
    assert "2099-06-06 in-person kiosk, otherwise b online" in shown
    zoe, ada = (json.loads(line) for line in waiting.run("registrations list --json").stdout.splitlines())
    assert zoe["waits for"] == {
        "sessions": ["picnic/2099-06-13"],
        "choices": {},
        "mode": "online",
        "requested at": "2099-05-01T10:00:00+00:00",
    }
    assert (zoe["otherwise"], zoe["offered until"]) == ({"choices": {}, "mode": None}, "2099-05-03T10:00:00+00:00")
    assert (ada["waits for"], ada["offered until"]) == (None, None)
    assert ada["otherwise"] == {"choices": {"lab": "b"}, "mode": "online"}


def test_a_second_wish_and_another_place_are_exported(waiting: DeskFolder, tmp_path: Path) -> None:
    one, other = tmp_path / "list.csv", tmp_path / "list.xlsx"
    assert waiting.run("registrations export", "--csv", str(one), "--xlsx", str(other)).exit_code == 0
    zoe, ada = csv.DictReader(one.read_text("utf-8-sig").splitlines(), delimiter=";")
    assert (zoe["otherwise"], zoe["waits for"], ada["otherwise"], ada["waits for"]) == (
        "",
        "2099-06-13 online",
        "b online",
        "",
    )
    assert "2099" in zoe["offered until"]
    sheet = load_workbook(other).active
    assert sheet is not None
    assert [cell.value for cell in sheet[1]][-3:] == ["otherwise", "waits for", "offered until"]
    assert [cell.value for cell in sheet[2]][-2] == "2099-06-13 online"


def test_the_digest_tells_of_another_place(waiting: DeskFolder) -> None:
    shown = json.loads(waiting.run("digest --preview --json").stdout)["text"].replace("\u00a0", " ")
    assert "autre place proposée : " in shown
    assert "confirmées, en attente d’une autre place : 1" in shown
