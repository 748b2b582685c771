"""Where the sender picks up the item."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from mailbot.core.direction import STRONG
from mailbot.core.event_index import normal
from mailbot.core.events import Pickup, Place
from mailbot.core.match_words import whole
from mailbot.core.place_words import by_floor, by_kind, places_of, words_of_place
from mailbot.core.requests import Evidence
from mailbot.core.standing import Spot
from mailbot.core.wish import Chosen, Wish, evidence_of


def pickup_of(wish: Wish) -> Chosen[str]:
    """The point that is named where picking up is spoken of: nearest to the word for fetching; of several, the last."""
    event = wish.event
    if event.pickup is None:
        return Chosen()
    found = sorted(_points(wish, event.pickup))
    spoken = [(start, end, key) for start, end, key in found if about_pickup(wish, start, end)]
    wanted: str | None = None
    given: str | None = None
    hardly: str | None = None
    evidence = []
    single = len({key for _, _, key in found}) == 1
    nearest = list(_nearest(wish, spoken))
    likely = wish.likely("pickup", [Spot(start=start, end=end, key=key) for start, end, key in nearest])
    for start, end, key in nearest:
        if _of_others(wish, start):
            continue
        evidence.append(evidence_of("pickup", wish.text[start:end], f"match.pickup.{key}", start, end))
        stance = wish.weighed("pickup", (start, end), wish.stance(start, end), likely, evidence)
        # "Passer au guichet de la commune pour le guide": left for another place it is only where there is one.
        instead = wish.words.find("instead", wish.text, max(0, start - _BEFORE), start) is not None
        if _closed(wish, start):
            given = given or key
        elif stance.side == "given" and not single and _behind_what_is_left(wish, start):
            wanted = key
        elif stance.side == "given" and (instead or not stance.exchanged or not single):
            hardly = key if stance.strength < STRONG else hardly
            given = key if stance.strength == STRONG else given or key
        else:
            wanted = key
    if wanted is None and hardly not in {None, given}:
        wanted = (
            hardly  # "in X, niet in Y, daar geraak ik niet": of two in a clause that denies, one is denied outright
        )
    there = _there(wish) if wanted is None and given is None else None
    if there is not None and {key for _, _, key in found} <= {there[0]}:
        wanted = there[0]
        evidence.append(there[1])
    if wanted is not None and wanted == given:
        given = None
    return Chosen(wanted=wanted, given_up=given, evidence=tuple(evidence))


def _points(wish: Wish, pickup: Pickup) -> Iterator[tuple[int, int, str]]:
    """Each point where it is named: as the event file does, by its kind or floor, or by whom one finds there."""
    named = [
        (m.start(), m.end(), key)
        for pattern, key in wish.index.points[wish.event.key]
        for m in pattern.finditer(wish.text)
    ]
    yield from named
    places = {point.key: point.place for point in pickup.points}
    kinds = by_kind(wish.text, wish.words, {key: [place] for key, place in places.items()})
    days = wish.index.days[wish.event.key]
    # "Au 5e" may be a day; of no month, and none of the event's, it is none.
    dated = [(d.start, d.end) for d in wish.dates if d.month is not None or any(d.fits(day) for day in days)]
    floors = (f for f in by_floor(wish.text, wish.words, places) if not any(a < f[1] and f[0] < b for a, b in dated))
    for start, end, key in (*kinds, *floors, *_by_person(wish)):
        if not any(first < end and start < last for first, last, _ in named):
            yield start, end, key


def _by_person(wish: Wish) -> Iterator[tuple[int, int, str]]:
    """ "Ik spring langs bij Yusuf", "bei Frau Schyns": where somebody is whom the event file tells one to ask for."""
    for pattern, key in wish.index.point_people[wish.event.key]:
        for found in pattern.finditer(wish.text):
            before = wish.text[max(0, found.start() - _BEFORE) : found.start()]
            at = list(wish.words.patterns["with_person"].finditer(before))
            between = before[at[-1].end() :].strip(" .") if at else None
            if between is not None and (not between or wish.words.patterns["titles"].fullmatch(between)):
                yield found.start(), found.end(), key


def _of_others(wish: Wish, start: int) -> bool:
    """ "No need of a copy, my colleague in X already has one": where somebody else is, and nothing is fetched."""
    clause = wish.clause_at(start)
    return clause is not None and clause.of_others_at >= 0 and clause.negated


def _behind_what_is_left(wish: Wish, start: int) -> bool:
    """ "Je ne saurai pas aller jusqu'à X, gardez-le plutôt pour moi à Y": what is given up is in another part."""
    clause = wish.clause_at(start)
    first, last = part_of(wish, start, COMMA)
    if clause is None or not clause.giving_ups or any(at >= first for at in clause.giving_ups):
        return False
    return all(wish.words.find(meaning, wish.text, first, last) is None for meaning in ("not", "instead")) and any(
        wish.words.find(meaning, wish.text, first, start) for meaning in ("fetch", "rather")
    )


def _closed(wish: Wish, start: int) -> bool:
    """ "La librairie est fermée quand je passe en ville", and not "I'll fetch it there unless it is closed"."""
    clause = wish.clause_at(start)
    if clause is None or clause.asks or wish.words.find("closed", wish.text, start, clause.end) is None:
        return False
    return wish.words.find("fetch", wish.text, clause.start, clause.end) is None


def held_at(wish: Wish) -> Iterator[tuple[int, int]]:
    """Where the mail names the place in which the event is held, as the event file does or by its kind."""
    places = places_of(wish.event)
    for found in re.finditer(whole(normal(word) for place in places for word in words_of_place(place)), wish.text):
        yield found.span()
    for start, end, _ in by_kind(wish.text, wish.words, {wish.event.key: places}):
        yield start, end


def _there(wish: Wish) -> tuple[str, Evidence] | None:
    """ "Je viens rue Verte, et je prends l'outil au même endroit": the point where the event takes place."""
    where = {normal(word) for place in places_of(wish.event) for word in words_of_place(place)}
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


def about_pickup(wish: Wish, start: int, end: int) -> bool:
    """The sentence speaks of picking up, or the sender answers our question where; not of where he takes part."""
    item = wish.index.items[wish.event.key]

    def speaks_of_it(first: int, last: int) -> bool:
        told = any(wish.words.find(meaning, wish.text, first, last) for meaning in ("fetch", "pickup"))
        return told or (item is not None and item.search(wish.text, first, last) is not None)

    clause = wish.clause_at(start)
    if _when_and_where(wish, start, end):
        return False
    if clause is not None and speaks_of_it(*part_of(wish, start, COMMA)):
        return True
    if clause is not None and speaks_of_it(clause.start, clause.end):
        return not _where_one_takes_part(wish, clause, start, end)
    if clause is not None and _where_one_takes_part(wish, clause, start, end):
        return False
    first, last = _sentence(wish.text, start)
    sentence = wish.text[first:last]
    if speaks_of_it(first, last):
        return True
    before = max(0, first - _PREVIOUS)
    told = wish.words.find("pickup", wish.text, before, first) or (item and item.search(wish.text, before, first))
    if told and len(sentence) < _SHORT:
        return True
    others = any(each.of_others_at >= 0 for each in wish.clauses if first <= each.start < last)
    if others and _is_held_at(wish, start, end):
        return False  # "I can't make it, my colleague will take my place, in X": where the event takes place
    return (wish.answers_us or _asked_where(wish, wish.text[start:end])) and len(wish.text) < _ANSWER


def _is_held_at(wish: Wish, start: int, end: int) -> bool:
    """Whether these words name the place in which the event is held."""
    return any(first < end and start < last for first, last in held_at(wish))


def _when_and_where(wish: Wish, start: int, end: int) -> bool:
    """ "L'outil que vous présentez le 16 septembre rue Verte": day and place of the event, and nothing is fetched."""
    if not _is_held_at(wish, start, end):
        return False
    if wish.words.find("fetch", wish.text, *_sentence(wish.text, start)) is not None:
        return False
    days = wish.index.days[wish.event.key]
    dated = (d for d in wish.dates if any(d.fits(day) for day in days))
    return any(0 <= start - d.end <= _BETWEEN or 0 <= d.start - end <= _BETWEEN for d in dated)


#: characters between a day and a place that are told together
_BETWEEN = 5

#: characters before a short sentence in which picking up is spoken of, and of such a sentence
_PREVIOUS, _SHORT = 120, 80


def _asked_where(wish: Wish, point: str) -> bool:
    """The mail that is answered names this place in a sentence about fetching: "afhalen in het fietspunt of …"."""
    named = wish.quote.find(point)
    return named >= 0 and wish.words.find("fetch", wish.quote, *_sentence(wish.quote, named)) is not None


def _where_one_takes_part(wish: Wish, clause: Any, start: int, end: int) -> bool:
    """ "On se voit rue Verte", "passer en visio plutôt qu'à Schaerbeek": said of coming, where the event takes place."""
    if not _is_held_at(wish, start, end):
        return False
    first, last = part_of(wish, start, COMMA)
    # "Could you switch it to X for me?" registers nobody.
    moved = start < clause.registers_at and wish.words.find("swap", wish.text, first, start) is not None
    if (first <= clause.registers_at < last and not moved) or clause.giving_up or clause.past:
        return True
    return any(wish.words.find(meaning, wish.text, first, last) for meaning in ("come", "online", "in_person"))


def part_of(wish: Wish, at: int, cut: re.Pattern[str]) -> tuple[int, int]:
    """The part of a clause between such signs."""
    clause = wish.clause_at(at)
    start, end = (clause.start, clause.end) if clause is not None else (0, len(wish.text))
    # A dash in a title that stands between quotation marks parts nothing.
    cuts = [c.start() for c in cut.finditer(wish.text, start, end) if wish.text.count('"', start, c.start()) % 2 == 0]
    return max((c for c in cuts if c < at), default=start), min((c for c in cuts if c >= at), default=end)


COMMA, DASH = re.compile(r",| [-–—] "), re.compile(r" [-–—] ")
