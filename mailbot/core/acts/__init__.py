"""What each request leads to, as registrations to write and the kind of answer. Nothing here is done yet.

An ``Act`` with ``trouble`` is not carried out: its reason goes to a coordinator.
"""

from __future__ import annotations

from mailbot.core.acts import correct, elsewhere, offers
from mailbot.core.acts.act import Act, Used
from mailbot.core.acts.calendar import calendar_reply
from mailbot.core.acts.cancel import cancel
from mailbot.core.acts.change import change
from mailbot.core.acts.register import register
from mailbot.core.acts.silence import silence
from mailbot.core.case import Case
from mailbot.core.confirmations import request_of
from mailbot.core.requests import (
    CalendarReply,
    Cancel,
    Change,
    Enquire,
    Register,
    Request,
    StopReminders,
    Thanks,
    Unclear,
)

__all__ = ["Act", "Used", "plan"]


def plan(case: Case, request: Request, used: Used) -> Act:
    """What one request leads to, given what the mail's earlier requests used."""
    confirmed = elsewhere.confirming(case, request)
    if isinstance(confirmed, Act):
        return confirmed
    if confirmed is not None:
        confirmation, registration = confirmed
        wanted = request_of(confirmation, registration)
        if isinstance(wanted, Change) and wanted.email is not None:
            act = correct.confirmed(case, wanted, confirmation, registration)
        else:
            act = _planned(case, wanted, used)
        return elsewhere.with_confirmation(act, confirmation)
    return elsewhere.asked_back(case, request, _planned(case, request, used))


def _planned(case: Case, request: Request, used: Used) -> Act:
    if isinstance(request, Register | Cancel) and (offered := offers.offered_here(case, request.details)):
        answered = offers.answer(case, request, offered, used)
        if answered is not None:
            return answered
    match request:
        case Register(details=details):
            return register(case, details, used)
        case Cancel(details=details):
            return cancel(case, details, used)
        case Change() if request.corrects and not case.facts.assume_registered:
            return correct.correct(case, request)
        case Change():
            return change(case, request, used)
        case CalendarReply():
            return calendar_reply(case, request, used)
        case Enquire(details=details):
            event = case.event_of(details.event)
            called_off = event is not None and event.cancelled is not None
            return Act(reply="registrant-event-cancelled" if called_off else "registrant-answer", event=event)
        case StopReminders(details=details):
            return silence(case, details)
        case Thanks(details=details):
            return offers.reminded(case, details) or Act(event=case.event_of(details.event))
        case Unclear(details=details):
            return Act(event=case.event_of(details.event))
