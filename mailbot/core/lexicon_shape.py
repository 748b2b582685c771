"""What a lexicon file may say: every meaning with an explanation for whoever adds words, and what contradicts what."""

from __future__ import annotations

from collections.abc import Mapping

#: meaning -> what belongs there
MEANINGS: Mapping[str, str] = {
    "language.words": "frequent small words that only, or mostly, this language has",
    "language.greetings": "how a mail begins",
    "language.closings": "how a mail ends, before the name",
    "clause.but": "words that begin a new thought: 'but', 'however'",
    "clause.negation": "words that deny: 'not', 'no', 'never'",
    "clause.giving-up": "says that something is given up or not possible: 'I cannot come', 'instead of'",
    "clause.instead": "begins what is given up for something else: 'instead of', 'rather than'",
    "clause.hypothesis": "begins a condition or an idea: 'if', 'in case', 'supposing'",
    "clause.past": "speaks of what was: 'last year', 'I took part'",
    "clause.reported": "gives somebody else's words: 'she told me that'",
}

#: meanings whose entries are looked up as single words
WORD_LISTS: frozenset[str] = frozenset({"language.words"})

#: groups of meanings of which one phrase may have only one
CONTRADICTING: tuple[tuple[str, ...], ...] = ()
