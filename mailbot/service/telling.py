"""What the store keeps of moments and of attendance: the part of ``Transaction`` that they need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mailbot.core.attendance import Attendance
from mailbot.core.registrations import Registration, RegistrationStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the registrations of an event have been gone through for a moment."""

    position: str = ""
    told: int = 0
    done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingTold:
    """A mail of a moment that still waits in the outbox."""

    delivery_id: str
    registration: Registration
    moment: str
    told_at: datetime
    due_at: datetime


class Telling(Protocol):
    def progress(self, event: str, moment: str) -> Progress: ...
    def set_progress(self, event: str, moment: str, progress: Progress) -> None: ...
    def registrations_after(
        self, event: str, status: RegistrationStatus, id: str, limit: int
    ) -> tuple[Registration, ...]:
        """Those whose id comes after ``id``, in the order of ids."""
        ...

    def uncollected_after(
        self, event: str, position: str, before: datetime, limit: int
    ) -> tuple[tuple[str, Registration], ...]:
        """Items set aside and unchanged since ``before``, each with the position behind which the next ones are."""
        ...

    def tell(self, registration_id: str, moment: str, delivery_id: str, at: datetime) -> bool:
        """True for whoever claims it first: UNIQUE(registration, moment)."""
        ...

    def told_of(self, moment: str, event: str) -> frozenset[str]:
        """Ids of the registrations that were told."""
        ...

    def waiting_told(self) -> tuple[WaitingTold, ...]: ...
    def postpone(self, delivery_id: str, until: datetime) -> None:
        """A mail that waits, waits until then."""
        ...

    def stop_reminders(self, address: str, at: datetime) -> None: ...
    def wants_no_reminders(self, address: str) -> bool: ...
    def count_registrations(self, event: str, status: RegistrationStatus) -> int: ...
    def count_uncollected(self, event: str) -> int: ...


class Attending(Protocol):
    def attendance(self, event: str) -> Mapping[tuple[str, str], Attendance]:
        """By registration and session; those not marked are left out."""
        ...

    def marks_of(self, registration_id: str) -> tuple[Attendance, ...]: ...
    def put_attendance(self, marks: Sequence[Attendance]) -> int:
        """Write marks that are new or different; answers how many. Moves as ``ATTENDANCE_TRANSITIONS`` allows."""
        ...

    def attended_counts(self, events: Iterable[str]) -> Mapping[str, int]:
        """How many people came to at least one session, by event."""
        ...
