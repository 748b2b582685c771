"""The organisers' digest and the coordinators' mail, as words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from mailbot.core.case import ACTIVE
from mailbot.core.events import Event
from mailbot.core.language import Language
from mailbot.core.markup import literal
from mailbot.core.policy import Policy
from mailbot.core.registrations import Registration, RegistrationStatus
from mailbot.core.replies import Rendered
from mailbot.core.templates import desk_view, rendered_of
from mailbot.core.views import choices_view, words
from mailbot.core.written import clock, day, when


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestGroup:
    """One event: who came, went or changed, and everybody who takes part now."""

    event: Event
    changes: tuple[tuple[str, Registration], ...]
    registrations: tuple[Registration, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestContext:
    language: Language
    day: date
    groups: tuple[DigestGroup, ...]
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLine:
    id: str
    sender: str
    subject: str
    arrived: datetime
    summary: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldsContext:
    language: Language
    now: datetime
    holds: tuple[HoldLine, ...]


def render_digest(context: DigestContext, policy: Policy) -> Rendered:
    language = context.language
    total = sum(len(group.changes) for group in context.groups)
    values = {
        "desk": desk_view(policy.desk, language),
        "day": day(context.day, language),
        "changes": total,
        "total": total,
        "groups": [_group(group, language) for group in context.groups],
    }
    return rendered_of(policy.templates.of("organiser-digest", language), values, language)


def render_holds(context: HoldsContext, policy: Policy, timezone: str = "Europe/Brussels") -> Rendered:
    language = context.language
    words = policy.templates.reasons[language]
    zone = ZoneInfo(timezone)
    values = {
        "desk": desk_view(policy.desk, language),
        "holds": [
            {
                "id": hold.id[:8],
                "sender": literal(hold.sender),
                "subject": literal(hold.subject) or "–",
                "arrived": f"{day(hold.arrived.astimezone(zone).date(), language)}, {clock(hold.arrived.astimezone(zone), language)}",
                "summary": literal(hold.summary) or "–",
                "reasons": ", ".join(words.get(reason, reason) for reason in hold.reasons),
            }
            for hold in context.holds
        ],
    }
    return rendered_of(policy.templates.of("coordinator-holds", language), values, language)


def _group(group: DigestGroup, language: Language) -> Mapping[str, Any]:
    return {
        "title": words(group.event.title, language),
        "when": when(group.event, language),
        "lines": [
            {
                "change": change,
                "name": literal(r.name or r.email or "?"),
                "organisation": literal(r.organisation or ""),
                "details": details(group.event, r, language),
            }
            for change, r in group.changes
        ],
        "totals": totals(group, language),
    }


def details(event: Event, r: Registration, language: Language) -> str:
    """What somebody chose, in one line: never the sensitive needs."""
    sessions = [s for s in event.sessions if s.key in r.sessions] if event.attend in {"any", "one"} else []
    parts = [f"{s.starts:%d/%m}" for s in sessions]
    parts += [choice["option"] for choice in choices_view(event, r.choices, language)]
    if r.mode and len(event.modes) > 1:
        parts.append(MODES[language][r.mode])
    point = next((p for p in event.pickup.points if p.key == r.pickup), None) if event.pickup else None
    if point is not None:
        parts.append(point.place.city)
    return ", ".join(parts)


#: one word each, for tables
MODES: Mapping[Language, Mapping[str, str]] = {
    "fr": {"in-person": "sur place", "online": "en ligne"},
    "nl": {"in-person": "ter plaatse", "online": "online"},
    "en": {"in-person": "in person", "online": "online"},
    "de": {"in-person": "vor Ort", "online": "online"},
}

_STATUSES: Mapping[Language, Mapping[RegistrationStatus, str]] = {
    "fr": {
        RegistrationStatus.CONFIRMED: "inscrit(e)s",
        RegistrationStatus.WAITLISTED: "en attente",
        RegistrationStatus.PENDING: "à compléter ou à approuver",
    },
    "nl": {
        RegistrationStatus.CONFIRMED: "ingeschreven",
        RegistrationStatus.WAITLISTED: "op de wachtlijst",
        RegistrationStatus.PENDING: "aan te vullen of goed te keuren",
    },
    "en": {
        RegistrationStatus.CONFIRMED: "registered",
        RegistrationStatus.WAITLISTED: "waiting",
        RegistrationStatus.PENDING: "to complete or approve",
    },
    "de": {
        RegistrationStatus.CONFIRMED: "angemeldet",
        RegistrationStatus.WAITLISTED: "auf der Warteliste",
        RegistrationStatus.PENDING: "unvollständig oder zu prüfen",
    },
}


def totals(group: DigestGroup, language: Language) -> str:
    """How many, by status, session, choice, mode and pick-up point."""
    event = group.event
    active = [r for r in group.registrations if r.status in ACTIVE]
    counted = Counter(r.status for r in active)
    parts = []
    for status, word in _STATUSES[language].items():
        limit = f"/{event.capacity}" if status is RegistrationStatus.CONFIRMED and event.capacity is not None else ""
        if counted[status] or status is RegistrationStatus.CONFIRMED:
            parts.append(f"{counted[status]}{limit} {word}")
    confirmed = [r for r in active if r.status is RegistrationStatus.CONFIRMED]
    if event.attend in {"any", "one"}:
        parts += [f"{s.starts:%d/%m}: {sum(s.key in r.sessions for r in confirmed)}" for s in event.sessions]
    for choice in event.choices:
        taken = Counter(r.choices.get(choice.key) for r in confirmed)
        parts += [f"{o.title.in_(language)}: {taken[o.key]}" for o in choice.options if taken[o.key]]
    if len(event.modes) > 1:
        modes = Counter(r.mode for r in confirmed)
        parts += [f"{MODES[language][mode]}: {modes[mode]}" for mode in event.modes if modes[mode]]
    if event.pickup is not None:
        points = Counter(r.pickup for r in confirmed)
        parts += [f"{p.place.city}: {points[p.key]}" for p in event.pickup.points if points[p.key]]
    return ", ".join(parts)
