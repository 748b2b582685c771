"""The labelled mails of ``tests/data/mails``, as the model is taught and asked about them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from mailbot.adapters.event_files import load_events
from mailbot.adapters.files import load_policy
from mailbot.adapters.settings_file import desk_of, load_settings
from mailbot.core.event_index import EventIndex, build_index
from mailbot.core.opinion import NO_OPINION
from mailbot.core.policy import Policy
from mailbot.core.standing import NO_STANDING

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data"

#: whoever wrote mails about several catalogues: folders that end with the name are one author's
AUTHORS = (
    "corpus-fr-en",
    "corpus-nl-de",
    "aubrive",
    "bergilys",
    "berkenrode",
    "brakelmont",
    "canopee",
    "dorlande",
    "duinwijk",
    "estaires",
    "filature",
    "fontenelle",
    "goesmond",
    "grandval",
    "grenshoven",
    "hallebeke",
    "hautecombe",
    "hautmarais",
    "hazelaar",
    "hoefdaal",
    "hohenweiler",
    "ibeke",
    "kampveld",
    "kesterbeek",
    "kruisbeke",
    "lavoir",
    "leenhove",
    "lessive",
    "maisonparents",
    "millemains",
    "montigny",
    "moorsel",
    "orvaux",
    "oudekapel",
    "perronstoep",
    "poulspols",
    "ravelsart",
    "rocheval",
    "rodenhoven",
    "roselies",
    "saintesfontaines",
    "sartigny",
    "sennedyle",
    "steenbrugge",
    "tilleux",
    "valbrume",
    "valmeer",
    "valmoulin",
    "vauxrive",
    "vlierbeke",
    "voerhout",
    "wezerdal",
    "zonnebeek",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    folder: str
    content: bytes
    label: dict[str, Any]


def author_of(folder: str) -> str:
    name = next((author for author in AUTHORS if folder.endswith(author)), folder)
    return "corpus" if name.startswith("corpus") else name


def labelled_mails() -> Iterator[Labelled]:
    for labels in sorted((DATA / "mails").glob("*/labels.jsonl")):
        for line in labels.read_text("utf-8").splitlines():
            label = json.loads(line)
            content = (labels.parent / label["file"]).read_bytes()
            yield Labelled(folder=labels.parent.name, content=content, label=label)


def labelled_texts(folder: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each line of the JSON Lines files in ``tests/data/FOLDER``, with the name of its file."""
    for path in sorted((DATA / folder).glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            yield path.stem, json.loads(line)


@cache
def policy_for(folder: str, *, taught: bool = True) -> Policy:
    """The shipped desk with the events that the folder's mails are about; not ``taught``: without its models."""
    settings, problems = load_settings(ROOT / "config.toml")
    policy = None
    if settings is not None:
        desk = desk_of(settings)
        models = None if taught else (NO_OPINION, NO_STANDING)
        policy, problems = load_policy(
            desk, settings.limits, ROOT / "rules", ROOT / "templates", tried=False, models=models
        )
    if policy is None:
        sys.exit("\n".join(map(str, problems)))
    index = index_for(folder)
    return replace(policy, events=index.events, index=index)


@cache
def index_for(folder: str) -> EventIndex:
    town = DATA / "towns" / folder / "events"
    events, problems = load_events(town if town.is_dir() else ROOT / "rules" / "events")
    if problems:
        sys.exit("\n".join(map(str, problems)))
    return build_index(events)
