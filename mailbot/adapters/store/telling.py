"""What registrations were told by themselves, how far that has got, and who came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from mailbot.adapters.store import schema
from mailbot.adapters.store.connected import Connected, folded, insert
from mailbot.adapters.store.errors import ForbiddenTransition
from mailbot.adapters.store.rows import REGISTRATION_COLUMNS, registration_from_row
from mailbot.core.attendance import ATTENDANCE_TRANSITIONS, Attendance, AttendanceStatus
from mailbot.core.registrations import Registration, RegistrationStatus
from mailbot.service.telling import Progress, WaitingTold

_OF_R = ", ".join(f"r.{name.strip()}" for name in REGISTRATION_COLUMNS.split(","))
_TELL = insert(schema.told, then="ON CONFLICT DO NOTHING")
_SET_PROGRESS = insert(
    schema.progress,
    then="ON CONFLICT (event, moment) DO UPDATE SET position = excluded.position, told = excluded.told, done = excluded.done",
)
_MARK = insert(
    schema.attendance,
    then="ON CONFLICT (registration_id, session) DO UPDATE SET status = excluded.status, marked_at = excluded.marked_at",
)

_MARKS = "SELECT a.registration_id, a.session, a.status, a.marked_at FROM attendance a"


class TellingOf(Connected):
    def progress(self, event: str, moment: str) -> Progress:
        row = self._run(
            "SELECT position, told, done FROM progress WHERE event = :event AND moment = :moment",
            {"event": event, "moment": moment},
        ).fetchone()
        return Progress() if row is None else Progress(position=row[0], told=row[1], done=bool(row[2]))

    def set_progress(self, event: str, moment: str, progress: Progress) -> None:
        self._run(
            _SET_PROGRESS,
            {
                "event": event,
                "moment": moment,
                "position": progress.position,
                "told": progress.told,
                "done": progress.done,
            },
        )

    def registrations_after(
        self, event: str, status: RegistrationStatus, id: str, limit: int
    ) -> tuple[Registration, ...]:
        rows = self._run(
            f"SELECT {REGISTRATION_COLUMNS} FROM registrations "  # noqa: S608 - our own names
            "WHERE event = :event AND status = :status AND id > :id ORDER BY id LIMIT :limit",
            {"event": event, "status": status.value, "id": id, "limit": limit},
        )
        return tuple(registration_from_row(row, self._moment) for row in rows)

    def uncollected_after(
        self, event: str, position: str, before: datetime, limit: int
    ) -> tuple[tuple[str, Registration], ...]:
        changed, _, identity = position.partition(" ")
        since = datetime.fromisoformat(changed) if changed else datetime.fromisoformat("1970-01-01T00:00:00+00:00")
        rows = self._run(
            f"SELECT p.changed_at, {_OF_R} FROM pickups p JOIN registrations r ON r.id = p.registration_id "  # noqa: S608
            "WHERE p.event = :event AND p.status = 'reserved' AND p.changed_at <= :before "
            "AND (p.changed_at, p.registration_id) > (:since, :id) ORDER BY p.changed_at, p.registration_id LIMIT :limit",
            {
                "event": event,
                "before": self._when(before),
                "since": self._when(since),
                "id": identity,
                "limit": limit,
            },
        )
        return tuple(
            (f"{self._moment(row[0]).isoformat()} {row[1]}", registration_from_row(row[1:], self._moment))
            for row in rows
        )

    def tell(self, registration_id: str, moment: str, delivery_id: str, at: datetime) -> bool:
        claimed = self._run(
            _TELL,
            {
                "registration_id": registration_id,
                "moment": moment,
                "delivery_id": delivery_id,
                "at": self._when(at),
            },
        )
        return claimed.rowcount == 1

    def told_of(self, moment: str, event: str) -> frozenset[str]:
        rows = self._run(
            "SELECT t.registration_id FROM told t JOIN registrations r ON r.id = t.registration_id "
            "WHERE t.moment = :moment AND r.event = :event",
            {"moment": moment, "event": event},
        )
        return frozenset(row[0] for row in rows)

    def waiting_told(self) -> tuple[WaitingTold, ...]:
        """Found by the index of what waits in the outbox, however much was ever told."""
        rows = self._run(
            f"SELECT t.delivery_id, t.moment, t.at, d.waits_until, {_OF_R} FROM deliveries d "  # noqa: S608
            "JOIN told t ON t.delivery_id = d.id JOIN registrations r ON r.id = t.registration_id "
            "WHERE d.waits_until IS NOT NULL ORDER BY d.number",
            {},
        )
        return tuple(
            WaitingTold(
                delivery_id=row[0],
                moment=row[1],
                told_at=self._moment(row[2]),
                due_at=self._moment(row[3]),
                registration=registration_from_row(row[4:], self._moment),
            )
            for row in rows
        )

    def postpone(self, delivery_id: str, until: datetime) -> None:
        self._run(
            "UPDATE deliveries SET due_at = :until, waits_until = :until WHERE id = :id AND waits_until IS NOT NULL",
            {"id": delivery_id, "until": self._when(until)},
        )

    def stop_reminders(self, address: str, at: datetime) -> None:
        self._run(
            "INSERT INTO unreminded (address, at) VALUES (:address, :at) ON CONFLICT (address) DO NOTHING",
            {"address": folded(address), "at": self._when(at)},
        )

    def wants_no_reminders(self, address: str) -> bool:
        return bool(
            self._scalar("SELECT count(*) FROM unreminded WHERE address = :address", {"address": folded(address)})
        )

    def count_registrations(self, event: str, status: RegistrationStatus) -> int:
        return int(
            self._scalar(
                "SELECT count(*) FROM registrations WHERE event = :event AND status = :status",
                {"event": event, "status": status.value},
            )
        )

    def count_uncollected(self, event: str) -> int:
        return int(
            self._scalar("SELECT count(*) FROM pickups WHERE event = :event AND status = 'reserved'", {"event": event})
        )


class AttendingOf(Connected):
    def attendance(self, event: str) -> Mapping[tuple[str, str], Attendance]:
        rows = self._run(
            f"{_MARKS} JOIN registrations r ON r.id = a.registration_id WHERE r.event = :event", {"event": event}
        )
        marks = (self._mark(row) for row in rows)
        return {(mark.registration, mark.session): mark for mark in marks}

    def marks_of(self, registration_id: str) -> tuple[Attendance, ...]:
        rows = self._run(f"{_MARKS} WHERE a.registration_id = :id ORDER BY a.session", {"id": registration_id})
        return tuple(self._mark(row) for row in rows)

    def _mark(self, row: Sequence[Any]) -> Attendance:
        return Attendance(
            registration=row[0], session=row[1], status=AttendanceStatus(row[2]), marked_at=self._moment(row[3])
        )

    def put_attendance(self, marks: Sequence[Attendance]) -> int:
        written = 0
        for mark in marks:
            row = self._run(
                "SELECT status FROM attendance WHERE registration_id = :id AND session = :session",
                {"id": mark.registration, "session": mark.session},
            ).fetchone()
            before = None if row is None else AttendanceStatus(row[0])
            if before is mark.status:
                continue
            if mark.status not in ATTENDANCE_TRANSITIONS[before]:
                raise ForbiddenTransition(f"attendance of {mark.registration}: {before} -> {mark.status}")
            self._run(
                _MARK,
                {
                    "registration_id": mark.registration,
                    "session": mark.session,
                    "status": mark.status.value,
                    "marked_at": self._when(mark.marked_at),
                },
            )
            written += 1
        return written

    def attended_counts(self, events: Iterable[str]) -> Mapping[str, int]:
        return {
            event: self._scalar(
                "SELECT count(DISTINCT a.registration_id) FROM attendance a "
                "JOIN registrations r ON r.id = a.registration_id WHERE r.event = :event AND a.status = 'attended'",
                {"event": event},
            )
            for event in events
        }
