"""How the sender takes part, and where the item is picked up."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from mailbot.core.direction import second as fallback
from mailbot.core.event_index import normal
from mailbot.core.events import Event, Mode, Place
from mailbot.core.match_words import whole
from mailbot.core.requests import Evidence
from mailbot.core.wish import Chosen, Wish, evidence_of

_WAYS: tuple[tuple[str, Mode], ...] = (("in_person", "in-person"), ("online", "online"))

#: two ways named so close to each other are the flyer's "on site or online", not an answer
_SIDE_BY_SIDE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    start: int
    end: int
    mode: Mode


def mode_of(wish: Wish) -> Chosen[Mode]:
    """Said in so many words; else by coming to the place."""
    said = _ways(wish, wish.text)
    settled = _settled(wish, said)
    if settled.wanted is None and settled.second is None:
        there = _by_place(wish)
        if there is not None and (settled.given_up is None or settled.given_up == "online"):
            return Chosen(wanted="in-person", given_up=settled.given_up, evidence=(*settled.evidence, there))
    if settled.wanted is None and settled.given_up is not None and len(wish.event.modes) == len(_WAYS):
        # "Not through the computer": there is only one other way.
        return Chosen(
            wanted="in-person" if settled.given_up == "online" else "online",
            given_up=settled.given_up,
            evidence=settled.evidence,
        )
    if settled.wanted is None and settled.second is None and not said and wish.of_own_subject:
        return _settled(wish, _ways(wish, wish.subject), "subject")
    return settled


def _ways(wish: Wish, text: str) -> list[_Way]:
    """Each way that is named, but for those that stand side by side as alternatives."""
    found = sorted(
        (
            _Way(start=m.start(), end=m.end(), mode=mode)
            for meaning, mode in _WAYS
            for m in wish.words.patterns[meaning].finditer(text)
        ),
        key=lambda way: way.start,
    )
    found = [way for way in found if not _in_a_name(wish, text, way)]
    paired: set[int] = set()
    for one, other in itertools.pairwise(found):
        between = text[one.end : other.start]
        close = one.mode != other.mode and len(between) <= _SIDE_BY_SIDE and not set("\n,") & set(between)
        if close and not any(wish.words.find(word, between) for word in ("not", "to", "fallback", "instead")):
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


#: characters around a mention in which a title may begin or end
_AROUND = 60


def _settled(wish: Wish, ways: list[_Way], where: str = "text") -> Chosen[Mode]:
    wanted: Mode | None = None
    given: Mode | None = None
    second: Mode | None = None
    text = wish.text if where == "text" else wish.subject
    evidence = []
    for way in ways:
        evidence.append(
            evidence_of("mode", text[way.start : way.end], f"match.mode.{way.mode}", way.start, way.end, where)
        )
        side = wish.beside(way.start, way.end) if where == "text" else "wanted"
        if _of_the_event(wish, text, way):
            continue
        if side in {"given", "had"}:
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
    return Chosen(wanted=wanted, given_up=given, second=second, evidence=tuple(evidence))


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
        if _about_pickup(wish, match.start()) or wish.side(match.start(), match.end()) in {"given", "had"}:
            continue
        clause = wish.clause_at(match.start())
        if clause is None or clause.past or clause.hypothetical:
            continue
        if clause.registers or wish.words.find("come", wish.text, clause.start, clause.end) is not None:
            return evidence_of("mode", match[0], "match.mode.place", match.start(), match.end())
    return None


def _places(event: Event) -> list[str]:
    places: list[Place] = [session.place for session in event.sessions if session.place]
    places += [event.place] if event.place else []
    return [normal(word) for place in places for word in (place.street, place.city, *place.aliases)]


# -- pick-up -----------------------------------------------------------------------


def pickup_of(wish: Wish) -> Chosen[str]:
    """The point that is named where picking up is spoken of; the last word counts."""
    event = wish.event
    if event.pickup is None:
        return Chosen()
    found = sorted(
        (m.start(), m.end(), key) for pattern, key in wish.index.points[event.key] for m in pattern.finditer(wish.text)
    )
    wanted: str | None = None
    given: str | None = None
    evidence = []
    for start, end, key in found:
        if not _about_pickup(wish, start):
            continue
        evidence.append(evidence_of("pickup", wish.text[start:end], f"match.pickup.{key}", start, end))
        if wish.side(start, end) == "given":
            given = given or key
        else:
            wanted = key
    if wanted is not None and wanted == given:
        given = None
    return Chosen(wanted=wanted, given_up=given, evidence=tuple(evidence))


#: characters of an answer that says no more than where
_ANSWER = 400


def _about_pickup(wish: Wish, start: int) -> bool:
    """The sentence speaks of picking up, or the sender answers our question where."""
    line_start = max(wish.text.rfind(mark, 0, start) for mark in ("\n\n", ". ", "! ", "? ")) + 1
    ends = [at for mark in ("\n\n", ". ", "! ", "? ") if (at := wish.text.find(mark, start)) >= 0]
    sentence = wish.text[line_start : min(ends, default=len(wish.text))]
    item = wish.index.items[wish.event.key]
    if wish.words.find("pickup", sentence) is not None or (item is not None and item.search(sentence)):
        return True
    previous = wish.text[max(0, line_start - 120) : line_start]
    if wish.words.find("pickup", previous) is not None and len(sentence) < 80:
        return True
    return wish.answers_us and len(wish.text) < _ANSWER
