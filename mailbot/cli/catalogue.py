"""``mailbot events``: the catalogue, what changed of it, and telling people once a coordinator says so."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from mailbot.cli.finding import known_event
from mailbot.cli.options import AllOption, ByOption, ConfigOption, JsonOption, RulesOption, TemplatesOption, login
from mailbot.cli.showing import console, counted, framed, labelled, short_moment
from mailbot.cli.wiring import Opened, fail, opened
from mailbot.core.case import event_state
from mailbot.core.decisions import Enqueue
from mailbot.core.deliveries import OutgoingMessage
from mailbot.core.event_facts import as_told, earlier_days
from mailbot.core.events import Event
from mailbot.core.language import Language
from mailbot.core.registrations import RegistrationStatus
from mailbot.core.written import when
from mailbot.service import event_changes as service
from mailbot.service.event_changes import Gone, Waiting
from mailbot.service.ports import Transaction
from mailbot.service.stored import StoredEventChange

events = typer.Typer(
    help="The events; what changed of them, and telling people.",
    invoke_without_command=True,
    add_completion=False,
    rich_markup_mode=None,
)

WAITING = (RegistrationStatus.WAITLISTED, RegistrationStatus.PENDING, RegistrationStatus.OFFERED)

Key = Annotated[str, typer.Argument(metavar="EVENT", help="the event's key", show_default=False)]
OneKey = Annotated[
    str | None, typer.Argument(metavar="[EVENT]", help="only this event, with a sample mail", show_default=False)
]


@events.callback()
def list_events(
    context: typer.Context,
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    as_json: JsonOption = False,
) -> None:
    """The events, their state, and how many are registered. Without a command they are listed."""
    if context.invoked_subcommand is not None:
        return
    with opened(config, rules, templates) as desk:
        now = desk.clock.now()
        with desk.store.begin() as tx:
            counted_by = Counter((r.event, r.status) for r in tx.registrations())
            gone = service.gone_events(tx, desk.policy, now)
        language = desk.policy.desk.coordinator_language
        rows = sorted(desk.policy.events.values(), key=lambda event: event.starts)
    if as_json:
        for event in rows:
            data = {
                "key": event.key,
                "title": event.title.in_(language),
                "starts": event.starts.isoformat(),
                "ends": event.ends.isoformat(),
                "state": event_state(event, now),
                "capacity": event.capacity,
                "registrations": {status.value: counted_by[event.key, status] for status in RegistrationStatus},
            }
            sys.stdout.write(json.dumps(data, ensure_ascii=False) + "\n")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("event", "starts", "state"):
        table.add_column(name, no_wrap=True)
    for name in ("confirmed", "waiting"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("title", no_wrap=True, overflow="ellipsis", ratio=1)
    for event in rows:
        table.add_row(*_event_row(event, counted_by, now), event.title.in_(language))
    out = console()
    out.print(table)
    for each in gone:
        out.print(Text(f"{each.key}: {gone_words(each)} See: mailbot events changes {each.key}", style="yellow"))


def _event_row(
    event: Event, counted_by: Mapping[tuple[str, RegistrationStatus], int], now: datetime
) -> tuple[str, ...]:
    confirmed = counted_by[event.key, RegistrationStatus.CONFIRMED]
    waiting = sum(counted_by[event.key, status] for status in WAITING)
    limit = f"/{event.capacity}" if event.capacity is not None else ""
    return (
        event.key,
        f"{event.starts:%d/%m/%Y}",
        event_state(event, now),
        f"{confirmed or ''}{limit}" or "–",
        str(waiting or "–"),
    )


#: how a coordinator is told what changed; codes of ``event_facts.What``
_WORDS = {
    "cancelled": "it is cancelled",
    "restored": "it takes place after all",
    "postponed": "it is postponed, and the new date is not known",
    "day": "another day",
    "time": "another time",
    "session": "a session is gone",
    "place": "another place",
    "mode": "another way of taking part",
    "link": "another link",
    "replay": "there is a recording",
    "slides": "there are slides",
    "minutes": "there are minutes",
    "photos": "there are photos",
    "survey": "there is a survey",
}


@events.command(short_help="What changed in the files, and who would be told what.")
def changes(
    event: OneKey = None,
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    every: AllOption = False,
    as_json: JsonOption = False,
) -> None:
    """What changed in the events' files, and who would be told what. Nothing goes out before it is approved."""
    with opened(config, rules, templates) as desk, desk.store.begin() as tx:
        now = desk.clock.now()
        service.look_for_changes(tx, desk.policy, now)
        found = [each for each in service.waiting_changes(tx, desk.policy, now) if event in (None, each.event.key)]
        settled = [
            each
            for each in (tx.event_changes(open_only=False) if every else ())
            if each.closed_at is not None and event in (None, each.event)
        ]
        gone = [each for each in service.gone_events(tx, desk.policy, now) if event in (None, each.key)]
        if event is not None and not gone:
            known_event(desk.policy, event)
        samples = {each.event.key: _samples(tx, each, desk, now) for each in found}
    if as_json:
        for each in found:
            sys.stdout.write(json.dumps(_as_data(each, samples[each.event.key]), ensure_ascii=False) + "\n")
        for missing in gone:
            sys.stdout.write(json.dumps(_gone_data(missing), ensure_ascii=False) + "\n")
        for old in settled:
            sys.stdout.write(json.dumps(_settled_data(old), ensure_ascii=False) + "\n")
        return
    out = console()
    if not (found or gone or settled):
        out.print("No event changed that somebody is registered for." if event is None else "Nothing changed of it.")
    for each in found:
        _show(each, samples[each.event.key], desk, whole=event is not None or len(found) == 1)
    for missing in gone:
        _show_gone(missing, desk)
    for old in settled:
        moment = short_moment(old.closed_at, desk.timezone) if old.closed_at else ""
        mails = f", {counted(old.mails, 'mail')}" if old.outcome == "approved" else ""
        out.print(Text(f"{old.event}: {old.outcome} by {old.closed_by or 'the desk'}, {moment}{mails}"))


