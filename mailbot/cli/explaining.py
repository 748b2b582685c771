"""``mailbot explain`` and ``mailbot replay``: how saved mails are read and answered."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from jinja2 import TemplateError
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from mailbot.cli.options import ConfigOption, JsonOption, NowOption, RulesOption, TemplatesOption, moment
from mailbot.cli.showing import console, what
from mailbot.cli.wiring import fail, load, places
from mailbot.core.decide import summary
from mailbot.core.decisions import Enqueue
from mailbot.core.explain import explanation
from mailbot.core.requests import Evidence, Matched
from mailbot.service.explaining import Explained, clock_of
from mailbot.service.explaining import explain as explain_mail
from mailbot.service.explaining import replay as replay_mails

Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="saved mails (.eml)", show_default=False)]


def _read(files: list[Path]) -> Iterator[tuple[str, bytes]]:
    for path in files:
        try:
            yield str(path), path.read_bytes()
        except OSError as error:
            fail(f"{path}: cannot be read ({error.strerror}). Give the path of a saved mail.", code=2)


def explain(
    files: Files,
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    now: NowOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show how saved mails are read and would be answered, with the words each field rests on.

    Each mail's own date is the clock, unless --now. There is no database: a registration that a mail speaks of is
    taken to exist.
    """
    settings, policy = load(places(config, rules, templates), tried=False)
    clock = moment(now, settings.digest.timezone)
    out = console()
    for name, content in _read(files):
        try:
            explained = explain_mail(content, policy, now=clock, fallback=datetime.now(UTC))
        except TemplateError as error:
            fail(f"the reply to {name} cannot be written: {error}. `mailbot check` tells which template is wrong.")
        if as_json:
            made = explanation(name, explained.message, explained.reading, explained.decision)
            sys.stdout.write(json.dumps(made, ensure_ascii=False) + "\n")
        else:
            _show(out, name, explained)


def _show(console: Console, name: str, explained: Explained) -> None:
    message, reading, decision = explained.message, explained.reading, explained.decision
    head = Table.grid(padding=(0, 2))
    sender = message.reply_address
    clock = clock_of(message)
    head.add_row("from", f"{sender.name} <{sender.email}>" if sender else "(nobody)")
    head.add_row("subject", _highlighted(message.subject, reading.evidence, "subject"))
    head.add_row("written", clock.isoformat(" ", "minutes") if clock else "(no date)")
    head.add_row("language", f"{reading.language or '-'}{'' if reading.language_sure else ' (in doubt)'}")
    head.add_row("understood", Text(summary(reading), style="bold"))
    color = {"accept": "green", "answer": "cyan", "hold": "yellow", "discard": "bright_black"}[decision.disposition]
    head.add_row("decided", Text(f"{decision.disposition} → {decision.outcome}", style=color))
    console.print(Panel(head, title=name, title_align="left"))
    console.print(_highlighted(message.new_text or "(no text of its own)", reading.evidence, "text"))
    console.print()
    table = Table("field", "words", "rule", "where", box=None, header_style="bold", pad_edge=False)
    for item in reading.evidence:
        table.add_row(item.field, Text(_short(item.text)), item.rule, item.where)
    for hit in decision.hits:
        table.add_row("decision", Text(hit.reason, style=color), hit.rule, hit.message)
    console.print(table)
    for effect in decision.effects:
        if isinstance(effect, Enqueue):
            title = f"reply to {effect.message.envelope_to} · {effect.message.subject}"
            console.print(Panel(Text(effect.message.text), title=title, title_align="left", border_style="cyan"))
    if not any(isinstance(effect, Enqueue) for effect in decision.effects):
        console.print(Text("no reply", style="bright_black"))
    console.print()


def _highlighted(text: str, evidence: tuple[Evidence, ...], where: str) -> Text:
    """The text with the words that were used underlined, by the spans the rules gave."""
    shown = Text(text)
    colors = {"kind": "magenta", "event": "cyan", "person": "green", "session": "blue", "language": "bright_black"}
    for item in evidence:
        if item.where == where and 0 <= item.start < item.end <= len(text):
            shown.stylize(f"bold underline {colors.get(item.field, 'yellow')}", item.start, item.end)
    return shown


def _short(text: str, most: int = 60) -> str:
    folded = " ".join(text.split())
    return folded if len(folded) <= most else folded[: most - 1] + "…"


def replay(
    files: Files,
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    now: NowOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put saved mails, in order, through the whole decision with a fresh in-memory database; show what is on file after.

    Nothing is sent. Each mail's own date is the clock, unless --now.
    """
    from mailbot.adapters.store import open_store  # here, because ``explain`` needs no database and it takes 0.4 s

    settings, policy = load(places(config, rules, templates))
    clock = moment(now, settings.digest.timezone)
    store = open_store("sqlite://")
    out = console()
    lines: list[dict[str, object]] = []
    table = Table("mail", "understood", "decided", "why", box=None, header_style="bold", pad_edge=False)
    for name, processed in replay_mails(_read(files), store, policy, now=clock, fallback=datetime.now(UTC)):
        if processed is None:
            lines.append({"file": name, "disposition": "copy"})
            table.add_row(Path(name).name, "", "copy", "a mail of the same content was processed already")
            continue
        decision = processed.decision
        understood = summary(processed.reading) if processed.reading else ""
        reasons = [hit.reason for hit in decision.hits]
        replies = [e.message.kind for e in decision.effects if isinstance(e, Enqueue)]
        lines.append(
            {
                "file": name,
                "sender": processed.sender,
                "understood": understood,
                "disposition": decision.disposition,
                "reasons": reasons,
                "replies": replies,
                "events": _events(processed.reading.requests if processed.reading else ()),
            }
        )
        table.add_row(Path(name).name, understood, f"{decision.disposition} {' '.join(replies)}", ", ".join(reasons))
    with store.begin() as tx:
        registrations = list(tx.registrations())
    if as_json:
        for line in lines:
            sys.stdout.write(json.dumps({"decision": line}, ensure_ascii=False) + "\n")
        for r in registrations:
            row = {
                "event": r.event,
                "name": r.name,
                "email": r.email,
                "status": r.status.value,
                "sessions": r.sessions,
                "choices": dict(r.choices),
                "mode": r.mode,
                "pickup": r.pickup,
                "requested_by": r.requested_by,
            }
            sys.stdout.write(json.dumps({"registration": row}, ensure_ascii=False) + "\n")
        return
    out.print(table)
    result = Table("event", "name", "address", "status", "what", box=None, header_style="bold", pad_edge=False)
    for r in registrations:
        result.add_row(r.event, r.name or "", r.email or f"(by {r.requested_by})", r.status.value, what(r))
    out.print()
    out.print(result if registrations else "Nobody is on file.")


def _events(requests: tuple[object, ...]) -> list[str]:
    found = [getattr(request, "details", None) for request in requests]
    return list(dict.fromkeys(d.event.event for d in found if d is not None and isinstance(d.event, Matched)))
