"""Which event a mail is about: what each of its words, its days and its thread says for each of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from mailbot.core.dates import DateMention, date_mentions
from mailbot.core.decisions import ThreadFacts
from mailbot.core.event_index import EventIndex
from mailbot.core.lexicon import text_of
from mailbot.core.match_words import MatchWords
from mailbot.core.message import IncomingMessage
from mailbot.core.requests import Ambiguous, EventMatch, Evidence, Matched, Unmatched

#: an event needs so much to be meant, and so much more than the next one
ENOUGH = 2.5
CLEARLY = 1.4

#: what each part of a mail counts
_TEXT, _SUBJECT, _QUOTE, _THREAD = 1.0, 0.9, 0.5, 5.0

#: what a date counts: with its month, and by its day alone
_FULL_DATE, _DAY_ONLY = 4.0, 2.0

#: characters of a quoted text that are looked at
MOST_QUOTE = 4_000


def event_scores(
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
    if not scores or max(scores.values()) < ENOUGH:
        _word_scores(index, words, text, "text", scores, evidence)
        _word_scores(index, words, subject, "subject", scores, evidence)
    named = frozenset(scores)
    if not _loose_scores(index, words, text, dates, now, "text", named, scores, evidence):
        _loose_scores(index, words, subject, subject_dates, now, "subject", named, scores, evidence)
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
    _of_what_is_over(index, dates, now, scores)
    _of_another_year(index, words, text, now, scores, evidence)
    return dict(scores)


def _of_what_is_over(
    index: EventIndex, dates: tuple[DateMention, ...], now: datetime, scores: dict[str, float]
) -> None:
    """ "I had a lovely time at your reading night. I'd like a chair on 22 March": the one that is over is only told of."""
    coming = {
        key
        for key, days in index.days.items()
        if any(
            d.month is not None and not d.relative and d.fits(day) for d in dates for day in days if day >= now.date()
        )
    }
    if len(coming) != 1:
        return
    for key, days in index.days.items():
        if days and max(days) < now.date() and not any(d.fits(day) for d in dates if d.month for day in days):
            scores[key] *= _OVER


#: what is left of the score of an event that is over beside the day of one that comes
_OVER = 0.4


def _of_another_year(
    index: EventIndex, words: MatchWords, text: str, now: datetime, scores: dict[str, float], evidence: list[Evidence]
) -> None:
    """ "The minutes of the 2017 conference", "… of last November": of events told by the same words, those of that time."""
    told = list(_times_told(words, text, now))
    spans: dict[str, set[tuple[str, int]]] = {key: set() for key in scores}
    for one in evidence:
        kind, _, key = one.rule.removeprefix("event.").partition(".")
        if key in spans and kind != "date":
            spans[key].add((one.where, one.start))
    fitting = {
        key: (start, end)
        for key in spans
        for start, end, year, month in told
        if any(day.year == year and month in {None, day.month} for day in index.days[key])
    }
    if not told:
        # Of what is over for long nobody speaks in words that tell what comes as well.
        fitting = {key: (0, 0) for key in spans if max(index.days[key], default=now.date()) >= now.date() - _LONG_OVER}
    shared = set().union(*(spans[key] for key in fitting))
    others = [key for key in spans.keys() - fitting.keys() if index.days[key] and spans[key] and spans[key] <= shared]
    for key in others:
        scores[key] *= _ANOTHER_YEAR
    for key, (start, end) in fitting.items() if others and told else ():
        evidence.append(_evidence("event", text[start:end], f"event.date.{key}", "text", start, end))


def _times_told(words: MatchWords, text: str, now: datetime) -> Iterator[tuple[int, int, int, int | None]]:
    """Where a time that is no day is told, its year and, where it has one, its month: "2017", "novembre dernier"."""
    for year in _YEAR.finditer(text):
        before = _LETTERS.search(text, max(0, text.rfind(" ", 0, max(0, year.start() - 1))), year.start())
        yield *year.span(), int(year[0]), words.month(text, before) if before is not None else None
    if (last_year := words.find("last_year", text)) is not None:
        yield *last_year.span(), now.year - 1, None
    for gone in words.patterns["gone"].finditer(text):
        for month in _LETTERS.finditer(text, max(0, gone.start() - _BESIDE), gone.end() + _BESIDE):
            number = words.month(text, month)
            if number is not None:
                start, end = min(gone.start(), month.start()), max(gone.end(), month.end())
                yield start, end, now.year - (number >= now.month), number


_YEAR = re.compile(r"(?<![\w./-])20\d\d(?![\w/-])")
#: what is left of the score of an event of another year; characters from a month to "last"
_ANOTHER_YEAR, _BESIDE = 0.4, 14
#: since when an event is over for long
_LONG_OVER = timedelta(days=180)


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
    where: str,
    named: frozenset[str],
    scores: dict[str, float],
    evidence: list[Evidence],
) -> bool:
    """ "in May", "next Thursday": what fits coming days of an event says a little for it, once; first for those named."""
    fits: dict[str, tuple[int, int, str]] = {}
    # "The webinar of Monday" may be over, where the event's own words name it, and not only words like them.
    spoken = _spoken(evidence)
    announced = {key for _, key in spoken} - {key for kind, key in spoken if kind == "word"}
    for found in _LETTERS.finditer(text):
        word = found[1]
        month, weekday = words.month(text, found), words.weekday(word)
        if (month is None and weekday is None) or any(d.start < found.end() and found.start() < d.end for d in dates):
            continue
        for key, days in index.days.items():
            for day in days:
                away = (day - now.date()).days
                soon = month == day.month and 0 <= away <= _MONTHS_AHEAD
                back = _JUST_BEFORE if key in announced else 0
                if soon or (weekday == day.isoweekday() and -back <= away <= _WEEKS_AHEAD):
                    fits.setdefault(key, (found.start(), found.end(), found[0]))
    week = words.find("next_week", text)
    if week is not None:
        for key, days in index.days.items():
            if any(_NEXT_WEEK[0] <= (day - now.date()).days <= _NEXT_WEEK[1] for day in days):
                fits.setdefault(key, (week.start(), week.end(), week[0]))
    told = {key: fit for key, fit in fits.items() if key in named} or fits
    for key, (start, end, word) in told.items():
        scores[key] += _LOOSE / len(told)
        evidence.append(_evidence("event", word, f"event.date.{key}", where, start, end))
    return bool(fits)


_LETTERS = re.compile(r"(?<![\w])([a-z]{3,})(?![\w])")

#: what a month or a weekday alone counts, and how far ahead and back it looks in days
_NEXT_WEEK = (3, 13)
_LOOSE, _MONTHS_AHEAD, _WEEKS_AHEAD, _JUST_BEFORE = 1.0, 200, 10, 6


def _word_scores(
    index: EventIndex, words: MatchWords, text: str, where: str, scores: dict[str, float], evidence: list[Evidence]
) -> None:
    """ "Mediationsausbildung": other forms of words, or parts of compounds, that only one event is announced with."""
    counted: dict[str, set[str]] = defaultdict(set)
    for found in _LETTERS.finditer(text):
        if len(found[1]) < _TELLING or words.patterns["small"].fullmatch(found[1]) or found[1] in index.phrases:
            continue
        owners = index.event_words.owners_of(found[1])
        if len(owners) != 1:
            continue
        key = next(iter(owners))
        if len(counted[key]) < _MOST_WORDS and found[1] not in counted[key]:
            counted[key].add(found[1])
            scores[key] += _WORD
            evidence.append(_evidence("event", found[0], f"event.word.{key}", where, found.start(), found.end()))


#: letters of a word that may tell an event, what it counts, and how many count
_TELLING, _WORD, _MOST_WORDS = 5, 1.0, 2


def _near(mention: DateMention, day: date, now: datetime) -> bool:
    """A day without a month means one that is not far; without a year, one within the year."""
    if not mention.fits(day):
        return False
    away = (day - now.date()).days
    if mention.month is None:
        return -45 <= away <= 120
    return mention.year is not None or -200 <= away <= 330


def _spoken(evidence: Sequence[Evidence]) -> list[tuple[str, str]]:
    """What speaks for an event: the kind of word, and the event's key."""
    return [(kind, key) for _, kind, key in (e.rule.split(".", 2) for e in evidence if e.rule.startswith("event."))]


