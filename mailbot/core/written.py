"""Dates, times, places and punctuation as a native writes them. Nothing of an event or a desk stands here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from babel.dates import format_date
from babel.numbers import format_currency

from mailbot.core.events import Event, Place
from mailbot.core.language import Language

#: Belgian customs where a language has several
_LOCALES: dict[Language, str] = {"fr": "fr_BE", "nl": "nl_BE", "en": "en_GB", "de": "de_DE"}

_DAY: dict[Language, str] = {
    "fr": "EEEE d MMMM y",
    "nl": "EEEE d MMMM y",
    "en": "EEEE d MMMM y",
    "de": "EEEE, d. MMMM y",
}
_MONTH: dict[Language, str] = {"fr": "MMMM y", "nl": "MMMM y", "en": "MMMM y", "de": "MMMM y"}

_HIGH = re.compile(r"[   ]*([;:!?»%])(?=\s|$|[)\]»”])")
_OPEN = re.compile(r"«[  ]*")


@lru_cache(maxsize=4096)
def day(moment: date, language: Language) -> str:
    """``jeudi 16 septembre 2021``"""
    text = format_date(moment, _DAY[language], locale=_LOCALES[language])
    if language == "fr" and moment.day == 1:
        text = text.replace(" 1 ", " 1er ", 1)
    return text


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
    return f"{day(starts.date(), language)}{comma} {hours(starts, ends, language)}"


def days(first: date, last: date, language: Language) -> str:
    """``du 20 au 22 octobre 2021``; one day alone as ``day``."""
    if first == last:
        return day(first, language)
    same = (first.year, first.month) == (last.year, last.month)
    start = _ordinal(first, language) if same else day(first, language)
    end = format_date(last, "d. MMMM y" if language == "de" else "d MMMM y", locale=_LOCALES[language])
    end = end if same else day(last, language)
    match language:
        case "fr":
            return f"du {start} au {end}"
        case "nl":
            return f"van {start} tot {end}"
        case "de":
            return f"vom {start} bis {end}"
        case _:
            return f"{start}–{end}" if same else f"{start} to {end}"


def _ordinal(moment: date, language: Language) -> str:
    if language == "de":
        return f"{moment.day}."
    return "1er" if language == "fr" and moment.day == 1 else str(moment.day)


def when(event: Event, language: Language) -> str:
    """The whole event's time in one phrase."""
    if not event.times_known:
        if event.starts.date().day == 1 and (event.ends.date() - event.starts.date()).days >= 27:
            return month(event.starts.date(), language)
        return days(event.starts.date(), event.ends.date(), language)
    if len(event.sessions) == 1:
        return moment_of(event.starts, event.ends, language)
    if event.attend == "all":
        return days(event.starts.date(), event.ends.date(), language)
    return listed([day(session.starts.date(), language) for session in event.sessions], language)


def listed(parts: Iterable[str], language: Language) -> str:
    """``a, b et c``"""
    items = list(parts)
    if len(items) < 2:
        return "".join(items)
    word = {"fr": "et", "nl": "en", "en": "and", "de": "und"}[language]
    return f"{', '.join(items[:-1])} {word} {items[-1]}"


def address(place: Place, language: Language) -> str:
    """``Rue Verte 216 (5e étage), 1030 Schaerbeek``"""
    name = f"{place.name.in_(language)}, " if place.name else ""
    floor = f" ({place.floor.in_(language)})" if place.floor else ""
    town = " ".join(part for part in (place.postcode, place.city) if part)
    country = f", {place.country}" if place.country else ""
    return f"{name}{place.street}{floor}, {town}{country}"


def money(amount: Decimal, currency: str, language: Language) -> str:
    """``25,00 €``"""
    return format_currency(amount, currency, locale=_LOCALES[language])


def typeset(text: str, language: Language) -> str:
    """French takes a no-break space before high punctuation and within guillemets; the others take none."""
    if language != "fr":
        return text
    text = _OPEN.sub("«\u00a0", text)
    return _HIGH.sub(lambda m: m[1] if m.start() == 0 or text[m.start() - 1] in ";:!?\n" else f"\u00a0{m[1]}", text)
