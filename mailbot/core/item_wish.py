"""Whether the item to pick up is wanted at all: "je n'ai pas besoin de l'outil", "a copy after all"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailbot.core.lexicon import Found
from mailbot.core.phrases import Passage
from mailbot.core.pickups import ANY_POINT, NONE_WANTED


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemWish:
    #: NONE_WANTED or ANY_POINT
    pickup: str
    found: Found
    #: from the item to what is said of it, or the other way round
    start: int
    end: int


def item_wish(body: Passage, item: re.Pattern[str] | None) -> ItemWish | None:
    """What is said of the item last; a question about it wants none and refuses none."""
    last: ItemWish | None = None
    for named in item.finditer(body.text.folded) if item is not None else ():
        clause = body.clause_at(named.start())
        if clause is None or clause.hypothetical:
            continue
        refused = body.within(clause, "intent.unneeded")
        wanted = () if clause.negated else body.within(clause, "intent.needed")
        wanted = tuple(f for f in wanted if not _takes_part(body, f.start, named.start()))
        if clause.asks and not body.within(clause, "intent.polite"):
            continue
        for pickup, found in ((NONE_WANTED, refused), (ANY_POINT, wanted)):
            if found:
                span = min(found[0].start, named.start()), max(found[0].end, named.end())
                last = ItemWish(pickup=pickup, found=found[0], start=span[0], end=span[1])
                break
    return last


def _takes_part(body: Passage, start: int, end: int) -> bool:
    """ "Je souhaite participer à la formation sur la valise": what is wished for is no item."""
    return any(start <= f.start < f.end <= end for f in body.of("intent.register", "intent.register-other"))


def of_item(
    body: Passage, item: re.Pattern[str] | None, fetching: re.Pattern[str], wish: ItemWish | None
) -> tuple[Found, ...]:
    """What seems to be said of taking part, and is said of the item: "je renonce à l'outil".

    "I cannot fetch my copy on Wednesday" gives up no place either.
    """
    spans = [(wish.start, wish.end)] if wish is not None and wish.pickup == NONE_WANTED else []
    spans += _unable_to_fetch(body, item, fetching) if item is not None else ()
    return tuple(
        found
        for found in body.found
        if found.meaning in _OF_TAKING_PART and any(found.start < end and start < found.end for start, end in spans)
    )


def _unable_to_fetch(body: Passage, item: re.Pattern[str], fetching: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    for absent in body.of("intent.absent"):
        clause = body.clause_at(absent.start)
        named = item.search(body.text.folded, clause.start, clause.end) if clause is not None else None
        if clause is None or named is None:
            continue
        for verb in fetching.finditer(body.text.folded, clause.start, clause.end):
            said = (absent.start, absent.end, *verb.span(), *named.span())
            apart = verb.end() <= named.start() or named.end() <= verb.start()
            if apart and absent.start < verb.end() and "," not in body.text.folded[min(said) : max(said)]:
                yield min(said), max(said)


def without(body: Passage, said: tuple[Found, ...]) -> Passage:
    return Passage(text=body.text, found=tuple(f for f in body.found if f not in said), clauses=body.clauses)


_OF_TAKING_PART = frozenset(
    f"intent.{name}" for name in ("register", "register-other", "cancel", "absent", "decline", "later", "refuse")
)
