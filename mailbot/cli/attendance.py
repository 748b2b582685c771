"""``attendance``: the list for the door, who came, and their certificates."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from mailbot.adapters.certificate import TypstCertificates
from mailbot.adapters.tables import FileTables, UnreadableTable, table_rows
from mailbot.cli.finding import known_event
from mailbot.cli.options import ConfigOption, JsonOption, RulesOption, TemplatesOption
from mailbot.cli.showing import console, counted
from mailbot.cli.wiring import Opened, fail, opened
from mailbot.core.attendance import AttendanceStatus, people_called, sessions_of
from mailbot.core.certificates import certificate_data
from mailbot.core.door_list import MISSING, TICKED, DoorList, NotOurList, door_list, door_page, filled_rows, table_of
from mailbot.core.events import Event
from mailbot.core.language import LANGUAGES
from mailbot.core.registrations import Registration, RegistrationStatus
from mailbot.service import attendance as service
from mailbot.service import certificates as certifying
from mailbot.service.certificates import CertificateError

attendance = typer.Typer(
    help="The list for the door, who came, certificates.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

EventArgument = Annotated[str, typer.Argument(metavar="EVENT", help="the key of the event")]
SessionOption = Annotated[
    str | None, typer.Option("--session", metavar="KEY", help="only this session", show_default=False)
]


def event_of(desk: Opened, key: str, session: str | None) -> tuple[Event, str | None]:
    """The event and the whole key of its session. Ends where there is none of that name."""
    event = known_event(desk.policy, key)
    if session is None:
        return event, None
    whole = next((s.key for s in event.sessions if session in {s.key, s.key.removeprefix(f"{event.key}/")}), None)
    if whole is None:
        known = ", ".join(s.key.removeprefix(f"{event.key}/") for s in event.sessions)
        fail(f"{event.key} has no session {session!r}. Write one of {known}.", code=2)
    return event, whole


@attendance.command("list")
def list_attendance(
    event: EventArgument,
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    session: SessionOption = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="a page to print, A4", show_default=False)
    ] = None,
    xlsx: Annotated[
        Path | None,
        typer.Option("--xlsx", metavar="FILE", help="an Excel file to tick and give back", show_default=False),
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="the same as CSV", show_default=False)
    ] = None,
    needs: Annotated[bool, typer.Option("--needs", help="with people's needs: keep such a list to yourself")] = False,
    as_json: JsonOption = False,
) -> None:
    """Everybody expected, by name, with what they chose and whether they came."""
    with opened(config, rules, templates) as desk:
        found, only = event_of(desk, event, session)
        now, policy = desk.clock.now(), desk.policy
        with desk.store.begin() as tx:
            people, marks = service.expected(tx, found), tx.attendance(found.key)
    language = found.organiser.language
    made = door_list(found, people, marks, policy.templates, language, session=only, needs=needs)
    header, rows = table_of(made, policy.templates)
    tables = FileTables(found.timezone)
    if html is not None:
        _write(html, door_page(made, policy.templates, now).encode("utf-8"), len(rows))
    if xlsx is not None:
        _write(xlsx, tables.xlsx(found.key, header, rows), len(rows))
    if csv is not None:
        _write(csv, tables.csv(header, rows), len(rows))
    if as_json:
        for row in made.rows:
            sys.stdout.write(json.dumps(_data(made, row.registration, row.ticks, needs), ensure_ascii=False) + "\n")
    elif not (html or xlsx or csv):
        _show(made)


def _data(made: DoorList, r: Registration, ticks: tuple[str | None, ...], needs: bool) -> dict[str, object]:
    words = {TICKED: "attended", MISSING: "absent", "": None}
    data: dict[str, object] = {
        "id": r.id,
        "name": r.name,
        "address": r.email,
        "organisation": r.organisation,
        "mode": r.mode,
        "choices": dict(r.choices),
        "pickup": r.pickup,
        "attendance": {s.key: words[t] for s, t in zip(made.sessions, ticks, strict=True) if t is not None},
    }
    return {**data, "needs": r.needs} if needs else data


def _show(made: DoorList) -> None:
    out = console()
    if not made.rows:
        out.print("Nobody is expected.")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for tick in made.ticks:
        table.add_column(tick, justify="center", no_wrap=True)
    for index, column in enumerate(made.columns):
        table.add_column(column, no_wrap=index == 0, overflow="ellipsis" if index == 0 else "fold")
    for row in made.rows:
        ticks = ("–" if t is None else {TICKED: "✓", MISSING: "✗"}.get(t, "□") for t in row.ticks)
        table.add_row(*ticks, *(Text(cell) for cell in row.cells))
    out.print(table)
    came = sum(TICKED in row.ticks for row in made.rows)
    out.print(f"{counted(len(made.rows), 'person', 'people')} expected, {came} came.")


def _write(path: Path, content: bytes, people: int) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        fail(f"{path}: {error.strerror}")
    sys.stderr.write(f"{counted(people, 'person', 'people')} written to {path}\n")


@attendance.command("mark")
def mark_attendance(
    event: EventArgument,
    people: Annotated[
        list[str] | None, typer.Argument(metavar="PERSON…", help="names, addresses or ids", show_default=False)
    ] = None,
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    session: SessionOption = None,
    absent: Annotated[bool, typer.Option("--absent", help="they did not come")] = False,
    walk_in: Annotated[bool, typer.Option("--walk-in", help="they had no place; add them: 'Name <address>'")] = False,
    file: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="the list, ticked: XLSX or CSV", show_default=False),
    ] = None,
    rest_absent: Annotated[
        bool, typer.Option("--rest-absent", help="with --from: whoever was left without a tick did not come")
    ] = False,
) -> None:
    """Who came. Without --session: to all sessions that the person chose."""
    if not people and file is None:
        raise typer.BadParameter("name somebody, or give the ticked list: --from FILE")
    if absent and walk_in:
        raise typer.BadParameter("--absent and --walk-in do not go together")
    with opened(config, rules, templates) as desk:
        found, only = event_of(desk, event, session)
        if file is not None:
            _mark_file(desk, found, only, file, rest_absent)
        if people and walk_in:
            _add(desk, found, only, people)
        elif people:
            _mark_people(desk, found, only, people, AttendanceStatus.ABSENT if absent else AttendanceStatus.ATTENDED)


def _mark_people(desk: Opened, event: Event, session: str | None, people: list[str], status: AttendanceStatus) -> None:
    with desk.store.begin() as tx:
        everybody = service.expected(tx, event)
        meant = [_one(event, everybody, wanted) for wanted in people]
        marks = service.mark(tx, event, meant, status, desk.clock.now(), session)
    word = "came" if status is AttendanceStatus.ATTENDED else "did not come"
    console().print(
        Text(f"{', '.join(r.name or r.email or r.id for r in meant)}: {word} ({counted(marks, 'new mark')})")
    )


def _one(event: Event, everybody: tuple[Registration, ...], wanted: str) -> Registration:
    found = people_called(everybody, wanted)
    if not found:
        fail(f"nobody called {wanted!r} has a place at {event.key}. If they came all the same: --walk-in")
    if len(found) > 1:
        names = "; ".join(f"{r.name or '?'} <{r.email or r.requested_by or '?'}> {r.id[:8]}" for r in found[:6])
        fail(f"{wanted!r} may be {len(found)} people: {names}. Write the address, or the id.", code=2)
    return found[0]


_MAILBOX = re.compile(r"^\s*(?P<name>[^<]*?)\s*<(?P<address>[^<>@\s]+@[^<>@\s]+)>\s*$")


def _add(desk: Opened, event: Event, session: str | None, people: list[str]) -> None:
    if session is None and len(event.sessions) > 1:
        fail("say which session they came to: --session KEY", code=2)
    with desk.store.begin() as tx:
        now = desk.clock.now()
        for wanted in people:
            mailbox = _MAILBOX.match(wanted)
            name = mailbox["name"] if mailbox else "" if "@" in wanted else wanted.strip()
            address = mailbox["address"] if mailbox else wanted.strip() if "@" in wanted else ""
            added = service.walk_in(
                tx,
                event,
                now,
                name=name or None,
                email=address or None,
                organisation=None,
                language=event.organiser.language,
                session=session,
            )
            service.mark(tx, event, [added], AttendanceStatus.ATTENDED, now, session)
            console().print(Text(f"{added.name or added.email}: added, came"))


def _mark_file(desk: Opened, event: Event, session: str | None, path: Path, rest_absent: bool) -> None:
    try:
        rows = filled_rows(event, table_rows(path), desk.policy.templates, session=session)
    except (UnreadableTable, NotOurList) as error:
        fail(f"{path}: {error}")
    with desk.store.begin() as tx:
        marked = service.mark_filled(
            tx,
            event,
            rows,
            desk.clock.now(),
            session=session,
            language=event.organiser.language,
            rest_absent=rest_absent,
        )
    out = console()
    out.print(f"{counted(marked.marks, 'new mark')} from {counted(len(rows), 'line')}", markup=False)
    if marked.added:
        out.print(Text("added: " + ", ".join(r.name or r.email or r.id for r in marked.added)))
    for line in marked.refused:
        out.print(Text(f"{path}: {line}", style="yellow"))
    if marked.refused:
        raise typer.Exit(1)


@attendance.command("certificates")
def certificates(
    event: EventArgument,
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    send: Annotated[bool, typer.Option("--send", help="queue them, once to each person")] = False,
    preview: Annotated[
        Path | None,
        typer.Option("--preview", metavar="FILE.pdf", help="write one to look at; nothing is sent", show_default=False),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option("--language", metavar="CODE", help="of the preview: fr, nl, en or de", show_default=False),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Who gets a certificate of attendance, and who got it."""
    with opened(config, rules, templates) as desk:
        found, _ = event_of(desk, event, None)
        if found.certificate is None:
            fail(f"{found.key} offers no certificate. Write a [certificate] into its file: docs/events.md shows how.")
        maker = TypstCertificates(desk.places.templates)
        now = desk.clock.now()
        with desk.store.begin() as tx:
            people = certifying.entitled(tx, found, now)
        try:
            if preview is not None:
                made = maker.pdf(_sample(desk, found, people, language))
                try:
                    preview.write_bytes(made)
                except OSError as error:
                    fail(f"{preview}: {error.strerror}")
                sys.stderr.write(f"a certificate as it would be now: {preview}\n")
                return
            if send:
                queued = certifying.send(desk.store, desk.policy, found, maker, people, now)
                sys.stdout.write(f"{counted(queued, 'certificate')} queued; the daemon sends them\n")
                return
        except CertificateError as error:
            fail(str(error))
    if as_json:
        for each in people:
            data = {
                "id": each.registration.id,
                "name": each.registration.name,
                "address": each.address,
                "language": each.registration.language,
                "sessions": [s.key for s in each.sessions],
                "sent": each.sent,
            }
            sys.stdout.write(json.dumps(data, ensure_ascii=False) + "\n")
        return
    _show_entitled(found, people)


