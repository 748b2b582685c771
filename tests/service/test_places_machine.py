"""Whatever people, coordinators and the clock do in whatever order: never above a limit, never a free place beside
somebody whom it fits, nobody passed over, and no way between states that the table does not have.

The real store, the real decision; only the reading of words is left out.
"""

from __future__ import annotations

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
from mailbot.core.decide import decide
from mailbot.core.decisions import Processed, ThreadFacts
from mailbot.core.events import Choice, Event, Option, Pickup, PickupPoint, Place, Session
from mailbot.core.language import Localized
from mailbot.core.message import Address, IncomingMessage, MailboxKey
from mailbot.core.places import capacity_of, fitting
from mailbot.core.policy import Desk, Limits, Policy
from mailbot.core.registrations import SEATED, TRANSITIONS, RegistrationStatus, in_line
from mailbot.core.requests import Cancel, Change, Details, Matched, Person, Reading, Register, Request
from mailbot.core.waiting import deadline
from mailbot.service import approving
from mailbot.service.intake import gather
from mailbot.service.places import fill_after, tend
from tests.service.town import NOW, ROOT, empty_store, event, with_events

PEOPLE = st.integers(0, 7)
SESSIONS = ("compost/1", "compost/2")


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


class Places(RuleBasedStateMachine):
    """One event that is limited in every way, eight people, and a clock that only goes forward."""

    @initialize(waiting_list=st.sampled_from(["offer", "automatic"]), approval=st.booleans())
    def begin(self, waiting_list: str, approval: bool) -> None:
        self.store = empty_store()
        terms = replace(event().registration, approval=approval)
        self.event = limited(waiting_list=waiting_list, registration=terms)
        self.now, self.uid = NOW, 0
        self.before: dict[str, RegistrationStatus] = {}
        self.taken: dict[str, int] = {}
        self.seen: set[tuple[RegistrationStatus | None, RegistrationStatus]] = set()

    @property
    def policy(self) -> Policy:
        return with_events(shipped(), self.event)

    def mail(self, number: int, request: Request, thread: ThreadFacts | None = None) -> None:
        self.uid += 1
        self.now += timedelta(minutes=1)
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
        self.mail(number, Cancel(details=self.details(number, sessions=sessions)))

    @rule(
        number=PEOPLE,
        mode=st.sampled_from([None, "online", "in-person"]),
        lab=st.sampled_from([{}, {"lab": "a"}, {"lab": "b"}]),
        pickup=st.sampled_from([None, "town", "village"]),
        leaving=st.sampled_from([(), SESSIONS[:1]]),
    )
    def wants_it_otherwise(self, number: int, mode: Any, lab: Any, pickup: Any, leaving: Any) -> None:
        sessions = SESSIONS[1:] if leaving else ()
        wish = self.details(number, mode=mode, choices=lab, pickup=pickup, sessions=sessions)
        self.mail(number, Change(details=wish, leaving_sessions=leaving))

    @rule(number=PEOPLE, other=PEOPLE)
    def sends_somebody_else(self, number: int, other: int) -> None:
        if number == other:
            return
        details = self.details(number, other)
        leaving, coming = details.people
        self.mail(number, Change(details=details, leaving=(leaving,), coming=(coming,)))

    @precondition(lambda self: self.event.waiting_list == "offer")
    @rule(number=PEOPLE, yes=st.booleans())
    def answers_an_offer(self, number: int, yes: bool) -> None:
        with self.store.begin() as tx:
            own = tx.registrations_of([f"p{number}@town.example"])
        mine = tuple(r for r in own if r.email == f"p{number}@town.example")
        thread = ThreadFacts(registrations=mine, kind="registrant-offered", events=("compost",))
        details = self.details(number)
        self.mail(number, Register(details=details) if yes else Cancel(details=details), thread)

    @rule(number=PEOPLE, yes=st.booleans())
    def a_coordinator_decides(self, number: int, yes: bool) -> None:
        act = approving.approve if yes else approving.decline
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
    def nothing_is_given_twice(self) -> None:
        if not hasattr(self, "store"):
            return
        with self.store.begin() as tx:
            everybody = tuple(tx.registrations())
            taken = tx.seats_taken(capacity_of(self.event))
            stock = tx.stock_taken("compost")
        for key, limit in capacity_of(self.event).items():
            # Editing the file down leaves more people than places; then nobody new comes in.
            assert taken[key] <= max(limit, self.taken.get(key, 0)), (key, taken[key], limit)
        assert stock.get("compost@town", 0) <= 1
        assert stock.get("compost@village", 0) <= 2
        self.taken = dict(taken)
        for r in everybody:
            previous = self.before.get(r.id)
            assert (r.offered_until is not None) == (r.status is RegistrationStatus.OFFERED)
            if previous is not r.status:
                self.seen.add((previous, r.status))
        self.before = {r.id: r.status for r in everybody}

    @invariant()
    def no_place_is_free_beside_somebody_whom_it_fits(self) -> None:
        if not hasattr(self, "store"):
            return
        with self.store.begin() as tx:
            waiting = tx.waiting("compost")
            taken = tx.seats_taken(capacity_of(self.event))
        assert list(waiting) == sorted(waiting, key=in_line)
        for registration in waiting:
            if deadline(self.event, registration, self.now) is not None:
                assert fitting(self.event, registration, taken) is None, registration

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
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_the_machine_would_see_a_forbidden_move() -> None:
    """The store stands behind the decision: a status that the table does not lead to is not written."""
    machine = Places()
    machine.begin(waiting_list="offer", approval=False)
    machine.asks_for_a_place(0, None, SESSIONS[:1], None, {}, False, None)
    with machine.store.begin() as tx:
        (r,) = tx.registrations()
        with pytest.raises(ForbiddenTransition):
            tx.put_registration(replace(r, status=RegistrationStatus.PENDING), "broken", NOW)
    assert r.status in SEATED
    machine.teardown()
