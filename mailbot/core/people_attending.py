"""Whether the sender takes part beside those who are named, and how many are told to come."""

from __future__ import annotations

import re

from mailbot.core.lexicon import Found
from mailbot.core.people_named import Named
from mailbot.core.phrases import Passage, Words, overlaps


def number_told(words: Words) -> int | None:
    """How many are told to come."""
    numbers = [_BOTH] if words.body.of("person.both") else []
    told_of = words.body.of("person.not-group")
    for found in words.body.of("person.group"):
        if overlaps(found, told_of):
            continue
        # A clock time or a date is no group: "à 9 h", "zu 16.09.".
        after = words.body.text.folded[found.end : found.end + 4]
        if re.match(r"\s?(?:h\b|u\b|uhr|heures|am|pm|[:.]\d)", after):
            continue
        if _counts_things(found, words):
            continue
        value = _value(found, words)
        if value is not None and value > 1:
            numbers.append(value)
    return max(numbers, default=None)


_BOTH = 2


def _counts_things(found: Found, words: Words) -> bool:
    """ "Dan horen we twee dingen": what stands right behind "we two" is neither a word of the language nor wanted."""
    inside = re.findall(r"[^\W_]+", words.body.text.folded[found.start : found.end])
    after = [(word, at) for word, at, _ in words.body.text.tokens if at == found.end + 1]
    if len(inside) != _WE_TWO or not words.has("person.we", inside[0]) or not after:
        return False
    word, at = after[0]
    return not words.has("language.words", word) and not any(f.start == at for f in words.body.found)


_WE_TWO = 2


def _value(found: Found, words: Words) -> int | None:
    for word in re.findall(r"[^\W_]+", words.body.text.folded[found.start : found.end]):
        if word.isdecimal():
            return int(word)
        for lexicon in words.lexicons:
            if word in lexicon.numbers:
                return lexicon.numbers[word]
    return None


def sender_takes_part(words: Words, me: list[Named], others: list[Named], number: int | None, *, told: bool) -> bool:
    """Whether the sender takes part beside those who are named."""
    if not others:
        return True
    if _sender_stays_away(words):
        return False
    if me or told or number == len(others) + 1:
        return True
    if number == len(others):
        return False
    body = words.body
    # "Tu peux me mettre ? Et ma mère aussi, Zoé Petit": beside whom, if nobody is named before.
    if any(f.start < others[0].start < f.end + _ALSO for f in body.of("person.also")):
        return True
    if any(_speaks_of_own(f, words) for f in body.of("intent.cancel", "intent.absent")):
        return True
    # Whoever joins somebody with a confirmation in hand is the only one to register.
    joins = words.to_confirmation and body.of("intent.register-other") and not body.of("intent.cancel", "intent.absent")
    # "Ikzelf ben wel van de partij", "ikzelf kom enkel om hem af te zetten"
    beside = [f for f in body.of("person.me") if not (_unchanged(f, body) or _comes_for_others(f, body))]
    if not joins and any(abs(f.start - n.start) < _BESIDE for f in beside for n in others):
        return True
    given_up = body.of("intent.cancel", "intent.not-register")
    return any(
        not _for_others(f, words, others)
        for f in body.of("intent.register")
        if not _denied(f, body) and not _unchanged(f, body) and not overlaps(f, given_up)
    )


#: characters between "my mother too" and her name
_ALSO = 20
#: characters between somebody named and what says that the sender comes too
_BESIDE = 160


def _speaks_of_own(found: Found, words: Words) -> bool:
    """ "Annuler ma réservation et celle de X": the sender's own too."""
    told = set(re.findall(r"[^\W_]+", words.body.text.folded[found.start : found.end]))
    return any(words.has(kind, word) for word in told for kind in ("person.mine", "person.first", "person.self"))


def _comes_for_others(found: Found, body: Passage) -> bool:
    clause = body.clause_at(found.start)
    return clause is not None and bool(body.within(clause, "intent.not-register"))


def _unchanged(found: Found, body: Passage) -> bool:
    clause = body.clause_at(found.start)
    return clause is not None and clause.unchanged


