"""Certificates of attendance: who gets one, and what stands on it. ``adapters/certificate.py`` makes it a PDF."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal

from mailbot.core.attendance import Attendance, AttendanceStatus, sessions_of
from mailbot.core.events import Event, Session
from mailbot.core.language import Language
from mailbot.core.registrations import Registration, RegistrationStatus
from mailbot.core.templates import Templates
from mailbot.core.views import words
from mailbot.core.written import address, date_of, moment_of, typeset, when

#: the claim under which a certificate is told once, beside the moments
MOMENT = "certificate"


def certified_sessions(
    event: Event, registration: Registration, marks: Mapping[tuple[str, str], Attendance], now: datetime
) -> tuple[Session, ...]:
    """The sessions that a person's certificate names; empty where there is none to give."""
    if event.certificate is None or registration.status is not RegistrationStatus.CONFIRMED:
        return ()
    over = [s for s in sessions_of(event, registration) if s.ends <= now]
    if event.certificate.offered_to == "registered":
        return tuple(over)
    came = {key for key, mark in marks.items() if mark.status is AttendanceStatus.ATTENDED}
    return tuple(s for s in over if (registration.id, s.key) in came)


def certificate_data(
    event: Event, registration: Registration, sessions: tuple[Session, ...], templates: Templates, now: datetime
) -> Mapping[str, object]:
    """The words of one certificate, in the person's language: what ``certificate.typ`` may name."""
    language = registration.language
    told = templates.certificate[language]
    certificate = event.certificate
    if certificate is None:
        raise ValueError(f"{event.key} offers no certificate")
    places = {address(p, language) for s in sessions if (p := s.place or event.place) is not None}
    hours = _hours(event, sessions)
    issued = date_of(now.astimezone(ZoneInfo(event.timezone)).date(), language)
    return {
        "language": language,
        "heading": words(certificate.title, language) or told["heading"],
        "certifies": told["certifies"],
        "name": registration.name or registration.email or "",
        "organisation": registration.organisation or "",
        "attended": told["attended"],
        "event": words(event.title, language),
        "sessions": _sessions(event, sessions, language),
        "place": next(iter(places)) if len(places) == 1 and registration.mode != "online" else "",
        "hours": _told_hours(hours, told, language) if hours is not None else "",
        "text": words(certificate.text, language),
        "issued": typeset(told["issued"].format(date=issued), language),
        "organiser": words(event.organiser.name, language),
        "signatory": certificate.signatory,
        "role": words(certificate.role, language),
        "reference": typeset(told["reference"].format(id=registration.id[:8]), language),
    }


def _sessions(event: Event, sessions: tuple[Session, ...], language: Language) -> list[str]:
    """A line for each session with its title; a course without titles in one."""
    if not event.times_known or (len(sessions) == len(event.sessions) and not any(s.title for s in sessions)):
        return [when(event, language, tuple(s.key for s in sessions))]
    return [_session(s, language) for s in sessions]


def _session(session: Session, language: Language) -> str:
    moment = moment_of(session.starts, session.ends, language)
    colon = " :" if language == "fr" else ":"
    return typeset(f"{moment}{colon} {words(session.title, language)}", language) if session.title else moment


def _hours(event: Event, sessions: tuple[Session, ...]) -> Decimal | None:
    """Of each session where people choose; else of the whole, which whoever missed a part did not attend."""
    hours = event.certificate.hours if event.certificate else None
    if hours is None:
        return None
    if event.attend in {"any", "one"}:
        return hours * len(sessions)
    return hours if len(sessions) == len(event.sessions) else None


def _told_hours(hours: Decimal, told: Mapping[str, str], language: Language) -> str:
    # French counts less than two in the singular.
    one = hours < 2 if language == "fr" else hours == 1
    number = format_decimal(hours, locale={"en": "en_GB"}.get(language, f"{language}_BE"))
    return typeset(told["hour" if one else "hours"].format(hours=number), language)
