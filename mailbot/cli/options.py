"""Options that several commands take."""

from __future__ import annotations

import getpass
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="FILE", help="the configuration file [default: config.toml here]", show_default=False
    ),
]
RulesOption = Annotated[
    Path | None,
    typer.Option("--rules", metavar="FOLDER", help="the rules [default: rules beside it]", show_default=False),
]
TemplatesOption = Annotated[
    Path | None,
    typer.Option(
        "--templates", metavar="FOLDER", help="the templates [default: templates beside it]", show_default=False
    ),
]
EventOption = Annotated[
    str | None, typer.Option("--event", metavar="EVENT", help="only this event", show_default=False)
]
AllOption = Annotated[bool, typer.Option("--all", help="the settled ones too, newest first")]
Whom = Annotated[
    str,
    typer.Argument(help="the person's address, or the registration's id or its beginning", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="for scripts: JSON, one object a line")]
NowOption = Annotated[
    str | None,
    typer.Option("--now", metavar="MOMENT", help="the moment to take as now: 2021-09-06T10:00", show_default=False),
]

ByOption = Annotated[
    str | None, typer.Option("--by", metavar="NAME", help="who settles it [default: your login]", show_default=False)
]
NoteOption = Annotated[
    str, typer.Option("--note", metavar="TEXT", help="your own words, sent with the answer", show_default=False)
]


def login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no such user in this container
        return "?"


def moment(text: str | None, timezone: str) -> datetime | None:
    """An ISO 8601 moment, in ``timezone`` where it names no zone of its own. Raises ``typer.BadParameter``."""
    if text is None:
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"--now {text!r} is no moment; write it as 2021-09-06T10:00") from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=ZoneInfo(timezone))
