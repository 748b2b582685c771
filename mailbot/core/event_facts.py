"""What people were told of an event, as plain data to keep, and what of it is otherwise now.

Only what makes people come somewhere else, at another time, or not at all: a better title is told to nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from mailbot.core.events import Event, Session
from mailbot.core.language import LANGUAGES, Localized
from mailbot.core.registrations import ACTIVE, Registration
from mailbot.core.written import address

#: JSON-ready
EventFacts = Mapping[str, Any]

What = Literal[
    "cancelled",
    "restored",
    "postponed",
    "day",
    "time",
    "place",
    "mode",
    "link",
    "session",
    "replay",
    "slides",
    "minutes",
    "photos",
    "survey",
]
Kind = Literal[
    "registrant-event-called-off", "registrant-event-postponed", "registrant-event-changed", "registrant-afterwards"
]

#: what there may be once the event is over
AFTERWARDS: tuple[What, ...] = ("replay", "slides", "minutes", "photos", "survey")


#: in place of the facts of an event whose file is not there any more
GONE: EventFacts = {"gone": True}


def left_alone(before: EventFacts) -> EventFacts:
    """What people were told of an event whose file is gone, once a coordinator said that nobody need be told."""
    return {**before, **GONE}


def told_of(facts: EventFacts) -> EventFacts:
    """What people were told, without the note that its file is gone."""
    return {name: value for name, value in facts.items() if name not in GONE}


def expected(registrations: Iterable[Registration], told: EventFacts | None, now: datetime) -> tuple[Registration, ...]:
    """Those who would come to an event whose file is gone; nobody where it is over or called off, or left alone."""
    if told is None or told.get("gone") or told["cancelled"]:
        return ()
    # Files of events that are over are put away by and by: their registrations are not read at each tick.
    if not any(_still_comes(told, key, now) for key in told["sessions"]):
        return ()
    return tuple(
        r
        for r in registrations
        if r.status in ACTIVE
        and any(_still_comes(told, key, now) for key in told["sessions"] if not r.sessions or key in r.sessions)
    )


def likely_renamed(before: EventFacts, events: Iterable[Event]) -> tuple[str, ...]:
    """The events at the times and places of the missing one: its file may have got another key."""

    def times_and_places(facts: EventFacts) -> list[tuple[Any, ...]]:
        return [(session["starts"], session["ends"], session["place"]) for session in facts["sessions"].values()]

    return tuple(sorted(event.key for event in events if times_and_places(facts_of(event)) == times_and_places(before)))


def facts_of(event: Event) -> EventFacts:
    return {
        "cancelled": event.cancelled is not None,
        "times_known": event.times_known,
        "modes": sorted(event.modes),
        "sessions": {session.key: _session(event, session) for session in event.sessions},
        "afterwards": {name: url for name in AFTERWARDS if (url := getattr(event.afterwards, name, None))},
    }


def _session(event: Event, session: Session) -> dict[str, Any]:
    place = session.place or event.place
    return {
        "starts": session.starts.isoformat(),
        "ends": session.ends.isoformat(),
        "place": {language: address(place, language) for language in LANGUAGES} if place else {},
        "link": session.online_link or "",
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class EventChange:
    """What one person has to be told."""

    kind: Kind
    what: tuple[What, ...]


def change_for(
    registration: Registration, before: EventFacts, after: EventFacts, now: datetime, thanked: bool = False
) -> EventChange | None:
    """What concerns this person; None where nothing does, or nobody has to come any more.

    ``thanked``: the mail after the event has gone out to this person, so it cannot tell any more what came later.
    """
    if registration.status not in ACTIVE:
        return None
    if thanked and not after["cancelled"] and (new := _come_since(before, after)):
        return EventChange(kind="registrant-afterwards", what=new)
    own = [key for key in before["sessions"] if key in registration.sessions] or list(before["sessions"])
    coming = [key for key in own if _still_comes(before, key, now) or _still_comes(after, key, now)]
    if not coming:
        return None
    what = _whole(before, after)
    if "cancelled" in what:
        return EventChange(kind="registrant-event-called-off", what=("cancelled",))
    if after["cancelled"]:
        return None
    for key in coming:
        what |= _of_session(before["sessions"][key], after["sessions"].get(key), registration)
    if "mode" in what:
        # Said by the mode already: there is no way to a room any more, and no link was there before.
        what -= set() if "in-person" in after["modes"] else {"place"}
        what -= set() if "online" in before["modes"] else {"link"}
    if not after["times_known"]:
        what -= {"day", "time"}  # they are not told
    if not what:
        return None
    kind: Kind = "registrant-event-postponed" if what & {"day", "postponed"} else "registrant-event-changed"
    return EventChange(kind=kind, what=tuple(each for each in _ORDER if each in what))


def _come_since(before: EventFacts, after: EventFacts) -> tuple[What, ...]:
    """What can be looked at now and could not be, or stood elsewhere. Facts of earlier versions tell nothing of it."""
    has = after.get("afterwards", {})
    had = before.get("afterwards", has)
    return tuple(name for name in AFTERWARDS if name in has and has[name] != had.get(name))


_ORDER: tuple[What, ...] = (
    "cancelled", "restored", "postponed", "day", "time", "session", "place", "mode", "link"
)  # fmt: skip


def _still_comes(facts: EventFacts, key: str, now: datetime) -> bool:
    session = facts["sessions"].get(key)
    return session is not None and datetime.fromisoformat(session["ends"]) > now


def _whole(before: EventFacts, after: EventFacts) -> set[What]:
    what: set[What] = set()
    if before["cancelled"] is not after["cancelled"]:
        what.add("cancelled" if after["cancelled"] else "restored")
    if before["times_known"] and not after["times_known"]:
        what.add("postponed")
    elif after["times_known"] and not before["times_known"]:
        what.add("day")
    if before["modes"] != after["modes"]:
        what.add("mode")
    return what


def _of_session(old: Mapping[str, Any], new: Mapping[str, Any] | None, registration: Registration) -> set[What]:
    if new is None:
        return {"session"}
    what: set[What] = set()
    if old["starts"][:10] != new["starts"][:10]:
        what.add("day")
    elif (old["starts"], old["ends"]) != (new["starts"], new["ends"]):
        what.add("time")
    if old["place"] != new["place"] and registration.mode != "online":
        what.add("place")
    if old["link"] != new["link"] and registration.mode != "in-person":
        what.add("link")
    return what


def concerned(
    registrations: tuple[Registration, ...],
    before: EventFacts,
    after: EventFacts,
    now: datetime,
    thanked: frozenset[str] = frozenset(),
) -> tuple[tuple[Registration, EventChange], ...]:
    """Everybody who has to be told and has an address, each with what. ``thanked``: see ``change_for``."""
    found = (
        (registration, change_for(registration, before, after, now, registration.id in thanked))
        for registration in registrations
        if registration.email or registration.requested_by
    )
    return tuple((registration, change) for registration, change in found if change is not None)


def as_told(event: Event, facts: EventFacts) -> Event:
    """The event with the days and places that people were told."""
    zone = ZoneInfo(event.timezone)
    known = {session.key: session for session in event.sessions}
    sessions = tuple(
        replace(
            known.get(key, event.sessions[0]),
            key=key,
            title=known[key].title if key in known else None,
            starts=datetime.fromisoformat(told["starts"]).astimezone(zone),
            ends=datetime.fromisoformat(told["ends"]).astimezone(zone),
        )
        for key, told in facts["sessions"].items()
    )
    return replace(event, sessions=sessions, times_known=facts["times_known"])


def place_told(facts: EventFacts, keys: tuple[str, ...]) -> Localized | None:
    """Where these sessions were told to be, where that is one place."""
    sessions = facts["sessions"]
    places = [sessions[key]["place"] for key in keys if key in sessions] or [s["place"] for s in sessions.values()]
    return Localized(**places[0]) if places and places[0] and all(place == places[0] for place in places) else None


def earlier_days(event: Event, before: EventFacts) -> tuple[str, ...]:
    """Days (ISO 8601) that people know and that the file names no more: mails that name them would not be understood."""
    named = {session.starts.date().isoformat() for session in event.sessions}
    named |= {day.isoformat() for day in (event.postponed.dates if event.postponed else ())}
    return tuple(sorted({s["starts"][:10] for s in before["sessions"].values()} - named))
