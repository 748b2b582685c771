"""Rules and templates, loaded once into one immutable ``Policy``; all problems of all files at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from mailbot.adapters.event_files import load_events
from mailbot.adapters.typed_toml import read_toml, shown, validated
from mailbot.core.chain import Chain, chain_problems
from mailbot.core.lexicon_files import lexicon_from
from mailbot.core.mailwords import mail_words_from
from mailbot.core.match import build_index
from mailbot.core.match_words import match_words_from
from mailbot.core.opinion import REMEDY, OpinionModel, opinion_model_from
from mailbot.core.policy import ChainRule, Desk, Limits, Policy
from mailbot.core.problems import Problem
from mailbot.core.standing import StandingModel, standing_model_from
from mailbot.core.template_files import templates_from

T = TypeVar("T")
TomlFiles = Mapping[str, Mapping[str, Any]]


def load_policy(
    desk: Desk,
    limits: Limits,
    rules: Path,
    templates: Path,
    *,
    tried: bool = True,
    models: tuple[OpinionModel, StandingModel] | None = None,
) -> tuple[Policy | None, tuple[Problem, ...]]:
    """Everything a coordinator can edit, or everything that is wrong with it. ``tried``: see ``templates_from``.

    ``models``: in place of those in ``rules/reading``, which they may be about to be written to.
    """
    problems: list[Problem] = []
    for folder in (rules, templates):
        if not folder.is_dir():
            problems.append(_problem(shown(folder), "is not a folder", "Name the folder with --rules or --templates"))
    if problems:
        return None, tuple(problems)
    # First: the memory that reading a megabyte of JSON takes for a moment serves what is loaded after it.
    opinion_model, standing_model = models or (None, None)
    if models is None:
        opinion_model, found = _load_model(rules / "reading" / "opinion.json", opinion_model_from)
        problems.extend(found)
        standing_model, found = _load_model(rules / "reading" / "standing.json", standing_model_from)
        problems.extend(found)
    events, found = load_events(rules / "events")
    problems.extend(found)
    chain, found = _load_chain(rules / "chain.toml")
    problems.extend(found)
    lexicon_files, found = _toml_files(rules / "lexicon")
    problems.extend(found)
    mail_files, found = _toml_files(rules / "mail")
    problems.extend(found)
    # Words for matching stand in match-*.toml beside the lexicons.
    match_files = {name: data for name, data in lexicon_files.items() if Path(name).name.startswith("match-")}
    words_files = {name: data for name, data in lexicon_files.items() if name not in match_files}
    lexicons, found = lexicon_from(words_files)
    problems.extend(found)
    match_words, found = match_words_from(match_files)
    problems.extend(found)
    mail_words, found = mail_words_from(mail_files)
    problems.extend(found)
    sources, found = _sources(templates)
    problems.extend(found)
    compiled, found = templates_from(sources, tried=tried)
    problems.extend(replace(p, file=shown(templates / p.file.removeprefix("templates/"))) for p in found)
    if (
        problems
        or lexicons is None
        or match_words is None
        or mail_words is None
        or opinion_model is None
        or standing_model is None
        or compiled is None
    ):
        return None, tuple(problems)
    return Policy(
        desk=desk,
        events=events,
        index=build_index(events),
        lexicons=lexicons,
        match_words=match_words,
        mail_words=mail_words,
        opinion_model=opinion_model,
        standing_model=standing_model,
        chain=chain,
        templates=compiled,
        limits=limits,
        version=version(rules, templates),
    ), ()


def _load_chain(path: Path) -> tuple[tuple[ChainRule, ...], tuple[Problem, ...]]:
    data, problems = read_toml(path)
    if data is None:
        return (), problems
    chain, problems = validated(Chain, data, shown(path))
    if chain is None:
        return (), problems
    return chain.rule, chain_problems(chain, shown(path))


def _load_model(
    path: Path, model_from: Callable[[Any, str], tuple[T | None, tuple[Problem, ...]]]
) -> tuple[T | None, tuple[Problem, ...]]:
    try:
        data = json.loads(path.read_bytes())
    except OSError as error:
        return None, (_problem(shown(path), f"cannot be read ({error.strerror})", REMEDY),)
    except ValueError as error:  # not JSON, or not UTF-8
        return None, (_problem(shown(path), f"is not valid JSON: {error}", REMEDY),)
    return model_from(data, shown(path))


def _toml_files(folder: Path) -> tuple[TomlFiles, tuple[Problem, ...]]:
    files: dict[str, Mapping[str, Any]] = {}
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.toml")):
        data, found = read_toml(path)
        problems.extend(found)
        if data is not None:
            files[shown(path)] = data
    return files, tuple(problems)


def _sources(folder: Path) -> tuple[Mapping[str, str], tuple[Problem, ...]]:
    """Template sources by their path below the folder: ``registrant-confirmed/fr.txt``."""
    sources: dict[str, str] = {}
    problems: list[Problem] = []
    for path in _files(folder):
        try:
            sources[path.relative_to(folder).as_posix()] = path.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            problems.append(_problem(shown(path), f"cannot be read ({error})", "Save it as UTF-8, readable by mailbot"))
    return sources, tuple(problems)


def _files(folder: Path) -> list[Path]:
    """The files below a folder, without what editors leave behind."""
    return sorted(
        p for p in folder.rglob("*") if p.is_file() and not p.name.startswith(".") and not p.name.endswith("~")
    )


def version(rules: Path, templates: Path) -> str:
    """A fingerprint of the content of every file, stored with each decision."""
    digest = hashlib.sha256()
    for folder in (rules, templates):
        for path in _files(folder):
            digest.update(f"{path.relative_to(folder)}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def fingerprint(rules: Path, templates: Path) -> tuple[tuple[str, int, int], ...]:
    """Changes whenever a file is edited, added or removed; reads no content."""
    return tuple(
        (str(path), status.st_mtime_ns, status.st_size)
        for folder in (rules, templates)
        for path in _files(folder)
        for status in (path.stat(),)
    )


def _problem(file: str, message: str, remedy: str) -> Problem:
    return Problem(file=file, key="", message=message, remedy=remedy)
