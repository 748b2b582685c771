"""What goes and what comes where one thing is exchanged for another: "troquer mon 7 octobre contre le 4 novembre"."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any

from mailbot.core.direction import STRONG, Stance
from mailbot.core.wish import Wish

#: characters between what goes and what comes
_ACROSS = 40
#: characters in which "from" and "to" stand before what they belong to
_RIGHT_BEFORE = 10
_STOP = re.compile(r"[;!?]|\.(?!\d)")


def exchanges(wish: Wish, spans: Sequence[tuple[int, int, Any]], *, ranges: bool = True) -> Mapping[int, Stance]:
    """Start of a span -> its stance, for each two spans (start, end, key) of which one goes for the other.

    ``ranges``: "from X to Y" may be a span of days, and needs a verb to be an exchange.
    """
    found: dict[int, Stance] = {}
    for one, other in itertools.pairwise(spans):
        between = wish.text[one[1] : other[0]]
        clause = wish.clause_at(one[0])
        if clause is None or len(between) > _ACROSS or _STOP.search(between) or one[2] == other[2]:
            continue
        swap = wish.words.find("exchange", wish.text, clause.start, clause.end) is not None
        link = wish.words.find("in_return", between) is not None
        said = swap and link and wish.nearby(one[0], one[1]) is None
        if said or (not ranges and _from_to(wish, one[0], between)):
            found[one[0]] = Stance(side="given", strength=STRONG, exchanged=True)
            found[other[0]] = Stance(side="wanted", strength=STRONG)
    return found


def _from_to(wish: Wish, start: int, between: str) -> bool:
    before = wish.text[max(0, start - _RIGHT_BEFORE) : start]
    return wish.words.find("from", before) is not None and wish.words.find("to", between) is not None
