"""What was told, how far it has got, who wants silence, who came: the same on every database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mailbot.adapters.store import RuleViolated, SqlStore
from mailbot.core.attendance import ATTENDANCE_TRANSITIONS, Attendance, AttendanceStatus
from mailbot.core.deliveries import DeliveryStatus
from mailbot.core.pickups import PickupStatus, Reservation
from mailbot.core.registrations import RegistrationStatus
from mailbot.service.telling import Progress
from tests.contract.store.samples import NOW, outgoing, registration


def test_a_moment_is_told_once_to_a_registration(store: SqlStore) -> None:
    with store.begin() as tx:
        for name in ("r1", "r2"):
            tx.put_registration(registration(name), "registered", NOW)
        assert tx.tell("r1", "reminder/7/2021-09-16", "d1", NOW)
        assert not tx.tell("r1", "reminder/7/2021-09-16", "d2", NOW)
        assert tx.tell("r1", "reminder/1/2021-09-16", "d3", NOW)
        assert tx.tell("r2", "reminder/7/2021-09-16", "d4", NOW)
    with store.begin() as tx:
        assert tx.told_of("reminder/7/2021-09-16", "album") == {"r1", "r2"}
        assert tx.told_of("reminder/7/2021-09-16", "other") == frozenset()


def test_nobody_is_told_who_is_not_on_file(store: SqlStore) -> None:
    with pytest.raises(RuleViolated), store.begin() as tx:
        tx.tell("nobody", "opens", "d1", NOW)


def test_registrations_are_gone_through_in_portions(store: SqlStore) -> None:
    with store.begin() as tx:
        for number in range(7):
            tx.put_registration(registration(f"r{number}"), "registered", NOW)
        tx.put_registration(registration("r3x", status=RegistrationStatus.PENDING), "requested", NOW)
        tx.put_registration(registration("r3y", event="other"), "registered", NOW)
        found: list[str] = []
        position = ""
        while page := tx.registrations_after("album", RegistrationStatus.CONFIRMED, position, 3):
            found += [r.id for r in page]
            position = found[-1]
        assert found == [f"r{number}" for number in range(7)]
        assert page == ()
        assert tx.count_registrations("album", RegistrationStatus.CONFIRMED) == 7


def test_how_far_a_moment_has_got_is_remembered(store: SqlStore) -> None:
    with store.begin() as tx:
        assert tx.progress("album", "opens") == Progress()
        tx.set_progress("album", "opens", Progress(position="r5", told=4))
        tx.set_progress("album", "opens", Progress(position="r9", told=7, done=True))
        tx.set_progress("other", "opens", Progress(position="r1"))
    with store.begin() as tx:
        assert tx.progress("album", "opens") == Progress(position="r9", told=7, done=True)


def test_what_waits_can_be_postponed_and_goes_with_a_cancellation(store: SqlStore) -> None:
    with store.begin() as tx:
        for number in (1, 2, 3):
            tx.put_registration(registration(f"r{number}"), "registered", NOW)
            tx.tell(f"r{number}", "opens", f"d{number}", NOW)
            tx.enqueue(outgoing(f"d{number}"), NOW)
        tx.enqueue(outgoing("answer"), NOW)
        assert [(w.delivery_id, w.registration.id, w.moment) for w in tx.waiting_told()] == [
            (f"d{number}", f"r{number}", "opens") for number in (1, 2, 3)
        ]
        tx.postpone("d3", NOW + timedelta(hours=12))
        cancelled = replace(registration("r1"), status=RegistrationStatus.CANCELLED)
        tx.put_registration(cancelled, "cancelled", NOW)
    with store.begin() as tx:
        assert [(w.delivery_id, w.due_at) for w in tx.waiting_told()] == [
            ("d2", NOW),
            ("d3", NOW + timedelta(hours=12)),
        ]
        assert [d.message.id for d in tx.deliveries(status=DeliveryStatus.WITHDRAWN)] == ["d1"]
        claimed = [delivery.message.id for delivery in tx.claim_due(NOW, 10)]
        assert claimed == ["d2", "answer"]
        tx.postpone("d2", NOW + timedelta(days=1))
    with store.begin() as tx:
        assert [w.delivery_id for w in tx.waiting_told()] == ["d3"]


def test_an_address_that_wants_silence(store: SqlStore) -> None:
    with store.begin() as tx:
        assert not tx.wants_no_reminders("ada@example.org")
        tx.stop_reminders("Ada@Example.org", NOW)
        tx.stop_reminders("ada@example.org", NOW)
    with store.begin() as tx:
        assert tx.wants_no_reminders("ADA@example.org")
        assert not tx.wants_no_reminders("grace@example.org")


def test_items_not_fetched_come_up_in_order_though_several_were_set_aside_together(store: SqlStore) -> None:
    with store.begin() as tx:
        for number in range(6):
            tx.put_registration(registration(f"r{number}"), "registered", NOW)
            aside = Reservation(
                registration=f"r{number}",
                event="album",
                point="p",
                status=PickupStatus.RESERVED,
                reserved_at=NOW,
                changed_at=NOW + timedelta(days=number // 2),
            )
            tx.put_reservation(aside)
        tx.put_reservation(replace(aside, status=PickupStatus.COLLECTED))
        position, found = "", []
        while page := tx.uncollected_after("album", position, NOW + timedelta(days=2), 1):
            ((position, person),) = page
            found.append(person.id)
        assert found == ["r0", "r1", "r2", "r3", "r4"]
        first = tx.uncollected_after("album", "", NOW + timedelta(hours=1), 10)
        assert [person.id for _, person in first] == ["r0", "r1"]
        assert tx.count_uncollected("album") == 5


def mark(status: AttendanceStatus, session: str = "album", registration: str = "r1") -> Attendance:
    return Attendance(registration=registration, session=session, status=status, marked_at=NOW)


def test_who_came_is_on_file_and_a_mark_can_be_corrected(store: SqlStore) -> None:
    with store.begin() as tx:
        tx.put_registration(registration("r1"), "registered", NOW)
        assert tx.put_attendance([mark(AttendanceStatus.ATTENDED), mark(AttendanceStatus.ABSENT, "album/2")]) == 2
        assert tx.put_attendance([mark(AttendanceStatus.ATTENDED)]) == 0
        assert tx.attended_counts(["album", "other"]) == {"album": 1, "other": 0}
        assert tx.put_attendance([mark(AttendanceStatus.ABSENT)]) == 1
    with store.begin() as tx:
        assert tx.marks_of("r1") == (mark(AttendanceStatus.ABSENT), mark(AttendanceStatus.ABSENT, "album/2"))
        assert set(tx.attendance("album")) == {("r1", "album"), ("r1", "album/2")}
        assert tx.attendance("other") == {}
        assert tx.attended_counts(["album"]) == {"album": 0}


def test_every_mark_leads_to_the_other() -> None:
    assert {
        None: set(AttendanceStatus),
        AttendanceStatus.ATTENDED: {AttendanceStatus.ABSENT},
        AttendanceStatus.ABSENT: {AttendanceStatus.ATTENDED},
    } == ATTENDANCE_TRANSITIONS
