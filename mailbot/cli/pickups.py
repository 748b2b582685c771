"""``mailbot pickups``: what is set aside for whom, and who has it."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from mailbot.cli.finding import SHORT, known_by, known_event, listed
from mailbot.cli.options import ConfigOption, EventOption, JsonOption, RulesOption, TemplatesOption, Whom
from mailbot.cli.showing import console, local
from mailbot.cli.wiring import fail, opened
from mailbot.core.pickups import PICKUP_TRANSITIONS, PickupStatus, Reservation
from mailbot.core.registrations import Registration
from mailbot.service.pickups import NoneLeft, hand_out
from mailbot.service.ports import Transaction

pickups = typer.Typer(
    help="Who collects what where.", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)


@pickups.command("list")
def list_pickups(
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    event: EventOption = None,
    as_json: JsonOption = False,
) -> None:
    """What is set aside, by event and point; what was let go is left out."""
    with opened(config, rules, templates) as desk, desk.store.begin() as tx:
        found = _set_aside(tx, event)
        if event is not None and not found:
            known_event(desk.policy, event)
        timezone = desk.timezone
    if as_json:
        for each in found:
            sys.stdout.write(json.dumps(_data(*each), ensure_ascii=False) + "\n")
        return
    if not found:
        console().print("Nothing is set aside.")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("id", "event", "point", "state", "since"):
        table.add_column(name, no_wrap=True)
    for name in ("name", "address"):
        table.add_column(name, overflow="fold")
    for reservation, registration in found:
        table.add_row(
            reservation.registration[:SHORT],
            reservation.event,
            reservation.point,
            reservation.status.value,
            f"{local(reservation.changed_at, timezone):%d/%m}",
            Text(registration.name or ""),
            Text(registration.email or registration.requested_by or ""),
        )
    console().print(table)


def _set_aside(tx: Transaction, event: str | None) -> list[tuple[Reservation, Registration]]:
    found = []
    for reservation in tx.reservations(event=event):
        registration = tx.registration(reservation.registration)
        if registration is not None and reservation.status is not PickupStatus.RELEASED:
            found.append((reservation, registration))
    return found


def _data(reservation: Reservation, registration: Registration) -> Mapping[str, str | None]:
    return {
        "id": reservation.registration,
        "event": reservation.event,
        "point": reservation.point,
        "state": reservation.status.value,
        "since": reservation.changed_at.isoformat(),
        "name": registration.name,
        "address": registration.email or registration.requested_by,
    }


@pickups.command(short_help="Somebody has collected it.")
def collected(
    whom: Whom,
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    event: EventOption = None,
    undo: Annotated[bool, typer.Option("--undo", help="it was a slip: it still waits to be collected")] = False,
    as_json: JsonOption = False,
) -> None:
    """Note that somebody has collected it; with --undo, that it was somebody else."""
    _mark(whom, event, PickupStatus.RESERVED if undo else PickupStatus.COLLECTED, config, rules, templates, as_json)


@pickups.command(short_help="It came back.")
def returned(
    whom: Whom,
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    event: EventOption = None,
    as_json: JsonOption = False,
) -> None:
    """Note that it came back."""
    _mark(whom, event, PickupStatus.RETURNED, config, rules, templates, as_json)


def _mark(
    whom: str,
    event: str | None,
    status: PickupStatus,
    config: Path | None,
    rules: Path | None,
    templates: Path | None,
    as_json: bool,
) -> None:
    with opened(config, rules, templates) as desk, desk.store.begin() as tx:
        if event is not None and not list(tx.registrations(event=event)):
            known_event(desk.policy, event)
        reservation, registration = _one(tx, whom, event)
        if status is reservation.status:
            fail(f"it is {status} already. Nothing was done.")
        if status not in PICKUP_TRANSITIONS[reservation.status]:
            fail(f"it is {reservation.status}, and cannot become {status}. Nothing was done.")
        try:
            noted = hand_out(tx, desk.policy, reservation, status, desk.clock.now())
        except NoneLeft as error:
            fail(f"{error}. Nothing was done.")
    if as_json:
        sys.stdout.write(json.dumps(_data(noted, registration), ensure_ascii=False) + "\n")
    else:
        who = registration.name or registration.email or registration.id[:SHORT]
        console().print(Text(f"{noted.status}: {who}, {noted.event}, {noted.point}"))


def _one(tx: Transaction, whom: str, event: str | None) -> tuple[Reservation, Registration]:
    known = known_by(tx, whom, event)
    items = tx.reservations_of(registration.id for registration in known)
    found = [r for r in known if r.id in items and items[r.id].status is not PickupStatus.RELEASED]
    if not found:
        fail(f"nothing is set aside for {whom!r}. `mailbot pickups list` shows what is.", code=2)
    if len(found) > 1:
        fail(f"{whom!r} may mean several items: {listed(found)}. Write the id, or --event.", code=2)
    return items[found[0].id], found[0]
