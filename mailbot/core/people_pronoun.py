"""Whom a pronoun means, where nobody is named as one of those meant: "Ingrid broke her wrist. Please take her off"."""

from __future__ import annotations

from mailbot.core.lexicon import Found
from mailbot.core.names import NameWords, same_name
from mailbot.core.people_named import Named
from mailbot.core.people_replaced import names_told
from mailbot.core.people_tied import called_by_kin
from mailbot.core.phrases import OF_SENDER, Words, overlaps
from mailbot.core.requests import Person

#: what is done with whomever the pronoun means
_DONE = ("intent.cancel", "intent.register-other", "intent.absent")
#: words between the pronoun and what is done: "[hem] morgen niet meer [laten komen]"
_WORDS_BETWEEN = 3


def meant_by_pronoun(
    words: Words, names: NameWords, sender: Person, start: int, end: int, strangers: tuple[str, ...]
) -> Named | None:
    """The only one named before what is done with "her"; None where more than one may be meant, or the sender.

    ``strangers``: names of those who are never meant, such as the speakers.
    """
    done = [f for f in words.body.of(*_DONE) if start <= f.start < end and _of_third(words, f)]
    own = [f for f in words.body.of(*_DONE) if _of_sender(words, f) and not overlaps(f, done)]
    if not done or own:
        return None
    told = [
        one
        for one in (*names_told(words, names, [], start, end), *called_by_kin(words.body, names, start, end))
        if one[0] < done[0].end and not any(same_name(one[1], stranger) for stranger in strangers)
    ]
    longest = max(told, key=lambda one: len(one[1]), default=None)
    if longest is None or not all(same_name(name, longest[1]) for _, name in told):
        return None
    at, name = longest
    if same_name(name, sender.name):
        return None
    return Named(person=Person(name=name), start=at, end=at + len(name), sign="pronoun")


def _of_third(words: Words, found: Found) -> bool:
    return _nearest(words, found) == "third"


def _of_sender(words: Words, found: Found) -> bool:
    return _nearest(words, found) == "first"


def _nearest(words: Words, found: Found) -> str | None:
    """Whom the pronoun in the phrase, or the one that stands nearest before it in the clause, speaks of."""
    clause = words.body.clause_at(found.start)
    if clause is None:
        return None
    if overlaps(found, words.body.of("person.them")):
        return "third"
    tokens = [token for token in words.body.text.tokens if clause.start <= token[1] < found.end]
    inside = [token for token in tokens if token[1] >= found.start]
    before = [token for token in tokens if token[1] < found.start][-_WORDS_BETWEEN:]
    for word, at, _ in (*reversed(inside), *reversed(before)):
        if any(words.has(kind, word) for kind in OF_SENDER):
            return "first"
        # "Zijn" is his place, and "to be" beside what is wished.
        if words.has("person.she", word) or (found.meaning == "intent.cancel" and words.has("person.third", word)):
            return "third"
        # In German "sie" is she and "Sie" is you.
        if words.has("person.third-small", word) and words.body.text.raw[at].islower():
            return "third"
    return None
