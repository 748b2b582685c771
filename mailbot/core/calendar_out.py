"""The calendar object that goes with a confirmation (RFC 5545, 5546, 6047).

Several sessions are several events; an iTIP REQUEST holds one UID only (RFC 5546 §3.2.2), and a mail's alternatives must
not hold different events (RFC 6047 §2.4). So one session is a REQUEST that can be declined, and several are a
METHOD:PUBLISH file that is only imported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from mailbot.core.events import Event, Session
from mailbot.core.language import Language
from mailbot.core.policy import Desk
from mailbot.core.registrations import Registration
from mailbot.core.written import address

Method = Literal["REQUEST", "CANCEL", "PUBLISH"]


def invitation(
    event: Event, registration: Registration, *, desk: Desk, language: Language, now: datetime, cancelled: bool = False
) -> tuple[bytes, Method] | None:
    """The object and its method; None where there is nothing to put into a calendar."""
    sessions = [session for session in event.sessions if session.key in registration.sessions] or list(event.sessions)
    if not event.times_known or (cancelled and len(sessions) != 1):
        # What was only imported cannot be cancelled from here; the mail says so in words.
        return None
    method: Method = "CANCEL" if cancelled else "REQUEST" if len(sessions) == 1 else "PUBLISH"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//mailbot//registration desk//EN",
        "CALSCALE:GREGORIAN",
        f"METHOD:{method}",
    ]
    years = (min(s.starts.year for s in sessions), max(s.ends.year for s in sessions))
    text = "\r\n".join(fold(line) for line in lines) + "\r\n" + timezone(event.timezone, *years)
    for session in sessions:
        text += (
            "\r\n".join(fold(line) for line in _event(event, session, registration, desk, language, now, method))
            + "\r\n"
        )
    return (text + "END:VCALENDAR\r\n").encode("utf-8"), method


def uid(registration: Registration, session: Session, desk: Desk) -> str:
    """Stable for a person and a session (RFC 5545 §3.8.4.7)."""
    return f"{registration.id}.{session.key.replace('/', '.')}@{desk.address.rpartition('@')[2]}"


def _event(
    event: Event,
    session: Session,
    registration: Registration,
    desk: Desk,
    language: Language,
    now: datetime,
    method: Method,
) -> Iterator[str]:
    title = event.title.in_(language)
    summary = f"{title}: {session.title.in_(language)}" if session.title else title
    place = session.place or event.place
    online = registration.mode == "online" or "in-person" not in event.modes
    yield "BEGIN:VEVENT"
    yield f"UID:{uid(registration, session, desk)}"
    yield f"SEQUENCE:{registration.sequence}"
    yield f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;TZID={event.timezone}:{_wall(session.starts, event.timezone)}"
    yield f"DTEND;TZID={event.timezone}:{_wall(session.ends, event.timezone)}"
    yield f"SUMMARY;LANGUAGE={language}:{escape(summary)}"
    if place is not None and not online:
        yield f"LOCATION;LANGUAGE={language}:{escape(address(place, language))}"
    if online and session.online_link:
        yield f"URL:{_no_control(session.online_link)}"
    if event.description is not None:
        yield f"DESCRIPTION;LANGUAGE={language}:{escape(event.description.in_(language))}"
    yield f'ORGANIZER;CN="{parameter(desk.name.in_(language))}":mailto:{_no_control(desk.address)}'
    if method != "PUBLISH" and registration.email:  # RFC 5546 §3.2.1: a PUBLISH has no ATTENDEE
        name = f';CN="{parameter(registration.name)}"' if registration.name else ""
        state = "PARTSTAT=DECLINED" if method == "CANCEL" else "PARTSTAT=ACCEPTED;RSVP=TRUE"
        yield f"ATTENDEE;ROLE=REQ-PARTICIPANT;{state}{name}:mailto:{_no_control(registration.email)}"
    yield f"STATUS:{'CANCELLED' if method == 'CANCEL' else 'CONFIRMED'}"
    yield "TRANSP:OPAQUE"
    yield "END:VEVENT"


@lru_cache(maxsize=4096)  # the same sessions in mail after mail
def _wall(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%Y%m%dT%H%M%S}"


@lru_cache(maxsize=64)
def timezone(name: str, first_year: int, last_year: int) -> str:
    """The VTIMEZONE of a zone, with its clock changes in these years (RFC 5545 §3.6.5)."""
    from icalendar import Timezone  # here, because it takes 0.1 s and most commands need no time zone

    zone: tzinfo = ZoneInfo(name)
    made: bytes = Timezone.from_tzinfo(
        zone,
        tzid=name,
        first_date=date(first_year - 1, 1, 1),
        last_date=date(last_year + 2, 1, 1),
    ).to_ical()
    return made.decode("utf-8")


@lru_cache(maxsize=1024)  # an event's words, in mail after mail
def escape(text: str) -> str:
    """A TEXT value (RFC 5545 §3.3.11)."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return _no_control(text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n"))


def parameter(text: str) -> str:
    """A quoted parameter value: it can hold neither quotes nor control characters (RFC 5545 §3.2)."""
    return _no_control(text).replace('"', "'")


_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]+")


def _no_control(text: str) -> str:
    return _CONTROL.sub("", text)


def fold(line: str) -> str:
    """At most 75 octets a line, never within a character (RFC 5545 §3.1)."""
    if len(line) <= 75 and line.isascii():
        return line
    return _folded(line)


@lru_cache(maxsize=1024)
def _folded(line: str) -> str:
    octets = line.encode("utf-8")
    if len(octets) <= 75:
        return line
    pieces: list[bytes] = []
    start = 0
    while start < len(octets):
        end = start + (75 if not pieces else 74)
        while end < len(octets) and octets[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(octets[start:end])
        start = end
    return b"\r\n ".join(pieces).decode("utf-8")
