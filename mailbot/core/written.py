"""Dates, times, places and punctuation as a native writes them. Nothing of an event or a desk stands here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_currency

from mailbot.core.events import Event, Place
from mailbot.core.language import Language, Localized

#: Belgian customs where a language has several
_LOCALES: dict[Language, str] = {"fr": "fr_BE", "nl": "nl_BE", "en": "en_GB", "de": "de_DE"}

_DAY: dict[Language, str] = {
    "fr": "EEEE d MMMM y",
    "nl": "EEEE d MMMM y",
    "en": "EEEE d MMMM y",
    "de": "EEEE, d. MMMM y",
}
_MONTH: dict[Language, str] = {"fr": "MMMM y", "nl": "MMMM y", "en": "MMMM y", "de": "MMMM y"}

_SPACES = "[ \u00a0\u202f]"
#: high punctuation with the spaces before it; where there are none, only at the end of a word: ``http://`` is left alone
_HIGH = re.compile(
    rf"{_SPACES}+([;:!?»%])(?=\s|$|[)\]»”.,;:!?])|(?<=[^\s;:!?«(\[])(?<!mailto)([;:!?»])(?=\s|$|[)\]»”;:!?])"
)
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
_OPEN = re.compile(rf"«{_SPACES}*")


@lru_cache(maxsize=4096)
def day(moment: date, language: Language) -> str:
    """``jeudi 16 septembre 2021``"""
    text = format_date(moment, _DAY[language], locale=_LOCALES[language])
    if language == "fr" and moment.day == 1:
        text = text.replace(" 1 ", " 1er ", 1)
    return text


def date_of(moment: date, language: Language) -> str:
    """A day as a document is dated, without its weekday: ``16 septembre 2021``"""
    return f"{_short(moment, language)} {moment.year}"


def month(moment: date, language: Language) -> str:
    """``octobre 2021``"""
    return format_date(moment, _MONTH[language], locale=_LOCALES[language])


def clock(moment: datetime, language: Language) -> str:
    """``13h00``, ``13.00 uur``, ``13:00``, ``13:00 Uhr``"""
    match language:
        case "fr":
            return f"{moment.hour}h{moment.minute:02d}"
        case "nl":
            return f"{moment.hour}.{moment.minute:02d} uur"
        case "de":
            return f"{moment.hour}:{moment.minute:02d} Uhr"
        case _:
            return f"{moment.hour}:{moment.minute:02d}"


def hours(starts: datetime, ends: datetime, language: Language) -> str:
    """``de 13h00 à 16h00``, ``van 13.00 tot 16.00 uur``"""
    match language:
        case "fr":
            return f"de {clock(starts, 'fr')} à {clock(ends, 'fr')}"
        case "nl":
            return f"van {starts.hour}.{starts.minute:02d} tot {clock(ends, 'nl')}"
        case "de":
            return f"von {starts.hour}:{starts.minute:02d} bis {clock(ends, 'de')}"
        case _:
            return f"{clock(starts, 'en')}–{clock(ends, 'en')}"


@lru_cache(maxsize=4096)
def moment_of(starts: datetime, ends: datetime, language: Language) -> str:
    """One session's day and hours: ``jeudi 16 septembre 2021 de 13h00 à 16h00``"""
    comma = "," if language in {"en", "de"} else ""
    first, last = day(starts.date(), language), day(ends.date(), language)
    if starts.date() == ends.date():
        return f"{first}{comma} {hours(starts, ends, language)}"
    match language:
        case "fr":
            return f"du {first} à {clock(starts, 'fr')} au {last} à {clock(ends, 'fr')}"
        case "nl":
            return f"van {first}, {clock(starts, 'nl')}, tot {last}, {clock(ends, 'nl')}"
        case "de":
            return f"von {first}, {clock(starts, 'de')}, bis {last}, {clock(ends, 'de')}"
        case _:
            return f"{first}, {clock(starts, 'en')}, to {last}, {clock(ends, 'en')}"


def until(moment: datetime, timezone: str, language: Language) -> str:
    """A day and an hour in the event's own zone: ``jeudi 16 septembre 2021 à 13h00``"""
    local = moment.astimezone(ZoneInfo(timezone))
    between = {"fr": " à ", "nl": " om ", "en": " at ", "de": ", "}[language]
    return f"{day(local.date(), language)}{between}{clock(local, language)}"


_SHORT: dict[Language, str] = {"fr": "d MMMM", "nl": "d MMMM", "en": "d MMMM", "de": "d. MMMM"}


