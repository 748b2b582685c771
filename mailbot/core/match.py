"""Which event, sessions, options, way of taking part and pick-up place a mail means: a closed world.

Only what the event files say can be found. What the sender newly wrote counts most, then the subject, then the thread;
a quoted text may tell which event is meant, never what was chosen of it. A signature tells nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from mailbot.core.attending import mode_of
from mailbot.core.dates import date_mentions
from mailbot.core.decisions import ThreadFacts
from mailbot.core.event_index import EventIndex, build_index
from mailbot.core.event_scores import MOST_QUOTE, event_of, event_scores, grounds_of, only_of_a_kind
from mailbot.core.events import Mode
from mailbot.core.fetching import pickup_of
from mailbot.core.lexicon import text_of
from mailbot.core.match_doubts import other_event, unread_choice, wrong_day
from mailbot.core.match_words import MatchWords
from mailbot.core.message import IncomingMessage
from mailbot.core.requests import Doubt, EventMatch, Evidence, Matched, in_subject
from mailbot.core.selecting import choices_of, thread_answer
from mailbot.core.sessions import sessions_of
from mailbot.core.standing import UNASKED, Standing
from mailbot.core.wish import Chosen, Wish

__all__ = ["Findings", "build_index", "find"]

#: characters that are looked at
MOST_TEXT = 12_000


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
    #: choices told by words alone that merely stand somewhere: "crisis op het werk"
    choices_loose: frozenset[str] = frozenset()
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
    courtesies: Sequence[tuple[int, int]] = (),
    standing: Standing = UNASKED,
) -> Findings:
    """Everything of the catalogue that a mail means. Never raises for any text.

    ``courtesies``: where the text greets and says goodbye: "Guten Morgen" is no day, "bonne soirée" no event.
    """
    raw = message.new_text[:MOST_TEXT]
    own_subject = not message.in_reply_to and not message.references
    text = text_of(raw).folded
    for start, end in courtesies:
        text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
    subject = text_of(message.subject[:500]).folded
    evidence: list[Evidence] = []
    dates, subject_dates = date_mentions(text, words, now), date_mentions(subject, words, now)
    scores = event_scores(message, index, words, now, text, subject, dates, subject_dates, thread, evidence)
    match, ranked = event_of(scores, grounds_of(evidence), only_of_a_kind(evidence))
    numbered = thread_answer(text, words, thread) if thread is not None else ()
    if thread is not None and thread.kind == "registrant-which-event" and len(numbered) == 1:
        wanted = numbered[0] - 1
        if 0 <= wanted < len(thread.events) and thread.events[wanted] in index.events:
            match = Matched(event=thread.events[wanted])
            evidence.append(Evidence(field="event", text=raw.strip()[:40], rule="match.thread.number", where="thread"))
    if not isinstance(match, Matched):
        return Findings(event=match, alternatives=ranked, evidence=tuple(evidence))
    event = index.events[match.event]
    subject_only = bool(not raw.strip() and own_subject and clauses)
    if subject_only:
        # Nothing else was written: what the subject says is what is wanted.
        raw, text = message.subject[:500], subject
        dates = subject_dates
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
        of_own_subject=own_subject,
        standing=standing,
    )
    kept = tuple(e for e in evidence if e.rule.endswith(event.key) or not e.rule.startswith("event."))
    found = _details(wish, match, ranked, kept, other_event(wish, evidence))
    if not subject_only:
        return found
    return replace(
        found,
        evidence=in_subject(found.evidence),
        contradictions=tuple(replace(doubt, evidence=in_subject(doubt.evidence)) for doubt in found.contradictions),
    )


def _details(
    wish: Wish,
    match: Matched,
    ranked: tuple[tuple[str, float], ...],
    evidence: tuple[Evidence, ...],
    doubts: tuple[Doubt, ...],
) -> Findings:
    found = sessions_of(wish)
    sessions = found.chosen
    choices, too_many, loose = choices_of(wish)
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
        choices_loose=loose,
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
            *doubts,
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
