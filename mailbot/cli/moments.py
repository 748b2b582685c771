"""``moments``: the mails that go out by themselves, before they do."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from mailbot.cli.finding import known_event
from mailbot.cli.options import ConfigOption, EventOption, JsonOption, NowOption, RulesOption, TemplatesOption, moment
from mailbot.cli.planning import due_of, lacks_link, note_of, planned_data, what_of
from mailbot.cli.showing import console, counted
from mailbot.cli.wiring import opened
from mailbot.service.moments import planned


def moments(
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    event: EventOption = None,
    days: Annotated[int, typer.Option("--days", metavar="N", help="what is due within so many days")] = 30,
    now: NowOption = None,
    as_json: JsonOption = False,
) -> None:
    """What goes out by itself next: openings, reminders, thanks, items not fetched; when, and to how many at most."""
    with opened(config, rules, templates) as desk:
        if event is not None:
            known_event(desk.policy, event)
        at = moment(now, desk.timezone) or desk.clock.now()
        with desk.store.begin() as tx:
            found = planned(tx, desk.policy, desk.settings.moments, at, timedelta(days=days))
        enabled, timezone = desk.settings.moments.enabled, desk.timezone
    shown = [each for each in found if event in {None, each.moment.event.key}]
    if as_json:
        for each in shown:
            sys.stdout.write(json.dumps(planned_data(each, at), ensure_ascii=False) + "\n")
        return
    out = console()
    if not enabled:
        out.print("Nothing goes out by itself: [moments] enabled = false in the configuration.", markup=False)
        return
    if not shown:
        out.print(f"Nothing goes out by itself within {counted(days, 'day')}.")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("due", "event", "what"):
        table.add_column(name, no_wrap=True)
    table.add_column("people", justify="right", no_wrap=True)
    table.add_column("", overflow="fold")
    for each in shown:
        table.add_row(
            due_of(each, at, timezone),
            each.moment.event.key,
            what_of(each),
            str(each.people),
            Text(note_of(each, at), style="yellow" if lacks_link(each) else ""),
        )
    out.print(table)
