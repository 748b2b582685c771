"""What is not certain about the sessions that were read: a coordinator looks before anything is registered."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from mailbot.core.asked import names_session
from mailbot.core.direction import NONE, STRONG
from mailbot.core.paraphrase import unknown
from mailbot.core.requests import Evidence
from mailbot.core.session_mentions import Firmness, Mention, in_a_date, joined, measures, spoken_of
from mailbot.core.whole_series import Whole
from mailbot.core.wish import Chosen, Wish, evidence_of


def unclear(
    wish: Wish, chosen: Chosen[tuple[str, ...]], everything: Whole | None, mentions: Sequence[Mention]
) -> tuple[Evidence, ...]:
    """The words that leave a doubt: a number or a day that fits not what was found; one or the other; none for certain."""
    wanted, given = chosen.wanted or (), chosen.given_up or ()
    if everything is None:
        for rule, span in (
            ("loose", _loose(wish, mentions, wanted) or _beside_only(wish, mentions, wanted)),
            ("moved", None if given else _moved(wish, mentions, wanted)),
            ("either", _either(wish, mentions, (*wanted, *(chosen.had or ())))),
            ("at-odds", _at_odds(wish, mentions)),
            ("no-such-day", _no_such_day(wish, mentions)),
            ("unread", _unread(wish, mentions)),
            ("over", _over(wish, mentions, wanted)),
        ):
            if span is not None:
                return (evidence_of("session", wish.text[span[0] : span[1]], f"match.session.{rule}", *span),)
    elif not given and (but := _excepts(wish, everything)) is not None:
        return (evidence_of("session", but[0], "match.session.excepted", but.start(), but.end()),)
    told = (
        _told_number(wish, anything=bool(wanted or given or chosen.had))
        if everything is None or not everything.outright
        else None
    )
    if told is not None:
        number, match = told
        every = len(wish.event.sessions)
        if number not in {len(wanted), len(given), len(wanted) + len(chosen.had or ()), every, every - len(given)}:
            return (evidence_of("session", match[0], "match.session.number", match.start(), match.end()),)
    if wanted or given or chosen.had:
        if wish.event.attend == "one" and len(wanted) > 1:
            return (evidence_of("session", "", "match.session.several", -1, -1),)
        return ()
    ordinals = (match for match in wish.words.in_order(wish.text) if not measures(wish, match))
    cue = next(ordinals, None) or wish.words.find("every", wish.text)
    if cue is not None and _all_given_up(wish, cue):
        return ()
    if cue is None or not _near_a_noun(wish, cue):
        cue = wish.words.numbered.search(wish.text)  # "nummers 1 en 4", and nobody knows of which list
        if cue is None or not wish.quote:
            return ()
    return (evidence_of("session", cue[0], "match.session.unknown", cue.start(), cue.end()),)


def _all_given_up(wish: Wish, cue: re.Match[str]) -> bool:
    """ "I must cancel all my evenings": nothing is left to be told apart. "I cannot come to all" may mean some."""
    clause = wish.clause_at(cue.start())
    every = wish.words.find("every", cue[0]) is not None
    return every and clause is not None and clause.giving_up and not clause.negated


def _excepts(wish: Wish, everything: Whole) -> re.Match[str] | None:
    """All but what nobody understands."""
    clause = wish.clause_at(everything.start)
    return wish.words.find("except", wish.text, clause.start, clause.end) if clause is not None else None


def _over(wish: Wish, mentions: Sequence[Mention], wanted: tuple[str, ...]) -> tuple[int, int] | None:
    """ "The first two passed me by": of sessions that are over nobody asks for a place, while others still come."""
    over = {session.key for session in wish.event.sessions if session.ends <= wish.now}
    if not wanted or not set(wanted) <= over or all(session.starts <= wish.now for session in wish.event.sessions):
        return None
    return next(((m.start, m.end) for m in mentions if set(m.keys) & over), None)


def _loose(wish: Wish, mentions: Sequence[Mention], wanted: tuple[str, ...]) -> tuple[int, int] | None:
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


def _beside_only(wish: Wish, mentions: Sequence[Mention], wanted: tuple[str, ...]) -> tuple[int, int] | None:
    """ "Seulement le dernier. Les deux premiers j'ai cours": what stands outside of "only" is hardly wanted too."""
    clauses = {m.start: wish.clause_at(m.start) for m in mentions if set(m.keys) <= set(wanted)}
    only = [c for c in clauses.values() if c is not None and wish.words.find("only", wish.text, c.start, c.end)]
    if not only:
        return None
    told = {key for m in mentions if clauses.get(m.start) in only for key in m.keys}
    if any(wish.words.find("onwards", wish.text, c.start, c.end) for c in only):
        told |= set(wanted)
    for mention in mentions:
        clause = clauses.get(mention.start)
        if clause is not None and clause not in only and not clause.registers and not set(mention.keys) <= told:
            return mention.start, mention.end
    return None


def _moved(wish: Wish, mentions: Sequence[Mention], wanted: tuple[str, ...]) -> tuple[int, int] | None:
    """ "Ik zou op de 14de komen, schuif mij door naar de 22ste": moved from what, and is it left?"""
    told = [m for m in mentions if wish.stance(m.start, m.end).strength == STRONG and set(m.keys) <= set(wanted)]
    moved = [m for m in told if (clause := wish.clause_at(m.start)) is not None and not clause.registers]
    return (moved[0].start, moved[0].end) if moved and not set(wanted) <= {k for m in moved for k in m.keys} else None


def _either(wish: Wish, mentions: Sequence[Mention], spoken_of: tuple[str, ...]) -> tuple[int, int] | None:
    """ "18 of 26 oktober", "the 9th or the 16th, whichever has room": one or the other."""
    for one, other in itertools.pairwise(mentions):
        between = wish.text[one.end : other.start].lstrip(".")
        both = set(one.keys) | set(other.keys) <= set(spoken_of) and one.keys != other.keys
        if both and len(between) < _OR and not _STOP.search(between) and wish.words.find("or", between) is not None:
            return one.start, other.end
    for mention in wish.dates:
        if wish.words.find("or", mention.text) is not None:
            return mention.start, mention.end
    whichever = wish.words.find("whichever", wish.text)
    one_of_several = wish.event.attend == "one"
    if whichever is not None and (
        one_of_several or len(spoken_of) > 1 or (not spoken_of and _near_a_noun(wish, whichever))
    ):
        return whichever.span()
    return None


#: characters between two days of which one is meant
_OR = 32
_STOP = re.compile(r"[;!?\n]|\.(?!\d)")


def _at_odds(wish: Wish, mentions: Sequence[Mention]) -> tuple[int, int] | None:
    """ "le 7 octobre (jeux vidéo)", where that day is about something else. Lists are held against lists."""
    groups: list[list[Mention]] = []
    for mention in mentions:
        last = groups[-1][-1] if groups else None
        if last is not None and last.rule == mention.rule and joined(wish, last, mention):
            groups[-1].append(mention)
        else:
            groups.append([mention])
    for one, other in itertools.pairwise(groups):
        if one[-1].keys == other[0].keys or {k for m in one for k in m.keys} == {k for m in other for k in m.keys}:
            continue
        told_twice = {one[0].rule, other[0].rule} in _TOLD_TWICE
        firm = min(one[0].firmness, other[0].firmness) >= Firmness.LOOSE
        beside = told_twice and firm and _APPOSED.fullmatch(wish.text, one[-1].end, other[0].start)
        if beside or (_alike(one) and _alike(other) and _one_thing(wish, one[-1], other[0])):
            return one[0].start, other[-1].end
    return None


def _alike(group: Sequence[Mention]) -> bool:
    """ "Police et citoyens", both of one session."""
    return all(mention.keys == group[0].keys for mention in group)


def _one_thing(wish: Wish, one: Mention, other: Mention) -> bool:
    """ "The evening of 7 March about clocks", "your May evening, the one on paper": one session, by when and by what."""
    by_topic = [mention.rule in _BY_TOPIC for mention in (one, other)]
    if sum(by_topic) != 1 or not {one.rule, other.rule} & _BY_TIME or set(one.keys) & set(other.keys):
        return False
    near = [stance for m in (one, other) if (stance := wish.nearby(m.start, m.end)) is not None]
    if any(stance.side != "wanted" for stance in near) or wish.clause_at(one.start) is not wish.clause_at(other.start):
        return False
    if wish.side(one.start, one.end) != wish.side(other.start, other.end):
        return False
    between = wish.text[one.end : other.start]
    if len(between) > _TOGETHER or "\n\n" in between or (not between.strip() and "\n" in between):
        return False
    if any(wish.words.find(meaning, between) for meaning in ("also", "too", "or", "but", "not", "instead", "except")):
        return False
    nearer, comma, apart = between.partition(",")
    if comma and not any(wish.words.patterns[m].match(apart.lstrip()) for m in ("that_one", "about")):
        return False  # "au 7 mars, à la soirée horloges"
    rest = wish.words.patterns["about"].sub(" ", f"{nearer} {apart}")
    if re.search(r"[^\w\s'’]", rest):
        return False
    return all(len(word) <= _SMALL or _leads_on(wish, word) for word in re.findall(r"\w+", rest))


def _leads_on(wish: Wish, word: str) -> bool:
    return names_session(wish, word) or any(
        wish.words.patterns[meaning].fullmatch(word) for meaning in ("that_one", "for", "to", "of", "from")
    )


#: by what a session is told, and when it is
_BY_TOPIC, _BY_TIME = {"topic", "words"}, {"date", "month", "weekday", "part", "ordinal"}
#: characters between both, and letters of a word that says nothing between them
_TOGETHER, _SMALL = 48, 3
_TOLD_TWICE = ({"date", "topic"}, {"ordinal", "topic"}, {"date", "ordinal"}, {"number", "topic"})
_APPOSED = re.compile(r"\s*[(:«\"–-]\s*(?:[a-z']{1,4}\s+){0,2}")


def _no_such_day(wish: Wish, mentions: Sequence[Mention]) -> tuple[int, int] | None:
    """ "le 7 et le 23", where the 23rd is no day of the event."""
    days = wish.index.days[wish.event.key]
    for date in wish.dates:
        if date.relative or any(date.fits(day) for day in days):
            continue
        if any(m.start == date.start for m in mentions):
            continue
        own = Mention(start=date.start, end=date.end, keys=(), rule="date")
        for mention in mentions:
            one, other = sorted((own, mention), key=lambda m: m.start)
            if mention.rule == "date" and joined(wish, one, other):
                return date.start, date.end
    return None


def _unread(wish: Wish, mentions: Sequence[Mention]) -> tuple[int, int] | None:
    """ "la soirée sur les dragons": about something that is announced nowhere in the event."""
    known = wish.index.session_words[wish.event.key]
    for start, end in spoken_of(wish, mentions):
        if wish.words.patterns["mine"].match(wish.text[start:end].lstrip()) is not None:
            continue  # "les deux autres tombent sur mes consultations"
        strange = unknown(wish.text, start, end, known, wish.words.patterns["small"])
        if strange is not None and wish.words.weekday(strange[0]) is None and strange[0] not in wish.words.months:
            return start, end
    return None


def _told_number(wish: Wish, *, anything: bool) -> tuple[int, re.Match[str]] | None:
    """ "the two in spring", "deux ateliers": how many are wanted, less than all."""
    nouns = wish.words.patterns["sessions"]
    numbers = {word: number for word, number in wish.words.numbers.items() if 1 < number < len(wish.event.sessions)}
    for match in re.finditer(r"(?<![\w])([a-z0-9]+)(?![\w])", wish.text):
        number = numbers.get(match[1])
        if number is None or (anything and _of_the_others(wish, match)):
            continue
        after = re.findall(r"[\w'-]+", wish.text[match.end() : match.end() + 40].split("\n")[0])
        of = bool(after) and wish.words.patterns["of"].fullmatch(after[0]) is not None
        after = after[1:5] if of else after[:2]  # "two of your language-buddy evenings"
        if after and after[0] in wish.words.weekdays:
            continue  # "on passe à 2 mardi soir": so many people
        if any(nouns.fullmatch(word) for word in after) and not in_a_date(wish, match):
            return number, match
    return None


def _of_the_others(wish: Wish, number: re.Match[str]) -> bool:
    """ "Les trois autres dates": so many are left, which tells nothing of how many are wanted."""
    near = max(0, number.start() - _NEXT), number.end() + _NEXT
    found = (other for other in wish.words.patterns["others"].finditer(wish.text, *near))
    return any(not wish.text[o.end() : number.start()].strip() or _one_word(wish, number, o) for o in found)


def _one_word(wish: Wish, number: re.Match[str], other: re.Match[str]) -> bool:
    """At most a noun stands between: "deux soirées restantes"."""
    return number.end() <= other.start() and len(wish.text[number.end() : other.start()].split()) <= 1


#: characters between a number and "other"
_NEXT = 16


def _near_a_noun(wish: Wish, cue: re.Match[str]) -> bool:
    return wish.words.find("sessions", wish.text, max(0, cue.start() - 30), cue.end() + 30) is not None
