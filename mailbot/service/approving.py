"""A coordinator's yes or no to one registration, told to the person in his or her language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailbot.core.acts.fields import missing_of
from mailbot.core.acts.settle import APPROVAL
from mailbot.core.decisions import Enqueue
from mailbot.core.events import Event
from mailbot.core.notice import notice
from mailbot.core.places import capacity_of, fitting
from mailbot.core.policy import Policy
from mailbot.core.registrations import TRANSITIONS, Registration, RegistrationStatus, in_line, moved
from mailbot.core.replies import Remark, ReplyKind, second_wishes
from mailbot.core.waiting import after, promotions
from mailbot.service.places import fill, put, queue_notice
from mailbot.service.ports import Transaction

_PENDING, _CONFIRMED, _WAITLISTED, _DECLINED = (
    RegistrationStatus.PENDING,
    RegistrationStatus.CONFIRMED,
    RegistrationStatus.WAITLISTED,
    RegistrationStatus.DECLINED,
)


class NotPossible(Exception):
    """What a coordinator asked for cannot be done; the words say why, and what to do instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    registration: Registration
    mails: tuple[Enqueue, ...]


def approve(tx: Transaction, policy: Policy, id: str, *, now: datetime, by: str, note: str = "") -> Decided:
    """Give the place that was asked for; without a free one, a place in line. Raises ``NotPossible``."""
    registration, event = _found(tx, policy, id)
    if registration.status not in {_PENDING, _DECLINED}:
        raise NotPossible(f"it is {registration.status}: only what is pending or declined can be approved")
    missing = missing_of(event, registration)
    if missing is not None:
        what = missing if isinstance(missing, str) else missing.key
        raise NotPossible(f"the {what} is not known yet; the person has been asked for it")
    taken = tx.seats_taken(capacity_of(event))
    ahead = [each for each in tx.waiting(event.key) if in_line(each) < in_line(registration)]
    fits = fitting(event, registration, after(promotions(event, ahead, taken, now), taken))
    if fits is None and event.waiting_list == "none":
        raise NotPossible("it is full, and there is no waiting list; raise the capacity, or decline")
    kind: ReplyKind = "registrant-confirmed" if fits is not None else "registrant-waitlisted"
    status, change = (_CONFIRMED, "registered") if fits is not None else (_WAITLISTED, "waitlisted")
    remarks = second_wishes(registration, fits) if fits is not None else ()
    approved = moved(fits or registration, status, now, interest_only=False)
    return _decided(tx, policy, event, approved, change, kind, now, by, note, remarks)


def decline(tx: Transaction, policy: Policy, id: str, *, now: datetime, by: str, note: str = "") -> Decided:
    """Refuse it, or take a place back; what came free goes to the next in line. Raises ``NotPossible``."""
    registration, event = _found(tx, policy, id)
    if _DECLINED not in TRANSITIONS[registration.status]:
        raise NotPossible(f"it is {registration.status} already")
    remarks: tuple[Remark, ...] = ("was-confirmed",) if registration.status is _CONFIRMED else ()
    declined = moved(registration, _DECLINED, now)
    return _decided(tx, policy, event, declined, "declined", "registrant-declined", now, by, note, remarks)


def _decided(
    tx: Transaction,
    policy: Policy,
    event: Event,
    registration: Registration,
    change: str,
    kind: ReplyKind,
    now: datetime,
    by: str,
    note: str,
    remarks: tuple[Remark, ...],
) -> Decided:
    item = put(tx, event, registration, change, now)
    if item.empty:
        remarks = (*remarks, "pickup-empty")
    mails = notice(
        kind,
        event,
        item.registration,
        policy,
        now=now,
        cause=now.isoformat(),
        on_file=tx.invitations([item.registration.id]),
        remarks=remarks,
        note=note,
        stock_taken=tx.stock_taken(event.key) if event.pickup else None,
    )
    queue_notice(tx, mails, now)
    fill(tx, policy, event.key, now)
    _close_holds(tx, registration.id, "approved" if change != "declined" else "dismissed", by, now)
    return Decided(registration=item.registration, mails=tuple(mail for mail in mails if isinstance(mail, Enqueue)))


def _found(tx: Transaction, policy: Policy, id: str) -> tuple[Registration, Event]:
    registration = tx.registration(id)
    if registration is None:
        raise NotPossible(f"there is no registration {id!r}; `mailbot registrations list --json` shows their ids")
    event = policy.events.get(registration.event)
    if event is None:
        raise NotPossible(f"there is no file of the event {registration.event!r} any more")
    return registration, event


def _close_holds(tx: Transaction, id: str, outcome: str, by: str, now: datetime) -> None:
    """Close what waited for this decision only: a mail that asked for several places waits for each of them."""
    for hold in tx.holds():
        if hold.reasons != (APPROVAL,):
            continue
        mail = tx.mail(hold.processed_id)
        asked = asked_in(mail.record if mail is not None else {})
        if id not in asked:
            continue
        waiting = (tx.registration(each) for each in asked)
        if all(each is None or each.status is not _PENDING for each in waiting):
            tx.close_hold(hold.id, outcome, by, now)


def asked_in(record: object) -> tuple[str, ...]:
    """Ids of the registrations that a mail on file asked for."""
    decision = record.get("decision") if isinstance(record, dict) else None
    effects = decision.get("effects", ()) if isinstance(decision, dict) else ()
    return tuple(effect["registration"] for effect in effects if effect.get("effect") == "put-registration")
