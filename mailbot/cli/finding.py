"""What a command's words mean: an event by its key, a registration by an address or the beginning of its id."""

from __future__ import annotations

from collections.abc import Iterable

from mailbot.cli.wiring import fail
from mailbot.core.events import Event
from mailbot.core.policy import Policy
from mailbot.core.registrations import Registration
from mailbot.service.ports import Transaction

#: characters of an id that people are shown, and type
SHORT = 8


def known_event(policy: Policy, key: str) -> Event:
    """Ends with 2 where there is none of that name."""
    event = policy.events.get(key)
    if event is None:
        fail(f"there is no event {key!r}. Write one of {', '.join(sorted(policy.events))}.", code=2)
    return event


def known_by(tx: Transaction, whom: str, event: str | None) -> list[Registration]:
    """The person's own by an address, else those that it asked for; or those whose id begins so."""
    if "@" in whom:
        found = [r for r in tx.registrations_of([whom]) if event in {None, r.event}]
        own = [r for r in found if (r.email or "").casefold() == whom.casefold()]
        return own or found
    return [r for r in tx.registrations(event=event) if whom and r.id.startswith(whom.lower())]


def listed(found: Iterable[Registration]) -> str:
    """Several that may be meant, in one line: ``Zoé Peeters, picnic, confirmed: 4q3j7xkd``."""
    return "; ".join(
        f"{r.name or r.email or r.requested_by or '?'}, {r.event}, {r.status}: {r.id[:SHORT]}" for r in found
    )
