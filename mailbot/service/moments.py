"""Moments that are due: claimed once for each registration, queued in portions, withdrawn when they are late.

One pass over an event's registrations for each moment, however often it is interrupted: the position, the claims and the
mails commit together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mailbot.core.attendance import AttendanceStatus
from mailbot.core.certificates import MOMENT as CERTIFICATE
from mailbot.core.deliveries import DeliveryStatus
from mailbot.core.moments import (
    Moment,
    MomentRules,
    by_day,
    coming_moments,
    concerns,
    due_moments,
    may_send,
    moments_of,
    set_aside_before,
    status_of,
)
from mailbot.core.notice import notice, notice_id
from mailbot.core.policy import Policy
from mailbot.core.registrations import Registration, RegistrationStatus
from mailbot.core.replies import Remark
from mailbot.service.places import queue_notice
from mailbot.service.ports import Transaction
from mailbot.service.telling import Progress

#: registrations read at a time, and looked at in one tick: those that chose other sessions cost time too
PAGE = 500
LOOKED_AT = 5_000

#: the subject by which a mail program asks for silence; every lexicon's own words do as well
STOP = "stop reminders"


def open_moments(tx: Transaction, policy: Policy, rules: MomentRules, now: datetime) -> tuple[Moment, ...]:
    """What is due and not through yet; and what waits in the outbox is held back at night, or withdrawn when late."""
    _tend_waiting(tx, policy, rules, now)
    due = due_moments(policy.events.values(), rules, now)
    return tuple(moment for moment in due if not tx.progress(moment.event.key, moment.key).done)


def _tend_waiting(tx: Transaction, policy: Policy, rules: MomentRules, now: datetime) -> None:
    """At most a portion of them: more are not queued while these wait."""
    for waiting in tx.waiting_told():
        event = policy.events.get(waiting.registration.event)
        if waiting.moment == CERTIFICATE:
            continue
        moment = next((m for m in moments_of(event, rules) if m.key == waiting.moment), None) if event else None
        if moment is None or now >= moment.over or waiting.registration.updated_at > waiting.told_at:
            tx.settle(waiting.delivery_id, DeliveryStatus.WITHDRAWN, now)
        elif not may_send(moment.event, rules, now) and may_send(moment.event, rules, waiting.due_at):
            tx.postpone(waiting.delivery_id, by_day(moment.event, rules, now))


def tell_portion(tx: Transaction, policy: Policy, rules: MomentRules, moment: Moment, now: datetime) -> int:
    """Queue the next mails of one moment; answers how many."""
    room = rules.portion - len(tx.waiting_told())
    progress = tx.progress(moment.event.key, moment.key)
    told = looked = 0
    position, done = progress.position, progress.done
    while not done and room > told and looked < LOOKED_AT:
        page = tuple(_page(tx, rules, moment, position, now))
        # What was set aside lately comes up later, in the same order.
        done = len(page) < PAGE and moment.kind != "registrant-pickup-reminder"
        for place, registration in page:
            if told >= room:
                done = False
                break
            position = place
            looked += 1
            told += _tell(tx, policy, moment, registration, now)
        if len(page) < PAGE:
            break
    if position != progress.position or done != progress.done:
        tx.set_progress(moment.event.key, moment.key, Progress(position=position, told=progress.told + told, done=done))
    return told


def _page(
    tx: Transaction, rules: MomentRules, moment: Moment, position: str, now: datetime
) -> Iterator[tuple[str, Registration]]:
    """The next registrations, each with the position behind which the next one is."""
    if moment.kind == "registrant-pickup-reminder":
        before = set_aside_before(moment, rules, now)
        yield from tx.uncollected_after(moment.event.key, position, before, PAGE)
        return
    for registration in tx.registrations_after(moment.event.key, status_of(moment), position, PAGE):
        yield registration.id, registration


def was_absent(tx: Transaction, registration: Registration) -> bool:
    """Who was marked as not having come is not thanked for coming."""
    marks = tx.marks_of(registration.id)
    return bool(marks) and all(mark.status is AttendanceStatus.ABSENT for mark in marks)


def _tell(tx: Transaction, policy: Policy, moment: Moment, registration: Registration, now: datetime) -> int:
    address = registration.email or registration.requested_by
    if not address or not concerns(moment, registration):
        return 0
    # Where to pick something up is told once, and to those who want no reminders too: without it they cannot come.
    reminds = moment.kind != "registrant-pickup"
    if reminds and tx.wants_no_reminders(address):
        return 0
    identity = notice_id(moment.kind, registration, moment.key)
    if not tx.tell(registration.id, moment.key, identity, now):
        return 0
    thanks = moment.kind == "registrant-afterwards"
    remarks: tuple[Remark, ...] = ("absent",) if thanks and was_absent(tx, registration) else ()
    mails = notice(
        moment.kind,
        moment.event,
        _about(moment, registration),
        policy,
        now=now,
        cause=moment.key,
        remarks=remarks,
        stock_taken=None if reminds else tx.stock_taken(moment.event.key),
        unsubscribe=STOP if reminds else None,
    )
    return int(queue_notice(tx, mails, now))


def _about(moment: Moment, registration: Registration) -> Registration:
    """The registration as the mail speaks of it: to the person, unless it goes to whoever asked; its own sessions."""
    if registration.email:
        registration = replace(registration, requested_by=None)
    if not moment.sessions:
        return registration
    chosen = registration.sessions or tuple(session.key for session in moment.event.sessions)
    return replace(registration, sessions=tuple(key for key in chosen if key in moment.sessions))


# -- what is planned -----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    moment: Moment
    #: who may be concerned, and who was told already
    people: int
    told: int

    @property
    def left(self) -> int:
        return max(0, self.people - self.told)


def planned(
    tx: Transaction, policy: Policy, rules: MomentRules, now: datetime, within: timedelta = timedelta(days=30)
) -> tuple[Planned, ...]:
    """What is still to be told and is due by then, the next first; moments that concern nobody are left out."""
    found = []
    for moment in coming_moments(policy.events.values(), rules, now):
        if moment.due > now + within:
            break
        progress = tx.progress(moment.event.key, moment.key)
        if not progress.done and (people := _people(tx, moment)):
            found.append(Planned(moment=moment, people=people, told=progress.told))
    return tuple(found)


def _people(tx: Transaction, moment: Moment) -> int:
    """Counted, not gone through: an upper limit, since some have stopped reminders or heard of it since."""
    key = moment.event.key
    match moment.kind:
        case "registrant-pickup-reminder":
            return tx.count_uncollected(key)
        case "registrant-reminder" if moment.event.attend in {"any", "one"}:
            return min(
                sum(tx.seats_taken(moment.sessions).values()),
                tx.count_registrations(key, RegistrationStatus.CONFIRMED),
            )
        case "registrant-opens":
            return tx.count_registrations(key, RegistrationStatus.PENDING)
        case _:
            return tx.count_registrations(key, RegistrationStatus.CONFIRMED)
