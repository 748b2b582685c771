"""Whether what a mail names is wanted, given up, on file already, or only a fallback: from the words around it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mailbot.core.match_words import MatchWords

Side = Literal["wanted", "given", "had", "second"]

#: characters before a mention in which a word belongs to it
_NEAR = 24
_LINK = 20
_FAR = 42
_CLOSE = 12
_SEGMENT = re.compile(r"[,;.!?\n]")
_SENTENCE = re.compile(r"(?<!\d)\.|[!?\n]")
# The dots of "i.p.v." end nothing.
_STOP = re.compile(r"[,;!?\n]|(?<![\s.][a-z])\.")
_ARROW = re.compile(r"\s*(?:-+>|=+>|→)\s*")

#: a word right beside the mention; a word of its sentence part; nothing
STRONG, WEAK, NONE = 3, 2, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Stance:
    """What a mention is to the sender, and how much says so."""

    side: Side
    strength: int
    #: given up for something else, rather than left out: "instead of X", "from X to Y"
    exchanged: bool = False


def stance_of(text: str, clauses: Sequence[Any], words: MatchWords, start: int, end: int) -> Stance:
    """What ``text[start:end]`` is to the sender. The nearest word decides, then the clause."""
    clause = next((c for c in clauses if c.start <= start < c.end), None)
    near = near_stance(text, clause, words, start, end)
    if near is not None:
        return near
    if clause is None:
        return Stance(side="wanted", strength=NONE)
    apart = _part_of(text, clause, words, start)
    if apart is not None:
        return apart
    if _taken_before_what_is_left(text, clause, start):
        return Stance(side="wanted", strength=WEAK)
    if clause.giving_up and not _contrast_after(text, clause, words, start) and not not_missed(text, clause, words):
        return Stance(side="given", strength=WEAK)
    if (
        clause.wavering
        or _last_time(text, clause, start)
        or (0 <= clause.on_file_at < start and not _wish_after(text, clause, words, start))
        or _on_file_behind(text, clause, end)
        or _unchanged(text, clause, start)
        or _of_others(text, clause, start)
    ):
        return Stance(side="had", strength=WEAK)
    return Stance(side="wanted", strength=WEAK if clause.registers else NONE)


def _on_file_behind(text: str, clause: Any, end: int) -> bool:
    """ "Für den 1. April bin ich angemeldet"."""
    close = end <= clause.on_file_at < end + _CLOSE_BEHIND and clause.registers_at < 0
    return close and not set(",;:") & set(text[end : clause.on_file_at])


#: characters between a day and the words that it is on file
_CLOSE_BEHIND = 12


def _part_of(text: str, clause: Any, words: MatchWords, start: int) -> Stance | None:
    """ "Op 7 maart kan ik niet, mag ik naar 21 maart?": a part that denies gives up, one that asks for another wants."""
    if not (clause.giving_up or clause.negated):
        return None
    cuts = [clause.start, *(m.end() for m in _COMMA.finditer(text, clause.start, clause.end)), clause.end]
    parts = list(itertools.pairwise(cuts))
    denied = [part[0] <= clause.giving_up_at < part[1] or words.find("not", text, *part) is not None for part in parts]
    rather = [words.find("rather", text, *part) is not None for part in parts]
    here = next((n for n, (first, last) in enumerate(parts) if first <= start < last), 0)
    if denied[here] and any(r and not d for r, d in zip(rather[here + 1 :], denied[here + 1 :], strict=True)):
        return Stance(side="given", strength=WEAK, exchanged=True)
    if rather[here] and not denied[here] and any(denied[:here]):
        return Stance(side="wanted", strength=WEAK)
    return None


_COMMA = re.compile(r",(?!\d)")


def _taken_before_what_is_left(text: str, clause: Any, start: int) -> bool:
    """ "Inscrivez-moi pour le textile et les horloges, les meubles ne m'intéressent pas": textiles and clocks."""
    if not (clause.giving_up and clause.registers):
        return False
    cuts = [clause.start, *(m.end() for m in _COMMA.finditer(text, clause.start, clause.end)), clause.end]
    parts = list(itertools.pairwise(cuts))

    def part_of(at: int) -> int:
        return next((n for n, (first, last) in enumerate(parts) if first <= at < last), 0)

    own, taking, leaving = part_of(start), part_of(clause.registers_at), {part_of(at) for at in clause.giving_ups}
    if own < taking or own in leaving or taking in leaving:
        return False
    # "…, les meubles, ce n'est pas pour moi": what is left stands before the comma.
    opens = any(at - parts[own + 1][0] <= _OPENS for at in clause.giving_ups if part_of(at) == own + 1)
    return own == taking or not opens


#: characters of a part of a sentence before words that give up what stands in the part before
_OPENS = 6


def _wish_after(text: str, clause: Any, words: MatchWords, start: int) -> bool:
    """ "Inscrit avec un repas classique, je voudrais finalement le menu halal": the part after a comma wishes anew."""
    comma = text.rfind(",", clause.on_file_at, start)
    return comma >= 0 and words.find("rather", text, comma, start) is not None


def _last_time(text: str, clause: Any, start: int) -> bool:
    """ "L'an passé, j'avais pris X": not what is wanted now, unless it goes on with that: "…, diesmal nehme ich Y"."""
    if not 0 <= clause.last_time_at < start:
        return False
    if clause.last_time_at < clause.settled_at < start:
        return False
    # "Beim letzten Mal war ich dabei beim Zuhören": only a part of its own registers.
    registers = clause.last_time_at < clause.registers_at < start
    return not registers or "," not in text[clause.last_time_at : clause.registers_at]


def _unchanged(text: str, clause: Any, start: int) -> bool:
    """ "Le repas ne change pas", but not "je suivrai en ligne, je garde ma fille"."""
    at = clause.unchanged_at
    return at >= 0 and "," not in text[start:at]


def _of_others(text: str, clause: Any, start: int) -> bool:
    """Said of somebody else in this clause, on the same side of a comma as he; not of who registers in it."""
    if clause.of_others_at < 0:
        return False
    if clause.registers:
        return bool(clause.of_others_at < start < clause.registers_at) and "," in text[start : clause.registers_at]
    return "," not in text[start : clause.of_others_at]


def beside(text: str, clauses: Sequence[Any], words: MatchWords, start: int, end: int) -> Side:
    """As ``stance_of``, by the words right beside it alone."""
    clause = next((c for c in clauses if c.start <= start < c.end), None)
    near = near_stance(text, clause, words, start, end)
    if near is not None:
        return near.side
    told = clause is not None and (_unchanged(text, clause, start) or clause.past or 0 <= clause.on_file_at < start)
    return "had" if told else "wanted"


def near_stance(text: str, clause: Any, words: MatchWords, start: int, end: int) -> Stance | None:
    """What the words right beside ``text[start:end]`` say of it, if anything."""
    # "Geen grap: op 1 april wil ik erbij zijn": what registers is not denied by what was said before it.
    opening = clause.start if clause is not None and clause.registers else 0
    before = words.patterns["but"].split(_SEGMENT.split(text[max(opening, start - _NEAR) : start])[-1])[-1]
    # "Zo niet", "if not": the fallback begins with a denial of something else. "Not miss it" denies nothing.
    denied = words.find("not", before) is not None and not any(words.find(m, before) for m in ("fallback", "miss"))
    if denied or excepted(text, words, start, end):
        return Stance(side="given", strength=STRONG)
    if _instead(text, words, start) or _compared(text, clause, words, start) or _from(text, clause, words, start, end):
        return Stance(side="given", strength=STRONG, exchanged=True)
    if _towards(text, clause, words, start) or _in_its_place(text, words, start, end):
        return Stance(side="wanted", strength=STRONG)
    if second(text, words, start):
        return Stance(side="second", strength=STRONG)
    return None


def excepted(text: str, words: MatchWords, start: int, end: int) -> bool:
    """ "all but X", "à l'exception de la soirée sur X", "op X na", "X ausgenommen"."""
    before = _SEGMENT.split(text[max(0, start - _FAR) : start])[-1]
    found = words.find("except", before)
    # "nicht am 7., sondern am 21.": a contrast ends what is left out.
    if found is not None and words.find("but", before, found.end()) is None:
        return True
    return words.patterns["except_after"].match(text, end + len(text[end:]) - len(text[end:].lstrip(" "))) is not None


def second(text: str, words: MatchWords, start: int) -> bool:
    """A fallback: after "otherwise", in the same sentence."""
    before = re.split(r"[.!?\n]", text[max(0, start - 60) : start])[-1]
    return words.find("fallback", before) is not None


def _compared(text: str, clause: Any, words: MatchWords, start: int) -> bool:
    """ "… fits better than X": X is given up."""
    opening = clause.start if clause is not None else max(0, start - 90)
    link = _than(text, words, max(opening, start - _NEAR), start)
    better = words.find("better", text, max(opening, start - 90), link.start()) if link is not None else None
    if link is None or better is None:
        return False
    between = text[better.end() : link.start()]
    if words.patterns["to"].match(text, link.start()) is None:
        return True
    # "Plutôt à la Maison", "je préfère prendre le cahier à la mairie": nothing stands before it that could be better.
    # "Je retirerai plutôt mon kit à la Maison": so does the verb that it stands behind.
    near = text[max(opening, better.start() - _VERB) : link.start()]
    return bool(between.strip()) and not any(words.find(meaning, near) for meaning in ("fetch", "come"))


#: characters before "rather" in which its verb stands
_VERB = 16


def _instead(text: str, words: MatchWords, start: int) -> bool:
    """ "instead of coming on X": X is the first thing named after it."""
    before = _STOP.split(text[max(0, start - _FAR) : start])[-1]
    found = words.find("instead", before)
    # "statt X lieber Y": Y is no longer what is left.
    return found is not None and words.find("better", before, found.end()) is None


def _from(text: str, clause: Any, words: MatchWords, start: int, end: int) -> bool:
    """ "from X to Y" with a word for changing, "X -> Y": X is left."""
    after = _SENTENCE.split(text[end : end + 70])[0]
    if _ARROW.match(after):
        return True
    if words.find("swap", after) is None:
        after = _COMMA.split(after)[0]  # "Inscrire ma mère au cours du mardi, elle a 78 ans": a comma ends it
    first, last = (clause.start, clause.end) if clause is not None else (max(0, start - 90), end + 90)
    swaps = [swap.start() for swap in words.patterns["swap"].finditer(text, first, last)]
    if not swaps or words.find("from", text, max(0, start - _CLOSE), start) is None:
        return False
    # "Je m'inscris" moves nobody by itself: "je m'inscris à la soirée du 7, en ligne"; nor does what is said later:
    # "à l'atelier du 9 mars pour apprendre à mettre des joints".
    registers = range(clause.registers_at, clause.registers_end) if clause is not None else range(0)
    # "Inscrire notre concierge à la matinée du 28 mars à la caserne" puts somebody somewhere.
    put = words.patterns["put"]
    return _leads(
        after, words, to_a_day=all(swap in registers or swap > start or put.match(text, swap) for swap in swaps)
    )


def _leads(after: str, words: MatchWords, *, to_a_day: bool) -> bool:
    """A word of direction, not that of "en ligne" or "à la place"; where a day is needed, with one after it."""
    for link in words.patterns["to"].finditer(after):
        other = any(words.patterns[meaning].match(after, link.start()) for meaning in ("online", "in_person", "rather"))
        days = (words.dates, words.days, words.ordinal)
        if not other and (not to_a_day or any(_is_day(p.search(after, link.end(), link.end() + _FAR)) for p in days)):
            return True
    return False


def _is_day(found: re.Match[str] | None) -> bool:
    """Not the first of anything: "eerste hulp"."""
    if found is None or "noun" not in found.re.groupindex:
        return found is not None
    rest = found.string[found.end() :].lstrip()
    return " " in found[0] or not rest[:1].isalpha() or found["noun"] is not None


def not_missed(text: str, clause: Any, words: MatchWords) -> bool:
    """ "Je ne peux pas rater l'atelier": a denial of missing it."""
    miss = words.find("miss", text, clause.start, clause.end)
    return (
        miss is not None and words.find("not", text, max(clause.start, miss.start() - _NEAR), miss.start()) is not None
    )


def _towards(text: str, clause: Any, words: MatchWords, start: int) -> bool:
    """ "swap it for Y", "from X to Y": a word of direction right before, and something to leave before it."""
    opening = clause.start if clause is not None else max(0, start - 90)
    link = words.find("to", text, max(opening, start - _LINK), start)
    if _ARROW.search(text[max(opening, start - _LINK) : start]):
        return True
    if link is None:
        return False
    closing = clause.end if clause is not None else start + 90
    return words.find("swap", text, max(opening, link.start() - 90), closing) is not None


def _in_its_place(text: str, words: MatchWords, start: int, end: int) -> bool:
    """ "stattdessen am X", "X à la place": right before it or after it, and not "instead of"."""
    before = _STOP.split(text[max(0, start - _FAR) : start])[-1]
    after = _STOP.split(text[end : end + _NEAR])[0]
    found = words.find("in_its_place", before) or words.find("in_its_place", after)
    if found is None or words.patterns["instead"].match(found.string, found.start()) is not None:
        return False
    return found.string is before or words.find("also", after, 0, found.start()) is None


def _contrast_after(text: str, clause: Any, words: MatchWords, start: int) -> bool:
    """In a clause that gives up, what stands before "instead of" is what is wanted."""
    found = words.find("instead", text, clause.start, clause.end) or _compared_with(text, clause, words, start)
    return found is not None and start < found.start()


def _compared_with(text: str, clause: Any, words: MatchWords, start: int) -> re.Match[str] | None:
    """ "X me serait plus utile que celui sur Y, pour lequel je m'étais inscrit": where what it is held against begins."""
    better = words.find("better", text, start, clause.end)
    return _than(text, words, better.end(), clause.end) if better is not None else None


def _than(text: str, words: MatchWords, start: int, end: int) -> re.Match[str] | None:
    """ "Plutôt X que Y", and not "plutôt X, vu que …"."""
    other = [found.span() for found in words.patterns["no_than"].finditer(text, max(0, start - _VERB), end)]
    found = words.patterns["than"].finditer(text, start, end)
    return next((f for f in found if not any(first <= f.start() and f.end() <= last for first, last in other)), None)
