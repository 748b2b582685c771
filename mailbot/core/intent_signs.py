"""The phrases of a mail that count for what it wants: denied, supposed, told of others or asked about, they do not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mailbot.core.asking import asks
from mailbot.core.clauses import Clause
from mailbot.core.lexicon import Found, fold
from mailbot.core.phrases import Passage, Words, overlaps

#: characters of a text that may be a bare answer: "Présent !", "le 23/3 pour moi"
BARE = 70


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """The phrases of the mail that count, those set aside taken out."""

    register: tuple[Found, ...] = ()
    register_other: tuple[Found, ...] = ()
    #: of somebody named: "X vient"; counts only where somebody is named
    comes: tuple[Found, ...] = ()
    present: tuple[Found, ...] = ()
    noun: tuple[Found, ...] = ()
    cancel: tuple[Found, ...] = ()
    absent: tuple[Found, ...] = ()
    change: tuple[Found, ...] = ()
    correct: tuple[Found, ...] = ()
    replace: tuple[Found, ...] = ()
    registered: tuple[Found, ...] = ()
    decline: tuple[Found, ...] = ()
    later: tuple[Found, ...] = ()
    thanks: tuple[Found, ...] = ()
    noted: tuple[Found, ...] = ()
    #: asks how one registers, and does not yet: "hoe pakken we dat aan?"
    asks_how: tuple[Found, ...] = ()
    #: clauses that ask something which wants an answer
    questions: tuple[Clause, ...] = ()


def signs(words: Words, item: tuple[Found, ...] = ()) -> Signs:
    """``item``: what is said of the item to pick up, which is no question."""
    body = words.body
    # "Welk labo weet ik nog niet": whether to come is decided.
    partly = [body.clause_at(f.start) for f in body.of("intent.not-later")]
    later = tuple(f for f in body.of("intent.later") if body.clause_at(f.start) not in partly)
    aside = (
        *later,
        *body.of(
            "intent.decline",
            "question.how-to-register",
            "question.opening",
            "question.deadline",
            "intent.not-register",
            "intent.pass-on",  # "je vous fais suivre sa demande"
        ),
    )
    on_file = body.of("intent.registered")
    # "Disregard my cancellation" takes it back.
    not_cancel = (*body.of("intent.not-cancel"), *body.of("intent.return"))
    # "Je désire être inscrite à …" wishes, "je suis inscrite à …" tells: whichever begins first.
    register = tuple(
        f
        for f in body.of("intent.register")
        if _stands(body, f, aside)
        and not any(_begins_before(r, f) or _begins_with(r, f) or _holds(f, r) for r in on_file)
    )
    # "Buchen Sie mich … um" is longer than "buchen Sie mich", and means something else.
    altered = body.of("intent.change")
    register = tuple(f for f in register if not any(_holds(c, f) or _ends(c, f) for c in altered))
    other = tuple(
        f
        for f in body.of("intent.register-other")
        if _stands(body, f, (*aside, *on_file, *register)) and not any(_ends(c, f) for c in altered)
    )
    cancel = tuple(
        f
        for f in body.of("intent.cancel")
        if _stands(body, f, not_cancel) and not _asked_about(body, f) and not _opens_with_question(body, f)
    )
    absent = tuple(
        f for f in body.of("intent.absent") if not _supposed(body, f) and not overlaps(f, cancel) and not _was(body, f)
    )
    register = tuple(f for f in register if not overlaps(f, cancel) and not overlaps(f, absent))
    other = tuple(f for f in other if not overlaps(f, cancel) and not overlaps(f, absent))
    register = tuple(f for f in register if not _kept(body, f))
    other = tuple(f for f in other if not _kept(body, f))
    # "Jusqu'à quand peut-on s'inscrire ?" asks about registering; it begins with what it asks for.
    register = tuple(f for f in register if not _asked_about(body, f))
    other = tuple(f for f in other if not _asked_about(body, f) and not _impersonal(body, f))
    # "Put me on the list" is longer than "put me on", and means something else.
    change = tuple(
        f
        for f in body.of("intent.change")
        if not _supposed(body, f) and not any(r.start == f.start and f.end < r.end for r in register)
    )
    # "Niet ik maar mijn collega": the denial is part of the phrase.
    replacing = tuple(
        f
        for f in body.of("intent.replace")
        if not _supposed(body, f) and (overlaps(f, body.of("clause.negation")) or not _denied(body, f))
        # "Elle renonce à sa place" gives it up, and to nobody.
        if not any(c.start < f.start and c.end == f.end for c in body.of("intent.cancel"))
    )
    wondering = body.of("intent.ask")
    register = tuple(f for f in register if not _wondered(body, f, wondering))
    negated = tuple(
        f
        for f in body.of("intent.register")
        if not overlaps(f, absent) and not overlaps(f, cancel) and _denied(body, f)
    )
    if words.to_confirmation:
        absent, negated = (*absent, *negated), ()
    own = tuple(f for f in body.of("intent.register-noun") if _requested(body, f))
    correct = body.of("intent.correct", "intent.correct-name", "intent.correct-address")
    acting = (*register, *other, *own, *cancel, *change, *replacing, *item, *correct, *body.of("intent.return"))
    return Signs(
        register=register,
        register_other=other,
        comes=tuple(f for f in body.of("intent.comes") if _stands(body, f, (*aside, *absent, *cancel))),
        present=tuple(f for f in body.of("intent.present") if _stands(body, f, aside) and not _kept(body, f)),
        noun=(*body.of("intent.register-noun"), *words.subject.of("intent.register-noun", "intent.register")),
        cancel=cancel,
        absent=absent,
        change=change,
        correct=correct,
        replace=replacing,
        registered=tuple(
            f for f in on_file if not any(_begins_before(r, f) for r in register) and not _denied(body, f)
        ),
        decline=(*body.of("intent.decline"), *negated),
        later=later,
        thanks=_thanks(words),
        noted=body.of("intent.noted"),
        asks_how=body.of("question.how-to-register"),
        questions=tuple(c for c in body.clauses if asks(words, c, acting)),
    )


def _thanks(words: Words) -> tuple[Found, ...]:
    """Thanks for something; not the "merci" with which a request ends."""
    body = words.body
    found = body.of("intent.thanks")
    if len(body.text.raw) < BARE and not words.subject_only:
        return found
    closing = body.clauses[-1].start if len(body.clauses) > 1 else len(body.text.raw)
    return tuple(f for f in found if " " in f.entry.phrase or f.start < min(closing, _OPENING_TEXT))


#: characters in which a mail says what it thanks for
_OPENING_TEXT = 160


def _kept(body: Passage, found: Found) -> bool:
    """ "Je garde ma place pour le 28": nothing new. "Komme ich gern" is new, and "komme ich" alone may be either."""
    clause = body.clause_at(found.start)
    if clause is None or not clause.unchanged:
        return False
    staying = body.within(clause, "clause.unchanged")
    return not staying or any(f.start != found.start or f.end >= found.end for f in staying)


def _begins_before(one: Found, other: Found) -> bool:
    return overlaps(one, (other,)) and one.start < other.start and not _holds(one, other)


def _begins_with(one: Found, other: Found) -> bool:
    """ "Was ik ingeschreven" and "ik … ingeschreven" within it."""
    return 0 <= other.start - one.start <= _VERB and (one.start == other.start or other.end <= one.end)


#: characters of a verb before "I"
_VERB = 6


def _holds(one: Found, other: Found) -> bool:
    """Whether the other stands within it: "ik had laten weten dat ik … zou volgen" tells, it does not wish."""
    return one.start < other.start and other.end <= one.end


def _ends(one: Found, other: Found) -> bool:
    """Whether the other ends with it: "je souhaite modifier mon inscription" wishes no new one."""
    return other.start < one.start and one.end >= other.end > one.start


def _asked_about(body: Passage, found: Found) -> bool:
    clause = body.clause_at(found.start)
    if clause is None or not clause.asks:
        return False
    if body.within(clause, "clause.or"):
        return True
    polite = body.within(clause, "intent.polite")
    topics = [
        f
        for f in body.found
        if f.meaning.startswith("question.")
        and f.meaning != "question.places"  # "is there a place for me?" wants it
        and clause.start <= f.start < found.start
        and not overlaps(f, polite)
        and all(f.start < p.start for p in polite)
    ]
    if topics and not body.within(clause, "person.relation"):
        return True
    return _opens_with_question(body, found)


def _opens_with_question(body: Passage, found: Found) -> bool:
    """ "How can I cancel?" asks how; the word stands at the beginning, before anything polite."""
    clause = body.clause_at(found.start)
    if clause is None:
        return False
    words = [f for f in body.within(clause, "intent.ask") if " " not in f.entry.phrase and "'" not in f.entry.phrase]
    polite = _polite(body)  # "auriez-vous la gentillesse de"
    return any(f.start - clause.start < _OPENING and f.end <= found.start and not overlaps(f, polite) for f in words)


#: characters before the asking word: "and ", "Bonjour, "
_OPENING = 12


def _impersonal(body: Passage, found: Found) -> bool:
    """ "Moet men zich inschrijven?": nobody is to be registered, unless it is asked politely or somebody is told of."""
    clause = body.clause_at(found.start)
    if clause is None or not clause.asks:
        return False
    if body.within(clause, "intent.impersonal"):
        return True
    return not body.within(clause, "person.relation", "person.behalf", "intent.polite")


def _wondered(body: Passage, found: Found, asks: tuple[Found, ...]) -> bool:
    """ "I would like to know if I can come by train": asked, not wished."""
    clause = body.clause_at(found.start)
    return clause is not None and any(
        clause.start <= f.start <= found.start and len(f.entry.phrase.split()) > 2 and not overlaps(f, _polite(body))
        for f in asks
    )


def _polite(body: Passage) -> tuple[Found, ...]:
    return body.of("intent.polite")


def _requested(body: Passage, found: Found) -> bool:
    """ "Kunt u mijn inschrijving noteren?": the sender's own registration, in a polite request."""
    clause = body.clause_at(found.start)
    if clause is None or " " not in found.entry.phrase or _opens_with_question(body, found):
        return False
    return any(f.start < found.start for f in body.within(clause, "intent.polite"))


