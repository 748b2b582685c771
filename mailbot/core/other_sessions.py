"""All sessions but those that a mail names: "le 23 je suis pris, donc juste les trois autres dates", "the other two"."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from mailbot.core.asked import names_session
from mailbot.core.fetching import COMMA, part_of
from mailbot.core.session_mentions import Mention
from mailbot.core.wish import Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    start: int
    end: int
    #: all that is wanted with them; None where it does not fit what is named
    wanted: tuple[str, ...] | None


def others_of(wish: Wish, coming: Sequence[str], wanted: Collection[str], mentions: Sequence[Mention]) -> Others | None:
    """What somebody who speaks of the others wants; None where nobody does, or nothing else is named.

    ``wanted``: what was read from the sessions that are named, of which those in other words than the request are not
    asked for: "le 7 mars nous avons notre mise au vert".
    """
    for found in wish.words.patterns["others"].finditer(wish.text):
        counted = beside_others(wish, found)
        if counted is None or counted == 1 or not _asked(wish, found):
            continue
        clause = wish.clause_at(found.start())
        named = [m for m in mentions if not found.end() <= m.start < clause.end]
        spelled = {key for m in mentions if m not in named for key in m.keys}
        told = {key for mention in named for key in mention.keys}
        left = [key for key in coming if key not in told]
        if not left or not (told or len(coming) < len(wish.event.sessions)):
            continue  # others than what?
        taken = {key for mention in named if _registered(wish, mention) for key in mention.keys} & set(wanted)
        besides = any(_besides(wish, found, mention) for mention in named)
        fits = counted in {0, len(left)} and spelled <= set(left) and (besides or not taken)
        all_told = (*left, *wanted) if besides else (*left,)
        return Others(start=found.start(), end=found.end(), wanted=all_told if fits else None)
    return None


def beside_others(wish: Wish, found: re.Match[str]) -> int | None:
    """The number beside "the other", 0 where a noun for sessions alone stands there; None where they are none."""
    before = re.split(r"[,;.!?\n]", wish.text[max(0, found.start() - _BEFORE) : found.start()])[-1].split()
    after = re.findall(r"[\w'-]+", re.split(r"[,;.!?]", wish.text[found.end() : found.end() + _AFTER])[0])
    noun = bool(before) and names_session(wish, before[-1])
    before = before[:-1] if noun else before  # "les deux soirées restantes"
    number = wish.words.numbers.get(before[-1], 0) if before else 0
    before = before[:-1] if number else before
    if not number and after:
        number = wish.words.numbers.get(after[0], 0)
        after = after[1:] if number else after
    following = [word for word in after if len(word) > _SMALL][:1]
    if (
        following
        and wish.words.patterns["measures"].fullmatch(following[0])
        and wish.words.weekday(following[0]) is None
    ):
        return None  # "the other two colleagues"
    # "Une autre séance", "d'autres dates": nobody knows which.
    if not before or wish.words.patterns["the"].search(before[-1].replace("'", " ")) is None:
        return None
    return number if number or noun or (following and names_session(wish, following[0])) else None


#: characters around "other" in which its number and noun stand, and letters of a word between
_BEFORE, _AFTER, _SMALL = 24, 32, 3


def _asked(wish: Wish, found: re.Match[str]) -> bool:
    """Not "pour les deux autres nous sommes en réunion", "I'll let you know about the other evenings"."""
    clause = wish.clause_at(found.start())
    if clause is None or clause.hypothetical or clause.past or clause.wavering:
        return False
    if 0 <= clause.unchanged_at < clause.registers_at:
        return False  # "voor de drie andere blijf ik op de lijst staan"
    near = wish.nearby(*found.span())
    if near is not None and near.side != "wanted":
        return False
    start, end = part_of(wish, found.start(), COMMA)
    if any(start <= at < end for at in clause.giving_ups) or wish.words.find("not", wish.text, start, end):
        return False
    only = wish.words.find("only", wish.text, start, found.start()) is not None
    return only or start <= clause.registers_at < end


def _registered(wish: Wish, mention: Mention) -> bool:
    """In or after the words that register, on the same side of a comma: not "le 7 je suis pris, je viendrai …"."""
    clause = wish.clause_at(mention.start)
    if clause is None or not clause.registers:
        return False
    return mention.start >= clause.registers_at or "," not in wish.text[mention.end : clause.registers_at]


def _besides(wish: Wish, found: re.Match[str], mention: Mention) -> bool:
    """ "… and the other three as well", "le 7 mars et aussi aux trois autres"."""
    clause = wish.clause_at(found.start())
    if wish.words.find("too", wish.text, clause.start, clause.end) is not None:
        return True
    between = wish.text[mention.end : found.start()]
    same = clause.start <= mention.start < found.start() and _registered(wish, mention)
    return same and "," not in between and wish.words.find("also", between) is not None
