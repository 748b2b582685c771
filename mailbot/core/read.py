"""A mail as it is understood: machine or person, language, event, requests, questions, doubts, each with its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from mailbot.core.apart import of_registering
from mailbot.core.automatic import recognise
from mailbot.core.calendar_in import ANSWERS
from mailbot.core.calendar_reading import calendar_reading, comment_of
from mailbot.core.corrections import correction_of
from mailbot.core.decisions import ThreadFacts
from mailbot.core.doubts import doubts_of, evidence_of
from mailbot.core.event_index import EventIndex
from mailbot.core.events import Event
from mailbot.core.intent import Intent, Said, Signs, intent_of, signs
from mailbot.core.item_wish import ItemWish, item_wish, of_item, without
from mailbot.core.language import Language
from mailbot.core.language_of import Verdict, language_of
from mailbot.core.lexicon import Found, Lexicon
from mailbot.core.mailwords import MailWords
from mailbot.core.match import Findings, find
from mailbot.core.match_words import MatchWords, spoken
from mailbot.core.message import IncomingMessage
from mailbot.core.moments import KINDS as REMINDING
from mailbot.core.names import name_words_of
from mailbot.core.offer_answers import OFFERING, Answer, answer_of
from mailbot.core.opinion import NO_OPINION, OpinionModel, tokens_of
from mailbot.core.people import People, people_of
from mailbot.core.phrases import Words, own_subject, words_of
from mailbot.core.pickups import NONE_WANTED
from mailbot.core.questions import questions_of
from mailbot.core.requests import (
    Cancel,
    Change,
    Details,
    Doubt,
    Enquire,
    Evidence,
    Machine,
    Matched,
    Person,
    Reading,
    Register,
    Request,
    StopReminders,
    Thanks,
    Unclear,
)
from mailbot.core.silenced import asks_for_silence
from mailbot.core.weighing import ACTS, asked_for_sure, doubts_of_act, is_excuse, signs_of, weigh

#: characters of the new text that are read: nobody registers on page five
MOST_TEXT = 12_000

#: mails of ours that ask one thing back: what answers them needs no word of registering
_ASKING = ("registrant-which-event", "registrant-which-session", "registrant-which-choice")

#: the mail that asks the registered address whether somebody else's wish is its own
CONFIRM = "registrant-confirm"
#: mails of ours that ask whether a place is wanted: a bare yes takes it
_INVITING = ("registrant-opens",)

#: mails of ours after which somebody may come after all
_RETURNING = ("registrant-cancelled", "registrant-offer-declined")

_CONFIRMING = ("registrant-confirmed", "registrant-changed", "registrant-already", "registrant-waitlisted")


def read(
    message: IncomingMessage,
    *,
    events: Mapping[str, Event],
    index: EventIndex,
    lexicons: Mapping[Language, Lexicon],
    mail_words: MailWords,
    match_words: MatchWords,
    opinion_model: OpinionModel,
    own_addresses: tuple[str, ...],
    now: datetime,
    thread: ThreadFacts | None = None,
) -> Reading:
    """All that is understood of ``message``. Nothing in a mail makes this raise."""
    body = message.new_text[:MOST_TEXT]
    verdict = _language(message, body, lexicons, mail_words, thread)
    machine = recognise(message, words=mail_words, own_addresses=own_addresses)
    confirmed = bool(thread and (thread.kind in _CONFIRMING or thread.registrations))
    words = words_of(message, body, verdict, lexicons=lexicons, mail_words=mail_words, confirmed=confirmed)
    speaks = spoken(match_words, frozenset(lexicon.language for lexicon in words.lexicons))
    found = find(
        message, index, speaks, now=now, clauses=words.body.clauses, thread=thread, answers_us=words.to_confirmation
    )
    reading = Reading(
        language=verdict.language,
        language_sure=verdict.sure,
        machine=machine,
        evidence=(*_language_evidence(verdict), *found.evidence),
        considered=found.alternatives,
    )
    if machine is not None and machine.kind != "no-reply":
        return replace(reading, requests=_unread(machine, found))
    if message.calendar is not None and message.calendar.method in ANSWERS:
        said = comment_of(message)
        # What the headers say of the program says nothing of the words.
        aside = replace(message, calendar=None, headers={}, new_text=said, subject=message.calendar.summary or "")
        beside = read(
            aside,
            events=events,
            index=index,
            lexicons=lexicons,
            mail_words=mail_words,
            match_words=match_words,
            own_addresses=own_addresses,
            now=now,
            opinion_model=NO_OPINION,
            thread=thread,
        ) if said else None  # fmt: skip
        excuse = is_excuse(opinion_model.opinion(tokens_of("", said, is_reply=True, events=index.pattern), ()))
        return calendar_reading(reading, message, message.calendar, found, beside, excuse=excuse)
    if thread is not None and thread.kind in REMINDING:
        subject, answered = own_subject(message, mail_words)
        silence = asks_for_silence("" if answered else subject, body, lexicons.values())
        if silence is not None:
            request = StopReminders(details=Details(event=found.event))
            return replace(reading, requests=(request,), evidence=(*reading.evidence, silence))
    asked = (
        thread.kind
        if thread is not None and thread.kind in (*_ASKING, *_INVITING, *_RETURNING, *OFFERING, CONFIRM)
        else None
    )
    return _requests(
        reading, message, words, found, events, index, lexicons, own_addresses, now, asked, opinion_model, speaks
    )


def _language(
    message: IncomingMessage,
    body: str,
    lexicons: Mapping[Language, Lexicon],
    mail_words: MailWords,
    thread: ThreadFacts | None,
) -> Verdict:
    """Of the new text; of the sender's own subject where there is none; a hint of the quote where that is too short.

    One word in answer to a mail of ours, "Annulering.", is in the language that the person registered in.
    """
    subject, answered = own_subject(message, mail_words)
    if not body.strip():
        return language_of(subject, lexicons)
    verdict = language_of(body, lexicons)
    if verdict.sure and sum(verdict.votes.values()) >= _CLEAR:
        return verdict
    if not verdict.sure and not verdict.words and thread is not None and thread.registrations:
        known = thread.registrations[0].language
        return replace(verdict, language=known, sure=False, votes={**dict.fromkeys(lexicons, _MAYBE), known: _HINT})
    context = language_of(message.quoted_text[:1500] if answered else subject, lexicons)
    if verdict.language is None:
        return replace(context, sure=False)
    if context.language is not None and context.sure and verdict.votes.get(context.language, 0.0) > 0:
        votes = {**verdict.votes, context.language: verdict.votes[context.language] + _HINT}
        best = max(votes, key=lambda language: votes[language])
        return replace(verdict, language=best, sure=votes[best] >= 1.6 * max([0.0, *_rest(votes, best)]), votes=votes)
    return verdict


#: votes from which the text alone decides, and what its surroundings give otherwise
_CLEAR = 2.0
_HINT = 1.2
#: what a language has that nothing speaks against
_MAYBE = 0.5


def _rest(votes: Mapping[Language, float], best: Language) -> list[float]:
    return [vote for language, vote in votes.items() if language != best]


def _language_evidence(verdict: Verdict) -> tuple[Evidence, ...]:
    if verdict.language is None:
        return ()
    return (
        Evidence(
            field="language",
            text=" ".join(dict.fromkeys(verdict.words[:8])),
            rule=f"lexicon.{verdict.language}.language.words",
        ),
    )


def _unread(machine: Machine, found: Findings) -> tuple[Request, ...]:
    """What a machine writes asks for nothing; only the event is noted."""
    return (Unclear(details=Details(event=found.event), kind="spam" if machine.kind == "spam" else "other"),)


def _requests(
    reading: Reading,
    message: IncomingMessage,
    words: Words,
    found: Findings,
    events: Mapping[str, Event],
    index: EventIndex,
    lexicons: Mapping[Language, Lexicon],
    own_addresses: tuple[str, ...],
    now: datetime,
    asked: str | None,
    opinion_model: OpinionModel,
    speaks: MatchWords,
) -> Reading:
    event = events.get(found.event.event) if isinstance(found.event, Matched) else None
    item: ItemWish | None = None
    of_the_item: tuple[Found, ...] = ()
    speaks_of_item = False
    if event is not None and event.pickup is not None:
        named = index.items[event.key]
        item = item_wish(words.body, named) if found.pickup is None else None
        speaks_of_item = named is not None and named.search(words.body.text.folded) is not None
        of_the_item = of_item(words.body, named, speaks.patterns["pickup"], item)
        words = replace(words, body=without(words.body, of_the_item))
    if item is not None:
        found = replace(found, pickup=item.pickup)
        reading = replace(reading, evidence=(*reading.evidence, _evidence_of_item(words, item)))
    people = people_of(
        message,
        words,
        name_words_of(tuple(lexicons.values())),
        own_addresses=own_addresses,
        hosts=_hosts(event),
        announced=index.announced[event.key] if event is not None else frozenset(),
    )
    put_right = correction_of(words, people.sender.email, own_addresses)
    if put_right is not None and not people.form:
        # Both spellings are the sender's, and neither is anybody else.
        people = replace(people, others=(), with_sender=True, unread=(), untold=0)
    heard = signs(words, (item.found,) if item is not None else ())
    said = Said(
        event=event is not None,
        sessions=bool(found.sessions) and event is not None and len(event.sessions) > 1,
        sessions_given_up=bool(found.sessions_given_up),
        choices=bool(found.choices),
        exchanged=found.exchanged,
        over=event is not None and event.ends <= now,
        mode=found.mode is not None,
        mode_exchanged=None not in {found.mode, found.mode_given_up} and found.mode != found.mode_given_up,
        corrects=put_right is not None,
        pickup=found.pickup is not None,
        refuses_item=found.pickup == NONE_WANTED,
        others=bool(people.others),
        others_elsewhere=_apart(words, heard, people),
        form=people.form or people.names_self,
        listed=any(named.sign in {"table", "list"} for named in people.others),
        group=people.number is not None or people.unnamed,
    )
    intent = intent_of(words, heard, said)
    if asked in OFFERING:
        intent = _to_offer(intent, answer_of(words, heard))
    elif asked in _INVITING:
        if heard.present and intent.kind in {"thanks", "other"} and not heard.questions:
            intent = replace(intent, kind="register", doubts=())
    elif asked in _ASKING and intent.kind in {"thanks", "other"} and not heard.questions:
        # "Le 23 mars, merci" answers our "which dates?". What cannot be told is asked for by a person, not passed over.
        intent = (
            replace(intent, kind="register", doubts=())
            if _tells(str(asked), found)
            else replace(intent, kind="other", doubts=intent.doubts or ("intent-unclear",))
        )
    elif asked in _RETURNING and (back := _back(words, heard)):
        intent = replace(intent, kind="register", found=back, doubts=())
    if asked == CONFIRM:
        intent = _to_confirmation(intent, words, heard)
    if intent.kind == "register" and people.others and (heard.decline or heard.absent) and not heard.register:
        people = replace(people, with_sender=False)
    # What answers a question of ours needs no word of what is wanted. Of the item and of spellings the models know nothing.
    opinion = None
    of_item_alone = bool(item or of_the_item or (speaks_of_item and intent.kind not in ACTS))
    if asked is None and put_right is None and not of_item_alone:
        tokens = tokens_of(words.subject.text.raw, words.body.text.raw, is_reply=words.is_reply, events=index.pattern)
        opinion = opinion_model.opinion(tokens, signs_of(words, heard, said, intent, people))
    doubted: tuple[Doubt, ...] = ()
    if opinion is not None:
        weighed = weigh(intent, heard, said, people, opinion, to_confirmation=words.to_confirmation)
        if weighed.unasked:
            return replace(
                reading,
                machine=Machine(kind="unasked", rule="opinion", evidence=weighed.evidence),
                requests=(Unclear(details=Details(event=found.event), kind="spam"),),
            )
        intent, doubted = weighed.intent, weighed.doubts
        reading = replace(reading, evidence=(*reading.evidence, *weighed.evidence))
    acts = intent.kind in ACTS
    questions, asking = questions_of(words, heard, event, acts=acts)
    if opinion is not None and not asked_for_sure(questions, opinion, acts):
        questions, asking, heard = (), (), replace(heard, questions=())
    put_right = put_right if intent.kind == "change" and not intent.replacement else None
    doubts = doubts_of(
        message,
        words,
        intent,
        people,
        found.event,
        event,
        questions,
        (*found.contradictions, *of_registering(words.body.text.folded, intent, people, found)),
        bool(found.too_many_choices),
        found.evidence,
    )
    requests = _as_requests(intent, heard, found, people, event)
    if opinion is not None and acts:
        doubted += doubts_of_act(requests, questions, opinion, doubted=bool(doubts or doubted))
    doubts = _each_once((*doubts, *doubted))
    if put_right is not None:
        requests = tuple(
            replace(r, names=put_right.names, email=put_right.email) if isinstance(r, Change) else r for r in requests
        )
        # Whatever the event: a name and an address are the same in all of them.
        doubts = tuple(d for d in doubts if d.code not in {"event-unclear", "event-ambiguous"})
        doubts += (Doubt(code="intent-unclear"),) if put_right.unclear else ()
    evidence = tuple(_evidence_of_intent(words, f) for f in intent.found)
    return replace(
        reading,
        requests=requests,
        questions=questions,
        doubts=(*reading.doubts, *doubts),
        evidence=(*reading.evidence, *evidence, *_placed(words, (*people.evidence, *asking))),
    )


def _each_once(doubts: tuple[Doubt, ...]) -> tuple[Doubt, ...]:
    found: dict[str, Doubt] = {}
    for doubt in doubts:
        before = found.get(doubt.code)
        found[doubt.code] = doubt if before is None else replace(before, evidence=(*before.evidence, *doubt.evidence))
    return tuple(found.values())


def _back(words: Words, heard: Signs) -> tuple[Found, ...]:
    """Coming after all, where nothing else is said beside it."""
    if heard.questions or heard.absent or heard.decline or heard.cancel or heard.later:
        return ()
    clauses = [(found, words.body.clause_at(found.start)) for found in words.body.of("intent.return")]
    said = tuple(found for found, clause in clauses if clause is not None and not clause.hypothetical)
    return (*said, *heard.register)


def _to_confirmation(intent: Intent, words: Words, heard: Signs) -> Intent:
    """A plain yes stands for the act that we asked about; a no, a question or anything else is for a person."""
    if intent.kind in {"cancel", "change"}:
        return intent
    denied = (*words.body.of("clause.negation"), *heard.decline, *heard.absent, *heard.later, *heard.questions)
    if words.body.of("intent.present") and not denied and not words.subject_only:
        return replace(intent, kind="register", doubts=())
    return replace(intent, kind="other", doubts=("intent-unclear",))


def _to_offer(intent: Intent, answer: Answer | None) -> Intent:
    """A place is given up, or taken, only by a clear word; what else is wanted of it is read as in any mail."""
    if intent.kind == "change" or answer is None:
        return intent
    if answer == "unclear":
        return replace(intent, kind="other", doubts=(*intent.doubts, "intent-unclear"))
    return replace(intent, kind="register" if answer == "yes" else "cancel", doubts=())


def _tells(asked: str, found: Findings) -> bool:
    """Whether the one thing that we asked for is named."""
    if asked == "registrant-which-event":
        # The mail that we asked in does not tell the event; so the answer does.
        return isinstance(found.event, Matched)
    return bool(found.sessions if asked == "registrant-which-session" else found.choices)


def _placed(words: Words, found: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """What was read as the text is the subject where nothing else was written."""
    if not words.subject_only:
        return found
    return tuple(replace(item, where="subject") if item.where == "text" else item for item in found)


def _evidence_of_intent(words: Words, found: Found) -> Evidence:
    """The subject says what is wanted where the text does not; offsets are into whichever said it."""
    if not any(found is f for f in words.subject.found):
        return evidence_of(words, found.start, found.end, "kind", found.entry.rule)
    text = words.subject.text.raw[found.start : found.end]
    return Evidence(field="kind", text=text, rule=found.entry.rule, where="subject", start=found.start, end=found.end)


def _evidence_of_item(words: Words, item: ItemWish) -> Evidence:
    return evidence_of(words, item.start, item.end, "pickup", item.found.entry.rule)


def _apart(words: Words, heard: Signs, people: People) -> bool:
    """Whether everybody named stands in another clause than what says that somebody cannot come."""
    unable = [words.body.clause_at(f.start) for f in heard.absent]
    return not any(c is not None and c.start <= n.start < c.end for c in unable for n in people.others)


def _hosts(event: Event | None) -> tuple[str, ...]:
    """Names that stand in the announcement itself."""
    if event is None:
        return ()
    points = event.pickup.points if event.pickup else ()
    speakers = (*event.speakers, *(name for session in event.sessions for name in session.speakers))
    return (*speakers, *(point.ask_for for point in points if point.ask_for))


def _as_requests(
    intent: Intent, heard: Signs, found: Findings, people: People, event: Event | None
) -> tuple[Request, ...]:
    everybody = _everybody(people, event)
    details = Details(
        event=found.event,
        people=everybody,
        sessions=found.sessions,
        choices=found.choices,
        second_choices=found.second_choices,
        mode=found.mode,
        second_mode=found.second_mode if found.mode is not None else None,
        pickup=found.pickup,
    )
    bare = Details(event=found.event)
    asked: tuple[Request, ...] = (Enquire(details=bare),) if heard.questions else ()
    if intent.kind == "register":
        return (Register(details=details), *asked)
    if intent.kind == "cancel":
        given = _given_up(details, found, event)
        # "I cancel the course of 20 April" gives up all of it; "I cannot come on 20 April" one day.
        whole = event is not None and event.attend == "all" and bool(heard.cancel)
        return (Cancel(details=replace(given, sessions=()) if whole else given), *asked)
    if intent.kind == "change":
        return (_change(intent, details, found, people), *asked)
    if intent.kind == "question":
        return (Enquire(details=bare),)
    if intent.kind == "thanks":
        return (Thanks(details=bare), *asked)
    return (Unclear(details=bare, kind="declined" if intent.declines else "other"), *asked)


def _everybody(people: People, event: Event | None) -> tuple[Person, ...]:
    if people.form:
        return tuple(replace(n.person, is_sender=people.with_sender) for n in people.others)
    others = tuple(
        replace(n.person, organisation=n.person.organisation or people.sender.organisation) for n in people.others
    )
    return (people.sender, *others) if people.with_sender else others


def _given_up(details: Details, found: Findings, event: Event | None) -> Details:
    sessions = found.sessions_given_up or found.sessions
    if event is not None and len(sessions) == len(event.sessions):
        sessions = ()  # all of it
    return replace(
        details,
        sessions=sessions,
        choices=found.choices_given_up or found.choices or found.choices_had,
        mode=None,
        second_mode=None,
        pickup=None,
    )


def _change(intent: Intent, details: Details, found: Findings, people: People) -> Change:
    if not intent.replacement:
        return Change(details=details, leaving_sessions=found.sessions_given_up)
    # "I cannot come on 6 May, X will": what is given up is what X comes for.
    details = replace(details, sessions=details.sessions or found.sessions_given_up)
    coming = tuple(n.person for n in people.others)
    leaving: tuple[Person, ...] = (people.sender,)
    if len(people.others) == 2 and not people.with_sender:
        # "X will come in Y's place": whoever is named first comes.
        coming, leaving = (people.others[0].person,), (people.others[1].person,)
    return Change(details=replace(details, people=(*coming, *leaving)), leaving=leaving, coming=coming)
