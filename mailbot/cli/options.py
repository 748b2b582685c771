"""Options that every command takes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="the configuration file [default: config.toml here]", show_default=False)
]
RulesOption = Annotated[
    Path | None, typer.Option("--rules", help="the folder of rules [default: rules beside it]", show_default=False)
]
TemplatesOption = Annotated[
    Path | None,
    typer.Option("--templates", help="the folder of templates [default: templates beside it]", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="for scripts: JSON, one object a line")]
NowOption = Annotated[
    str | None, typer.Option("--now", help="the moment to take as now: 2021-09-06T10:00", show_default=False)
]


def moment(text: str | None) -> datetime | None:
    """An ISO 8601 moment, in UTC where it names no zone. Raises ``typer.BadParameter``."""
    if text is None:
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no moment; write it as 2021-09-06T10:00+02:00") from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
