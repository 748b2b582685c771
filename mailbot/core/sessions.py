"""Which sessions of a known event the sender wants, gives up or has: by day, topic, place, order or number."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailbot.core.direction import NONE, Stance
from mailbot.core.events import Session
from mailbot.core.lexicon import fold
from mailbot.core.requests import Evidence
from mailbot.core.wish import Chosen, Wish, evidence_of

#: words that a quantity takes without being of one language: "4", "four", "workshops"
_QUANTIFIED = 3
#: characters after "from … on" in which the first session stands
_ONWARDS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mention:
    start: int
    end: int
    keys: tuple[str, ...]
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsChosen:
    chosen: Chosen[tuple[str, ...]]
    #: sessions are spoken of in words that name none for certain
    unclear: tuple[Evidence, ...] = ()


def sessions_of(wish: Wish) -> SessionsChosen:
    """For events of which one takes any sessions, or one of several; for others there is nothing to choose."""
    if wish.event.attend not in {"any", "one"}:
        return SessionsChosen(chosen=Chosen())
    ordered = sorted(wish.event.sessions, key=lambda session: session.starts)
    keys = [session.key for session in ordered]
    if wish.thread is not None and wish.thread.kind == "registrant-which-session" and wish.numbered:
        coming = [session.key for session in ordered if session.ends > wish.now]
        numbered = tuple(coming[n - 1] for n in wish.numbered if n <= len(coming))
        evidence = evidence_of("session", wish.raw.strip()[:40], "match.thread.number", 0, 0)
        return SessionsChosen(chosen=Chosen(wanted=numbered, evidence=(evidence,)))
    mentions = sorted(_mentions(wish, ordered), key=lambda mention: mention.start)
    mentions = _without_hints(wish, mentions)
    stances = _stances(wish, mentions)
    given = [key for key, stance in stances.items() if stance.side == "given"]
    wanted = [key for key, stance in stances.items() if stance.side == "wanted"]
    had = [key for key, stance in stances.items() if stance.side == "had"]
    over = {session.key for session in ordered if session.ends <= wish.now}
    if set(wanted) - over:
        # "Ayant suivi la première, je m'inscris à la suivante": what is over is not wanted beside what comes.
        wanted = [key for key in wanted if key not in over]
    wanted = _onwards(wish, keys, mentions, wanted)
    everything = _all(wish, len(keys))
    if everything is not None and wanted and (wish.event.attend == "one" or not _says_all(wish, everything)):
        everything = None  # "three of the four: the introduction, …": what is named counts
    if everything is not None:
        wanted = [key for key in keys if key not in given]
    wanted = _rest(wish, keys, wanted, given)
    if not wanted and not given and not had:
        wanted = _of_subject(wish, ordered)
    chosen = Chosen(
        wanted=tuple(key for key in keys if key in wanted),
        given_up=tuple(key for key in keys if key in given and key not in wanted),
        second=tuple(key for key in keys if key in stances and stances[key].side == "second"),
        had=tuple(key for key in keys if key in had and key not in wanted),
        exchanged=any(stance.exchanged for stance in stances.values()),
        evidence=tuple(_evidence(wish, mentions, everything)),
    )
    return SessionsChosen(chosen=chosen, unclear=_unclear(wish, chosen, everything, mentions))


def _without_hints(wish: Wish, mentions: list[_Mention]) -> list[_Mention]:
    """A month or a weekday by itself counts where nothing surer names a session, or right beside what does."""
    sure = [m for m in mentions if m.rule not in _HINTS and wish.side(m.start, m.end) != "had"]
    if not sure:
        return mentions
    return [
        mention
        for mention in mentions
        if mention.rule not in _HINTS
        or any(abs(mention.start - other.end) < _BESIDE or abs(other.start - mention.end) < _BESIDE for other in sure)
    ]


_HINTS = frozenset({"month", "weekday"})
_BESIDE = 30


def _stances(wish: Wish, mentions: Iterable[_Mention]) -> dict[str, Stance]:
    """For each session what is said of it most strongly; among equals, last."""
    found: dict[str, Stance] = {}
    before: tuple[_Mention, Stance] | None = None
    for mention in mentions:
        stance = wish.stance(mention.start, mention.end)
        if before is not None and _apposed(wish, before[0], mention):
            stance = before[1]  # "the first workshop (23 March)" is one thing said twice
        for key in mention.keys:
            if key not in found or stance.strength >= found[key].strength:
                found[key] = stance
        before = (mention, stance)
    return found


def _apposed(wish: Wish, one: _Mention, other: _Mention) -> bool:
    between = wish.text[one.end : other.start].strip()
    return one.keys == other.keys and between in {"", ",", "(", "-", ":"}


def _evidence(wish: Wish, mentions: Iterable[_Mention], everything: re.Match[str] | None) -> Iterator[Evidence]:
    for mention in mentions:
        text = wish.text[mention.start : mention.end]
        yield evidence_of("session", text, f"match.session.{mention.rule}", mention.start, mention.end)
    if everything is not None:
        yield evidence_of("session", everything[0], "match.session.all", everything.start(), everything.end())


def _mentions(wish: Wish, ordered: list[Session]) -> Iterator[_Mention]:
    yield from _by_date(wish)
    yield from _by_month(wish)
    yield from _by_weekday(wish, ordered)
    for rule, patterns in (
        ("topic", wish.index.sessions[wish.event.key]),
        ("place", wish.index.session_places[wish.event.key]),
    ):
        for pattern, key in patterns:
            for found in pattern.finditer(wish.text):
                yield _Mention(start=found.start(), end=found.end(), keys=(key,), rule=rule)
    yield from _by_order(wish, ordered)
    coming = next((session.key for session in ordered if session.starts > wish.now), None)
    if coming is not None:
        for found in wish.words.patterns["next"].finditer(wish.text):
            yield _Mention(start=found.start(), end=found.end(), keys=(coming,), rule="next")


def _by_date(wish: Wish) -> Iterator[_Mention]:
    for mention in wish.dates:
        fitting = [s.key for s in wish.event.sessions if mention.fits(s.starts.date())]
        if len(fitting) == 1:
            yield _Mention(start=mention.start, end=mention.end, keys=(fitting[0],), rule="date")


def _by_month(wish: Wish) -> Iterator[_Mention]:
    """ "celui de mai", "the June one": the month alone, where only one session lies in it."""
    months = {word: number for word, number in wish.words.months.items() if len(word) > 2}
    for found in re.finditer(r"(?<![\w])([a-z]{3,})(?![\w])", wish.text):
        number = months.get(found[1])
        if number is None or _in_a_date(wish, found):
            continue
        fitting = [s.key for s in wish.event.sessions if s.starts.month == number]
        if len(fitting) == 1:
            yield _Mention(start=found.start(), end=found.end(), keys=(fitting[0],), rule="month")


def _by_weekday(wish: Wish, ordered: list[Session]) -> Iterator[_Mention]:
    """ "le jeudi", "the Saturday one": the weekday alone, where it tells the coming sessions apart."""
    coming = [session for session in ordered if session.starts > wish.now]
    for found in re.finditer(r"(?<![\w])([a-z]{5,})s?(?![\w])", wish.text):
        number = wish.words.weekdays.get(found[1]) or wish.words.weekdays.get(found[1].removesuffix("s"))
        if number is None or _in_a_date(wish, found):
            continue
        clause = wish.clause_at(found.start())
        if clause is not None and clause.negated and not clause.giving_up:
            continue  # "je ne travaille pas le jeudi"
        fitting = [session for session in coming if session.starts.isoweekday() == number]
        near = [session for session in fitting if (session.starts - wish.now).days < _WEEK] or fitting
        if len(near) == 1:
            yield _Mention(start=found.start(), end=found.end(), keys=(near[0].key,), rule="weekday")


#: days within which a weekday without a date means the next one
_WEEK = 8


def _in_a_date(wish: Wish, found: re.Match[str]) -> bool:
    return any(m.start < found.end() and found.start() < m.end and not m.relative for m in wish.dates)


def _by_order(wish: Wish, ordered: list[Session]) -> Iterator[_Mention]:
    """ "la deuxième séance", "les deux dernières", "de eerste twee", "workshop 2 en 3"."""
    keys = [session.key for session in ordered]
    for match in wish.words.ordinal.finditer(wish.text):
        if match["num"]:
            numbers = [int(n) for n in (match["num"], match["num2"]) if n]
            picked = [keys[n - 1] for n in numbers if 1 <= n <= len(keys)]
        else:
            picked = _ordinal(wish, match, keys)
        if picked:
            yield _Mention(start=match.start(), end=match.end(), keys=tuple(picked), rule="ordinal")


def _ordinal(wish: Wish, match: re.Match[str], keys: list[str]) -> list[str]:
    """An ordinal alone needs a session noun, or another ordinal, near it."""
    word = match["o"]
    count_word = match["n1"] or match["n2"]
    count = wish.words.numbers.get(count_word, 1) if count_word else 1
    near = wish.text[max(0, match.start() - 30) : match.end() + 25]
    beside = sum(1 for _ in wish.words.ordinal.finditer(near)) > 1
    if not count_word and not beside and wish.words.find("sessions", near) is None:
        return []
    if any(m.start < match.end() and match.start() < m.end for m in wish.dates):
        return []
    if word in wish.words.ordinals:
        first = wish.words.ordinals[word] - 1
        if count > 1 and first == 0:
            return keys[:count]
        return keys[first : first + 1]
    return keys[-count:]


def _onwards(wish: Wish, keys: list[str], mentions: list[_Mention], wanted: list[str]) -> list[str]:
    """ "à partir de l'atelier du 6 mai": from that one on."""
    for match in wish.words.patterns["onwards"].finditer(wish.text):
        after = [m.keys[0] for m in mentions if match.end() <= m.start <= match.end() + _ONWARDS]
        if after:
            return [*wanted, *keys[keys.index(after[0]) :]]
    return wanted


def _rest(wish: Wish, keys: list[str], wanted: list[str], given: list[str]) -> list[str]:
    """ "les suivants", "die restlichen": those still to come, without what is given up."""
    coming = [s.key for s in wish.event.sessions if s.starts > wish.now]
    if wish.words.find("remaining", wish.text) is None or any(key in coming for key in wanted):
        return wanted
    return [key for key in keys if key in coming and key not in given]


def _all(wish: Wish, count: int) -> re.Match[str] | None:
    found = _whole_quantity(wish, count) or wish.words.find("all", wish.text)
    if found is None:
        return None
    clause = wish.clause_at(found.start())
    after = wish.text[found.end() : clause.end if clause is not None else found.end() + _ONWARDS]
    if wish.side(found.start(), found.end()) == "given" and wish.words.find("except", after) is None:
        return None
    number = next(
        (n for w, n in wish.words.numbers.items() if n > 1 and re.search(rf"(?<!\w){re.escape(w)}(?!\w)", found[0])),
        None,
    )
    return found if number is None or number == count else None


def _says_all(wish: Wish, found: re.Match[str]) -> bool:
    """A word for all, or for the whole; not just the number of all that there are."""
    if wish.words.find("every", found[0]) is not None:
        return True
    return not any(word.isdigit() or word in wish.words.numbers for word in re.findall(r"\w+", found[0]))


def _whole_quantity(wish: Wish, count: int) -> re.Match[str] | None:
    """ "all 4", "sämtliche Termine", "aan elk van de workshops": a word for all with the number or the noun after it."""
    numbers = {word for word, number in wish.words.numbers.items() if number == count} | {str(count)}
    kinds = wish.event.kind.given().values() if wish.event.kind else ()
    for match in wish.words.patterns["quantity"].finditer(wish.text):
        rest = re.findall(r"[\w'-]+", wish.text[match.end() : match.end() + 40].split("\n")[0])[:_QUANTIFIED]
        for word in rest:
            if word in numbers:
                return match
            if wish.words.find("sessions", word) or any(word.startswith(fold(kind)) for kind in kinds):
                if wish.words.find("every", match[0]) is not None:
                    return match
                break
    return None


def _of_subject(wish: Wish, ordered: list[Session]) -> list[str]:
    """The session that the subject alone names, by its day or its topic."""
    by_day = [s.key for s in ordered for m in wish.subject_dates if m.fits(s.starts.date())]
    if by_day:
        return by_day
    topics = [key for pattern, key in wish.index.sessions[wish.event.key] if pattern.search(wish.subject)]
    return topics if len(topics) == 1 else []


# -- what is not certain -------------------------------------------------------------


def _unclear(
    wish: Wish,
    chosen: Chosen[tuple[str, ...]],
    everything: re.Match[str] | None,
    mentions: list[_Mention],
) -> tuple[Evidence, ...]:
    """A number of sessions that is not that of those found; one or the other; or words for sessions that name none."""
    wanted, given = chosen.wanted or (), chosen.given_up or ()
    loose = None if everything is not None else _loose(wish, mentions, wanted) or _either(wish, mentions, wanted)
    if loose is not None:
        return (evidence_of("session", wish.text[loose[0] : loose[1]], "match.session.loose", *loose),)
    told = _told_number(wish)
    if told is not None and everything is None:
        number, match = told
        all_of_them = len(wish.event.sessions)
        told_of = {len(wanted), len(given), len(wanted) + len(chosen.had or ()), all_of_them, all_of_them - len(given)}
        if number not in told_of:
            return (evidence_of("session", match[0], "match.session.number", match.start(), match.end()),)
    if wanted or given or chosen.had:
        if wish.event.attend == "one" and len(wanted) > 1:
            return (evidence_of("session", "", "match.session.several", -1, -1),)
        return ()
    cue = wish.words.ordinal.search(wish.text) or wish.words.find("every", wish.text)
    if cue is None or not _near_a_noun(wish, cue):
        return ()
    return (evidence_of("session", cue[0], "match.session.unknown", cue.start(), cue.end()),)


def _loose(wish: Wish, mentions: list[_Mention], wanted: tuple[str, ...]) -> tuple[int, int] | None:
    """A session spoken of outside of what registers, while others are named in it: perhaps why it is not wanted."""
    stances = [(mention, wish.stance(mention.start, mention.end)) for mention in mentions]
    if not any(stance.strength > NONE and stance.side == "wanted" for _, stance in stances):
        return None
    firm = {key for m, stance in stances if stance.strength > NONE for key in m.keys}
    for mention, stance in stances:
        apart = stance.strength == NONE and not firm & set(mention.keys) and set(mention.keys) <= set(wanted)
        clause = wish.clause_at(mention.start)
        if apart and clause is not None and not wish.words.find("also", wish.text, clause.start, clause.end):
            return mention.start, mention.end
    return None


def _either(wish: Wish, mentions: list[_Mention], wanted: tuple[str, ...]) -> tuple[int, int] | None:
    """ "18 of 26 oktober": one or the other."""
    for one, other in itertools.pairwise(mentions):
        between = wish.text[one.end : other.start]
        both = set(one.keys) | set(other.keys) <= set(wanted) and one.keys != other.keys
        if both and len(between) < _OR and wish.words.find("or", between) is not None:
            return one.start, other.end
    for mention in wish.dates:
        if wish.words.find("or", mention.text) is not None:
            return mention.start, mention.end
    return None


#: characters between two days of which one is meant
_OR = 12


def _told_number(wish: Wish) -> tuple[int, re.Match[str]] | None:
    """ "the two in spring", "deux ateliers": how many are wanted, less than all."""
    nouns = wish.words.patterns["sessions"]
    numbers = {word: number for word, number in wish.words.numbers.items() if 1 < number < len(wish.event.sessions)}
    for match in re.finditer(r"(?<![\w])([a-z0-9]+)(?![\w])", wish.text):
        number = numbers.get(match[1])
        if number is None:
            continue
        after = re.findall(r"[\w'-]+", wish.text[match.end() : match.end() + 30].split("\n")[0])[:2]
        if any(nouns.fullmatch(word) for word in after) and not _in_a_date(wish, match):
            return number, match
    return None


def _near_a_noun(wish: Wish, cue: re.Match[str]) -> bool:
    return wish.words.find("sessions", wish.text, max(0, cue.start() - 30), cue.end() + 30) is not None
