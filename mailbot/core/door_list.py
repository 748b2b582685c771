"""The list for the door: who is expected, as a page to print, as rows of a file, and such a file read back.

Ticks come first, one column for each session; then whoever they are about; the id stands last, so that a filled list
finds its people again whatever was retyped. The sensitive needs are in it only where somebody asks for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from mailbot.core.attendance import Attendance, AttendanceStatus, by_name, folded, sessions_of
from mailbot.core.events import Event, Session
from mailbot.core.language import LANGUAGES, Language
from mailbot.core.registrations import Registration
from mailbot.core.templates import DOOR_PAGE, Templates
from mailbot.core.views import choices_view, words
from mailbot.core.written import address, city, clock, day, typeset, when

#: in a cell of a ticked list
TICKED, MISSING = "x", "0"

#: what people write for "did not come"; anything else that is written there means that they came
_ABSENT = frozenset({"0", "-", "no", "non", "nee", "nein", "abs", "absent", "absente", "afwezig", "abwesend", "false"})

#: the sign for a session that the person did not choose
_NOT_THEIRS = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorRow:
    registration: Registration
    #: a tick for each session of the list; None where the person is not expected
    ticks: tuple[str | None, ...]
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorList:
    event: Event
    language: Language
    sessions: tuple[Session, ...]
    ticks: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[DoorRow, ...]


def door_list(
    event: Event,
    registrations: Sequence[Registration],
    marks: Mapping[tuple[str, str], Attendance],
    templates: Templates,
    language: Language,
    *,
    session: str | None = None,
    needs: bool = False,
) -> DoorList:
    """Everybody expected at the event, or at one of its sessions, by name."""
    told = templates.listing[language]
    sessions = tuple(s for s in sorted(event.sessions, key=lambda s: s.starts) if session in {None, s.key})
    expected = [r for r in registrations if sessions_of(event, r, session)]
    columns = _columns(event, expected, needs)
    return DoorList(
        event=event,
        language=language,
        sessions=sessions,
        ticks=tuple(_tick(s, sessions, told, language) for s in sessions),
        columns=tuple(told[column] for column in columns),
        rows=tuple(
            DoorRow(
                registration=r,
                ticks=tuple(_mark(event, r, s, marks) for s in sessions),
                cells=tuple(_cell(event, r, column, told, language) for column in columns),
            )
            for r in by_name(expected)
        ),
    )


def _columns(event: Event, expected: Sequence[Registration], needs: bool) -> list[str]:
    """Only those in which something can stand."""
    columns = ["name", "organisation"]
    if len(event.modes) > 1:
        columns.append("mode")
    if event.choices:
        columns.append("choices")
    if event.pickup is not None:
        columns.append("pickup")
    if needs and any(r.needs for r in expected):
        columns.append("needs")
    return columns


def _tick(session: Session, sessions: Sequence[Session], told: Mapping[str, str], language: Language) -> str:
    if len(sessions) == 1:
        return told["tick"]
    same_day = sum(other.starts.date() == session.starts.date() for other in sessions) > 1
    return f"{session.starts:%d/%m}" + (f" {clock(session.starts, language)}" if same_day else "")


def _mark(event: Event, r: Registration, session: Session, marks: Mapping[tuple[str, str], Attendance]) -> str | None:
    if session not in sessions_of(event, r):
        return None
    mark = marks.get((r.id, session.key))
    if mark is None:
        return ""
    return TICKED if mark.status is AttendanceStatus.ATTENDED else MISSING


def _cell(event: Event, r: Registration, column: str, told: Mapping[str, str], language: Language) -> str:
    match column:
        case "name":
            return r.name or r.email or f"({r.requested_by})"
        case "organisation":
            return r.organisation or ""
        case "mode":
            return told[r.mode] if r.mode else ""
        case "choices":
            return ", ".join(str(choice["option"]) for choice in choices_view(event, r.choices, language))
        case "pickup":
            point = next((p for p in event.pickup.points if p.key == r.pickup), None) if event.pickup else None
            return city(point.place, language) if point is not None else ""
        case _:
            return r.needs or ""


# -- to print --------------------------------------------------------------------------


def door_page(made: DoorList, templates: Templates, now: datetime) -> str:
    """The list as a page of HTML that needs nothing from elsewhere."""
    event, language = made.event, made.language
    told = templates.listing[language]
    places = {address(p, language) for s in made.sessions if (p := s.place or event.place) is not None}
    local = now.astimezone(ZoneInfo(event.timezone))
    title = words(event.title, language)
    return templates.environment.get_template(DOOR_PAGE).render(
        language=language,
        title=f"{told['door-list']} – {title}",
        heading=told["door-list"],
        event=title,
        when=when(event, language, tuple(s.key for s in made.sessions)),
        place=next(iter(places)) if len(places) == 1 and "in-person" in event.modes else "",
        expected=typeset(f"{told['expected']}{' ' if language == 'fr' else ''}: {len(made.rows)}", language),
        ticks=made.ticks,
        columns=made.columns,
        rows=[{"ticks": [_shown(t) for t in row.ticks], "cells": row.cells} for row in made.rows],
        not_listed=told["not-listed"],
        printed=f"{told['printed']} {day(local.date(), language)}, {clock(local, language)}",
    )


def _shown(tick: str | None) -> str | None:
    return {TICKED: "✓", MISSING: "–"}.get(tick, tick) if tick is not None else None


# -- as rows, and back -------------------------------------------------------------------


def table_of(made: DoorList, templates: Templates) -> tuple[tuple[str, ...], list[list[object]]]:
    """Header and rows of a file to fill in; with addresses, for those who are added below."""
    told = templates.listing[made.language]
    header = (*made.ticks, made.columns[0], told["address"], *made.columns[1:], "id")
    rows: list[list[object]] = [
        [
            *(_NOT_THEIRS if tick is None else tick for tick in row.ticks),
            row.registration.name or "",
            row.registration.email or "",
            *row.cells[1:],
            row.registration.id,
        ]
        for row in made.rows
    ]
    return header, rows


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledRow:
    """One line of a list that came back."""

    #: as people count: the header is line 1
    line: int
    #: empty for somebody who was not on the list
    id: str
    name: str
    address: str
    organisation: str
    #: by session; those left empty are missing
    marks: Mapping[str, AttendanceStatus]


class NotOurList(ValueError):
    """The file has other columns than the list that mailbot writes."""


def filled_rows(
    event: Event, rows: Iterable[Sequence[str]], templates: Templates, *, session: str | None = None
) -> tuple[FilledRow, ...]:
    """A list that was filled in, read by its header in whichever language. Raises ``NotOurList``."""
    lines = iter(rows)
    header = [folded(str(cell)) for cell in next(lines, ())]
    sessions = [s for s in sorted(event.sessions, key=lambda s: s.starts) if session in {None, s.key}]
    names = {folded(templates.listing[language]["name"]) for language in LANGUAGES}
    addresses = {folded(templates.listing[language]["address"]) for language in LANGUAGES}
    organisations = {folded(templates.listing[language]["organisation"]) for language in LANGUAGES}
    name = next((index for index, cell in enumerate(header) if cell in names), None)
    if name is None or "id" not in header:
        raise NotOurList("has no columns for the name and the id, as the list that mailbot attendance list writes has")
    if name != len(sessions):
        other = "Give the --session that it was written for" if session is None else "It was written without --session"
        raise NotOurList(f"has {name} columns to tick, and {len(sessions)} sessions are meant. {other}")
    where = {
        "address": next((i for i, cell in enumerate(header) if cell in addresses), None),
        "organisation": next((i for i, cell in enumerate(header) if cell in organisations), None),
        "id": header.index("id"),
    }
    found = []
    for number, row in enumerate(lines, start=2):
        cells = [str(cell).strip().lstrip("'") for cell in row] + [""] * (len(header) - len(row))

        def at(column: str, cells: Sequence[str] = cells) -> str:
            index = where[column]
            return cells[index] if index is not None else ""

        marks = {s.key: status for s, cell in zip(sessions, cells, strict=False) if (status := _status(cell))}
        if any(cells):
            found.append(
                FilledRow(
                    line=number,
                    id=at("id"),
                    name=cells[name],
                    address=at("address"),
                    organisation=at("organisation"),
                    marks=marks,
                )
            )
    return tuple(found)


def _status(cell: str) -> AttendanceStatus | None:
    text = cell.casefold()
    if text in {"", _NOT_THEIRS}:
        return None
    return AttendanceStatus.ABSENT if text in _ABSENT else AttendanceStatus.ATTENDED
