"""A place given up: by mail, or by declining the invitation in a calendar."""

from __future__ import annotations

from dataclasses import replace

from mailbot.core.acts.act import Act
from mailbot.core.acts.spoken import spoken_of
from mailbot.core.case import ACTIVE, Case
from mailbot.core.decisions import PutRegistration
from mailbot.core.registrations import RegistrationStatus
from mailbot.core.requests import Details


def cancel(case: Case, details: Details) -> Act:
    """Everything given up, or some of several sessions."""
    event, found = spoken_of(case, details, details.people)
    if event is None:
        return Act(trouble="event-unclear")
    if not found:
        return Act(event=event, trouble="nothing-on-file")
    puts = []
    for registration in found:
        if registration.status not in ACTIVE:
            continue
        left = tuple(key for key in registration.sessions if key not in details.sessions) if details.sessions else ()
        after = replace(registration, sequence=registration.sequence + 1, updated_at=case.now)
        if left and event.attend in {"any", "one"}:
            puts.append(PutRegistration(registration=replace(after, sessions=left), change="changed"))
        else:
            puts.append(
                PutRegistration(registration=replace(after, status=RegistrationStatus.CANCELLED), change="cancelled")
            )
    after_all = tuple(put.registration for put in puts) or found
    if puts and all(put.change == "changed" for put in puts):
        return Act(
            reply="registrant-changed", event=event, puts=tuple(puts), registrations=after_all, changed=("sessions",)
        )
    return Act(reply="registrant-cancelled", event=event, puts=tuple(puts), registrations=after_all)


def calendar_reply(case: Case, details: Details, partstat: str) -> Act:
    """A Decline by the attendee cancels; anything else is only noted (RFC 5546 §3.2.3)."""
    event = case.event_of(details.event)
    if partstat.upper() != "DECLINED":
        return Act(event=event)
    part = case.message.calendar
    author = case.message.sender
    # RFC 6047 §3: who replies is told by the ATTENDEE property. It must be the person who writes.
    if part and part.attendee and author and part.attendee.casefold() != author.email.casefold():
        return Act(event=event, trouble="stranger-request")
    return cancel(case, details)
