"""What the database knows of a mail: the thread it answers before it is read, all other facts before it is decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from mailbot.core.acts.fields import missing_of
from mailbot.core.calendar_in import ANSWERS
from mailbot.core.case import fold_name
from mailbot.core.confirmations import Confirmation
from mailbot.core.decisions import Facts, ThreadFacts
from mailbot.core.event_facts import expected
from mailbot.core.events import Event
from mailbot.core.invitations import Invitation
from mailbot.core.message import IncomingMessage
from mailbot.core.places import capacity_of
from mailbot.core.policy import Policy
from mailbot.core.registrations import ACTIVE, Registration, RegistrationStatus
from mailbot.core.requests import Ambiguous, CalendarReply, Cancel, Change, Matched, Reading
from mailbot.core.tokens import token_in
from mailbot.service.ports import Transaction

#: header fields in which servers tell the address that a mail was really delivered to
_DELIVERED_TO = ("delivered-to", "x-original-to", "envelope-to", "x-delivered-to")


def thread_of(tx: Transaction, message: IncomingMessage, policy: Policy) -> ThreadFacts:
    """What this mail answers: by address token first, then by In-Reply-To and References (RFC 5322 §3.6.4)."""
    tokens = tokens_of(message, policy)
    if (invitation := _answered(tx, message)) is not None:
        # Calendars answer without In-Reply-To, and to the address in ORGANIZER: the UID leads back.
        registration = tx.registration(invitation.registration)
        if registration is not None:
            kind = "registrant-offered" if invitation.status == "tentative" else "registrant-confirmed"
            return ThreadFacts(registrations=(registration,), kind=kind, events=(registration.event,))
    # The nearest ancestor stands last in References.
    ids = [*message.in_reply_to, *reversed(message.references)]
    if not tokens and not ids:
        return ThreadFacts()
    return _still_asked(tx, message, policy, tx.thread(ids, tokens))


def _still_asked(tx: Transaction, message: IncomingMessage, policy: Policy, thread: ThreadFacts) -> ThreadFacts:
    """Who asked something in between, and then answers what we asked before, answers that."""
    if thread.kind != "registrant-answer" or message.reply_address is None:
        return thread
    for registration in tx.registrations_of([message.reply_address.email]):
        event = policy.events.get(registration.event)
        if registration.status is not RegistrationStatus.PENDING or event is None or event.key not in thread.events:
            continue
        missing = missing_of(event, registration)
        if missing is not None:
            kind = "registrant-which-session" if missing == "session" else "registrant-which-choice"
            return replace(thread, kind=kind, registrations=(registration,))
    return thread


def tokens_of(message: IncomingMessage, policy: Policy) -> tuple[str, ...]:
    """The deliveries of ours that the addresses of this mail name."""
    told = [address.email for address in (*message.to, *message.cc)]
    told += [value for name in _DELIVERED_TO for value in message.headers.get(name, ())]
    return tuple(token for address in told if (token := token_in(address, policy.desk)))


def _answered(tx: Transaction, message: IncomingMessage) -> Invitation | None:
    calendar = message.calendar
    return tx.invitation(calendar.uid) if calendar is not None and calendar.method in ANSWERS else None


def gather(
    tx: Transaction,
    message: IncomingMessage,
    reading: Reading,
    policy: Policy,
    *,
    now: datetime,
    thread: ThreadFacts,
    arrived: datetime | None = None,
    uid: int = 0,
) -> Facts:
    """Everything the decision may know."""
    if reading.machine is not None:
        return Facts(now=now, thread=thread, arrived=arrived, uid=uid)
    addresses: dict[str, None] = {}
    if message.reply_address is not None:
        addresses[message.reply_address.email] = None
    events: dict[str, None] = {}
    for request in reading.requests:
        people = request.details.people
        if isinstance(request, Change):
            people = (*people, *request.leaving, *request.coming)
            addresses |= {request.email: None} if request.email else {}
        addresses |= {person.email: None for person in people if person.email}
        match request.details.event:
            case Matched(event=key):
                events[key] = None
            case Ambiguous(events=keys):
                events |= dict.fromkeys(keys)
            case _:
                pass
    confirmation: Confirmation | None = None
    if thread.kind == "registrant-confirm":
        confirmation = next((c for token in tokens_of(message, policy) if (c := tx.confirmation(token))), None)
        # What is confirmed may concern another address than the one that says yes.
        told = [each.email for each in thread.registrations]
        told += [confirmation.act.get("email")] if confirmation is not None else []
        addresses |= {address: None for address in told if address}
    registrations = tx.registrations_of(addresses)
    # A mail that names no event is about the one it answers, or the one its sender is registered for.
    events |= dict.fromkeys(registration.event for registration in (*thread.registrations, *registrations))
    known = [policy.events[event] for event in events if event in policy.events]
    limited = [event for event in known if capacity_of(event)]
    offering = [event for event in known if event.pickup is not None]
    sender = message.reply_address
    namesakes = _namesakes(tx, message, reading, registrations, known)
    others = [r.id for r in (*thread.registrations, *registrations, *namesakes)] if _acts_on_file(reading) else []
    return Facts(
        now=now,
        registrations=registrations,
        invitations=tx.invitations([r.id for r in registrations]) if registrations else (),
        invitation=_answered(tx, message),
        namesakes=namesakes,
        confirmations=tx.confirmations_of(others),
        confirmation=confirmation,
        seats_taken=tx.seats_taken(key for event in limited for key in capacity_of(event)) if limited else {},
        waiting=tuple(registration for event in limited for registration in tx.waiting(event.key)),
        stock_taken={key: count for event in offering for key, count in tx.stock_taken(event.key).items()},
        reservations=tx.reservations_of(r.id for r in registrations) if offering else {},
        thread=thread,
        gone=_gone(tx, policy, thread, registrations, now),
        recent_replies=tx.recent_replies(sender.email, now - timedelta(hours=24)) if sender else {},
        arrived=arrived,
        uid=uid,
    )


def _gone(
    tx: Transaction, policy: Policy, thread: ThreadFacts, registrations: tuple[Registration, ...], now: datetime
) -> tuple[str, ...]:
    """Events without a file that this mail may mean: its names are not known, so that it may look like another's."""
    meant = thread.registrations if thread.events else registrations
    lost = [registration for registration in meant if registration.event not in policy.events]
    if not lost:
        return ()
    told = tx.told_events()
    return tuple(dict.fromkeys(r.event for r in lost if expected([r], told.get(r.event), now)))


def _acts_on_file(reading: Reading) -> bool:
    return any(isinstance(request, Cancel | Change | CalendarReply) for request in reading.requests)


def _namesakes(
    tx: Transaction,
    message: IncomingMessage,
    reading: Reading,
    registrations: tuple[Registration, ...],
    events: Sequence[Event],
) -> tuple[Registration, ...]:
    """Where the sender has nothing on file, those of his or her name: registered with another address, perhaps."""
    if not _acts_on_file(reading) or not events or any(r.status in ACTIVE for r in registrations):
        return ()
    names = {fold_name(p.name) for r in reading.requests for p in r.details.people if p.is_sender and p.name}
    if not names:
        return ()
    return tuple(
        r for event in events for r in tx.registrations(event=event.key) if r.name and fold_name(r.name) in names
    )
