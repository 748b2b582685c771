"""A command imports what it needs and no more: libraries of 0.1 to 0.4 s each, before anything is done."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mailbot.cli.app import COMMANDS, app

MAIL = Path(__file__).parent / "mail.eml"

_SAY_WHAT_WAS_IMPORTED = """
import sys
from mailbot.cli import app
try:
    app(sys.argv[1:])
except SystemExit as end:
    assert not end.code, end.code
print(*sys.modules, file=sys.stderr)
"""


def imported(*arguments: str) -> set[str]:
    command = [sys.executable, "-c", _SAY_WHAT_WAS_IMPORTED, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize(
    ("arguments", "not_needed"),
    [
        (["--help"], {"mailbot.core.read", "sqlalchemy", "jinja2", "pydantic", "icalendar", "openpyxl", "imapclient"}),
        (["explain", "--json", str(MAIL)], {"sqlalchemy", "alembic", "openpyxl", "imapclient", "aiosmtplib"}),
        (["check", "--offline", "--help"], {"sqlalchemy", "alembic", "openpyxl", "imapclient", "aiosmtplib"}),
    ],
    ids=["help", "explain", "check"],
)
def test_a_command_imports_only_what_it_needs(arguments: list[str], not_needed: set[str]) -> None:
    found = imported(*arguments)
    assert "mailbot.cli" in found
    assert not found & not_needed


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_in_the_list_is_there_and_says_what_it_does(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        app([name, "--help"])
    assert end.value.code == 0
    shown = capsys.readouterr().out
    assert f" {name} " in shown
    assert len(COMMANDS[name][2]) <= 60, "click cuts longer ones off in the list"
