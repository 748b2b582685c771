"""What one request leads to, as a value."""

from __future__ import annotations

from dataclasses import dataclass

from mailbot.core.confirmations import Confirmation
from mailbot.core.decisions import PutRegistration, PutReservation
from mailbot.core.events import Choice, Event
from mailbot.core.invitations import Invitation
from mailbot.core.registrations import Registration
from mailbot.core.replies import Remark, ReplyKind

#: places and items that this mail has used up so far, beside ``Facts.seats_taken`` and ``Facts.stock_taken``
Used = dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    reply: ReplyKind | None = None
    event: Event | None = None
    puts: tuple[PutRegistration, ...] = ()
    reservations: tuple[PutReservation, ...] = ()
    #: the registrations the answer speaks of, as they are afterwards
    registrations: tuple[Registration, ...] = ()
    changed: tuple[str, ...] = ()
    #: what their calendars said
    invitations: tuple[Invitation, ...] = ()
    choice: Choice | None = None
    #: what the answer says beside
    remarks: tuple[Remark, ...] = ()
    #: asked of registered addresses before anything is done, about the registration ``concerned``
    confirmations: tuple[Confirmation, ...] = ()
    concerned: Registration | None = None
    #: where a registration shall be written to, once that address says yes
    new_address: str | None = None
    #: registrations that have another address now, which is told so
    moved: tuple[Registration, ...] = ()
    #: the confirmation that this act carries out
    settled: Confirmation | None = None
    #: addresses that want no more reminders
    silence: tuple[str, ...] = ()
    #: a reason code: not done, a coordinator looks at it
    trouble: str | None = None
    #: reason codes: done, and a coordinator looks at it
    flags: tuple[str, ...] = ()
