"""Two registrations of one person made one, as a coordinator says. Nobody is written to: nothing changes for the person."""

from __future__ import annotations

from datetime import datetime

from mailbot.core.duplicates import merged
from mailbot.core.policy import Policy
from mailbot.core.registrations import Registration
from mailbot.service.places import fill, put
from mailbot.service.ports import Transaction


def merge(tx: Transaction, policy: Policy, kept: str, given_up: str, now: datetime) -> Registration | str:
    """The registration that stays; or why they cannot be made one. Their places are counted once."""
    first, second = tx.registration(kept), tx.registration(given_up)
    if first is None or second is None:
        return f"there is no registration {kept if first is None else given_up}"
    event = policy.events.get(first.event)
    if event is None:
        return f"the event {first.event} is not in the rules any more"
    result = merged(event, first, second, now)
    if isinstance(result, str):
        return result
    one, gone = result
    put(tx, event, gone, "cancelled", now)
    put(tx, event, one, "changed", now)
    fill(tx, policy, event.key, now)
    return one
