"""``mailbot holds``: what waits for a coordinator, settled in seconds."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parseaddr
from typing import Annotated, Any, Literal, cast

import typer
from rich.table import Table
from rich.text import Text

from mailbot.cli.finding import SHORT
from mailbot.cli.options import (
    AllOption,
    ByOption,
    ConfigOption,
    JsonOption,
    NoteOption,
    RulesOption,
    TemplatesOption,
    login,
)
from mailbot.cli.showing import console, counted, framed, labelled, short_moment, squeezed, what, why
from mailbot.cli.wiring import Opened, fail, opened
from mailbot.core.acts.settle import APPROVAL
from mailbot.core.decisions import PutRegistration
from mailbot.core.language import LANGUAGES
from mailbot.core.message import IncomingMessage
from mailbot.core.mime import parse
from mailbot.core.registrations import RegistrationStatus
from mailbot.core.requests import Person
from mailbot.service.approving import asked_in
from mailbot.service.ports import Transaction
from mailbot.service.review import Correction, Settled, answer, preview, problems_of, settle
from mailbot.service.review import dismiss as dismiss_hold
from mailbot.service.stored import Hold, StoredMail

holds = typer.Typer(
    help="What waits for a coordinator.", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)

HoldId = Annotated[str, typer.Argument(metavar="ID", help="the hold's id, or the beginning of it", show_default=False)]


@holds.command("list", short_help="The held mails.")
def list_holds(
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    every: AllOption = False,
    as_json: JsonOption = False,
) -> None:
    """The held mails, oldest first."""
    with opened(config, rules, templates) as desk, desk.store.begin() as tx:
        found = tx.holds(open_only=not every)
    if as_json:
        for hold in found:
            sys.stdout.write(json.dumps(_as_data(hold), ensure_ascii=False) + "\n")
        return
    out = console()
    if not found:
        out.print("Nothing was held yet." if every else "Nothing waits for you.")
        return
    for hold in found:
        head = Text(hold.id[:SHORT], style="bold yellow" if hold.closed_at is None else "bright_black")
        head.append(f"  {short_moment(hold.opened_at, desk.timezone)}  {hold.sender or '(nobody)'}", style="bold")
        out.print(head, no_wrap=True, overflow="ellipsis")
        pairs = [("subject", hold.subject or "(none)"), ("understood", hold.summary or "nothing")]
        pairs.append(("held", why(desk.policy, hold.reasons)))
        if hold.closed_at is not None:
            pairs.append(("settled", _settled_words(hold, desk)))
        out.print(labelled(pairs, out.width, indent=2))
    if not every:
        out.print(f"{counted(len(found), 'mail waits', 'mails wait')}. Next: mailbot holds show {found[0].id[:SHORT]}")


def _settled_words(hold: Hold, desk: Opened) -> str:
    when = short_moment(hold.closed_at, desk.timezone) if hold.closed_at else ""
    return f"{hold.outcome} by {hold.closed_by or '?'}, {when}"


def _as_data(hold: Hold) -> dict[str, object]:
    return {
        "id": hold.id,
        "opened_at": hold.opened_at.isoformat(),
        "sender": hold.sender,
        "subject": hold.subject,
        "summary": hold.summary,
        "reasons": hold.reasons,
        "closed_at": hold.closed_at.isoformat() if hold.closed_at else None,
        "closed_by": hold.closed_by,
        "outcome": hold.outcome,
    }


@contextmanager
def _found(desk: Opened, id: str, *, still_open: bool = False) -> Iterator[tuple[Transaction, Hold]]:
    """The hold of this id. Ends with 2 where there is none, with 1 where it should be open and is settled."""
    with desk.store.begin() as tx:
        hold = tx.hold(id)
        if hold is None:
            similar = [h.id[:SHORT] for h in tx.holds(open_only=False) if id and h.id.startswith(id.lower())]
            if similar:
                fail(f"several holds begin with {id!r}: {', '.join(similar)}. Write more of the id.", code=2)
            fail(f"there is no hold {id!r}. `mailbot holds list` shows them.", code=2)
        if still_open and hold.closed_at is not None:
            fail(f"hold {hold.id[:SHORT]} is settled already: {_settled_words(hold, desk)}. Nothing was done.")
        yield tx, hold


@holds.command(short_help="One held mail, and what approving it would do.")
def show(
    id: HoldId,
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    full: Annotated[bool, typer.Option("--full", help="the whole text, with what it quotes")] = False,
    as_json: JsonOption = False,
) -> None:
    """One held mail: its text, what was understood on which words, why it was held, and the exact answer that
    approving it would send."""
    with opened(config, rules, templates) as desk, _found(desk, id) as (tx, hold):
        mail = tx.mail(hold.processed_id)
        if mail is None:
            fail(f"the mail behind hold {hold.id[:SHORT]} is no longer on file. Dismiss it.")
        message = _parsed(mail, desk)
        try:
            would = preview(tx, hold, desk.policy, now=desk.clock.now())
        except Exception:  # the mail that breaks us is the one a person must be able to look at
            would = Settled(hold=hold, done=False, remaining=("internal-error",))
    if as_json:
        sys.stdout.write(json.dumps(_shown_data(hold, mail, message, would), ensure_ascii=False, default=str) + "\n")
        return
    out = console()
    sender = message.sender if message else None
    pairs = [
        ("from", f"{sender.name} <{sender.email}>" if sender and sender.name else hold.sender or "(nobody)"),
        ("subject", hold.subject or "(none)"),
        ("arrived", short_moment(mail.received_at, desk.timezone)),
        ("held", why(desk.policy, hold.reasons)),
        ("understood", hold.summary or "nothing"),
    ]
    if hold.closed_at is not None:
        pairs.append(("settled", _settled_words(hold, desk)))
    out.print(labelled(pairs, out.width))
    out.print(framed(_text_of(mail, message, full=full), "the mail", "yellow"))
    out.print()
    _print_evidence(mail)
    if hold.closed_at is not None:
        return
    _print_proposal(would, desk)
    short = hold.id[:SHORT]
    out.print()
    if would.done:
        out.print(f"mailbot holds approve {short}")
    out.print(f"mailbot holds correct {short} --event … --kind … --person …")
    out.print(f'mailbot holds dismiss {short} [--answer "…"]', markup=False)


def _parsed(mail: StoredMail, desk: Opened) -> IncomingMessage | None:
    try:
        return parse(mail.content, words=desk.policy.mail_words, limits=desk.policy.limits)
    except Exception:  # kept whole because it broke us once; it may do so again
        return None


def _text_of(mail: StoredMail, message: IncomingMessage | None, *, full: bool) -> str:
    if message is None:
        return mail.content[:4000].decode("utf-8", "replace")
    text = message.full_text if full else message.new_text or message.full_text
    names = [f"[attached: {attachment.name or 'without a name'}]" for attachment in message.attachments]
    return "\n".join([squeezed(text) or "(empty)", *names])


def _shown_data(hold: Hold, mail: StoredMail, message: IncomingMessage | None, would: Settled) -> dict[str, object]:
    return _as_data(hold) | {
        "text": message.new_text if message else None,
        "record": mail.record,
        "approving": {
            "done": would.done,
            "remaining": would.remaining,
            "registrations": [_put(put) for put in would.registrations],
            "replies": [
                {"to": reply.message.envelope_to, "subject": reply.message.subject, "text": reply.message.text}
                for reply in would.replies
            ],
        },
    }


def _print_evidence(mail: StoredMail) -> None:
    """The words that the reading rests on, each with the rule that read them."""
    found = list(dict.fromkeys(_evidence_rows(mail.record)))
    if not found:
        return
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="bright_black", no_wrap=True)
    table.add_column(ratio=2, no_wrap=True, overflow="ellipsis")
    table.add_column(style="bright_black", ratio=2, no_wrap=True, overflow="ellipsis")
    for field, words, rule in found:
        table.add_row(field, Text(f"“{words}”"), Text(rule))
    console().print(table)


def _evidence_rows(record: Any) -> Iterator[tuple[str, str, str]]:
    reading = record.get("reading") if isinstance(record, dict) else None
    for item in (reading or {}).get("evidence", ()):
        if isinstance(item, dict) and item.get("field") != "language":
            yield str(item.get("field")), " ".join(str(item.get("text")).split())[:80], str(item.get("rule"))


def _print_proposal(would: Settled, desk: Opened) -> None:
    out = console()
    if not would.done:
        out.print(Text(f"Approving does nothing: {why(desk.policy, would.remaining) or 'nothing to carry out'}."))
        return
    done = "; ".join(_put(put) for put in would.registrations) or "changes no registration"
    out.print(labelled([("approving", done)], out.width), end="")
    for reply in would.replies:
        message = reply.message
        out.print(framed(message.text.strip(), f"and sends to {message.envelope_to}", "cyan"))


def _put(put: PutRegistration) -> str:
    r = put.registration
    details = ", ".join(x for x in (r.status.value, what(r)) if x)
    return f"{put.change} {r.name or r.email} for {r.event} ({details})"


@holds.command(short_help="Carry out a held mail as it was understood, and answer it.")
def approve(
    id: HoldId,
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    note: NoteOption = "",
    by: ByOption = None,
    as_json: JsonOption = False,
) -> None:
    """Carry out a held mail as it was understood, and answer it; with --note, in your own words too."""
    with opened(config, rules, templates) as desk:
        with _found(desk, id, still_open=True) as (tx, hold):
            settled = _carried(tx, hold, desk, by, None, note)
        _tell(settled, desk, as_json=as_json)


def _carried(
    tx: Transaction, hold: Hold, desk: Opened, by: str | None, correction: Correction | None, note: str
) -> Settled:
    now = desk.clock.now()
    return settle(tx, hold, desk.policy, now=now, by=by or login(), correction=correction, note=note.strip())


def _tell(settled: Settled, desk: Opened, *, as_json: bool) -> None:
    short = settled.hold.id[:SHORT]
    if as_json:
        data = {
            "id": settled.hold.id,
            "done": settled.done,
            "remaining": settled.remaining,
            "registrations": [_put(put) for put in settled.registrations],
            "replies": [
                {"to": reply.message.envelope_to, "subject": reply.message.subject} for reply in settled.replies
            ],
        }
        sys.stdout.write(json.dumps(data, ensure_ascii=False) + "\n")
    if not settled.done:
        if "open-question" in settled.remaining:
            fail(f'nothing was done: a question waits for an answer. mailbot holds dismiss {short} --answer "…"')
        fail(
            f"nothing was done: {why(desk.policy, settled.remaining) or 'there is nothing to carry out'}. "
            f"Correct it (mailbot holds correct {short} --event …), or dismiss it."
        )
    if as_json:
        return
    out = console()
    for put in settled.registrations:
        out.print(Text(_put(put)))
    for reply in settled.replies:
        out.print(Text(f"answer queued for {reply.message.envelope_to}: {reply.message.subject}"))


@holds.command(short_help="Put right what was understood, then carry it out.")
def correct(
    id: HoldId,
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    kind: Annotated[
        str | None, typer.Option(metavar="KIND", help="register, cancel, change or question", show_default=False)
    ] = None,
    event: Annotated[str | None, typer.Option(metavar="EVENT", help="the event's key", show_default=False)] = None,
    person: Annotated[
        list[str] | None,
        typer.Option(metavar="PERSON", help="'Name <address>' or a name; may be repeated", show_default=False),
    ] = None,
    session: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="a session's key; may be repeated", show_default=False)
    ] = None,
    choice: Annotated[
        list[str] | None, typer.Option(metavar="KEY=OPTION", help="lab=nuisance; may be repeated", show_default=False)
    ] = None,
    mode: Annotated[str | None, typer.Option(metavar="MODE", help="in-person or online", show_default=False)] = None,
    pickup: Annotated[str | None, typer.Option(metavar="KEY", help="a pick-up point's key", show_default=False)] = None,
    language: Annotated[
        str | None, typer.Option(metavar="LANGUAGE", help="fr, nl, en or de", show_default=False)
    ] = None,
    note: NoteOption = "",
    by: ByOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put right what was understood, then carry it out and answer. What you do not name stays as it was read."""
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
    if correction == Correction():
        raise typer.BadParameter("say what is to be corrected, for example --event album; else approve it")
    with opened(config, rules, templates) as desk:
        with _found(desk, id, still_open=True) as (tx, hold):
            mail = tx.mail(hold.processed_id)
            if wrong := problems_of(correction, desk.policy, _event_read(mail.record) if mail else None):
                fail("\nmailbot: ".join(wrong), code=2)
            settled = _carried(tx, hold, desk, by, correction, note)
        _tell(settled, desk, as_json=as_json)


