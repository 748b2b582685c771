"""Names in a mail that nothing was read of: whom they belong to is for a person to say."""

from __future__ import annotations

import re

from mailbot.core.names import NAME, NameWords, folded_parts, has_given, is_compound, names_in, same_name, trimmed
from mailbot.core.people_named import WISHES, Named, only_told, signs_off
from mailbot.core.people_told import is_word
from mailbot.core.phrases import Words

#: what makes a name part of somebody else's, or of a thing: "la maman de Tiago", "le prix Marie Curie"
_OF = re.compile(r"(?:\b(?:de|du|des|van|von|of|by|par|door|over|about|sur)\s|\bd['’])\s*$", re.IGNORECASE)
#: "Tiago's", "papa's"
_OWNED = re.compile(r"['’]s\b")


#: "21 Jan"
_DAY = re.compile(r"\d\.?\s\Z")


def _of_a_saint(name: str, names: NameWords) -> bool:
    """ "Saint-Gilles", "Sint-Niklaas": places and houses."""
    return folded_parts(name)[0] in names.saint


def _is_no_name(words: Words, names: NameWords, name: str, at: int) -> bool:
    """A single word that is a word of the language, a place, a thing or a day."""
    day = _DAY.search(words.body.text.flat, max(0, at - 4), at)
    return bool(day) or is_word(words, name) or _of_a_saint(name, names) or is_compound(name, names)


def of_a_house(words: Words, names: NameWords, at: int) -> bool:
    """ "L'école Saint-Joseph", "Institut Marie Curie": what stands right behind belongs to it."""
    raw, folded = words.body.text.raw, words.body.text.folded
    before = _WORD_BEFORE.search(folded, max(0, at - 40), at)
    return before is not None and before[1] in names.organisation and raw[before.end(1) : at] == " "


_WORD_BEFORE = re.compile(r"([^\W_]+) $")


def _of_a_place(words: Words, names: NameWords, at: int) -> bool:
    """ "Avenue Charles-Quint", "Institut Marie Curie"."""
    before = [word for word, _, end in words.body.text.tokens if end == at - 1]
    if not before or words.body.text.folded[at - 1] != " ":
        return False
    led = any(f.end == at - 1 for f in words.body.of("person.with", "language.greetings"))
    return before[0] in names.organisation or (before[0] in names.no_name and len(before[0]) >= _NOUN and not led)


_NOUN = 4


def unread_names(
    words: Words, names: NameWords, known: list[Named], own: str | None, start: int, end: int
) -> tuple[tuple[int, int], ...]:
    """Where names stand, between greeting and closing, that are not among ``known``, not the sender's, and not told of."""
    raw = words.body.text.flat
    spans = [(name, at, to) for name, at, to in names_in(raw, names) if start <= at < end]
    for match in NAME.finditer(raw, start, end):
        spans += [span for span in trimmed(match.group(), match.start(), names) if " " not in span[0]]
    return tuple(
        (at, to)
        for name, at, to in spans
        if (has_given(name, names) or _is_cancelled(words, name, at))
        and not (" " not in name and _is_no_name(words, names, name, at))
        and not _of_a_place(words, names, at)
        and not signs_off(words.body, at, to)
        and not any(same_name(name, one.person.name) or (one.start < to and at < one.end) for one in known)
        and not same_name(name, own)
        and not _OF.search(raw, max(0, at - 8), at)
        and not _OWNED.match(raw, to)
        and not only_told(words.body, words.body.clause_at(at), at)
        and not _stays(words, at)
        and not (" " not in name and _of_own_people(words, names, at))
    )


def _is_cancelled(words: Words, name: str, at: int) -> bool:
    """ "Ge moogt Mia Claes schrappen": whoever it is, it is not the sender."""
    alone = " " in name and all(part[:1].isupper() for part in name.split())  # no "Teilnehmerliste der …"
    return alone and any(f.start < at < f.end for f in words.body.of("intent.cancel"))


def _of_own_people(words: Words, names: NameWords, at: int) -> bool:
    """ "Notre petit Gaspard a décidé de naître trop tôt": told of, where nothing is wanted in that clause."""
    clause = words.body.clause_at(at)
    if clause is None or words.body.within(clause, *WISHES, "intent.comes", "intent.present"):
        return False
    before = [word for word, start, _ in words.body.text.tokens if clause.start <= start < at][-_MINE_WORDS:]
    return any(word in names.mine for word in before)


#: "my" and an adjective
_MINE_WORDS = 2


def _stays(words: Words, at: int) -> bool:
    """ "Je maintiens l'inscription de Mlle Gaspard": nothing is wanted for her."""
    clause = words.body.clause_at(at)
    return clause is not None and clause.unchanged