def _was(body: Passage, found: Found) -> bool:
    clause = body.clause_at(found.start)
    return clause is not None and clause.past


def _stands(body: Passage, found: Found, aside: Iterable[Found]) -> bool:
    return not overlaps(found, aside) and not _supposed(body, found) and not _denied(body, found)


def _supposed(body: Passage, found: Found) -> bool:
    clause = body.clause_at(found.start)
    if clause is None or not clause.hypothetical:
        return False
    return any(f.start <= found.end for f in body.within(clause, "clause.hypothesis"))


def _denied(body: Passage, found: Found) -> bool:
    """A word of denial in the phrase, or close before it in the clause: "je ne souhaite pas m'inscrire"."""
    clause = body.clause_at(found.start)
    if clause is None or not clause.negated:
        return False
    if found.entry.language in _VERB_FIRST and _denied_after(body, found, clause):
        return True
    for denial in body.within(clause, "clause.negation"):
        if _says(found, body.text.folded[denial.start : denial.end]):
            continue  # "lasse ich mir nicht entgehen"
        between = body.text.folded[denial.end : found.start]
        if denial.start < found.end and "," not in between and len(between) < 45:
            return True
    return False


def _says(found: Found, word: str) -> bool:
    """Whether a word is one of the phrase itself."""
    return word in re.findall(r"[^\W_]+", fold(found.entry.phrase))


#: languages in which the denial comes after the verb: "ik kom morgen niet"
_VERB_FIRST = frozenset({"nl", "de"})


def _denied_after(body: Passage, found: Found, clause: Clause) -> bool:
    """A denial after the phrase that ends the thought; "ik kom niet met de trein" denies the train."""
    folded = body.text.folded
    for denial in body.within(clause, "clause.negation"):
        between = folded[found.end : denial.start]
        if denial.start >= found.end and "," not in between and len(between) < 40:
            rest = folded[denial.end : clause.end].split(",")[0].split()
            if len([word for word in rest if word.strip(".!?;:")]) <= 1:
                return True
    return False