def grounds_of(evidence: Sequence[Evidence]) -> frozenset[str]:
    """The events for which both a day and a word speak."""
    spoken = _spoken(evidence)
    by_day = {key for kind, key in spoken if kind == "date"}
    return frozenset(key for kind, key in spoken if kind not in {"date", "kind"} and key in by_day)


def only_of_a_kind(evidence: Sequence[Evidence]) -> frozenset[str]:
    """The events for which nothing speaks but the word for what they are: "l'après-midi", "der Abend"."""
    spoken = _spoken(evidence)
    return frozenset(key for _, key in spoken) - {key for kind, key in spoken if kind != "kind"}


def event_of(
    scores: dict[str, float], grounded: frozenset[str] = frozenset(), of_a_kind: frozenset[str] = frozenset()
) -> tuple[EventMatch, tuple[tuple[str, float], ...]]:
    """The event that is clearly meant; less is enough where a day and a word speak for it, and nothing for another.

    Those ``of_a_kind`` only are no rivals of one that is named."""
    ranked = tuple(sorted(((k, round(v, 2)) for k, v in scores.items() if v > 0), key=lambda item: -item[1]))
    rivals = tuple(item for item in ranked if item[0] not in of_a_kind) or ranked
    return _clear(rivals, grounded), ranked


def _clear(ranked: tuple[tuple[str, float], ...], grounded: frozenset[str]) -> EventMatch:
    alone = len(ranked) == 1 or (len(ranked) > 1 and ranked[1][1] <= _RIVAL * ranked[0][1])
    if len(ranked) == 1 and ranked[0][1] >= _ONLY:
        return Matched(event=ranked[0][0])
    if alone and ranked[0][0] in grounded and ranked[0][1] >= _GROUNDED:
        return Matched(event=ranked[0][0])
    if not ranked or ranked[0][1] < ENOUGH:
        close = [key for key, value in ranked if value >= 1.0]
        return Ambiguous(events=tuple(close[:4])) if len(close) > 1 else Unmatched()
    if len(ranked) > 1 and ranked[0][1] - ranked[1][1] < CLEARLY and ranked[0][1] < 1.5 * ranked[1][1]:
        close = [key for key, value in ranked if value >= ranked[0][1] - 2 * CLEARLY]
        return Ambiguous(events=tuple(close[:4]))
    return Matched(event=ranked[0][0])


#: what a day and a word together need to count, and which part of it another event may have
_GROUNDED, _RIVAL = 1.8, 0.45
#: the same of a word of one event, where nothing at all speaks for another
_ONLY = 2.0


def _evidence(name: str, text: str, rule: str, where: str, start: int, end: int) -> Evidence:
    return Evidence(field=name, text=text, rule=rule, where=where, start=start, end=end)  # type: ignore[arg-type]
