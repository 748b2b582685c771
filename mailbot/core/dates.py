"""Dates as people write them, only to be held against the published ones: nothing is guessed into a calendar."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mailbot.core.match_words import MatchWords


@dataclass(frozen=True, slots=True, kw_only=True)
class DateMention:
    """A date in a text; what it does not say is None."""

    start: int
    end: int
    text: str
    day: int
    month: int | None = None
    year: int | None = None
    weekday: int | None = None
    #: told from the day of writing: "tomorrow"
    relative: bool = False

    def fits(self, other: date) -> bool:
        """Whether it can mean this day."""
        return (
            self.day == other.day
            and self.month in {None, other.month}
            and self.year in {None, other.year}
            and self.weekday in {None, other.isoweekday()}
        )


def date_mentions(text: str, words: MatchWords, now: datetime) -> tuple[DateMention, ...]:
    """Every date of a folded text, in order."""
    found: list[DateMention] = []
    for match in words.dates.finditer(text):
        found.extend(_dated(match, words))
    taken = [(mention.start, mention.end) for mention in found]
    for match in words.days.finditer(text):
        if not any(start < match.end("d") and match.start("d") < end for start, end in taken):
            found.append(_mention(match, match.start("d"), match.end("d"), int(match["d"])))
    for meaning, days in (("today", 0), ("tomorrow", 1), ("after_tomorrow", 2), ("yesterday", -1)):
        for match in words.patterns[meaning].finditer(text):
            meant = (now + timedelta(days=days)).date()
            found.append(
                DateMention(
                    start=match.start(),
                    end=match.end(),
                    text=match[0],
                    day=meant.day,
                    month=meant.month,
                    year=meant.year,
                    relative=True,
                )
            )
    return tuple(sorted((m for m in found if 1 <= m.day <= 31), key=lambda m: m.start))


def _dated(match: re.Match[str], words: MatchWords) -> list[DateMention]:
    start, end = match.span()
    groups = match.groupdict()
    if groups["d1"]:
        month, year = words.months[groups["m1"]], _year(groups["y1"] or groups["s1"])
        days = [int(day) for day in (groups["d1"], groups["e1"]) if day]
        return [_mention(match, start, end, day, month, year) for day in days]
    if groups["d2"]:
        return [
            _mention(
                match, start, end, int(groups["d2"]), words.months[groups["m2"]], _year(groups["y2"] or groups["s2"])
            )
        ]
    if groups["d3"]:
        month = int(groups["m3"])
        return [_mention(match, start, end, int(groups["d3"]), month, _year(groups["y3"]))] if 1 <= month <= 12 else []
    if groups["d4"]:
        return [_mention(match, start, end, int(groups["d4"]), int(groups["m4"]), int(groups["y4"]))]
    if groups["d6"]:
        return [_mention(match, start, end, words.day_words[groups["d6"]], words.months[groups["m6"]])]
    return [_mention(match, start, end, int(groups["d5"]), weekday=words.weekdays[groups["w5"]])]


def _year(text: str | None) -> int | None:
    if not text:
        return None
    return int(text) if len(text) == 4 else 2000 + int(text)


def _mention(
    match: re.Match[str],
    start: int,
    end: int,
    day: int,
    month: int | None = None,
    year: int | None = None,
    weekday: int | None = None,
) -> DateMention:
    text = match.string[start:end]
    return DateMention(start=start, end=end, text=text, day=day, month=month, year=year, weekday=weekday)
