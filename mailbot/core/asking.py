"""Whether a clause asks: with a question mark or without, and beside what else it wants."""

from __future__ import annotations

from collections.abc import Iterable

from mailbot.core.clauses import Clause
from mailbot.core.lexicon import Found
from mailbot.core.phrases import Words

#: acts beside which something may be asked in the same words; what is to be changed is no question
_COMING = frozenset({"intent.register", "intent.register-other", "intent.cancel"})

#: topics that are asked for whatever else the clause wants; the others are often part of what one registers for
_BESIDE_ACTS = frozenset(
    f"question.{topic}"
    for topic in (
        "favour", "parking", "step-free", "price", "payment", "bring", "food", "childcare", "age", "weather",
        "sessions", "certificate", "replay",
    )
)  # fmt: skip


def asks(words: Words, clause: Clause, acting: Iterable[Found]) -> bool:
    """``acting``: what the mail does by itself: registers, cancels, changes."""
    body = words.body
    inside = [f for f in acting if clause.start <= f.start < clause.end]
    topics = [f for f in body.found if f.meaning.startswith("question.") and clause.start <= f.start < clause.end]
    if not clause.asks:
        return bool(topics) and not inside and _without_mark(words, clause)
    if body.within(clause, "intent.rhetorical") and not topics:
        return False
    if clause.hypothetical and clause.negated:
        return True  # "can I come all the same if I miss one evening?"
    # "Serait-il possible de m'inscrire ?" asks for something to be done, not for an answer.
    if not inside:
        return True
    return all(f.meaning in _COMING for f in inside) and any(_beside(words, f, inside) for f in topics)


def _without_mark(words: Words, clause: Clause) -> bool:
    """ "I would like to know …" anywhere; "how …", "is there …" where the clause begins."""
    body = words.body
    asked = body.within(clause, "intent.ask")
    if any(" " in f.entry.phrase or "'" in f.entry.phrase for f in asked):
        return True
    begins = _beginning(words, clause)
    return any(f.start <= begins for f in (*asked, *body.within(clause, "intent.asks-first")))


def _beginning(words: Words, clause: Clause) -> int:
    """Where the first word after a greeting or an "and" may stand: "Hallo Lies, tot hoe laat …", "und gibt es …"."""
    body, at = words.body, clause.start
    first = next(((word, end) for word, start, end in body.text.tokens if start >= at), None)
    if first is not None and words.has("person.and", first[0]):
        return first[1] + _BETWEEN
    for greeting in body.within(clause, "language.greetings"):
        if greeting.start - at <= _BETWEEN:
            at = greeting.end
    if at > clause.start:
        at = max(at, body.text.folded.find(",", at, at + _NAME))
    return at + _BETWEEN


#: characters between two words: ", " or " - "
_BETWEEN = 3
#: characters of whoever is greeted
_NAME = 25


def _beside(words: Words, topic: Found, inside: list[Found]) -> bool:
    """ "Puis-je venir avec mon chien ?", "may I come, and is there parking?"; not "sign me up for the breakfast talk"."""
    if topic.meaning not in _BESIDE_ACTS or any(act.start <= topic.start and topic.end <= act.end for act in inside):
        return False
    if " " in topic.entry.phrase:
        return True
    first = min(act.start for act in inside)
    return any(first < at < topic.start and words.has("person.and", word) for word, at, _ in words.body.text.tokens)
