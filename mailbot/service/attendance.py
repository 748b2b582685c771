"""Who came: marked one by one or from a filled list; those who came without being on it are added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mailbot.core.attendance import Attendance, AttendanceStatus, sessions_of
from mailbot.core.door_list import FilledRow
from mailbot.core.events import Event
from mailbot.core.ids import derived_id
from mailbot.core.language import Language
from mailbot.core.registrations import Registration, RegistrationStatus, begun, moved, person_key
from mailbot.service.ports import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    #: marks that are new or different
    marks: int
    #: people who were not on the list, and are now
    added: tuple[Registration, ...] = ()
    #: lines of a filled list that could not be used, and why
    refused: tuple[str, ...] = ()


def expected(tx: Transaction, event: Event) -> tuple[Registration, ...]:
    """Everybody with a place."""
    return tuple(tx.registrations(event=event.key, status=RegistrationStatus.CONFIRMED))


def mark(
    tx: Transaction,
    event: Event,
    people: Sequence[Registration],
    status: AttendanceStatus,
    now: datetime,
    session: str | None = None,
) -> int:
    """Answers how many marks are new or different."""
    return tx.put_attendance(
        [
            Attendance(registration=r.id, session=s.key, status=status, marked_at=now)
            for r in people
            for s in sessions_of(event, r, session)
        ]
    )


def walk_in(
    tx: Transaction,
    event: Event,
    now: datetime,
    *,
    name: str | None,
    email: str | None,
    organisation: str | None,
    language: Language,
    session: str | None,
) -> Registration:
    """Somebody who came without a place: registered now, or confirmed if on file. The room was asked already."""
    key = person_key(email=email, name=name, requested_by=None)
    on_file = next(
        (r for r in tx.registrations(event=event.key) if r.person_key == key or (email and r.email == email)), None
    )
    if on_file is not None and on_file.status is RegistrationStatus.CONFIRMED:
        chosen = (*on_file.sessions, session) if session and on_file.sessions else on_file.sessions
        came = replace(on_file, sessions=tuple(dict.fromkeys(chosen)), updated_at=now)
        if came.sessions != on_file.sessions:
            tx.put_registration(came, "changed", now)
        return came
    if on_file is not None:
        came = moved(on_file, RegistrationStatus.CONFIRMED, now, interest_only=False)
    else:
        fresh = Registration(
            id=derived_id("walk-in", event.key, key),
            event=event.key,
            person_key=key,
            status=RegistrationStatus.CONFIRMED,
            name=name,
            email=email,
            organisation=organisation or None,
            language=language,
            sessions=(session,) if session else tuple(s.key for s in event.sessions),
            mode="in-person" if "in-person" in event.modes else None,
            requested_at=now,
            updated_at=now,
        )
        came = begun(fresh, RegistrationStatus.CONFIRMED, now)
    tx.put_registration(came, "registered", now)
    return came


def mark_filled(
    tx: Transaction,
    event: Event,
    rows: Sequence[FilledRow],
    now: datetime,
    *,
    session: str | None,
    language: Language,
    rest_absent: bool,
) -> Marked:
    """A filled list. ``rest_absent``: whoever was left without a tick did not come."""
    known = {r.id: r for r in expected(tx, event)}
    marks: dict[tuple[str, str], Attendance] = {}
    added: list[Registration] = []
    refused: list[str] = []
    for row in rows:
        came = [key for key, status in row.marks.items() if status is AttendanceStatus.ATTENDED]
        r = known.get(row.id)
        if row.id:
            if r is None:
                refused.append(f"line {row.line}: {row.name or row.id} has no place at {event.key} any more")
                continue
        elif not came:
            continue
        elif not (row.name or row.address):
            refused.append(f"line {row.line}: is ticked and has no name")
            continue
        else:
            for key in came:
                r = walk_in(
                    tx,
                    event,
                    now,
                    name=row.name or None,
                    email=row.address or None,
                    organisation=row.organisation,
                    language=language,
                    session=key if len(event.sessions) > 1 else None,
                )
            if r is not None:
                added.append(r)
        if r is None:
            continue
        for key, status in row.marks.items():
            marks[r.id, key] = Attendance(registration=r.id, session=key, status=status, marked_at=now)
    if rest_absent:
        for r in known.values():
            for s in sessions_of(event, r, session):
                absent = Attendance(registration=r.id, session=s.key, status=AttendanceStatus.ABSENT, marked_at=now)
                marks.setdefault((r.id, s.key), absent)
    return Marked(marks=tx.put_attendance(list(marks.values())), added=tuple(added), refused=tuple(refused))
