"""VTIMEZONE against the zone itself, by two readers: ours in three lines, and ``icalendar``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from icalendar import Calendar

from mailbot.core.calendar_zone import vtimezone
from tests.calendar_rules import Component, parsed

ZONES = ("Europe/Brussels", "Europe/London", "America/New_York", "Australia/Sydney", "Asia/Kolkata", "Africa/Casablanca", "America/Sao_Paulo", "UTC")  # fmt: skip


def zone_of(name: str, first: int, last: int) -> Component:
    text = f"BEGIN:VCALENDAR\r\n{vtimezone(name, first, last)}END:VCALENDAR\r\n"
    return parsed(text.encode()).parts[0]


def shift(text: str) -> timedelta:
    return (-1 if text[0] == "-" else 1) * timedelta(hours=int(text[1:3]), minutes=int(text[3:5]))


def offset_at(zone: Component, moment: datetime) -> timedelta:
    """As RFC 5545 §3.6.5 reads it: the observance whose onset was last, each onset on the clock before the change."""
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    best: tuple[datetime, timedelta] | None = None
    for observance in zone.parts:
        before = shift(observance.one("TZOFFSETFROM"))
        start = datetime.strptime(observance.one("DTSTART"), "%Y%m%dT%H%M%S")  # noqa: DTZ007 - local by its definition
        onset: datetime | None = start if start <= utc + before else None
        if rule := observance.one("RRULE"):
            onset = rrulestr(rule, dtstart=start).before(utc + before, inc=True)
        if onset is not None and (best is None or onset - before > best[0]):
            best = (onset - before, shift(observance.one("TZOFFSETTO")))
    assert best is not None
    return best[1]


@pytest.mark.parametrize("name", ZONES)
def test_every_hour_of_a_change_is_where_the_zone_says(name: str, year: int = 2031) -> None:
    zone, truth = zone_of(name, year, year), ZoneInfo(name)
    moment = datetime(year, 1, 1, tzinfo=UTC)
    while moment.year == year:
        local = moment.astimezone(truth)
        assert offset_at(zone, moment) == local.utcoffset(), local
        nearby = (moment + timedelta(days=1)).astimezone(truth).utcoffset() != local.utcoffset()
        moment += timedelta(hours=1) if nearby else timedelta(hours=23)


@pytest.mark.parametrize(
    "wall", ["2027-03-28T01:59", "2027-03-28T03:00", "2027-03-28T03:30", "2027-10-31T01:59", "2027-10-31T03:00"]
)
def test_both_nights_of_brussels_are_read_right_by_icalendar(wall: str) -> None:
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{vtimezone('Europe/Brussels', 2027, 2027)}END:VCALENDAR\r\n"
    (component,) = Calendar.from_ical(text).timezones
    moment = datetime.fromisoformat(wall)
    read = moment.replace(tzinfo=component.to_tz(lookup_tzid=False))
    assert read.utcoffset() == moment.replace(tzinfo=ZoneInfo("Europe/Brussels")).utcoffset()


def test_what_outlook_needs_is_a_rule() -> None:
    assert "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3" in vtimezone("Europe/Brussels", 2027, 2027)
    assert "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10" in vtimezone("Europe/Brussels", 2027, 2027)
    assert "RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3" in vtimezone("America/New_York", 2027, 2027)
