"""``docs/states.md`` is what ``make states`` makes of the tables."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from mailbot.core.registrations import MOVES
from mailbot.core.replies import ReplyKind
from mailbot.core.states_text import states_text

ROOT = Path(__file__).resolve().parents[2]


def test_the_document_is_that_of_the_code() -> None:
    assert (ROOT / "docs" / "states.md").read_text("utf-8") == states_text(), "run: make states"


def test_every_mail_that_a_move_names_exists() -> None:
    told = {f"registrant{name}" for move in MOVES for name in move.told.removeprefix("registrant").split(", ")}
    assert told <= set(get_args(ReplyKind))


def test_no_move_stands_there_twice() -> None:
    assert len({(move.before, move.after) for move in MOVES}) == len(MOVES)
