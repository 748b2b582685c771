"""``mailbot pickups``: what is set aside for whom, and who has it."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from mailbot.cli.options import ConfigOption, JsonOption, RulesOption, TemplatesOption, Whom
from mailbot.cli.showing import console
from mailbot.cli.wiring import fail, opened
from mailbot.core.pickups import PICKUP_TRANSITIONS, PickupStatus, Reservation
from mailbot.core.policy import Policy
from mailbot.core.registrations import Registration
from mailbot.service.pickups import hand_out
from mailbot.service.ports import Transaction

pickups = typer.Typer(
    help="Who collects what where.", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)

EventOption = Annotated[
    str | None, typer.Option("--event", metavar="EVENT", help="only this event", show_default=False)
]


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
        found = [
            (reservation, tx.registration(reservation.registration))
            for reservation in tx.reservations(event=event)
            if reservation.status is not PickupStatus.RELEASED
        ]
    if as_json:
        for reservation, registration in found:
            sys.stdout.write(json.dumps(_data(reservation, registration), ensure_ascii=False) + "\n")
        return
    if not found:
        console().print("Nothing is set aside.")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("id", "event", "point", "state", "since", "name", "address"):
        table.add_column(name, no_wrap=name != "name")
    for reservation, registration in found:
        data = _data(reservation, registration)
        table.add_row(
            reservation.registration[:8],
            reservation.event,
            reservation.point,
            reservation.status.value,
            f"{reservation.changed_at:%d/%m}",
            data["name"] or "",
            data["address"] or "",
        )
    console().print(table)


def _data(reservation: Reservation, registration: Registration | None) -> dict[str, str | None]:
    return {
        "id": reservation.registration,
        "event": reservation.event,
        "point": reservation.point,
        "state": reservation.status.value,
        "since": reservation.changed_at.isoformat(),
        "name": registration.name if registration else None,
        "address": (registration.email or registration.requested_by) if registration else None,
    }


@pickups.command()
def collected(
    whom: Whom,
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    event: EventOption = None,
) -> None:
    """Note that somebody has collected it."""
    with opened(config, rules, templates) as desk, desk.store.begin() as tx:
        _mark(tx, desk.policy, whom, event, PickupStatus.COLLECTED, desk.clock.now())


@pickups.command()
def returned(
    whom: Whom,
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    event: EventOption = None,
) -> None:
    """Note that it came back."""
    with opened(config, rules, templates) as desk, desk.store.begin() as tx:
        _mark(tx, desk.policy, whom, event, PickupStatus.RETURNED, desk.clock.now())


def _mark(tx: Transaction, policy: Policy, whom: str, event: str | None, status: PickupStatus, now: datetime) -> None:
    found = _reservations(tx, whom, event)
    if len(found) != 1:
        many = "several items are" if found else "nothing is"
        fail(f"{many} set aside for {whom!r}. `mailbot pickups list` shows what is; name an id, or --event.", code=2)
    (reservation,) = found
    if status not in PICKUP_TRANSITIONS[reservation.status]:
        fail(f"it is {reservation.status}: it cannot become {status}")
    hand_out(tx, policy, reservation, status, now)
    console().print(f"{status.value}: {reservation.event}, {reservation.point}")


def _reservations(tx: Transaction, whom: str, event: str | None) -> list[Reservation]:
    every = [each for each in tx.reservations(event=event) if each.status is not PickupStatus.RELEASED]
    if "@" in whom:
        ids = {registration.id for registration in tx.registrations_of([whom])}
        return [each for each in every if each.registration in ids]
    return [each for each in every if each.registration.startswith(whom.lower())]
