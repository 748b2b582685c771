"""``registrations duplicates``: people who seem to be registered twice, and making two registrations one."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer
from rich.text import Text

from mailbot.cli.finding import SHORT
from mailbot.cli.lists import registrations
from mailbot.cli.options import ConfigOption, EventOption, JsonOption, RulesOption, TemplatesOption
from mailbot.cli.showing import console
from mailbot.cli.wiring import fail, opened
from mailbot.core.duplicates import duplicates
from mailbot.core.registrations import Registration
from mailbot.service.merging import merge


@registrations.command("duplicates")
def list_duplicates(
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    event: EventOption = None,
    pair: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--merge", metavar="A B", help="make them one: A stays, B is cancelled without a mail", show_default=False
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """People who seem to be registered twice, with two addresses: same event and name, and something else in common."""
    with opened(config, rules, templates) as desk, desk.store.begin() as tx:
        everybody = list(tx.registrations(event=event))
        if pair is not None:
            kept, given_up = (_id(everybody, beginning) for beginning in pair)
            done = merge(tx, desk.policy, kept, given_up, desk.clock.now())
            if isinstance(done, str):
                fail(f"They cannot be made one: {done}.")
            console().print(
                f"{done.name} is registered once for {done.event}: {done.email or done.requested_by}, {done.status}."
            )
            return
        found = duplicates(everybody)
    if as_json:
        for each in found:
            data = {
                "event": each.first.event,
                "name": each.first.name,
                "why": each.why,
                "registrations": [
                    {"id": r.id, "email": r.email, "status": r.status.value, "requested at": r.requested_at.isoformat()}
                    for r in (each.first, each.second)
                ],
            }
            sys.stdout.write(json.dumps(data, ensure_ascii=False) + "\n")
        return
    out = console()
    if not found:
        out.print("Nobody seems to be registered twice.")
    for each in found:
        out.print(Text(f"{each.first.event} · {each.first.name} ({each.why})", style="bold"))
        for r in (each.first, each.second):
            out.print(Text(f"  {r.id[:SHORT]}  {r.status.value:<10}  {r.email or f'(by {r.requested_by})'}"))
        out.print(
            f"  one person? mailbot registrations duplicates --merge {each.first.id[:SHORT]} {each.second.id[:SHORT]}"
        )


def _id(everybody: list[Registration], beginning: str) -> str:
    found = [r.id for r in everybody if r.id.startswith(beginning.lower())]
    if len(found) != 1:
        what = "no registration" if not found else "more than one registration"
        fail(f"{what} begins with {beginning!r}. mailbot registrations duplicates shows them.", code=2)
    return found[0]
