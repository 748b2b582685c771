"""Reminders and the like on a desk of values: each once, by day, to those who still come; portions; silence on request."""

from __future__ import annotations

import email
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.message import Message
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailbot.adapters.store import SqlStore, open_store
from mailbot.adapters.tables import FileTables
from mailbot.core.attendance import Attendance, AttendanceStatus
from mailbot.core.deliveries import DeliveryStatus
from mailbot.core.events import Afterwards, Choice, Option, Pickup, PickupPoint, Place, RegistrationTerms, Session
from mailbot.core.language import Localized
from mailbot.core.moments import KINDS, MomentRules
from mailbot.core.pickups import PickupStatus, Reservation
from mailbot.core.policy import Policy
from mailbot.core.registrations import Registration, RegistrationStatus
from mailbot.service.chores import Chores, do_chores
from mailbot.service.moments import planned
from tests.service.town import BRUSSELS, NOW, Town, event, with_events

RULES = MomentRules()


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BRUSSELS)


def tick(town: Town, at: str | datetime, rules: MomentRules = RULES) -> None:
    town.clock.set((local(at) if isinstance(at, str) else at).astimezone(UTC))
    chores = Chores(
        store=town.store, clock=town.clock, tables=FileTables("Europe/Brussels"), heard=lambda: None, moments=rules
    )
    do_chores(chores, town.policy)
    assert town.conditions() == {}


def told(town: Town, status: Any = None) -> list[Any]:
    return [d.message for d in reversed(town.deliveries(status)) if d.message.kind in KINDS]


def person(number: int = 1, **fields: Any) -> Registration:
    given: dict[str, Any] = {
        "id": f"r{number:04}",
        "event": "compost",
        "person_key": f"person{number}@town.example",
        "status": RegistrationStatus.CONFIRMED,
        "name": f"Zoé Peeters {number}",
        "email": f"person{number}@town.example",
        "language": "fr",
        "sessions": ("compost",),
        "requested_at": local("2027-03-01T10:00"),
        "updated_at": local("2027-03-01T10:00"),
    }
    return Registration(**{**given, **fields})


def put(town: Town, *registrations: Registration, change: str = "registered") -> None:
    with town.store.begin() as tx:
        for registration in registrations:
            tx.put_registration(registration, change, registration.updated_at)


def sent(town: Town) -> list[Any]:
    return [message for message in town.transport.taken if message.kind in KINDS]


async def send(town: Town) -> None:
    """As the daemon does between two ticks."""
    await town.deliver()


def test_two_reminders_before_an_event_and_each_once(town: Town) -> None:
    put(town, person())
    for at in ("2027-04-13T08:59", "2027-04-13T09:00", "2027-04-13T09:01", "2027-04-15T12:00", "2027-04-19T09:00"):
        tick(town, at)
        tick(town, at)
    tick(town, "2027-04-20T12:59")
    first, second = told(town)
    assert first.subject == second.subject == "Rappel : Compost pour tous (mardi 20 avril 2027 de 13h00 à 16h00)"
    assert "Rue des Tanneurs 1" in first.text
    assert "stop rappels" in first.text
    mail = email.message_from_bytes(first.content)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"].startswith("<mailto:desk")
    assert mail["List-Unsubscribe-Post"] is None
    assert mail["To"].endswith("<person1@town.example>")


@pytest.mark.parametrize(
    "status", [s for s in RegistrationStatus if s not in {RegistrationStatus.CONFIRMED, RegistrationStatus.OFFERED}]
)
def test_only_those_who_come_are_reminded(town: Town, status: RegistrationStatus) -> None:
    first = status if status in {RegistrationStatus.PENDING, RegistrationStatus.WAITLISTED} else None
    put(town, person(status=first or RegistrationStatus.CONFIRMED))
    if first is None:
        put(town, person(status=status), change="cancelled")
    tick(town, "2027-04-13T09:00")
    assert told(town) == []


