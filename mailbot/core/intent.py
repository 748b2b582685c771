"""What the sender wants, from phrases and what surrounds them. Where signs conflict, the weaker reading acts less."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from mailbot.core.asking import asks
from mailbot.core.clauses import Clause
from mailbot.core.lexicon import Found
from mailbot.core.phrases import Passage, Words, overlaps

Kind = Literal["register", "cancel", "change", "question", "thanks", "other"]

#: a text no longer than this may be a bare answer: "Présent !", "le 23/3 pour moi"
_SHORT = 220
_BARE = 70


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
    #: clauses that ask something which wants an answer
    questions: tuple[Clause, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    kind: Kind
    #: the phrases that it rests on
    found: tuple[Found, ...] = ()
    #: somebody else comes instead
    replacement: bool = False
    #: what else is asked for in the same mail
    also: tuple[Kind, ...] = ()
    doubts: tuple[str, ...] = ()
    #: an existing registration is spoken of
    on_file: bool = False
    #: with ``other``: does not take part, or not yet; nothing is to be done
    declines: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What else the mail says, for weighing."""

    event: bool = False
    sessions: bool = False
    sessions_given_up: bool = False
    choices: bool = False
    mode: bool = False
    pickup: bool = False
    #: none of what there is to pick up is wanted
    refuses_item: bool = False
    #: those named are not spoken of as unable to come
    others_elsewhere: bool = False
    #: the event is over
    over: bool = False
    #: it is said how many come
    group: bool = False
    #: one way of taking part is given up for the other
    mode_exchanged: bool = False
    #: a name or an address is put right
    corrects: bool = False
    #: a form was filled in
    form: bool = False
    #: somebody else than the sender is named
    others: bool = False
    #: a session, an option or a pick-up place is given up for another
    exchanged: bool = False
    #: people stand in a table or list
    listed: bool = False


