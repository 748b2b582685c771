"""A place given up."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from mailbot.core.acts.act import Act, Used
from mailbot.core.acts.spoken import spoken_of
from mailbot.core.acts.taken import aside, reservation_of
from mailbot.core.case import Case, event_state
from mailbot.core.decisions import PutRegistration, PutReservation
from mailbot.core.events import Event
from mailbot.core.registrations import ACTIVE, Registration, RegistrationStatus, moved
from mailbot.core.replies import ReplyKind
from mailbot.core.requests import Details

#: the reason by which a coordinator hears of it
DAY_MISSED = "day-missed"


def cancel(case: Case, details: Details, used: Used) -> Act:
    """Everything given up, or some of several sessions."""
    event, found = spoken_of(case, details, details.people)
    if event is None:
        return Act(trouble="event-unclear")
    state = event_state(event, case.now)
    if state == "past":  # who did not come after all is for the list of those present
        return Act(reply="registrant-past", event=event)
    active = any(registration.status in ACTIVE for registration in found)
    if state == "cancelled" and not active:
        return Act(reply="registrant-event-cancelled", event=event)
    if not found:
        return Act(event=event, trouble="nothing-on-file")
    if not active:
        # Of the same name with another address: two registrations that were made one, it may be. That address is asked.
        if any(r.status in ACTIVE and r.event == event.key for r in case.facts.namesakes):
            return Act(event=event, trouble="nothing-on-file")
        return as_before(event, found)
    if misses_some(event, details.sessions, case.now):
        return day_missed(event, tuple(r for r in found if r.status in ACTIVE))
    act = given_up(case, event, found, details.sessions, used)
    return replace(act, reply="registrant-event-cancelled") if state == "cancelled" else act


def misses_some(event: Event, sessions: tuple[str, ...], now: datetime) -> bool:
    """Whether these are only some of the days of a course that is taken as a whole."""
    coming = {session.key for session in event.sessions if session.ends > now}
    return event.attend == "all" and bool(sessions) and bool(coming.difference(sessions))


def day_missed(event: Event, found: tuple[Registration, ...]) -> Act:
    """One day of a whole course gives up nothing: the place is kept, the person is told so, and a coordinator knows."""
    return Act(reply="registrant-day-missed", event=event, registrations=found, flags=(DAY_MISSED,))


def as_before(event: Event, found: tuple[Registration, ...]) -> Act:
    """Nothing to give up or to change: cancelled before, or declined by a coordinator."""
    declined = all(registration.status is RegistrationStatus.DECLINED for registration in found)
    reply: ReplyKind = "registrant-declined" if declined else "registrant-cancelled"
    return Act(reply=reply, event=event, registrations=found, remarks=("as-before",))


def given_up(case: Case, event: Event, found: tuple[Registration, ...], sessions: tuple[str, ...], used: Used) -> Act:
    """``sessions``: those given up; none: all."""
    puts: list[PutRegistration] = []
    reservations: list[PutReservation] = []
    for registration in found:
        if registration.status not in ACTIVE:
            continue
        left = tuple(key for key in registration.sessions if key not in sessions) if sessions else ()
        if left and event.attend in {"any", "one"}:
            after = moved(registration, registration.status, case.now, sessions=left)
            puts.append(PutRegistration(registration=after, change="changed"))
            continue
        gone = moved(registration, RegistrationStatus.CANCELLED, case.now)
        item = aside(case, event, gone, used)
        puts.append(PutRegistration(registration=item.registration, change="cancelled"))
        reservations += reservation_of(item)
    act = Act(
        reply="registrant-cancelled",
        event=event,
        puts=tuple(puts),
        reservations=tuple(reservations),
        registrations=tuple(put.registration for put in puts) or found,
    )
    if puts and all(put.change == "changed" for put in puts):
        return replace(act, reply="registrant-changed", changed=("sessions",))
    if puts and all(registration.status is RegistrationStatus.OFFERED for registration in found):
        return replace(act, reply="registrant-offer-declined")
    return act