def _samples(tx: Transaction, waiting: Waiting, desk: Opened, now: datetime) -> dict[Language, OutgoingMessage]:
    """The first mail of each language."""
    found: dict[Language, OutgoingMessage] = {}
    for registration, change in waiting.concerned:
        if registration.language not in found:
            for effect in service.mail_of(tx, waiting, registration, change, desk.policy, now):
                if isinstance(effect, Enqueue):
                    found[registration.language] = effect.message
    return found


def _show(waiting: Waiting, samples: Mapping[Language, OutgoingMessage], desk: Opened, *, whole: bool) -> None:
    out, event = console(), waiting.event
    language = desk.policy.desk.coordinator_language
    before = as_told(event, waiting.change.before)
    counts = Counter(registration.status.value for registration, _ in waiting.concerned)
    out.print(Text(f"{event.key}  {event.title.in_(language)}", style="bold yellow"), no_wrap=True, overflow="ellipsis")
    pairs = [
        ("noticed", short_moment(waiting.change.noticed_at, desk.timezone)),
        ("changed", "; ".join(_WORDS[what] for what in waiting.what)),
    ]
    if {"day", "time", "session", "postponed"} & set(waiting.what):
        pairs.append(("until now", when(before, language)))
        pairs.append(("now", when(event, language) if event.times_known else "not known"))
    told = ", ".join(f"{number} in {name}" for name, number in sorted(waiting.languages.items()))
    pairs.append(("to tell", f"{counted(len(waiting.concerned), 'mail')}: {told}"))
    pairs.append(("of them", ", ".join(f"{number} {status}" for status, number in sorted(counts.items()))))
    lost = earlier_days(event, waiting.change.before)
    if lost and event.cancelled is None:
        line = f"[postponed] dates = [{', '.join(lost)}]"
        pairs.append(("old day", f"mails that name it are understood once the file says {line}"))
    out.print(labelled(pairs, out.width, indent=2))
    for name, message in samples.items() if whole else ():
        out.print(framed(message.text.strip(), f"{name}: {message.subject}", "cyan"))
    confirm = _confirm(waiting, desk)
    out.print(Text(f"  mailbot events approve {event.key}{confirm}\n  mailbot events dismiss {event.key}"))


def _confirm(waiting: Waiting, desk: Opened) -> str:
    mails = len(waiting.concerned)
    return f" --mails {mails}" if mails > desk.settings.changes.confirm_over else ""


def _as_data(waiting: Waiting, samples: Mapping[Language, OutgoingMessage]) -> dict[str, Any]:
    return {
        "event": waiting.event.key,
        "noticed_at": waiting.change.noticed_at.isoformat(),
        "what": waiting.what,
        "mails": len(waiting.concerned),
        "languages": waiting.languages,
        "before": waiting.change.before,
        "after": waiting.change.after,
        "concerned": [
            {"registration": r.id, "status": r.status.value, "kind": change.kind, "what": change.what}
            for r, change in waiting.concerned
        ],
        "samples": {name: {"subject": m.subject, "text": m.text} for name, m in samples.items()},
        "outcome": None,
    }


def gone_words(gone: Gone) -> str:
    """``its file is gone, and 3 people are registered for it.``"""
    are = "person is" if gone.people == 1 else "people are"
    return f"its file is gone, and {gone.people} {are} registered for it."


