"""What the phrases read and what the words look like, weighed together: which of the two is believed, and when neither is.

On texts that neither was made from, where both agree they are right in 19 of 20; where they differ and the models are
sure, the models are right in 19 of 20; where the models are not sure, the phrases are right as often as not, and a
person looks. ``make model ARGS=--measure`` tells the figures anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from mailbot.core.intent import Intent, Said
from mailbot.core.intent_signs import Signs
from mailbot.core.opinion import Opinion
from mailbot.core.people import People
from mailbot.core.phrases import Words
from mailbot.core.requests import Cancel, Change, Doubt, Evidence, Person, Question, Request

ACTS = frozenset({"register", "cancel", "change"})

#: from where on the models are believed against the phrases; to keep silent, nearly sure
_TAKEN = 0.8
_SILENT = 0.85
#: the same once the event is over, and little else is said
_TAKEN_OVER = 0.75
#: the same for registering whoever says that it is not decided: "je m'inscrirai peut-être"
_TAKEN_UNDECIDED = 0.95
#: below, an act waits although both say the same
_LEAST = 0.8
#: the same where it answers a confirmation of ours, so that only some of its kinds make sense
_LEAST_ON_FILE = {"register": 0.6, "cancel": 0.4, "change": 0.4}
#: the same where phrases say it and nothing else
_LEAST_SAID = 0.5
#: the same, of a few plain words that one phrase says it with: "Ich storniere meine Anmeldung für …"
_PLAIN = 0.9
_PLAIN_WORDS = 12
#: from here on, the models are believed against what hardly speaks of an act
_LIKELY = 0.6
#: from here on, both together outweigh that the phrases alone were unclear
_SURE = 0.8
#: mails that nobody is answered for, by kind
_UNASKED: Mapping[str, Literal["unasked", "looks-automatic"]] = {"spam": "unasked", "auto-reply": "looks-automatic"}
#: from here on, such a mail is put aside unanswered; advertising in which phrases read an act, from ``_SURE`` on
_LEAST_UNASKED = 0.5
#: below, those for whom the phrases read an act are not whom the mail looks to be about
_WHO = 0.15
#: the same where it looks to be about more than the sender: a place or whoever told of it is read as a person more often
#: than somebody is missed
_WHO_MORE = 0.04
#: words from which they are asked: "ce sera sans moi" may be about anybody
_FEWEST_FOR_WHO = 8
#: from here on, a careful coordinator would look
_PERSON = 0.9
#: the same of one who plainly registers herself or himself: what else is told is small talk
_PERSON_PLAIN = 0.97
_FEWEST_FOR_PERSON = 16
#: below, what looks like a question to the phrases asks nothing; above, something is asked that they did not see
_ASKS_NOT = 0.3
#: the same of what stands beside an act and speaks of it: "mag u ons daarbij zetten?"
_ASKS_POLITELY_NOT = 0.6
_ASKS = 0.9

#: kinds of meanings that say something of what is wanted
_TELLING = ("intent.", "clause.", "doubt.", "question.", "person.")


def signs_of(words: Words, heard: Signs, said: Said, intent: Intent, people: People) -> tuple[str, ...]:
    """What the phrases found, as the models are told it."""
    thread = "ours" if words.to_confirmation else "reply" if words.is_reply else "new"
    found = {f"text {f.entry.meaning}" for f in words.body.found if f.entry.meaning.startswith(_TELLING)}
    found |= {f"subject {f.entry.meaning}" for f in words.subject.found if f.entry.meaning.startswith("intent.")}
    found |= {f"heard {name}" for name in Signs.__dataclass_fields__ if getattr(heard, name)}
    # That the event is known says where a mail went, not what it wants.
    found |= {f"said {name}" for name in Said.__dataclass_fields__ if name != "event" and getattr(said, name)}
    found |= {f"doubt {code}" for code in intent.doubts}
    found |= {f"intent {name}" for name in ("replacement", "on_file", "declines") if getattr(intent, name)}
    who = who_of([people.sender] * people.with_sender + [n.person for n in people.others])
    return (f"kind {intent.kind}", f"kind {intent.kind} {thread}", f"who {who}", *sorted(found))


def who_of(people: Iterable[Person]) -> str:
    """Whom an act is about, in the words of the models."""
    listed = list(people)
    if any(person.is_sender for person in listed):
        return "with" if len(listed) > 1 else "alone"
    return "others" if listed else "unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    intent: Intent
    doubts: tuple[Doubt, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    #: no person asks for anything in it: advertising, a fraud, words that a machine sends for somebody who is away
    unasked: Literal["unasked", "looks-automatic"] | None = None


def weigh(
    intent: Intent, heard: Signs, said: Said, people: People, opinion: Opinion, *, to_confirmation: bool
) -> Weighed:
    """What is wanted, for all that is known. An act is done only where nothing speaks against it.

    ``to_confirmation``: it answers a confirmation of ours, so that whoever writes is on file.
    """
    kind = opinion.kind
    chance = opinion.kinds[kind]
    if kind in _UNASKED:
        if chance < (_SURE if intent.kind in ACTS and kind == "spam" else _LEAST_UNASKED):
            return _contradicted(intent, opinion)
        return Weighed(intent=intent, evidence=(told_by(opinion, kind, "kind", chance),), unasked=_UNASKED[kind])
    silent = intent.kind == "thanks" or intent.declines
    if intent.kind in ACTS and (
        (chance < _PLAIN and _is_plain(intent, heard, opinion)) or _as_good(intent, said, kind, chance, to_confirmation)
    ):
        return Weighed(intent=intent)
    if kind == intent.kind:
        least = _LEAST_ON_FILE.get(kind, 0.0) if to_confirmation else _LEAST
        if says_one_thing(intent, heard) or (kind == "change" and intent.on_file and _tells_what(intent, said)):
            least = min(least, _LEAST_SAID)
        # What is asked beside it speaks for a question, not against the act.
        beside = opinion.kinds["question"] if heard.questions else 0.0
        if kind == "register" and not (intent.on_file or heard.registered or heard.change or to_confirmation):
            beside += opinion.kinds["change"]  # who registers for the first time has nothing yet that could change
        if kind in ACTS and chance + beside < least:
            return _contradicted(intent, opinion)
        # Of a change it says that nothing tells what should change.
        unclear = "intent-unclear" in intent.doubts
        if unclear and chance >= _SURE and (kind != "change" or _tells_what(intent, said)):
            intent = replace(intent, doubts=tuple(code for code in intent.doubts if code != "intent-unclear"))
        return Weighed(intent=intent)
    # Whom phrases register for the first time has nothing yet that could change.
    first = kind == "change" and bool(heard.register) and not (intent.on_file or heard.registered or to_confirmation)
    if first and intent.kind == "register" and not (heard.change and chance >= _PLAIN):
        return _contradicted(intent, opinion)
    # A registration is spoken of, and is not one.
    undecided = kind == "register" and bool(heard.later or heard.decline or heard.asks_how)
    if _merely_looked_so(intent, heard, said, opinion, to_confirmation):
        return _taken(intent, heard, said, people, opinion)
    if kind in ACTS and chance >= (_TAKEN_UNDECIDED if undecided else _TAKEN):
        return _taken(intent, heard, said, people, opinion)
    if kind == "thanks" and chance >= (_TAKEN_OVER if said.over else _SILENT) and intent.kind == "other":
        return _taken(intent, heard, said, people, opinion)
    if kind == "question" and chance >= _TAKEN and intent.kind in {"other", "thanks"} and heard.questions:
        return _taken(intent, heard, said, people, opinion)
    asks_only = _PLAIN if intent.kind == "register" else _TAKEN
    if kind == "question" and heard.questions and says_one_thing(intent, heard) and chance < asks_only:
        return Weighed(intent=intent)  # what is asked beside an act speaks for a question, not against the act
    if intent.kind in ACTS:
        return _contradicted(intent, opinion)
    if silent and heard.later and undecided and chance < _PLAIN:
        return Weighed(intent=intent)  # "je m'inscrirai peut-être, rien à noter"
    if silent and (chance >= _TAKEN or opinion.kinds[intent.kind] < 1 - _TAKEN):
        return _contradicted(intent, opinion)
    return Weighed(intent=intent)


def _merely_looked_so(intent: Intent, heard: Signs, said: Said, opinion: Opinion, to_confirmation: bool) -> bool:
    """Whether what was read as an act rests on little, and the models say plainly what else it is."""
    kind, chance = opinion.kind, opinion.kinds[opinion.kind]
    new = not (intent.on_file or to_confirmation)
    # Of what is over nothing can be given up.
    gone = said.over and intent.kind == "cancel"
    if kind == "question" and heard.questions and intent.kind in ACTS and chance >= (_LIKELY if gone else _PLAIN):
        # "I could not join at the time. Is there a recording?", "mon néerlandais est plutôt rouillé"
        return not _tells_what(intent, said) or (intent.kind == "change" and new)
    if intent.kind == "thanks" and kind == "change":  # "Merci pour la confirmation, mais … le labo sur X à la place"
        return to_confirmation and (said.choices or said.sessions) and said.exchanged and chance >= _LIKELY
    if intent.kind == "register":
        if kind == "thanks" and to_confirmation:  # "c'est noté, je me réjouis d'y être"
            return not (said.sessions or said.choices or said.others or heard.questions) and chance >= _PLAIN
        if kind == "thanks":  # "vos récits m'accompagneront longtemps", after it is over
            return said.over and not heard.register and not heard.questions and chance >= _LIKELY
        return kind == "change" and said.exchanged and chance >= _LEAST_SAID  # "vom 23. März auf den vom 1. April"
    if intent.kind == "question":  # "Registration for 4 December: X. Is there interpretation?"
        return kind == "register" and bool(heard.noun) and not heard.asks_how and chance >= _LIKELY
    if intent.kind == "change" and new:
        # "gern komme ich und hole dort das Exemplar", and no word of change
        return kind == "register" and not intent.found and not heard.change and chance >= _LIKELY
    return False


def _is_plain(intent: Intent, heard: Signs, opinion: Opinion) -> bool:
    """Said in a few words by one phrase, beside which nothing else is said."""
    few = sum(token.isalpha() for token in opinion.tokens) <= _PLAIN_WORDS
    return few and not heard.questions and says_one_thing(intent, heard)


def says_one_thing(intent: Intent, heard: Signs) -> bool:
    """Whether phrases say what was read, and none says another thing."""
    if intent.doubts:
        return False
    by_kind = {
        "register": (heard.register, heard.register_other),
        "cancel": (heard.cancel,),
        "change": (heard.change, heard.replace, heard.correct),
    }
    saying = {kind for kind, phrases in by_kind.items() if any(phrases)}
    return saying == {intent.kind} and not (heard.absent or heard.decline or heard.later)


def _as_good(intent: Intent, said: Said, kind: str, chance: float, to_confirmation: bool) -> bool:
    """Some of several days given up is a cancellation and a change; who is on file and tells how, where or for which
    session changes it, in the words of registering or of not being able to; so does who sends somebody else."""
    if intent.kind == "cancel":
        return kind == "change" and (said.sessions or said.sessions_given_up)
    if intent.kind == "change" and kind == "thanks":
        return to_confirmation and said.pickup  # "À la bibliothèque, samedi. Un grand merci"
    if intent.kind != "change" or kind not in {"register", "cancel"}:
        return False
    if intent.found and said.exchanged and (said.choices or said.sessions) and chance < _TAKEN:
        return True  # "au lieu de la polarisation, mettez-moi au labo sur …"
    # The word of an option alone, and no phrase, is not much; that of a place to pick up is.
    phrased = bool(intent.found) or said.pickup
    told = phrased and intent.on_file and _tells_what(intent, said)
    return intent.replacement or (told and (to_confirmation or chance < _PLAIN))


def _tells_what(intent: Intent, said: Said) -> bool:
    return intent.replacement or said.sessions or said.choices or said.mode or said.pickup or said.exchanged


def told_by(opinion: Opinion, column: str, field: str, chance: float) -> Evidence:
    """The words that speak most for it, and how sure it is."""
    rule = f"opinion.{column}.{round(100 * chance)}%"
    return Evidence(field=field, text=" ".join(opinion.words(column)), rule=rule)


def _contradicted(intent: Intent, opinion: Opinion) -> Weighed:
    told = told_by(opinion, opinion.kind, "kind", opinion.kinds[opinion.kind])
    return Weighed(intent=intent, doubts=(Doubt(code="second-opinion", evidence=(told,)),))


def _taken(intent: Intent, heard: Signs, said: Said, people: People, opinion: Opinion) -> Weighed:
    """Read as the models do. Who comes for whom, and what should change, only phrases tell."""
    kind = opinion.kind
    replacement = kind == "change" and bool(heard.replace) and bool(people.others)
    unclear = kind == "change" and bool(people.others) and not replacement
    doubts = tuple(code for code in intent.doubts if code != "intent-unclear")
    if kind == "change" and not (replacement or _tells_what(intent, said)):
        doubts = (*doubts, "intent-unclear")
    intent = replace(
        intent,
        kind=kind,  # type: ignore[arg-type]
        found=(),
        replacement=replacement,
        doubts=(*doubts, "person-unclear") if unclear else doubts,
        declines=False,
    )
    return Weighed(intent=intent, evidence=(told_by(opinion, kind, "kind", opinion.kinds[kind]),))


def is_excuse(opinion: Opinion | None) -> bool:
    """Whether words beside a calendar's refusal only say why: nothing is asked, and nobody has to look."""
    if opinion is None:
        return False
    told = opinion.kinds["cancel"] + opinion.kinds["other"] + opinion.kinds["thanks"]
    return told >= _TAKEN and opinion.asks < _ASKS_NOT and opinion.person < _PERSON


