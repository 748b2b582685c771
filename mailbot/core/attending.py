"""How the sender takes part, and where the item is picked up."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mailbot.core.clauses import TWO_NAMES
from mailbot.core.direction import second as fallback
from mailbot.core.event_index import normal
from mailbot.core.events import Event, Mode, Place
from mailbot.core.match_words import whole
from mailbot.core.requests import Evidence
from mailbot.core.wish import Chosen, Wish, evidence_of

_WAYS: tuple[tuple[str, Mode], ...] = (("in_person", "in-person"), ("online", "online"))

#: what tells a way by what one does for it: taking the train, asking for the link
_BY_DEEDS: tuple[tuple[str, Mode], ...] = (("travelling", "in-person"), ("connecting", "online"))

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
    if apart is not None and _of_somebody_else(wish, apart, said):
        return Chosen(second="online", evidence=(*settled.evidence, apart))
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


def _to_fetch(wish: Wish, way: _Way) -> bool:
    """ "Je viens chercher le guide chez vous": said of the item."""
    clause = wish.clause_at(way.start)
    return clause is not None and wish.words.find("fetch", wish.text, clause.start, clause.end) is not None


def _only_to_fetch(wish: Wish, way: _Way) -> bool:
    """ "Mijn exemplaar haal ik zelf af", and nothing of coming."""
    clause = wish.clause_at(way.start)
    if way.mode != "in-person" or clause is None or clause.registers or not _to_fetch(wish, way):
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
    around = text[max(0, way.start - _AROUND) : way.end + _AROUND]
    offset = max(0, way.start - _AROUND)
    for match in wish.index.pattern.finditer(around):
        phrase = wish.index.phrases.get(" ".join(match[0].split()))
        if phrase is None or not {"title", "name", "place", "point"} & set(phrase.kinds.values()):
            continue
        if match.start() + offset <= way.start and way.end <= match.end() + offset and " " in match[0]:
            return True
    return False


def _near(wish: Wish, text: str, way: _Way) -> bool:
    """ "À côté de chez moi": where a place is, and no way of taking part. Not "trop loin, donc en ligne"."""
    if way.mode != "online":
        return False
    before = max(0, way.start - _NEAR)
    ends = [m.end() for m in wish.words.patterns["near"].finditer(text, before, way.start)]
    return bool(ends) and way.start - ends[-1] <= _JOINED and "," not in text[ends[-1] : way.start]


#: characters before "home" in which it is told how near something is, and of the word between both
_NEAR, _JOINED = 20, 5

#: characters around a mention in which a title may begin or end
_AROUND = 60


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
    for way in outright or ways:
        evidence.append(
            evidence_of("mode", text[way.start : way.end], f"match.mode.{way.mode}", way.start, way.end, where)
        )
        side = wish.beside(way.start, way.end) if where == "text" else "wanted"
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
        elif way.mode != wanted:
            second = way.mode
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
    around = text[max(0, way.start - 30) : way.end + 24]
    kinds = [normal(kind) for kind in wish.event.kind.given().values()] if wish.event.kind else []
    return wish.words.find("sessions", around) is not None or any(kind in around for kind in kinds)


def _by_place(wish: Wish) -> Evidence | None:
    """ "Je viendrai rue Verte": where the event takes place, with a word for coming, and nothing about picking up."""
    event = wish.event
    if "in-person" not in event.modes or len(event.modes) == 1:
        return None
    for match in re.finditer(whole(_places(event)), wish.text):
        pickup = _about_pickup(wish, match.start(), match.end()) and not _coming_to(wish, match.start(), match.end())
        if pickup or wish.side(match.start(), match.end()) in {"given", "had"}:
            continue
        clause = wish.clause_at(match.start())
        if clause is None or clause.past or clause.hypothetical:
            continue
        if clause.registers or wish.words.find("come", wish.text, *_part(wish, match.start(), _DASH)) is not None:
            return evidence_of("mode", match[0], "match.mode.place", match.start(), match.end())
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


def _places(event: Event) -> list[str]:
    places: list[Place] = [session.place for session in event.sessions if session.place]
    places += [event.place] if event.place else []
    return [normal(word) for place in places for word in (place.street, place.city, *place.aliases)]


# -- pick-up -----------------------------------------------------------------------


def pickup_of(wish: Wish) -> Chosen[str]:
    """The point that is named where picking up is spoken of: nearest to the word for fetching; of several, the last."""
    event = wish.event
    if event.pickup is None:
        return Chosen()
    found = sorted(
        (m.start(), m.end(), key) for pattern, key in wish.index.points[event.key] for m in pattern.finditer(wish.text)
    )
    spoken = [(start, end, key) for start, end, key in found if _about_pickup(wish, start, end)]
    wanted: str | None = None
    given: str | None = None
    evidence = []
    single = len({key for _, _, key in found}) == 1
    for start, end, key in _nearest(wish, spoken):
        evidence.append(evidence_of("pickup", wish.text[start:end], f"match.pickup.{key}", start, end))
        stance = wish.stance(start, end)
        # "Passer au guichet de la commune pour le guide": left for another place it is only where there is one.
        instead = wish.words.find("instead", wish.text, max(0, start - _BEFORE), start) is not None
        if stance.side == "given" and (instead or not stance.exchanged or not single):
            given = given or key
        else:
            wanted = key
    there = _there(wish) if wanted is None and given is None else None
    if there is not None and {key for _, _, key in found} <= {there[0]}:
        wanted = there[0]
        evidence.append(there[1])
    if wanted is not None and wanted == given:
        given = None
    return Chosen(wanted=wanted, given_up=given, evidence=tuple(evidence))


def _there(wish: Wish) -> tuple[str, Evidence] | None:
    """ "Je viens rue Verte, et je prends l'outil au même endroit": the point where the event takes place."""
    where = {normal(word) for word in _places(wish.event)}
    points = (
        [point.key for point in wish.event.pickup.points if _streets(point.place) & where] if wish.event.pickup else []
    )
    for found in wish.words.patterns["there"].finditer(wish.text):
        clause = wish.clause_at(found.start())
        if clause is None or clause.negated or clause.hypothetical or clause.asks or len(points) != 1:
            continue
        fetched = wish.words.find("fetch", wish.text, clause.start, clause.end) is not None
        if fetched and re.search(whole(where), wish.text[: found.start()]) is not None:
            return points[0], evidence_of("pickup", found[0], "match.pickup.there", found.start(), found.end())
    return None


def _streets(place: Place) -> set[str]:
    return {normal(word) for word in (place.street, *place.aliases)}


def _nearest(wish: Wish, spoken: list[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """Without the points that stand farther from their clause's word for fetching than another does."""
    for start, end, key in spoken:
        clause = wish.clause_at(start)
        rivals = [o for o in spoken if clause is not None and clause.start <= o[0] < clause.end and o[2] != key]
        told = wish.nearby(start, end) is not None or any(wish.nearby(a, b) is not None for a, b, _ in rivals)
        if told or not any(_to_fetching(wish, a, b) < _to_fetching(wish, start, end) for a, b, _ in rivals):
            yield start, end, key


