"""Places that came free go to those who wait; offers end; items are set aside. All inside the caller's transaction.

Whoever writes a registration calls ``fill`` in the same transaction, so that no free place is ever committed beside
somebody whom it fits. What changes without a mail, a raised limit or an offer that ends, is seen by the chores.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from mailbot.core.decisions import Effect, Enqueue, PutInvitation, PutRegistration
from mailbot.core.events import Event
from mailbot.core.notice import notice
from mailbot.core.pickups import SetAside, set_aside
from mailbot.core.places import capacity_of
from mailbot.core.policy import Policy
from mailbot.core.registrations import Registration, RegistrationStatus, exchanged, moved
from mailbot.core.replies import second_wishes
from mailbot.core.waiting import Promotion, promotions, too_late
from mailbot.service.ports import Transaction


def fill_after(tx: Transaction, policy: Policy, effects: Iterable[Effect], now: datetime) -> int:
    """``fill`` for the events whose registrations these effects wrote."""
    keys = dict.fromkeys(effect.registration.event for effect in effects if isinstance(effect, PutRegistration))
    return sum(fill(tx, policy, key, now) for key in keys)


def fill(tx: Transaction, policy: Policy, key: str, now: datetime) -> int:
    """Give what is free of one event to those who wait for it, first come first; answers to how many."""
    event = policy.events.get(key)
    count = 0
    # Whoever still waits when it is over stays on file for ever: they are not read at each tick.
    while event is not None and not too_late(event, now) and (waiting := tx.waiting(key)):
        taken = tx.seats_taken(capacity_of(event))
        promoted = tuple(promotions(event, waiting, taken, now))
        for promotion in promoted:
            _promote(tx, policy, event, promotion, now)
        count += len(promoted)
        # Who got other places at once leaves the old ones, perhaps to somebody who was passed over.
        if not any(each.before.exchange and each.registration.exchange is None for each in promoted):
            break
    return count


def _promote(tx: Transaction, policy: Policy, event: Event, promotion: Promotion, now: datetime) -> None:
    item = put(tx, event, promotion.registration, _change(promotion), now)
    if promotion.before.exchange is not None:
        _tell_exchange(tx, policy, event, item.registration, now)
        return
    confirmed = item.registration.status is RegistrationStatus.CONFIRMED
    remarks = second_wishes(promotion.before, promotion.registration)
    if item.empty:
        remarks += ("pickup-empty",)
    mail = notice(
        "registrant-promoted" if confirmed else "registrant-offered",
        event,
        item.registration,
        policy,
        now=now,
        cause=now.isoformat(),
        remarks=remarks,
        stock_taken=tx.stock_taken(event.key) if event.pickup else None,
        on_file=tx.invitations([item.registration.id]),
    )
    queue_notice(tx, mail, now)


def _tell_exchange(tx: Transaction, policy: Policy, event: Event, registration: Registration, now: datetime) -> None:
    """Other places came free: as they would be, with the deadline; or as they are now, with the calendar."""
    offer = registration.exchange
    shown = registration if offer is None else replace(exchanged(registration), offered_until=offer.offered_until)
    mail = notice(
        "registrant-changed" if offer is None else "registrant-exchange-offered",
        event,
        shown,
        policy,
        now=now,
        cause=now.isoformat(),
        changed=("sessions", "choices"),
        # Until it is accepted, the calendar keeps what it has.
        on_file=tx.invitations([registration.id]) if offer is None else (),
    )
    queue_notice(tx, mail, now)


def queue_notice(tx: Transaction, effects: Sequence[Enqueue | PutInvitation], now: datetime) -> bool:
    """Queue a notice and note what it tells the calendar. False where it was queued before: then nothing new is told."""
    mails = [effect for effect in effects if isinstance(effect, Enqueue)]
    queued = [tx.enqueue(mail.message, now) for mail in mails]
    if any(queued):
        for effect in effects:
            if isinstance(effect, PutInvitation):
                tx.put_invitation(effect.invitation)
    return any(queued)


def _change(promotion: Promotion) -> str:
    if promotion.before.exchange is not None:
        return "changed" if promotion.registration.exchange is None else "offered"
    return "registered" if promotion.registration.status is RegistrationStatus.CONFIRMED else "offered"


def put(tx: Transaction, event: Event, registration: Registration, change: str, now: datetime) -> SetAside:
    """Write a registration and what it means for its item to pick up."""
    on_file = tx.reservations_of([registration.id]).get(registration.id) if event.pickup else None
    taken = tx.stock_taken(event.key) if event.pickup else {}
    item = set_aside(event, registration, on_file, taken, now)
    tx.put_registration(item.registration, change, now, capacity_of(event))
    if item.reservation is not None:
        tx.put_reservation(item.reservation, item.stock)
    return item


def end_offers(tx: Transaction, policy: Policy, until: datetime, now: datetime) -> int:
    """Offers whose time was over ``until`` then: each person is told, and the places go to the next in line. Answers how many ended."""
    # Of an event whose file is gone nobody could be told: such an offer ends once the file is back.
    ended = [each for each in tx.offers_ended(until) if each.event in policy.events]
    for registration in ended:
        event = policy.events[registration.event]
        if registration.exchange is not None:
            kept = moved(registration, registration.status, now, exchange=None)
            put(tx, event, kept, "offer-expired", now)
            queue_notice(
                tx, notice("registrant-exchange-expired", event, kept, policy, now=now, cause=now.isoformat()), now
            )
            continue
        after = moved(registration, RegistrationStatus.CANCELLED, now)
        put(tx, event, after, "offer-expired", now)
        known = tx.invitations([after.id])
        mail = notice("registrant-offer-expired", event, after, policy, now=now, cause=now.isoformat(), on_file=known)
        queue_notice(tx, mail, now)
    for key in dict.fromkeys(registration.event for registration in ended):
        fill(tx, policy, key, now)
    return len(ended)


def tend(tx: Transaction, policy: Policy, now: datetime, heard: datetime | None) -> int:
    """One tick; answers for how many people something changed.

    ``heard``: until when all mail has been read; no offer ends before its answer could be seen.
    """
    ended = end_offers(tx, policy, min(now, heard), now) if heard is not None else 0
    return ended + sum(fill(tx, policy, key, now) for key in policy.events)
