"""``mailbot holds``: what waits for a coordinator, settled in seconds."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parseaddr
from typing import Annotated, Literal, cast

import typer
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from mailbot.cli.options import ConfigOption, JsonOption, RulesOption, TemplatesOption
from mailbot.cli.wiring import Opened, fail, opened
from mailbot.core.decisions import Enqueue, PutRegistration
from mailbot.core.language import LANGUAGES
from mailbot.core.mime import parse
from mailbot.core.requests import Person
from mailbot.service.ports import Hold, Transaction
from mailbot.service.review import Correction, Settled, preview, problems_of, settle
from mailbot.service.review import dismiss as dismiss_hold

holds = typer.Typer(
    help="What waits for a coordinator.", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)

HoldId = Annotated[str, typer.Argument(help="the hold's id, or the beginning of it", show_default=False)]
#: characters of an id shown to people; enough to be unambiguous among open holds
SHOWN = 8


@holds.command("list")
def list_holds(
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    every: Annotated[bool, typer.Option("--all", help="the settled ones too")] = False,
    as_json: JsonOption = False,
) -> None:
    """The held mails, oldest first."""
    with opened(config, rules, templates) as desk, desk.store.begin() as tx:
        found = tx.holds(open_only=not every)
    if as_json:
        for hold in found:
            sys.stdout.write(json.dumps(_as_data(hold), ensure_ascii=False) + "\n")
        return
    console = Console()
    if not found:
        console.print("Nothing waits for you.")
        return
    table = Table(
        "id", "arrived", "from", "subject", "understood", "why", box=None, header_style="bold", pad_edge=False
    )
    for hold in found:
        settled = f" ({hold.outcome})" if hold.outcome else ""
        table.add_row(
            hold.id[:SHOWN],
            f"{hold.opened_at:%d/%m %H:%M}",
            hold.sender or "?",
            hold.subject,
            hold.summary,
            ", ".join(hold.reasons) + settled,
        )
    console.print(table)
    console.print("\nmailbot holds show ID · approve ID · correct ID --event … · dismiss ID")


def _as_data(hold: Hold) -> dict[str, object]:
    return {
        "id": hold.id,
        "opened_at": hold.opened_at.isoformat(),
        "sender": hold.sender,
        "subject": hold.subject,
        "summary": hold.summary,
        "reasons": hold.reasons,
        "closed_at": hold.closed_at.isoformat() if hold.closed_at else None,
        "outcome": hold.outcome,
    }


@contextmanager
def _found(desk: Opened, id: str) -> Iterator[tuple[Transaction, Hold]]:
    with desk.store.begin() as tx:
        hold = tx.hold(id)
        if hold is None:
            fail(f"there is no hold {id!r}, or several begin so. `mailbot holds list` shows them.", code=2)
        yield tx, hold


@holds.command()
def show(
    id: HoldId,
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    as_json: JsonOption = False,
) -> None:
    """One held mail: its text, what was understood and why, and what approving it would do."""
    with opened(config, rules, templates) as desk, _found(desk, id) as (tx, hold):
        mail = tx.mail(hold.processed_id)
        would = preview(tx, hold, desk.policy, now=desk.clock.now())
    effects = would.decision.effects
    puts = [effect for effect in effects if isinstance(effect, PutRegistration)]
    replies = [effect for effect in effects if isinstance(effect, Enqueue)]
    text = parse(would.content, words=desk.policy.mail_words, limits=desk.policy.limits)
    if as_json:
        data = _as_data(hold) | {
            "text": text.new_text,
            "record": mail.record if mail else None,
            "approving": {
                "registrations": [f"{p.change}: {p.registration.event} {p.registration.name}" for p in puts],
                "reply": replies[0].message.text if replies else None,
            },
        }
        sys.stdout.write(json.dumps(data, ensure_ascii=False, default=str) + "\n")
        return
    console = Console()
    console.print(Text(f"{hold.sender or '?'} · {hold.subject}", style="bold"))
    console.print(Panel(Text(text.new_text or text.full_text or "(empty)"), title="the mail", title_align="left"))
    console.print(f"understood   {hold.summary}")
    console.print(f"held for     {', '.join(hold.reasons)}")
    console.print("approving    " + ("; ".join(_put(p) for p in puts) or "writes nothing"))
    for reply in replies:
        title = f"and sends to {reply.message.envelope_to}: {reply.message.subject}"
        console.print(Panel(Text(reply.message.text), title=title, title_align="left", border_style="cyan"))
    if not puts and not replies:
        console.print("             nothing can be done as it was understood: correct it, or dismiss it")


def _put(put: PutRegistration) -> str:
    r = put.registration
    what = " ".join(x for x in (*r.sessions, *r.choices.values(), r.mode, r.pickup) if x)
    return f"{put.change} {r.name or r.email} for {r.event} ({r.status.value}{', ' if what else ''}{what})"


ByOption = Annotated[str | None, typer.Option("--by", help="who settles it [default: your login]", show_default=False)]


@holds.command()
def approve(
    id: HoldId,
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    by: ByOption = None,
) -> None:
    """Carry out a held mail as it was understood, and answer it."""
    with opened(config, rules, templates) as desk:
        with _found(desk, id) as (tx, hold):
            settled = settle(tx, hold, desk.policy, now=desk.clock.now(), by=by or getpass.getuser())
        _tell(settled)


def _tell(settled: Settled) -> None:
    console = Console()
    if not settled.done:
        fail(
            f"nothing was done: {', '.join(settled.remaining) or 'nothing to carry out'}. "
            f"Correct it (mailbot holds correct {settled.hold.id[:SHOWN]} --event …), or dismiss it."
        )
    for put in settled.registrations:
        console.print(_put(put))
    for reply in settled.replies:
        console.print(f"queued for {reply.message.envelope_to}: {reply.message.subject}")


@holds.command()
def correct(
    id: HoldId,
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    kind: Annotated[str | None, typer.Option(help="register, cancel, change or question", show_default=False)] = None,
    event: Annotated[str | None, typer.Option(help="the event's key", show_default=False)] = None,
    person: Annotated[
        list[str] | None, typer.Option(help="'Name <address>' or a name; may be repeated", show_default=False)
    ] = None,
    session: Annotated[
        list[str] | None, typer.Option(help="a session's key; may be repeated", show_default=False)
    ] = None,
    choice: Annotated[list[str] | None, typer.Option(help="lab=nuisance; may be repeated", show_default=False)] = None,
    mode: Annotated[str | None, typer.Option(help="in-person or online", show_default=False)] = None,
    pickup: Annotated[str | None, typer.Option(help="a pick-up point's key", show_default=False)] = None,
    language: Annotated[str | None, typer.Option(help="fr, nl, en or de", show_default=False)] = None,
    by: ByOption = None,
) -> None:
    """Put right what was understood, then carry it out and answer."""
    if mode not in {None, "in-person", "online"}:
        raise typer.BadParameter("--mode is in-person or online")
    if language is not None and language not in LANGUAGES:
        raise typer.BadParameter(f"--language is one of {', '.join(LANGUAGES)}")
    correction = Correction(
        kind=kind,
        event=event,
        people=tuple(_person(text) for text in person or ()),
        sessions=tuple(session or ()),
        choices=dict(_pair(text) for text in choice or ()),
        mode=cast("Literal['in-person', 'online'] | None", mode),
        pickup=pickup,
        language=language,
    )
    with opened(config, rules, templates) as desk:
        if wrong := problems_of(correction, desk.policy):
            fail("\n".join(wrong), code=2)
        with _found(desk, id) as (tx, hold):
            settled = settle(
                tx, hold, desk.policy, now=desk.clock.now(), by=by or getpass.getuser(), correction=correction
            )
        _tell(settled)


def _person(text: str) -> Person:
    name, address = parseaddr(text)
    if "@" not in address:
        return Person(name=text.strip())
    return Person(name=name or None, email=address)


def _pair(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not key or not value:
        raise typer.BadParameter(f"{text!r} is no choice; write it as lab=nuisance")
    return key.strip(), value.strip()


@holds.command()
def dismiss(
    id: HoldId,
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    by: ByOption = None,
) -> None:
    """Set a held mail aside: a person has answered it, or nothing is wanted."""
    with opened(config, rules, templates) as desk:
        with _found(desk, id) as (tx, hold):
            dismiss_hold(tx, hold, now=desk.clock.now(), by=by or getpass.getuser())
        Console().print(f"dismissed: {hold.sender or '?'} · {hold.subject}")
