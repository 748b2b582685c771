"""When an event tells what: days before by the wall clock, never at night, late ones dropped by the stated rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.events import Afterwards, Event, Organiser, Pickup, PickupPoint, Place, RegistrationTerms, Session
from mailbot.core.language import Localized
from mailbot.core.moments import (
    Moment,
    MomentRules,
    by_day,
    coming_moments,
    concerns,
    due_moments,
    may_send,
    moments_of,
)
from mailbot.core.registrations import Registration, RegistrationStatus

BRUSSELS = ZoneInfo("Europe/Brussels")
RULES = MomentRules()


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BRUSSELS)


def event(*starts: str, **changes: Any) -> Event:
    days = starts or ("2027-04-20T13:00",)
    key = "compost"
    sessions = tuple(
        Session(
            key=key if len(days) == 1 else f"{key}/{number}", starts=local(each), ends=local(each) + timedelta(hours=2)
        )
        for number, each in enumerate(days)
    )
    base = Event(
        key=key,
        title=Localized(fr="Compost"),
        sessions=sessions,
        attend="single" if len(days) == 1 else "any",
        place=Place(street="Rue 1", city="Bruxelles"),
        registration=RegistrationTerms(by="mail", opens=local("2027-01-04T00:00"), closes=sessions[-1].starts),
        organiser=Organiser(name=Localized(fr="Le jardin")),
    )
    return replace(base, **changes)


def wall(moment: datetime) -> str:
    return moment.astimezone(BRUSSELS).strftime("%Y-%m-%d %H:%M")


def reminders(of: Event, rules: MomentRules = RULES) -> list[Moment]:
    return [moment for moment in moments_of(of, rules) if moment.kind == "registrant-reminder"]


@pytest.mark.parametrize(
    ("starts", "days", "due"),
    [
        ("2027-04-20T13:00", (7, 1), ["2027-04-13 09:00", "2027-04-19 09:00"]),
        ("2027-04-20T08:30", (1,), ["2027-04-19 09:00"]),
        # Summer time begins on 28 March 2027, and ends on 31 October: nine o'clock is nine o'clock.
        ("2027-03-29T10:00", (7, 1), ["2027-03-22 09:00", "2027-03-28 09:00"]),
        ("2027-11-01T10:00", (7, 1), ["2027-10-25 09:00", "2027-10-31 09:00"]),
        ("2027-04-20T13:00", (1, 7, 7), ["2027-04-13 09:00", "2027-04-19 09:00"]),
        ("2027-04-20T13:00", (), []),
        # On the day itself, for what begins before the hour at which reminders are due, there is none.
        ("2027-04-20T13:00", (0,), ["2027-04-20 09:00"]),
        ("2027-04-20T08:00", (0,), []),
    ],
)
def test_reminders_are_due_days_before_at_the_same_hour(starts: str, days: tuple[int, ...], due: list[str]) -> None:
    assert [wall(m.due) for m in reminders(event(starts), replace(RULES, reminder_days=days))] == due


def test_across_a_clock_change_the_span_is_an_hour_shorter_or_longer() -> None:
    for starts, hours in (
        ("2027-03-29T09:00", 24 * 7 - 1),
        ("2027-11-01T09:00", 24 * 7 + 1),
        ("2027-06-10T09:00", 168),
    ):
        (moment,) = reminders(event(starts), replace(RULES, reminder_days=(7,)))
        assert (local(starts).astimezone(UTC) - moment.due) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("days", "over"),
    [
        # The first when less than two days are left, the second when it begins.
        ((7, 1), ["2027-04-18 09:00", "2027-04-20 13:00"]),
        ((14, 7, 1), ["2027-04-12 09:00", "2027-04-18 09:00", "2027-04-20 13:00"]),
        ((7,), ["2027-04-20 13:00"]),
        # Those that are a day apart get half of it each.
        ((2, 1), ["2027-04-18 21:00", "2027-04-20 13:00"]),
    ],
)
def test_a_late_reminder_is_dropped(days: tuple[int, ...], over: list[str]) -> None:
    assert [wall(m.over) for m in reminders(event(), replace(RULES, reminder_days=days))] == over


@pytest.mark.parametrize(
    ("attend", "starts", "groups"),
    [
        ("any", ["2027-04-20T09:00", "2027-04-20T14:00", "2027-04-21T09:00"], [["0", "1"], ["2"]]),
        ("all", ["2027-04-20T09:00", "2027-04-21T09:00", "2027-04-28T09:00"], [["0", "1"], ["2"]]),
        ("one", ["2027-04-20T09:00", "2027-04-21T09:00"], [["0"], ["1"]]),
    ],
)
def test_one_reminder_for_sessions_that_belong_together(
    attend: Any, starts: list[str], groups: list[list[str]]
) -> None:
    found = reminders(event(*starts, attend=attend), replace(RULES, reminder_days=(1,)))
    assert [[key.partition("/")[2] for key in moment.sessions] for moment in found] == groups
    assert len({moment.key for moment in found}) == len(found)


def test_an_events_own_days_come_first_and_a_moved_session_is_another_moment() -> None:
    assert reminders(event(reminders=())) == []
    (own,) = reminders(event(reminders=(3,)))
    assert (wall(own.due), own.key) == ("2027-04-17 09:00", "reminder/3/2027-04-20")
    (moved,) = reminders(event("2027-05-20T13:00", reminders=(3,)))
    assert moved.key != own.key


@pytest.mark.parametrize(
    "changes",
    [
        {"cancelled": Localized(fr="Malade.")},
        {"times_known": False, "registration": RegistrationTerms(by="none")},
        {"reminders": (), "registration": RegistrationTerms(by="elsewhere", url="https://x.example")},
    ],
)
def test_nothing_is_told_of_what_is_off_unknown_or_elsewhere(changes: dict[str, Any]) -> None:
    assert moments_of(event(**changes), RULES) == ()


def test_moments_can_be_switched_off() -> None:
    assert moments_of(event(), replace(RULES, enabled=False)) == ()


@pytest.mark.parametrize(
    ("moment", "morning"),
    [
        ("2027-04-20T07:59", "2027-04-20 08:00"),
        ("2027-04-20T08:00", "2027-04-20 08:00"),
        ("2027-04-20T19:59", "2027-04-20 19:59"),
        ("2027-04-20T20:00", "2027-04-21 08:00"),
        ("2027-12-31T23:00", "2028-01-01 08:00"),
        # through both nights in which the clock is changed
        ("2027-03-27T22:00", "2027-03-28 08:00"),
        ("2027-03-28T01:30", "2027-03-28 08:00"),
        ("2027-10-30T22:00", "2027-10-31 08:00"),
        ("2027-10-31T02:30", "2027-10-31 08:00"),
    ],
)
def test_the_night_ends_in_the_morning(moment: str, morning: str) -> None:
    found = by_day(event(), RULES, local(moment))
    assert wall(found) == morning
    assert may_send(event(), RULES, found)


def test_the_night_is_the_events_own() -> None:
    tokyo = event(timezone="Asia/Tokyo")
    noon = local("2027-04-19T13:00")  # eight in the evening there
    assert may_send(event(), RULES, noon)
    assert not may_send(tokyo, RULES, noon)


def test_registration_that_opens_at_midnight_is_told_in_the_morning_and_until_it_closes() -> None:
    (opens,) = [m for m in moments_of(event(), RULES) if m.kind == "registrant-opens"]
    assert (wall(opens.due), wall(opens.over), opens.key) == (
        "2027-01-04 08:00",
        "2027-04-20 13:00",
        "opens/2027-01-04",
    )
    early = event(registration=RegistrationTerms(by="mail", closes=local("2027-02-01T12:00")))
    (opens,) = [m for m in moments_of(early, RULES) if m.kind == "registrant-opens"]
    assert opens.due < local("2027-01-01T00:00")
    assert wall(opens.over) == "2027-02-01 12:00"


def test_thanks_go_out_once_there_is_something_to_look_at() -> None:
    assert not any(m.kind == "registrant-afterwards" for m in moments_of(event(), RULES))
    assert not any(
        m.kind == "registrant-afterwards"
        for m in moments_of(event(afterwards=Afterwards(note=Localized(fr="Merci !"))), RULES)
    )
    over = event("2027-04-20T19:30", afterwards=Afterwards(replay="https://x.example/r"))
    (thanks,) = [m for m in moments_of(over, RULES) if m.kind == "registrant-afterwards"]
    assert (wall(thanks.due), wall(thanks.over)) == ("2027-04-21 08:00", "2027-05-04 21:30")


def test_items_not_fetched_are_asked_for_after_they_could_be() -> None:
    place = Place(street="Rue 1", city="Bruxelles")
    pickup = Pickup(item=Localized(fr="un seau"), points=(PickupPoint(key="a", place=place),))

    def due(**changes: Any) -> list[str]:
        found = moments_of(event(pickup=replace(pickup, **changes)), RULES)
        return [wall(m.due) for m in found if m.kind == "registrant-pickup-reminder"]

    assert due(when="after-event") == ["2027-05-05 09:00"]
    assert due(when=date(2027, 4, 1), reminder_days=3) == ["2027-04-04 09:00"]
    assert due(reminder_days=0) == []
    assert due() < ["1971"]


def registration(**fields: Any) -> Registration:
    given: dict[str, Any] = {
        "id": "r",
        "event": "compost",
        "person_key": "a@b.example",
        "status": RegistrationStatus.CONFIRMED,
        "requested_at": local("2027-01-05T10:00"),
        "updated_at": local("2027-01-05T10:00"),
    }
    return Registration(**{**given, **fields})


@pytest.mark.parametrize(
    ("kind", "fields", "told"),
    [
        ("registrant-reminder", {}, True),
        ("registrant-reminder", {"sessions": ("compost/0",)}, True),
        ("registrant-reminder", {"sessions": ("compost/1",)}, False),
        ("registrant-reminder", {"sessions": ("compost/1", "compost/0")}, True),
        *[
            ("registrant-reminder", {"status": status}, False)
            for status in RegistrationStatus
            if status is not RegistrationStatus.CONFIRMED
        ],
        # Registered, or changed, after the reminder was due: it stands in the confirmation.
        ("registrant-reminder", {"updated_at": local("2027-04-13T09:01")}, False),
        ("registrant-opens", {}, False),
        ("registrant-opens", {"status": RegistrationStatus.PENDING, "interest_only": True}, True),
        ("registrant-opens", {"status": RegistrationStatus.PENDING}, False),
        ("registrant-opens", {"status": RegistrationStatus.CANCELLED, "interest_only": True}, False),
        ("registrant-afterwards", {"updated_at": local("2027-04-20T18:00")}, True),
        ("registrant-afterwards", {"status": RegistrationStatus.WAITLISTED}, False),
    ],
)
def test_who_is_concerned(kind: str, fields: dict[str, Any], told: bool) -> None:
    two = event("2027-04-20T13:00", "2027-05-20T13:00", afterwards=Afterwards(replay="https://x.example/r"))
    moment = next(m for m in moments_of(two, RULES) if m.kind == kind)
    assert concerns(moment, registration(**fields)) is told


@given(
    starts=st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)),  # noqa: DTZ001
    days=st.lists(st.integers(0, 30), max_size=4).map(tuple),
    at=st.times(time(8), time(19, 59)),
    minutes=st.integers(0, 60 * 24 * 35),
)
def test_whatever_the_dates_nothing_is_due_at_night_or_too_late(
    starts: datetime, days: tuple[int, ...], at: time, minutes: int
) -> None:
    rules = replace(RULES, reminder_days=days, reminder_at=at)
    one = event(starts.isoformat(timespec="minutes"))
    begins = one.sessions[0].starts.astimezone(UTC)
    found = reminders(one, rules)
    for earlier, later in pairwise(found):
        assert earlier.due < earlier.over <= later.due
    for moment in found:
        assert may_send(one, rules, moment.due)
        assert moment.over <= begins
        clock = moment.due.astimezone(BRUSSELS).time()
        assert clock == at.replace(fold=0)
    now = begins - timedelta(minutes=minutes)
    due = [m for m in due_moments([one], rules, now) if m.kind == "registrant-reminder"]
    assert len(due) <= 1
    assert due == [] or may_send(one, rules, now)


def test_what_comes_next_is_listed_first_and_what_must_go_out_soonest_is_sent_first() -> None:
    one, other = event(), event("2027-04-15T13:00", key="bees")
    now = local("2027-04-14T10:00")
    assert [m.event.key for m in due_moments([one, other], RULES, now) if m.kind == "registrant-reminder"] == [
        "bees",
        "compost",
    ]
    coming = coming_moments([one, other], RULES, now)
    assert list(coming) == sorted(coming, key=lambda m: m.due)
