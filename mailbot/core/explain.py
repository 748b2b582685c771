"""How a mail was read and what is done with it, as JSON-ready data: ``mailbot explain --json``."""

from __future__ import annotations

from dataclasses import dataclass

from mailbot.core.decisions import Decision, Enqueue
from mailbot.core.message import IncomingMessage
from mailbot.core.pickups import ANY_POINT, NONE_WANTED
from mailbot.core.requests import (
    Ambiguous,
    CalendarReply,
    Cancel,
    Change,
    Details,
    Enquire,
    Evidence,
    Matched,
    Person,
    Reading,
    Register,
    Request,
    Thanks,
)

_TEXT = 60
_PARTSTAT = {"ACCEPTED": "thanks", "DECLINED": "cancel", "TENTATIVE": "other"}
#: which request says what the mail is, where there are several
_ORDER: tuple[type, ...] = (Register, Change, Cancel, CalendarReply, Enquire, Thanks)


def kind_of(reading: Reading) -> str:
    """The kind of the mail in one word: ``register``, ``cancel``, ``change``, ``question``, ``thanks``, ``auto-reply``,
    ``bounce``, ``bulk``, ``spam``, ``other``."""
    machine = reading.machine
    if machine is not None and machine.kind in {"auto-reply", "bounce", "bulk", "spam"}:
        return machine.kind
    if machine is not None and machine.kind == "unasked":
        return "spam"
    if machine is not None and machine.kind in {"own", "looks-automatic"}:
        return "auto-reply"
    request = main_request(reading)
    if isinstance(request, CalendarReply):
        return _PARTSTAT.get(request.partstat, "other")
    names: dict[type, str] = {
        Register: "register",
        Cancel: "cancel",
        Change: "change",
        Enquire: "question",
        Thanks: "thanks",
    }
    return names.get(type(request), "other")


def main_request(reading: Reading) -> Request | None:
    """The request that the mail is about; what stands beside it is left out."""
    for kind in _ORDER:
        for request in reading.requests:
            if isinstance(request, kind):
                return request
    return reading.requests[0] if reading.requests else None


def _of_all(reading: Reading) -> Details:
    """What is told of all events of a mail together; nearly always of the one."""
    main = main_request(reading)
    alike = [request.details for request in reading.requests if type(request) is type(main)]
    if len(alike) < _SEVERAL:
        return main.details if main is not None else Details()
    return Details(
        event=alike[0].event,
        people=alike[0].people,
        sessions=tuple(session for details in alike for session in details.sessions),
        choices={key: option for details in alike for key, option in details.choices.items()},
        mode=next((details.mode for details in alike if details.mode), None),
        pickup=next((details.pickup for details in alike if details.pickup), None),
    )


#: requests of one kind that a mail about several events holds
_SEVERAL = 2