def _event_read(record: Any) -> str | None:
    """The event that the mail was understood to be about."""
    requests = (record.get("reading") or {}).get("requests", ()) if isinstance(record, dict) else ()
    return next((key for r in requests if (key := (r.get("event") or {}).get("matched"))), None)


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


@holds.command(short_help="Change nothing: you have answered, or do with --answer.")
def dismiss(
    id: HoldId,
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    text: Annotated[
        str, typer.Option("--answer", metavar="TEXT", help="your answer, sent to whoever wrote", show_default=False)
    ] = "",
    by: ByOption = None,
) -> None:
    """Change nothing: a person has answered it, or nothing is wanted; or answer it now with --answer."""
    with opened(config, rules, templates) as desk:
        now, who = desk.clock.now(), by or login()
        with _found(desk, id, still_open=True) as (tx, hold):
            if text.strip():
                settled = answer(tx, hold, desk.policy, now=now, by=who, note=text.strip())
                if not settled.done:
                    fail(f"nothing was sent: {why(desk.policy, settled.remaining)}.")
            else:
                dismiss_hold(tx, hold, now=now, by=who)
                settled = Settled(hold=hold, done=True)
            pending = _still_pending(tx, hold)
        out = console()
        out.print(Text(f"dismissed: {hold.sender or '(nobody)'} · {hold.subject}"))
        for reply in settled.replies:
            out.print(Text(f"answer queued for {reply.message.envelope_to}: {reply.message.subject}"))
        for short in pending:
            out.print(f"its request stays on file as pending: mailbot registrations approve|decline {short}")


def _still_pending(tx: Transaction, hold: Hold) -> list[str]:
    """Beginnings of the ids of what waits for a coordinator's yes or no, whatever becomes of the mail."""
    mail = tx.mail(hold.processed_id) if APPROVAL in hold.reasons else None
    asked = (tx.registration(each) for each in asked_in(mail.record)) if mail is not None else ()
    return [r.id[:SHORT] for r in asked if r is not None and r.status is RegistrationStatus.PENDING]
