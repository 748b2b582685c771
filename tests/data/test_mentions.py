"""The marked texts are sound: every line is read, and every mark."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

FILES = sorted((Path(__file__).parent / "mentions").glob("*.jsonl"))
_MARK = re.compile(r"\{[scmp][+=-][a-z]:[^{}]+\}")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_marks_are_as_the_readme_says(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) > 100
    for number, line in enumerate(lines, 1):
        text = json.loads(line)
        where = f"{path.name}:{number}"
        assert text.keys() == {"l", "k", "t"}, where
        assert text["l"] in {"fr", "nl", "en", "de"} and text["k"] in {"register", "change", "cancel"}, where
        assert _MARK.search(text["t"]) and not re.search(r"[{}]", _MARK.sub("", text["t"])), where
