"""What the brake is worth: each author's mails the whole way to the decision, with a model that never saw the author."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bench.training.lessons import NOW
from bench.training.mails import Labelled, policy_for
from mailbot.core.explain import explanation
from mailbot.core.lexicon import fold
from mailbot.core.opinion import OpinionModel
from mailbot.core.standing import StandingModel
from mailbot.core.weighing import ACTS
from mailbot.service.explaining import explain

_BETWEEN = re.compile(r"[\s.,-]+")
_CORE = ("kind", "events", "people", "sessions", "choices")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    #: something is done or sent that a careful coordinator would not do
    wrong: bool
    #: a mail that needs no person waits for one
    needless: bool
    #: done right with nobody's help; None where the mail needs a person or no answer
    handled: bool | None


def read(mail: Labelled, opinion: OpinionModel, standing: StandingModel) -> Mapping[str, Any]:
    policy = replace(policy_for(mail.folder, taught=False), opinion_model=opinion, standing_model=standing)
    seen = explain(mail.content, policy, now=None, fallback=NOW)
    return explanation(str(mail.label["file"]), seen.message, seen.reading, seen.decision)


def judge(label: Mapping[str, Any], got: Mapping[str, Any]) -> Judged:
    off = {key for key in (*_CORE, "mode", "pickup") if not _accepted(label, got, key)}
    acts = got["may_reply"] and not got["needs_human"] and got["kind"] in ACTS
    person = label["needs_human"] or not label["may_reply"]
    answered = not label["may_reply"] and (got["may_reply"] or got["reply"] is not None)
    right = not off and got["may_reply"] if label["kind"] in ACTS else "kind" not in off
    return Judged(
        wrong=answered or bool(acts and (person or off & set(_CORE))),
        needless=not person and bool(got["needs_human"]),
        handled=None if person else right and not got["needs_human"],
    )


def _accepted(label: Mapping[str, Any], got: Mapping[str, Any], key: str) -> bool:
    return any(_same(key, value, got[key]) for value in (label[key], *label.get("also", {}).get(key, ())))


def _same(key: str, wanted: Any, got: Any) -> bool:
    if key == "people":
        return len(wanted) == len(got) and _addresses(wanted) <= _addresses(got) and _names(wanted) <= _names(got)
    if isinstance(wanted, list):
        return set(wanted) == set(got)
    return bool(wanted == got)


def _addresses(people: Iterable[Mapping[str, Any]]) -> set[str]:
    return {person["email"].casefold() for person in people if person["email"]}


def _names(people: Iterable[Mapping[str, Any]]) -> set[tuple[str, ...]]:
    """The words of each name, whatever their order, accents and capitals."""
    return {tuple(sorted(_BETWEEN.split(fold(person["name"])))) for person in people if person["name"]}


def table(rows: Mapping[str, Sequence[tuple[Judged, Judged]]]) -> Iterator[str]:
    """Before and after the brake, by folder, then all together."""
    yield f"{'':24}{'mails':>6} {'wrong acts':>12} {'needless flags':>16} {'handled':>16}"
    for name, judged in {**rows, "together": [pair for pairs in rows.values() for pair in pairs]}.items():
        before, after = ([pair[side] for pair in judged] for side in (0, 1))
        wrong = f"{sum(j.wrong for j in before)} → {sum(j.wrong for j in after)}"
        needless = f"{sum(j.needless for j in before)} → {sum(j.needless for j in after)}"
        handled = f"{_percent(before)} → {_percent(after)} %"
        yield f"{name:24}{len(judged):6} {wrong:>12} {needless:>16} {handled:>16}"


def _percent(judged: Sequence[Judged]) -> str:
    able = [j.handled for j in judged if j.handled is not None]
    return f"{100 * sum(able) / max(1, len(able)):.1f}"
