"""Two registrations of one person made one: what hangs on either hangs on the one that stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mailbot.adapters.store import SqlStore
from mailbot.core.attendance import Attendance, AttendanceStatus
from mailbot.core.deliveries import DeliveryStatus
from mailbot.core.events import Event, Pickup, PickupPoint, Place
from mailbot.core.invitations import Invitation
from mailbot.core.language import Localized
from mailbot.core.pickups import PickupStatus, Reservation
from mailbot.core.policy import Policy
from mailbot.core.registrations import Registration, RegistrationStatus
from mailbot.service.merging import merge
from tests.contract.store.samples import NOW, outgoing, registration
from tests.service.town import event, with_events

LATER = NOW + timedelta(hours=1)
POINTS = tuple(PickupPoint(key=key, place=Place(street="Rue 1", city="Ville"), stock=2) for key in ("town", "village"))


@pytest.fixture
def policy(shipped: Policy) -> Policy:
    return with_events(shipped, picnic())


def picnic(**changes: Any) -> Event:
    return event(pickup=Pickup(item=Localized(fr="un seau"), points=POINTS), capacity=2, **changes)


def person(id: str, **fields: Any) -> Registration:
    return registration(id, event="compost", sessions=("compost",), **fields)


def two(store: SqlStore, **second: Any) -> None:
    with store.begin() as tx:
        tx.put_registration(person("kept", pickup="town"), "registered", NOW)
        tx.put_registration(person("gone", pickup="village", **second), "registered", NOW)


def made_one(store: SqlStore, policy: Policy) -> Registration:
    with store.begin() as tx:
        one = merge(tx, policy, "kept", "gone", LATER)
    assert not isinstance(one, str), one
    return one


def mark(id: str, session: str, status: AttendanceStatus) -> Attendance:
    return Attendance(registration=id, session=session, status=status, marked_at=NOW)


def item(id: str, status: PickupStatus, point: str = "town") -> Reservation:
    return Reservation(registration=id, event="compost", point=point, status=status, reserved_at=NOW, changed_at=NOW)


def give(store: SqlStore, id: str, point: str, *statuses: PickupStatus) -> None:
    with store.begin() as tx:
        for status in statuses:
            tx.put_reservation(item(id, status, point), 2)


R, C, B, L = PickupStatus
CAME, ABSENT = AttendanceStatus


def test_who_came_under_either_came_once(store: SqlStore, policy: Policy) -> None:
    two(store)
    with store.begin() as tx:
        tx.put_attendance([mark("kept", "1", ABSENT), mark("kept", "2", CAME), mark("kept", "3", ABSENT)])
        tx.put_attendance([mark("gone", "1", CAME), mark("gone", "2", ABSENT), mark("gone", "4", CAME)])
    made_one(store, policy)
    with store.begin() as tx:
        marks = {mark.session: mark.status for mark in tx.marks_of("kept")}
        assert marks == {"1": CAME, "2": CAME, "3": ABSENT, "4": CAME}
        assert tx.marks_of("gone") == ()
        assert tx.attended_counts(["compost"]) == {"compost": 1}


@pytest.mark.parametrize(
    ("kept", "gone", "after"),
    [
        ((R,), (R,), ("town", R)),
        ((), (R,), ("town", R)),  # the point that the one that stays chose
        ((R,), (R, C), ("village", C)),
        ((), (R, C), ("village", C)),
        ((R,), (R, C, B), ("village", B)),
        ((R, C), (R,), ("town", C)),
        ((R, C, B), (R, C), ("town", B)),
    ],
)
def test_one_person_has_one_item(store: SqlStore, policy: Policy, kept: Any, gone: Any, after: Any) -> None:
    two(store)
    give(store, "kept", "town", *kept)
    give(store, "gone", "village", *gone)
    one = made_one(store, policy)
    with store.begin() as tx:
        found = tx.reservations_of(["kept"])["kept"]
        left = [each for each in tx.reservations() if each.registration == "gone" and each.status is not L]
    assert (found.point, found.status) == after
    assert one.pickup == after[0]
    # Two in one person's hands: the other stays listed until it comes back.
    assert [each.status for each in left] == ([C] if kept == (R, C, B) else [])


def test_nothing_is_told_twice_and_what_waits_for_the_one_given_up_is_withdrawn(
    store: SqlStore, policy: Policy
) -> None:
    two(store)
    with store.begin() as tx:
        for identity, who, moment in (("d1", "gone", "certificate"), ("d2", "gone", "reminder/7"), ("d3", "kept", "x")):
            tx.enqueue(outgoing(identity), NOW)
            assert tx.tell(who, moment, identity, NOW)
    with store.begin() as tx:
        for delivery in tx.claim_due(NOW, 1):
            tx.settle(delivery.message.id, DeliveryStatus.SENT, NOW)
            assert delivery.message.id == "d1"
    made_one(store, policy)
    with store.begin() as tx:
        assert tx.told_of("certificate", "compost") == {"kept"}
        assert tx.told_of("reminder/7", "compost") == {"gone"}, "it was withdrawn: the one that stays has its own"
        assert {d.message.id for d in tx.deliveries(status=DeliveryStatus.WITHDRAWN)} == {"d2"}
        assert {d.message.id for d in tx.deliveries(status=DeliveryStatus.QUEUED)} == {"d3"}


def test_invitations_lead_to_the_one_that_stays(store: SqlStore, policy: Policy) -> None:
    two(store)
    made = Invitation(registration="kept", session="1", uid="kept.1", stamped_at=NOW, starts=NOW, ends=LATER)
    with store.begin() as tx:
        tx.put_invitation(made)
        for session in ("1", "2"):
            tx.put_invitation(replace(made, registration="gone", session=session, uid=f"gone.{session}", sequence=3))
    made_one(store, policy)
    with store.begin() as tx:
        assert [(i.session, i.uid, i.sequence) for i in tx.invitations(["kept"])] == [
            ("1", "kept.1", 0),
            ("2", "gone.2", 3),
        ]
        assert [i.uid for i in tx.invitations(["gone"])] == ["gone.1"]


def test_the_place_of_either_is_one_place_and_the_next_in_line_gets_the_other(store: SqlStore, policy: Policy) -> None:
    two(store)
    waits = person("next", status=RegistrationStatus.WAITLISTED)
    with store.begin() as tx:
        tx.put_registration(waits, "waitlisted", NOW)
    made_one(store, policy)
    with store.begin() as tx:
        assert {r.id: r.status.value for r in tx.registrations()} == {
            "kept": "confirmed",
            "gone": "cancelled",
            "next": "offered",
        }


def test_whoever_has_the_place_has_said_how_and_the_address_that_is_known_stays(
    store: SqlStore, shipped: Policy
) -> None:
    policy = with_events(shipped, picnic(modes=("in-person", "online"), in_person_capacity=1))
    with store.begin() as tx:
        tx.put_registration(person("other", mode="in-person"), "registered", NOW, {"compost!in-person": 1})
        waits = person(
            "kept", status=RegistrationStatus.WAITLISTED, mode="in-person", email=None, requested_by="b@x.example"
        )
        tx.put_registration(waits, "waitlisted", NOW)
        tx.put_registration(person("gone", mode="online"), "registered", NOW)
    one = made_one(store, policy)
    assert (one.status, one.mode, one.email) == (RegistrationStatus.CONFIRMED, "online", "gone@example.org")


def test_no_place_is_made_by_making_two_one(store: SqlStore, shipped: Policy) -> None:
    base = picnic()
    (session,) = base.sessions
    days = tuple(replace(session, key=f"compost/{n}", capacity=1) for n in (1, 2))
    policy = with_events(shipped, replace(base, attend="any", sessions=days))
    with store.begin() as tx:
        tx.put_registration(replace(person("other"), sessions=("compost/1",)), "registered", NOW)
        waits = replace(person("kept", status=RegistrationStatus.WAITLISTED), sessions=("compost/1",))
        tx.put_registration(waits, "waitlisted", NOW)
        tx.put_registration(replace(person("gone"), sessions=("compost/2",)), "registered", NOW)
        said = merge(tx, policy, "kept", "gone", LATER)
        assert said == "there is no place for what they want together (compost/1 is full); let one of them go instead"
        assert {r.status.value for r in tx.registrations()} == {"confirmed", "waitlisted"}
