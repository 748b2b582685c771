"""What the sender wants, from phrases and what surrounds them. Where signs conflict, the weaker reading acts less."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from mailbot.core.intent_signs import BARE, Signs
from mailbot.core.lexicon import Found
from mailbot.core.phrases import Passage, Words

Kind = Literal["register", "cancel", "change", "question", "thanks", "other"]

#: characters of a text that may be an answer in a few words
_SHORT = 220


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


def intent_of(words: Words, s: Signs, said: Said) -> Intent:
    """The kind of the mail, by the first rule that fits; the order puts what acts least before what acts on a guess."""
    on_file = words.to_confirmation or bool(s.registered)
    for rule in (_replaces, _complains, _cancels, _cannot_come, _changes, _registers, _asks_only, _short_answer):
        found = rule(words, s, said, on_file)
        if found is not None:
            return _beside_the_subject(words, found)
    return _nothing_done(words, s, said, on_file)


def _beside_the_subject(words: Words, intent: Intent) -> Intent:
    """ "Abmeldung" above "Ich nehme am 16. teil": one of the two is a slip, and which, only a person can ask."""
    cancels = words.subject.of("intent.cancel") and not words.subject.of("intent.register", "intent.change")
    if intent.kind != "register" or words.is_reply or words.subject_only or intent.doubts or not cancels:
        return intent
    return replace(intent, doubts=("several-requests",))


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
        agreed = s.register or (s.present if words.is_reply and said.sessions else ())
        if agreed and not s.decline and _apart(words.body, agreed, s.later):
            # "Put me down; about the rest I'll let you know", "yes to May, about June we shall see".
            return _intent("register", registering or agreed, s, on_file)
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


def _unnamed_other(body: Passage, found: tuple[Found, ...]) -> bool:
    """Somebody is to be registered who is only told by what he or she is to the sender."""
    clauses = [body.clause_at(f.start) for f in found]
    return any(c is not None and body.within(c, "person.relation", "person.behalf") for c in clauses)


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
    if s.noun and (words.subject_only or length < BARE or not words.is_reply) and invited:
        where = words.body if words.subject_only else words.subject
        subject = where.of("intent.register-noun", "intent.register")
        if subject or words.subject_only or length < BARE:
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
    return bool(body.within(clause, "intent.hereby")) or clause.end - clause.start < BARE


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
