"""``check``, ``events``, ``registrations``, ``digest``, ``status``: what there is, for people and for scripts."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from mailbot.adapters.tables import FileTables
from mailbot.cli.approving import approve, decline
from mailbot.cli.finding import known_event
from mailbot.cli.options import ConfigOption, EventOption, JsonOption, RulesOption, TemplatesOption
from mailbot.cli.planning import planned_data, planned_lines
from mailbot.cli.showing import ago, came, console, counted, exchange, framed, otherwise, short_moment, what
from mailbot.cli.wiring import check_everything, event_problems, fail, opened, places, refuse_nothing
from mailbot.core.attendance import Attendance
from mailbot.core.deliveries import Delivery, DeliveryStatus
from mailbot.core.registrations import Registration, RegistrationStatus, offered_until
from mailbot.service.digests import preview as preview_digest
from mailbot.service.moments import planned
from mailbot.service.stored import Condition

registrations = typer.Typer(
    help="Who is registered for what.", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)

registrations.command()(approve)
registrations.command()(decline)

#: the daemon gives a sign of life every half minute
SILENT = timedelta(minutes=3)


def check(
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    offline: Annotated[bool, typer.Option("--offline", help="do not connect to the mail servers")] = False,
    as_json: JsonOption = False,
) -> None:
    """Look at everything: configuration, rules, templates, database, mail servers. Every problem with its remedy."""
    where = places(config, rules, templates)
    problems = check_everything(where, offline=offline)
    if as_json:
        for problem in problems:
            data = {"file": problem.file, "key": problem.key, "message": problem.message, "remedy": problem.remedy}
            sys.stdout.write(json.dumps(data, ensure_ascii=False) + "\n")
    else:
        out = console()
        for problem in problems:
            out.print(Text(f"{problem.file}: {problem.key}" if problem.key else problem.file, style="bold red"))
            out.print(Text(f"  {problem.message}\n  → {problem.remedy}"))
        if problems:
            out.print(counted(len(problems), "problem"))
        else:
            left_out = " (the mail servers were not asked)" if offline else ""
            out.print(f"Everything is in order: {where.config}, {where.rules}, {where.templates}{left_out}.")
    if problems:
        raise typer.Exit(1)


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
            otherwise(r),
            exchange(r),
            offered_until(r) or "",
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
    "otherwise",
    "waits for",
    "offered until",
)


def _fetch(
    config: Path | None, rules: Path | None, templates: Path | None, event: str | None, status: str | None
) -> tuple[list[Registration], Mapping[str, list[Attendance]]]:
    """Those wanted, and by their ids what was marked of them."""
    wanted = None
    if status is not None:
        try:
            wanted = RegistrationStatus(status)
        except ValueError:
            known = ", ".join(s.value for s in RegistrationStatus)
            raise typer.BadParameter(f"--status is one of {known}") from None
    with opened(config, rules, templates) as desk, desk.store.begin() as tx:
        found = list(tx.registrations(event=event, status=wanted))
        if event is not None and not found:
            known_event(desk.policy, event)
        marks: dict[str, list[Attendance]] = {}
        for key in dict.fromkeys(r.event for r in found):
            for mark in tx.attendance(key).values():
                marks.setdefault(mark.registration, []).append(mark)
        return found, marks


StatusOption = Annotated[
    str | None, typer.Option("--status", metavar="STATUS", help="only this status", show_default=False)
]


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
    found, marks = _fetch(config, rules, templates, event, status)
    if as_json:
        _json(found, marks)
        return
    out = console()
    if not found:
        out.print("Nobody is on file.")
    for key, group in groupby(sorted(found, key=lambda r: r.event), key=lambda r: r.event):
        people = list(group)
        out.print(Text(f"{key} · {counted(len(people), 'registration')}", style="bold"))
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, overflow="ellipsis", ratio=3)
        table.add_column(no_wrap=True, overflow="ellipsis", ratio=4)
        table.add_column(overflow="fold", ratio=4)
        for r in people:
            address = r.email or (f"(by {r.requested_by})" if r.requested_by else "")
            style = "" if r.status is RegistrationStatus.CONFIRMED else "yellow"
            table.add_row(
                Text(f"  {r.status.value}", style=style), Text(r.name or ""), Text(address), Text(_about(r, marks))
            )
        out.print(table)


def _about(r: Registration, marks: Mapping[str, list[Attendance]]) -> str:
    return " · ".join(part for part in (what(r), came(marks.get(r.id, ()))) if part)


def _json(found: list[Registration], marks: Mapping[str, list[Attendance]]) -> None:
    for r, row in zip(found, _rows(found), strict=True):
        data = dict(zip(HEADER, row, strict=True)) | {
            "id": r.id,
            "sessions": r.sessions,
            "choices": dict(r.choices),
            "requested at": r.requested_at.isoformat(),
            "otherwise": {"choices": dict(r.second_choices), "mode": r.second_mode},
            "waits for": _exchange_data(r),
            "offered until": until.isoformat() if (until := offered_until(r)) else None,
            "attendance": {mark.session: mark.status.value for mark in marks.get(r.id, ())},
        }
        sys.stdout.write(json.dumps(data, ensure_ascii=False) + "\n")


def _exchange_data(r: Registration) -> dict[str, object] | None:
    """The other places that somebody with a place waits for, or was offered where there is an ``offered until``."""
    other = r.exchange
    if other is None:
        return None
    return {
        "sessions": other.sessions,
        "choices": dict(other.choices),
        "mode": other.mode,
        "requested at": other.requested_at.isoformat(),
    }


@registrations.command()
def export(
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    event: EventOption = None,
    status: StatusOption = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="write a CSV file", show_default=False)
    ] = None,
    xlsx: Annotated[
        Path | None, typer.Option("--xlsx", metavar="FILE", help="write an Excel file", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """The list as a file for people or programs. Sensitive needs, such as access or diet, are left out."""
    if not (csv or xlsx or as_json):
        raise typer.BadParameter("say what to write: --csv FILE, --xlsx FILE or --json")
    found, marks = _fetch(config, rules, templates, event, status)
    tables = FileTables()
    for path, made in ((csv, tables.csv), (xlsx, lambda h, rows: tables.xlsx(event or "mailbot", h, rows))):
        if path is None:
            continue
        try:
            path.write_bytes(made(HEADER, _rows(found)))
        except OSError as error:
            fail(f"{path}: cannot be written ({error.strerror}). Name a file in a folder that exists.")
        sys.stderr.write(f"{counted(len(found), 'registration')} written to {path}\n")
    if as_json:
        _json(found, marks)


def digest(
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    preview: Annotated[bool, typer.Option("--preview", help="show the next digests; send nothing")] = False,
    as_json: JsonOption = False,
) -> None:
    """The organisers' digests as they would go out now."""
    if not preview:
        raise typer.BadParameter("digests go out by themselves; `mailbot digest --preview` shows the next ones")
    with opened(config, rules, templates) as desk, desk.store.begin() as tx:
        made = preview_digest(tx, desk.policy, now=desk.clock.now())
    if as_json:
        for message in made:
            data = {"to": message.envelope_to, "subject": message.subject, "text": message.text}
            sys.stdout.write(json.dumps(data, ensure_ascii=False) + "\n")
        return
    out = console()
    for message in made:
        out.print(framed(f"{message.subject}\n\n{message.text.strip()}", f"to {message.envelope_to}", "blue"))
    if not made:
        out.print("Nothing changed since the last digests.")


