"""The organisers' digest and the coordinators' mail, as words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from mailbot.core.events import Event, PickupPoint
from mailbot.core.language import Language
from mailbot.core.markup import literal
from mailbot.core.pickups import TAKEN, PickupStatus, Reservation
from mailbot.core.policy import Policy
from mailbot.core.registrations import ACTIVE, Registration, RegistrationStatus, offered_until
from mailbot.core.replies import Rendered
from mailbot.core.templates import LIST_COLUMNS, LISTED_ITEMS, Templates, desk_view, rendered_of
from mailbot.core.views import choices_view, words
from mailbot.core.written import city, clock, day, several_days, typeset, when


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestGroup:
    """One event: who came, went or changed, and everybody who takes part now."""

    event: Event
    changes: tuple[tuple[str, Registration], ...]
    registrations: tuple[Registration, ...]
    #: how many people were marked as having come
    attended: int = 0
    #: what is set aside, by the ids of the registrations
    items: Mapping[str, Reservation] = field(default_factory=dict)


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
        "groups": [_group(group, language, policy.templates.listing[language]) for group in context.groups],
    }
    return rendered_of(policy.templates.of("organiser-digest", language), values, language)


def render_holds(context: HoldsContext, policy: Policy, timezone: str = "Europe/Brussels") -> Rendered:
    language = context.language
    told = policy.templates.reasons[language]
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
                "reasons": typeset("; ".join(told.get(reason, reason) for reason in hold.reasons), language),
            }
            for hold in context.holds
        ],
    }
    return rendered_of(policy.templates.of("coordinator-holds", language), values, language)


def _group(group: DigestGroup, language: Language, told: Mapping[str, str]) -> Mapping[str, Any]:
    return {
        "title": words(group.event.title, language),
        "when": when(group.event, language),
        "lines": [{"change": change, **_line(group.event, r, language, told)} for change, r in group.changes],
        **_totals(group, language),
    }


def _line(event: Event, r: Registration, language: Language, told: Mapping[str, str]) -> Mapping[str, Any]:
    """Who, and what was chosen: never the sensitive needs."""
    dates = sorted({s.starts.date() for s in event.sessions if s.key in r.sessions})
    point = next((p for p in event.pickup.points if p.key == r.pickup), None) if event.pickup else None
    return {
        "name": literal(r.name or r.email or "?"),
        "organisation": literal(r.organisation or ""),
        "dates": several_days(dates, language) if dates and event.attend in {"any", "one"} else "",
        "choices": ", ".join(str(choice["option"]) for choice in choices_view(event, r.choices, language)),
        "mode": r.mode if r.mode and len(event.modes) > 1 else "",
        "pickup": city(point.place, language) if point is not None else "",
        "otherwise": _wish(event, (), r.second_choices, r.second_mode, language, told),
        "exchange": _exchange(event, r, language, told),
        "exchange_offered": r.exchange is not None and r.exchange.offered_until is not None,
    }


def _wish(
    event: Event,
    sessions: Sequence[str],
    choices: Mapping[str, str],
    mode: str | None,
    language: Language,
    told: Mapping[str, str],
) -> str:
    dates = sorted({s.starts.date() for s in event.sessions if s.key in sessions})
    several = event.attend in {"any", "one"}
    parts = (
        several_days(dates, language) if dates and several else "",
        *(str(choice["option"]) for choice in choices_view(event, choices, language)),
        told[mode] if mode and len(event.modes) > 1 else "",
    )
    return ", ".join(part for part in parts if part)


def _exchange(event: Event, r: Registration, language: Language, told: Mapping[str, str]) -> str:
    """The other places that somebody with a place waits for, or was offered."""
    other = r.exchange
    return "" if other is None else _wish(event, other.sessions, other.choices, other.mode, language, told)


def _totals(group: DigestGroup, language: Language) -> Mapping[str, Any]:
    """How many, by status; of the confirmed, how many by session, choice, mode and pick-up point. ``limit``: seats."""
    event = group.event
    statuses = Counter(r.status for r in group.registrations if r.status in ACTIVE)
    confirmed = [r for r in group.registrations if r.status is RegistrationStatus.CONFIRMED]
    several = event.attend in {"any", "one"}
    points = event.pickup.points if event.pickup else ()
    return {
        "confirmed": len(confirmed),
        "attended": group.attended,
        "limit": event.capacity,
        "waitlisted": statuses[RegistrationStatus.WAITLISTED],
        "pending": statuses[RegistrationStatus.PENDING],
        "offered": statuses[RegistrationStatus.OFFERED],
        "exchanging": sum(r.exchange is not None for r in confirmed),
        "sessions": [
            _count(day(s.starts.date(), language), sum(s.key in r.sessions for r in confirmed), s.capacity)
            for s in event.sessions
            if several
        ],
        "choices": [
            _count(words(o.title, language), sum(r.choices.get(c.key) == o.key for r in confirmed), o.capacity)
            for c in event.choices
            for o in c.options
        ],
        "modes": [
            {"mode": mode, "count": sum(r.mode == mode for r in confirmed)}
            for mode in event.modes
            if len(event.modes) > 1
        ],
        "pickups": [_point(point, group, language) for point in points],
    }


#: people who have not collected their item, by name in the mail; all of them are in the list
_NAMED = 8


def _point(point: PickupPoint, group: DigestGroup, language: Language) -> Mapping[str, Any]:
    """Who still has to collect something there, and how many have."""
    here = {key: item.status for key, item in group.items.items() if item.point == point.key}
    statuses = Counter(here.values())
    waiting = [r for r in group.registrations if here.get(r.id) is PickupStatus.RESERVED]
    names = sorted((r.name or r.email or "?" for r in waiting), key=str.casefold)
    return {
        **_count(city(point.place, language), sum(statuses[status] for status in TAKEN), point.stock),
        "collected": statuses[PickupStatus.COLLECTED],
        "returned": statuses[PickupStatus.RETURNED],
        "waiting": literal(", ".join(names[:_NAMED])),
        "more": max(0, len(names) - _NAMED),
    }


def _count(label: str, count: int, limit: int | None) -> Mapping[str, Any]:
    return {"label": label, "count": count, "limit": limit}


def listed_registrations(
    groups: Sequence[DigestGroup], templates: Templates, language: Language
) -> tuple[tuple[str, ...], list[list[object]]]:
    """Header and rows of the list that goes with a digest, in the organiser's words."""
    told = templates.listing[language]
    rows = [_row(group, r, language, told) for group in groups for r in group.registrations]
    return tuple(told[column] for column in LIST_COLUMNS), rows


def _row(group: DigestGroup, r: Registration, language: Language, told: Mapping[str, str]) -> list[object]:
    event, item = group.event, group.items.get(r.id)
    several = event.attend in {"any", "one"}
    dates = sorted({s.starts.date() for s in event.sessions if s.key in r.sessions}) if several else []
    point = next((p for p in event.pickup.points if p.key == r.pickup), None) if event.pickup else None
    return [
        event.title.in_(language),
        told[r.status],
        r.name or "",
        r.email or "",
        r.organisation or "",
        r.phone or "",
        several_days(dates, language),
        ", ".join(str(choice["option"]) for choice in choices_view(event, r.choices, language)),
        told[r.mode] if r.mode else "",
        city(point.place, language) if point is not None else "",
        told[item.status] if item is not None and item.status in LISTED_ITEMS else "",
        r.requested_by or "",
        r.requested_at,
        _wish(event, (), r.second_choices, r.second_mode, language, told),
        _exchange(event, r, language, told),
        offered_until(r) or "",
    ]
