"""Noting who has what of the items that people pick up."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from mailbot.core.pickups import TAKEN, PickupStatus, Reservation, stock_key
from mailbot.core.policy import Policy
from mailbot.service.ports import Transaction


class NoneLeft(Exception):
    """Every item of the point is set aside or in somebody's hands; the words say where."""


def hand_out(
    tx: Transaction, policy: Policy, reservation: Reservation, status: PickupStatus, now: datetime
) -> Reservation:
    """Note that an item was collected, or came back. Raises ``NoneLeft`` where it came back and was set aside for another."""
    event = policy.events.get(reservation.event)
    points = event.pickup.points if event is not None and event.pickup is not None else ()
    stock = next((point.stock for point in points if point.key == reservation.point), None)
    if stock is not None and status in TAKEN and reservation.status not in TAKEN:
        taken = tx.stock_taken(reservation.event).get(stock_key(reservation.event, reservation.point), 0)
        if taken >= stock:
            raise NoneLeft(f"all {stock} items of {reservation.point} are set aside or collected")
    noted = replace(reservation, status=status, changed_at=now)
    tx.put_reservation(noted, stock)
    return noted
