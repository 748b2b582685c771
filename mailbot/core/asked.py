"""Whether what is named is asked for where it is named, or merely occurs in the mail."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailbot.core.lexicon import fold
from mailbot.core.wish import Wish

#: characters before and after a word in which a word for "for" or a noun belongs to it
_WITHIN, _AFTER = 32, 12
_PART = re.compile(r"[,;.!?\n]")
_SEGMENT_END = re.compile(r"[,;.!?()]|\n\n")


def asked_for(wish: Wish, start: int, end: int, nouns: Sequence[re.Pattern[str]] = ()) -> bool:
    """In or after the words that register, after a word for "for", or beside a noun for what it is one of."""
    if _after_request(wish, start):
        return True
    before = _PART.split(wish.text[max(0, start - _WITHIN) : start])[-1]
    after = _PART.split(wish.text[end : end + _AFTER])[0]
    if wish.words.find("for", before):
        return True
    return any(names_session(wish, part) or any(noun.search(part) for noun in nouns) for part in (before, after))


def names_session(wish: Wish, part: str) -> bool:
    """A noun for a session, or for this kind of event, stands in it."""
    kinds = wish.event.kind.given().values() if wish.event.kind else ()
    return wish.words.find("sessions", part) is not None or any(fold(kind) in part for kind in kinds)


def _after_request(wish: Wish, start: int) -> bool:
    """In the words that follow "I register", or an item of the list that they begin."""
    clause = wish.clause_at(start)
    if clause is not None and not clause.registers and wish.text[: clause.start].rstrip().endswith(":"):
        # "Je participe à deux ateliers : celui qui traite de …": the list of what was just said.
        clause = wish.clause_at(max(0, wish.text.rfind(":", 0, clause.start)))
    if clause is None or clause.hypothetical or not 0 <= clause.registers_end <= start:
        return False
    _, comma, item = wish.text[clause.registers_end : start].rpartition(",")
    known = ("for", "also", "sessions")
    return not comma or not any(
        len(word) > 3 and not any(wish.words.find(meaning, word) for meaning in known)
        for word in re.findall(r"\w+", item)
    )


def segment_from(text: str, start: int, far: int) -> int:
    """Where the part of a sentence ends that begins at ``start``: at a comma, a full stop, an empty line, or ``far``."""
    end = _SEGMENT_END.search(text, start, start + far)
    return end.start() if end is not None else min(len(text), start + far)