def asked_for_sure(
    questions: tuple[Question, ...], opinion: Opinion, acts: bool, *, politely: bool
) -> tuple[Question, ...]:
    """Without what only looks like a question: "could you put me down?" in words that are not known yet.

    ``politely``: all that stands as a question speaks of the act.
    """
    least = _ASKS_POLITELY_NOT if politely else _ASKS_NOT
    if acts and opinion.asks < least and all(question.topic in {None, "favour"} for question in questions):
        return ()
    return questions


def told_alone(doubts: tuple[Doubt, ...], opinion: Opinion, people: People, *, registers: bool) -> tuple[Doubt, ...]:
    """Without the doubt whether more are meant than the sender, where nobody is named or counted and all looks alone:
    "Mettez-moi parmi les participants", "mijn zoon komt dan net over"; "ma voisine Paulette m'en a dit du bien"."""
    if people.number is not None and (registers or opinion.who["alone"] < _ALONE):
        return doubts  # "ik zit hier met twee zieke kinderen": of a registration they are no part
    if people.others:
        # "Mme X, notre directrice adjointe, souhaite assister": she is whom all looks to be about.
        sure = not (people.with_sender or people.unnamed) and opinion.who["others"] >= _ALONE
        return tuple(d for d in doubts if not sure or d.evidence or d.code != "group-without-names")
    if not people.with_sender or opinion.who["alone"] < _PLAIN:
        return doubts
    merely_told = opinion.who["alone"] >= _ALONE
    return tuple(
        d
        for d in doubts
        if d.code not in {"group-without-names", "person-unclear"}
        or (d.evidence and not (merely_told and all(e.rule == "people.unread" for e in d.evidence)))
    )