def _to_fetching(wish: Wish, start: int, end: int) -> int:
    first, last = _sentence(wish.text, start)
    verbs = wish.words.patterns["fetch"].finditer(wish.text, first, last)
    # Where one fetches mostly stands after the verb; before it, where one does something else.
    far = (verb.start() - end + _BEFORE if end <= verb.start() else start - verb.end() for verb in verbs)
    return min(far, default=_ANSWER)


#: what standing before the verb costs, in characters
_BEFORE = 12

#: characters of an answer that says no more than where
_ANSWER = 400


def _sentence(text: str, at: int) -> tuple[int, int]:
    start = max(text.rfind(mark, 0, at) for mark in _ENDS) + 1
    ends = [end for mark in _ENDS if (end := text.find(mark, at)) >= 0]
    return start, min(ends, default=len(text))


_ENDS = ("\n\n", ". ", ".\n", "! ", "? ")


def _about_pickup(wish: Wish, start: int, end: int) -> bool:
    """The sentence speaks of picking up, or the sender answers our question where; not of where he takes part."""
    item = wish.index.items[wish.event.key]

    def speaks_of_it(first: int, last: int) -> bool:
        told = any(wish.words.find(meaning, wish.text, first, last) for meaning in ("fetch", "pickup"))
        return told or (item is not None and item.search(wish.text, first, last) is not None)

    clause = wish.clause_at(start)
    if clause is not None and speaks_of_it(*_part(wish, start, _COMMA)):
        return True
    if clause is not None and speaks_of_it(clause.start, clause.end):
        return not _where_taking_part(wish, clause, start, end)
    if clause is not None and _where_taking_part(wish, clause, start, end):
        return False
    first, last = _sentence(wish.text, start)
    sentence = wish.text[first:last]
    if speaks_of_it(first, last):
        return True
    previous = wish.text[max(0, first - 120) : first]
    if wish.words.find("pickup", previous) is not None and len(sentence) < 80:
        return True
    return (wish.answers_us or _asked_where(wish, wish.text[start:end])) and len(wish.text) < _ANSWER


def _asked_where(wish: Wish, point: str) -> bool:
    """The mail that is answered names this place in a sentence about fetching: "afhalen in het fietspunt of …"."""
    named = wish.quote.find(point)
    return named >= 0 and wish.words.find("fetch", wish.quote, *_sentence(wish.quote, named)) is not None


def _where_taking_part(wish: Wish, clause: Any, start: int, end: int) -> bool:
    """ "On se voit rue Verte", "passer en visio plutôt qu'à Schaerbeek": said of coming, where the event takes place."""
    if not any(re.search(whole([place]), wish.text[start:end]) for place in _places(wish.event)):
        return False
    first, last = _part(wish, start, _COMMA)
    # "Could you switch it to X for me?" registers nobody.
    moved = start < clause.registers_at and wish.words.find("swap", wish.text, first, start) is not None
    if (first <= clause.registers_at < last and not moved) or clause.giving_up or clause.past:
        return True
    return any(wish.words.find(meaning, wish.text, first, last) for meaning in ("come", "online", "in_person"))


def _part(wish: Wish, at: int, cut: re.Pattern[str]) -> tuple[int, int]:
    """The part of a clause between such signs."""
    clause = wish.clause_at(at)
    start, end = (clause.start, clause.end) if clause is not None else (0, len(wish.text))
    cuts = [sign.start() for sign in cut.finditer(wish.text, start, end)]
    return max((c for c in cuts if c < at), default=start), min((c for c in cuts if c >= at), default=end)


_COMMA, _DASH = re.compile(r",| [-–—] "), re.compile(r" [-–—] ")
