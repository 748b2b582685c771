"""``registrations duplicates``: shown, and made one."""

from __future__ import annotations

import json

from tests.cli.conftest import DeskFolder, mail

TEXT = "Je m'inscris au pique-nique du 6 juin.\r\n\r\nZoé Peeters\r\nCommune de Schaerbeek"


def test_two_addresses_of_one_person_are_shown_and_made_one(desk: DeskFolder) -> None:
    assert desk.run("registrations duplicates").stdout == "Nobody seems to be registered twice.\n"
    desk.receive(
        mail("Zoé Peeters <zoe@home.example>", "Pique-nique", TEXT, 1),
        mail("Zoé Peeters <zoe@town.example>", "Pique-nique", TEXT, 2),
    )
    (pair,) = [json.loads(line) for line in desk.run("registrations duplicates --json").stdout.splitlines()]
    assert (pair["event"], pair["name"], pair["why"]) == ("picnic", "Zoé Peeters", "same organisation")
    shown = desk.run("registrations duplicates").stdout
    assert "zoe@home.example" in shown
    first, second = (r["id"][:8] for r in pair["registrations"])
    assert f"--merge {first} {second}" in shown
    done = desk.run(f"registrations duplicates --merge {first} {second}")
    assert done.exit_code == 0, done.output
    assert "registered once for picnic: zoe@home.example, confirmed" in done.stdout
    assert desk.run("registrations duplicates").stdout == "Nobody seems to be registered twice.\n"
    statuses = [json.loads(line)["status"] for line in desk.run("registrations list --json").stdout.splitlines()]
    assert sorted(statuses) == ["cancelled", "confirmed"]
    again = desk.run(f"registrations duplicates --merge {first} {second}")
    assert again.exit_code == 1
    assert "cancelled or declined already" in again.stderr
    assert desk.run("registrations duplicates --merge zz yy").exit_code == 2
