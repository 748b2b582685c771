"""What each request leads to: a table of situations and outcomes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailbot.core.acts import Act, plan
from mailbot.core.case import Case, event_state, is_member
from mailbot.core.decisions import Facts
from mailbot.core.events import Choice, Event, Members, Option, Organiser, RegistrationTerms, Session
from mailbot.core.language import Localized
from mailbot.core.message import Address, CalendarPart, IncomingMessage
from mailbot.core.places import capacity_of
from mailbot.core.policy import Desk, Policy
from mailbot.core.registrations import Registration, RegistrationStatus, person_key
from mailbot.core.requests import (
    Ambiguous,
    CalendarReply,
    Cancel,
    Change,
    Details,
    Matched,
    Person,
    Reading,
    Register,
    Request,
    Unmatched,
)

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
ANNA = Person(name="Anna Peeters", email="anna@town.example", is_sender=True)
BEN = Person(name="Ben Claes", email="ben@town.example")
CAREL = Person(name="Carel Maes")


def session(key: str, days: int, capacity: int | None = None) -> Session:
    starts = NOW + timedelta(days=days)
    return Session(key=key, starts=starts, ends=starts + timedelta(hours=2), capacity=capacity)


def event(**changes: Any) -> Event:
    base = Event(
        key="soup",
        title=Localized(en="Soup for beginners"),
        sessions=(session("soup/1", 10),),
        registration=RegistrationTerms(by="mail"),
        organiser=Organiser(name=Localized(en="The kitchen")),
    )
    return replace(base, **changes)


COURSE = {"attend": "any", "sessions": (session("soup/1", -5), session("soup/2", 5), session("soup/3", 15))}
LAB = Choice(
    key="lab",
    title=Localized(en="Lab"),
    required=True,
    options=(Option(key="hot", title=Localized(en="Hot"), capacity=1), Option(key="cold", title=Localized(en="Cold"))),
)


def on_file(person: Person = ANNA, *, sender: str = "anna@town.example", **changes: Any) -> Registration:
    base = Registration(
        id=f"r-{person.name}",
        event="soup",
        person_key=person_key(email=person.email, name=person.name, requested_by=sender),
        status=RegistrationStatus.CONFIRMED,
        name=person.name,
        email=person.email,
        sessions=("soup/1",),
        requested_by=None if person.email == sender else sender,
        requested_at=NOW - timedelta(days=1),
        updated_at=NOW - timedelta(days=1),
    )
    return replace(base, **changes)


def act(
    request: Request,
    the_event: Event,
    *registrations: Registration,
    seats: dict[str, int] | None = None,
    sender: str = "anna@town.example",
    calendar: CalendarPart | None = None,
    assume: bool = False,
) -> Act:
    message = IncomingMessage(content_hash="x", sender=Address(name="", email=sender), calendar=calendar)
    none: Any = None
    policy = Policy(
        desk=Desk(name=Localized(en="Desk"), addresses=("desk@town.example",), signature=Localized(en="Desk")),
        events={the_event.key: the_event},
        lexicons={},
        mail_words=none,
        chain=(),
        templates=none,
        **{
            name: none
            for name in ("match_words", "index", "opinion_model", "standing_model")
            if name in Policy.__dataclass_fields__
        },
    )
    facts = Facts(now=NOW, registrations=registrations, seats_taken=seats or {}, assume_registered=assume)
    reading = Reading(language="en", requests=(request,))
    return plan(Case(message=message, reading=reading, facts=facts, policy=policy), request, {})


def details(*people: Person, **more: Any) -> Details:
    return Details(event=Matched(event="soup"), people=people, **more)


def register(*people: Person, **more: Any) -> Register:
    return Register(details=details(*people, **more))


@pytest.mark.parametrize(
    ("changes", "reply"),
    [
        ({}, "registrant-confirmed"),
        ({"cancelled": Localized(en="no gas")}, "registrant-event-cancelled"),
        ({"sessions": (session("soup/1", -3),)}, "registrant-past"),
        ({"registration": RegistrationTerms(by="elsewhere", url="https://x.example")}, "registrant-elsewhere"),
        ({"registration": RegistrationTerms(by="none")}, "registrant-not-needed"),
        ({"registration": RegistrationTerms(by="mail", opens=NOW + timedelta(days=1))}, "registrant-not-open"),
        ({"registration": RegistrationTerms(by="mail", closes=NOW - timedelta(days=1))}, "registrant-closed"),
        ({"registration": RegistrationTerms(by="mail", approval=True)}, "registrant-pending"),
        (
            {"registration": RegistrationTerms(by="mail", members=Members(domains=("other.example",)))},
            "registrant-members-only",
        ),
        ({"capacity": 1}, "registrant-waitlisted"),
        ({"capacity": 1, "waiting_list": "none"}, "registrant-full"),
        (COURSE, "registrant-which-session"),
        ({"choices": (LAB,)}, "registrant-which-choice"),
    ],
)
def test_registering_meets_the_terms_of_the_event(changes: dict[str, Any], reply: str) -> None:
    result = act(register(ANNA), event(**changes), seats={"soup": 1})
    assert result.reply == reply
    assert result.trouble is None


def test_which_of_several_events_is_meant_is_asked_back_and_no_coordinators_trouble() -> None:
    request = Register(details=Details(event=Ambiguous(events=("soup", "bread")), people=(ANNA,)))
    assert act(request, event()) == Act()


def test_a_confirmed_place_is_written_once_for_each_person() -> None:
    result = act(register(ANNA, CAREL), event())
    assert [(p.registration.name, p.registration.status.value, p.change) for p in result.puts] == [
        ("Anna Peeters", "confirmed", "registered"),
        ("Carel Maes", "confirmed", "registered"),
    ]
    assert [p.registration.requested_by for p in result.puts] == [None, "anna@town.example"]
    assert result.puts[0].registration.sessions == ("soup/1",)


def test_seats_of_one_mail_count_for_the_next_person_in_it() -> None:
    result = act(register(ANNA, BEN), event(capacity=3), seats={"soup": 2})
    assert [p.registration.status.value for p in result.puts] == ["confirmed", "waitlisted"]
    assert result.reply == "registrant-waitlisted"


def test_registering_again_changes_nothing() -> None:
    result = act(register(ANNA), event(), on_file())
    assert (result.reply, result.puts) == ("registrant-already", ())


def test_registering_again_with_something_new_changes_it() -> None:
    result = act(register(ANNA, mode="in-person"), event(), on_file())
    assert (result.reply, result.changed) == ("registrant-changed", ("mode",))


def test_registering_after_cancelling_takes_up_the_same_registration() -> None:
    result = act(register(ANNA), event(), on_file(status=RegistrationStatus.CANCELLED))
    (put,) = result.puts
    assert (put.registration.id, put.registration.status.value) == ("r-Anna Peeters", "confirmed")


def test_sessions_that_are_over_are_left_out() -> None:
    result = act(register(ANNA, sessions=("soup/1", "soup/3")), event(**COURSE))
    assert result.puts[0].registration.sessions == ("soup/3",)
    assert act(register(ANNA, sessions=("soup/1",)), event(**COURSE)).reply == "registrant-past"


def test_a_full_lab_puts_on_the_waiting_list() -> None:
    taken = {"soup:lab=hot": 1}
    assert (
        act(register(ANNA, choices={"lab": "hot"}), event(choices=(LAB,)), seats=taken).reply == "registrant-waitlisted"
    )
    assert (
        act(register(ANNA, choices={"lab": "cold"}), event(choices=(LAB,)), seats=taken).reply == "registrant-confirmed"
    )


@pytest.mark.parametrize(
    ("request_", "trouble"),
    [
        (Register(details=Details(event=Unmatched(), people=(ANNA,))), "event-unclear"),
        (register(), "person-unclear"),
        (register(ANNA, mode="online"), "mode-not-offered"),
        (Cancel(details=details(ANNA)), "nothing-on-file"),
        (Change(details=details(ANNA, mode="in-person")), "nothing-on-file"),
    ],
)
def test_what_cannot_be_done_safely_is_trouble_and_writes_nothing(request_: Request, trouble: str) -> None:
    result = act(request_, event())
    assert (result.trouble, result.puts) == (trouble, ())


def test_cancelling_gives_everything_up() -> None:
    result = act(Cancel(details=details(ANNA)), event(), on_file())
    (put,) = result.puts
    assert (put.registration.status.value, result.reply) == ("cancelled", "registrant-cancelled")


def test_cancelling_one_of_several_sessions_keeps_the_others() -> None:
    request = Cancel(details=details(ANNA, sessions=("soup/2",)))
    result = act(request, event(**COURSE), on_file(sessions=("soup/2", "soup/3")))
    (put,) = result.puts
    assert (put.registration.sessions, put.registration.status.value) == (("soup/3",), "confirmed")
    assert result.reply == "registrant-changed"


def test_cancelling_without_naming_the_event_means_the_only_one_on_file() -> None:
    request = Cancel(details=Details(event=Unmatched(), people=(ANNA,)))
    assert act(request, event(), on_file()).reply == "registrant-cancelled"
    other = replace(on_file(), id="other", event="bread")
    assert act(request, event(), on_file(), other).trouble == "event-unclear"


def test_a_stranger_cancels_nothing() -> None:
    result = act(Cancel(details=details(ANNA)), event(), on_file(), sender="eve@else.example")
    assert (result.trouble, result.puts) == ("nothing-on-file", ())


def test_who_registered_a_colleague_may_cancel_for_the_colleague() -> None:
    result = act(Cancel(details=details(BEN)), event(), on_file(), on_file(BEN))
    assert [put.registration.name for put in result.puts] == ["Ben Claes"]


def test_a_colleague_takes_the_place() -> None:
    request = Change(details=details(ANNA, BEN), leaving=(ANNA,), coming=(BEN,))
    result = act(request, event(capacity=1), on_file(), seats={"soup": 1})
    assert [(p.registration.name, p.registration.status.value) for p in result.puts] == [
        ("Anna Peeters", "cancelled"),
        ("Ben Claes", "confirmed"),
    ]


def test_a_session_is_swapped() -> None:
    request = Change(details=details(ANNA, sessions=("soup/3",)), leaving_sessions=("soup/2",))
    result = act(request, event(**COURSE), on_file(sessions=("soup/2",)))
    assert result.puts[0].registration.sessions == ("soup/3",)
    assert (result.reply, result.changed) == ("registrant-changed", ("sessions",))


def test_declining_what_is_not_on_file_cancels_only_for_the_attendee() -> None:
    request = CalendarReply(details=details(ANNA), partstat="DECLINED", uid="u")
    part = CalendarPart(method="REPLY", uid="u", partstat="DECLINED", attendee="anna@town.example")
    assert act(request, event(), on_file(), calendar=part).reply == "registrant-cancelled"
    forged = replace(part, attendee="ben@town.example")
    assert act(request, event(), on_file(), calendar=forged).trouble == "stranger-request"
    accepted = replace(request, partstat="ACCEPTED")
    assert act(accepted, event(), on_file(), calendar=part) == Act(event=event())
    # of several sessions only the one on its day
    course, both = event(**COURSE), on_file(sessions=("soup/2", "soup/3"))
    assert act(request, course, both, calendar=part).trouble == "session-unclear"
    on_its_day = replace(part, starts=course.sessions[1].starts)
    assert act(request, course, both, calendar=on_its_day).registrations[0].sessions == ("soup/3",)


def test_without_a_database_what_is_spoken_of_is_taken_to_exist() -> None:
    assert act(Cancel(details=details(ANNA)), event(), assume=True).reply == "registrant-cancelled"


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("a@town.example", True),
        ("a@sub.town.example", True),
        ("a@othertown.example", False),
        ("vip@x.example", True),
        (None, False),
    ],
)
def test_members_by_domain_or_address(address: str | None, allowed: bool) -> None:
    terms = RegistrationTerms(by="mail", members=Members(domains=("town.example",), addresses=("VIP@x.example",)))
    assert is_member(event(registration=terms), address) is allowed


def test_an_event_lasts_until_its_last_session_ends() -> None:
    course = event(**COURSE)
    assert event_state(course, course.ends) == "past"
    assert event_state(course, course.ends - timedelta(seconds=1)) == "open"


@pytest.mark.parametrize(("whole", "one", "limit"), [(5, 3, 3), (3, 5, 3), (5, None, 5), (None, 3, 3)])
def test_an_event_and_its_only_session_may_have_one_key(whole: int | None, one: int | None, limit: int) -> None:
    the_event = event(capacity=whole, sessions=(session("soup", 10, one),))
    assert capacity_of(the_event) == {"soup": limit}