def gone_remedy(gone: Gone) -> str:
    renamed = ", ".join(gone.renamed)
    return (
        f'Renamed by mistake? {renamed} is at its time and place: write key = "{gone.key}" there again. '
        if renamed
        else ""
    ) + (
        "Deleted by mistake? Put the file back. Is it cancelled? Put it back with a line cancelled = {…}, and "
        f"everybody can be told. Nobody need be told? mailbot events dismiss {gone.key}"
    )


def _show_gone(gone: Gone, desk: Opened) -> None:
    out = console()
    days = ", ".join(dict.fromkeys(session["starts"][:10] for session in gone.before["sessions"].values()))
    noticed = gone.change.noticed_at if gone.change is not None else desk.clock.now()
    pairs = [
        ("noticed", short_moment(noticed, desk.timezone)),
        ("changed", f"{gone_words(gone)} Nothing goes out; mails about it are held."),
        ("until now", days),
        ("what to do", gone_remedy(gone)),
    ]
    out.print(Text(gone.key, style="bold yellow"))
    out.print(labelled(pairs, out.width, indent=2))


def _gone_data(gone: Gone) -> dict[str, Any]:
    return {
        "event": gone.key,
        "noticed_at": gone.change.noticed_at.isoformat() if gone.change is not None else None,
        "what": ["gone"],
        "mails": 0,
        "people": gone.people,
        "renamed": gone.renamed,
        "before": gone.before,
        "outcome": None,
    }


def _settled_data(change: StoredEventChange) -> dict[str, Any]:
    return {
        "event": change.event,
        "noticed_at": change.noticed_at.isoformat(),
        "before": change.before,
        "after": change.after,
        "outcome": change.outcome,
        "closed_at": change.closed_at.isoformat() if change.closed_at else None,
        "closed_by": change.closed_by,
        "mails": change.mails,
    }


def _waiting(tx: Transaction, key: str, desk: Opened, now: datetime) -> Waiting:
    """The change of this event that waits. Ends with 2 where there is no such event, with 1 where nothing waits."""
    if (gone := _gone(tx, key, desk, now)) is not None:
        fail(f"{key}: {gone_words(gone)} Nobody can be told without it. {gone_remedy(gone)}")
    known_event(desk.policy, key)
    service.look_for_changes(tx, desk.policy, now)
    found = next((each for each in service.waiting_changes(tx, desk.policy, now) if each.event.key == key), None)
    if found is None:
        fail(f"no change of {key} waits. `mailbot events changes --all` shows what was settled.")
    return found


def _gone(tx: Transaction, key: str, desk: Opened, now: datetime) -> Gone | None:
    return next((each for each in service.gone_events(tx, desk.policy, now) if each.key == key), None)


@events.command(short_help="Tell everybody whom a change concerns.")
def approve(
    event: Key,
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    mails: Annotated[
        int | None, typer.Option("--mails", metavar="NUMBER", help="how many mails, said once more", show_default=False)
    ] = None,
    by: ByOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell everybody whom a change concerns, and bring their calendars up to date.

    More mails than config.toml allows at once ([changes] confirm_over) go out only with their number: --mails 214.
    """
    with opened(config, rules, templates) as desk, desk.store.begin() as tx:
        now = desk.clock.now()
        waiting = _waiting(tx, event, desk, now)
        number = len(waiting.concerned)
        if mails is not None and mails != number:
            fail(
                f"this sends {counted(number, 'mail')}, not {mails}. Nothing was sent. See: mailbot events changes {event}"
            )
        if mails is None and number > desk.settings.changes.confirm_over:
            fail(
                f"this sends {number} mails, and more than {desk.settings.changes.confirm_over} at once want their number."
                f" Nothing was sent. If it is meant: mailbot events approve {event} --mails {number}"
            )
        queued = service.approve(tx, waiting, desk.policy, by=by or login(), now=now)
    if as_json:
        sys.stdout.write(json.dumps({"event": event, "outcome": "approved", "mails": queued}) + "\n")
    else:
        console().print(Text(f"{event}: {counted(queued, 'mail')} queued."))


@events.command(short_help="Tell nobody: it was a slip, or they know.")
def dismiss(
    event: Key,
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    by: ByOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell nobody of a change: it was a slip, or people know already. It is not asked about again."""
    with opened(config, rules, templates) as desk, desk.store.begin() as tx:
        now = desk.clock.now()
        if (gone := _gone(tx, event, desk, now)) is not None:
            service.leave_alone(tx, gone, by=by or login(), now=now)
        else:
            service.dismiss(tx, _waiting(tx, event, desk, now), by=by or login(), now=now)
    if as_json:
        sys.stdout.write(json.dumps({"event": event, "outcome": "dismissed", "mails": 0}) + "\n")
    else:
        console().print(Text(f"{event}: nobody is told."))
