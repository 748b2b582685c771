"""Whatever people, coordinators and the clock do in whatever order: never above a limit, never a free place beside
somebody whom it fits, nobody passed over, and no way between states that the table does not have.

The real store, the real decision; only the reading of words is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mailbot.adapters.files import load_policy
from mailbot.adapters.store import ForbiddenTransition
from mailbot.core import waiting as waiting_list
from mailbot.core.decide import decide
from mailbot.core.decisions import Processed, ThreadFacts
from mailbot.core.events import Choice, Event, Option, Pickup, PickupPoint, Place, Session
from mailbot.core.language import Localized
from mailbot.core.message import Address, IncomingMessage, MailboxKey
from mailbot.core.places import capacity_of
from mailbot.core.policy import Desk, Limits, Policy
from mailbot.core.registrations import ACTIVE, SEATED, TRANSITIONS, Registration, RegistrationStatus, exchanged, in_line
from mailbot.core.requests import Cancel, Change, Details, Matched, Person, Reading, Register, Request
from mailbot.core.waiting import deadline
from mailbot.service import approving
from mailbot.service.gathering import gather
from mailbot.service.places import fill_after, tend
from tests.service.town import NOW, ROOT, empty_store, event, with_events

PEOPLE = st.integers(0, 7)
SESSIONS = ("compost/1", "compost/2")
#: sessions, mode and lab: most want the same, so that they wait for the same
WISHES = st.tuples(
    st.sampled_from([SESSIONS[:1], SESSIONS[:1], SESSIONS]),
    st.sampled_from([None, "in-person", "online"]),
    st.sampled_from([{}, {}, {"lab": "a"}]),
)


@cache
def shipped() -> Policy:
    name = Localized(fr="Accueil")
    desk = Desk(name=name, addresses=("desk@town.example",), signature=name, secret=b"0" * 16)
    policy, problems = load_policy(desk, Limits(), ROOT / "rules", ROOT / "templates")
    assert policy is not None, problems
    return policy


def limited(**changes: Any) -> Event:
    starts = event().starts
    place = Place(street="Rue Longue 1", city="Bruxelles")
    base = event(
        attend="any",
        sessions=tuple(
            Session(key=key, starts=starts + timedelta(days=i), ends=starts + timedelta(days=i, hours=2), capacity=2)
            for i, key in enumerate(SESSIONS)
        ),
        modes=("in-person", "online"),
        capacity=3,
        in_person_capacity=2,
        choices=(
            Choice(
                key="lab",
                title=Localized(fr="atelier"),
                options=tuple(Option(key=key, title=Localized(fr=key), capacity=2) for key in ("a", "b")),
            ),
        ),
        pickup=Pickup(
            item=Localized(fr="un seau"),
            points=(PickupPoint(key="town", place=place, stock=1), PickupPoint(key="village", place=place, stock=2)),
        ),
    )
    return replace(base, **changes)


def held(registration: Registration) -> tuple[str, ...]:
    """What it takes, said without ``core.places``: the event, its sessions, the seats in the room, the labs."""
    where = ("compost", *registration.sessions)
    room = () if registration.mode == "online" else tuple(f"{key}!in-person" for key in where)
    return (*where, *room, *(f"compost:lab={option}" for option in registration.choices.values()))


def counted(registrations: Iterable[Registration]) -> Counter[str]:
    return Counter(key for r in registrations if r.status in SEATED for key in kept(r))


def kept(registration: Registration) -> set[str]:
    """What it takes, and what is offered to it instead."""
    offered = registration.exchange is not None and registration.exchange.offered_until is not None
    return {*held(registration), *(held(exchanged(registration)) if offered else ())}


def waits_with_a_place(registration: Registration) -> bool:
    return registration.exchange is not None and registration.exchange.offered_until is None


def fits(registration: Registration, taken: Mapping[str, int], limits: Mapping[str, int]) -> bool:
    """By its first wish or by its second, beside what is taken."""
    wishes = (registration.choices, {**registration.choices, **registration.second_choices})
    return any(
        all(taken.get(key, 0) < limits[key] for key in held(replace(registration, choices=wish)) if key in limits)
        for wish in wishes
    )


def wish_of(registration: Registration) -> tuple[Any, ...]:
    r = registration
    return r.sessions, r.mode, r.choices, r.second_choices, r.requested_at, r.arrival_order


class Places(RuleBasedStateMachine):
    """One event that is limited in every way, eight people, and a clock that only goes forward."""

    @initialize(
        waiting_list=st.sampled_from(["offer", "automatic"]),
        approval=st.sampled_from([False, False, True]),
        crowd=st.lists(WISHES, min_size=5, max_size=8),
    )
    def begin(self, waiting_list: str, approval: bool, crowd: list[Any]) -> None:
        """More people than places, so that whatever follows meets a waiting list."""
        self.store = empty_store()
        terms = replace(event().registration, approval=approval)
        self.event = limited(waiting_list=waiting_list, registration=terms)
        self.now, self.uid = NOW, 0
        self.before: dict[str, Registration] = {}
        #: addresses of those for whom somebody else has just made room: they need not wait for their turn
        self.let_in: frozenset[str] = frozenset()
        for number, (sessions, mode, lab) in enumerate(crowd):
            self.asks_for_a_place(number, None, sessions, mode, lab, False, None)
            self.places_are_kept_in_order()

    @property
    def policy(self) -> Policy:
        return with_events(shipped(), self.event)

    def mail(self, number: int, request: Request, thread: ThreadFacts | None = None) -> None:
        self.uid += 1
        self.now += timedelta(minutes=1)
        coming = request.coming if isinstance(request, Change) else ()
        self.let_in = frozenset(person.email or "" for person in coming)
        message = IncomingMessage(
            content_hash=f"mail-{self.uid}", sender=Address(name="", email=f"p{number}@town.example")
        )
        reading = Reading(language="en", requests=(request,))
        with self.store.begin() as tx:
            facts = gather(tx, message, reading, self.policy, now=self.now, thread=thread or ThreadFacts())
            facts = replace(facts, arrived=self.now, uid=self.uid, recent_replies={})
            decision = decide(message, reading, facts, self.policy)
            tx.apply(
                Processed(
                    key=MailboxKey(account="main", folder="INBOX", uidvalidity=1, uid=self.uid),
                    content_hash=message.content_hash,
                    message_id=None,
                    content=b"",
                    received_at=self.now,
                    processed_at=self.now,
                    sender=None,
                    subject="",
                    reading=reading,
                    decision=decision,
                )
            )
            fill_after(tx, self.policy, decision.effects, self.now)

    def one_who_is(self, number: int, *statuses: RegistrationStatus) -> int:
        """One of those in these statuses, so that most steps change something; anybody, where there is none."""
        found = sorted(int(r.email[1]) for r in self.before.values() if r.email and r.status in statuses)
        return found[number % len(found)] if found else number

    def details(self, *people: int, **more: Any) -> Details:
        named = tuple(
            Person(name=f"Person {n}", email=f"p{n}@town.example", is_sender=i == 0) for i, n in enumerate(people)
        )
        return Details(event=Matched(event="compost"), people=named, **more)

    @rule(
        number=PEOPLE,
        other=st.none() | PEOPLE,
        sessions=st.sampled_from([SESSIONS[:1], SESSIONS[1:], SESSIONS]),
        mode=st.sampled_from([None, "online", "in-person"]),
        lab=st.sampled_from([{}, {"lab": "a"}, {"lab": "b"}]),
        second=st.booleans(),
        pickup=st.sampled_from([None, "town", "village"]),
    )
    def asks_for_a_place(
        self, number: int, other: int | None, sessions: Any, mode: Any, lab: Any, second: bool, pickup: Any
    ) -> None:
        people = (number,) if other in {None, number} else (number, other)
        seconds = {"lab": "b" if lab["lab"] == "a" else "a"} if second and lab else {}
        wish = self.details(*people, sessions=sessions, mode=mode, choices=lab, second_choices=seconds, pickup=pickup)
        self.mail(number, Register(details=wish))

    @rule(number=PEOPLE, sessions=st.sampled_from([(), SESSIONS[:1]]))
    def gives_it_up(self, number: int, sessions: Any) -> None:
        number = self.one_who_is(number, *SEATED)
        self.mail(number, Cancel(details=self.details(number, sessions=sessions)))

    @rule(
        number=PEOPLE,
        mode=st.sampled_from([None, "online", "in-person"]),
        lab=st.sampled_from([{}, {"lab": "a"}, {"lab": "b"}]),
        pickup=st.sampled_from([None, "town", "village"]),
        leaving=st.sampled_from([(), SESSIONS[:1]]),
    )
    def wants_it_otherwise(self, number: int, mode: Any, lab: Any, pickup: Any, leaving: Any) -> None:
        number = self.one_who_is(number, *ACTIVE)
        sessions = SESSIONS[1:] if leaving else ()
        wish = self.details(number, mode=mode, choices=lab, pickup=pickup, sessions=sessions)
        self.mail(number, Change(details=wish, leaving_sessions=leaving))

    @rule(number=PEOPLE, other=PEOPLE)
    def sends_somebody_else(self, number: int, other: int) -> None:
        number = self.one_who_is(number, *SEATED)
        if number == other:
            return
        details = self.details(number, other)
        leaving, coming = details.people
        self.mail(number, Change(details=details, leaving=(leaving,), coming=(coming,)))

    @precondition(lambda self: self.event.waiting_list == "offer")
    @rule(number=PEOPLE, yes=st.booleans())
    def answers_an_offer(self, number: int, yes: bool) -> None:
        number = self.one_who_is(number, RegistrationStatus.OFFERED)
        instead = [r for r in self.before.values() if r.exchange is not None and r.exchange.offered_until is not None]
        if instead:
            number = int(str(instead[0].email)[1])
        with self.store.begin() as tx:
            own = tx.registrations_of([f"p{number}@town.example"])
        mine = tuple(r for r in own if r.email == f"p{number}@town.example")
        kind = "registrant-exchange-offered" if instead else "registrant-offered"
        thread = ThreadFacts(registrations=mine, kind=kind, events=("compost",))
        details = self.details(number)
        self.mail(number, Register(details=details) if yes else Cancel(details=details), thread)

    @rule(number=PEOPLE, yes=st.booleans())
    def a_coordinator_decides(self, number: int, yes: bool) -> None:
        act = approving.approve if yes else approving.decline
        number = self.one_who_is(number, RegistrationStatus.PENDING)
        with self.store.begin() as tx:
            for r in tx.registrations_of([f"p{number}@town.example"])[:1]:
                try:
                    act(tx, self.policy, r.id, now=self.now, by="gwen")
                except approving.NotPossible:
                    return

    @rule(hours=st.integers(1, 60))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        with self.store.begin() as tx:
            tend(tx, self.policy, self.now, self.now)

    @rule(capacity=st.integers(1, 6), room=st.integers(1, 6))
    def the_file_is_edited(self, capacity: int, room: int) -> None:
        self.event = replace(self.event, capacity=capacity, in_person_capacity=room)
        with self.store.begin() as tx:
            tend(tx, self.policy, self.now, self.now)

    # -- what is always so -----------------------------------------------------------

    @invariant()
    def places_are_kept_in_order(self) -> None:
        """After each step, held against everybody as they were before it."""
        if not hasattr(self, "store"):
            return
        with self.store.begin() as tx:
            everybody = {r.id: r for r in tx.registrations()}
            waiting, taken = tx.waiting("compost"), tx.seats_taken(capacity_of(self.event))
            stock = tx.stock_taken("compost")
        limits, seated = capacity_of(self.event), counted(everybody.values())
        assert stock.get("compost@town", 0) <= 1
        assert stock.get("compost@village", 0) <= 2
        assert [r.id for r in waiting] == [
            r.id
            for r in sorted(everybody.values(), key=in_line)
            if r.status is RegistrationStatus.WAITLISTED or waits_with_a_place(r)
        ]
        self.never_above_a_limit(seated, limits)
        assert {key: seated[key] for key in taken} == taken
        for r in everybody.values():
            assert (r.offered_until is not None) == (r.status is RegistrationStatus.OFFERED)
            assert r.exchange is None or r.status is RegistrationStatus.CONFIRMED
        for r in filter(waits_with_a_place, waiting):
            if deadline(self.event, exchanged(r), self.now) is not None:
                beside = seated - Counter(held(r))
                assert not fits(exchanged(r), beside, limits), f"what it waits for is free: {r}"
        waiting = tuple(r for r in waiting if r.status is RegistrationStatus.WAITLISTED)
        in_time = [r for r in waiting if deadline(self.event, r, self.now) is not None]
        for r in in_time:
            assert not fits(r, seated, limits), f"a place is free, and {r} waits for it"
        self.nobody_is_passed_over(everybody, in_time, seated, limits)
        self.before, self.let_in = everybody, frozenset()

    def never_above_a_limit(self, seated: Mapping[str, int], limits: Mapping[str, int]) -> None:
        """Editing the file down leaves more people than places; then nobody new comes in."""
        before = counted(self.before.values())
        for key, limit in limits.items():
            assert seated[key] <= max(limit, before[key]), (key, seated[key], limit)

    def nobody_is_passed_over(
        self,
        everybody: Mapping[str, Registration],
        waiting: Iterable[Registration],
        seated: Counter[str],
        limits: Mapping[str, int],
    ) -> None:
        """Whoever has just got a place has none that somebody earlier in line could have had."""
        earlier = [r for r in waiting if r.id in self.before and wish_of(self.before[r.id]) == wish_of(r)]
        for r in everybody.values():
            was = self.before.get(r.id)
            if r.status not in SEATED or (was is not None and was.status in SEATED) or r.email in self.let_in:
                continue
            without = seated - Counter(held(r))
            for first in earlier:
                if self.before[first.id].status is RegistrationStatus.WAITLISTED and in_line(first) < in_line(r):
                    assert not fits(first, without, limits), f"{first} came before {r}"

    @invariant()
    def the_history_goes_only_along_the_table(self) -> None:
        if not hasattr(self, "store"):
            return
        with self.store.begin() as tx:
            history = tx.changes_since(0, ["compost"])
        last: dict[str, RegistrationStatus] = {}
        for change in history:
            now, before = change.registration.status, last.get(change.registration.id)
            assert now is before or now in TRANSITIONS[before]
            last[change.registration.id] = now

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()


TestPlaces = Places.TestCase
TestPlaces.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_the_machine_would_see_a_forbidden_move() -> None:
    """The store stands behind the decision: a status that the table does not lead to is not written."""
    machine = Places()
    machine.begin(waiting_list="offer", approval=False, crowd=[(SESSIONS[:1], None, {})])
    with machine.store.begin() as tx:
        (r,) = tx.registrations()
        with pytest.raises(ForbiddenTransition):
            tx.put_registration(replace(r, status=RegistrationStatus.PENDING), "broken", NOW)
    assert r.status in SEATED
    machine.teardown()


def lived() -> Places:
    """Two come, three wait, one gives the place up; the machine looks after each step."""
    machine = Places()
    machine.begin(waiting_list="offer", approval=False, crowd=[(SESSIONS[:1], None, {})] * 5)
    machine.gives_it_up(0, ())
    return machine


def test_the_machine_sees_who_is_next() -> None:
    machine = lived()
    machine.places_are_kept_in_order()
    with machine.store.begin() as tx:
        assert [r.status.value for r in sorted(tx.registrations(), key=in_line)] == [
            "cancelled",
            "confirmed",
            "offered",
            "waitlisted",
            "waitlisted",
        ]
    machine.teardown()


@pytest.mark.parametrize(
    ("broken", "seen"),
    [
        (lambda waiting: tuple(reversed(waiting)), "came before"),
        (lambda waiting: waiting[1:], "came before"),
        (lambda waiting: (), "a place is free"),
    ],
    ids=["reversed", "the first left out", "nobody"],
)
def test_the_machine_would_see_a_broken_line(
    monkeypatch: pytest.MonkeyPatch, broken: Callable[[tuple[Registration, ...]], tuple[Registration, ...]], seen: str
) -> None:
    """As if ``promotions`` took those who wait in another order than that of their arrival."""
    monkeypatch.setattr(waiting_list, "sorted", lambda given, key: broken(tuple(sorted(given, key=key))), raising=False)
    machine = lived()
    with pytest.raises(AssertionError, match=seen):
        machine.places_are_kept_in_order()
    machine.teardown()


def test_the_machine_would_see_a_place_too_many() -> None:
    machine = lived()
    machine.places_are_kept_in_order()
    with machine.store.begin() as tx:
        (r, *_) = tx.waiting("compost")
        tx.put_registration(replace(r, status=RegistrationStatus.CONFIRMED), "broken", NOW)
    with pytest.raises(AssertionError, match="compost!in-person', 3, 2"):
        machine.places_are_kept_in_order()
    machine.teardown()