#: how surely it looks to be about the sender alone where somebody is named of whom nothing is wanted
_ALONE = 0.95


def doubts_of_act(
    requests: tuple[Request, ...],
    questions: tuple[Question, ...],
    opinion: Opinion,
    *,
    doubted: bool,
    plain: bool,
    own: bool,
    people: People,
) -> tuple[Doubt, ...]:
    """What the look of the words says against an act that was read.

    ``doubted``: it waits already, and why is known. ``plain``: phrases say what is wanted, and none says another thing.
    ``own``: one of them says that it is wanted for the sender.
    """
    act = requests[0]
    found = []
    who = who_of(act.details.people)
    words = sum(word.isalpha() for word in opinion.tokens)
    replaced = isinstance(act, Change) and bool(act.coming)  # the one who leaves is meant too, or is not
    # Who stands there with an address is meant.
    addressed = who != "alone" and all(person.email for person in act.details.people)
    # So are those whom the mail counts: "switch us both", "deux places".
    counted = who != "alone" and people.number == len(act.details.people)
    # "Mijn buurvrouw Lutgarde Claes en ik" leaves nothing open, whatever else is told of her.
    beside = who == "with" and all(n.person.name in people.beside and " " in n.person.name for n in people.others)
    # A table in which the sender stands with the others is complete.
    listed = who == "with" and people.names_self and all(n.sign == "table" for n in people.others)
    likely = max(opinion.who, key=lambda name: opinion.who[name])
    # "Zowel mij als X af te melden": of whom a place is taken away, nobody may be missed.
    # "Merci de me désinscrire, mon fils est malade": whoever else is told of tells why.
    only_own = own and who == "alone" and isinstance(act, Cancel) and not people.unnamed
    least = _WHO if likely == "alone" or isinstance(act, Cancel) else _WHO_MORE
    if (
        words >= _FEWEST_FOR_WHO
        and opinion.who[who] < least
        and act.details.people
        and not (replaced or addressed or counted or beside or listed or only_own)
    ):
        told = told_by(opinion, likely, "person", opinion.who[likely])
        found.append(Doubt(code="person-unclear", evidence=(told,)))
    usual = _PERSON_PLAIN if plain and who == "alone" else _PERSON
    if words >= _FEWEST_FOR_PERSON and opinion.person >= usual and not (doubted or found or questions):
        found.append(Doubt(code="unusual", evidence=(told_by(opinion, "person", "doubt", opinion.person),)))
    # A mark that the phrases passed over stands behind the polite request itself: "pouvez-vous m'inscrire ?"
    if opinion.asks >= _ASKS and not questions and "?" not in opinion.tokens:
        found.append(Doubt(code="open-question", evidence=(told_by(opinion, "asks", "question", opinion.asks),)))
    return tuple(found)
