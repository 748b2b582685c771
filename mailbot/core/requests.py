"""What the sender asks, each field with the words it was read from.

``read.py`` makes a ``Reading`` of an ``IncomingMessage``; ``decide.py`` makes a ``Decision`` of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from mailbot.core.events import Mode
from mailbot.core.language import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A span of the mail and the rule that read it."""

    #: which field of the request rests on it: ``kind``, ``event``, ``person``, ``session``, ``mode`` …
    field: str
    text: str
    #: the rule and, where one was used, the lexicon entry: ``lexicon.fr.register.je-m-inscris``
    rule: str
    where: Literal["text", "subject", "header", "quote", "signature", "calendar", "thread"] = "text"
    #: offsets into that part of the mail, -1 where the words stand only in a header or were inferred
    start: int = -1
    end: int = -1


def in_subject(found: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """Where nothing else was written, what was read as the text is the subject."""
    return tuple(replace(item, where="subject") if item.where == "text" else item for item in found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    name: str | None = None
    email: str | None = None
    organisation: str | None = None
    phone: str | None = None
    #: the sender himself or herself
    is_sender: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    event: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """More than one event fits; best first."""

    events: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    pass


EventMatch = Matched | Ambiguous | Unmatched


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Why a careful coordinator would not act on this by himself. ``code`` is a stable kebab-case reason."""

    code: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What every request may say."""

    event: EventMatch = field(default_factory=Unmatched)
    people: tuple[Person, ...] = ()
    sessions: tuple[str, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    #: a second wish, taken when the first is full: {"lab": "governance"}
    second_choices: Mapping[str, str] = field(default_factory=dict)
    mode: Mode | None = None
    #: taken where the first is full: "in person, otherwise online"
    second_mode: Mode | None = None
    pickup: str | None = None
    #: needs that are told (access, diet, interpretation), in the sender's own words; sensitive
    needs: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    details: Details


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """``details.sessions`` empty: everything is given up."""

    details: Details


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """``details`` is what is wanted now. A person replaced by another: both are in ``details.people``."""

    details: Details
    leaving: tuple[Person, ...] = ()
    coming: tuple[Person, ...] = ()
    #: sessions given up for those in ``details.sessions``
    leaving_sessions: tuple[str, ...] = ()
    #: the sender's own name as it is spelt, and perhaps as it was misspelt; none where only its being wrong is told.
    #: None: nothing is said of it
    names: tuple[str, ...] | None = None
    #: where the sender wants to be written to from now on
    email: str | None = None
    #: with ``email``: who asked for it wrote from that address
    written_from_there: bool = False

    @property
    def corrects(self) -> bool:
        return self.names is not None or self.email is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    #: the topic the event's own description answers (``when``, ``where``, ``price`` …, or ``answer:N``), else None
    topic: str | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Enquire:
    details: Details


@dataclass(frozen=True, slots=True, kw_only=True)
class Thanks:
    details: Details


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarReply:
    """What an attendee's calendar sends (RFC 5546 §3.2.3). ``partstat``: ACCEPTED, TENTATIVE, DECLINED …"""

    details: Details
    partstat: str
    uid: str
    #: REPLY; COUNTER proposes another time (§3.2.7), REFRESH asks for what stands now (§3.2.6)
    method: str = "REPLY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """Nothing that the desk acts on: ``kind`` tells what it seems to be."""

    details: Details
    #: ``declined``: does not take part, or not yet, and was never registered: nothing is to be done
    kind: Literal["other", "spam", "declined"] = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class StopReminders:
    """No more mails that nobody asked for; the registration stays."""

    details: Details


Request = Register | Cancel | Change | Enquire | Thanks | CalendarReply | StopReminders | Unclear


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Mail that no person wrote, or that must not be answered: see ``automatic.py``."""

    kind: Literal["auto-reply", "bounce", "bulk", "spam", "unasked", "looks-automatic", "no-reply", "own"]
    #: the stable code of the rule that recognised it: ``auto-submitted``, ``multipart-report`` …
    rule: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that was understood of one mail."""

    #: of the new text; None where there is none. ``language_sure`` false: answer bilingually
    language: Language | None
    language_sure: bool = True
    machine: Machine | None = None
    requests: tuple[Request, ...] = ()
    #: everything asked, whichever request it goes with
    questions: tuple[Question, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    #: the events that were thought of, with their scores, best first; for ``explain`` alone
    considered: tuple[tuple[str, float], ...] = ()
