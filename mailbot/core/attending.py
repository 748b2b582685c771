"""How the sender takes part: in so many words, by what he does for it, or by where he comes."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from mailbot.core.clauses import TWO_NAMES
from mailbot.core.direction import NONE, STRONG, WEAK, Stance
from mailbot.core.direction import second as fallback
from mailbot.core.event_index import normal
from mailbot.core.events import Mode
from mailbot.core.fetching import DASH, about_pickup, held_at, part_of
from mailbot.core.requests import Evidence
from mailbot.core.settling import settled_on
from mailbot.core.standing import Spot
from mailbot.core.wish import Chosen, Wish, evidence_of

_WAYS: tuple[tuple[str, Mode], ...] = (("in_person", "in-person"), ("online", "online"))

#: what tells a way by what one does for it: taking the train, asking for the link
_BY_DEEDS: tuple[tuple[str, Mode], ...] = (("travelling", "in-person"), ("connecting", "online"))

#: the rule of a way that only the place tells
BY_PLACE = "match.mode.place"

#: two ways named so close to each other are the flyer's "on site or online", not an answer
_SIDE_BY_SIDE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    start: int
    end: int
    mode: Mode


def mode_of(wish: Wish) -> Chosen[Mode]:
    """Said in so many words; else by coming to the place."""
    said = [way for way in _ways(wish, wish.text, _WAYS) if not _only_to_fetch(wish, way)]
    settled = _settled(wish, said)
    if len(wish.event.modes) == len(_WAYS) and settled == Chosen(evidence=settled.evidence):
        done = [way for way in _ways(wish, wish.text, _BY_DEEDS) if not _to_fetch(wish, way)]
        settled = _settled(wish, done)
    if settled.wanted is None and settled.second is None:
        there = _by_place(wish)
        if there is not None and (settled.given_up is None or settled.given_up == "online"):
            return Chosen(wanted="in-person", given_up=settled.given_up, evidence=(*settled.evidence, there))
    apart = _by_place(wish) if settled.wanted == "online" and settled.second is None else None
    if apart is not None and (_of_somebody_else(wish, apart, said) or _left_open(wish, apart, said)):
        return Chosen(second="online", evidence=(*settled.evidence, apart))
    if apart is not None and said and all(_supposed(wish, way) for way in said):
        # "Keep me a seat at X. If it is full, I join online": what is only supposed comes second.
        return Chosen(wanted="in-person", evidence=(*settled.evidence, apart))
    if settled.wanted is None and settled.given_up is not None and len(wish.event.modes) == len(_WAYS):
        # "Not through the computer": there is only one other way.
        return Chosen(
            wanted="in-person" if settled.given_up == "online" else "online",
            given_up=settled.given_up,
            evidence=settled.evidence,
        )
    if settled.wanted is None and settled.second is None and not said and wish.of_own_subject:
        return _settled(wish, _ways(wish, wish.subject, _WAYS), "subject")
    return settled


def _of_somebody_else(wish: Wish, place: Evidence, ways: list[_Way]) -> bool:
    """ "Je viendrai à X, tandis que mon collègue sera derrière son écran": two ways, of two people."""
    coming = wish.clause_at(place.start)
    if coming is None or not coming.registers:
        return False
    others = [clause for way in ways if (clause := wish.clause_at(way.start)) is not None and clause is not coming]
    return any(clause.of_others_at >= 0 or TWO_NAMES.search(wish.raw, clause.start, clause.end) for clause in others)


def _left_open(wish: Wish, place: Evidence, ways: list[_Way]) -> bool:
    """ "Kijk ik online mee of kom ik naar X": one or the other, and not said which."""
    for way in ways:
        between = wish.text[min(way.end, place.end) : max(way.start, place.start)]
        if len(between) <= _OR and not _STOP.search(between) and wish.words.find("or", between) is not None:
            return True
    return False


#: characters between a way and a place of which one is meant
_OR = 40
_STOP = re.compile(r"[;!?\n]|\.(?!\d)")


def _to_fetch(wish: Wish, way: _Way) -> bool:
    """ "Je viens chercher le guide chez vous", "gardez l'outil pour moi chez vous": said of the item."""
    clause, item = wish.clause_at(way.start), wish.index.items[wish.event.key]
    if clause is None:
        return False
    named = item is not None and item.search(wish.text, clause.start, clause.end) is not None
    return _fetches(wish, way) or (named and wish.words.find("come", wish.text, clause.start, clause.end) is None)


def _fetches(wish: Wish, way: _Way) -> bool:
    clause = wish.clause_at(way.start)
    return clause is not None and wish.words.find("fetch", wish.text, clause.start, clause.end) is not None


def _only_to_fetch(wish: Wish, way: _Way) -> bool:
    """ "Mijn exemplaar haal ik zelf af", and nothing of coming."""
    clause = wish.clause_at(way.start)
    if way.mode != "in-person" or clause is None or clause.registers or not _fetches(wish, way):
        return False
    return wish.words.find("come", wish.text, clause.start, clause.end) is None


def _ways(wish: Wish, text: str, ways: tuple[tuple[str, Mode], ...]) -> list[_Way]:
    """Each way that is named, but for those that stand side by side as alternatives."""
    found = sorted(
        (
            _Way(start=m.start(), end=m.end(), mode=mode)
            for meaning, mode in ways
            for m in wish.words.patterns[meaning].finditer(text)
        ),
        key=lambda way: way.start,
    )
    found = [way for way in found if not (_in_a_name(wish, text, way) or _near(wish, text, way))]
    paired: set[int] = set()
    for one, other in itertools.pairwise(found):
        between = text[one.end : other.start]
        close = one.mode != other.mode and len(between) <= _SIDE_BY_SIDE and not set("\n,") & set(between)
        told = any(wish.words.find(word, between) for word in ("not", "to", "fallback", "instead", "than"))
        if close and not told and not (text is wish.text and wish.nearby(one.start, one.end)):
            paired |= {one.start, other.start}
    return [way for way in found if way.start not in paired]


def _in_a_name(wish: Wish, text: str, way: _Way) -> bool:
    """ "Behind the screen" may be the title of the event, "la Maison de la culture" its place."""
    return wish.index.within(text, way.start, way.end, _NAMING)


#: phrases of the event in which a word for a way is none: "de digitale controle" is what an option is about
_NAMING = frozenset({"title", "name", "place", "point", "session", "option"})


def _near(wish: Wish, text: str, way: _Way) -> bool:
    """ "À côté de chez moi": where a place is, and no way of taking part. Not "trop loin, donc en ligne"."""
    if way.mode != "online":
        return False
    before = max(0, way.start - _NEAR)
    ends = [m.end() for m in wish.words.patterns["near"].finditer(text, before, way.start)]
    return bool(ends) and way.start - ends[-1] <= _JOINED and "," not in text[ends[-1] : way.start]


#: characters before "home" in which it is told how near something is, and of the word between both
_NEAR, _JOINED = 20, 5


def _settled(wish: Wish, ways: list[_Way], where: str = "text") -> Chosen[Mode]:
    wanted: Mode | None = None
    given: Mode | None = None
    second: Mode | None = None
    had: Mode | None = None
    text = wish.text if where == "text" else wish.subject
    evidence = []
    outright = [way for way in ways if where != "text" or not _supposed(wish, way)]
    if where == "text" and all(wish.second_at(way.start) for way in outright):
        outright = []  # "if there is room I come, otherwise I watch the stream"
    named = outright or ways
    likely = (
        wish.likely("mode", [Spot(start=way.start, end=way.end, key=way.mode) for way in named])
        if where == "text"
        else {}
    )
    for way in named:
        evidence.append(
            evidence_of("mode", text[way.start : way.end], f"match.mode.{way.mode}", way.start, way.end, where)
        )
        side = wish.beside(way.start, way.end) if where == "text" else "wanted"
        if way.start in likely and wish.nearby(way.start, way.end) is None:
            told = Stance(side=side, strength=NONE if side == "wanted" else WEAK)
            side = wish.weighed("mode", (way.start, way.end), told, likely, evidence).side
        if _of_the_event(wish, text, way) or (where == "text" and _only_mentioned(wish, way)):
            continue
        if _NEXT_NOT.match(text, way.end) and wish.words.find("not", text, way.end, way.end + _NEXT):
            side = "given"  # "je ne me déplacerai pas"
        if side == "had":
            had = had or way.mode
        elif side == "given":
            given = given or way.mode
        elif wanted is None:
            wanted = way.mode
        elif way.mode != wanted and where == "text" and _switched_to(wish, way):
            given, wanted = given or wanted, way.mode  # "Ik zou in de zaal komen. Zet mij om naar online."
        elif way.mode != wanted:
            second = way.mode
    if second is not None and where == "text" and not any(wish.second_at(way.start) for way in named):
        settled = settled_on(wish, [(way.start, way.mode) for way in named])
        if settled is not None:
            # Only two are there: what it does not come to in the end is given up.
            wanted, given, second = (second, wanted, None) if settled == second else (wanted, second, None)
    if (
        second is not None
        and where == "text"
        and not any(fallback(text, wish.words, way.start) for way in ways if way.mode == second)
    ):
        # Both are wanted, so neither is: a person asks.
        return Chosen(given_up=given, second=second, evidence=tuple(evidence))
    if given is not None and given == wanted:
        given = None
    return Chosen(wanted=wanted, given_up=given, second=second, had=had, evidence=tuple(evidence))


def _switched_to(wish: Wish, way: _Way) -> bool:
    stance = wish.stance(way.start, way.end)
    return stance.side == "wanted" and stance.strength == STRONG


_NEXT_NOT = re.compile(r"\s\w")
#: characters of a word of denial right after the verb
_NEXT = 6


def _only_mentioned(wish: Wish, way: _Way) -> bool:
    """ "Peut-on payer sur place ?" """
    clause = wish.clause_at(way.start)
    return clause is not None and wish.words.find("paying", wish.text, clause.start, clause.end) is not None


def _supposed(wish: Wish, way: _Way) -> bool:
    """ "Si la séance en salle est annulée, je la suivrais en ligne": nothing, once something is said outright."""
    clause = wish.clause_at(way.start)
    if clause is None or wish.second_at(way.start):
        return False
    return bool(clause.hypothetical) or wish.words.patterns["if"].match(wish.text, clause.start) is not None


def _of_the_event(wish: Wish, text: str, way: _Way) -> bool:
    """ "The online series", "l'atelier en ligne" of an event that has no other way: said of the event, chosen by nobody."""
    if len(wish.event.modes) > 1:
        return False
    to = wish.words.find("to", text, way.end, way.end + _NOUN)  # "ma présence virtuelle à la conférence"
    start = max(0, way.start - _BEFORE_IT)
    start += max((stop.end() for stop in _PAUSE.finditer(text[start : way.start])), default=0)
    stop = _PAUSE.search(text, way.end)
    end = min([way.end + _NOUN, *(found.start() for found in (to, stop) if found is not None)])
    kinds = [normal(kind) for kind in wish.event.kind.given().values()] if wish.event.kind else []
    if wish.words.find("sessions", text, start, end) or any(kind in text[start:end] for kind in kinds):
        return True
    # "Online conference", "online-Konferenz", "online haat": what stands right behind it, of whatever event it is told.
    after = next(iter(wish.index.pattern.finditer(text, way.end, end)), None)
    return after is not None and not text[way.end : after.start()].strip(" -")


#: characters before and after a way in which a noun is told that it belongs to
_BEFORE_IT, _NOUN = 30, 24
_PAUSE = re.compile(r"[,;:.!?()\n]")


def _by_place(wish: Wish) -> Evidence | None:
    """ "Je viendrai rue Verte": where the event takes place, with a word for coming, and nothing about picking up."""
    event = wish.event
    if "in-person" not in event.modes or len(event.modes) == 1:
        return None
    for start, end in held_at(wish):
        pickup = about_pickup(wish, start, end) and not _coming_to(wish, start, end)
        if pickup or wish.side(start, end) in {"given", "had"}:
            continue
        clause = wish.clause_at(start)
        if clause is None or (clause.past and not clause.registers) or clause.hypothetical:
            continue
        if clause.registers or wish.words.find("come", wish.text, *part_of(wish, start, DASH)) is not None:
            return evidence_of("mode", wish.text[start:end], BY_PLACE, start, end)
    return None


def _coming_to(wish: Wish, start: int, end: int) -> bool:
    """ "Ik kom naar X en neem mijn exemplaar daar mee", and not "je viens chercher l'outil à X"."""
    before = wish.text[max(0, start - _CLOSE) : start]
    clause = wish.clause_at(start)
    if clause is None or wish.words.find("come", before) is None or wish.words.find("fetch", before) is not None:
        return False
    fetch = wish.words.find("fetch", wish.text, end, clause.end)
    return fetch is not None and wish.words.find("also", wish.text, end, fetch.start()) is not None


#: characters before a place in which a word for coming stands
_CLOSE = 16
