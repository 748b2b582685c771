"""Two registrations of one person made one, as a coordinator says. Nobody is written to: nothing changes for the person."""

from __future__ import annotations

from datetime import datetime

from mailbot.core.duplicates import merged
from mailbot.core.places import capacity_of, full_for, places_held
from mailbot.core.policy import Policy
from mailbot.core.registrations import SEATED, Registration
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
    taken = {key: count - (key in places_held(second)) for key, count in tx.seats_taken(capacity_of(event)).items()}
    if one.status in SEATED and (full := full_for(event, one, taken, places_held(first))):
        return f"there is no place for what they want together ({', '.join(full)} is full); let one of them go instead"
    tx.hand_over(given_up, kept)
    put(tx, event, gone, "cancelled", now)
    stays = put(tx, event, one, "changed", now).registration
    fill(tx, policy, event.key, now)
    return stays
