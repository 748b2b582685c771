"""What the commands share when they show something to people: one width, local times, reasons in words."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.box import HORIZONTALS
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from mailbot.core.attendance import Attendance, AttendanceStatus
from mailbot.core.policy import Policy
from mailbot.core.registrations import Registration

#: columns where nobody looks at a terminal: wide enough that a file or a pipe gets whole lines
_UNSEEN = 160

_BLANK_LINES = re.compile(r"\n\s*\n(?:\s*\n)+")


def console() -> Console:
    """Colours on a terminal only; as wide as the terminal, or as COLUMNS says."""
    seen = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(highlight=False, width=None if seen else _UNSEEN)


def local(moment: datetime, timezone: str) -> datetime:
    """In the zone that the configuration names, which is where the coordinators are."""
    return moment.astimezone(ZoneInfo(timezone))


def short_moment(moment: datetime, timezone: str) -> str:
    """``25/11 22:47``"""
    return f"{local(moment, timezone):%d/%m %H:%M}"


def ago(then: datetime, now: datetime) -> str:
    """``12 s ago``, ``5 min ago``, ``3 h ago``, ``2 days ago``"""
    seconds = max(0, int((now - then).total_seconds()))
    for size, unit in ((86_400, " days"), (3_600, " h"), (60, " min")):
        if seconds >= 2 * size:
            return f"{seconds // size}{unit} ago"
    return f"{seconds} s ago"


def counted(number: int, one: str, many: str | None = None) -> str:
    """``1 mail``, ``2 mails``"""
    return f"{number} {one if number == 1 else many or one + 's'}"


def why(policy: Policy, reasons: Iterable[str]) -> str:
    """Reason codes in words, as ``rules/chain.toml`` says them."""
    words = {rule.name: rule.why for rule in policy.chain} | _OTHER_REASONS
    return "; ".join(words.get(reason, reason) for reason in reasons)


#: reasons that are given outside the chain
_OTHER_REASONS = {
    "internal-error": "mailbot could not process this mail",
    "uidvalidity-changed": "the mailbox was rebuilt, and this mail was not on file",
}


def came(marks: Iterable[Attendance]) -> str:
    """Whether somebody came, as far as it was marked: ``came``, ``absent``, ``came to 2 of 3``"""
    statuses = [mark.status for mark in marks]
    attended = statuses.count(AttendanceStatus.ATTENDED)
    if not statuses:
        return ""
    if attended in {0, len(statuses)}:
        return "came" if attended else "absent"
    return f"came to {attended} of {len(statuses)}"


def what(r: Registration) -> str:
    """What a registration is for, beside the event itself; what it takes where that is full; what it waits for."""
    chosen = _keys(r.event, *r.sessions, *r.choices.values(), r.mode, r.pickup)
    instead, other = otherwise(r), exchange(r)
    offered = r.exchange is not None and r.exchange.offered_until is not None
    parts = (
        f"{chosen}, otherwise {instead}" if instead else chosen,
        f"{'was offered' if offered else 'waits for'} {other}" if other else "",
    )
    return " · ".join(part for part in parts if part)


def otherwise(r: Registration) -> str:
    """What it takes where its first wish is full: ``governance online``"""
    return _keys(r.event, *r.second_choices.values(), r.second_mode)


def exchange(r: Registration) -> str:
    """The other places that it waits for with a place in hand."""
    other = r.exchange
    return "" if other is None else _keys(r.event, *other.sessions, *other.choices.values(), other.mode)


def _keys(event: str, *keys: str | None) -> str:
    return " ".join(key.removeprefix(f"{event}/") for key in keys if key and key != event)


def squeezed(text: str) -> str:
    """Without the empty lines that quotes and signatures leave behind."""
    return _BLANK_LINES.sub("\n\n", text.strip())


def framed(text: str, title: str, style: str = "") -> Panel:
    """Lines above and below only, so that the text can be copied."""
    return Panel(Text(text), title=Text(title), title_align="left", border_style=style, box=HORIZONTALS, padding=(0, 0))


def labelled(pairs: Sequence[tuple[str, str]], width: int, indent: int = 0) -> Text:
    """``label  value`` a line, values wrapped beside their label."""
    room = max((len(label) for label, _ in pairs), default=0) + 2
    lines = Text()
    for label, value in pairs:
        wrapped = Text(value).wrap(Console(width=width), max(20, width - indent - room))
        for number, line in enumerate(wrapped):
            head = label if number == 0 else ""
            lines.append(" " * indent + head.ljust(room), style="bright_black")
            lines.append_text(line)
            lines.append("\n")
    return lines
