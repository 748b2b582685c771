"""The texts on ways of taking part are sound: every line is read, and every brace."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

FILES = sorted((Path(__file__).parent / "ways").glob("*.jsonl"))
_EVENT = re.compile(r"\{[^{}]+\}")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_ways_are_as_the_readme_says(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) > 100
    for number, line in enumerate(lines, 1):
        text = json.loads(line)
        where = f"{path.name}:{number}"
        assert text.keys() == {"k", "t", "m"}, where
        assert text["k"] in {"register", "change"} and text["m"] in {"online", "in-person", None}, where
        assert not re.search(r"[{}]", _EVENT.sub("", text["t"])), where
