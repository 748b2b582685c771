"""A desk to measure: its configuration, its rules with the events of ``bench/events``, the shipped templates."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from bench.children import ROOT
from bench.mails import DESK

_CONFIG = """\
[[account]]
name = "bench"
host = "127.0.0.1"
port = {imap}
security = "plain"
user = "{user}"
password = "{password}"
poll_seconds = 600

[smtp]
host = "127.0.0.1"
port = {smtp}
security = "plain"
connections = 2

[desk]
addresses = ["{address}"]
coordinators = ["coordination@town.example"]
secret_file = "secret"
[desk.name]
en = "Town registrations"
[desk.signature]
en = "The registrations team"
[desk.privacy]
en = "We use your details for this activity only."

[database]
url = "sqlite:///{database}"

[log]
level = "warning"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    folder: Path

    @property
    def options(self) -> tuple[object, ...]:
        return (
            "--config",
            self.folder / "config.toml",
            "--rules",
            self.folder / "rules",
            "--templates",
            ROOT / "templates",
        )

    @property
    def database(self) -> Path:
        return self.folder / "mailbot.db"


def make_desk(
    folder: Path, *, shipped: bool = False, user: str = "desk", password: str = "", imap: int = 1, smtp: int = 1
) -> Desk:
    """Written into ``folder``, which must not exist yet. ``shipped``: with the events that are shipped."""
    shutil.copytree(ROOT / "rules", folder / "rules")
    if not shipped:
        shutil.rmtree(folder / "rules" / "events")
        shutil.copytree(ROOT / "bench" / "events", folder / "rules" / "events")
    desk = Desk(folder=folder)
    text = _CONFIG.format(imap=imap, smtp=smtp, user=user, password=password, address=DESK, database=desk.database.name)
    (folder / "config.toml").write_text(text, "utf-8")
    return desk
