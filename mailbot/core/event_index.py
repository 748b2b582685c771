"""What of the catalogue people's words are matched against, made once.

A phrase that several events share counts for each of them by that much less: rarity is measured on the catalogue.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from mailbot.core.branches import branches
from mailbot.core.events import Choice, Event, PickupPoint
from mailbot.core.lexicon import fold
from mailbot.core.match_words import whole
from mailbot.core.names import folded_parts
from mailbot.core.paraphrase import Vocabulary, vocabulary
from mailbot.core.place_words import words_of_place

#: how much a phrase of each kind says about which event is meant
WEIGHTS = {
    "name": 4.0,
    "title": 4.0,
    "topic": 2.0,
    "session": 1.5,
    "option": 1.5,
    "choice": 1.0,
    "speaker": 2.0,
    "place": 1.0,
    "item": 1.0,
    "point": 1.0,
    "kind": 1.0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    text: str
    #: event -> weight, already divided by how many events share the phrase
    weights: Mapping[str, float]
    #: event -> what it is there
    kinds: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventIndex:
    events: Mapping[str, Event]
    phrases: Mapping[str, Phrase]
    pattern: re.Pattern[str]
    #: every day of every event, those first announced too
    days: Mapping[str, tuple[date, ...]]
    #: event -> pattern -> key of the session, option or pick-up point
    sessions: Mapping[str, tuple[tuple[re.Pattern[str], str], ...]]
    #: words with which only one event is announced
    event_words: Vocabulary
    #: event -> words of which each is of one session; event -> choice -> of one option
    session_words: Mapping[str, Vocabulary]
    option_words: Mapping[str, Mapping[str, Vocabulary]]
    #: places that only one session of the event has
    session_places: Mapping[str, tuple[tuple[re.Pattern[str], str], ...]]
    options: Mapping[str, tuple[tuple[re.Pattern[str], str, str], ...]]
    choice_names: Mapping[str, tuple[tuple[re.Pattern[str], str], ...]]
    #: the bare names of choices: "labo", "workshop"
    choice_words: Mapping[str, tuple[tuple[re.Pattern[str], str], ...]]
    points: Mapping[str, tuple[tuple[re.Pattern[str], str], ...]]
    #: the first and the family name of the person at a pick-up point
    point_people: Mapping[str, tuple[tuple[re.Pattern[str], str], ...]]
    items: Mapping[str, re.Pattern[str] | None]
    #: the words of each event's announcement, folded
    announced: Mapping[str, frozenset[str]]
    #: acronyms, folded: "BIN" is no "bin"
    shouted: frozenset[str]

    def within(self, text: str, start: int, end: int, kinds: frozenset[str]) -> bool:
        """Whether ``text[start:end]``, folded, is part of a longer phrase of some event, of one of these kinds."""
        before = max(0, start - _AROUND)
        for match in self.pattern.finditer(text, before, end + _AROUND):
            phrase = self.phrases.get(" ".join(match[0].split()))
            if phrase is None or " " not in match[0] or not kinds & set(phrase.kinds.values()):
                continue
            if match.start() <= start and end <= match.end():
                return True
        return False


#: characters around a mention in which a title may begin or end
_AROUND = 60


def normal(text: str) -> str:
    """A phrase as it is compared: folded, one space between words, no quotation marks around."""
    return " ".join(fold(text).replace('"', " ").split()).strip(" .,;:!?")


def build_index(events: Mapping[str, Event]) -> EventIndex:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for event in events.values():
        for kind, text in _phrases(event):
            phrase = normal(text)
            before = found[phrase].get(event.key)
            if len(phrase) > 2 and (before is None or WEIGHTS[kind] > WEIGHTS[before]):
                found[phrase][event.key] = kind
    phrases = {
        text: Phrase(text=text, weights=_shared(text, kinds), kinds=kinds) for text, kinds in found.items() if kinds
    }
    return EventIndex(
        events=events,
        phrases=phrases,
        pattern=re.compile(whole(phrases) if phrases else r"(?!)"),
        days={event.key: _days(event) for event in events.values()},
        sessions={event.key: tuple(_session_patterns(event)) for event in events.values()},
        event_words=vocabulary({event.key: _announcement(event) for event in events.values()}, ()),
        session_words={event.key: _session_words(event) for event in events.values()},
        option_words={event.key: _option_words(event) for event in events.values()},
        session_places={event.key: tuple(_session_places(event)) for event in events.values()},
        options={event.key: tuple(_option_patterns(event)) for event in events.values()},
        choice_names={event.key: tuple(_choice_names(event)) for event in events.values()},
        choice_words={
            event.key: tuple(
                (re.compile(whole(normal(n) for n in (*c.names, *c.title.given().values()))), c.key)
                for c in event.choices
            )
            for event in events.values()
        },
        points={event.key: tuple(_point_patterns(event)) for event in events.values()},
        point_people={event.key: tuple(_point_people(event)) for event in events.values()},
        items={event.key: _item(event) for event in events.values()},
        announced={event.key: _announced(event) for event in events.values()},
        shouted=frozenset(
            normal(text)
            for event in events.values()
            for _, text in _phrases(event)
            if text.isupper() and text.isalpha()
        ),
    )


def _shared(text: str, kinds: Mapping[str, str]) -> Mapping[str, float]:
    longer = 1.0 + 0.25 * min(text.count(" "), 4)
    # What is a name of one event and only a topic of another speaks for the first.
    total = sum(WEIGHTS[kind] for kind in kinds.values())
    return {key: WEIGHTS[kind] ** 2 * longer / total for key, kind in kinds.items()}


def _phrases(event: Event) -> Iterator[tuple[str, str]]:
    for title in event.title.given().values():
        yield "title", title
        for part in re.split(r"\s+[–—-]\s+|[:,«»“”„‘’\"]", title):
            if part.strip() and " " in part.strip():
                yield "title", part
    for name in event.names:
        yield "name", name
    for kind in event.kind.given().values() if event.kind else ():
        yield "kind", kind
    for topic in event.topics:
        yield "topic", topic
    for session in event.sessions:
        for topic in (*session.topics, *(session.title.given().values() if session.title else ())):
            yield "session", topic
        for speaker in session.speakers:
            yield "speaker", speaker
        if session.place is not None:
            yield from (("place", alias) for alias in (session.place.street, *session.place.aliases))
    for choice in event.choices:
        yield from (("choice", name) for name in choice.names)
        for option in choice.options:
            yield from (("option", topic) for topic in (*option.topics, *option.title.given().values()))
    for speaker in event.speakers:
        yield "speaker", speaker
    if event.place is not None:
        yield from (("place", alias) for alias in (event.place.street, *event.place.aliases))
    if event.pickup is not None:
        yield from (("item", name) for name in event.pickup.names)
        for point in event.pickup.points:
            yield from (("point", word) for word in (point.place.street, point.place.city, *point.place.aliases))


def _days(event: Event) -> tuple[date, ...]:
    published = [session.starts.date() for session in event.sessions]
    return tuple(dict.fromkeys((*published, *(event.postponed.dates if event.postponed else ()))))


def _session_patterns(event: Event) -> Iterator[tuple[re.Pattern[str], str]]:
    for session in event.sessions:
        words = [*session.topics, *(session.title.given().values() if session.title else ())]
        if words:
            yield stemmed(words), session.key


def _common(event: Event) -> Iterator[str]:
    """What is said of the whole event, in any language."""
    for texts in (event.title, event.kind):
        yield from texts.given().values() if texts else ()
    yield from (*event.names, *event.topics, *event.speakers)
    for place in (event.place, *(session.place for session in event.sessions)):
        if place is not None:
            yield from (place.street, place.city, *place.aliases, *(place.name.given().values() if place.name else ()))


def _announcement(event: Event) -> tuple[str, ...]:
    """What may name the event: not where it is, nor who speaks."""
    told = [*event.title.given().values(), *event.names, *event.topics]
    for session in event.sessions:
        told += [*session.topics, *(session.title.given().values() if session.title else ())]
    for choice in event.choices:
        for option in choice.options:
            told += [*option.topics, *option.title.given().values()]
    return tuple(told)


def _session_words(event: Event) -> Vocabulary:
    things = {s.key: (*s.topics, *(s.title.given().values() if s.title else ())) for s in event.sessions}
    return vocabulary(things, _common(event))


def _option_words(event: Event) -> Mapping[str, Vocabulary]:
    return {
        choice.key: vocabulary(
            {o.key: (*o.topics, *o.title.given().values()) for o in choice.options},
            (*_common(event), *choice.names, *choice.title.given().values()),
        )
        for choice in event.choices
    }


def _session_places(event: Event) -> Iterator[tuple[re.Pattern[str], str]]:
    told = {
        session.key: {normal(w) for w in words_of_place(session.place)}
        for session in event.sessions
        if session.place is not None
    }
    for key, words in told.items():
        own = words.difference(*(other for name, other in told.items() if name != key))
        own -= {normal(w) for w in words_of_place(event.place)} if event.place else set()
        if own:
            yield re.compile(whole(own)), key


#: letters that a long word may lose at its end and still be known: "introduction", "introductive"
_ENDING = 3
_LONG = 9
#: letters of a word that may be inflected: "normal", "das normale"
_SHORT = 6


def stemmed(words: Iterable[str]) -> re.Pattern[str]:
    """Phrases as they stand, single long words in any form that keeps their stem."""
    known = {variant for word in words for variant in _variants(normal(word))}
    stems = {word[:-_ENDING] for word in known if " " not in word and len(word) >= _LONG}
    ended = branches(sorted(map(re.escape, stems), key=lambda stem: (-len(stem), stem)))
    loose = rf"|(?<![\w])(?:{ended})[^\W_]{{0,6}}(?![\w])" if stems else ""
    short = branches(sorted(re.escape(word) for word in known if word.isalpha() and _SHORT <= len(word) < _LONG))
    inflected = rf"|(?<![\w])(?:{short})(?:e[nrs]?|s|n)(?![\w])" if short else ""
    return re.compile(whole(known) + loose + inflected)


def _variants(phrase: str) -> Iterator[str]:
    """ "wij-zij" and "wij/zij"; "meervoudige diagnose" and "meervoudige diagnoses"."""
    yield phrase
    if "-" in phrase:
        yield phrase.replace("-", "/")
    if " " in phrase and phrase[-_SHORT:].isalpha():
        yield from (phrase + ending for ending in ("s", "n", "en"))


def _option_patterns(event: Event) -> Iterator[tuple[re.Pattern[str], str, str]]:
    for choice in event.choices:
        for option in choice.options:
            yield stemmed((*option.topics, *option.title.given().values())), choice.key, option.key


def called(choice: Choice) -> tuple[str, ...]:
    """What it is called, as the phrases are searched."""
    return tuple(normal(name) for name in (*choice.names, *choice.title.given().values()))


def _choice_names(event: Event) -> Iterator[tuple[re.Pattern[str], str]]:
    for choice in event.choices:
        names = called(choice)
        names += tuple(f"{name}s" for name in names if not name.endswith("s"))
        # "lab 3", "labs 2 et 4", "labo D", "troisième labo"
        yield re.compile(rf"{whole(names)}[^\S\n]*(?:n[°o]\.?\s*|nr\.?\s*)?(?P<sign>\d|[a-z])(?![\w'])"), choice.key


def _point_patterns(event: Event) -> Iterator[tuple[re.Pattern[str], str]]:
    if event.pickup is None:
        return
    named = {point.key: {normal(word) for word in _words_of(point)} for point in event.pickup.points}
    for key, words in named.items():
        # The town of two points tells neither.
        own = words.difference(*(other for name, other in named.items() if name != key))
        if own:
            yield re.compile(whole(own)), key


def _point_people(event: Event) -> Iterator[tuple[re.Pattern[str], str]]:
    points = event.pickup.points if event.pickup else ()
    named = {p.key: {part for part in normal(p.ask_for).split() if len(part) > 2} for p in points if p.ask_for}
    for key, parts in named.items():
        own = parts.difference(*(other for name, other in named.items() if name != key))
        if own:
            yield re.compile(whole(own)), key


def _words_of(point: PickupPoint) -> Iterator[str]:
    yield from words_of_place(point.place)
    if point.ask_for:
        yield point.ask_for


def _item(event: Event) -> re.Pattern[str] | None:
    if event.pickup is None:
        return None
    # What is also a name of the event says nothing about picking up.
    known = {normal(word) for word in (*event.names, *event.title.given().values())}
    names = {normal(name) for name in event.pickup.names} - known
    names |= {f"{name[:-1]}ies" for name in names if name.endswith("y")}  # the copy, our copies
    return re.compile(whole(names)) if names else None


def _announced(event: Event) -> frozenset[str]:
    """Words of the announcement: "Abholung Molenbeek" and "Thema Lockdown" are nobody's names."""
    places = [event.place, *(session.place for session in event.sessions)]
    places += [point.place for point in event.pickup.points] if event.pickup else []
    told = [text for place in places if place for text in (place.street, place.city, *place.aliases)]
    called = [text for place in places if place for text in (place.name, place.street_in, place.city_in) if text]
    told += [text for words in called for text in words.given().values()]
    told += [*event.title.given().values(), *event.names, *event.topics]
    for session in event.sessions:
        told += [*session.topics, *(session.title.given().values() if session.title else ())]
    for choice in event.choices:
        told += choice.names
        for option in choice.options:
            told += [*option.topics, *option.title.given().values()]
    return frozenset(word for text in told for word in folded_parts(text) if len(word) > 3)