def _sample(
    desk: Opened, event: Event, people: Sequence[certifying.Entitled], language: str | None
) -> Mapping[str, object]:
    """The first person's certificate, or that of somebody made up."""
    if language is not None and language not in LANGUAGES:
        raise typer.BadParameter(f"--language is one of {', '.join(LANGUAGES)}")
    now = desk.clock.now()
    wanted = next((code for code in LANGUAGES if code == language), None)
    made_up = Registration(
        id="sample00",
        event=event.key,
        person_key="sample",
        status=RegistrationStatus.CONFIRMED,
        name="Zoé Peeters",
        organisation="Organisation",
        language=event.organiser.language,
        requested_at=now,
        updated_at=now,
    )
    person = people[0].registration if people else made_up
    sessions = people[0].sessions if people else sessions_of(event, made_up)
    person = replace(person, language=wanted or person.language)
    return certificate_data(event, person, sessions, desk.policy.templates, now)


def _show_entitled(event: Event, people: Sequence[certifying.Entitled]) -> None:
    out = console()
    if not people:
        needed = " Nobody is marked as having come: mailbot attendance mark." if _by_marks(event) else ""
        out.print(f"Nobody gets a certificate yet.{needed}", markup=False)
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("", "name", "address"):
        table.add_column(name, no_wrap=True, overflow="ellipsis")
    for each in people:
        state = "sent" if each.sent else "to be sent" if each.address else "no address"
        table.add_row(state, Text(each.registration.name or ""), Text(each.address or ""))
    out.print(table)
    left = sum(not each.sent and each.address is not None for each in people)
    out.print(f"{counted(left, 'certificate')} to be sent{': --send' if left else ''}", markup=False)


def _by_marks(event: Event) -> bool:
    return event.certificate is not None and event.certificate.offered_to == "attended"
