"""In whose place somebody comes, where only "in her place" says it: whoever was named before."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from mailbot.core.lexicon import Found
from mailbot.core.names import NAME, NameWords, as_person, names_in, same_name, trimmed
from mailbot.core.people_named import Named
from mailbot.core.phrases import Words
from mailbot.core.requests import Person

#: what ends the part of a sentence in which somebody "comes in her place"
_PAUSE = re.compile(r"[.!?;:,](?=\s)|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """``named``: everybody named, whoever leaves with the sign ``replaced``."""

    named: list[Named]
    #: nothing tells in whose place somebody comes
    unclear: bool = False


def replaced_in(
    words: Words, names: NameWords, named: list[Named], sender: Person, start: int, end: int, hosts: tuple[str, ...]
) -> Replaced:
    phrases = [f for f in words.body.of("person.in-place") if start <= f.start < end]
    if not phrases:
        return Replaced(named=named)
    phrase = phrases[0]
    begins = _part_begins(words, phrase)
    told = sorted({(n.start, n.person.name or "") for n in named} | names_told(words, names, named, start, end))
    told = [(at, name) for at, name in told if not any(same_name(name, host) for host in hosts)]
    comes = _who_comes(told, begins, phrase)
    before = [(at, name) for at, name in told if at < (comes[0] if comes is not None else begins) and at < begins]
    itself = comes is None and _by_sender(words, phrase, begins)
    if len({name for _, name in before}) != 1 or (comes is None and not itself):
        return Replaced(named=named, unclear=True)
    at, name = before[0]
    if same_name(name, sender.name):
        return Replaced(named=named, unclear=itself)
    known = [n for n in named if n.start == at]
    one = known[0] if known else Named(person=Person(name=name), start=at, end=at + len(name), sign="replaced")
    others = [n for n in named if n.start != at]
    return Replaced(named=sorted((*others, replace(one, sign="replaced")), key=lambda n: n.start))


def _part_begins(words: Words, phrase: Found) -> int:
    return max((m.end() for m in _PAUSE.finditer(words.body.text.flat, 0, phrase.start)), default=0)


def names_told(words: Words, names: NameWords, named: list[Named], start: int, end: int) -> set[tuple[int, str]]:
    """Names of two words or more, or behind a title, that nothing was read of."""
    flat = words.body.text.flat
    titled = [
        one
        for match in NAME.finditer(flat, start, end)
        for one in trimmed(match.group(), match.start(), names)
        if any(word in names.honorific and to in (one[1] - 1, one[1] - 2) for word, _, to in words.body.text.tokens)
    ]
    return {
        (at, person)
        for name, at, to in (*names_in(flat, names), *titled)
        if start <= at < end
        and not any(n.start < to and at < n.end for n in named)
        and (person := as_person(name, names)) is not None
    }


def _who_comes(told: list[tuple[int, str]], begins: int, phrase: Found) -> tuple[int, str] | None:
    """ "Anna komt in haar plaats" or "in haar plaats komt Anna"."""
    within = [one for one in told if begins <= one[0] < phrase.start]
    after = [one for one in told if one[0] >= phrase.end]
    return within[-1] if within else after[0] if after else None


def _by_sender(words: Words, phrase: Found, begins: int) -> bool:
    """ "Ik kom in haar plaats"."""
    clause = words.body.clause_at(phrase.start)
    last = clause.end if clause is not None else phrase.end
    return any(words.has("person.first", word) for word, start, _ in words.body.text.tokens if begins <= start < last)
