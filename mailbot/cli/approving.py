"""``mailbot registrations approve`` and ``decline``: a coordinator's word on one registration."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from typing import Annotated

import typer

from mailbot.cli.options import ConfigOption, RulesOption, TemplatesOption, Whom
from mailbot.cli.showing import console
from mailbot.cli.wiring import fail, opened
from mailbot.core.registrations import Registration
from mailbot.service import approving
from mailbot.service.approving import Decided, NotPossible
from mailbot.service.ports import Transaction

EventOption = Annotated[
    str | None, typer.Option("--event", metavar="EVENT", help="which of the person's events", show_default=False)
]
NoteOption = Annotated[
    str, typer.Option("--note", metavar="TEXT", help="your own words, sent with the answer", show_default=False)
]


def approve(
    whom: Whom,
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    event: EventOption = None,
    note: NoteOption = "",
) -> None:
    """Give the place that was asked for, and tell the person."""
    _decide(approving.approve, whom, event, note, config, rules, templates)


def decline(
    whom: Whom,
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    event: EventOption = None,
    note: NoteOption = "",
) -> None:
    """Refuse it, or take a place back, and tell the person; the next in line gets the place."""
    _decide(approving.decline, whom, event, note, config, rules, templates)


def _decide(
    act: Callable[..., Decided],
    whom: str,
    event: str | None,
    note: str,
    config: ConfigOption,
    rules: RulesOption,
    templates: TemplatesOption,
) -> None:
    with opened(config, rules, templates) as desk, desk.store.begin() as tx:
        registration = _found(tx, whom, event)
        try:
            done = act(tx, desk.policy, registration.id, now=desk.clock.now(), by=getpass.getuser(), note=note)
        except NotPossible as error:
            fail(str(error))
    out = console()
    r = done.registration
    out.print(f"{r.status.value}: {r.name or r.email or '?'} for {r.event}")
    for mail in done.mails:
        out.print(f"queued for {mail.message.envelope_to}: {mail.message.subject}")
    if not done.mails:
        out.print("nobody is told: there is no address on file")


def _found(tx: Transaction, whom: str, event: str | None) -> Registration:
    if "@" in whom:
        found = [r for r in tx.registrations_of([whom]) if event in {None, r.event}]
    else:
        found = [r for r in tx.registrations(event=event) if r.id.startswith(whom.lower())]
    if len(found) != 1:
        many = "several registrations are" if found else "no registration is"
        fail(f"{many} known by {whom!r}. Name an id (`mailbot registrations list --json`), or --event.", code=2)
    return found[0]
