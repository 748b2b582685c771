"""A mail as it is understood: machine or person, language, event, requests, questions, doubts, each with its words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache

from mailbot.core.apart import of_registering
from mailbot.core.asked_back import ASKED, intent_asked
from mailbot.core.automatic import recognise
from mailbot.core.calendar_in import ANSWERS
from mailbot.core.calendar_reading import calendar_reading, comment_of
from mailbot.core.corrections import correction_of
from mailbot.core.decisions import ThreadFacts
from mailbot.core.doubts import doubts_of, evidence_of
from mailbot.core.event_index import EventIndex
from mailbot.core.events import Event
from mailbot.core.intent import Said, intent_of
from mailbot.core.intent_signs import Signs, signs
from mailbot.core.item_wish import ItemWish, item_wish, of_item, without
from mailbot.core.language import Language
from mailbot.core.lexicon import Found, Lexicon
from mailbot.core.mail_language import language_evidence, mail_language
from mailbot.core.mailwords import MailWords
from mailbot.core.match import Findings, find
from mailbot.core.match_words import MatchWords, spoken
from mailbot.core.message import IncomingMessage
from mailbot.core.moments import KINDS as REMINDING
from mailbot.core.names import name_words_of
from mailbot.core.opinion import NO_OPINION, Opinion, OpinionModel, tokens_of
from mailbot.core.passed_on import passed_on, with_passed_on
from mailbot.core.people import People, people_of
from mailbot.core.phrases import Words, courtesies_of, own_subject, words_of
from mailbot.core.pickups import NONE_WANTED
from mailbot.core.questions import asks_politely, questions_of
from mailbot.core.requests import (
    Change,
    Details,
    Doubt,
    Evidence,
    Machine,
    Matched,
    Reading,
    Request,
    StopReminders,
    Unclear,
    in_subject,
)
from mailbot.core.requests_of import requests_of
from mailbot.core.silenced import asks_for_silence
from mailbot.core.standing import Standing, StandingModel
from mailbot.core.two_events import both_events, left_out, of_event, with_both
from mailbot.core.way import online_looked
from mailbot.core.weighing import (
    ACTS,
    asked_for_sure,
    doubts_of_act,
    is_excuse,
    says_one_thing,
    signs_of,
    told_alone,
    weigh,
)

#: characters of the new text that are read: nobody registers on page five
MOST_TEXT = 12_000

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
    standing_model: StandingModel,
    own_addresses: tuple[str, ...],
    now: datetime,
    thread: ThreadFacts | None = None,
) -> Reading:
    """All that is understood of ``message``. Nothing in a mail makes this raise."""
    body = message.new_text[:MOST_TEXT]
    verdict = mail_language(message, body, lexicons, mail_words, thread)
    machine = recognise(message, words=mail_words, own_addresses=own_addresses)
    confirmed = bool(thread and (thread.kind in _CONFIRMING or thread.registrations))
    words = words_of(message, body, verdict, lexicons=lexicons, mail_words=mail_words, confirmed=confirmed)
    speaks = spoken(match_words, frozenset(lexicon.language for lexicon in words.lexicons))

    @cache  # sessions, options, ways and places of one mail ask for the same
    def looks() -> Opinion | None:
        return opinion_model.opinion(_tokens(words, index), ())

    def kinds() -> Mapping[str, float]:
        opinion = looks()
        return {kind: opinion.kinds[kind] for kind in ACTS} if opinion is not None else {}

    found = find(
        message,
        index,
        speaks,
        now=now,
        clauses=words.body.clauses,
        thread=thread,
        answers_us=words.to_confirmation,
        courtesies=() if words.subject_only else courtesies_of(words.body),
        standing=Standing(model=standing_model, kinds=kinds),
    )
    reading = Reading(
        language=verdict.language,
        language_sure=verdict.sure,
        machine=machine,
        evidence=(*language_evidence(verdict), *found.evidence),
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
            standing_model=standing_model,
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
    asked = thread.kind if thread is not None and thread.kind in ASKED else None
    above = _requests(
        reading, message, words, found, events, index, lexicons, own_addresses, now, asked, opinion_model, speaks, looks
    )

    def again(part: IncomingMessage) -> Reading:
        return read(
            part,
            events=events,
            index=index,
            lexicons=lexicons,
            mail_words=mail_words,
            match_words=match_words,
            opinion_model=opinion_model,
            standing_model=standing_model,
            own_addresses=own_addresses,
            now=now,
        )

    both = both_events(found) if asked is None else None
    if both is not None:
        second = again(left_out(message, of_event(found.evidence, both[0])))
        first = again(left_out(message, of_event(second.evidence, both[1])))
        return with_both(above, (first, second), both, events)
    passed = passed_on(message, words, own_addresses) if asked is None else None
    if passed is None:
        return above
    below = again(passed)
    passer = message.sender.name if message.sender and message.sender.name else ""
    return with_passed_on(above, below, passer)


def _tokens(words: Words, index: EventIndex) -> tuple[str, ...]:
    """What the models look at."""
    return tokens_of(words.subject.text.raw, words.body.text.raw, is_reply=words.is_reply, events=index.pattern)


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
    looks: Callable[[], Opinion | None],
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
    online = online_looked(found, event, looks) if asked is None else None
    if online is not None:
        found = replace(found, mode="online")
        reading = replace(reading, evidence=(*reading.evidence, online))
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
    if asked is not None:
        intent = intent_asked(asked, intent, words, heard, found)
    if intent.kind == "register" and people.others and (heard.decline or heard.absent) and not heard.register:
        people = replace(people, with_sender=False)
    # What answers a question of ours needs no word of what is wanted. Of the item and of spellings the models know nothing.
    opinion = None
    of_item_alone = bool(item or of_the_item or (speaks_of_item and intent.kind not in ACTS))
    if asked is None and put_right is None and not of_item_alone:
        opinion = opinion_model.opinion(_tokens(words, index), signs_of(words, heard, said, intent, people))
    doubted: tuple[Doubt, ...] = ()
    if opinion is not None:
        weighed = weigh(intent, heard, said, people, opinion, to_confirmation=words.to_confirmation)
        if weighed.unasked is not None:
            return replace(
                reading,
                machine=Machine(kind=weighed.unasked, rule="opinion", evidence=weighed.evidence),
                requests=(
                    Unclear(
                        details=Details(event=found.event), kind="spam" if weighed.unasked == "unasked" else "other"
                    ),
                ),
            )
        intent, doubted = weighed.intent, weighed.doubts
        if weighed.evidence:
            reading = replace(reading, evidence=(*reading.evidence, *weighed.evidence))
    acts = intent.kind in ACTS
    questions, asking = questions_of(words, heard, event, acts=acts)
    politely = asks_politely(words, heard)
    if opinion is not None and heard.questions and not asked_for_sure(questions, opinion, acts, politely=politely):
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
    requests = requests_of(intent, heard, found, people, event)
    if opinion is not None and acts:
        doubts = told_alone(doubts, opinion, people, registers=intent.kind == "register")
        doubted += doubts_of_act(
            requests,
            questions,
            opinion,
            doubted=bool(doubts or doubted),
            plain=says_one_thing(intent, heard),
            own=_says_own(words, intent.found),
            people=people,
        )
    doubts = _each_once((*doubts, *doubted))
    if put_right is not None:
        requests = tuple(
            replace(r, names=put_right.names, email=put_right.email) if isinstance(r, Change) else r for r in requests
        )
        # Whatever the event: a name and an address are the same in all of them.
        doubts = tuple(d for d in doubts if d.code not in {"event-unclear", "event-ambiguous"})
        doubts += (Doubt(code="intent-unclear"),) if put_right.unclear else ()
    evidence = tuple(_evidence_of_intent(words, f) for f in intent.found)
    told = (*people.evidence, *asking)
    return replace(
        reading,
        requests=requests,
        questions=questions,
        doubts=(*reading.doubts, *doubts),
        evidence=(*reading.evidence, *evidence, *(in_subject(told) if words.subject_only else told)),
    )


def _says_own(words: Words, found: tuple[Found, ...]) -> bool:
    """ "Me désinscrire", "schrijf mij uit": a phrase with a word for the sender as its object."""
    tokens = (token for f in found for token in re.findall(r"[^\W_]+", words.body.text.folded[f.start : f.end]))
    return any(words.has("person.self", token) for token in tokens)


def _each_once(doubts: tuple[Doubt, ...]) -> tuple[Doubt, ...]:
    found: dict[str, Doubt] = {}
    for doubt in doubts:
        before = found.get(doubt.code)
        found[doubt.code] = doubt if before is None else replace(before, evidence=(*before.evidence, *doubt.evidence))
    return tuple(found.values())


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
