"""What an attendee's calendar answers: a place given up, taken back, kept, or something for a person.

Who may do so is told by the ATTENDEE property (RFC 6047 §3), and it must be the registered address that writes. What comes
late is measured by SEQUENCE, then by DTSTAMP (RFC 5546 §2.1.5): whatever the order of arrival, the newest answer to what
was last told counts, and a calendar that holds something else is told again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from mailbot.core.acts import offers
from mailbot.core.acts.act import Act, Used
from mailbot.core.acts.cancel import cancel, day_missed, misses_some
from mailbot.core.acts.register import register
from mailbot.core.case import Case
from mailbot.core.events import Event
from mailbot.core.invitations import Invitation, attended
from mailbot.core.registrations import ACTIVE, Registration, RegistrationStatus
from mailbot.core.replies import ReplyKind
from mailbot.core.requests import CalendarReply, Details, Matched, Person, Register

_TAKES_PART = frozenset({"ACCEPTED", "TENTATIVE"})


def calendar_reply(case: Case, request: CalendarReply, used: Used) -> Act:
    invitation = case.facts.invitation
    registration = next(
        (r for r in case.facts.thread.registrations if invitation and r.id == invitation.registration), None
    )
    if invitation is None or registration is None:
        return _unknown(case, request, used)
    event = case.policy.events.get(registration.event)
    if event is None:
        return Act(trouble="event-unclear")
    if not _himself(case, registration.email or ""):
        # To let others know that they come changes nothing; to give up somebody's place does.
        return Act(event=event, trouble=None if request.partstat in _TAKES_PART else "stranger-request")
    match request.method, request.partstat:
        case "REFRESH", _:
            return _as_it_stands(Act(event=event), registration)
        case "REPLY", "DECLINED" | "ACCEPTED" | "TENTATIVE":
            return _answered(case, event, registration, invitation, request, used)
        case _:  # another time, somebody else instead
            return Act(event=event, trouble="calendar-counter")


def _unknown(case: Case, request: CalendarReply, used: Used) -> Act:
    """A UID that is not on file: the event and its day, as the object tells them, must do."""
    event, part = case.event_of(request.details.event), case.message.calendar
    if request.method != "REPLY" or request.partstat in _TAKES_PART:
        return Act(event=event, trouble="calendar-counter" if request.method == "COUNTER" else None)
    author = case.message.sender
    if part and part.attendee and author and part.attendee.casefold() != author.email.casefold():
        return Act(event=event, trouble="stranger-request")
    sessions = request.details.sessions
    if event is not None and len(event.sessions) > 1 and part is not None:
        sessions = tuple(session.key for session in event.sessions if session.starts == part.starts)
        if len(sessions) != 1:
            return Act(event=event, trouble="session-unclear")
    act = cancel(case, replace(request.details, sessions=sessions), used)
    # What is cancelled or over already is no news to a calendar.
    return act if act.puts or act.trouble else replace(act, reply=None)


def _himself(case: Case, email: str) -> bool:
    part, author = case.message.calendar, case.message.sender
    written = {address.casefold() for address in (part.attendee if part else None, author.email if author else None, case.sender) if address}  # fmt: skip
    return written == {email.casefold()}


def _as_it_stands(act: Act, registration: Registration) -> Act:
    """The person is told what is on file, and the calendar with it."""
    reply: ReplyKind = "registrant-already" if registration.status in ACTIVE else "registrant-cancelled"
    return replace(act, reply=reply, registrations=(registration,))


def _answered(
    case: Case,
    event: Event,
    registration: Registration,
    invitation: Invitation,
    request: CalendarReply,
    used: Used,
) -> Act:
    part, stamp = case.message.calendar, _stamp(case)
    sequence = part.sequence if part else 0
    if invitation.replied_at is not None and (
        stamp < invitation.replied_at or (stamp == invitation.replied_at and request.partstat == invitation.partstat)
    ):
        return Act(event=event)
    said = replace(invitation, replied_sequence=sequence, replied_at=stamp)
    noted = Act(
        event=event,
        invitations=(replace(said, partstat=request.partstat),),
        # what the comment asks
        reply="registrant-answer" if case.reading.questions else None,
    )
    here = any(session.key == invitation.session for session in attended(event, registration, case.now))
    if request.partstat == "DECLINED":
        if not here:
            # Made one with another registration of the same person, which may be meant: its own calendar is not asked.
            merged = registration.status not in ACTIVE and invitation.status != "cancelled"
            return replace(noted, trouble="nothing-on-file") if merged else noted
        if sequence < invitation.since:
            # Declined is what was told before: whether the new day suits, nobody has said yet.
            return _as_it_stands(Act(event=event, invitations=(said,)), registration)
        return _given_up(case, event, registration, invitation, noted, used)
    if registration.status is RegistrationStatus.OFFERED and request.partstat == "ACCEPTED":
        taken = offers.answer(case, Register(details=_wish(registration, invitation)), (registration,), used)
        return replace(taken, invitations=noted.invitations) if taken is not None else noted
    if here or not _open_again(case, event, invitation):
        return noted
    if invitation.partstat != "DECLINED":
        # Not declined by this calendar, but given up by mail or by the organiser.
        return noted if stamp <= invitation.stamped_at else Act(event=event, trouble="calendar-late")
    back = register(case, _wish(registration, invitation), used)
    return replace(back, invitations=noted.invitations)


def _given_up(
    case: Case, event: Event, registration: Registration, invitation: Invitation, noted: Act, used: Used
) -> Act:
    if event.attend == "all" and len(event.sessions) > 1:
        # One day of a course that is taken as a whole, or the last one of those declined day by day.
        others = {
            each.session
            for each in case.facts.invitations
            if each.registration == registration.id and each.partstat == "DECLINED"
        }
        if misses_some(event, (*others, invitation.session), case.now):
            return replace(day_missed(event, (registration,)), invitations=noted.invitations)
        details = Details(event=Matched(event=event.key), people=(_person(registration),))
        return replace(cancel(case, details, used), invitations=noted.invitations)
    sessions = (invitation.session,) if len(event.sessions) > 1 else ()
    details = Details(event=Matched(event=event.key), people=(_person(registration),), sessions=sessions)
    return replace(cancel(case, details, used), invitations=noted.invitations)


def _wish(registration: Registration, invitation: Invitation) -> Details:
    return Details(
        event=Matched(event=registration.event),
        people=(_person(registration),),
        sessions=(invitation.session,),
        choices=registration.choices,
        mode=registration.mode,
        pickup=registration.pickup,
    )


def _person(registration: Registration) -> Person:
    return Person(name=registration.name, email=registration.email, is_sender=True)


def _open_again(case: Case, event: Event, invitation: Invitation) -> bool:
    session = event.session(invitation.session)
    return session is not None and session.ends > case.now and event.cancelled is None and event.times_known


def _stamp(case: Case) -> datetime:
    """When the answer was given: never after now, or a wrong clock would make all later answers late."""
    part = case.message.calendar
    return min((part.dtstamp if part else None) or case.message.date or case.now, case.now)
