"""The moments at which an event has something to tell those on file for it: read off its file, never written down.

Nothing is planned per person: a moment belongs to an event, and when it is due its registrations are gone through once,
in portions. So an edited date or reminder is right at once, a registration costs nothing more to write, and a tick looks
at the events' few moments however many people are registered.

Local times are meant in the event's own zone; ``due`` and ``over`` are in UTC, since Python compares two moments of one
zone by their wall times, which an hour of each autumn has twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from mailbot.core.events import Event, Session
from mailbot.core.pickups import takes_item, told_from
from mailbot.core.registrations import Registration, RegistrationStatus

MomentKind = Literal[
    "registrant-opens",
    "registrant-reminder",
    "registrant-afterwards",
    "registrant-pickup",
    "registrant-pickup-reminder",
]

KINDS: tuple[MomentKind, ...] = (
    "registrant-opens",
    "registrant-reminder",
    "registrant-afterwards",
    "registrant-pickup",
    "registrant-pickup-reminder",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentRules:
    """``[moments]`` of config.toml."""

    enabled: bool = True
    #: local hours between which mail goes out that nobody has just asked for
    earliest: time = time(8)
    latest: time = time(20)
    #: days before a session; an event's own ``reminders`` come first
    reminder_days: tuple[int, ...] = (7, 1)
    #: local time of day at which reminders are due
    reminder_at: time = time(9)
    #: thanks with replay and slides go out once there are any, up to so many days after the event
    afterwards_days: int = 14
    #: who has not fetched an item is reminded once, so many days after it was set aside or could first be fetched
    pickup_days: int = 14
    #: mails of moments that may wait in the outbox together: more go out in portions
    portion: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    event: Event
    kind: MomentKind
    #: unique within the event; names the day it is about, so that a session that is moved is reminded of anew
    key: str
    due: datetime
    #: dropped from then on, even for those who were not told yet
    over: datetime
    #: the sessions it is about, of those people chose
    sessions: tuple[str, ...] = ()


#: after the last session ends: it may run over
_AFTER_THE_END = timedelta(hours=1)

#: registration opened at a moment that the event file does not name
_SOMETIME = datetime(1970, 1, 1, tzinfo=UTC)


def moments_of(event: Event, rules: MomentRules) -> tuple[Moment, ...]:
    """All that this event tells by itself. A cancelled one tells nothing."""
    if event.cancelled is not None or not rules.enabled:
        return ()
    return (
        *_opens(event, rules),
        *_reminders(event, rules),
        *_afterwards(event, rules),
        *_pickup(event, rules),
        *_not_fetched(event, rules),
    )


def due_moments(events: Iterable[Event], rules: MomentRules, now: datetime) -> tuple[Moment, ...]:
    """Those to be told now, what must go out soonest first. None at night."""
    found = [
        moment
        for event in events
        if may_send(event, rules, now)
        for moment in moments_of(event, rules)
        if moment.due <= now < moment.over
    ]
    return tuple(sorted(found, key=lambda moment: (moment.over, moment.event.key, moment.key)))


def coming_moments(events: Iterable[Event], rules: MomentRules, now: datetime) -> tuple[Moment, ...]:
    """Those that are not over, the next first."""
    found = [moment for event in events for moment in moments_of(event, rules) if now < moment.over]
    return tuple(sorted(found, key=lambda moment: (moment.due, moment.event.key, moment.key)))


def may_send(event: Event, rules: MomentRules, now: datetime) -> bool:
    """Whether it is day where the event is."""
    return rules.earliest <= now.astimezone(ZoneInfo(event.timezone)).time() < rules.latest


def by_day(event: Event, rules: MomentRules, moment: datetime) -> datetime:
    """The moment itself, or the next morning's where it falls into the night. In UTC."""
    zone = ZoneInfo(event.timezone)
    local = moment.astimezone(zone)
    if rules.earliest <= local.time() < rules.latest:
        return moment.astimezone(UTC)
    day = local.date() if local.time() < rules.earliest else local.date() + timedelta(days=1)
    return _at(day, rules.earliest, zone)


def concerns(moment: Moment, registration: Registration) -> bool:
    """Whether this person is told: by status, sessions, and what he or she was told since."""
    match moment.kind:
        case "registrant-opens":
            return registration.status is RegistrationStatus.PENDING and registration.interest_only
        case "registrant-reminder":
            attends = not registration.sessions or not set(moment.sessions).isdisjoint(registration.sessions)
            # Whoever registered or changed something after the reminder was due has just read all of it.
            return (
                attends
                and registration.status is RegistrationStatus.CONFIRMED
                and registration.updated_at <= moment.due
            )
        case "registrant-pickup":
            # Also those who registered since: whether their confirmation could say it already is not known any more.
            return registration.status is RegistrationStatus.CONFIRMED and takes_item(moment.event, registration)
        case _:
            return registration.status is RegistrationStatus.CONFIRMED


def status_of(moment: Moment) -> RegistrationStatus:
    """The status of those whom ``concerns`` may let through."""
    return RegistrationStatus.PENDING if moment.kind == "registrant-opens" else RegistrationStatus.CONFIRMED


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """A wall time as UTC: in the hour that spring skips the moment after it, of the hour that autumn repeats the first."""
    return datetime.combine(day, clock, zone).astimezone(UTC)