def signs(words: Words, item: tuple[Found, ...] = ()) -> Signs:
    """``item``: what is said of the item to pick up, which is no question."""
    body = words.body
    aside = body.of(
        "intent.decline",
        "intent.later",
        "question.how-to-register",
        "question.opening",
        "question.deadline",
        "intent.not-register",
    )
    on_file = body.of("intent.registered")
    # "Disregard my cancellation" takes it back.
    not_cancel = (*body.of("intent.not-cancel"), *body.of("intent.return"))
    # "Je désire être inscrite à …" wishes, "je suis inscrite à …" tells: whichever begins first.
    register = tuple(
        f
        for f in body.of("intent.register")
        if _stands(body, f, aside)
        and not any(_begins_before(r, f) or r.start == f.start or _holds(f, r) for r in on_file)
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
    change = tuple(f for f in body.of("intent.change") if not _supposed(body, f))
    # "Niet ik maar mijn collega": the denial is part of the phrase.
    replacing = tuple(
        f
        for f in body.of("intent.replace")
        if not _supposed(body, f) and (overlaps(f, body.of("clause.negation")) or not _denied(body, f))
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
        registered=tuple(f for f in on_file if not any(_begins_before(r, f) for r in register)),
        decline=(*body.of("intent.decline"), *negated),
        later=body.of("intent.later"),
        thanks=_thanks(words),
        noted=body.of("intent.noted"),
        questions=tuple(c for c in body.clauses if asks(words, c, acting)),
    )


def _thanks(words: Words) -> tuple[Found, ...]:
    """Thanks for something; not the "merci" with which a request ends."""
    body = words.body
    found = body.of("intent.thanks")
    if len(body.text.raw) < _BARE and not words.subject_only:
        return found
    closing = body.clauses[-1].start if len(body.clauses) > 1 else len(body.text.raw)
    return tuple(f for f in found if " " in f.entry.phrase or f.start < min(closing, _OPENING_TEXT))


#: characters in which a mail says what it thanks for
_OPENING_TEXT = 160


def _kept(body: Passage, found: Found) -> bool:
    """ "Je garde ma place pour le 28": nothing new."""
    clause = body.clause_at(found.start)
    return clause is not None and clause.unchanged


def _begins_before(one: Found, other: Found) -> bool:
    return overlaps(one, (other,)) and one.start < other.start and not _holds(one, other)


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
    return any(f.start - clause.start < _OPENING and f.end <= found.start for f in words)


#: characters before the asking word: "and ", "Bonjour, "
_OPENING = 12


def _unnamed_other(body: Passage, found: tuple[Found, ...]) -> bool:
    """Somebody is to be registered who is only told by what he or she is to the sender."""
    clauses = [body.clause_at(f.start) for f in found]
    return any(c is not None and body.within(c, "person.relation", "person.behalf") for c in clauses)


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
        between = body.text.folded[denial.end : found.start]
        if denial.start < found.end and "," not in between and len(between) < 45:
            return True
    return False


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


def intent_of(words: Words, s: Signs, said: Said) -> Intent:
    """The kind of the mail, by the first rule that fits; the order puts what acts least before what acts on a guess."""
    on_file = words.to_confirmation or bool(s.registered)
    for rule in (_replaces, _complains, _cancels, _cannot_come, _changes, _registers, _asks_only, _short_answer):
        found = rule(words, s, said, on_file)
        if found is not None:
            return found
    return _nothing_done(words, s, said, on_file)


def _intent(kind: Kind, found: tuple[Found, ...], s: Signs, on_file: bool, *doubts: str, **more: bool) -> Intent:
    also: tuple[Kind, ...] = ("question",) if s.questions and kind != "question" else ()
    return Intent(
        kind=kind, found=found, also=also, doubts=doubts, on_file=on_file, replacement=more.get("replacement", False)
    )


def _replaces(words: Words, s: Signs, said: Said, on_file: bool) -> Intent | None:
    if not s.replace or not said.others:
        return None
    return _intent("change", s.replace, s, on_file, replacement=True)


def _complains(words: Words, s: Signs, said: Said, on_file: bool) -> Intent | None:
    complaint = words.body.of("doubt.complaint", "doubt.privacy")
    if not complaint or s.register or s.register_other or s.cancel:
        return None
    if s.questions and not words.body.of("doubt.privacy"):
        return _intent("question", complaint, s, on_file)
    return _intent("other", complaint, s, on_file)


def _cancels(words: Words, s: Signs, said: Said, on_file: bool) -> Intent | None:
    if s.replace and not said.others and (s.cancel or s.absent):
        return _intent("change", s.replace, s, on_file, "person-unclear")
    if not s.cancel:
        return None
    registering = (*s.register, *(s.register_other if said.others else ()))
    if not registering or (s.absent and not said.others):
        if said.sessions and said.sessions_given_up and s.change:
            return _intent("change", (*s.cancel, *s.change), s, on_file)
        return _intent("cancel", s.cancel, s, on_file)
    if said.sessions and said.sessions_given_up and not said.others:
        return _intent("change", (*s.cancel, *registering), s, on_file)
    return _intent("register", registering, s, on_file, "several-requests")


def _cannot_come(words: Words, s: Signs, said: Said, on_file: bool) -> Intent | None:
    if not s.absent:
        return None
    if said.mode_exchanged and on_file and not said.others:
        # "I cannot be there in person, so I will join online."
        return _intent("change", (*s.absent, *s.change, *s.register), s, on_file)
    registering = (*s.register, *s.register_other, *(s.comes if said.others else ()))
    if said.others and said.others_elsewhere and registering:
        # "I cannot come, my colleague X will": X comes, for the sender where the sender was registered.
        kind: Kind = "change" if on_file else "register"
        sure = () if words.to_confirmation or not on_file else ("intent-unclear",)
        return _intent(kind, (*s.absent, *registering), s, on_file, *sure, replacement=on_file)
    if s.change and (on_file or not registering) and _details(said):
        return _intent("change", (*s.absent, *s.change), s, on_file)
    if registering:
        if on_file and not said.others and _details(said):
            return _intent("change", (*s.absent, *registering), s, on_file)
        return None
    if on_file and said.sessions and said.sessions_given_up:
        return _intent("change", s.absent, s, on_file)
    if said.sessions and not on_file and (s.present or said.sessions_given_up):
        return None
    if not on_file and said.mode and _elsewhere(words.body, s.present, s.absent):
        return None
    if words.is_reply and not on_file:
        # An invitation that is declined: there is nothing to cancel.
        return replace(_intent("other", s.absent, s, on_file), declines=not s.questions)
    return _intent("cancel", s.absent, s, on_file)


def _elsewhere(body: Passage, present: tuple[Found, ...], absent: tuple[Found, ...]) -> bool:
    """A yes in another clause than what cannot be: "Graag! Online dan, ik raak niet tot daar"."""
    unable = [body.clause_at(f.start) for f in absent]
    return any(body.clause_at(f.start) not in unable for f in present)


def _apart(body: Passage, these: tuple[Found, ...], those: tuple[Found, ...]) -> bool:
    """Whether none of these stands in a clause of those, and no condition is spoken of."""
    others = [body.clause_at(f.start) for f in those]
    return all(body.clause_at(f.start) not in others for f in these) and not body.of("doubt.condition")


def _details(said: Said) -> bool:
    return said.sessions or said.choices or said.mode or said.pickup


def _changes(words: Words, s: Signs, said: Said, on_file: bool) -> Intent | None:
    registering = bool(s.register or s.register_other)
    if said.refuses_item and not registering and not s.questions and (on_file or not s.present):
        return _intent("change", (), s, on_file)
    if (said.corrects or (s.correct and on_file)) and not registering:
        return _intent("change", s.correct, s, on_file)
    first = bool(s.register or s.register_other) and not on_file and not words.is_reply
    if said.exchanged and not said.others and not first:
        return _intent("change", (*s.change, *s.register), s, on_file)
    if s.change and (on_file or not registering or len(s.change) > 1):
        if _details(said):
            return _intent("change", s.change, s, on_file)
        if on_file and not s.questions and not registering:
            return _intent("change", s.change, s, on_file, "intent-unclear")
    if s.registered and registering and not said.others and _details(said):
        return _intent("change", (*s.registered, *s.register), s, on_file)
    if on_file and said.sessions and said.sessions_given_up and not said.others:
        return _intent("change", s.registered, s, on_file)
    told = said.pickup or ((said.mode or said.choices) and not s.thanks and not s.noted)
    if words.to_confirmation and not said.others and told and not s.questions:
        return _intent("change", (*s.register, *s.registered), s, on_file)
    if s.registered and not registering and (said.pickup or said.mode or said.choices) and not s.questions:
        return _intent("change", s.registered, s, on_file)
    return None


def _registers(words: Words, s: Signs, said: Said, on_file: bool) -> Intent | None:
    registering = (*s.register, *s.register_other)
    if said.over and s.thanks and not said.others:
        return None
    for_others = bool(s.register_other) and said.others
    if (s.later and not said.group) or (s.decline and not s.register and not for_others):
        if not registering and s.questions:
            return None
        if s.register and not s.decline and _apart(words.body, s.register, s.later):
            return _intent("register", registering, s, on_file)  # "put me down; about the rest I'll let you know"
        if s.register or s.register_other:
            return _intent("other", (*s.later, *s.decline), s, on_file, "intent-unclear")
        return replace(_intent("other", (*s.later, *s.decline), s, on_file), declines=not on_file and not s.questions)
    if not s.register and not (s.register_other and (said.others or said.event)):
        return None
    unclear = ("intent-unclear",) if words.body.of("intent.decline") and not for_others else ()
    if not s.register and s.questions and not said.others:
        return None
    if not s.register and not said.others and not said.form and _unnamed_other(words.body, s.register_other):
        unclear = ("person-unclear",)
    return _intent("register", registering, s, on_file, *unclear)


def _asks_only(words: Words, s: Signs, said: Said, on_file: bool) -> Intent | None:
    if not s.questions or s.register:
        return None
    return _intent("question", (), s, on_file)


def _short_answer(words: Words, s: Signs, said: Said, on_file: bool) -> Intent | None:
    """Yes to an invitation, a bare subject, a form: few words, and the event is clear from elsewhere."""
    if words.to_confirmation or s.registered or words.body.of("intent.cancel"):
        return None
    length = len(words.body.text.raw)
    invited = words.is_reply or said.event
    if s.present and invited and length < _SHORT:
        return _intent("register", s.present, s, on_file)
    if s.noun and (words.subject_only or length < _BARE or not words.is_reply) and invited:
        where = words.body if words.subject_only else words.subject
        subject = where.of("intent.register-noun", "intent.register")
        if subject or words.subject_only or length < _BARE:
            return None if s.thanks and not subject else _intent("register", s.noun, s, on_file)
    if (said.form or said.listed) and invited and not s.questions and not s.absent:
        return _intent("register", s.noun, s, on_file)
    if invited and any(" " in f.entry.phrase for f in s.noun) and not s.questions:
        handed = any(_handed_over(words.body, f) for f in s.noun)
        return _intent("register", s.noun, s, on_file, *(() if handed else ("intent-unclear",)))
    answering = words.is_reply and not said.others
    if answering and said.pickup and not (said.mode or said.choices or s.noun or s.present) and not s.questions:
        # Only where to fetch something: whoever writes so is registered.
        return _intent("change", (), s, on_file)
    if invited and (said.mode or said.choices or said.pickup) and not s.questions and not s.thanks:
        sure = bool(s.noun or s.present) or (words.is_reply and length < _SHORT and not said.over)
        return _intent("register", (), s, on_file, *(() if sure else ("intent-unclear",)))
    if words.is_reply and invited and said.sessions and length < _SHORT and not s.thanks:
        return _intent("register", (), s, on_file)
    return None


def _handed_over(body: Passage, found: Found) -> bool:
    """ "Hierbij mijn inschrijving": given, where "mijn deelname … laten vallen" is said about it."""
    clause = body.clause_at(found.start)
    if clause is None:
        return True
    return bool(body.within(clause, "intent.hereby")) or clause.end - clause.start < _BARE


def _nothing_done(words: Words, s: Signs, said: Said, on_file: bool) -> Intent:
    if said.over and not s.questions and (thanks := words.body.of("intent.thanks")):
        return _intent("thanks", thanks, s, on_file)
    if s.register_other and words.subject.of("intent.register-noun"):
        return _intent("register", s.register_other, s, on_file)
    if words.subject.of("intent.cancel"):
        return _intent("cancel", words.subject.of("intent.cancel"), s, on_file)
    if ((s.thanks or s.noted) and (said.event or words.is_reply)) or (
        s.thanks and len(words.body.text.raw) < _SHORT and not s.questions
    ):
        # Thanks for an invitation may hide a yes that was not understood.
        denied = any(clause.negated for clause in words.body.clauses)
        sure = on_file or said.over or (len(words.body.text.raw) < _SHORT and not denied)
        return _intent("thanks", (*s.thanks, *s.noted), s, on_file, *(() if sure else ("intent-unclear",)))
    return _intent("other", (), s, on_file, "intent-unclear")
