"""No more reminders: the registration stays as it is."""

from __future__ import annotations

from mailbot.core.acts.act import Act
from mailbot.core.case import Case
from mailbot.core.requests import Details


def silence(case: Case, details: Details) -> Act:
    """For whoever writes, and for the address that the reminder went to: people forward their mail."""
    thread = case.facts.thread.registrations
    addresses = [case.sender, *((r.email or r.requested_by or "").casefold() for r in thread)]
    return Act(
        reply="registrant-reminders-stopped",
        event=case.event_of(details.event),
        registrations=thread,
        silence=tuple(dict.fromkeys(address for address in addresses if address)),
    )
