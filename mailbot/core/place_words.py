"""By which words people name a place: street, house, person, floor, or what kind of house it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from mailbot.core.events import Event, Place
from mailbot.core.lexicon import fold
from mailbot.core.match_words import MatchWords

_NUMBER = re.compile(r"[\s,]*\d+\s?\w?$")
_PARTS = re.compile(r"\s*[,;()/]\s*|\s[–—-]\s")


def words_of_place(place: Place) -> Iterator[str]:
    """Its street in each language, with and without the number, its town, its name in parts, its aliases."""
    for street in (place.street, *(place.street_in.given().values() if place.street_in else ())):
        yield street
        if bare := _NUMBER.sub("", street):
            yield bare
    yield from (place.city, *(place.city_in.given().values() if place.city_in else ()))
    yield from place.aliases
    for name in place.name.given().values() if place.name else ():
        # "Rathaus, Ratssaal": either is enough.
        yield from (part for part in (name, *_PARTS.split(name)) if part)


def places_of(event: Event) -> list[Place]:
    """Where an event takes place, in all its sessions."""
    places = [session.place for session in event.sessions if session.place]
    return [*places, event.place] if event.place else places


def by_kind(text: str, words: MatchWords, places: Mapping[str, Sequence[Place]]) -> Iterator[tuple[int, int, str]]:
    """Start, end and key where a place is told by what it is: "de bib", "mairie", of which only one of these is one."""
    kinds: dict[int, set[str]] = {}
    for key, of_key in places.items():
        for place in of_key:
            for word in words_of_place(place):
                for found in words.of_kind.finditer(fold(word)):
                    kinds.setdefault(kind_of(words, found), set()).add(key)
    for found in words.of_kind.finditer(text) if kinds else ():
        owners = kinds.get(kind_of(words, found), set())
        if len(owners) == 1:
            yield found.start(), found.end(), next(iter(owners))


def kind_of(words: MatchWords, found: re.Match[str]) -> int:
    return words.place_kinds[re.sub(r"[\s-]+", " ", found["kind"] or found["ending"])]


def by_floor(text: str, words: MatchWords, places: Mapping[str, Place]) -> Iterator[tuple[int, int, str]]:
    """ "Op 't vijfde", "au 5e étage": the floor on which only one of these is."""
    floors: dict[int, set[str]] = {}
    for key, place in places.items():
        for floor in place.floor.given().values() if place.floor else ():
            for number in re.findall(r"\d+", floor):
                floors.setdefault(int(number), set()).add(key)
    for found in words.floor.finditer(text) if floors else ():
        told = found["digits"] or found["word"]
        owners = floors.get(int(told) if told.isdigit() else words.ordinals[told], set())
        if len(owners) == 1 and (found["before"] or found["after"]):
            yield found.start(), found.end(), next(iter(owners))
