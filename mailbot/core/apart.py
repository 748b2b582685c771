"""What is left open once it is known that a mail registers, and whom: different wishes of different people, or none.

"Marie vient le 7, Jean le 21": one request cannot say that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailbot.core.intent import Intent
from mailbot.core.match import Findings
from mailbot.core.people import People
from mailbot.core.requests import Doubt, Evidence

#: what may differ from one person to another
_FIELDS = ("session", "choice.", "mode")
_SENTENCE = re.compile(r"[!?\n]|\.(?!\d)")


def of_registering(text: str, intent: Intent, people: People, found: Findings) -> tuple[Doubt, ...]:
    """``text``: folded, as the evidence of ``people`` and ``found`` points into it."""
    several = len(people.others) + people.with_sender > 1
    apart = wishes_apart(text, people.evidence, found.evidence) if several else ()
    left = _not_chosen(found) if intent.kind == "register" else ()
    return (*left, Doubt(code="wishes-apart", evidence=apart)) if apart else left


def _not_chosen(found: Findings) -> tuple[Doubt, ...]:
    """For a registration: what is only spoken of as somebody's already, and options only as not wanted."""
    options = {*found.choices_had, *found.choices_given_up} - found.choices.keys()
    doubts = [Doubt(code="choice-unclear")] if options else []
    # Of sessions none chosen is asked back.
    doubts += [Doubt(code="session-unclear")] if found.sessions_had and not found.sessions else []
    # "On site or online, I will see": both are wanted, or neither.
    doubts += [Doubt(code="mode-unclear")] if found.second_mode is not None and found.mode is None else []
    return tuple(doubts)


def wishes_apart(text: str, people: Sequence[Evidence], wishes: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The words that give two of the people different sessions, options or ways of taking part; () where none do.

    ``people`` and ``wishes`` are evidence of folded ``text``. What follows a name up to the next one, or stands before
    the first, is that person's. A rule of ``wishes`` ends with the key that it found.
    """
    names = sorted({(e.start, e.end) for e in people if e.where == "text" and e.start >= 0})
    for field in _FIELDS:
        said = [e for e in wishes if e.field.startswith(field) and e.where == "text" and e.start >= 0]
        shares: dict[int, list[Evidence]] = {}
        for wish in sorted(said, key=lambda e: e.start):
            owner = max((n for n, (_, end) in enumerate(names) if end <= wish.start), default=-1)
            shares.setdefault(owner, []).append(wish)
        near = {
            owner: share
            for owner, share in shares.items()
            if owner < 0 or not _SENTENCE.search(text, names[owner][1], share[0].start)
        }
        kinds = {owner: {e.rule.split(".", 3)[-1] for e in share} for owner, share in near.items()}
        if len(kinds) > 1 and len({frozenset(kind) for kind in kinds.values()}) > 1:
            return tuple(share[0] for share in near.values())
    return ()
