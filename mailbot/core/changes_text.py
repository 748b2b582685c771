"""The mail by which coordinators learn that a change of an event waits for their word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mailbot.core.events import Event
from mailbot.core.language import Language
from mailbot.core.policy import Policy
from mailbot.core.replies import Rendered
from mailbot.core.templates import desk_view, rendered_of
from mailbot.core.views import words
from mailbot.core.written import when


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLine:
    event: Event
    #: as people know it
    before: Event
    #: codes of ``event_facts.What``
    what: tuple[str, ...]
    mails: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesContext:
    language: Language
    changes: tuple[ChangeLine, ...]


def render_changes(context: ChangesContext, policy: Policy) -> Rendered:
    language = context.language
    values = {
        "changes": [_line(change, language) for change in context.changes],
        "desk": desk_view(policy.desk, language),
    }
    return rendered_of(policy.templates.of("coordinator-event-changes", language), values, language)


def _line(change: ChangeLine, language: Language) -> Mapping[str, Any]:
    moved = change.event.times_known and bool({"day", "time", "postponed", "session"} & set(change.what))
    return {
        "key": change.event.key,
        "title": words(change.event.title, language),
        "what": change.what,
        "mails": change.mails,
        "before": when(change.before, language) if moved else "",
        "now": when(change.event, language) if moved else "",
    }
