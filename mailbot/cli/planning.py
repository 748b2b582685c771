"""Planned mails in words, for ``status`` and ``moments``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mailbot.cli.showing import counted, short_moment
from mailbot.service.moments import Planned

#: what ``status`` shows of it; the rest is in ``moments``
SHOWN = 3

_WORDS = {
    "registrant-opens": "registration opens",
    "registrant-reminder": "reminder",
    "registrant-afterwards": "thanks",
    "registrant-pickup": "where to pick up",
    "registrant-pickup-reminder": "not fetched yet",
}


def planned_lines(found: Sequence[Planned], now: datetime, timezone: str) -> list[str]:
    """The next ones in a line each, for ``status``."""
    lines = [
        f"{due_of(each, now, timezone)}: {what_of(each)} of {each.moment.event.key} to {counted(each.people, 'person', 'people')}"
        + (f" ({note})" if (note := note_of(each, now)) else "")
        for each in found[:SHOWN]
    ]
    if len(found) > SHOWN:
        lines.append(f"and {len(found) - SHOWN} more: mailbot moments")
    return lines


def what_of(each: Planned) -> str:
    kind, _, lead = each.moment.key.partition("/")
    words = _WORDS[each.moment.kind]
    return f"{words}, {counted(int(lead.partition('/')[0]), 'day')}" if kind == "reminder" else words


def note_of(each: Planned, now: datetime) -> str:
    notes = []
    if each.moment.due <= now and each.told:
        notes.append(f"{each.told} told")
    if lacks_link(each):
        notes.append("no online_link in the event file yet")
    return "; ".join(notes)


def lacks_link(each: Planned) -> bool:
    event = each.moment.event
    return (
        each.moment.kind == "registrant-reminder"
        and "online" in event.modes
        and any(s.online_link is None for s in event.sessions if s.key in each.moment.sessions)
    )


def due_of(each: Planned, now: datetime, timezone: str) -> str:
    if each.moment.due > now:
        return short_moment(each.moment.due, timezone)
    return "from now on" if each.moment.kind == "registrant-pickup-reminder" else "now"


def planned_data(each: Planned, now: datetime) -> dict[str, object]:
    found = each.moment
    return {
        "event": found.event.key,
        "kind": found.kind,
        "moment": found.key,
        "due": max(found.due, now).isoformat(),
        "over": found.over.isoformat(),
        "sessions": found.sessions,
        "people": each.people,
        "told": each.told,
        "note": note_of(each, now),
    }