def explanation(file: str, message: IncomingMessage, reading: Reading, decision: Decision) -> dict[str, object]:
    """One mail as the keys of ``explain --json``; values are only what ``json.dumps`` takes."""
    details = _of_all(reading)
    kind = kind_of(reading)
    acts = kind in {"register", "cancel", "change"}
    text = " ".join(message.new_text.split())[:_TEXT]
    return {
        "file": file,
        "kind": kind,
        "language": reading.language,
        "events": list(dict.fromkeys(key for request in reading.requests for key in _events(request.details))),
        "people": [_person(person) for person in details.people] if acts else [],
        "sessions": list(details.sessions) if acts else [],
        "choices": dict(details.choices) if acts else {},
        "mode": details.mode if acts else None,
        "pickup": details.pickup if acts and details.pickup not in {NONE_WANTED, ANY_POINT} else None,
        "question": bool(reading.questions),
        "may_reply": reading.machine is None,
        "needs_human": decision.needs_human,
        "text": text or None,
        "signature": message.signature or None,
        "reasons": _reasons(reading, decision),
        "reply": _reply(decision),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table that tells what was read from which words."""

    field: str
    value: str
    words: str
    rule: str
    where: str


def rows(message: IncomingMessage, reading: Reading) -> tuple[Row, ...]:
    """Field by field: the value once, then every stretch of words that it rests on."""
    values = _values(reading)
    evidence = [*reading.evidence, *(reading.machine.evidence if reading.machine else ())]
    evidence += [item for doubt in reading.doubts for item in doubt.evidence]
    found: list[Row] = []
    for field in dict.fromkeys([*values, *(item.field for item in evidence)]):
        value = values.get(field, "")
        of_field = [item for item in dict.fromkeys(evidence) if item.field == field]
        for number, item in enumerate(of_field):
            shown = value if number == 0 else ""
            found.append(Row(field=field, value=shown, words=words_of(message, item), rule=item.rule, where=item.where))
        if not of_field and value:
            found.append(Row(field=field, value=value, words="", rule="", where=""))
    return tuple(found)


def _values(reading: Reading) -> dict[str, str]:
    request = main_request(reading)
    details = request.details if request is not None else Details()
    match = details.event
    language = f"{reading.language or 'none'}{'' if reading.language_sure else ', in doubt'}"
    values = {
        "machine": f"{reading.machine.kind}: {reading.machine.rule}" if reading.machine else "",
        "kind": kind_of(reading),
        "event": " or ".join(match.events) if isinstance(match, Ambiguous) else "".join(_events(details)),
        "person": ", ".join(person.name or person.email or "?" for person in details.people),
        "session": ", ".join(details.sessions),
        "choice": ", ".join(f"{key} {value}" for key, value in details.choices.items()),
        "mode": details.mode or "",
        "pickup": details.pickup or "",
        "question": ", ".join(question.topic or "something else" for question in reading.questions),
        "doubt": ", ".join(doubt.code for doubt in reading.doubts),
        "language": language,
    }
    return {field: value for field, value in values.items() if value}


def words_of(message: IncomingMessage, item: Evidence) -> str:
    """The words as they stand in the mail, where the evidence tells their place."""
    text = {"text": message.new_text, "subject": message.subject}.get(item.where, "")
    span = span_of(text, item)
    return " ".join(text[span[0] : span[1]].split()) if span else " ".join(item.text.split())


def span_of(text: str, item: Evidence) -> tuple[int, int] | None:
    """Where in ``text`` the words of ``item`` stand, if they do."""
    return (item.start, item.end) if 0 <= item.start < item.end <= len(text) else None


def _events(details: Details) -> list[str]:
    return [details.event.event] if isinstance(details.event, Matched) else []


def _person(person: Person) -> dict[str, str | None]:
    return {"name": person.name, "email": person.email, "organisation": person.organisation}


def _reasons(reading: Reading, decision: Decision) -> list[dict[str, object]]:
    """What the decision rests on, then what the reading rests on."""
    reasons: list[dict[str, object]] = [
        {"code": hit.reason, "message": hit.message, "rule": hit.rule, "evidence": [_evidence(e) for e in hit.evidence]}
        for hit in decision.hits
    ]
    if reading.machine is not None:
        machine = reading.machine
        reasons.append(
            {
                "code": machine.rule,
                "message": f"recognised as {machine.kind}",
                "rule": machine.rule,
                "evidence": [_evidence(e) for e in machine.evidence],
            }
        )
    for request in reading.requests:
        if isinstance(request.details.event, Ambiguous):
            reasons.append(
                {
                    "code": "alternatives",
                    "message": "more than one event fits: " + ", ".join(request.details.event.events),
                    "rule": "match",
                    "evidence": [],
                }
            )
    if len(reading.considered) > 1:
        told = ", ".join(f"{event} {score:.1f}" for event, score in reading.considered)
        reasons.append({"code": "considered", "message": f"events thought of: {told}", "rule": "match", "evidence": []})
    for item in reading.evidence:
        reasons.append({"code": item.field, "message": "read from", "rule": item.rule, "evidence": [_evidence(item)]})
    return reasons


def _evidence(item: Evidence) -> dict[str, object]:
    return {
        "field": item.field,
        "text": item.text,
        "rule": item.rule,
        "where": item.where,
        "start": item.start,
        "end": item.end,
    }


def _reply(decision: Decision) -> dict[str, object] | None:
    for effect in decision.effects:
        if isinstance(effect, Enqueue):
            return {
                "subject": effect.message.subject,
                "language": effect.message.language,
                "text": effect.message.text,
            }
    return None
