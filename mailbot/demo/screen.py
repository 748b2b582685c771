"""What the demo shows: a row for each mail (who wrote, what was understood, what was done and why), our mails in full.

A row is printed when its mail is decided and its answer has arrived, so that the table grows on any terminal and
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from zoneinfo import ZoneInfo

from rich.console import Console, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from mailbot.core.decisions import (
    Decision,
    Enqueue,
    OpenHold,
    Processed,
    PutRegistration,
    RecordBounce,
    SilenceReminders,
)
from mailbot.core.deliveries import OutgoingMessage
from mailbot.core.headers import addresses
from mailbot.core.requests import Ambiguous, CalendarReply, Details, Matched, Reading, Request
from mailbot.demo.server import PASSWORD

#: columns where there is no terminal, and of the picture
WIDTH = 110

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
            case SilenceReminders():
                yield "✓ no more reminders"
            case RecordBounce(status=status):
                yield f"✓ noted: not delivered ({status})"
            case Enqueue(message=message):
                yield f"✉ {message.language}: {_ANSWERED.get(message.kind, message.kind)}"
    if not any(isinstance(effect, Enqueue | OpenHold) for effect in decision.effects):
        yield "– no answer"


def letter(message: OutgoingMessage, what: str, color: str) -> Panel:
    """A mail of ours in full."""
    text = Text()
    text.append(f"To: {message.envelope_to}\nSubject: {message.subject}\n\n", style="bright_black")
    text.append(message.text.strip())
    return Panel(text, title=what, title_align="left", border_style=color, padding=(0, 1))


def flagged(mails: Sequence[Processed]) -> Panel:
    """The mails that wait for a coordinator, and why."""
    text = Text()
    for processed in mails:
        if text:
            text.append("\n")
        text.append(processed.sender or "?", style="bold")
        text.append(f" · {processed.subject}\n")
        text.append(reasons(processed.decision), style="yellow")
    title = f"flagged: {len(mails)} mails wait for a coordinator, who was told by mail"
    return Panel(text, title=title, title_align="left", border_style="yellow", padding=(0, 1))


def how_to_write(visitor: str, desk: str, *, imap_port: int, smtp_port: int) -> Text:
    """Commands that need nothing but Python, one a line so that they can be copied."""
    # With an id of its own each time: the same mail again would be taken for a copy, and not be answered.
    mail = (
        f"'From: Robin Peeters <{visitor}>\\nTo: {desk}\\nMessage-ID: ' + utils.make_msgid() + '\\nSubject: Album\\n\\n"
        "Hello, I would like to take part online. I will pick up the tool in Molenbeek.'"
    )
    write = (
        f"python3 -c \"import smtplib; from email import utils; smtplib.SMTP('127.0.0.1', {smtp_port})"
        f".sendmail('{visitor}', '{desk}', {mail})\""
    )
    read = (
        f"python3 -c \"import email, imaplib; m = imaplib.IMAP4('127.0.0.1', {imap_port}); "
        f"m.login('{visitor}', '{PASSWORD}'); m.select(); "
        "a = email.message_from_bytes(m.fetch('*', 'BODY[]')[1][0][1]); "
        "print(next(p for p in a.walk() if p.get_content_type() == 'text/plain').get_payload(decode=True).decode())\""
    )
    text = Text()
    text.append(f"Write to {desk}", style="bold")
    text.append(f", from any address: SMTP 127.0.0.1:{smtp_port}, no password, no TLS. For example:\n\n")
    text.append(f"{write}\n\n", style="cyan")
    text.append("Read the answer", style="bold")
    text.append(
        f": IMAP 127.0.0.1:{imap_port}, user: the address you wrote from, password: {PASSWORD}, no TLS. For example:\n\n"
    )
    text.append(f"{read}\n", style="cyan")
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """The terminal, and the picture where one is wanted: it shows a part, for there is no scrolling in a picture."""

    console: Console
    drawn: Console | None = None

    def print(self, *shown: RenderableType, drawn: bool = False) -> None:
        self.console.print(*shown, highlight=False)
        if drawn:
            self.draw(*shown)

    def draw(self, *shown: RenderableType) -> None:
        """Into the picture alone."""
        if self.drawn is not None:
            self.drawn.print(*shown, highlight=False)

    def row(self, processed: Processed, note: str, zone: ZoneInfo, *, drawn: bool = False) -> None:
        self.console.print(row(processed, note, self.console.width, zone))
        if self.console.color_system is None:
            self.console.print()  # where no name is bold, a line between tells the rows apart
        if drawn:
            self.draw(row(processed, note, WIDTH, zone))
