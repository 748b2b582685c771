"""The calendar objects that go with our mails (RFC 5545, 5546, 6047).

Several sessions are several events. One object cannot hold them: all components of a REQUEST have the same UID (RFC 5546
§3.2.2), and one UID of several VEVENTs is one recurring event. Alternatives of one mail cannot hold them either (RFC 6047
§2.4). A PUBLISH can, but what was only published can be neither declined, nor moved, nor cancelled. So there is one
REQUEST for each session, in parts beside each other as RFC 6047 §4.5 shows: each opens with its own buttons in Outlook,
Apple Calendar and Gmail, and each is updated and cancelled by its own UID later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from mailbot.core.calendar_zone import vtimezone
from mailbot.core.events import Event
from mailbot.core.invitations import Invitation, is_online
from mailbot.core.language import Language
from mailbot.core.policy import Desk
from mailbot.core.registrations import Registration
from mailbot.core.written import address

Method = Literal["REQUEST", "CANCEL"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarObject:
    method: Method
    content: bytes


def calendar_object(
    invitation: Invitation, event: Event, registration: Registration, *, desk: Desk, language: Language
) -> CalendarObject:
    """What brings one calendar to the state of ``invitation``."""
    method: Method = "CANCEL" if invitation.status == "cancelled" else "REQUEST"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//mailbot//registration desk//EN",
        "CALSCALE:GREGORIAN",
        f"METHOD:{method}",
    ]
    zone = vtimezone(event.timezone, invitation.starts.year, invitation.ends.year)
    component = _event(invitation, event, registration, desk, language)
    text = _joined(lines) + zone + _joined(component) + "END:VCALENDAR\r\n"
    return CalendarObject(method=method, content=text.encode("utf-8"))


def _joined(lines: list[str] | Iterator[str]) -> str:
    return "".join(fold(line) + "\r\n" for line in lines)


def _event(
    invitation: Invitation, event: Event, registration: Registration, desk: Desk, language: Language
) -> Iterator[str]:
    session = event.session(invitation.session)
    title = event.title.in_(language)
    if session is not None and session.title:
        title = f"{title}: {session.title.in_(language)}"
    yield "BEGIN:VEVENT"
    yield f"UID:{_no_control(invitation.uid)}"
    yield f"SEQUENCE:{invitation.sequence}"
    yield f"DTSTAMP:{invitation.stamped_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;TZID={event.timezone}:{_wall(invitation.starts, event.timezone)}"
    yield f"DTEND;TZID={event.timezone}:{_wall(invitation.ends, event.timezone)}"
    yield f"SUMMARY;LANGUAGE={language}:{escape(title)}"
    if invitation.status != "cancelled":
        place = (session.place if session else None) or event.place
        link = session.online_link if session and is_online(event, registration) else None
        if link:
            # Outlook and Gmail show LOCATION alone; URL is where RFC 5545 §3.8.4.6 wants it.
            yield f"LOCATION:{escape(link)}"
            yield f"URL:{_no_control(link)}"
        elif place is not None and not is_online(event, registration):
            yield f"LOCATION;LANGUAGE={language}:{escape(address(place, language))}"
        if event.description is not None:
            yield f"DESCRIPTION;LANGUAGE={language}:{escape(event.description.in_(language))}"
    # Replies go where ORGANIZER says (RFC 6047 §2.3), whatever the mail's Reply-To: the desk itself, not a token.
    yield f"ORGANIZER;CN={parameter(desk.name.in_(language))}:mailto:{_no_control(desk.address)}"
    yield f"ATTENDEE;{_attendee(invitation, registration)}:mailto:{_no_control(registration.email or '')}"
    yield f"STATUS:{invitation.status.upper()}"
    yield "TRANSP:OPAQUE"
    yield "END:VEVENT"


def _attendee(invitation: Invitation, registration: Registration) -> str:
    name = f"CN={parameter(registration.name)};" if registration.name else ""
    if invitation.status == "cancelled":
        return f"{name}ROLE=REQ-PARTICIPANT"
    return f"{name}PARTSTAT={invitation.partstat};ROLE=REQ-PARTICIPANT;RSVP=TRUE"


@lru_cache(maxsize=4096)  # the same sessions in mail after mail
def _wall(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%Y%m%dT%H%M%S}"


@lru_cache(maxsize=1024)  # an event's words, in mail after mail
def escape(text: str) -> str:
    """A TEXT value (RFC 5545 §3.3.11)."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return _no_control(text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n"))


def parameter(text: str) -> str:
    """A parameter value, quoted where it has to be: it can hold neither quotes nor controls (RFC 5545 §3.2).

    The circumflex goes too: some readers unescape it (RFC 6868) and some do not.
    """
    text = _no_control(text).replace('"', "'").replace("^", "")
    return f'"{text}"' if _QUOTED.search(text) else text


#: what must be quoted (RFC 5545 §3.2), and what ``icalendar`` quotes too, for readers that trip over it
_QUOTED = re.compile("[,;: '\u2019]")
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
