"""What the README says is so: its commands, options, keys, files and tables of states."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from mailbot.cli import app
from mailbot.core import deliveries, registrations
from mailbot.core.settings import Account, Settings, Smtp

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def commands() -> dict[str, Any]:
    """Every command by its whole name."""
    found: dict[str, Any] = {}

    def walk(command: Any, name: str) -> None:
        if getattr(command, "invoke_without_command", False) and name:
            found[name] = command  # ``mailbot events`` lists them
        if hasattr(command, "list_commands"):
            context = typer.Context(command)
            for sub in command.list_commands(context):
                walk(command.get_command(context, sub), f"{name} {sub}".strip())
        else:
            found[name] = command

    walk(typer.main.get_command(app), "")
    return found


COMMANDS = commands()


def test_every_command_is_in_the_table_and_no_other() -> None:
    told = re.findall(r"^\| `mailbot ([a-z ]+)` \|", README, flags=re.MULTILINE)
    assert sorted(told) == sorted(COMMANDS)


def test_every_option_named_exists() -> None:
    for command, rest in re.findall(r"^\| `mailbot ([a-z ]+)` \| (.*) \|$", README, flags=re.MULTILINE):
        known = {option for parameter in COMMANDS[command].params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= known, command


def test_every_example_names_a_command_and_its_options() -> None:
    examples = re.findall(r"^mailbot ([^#\n]*)", README, flags=re.MULTILINE)
    assert examples
    for example in examples:
        command = next(name for name in COMMANDS if f"{example.strip()} ".startswith(f"{name} "))
        known = {option for parameter in COMMANDS[command].params for option in parameter.opts}
        assert set(re.findall(r"(?<=\s)--[a-z-]+", example)) <= known, example


@pytest.mark.parametrize("option", ["--config", "--rules", "--templates"])
def test_every_command_takes(option: str) -> None:
    for name, command in COMMANDS.items():
        assert option in {o for parameter in command.params for o in parameter.opts}, name


def test_help_is_there_for_every_command() -> None:
    for name in COMMANDS:
        result = CliRunner().invoke(app, [*name.split(), "--help"], env={"COLUMNS": "80"})
        assert result.exit_code == 0
        assert max(map(len, result.stdout.splitlines())) <= 80


def test_the_configuration_shown_has_keys_that_exist() -> None:
    (shown,) = (tomllib.loads(block) for block in re.findall(r"```toml\n(.*?)```", README, flags=re.DOTALL))
    assert set(shown) <= {field.name for field in fields(Settings)}
    assert set(shown["account"][0]) <= {field.name for field in fields(Account)}
    assert set(shown["smtp"]) <= {field.name for field in fields(Smtp)}
    for section, key in re.findall(r"`\[([a-z]+)\] ([a-z_]+)", README):
        if section != "organiser":
            hint = next(field for field in fields(Settings) if field.name == section)
            assert key in (ROOT / "config.toml").read_text("utf-8"), (section, key, hint.name)


def test_every_file_named_exists() -> None:
    named = set(re.findall(r"\]\(([^)]+)\)", README)) | set(re.findall(r"^\| `([a-z/_.]+/[a-z._]*)` \|", README, re.M))
    assert "docs/events.md" in named
    for name in named:
        assert (ROOT / name).exists(), name


def test_every_make_target_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"`?make ([a-z]+)`?(?=\s{2,}#|`)", README):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target


def table(transitions: Mapping[Any, frozenset[Any]], states: type[StrEnum]) -> str:
    """The table as the README has it."""
    lines = ["| from \\ to | " + " | ".join(states) + " |", "| --- |" + " :-: |" * len(states)]
    for state, allowed in transitions.items():
        marks = " | ".join("✓" if other in allowed else " " for other in states)
        lines.append(f"| {state.value if state else '(new)'} | {marks} |")
    return "\n".join(lines)


@pytest.mark.parametrize(
    "expected",
    [
        table(registrations.TRANSITIONS, registrations.RegistrationStatus),
        table(deliveries.TRANSITIONS, deliveries.DeliveryStatus),
    ],
    ids=["registrations", "deliveries"],
)
def test_the_states_are_those_of_the_code(expected: str) -> None:
    assert expected in README, f"write in README.md:\n{expected}"