#: what is counted, in words: one, several
_COUNTS: Mapping[str, tuple[str, str]] = {
    "mails": ("mail processed", "mails processed"),
    "registrations": ("registration on file", "registrations on file"),
    "holds-open": ("mail waits for a coordinator", "mails wait for a coordinator"),
    "outbox-queued": ("answer queued", "answers queued"),
    "outbox-in-flight": ("answer being sent", "answers being sent"),
    "outbox-deferred": ("answer to be tried again", "answers to be tried again"),
    "outbox-failed": ("answer that could not be sent", "answers that could not be sent"),
    "bounces": ("bounce received", "bounces received"),
}


def status(
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    as_json: JsonOption = False,
) -> None:
    """What is on file, what waits, what is wrong. Ends with 1 where something is wrong."""
    # Whoever asks what is wrong must get an answer though the files are broken, too.
    with refuse_nothing(config, rules, templates) as (desk, found), desk.store.begin() as tx:
        now = desk.clock.now()
        counts = dict(tx.counts())
        wrong = list(tx.conditions())
        beat = tx.value("heartbeat")
        failed = tx.deliveries(status=DeliveryStatus.FAILED, limit=20)
        timezone = desk.timezone
        coming = planned(tx, desk.policy, desk.settings.moments, now) if desk.policy else ()
        where = places(config, rules, templates)
        problems = (*found, *(event_problems(tx, desk.policy, where, now) if desk.policy else ()))
    heartbeat = datetime.fromisoformat(beat) if beat else None
    silent = heartbeat is not None and now - heartbeat > SILENT
    if as_json:
        data = {
            "counts": counts,
            "heartbeat": beat,
            "silent": silent,
            "conditions": [
                {"name": c.name, "message": c.message, "since": c.since.isoformat(), "count": c.count} for c in wrong
            ],
            "failed": [_failed(delivery) for delivery in failed],
            "problems": [str(problem) for problem in problems],
            "moments": [planned_data(each, now) for each in coming],
        }
        sys.stdout.write(json.dumps(data, ensure_ascii=False) + "\n")
    else:
        out = console()
        out.print(Text(_life(heartbeat, now, timezone), style="red" if silent else ""))
        for name, number in counts.items():
            one, many = _COUNTS.get(name, (name, name))
            alarming = number and name in {"outbox-failed", "outbox-deferred", "holds-open"}
            out.print(Text(f"{number:>7}  {one if number == 1 else many}", style="yellow" if alarming else ""))
        for line in planned_lines(coming, now, timezone):
            out.print(Text(f"         {line}"))
        for condition in wrong:
            out.print(Text(_condition(condition, timezone), style="red"))
        for delivery in failed:
            out.print(Text("not sent to {to}: {subject} ({error})".format(**_failed(delivery)), style="red"))
        for problem in problems:
            out.print(Text(str(problem), style="red"))
        if not (wrong or failed or problems or silent):
            out.print("Nothing is wrong.")
    if wrong or failed or problems or silent:
        raise typer.Exit(1)


def _life(heartbeat: datetime | None, now: datetime, timezone: str) -> str:
    if heartbeat is None:
        return "the daemon has not run yet"
    when = f"{short_moment(heartbeat, timezone)}, {ago(heartbeat, now)}"
    if now - heartbeat > SILENT:
        return f"the daemon does not run: its last sign of life was on {when}. Start it: mailbot run"
    return f"the daemon gave a sign of life on {when}"


def _condition(condition: Condition, timezone: str) -> str:
    times = f", {condition.count} times" if condition.count > 1 else ""
    return f"{condition.name}: {condition.message} (since {short_moment(condition.since, timezone)}{times})"


def _failed(delivery: Delivery) -> dict[str, str]:
    message = delivery.message
    return {"to": message.envelope_to, "subject": message.subject, "error": delivery.last_error or "?"}
