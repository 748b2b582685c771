"""Files edited while the daemon runs: good ones are taken over, wrong ones change nothing and are told of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mailbot.adapters.clock import SystemClock
from mailbot.adapters.settings_file import load_settings
from mailbot.adapters.store import open_store
from mailbot.cli.running import LivePolicy
from mailbot.cli.wiring import Opened, load, places
from tests.cli.conftest import DeskFolder


@pytest.fixture
def running(town: tuple[Path, object], desk: DeskFolder, monkeypatch: pytest.MonkeyPatch) -> DeskFolder:
    monkeypatch.undo()  # the files themselves are read here
    return desk


def test_a_wrong_edit_keeps_the_last_good_rules_and_shows_in_status(running: DeskFolder) -> None:
    where = places(running.path / "config.toml", None, None)
    settings, policy = load(where)
    store = open_store(settings.database.url)
    live = LivePolicy(Opened(settings=settings, policy=policy, store=store, places=where, clock=SystemClock()))
    file = running.path / "rules" / "events" / "picnic.toml"
    good = file.read_text("utf-8")

    file.write_text(good.replace("capacity = 2", 'capacity = "two"'), "utf-8")
    live.refresh(store, SystemClock())
    assert live() is policy
    told = running.run("status --json")
    assert told.exit_code == 1
    status = json.loads(told.stdout)
    (condition,) = status["conditions"]
    assert condition["name"] == "rules"
    assert "the last good ones stay in force" in condition["message"]
    assert "picnic.toml: capacity: is not a whole number" in condition["message"]
    assert any("picnic.toml: capacity" in problem for problem in status["problems"])

    file.write_text(good.replace("capacity = 2", "capacity = 30"), "utf-8")
    live.refresh(store, SystemClock())
    assert live().events["picnic"].capacity == 30
    assert running.run("status").exit_code == 0
    store.close()


def test_nothing_starts_with_wrong_files_and_everything_is_told(running: DeskFolder) -> None:
    config = running.path / "config.toml"
    event = running.path / "rules" / "events" / "picnic.toml"
    event.write_text(event.read_text("utf-8").replace('by = "mail"', 'by = "post"'), "utf-8")
    (running.path / "templates" / "registrant-full" / "de.txt").unlink()
    for command in ("run", "once", "events", "holds list"):
        result = running.run(command)
        assert result.exit_code == 2
        assert "picnic.toml: registration.by: is not one of what is possible. Write one of" in result.stderr
        assert "registrant-full/de.txt: is missing" in result.stderr
        assert "2 problems in the files; nothing was done" in result.stderr
    assert running.run("check --offline").exit_code == 1
    settings, _ = load_settings(config)
    assert settings is not None
    assert not Path(settings.database.url.removeprefix("sqlite:///")).exists() or running.run("status").exit_code == 1
