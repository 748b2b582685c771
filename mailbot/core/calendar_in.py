"""A text/calendar part that people's calendars send (RFC 5545, 5546, 6047). Only what a reply tells is read."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.core import get_global

from mailbot.core.message import CalendarPart

_LINE = re.compile(r'([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)*):(.*)', re.S)
_PARAM = re.compile(r';([A-Za-z0-9-]+)=((?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)')
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?")
_ESCAPED = re.compile(r"\\(.)", re.S)
_MAX = 200_000

#: what an attendee sends (RFC 5546 §1.4)
ANSWERS = frozenset({"REPLY", "COUNTER", "REFRESH"})

Line = tuple[str, dict[str, str], str]


def calendar_of(text: str, method: str | None = None) -> CalendarPart | None:
    """The first VEVENT and the METHOD; None for anything that is no calendar object.

    ``method`` is the parameter of the part's Content-Type: what counts where the object itself names none.
    """
    lines = _lines(text[:_MAX])
    whole = any(n == "BEGIN" and v.strip().upper() == "VCALENDAR" for n, _, v in lines)
    method = next((v for n, _, v in lines if n == "METHOD"), (method or "") if whole else "")
    event = _event(lines)
    uid = next((v.strip() for n, _, v in event if n == "UID"), "")
    if not method or not uid:
        return None
    attendee = next(((p, v) for n, p, v in event if n == "ATTENDEE"), None)
    start = next(((p, v) for n, p, v in event if n == "DTSTART"), None)
    stamp = next((v for n, _, v in event if n == "DTSTAMP"), "")
    sequence = next((v for n, _, v in event if n == "SEQUENCE"), "0").strip()
    return CalendarPart(
        method=method.strip().upper(),
        uid=uid,
        partstat=attendee[0].get("PARTSTAT", "NEEDS-ACTION").upper() if attendee else None,
        attendee=_attendee(*attendee) if attendee else None,
        summary=_text(event, "SUMMARY"),
        comment=_text(event, "COMMENT"),
        starts=_moment(start[1], start[0].get("TZID")) if start else None,
        sequence=int(sequence) if sequence.isdecimal() and len(sequence) < 10 else 0,
        dtstamp=_moment(stamp, None),
        prodid=next((v for n, _, v in lines if n == "PRODID"), "").strip(),
    )


def _lines(text: str) -> list[Line]:
    """Unfolded content lines (RFC 5545 §3.1) with their parameters."""
    unfolded = re.sub(r"\r?\n[ \t]", "", text)
    found: list[Line] = []
    for line in unfolded.splitlines():
        match = _LINE.match(line)
        if match:
            params = {name.upper(): value.strip('"') for name, value in _PARAM.findall(match.group(2))}
            found.append((match.group(1).upper(), params, match.group(3)))
    return found


def _event(lines: list[Line]) -> list[Line]:
    """The properties of the first VEVENT, without those of alarms inside it."""
    inside: list[str] = []
    event: list[Line] = []
    for name, params, value in lines:
        component = value.strip().upper()
        if name == "BEGIN":
            inside.append(component)
        elif name == "END":
            if component == "VEVENT":
                return event
            if inside:
                inside.pop()
        elif inside and inside[-1] == "VEVENT":
            event.append((name, params, value))
    return event


def _text(event: list[Line], name: str) -> str | None:
    value = next((v for n, _, v in event if n == name), None)
    if value is None:
        return None
    return _ESCAPED.sub(lambda m: "\n" if m.group(1) in "nN" else m.group(1), value).strip() or None


def _attendee(params: dict[str, str], value: str) -> str | None:
    """Exchange writes ``invalid:nomail`` for people of its own directory, and their address as the name."""
    candidates = (value, params.get("EMAIL", ""), params.get("CN", ""))
    return next((address for text in candidates if (address := _address(text))), None)


def _address(value: str) -> str | None:
    address = re.sub(r"(?i)^\s*mailto:", "", value).strip()
    return address if "@" in address and not re.search(r"\s", address) else None


def _moment(value: str, tzid: str | None) -> datetime | None:
    match = _MOMENT.match(value.strip())
    if match is None:
        return None
    numbers = [int(g or 0) for g in match.groups()[:6]]
    try:
        moment = datetime(*numbers, tzinfo=UTC)  # type: ignore[arg-type, misc]
    except (ValueError, TypeError):
        return None
    zone = None if match.group(7) else _zone(tzid)
    return moment.replace(tzinfo=zone) if zone else moment


def _zone(tzid: str | None) -> ZoneInfo | None:
    """Exchange and Outlook name zones as Windows does: "Romance Standard Time" is that of Brussels too."""
    name = get_global("windows_zone_mapping").get(tzid, tzid) if tzid else None
    try:
        return ZoneInfo(name.strip("/")) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
