"""What people pick up: telling them where once it is time, and noting who has what."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from mailbot.core.notice import notice
from mailbot.core.pickups import PickupStatus, Reservation, takes_item, told_from
from mailbot.core.policy import Policy
from mailbot.core.registrations import RegistrationStatus
from mailbot.service.places import queue_notice
from mailbot.service.ports import Transaction

#: instructions that are so late are no longer sent: the desk was away, or its database is new
TOO_LATE = timedelta(days=30)


def tell_due(tx: Transaction, policy: Policy, now: datetime) -> int:
    """Where and how, to everybody confirmed, once the event's moment has come; answers how many mails were queued.

    Who is confirmed later reads it in the confirmation.
    """
    queued = 0
    for event in policy.events.values():
        since = told_from(event)
        if since is None or event.cancelled is not None or not since <= now < since + TOO_LATE:
            continue
        if not tx.claim_moment(f"pickup:{event.key}", since.isoformat(), now):
            continue
        taken = tx.stock_taken(event.key)
        for registration in tuple(tx.registrations(event=event.key, status=RegistrationStatus.CONFIRMED)):
            if not takes_item(event, registration):
                continue
            mail = notice(
                "registrant-pickup", event, registration, policy, now=now, cause="instructions", stock_taken=taken
            )
            queued += queue_notice(tx, mail, now)
    return queued


def hand_out(tx: Transaction, policy: Policy, reservation: Reservation, status: PickupStatus, now: datetime) -> None:
    """Note that an item was collected, or came back."""
    event = policy.events.get(reservation.event)
    points = event.pickup.points if event is not None and event.pickup is not None else ()
    stock = next((point.stock for point in points if point.key == reservation.point), None)
    tx.put_reservation(replace(reservation, status=status, changed_at=now), stock)