def test_a_cancellation_withdraws_what_waits_for_the_mail_server(town: Town) -> None:
    put(town, person(1), person(2), person(3))
    tick(town, "2027-04-13T09:00")
    put(
        town,
        person(1, status=RegistrationStatus.CANCELLED, updated_at=local("2027-04-13T09:00:10")),
        change="cancelled",
    )
    put(town, person(2, status=RegistrationStatus.DECLINED, updated_at=local("2027-04-13T09:00:10")), change="declined")
    assert [m.envelope_to for m in told(town, DeliveryStatus.QUEUED)] == ["person3@town.example"]
    assert len(told(town, DeliveryStatus.WITHDRAWN)) == 2
    # registered again, it is not told again
    put(town, person(1, updated_at=local("2027-04-13T09:00:20")))
    tick(town, "2027-04-13T09:01")
    assert len(told(town)) == 3


async def test_a_mail_server_that_is_down_gets_it_by_day_or_never(town: Town) -> None:
    put(town, person(1))
    tick(town, "2027-04-19T19:59:30")
    tick(town, "2027-04-19T20:00")
    (waiting,) = [d for d in town.deliveries(DeliveryStatus.QUEUED) if d.message.kind in KINDS]
    assert waiting.due_at == local("2027-04-20T08:00").astimezone(UTC)
    await send(town)
    assert sent(town) == []
    town.clock.set(local("2027-04-20T08:00").astimezone(UTC))
    tick(town, "2027-04-20T13:00")  # it has begun
    await send(town)
    assert sent(town) == []
    assert len(told(town, DeliveryStatus.WITHDRAWN)) == 1


def test_who_changes_something_meanwhile_gets_the_answer_and_no_stale_reminder(town: Town) -> None:
    put(town, person(1))
    tick(town, "2027-04-13T09:00")
    put(town, person(1, mode="in-person", updated_at=local("2027-04-13T09:00:20")), change="changed")
    tick(town, "2027-04-13T09:00:30")
    assert told(town, DeliveryStatus.QUEUED) == []


def test_a_moved_or_cancelled_event_withdraws_what_waits(town: Town) -> None:
    put(town, person(1))
    tick(town, "2027-04-13T09:00")
    town.policy = with_events(town.policy, event(cancelled=Localized(fr="Malade.")))
    tick(town, "2027-04-13T09:01")
    assert told(town, DeliveryStatus.QUEUED) == []


@pytest.mark.parametrize(
    ("back", "reminders"),
    [
        ("2027-04-16T10:00", ["2027-04-16", "2027-04-19"]),  # late, and worth it
        ("2027-04-18T09:00", ["2027-04-19"]),  # less than two days are left: the next one does
        ("2027-04-20T09:00", ["2027-04-20"]),
        ("2027-04-20T13:00", []),
    ],
)
def test_after_downtime_late_reminders_are_caught_up_or_dropped(town: Town, back: str, reminders: list[str]) -> None:
    put(town, person())
    moment = local(back)
    while moment < local("2027-04-21T00:00"):
        tick(town, moment)
        moment += timedelta(hours=6)
    dates = [email.message_from_bytes(m.content)["Date"] for m in told(town)]
    assert [email.utils.parsedate_to_datetime(d).astimezone(BRUSSELS).date().isoformat() for d in dates] == reminders


def test_who_registers_after_a_reminder_was_due_is_not_reminded_at_once(town: Town) -> None:
    put(town, person(1))
    put(town, person(2, updated_at=local("2027-04-13T10:00")))
    tick(town, "2027-04-13T12:00")
    assert [m.envelope_to for m in told(town)] == ["person1@town.example"]
    tick(town, "2027-04-19T12:00")
    assert Counter(m.envelope_to for m in told(town)) == {"person1@town.example": 2, "person2@town.example": 1}


async def test_many_go_out_in_portions_and_nobody_is_left_out(town: Town) -> None:
    put(town, *(person(number) for number in range(25)))
    rules = replace(RULES, portion=10)
    tick(town, "2027-04-13T09:00", rules)
    tick(town, "2027-04-13T09:00:30", rules)
    assert len(told(town)) == 10, "ten wait; no more are queued before they went out"
    with town.store.begin() as tx:
        (first, *_) = planned(tx, town.policy, rules, town.clock.now())
    assert (first.people, first.told, first.left) == (25, 10, 15)
    for seconds in range(60, 240, 30):
        await send(town)
        tick(town, local("2027-04-13T09:00") + timedelta(seconds=seconds), rules)
    assert sorted(m.envelope_to for m in told(town)) == sorted(f"person{n}@town.example" for n in range(25))
    with town.store.begin() as tx:
        assert not any(p.moment.key == first.moment.key for p in planned(tx, town.policy, rules, town.clock.now()))


