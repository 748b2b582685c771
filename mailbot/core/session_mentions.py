"""Where a mail names sessions of a known event: by day, month, weekday, topic, place, order or number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from mailbot.core.asked import asked_for, names_session, segment_from
from mailbot.core.direction import NONE
from mailbot.core.events import Session
from mailbot.core.numbered_lines import numbered_sessions, picked
from mailbot.core.paraphrase import meant
from mailbot.core.place_words import by_kind
from mailbot.core.wish import Wish


class Firmness(IntEnum):
    """How surely a mention tells a session."""

    #: a month or a weekday alone
    HINT = 0
    #: a topic outside of what is asked for, or a day told from today
    LOOSE = 1
    #: a topic that is asked for
    ASKED = 2
    #: a day, an ordinal, a place
    FIRM = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    start: int
    end: int
    keys: tuple[str, ...]
    rule: str
    firmness: Firmness = Firmness.FIRM


def mentions_of(wish: Wish, ordered: Sequence[Session]) -> list[Mention]:
    """In the order of the text. What something surer makes needless is left out."""
    told = list(_mentions(wish, ordered))
    found = _listed(wish, sorted([*told, *_by_paraphrase(wish, told)], key=lambda mention: mention.start))
    return _without_loose(wish, _without_hints(wish, found))


def _listed(wish: Wish, mentions: list[Mention]) -> list[Mention]:
    """An item of a list is asked for as the one before it is: "celle du papier et celle du textile".

    So is a topic with the month of its session: "la semaine stop-motion en juillet".
    """
    listed: list[Mention] = []
    for mention in mentions:
        if mention.firmness == Firmness.LOOSE and _of_its_month(wish, mention):
            listed.append(replace(mention, firmness=Firmness.ASKED))
            continue
        before = listed[-1] if listed and mention.firmness == Firmness.LOOSE else None
        follows = before is not None and before.firmness > Firmness.LOOSE and joined(wish, before, mention)
        listed.append(replace(mention, firmness=Firmness.ASKED) if follows else mention)
    return listed


def _of_its_month(wish: Wish, topic: Mention) -> bool:
    after = re.findall(r"[^\W\d_]+", wish.text[topic.end : topic.end + _NOUN])[:_AFTER]
    months = {wish.words.months[word] for word in after if word in wish.words.months}
    return bool(months) and any(s.key in topic.keys and s.starts.month in months for s in wish.event.sessions)


#: words after a topic in which its month stands
_AFTER = 3


def joined(wish: Wish, one: Mention, other: Mention) -> bool:
    """Both are items of one list: "le 7 et le 21", "pesten, gamen en de eerste gsm"."""
    between = _ASIDE.sub(" ", wish.text[one.end : other.start])  # "le sommeil (à l'aide !!) et les ados"
    if not 0 < len(between) <= _LIST or "\n\n" in between:
        return False
    if any(wish.words.find(word, between) for word in ("not", "instead", "except", "or", "but")):
        return False
    rest = [word for word in re.findall(r"[\w'’]+|[,+&/]", between) if len(word) > 3 or word in _LISTING]
    listed = any(word in _LISTING for word in rest) or wish.words.find("also", between) is not None
    return listed and all(
        word in _LISTING or any(wish.words.find(meaning, word) for meaning in ("also", "sessions", "small"))
        for word in rest
    )


_ASIDE = re.compile(r"\([^()\n]{1,40}\)")
_LISTING = frozenset(",+&/")
#: characters between two items of a list
_LIST = 32


def _without_hints(wish: Wish, mentions: list[Mention]) -> list[Mention]:
    """A month or a weekday by itself counts where nothing surer names a session, or right beside what does."""
    sure = [m for m in mentions if m.firmness > Firmness.LOOSE and wish.side(m.start, m.end) != "had"]
    # "Le 6 mai je ne suis plus libre. Reportez-moi à la séance de juin": what is only given up leaves the other open.
    if all(wish.side(m.start, m.end) == "given" for m in sure):
        return _without_habits(wish, mentions)
    return [
        mention
        for mention in mentions
        if mention.firmness > Firmness.HINT
        or _besides(wish, mention)
        or any(abs(mention.start - other.end) < _BESIDE or abs(other.start - mention.end) < _BESIDE for other in sure)
    ]


_BESIDE = 30


def _without_habits(wish: Wish, mentions: list[Mention]) -> list[Mention]:
    """ "Wir möchten am Samstag mitmachen. Dienstags gehe ich zur Gymnastik": a weekday that registers tells more."""
    stances = {m.start: wish.stance(m.start, m.end) for m in mentions}
    if not any(stance.side == "wanted" and stance.strength > NONE for stance in stances.values()):
        return mentions
    return [m for m in mentions if m.rule != "weekday" or stances[m.start].strength > NONE]


def _besides(wish: Wish, mention: Mention) -> bool:
    """ "… et aussi à la dernière en juin", in what registers."""
    clause = wish.clause_at(mention.start)
    too = wish.words.find("too", wish.text, max(0, mention.start - _BESIDE), mention.start)
    return too is not None and clause is not None and 0 <= clause.registers_at < too.start()


def _without_loose(wish: Wish, mentions: list[Mention]) -> list[Mention]:
    """A word that happens to be a topic says nothing once something surer tells the sessions."""
    sure = {
        key for m in mentions if m.firmness > Firmness.LOOSE and wish.side(m.start, m.end) != "had" for key in m.keys
    }
    if not sure:
        return mentions
    kept: list[Mention] = []
    for mention in mentions:
        if mention.firmness != Firmness.LOOSE or set(mention.keys) <= sure or _told_of(wish, mention):
            kept.append(mention)
    return kept


def _told_of(wish: Wish, mention: Mention) -> bool:
    """It is refused, left for something else, or wanted besides."""
    if wish.nearby(mention.start, mention.end) is not None:
        return True
    clause = wish.clause_at(mention.start)
    return clause is not None and (
        clause.giving_up or wish.words.find("too", wish.text, clause.start, clause.end) is not None
    )


def _mentions(wish: Wish, ordered: Sequence[Session]) -> Iterator[Mention]:
    numbered = numbered_sessions(wish, ordered)
    yield from _by_date(wish, ordered, numbered)
    yield from _by_month(wish)
    yield from _by_weekday(wish, ordered)
    yield from _by_part_of_day(wish, ordered)
    yield from _by_topic(wish)
    for pattern, key in wish.index.session_places[wish.event.key]:
        for found in pattern.finditer(wish.text):
            yield Mention(start=found.start(), end=found.end(), keys=(key,), rule="place")
    yield from _by_kind_of_place(wish, ordered)
    yield from _by_order(wish, ordered, numbered)
    for numbers in picked(wish, numbered):
        yield Mention(start=numbers.start, end=numbers.end, keys=numbers.keys, rule="number")
    coming = next((session.key for session in ordered if session.starts > wish.now), None)
    if coming is not None:
        for found in wish.words.patterns["next"].finditer(wish.text):
            yield Mention(start=found.start(), end=found.end(), keys=(coming,), rule="next")


def _by_kind_of_place(wish: Wish, ordered: Sequence[Session]) -> Iterator[Mention]:
    """ "Die in de bib", where one session alone takes place in a library."""
    places = {session.key: place for session in ordered if (place := session.place or wish.event.place) is not None}
    for start, end, key in by_kind(wish.text, wish.words, {key: [place] for key, place in places.items()}):
        if len(set(places.values())) > 1:
            yield Mention(start=start, end=end, keys=(key,), rule="place", firmness=Firmness.LOOSE)


def _by_date(wish: Wish, ordered: Sequence[Session], numbered: Mapping[int, str | None]) -> Iterator[Mention]:
    for mention in wish.dates:
        fitting = [s.key for s in ordered if mention.fits(s.starts.date())]
        if len(fitting) == 1:
            yield Mention(
                start=mention.start,
                end=mention.end,
                keys=(fitting[0],),
                rule="date",
                firmness=Firmness.LOOSE if mention.relative else Firmness.FIRM,
            )
        elif mention.month is None and mention.weekday is None and not fitting:
            # "OK pour le 2 et le 3": no day of the event, and the announcement that is answered numbers its lines.
            key = numbered.get(mention.day)
            if key is not None:
                yield Mention(start=mention.start, end=mention.end, keys=(key,), rule="number")


def _by_month(wish: Wish) -> Iterator[Mention]:
    """ "celui de mai", "the June one": the month alone, where only one session lies in it; "the two in spring" aside."""
    for found in re.finditer(r"(?<![\w])([a-z]{3,})(?![\w])", wish.text):
        number = wish.words.month(wish.text, found)
        if number is None or in_a_date(wish, found):
            continue
        inside = [s for s in wish.event.sessions if s.starts.month == number]
        part = wish.words.of_month.search(wish.text, max(0, found.start() - _BESIDE), found.start())
        if part is not None and len(inside) > 1:
            inside = [s for s in inside if s.starts.day in _PARTS[wish.words.month_parts[_spaced(part["part"])]]]
        fitting = [s.key for s in inside]
        if len(fitting) == 1 or (fitting and _as_many(wish, found.start(), len(fitting))):
            yield Mention(
                start=found.start(), end=found.end(), keys=tuple(fitting), rule="month", firmness=Firmness.HINT
            )


#: the days that one may call the beginning, the middle and the end of a month
_PARTS: Mapping[int, range] = {1: range(1, 11), 2: range(10, 21), 3: range(21, 32)}


def _spaced(phrase: str) -> str:
    return re.sub(r"[\s-]+", " ", phrase)


def _by_part_of_day(wish: Wish, ordered: Sequence[Session]) -> Iterator[Mention]:
    """ "the evening session": where the coming sessions have only one in the evening, and others at other times."""
    coming = [session for session in ordered if session.starts > wish.now]
    for found in wish.words.of_day.finditer(wish.text):
        part = wish.words.day_parts.get(_spaced(found[0]))
        fitting = [session.key for session in coming if _part_of_day(session) == part]
        if len(fitting) == 1 and len(coming) > 1 and not in_a_date(wish, found):
            yield Mention(start=found.start(), end=found.end(), keys=(fitting[0],), rule="part", firmness=Firmness.HINT)


def _part_of_day(session: Session) -> int:
    return 1 if session.starts.hour < _NOON else 2 if session.starts.hour < _EVENING else 3


_NOON, _EVENING = 12, 17


def _as_many(wish: Wish, start: int, count: int) -> bool:
    """ "both evenings in February": a number right before that is the number of all that are meant."""
    before = re.split(r"[.!?\n]", wish.text[max(0, start - _BESIDE) : start])[-1]
    after = re.split(r"[.!?\n]", wish.text[start : start + _BESIDE])[0]
    if count == 2 and (wish.words.find("both", before) or wish.words.find("both", after)):
        return True
    if wish.words.find("series", before[-_NOUN:]) or wish.words.find("series", after[:_NOUN]):
        return True  # "avonden in maart", "the March evenings"
    return any(wish.words.numbers.get(word) == count for word in re.findall(r"\w+", before)) and (
        wish.words.find("sessions", before) is not None
    )


def _by_weekday(wish: Wish, ordered: Sequence[Session]) -> Iterator[Mention]:
    """ "le jeudi", "the Saturday one": the weekday alone, where it tells the coming sessions apart."""
    coming = [session for session in ordered if session.starts > wish.now]
    for found in re.finditer(r"(?<![\w])([a-z]{5,})s?(?![\w])", wish.text):
        number = wish.words.weekday(found[1])
        if number is None or in_a_date(wish, found):
            continue
        clause = wish.clause_at(found.start())
        if clause is not None and clause.negated and not clause.giving_up:
            continue  # "je ne travaille pas le jeudi"
        fitting = [session for session in coming if session.starts.isoweekday() == number]
        near = [session for session in fitting if (session.starts - wish.now).days < _WEEK] or fitting
        if len(near) == 1:
            yield Mention(
                start=found.start(), end=found.end(), keys=(near[0].key,), rule="weekday", firmness=Firmness.HINT
            )
        elif wish.event.attend == "any" and _counts(wish, found.start(), len(fitting)):
            keys = tuple(session.key for session in fitting)
            yield Mention(start=found.start(), end=found.end(), keys=keys, rule="weekday", firmness=Firmness.FIRM)


def _counts(wish: Wish, start: int, count: int) -> bool:
    """ "Les deux jeudis", "beide Donnerstage": the number of all that are meant stands right before."""
    before = wish.text[max(0, start - _BESIDE) : start].split()[-2:]
    both = count == 2 and wish.words.find("both", " ".join(before)) is not None
    return both or any(wish.words.numbers.get(word) == count for word in before[-1:])


#: days within which a weekday without a date means the next one
_WEEK = 8


def in_a_date(wish: Wish, found: re.Match[str]) -> bool:
    return any(m.start < found.end() and found.start() < m.end and not m.relative for m in wish.dates)


def _by_topic(wish: Wish) -> Iterator[Mention]:
    for pattern, key in wish.index.sessions[wish.event.key]:
        for found in pattern.finditer(wish.text):
            if " " not in found[0] and _HYPHENED.match(wish.text, found.end()):
                continue  # "petits-enfants" speaks of no "petits"
            firmness = Firmness.ASKED if asked_for(wish, found.start(), found.end()) else Firmness.LOOSE
            yield Mention(start=found.start(), end=found.end(), keys=(key,), rule="topic", firmness=firmness)


_HYPHENED = re.compile(r"-[a-z]")


def _by_paraphrase(wish: Wish, others: Sequence[Mention]) -> Iterator[Mention]:
    """ "la soirée sur les bijoux de grand-mère": words that are nobody's topic, but only one session's."""
    known = wish.index.session_words[wish.event.key]
    for word in wish.words.compound.finditer(wish.text):
        owners = known.owners_of(word[1])
        if len(owners) == 1 and not any(m.start < word.end() and word.start() < m.end for m in others):
            keys = (next(iter(owners)),)
            yield Mention(start=word.start(), end=word.end(), keys=keys, rule="words", firmness=Firmness.ASKED)
    for noun in wish.words.patterns["sessions"].finditer(wish.text):
        for word in _right_beside(wish, noun):
            owners = known.owners_of_clipped(word[0])
            if len(owners) == 1 and not any(m.start < word.end() and word.start() < m.end for m in others):
                keys = (next(iter(owners)),)
                yield Mention(start=word.start(), end=word.end(), keys=keys, rule="words", firmness=Firmness.ASKED)
    for start, end in spoken_of(wish, others):
        found = meant(wish.text, start, end, known, wish.words.patterns["small"])
        if found is not None:
            yield Mention(start=found.start, end=found.end, keys=(found.key,), rule="words", firmness=Firmness.ASKED)


def _right_beside(wish: Wish, noun: re.Match[str]) -> Iterator[re.Match[str]]:
    """ "The intro session", "la séance d'intro"."""
    words = list(_LONGER.finditer(wish.text, max(0, noun.start() - _NOUN), noun.end() + _NOUN))
    before = [word for word in words if wish.text[word.end() : noun.start()] in {" ", "-"}]
    after = [word for word in words if _LITTLE.fullmatch(wish.text, noun.end(), word.start())]
    yield from (*before[-1:], *after[:1])


_LONGER = re.compile(r"(?<![^\W\d_])[^\W\d_]{5,}")
#: at most a small word
_LITTLE = re.compile(r" (?:[^\W\d_]{1,4}[ '])?")


def spoken_of(wish: Wish, others: Sequence[Mention]) -> Iterator[tuple[int, int]]:
    """What follows "the evening about", where nothing there names a session yet."""
    abouts = list(wish.words.patterns["about"].finditer(wish.text))
    for number, about in enumerate(abouts):
        before = wish.text[max(0, about.start() - _NOUN) : about.start()]
        following = abouts[number + 1].start() - _NOUN if number + 1 < len(abouts) else len(wish.text)
        # "The one about finding a flat and the one about work": each has its own.
        end = min(segment_from(wish.text, about.end(), _ABOUT), max(following, about.end() + 1))
        clause = wish.clause_at(about.start())
        if clause is None or clause.past or clause.hypothetical or not names_session(wish, before):
            continue
        named = any(m.start < end and about.end() < m.end for m in others)
        if not named and not any(d.start < end and about.end() < d.end for d in wish.dates):
            yield about.end(), end


#: characters before "about" in which a noun for a session stands, and after it in which its topic does
_NOUN, _ABOUT = 16, 60


def _by_order(wish: Wish, ordered: Sequence[Session], numbered: Mapping[int, str | None]) -> Iterator[Mention]:
    """ "la deuxième séance", "les deux dernières", "de eerste twee", "workshop 2 en 3"."""
    keys = [session.key for session in ordered]
    for match in wish.words.in_order(wish.text):
        if match["num"]:
            counted = [
                wish.words.numbers.get(n) or int(n)
                for n in (match["num"], *re.findall(r"\w+", match["more"]))
                if n.isdigit() or n in wish.words.numbers
            ]
            # What the answered mail calls number 2 is number 2, whatever the order of the event file.
            told = [numbered.get(n) or keys[n - 1] for n in counted if 1 <= n <= len(keys)]
        else:
            told = _ordinal(wish, match, keys)
        if told:
            yield Mention(start=match.start(), end=match.end(), keys=tuple(told), rule="ordinal")


def measures(wish: Wish, ordinal: re.Match[str]) -> bool:
    """ "de eerste drie kwartier", "zum ersten Mal": no session."""
    end = ordinal.end("n2") if ordinal["n2"] else ordinal.end("o")
    return end >= 0 and wish.words.patterns["measures"].match(wish.text, end + 1) is not None


#: characters before an ordinal that ends a part of a sentence, in which its noun may stand
_SENTENCE = 90
_ENDED = re.compile(r"\s*(?:[.,;!?)\n]|$)")


def _ordinal(wish: Wish, match: re.Match[str], keys: list[str]) -> list[str]:
    """An ordinal alone needs a session noun, or another ordinal, near it; one that measures time tells nothing."""
    word = match["o"]
    count_word = match["n1"] or match["n2"]
    count = wish.words.numbers.get(count_word, 1) if count_word else 1
    # "Les trois premiers rendez-vous …, mais je tiens au dernier."
    back = _SENTENCE if _ENDED.match(wish.text, match.end()) else 30
    near = wish.text[max(0, match.start() - back) : match.end() + 25]
    beside = sum(1 for _ in wish.words.in_order(near)) > 1
    if measures(wish, match):
        return []
    before = wish.text[max(0, match.start() - _NOUN) : match.start()]
    if not count_word and any(m.end() >= len(before.rstrip()) for m in wish.words.patterns["mine"].finditer(before)):
        return []  # "mein letzter Kurs", "ma première fois"
    alone = wish.words.find("except", before) or wish.words.find("only", before)
    if not count_word and not beside and not alone and wish.words.find("sessions", near) is None:
        return []
    days = [session.starts.date() for session in wish.event.sessions]
    told = (m for m in wish.dates if m.start < match.end() and match.start() < m.end)
    if any(m.month is not None or any(m.fits(day) for day in days) for m in told):
        return []
    if word in wish.words.ordinals:
        first = wish.words.ordinals[word] - 1
        if count > 1 and first == 0:
            return keys[:count]
        return keys[first : first + 1]
    return keys[-count:]
