"""A text as clauses, each with what its words do to whatever stands in it: denied, given up, only supposed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mailbot.core.language import Language
from mailbot.core.lexicon import Found, Lexicon, Text, find_phrases, text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """Part of a text, at these offsets."""

    start: int
    end: int
    text: str
    #: holds a word of denial
    negated: bool = False
    #: what is named here is given up: "I cannot come on …", "instead of …"
    giving_up: bool = False
    #: where it says so, -1 where it does not
    giving_up_at: int = -1
    #: each place where it does
    giving_ups: tuple[int, ...] = ()
    #: a condition or an idea: "if …"
    hypothetical: bool = False
    #: speaks of what was
    past: bool = False
    #: somebody else's words
    reported: bool = False
    #: ends in a question mark
    asks: bool = False
    #: where a registration that exists is spoken of, -1 where none is: "registered for …"
    on_file_at: int = -1
    #: where somebody takes part, and the end of the words that say so; -1 where nobody does
    registers_at: int = -1
    registers_end: int = -1
    #: not decided between what is named here
    wavering: bool = False
    #: what is named here is told another time: "pour le labo, je vous dirai"
    told_later: bool = False
    #: where it says that what is named here stays as it is, -1 where it does not
    unchanged_at: int = -1
    #: where somebody is spoken of who is told only by what he or she is to the sender: "my son is going to …"
    of_others_at: int = -1

    #: where another time is spoken of, a first thought, and what it comes to; -1 where it is not
    last_time_at: int = -1
    at_first_at: int = -1
    settled_at: int = -1

    @property
    def unchanged(self) -> bool:
        return self.unchanged_at >= 0

    @property
    def registers(self) -> bool:
        return self.registers_at >= 0


# A full stop ends a clause unless it belongs to a date ("am 16. September"), an abbreviation ("dr.", "p.ex.") or an address.
# A mark before a closing bracket ends what stands in the brackets: "je m'inscris (et volontiers !) pour le 16".
_END = re.compile(
    r"\n+|[!?;…]+(?! ?\))|:(?=\s)|\.{2,}|(?<![\d.])\.(?=[\s\"')]|$)|(?<=\d)\.(?=\s*(?:\n|$))|(?<=\d{3})\.(?=\s)|(?<=[/:h]\d)\.(?=\s)|(?<=[/:h]\d\d)\.(?=\s)"
)
_SHORT = re.compile(
    r"(?:^|[\s(.])(?:(?<!\d )[a-z]|dr|mr|ir|ing|st|nr|bv|mme|mlle|mrs|prof|tel|bzw|bijv|evt|resp|ca|ggf|inkl|o\.a|d\.h|z\.b|m\.b\.t|i\.v\.m)$"
)


def clauses(text: str, lexicons: Mapping[Language, Lexicon] | Iterable[Lexicon]) -> tuple[Clause, ...]:
    """The clauses of ``text`` in order; together they cover it but for space between them."""
    used = tuple(lexicons.values()) if isinstance(lexicons, Mapping) else tuple(lexicons)
    prepared = text_of(text)
    return clauses_of(prepared, find_phrases(prepared, used))


def clauses_of(text: Text, found: Sequence[Found]) -> tuple[Clause, ...]:
    """As ``clauses``, with phrases that were found already."""
    told = [f for f in found if f.entry.meaning in _TELLING or f.entry.meaning.startswith("clause.")]
    softened = [f for f in told if f.entry.meaning == "clause.softened"]
    breaks = [
        f.start
        for f in told
        if (softened or f.entry.meaning in _BREAKING)
        and f.entry.meaning.startswith("clause.")
        and _breaks(f, text.folded, softened)
    ]
    quoted = [match.span() for match in _QUOTED.finditer(text.flat)]
    return tuple(
        [_clause(text, start, end, told, quoted) for start, end in _spans(text.folded, text.flat, breaks, quoted)]
    )


def _clause(text: Text, start: int, end: int, told: Sequence[Found], quoted: Sequence[tuple[int, int]]) -> Clause:
    #: meaning -> its phrases in this clause
    inside: dict[str, list[Found]] = {}
    for f in told:
        if start <= f.start < end:
            inside.setdefault(f.entry.meaning, []).append(f)
    # "Par la présente, je confirme vouloir suivre": the verb says it, whatever else stands before.
    taking = inside.get("intent.register") or [f for meaning in _COMING for f in inside.get(meaning, ())]
    leaving = [f.start for meaning in ("clause.giving-up", "intent.absent") for f in inside.get(meaning, ())]
    others = inside.get("clause.of-others")
    on_file = inside.get("intent.registered")
    if on_file:
        # "Graag had ik mij ingeschreven" wishes for it: no registration is spoken of.
        wishing = [(f.start, f.end) for f in told if f.entry.meaning == "intent.register"]
        on_file = [f for f in on_file if not any(a < f.start < b for a, b in wishing)]
    if others:
        acting = inside.get("intent.register-other", ())
        if any("," not in text.folded[f.start : f.end] for f in acting) or TWO_NAMES.search(text.raw, start, end):
            others = None
    asking = text.folded.find("?", start, end)
    while asking >= 0 and any(a < asking < b for a, b in quoted):
        asking = text.folded.find("?", asking + 1, end)
    return Clause(
        start=start,
        end=end,
        text=text.raw[start:end],
        negated="clause.negation" in inside,
        giving_up=bool(leaving),
        giving_up_at=min(leaving) if leaving else -1,
        giving_ups=tuple(sorted(leaving)),
        hypothetical="clause.hypothesis" in inside,
        past="clause.past" in inside,
        reported="clause.reported" in inside,
        asks=asking >= 0,
        of_others_at=_first(others),
        registers_at=_first(taking),
        registers_end=min([f.end for f in taking]) if taking else -1,
        wavering="clause.wavering" in inside,
        told_later="clause.told-later" in inside,
        unchanged_at=_first(inside.get("clause.unchanged")),
        last_time_at=_first(inside.get("clause.last-time")),
        at_first_at=_first(inside.get("clause.at-first")),
        settled_at=_first(inside.get("clause.settled")),
        on_file_at=_first(on_file),
    )


#: somebody takes part, as far as no verb says so
_COMING = ("intent.present", "intent.register-noun")
#: what counts for a clause, beside all that is said of clauses
_TELLING = frozenset({*_COMING, "intent.register", "intent.registered", "intent.register-other", "intent.absent"})
#: where a new clause may begin; where something is softened, within that too
_BREAKING = frozenset({"clause.then", "clause.but", "clause.instead"})


def _first(found: Sequence[Found] | None) -> int:
    return min([f.start for f in found]) if found else -1


#: a title may hold a question mark: « Et après la primaire ? »
_QUOTED = re.compile(r"«[^»\n]{1,90}»|“[^”\n]{1,90}”|„[^“”\n]{1,90}[“”]|\"[^\"\n]{1,90}\"")

#: a first and a family name
TWO_NAMES = re.compile(r"[A-ZÀ-Ý][\w'’\-]+ [A-ZÀ-Ý][\w'’\-]+")


def _breaks(found: Found, folded: str, softened: Sequence[Found]) -> bool:
    """ "Ik kan dus niet komen" and "zet mij maar bij de rest" are one thought, "…, dus ik kom" begins another."""
    if found.meaning == "clause.then" or any(s.start < found.start and found.end <= s.end for s in softened):
        return folded[: found.start].rstrip(" ")[-1:] in _PAUSES
    return found.meaning in {"clause.but", "clause.instead"}


_PAUSES = frozenset({"", ",", ";", ":", "(", "-", "\n"})


def _spans(folded: str, flat: str, breaks: list[int], quoted: list[tuple[int, int]]) -> list[tuple[int, int]]:
    cuts = set(breaks)
    for match in _END.finditer(flat):
        if any(a < match.start() < b - 1 for a, b in quoted):
            continue
        if match.group() == "." and _SHORT.search(folded[max(0, match.start() - 8) : match.start()]):
            continue
        cuts.add(match.end())
    spans = []
    start = 0
    for cut in (*sorted(cuts), len(folded)):
        piece = folded[start:cut]
        stripped = piece.strip()
        if stripped:
            first = start + len(piece) - len(piece.lstrip())
            spans.append((first, first + len(stripped)))
        start = cut
    return spans
