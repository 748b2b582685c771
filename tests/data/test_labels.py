"""The labelled mails are sound: what reads them may trust every key."""

from __future__ import annotations

import email
import json
from collections import Counter
from email import policy
from pathlib import Path
from typing import Any

import pytest

from mailbot.adapters.event_files import load_events

DATA = Path(__file__).parent
RULES = DATA.parent.parent / "rules"
FOLDERS = sorted(path.parent for path in (DATA / "mails").glob("*/labels.jsonl"))
KINDS = {"register", "cancel", "change", "question", "thanks", "auto-reply", "bounce", "bulk", "spam", "other"}
SILENT = {"auto-reply", "bounce", "bulk", "spam"}
#: mails of one folder that have no ``Date``, as the corpus has two
MOST_DATELESS = 2
KEYS = {
    *("kind", "language", "events", "people", "sessions", "choices"),
    *("mode", "pickup", "question", "may_reply", "needs_human"),
}


def labels(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "labels.jsonl").read_text("utf-8").splitlines()]


def readings(label: dict[str, Any]) -> list[dict[str, Any]]:
    """What the label says, and what it accepts besides, one key at a time."""
    also = label.get("also", {})
    return [label, *({**label, key: value} for key, values in also.items() for value in values)]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_labels_speak_of_what_the_catalogue_holds(folder: Path) -> None:
    town = DATA / "towns" / folder.name / "events"
    events, problems = load_events(town if town.is_dir() else RULES / "events")
    assert not problems
    for label in labels(folder):
        said = f"{folder.name}/{label['file']}"
        assert label.keys() >= KEYS and label["note"] and set(label.get("also", {})) <= KEYS, said
        for reading in readings(label):
            assert reading["kind"] in KINDS and reading["language"] in {"fr", "nl", "en", "de", None}, said
            assert reading["mode"] in {"in-person", "online", None}, said
            assert all({"name", "email", "organisation"} == person.keys() for person in reading["people"]), said
            assert set(reading["events"]) <= events.keys(), said
        meant = {key: events[key] for reading in readings(label) for key in reading["events"]}
        sessions = {session.key for event in meant.values() for session in event.sessions}
        points = {point.key for event in meant.values() if event.pickup for point in event.pickup.points}
        options = {
            (choice.key, option.key)
            for event in meant.values()
            for choice in event.choices
            for option in choice.options
        }
        for reading in readings(label):
            assert set(reading["sessions"]) <= sessions, said
            assert reading["choices"].items() <= options, said
            assert reading["pickup"] in {*points, None}, said
        assert not (label["kind"] in SILENT and label["may_reply"]), said


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_mail_parses_and_has_one_label(folder: Path) -> None:
    named = [label["file"] for label in labels(folder)]
    assert sorted(named) == sorted(path.name for path in folder.glob("*.eml"))
    seen: Counter[str] = Counter()
    dateless: list[str] = []
    for name in named:
        mail = email.message_from_bytes((folder / name).read_bytes(), policy=policy.default)
        assert mail["From"], name
        dateless += [] if mail["Date"] else [name]
        seen[str(mail["Message-ID"])] += 1
    assert seen.most_common(1)[0][1] == 1
    assert len(dateless) <= MOST_DATELESS, dateless


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_about_half_of_each_folder_is_held_out(folder: Path) -> None:
    held = Counter(label["held_out"] for label in labels(folder))
    assert abs(held[True] - held[False]) <= len(KINDS)
