"""Who came: marked by hand or from the list that was ticked at the door. One table of moves."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailbot.core.events import Event, Session
from mailbot.core.registrations import Registration


class AttendanceStatus(StrEnum):
    ATTENDED = "attended"
    ABSENT = "absent"


A, N = AttendanceStatus

#: from -> to; None: not marked. A mark is corrected by the other one
ATTENDANCE_TRANSITIONS: Mapping[AttendanceStatus | None, frozenset[AttendanceStatus]] = {
    None: frozenset({A, N}),
    A: frozenset({N}),
    N: frozenset({A}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """Whether one registered person came to one session."""

    registration: str
    session: str
    status: AttendanceStatus
    marked_at: datetime


def sessions_of(event: Event, registration: Registration, only: str | None = None) -> tuple[Session, ...]:
    """The sessions a person takes part in, in the order of time; all where none is chosen."""
    chosen = [s for s in event.sessions if not registration.sessions or s.key in registration.sessions]
    return tuple(s for s in sorted(chosen, key=lambda s: s.starts) if only is None or s.key == only)


def by_name(registrations: Sequence[Registration]) -> tuple[Registration, ...]:
    """As in a printed list: accents and case do not count; those without a name by their address."""
    return tuple(sorted(registrations, key=lambda r: (folded(r.name or r.email or ""), r.id)))


#: letters that are not a letter and an accent
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "’": "'", "-": " "})


def folded(text: str) -> str:
    """Without accents, case, hyphens and doubled spaces: as names are compared that people type."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(plain.casefold().translate(_LETTERS).split())


def people_called(registrations: Sequence[Registration], wanted: str) -> tuple[Registration, ...]:
    """Those whom a coordinator means: by id or its beginning, by address, by name in any order of its words."""
    text = wanted.strip()
    exact = [r for r in registrations if text.casefold() in {r.id, (r.email or "").casefold()}]
    if exact:
        return tuple(exact)
    words = sorted(folded(text).split())
    same = [r for r in registrations if r.name and sorted(folded(r.name).split()) == words]
    if same or not words:
        return tuple(same)
    if len(text) >= 6 and (begun := [r for r in registrations if r.id.startswith(text.casefold())]):
        return tuple(begun)
    return tuple(r for r in registrations if r.name and set(words) <= set(folded(r.name).split()))
