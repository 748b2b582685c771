"""What the RFCs demand of a calendar part, as tables, held against the bytes of a mail as it goes out.

Written apart from the program, down to its own reader of content lines: a mistake of ours cannot hide in both.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message

#: RFC 5546 §3.2: property -> how often it may stand in a VEVENT of this method
ONE, MAY, ANY, SOME, NEVER = "1", "0 or 1", "0+", "1+", "0"

REQUEST: Mapping[str, str] = {
    "ATTENDEE": SOME, "DTSTAMP": ONE, "DTSTART": ONE, "ORGANIZER": ONE, "SEQUENCE": MAY, "SUMMARY": ONE, "UID": ONE,
    "ATTACH": ANY, "CATEGORIES": ANY, "CLASS": MAY, "COMMENT": ANY, "CONTACT": ANY, "CREATED": MAY, "DESCRIPTION": MAY,
    "DTEND": MAY, "DURATION": MAY, "EXDATE": ANY, "GEO": MAY, "LAST-MODIFIED": MAY, "LOCATION": MAY, "PRIORITY": MAY,
    "RDATE": ANY, "RECURRENCE-ID": MAY, "RELATED-TO": ANY, "REQUEST-STATUS": NEVER, "RESOURCES": ANY, "RRULE": MAY,
    "STATUS": MAY, "TRANSP": MAY, "URL": MAY,
}  # fmt: skip
CANCEL: Mapping[str, str] = {**REQUEST, "ATTENDEE": ANY, "DTSTART": MAY, "SEQUENCE": ONE, "SUMMARY": MAY}
REPLY: Mapping[str, str] = {
    **REQUEST, "ATTENDEE": ONE, "DTSTART": MAY, "SUMMARY": MAY, "REQUEST-STATUS": ANY,
}  # fmt: skip
TABLES = {"REQUEST": REQUEST, "CANCEL": CANCEL, "REPLY": REPLY}
STATUSES = {"REQUEST": {"TENTATIVE", "CONFIRMED"}, "CANCEL": {"CANCELLED"}}

#: RFC 5545 §3.8: what each property may have as parameters, of those we write
PARAMETERS: Mapping[str, set[str]] = {
    "ATTENDEE": {"CN", "CUTYPE", "DELEGATED-FROM", "DELEGATED-TO", "DIR", "LANGUAGE", "MEMBER", "PARTSTAT", "ROLE", "RSVP", "SENT-BY"},
    "ORGANIZER": {"CN", "DIR", "LANGUAGE", "SENT-BY"},
    "SUMMARY": {"ALTREP", "LANGUAGE"},
    "DESCRIPTION": {"ALTREP", "LANGUAGE"},
    "LOCATION": {"ALTREP", "LANGUAGE"},
    "DTSTART": {"TZID", "VALUE"},
    "DTEND": {"TZID", "VALUE"},
}  # fmt: skip

_NAME = re.compile(r"[A-Za-z0-9-]+")
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)=("[^"\x00-\x08\x0a-\x1f\x7f]*"|[^";:,\x00-\x08\x0a-\x1f\x7f]*)')
_UTC = re.compile(r"\d{8}T\d{6}Z")
_LOCAL = re.compile(r"\d{8}T\d{6}")


@dataclass
class Component:
    name: str
    lines: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    parts: list[Component] = field(default_factory=list)

    def all(self, name: str) -> list[tuple[dict[str, str], str]]:
        return [(parameters, value) for found, parameters, value in self.lines if found == name]

    def one(self, name: str) -> str:
        found = self.all(name)
        return found[0][1] if found else ""


def calendar_parts(mail: Message) -> list[Message]:
    return [part for part in mail.walk() if part.get_content_type() in {"text/calendar", "application/ics"}]


def problems_of_mail(mail: Message) -> list[str]:
    """Everything wrong with the calendar parts of one mail. Empty where there is nothing to say."""
    found: list[str] = []
    alternatives = []
    for part in mail.walk():
        if part.get_content_type() == "multipart/alternative":
            inside = [each for each in part.iter_parts() if each.get_content_type() == "text/calendar"]  # type: ignore[attr-defined]
            if len(inside) > 1:
                found.append("RFC 6047 §2.4: alternatives with several calendar objects")
            if inside and part.get_payload()[-1] is not inside[-1]:
                found.append("the calendar must be the last alternative: the best that a client can show")
            alternatives += inside
    seen: Counter[tuple[str, str]] = Counter()
    for part in calendar_parts(mail):
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        found += problems_of(content)
        method = parsed(content).one("METHOD") if parsed_or_none(content) else ""
        if part.get_content_type() == "text/calendar":
            if part.get_param("method") != method:
                found.append(f"RFC 6047 §2.4: method={part.get_param('method')} of an object with METHOD:{method}")
            if str(part.get_param("charset", "us-ascii")).lower() != "utf-8":
                found.append("RFC 6047 §2.4: charset")
            seen[(parsed(content).parts[-1].one("UID"), method)] += 1
        elif content not in [each.get_payload(decode=True) for each in alternatives]:
            found.append("the attached file is not the invitation that the mail shows")
    found += [f"{uid} {method} stands there {times} times" for (uid, method), times in seen.items() if times > 1]
    return found


def problems_of(content: bytes) -> list[str]:
    """Everything wrong with one calendar object as bytes."""
    found = list(_lines(content))
    calendar = parsed_or_none(content)
    if calendar is None:
        return [*found, "no well-formed VCALENDAR"]
    found += _object(calendar)
    zones = {zone.one("TZID") for zone in calendar.parts if zone.name == "VTIMEZONE"}
    used: set[str] = set()
    for event in (part for part in calendar.parts if part.name == "VEVENT"):
        found += _event(event, calendar.one("METHOD"))
        used |= {parameters["TZID"] for _, parameters, _ in event.lines if "TZID" in parameters}
    if used - zones:
        found.append(f"RFC 5545 §3.2.19: no VTIMEZONE for {used - zones}")
    for zone in (part for part in calendar.parts if part.name == "VTIMEZONE"):
        found += _zone(zone)
    return found


def _lines(content: bytes) -> Iterator[str]:
    """RFC 5545 §3.1"""
    if not content.endswith(b"\r\n"):
        yield "the last line has no CRLF"
    if b"\n" in content.replace(b"\r\n", b"") or b"\r" in content.replace(b"\r\n", b""):
        yield "CR or LF alone"
    for line in content.split(b"\r\n")[:-1]:
        if len(line) > 75:
            yield f"{len(line)} octets in {line[:30]!r}"
        if not line.strip():
            yield "an empty line"
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            yield f"folded within a character: {line[:30]!r}"


def parsed_or_none(content: bytes) -> Component | None:
    try:
        return parsed(content)
    except (ValueError, IndexError):
        return None


def parsed(content: bytes) -> Component:
    """Raises ``ValueError`` for what is no content line."""
    root = Component("")
    stack = [root]
    for line in content.decode("utf-8").replace("\r\n ", "").replace("\r\n\t", "").split("\r\n"):
        if not line:
            continue
        name = _NAME.match(line)
        if name is None:
            raise ValueError(line)
        at, parameters = name.end(), {}
        while parameter := _PARAMETER.match(line, at):
            if parameter[1].upper() in parameters:
                raise ValueError(f"{parameter[1]} twice")
            parameters[parameter[1].upper()] = parameter[2].strip('"')
            at = parameter.end()
        if line[at : at + 1] != ":":
            raise ValueError(line)
        key, value = name[0].upper(), line[at + 1 :]
        if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value):
            raise ValueError(f"a control character in {key}")
        if key == "BEGIN":
            stack[-1].parts.append(Component(value))
            stack.append(stack[-1].parts[-1])
        elif key == "END":
            if stack.pop().name != value:
                raise ValueError(line)
        else:
            stack[-1].lines.append((key, parameters, value))
    if len(stack) != 1 or len(root.parts) != 1 or root.parts[0].name != "VCALENDAR" or root.lines:
        raise ValueError("not one VCALENDAR")
    return root.parts[0]


def _object(calendar: Component) -> Iterator[str]:
    names = Counter(name for name, _, _ in calendar.lines)
    for name in ("VERSION", "PRODID", "METHOD"):
        if names[name] != 1:
            yield f"RFC 5546 §3.2: {name} {names[name]} times"
    if calendar.one("VERSION") != "2.0":
        yield "VERSION"
    if calendar.one("METHOD") not in TABLES:
        yield f"METHOD:{calendar.one('METHOD')}"
    uids = {event.one("UID") for event in calendar.parts if event.name == "VEVENT"}
    if len(uids) != 1:
        yield f"RFC 5546 §3.2.2: {len(uids)} UIDs in one object"


def _event(event: Component, method: str) -> Iterator[str]:
    table = TABLES.get(method, {})
    names = Counter(name for name, _, _ in event.lines)
    for name, often in table.items():
        times = names[name]
        good = {ONE: times == 1, MAY: times <= 1, ANY: True, SOME: times >= 1, NEVER: times == 0}[often]
        if not good:
            yield f"RFC 5546 §3.2: {method} with {name} {times} times, not {often}"
    if unknown := [name for name in names if name not in table and not name.startswith("X-")]:
        yield f"RFC 5545: {unknown}"
    if names["DTEND"] and names["DURATION"]:
        yield "RFC 5545 §3.6.1: DTEND and DURATION"
    for name, parameters, value in event.lines:
        if extra := set(parameters) - PARAMETERS.get(name, set()):
            yield f"RFC 5545: {name} with {extra}"
        if name in {"SUMMARY", "DESCRIPTION", "LOCATION", "COMMENT"}:
            yield from _text(name, value)
        if name in {"ORGANIZER", "ATTENDEE"} and not re.fullmatch(r"mailto:[^\s@]+@[^\s@]+", value):
            yield f"RFC 6047 §2.3: {name}:{value}"
    if not _UTC.fullmatch(event.one("DTSTAMP")):
        yield "RFC 5545 §3.8.7.2: DTSTAMP is not UTC"
    if not event.one("SEQUENCE").isdecimal():
        yield "SEQUENCE"
    for name in ("DTSTART", "DTEND"):
        for parameters, value in event.all(name):
            if not (_LOCAL.fullmatch(value) and "TZID" in parameters) and not _UTC.fullmatch(value):
                yield f"{name} is a floating time: {value}"
    if names["DTSTART"] and names["DTEND"] and event.one("DTEND") <= event.one("DTSTART"):
        yield "RFC 5545 §3.6.1: it ends before it begins"
    if method in STATUSES and event.one("STATUS") not in STATUSES[method]:
        yield f"RFC 5546 §3.2: {method} with STATUS:{event.one('STATUS')}"
    if method == "REQUEST":
        for parameters, _ in event.all("ATTENDEE"):
            if parameters.get("RSVP") != "TRUE" or parameters.get("PARTSTAT") not in {"NEEDS-ACTION", "ACCEPTED", "TENTATIVE"}:  # fmt: skip
                yield f"an invitation that asks for no answer: {parameters}"


def _text(name: str, value: str) -> Iterator[str]:
    """RFC 5545 §3.3.11"""
    if re.search(r"(?<!\\)(?:\\\\)*[;,]", value):
        yield f"{name}: a separator that is not escaped"
    if re.search(r"\\(?:\\\\)*(?:[^\\;,nN]|$)", re.sub(r"\\\\", "", value)):
        yield f"{name}: an escape that is none"


def _zone(zone: Component) -> Iterator[str]:
    """RFC 5545 §3.6.5"""
    observances = [part for part in zone.parts if part.name in {"STANDARD", "DAYLIGHT"}]
    if not zone.one("TZID") or not observances or len(observances) != len(zone.parts):
        yield "RFC 5545 §3.6.5: a VTIMEZONE needs TZID and observances"
    for observance in observances:
        for name in ("DTSTART", "TZOFFSETFROM", "TZOFFSETTO"):
            if len(observance.all(name)) != 1:
                yield f"{observance.name} with {name} {len(observance.all(name))} times"
        if not _LOCAL.fullmatch(observance.one("DTSTART")):
            yield "RFC 5545 §3.6.5: DTSTART of an observance is a local time"
        datetime.strptime(observance.one("DTSTART"), "%Y%m%dT%H%M%S")  # noqa: DTZ007 - local by its definition
        for name in ("TZOFFSETFROM", "TZOFFSETTO"):
            if not re.fullmatch(r"[+-]\d{4}", observance.one(name)):
                yield f"{name}:{observance.one(name)}"
