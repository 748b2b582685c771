"""What an attendee's calendar answers, together with the words written beside it."""

from __future__ import annotations

from dataclasses import replace

from mailbot.core.match import Findings
from mailbot.core.message import CalendarPart, IncomingMessage
from mailbot.core.requests import (
    CalendarReply,
    Cancel,
    Change,
    Details,
    Doubt,
    Enquire,
    Evidence,
    Person,
    Reading,
    Register,
    Request,
    Thanks,
    Unclear,
)

#: doubts that count although the calendar says what is to be done
_GRAVE = frozenset(
    {"complaint", "privacy-request", "press-request", "legal-request", "suspicious", "exception-asked", "needs-told"}
)


def comment_of(message: IncomingMessage) -> str:
    """The person's own words. Only Outlook puts them into the text; others write a sentence of their own there."""
    calendar = message.calendar
    if calendar is None:
        return ""
    if calendar.comment:
        return calendar.comment
    return message.new_text.strip() if "microsoft" in calendar.prodid.casefold() else ""


def calendar_reading(
    reading: Reading,
    message: IncomingMessage,
    calendar: CalendarPart,
    found: Findings,
    beside: Reading | None,
    *,
    excuse: bool = False,
) -> Reading:
    """``beside``: what the words say, read like any mail; None where there are none. ``excuse``: they look like a mere
    excuse, which asks for nothing beside the refusal."""
    partstat = (calendar.partstat or "NEEDS-ACTION").upper()
    sender = message.reply_address
    person = Person(name=(sender.name or None) if sender else None, email=sender.email if sender else None, is_sender=True)  # fmt: skip
    details = Details(event=found.event, people=(person,), sessions=found.sessions or found.sessions_given_up)
    request = CalendarReply(details=details, partstat=partstat, uid=calendar.uid, method=calendar.method)
    evidence = Evidence(field="kind", text=partstat, rule=f"rfc5546.{calendar.method.lower()}", where="calendar")
    reading = replace(
        reading,
        # The text of the mail is the program's, in the program's language.
        language=beside.language if beside else None,
        language_sure=beside.language_sure if beside else False,
        requests=(request,),
        evidence=(*reading.evidence, evidence),
    )
    if beside is None:
        return reading
    requests, doubts = _together(request, beside, excuse)
    return replace(
        reading,
        requests=requests,
        questions=beside.questions,
        doubts=(*doubts, *(doubt for doubt in beside.doubts if doubt.code in _GRAVE)),
        evidence=(*reading.evidence, *(replace(e, where="calendar", start=-1, end=-1) for e in beside.evidence)),
    )


def _together(request: CalendarReply, beside: Reading, excuse: bool) -> tuple[tuple[Request, ...], tuple[Doubt, ...]]:
    """What the calendar and the words ask together. Where they contradict each other, a person looks."""
    said = tuple(each for each in beside.requests if not isinstance(each, Enquire | Thanks))
    alone: tuple[Request, ...] = (request,)
    if not said:
        return alone, ()
    contradiction = (Doubt(code="several-requests"),)
    match said[0], request.partstat:
        case Cancel() | Unclear(kind="declined"), "DECLINED":
            return alone, ()
        case Change(coming=coming), "DECLINED" if coming:
            return said, beside.doubts
        case Register(details=details), "ACCEPTED" | "TENTATIVE":
            told = details.choices or details.mode or details.pickup or details.needs
            return (said, beside.doubts) if told else (alone, ())
        case Change(), "ACCEPTED" | "TENTATIVE":
            return said, beside.doubts
        case Unclear(), "DECLINED" if excuse and not beside.questions:
            return alone, ()
        case Unclear(), _:
            return alone, (Doubt(code="calendar-comment"),)
        case _:
            return alone, contradiction