@lru_cache(maxsize=4096)
def _short(moment: date, language: Language, pattern: str = "") -> str:
    text = format_date(moment, pattern or _SHORT[language], locale=_LOCALES[language])
    return re.sub(r"\b1 ", "1er ", text, count=1) if language == "fr" and moment.day == 1 else text


def days(first: date, last: date, language: Language) -> str:
    """``du 20 au 22 octobre 2021``; one day alone as ``day``."""
    if first == last:
        return day(first, language)
    if (first.year, first.month) == (last.year, last.month):
        start = _ordinal(first, language)
    else:
        start = _short(first, language) + (f" {first.year}" if first.year != last.year else "")
    end = f"{_short(last, language)} {last.year}"
    match language:
        case "fr":
            return f"du {start} au {end}"
        case "nl":
            return f"van {start} tot {end}"
        case "de":
            return f"vom {start} bis {end}"
        case _:
            return f"{start}–{end}" if first.month == last.month else f"{start} to {end}"


def _ordinal(moment: date, language: Language) -> str:
    if language == "de":
        return f"{moment.day}."
    return "1er" if language == "fr" and moment.day == 1 else str(moment.day)


def several_days(moments: Sequence[date], language: Language) -> str:
    """``mardi 23 mars, jeudi 1er avril et jeudi 6 mai 2021``: the year once where it is one."""
    one_year = len({moment.year for moment in moments}) == 1
    # German puts a comma after the weekday: in a list it would be one comma among many.
    pattern = "d. MMMM" if language == "de" else "EEEE d MMMM"
    texts = [
        _short(moment, language, pattern) + ("" if one_year and moment is not moments[-1] else f" {moment.year}")
        for moment in moments
    ]
    return listed(texts, language)


def when(event: Event, language: Language, keys: tuple[str, ...] = ()) -> str:
    """The time of the event, or of the sessions with these keys, in one phrase."""
    if not event.times_known:
        if is_month(event):
            return month(event.starts.date(), language)
        return days(event.starts.date(), event.ends.date(), language)
    sessions = sorted((s for s in event.sessions if not keys or s.key in keys), key=lambda s: s.starts)
    sessions = sessions or list(event.sessions)
    if len(sessions) == 1:
        return moment_of(sessions[0].starts, sessions[0].ends, language)
    dates = sorted({session.starts.date() for session in sessions})
    if len(dates) == 1:
        return moment_of(sessions[0].starts, max(session.ends for session in sessions), language)
    if (dates[-1] - dates[0]).days == len(dates) - 1 and event.attend == "all":
        text = days(dates[0], dates[-1], language)
    else:
        text = several_days(dates, language)
    if len({(s.starts.time(), s.ends.time()) for s in sessions}) == 1:
        each = {"nl": "telkens ", "de": "jeweils "}.get(language, "")
        text += f", {each}{hours(sessions[0].starts, sessions[0].ends, language)}"
    return text


def is_month(event: Event) -> bool:
    """Only the month is known."""
    first, last = event.starts.date(), event.ends.date()
    return not event.times_known and first.day == 1 and (last - first).days >= 27


def listed(parts: Iterable[str], language: Language) -> str:
    """``a, b et c``"""
    items = list(parts)
    if len(items) < 2:
        return "".join(items)
    word = {"fr": "et", "nl": "en", "en": "and", "de": "und"}[language]
    return f"{', '.join(items[:-1])} {word} {items[-1]}"


def address(place: Place, language: Language) -> str:
    """``Rue Verte 216, 5e étage, 1030 Schaerbeek``; ``Groenstraat 216, 5de verdieping, 1030 Schaarbeek``"""
    name = place.name.in_(language) if place.name else ""
    street = _named(place.street, place.street_in, language)
    floor = place.floor.in_(language) if place.floor else ""
    town = " ".join(part for part in (place.postcode, city(place, language)) if part)
    return ", ".join(part for part in (name, street, floor, town, place.country) if part)


def city(place: Place, language: Language) -> str:
    """``Schaerbeek``, ``Schaarbeek``"""
    return _named(place.city, place.city_in, language)


def _named(usual: str, others: Localized | None, language: Language) -> str:
    return others.given().get(language, usual) if others is not None else usual


def money(amount: Decimal, currency: str, language: Language) -> str:
    """``25,00 €``"""
    return format_currency(amount, currency, locale=_LOCALES[language])


def typeset(text: str, language: Language) -> str:
    """Typographic apostrophes; in French a no-break space before high punctuation and within guillemets."""
    text = _APOSTROPHE.sub("’", text) if "'" in text else text
    if language != "fr":
        return text
    return _HIGH.sub(_no_break, _OPEN.sub("«\u00a0", text))


def _no_break(found: re.Match[str]) -> str:
    return f"\u00a0{found[1] or found[2]}"
