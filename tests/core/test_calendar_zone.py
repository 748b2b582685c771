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


def offset_at(zone: Component, wall: datetime) -> timedelta:
    """As RFC 5545 §3.6.5 reads it: the observance whose onset was last, each counted on the clock before it."""
    best: tuple[datetime, str] | None = None
    for observance in zone.parts:
        start = datetime.strptime(observance.one("DTSTART"), "%Y%m%dT%H%M%S")  # noqa: DTZ007
        onset: datetime | None = start if start <= wall else None
        if rule := observance.one("RRULE"):
            onset = rrulestr(rule, dtstart=start).before(wall, inc=True)
        if onset is not None and (best is None or onset > best[0]):
            best = (onset, observance.one("TZOFFSETTO"))
    assert best is not None
    sign = -1 if best[1][0] == "-" else 1
    return sign * timedelta(hours=int(best[1][1:3]), minutes=int(best[1][3:5]))


@pytest.mark.parametrize("year", [2031])
@pytest.mark.parametrize("name", ZONES)
def test_every_hour_of_the_year_is_where_the_zone_says(name: str, year: int) -> None:
    zone, truth = zone_of(name, year, year), ZoneInfo(name)
    moment = datetime(year, 1, 1, tzinfo=UTC)
    while moment.year == year:
        local = moment.astimezone(truth)
        # On the day of a change every hour counts; else one a day tells.
        step = timedelta(hours=1)
        exists = local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset()
        if exists:
            assert offset_at(zone, local.replace(tzinfo=None)) == local.utcoffset(), local
        nearby = (moment + timedelta(days=1)).astimezone(truth).utcoffset() != local.utcoffset()
        moment += step if nearby else timedelta(hours=23)


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
