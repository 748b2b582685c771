"""An event's file was edited: what changed is noticed, shown, and told to people once a coordinator says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailbot.core.changes_text import ChangeLine, ChangesContext, render_changes
from mailbot.core.compose import compose
from mailbot.core.decisions import Enqueue, PutInvitation
from mailbot.core.event_facts import (
    GONE,
    EventChange,
    EventFacts,
    as_told,
    concerned,
    expected,
    facts_of,
    left_alone,
    likely_renamed,
    place_told,
    told_of,
)
from mailbot.core.events import Event
from mailbot.core.ids import derived_id
from mailbot.core.language import Language
from mailbot.core.message import Address
from mailbot.core.moments import afterwards_key
from mailbot.core.notice import notice
from mailbot.core.policy import Policy
from mailbot.core.registrations import Registration
from mailbot.service.moments import STOP, was_absent
from mailbot.service.places import queue_notice
from mailbot.service.ports import Transaction
from mailbot.service.stored import StoredEventChange

#: who edits a file saves it more than once: coordinators are told when it has been left alone for so long
SETTLED = timedelta(minutes=5)


_THANKS = "registrant-afterwards"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A change that nobody has been told of yet."""

    change: StoredEventChange
    event: Event
    concerned: tuple[tuple[Registration, EventChange], ...]

    @property
    def what(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(what for _, change in self.concerned for what in change.what))

    @property
    def languages(self) -> Mapping[Language, int]:
        counts: dict[Language, int] = {}
        for registration, _ in self.concerned:
            counts[registration.language] = counts.get(registration.language, 0) + 1
        return counts


def look_for_changes(tx: Transaction, policy: Policy, now: datetime) -> int:
    """Compare every event with what was told of it; answers how many changes are new.

    What concerns nobody is taken as told. A file that was put back takes its change along.
    """
    told, waiting = tx.told_events(), {change.event: change for change in tx.event_changes()}
    new = 0
    for event in policy.events.values():
        after, known, open_one = facts_of(event), told.get(event.key), waiting.get(event.key)
        before = told_of(known) if known is not None else None
        if before is None or before == after:
            if open_one is not None:
                tx.close_event_change(open_one.id, "withdrawn", None, now)
            if known != after:
                tx.set_told_event(event.key, after, now)
            continue
        if open_one is not None and open_one.after == after and _people(tx, event, before, after, now):
            continue
        if open_one is not None:
            tx.close_event_change(open_one.id, "replaced", None, now)
        if not _people(tx, event, before, after, now):
            tx.set_told_event(event.key, after, now)
            continue
        announced = open_one.announced_at if open_one is not None else None
        tx.open_event_change(event.key, before, after, now, announced)
        new += 1
    return new + _look_for_gone(tx, policy, told, waiting, now)


def _look_for_gone(
    tx: Transaction,
    policy: Policy,
    told: Mapping[str, EventFacts],
    waiting: Mapping[str, StoredEventChange],
    now: datetime,
) -> int:
    """Events whose file is not there any more though people are to come: cancelled, or renamed by mistake?"""
    new = 0
    for key in sorted(told.keys() - policy.events.keys()):
        open_one = waiting.get(key)
        concerns = bool(expected(tx.registrations(event=key), told[key], now))
        if concerns and open_one is not None and open_one.after == GONE:
            continue
        if open_one is not None:
            tx.close_event_change(open_one.id, "replaced" if concerns else "withdrawn", None, now)
        if concerns:
            tx.open_event_change(key, told[key], GONE, now)
            new += 1
    return new


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """An event that people are to come to, and whose file is not there any more."""

    key: str
    #: what people were told of it
    before: EventFacts
    people: int
    #: events that may be this one under another key
    renamed: tuple[str, ...]
    #: None: the daemon has not noticed it yet
    change: StoredEventChange | None = None


def gone_events(tx: Transaction, policy: Policy, now: datetime) -> tuple[Gone, ...]:
    waiting = {change.event: change for change in tx.event_changes()}
    return tuple(
        Gone(
            key=key,
            before=told,
            people=people,
            renamed=likely_renamed(told, policy.events.values()),
            change=waiting.get(key),
        )
        for key, told in sorted(tx.told_events().items())
        if key not in policy.events and (people := len(expected(tx.registrations(event=key), told, now)))
    )


def leave_alone(tx: Transaction, gone: Gone, *, by: str, now: datetime) -> None:
    """Nobody is told, and it is not asked about again. A file that comes back is held against what people were told."""
    if gone.change is not None:
        tx.close_event_change(gone.change.id, "dismissed", by, now)
    tx.set_told_event(gone.key, left_alone(gone.before), now)


