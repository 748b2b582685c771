"""``moments`` and ``attendance`` as a coordinator uses them: what is planned, the list for the door, filled and given back."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from mailbot.adapters import files
from mailbot.core.events import Certificate
from mailbot.core.registrations import Registration, RegistrationStatus
from tests.cli.conftest import DeskFolder

ONE, OTHER = "picnic/2099-06-06", "picnic/2099-06-13"
PEOPLE = (
    ("r1zoe", "Zoé Peeters", (ONE,), "vegetarian", None),
    ("r2ann", "Ann Dupont", (ONE, OTHER), "cheese", "needs a ramp"),
    ("r3mic", "Michel Dupont", (OTHER,), "cheese", None),
    ("r4evil", "=1+1", (OTHER,), "cheese", None),
)


@pytest.fixture
def expected(desk: DeskFolder) -> DeskFolder:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    with desk.on_file() as tx:
        for identity, name, sessions, basket, needs in PEOPLE:
            address = f"{identity}@home.example"
            tx.put_registration(
                Registration(
                    id=identity,
                    event="picnic",
                    person_key=address,
                    status=RegistrationStatus.CONFIRMED,
                    name=name,
                    email=address,
                    sessions=sessions,
                    choices={"basket": basket},
                    mode="in-person",
                    pickup="kiosk",
                    needs=needs,
                    requested_at=at,
                    updated_at=at,
                ),
                "registered",
                at,
            )
    return desk


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def came(desk: DeskFolder) -> dict[str, object]:
    return {str(row["id"]): row["attendance"] for row in lines(desk.run("attendance list", "picnic", "--json").stdout)}


# -- moments -----------------------------------------------------------------------


def test_what_goes_out_next_is_listed_with_how_many(expected: DeskFolder) -> None:
    rows = lines(expected.run("moments --json", "--days", "30000").stdout)
    assert [
        (row["kind"], row["moment"], row["people"], row["due"]) for row in rows if "reminder/" in str(row["moment"])
    ] == [
        ("registrant-reminder", "reminder/7/2099-06-06", 2, "2099-05-30T07:00:00+00:00"),
        ("registrant-reminder", "reminder/1/2099-06-06", 2, "2099-06-05T07:00:00+00:00"),
        ("registrant-reminder", "reminder/7/2099-06-13", 3, "2099-06-06T07:00:00+00:00"),
        ("registrant-reminder", "reminder/1/2099-06-13", 3, "2099-06-12T07:00:00+00:00"),
    ]
    shown = expected.run("moments", "--now", "2099-06-01T10:00").stdout
    assert "reminder, 1 day" in shown
    assert "05/06 09:00" in shown
    assert "no online_link" in " ".join(shown.split())
    assert max(map(len, shown.splitlines())) <= 80
    assert "within 30 days" in expected.run("moments").stdout
    assert expected.run("moments --event nothing").exit_code == 2


def test_status_shows_the_next_ones(expected: DeskFolder) -> None:
    (data,) = lines(expected.run("status --json").stdout)
    assert data["moments"] == []  # nothing within the next month
    config = expected.path / "config.toml"
    config.write_text(config.read_text("utf-8").replace("reminder_days = [7, 1]", "reminder_days = [61]"), "utf-8")
    assert "moments.reminder_days" in expected.run("status").stderr


# -- attendance ---------------------------------------------------------------------


def test_the_list_names_everybody_once_by_name(expected: DeskFolder) -> None:
    shown = expected.run("attendance list picnic").stdout
    names = [name for line in shown.splitlines() for name in ("Zoé", "Ann", "Michel") if name in line]
    assert names == ["Ann", "Michel", "Zoé"]
    assert "4 people expected, 0 came." in shown
    one = lines(expected.run("attendance list picnic --json --session 2099-06-06").stdout)
    assert [row["name"] for row in one] == ["Ann Dupont", "Zoé Peeters"]
    assert expected.run("attendance list picnic --session 2098").exit_code == 2
    assert expected.run("attendance list nothing").exit_code == 2


def test_needs_are_told_to_whoever_asks_for_them_and_to_nobody_else(expected: DeskFolder, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("a.html", "a.xlsx", "a.csv")]
    written = ["--html", str(files[0]), "--xlsx", str(files[1]), "--csv", str(files[2])]
    assert "4 people written to" in expected.run("attendance list picnic", *written).stderr
    sheet = load_workbook(files[1]).active
    assert sheet is not None
    cells = [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row]
    whole = files[0].read_text("utf-8") + files[2].read_text("utf-8-sig") + " ".join(cells)
    assert "Ann Dupont" in whole
    assert "ramp" not in whole
    assert "ramp" not in expected.run("attendance list picnic").stdout
    assert "ramp" not in expected.run("attendance list picnic --json").stdout
    expected.run("attendance list picnic --needs", *written)
    assert all("ramp" in text for text in (files[0].read_text("utf-8"), files[2].read_text("utf-8-sig")))


def test_the_page_to_print_stands_alone_and_takes_names_as_text(expected: DeskFolder, tmp_path: Path) -> None:
    page = tmp_path / "door.html"
    expected.run("attendance mark picnic --walk-in --session 2099-06-06", "<script>alert(1)</script>")
    expected.run("attendance list picnic", "--html", str(page))
    text = page.read_text("utf-8")
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "size: A4" in text
    assert "http" not in text
    assert "Attendus\u00a0: 5" in text
    assert text.count('class="box"') == 6 + 5 * 2, "one for each person and session, and five empty lines"


@pytest.mark.parametrize(
    ("people", "exit_code", "told"),
    [
        (["zoe peeters"], 0, "Zoé Peeters: came"),
        (["PEETERS Zoé"], 0, "came"),
        (["r1zoe@home.example", "Ann Dupont"], 0, "came"),
        (["Dupont"], 2, "may be 2 people"),
        (["Nobody Here"], 1, "--walk-in"),
        ([], 2, "name somebody"),
    ],
)
def test_people_are_found_as_they_are_called(
    expected: DeskFolder, people: list[str], exit_code: int, told: str
) -> None:
    result = expected.run("attendance mark picnic", *people)
    assert result.exit_code == exit_code
    assert told in " ".join((result.stdout + result.stderr).split())


def test_marks_go_to_the_sessions_that_people_chose_and_can_be_corrected(expected: DeskFolder) -> None:
    expected.run("attendance mark picnic", "Ann Dupont")
    expected.run("attendance mark picnic --session 2099-06-13 --absent", "Ann Dupont")
    expected.run("attendance mark picnic --session 2099-06-06", "Michel Dupont")  # not his
    assert came(expected) == {
        "r1zoe": {ONE: None},
        "r2ann": {ONE: "attended", OTHER: "absent"},
        "r3mic": {OTHER: None},
        "r4evil": {OTHER: None},
    }


def test_who_came_without_being_on_the_list_is_added(expected: DeskFolder) -> None:
    assert expected.run("attendance mark picnic --walk-in", "Luc <luc@home.example>").exit_code == 2, "which session?"
    for _ in range(2):
        expected.run("attendance mark picnic --walk-in --session 2099-06-13", "Luc Martin <luc@home.example>")
    (row,) = [
        r for r in lines(expected.run("attendance list picnic --json").stdout) if r["address"] == "luc@home.example"
    ]
    assert (row["name"], row["attendance"]) == ("Luc Martin", {OTHER: "attended"})
    assert len(lines(expected.run("registrations list --json").stdout)) == 5


def test_a_csv_is_filled_in_and_given_back(expected: DeskFolder, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    expected.run("attendance list picnic", "--csv", str(path))
    rows = list(csv.reader(path.read_text("utf-8-sig").splitlines(), delimiter=";"))
    width = len(rows[0])
    for row in rows[1:]:
        if "Ann" in row[2]:
            row[0], row[1] = "X", "0"
        if "Michel" in row[2]:
            row[1] = "oui"
    rows.append(["", "x", "Luc Martin", "luc@home.example", *[""] * (width - 4)])
    rows.append(["x", "", "", *[""] * (width - 3)])
    # As Excel saves it for somebody who has commas.
    path.write_text("\n".join(",".join(row) for row in rows), "cp1252")
    result = expected.run("attendance mark picnic", "--from", str(path))
    assert result.exit_code == 1
    assert "line 7: is ticked and has no name" in " ".join(result.stdout.split())
    assert "added: Luc Martin" in result.stdout
    found = came(expected)
    assert found["r2ann"] == {ONE: "attended", OTHER: "absent"}
    assert found["r3mic"] == {OTHER: "attended"}
    assert found["r1zoe"] == {ONE: None}
    assert {OTHER: "attended"} in [found[key] for key in found if key not in {p[0] for p in PEOPLE}]


def test_an_excel_file_is_filled_in_and_the_rest_did_not_come(expected: DeskFolder, tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    expected.run("attendance list picnic --session 2099-06-13", "--xlsx", str(path))
    book = load_workbook(path)
    sheet = book.active
    assert sheet is not None
    assert sheet["A1"].value == "présent(e)"
    for line in range(2, 5):
        if sheet.cell(line, 2).value == "=1+1":
            sheet.cell(line, 1).value = 1
    book.save(path)
    wrong = expected.run("attendance mark picnic", "--from", str(path))
    assert wrong.exit_code == 1
    assert "Give the --session that it was written for" in wrong.stderr
    assert expected.run("attendance mark picnic --session 2099-06-13 --rest-absent", "--from", str(path)).exit_code == 0
    found = came(expected)
    assert found["r4evil"] == {OTHER: "attended"}
    assert found["r3mic"] == {OTHER: "absent"}
    assert found["r2ann"] == {ONE: None, OTHER: "absent"}


@pytest.mark.parametrize("content", [b"a;b\n1;2\n", b"PK\x03\x04broken", b"\0\1\2", b""])
def test_a_file_that_is_no_list_of_ours_changes_nothing(expected: DeskFolder, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.csv"
    path.write_bytes(content)
    result = expected.run("attendance mark picnic", "--from", str(path))
    assert result.exit_code == 1
    assert str(path) in result.stderr
    assert not any(mark for marks in came(expected).values() for mark in dict(marks).values())  # type: ignore[call-overload]


# -- certificates ---------------------------------------------------------------------


def test_certificates_are_previewed_and_sent_once(
    expected: DeskFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    none = expected.run("attendance certificates picnic")
    assert none.exit_code == 1
    assert "[certificate]" in none.stderr
    picnic = replace(
        expected.policy.events["picnic"], certificate=Certificate(signatory="Ann Maes", offered_to="attended")
    )
    past = tuple(
        replace(s, starts=s.starts.replace(year=2020), ends=s.ends.replace(year=2020)) for s in picnic.sessions
    )
    policy = replace(expected.policy, events={"picnic": replace(picnic, sessions=past)})
    monkeypatch.setattr(files, "load_policy", lambda desk, *_, **__: (replace(policy, desk=desk), ()))
    assert "Nobody gets a certificate yet" in expected.run("attendance certificates picnic").stdout
    page = tmp_path / "sample.pdf"
    assert expected.run("attendance certificates picnic --language nl", "--preview", str(page)).exit_code == 0
    assert page.read_bytes().startswith(b"%PDF-")
    expected.run("attendance mark picnic", "Zoé Peeters", "Ann Dupont")
    rows = lines(expected.run("attendance certificates picnic --json").stdout)
    assert [(row["name"], row["sessions"], row["sent"]) for row in rows] == [
        ("Zoé Peeters", [ONE], False),
        ("Ann Dupont", [ONE, OTHER], False),
    ]
    assert expected.run("attendance certificates picnic --send").stdout.startswith("2 certificates queued")
    assert expected.run("attendance certificates picnic --send").stdout.startswith("0 certificates queued")
    assert "came" in expected.run("registrations list").stdout
    marks = {row["id"]: row["attendance"] for row in lines(expected.run("registrations list --json").stdout)}
    assert marks["r2ann"] == {ONE: "attended", OTHER: "attended"}
    assert "personnes venues : 2" in expected.run("digest --preview").stdout.replace("\u00a0", " ")
