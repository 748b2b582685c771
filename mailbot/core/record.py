"""The audit record of one mail: what was read and what was decided, as plain data that JSON can hold.

Made to be read by people and by later versions: keys are only ever added. What is empty is left out, but for the
disposition, the outcome and the codes. The mails themselves are not repeated here: they are on file beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mailbot.core.decisions import (
    CloseHold,
    Decision,
    Effect,
    Enqueue,
    Hit,
    OpenHold,
    PutConfirmation,
    PutInvitation,
    PutRegistration,
    PutReservation,
    RecordBounce,
    SilenceReminders,
)
from mailbot.core.requests import (
    Ambiguous,
    CalendarReply,
    Cancel,
    Change,
    Details,
    Doubt,
    Enquire,
    EventMatch,
    Evidence,
    Machine,
    Matched,
    Person,
    Question,
    Reading,
    Register,
    Request,
    StopReminders,
    Thanks,
    Unclear,
    Unmatched,
)

Data = dict[str, Any]


def record_of(reading: Reading | None, decision: Decision) -> Data:
    """``reading`` is None where the mail could not be read at all."""
    record: Data = {"version": 1}
    if reading is not None:
        record["reading"] = reading_data(reading)
    record["decision"] = decision_data(decision)
    return record


def reading_data(reading: Reading) -> Data:
    data: Data = {"language": reading.language}
    if not reading.language_sure:
        data["language_sure"] = False
    if reading.machine is not None:
        data["machine"] = _machine(reading.machine)
    return _with(
        data,
        requests=[_request(request) for request in reading.requests],
        questions=[_question(question) for question in reading.questions],
        doubts=[_doubt(doubt) for doubt in reading.doubts],
        evidence=_evidence(reading.evidence),
    )


def decision_data(decision: Decision) -> Data:
    data: Data = {
        "disposition": decision.disposition,
        "outcome": decision.outcome,
        "hits": [_hit(hit) for hit in decision.hits],
    }
    return _with(
        data,
        misses=list(decision.misses),
        effects=[_effect(effect) for effect in decision.effects],
        policy_version=decision.policy_version,
    )


def _with(data: Data, **more: object) -> Data:
    """``data`` and whatever of ``more`` is not empty."""
    for name, value in more.items():
        if value is not None and value != "" and value != [] and value != {}:
            data[name] = value
    return data


# -- reading -----------------------------------------------------------------------


def _evidence(found: Iterable[Evidence]) -> list[Data]:
    return [_span(evidence) for evidence in found]


def _span(evidence: Evidence) -> Data:
    data: Data = {
        "field": evidence.field,
        "text": evidence.text,
        "rule": evidence.rule,
        "where": evidence.where,
    }
    if evidence.start >= 0:
        data["start"], data["end"] = evidence.start, evidence.end
    return data


def _machine(machine: Machine) -> Data:
    return _with({"kind": machine.kind, "rule": machine.rule}, evidence=_evidence(machine.evidence))


def _question(question: Question) -> Data:
    return {"topic": question.topic, "text": question.text}


def _doubt(doubt: Doubt) -> Data:
    return _with({"code": doubt.code}, evidence=_evidence(doubt.evidence))


_KINDS: dict[type, str] = {
    Register: "register",
    Cancel: "cancel",
    Change: "change",
    Enquire: "enquire",
    Thanks: "thanks",
    StopReminders: "stop-reminders",
    CalendarReply: "calendar-reply",
    Unclear: "unclear",
}


def _request(request: Request) -> Data:
    data: Data = {"request": _KINDS[type(request)], **_details(request.details)}
    match request:
        case Change(leaving=leaving, coming=coming, leaving_sessions=sessions, names=names, email=email):
            return _with(
                data,
                leaving=[_person(person) for person in leaving],
                coming=[_person(person) for person in coming],
                leaving_sessions=list(sessions),
                names=list(names or ()),
                email=email,
            )
        case CalendarReply(partstat=partstat, uid=uid, method=method):
            return _with(data, partstat=partstat, uid=uid, method=None if method == "REPLY" else method)
        case Unclear(kind=kind):
            return _with(data, kind=kind)
        case _:
            return data


def _details(details: Details) -> Data:
    return _with(
        {"event": _match(details.event)},
        people=[_person(person) for person in details.people],
        sessions=list(details.sessions),
        choices=dict(details.choices),
        second_choices=dict(details.second_choices),
        mode=details.mode,
        second_mode=details.second_mode,
        pickup=details.pickup,
        needs=details.needs,
    )


def _match(match: EventMatch) -> Data:
    """``{"matched": key}``, ``{"ambiguous": [keys, best first]}`` or ``{"unmatched": true}``."""
    match match:
        case Matched(event=key):
            return {"matched": key}
        case Ambiguous(events=keys):
            return {"ambiguous": list(keys)}
        case Unmatched():
            return {"unmatched": True}


def _person(person: Person) -> Data:
    data = _with({}, name=person.name, email=person.email, organisation=person.organisation, phone=person.phone)
    if person.is_sender:
        data["is_sender"] = True
    return data


# -- decision ----------------------------------------------------------------------


def _hit(hit: Hit) -> Data:
    return _with({"rule": hit.rule, "reason": hit.reason, "message": hit.message}, evidence=_evidence(hit.evidence))


def _effect(effect: Effect) -> Data:
    """What was written, by its identity: the rows themselves are in their tables."""
    match effect:
        case PutRegistration(registration=registration, change=change):
            return _with(
                {
                    "effect": "put-registration",
                    "change": change,
                    "registration": registration.id,
                    "event": registration.event,
                    "status": registration.status.value,
                },
                name=registration.name,
                email=registration.email,
                sessions=list(registration.sessions),
            )
        case PutReservation(reservation=reservation):
            return {
                "effect": "put-reservation",
                "registration": reservation.registration,
                "point": reservation.point,
                "status": reservation.status.value,
            }
        case PutConfirmation(confirmation=confirmation):
            return {
                "effect": "put-confirmation",
                "confirmation": confirmation.id,
                "registration": confirmation.registration,
                "act": confirmation.act["act"],
                "status": confirmation.status.value,
            }
        case CloseHold(id=id):
            return {"effect": "close-hold", "hold": id}
        case PutInvitation(invitation=invitation):
            return {
                "effect": "put-invitation",
                "uid": invitation.uid,
                "sequence": invitation.sequence,
                "status": invitation.status,
                "partstat": invitation.partstat,
            }
        case OpenHold(id=id, reasons=reasons, summary=summary):
            return _with({"effect": "open-hold", "hold": id, "reasons": list(reasons)}, summary=summary)
        case Enqueue(message=message):
            return {
                "effect": "enqueue",
                "delivery": message.id,
                "kind": message.kind,
                "language": message.language,
                "to": message.envelope_to,
                "subject": message.subject,
            }
        case SilenceReminders(addresses=addresses):
            return {"effect": "silence-reminders", "addresses": list(addresses)}
        case RecordBounce(message_id=message_id, recipient=recipient, action=action, status=status):
            return {
                "effect": "record-bounce",
                "message_id": message_id,
                "recipient": recipient,
                "action": action,
                "status": status,
            }
