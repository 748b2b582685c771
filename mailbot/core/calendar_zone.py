"""VTIMEZONE: how far a zone's wall clocks are from UTC, and when they change (RFC 5545 §3.6.5).

Written here and not by ``icalendar``: its ``Timezone.from_tzinfo`` (7.3) lists changes as RDATE, which Exchange does not
read, and puts the onset of summer time an hour late, since RFC 5545 counts it on the clock before the change. A test
holds ours against the zone itself, hour by hour.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

#: years over which a change must follow one rule for it to be written as a rule
_SEEN_YEARS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    #: on the clock before the change, as RFC 5545 counts it
    onset: datetime
    before: timedelta
    after: timedelta
    name: str
    summer: bool


@lru_cache(maxsize=64)
def vtimezone(name: str, first_year: int, last_year: int) -> str:
    """The VTIMEZONE of a zone, right for every moment of these years. Lines end in CRLF."""
    zone = ZoneInfo(name)
    changes = list(_changes(zone, first_year - 1, max(last_year + 1, first_year + _SEEN_YEARS)))
    lines = ["BEGIN:VTIMEZONE", f"TZID:{name}"]
    if not changes:
        lines += _fixed(zone, first_year)
    else:
        yearly = {summer: _rule([c for c in changes if c.summer is summer]) for summer in (True, False)}
        if all(yearly.values()):
            for summer, rule in yearly.items():
                lines += _observance(next(c for c in changes if c.summer is summer), rule)
        else:  # a country that changed its mind: each change for itself
            for change in changes:
                lines += _observance(change, None)
    return "\r\n".join([*lines, "END:VTIMEZONE", ""])


def _changes(zone: ZoneInfo, first_year: int, last_year: int) -> Iterator[_Change]:
    moment = datetime(first_year, 1, 1, tzinfo=UTC)
    end = datetime(last_year + 1, 1, 1, tzinfo=UTC)
    step = timedelta(days=1)
    while moment < end:
        before, after = _offset(moment, zone), _offset(moment + step, zone)
        if before != after:
            low, high = moment, moment + step
            while high - low > timedelta(minutes=1):
                middle = low + (high - low) / 2
                middle -= timedelta(seconds=middle.second, microseconds=middle.microsecond)
                low, high = (low, middle) if _offset(middle, zone) != before else (middle, high)
            local = high.astimezone(zone)
            yield _Change(
                onset=(high + before).replace(tzinfo=None),
                before=before,
                after=after,
                name=local.tzname() or "",
                summer=after > before,
            )
        moment += step


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _rule(changes: list[_Change]) -> str | None:
    """The RRULE that all of them follow, once a year; None where there is none."""
    if not changes:
        return None
    first = changes[0]
    same = {(c.onset.month, c.onset.weekday(), c.onset.time(), c.before, c.after, c.name) for c in changes}
    years = [c.onset.year for c in changes]
    if len(same) != 1 or years != list(range(years[0], years[0] + len(years))):
        return None
    if all(c.onset.day + 7 > monthrange(c.onset.year, c.onset.month)[1] for c in changes):
        place = -1
    else:
        places = {(c.onset.day - 1) // 7 + 1 for c in changes}
        if len(places) != 1:
            return None
        place = places.pop()
    return f"FREQ=YEARLY;BYDAY={place}{_WEEKDAYS[first.onset.weekday()]};BYMONTH={first.onset.month}"


def _observance(change: _Change, rule: str | None) -> list[str]:
    kind = "DAYLIGHT" if change.summer else "STANDARD"
    return [
        f"BEGIN:{kind}",
        f"DTSTART:{change.onset:%Y%m%dT%H%M%S}",
        *([f"RRULE:{rule}"] if rule else []),
        f"TZNAME:{change.name}",
        f"TZOFFSETFROM:{_signed(change.before)}",
        f"TZOFFSETTO:{_signed(change.after)}",
        f"END:{kind}",
    ]


def _fixed(zone: ZoneInfo, year: int) -> list[str]:
    start = datetime(year - 1, 1, 1, tzinfo=zone)
    offset = start.utcoffset() or timedelta()
    change = _Change(
        onset=start.replace(tzinfo=None), before=offset, after=offset, name=start.tzname() or "", summer=False
    )
    return _observance(change, None)


def _signed(offset: timedelta) -> str:
    minutes = round(offset.total_seconds()) // 60
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"
