"""``check``, ``events``, ``registrations``, ``digest``, ``status``: what there is, for people and for scripts."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mailbot.adapters.tables import FileTables
from mailbot.cli.options import ConfigOption, JsonOption, RulesOption, TemplatesOption
from mailbot.cli.wiring import check_everything, fail, opened
from mailbot.core.case import event_state
from mailbot.core.registrations import Registration, RegistrationStatus
from mailbot.service.digests import preview as preview_digest

registrations = typer.Typer(
    help="Who is registered for what.", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)

EventOption = Annotated[str | None, typer.Option("--event", help="only this event", show_default=False)]


def check(
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    offline: Annotated[bool, typer.Option("--offline", help="do not connect to the mail servers")] = False,
    as_json: JsonOption = False,
) -> None:
    """Look at everything: configuration, rules, templates, database, mail servers. Every problem with its remedy."""
    problems = check_everything(config, rules, templates, offline=offline)
    if as_json:
        for problem in problems:
            data = {"file": problem.file, "key": problem.key, "message": problem.message, "remedy": problem.remedy}
            sys.stdout.write(json.dumps(data, ensure_ascii=False) + "\n")
    else:
        console = Console()
        for problem in problems:
            console.print(Text(f"{problem.file}: {problem.key}" if problem.key else problem.file, style="bold"))
            console.print(Text(f"  {problem.message}\n  → {problem.remedy}"))
        console.print(f"{len(problems)} problem(s)" if problems else "Everything is in order.")
    if problems:
        raise typer.Exit(1)


def events(
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    as_json: JsonOption = False,
) -> None:
    """The events, their state, and how many are registered."""
    with opened(config, rules, templates) as desk:
        now = desk.clock.now()
        with desk.store.begin() as tx:
            counted = Counter((r.event, r.status) for r in tx.registrations())
        language = desk.policy.desk.coordinator_language
        rows = sorted(desk.policy.events.values(), key=lambda event: event.starts)
    if as_json:
        for event in rows:
            data = {
                "key": event.key,
                "title": event.title.in_(language),
                "starts": event.starts.isoformat(),
                "state": event_state(event, now),
                "registrations": {status.value: counted[event.key, status] for status in RegistrationStatus},
            }
            sys.stdout.write(json.dumps(data, ensure_ascii=False) + "\n")
        return
    table = Table(
        "event", "title", "when", "state", "confirmed", "waiting", box=None, header_style="bold", pad_edge=False
    )
    for event in rows:
        confirmed = counted[event.key, RegistrationStatus.CONFIRMED]
        waiting = counted[event.key, RegistrationStatus.WAITLISTED] + counted[event.key, RegistrationStatus.PENDING]
        limit = f"/{event.capacity}" if event.capacity is not None else ""
        table.add_row(
            event.key,
            event.title.in_(language),
            f"{event.starts:%d/%m/%Y}",
            event_state(event, now),
            f"{confirmed}{limit}",
            str(waiting or ""),
        )
    Console().print(table)


def _rows(found: list[Registration]) -> list[list[object]]:
    return [
        [
            r.event,
            r.status.value,
            r.name or "",
            r.email or "",
            r.organisation or "",
            r.phone or "",
            r.language,
            " ".join(r.sessions),
            " ".join(f"{key}={value}" for key, value in r.choices.items()),
            r.mode or "",
            r.pickup or "",
            r.requested_by or "",
            r.requested_at,
        ]
        for r in found
    ]


HEADER = (
    "event",
    "status",
    "name",
    "address",
    "organisation",
    "phone",
    "language",
    "sessions",
    "choices",
    "mode",
    "pickup",
    "requested by",
    "requested at",
)


def _fetch(
    config: Path | None, rules: Path | None, templates: Path | None, event: str | None, status: str | None
) -> list[Registration]:
    wanted = None
    if status is not None:
        try:
            wanted = RegistrationStatus(status)
        except ValueError:
            known = ", ".join(s.value for s in RegistrationStatus)
            raise typer.BadParameter(f"--status is one of {known}") from None
    with opened(config, rules, templates) as desk:
        if event is not None and event not in desk.policy.events:
            fail(f"there is no event {event!r}. Write one of {', '.join(sorted(desk.policy.events))}.", code=2)
        with desk.store.begin() as tx:
            return list(tx.registrations(event=event, status=wanted))


StatusOption = Annotated[str | None, typer.Option("--status", help="only this status", show_default=False)]


@registrations.command("list")
def list_registrations(
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    event: EventOption = None,
    status: StatusOption = None,
    as_json: JsonOption = False,
) -> None:
    """Everybody on file."""
    found = _fetch(config, rules, templates, event, status)
    if as_json:
        _json(found)
        return
    table = Table(
        "event", "status", "name", "address", "organisation", "what", box=None, header_style="bold", pad_edge=False
    )
    for r in found:
        what = " ".join(x for x in (*r.sessions, *r.choices.values(), r.mode, r.pickup) if x and x != r.event)
        address = r.email or (f"(by {r.requested_by})" if r.requested_by else "")
        table.add_row(r.event, r.status.value, r.name or "", address, r.organisation or "", what)
    Console().print(table if found else "Nobody is on file.")


def _json(found: list[Registration]) -> None:
    for r, row in zip(found, _rows(found), strict=True):
        data = dict(zip(HEADER, row, strict=True)) | {
            "id": r.id,
            "sessions": r.sessions,
            "choices": dict(r.choices),
            "requested at": r.requested_at.isoformat(),
        }
        sys.stdout.write(json.dumps(data, ensure_ascii=False) + "\n")


@registrations.command()
def export(
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    event: EventOption = None,
    status: StatusOption = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="write a CSV file", show_default=False)] = None,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", help="write an Excel file", show_default=False)] = None,
    as_json: JsonOption = False,
) -> None:
    """The list as a file for people or programs. Sensitive needs are left out."""
    if not (csv or xlsx or as_json):
        raise typer.BadParameter("say what to write: --csv FILE, --xlsx FILE or --json")
    found = _fetch(config, rules, templates, event, status)
    tables = FileTables()
    for path, made in ((csv, tables.csv), (xlsx, lambda h, rows: tables.xlsx(event or "mailbot", h, rows))):
        if path is None:
            continue
        try:
            path.write_bytes(made(HEADER, _rows(found)))
        except OSError as error:
            fail(f"{path}: cannot be written ({error.strerror}). Name a file in a folder that exists.")
        Console(stderr=True).print(f"{len(found)} registration(s) written to {path}")
    if as_json:
        _json(found)


def digest(
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    preview: Annotated[bool, typer.Option("--preview", help="show the next digests; send nothing")] = False,
) -> None:
    """The organisers' digests as they would go out now."""
    if not preview:
        raise typer.BadParameter("digests go out by themselves; `mailbot digest --preview` shows the next ones")
    console = Console()
    with opened(config, rules, templates) as desk, desk.store.begin() as tx:
        made = preview_digest(tx, desk.policy, now=desk.clock.now())
    for message in made:
        console.print(Text(f"to {message.envelope_to}: {message.subject}", style="bold"))
        console.print(Text(message.text))
        console.print()
    if not made:
        console.print("Nothing changed since the last digests.")


def status(
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    as_json: JsonOption = False,
) -> None:
    """What is on file, what waits, what is wrong. Ends with 1 where something is wrong."""
    with opened(config, rules, templates) as desk, desk.store.begin() as tx:
        counts = dict(tx.counts())
        wrong = tx.conditions()
        heartbeat = tx.value("heartbeat")
    if as_json:
        data = {
            "counts": counts,
            "heartbeat": heartbeat,
            "conditions": [
                {"name": c.name, "message": c.message, "since": c.since.isoformat(), "count": c.count} for c in wrong
            ],
        }
        sys.stdout.write(json.dumps(data, ensure_ascii=False) + "\n")
    else:
        console = Console()
        console.print(
            f"the daemon last gave a sign of life at {heartbeat}" if heartbeat else "the daemon has not run yet"
        )
        for name, number in counts.items():
            console.print(f"{number:>8}  {name}")
        for condition in wrong:
            line = (
                f"{condition.name}: {condition.message} (since {condition.since:%d/%m %H:%M}, {condition.count} times)"
            )
            console.print(Text(line, style="red"))
    if wrong:
        raise typer.Exit(1)
