"""What the demo shows of one mail: who wrote, what was understood, what was done and why, as a row of a table.

A row is printed when its mail is decided and its answer has arrived, so that the table grows on any terminal and
reads as well in a file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from email import message_from_bytes
from zoneinfo import ZoneInfo

from rich.table import Table
from rich.text import Text

from mailbot.core.decisions import Decision, Enqueue, OpenHold, Processed, PutRegistration, RecordBounce
from mailbot.core.headers import addresses
from mailbot.core.requests import Ambiguous, CalendarReply, Details, Matched, Reading, Request

COLORS: Mapping[str, str] = {"accept": "green", "answer": "cyan", "hold": "yellow", "discard": "bright_black"}

_ANSWERED: Mapping[str, str] = {
    "registrant-confirmed": "confirmed",
    "registrant-pending": "noted, waits for approval",
    "registrant-waitlisted": "on the waiting list",
    "registrant-full": "full",
    "registrant-already": "registered already",
    "registrant-cancelled": "cancelled",
    "registrant-changed": "changed",
    "registrant-elsewhere": "where one registers",
    "registrant-not-needed": "no need to register",
    "registrant-not-open": "not open yet, interest kept",
    "registrant-closed": "closed",
    "registrant-past": "it is over, and what there is now",
    "registrant-event-cancelled": "it does not take place",
    "registrant-members-only": "for members only",
    "registrant-which-event": "which event?",
    "registrant-which-session": "which dates?",
    "registrant-which-choice": "which option?",
    "registrant-answer": "the question answered",
    "registrant-passed-on": "a colleague will look at it",
}

#: why an act that the sender asked for led to this answer; where there is nothing, the line of the chain says it
_BECAUSE: Mapping[str, str] = {
    "registrant-confirmed": "registration is open",
    "registrant-cancelled": "it was on file",
    "registrant-changed": "it was on file",
    "registrant-elsewhere": "the event says that one registers elsewhere",
    "registrant-answer": "the event's description tells it",
    "registrant-not-open": "registration opens later",
    "registrant-past": "the event is over",
    "registrant-which-session": "several dates, none named",
    "registrant-which-choice": "an option must be chosen",
    "registrant-waitlisted": "no seat is free",
    "registrant-full": "no seat is free",
    "registrant-closed": "registration is closed",
    "registrant-already": "on file already",
}


#: what a registration written with this change has become
_BECAME: Mapping[str, str] = {
    "interest": "interest kept",
    "asked": "kept, incomplete",
    "requested": "waits for approval",
}


def row(processed: Processed, note: str, width: int, zone: ZoneInfo) -> Table:
    """One row, ``width`` columns wide, with local times."""
    table = _grid(width)
    table.add_row(_who(processed, note, zone), _understood(processed.reading), _done(processed))
    return table


def heading(width: int) -> Table:
    table = _grid(width)
    table.add_row(
        *(Text(name, style="bold") for name in ("who wrote", "what was understood", "what was done, and why"))
    )
    table.add_row(*(Text("─" * 200, style="bright_black", no_wrap=True, overflow="crop") for _ in range(3)))
    return table


def reasons(decision: Decision) -> str:
    """Why it was decided so, in words."""
    held = next((effect.reasons for effect in decision.effects if isinstance(effect, OpenHold)), ())
    told = [hit.message for hit in decision.hits if hit.reason in held] if held else []
    kinds = [effect.message.kind for effect in decision.effects if isinstance(effect, Enqueue)]
    told = told or [_BECAUSE[kind] for kind in kinds if kind in _BECAUSE]
    return "; ".join(told) or (decision.hits[0].message if decision.hits else "nothing was understood")


def _grid(width: int) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    room = width - 4
    who, understood = max(20, room * 27 // 100), max(22, room * 34 // 100)
    for wide in (who, understood, room - who - understood):
        table.add_column(width=wide, overflow="fold")
    return table


def _who(processed: Processed, note: str, zone: ZoneInfo) -> Text:
    text = Text()
    text.append(_name(processed) or processed.sender or "nobody", style="bold")
    text.append(f"\n{processed.processed_at.astimezone(zone):%d/%m/%Y %H:%M}", style="bright_black")
    if note:
        text.append(f"\n{note}", style="bright_black")
    return text


def _name(processed: Processed) -> str | None:
    """As it was understood, else as the mail's From has it."""
    for request in processed.reading.requests if processed.reading else ():
        for person in request.details.people:
            if person.is_sender and person.name:
                return person.name
    written = message_from_bytes(processed.content)["From"]
    return next((address.name or None for address in addresses([str(written)])), None)


def _understood(reading: Reading | None) -> Text:
    if reading is None:
        return Text("could not be read")
    if reading.machine is not None:
        words = {"bounce": "a bounce", "auto-reply": "an automatic reply", "bulk": "bulk mail", "own": "our own mail"}
        return Text(words.get(reading.machine.kind, reading.machine.kind))
    text = Text()
    for request in reading.requests:
        if text:
            text.append("\n")
        text.append(_verb(request), style="bold")
        text.append(f" {_event(request.details)}")
        details = " · ".join(_details(request.details))
        if details:
            text.append(f"\n{details}")
    topics = [question.topic or "something else" for question in reading.questions]
    if topics:
        text.append(f"\nasks: {', '.join(dict.fromkeys(topics))}")
    return text or Text("nothing understood")


def _verb(request: Request) -> str:
    if isinstance(request, CalendarReply):
        return f"calendar: {request.partstat.lower()}"
    words = {"Enquire": "question", "Unclear": "unclear"}
    name = type(request).__name__
    return words.get(name, name.lower())


def _event(details: Details) -> str:
    match details.event:
        case Matched(event=key):
            return key
        case Ambiguous(events=keys):
            return f"{' or '.join(keys)}?"
        case _:
            return "(no event)"


def _details(details: Details) -> Iterator[str]:
    if any(not person.is_sender for person in details.people):
        yield from (person.name or person.email or "?" for person in details.people)
    yield from (key.rpartition("/")[2] for key in details.sessions)
    yield from (f"{choice}: {option}" for choice, option in details.choices.items())
    if details.mode:
        yield details.mode
    if details.pickup:
        yield f"pick-up: {details.pickup}"


def _done(processed: Processed) -> Text:
    decision = processed.decision
    text = Text()
    for line in _lines(decision):
        text.append(f"{line}\n", style=COLORS[decision.disposition])
    text.append(reasons(decision), style="bright_black")
    return text


def _lines(decision: Decision) -> Iterator[str]:
    for effect in decision.effects:
        match effect:
            case PutRegistration(registration=registration, change=change):
                yield f"✓ {_BECAME.get(change, change)}: {registration.name or registration.email or registration.requested_by}"
            case OpenHold():
                yield "⚑ flagged for a coordinator"
            case RecordBounce(status=status):
                yield f"✓ noted: not delivered ({status})"
            case Enqueue(message=message):
                yield f"✉ {message.language}: {_ANSWERED.get(message.kind, message.kind)}"
    if not any(isinstance(effect, Enqueue | OpenHold) for effect in decision.effects):
        yield "– no answer"
