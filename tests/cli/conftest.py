"""A desk in a folder of its own: the shipped rules with another town's event, a real SQLite file, mails on file."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from mailbot.adapters import files
from mailbot.adapters.clock import FixedClock
from mailbot.adapters.files import load_policy
from mailbot.adapters.settings_file import desk_of, load_settings
from mailbot.adapters.store import open_store
from mailbot.adapters.store.transaction import SqlTransaction
from mailbot.cli import app
from mailbot.core.policy import Desk, Limits, Policy
from mailbot.core.problems import Problem
from mailbot.service.intake import Intake, poll
from tests.fakes import FakeMailbox, FakeServer

ROOT = Path(__file__).resolve().parents[2]
PICNIC = ROOT / "tests" / "data" / "catalogue" / "picnic.toml"
FOLDERS = {"processed": "P", "review": "R", "ignored": "I"}


def mail(sender: str, subject: str, text: str, number: int = 1) -> bytes:
    return (
        f"From: {sender}\r\nTo: inscriptions@prevention.example\r\nSubject: {subject}\r\n"
        f"Message-ID: <{number}@home.example>\r\nDate: Mon, 01 Mar 2027 10:00:00 +0100\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    ).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskFolder:
    path: Path
    policy: Policy
    server: FakeServer = field(default_factory=FakeServer)

    def run(self, *arguments: str) -> Result:
        command, *rest = arguments
        split = command.split()
        return CliRunner().invoke(app, [*split, *rest, "--config", str(self.path / "config.toml")])

    @contextmanager
    def on_file(self) -> Iterator[SqlTransaction]:
        """The database behind the commands."""
        settings, problems = load_settings(self.path / "config.toml")
        assert settings is not None, problems
        store = open_store(settings.database.url)
        try:
            with store.begin() as tx:
                yield tx
        finally:
            store.close()

    def receive(self, *contents: bytes) -> None:
        """As if the daemon had polled: read, decided, recorded."""
        settings, problems = load_settings(self.path / "config.toml")
        assert settings is not None, problems
        for content in contents:
            self.server.deliver(content)
        store = open_store(settings.database.url)
        policy = replace(self.policy, desk=desk_of(settings))
        intake = Intake(
            store=store,
            clock=FixedClock(datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
            policy=lambda: policy,
            folders=FOLDERS,  # type: ignore[arg-type]
            process_existing=True,
        )
        poll(intake, FakeMailbox(self.server))
        store.close()


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Policy]:
    """The files, and the policy loaded from them once."""
    folder = tmp_path_factory.mktemp("town")
    shutil.copytree(ROOT / "rules", folder / "rules")
    for path in (folder / "rules" / "events").iterdir():
        path.unlink()
    shutil.copy(PICNIC, folder / "rules" / "events")
    shutil.copytree(ROOT / "templates", folder / "templates")
    shutil.copy(ROOT / "config.toml", folder)
    settings, problems = load_settings(folder / "config.toml")
    assert settings is not None, problems
    policy, problems = load_policy(desk_of(settings), settings.limits, folder / "rules", folder / "templates")
    assert policy is not None, problems
    return folder, policy


@pytest.fixture
def desk(town: tuple[Path, Policy], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeskFolder]:
    folder, policy = town
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("var"))

    def loaded(
        desk: Desk, limits: Limits, rules: Path, templates: Path, *, tried: bool = True
    ) -> tuple[Policy | None, tuple[Problem, ...]]:
        return replace(policy, desk=desk), ()

    # The files are the same in every test: reading and trying the templates once is enough.
    monkeypatch.setattr(files, "load_policy", loaded)
    monkeypatch.setenv("COLUMNS", "80")
    yield DeskFolder(path=tmp_path, policy=policy)
