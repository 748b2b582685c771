"""Who gets a place that came free, and until when it is kept: tables of situations."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mailbot.core.events import Choice, Event, Option, Organiser, RegistrationTerms, Session
from mailbot.core.language import Localized
from mailbot.core.places import capacity_of, full_options
from mailbot.core.registrations import ForbiddenMove, Registration, RegistrationStatus, begun, moved
from mailbot.core.waiting import deadline, promotions

BRUSSELS = ZoneInfo("Europe/Brussels")
STARTS = datetime(2027, 3, 20, 14, tzinfo=BRUSSELS)
NOW = datetime(2027, 3, 1, 12, tzinfo=BRUSSELS)
LAB = Choice(
    key="lab",
    title=Localized(en="Lab"),
    options=tuple(Option(key=key, title=Localized(en=key), capacity=1) for key in ("hot", "cold")),
)


def soup(**changes: Any) -> Event:
    base = Event(
        key="soup",
        title=Localized(en="Soup"),
        sessions=(Session(key="soup", starts=STARTS, ends=STARTS + timedelta(hours=2)),),
        capacity=2,
        registration=RegistrationTerms(by="mail"),
        organiser=Organiser(name=Localized(en="The kitchen")),
    )
    return replace(base, **changes)


def waits(name: str, minutes: int = 0, order: int = 0, **changes: Any) -> Registration:
    base = Registration(
        id=name,
        event="soup",
        person_key=name,
        status=RegistrationStatus.WAITLISTED,
        sessions=("soup",),
        requested_at=NOW + timedelta(minutes=minutes),
        arrival_order=order,
        updated_at=NOW,
    )
    return replace(base, **changes)


def promoted(event: Event, taken: dict[str, int], *waiting: Registration) -> list[str]:
    return [promotion.registration.id for promotion in promotions(event, waiting, taken, NOW)]


def test_the_only_session_may_have_the_key_of_the_event() -> None:
    assert capacity_of(soup()) == {"soup": 2}


def test_first_come_first_served_by_arrival_then_by_uid() -> None:
    line = (waits("late", 2), waits("third", 1, 3000), waits("second", 1, 2001), waits("first", 1, 2000))
    assert promoted(soup(), {"soup": 0}, *line) == ["first", "second"]
    assert promoted(soup(), {"soup": 1}, *line) == ["first"]
    assert promoted(soup(), {"soup": 2}, *line) == []
    assert promoted(soup(cancelled=Localized(en="no gas")), {}, *line) == []


def test_who_needs_what_is_full_is_passed_over_and_stays_first_for_it() -> None:
    event = soup(choices=(LAB,), capacity=9)
    line = (waits("a", 0, choices={"lab": "hot"}), waits("b", 1, choices={"lab": "cold"}))
    assert promoted(event, {"soup:lab=hot": 1}, *line) == ["b"]


def test_a_second_choice_is_taken_where_the_first_is_full() -> None:
    event = soup(choices=(LAB,), capacity=9)
    wish = waits("a", choices={"lab": "hot"}, second_choices={"lab": "cold"})
    (promotion,) = promotions(event, [wish], {"soup:lab=hot": 1}, NOW)
    assert promotion.registration.choices == {"lab": "cold"}
    assert full_options(event, "lab", {"soup:lab=hot": 1}) == {"hot"}


def test_an_event_may_give_places_without_asking() -> None:
    (promotion,) = promotions(soup(waiting_list="automatic"), [waits("a")], {}, NOW)
    assert (promotion.registration.status.value, promotion.registration.offered_until) == ("confirmed", None)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2027-03-01T12:00", "2027-03-03T12:00"),  # two days
        ("2027-03-01T23:30", "2027-03-04T09:00"),  # not at night: the next morning
        ("2027-03-01T03:00", "2027-03-03T09:00"),
        ("2027-03-19T10:00", "2027-03-19T17:00"),  # a quarter of what is left
        ("2027-03-19T18:00", "2027-03-20T09:00"),
        ("2027-03-20T12:30", "2027-03-20T13:30"),  # an hour at least
        ("2027-03-20T13:00", "2027-03-20T14:00"),
        ("2027-03-20T13:01", None),  # too late to ask anybody
        ("2027-03-21T10:00", None),
    ],
)
def test_an_offer_never_ends_at_night_and_is_shorter_before_the_event(now: str, until: str | None) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=BRUSSELS)
    found = deadline(soup(), waits("a"), moment)
    assert found == (datetime.fromisoformat(until).replace(tzinfo=BRUSSELS) if until else None)


def test_a_registration_moves_only_as_the_table_says() -> None:
    offered = moved(waits("a"), RegistrationStatus.OFFERED, NOW, offered_until=STARTS)
    assert moved(offered, RegistrationStatus.CONFIRMED, NOW).offered_until is None
    with pytest.raises(ForbiddenMove):
        moved(offered, RegistrationStatus.PENDING, NOW)
    with pytest.raises(ForbiddenMove):
        begun(waits("a"), RegistrationStatus.OFFERED, NOW)