def _sender_stays_away(words: Words) -> bool:
    """ "I myself cannot come", "ikzelf neem niet deel", "ik zelf kom zoals afgesproken"."""
    body = words.body
    clauses = [body.clause_at(found.start) for found in body.of("person.i-myself")]
    if any(c is not None and (c.negated or c.unchanged or body.within(c, *_STAYING)) for c in clauses):
        return True
    # "Ik zit die dag in vergadering", "je ne fais que transmettre"
    return any(
        words.has("person.first", word) and c.start <= at < c.end
        for c in (body.clause_at(found.start) for found in body.of("person.elsewhere"))
        if c is not None
        for word, at, _ in body.text.tokens
    )


_STAYING = ("intent.absent", "person.done-before", "person.elsewhere", "intent.registered")


def _denied(found: Found, body: Passage) -> bool:
    clause = body.clause_at(found.start)
    return clause is not None and clause.negated


#: words between a verb and the one it is done for: "inscrire ma collègue Madame …"
_OBJECT_WORDS = 4


def _for_others(found: Found, words: Words, others: list[Named]) -> bool:
    """Whether "I would like to register …" goes on with somebody else."""
    folded = words.body.text.folded
    inside = folded[found.start : found.end]
    if any(found.start < n.start < found.end for n in others):
        return True
    if any(found.start < f.start < found.end for f in words.body.of("person.relation")):
        return True
    told = set(re.findall(r"[^\W_]+", inside))
    if (last := _last_pronoun(inside, words)) is not None and last == "person.third":
        return True
    if len(others) > 1 and any(words.has("person.we", word) for word in told):
        return True
    if any(words.has("person.self", word) for word in re.findall(r"[^\W_]+", inside)):
        return False
    if any(_meant_for(words, found, named) for named in others):
        return True
    if told & _first_words(words) and not any(words.has("person.transitive", word) for word in told):
        return False  # "ik zou graag komen, met mijn vrouw"
    if all(named.sign == "list" for named in others) and not told & _first_words(words):
        return True  # "wir bitten um Anmeldung", and a list
    if any(f.end <= n.start < found.start for f in words.body.of("person.behalf") for n in others):
        return True  # "On behalf of our director, Dr X, I should like to reserve a seat"
    before = [n for n in others if found.start - _SUBJECT_BEFORE < n.start < found.start]
    clause = words.body.clause_at(found.start)
    if before and clause is not None and all(n.start >= clause.start for n in before):
        return not told & _first_words(words)
    along = words.body.of("person.with")
    for named in others:
        if any(found.end <= f.start + 1 and f.end <= named.start for f in along):
            return False
        between = re.findall(r"[^\W_]+", folded[found.end : named.start]) if named.start >= found.end else None
        if between is not None and len(between) <= _OBJECT_WORDS:
            return not any(words.has("person.and", word) for word in between)
    return not _of_first_person(found, words)


def _meant_for(words: Words, found: Found, named: Named) -> bool:
    """ "May I reserve a seat for our director, Dr X?": between "for" and the name stands only what X is."""
    clause = words.body.clause_at(found.start)
    if clause is None or not found.end <= named.start < clause.end:
        return False
    relations = words.body.within(clause, "person.relation")
    for word, start, _ in reversed([token for token in words.body.text.tokens if found.end <= token[1] < named.start]):
        if words.has("person.for", word):
            return True
        told = any(relation.start <= start < relation.end for relation in relations)
        if not told and not any(words.has(kind, word) for kind in _WHO_IT_IS):
            return False
    return False


#: words for what somebody is, before the name
_WHO_IT_IS = ("person.mine", "person.honorific", "person.function", "person.article")


def _last_pronoun(inside: str, words: Words) -> str | None:
    """ "vroeg me haar in te schrijven": whoever stands nearer to the verb is its object."""
    told = re.findall(r"[^\W_]+", inside)
    kinds = [kind for word in told for kind in ("person.third", "person.self") if words.has(kind, word)]
    return kinds[-1] if kinds else None


def _of_first_person(found: Found, words: Words) -> bool:
    """Whether "I", "my", "us" stands in the phrase, or in its clause; "prévoyez une place" is of nobody."""
    clause = words.body.clause_at(found.start)
    start, end = (clause.start, clause.end) if clause is not None else (found.start, found.end)
    own = ("person.first", "person.self", "person.mine", "person.i", "person.we")
    return any(words.has(kind, word) for word, at, _ in words.body.text.tokens if start <= at < end for kind in own)


#: characters in which the subject stands before its verb
_SUBJECT_BEFORE = 60


def _first_words(words: Words) -> set[str]:
    """Words for the sender as a subject, of the languages of the mail."""
    return {word for lexicon in words.lexicons for word in lexicon.words["person.first"]}
