"""Yes or no to a place that we offered: a short answer, for which a bare word is enough."""

from __future__ import annotations

from typing import Literal

from mailbot.core.intent_signs import Signs
from mailbot.core.lexicon import Found
from mailbot.core.phrases import Words, overlaps

#: kinds of our mails to which "yes" and "no" are answers
OFFERING = frozenset({"registrant-offered", "registrant-exchange-offered", "registrant-offer-expired"})

Answer = Literal["yes", "no", "unclear"]


def answer_of(words: Words, heard: Signs) -> Answer | None:
    """What a reply to an offer says; None where it says neither."""
    body = words.body
    refused = tuple(found for found in body.of("intent.refuse") if _counts(words, found))
    no = (*refused, *heard.decline, *heard.absent, *heard.cancel)
    yes = tuple(
        found
        for found in (*body.of("intent.accept", "intent.present"), *heard.register)
        if not overlaps(found, no) and not _denied(words, found)
    )
    if yes and no:
        return "unclear"
    return "yes" if yes else "no" if no else None


def _counts(words: Words, found: Found) -> bool:
    """A single word only where it stands alone: "no" refuses, "no problem" does not."""
    if " " in found.entry.phrase:
        return True
    clause = words.body.clause_at(found.start)
    return clause is not None and not any(
        character.isalnum()
        for character in words.body.text.folded[clause.start : found.start]
        + words.body.text.folded[found.end : clause.end]
    )


def _denied(words: Words, found: Found) -> bool:
    """ "Yes" stands before whatever is denied later in the sentence; "I do not accept" does not."""
    clause = words.body.clause_at(found.start)
    denials = words.body.within(clause, "clause.negation") if clause is not None else ()
    return any(denial.start < found.end for denial in denials)