def test_only_the_sessions_that_people_chose(town: Town) -> None:
    starts = local("2027-04-20T13:00")
    sessions = tuple(
        Session(key=f"compost/{n}", starts=starts + timedelta(days=7 * n), ends=starts + timedelta(days=7 * n, hours=2))
        for n in range(3)
    )
    town.policy = with_events(town.policy, event(sessions=sessions, attend="any"))
    put(town, person(1, sessions=("compost/0", "compost/2")), person(2, sessions=("compost/1",)))
    for day in range(26):
        tick(town, local("2027-04-10T09:00") + timedelta(days=day), replace(RULES, reminder_days=(1,)))
    found = [(m.envelope_to[:7], m.subject.partition("(")[2][:14]) for m in told(town)]
    assert found == [("person1", "mardi 20 avril"), ("person2", "mardi 27 avril"), ("person1", "mardi 4 mai 20")]


def test_the_one_who_asked_is_told_where_the_person_has_no_address(town: Town) -> None:
    put(
        town,
        person(1, email=None, requested_by="secretary@town.example"),
        person(2, requested_by="secretary@town.example"),
    )
    tick(town, "2027-04-13T09:00")
    first, second = told(town)
    assert first.envelope_to == "secretary@town.example"
    assert "L’inscription de Zoé Peeters 1" in first.text
    assert first.text.startswith("Bonjour,")
    assert second.envelope_to == "person2@town.example"
    assert "Votre inscription" in second.text


def test_many_reminders_on_one_morning_keep_nobody_from_being_answered(town: Town) -> None:
    put(town, *(person(n, email=None, person_key=f"p{n}|", requested_by="boss@town.example") for n in range(12)))
    tick(town, "2027-04-13T09:00")
    assert len(told(town)) == 12
    answer(town, told(town)[3], "Zoé Peeters 3 ne pourra pas venir.", sender="boss@town.example")
    assert not any("too-many-replies" in hold.reasons for hold in town.holds())


# -- silence -----------------------------------------------------------------------


def answer(town: Town, to: Any, text: str, *, subject: str = "", sender: str = "person1@town.example") -> None:
    """A reply to a mail of ours, as a mail program writes it."""
    mail: Message = email.message_from_bytes(to.content)
    head = f"In-Reply-To: {mail['Message-ID']}\r\n" if not subject else ""
    town.server.deliver(
        (
            f"From: Zoé Peeters <{sender}>\r\nTo: {mail['Reply-To']}\r\n{head}"
            f"Subject: {subject or 'Re: Rappel'}\r\nMessage-ID: <{abs(hash((subject, text)))}@home.example>\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
        ).encode()
    )
    town.poll()


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("stop reminders", ""),
        ("stop reminders", "This message was automatically generated by Gmail."),
        ("", "Stop rappels"),
        ("", "Bonjour,\r\n\r\nPlus de rappels svp, merci.\r\n"),
        ("", "Geen herinneringen meer aub"),
        ("", "Please stop sending me reminders"),
        ("", "Bitte keine Erinnerungen mehr"),
    ],
)
def test_who_wants_no_more_reminders_gets_none_and_stays_registered(town: Town, subject: str, text: str) -> None:
    put(town, person(1))
    tick(town, "2027-04-13T09:00")
    answer(town, told(town)[0], text, subject=subject)
    assert town.deliveries()[0].message.kind == "registrant-reminders-stopped"
    tick(town, "2027-04-19T09:00")
    assert len(told(town)) == 1
    assert town.registered() == {"person1@town.example confirmed"}


@pytest.mark.parametrize("text", ["J'annule mon inscription, plus de rappels", "Je ne pourrai pas venir finalement."])
def test_who_cancels_in_answer_to_a_reminder_is_cancelled(town: Town, text: str) -> None:
    put(town, person(1))
    tick(town, "2027-04-13T09:00")
    answer(town, told(town)[0], text)
    assert town.registered() == {"person1@town.example cancelled"}
    tick(town, "2027-04-19T09:00")
    assert len(told(town)) == 1


