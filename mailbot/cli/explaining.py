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
from rich.table import Table
from rich.text import Text

from mailbot.cli.options import ConfigOption, JsonOption, NowOption, RulesOption, TemplatesOption, moment
from mailbot.cli.showing import console, framed, labelled, local, what
from mailbot.cli.wiring import fail, load, places
from mailbot.core.decide import summary
from mailbot.core.decisions import Enqueue
from mailbot.core.explain import Row, explanation, rows, span_of
from mailbot.core.requests import Matched, Reading
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
            _show(out, name, explained, settings.digest.timezone)


_COLORS = {
    "kind": "magenta",
    "event": "cyan",
    "person": "green",
    "session": "blue",
    "choice": "blue",
    "mode": "blue",
    "pickup": "blue",
    "question": "yellow",
    "doubt": "red",
    "machine": "red",
}
_DECIDED = {"accept": "green", "answer": "cyan", "hold": "yellow", "discard": "bright_black"}


def _show(console: Console, name: str, explained: Explained, timezone: str) -> None:
    """The mail with the words that were used, what was read from them, what was decided and why, and the reply."""
    message, reading, decision = explained.message, explained.reading, explained.decision
    console.rule(Text(name, style="bold"), align="left", style="bright_black")
    sender, clock = message.reply_address, clock_of(message)
    console.print(
        labelled(
            [
                ("from", f"{sender.name} <{sender.email}>".strip() if sender else "(nobody)"),
                ("written", f"{local(clock, timezone):%Y-%m-%d %H:%M}" if clock else "(no date)"),
                *((("broken", ", ".join(message.defects)),) if message.defects else ()),
            ],
            console.width,
        ),
        end="",
    )
    console.print(Text.assemble(("subject  ", "bright_black"), _highlighted(message.subject, reading, "subject")))
    console.print()
    console.print(_highlighted(message.new_text, reading, "text") if message.new_text else Text("(no text of its own)"))
    for label, text in (("signature", message.signature), ("quoted", message.quoted_text)):
        if text:
            console.print(Text(f"{label}: {_short(text, console.width - len(label) - 2)}", style="bright_black"))
    console.print()
    console.print(_table(console, rows(message, reading)))
    if len(reading.considered) > 1:
        told = " · ".join(f"{event} {score:.1f}" for event, score in reading.considered)
        console.print(Text.assemble(("events thought of  ", "bold"), told))
    console.print()
    color = _DECIDED[decision.disposition]
    console.print(Text.assemble(("understood  ", "bold"), summary(reading)))
    console.print(
        Text.assemble(("decided     ", "bold"), (f"{decision.disposition} → {decision.outcome}", f"bold {color}"))
    )
    for hit in decision.hits:
        console.print(Text.assemble("  ", (hit.reason, color), f"  {hit.message}  ", (hit.rule, "bright_black")))
    replies = [effect.message for effect in decision.effects if isinstance(effect, Enqueue)]
    for reply in replies:
        console.print(framed(reply.text.strip(), f"reply to {reply.envelope_to}: {reply.subject}", "cyan"))
    if not replies:
        console.print(Text("no reply", style="bold"))
    console.print()


def _table(console: Console, found: tuple[Row, ...]) -> Table:
    """Narrow terminals get the rule below the words."""
    narrow = console.width < 110
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("field", no_wrap=True)
    table.add_column("read", ratio=2, overflow="fold")
    table.add_column("from the words", ratio=3, overflow="fold")
    if not narrow:
        table.add_column("in", no_wrap=True)
        table.add_column("by the rule", ratio=3, overflow="fold", style="bright_black")
    before = ""
    for row in found:
        place = "" if row.where == "text" else row.where
        words = Text(_short(row.words, 100))
        label = Text(row.field if row.field != before else "", style=_COLORS.get(row.field, ""))
        before = row.field
        if narrow:
            told = "  ".join(x for x in (row.rule, f"({place})" if place else "") if x)
            table.add_row(
                label, row.value, Text.assemble(words, "\n" if words.plain and told else "", (told, "bright_black"))
            )
        else:
            table.add_row(label, row.value, words, place, row.rule)
    return table


def _highlighted(text: str, reading: Reading, where: str) -> Text:
    """The text with the words that were used marked, by the spans the rules gave."""
    shown = Text(text)
    machine = reading.machine.evidence if reading.machine else ()
    for item in (*reading.evidence, *machine, *(e for doubt in reading.doubts for e in doubt.evidence)):
        span = span_of(text, item) if item.where == where else None
        if span and item.field != "language":
            shown.stylize(f"bold underline {_COLORS.get(item.field, 'yellow')}", *span)
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
