"""What one request leads to, as a value."""

from __future__ import annotations

from dataclasses import dataclass

from mailbot.core.decisions import PutRegistration
from mailbot.core.events import Choice, Event
from mailbot.core.registrations import Registration
from mailbot.core.replies import ReplyKind

#: seats that this mail has used up so far, beside ``Facts.seats_taken``
Used = dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    reply: ReplyKind | None = None
    event: Event | None = None
    puts: tuple[PutRegistration, ...] = ()
    #: the registrations the answer speaks of, as they are afterwards
    registrations: tuple[Registration, ...] = ()
    changed: tuple[str, ...] = ()
    choice: Choice | None = None
    #: a reason code: not done, a coordinator looks at it
    trouble: str | None = None
