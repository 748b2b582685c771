"""``docs/events.md`` names every key of the event file, and its examples are event files."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from mailbot.adapters.event_files import event_from
from mailbot.core.events import Event
from mailbot.core.language import Localized

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "events.md").read_text("utf-8")
BLOCKS = re.findall(r"```toml\n(.*?)```", DOCUMENT, flags=re.DOTALL)


def whole() -> dict[str, Any]:
    """The examples as one file: bare keys of the later blocks stand above the first section."""
    first, second, cancelled = BLOCKS
    top, _, rest = second.partition("[price]")
    return tomllib.loads(top + cancelled + first + "[price]" + rest)


def keys(kind: Any, prefix: str = "") -> Iterator[str]:
    """Every key that a field of the dataclasses allows: ``pickup.points.place.street``."""
    owner = dataclass_in(kind)
    if owner is None or owner is Localized:
        return
    hints = get_type_hints(owner)
    for field in fields(owner):
        path = f"{prefix}{field.name}"
        yield path
        yield from keys(hints[field.name], f"{path}.")


def dataclass_in(hint: Any) -> Any:
    if isinstance(hint, type) and is_dataclass(hint):
        return hint
    return next((found for part in get_args(hint) if (found := dataclass_in(part)) is not None), None)


def given(data: Any, prefix: str = "") -> Iterator[str]:
    if isinstance(data, list):
        for item in data:
            yield from given(item, prefix)
    elif isinstance(data, dict):
        for key, value in data.items():
            yield f"{prefix}{key}"
            yield from given(value, f"{prefix}{key}.")


def test_the_example_is_an_event_file_without_a_problem() -> None:
    event, problems = event_from(whole(), "docs/events.md")
    assert problems == ()
    assert event is not None


def test_every_key_of_the_event_file_is_in_the_example() -> None:
    shown = set(given(whole()))
    # A place is explained once: where the event takes place.
    missing = [
        key for key in keys(Event) if key not in shown and not re.match(r"(sessions|pickup\.points)\.place\.", key)
    ]
    assert missing == []


@pytest.mark.parametrize("value", ["single", "any", "one", "all", "elsewhere", "none"])
def test_every_word_that_a_key_may_hold_is_explained(value: str) -> None:
    assert re.search(rf"\b{value}: ", DOCUMENT)
