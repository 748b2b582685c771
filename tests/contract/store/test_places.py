"""Places, the waiting list and the items at pick-up points, as the store keeps them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text

from mailbot.adapters.store import ForbiddenTransition, Overbooked, SqlStore, open_store
from mailbot.core.pickups import PICKUP_TRANSITIONS, PickupStatus, Reservation
from mailbot.core.registrations import Exchange, RegistrationStatus
from tests.contract.store.samples import NOW, registration

CONFIRMED, WAITLISTED, OFFERED, CANCELLED = (
    RegistrationStatus.CONFIRMED,
    RegistrationStatus.WAITLISTED,
    RegistrationStatus.OFFERED,
    RegistrationStatus.CANCELLED,
)
TWO = {"album": 2}


def reservation(id: str, status: PickupStatus = PickupStatus.RESERVED, point: str = "town") -> Reservation:
    return Reservation(registration=id, event="album", point=point, status=status, reserved_at=NOW, changed_at=NOW)


def test_a_place_beyond_the_limit_is_refused_whatever_was_decided(store: SqlStore) -> None:
    with store.begin() as tx:
        tx.put_registration(registration("r1"), "registered", NOW, TWO)
        tx.put_registration(registration("r2", status=WAITLISTED), "waitlisted", NOW, TWO)
        tx.put_registration(registration("r3"), "registered", NOW, TWO)
        with pytest.raises(Overbooked), tx.savepoint():
            tx.put_registration(registration("r2", status=OFFERED), "offered", NOW, TWO)
        # Who has a place keeps it, whatever else changes; one that is given back is there for the next.
        tx.put_registration(registration("r3", mode="online"), "changed", NOW, TWO)
        tx.put_registration(registration("r1", status=CANCELLED), "cancelled", NOW, TWO)
        tx.put_registration(registration("r2", status=OFFERED), "offered", NOW, TWO)
        assert tx.seats_taken(["album"]) == {"album": 2}
        # Below what is taken already, a limit throws nobody out, and lets nobody in.
        with pytest.raises(Overbooked), tx.savepoint():
            tx.put_registration(registration("r4"), "registered", NOW, {"album": 1})
        assert tx.seats_taken(["album"]) == {"album": 2}


def test_people_who_came_before_there_was_a_limit_count(store: SqlStore) -> None:
    with store.begin() as tx:
        tx.put_registration(registration("r1"), "registered", NOW)
        tx.put_registration(registration("r2"), "registered", NOW, TWO)
        with pytest.raises(Overbooked), tx.savepoint():
            tx.put_registration(registration("r3"), "registered", NOW, TWO)


def test_seats_in_the_room_are_for_those_who_may_come(store: SqlStore) -> None:
    with store.begin() as tx:
        tx.put_registration(registration("r1", mode="online"), "registered", NOW)
        tx.put_registration(registration("r2", mode="in-person"), "registered", NOW)
        tx.put_registration(registration("r3", sessions=("album/1",)), "registered", NOW)
        assert tx.seats_taken(["album", "album!in-person", "album/1!in-person"]) == {
            "album": 3,
            "album!in-person": 2,
            "album/1!in-person": 1,
        }


def test_no_two_people_ever_have_the_same_place(shared_database: str) -> None:
    """The last line, below everything that the program checks."""
    store = open_store(shared_database)
    with store.begin() as tx:
        tx.put_registration(registration("r1"), "registered", NOW, TWO)
        tx.put_registration(registration("r2"), "registered", NOW, TWO)
    store.close()
    engine = create_engine(shared_database)
    for statement in (
        "UPDATE seats SET number = 1 WHERE registration_id = 'r2' AND key = 'album'",
        "UPDATE seats SET number = 0 WHERE registration_id = 'r2' AND key = 'album'",
        "UPDATE registrations SET status = 'offered'",
    ):
        with pytest.raises(Exception, match=r"(?i)constraint"), engine.begin() as connection:
            connection.execute(text(statement))
    engine.dispose()


def test_the_waiting_list_is_in_the_order_of_arrival_at_the_server(store: SqlStore) -> None:
    second = timedelta(seconds=1)
    with store.begin() as tx:
        for name, fields in {
            "late": {"requested_at": NOW + second, "arrival_order": 1},
            "third": {"requested_at": NOW, "arrival_order": 3000},
            "second": {"requested_at": NOW, "arrival_order": 2001},
            "first": {"requested_at": NOW, "arrival_order": 2000},
            "other": {"event": "bread"},
        }.items():
            tx.put_registration(registration(name, status=WAITLISTED, **fields), "waitlisted", NOW)
        tx.put_registration(registration("confirmed"), "registered", NOW)
        assert [r.id for r in tx.waiting("album")] == ["first", "second", "third", "late"]
        assert [r.id for r in tx.waiting("bread")] == ["other"]
        assert tx.waiting("nothing") == ()


def test_offers_end_when_their_time_is_over(store: SqlStore) -> None:
    with store.begin() as tx:
        for name, hours in (("r1", 2), ("r2", 1), ("r3", 3)):
            tx.put_registration(registration(name, status=WAITLISTED), "waitlisted", NOW)
            until = NOW + timedelta(hours=hours)
            tx.put_registration(registration(name, status=OFFERED, offered_until=until), "offered", NOW)
        assert tx.offers_ended(NOW) == ()
        ended = tx.offers_ended(NOW + timedelta(hours=2))
        assert [r.id for r in ended] == ["r2", "r1"]
        assert ended[1].offered_until == NOW + timedelta(hours=2)


def test_second_choices_are_kept_while_somebody_waits(store: SqlStore) -> None:
    row = registration("r1", status=WAITLISTED, choices={"lab": "a"}, second_choices={"lab": "b"}, second_mode="online")
    with store.begin() as tx:
        tx.put_registration(row, "waitlisted", NOW)
        assert tx.waiting("album") == (row,)
        (change,) = tx.changes_since(0, ["album"])
        assert change.registration == row


def test_who_waits_with_a_place_is_in_line_and_holds_both_once_it_is_offered(store: SqlStore) -> None:
    exchange = Exchange(
        sessions=("album",), choices={"lab": "b"}, requested_at=NOW + timedelta(hours=1), arrival_order=7
    )
    row = registration("r1", choices={"lab": "a"}, exchange=exchange)
    later = registration("r2", status=WAITLISTED, requested_at=NOW + timedelta(hours=2))
    keys = ("album:lab=a", "album:lab=b")
    with store.begin() as tx:
        tx.put_registration(row, "changed", NOW)
        tx.put_registration(later, "waitlisted", NOW)
        assert tx.waiting("album") == (row, later)
        assert dict(tx.seats_taken(keys)) == {"album:lab=a": 1, "album:lab=b": 0}
        offered = replace(row, exchange=replace(exchange, offered_until=NOW + timedelta(hours=3)))
        tx.put_registration(offered, "changed", NOW)
        assert tx.waiting("album") == (later,)
        assert dict(tx.seats_taken(keys)) == {"album:lab=a": 1, "album:lab=b": 1}
        assert tx.offers_ended(NOW + timedelta(hours=2)) == ()
        assert tx.offers_ended(NOW + timedelta(hours=3)) == (offered,)
        assert tx.changes_since(0, ["album"])[-1].registration == offered


#: a way from nothing to each status of an item
WAYS: dict[PickupStatus | None, tuple[PickupStatus, ...]] = {
    None: (),
    PickupStatus.RESERVED: (PickupStatus.RESERVED,),
    PickupStatus.COLLECTED: (PickupStatus.RESERVED, PickupStatus.COLLECTED),
    PickupStatus.RETURNED: (PickupStatus.RESERVED, PickupStatus.COLLECTED, PickupStatus.RETURNED),
    PickupStatus.RELEASED: (PickupStatus.RESERVED, PickupStatus.RELEASED),
}


@pytest.mark.parametrize("before", WAYS)
@pytest.mark.parametrize("after", PickupStatus)
def test_items_move_only_as_their_table_says(before: PickupStatus | None, after: PickupStatus) -> None:
    store = open_store("sqlite://")
    with store.begin() as tx:
        tx.put_registration(registration("r1"), "registered", NOW)
        for step in WAYS[before]:
            tx.put_reservation(reservation("r1", step), 1)
        if after is before or after in PICKUP_TRANSITIONS[before]:
            tx.put_reservation(reservation("r1", after), 1)
            assert tx.reservations_of(["r1"])["r1"].status is after
        else:
            with pytest.raises(ForbiddenTransition):
                tx.put_reservation(reservation("r1", after), 1)
    store.close()


def test_never_more_is_set_aside_than_there_is(store: SqlStore) -> None:
    with store.begin() as tx:
        for number in range(4):
            tx.put_registration(registration(f"r{number}"), "registered", NOW)
        tx.put_reservation(reservation("r0"), 2)
        tx.put_reservation(reservation("r1"), 2)
        with pytest.raises(Overbooked), tx.savepoint():
            tx.put_reservation(reservation("r2"), 2)
        tx.put_reservation(reservation("r2", point="village"), 1)
        with pytest.raises(Overbooked), tx.savepoint():  # nor by changing the point
            tx.put_reservation(reservation("r2"), 2)
        assert tx.stock_taken("album") == {"album@town": 2, "album@village": 1}
        # What is in somebody's hands is gone; what came back, or was never fetched, is there again.
        tx.put_reservation(reservation("r0", PickupStatus.COLLECTED), 2)
        assert tx.stock_taken("album")["album@town"] == 2
        tx.put_reservation(reservation("r0", PickupStatus.RETURNED), 2)
        tx.put_reservation(reservation("r1", PickupStatus.RELEASED), 2)
        assert tx.stock_taken("album") == {"album@village": 1}
        tx.put_reservation(reservation("r2"), 2)
        tx.put_reservation(reservation("r3"), 2)
        assert tx.stock_taken("album") == {"album@town": 2}


def test_what_was_not_fetched_is_found(store: SqlStore) -> None:
    long_ago = NOW - timedelta(days=9)
    with store.begin() as tx:
        for name, at, status in (
            ("r1", NOW, PickupStatus.RESERVED),
            ("r2", long_ago, PickupStatus.RESERVED),
            ("r3", long_ago, PickupStatus.COLLECTED),
        ):
            tx.put_registration(registration(name), "registered", NOW)
            tx.put_reservation(replace(reservation(name), reserved_at=at, changed_at=at), 5)
            if status is not PickupStatus.RESERVED:
                tx.put_reservation(replace(reservation(name, status), reserved_at=at, changed_at=at), 5)
        due = tx.uncollected_after("album", "", NOW - timedelta(days=7), 10)
        assert [r.id for _, r in due] == ["r2"]
        assert tx.uncollected_after("album", due[0][0], NOW - timedelta(days=7), 10) == ()
        assert tx.count_uncollected("album") == 2
        assert len(tx.reservations(event="album")) == 3
        assert tx.reservations(event="bread") == ()
