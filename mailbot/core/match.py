"""Which event, sessions, options, way of taking part and pick-up place a mail means: a closed world.

Only what the event files say can be found. What the sender newly wrote counts most, then the subject, then the thread;
a quoted text may tell which event is meant, never what was chosen of it. A signature tells nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from mailbot.core.attending import mode_of, pickup_of
from mailbot.core.dates import DateMention, date_mentions
from mailbot.core.decisions import ThreadFacts
from mailbot.core.event_index import EventIndex, build_index
from mailbot.core.events import Mode
from mailbot.core.lexicon import text_of
from mailbot.core.match_doubts import unread_choice, wrong_day
from mailbot.core.match_words import MatchWords
from mailbot.core.message import IncomingMessage
from mailbot.core.requests import Ambiguous, Doubt, EventMatch, Evidence, Matched, Unmatched
from mailbot.core.selecting import choices_of, thread_answer
from mailbot.core.sessions import sessions_of
from mailbot.core.wish import Chosen, Wish

__all__ = ["Findings", "build_index", "find"]

#: an event needs so much to be meant, and so much more than the next one
ENOUGH = 2.5
CLEARLY = 1.4

#: what each part of a mail counts
_TEXT, _SUBJECT, _QUOTE, _THREAD = 1.0, 0.9, 0.5, 5.0

#: what a date counts: with its month, and by its day alone
_FULL_DATE, _DAY_ONLY = 4.0, 2.0

#: characters that are looked at
MOST_TEXT = 12_000
MOST_QUOTE = 4_000


class ClauseLike(Protocol):
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def negated(self) -> bool: ...
    @property
    def giving_up(self) -> bool: ...
    @property
    def hypothetical(self) -> bool: ...
    @property
    def past(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    event: EventMatch
    #: what else was thought of, best first
    alternatives: tuple[tuple[str, float], ...] = ()
    sessions: tuple[str, ...] = ()
    sessions_given_up: tuple[str, ...] = ()
    #: on file already, and only mentioned
    sessions_had: tuple[str, ...] = ()
    second_sessions: tuple[str, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    choices_had: Mapping[str, str] = field(default_factory=dict)
    #: a session or an option is given up for another one
    exchanged: bool = False
    choices_given_up: Mapping[str, str] = field(default_factory=dict)
    second_choices: Mapping[str, str] = field(default_factory=dict)
    too_many_choices: tuple[str, ...] = ()
    mode: Mode | None = None
    mode_given_up: Mode | None = None
    second_mode: Mode | None = None
    pickup: str | None = None
    pickup_given_up: str | None = None
    contradictions: tuple[Doubt, ...] = ()
    evidence: tuple[Evidence, ...] = ()


def find(
    message: IncomingMessage,
    index: EventIndex,
    words: MatchWords,
    *,
    now: datetime,
    clauses: Sequence[ClauseLike] = (),
    thread: ThreadFacts | None = None,
    answers_us: bool = False,
) -> Findings:
    """Everything of the catalogue that a mail means. Never raises for any text."""
    raw = message.new_text[:MOST_TEXT]
    text = text_of(raw).folded
    subject = text_of(message.subject[:500]).folded
    evidence: list[Evidence] = []
    dates, subject_dates = date_mentions(text, words, now), date_mentions(subject, words, now)
    scores = _scores(message, index, words, now, text, subject, dates, subject_dates, thread, evidence)
    match, ranked = _event(scores)
    numbered = thread_answer(text, words, thread) if thread is not None else ()
    if thread is not None and thread.kind == "registrant-which-event" and len(numbered) == 1:
        wanted = numbered[0] - 1
        if 0 <= wanted < len(thread.events) and thread.events[wanted] in index.events:
            match = Matched(event=thread.events[wanted])
            evidence.append(Evidence(field="event", text=raw.strip()[:40], rule="match.thread.number", where="thread"))
    if not isinstance(match, Matched):
        return Findings(event=match, alternatives=ranked, evidence=tuple(evidence))
    event = index.events[match.event]
    wish = Wish(
        text=text,
        subject=subject,
        quote=text_of(message.quoted_text[:MOST_QUOTE]).folded,
        raw=raw,
        dates=dates,
        subject_dates=subject_dates,
        clauses=tuple(clauses),
        words=words,
        index=index,
        event=event,
        now=now,
        thread=thread,
        numbered=numbered,
        answers_us=answers_us,
        of_own_subject=not message.in_reply_to and not message.references,
    )
    kept = tuple(e for e in evidence if e.rule.endswith(event.key) or not e.rule.startswith("event."))
    return _details(wish, match, ranked, kept)


def _details(
    wish: Wish, match: Matched, ranked: tuple[tuple[str, float], ...], evidence: tuple[Evidence, ...]
) -> Findings:
    found = sessions_of(wish)
    sessions = found.chosen
    choices, too_many = choices_of(wish)
    mode = mode_of(wish)
    pickup = pickup_of(wish)
    return Findings(
        event=match,
        alternatives=ranked,
        sessions=sessions.wanted or (),
        sessions_given_up=sessions.given_up or (),
        sessions_had=sessions.had or (),
        second_sessions=sessions.second or (),
        choices=choices.wanted or {},
        choices_had=choices.had or {},
        exchanged=_exchanged(sessions, choices, pickup),
        choices_given_up=choices.given_up or {},
        second_choices=choices.second or {},
        too_many_choices=too_many,
        mode=mode.wanted,
        mode_given_up=mode.given_up or mode.had,
        second_mode=mode.second,
        pickup=pickup.wanted,
        pickup_given_up=pickup.given_up,
        contradictions=(
            *wrong_day(wish),
            *unread_choice(wish, choices, too_many),
            *((Doubt(code="session-unclear", evidence=found.unclear),) if found.unclear else ()),
        ),
        evidence=(*evidence, *sessions.evidence, *choices.evidence, *mode.evidence, *pickup.evidence),
    )


def _exchanged(sessions: Chosen[tuple[str, ...]], choices: Chosen[Mapping[str, str]], pickup: Chosen[str]) -> bool:
    return bool(
        (sessions.exchanged and sessions.wanted)
        or (choices.exchanged and choices.wanted)
        or (pickup.wanted and pickup.given_up)
    )


# -- which event -------------------------------------------------------------------


def _scores(
    message: IncomingMessage,
    index: EventIndex,
    words: MatchWords,
    now: datetime,
    text: str,
    subject: str,
    dates: tuple[DateMention, ...],
    subject_dates: tuple[DateMention, ...],
    thread: ThreadFacts | None,
    evidence: list[Evidence],
) -> dict[str, float]:
    scores: dict[str, float] = defaultdict(float)
    said: set[str] = set()
    _phrase_scores(index, text, _TEXT, "text", scores, said, evidence)
    _date_scores(index, dates, now, _TEXT, "text", scores, evidence)
    _phrase_scores(index, subject, _SUBJECT, "subject", scores, said, evidence)
    if not dates:
        _date_scores(index, subject_dates, now, _SUBJECT, "subject", scores, evidence)
    _loose_scores(index, words, text, dates, now, scores, evidence)
    if thread is not None:
        keys = {registration.event for registration in thread.registrations} or set(thread.events[:1])
        # An event whose file is gone since we wrote is none that can be meant.
        if thread.kind != "registrant-which-event" and len(keys) == 1 and keys <= index.events.keys():
            key = keys.pop()
            scores[key] += _THREAD
            evidence.append(Evidence(field="event", text=thread.kind or "", rule=f"event.thread.{key}", where="thread"))
    if message.calendar is not None and message.calendar.summary:
        summary = text_of(message.calendar.summary).folded
        _phrase_scores(index, summary, _TEXT, "calendar", scores, said, evidence)
        if message.calendar.starts is not None:
            for key, days in index.days.items():
                if message.calendar.starts.date() in days:
                    scores[key] += _FULL_DATE
    if not scores or max(scores.values()) < ENOUGH + CLEARLY:
        quote = text_of(message.quoted_text[:MOST_QUOTE]).folded
        # What is quoted is a flyer or our own mail: it speaks of one event, if of any.
        _phrase_scores(index, quote, _QUOTE, "quote", scores, said, evidence)
        _date_scores(index, date_mentions(quote, words, now), now, _QUOTE, "quote", scores, evidence)
    return dict(scores)


def _phrase_scores(
    index: EventIndex,
    text: str,
    weight: float,
    where: str,
    scores: dict[str, float],
    said: set[str],
    evidence: list[Evidence],
) -> None:
    for found in index.pattern.finditer(text):
        phrase = " ".join(found[0].split())
        if phrase in said or phrase not in index.phrases:
            continue
        said.add(phrase)
        for key, value in index.phrases[phrase].weights.items():
            scores[key] += value * weight
            kind = index.phrases[phrase].kinds[key]
            evidence.append(_evidence("event", found[0], f"event.{kind}.{key}", where, found.start(), found.end()))


def _date_scores(
    index: EventIndex,
    dates: tuple[DateMention, ...],
    now: datetime,
    weight: float,
    where: str,
    scores: dict[str, float],
    evidence: list[Evidence],
) -> None:
    counted: set[str] = set()
    for mention in dates:
        fitting = [key for key, days in index.days.items() if any(_near(mention, day, now) for day in days)]
        for key in fitting:
            if key in counted:
                continue
            counted.add(key)
            value = _FULL_DATE if mention.month is not None else _DAY_ONLY
            scores[key] += value * weight / len(fitting)
            evidence.append(_evidence("event", mention.text, f"event.date.{key}", where, mention.start, mention.end))


def _loose_scores(
    index: EventIndex,
    words: MatchWords,
    text: str,
    dates: tuple[DateMention, ...],
    now: datetime,
    scores: dict[str, float],
    evidence: list[Evidence],
) -> None:
    """ "in May", "next Thursday": what fits coming days of an event says a little for it, once."""
    fits: dict[str, tuple[int, int, str]] = {}
    for found in re.finditer(r"(?<![\w])([a-z]{3,})(?![\w])", text):
        month, weekday = words.months.get(found[1]), words.weekdays.get(found[1]) if len(found[1]) > 4 else None
        if (month is None and weekday is None) or any(d.start < found.end() and found.start() < d.end for d in dates):
            continue
        for key, days in index.days.items():
            for day in days:
                away = (day - now.date()).days
                soon = month == day.month and 0 <= away <= _MONTHS_AHEAD
                if soon or (weekday == day.isoweekday() and 0 <= away <= _WEEKS_AHEAD):
                    fits.setdefault(key, (found.start(), found.end(), found[0]))
    week = words.find("next_week", text)
    if week is not None:
        for key, days in index.days.items():
            if any(_NEXT_WEEK[0] <= (day - now.date()).days <= _NEXT_WEEK[1] for day in days):
                fits.setdefault(key, (week.start(), week.end(), week[0]))
    for key, (start, end, word) in fits.items():
        scores[key] += _LOOSE / len(fits)
        evidence.append(_evidence("event", word, f"event.date.{key}", "text", start, end))


#: what a month or a weekday alone counts, and how far ahead it looks in days
_NEXT_WEEK = (3, 13)
_LOOSE, _MONTHS_AHEAD, _WEEKS_AHEAD = 1.0, 200, 10


def _near(mention: DateMention, day: date, now: datetime) -> bool:
    """A day without a month means one that is not far; without a year, one within the year."""
    if not mention.fits(day):
        return False
    away = (day - now.date()).days
    if mention.month is None:
        return -45 <= away <= 120
    return mention.year is not None or -200 <= away <= 330


def _event(scores: dict[str, float]) -> tuple[EventMatch, tuple[tuple[str, float], ...]]:
    ranked = tuple(sorted(((k, round(v, 2)) for k, v in scores.items() if v > 0), key=lambda item: -item[1]))
    if not ranked or ranked[0][1] < ENOUGH:
        close = [key for key, value in ranked if value >= 1.0]
        return (Ambiguous(events=tuple(close[:4])) if len(close) > 1 else Unmatched()), ranked
    if len(ranked) > 1 and ranked[0][1] - ranked[1][1] < CLEARLY and ranked[0][1] < 1.5 * ranked[1][1]:
        close = [key for key, value in ranked if value >= ranked[0][1] - 2 * CLEARLY]
        return Ambiguous(events=tuple(close[:4])), ranked
    return Matched(event=ranked[0][0]), ranked


def _evidence(name: str, text: str, rule: str, where: str, start: int, end: int) -> Evidence:
    return Evidence(field=name, text=text, rule=rule, where=where, start=start, end=end)  # type: ignore[arg-type]
