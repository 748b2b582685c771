"""What of a catalogue's words does not fit together: a day on which nothing takes place, a choice nobody understands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from mailbot.core.dates import DateMention
from mailbot.core.events import Session
from mailbot.core.lexicon import text_of
from mailbot.core.paraphrase import unknown
from mailbot.core.requests import Doubt, Evidence
from mailbot.core.selecting import spoken_of
from mailbot.core.wish import Chosen, Wish, evidence_of


def wrong_day(wish: Wish) -> tuple[Doubt, ...]:
    """A day close to the event's, named together with it, on which it does not take place; or on another weekday."""
    days = wish.index.days[wish.event.key]
    other = {day for key, published in wish.index.days.items() if key != wish.event.key for day in published}
    for mention in wish.dates:
        if _on_another_weekday(wish, mention) and (_registers(wish, mention) or _speaks_of_event(wish, mention)):
            evidence = evidence_of("session", mention.text, "match.weekday-contradiction", mention.start, mention.end)
            return (Doubt(code="date-contradiction", evidence=(evidence,)),)
        if _at_another_time(wish, mention):
            evidence = evidence_of("session", mention.text, "match.time-contradiction", mention.start, mention.end)
            return (Doubt(code="date-contradiction", evidence=(evidence,)),)
        if (
            mention.month is None
            or mention.relative
            or any(mention.fits(day) for day in days)
            or any(mention.fits(day) for day in other)
        ):
            continue
        close = any(
            mention.month == d.month and mention.year in {None, d.year} and abs(mention.day - d.day) <= 10 for d in days
        )
        if (close and _speaks_of_event(wish, mention)) or _asked_for(wish, mention):
            evidence = evidence_of("session", mention.text, "match.date-contradiction", mention.start, mention.end)
            return (Doubt(code="date-contradiction", evidence=(evidence,)),)
    return ()


def _asked_for(wish: Wish, mention: DateMention) -> bool:
    """ "Inscrivez-moi à celle du 30 septembre": a day that still comes, right behind a word for a session."""
    if not _registers(wish, mention) or wish.side(mention.start, mention.end) != "wanted" or mention.year is not None:
        return False
    before = wish.text[max(0, mention.start - _LED) : mention.start]
    words = before.split()[-_LED_BY:]
    return any(
        wish.words.patterns[meaning].fullmatch(word) is not None
        for word in words
        for meaning in ("sessions", "that_one")
    )


#: characters, and words of them, before a day in which a word for a session stands
_LED, _LED_BY = 24, 2


def _at_another_time(wish: Wish, mention: DateMention) -> bool:
    """ "Je m'inscris pour la séance du jeudi 14 mars au matin", which is in the afternoon."""
    if not _registers(wish, mention) or mention.relative:
        return False
    found = wish.words.at_time.match(wish.text, mention.end)
    held = [session for session in wish.event.sessions if mention.fits(session.starts.date())]
    return (
        found is not None and bool(held) and not any(_held_at(s, wish.words.times_of_day[found["time"]]) for s in held)
    )


def _held_at(session: Session, time: int) -> bool:
    """Whether some of it is in the morning (1), the afternoon (2) or the evening (3); all of them touch."""
    first, last = session.starts.hour, session.ends.hour + session.ends.minute / 60
    return {1: first < _NOON, 2: first < _EVENING and last > _NOON, 3: last > _EVENING}[time]


#: local hours at which the afternoon and the evening begin, as people say it
_NOON, _EVENING = 12, 17


def _registers(wish: Wish, mention: DateMention) -> bool:
    clause = wish.clause_at(mention.start)
    return clause is not None and bool(clause.registers)


def _on_another_weekday(wish: Wish, mention: DateMention) -> bool:
    """ "Dimanche 5 octobre", which is a Saturday: nobody knows which of both is meant, unless there is one day only."""
    word = _WORD.match(mention.text)
    days = wish.index.days[wish.event.key]
    if len(days) == 1 and any(mention.fits(day) for day in days):
        return False
    told = wish.words.weekday(word[0]) if word else None
    if told is None or mention.month is None or mention.relative:
        return False
    years = {mention.year} if mention.year else {day.year for day in days}
    try:
        return all(date(year, mention.month, mention.day).isoweekday() != told for year in years)
    except ValueError:
        return False  # 31 June


_WORD = re.compile(r"[a-z]+")