# -- opening, thanks, pick-up --------------------------------------------------------


def opening(town: Town, **changes: Any) -> None:
    terms = RegistrationTerms(by="mail", opens=local("2027-03-15T00:00"), closes=local("2027-04-20T13:00"))
    town.policy = with_events(town.policy, event(registration=terms, **changes))
    put(town, person(1, status=RegistrationStatus.PENDING, interest_only=True))


@pytest.mark.parametrize(
    "text", ["Oui", "Oui, volontiers !", "Ja graag", "Yes please", "Ja, gerne", "Oui, je m'inscris."]
)
def test_whose_interest_was_kept_is_told_in_the_morning_and_registers_by_a_yes(town: Town, text: str) -> None:
    opening(town)
    tick(town, "2027-03-15T00:01")
    assert told(town) == []
    tick(town, "2027-03-15T08:00")
    (mail,) = told(town)
    assert "inscriptions sont" in mail.text
    answer(town, mail, text)
    assert town.registered() == {"person1@town.example confirmed"}
    assert town.deliveries()[0].message.kind == "registrant-confirmed"
    tick(town, "2027-03-16T08:00")
    assert len(told(town)) == 1


def test_a_yes_without_the_choice_that_is_needed_is_asked_back(town: Town) -> None:
    lab = Choice(
        key="lab",
        title=Localized(fr="atelier"),
        required=True,
        options=(Option(key="a", title=Localized(fr="Vers")), Option(key="b", title=Localized(fr="Bac"))),
    )
    opening(town, choices=(lab,))
    tick(town, "2027-03-15T08:00")
    answer(town, told(town)[0], "Oui, je m'inscris.")
    assert town.deliveries()[0].message.kind == "registrant-which-choice"


def test_a_no_to_the_opening_ends_the_interest(town: Town) -> None:
    opening(town)
    tick(town, "2027-03-15T08:00")
    answer(town, told(town)[0], "Non merci, je ne pourrai pas venir.")
    assert town.registered() == {"person1@town.example cancelled"}


def test_thanks_go_out_when_the_replay_is_known_and_not_to_those_who_were_absent(town: Town) -> None:
    put(town, person(1), person(2))
    tick(town, "2027-04-20T17:30", replace(RULES, reminder_days=()))
    assert told(town) == []
    town.policy = with_events(
        town.policy,
        event(afterwards=Afterwards(replay="https://x.example/replay", survey="https://x.example/survey")),
    )
    with town.store.begin() as tx:
        tx.put_attendance(
            [
                Attendance(
                    registration="r0002", session="compost", status=AttendanceStatus.ABSENT, marked_at=town.clock.now()
                )
            ]
        )
    tick(town, "2027-04-26T10:00")
    tick(town, "2027-04-27T10:00")
    present, absent = told(town)
    assert "Merci d’avoir participé" in present.text
    assert "https://x.example/survey" in present.text
    assert "Merci d’avoir participé" not in absent.text
    assert "https://x.example/replay" in absent.text
    assert "https://x.example/survey" not in absent.text


def test_thanks_that_come_too_late_are_dropped(town: Town) -> None:
    put(town, person(1))
    town.policy = with_events(town.policy, event(afterwards=Afterwards(replay="https://x.example/replay")))
    tick(town, "2027-05-04T16:00")
    assert told(town) == []


def test_what_nobody_fetched_is_asked_for_once(town: Town) -> None:
    place = Place(street="Rue du Dépôt 1", city="Bruxelles")
    pickup = Pickup(item=Localized(fr="un seau à compost"), points=(PickupPoint(key="depot", place=place),))
    town.policy = with_events(town.policy, event(pickup=pickup, reminders=()))
    put(town, *(person(n, pickup="depot") for n in (1, 2, 3)))

    def item(number: int, status: PickupStatus, at: str) -> Reservation:
        return Reservation(
            registration=f"r{number:04}",
            event="compost",
            point="depot",
            status=status,
            reserved_at=local("2027-03-01T10:00"),
            changed_at=local(at),
        )

    with town.store.begin() as tx:
        for number in (1, 2, 3):
            tx.put_reservation(item(number, PickupStatus.RESERVED, f"2027-03-0{number}T10:00"))
        tx.put_reservation(item(2, PickupStatus.COLLECTED, "2027-03-05T10:00"))
    tick(town, "2027-03-15T09:59")
    assert told(town) == []
    tick(town, "2027-03-15T10:00")
    tick(town, "2027-03-15T10:01")
    assert [m.envelope_to for m in told(town)] == ["person1@town.example"]
    tick(town, "2027-03-17T10:00")
    tick(town, "2027-03-19T10:00")
    assert [m.envelope_to for m in told(town)] == ["person1@town.example", "person3@town.example"]
    assert "un seau à compost" in told(town)[0].text
    assert "Rue du Dépôt 1" in told(town)[0].text


