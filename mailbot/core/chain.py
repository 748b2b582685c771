"""``rules/chain.toml`` as a value, and what can be wrong with it."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

from mailbot.core.checks import CHECKS
from mailbot.core.policy import ChainRule
from mailbot.core.problems import Problem
from mailbot.core.replies import ReplyKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    rule: tuple[ChainRule, ...]


def chain_problems(chain: Chain, file: str) -> tuple[Problem, ...]:
    """Unknown, doubled and missing checks, replies that do not exist, and lines that contradict themselves."""
    return tuple(_problems(chain, file))


def _problems(chain: Chain, file: str) -> Iterator[Problem]:
    counts = Counter(rule.name for rule in chain.rule)
    for index, rule in enumerate(chain.rule, start=1):
        key = f"rule[{index}]"
        if rule.name not in CHECKS:
            near = difflib.get_close_matches(rule.name, CHECKS, n=1)
            remedy = f"Did you mean {near[0]!r}?" if near else f"Known are {', '.join(CHECKS)}"
            yield Problem(file=file, key=f"{key}.name", message=f"there is no check {rule.name!r}", remedy=remedy)
        if counts[rule.name] > 1:
            message = f"{rule.name!r} stands there {counts[rule.name]} times"
            yield Problem(file=file, key=f"{key}.name", message=message, remedy="Keep one of them")
        if rule.reply is not None and rule.reply not in get_args(ReplyKind):
            known = ", ".join(get_args(ReplyKind))
            yield Problem(
                file=file, key=f"{key}.reply", message=f"there is no reply {rule.reply!r}", remedy=f"Known are {known}"
            )
        if rule.then == "discard" and rule.reply is not None:
            yield Problem(
                file=file,
                key=f"{key}.reply",
                message="is given, though the mail is discarded",
                remedy="Remove it, or hold the mail",
            )
        if rule.then == "answer" and rule.reply is None:
            yield Problem(
                file=file, key=f"{key}.reply", message="is missing, though the mail is answered", remedy="Name a reply"
            )
        if rule.acts and rule.then != "hold":
            yield Problem(file=file, key=f"{key}.acts", message="goes with hold only", remedy="Remove it")
    for name in CHECKS:
        if name not in counts:
            yield Problem(
                file=file,
                key="rule",
                message=f"no line speaks of {name!r}",
                remedy=f'Add a [[rule]] with name = "{name}"',
            )
