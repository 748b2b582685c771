"""Which of those named is the one who writes, where no display name and no closing tells: "Please register: Zoé Petit"."""

from __future__ import annotations

import re

from mailbot.core.lexicon import fold
from mailbot.core.message import IncomingMessage
from mailbot.core.names import NameWords, folded_parts, has_given
from mailbot.core.people_named import Named
from mailbot.core.people_sender import resembles
from mailbot.core.phrases import Words
from mailbot.core.requests import Person

#: signs that somebody else is meant, whatever stands around
_OF_OTHERS = frozenset({"copy", "absent", "with", "form"})


def writer_among(
    message: IncomingMessage, words: Words, names: NameWords, named: list[Named], sender: Person, end: int
) -> Named | None:
    """The one of ``named`` who writes; None where somebody else may. ``end``: where the closing begins."""
    if sender.name is not None:
        return None
    told_of = _speaks_of_own_people(words)
    of_others = _OF_OTHERS | ({"relation"} if told_of else frozenset())
    able = [n for n in named if n.person.email in (None, sender.email) and n.sign not in of_others]
    owner = _owner(able, sender.email)
    if owner is not None:
        return owner
    unknown = not (message.sender and message.sender.name) and not _of_a_house(sender.email, names)
    if not able or not unknown or _signed(message, words, named, end) or words.body.of("person.behalf"):
        return None
    first = able[0]
    named = [n for n in named if n not in houses_behind(words, names, [first], named)]
    told_of = told_of or words.written("person.third")
    if len(named) == 1:
        return first if not told_of and _stands_alone(words, names, first) else None
    if first is not named[0] or told_of or any(n.sign in {"list", "table"} for n in named):
        return None
    return first if len(named) == _COUPLE and _are_a_couple(words, first, named[1]) else None


def _are_a_couple(words: Words, one: Named, other: Named) -> bool:
    """ "Alain et Marleen De Smedt", "Jan Maes + echtgenote An": whoever writes for both comes first."""
    between = words.body.text.raw[one.end : other.start]
    if "\n" in between or len(between) > _TIED or not (set(between) & {"+", "&"} or _ties(words, between)):
        return False
    elsewhere = words.body.of("person.relation", "person.me", "person.is-me", "person.i-myself")
    return all(one.end <= f.start < other.start for f in elsewhere)


def _ties(words: Words, between: str) -> bool:
    return any(words.has("person.and", word) for word in re.findall(r"[^\W_]+", fold(between)))


#: characters between two who come together
_TIED = 16
_COUPLE = 2


def houses_behind(words: Words, names: NameWords, people: list[Named], named: list[Named]) -> list[Named]:
    """What stands behind a comma and one of ``people``, and is no known name: "Hassan Ouali, Smals" is where he works."""
    raw = words.body.text.flat
    ends = {n.end for n in people}
    return [
        n
        for n in named
        if n.person.email is None
        and not has_given(n.person.name or "", names)
        and any(end < n.start and raw[end : n.start].strip() == "," for end in ends)
    ]


def _owner(able: list[Named], email: str | None) -> Named | None:
    """The one whose name the address is made of; of one family, the one whose first name is in it."""
    local = re.sub(r"[^a-z]", "", fold((email or "").partition("@")[0]))
    found = [n for n in able if email and resembles(n.person.name or "", email)]
    if len(found) > 1:
        found = [n for n in found if folded_parts(n.person.name or "")[0] in local]
    return found[0] if len(found) == 1 else None


def _of_a_house(email: str | None, names: NameWords) -> bool:
    """ "secretariaat@", "info@": whoever writes from there writes for others as well."""
    parts = re.findall(r"[a-z]+", fold((email or "").partition("@")[0]))
    return any(part in names.organisation or part in names.function for part in parts)


def _speaks_of_own_people(words: Words) -> bool:
    """ "Ma collègue", "unser Fahrer"; not "nurse", what somebody is."""
    tokens = words.body.text.tokens
    return any(
        any(words.has("person.mine", word) or words.has("person.some", word) for word, _, _ in near[-_BEFORE:])
        for f in words.body.of("person.relation")
        if (near := [token for token in tokens if token[1] < f.end and token[1] > f.start - _REACH])
    )


_BEFORE = 4
_REACH = 24


def _signed(message: IncomingMessage, words: Words, named: list[Named], end: int) -> bool:
    """Whether somebody, or a house, stands under the text by a name that was not read: "Le secrétariat", "Olivier B."."""
    if message.signature.strip():
        return True
    raw = words.body.text.raw
    below = raw[end:]
    for phrase in words.body.of("language.closings"):
        if phrase.start >= end:
            below = raw[phrase.end :]
    if end < len(raw.rstrip()):
        return re.search(r"[^\W\d_a-zß-öø-ÿ]\w", below) is not None
    last = _LAST.search(raw.rstrip())
    if last is None or any(n.start >= last.start() for n in named):
        return False
    closes = any(last.start() <= f.start for f in words.body.of("language.closings"))
    return not closes and len(last.group().split()) <= _FEW


#: what stands behind the last full stop or line break, without one of its own
_LAST = re.compile(r"(?<=[.!?:\n])\s*[^.!?:\n]+$")
_FEW = 6


def _stands_alone(words: Words, names: NameWords, named: Named) -> bool:
    """Behind a pause, titles aside: "so: Tsering Dolma", "Mme Zoé Petit s'inscrit"; not "inscrire Zoé Petit"."""
    before = words.body.text.raw[: named.start].rstrip(" ")
    while (word := re.search(r"([^\W\d_]+)\.?$", before)) and fold(word[1]) in names.honorific:
        before = before[: word.start()].rstrip(" ")
    return not before or before[-1] in _PAUSES


_PAUSES = ".!?:;,=(-–—\n|\t*"
