"""Of several that somebody names and of which he may take one, the one it comes to in the end."""

from __future__ import annotations

from collections.abc import Sequence

from mailbot.core.wish import Wish

#: characters before "the latter" in which both are named
_BOTH = 160


def settled_on(wish: Wish, named: Sequence[tuple[int, str]]) -> str | None:
    """The key of what is chosen, of these starts and keys in the order of the text; None where nothing tells.

    "Eerst twijfelde ik aan X, maar het wordt Y"; "I hesitated between X and Y, and took the latter"; "vorige week koos
    ik X, nu wil ik Y".
    """
    latter = wish.words.find("latter", wish.text)
    if latter is not None:
        before = [key for start, key in named if latter.start() - _BOTH <= start < latter.start()]
        if len(set(before)) > 1 and len(before) == len(named):
            return before[-1]
    thought = wish.words.find("second_thought", wish.text)
    if thought is not None and any(start < thought.start() for start, _ in named):
        after = {key for start, key in named if start >= thought.end()}
        if len(after) == 1:
            return after.pop()  # "zou ik online aansluiten. Of nee, wacht: ik kom gewoon ter plaatse"
    chosen = {key for start, key in named if is_settled(wish, start)}
    if len(chosen) == 1:
        return chosen.pop()
    left = {key for start, key in named if not _at_first(wish, start)}
    return left.pop() if len(left) == 1 else None


def is_settled(wish: Wish, start: int) -> bool:
    """After words for what it comes to: "ce sera la distance", and not "het wordt toch niet die over X"."""
    clause = wish.clause_at(start)
    return clause is not None and not clause.negated and 0 <= clause.settled_at < start


def _at_first(wish: Wish, start: int) -> bool:
    """In words for a first thought, before anything registers."""
    clause = wish.clause_at(start)
    if clause is None or not 0 <= clause.at_first_at < start:
        return False
    return not clause.at_first_at < clause.registers_at < start
