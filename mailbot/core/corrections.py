"""A name or an address put right: "mon nom s'écrit Dupont avec t", "please use my private address instead"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from mailbot.core.lexicon import fold
from mailbot.core.names import EMAIL, checked_email
from mailbot.core.phrases import Words

#: a name as it is written, particles within it too
_NAME = re.compile(r"[^\W\d_a-zß-öø-ÿ][\w'’\-]*(?: (?:(?:de|du|la|le|van|der|den|von|ter|ten|el|al) )*[^\W\d_a-zß-öø-ÿ][\w'’\-]*)*")  # fmt: skip

#: two spellings of one name are so much alike
_ALIKE = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    #: the names beside a word for the spelling: the right one, and perhaps the wrong one
    names: tuple[str, ...] | None = None
    #: where to write from now on
    email: str | None = None
    #: several addresses are named, and which one counts is not clear
    unclear: bool = False


def correction_of(words: Words, sender: str | None, own_addresses: Iterable[str]) -> Correction | None:
    """What the mail puts right; None where it puts nothing right, or only says that something is wrong."""
    body = words.body
    known = {address.casefold() for address in (*own_addresses, sender or "")}
    if body.of("intent.correct-address"):
        told = {m.group().casefold(): m.group() for m in EMAIL.finditer(body.text.flat)}
        others = [address for folded, address in told.items() if folded not in known and checked_email(address)]
        if len(others) > 1:
            return Correction(unclear=True)
        # "This address", "my private address": the one that is written from.
        return Correction(email=others[0] if others else sender)
    # In answer to our confirmation, "a typo" needs no more words to mean the name that stands there.
    found = body.of("intent.correct-name", *(("intent.correct",) if words.to_confirmation else ()))
    return Correction(names=tuple(_names(words, found[0].start))) if found else None


def _names(words: Words, start: int) -> Iterable[str]:
    """Names in the sentence that speaks of the spelling, and in the next one."""
    clauses = [clause for clause in words.body.clauses if clause.end > start][:2]
    for clause in clauses:
        for match in _NAME.finditer(words.body.text.flat, clause.start, clause.end):
            parts = [part for part in match.group().split() if not _no_name(words, part)]
            if parts:
                yield " ".join(parts)


def _no_name(words: Words, part: str) -> bool:
    word = fold(part).strip("'’")
    return len(word) < 2 or any(words.has(meaning, word) for meaning in ("language.words", "person.no-name"))


def corrected_name(on_file: str, names: Iterable[str]) -> str | None:
    """The name on file with what is new in it; None where no name is a spelling of it, or several are."""
    have, known = on_file.split(), set(fold(on_file).split())
    new = [name for name in dict.fromkeys(names) if set(fold(name).split()) - known]
    found = {merged for name in new if (merged := _merged(have, name.split())) is not None}
    return found.pop() if len(found) == 1 else None


def _merged(have: list[str], parts: list[str]) -> str | None:
    if len(parts) > 1:
        return " ".join(parts) if any(_alike(one, other) for one in parts for other in have) else None
    near = max(have, key=lambda part: _likeness(part, parts[0]), default=None)
    if near is None or not _alike(near, parts[0]):
        return None
    return " ".join(parts[0] if part is near else part for part in have)


def _alike(one: str, other: str) -> bool:
    return _likeness(one, other) >= _ALIKE


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, fold(one), fold(other)).ratio()
