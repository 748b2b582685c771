"""The organisers' daily digest: what changed since the last one, once for each day, whatever the clock does.

Due days live in SQL under a UNIQUE key. A day that was missed is caught up once: the next tick claims the latest due
day, and the digest holds everything since the last one that was made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mailbot.core.compose import FileAttachment, compose
from mailbot.core.deliveries import OutgoingMessage
from mailbot.core.digest_text import DigestContext, DigestGroup, listed_registrations, render_digest
from mailbot.core.events import Event
from mailbot.core.ids import derived_id
from mailbot.core.language import Language
from mailbot.core.message import Address
from mailbot.core.policy import Policy
from mailbot.core.registrations import Registration
from mailbot.service.ports import Tables, Transaction
from mailbot.service.stored import RegistrationChange


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestTimes:
    """When digests are due."""

    at: time = time(7, 30)
    timezone: str = "Europe/Brussels"
    send_empty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipients:
    """One digest: the addresses that get it, and the events it is about."""

    addresses: tuple[str, ...]
    language: Language
    events: tuple[Event, ...]

    @property
    def job(self) -> str:
        return "digest:" + ",".join(sorted(address.casefold() for address in self.addresses))


def recipients_of(policy: Policy) -> tuple[Recipients, ...]:
    """Organisers with the same addresses and language get one digest for all their events."""
    groups: dict[tuple[tuple[str, ...], Language], list[Event]] = {}
    for event in policy.events.values():
        if event.organiser.digest:
            groups.setdefault((event.organiser.digest, event.organiser.language), []).append(event)
    return tuple(
        Recipients(addresses=addresses, language=language, events=tuple(sorted(events, key=lambda event: event.starts)))
        for (addresses, language), events in groups.items()
    )


def due_day(now: datetime, times: DigestTimes) -> date:
    """The latest local day whose digest moment has passed."""
    local = now.astimezone(ZoneInfo(times.timezone))
    return local.date() if local.time() >= times.at else local.date() - timedelta(days=1)


def queue_due(
    tx: Transaction, policy: Policy, recipients: Recipients, tables: Tables, times: DigestTimes, *, now: datetime
) -> int:
    """Queue one digest if it is due and was not made; answers how many mails were queued."""
    day = due_day(now, times)
    first = tx.last_moment(recipients.job) is None
    if not tx.claim_moment(recipients.job, day.isoformat(), now):
        return 0
    changes = _changes(tx, recipients)
    if not changes and (first or not times.send_empty):
        return 0
    queued = [tx.enqueue(message, now) for message in _messages(tx, policy, recipients, changes, day, now, tables)]
    if changes:
        tx.set_cursor(recipients.job, changes[-1].id)
    return sum(queued)


def preview(
    tx: Transaction, policy: Policy, *, now: datetime, tables: Tables | None = None
) -> tuple[OutgoingMessage, ...]:
    """The digests as they would go out now, empty ones left out; nothing is queued."""
    day = now.date()
    made: list[OutgoingMessage] = []
    for recipients in recipients_of(policy):
        changes = _changes(tx, recipients)
        if changes:
            made.extend(_messages(tx, policy, recipients, changes, day, now, tables))
    return tuple(made)


def _changes(tx: Transaction, recipients: Recipients) -> tuple[RegistrationChange, ...]:
    keys = [event.key for event in recipients.events]
    found: list[RegistrationChange] = []
    since = tx.cursor(recipients.job)
    while part := tx.changes_since(since, keys):
        found.extend(part)
        since = part[-1].id
    return tuple(found)


def net_changes(changes: Iterable[RegistrationChange]) -> Mapping[str, tuple[str, Registration]]:
    """One line a person: registered and cancelled again in between is told as it ended.

    Somebody who came and went between two digests is not in either.
    """
    first: dict[str, str] = {}
    last: dict[str, RegistrationChange] = {}
    for change in changes:
        first.setdefault(change.registration.id, change.change)
        last[change.registration.id] = change
    arrivals = {"registered", "waitlisted", "requested", "interest", "asked"}
    result: dict[str, tuple[str, Registration]] = {}
    for key, change in last.items():
        arrived = first[key] in arrivals
        if arrived and change.change == "cancelled":
            continue
        told = change.change
        if arrived and told == "changed":
            told = first[key] if first[key] != "asked" else "registered"
        result[key] = (told, change.registration)
    return result


def _messages(
    tx: Transaction,
    policy: Policy,
    recipients: Recipients,
    changes: tuple[RegistrationChange, ...],
    day: date,
    now: datetime,
    tables: Tables | None,
) -> list[OutgoingMessage]:
    net = net_changes(changes)
    groups = []
    for event in recipients.events:
        everybody = tuple(tx.registrations(event=event.key))
        told = tuple((change, r) for change, r in net.values() if r.event == event.key)
        if told or everybody:
            attended = tx.attended_counts([event.key])[event.key]
            items = {item.registration: item for item in tx.reservations(event=event.key)} if event.pickup else {}
            groups.append(
                DigestGroup(event=event, changes=told, registrations=everybody, attended=attended, items=items)
            )
    context = DigestContext(language=recipients.language, day=day, groups=tuple(groups), now=now)
    rendered = render_digest(context, policy)
    header, rows = listed_registrations(groups, policy.templates, recipients.language)
    attachments: tuple[FileAttachment, ...] = ()
    if tables is not None and rows:
        stem = f"mailbot-{day.isoformat()}"
        attachments = (
            FileAttachment(
                name=f"{stem}.csv", content_type="text/csv; charset=utf-8", content=tables.csv(header, rows)
            ),
            FileAttachment(
                name=f"{stem}.xlsx",
                content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                content=tables.xlsx(day.isoformat(), header, rows),
            ),
        )
    return [
        compose(
            rendered,
            id=derived_id("digest", recipients.job, day.isoformat(), str(changes[-1].id if changes else 0), address),
            kind="organiser-digest",
            language=recipients.language,
            desk=policy.desk,
            to=Address(name="", email=address),
            in_reply_to=None,
            now=now,
            registrations=(),
            events=tuple(event.key for event in recipients.events),
            auto_submitted="auto-generated",
            attachments=attachments,
        )
        for address in recipients.addresses
    ]
