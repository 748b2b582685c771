"""``mailbot registrations approve`` and ``decline``: a coordinator's word on one registration."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from rich.text import Text

from mailbot.cli.finding import known_by, known_event, listed
from mailbot.cli.options import (
    ByOption,
    ConfigOption,
    EventOption,
    JsonOption,
    NoteOption,
    RulesOption,
    TemplatesOption,
    Whom,
    login,
)
from mailbot.cli.showing import console
from mailbot.cli.wiring import fail, opened
from mailbot.core.registrations import Registration
from mailbot.service import approving
from mailbot.service.approving import Decided, NotPossible
from mailbot.service.ports import Transaction


def approve(
    whom: Whom,
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    event: EventOption = None,
    note: NoteOption = "",
    by: ByOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give the place that was asked for, and tell the person."""
    done = _decided(approving.approve, whom, event, note, by, config, rules, templates)
    _tell(done, as_json=as_json)


def decline(
    whom: Whom,
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    event: EventOption = None,
    note: NoteOption = "",
    by: ByOption = None,
    as_json: JsonOption = False,
) -> None:
    """Refuse it, or take a place back, and tell the person; the next in line gets the place."""
    done = _decided(approving.decline, whom, event, note, by, config, rules, templates)
    _tell(done, as_json=as_json)


def _decided(
    act: Callable[..., Decided],
    whom: str,
    event: str | None,
    note: str,
    by: str | None,
    config: Path | None,
    rules: Path | None,
    templates: Path | None,
) -> Decided:
    with opened(config, rules, templates) as desk, desk.store.begin() as tx:
        if event is not None and not list(tx.registrations(event=event)):
            known_event(desk.policy, event)
        registration = _one(tx, whom, event)
        try:
            return act(tx, desk.policy, registration.id, now=desk.clock.now(), by=by or login(), note=note.strip())
        except NotPossible as error:
            fail(f"{error}. Nothing was done.")


def _one(tx: Transaction, whom: str, event: str | None) -> Registration:
    found = known_by(tx, whom, event)
    if not found:
        fail(f"no registration is known by {whom!r}. `mailbot registrations list --json` shows their ids.", code=2)
    if len(found) > 1:
        fail(f"{whom!r} may mean several registrations: {listed(found)}. Write the id, or --event.", code=2)
    return found[0]


def _tell(done: Decided, *, as_json: bool) -> None:
    r = done.registration
    if as_json:
        replies = [{"to": mail.message.envelope_to, "subject": mail.message.subject} for mail in done.mails]
        data = {"id": r.id, "event": r.event, "status": r.status.value, "replies": replies}
        sys.stdout.write(json.dumps(data, ensure_ascii=False) + "\n")
        return
    out = console()
    out.print(Text(f"{r.status}: {r.name or r.email or '?'} for {r.event}"))
    for mail in done.mails:
        out.print(Text(f"answer queued for {mail.message.envelope_to}: {mail.message.subject}"))
    if not done.mails:
        out.print("nobody is told: there is no address on file")