def other_event(wish: Wish, evidence: Sequence[Evidence]) -> tuple[Doubt, ...]:
    """A second event told by its name and its day side by side: "1) studiedag 29/11, 2) webinar armoede 10/12"."""
    told = [e for e in evidence if e.rule.startswith("event.") and e.where == "text"]
    for name in told:
        _, kind, key = name.rule.split(".", 2)
        clause = wish.clause_at(name.start)
        if key == wish.event.key or kind not in _NAMING or clause is None or clause.past or clause.negated:
            continue
        for day in told:
            beside = 0 <= day.start - name.end <= _BESIDE and day.start < clause.end
            if beside and day.rule == f"event.date.{key}" and _coming(wish, day, key):
                return (Doubt(code="several-requests", evidence=(name, day)),)
    return ()


#: what names an event beside its day
_NAMING = frozenset({"name", "title", "topic", "kind"})

#: characters between an event's name and its day
_BESIDE = 24


def _coming(wish: Wish, day: Evidence, key: str) -> bool:
    """A day of that event, and of no other, that is told with its month and still comes."""
    dates = [d for d in wish.dates if d.start == day.start and d.month is not None and not d.relative]
    own = [d for d in wish.index.days[key] if d >= wish.now.date() and any(date.fits(d) for date in dates)]
    return bool(own) and not any(date.fits(d) for date in dates for d in wish.index.days[wish.event.key])


def unread_choice(wish: Wish, choices: Chosen[Mapping[str, str]], too_many: tuple[str, ...]) -> tuple[Doubt, ...]:
    """A choice that is spoken of in words that name none of its options."""
    for choice in wish.event.choices:
        told = {*(choices.wanted or {}), *(choices.given_up or {}), *(choices.had or {}), *too_many}
        if choice.key in told:
            continue
        known = wish.index.option_words[wish.event.key][choice.key]
        for start, end in spoken_of(wish, choice):
            clause = wish.clause_at(start - 1)
            if _same(wish, start, end):
                continue
            if (
                clause is None
                or clause.asks
                or clause.negated
                or clause.wavering
                or clause.told_later
                or clause.unchanged
                or _in_name(wish, start)
            ):
                continue
            named = any(
                p.search(wish.text, start - _NAMED, start)
                for p, key in wish.index.choice_words[wish.event.key]
                if key == choice.key
            )
            strange = (
                re.compile(r"[^\W\d_]{3}").search(wish.text, start, clause.end)
                if named
                else unknown(wish.text, start, end, known, wish.words.patterns["small"])
            )
            if strange is not None and (named or not _tells_when(wish, strange[0])):
                evidence = evidence_of(f"choice.{choice.key}", wish.text[start:end], "match.choice.unread", start, end)
                return (Doubt(code="choice-unclear", evidence=(evidence,)),)
    return ()


def _tells_when(wish: Wish, word: str) -> bool:
    """ "Registered for the class on Thursday": when, and not about what."""
    return wish.words.weekday(word) is not None or word in wish.words.months


def _same(wish: Wish, start: int, end: int) -> bool:
    """ "Même atelier, même repas", "dezelfde workshop en …", "same workshop for her": it stays as it is."""
    before = wish.text[max(0, start - _NAMED) : start]
    same = list(wish.words.patterns["same"].finditer(before))
    if not same or len(before[same[-1].end() :].split()) > 1:
        return False
    after = (wish.words.patterns[meaning].match(wish.text, start + 1) for meaning in ("also", "for"))
    return not wish.text[start:end].strip() or any(after)


#: characters before what is said of a choice in which its name ends
_NAMED = 24


def _in_name(wish: Wish, end: int) -> bool:
    """What ends here is part of a longer phrase of the event: "workshopreeks", "atelier numérique"."""
    for match in wish.index.pattern.finditer(wish.text, max(0, end - 50), min(len(wish.text), end + 40)):
        if match.start() < end <= match.end() and " " in match[0].strip():
            return True
    return False


def _speaks_of_event(wish: Wish, mention: DateMention) -> bool:
    """Whether a session noun, the kind of event or one of its words stands in the same clause."""
    clause = wish.clause_at(mention.start)
    start, end = (clause.start, clause.end) if clause else (max(0, mention.start - 80), mention.end + 40)
    if wish.words.find("sessions", wish.text, start, end) or wish.words.find("instead", wish.text, start, end):
        return True
    kinds = wish.event.kind.given().values() if wish.event.kind else ()
    part = wish.text[start:end]
    if any(text_of(kind).folded in part for kind in kinds):
        return True
    if any(pattern.search(part) for pattern, _ in wish.index.sessions[wish.event.key]):
        return True
    phrases = (wish.index.phrases.get(" ".join(found[0].split())) for found in wish.index.pattern.finditer(part))
    return any(phrase is not None and phrase.kinds.get(wish.event.key) in {"title", "name"} for phrase in phrases)
