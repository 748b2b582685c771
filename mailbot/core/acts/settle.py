"""The status that an event's terms and its free places give to a registration, and the answer to it."""

from __future__ import annotations

from dataclasses import replace

from mailbot.core.acts.act import Act, Used
from mailbot.core.acts.fields import missing_of
from mailbot.core.acts.seats import full, seats
from mailbot.core.case import Case
from mailbot.core.decisions import PutRegistration
from mailbot.core.events import Choice, Event
from mailbot.core.registrations import Registration, RegistrationStatus


def settled(
    case: Case,
    event: Event,
    registration: Registration,
    existing: Registration | None,
    state: str,
    used: Used,
    changed: tuple[str, ...],
) -> tuple[PutRegistration | None, Registration, tuple[str, ...]]:
    """The registration with the status that the event's terms and its free seats allow."""
    before = existing.status if existing is not None else None
    held = (
        existing
        if existing is not None and existing.status in {RegistrationStatus.CONFIRMED, RegistrationStatus.OFFERED}
        else None
    )
    if state == "not-open":
        status, change = RegistrationStatus.PENDING, "interest"
    elif missing_of(event, registration) is not None:
        # What is confirmed stays so while one detail is asked back.
        status, change = (before if held and before else RegistrationStatus.PENDING), "asked"
    elif event.registration.approval and held is None:
        status, change = RegistrationStatus.PENDING, "requested"
    elif full(case, event, registration, held, used):
        status, change = (before if held and before else RegistrationStatus.WAITLISTED), "waitlisted"
        if held is not None:
            return None, held, ("full",)
    else:
        status, change = RegistrationStatus.CONFIRMED, ("changed" if held else "registered")
        for key in seats(event, registration):
            used[key] = used.get(key, 0) + (0 if held and key in seats(event, held) else 1)
    if status is RegistrationStatus.WAITLISTED and not event.waiting_list:
        return None, replace(registration, status=RegistrationStatus.CANCELLED), ("full",)
    after = replace(registration, status=status, interest_only=state == "not-open", updated_at=case.now)
    if existing is not None and after == replace(existing, updated_at=case.now):
        return None, existing, ()
    return PutRegistration(registration=after, change=change), after, changed


def joined(
    case: Case, event: Event, outcomes: list[tuple[PutRegistration | None, Registration, tuple[str, ...]]]
) -> Act:
    """One answer for everybody the mail registers: the most needing of them decides its kind."""
    puts = tuple(put for put, _, _ in outcomes if put is not None)
    registrations = tuple(registration for _, registration, _ in outcomes)
    changed = tuple(dict.fromkeys(name for _, _, names in outcomes for name in names if name != "full"))
    act = Act(event=event, puts=puts, registrations=registrations, changed=changed)
    missing = next((m for r in registrations if (m := missing_of(event, r)) is not None), None)
    statuses = {registration.status for registration in registrations}
    if any("full" in names for _, _, names in outcomes):
        return replace(act, reply="registrant-full")
    if not puts and any(r.interest_only for r in registrations):
        return replace(act, reply="registrant-not-open")
    if any(put.change == "interest" for put in puts):
        return replace(act, reply="registrant-not-open")
    if missing == "session":
        return replace(act, reply="registrant-which-session")
    if isinstance(missing, Choice):
        return replace(act, reply="registrant-which-choice", choice=missing)
    if RegistrationStatus.WAITLISTED in statuses:
        return replace(act, reply="registrant-waitlisted")
    if RegistrationStatus.PENDING in statuses:
        return replace(act, reply="registrant-pending")
    if not puts:
        return replace(act, reply="registrant-already")
    if all(put.change == "changed" for put in puts):
        return replace(act, reply="registrant-changed")
    return replace(act, reply="registrant-confirmed")