def items(when: Any, **changes: Any) -> Pickup:
    place = Place(street="Rue du Dépôt 1", city="Bruxelles")
    points = (PickupPoint(key="depot", place=place, **changes),)
    return Pickup(item=Localized(fr="un seau à compost", de="ein Komposteimer"), points=points, when=when)


def test_where_to_pick_up_is_told_once_by_day_to_those_who_come(town: Town) -> None:
    town.policy = with_events(town.policy, event(pickup=items("after-event"), reminders=()))
    pending, cancelled = RegistrationStatus.PENDING, RegistrationStatus.CANCELLED
    put(town, person(1), person(2, language="de"), person(3, status=pending), person(4))
    put(town, person(4, status=cancelled), change="cancelled")
    put(town, person(5, requested_by="boss@town.example"))
    for at in ("2027-04-20T17:00", "2027-04-21T08:59"):
        tick(town, at)
    assert told(town) == []
    for at in ("2027-04-21T09:00", "2027-04-21T09:01", "2027-04-22T09:00"):
        tick(town, at)
    french, german, asked_for = told(town)
    assert {m.kind for m in told(town)} == {"registrant-pickup"}
    assert (french.envelope_to, german.envelope_to) == ("person1@town.example", "person2@town.example")
    assert "un seau à compost" in french.text
    assert "Rue du Dépôt 1" in french.text
    assert "ein Komposteimer" in german.text
    assert asked_for.envelope_to == "person5@town.example"
    assert "l’inscription de" not in asked_for.text, "it is written to the person"
    assert email.message_from_bytes(french.content)["List-Unsubscribe"] is None


def test_where_to_pick_up_is_told_though_no_reminders_are_wanted(town: Town) -> None:
    town.policy = with_events(town.policy, event(pickup=items(local("2027-04-10T00:00").date())))
    put(town, person(1))
    with town.store.begin() as tx:
        tx.stop_reminders("person1@town.example", NOW)
    for day in (10, 13, 19):
        tick(town, f"2027-04-{day}T09:00")
    assert [m.kind for m in told(town)] == ["registrant-pickup"]


def test_where_to_pick_up_concerns_those_in_the_room_where_the_event_says_so(town: Town) -> None:
    pickup = replace(items(local("2027-04-10T00:00").date()), in_person_only=True)
    town.policy = with_events(town.policy, event(pickup=pickup, modes=("in-person", "online")))
    put(town, person(1, mode="online"), person(2, mode="in-person"))
    tick(town, "2027-04-10T09:00")
    assert [m.envelope_to for m in told(town)] == ["person2@town.example"]


@pytest.mark.parametrize(
    ("back", "mails"),
    [("2027-04-12T03:00", 0), ("2027-04-12T08:00", 1), ("2027-05-10T08:59", 1), ("2027-05-10T09:00", 0)],
)
def test_where_to_pick_up_is_told_after_downtime_not_at_night_and_not_a_month_later(
    town: Town, back: str, mails: int
) -> None:
    town.policy = with_events(town.policy, event(pickup=items(local("2027-04-10T00:00").date()), reminders=()))
    put(town, person(1))
    tick(town, back)
    assert len(told(town)) == mails


