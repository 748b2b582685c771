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
    key: str
    #: codes of ``event_facts.What``; ``gone`` where there is no file any more
    what: tuple[str, ...]
    #: how many would be told; of an event that is gone, how many are on file
    mails: int
    #: None where its file is gone
    event: Event | None = None
    #: as people know it
    before: Event | None = None
    #: keys of the events that it may be now
    renamed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesContext:
    language: Language
    changes: tuple[ChangeLine, ...]


def render_changes(context: ChangesContext, policy: Policy) -> Rendered:
    language = context.language
    values = {
        "changes": [_line(change, language) for change in context.changes],
        "gone": [change.key for change in context.changes if "gone" in change.what],
        "desk": desk_view(policy.desk, language),
    }
    return rendered_of(policy.templates.of("coordinator-event-changes", language), values, language)


def _line(change: ChangeLine, language: Language) -> Mapping[str, Any]:
    event, before = change.event, change.before
    told = {"before": "", "now": ""}
    if event and before and event.times_known and {"day", "time", "postponed", "session"} & set(change.what):
        told = {"before": when(before, language), "now": when(event, language)}
    return {
        "key": change.key,
        "title": words(event.title, language) if event else change.key,
        "what": change.what,
        "mails": change.mails,
        "renamed": change.renamed,
        **told,
    }