def _opens(event: Event, rules: MomentRules) -> Iterator[Moment]:
    """For those whose interest was kept: until registration closes."""
    terms = event.registration
    if terms.by != "mail":
        return
    over = min(terms.closes or event.ends, event.ends, key=lambda moment: moment.astimezone(UTC)).astimezone(UTC)
    if terms.opens is None:
        yield Moment(event=event, kind="registrant-opens", key="opens", due=_SOMETIME, over=over)
        return
    due = by_day(event, rules, terms.opens)
    key = f"opens/{terms.opens.astimezone(ZoneInfo(event.timezone)).date().isoformat()}"
    yield Moment(event=event, kind="registrant-opens", key=key, due=due, over=over)


def _reminders(event: Event, rules: MomentRules) -> Iterator[Moment]:
    """Before each day of the event. A late one is dropped a day before the next is due, the last when it begins.

    With 7 days and 1 day: the first when less than two days are left.
    """
    if not event.times_known:
        return
    zone = ZoneInfo(event.timezone)
    leads = sorted(set(rules.reminder_days if event.reminders is None else event.reminders), reverse=True)
    for sessions in _together(event, zone):
        begins = min(session.starts.astimezone(UTC) for session in sessions)
        day = begins.astimezone(zone).date()
        dues = [_at(day - timedelta(days=lead), rules.reminder_at, zone) for lead in leads]
        for index, (lead, due) in enumerate(zip(leads, dues, strict=True)):
            over = begins
            if index + 1 < len(dues):
                following = dues[index + 1]
                over = max(following - timedelta(days=1), due + (following - due) / 2)
            if due < min(over, begins):
                yield Moment(
                    event=event,
                    kind="registrant-reminder",
                    key=f"reminder/{lead}/{day.isoformat()}",
                    due=by_day(event, rules, due),
                    over=min(over, begins),
                    sessions=tuple(session.key for session in sessions),
                )


def _together(event: Event, zone: ZoneInfo) -> list[list[Session]]:
    """Sessions of one day; of a course that is taken as a whole, those of days in a row: one reminder does for them."""
    reach = timedelta(days=1) if event.attend == "all" else timedelta(0)
    groups: list[list[Session]] = []
    last: date | None = None
    for session in sorted(event.sessions, key=lambda session: session.starts.astimezone(UTC)):
        day = session.starts.astimezone(zone).date()
        if last is not None and day - last <= reach:
            groups[-1].append(session)
        else:
            groups.append([session])
        last = max(day, session.ends.astimezone(zone).date()) if event.attend == "all" else day
    return groups


def _afterwards(event: Event, rules: MomentRules) -> Iterator[Moment]:
    """Once the event file says what there is; all of it in one mail."""
    after = event.afterwards
    if after is None or not any((after.replay, after.slides, after.minutes, after.photos, after.survey)):
        return
    ends = max(session.ends.astimezone(UTC) for session in event.sessions)
    yield Moment(
        event=event,
        kind="registrant-afterwards",
        key=afterwards_key(event),
        due=by_day(event, rules, ends + _AFTER_THE_END),
        over=ends + timedelta(days=rules.afterwards_days),
    )


def afterwards_key(event: Event) -> str:
    """The moment that thanks, whether or not there is anything to show."""
    ends = max(session.ends.astimezone(UTC) for session in event.sessions)
    return f"afterwards/{ends.astimezone(ZoneInfo(event.timezone)).date().isoformat()}"


#: instructions that are so late are not sent any more: the desk was away, or its database is new
_INSTRUCTIONS_END = timedelta(days=30)


def _pickup(event: Event, rules: MomentRules) -> Iterator[Moment]:
    """Where and how, where the event says it later than in the confirmation."""
    since = told_from(event)
    if since is None:
        return
    yield Moment(
        event=event,
        kind="registrant-pickup",
        key=f"instructions/{since.astimezone(ZoneInfo(event.timezone)).date().isoformat()}",
        due=by_day(event, rules, since),
        over=since + _INSTRUCTIONS_END,
    )


#: how long after everything people are still asked to come and fetch what is theirs
_PICKUP_ENDS = timedelta(days=60)


def _not_fetched(event: Event, rules: MomentRules) -> Iterator[Moment]:
    """For each person when ``pickup_days`` have passed since the item was set aside, and since it could be fetched."""
    days = _pickup_days(event, rules)
    if not days or event.pickup is None:
        return
    since = told_from(event)
    ends = max(session.ends.astimezone(UTC) for session in event.sessions)
    yield Moment(
        event=event,
        kind="registrant-pickup-reminder",
        key="pickup",
        due=by_day(event, rules, since + timedelta(days=days)) if since else _SOMETIME,
        over=max(ends, since or ends) + timedelta(days=days) + _PICKUP_ENDS,
    )


def _pickup_days(event: Event, rules: MomentRules) -> int:
    if event.pickup is None:
        return 0
    return rules.pickup_days if event.pickup.reminder_days is None else event.pickup.reminder_days


def set_aside_before(moment: Moment, rules: MomentRules, now: datetime) -> datetime:
    """What was set aside before then has waited long enough."""
    return now - timedelta(days=_pickup_days(moment.event, rules))