def test_where_to_pick_up_is_withdrawn_by_a_cancellation_and_goes_out_in_portions(town: Town) -> None:
    town.policy = with_events(town.policy, event(pickup=items(local("2027-04-10T00:00").date())))
    put(town, *(person(number) for number in range(5)))
    rules = replace(RULES, portion=2)
    tick(town, "2027-04-10T09:00", rules)
    tick(town, "2027-04-10T09:01", rules)
    assert len(told(town)) == 2
    gone = person(0, status=RegistrationStatus.CANCELLED, updated_at=local("2027-04-10T09:02"))
    put(town, gone, change="cancelled")
    assert [m.envelope_to for m in told(town, DeliveryStatus.QUEUED)] == ["person1@town.example"]
    with town.store.begin() as tx:
        (first, *_) = planned(tx, town.policy, rules, town.clock.now())
    assert (first.moment.kind, first.told) == ("registrant-pickup", 2)


def test_a_point_without_any_left_is_not_offered(town: Town) -> None:
    town.policy = with_events(town.policy, event(pickup=items(local("2027-04-10T00:00").date(), stock=1), reminders=()))
    put(town, person(1), person(2, pickup="depot"))
    with town.store.begin() as tx:
        item = Reservation(
            registration="r0002",
            event="compost",
            point="depot",
            status=PickupStatus.RESERVED,
            reserved_at=NOW,
            changed_at=NOW,
        )
        tx.put_reservation(item, 1)
    tick(town, "2027-04-10T09:00")
    without, with_one = told(town)

    assert "Rue du Dépôt 1" not in without.text
    assert "Rue du Dépôt 1" in with_one.text


# -- whatever happens ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    kind: str
    number: int = 0


STEPS = st.lists(
    st.one_of(
        st.builds(Step, st.sampled_from(["tick", "pause", "night", "send"]), st.integers(0, 60 * 24 * 2)),
        st.builds(Step, st.sampled_from(["register", "cancel", "change"]), st.integers(1, 4)),
        st.just(Step("edit")),
    ),
    min_size=5,
    max_size=40,
)


@pytest.fixture(scope="module")
def shared_store() -> Iterator[SqlStore]:
    opened = open_store("sqlite://")
    yield opened
    opened.close()


@given(steps=STEPS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_moment_is_told_at_most_once_by_day_and_to_those_who_come(steps: list[Step], shipped: Policy) -> None:
    """Ticks at any time, registrations that come, go and change, an event that is edited, mail that waits."""
    store = open_store("sqlite://")
    town = Town(store=store, policy=with_events(shipped, event(afterwards=Afterwards(replay="https://x.example/r"))))
    rules = replace(RULES, portion=2)
    now = local("2027-04-10T09:00")
    here: dict[int, Registration] = {}
    came: set[str] = set()
    try:
        for number, step in enumerate(steps):
            if step.kind in {"tick", "pause"}:
                now = (now.astimezone(UTC) + timedelta(minutes=step.number)).astimezone(BRUSSELS)
                before = len(told(town))
                tick(town, now, rules)
                fresh = told(town)[before:]
                assert len(fresh) <= rules.portion
                assert not fresh or 8 <= now.hour < 20
                assert all(m.registrations[0] in came for m in fresh)
            elif step.kind in {"register", "cancel", "change"}:
                known = here.get(step.number)
                status = RegistrationStatus.CANCELLED if step.kind == "cancel" else RegistrationStatus.CONFIRMED
                if known is None and step.kind != "register":
                    continue
                here[step.number] = person(step.number, status=status, updated_at=now, phone=str(number))
                put(town, here[step.number], change="changed")
                (came.discard if step.kind == "cancel" else came.add)(here[step.number].id)
                if step.kind == "cancel":
                    waiting = {m.registrations[0] for m in told(town, DeliveryStatus.QUEUED)}
                    assert here[step.number].id not in waiting
            elif step.kind == "send":
                with store.begin() as tx:
                    for delivery in tx.claim_due(town.clock.now(), 10):
                        tx.settle(delivery.message.id, DeliveryStatus.SENT, town.clock.now())
            elif step.kind == "edit":
                town.policy = with_events(
                    town.policy, event(reminders=(7, 3, 1), afterwards=Afterwards(slides="https://x.example/s"))
                )
        counts = Counter((m.registrations[0], m.id) for m in told(town))
        assert all(count == 1 for count in counts.values())
        kinds = Counter((m.registrations[0], m.kind) for m in told(town))
        assert all(count <= (3 if kind == "registrant-reminder" else 1) for (_, kind), count in kinds.items())
    finally:
        store.close()
