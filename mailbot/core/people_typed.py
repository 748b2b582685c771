"""The whole name of a sender who shows only a first one, typed in the text in small letters as well: "ik ben fien vos"."""

from __future__ import annotations

import re
from dataclasses import replace

from mailbot.core.lexicon import fold
from mailbot.core.message import IncomingMessage
from mailbot.core.names import NameWords
from mailbot.core.people_told import is_word
from mailbot.core.phrases import Words
from mailbot.core.requests import Person

#: letters of the shortest family name, and particles before it
_FAMILY, _PARTICLES = 3, 3
#: letters of what an address tells of a family name at least
_TOLD = 2


def with_typed_name(sender: Person, message: IncomingMessage, words: Words, names: NameWords) -> Person:
    """ "manon" who writes from manon.lgrd@ and ends with "manon legrand"."""
    shown = (message.sender.name if message.sender else "").split()
    local = (sender.email or "").partition("@")[0]
    if len(shown) > _SHOWN or (len(shown) == _SHOWN and len(shown[1].strip(".")) != 1):
        return sender
    first = fold(shown[0]) if shown else re.split(r"[^a-z]", fold(local))[0]
    if not first.isalpha() or not (shown or first in names.given):
        return sender
    for number, (word, _, _) in enumerate(words.body.text.tokens):
        if word == first and (written := _whole(number, words, names, _rest(local, first))) is not None:
            initial = fold(shown[1])[0] if len(shown) == _SHOWN else ""
            family = re.sub(r"[^a-z]", "", fold(written.partition(" ")[2]))
            if _tells(local, first, family) and (not initial or family.startswith(initial)):
                return replace(sender, name=written)
    return sender


#: words of "Mehdi B."
_SHOWN = 2


def _whole(number: int, words: Words, names: NameWords, known: str) -> str | None:
    """ "younes el khattabi educ": a first name, particles, and one word that is ``known`` or none of the language."""
    tokens, raw = words.body.text.tokens, words.body.text.flat
    _, start, end = tokens[number]
    for word, at, stop in tokens[number + 1 : number + 2 + _PARTICLES]:
        if raw[end:at] not in (" ", "-", "'"):
            return None
        end = stop
        if word in names.particle:
            continue
        if word != known and (len(word) < _FAMILY or is_word(words, word) or _means_more(word, names)):
            return None
        parts = raw[start:end].split()
        return " ".join(part if fold(part) in names.particle else part[:1].upper() + part[1:] for part in parts)
    return None


def _means_more(word: str, names: NameWords) -> bool:
    return any(word in kind for kind in (names.no_name, names.function, names.organisation, names.honorific))


def _rest(local: str, first: str) -> str:
    return re.sub(r"[^a-z]", "", fold(local)).replace(first, "", 1)


def _tells(local: str, first: str, family: str) -> bool:
    """Whether what the address holds beside the first name is short for the family name: "lgrd", "elk1"."""
    rest = _rest(local, first)
    apart = re.fullmatch(rf"{first}[._-][a-z]\d*", fold(local)) is not None  # "nadir.b"
    if (len(rest) < _TOLD and not apart) or not family.startswith(rest[:1] or "?"):
        return False
    letters = iter(family)
    return all(letter in letters for letter in rest)
