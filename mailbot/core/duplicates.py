"""Two registrations that seem to be one person with two addresses. Only proposed: a coordinator says which are one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Literal

from mailbot.core.case import fold_name
from mailbot.core.events import Event
from mailbot.core.registrations import ACTIVE, TRANSITIONS, Registration, RegistrationStatus, in_line, moved

#: by what they seem to be one, beside the name
Why = Literal["same organisation", "same writer", "no address"]

#: best first: whoever has a place keeps it
_BEST = (
    RegistrationStatus.CONFIRMED,
    RegistrationStatus.OFFERED,
    RegistrationStatus.WAITLISTED,
    RegistrationStatus.PENDING,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """``first`` asked first."""

    first: Registration
    second: Registration
    why: Why


def duplicates(registrations: Iterable[Registration]) -> tuple[Duplicate, ...]:
    """Pairs of one event and one name that have something else in common; a name alone is no sign."""
    named: dict[tuple[str, str], list[Registration]] = {}
    for registration in registrations:
        if registration.status in ACTIVE and registration.name:
            named.setdefault((registration.event, fold_name(registration.name)), []).append(registration)
    found = []
    for group in named.values():
        for first, second in combinations(sorted(group, key=in_line), 2):
            why = _why(first, second)
            if why is not None:
                found.append(Duplicate(first=first, second=second, why=why))
    return tuple(sorted(found, key=lambda each: (each.first.event, in_line(each.first))))


def _why(first: Registration, second: Registration) -> Why | None:
    ours, theirs = ((r.organisation or "").casefold().strip() for r in (first, second))
    if ours and ours == theirs:
        return "same organisation"
    if _writers(first) & _writers(second):
        return "same writer"
    return "no address" if first.email is None or second.email is None else None


def _writers(registration: Registration) -> frozenset[str]:
    """Who wrote for this registration, or may."""
    return frozenset(each.casefold() for each in (registration.email, registration.requested_by) if each)


def merged(
    event: Event, kept: Registration, given_up: Registration, now: datetime
) -> tuple[Registration, Registration] | str:
    """Both as they are once they are one; or why they cannot be. The earlier request counts in the waiting list."""
    if kept.id == given_up.id or kept.event != given_up.event:
        return "they are not two registrations for one event"
    if kept.status not in ACTIVE or given_up.status not in ACTIVE:
        return "one of them is cancelled or declined already"
    best = min((kept.status, given_up.status), key=_BEST.index)
    if best is RegistrationStatus.OFFERED:
        return "a place is offered to one of them: wait for the answer"
    if best is not kept.status and best not in TRANSITIONS[kept.status]:
        return f"a registration that is {kept.status} cannot become {best}; keep the other one"
    # Whoever has the place has said how it is taken; of two alike, the one that stays.
    lead, rest = (kept, given_up) if best is kept.status else (given_up, kept)
    sessions = tuple(sorted({*lead.sessions, *rest.sessions})) if event.attend == "any" else lead.sessions
    earlier = min((kept, given_up), key=in_line)
    one = moved(
        kept,
        best,
        now,
        email=kept.email or given_up.email,
        sessions=sessions or rest.sessions,
        choices={**rest.choices, **lead.choices},
        mode=lead.mode or rest.mode,
        pickup=lead.pickup or rest.pickup,
        needs=kept.needs or given_up.needs,
        organisation=kept.organisation or given_up.organisation,
        phone=kept.phone or given_up.phone,
        interest_only=kept.interest_only and given_up.interest_only,
        requested_at=earlier.requested_at,
        arrival_order=earlier.arrival_order,
    )
    gone = moved(given_up, RegistrationStatus.CANCELLED, now)
    return one, gone