def _people(
    tx: Transaction, event: Event, before: EventFacts, after: EventFacts, now: datetime
) -> tuple[tuple[Registration, EventChange], ...]:
    """Who was thanked after the event hears of what came later, unless they want no such mails."""
    thanked = tx.told_of(afterwards_key(event), event.key)
    found = concerned(tuple(tx.registrations(event=event.key)), before, after, now, thanked)
    return tuple(each for each in found if each[1].kind != _THANKS or _reads_thanks(tx, *each))


def _reads_thanks(tx: Transaction, registration: Registration, change: EventChange) -> bool:
    """Not who wants no such mails; and who was absent is asked no opinion."""
    if tx.wants_no_reminders(registration.email or registration.requested_by or ""):
        return False
    return change.what != ("survey",) or not was_absent(tx, registration)


def waiting_changes(tx: Transaction, policy: Policy, now: datetime) -> tuple[Waiting, ...]:
    """What waits for a coordinator, with everybody whom it concerns now."""
    return tuple(_waiting(tx, policy, change, now) for change in tx.event_changes() if change.event in policy.events)


def _waiting(tx: Transaction, policy: Policy, change: StoredEventChange, now: datetime) -> Waiting:
    event = policy.events[change.event]
    return Waiting(change=change, event=event, concerned=_people(tx, event, change.before, change.after, now))


def mail_of(
    tx: Transaction, waiting: Waiting, registration: Registration, change: EventChange, policy: Policy, now: datetime
) -> tuple[Enqueue | PutInvitation, ...]:
    """What this person would get."""
    before = waiting.change.before
    return notice(
        change.kind,
        waiting.event,
        registration,
        policy,
        now=now,
        cause=f"event-change {waiting.change.id}",
        on_file=tx.invitations([registration.id]),
        by_organiser=True,
        changed=change.what,
        before=as_told(waiting.event, before),
        place_before=place_told(before, registration.sessions),
        remarks=("absent",) if change.kind == _THANKS and was_absent(tx, registration) else (),
        unsubscribe=STOP if change.kind == _THANKS else None,
    )


def approve(tx: Transaction, waiting: Waiting, policy: Policy, *, by: str, now: datetime) -> int:
    """Tell everybody; answers how many mails were queued."""
    mails = 0
    for registration, change in waiting.concerned:
        mails += queue_notice(tx, mail_of(tx, waiting, registration, change, policy, now), now)
    tx.close_event_change(waiting.change.id, "approved", by, now, mails)
    tx.set_told_event(waiting.event.key, waiting.change.after, now)
    return mails


def dismiss(tx: Transaction, waiting: Waiting, *, by: str, now: datetime) -> None:
    """Nobody is told: it was a slip, or people know already. Their next mail brings their calendar up to date."""
    tx.close_event_change(waiting.change.id, "dismissed", by, now)
    tx.set_told_event(waiting.event.key, waiting.change.after, now)


def tend_changes(tx: Transaction, policy: Policy, now: datetime) -> int:
    """One tick: look, and tell coordinators of what has settled, once a change."""
    new = look_for_changes(tx, policy, now)
    # First what is to be told, then whom it concerns: that reads every registration of the event.
    untold = [
        change for change in tx.event_changes() if change.announced_at is None and now - change.noticed_at >= SETTLED
    ]
    ready = [_waiting(tx, policy, change, now) for change in untold if change.event in policy.events]
    missing = {change.event: change for change in untold if change.event not in policy.events}
    found = gone_events(tx, policy, now) if missing else ()
    gone = [(each, missing[each.key]) for each in found if each.key in missing]
    if (ready or gone) and policy.desk.coordinators:
        lines = (*(_change_line(each) for each in ready), *(_gone_line(each) for each, _ in gone))
        _announce(tx, policy, lines, [each.change for each in ready] + [change for _, change in gone], now)
    return new


def _change_line(waiting: Waiting) -> ChangeLine:
    return ChangeLine(
        key=waiting.event.key,
        event=waiting.event,
        before=as_told(waiting.event, waiting.change.before),
        what=waiting.what,
        mails=len(waiting.concerned),
    )


def _gone_line(gone: Gone) -> ChangeLine:
    return ChangeLine(key=gone.key, what=("gone",), mails=gone.people, renamed=gone.renamed)


def _announce(
    tx: Transaction, policy: Policy, lines: tuple[ChangeLine, ...], changes: list[StoredEventChange], now: datetime
) -> None:
    language = policy.desk.coordinator_language
    rendered = render_changes(ChangesContext(language=language, changes=lines), policy)
    for address in policy.desk.coordinators:
        message = compose(
            rendered,
            id=derived_id("event-changes", address, *(str(change.id) for change in changes)),
            kind="coordinator-event-changes",
            language=language,
            desk=policy.desk,
            to=Address(name="", email=address),
            in_reply_to=None,
            now=now,
            events=tuple(change.event for change in changes),
            auto_submitted="auto-generated",
        )
        tx.enqueue(message, now)
    for change in changes:
        tx.set_event_change_announced(change.id, now)
