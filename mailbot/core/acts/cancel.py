"""A place given up: by mail, or by declining the invitation in a calendar."""

from __future__ import annotations

from dataclasses import replace

from mailbot.core.acts.act import Act, Used
from mailbot.core.acts.spoken import spoken_of
from mailbot.core.acts.taken import aside, reservation_of
from mailbot.core.case import Case
from mailbot.core.decisions import PutRegistration, PutReservation
from mailbot.core.events import Event
from mailbot.core.registrations import ACTIVE, Registration, RegistrationStatus, moved
from mailbot.core.requests import Details


def cancel(case: Case, details: Details, used: Used) -> Act:
    """Everything given up, or some of several sessions."""
    event, found = spoken_of(case, details, details.people)
    if event is None:
        return Act(trouble="event-unclear")
    if not found:
        return Act(event=event, trouble="nothing-on-file")
    return given_up(case, event, found, details.sessions, used)


def given_up(case: Case, event: Event, found: tuple[Registration, ...], sessions: tuple[str, ...], used: Used) -> Act:
    """``sessions``: those given up; none: all."""
    puts: list[PutRegistration] = []
    reservations: list[PutReservation] = []
    for registration in found:
        if registration.status not in ACTIVE:
            continue
        left = tuple(key for key in registration.sessions if key not in sessions) if sessions else ()
        sequence = registration.sequence + 1
        if left and event.attend in {"any", "one"}:
            after = moved(registration, registration.status, case.now, sessions=left, sequence=sequence)
            puts.append(PutRegistration(registration=after, change="changed"))
            continue
        gone = moved(registration, RegistrationStatus.CANCELLED, case.now, sequence=sequence)
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


def calendar_reply(case: Case, details: Details, partstat: str, used: Used) -> Act:
    """A Decline by the attendee cancels; anything else is only noted (RFC 5546 §3.2.3)."""
    event = case.event_of(details.event)
    if partstat.upper() != "DECLINED":
        return Act(event=event)
    part = case.message.calendar
    author = case.message.sender
    # RFC 6047 §3: who replies is told by the ATTENDEE property. It must be the person who writes.
    if part and part.attendee and author and part.attendee.casefold() != author.email.casefold():
        return Act(event=event, trouble="stranger-request")
    return cancel(case, details, used)
