"""What every store must do: the same on SQLite in a file, SQLite in memory, and PostgreSQL."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from mailbot.adapters.store import ForbiddenTransition, RuleViolated, SqlStore
from mailbot.core import deliveries, registrations
from mailbot.core.decisions import (
    Enqueue,
    OpenHold,
    PutInvitation,
    PutRegistration,
    RecordBounce,
    ThreadFacts,
)
from mailbot.core.deliveries import DeliveryStatus
from mailbot.core.invitations import Invitation
from mailbot.core.registrations import Registration, RegistrationStatus
from mailbot.core.requests import Details, Reading, Register
from mailbot.service.ports import Transaction
from mailbot.service.stored import MailboxPosition
from tests.contract.store.samples import BRUSSELS, NOW, key, outgoing, processed, registration

# -- ledger ------------------------------------------------------------------------


def test_a_position_is_kept_per_folder_and_replaced(store: SqlStore) -> None:
    with store.begin() as tx:
        assert tx.position("main", "INBOX") is None
        tx.set_position("main", "INBOX", MailboxPosition(uidvalidity=4_294_967_295, uid=7))
        tx.set_position("main", "Other", MailboxPosition(uidvalidity=1, uid=1))
        tx.set_position("main", "INBOX", MailboxPosition(uidvalidity=4_294_967_295, uid=4_294_967_295))
    with store.begin() as tx:
        assert tx.position("main", "INBOX") == MailboxPosition(uidvalidity=4_294_967_295, uid=4_294_967_295)
        assert tx.position("main", "Other") == MailboxPosition(uidvalidity=1, uid=1)


def test_the_ledger_knows_a_message_by_its_whole_key(store: SqlStore) -> None:
    with store.begin() as tx:
        tx.apply(processed(5))
        tx.add_to_ledger(key(6), "hash-5", "ignored", NOW)
        others = [key(5, account="second"), key(5, folder="Sent"), key(5, uidvalidity=1), key(7)]
        assert tx.in_ledger([key(5), key(6), *others]) == {key(5): "processed", key(6): "ignored"}
        assert tx.in_ledger([]) == {}


def test_the_ledger_answers_for_more_keys_than_one_statement_takes(store: SqlStore) -> None:
    with store.begin() as tx:
        for uid in range(0, 1500, 3):
            tx.add_to_ledger(key(uid), f"h{uid}", "processed", NOW)
        assert len(tx.in_ledger([key(uid) for uid in range(1500)])) == 500


def test_content_is_known_per_account(store: SqlStore) -> None:
    with store.begin() as tx:
        tx.apply(processed(5))
        assert tx.content_in_ledger("main", "hash-5") == "processed"
        assert tx.content_in_ledger("second", "hash-5") is None
        assert tx.content_in_ledger("main", "hash-6") is None


def test_what_was_not_moved_is_told_until_it_is(store: SqlStore) -> None:
    with store.begin() as tx:
        for uid in (3, 1, 2):
            tx.apply(processed(uid))
        tx.apply(processed(4, key=key(4, uidvalidity=9)))
        assert tx.unmoved("main", "INBOX", 4_000_000_000, 2) == [(1, "processed"), (2, "processed")]
        tx.set_moved([key(1), key(3)])
        tx.set_moved([])
    with store.begin() as tx:
        assert tx.unmoved("main", "INBOX", 4_000_000_000, 10) == [(2, "processed")]


# -- apply -------------------------------------------------------------------------


def test_a_processed_mail_is_on_file_byte_for_byte(store: SqlStore) -> None:
    mail = processed(5, received_at=datetime(2021, 9, 1, 12, 0, tzinfo=BRUSSELS))
    with store.begin() as tx:
        number = tx.apply(mail)
    with store.begin() as tx:
        stored = tx.mail(number)
        assert tx.mail(number + 1) is None
    assert stored is not None
    assert (stored.id, stored.key, stored.content) == (number, mail.key, mail.content)
    assert (stored.sender, stored.subject) == (mail.sender, mail.subject)
    assert (stored.disposition, stored.outcome) == ("accept", "processed")
    assert (stored.received_at, stored.received_at.utcoffset()) == (mail.received_at, timedelta(0))
    assert stored.processed_at == NOW
    record: Any = stored.record
    assert record["decision"]["hits"] == [
        {"rule": "chain.register", "reason": "register", "message": "a wish to register"}
    ]
    assert record["reading"]["requests"][0]["event"] == {"matched": "album"}


def test_applying_twice_is_refused_and_leaves_nothing(store: SqlStore) -> None:
    with store.begin() as tx:
        tx.apply(processed(5, PutRegistration(registration=registration(), change="registered")))
        before = tx.counts()
        again = processed(5, PutRegistration(registration=registration("r2"), change="registered"))
        with pytest.raises(RuleViolated), tx.savepoint():
            tx.apply(again)
        assert tx.counts() == before
        assert tx.registration("r2") is None
    with pytest.raises(RuleViolated), store.begin() as tx:
        tx.apply(again)


def test_every_effect_of_a_decision_is_written(store: SqlStore) -> None:
    effects = (
        PutRegistration(registration=registration("r1"), change="registered"),
        PutRegistration(registration=registration("r2"), change="registered"),
        OpenHold(id="h1", reasons=("open-question", "complaint"), summary="asks something"),
        Enqueue(message=outgoing("d1")),
        Enqueue(message=outgoing("d2")),
    )
    with store.begin() as tx:
        number = tx.apply(processed(5, *effects))
    with store.begin() as tx:
        assert tx.registration("r1") == registration("r1")
        assert tx.registration("r2") == registration("r2")
        hold = tx.hold("h1")
        assert hold is not None
        assert (hold.processed_id, hold.reasons, hold.key) == (number, ("open-question", "complaint"), key(5))
        queued = tx.claim_due(NOW, 10)
        assert [delivery.message for delivery in queued] == [outgoing("d1"), outgoing("d2")]


def test_a_savepoint_is_undone_alone_even_inside_another(store: SqlStore) -> None:
    with store.begin() as tx:
        tx.set_value("before", "1")
        with tx.savepoint():
            tx.set_value("outer", "1")
            with pytest.raises(ZeroDivisionError), tx.savepoint():
                tx.set_value("inner", "1")
                _ = 1 / 0
            tx.set_value("after", "1")
        with pytest.raises(RuleViolated), tx.savepoint():
            tx.set_value("refused", "1")
            tx.put_registration(registration("a", person_key="same"), "registered", NOW)
            tx.put_registration(registration("b", person_key="same"), "registered", NOW)
    with store.begin() as tx:
        names = ("before", "outer", "inner", "after", "refused")
        assert [tx.value(name) for name in names] == ["1", "1", None, "1", None]
        assert tx.registration("a") is None


def test_a_block_that_raises_leaves_nothing(store: SqlStore) -> None:
    with pytest.raises(ZeroDivisionError), store.begin() as tx:
        tx.apply(processed(5))
        _ = 1 / 0
    with store.begin() as tx:
        assert tx.in_ledger([key(5)]) == {}


def test_a_transaction_inside_another_is_told_apart_from_waiting(store: SqlStore) -> None:
    with store.begin(), pytest.raises(RuntimeError, match="inside"), store.begin():
        pass
    with store.begin() as tx:
        assert tx.cursor("x") == 0


def test_text_that_no_database_takes_is_repaired(store: SqlStore) -> None:
    nasty = "a\0b\udc80c\U0001f600"
    mail = processed(5, OpenHold(id="h1", reasons=("x",), summary=nasty), sender=nasty, subject=nasty, message_id=nasty)
    mail = replace(mail, reading=Reading(language=None, requests=(Register(details=Details(needs=nasty)),)))
    with store.begin() as tx:
        number = tx.apply(mail)
        tx.put_registration(registration(name=nasty, email=nasty, needs=nasty), "registered", NOW)
        tx.enqueue(outgoing(subject=nasty, text=nasty), NOW)
        assert tx.thread([nasty], [nasty]) == ThreadFacts()
    with store.begin() as tx:
        stored, hold = tx.mail(number), tx.hold("h1")
        assert stored is not None
        assert hold is not None
        assert stored.subject == hold.summary == "a\ufffdb\ufffdc\U0001f600"
        assert [r.id for r in tx.registrations_of([nasty])] == ["r1"]


def test_a_moment_without_a_zone_is_refused(store: SqlStore) -> None:
    with pytest.raises(ValueError, match="time zone"), store.begin() as tx:
        tx.enqueue(outgoing(), NOW.replace(tzinfo=None))


# -- registrations -----------------------------------------------------------------

FULL = registration(
    status=RegistrationStatus.PENDING,
    organisation="Schaerbeek « PPU »",
    phone="+32 2 000 00 00",
    language="de",
    sessions=("cycle/1", "cycle/2"),
    choices={"lab": "nuisance", "meal": "veggie"},
    mode="in-person",
    pickup="molenbeek",
    needs="chaise roulante",
    requested_by="Boss@Example.org",
    interest_only=True,
    requested_at=datetime(2021, 9, 1, 12, 30, 0, 5, tzinfo=BRUSSELS),
)


@pytest.mark.parametrize("value", [FULL, registration(name=None, email=None)], ids=["full", "bare"])
def test_a_registration_comes_back_as_it_was(store: SqlStore, value: Registration) -> None:
    with store.begin() as tx:
        tx.put_registration(value, "registered", NOW)
    with store.begin() as tx:
        found = tx.registration("r1")
        assert found == value
        assert found.requested_at.utcoffset() == timedelta(0)
        assert tx.registration("R1") is None
        assert list(tx.registrations()) == [value]


def test_registrations_are_found_by_person_and_by_who_asked(store: SqlStore) -> None:
    rows = (
        registration("r1", email="STRASSE@example.org", requested_at=NOW + timedelta(seconds=2)),
        registration("r2", email=None, requested_by="Straße@example.org", requested_at=NOW),
        registration("r3", email="straße@example.org", status=RegistrationStatus.PENDING),
        registration("r4"),
    )
    with store.begin() as tx:
        for row in rows:
            tx.put_registration(row, "registered", NOW)
        tx.put_registration(replace(rows[2], status=RegistrationStatus.CANCELLED), "cancelled", NOW)
        found = tx.registrations_of(["straße@EXAMPLE.org", "strasse@example.org"])
        assert [r.id for r in found] == ["r2", "r3", "r1"]
        assert [r.id for r in tx.registrations_of(["r4@example.org", "nobody@example.org"])] == ["r4"]
        assert tx.registrations_of([]) == ()


def test_a_person_registers_once_for_an_event(store: SqlStore) -> None:
    with store.begin() as tx:
        tx.put_registration(registration("r1", person_key="ada@example.org"), "registered", NOW)
        tx.put_registration(registration("r2", person_key="ada@example.org", event="other"), "registered", NOW)
    with pytest.raises(RuleViolated), store.begin() as tx:
        tx.put_registration(registration("r3", person_key="ada@example.org"), "registered", NOW)


#: a way from nothing to each status
WAYS: dict[RegistrationStatus | None, tuple[RegistrationStatus, ...]] = {
    None: (),
    RegistrationStatus.PENDING: (RegistrationStatus.PENDING,),
    RegistrationStatus.CONFIRMED: (RegistrationStatus.CONFIRMED,),
    RegistrationStatus.WAITLISTED: (RegistrationStatus.WAITLISTED,),
    RegistrationStatus.OFFERED: (RegistrationStatus.WAITLISTED, RegistrationStatus.OFFERED),
    RegistrationStatus.CANCELLED: (RegistrationStatus.CONFIRMED, RegistrationStatus.CANCELLED),
    RegistrationStatus.DECLINED: (RegistrationStatus.PENDING, RegistrationStatus.DECLINED),
}


def test_registrations_move_only_as_their_table_says(store: SqlStore) -> None:
    for number, (before, after) in enumerate(itertools.product(WAYS, RegistrationStatus)):
        with store.begin() as tx:
            name = f"r{number}"
            for step in WAYS[before]:
                tx.put_registration(registration(name, status=step), "step", NOW)
            allowed = after is before or after in registrations.TRANSITIONS[before]
            if allowed:
                tx.put_registration(registration(name, status=after), "step", NOW)
            else:
                with pytest.raises(ForbiddenTransition, match=str(after)):
                    tx.put_registration(registration(name, status=after), "step", NOW)
            found = tx.registration(name)
            assert (found and found.status) == (after if allowed else before)


def test_seats_are_counted_by_event_session_and_option(store: SqlStore) -> None:
    def row(id: str, status: RegistrationStatus, *sessions: str, **choices: str) -> Registration:
        return registration(id, event="cycle", status=status, sessions=sessions, choices=choices)

    confirmed, offered = RegistrationStatus.CONFIRMED, RegistrationStatus.OFFERED
    keys = ("cycle", "cycle/1", "cycle/2", "cycle:lab=a", "cycle:lab=b", "album")
    with store.begin() as tx:
        tx.put_registration(row("r1", confirmed, "cycle/1", lab="a"), "registered", NOW)
        tx.put_registration(row("r2", confirmed, "cycle/1", "cycle/2", lab="b"), "registered", NOW)
        tx.put_registration(row("r3", RegistrationStatus.WAITLISTED, "cycle/2", lab="a"), "waitlisted", NOW)
        tx.put_registration(row("r4", RegistrationStatus.PENDING, "cycle/2", lab="a"), "registered", NOW)
        assert tx.seats_taken(keys) == dict(zip(keys, (2, 2, 1, 1, 1, 0), strict=True))
        # An offer keeps its seat; whoever changes gives the old seat back; whoever cancels gives back all.
        tx.put_registration(row("r3", offered, "cycle/2", lab="a"), "offered", NOW)
        tx.put_registration(row("r1", confirmed, "cycle/2", lab="b"), "changed", NOW)
        tx.put_registration(row("r2", RegistrationStatus.CANCELLED, "cycle/1", "cycle/2", lab="b"), "cancelled", NOW)
        assert tx.seats_taken(keys) == dict(zip(keys, (2, 0, 2, 1, 1, 0), strict=True))
        assert tx.seats_taken(()) == {}


def test_invitations_come_back_and_keep_their_uid(store: SqlStore) -> None:
    first = Invitation(
        registration="r1", session="album/1", uid="u1@example.org", stamped_at=NOW, starts=NOW, ends=NOW, place="Rue 1"
    )
    later = replace(
        first,
        sequence=3,
        since=2,
        status="cancelled",
        partstat="DECLINED",
        replied_sequence=2,
        replied_at=NOW,
        place="online",
    )
    with store.begin() as tx:
        tx.put_registration(registration("r1"), "registered", NOW)
        tx.put_registration(registration("r2"), "registered", NOW)
        tx.apply(processed(5, PutInvitation(invitation=first)))
        tx.put_invitation(replace(first, session="album/2", uid="u2@example.org"))
        assert tx.invitation("u1@example.org") == first
        assert tx.invitation("U1@example.org") is None
        tx.put_invitation(replace(later, uid="another@example.org"))
    with store.begin() as tx:
        assert tx.invitations(["r1", "r1", "r2"])[0] == later
        assert [each.uid for each in tx.invitations(["r1", "r2"])] == ["u1@example.org", "u2@example.org"]
        assert tx.invitations([]) == ()


def test_a_uid_stands_for_one_invitation(store: SqlStore) -> None:
    given = {"uid": "u1@example.org", "stamped_at": NOW, "starts": NOW, "ends": NOW}
    with store.begin() as tx:
        tx.put_registration(registration("r1"), "registered", NOW)
        tx.put_registration(registration("r2"), "registered", NOW)
        tx.put_invitation(Invitation(registration="r1", session="a", **given))  # type: ignore[arg-type]
    with pytest.raises(RuleViolated), store.begin() as tx:
        tx.put_invitation(Invitation(registration="r2", session="a", **given))  # type: ignore[arg-type]


def test_the_history_keeps_every_state(store: SqlStore) -> None:
    cancelled = replace(FULL, status=RegistrationStatus.CANCELLED)
    with store.begin() as tx:
        tx.put_registration(FULL, "registered", NOW)
        tx.put_registration(registration("r2", event="other"), "registered", NOW)
        tx.put_registration(cancelled, "cancelled", NOW + timedelta(hours=1))
    with store.begin() as tx:
        changes = tx.changes_since(0, ["album"])
        assert [(c.change, c.registration, c.at) for c in changes] == [
            ("registered", FULL, NOW),
            ("cancelled", cancelled, NOW + timedelta(hours=1)),
        ]
        assert tx.changes_since(changes[0].id, ["album"]) == changes[1:]
        assert tx.changes_since(changes[1].id, ["album"]) == ()
        assert [c.registration.event for c in tx.changes_since(0, ["album", "other"], limit=2)] == ["album", "other"]
        assert tx.changes_since(0, []) == ()


def test_registrations_are_listed_by_event_and_status_in_order_of_arrival(store: SqlStore) -> None:
    rows = [
        registration("r1", requested_at=NOW + timedelta(seconds=1)),
        registration("r2", requested_at=NOW),
        registration("r3", status=RegistrationStatus.WAITLISTED),
        registration("r4", event="aaa"),
    ]
    with store.begin() as tx:
        for row in rows:
            tx.put_registration(row, "registered", NOW)
        assert [r.id for r in tx.registrations()] == ["r4", "r2", "r3", "r1"]
        assert [r.id for r in tx.registrations(event="album")] == ["r2", "r3", "r1"]
        assert [r.id for r in tx.registrations(status=RegistrationStatus.CONFIRMED)] == ["r4", "r2", "r1"]
        assert [r.id for r in tx.registrations(event="album", status=RegistrationStatus.WAITLISTED)] == ["r3"]


# -- thread and replies ------------------------------------------------------------


def test_an_answer_finds_what_our_mail_was_about(store: SqlStore) -> None:
    with store.begin() as tx:
        tx.put_registration(registration("r1"), "registered", NOW)
        tx.put_registration(registration("r2"), "registered", NOW)
        about = outgoing("d1", registrations=("r2", "gone", "r1"), events=("b", "a"), kind="registrant-which-event")
        tx.enqueue(about, NOW)
        tx.enqueue(outgoing("d2", kind="registrant-already"), NOW)
        tx.put_registration(registration("r1", status=RegistrationStatus.CANCELLED), "cancelled", NOW)
        first = ThreadFacts(
            registrations=(registration("r2"), registration("r1", status=RegistrationStatus.CANCELLED)),
            kind="registrant-which-event",
            events=("b", "a"),
            written_to="ada@example.org",
        )
        assert tx.thread([], ["d1"]) == first
        assert tx.thread(["<unknown@example.org>", "<d1@example.org>", "<d2@example.org>"], []) == first
        assert tx.thread(["d1@example.org"], []) == first
        # The token says to whom we wrote; References may have been carried along from elsewhere.
        assert tx.thread(["<d2@example.org>"], ["nonsense", "d1"]) == first
        assert tx.thread(["<d2@example.org>"], ["nonsense"]).kind == "registrant-already"
        assert tx.thread([], []) == ThreadFacts()
        assert tx.thread(["<x@example.org>"] * 10_000, ["y"] * 10_000) == ThreadFacts()


def test_recent_replies_are_counted_by_kind(store: SqlStore) -> None:
    with store.begin() as tx:
        for number, (hours, kind, to) in enumerate(
            [
                (25, "registrant-confirmed", "ada@example.org"),
                (24, "registrant-confirmed", "ADA@example.org"),
                (1, "registrant-confirmed", "Ada@Example.ORG"),
                (0, "registrant-which-event", "ada@example.org"),
                (0, "registrant-which-event", "other@example.org"),
            ]
        ):
            tx.enqueue(outgoing(f"d{number}", kind=kind, envelope_to=to), NOW - timedelta(hours=hours))
        found = tx.recent_replies("aDa@example.org", NOW - timedelta(hours=24))
        assert found == {"registrant-confirmed": 2, "registrant-which-event": 1}
        assert tx.recent_replies("nobody@example.org", NOW - timedelta(hours=24)) == {}


# -- outbox ------------------------------------------------------------------------


def test_a_delivery_is_queued_once_whatever_became_of_it(store: SqlStore) -> None:
    with store.begin() as tx:
        assert tx.enqueue(outgoing(), NOW)
        assert not tx.enqueue(outgoing(subject="again"), NOW)
        tx.claim_due(NOW, 1)
        tx.settle("d1", DeliveryStatus.SENT, NOW)
        assert not tx.enqueue(outgoing(), NOW)
        tx.apply(processed(1, Enqueue(message=outgoing())))
        assert [d.status for d in tx.deliveries()] == [DeliveryStatus.SENT]
    with pytest.raises(RuleViolated), store.begin() as tx:
        tx.enqueue(outgoing("d2", message_id="<d1@example.org>"), NOW)


def test_what_is_due_is_claimed_once_and_the_longest_due_first(store: SqlStore) -> None:
    with store.begin() as tx:
        for name, minutes in (("d1", 0), ("d2", -5), ("d3", -5), ("d4", 1)):
            tx.enqueue(outgoing(name), NOW + timedelta(minutes=minutes))
        assert tx.next_due() == NOW - timedelta(minutes=5)
    with store.begin() as tx:
        claimed = tx.claim_due(NOW, 2)
        assert [(d.message.id, d.status, d.attempts) for d in claimed] == [
            ("d2", DeliveryStatus.IN_FLIGHT, 1),
            ("d3", DeliveryStatus.IN_FLIGHT, 1),
        ]
        assert claimed[0].message == outgoing("d2")
        assert claimed[0].due_at == claimed[0].queued_at == NOW - timedelta(minutes=5)
    with store.begin() as tx:
        assert [d.message.id for d in tx.claim_due(NOW, 10)] == ["d1"]
        assert tx.claim_due(NOW, 10) == ()
        assert tx.next_due() == NOW + timedelta(minutes=1)
        assert [d.message.id for d in tx.claim_due(NOW + timedelta(minutes=1), 10)] == ["d4"]
        assert tx.next_due() is None


def test_a_deferred_delivery_comes_back_when_it_is_due(store: SqlStore) -> None:
    later = NOW + timedelta(minutes=5)
    with store.begin() as tx:
        tx.enqueue(outgoing(), NOW)
        tx.claim_due(NOW, 1)
        tx.settle("d1", DeliveryStatus.DEFERRED, NOW, due_at=later, error="451 later\0")
        assert tx.claim_due(later - timedelta(microseconds=1), 1) == ()
        assert tx.deliveries(status=DeliveryStatus.DEFERRED)[0].last_error == "451 later\ufffd"
        (again,) = tx.claim_due(later, 1)
        assert (again.attempts, again.queued_at, again.due_at) == (2, NOW, later)
        with pytest.raises(ValueError, match="next try"):
            tx.settle("d1", DeliveryStatus.DEFERRED, NOW)
        tx.settle("d1", DeliveryStatus.SENT, later)
        assert tx.deliveries()[0].last_error is None
        with pytest.raises(LookupError):
            tx.settle("unknown", DeliveryStatus.SENT, later)


#: a way from queued to each status
ROUTES: dict[DeliveryStatus, tuple[DeliveryStatus, ...]] = {
    DeliveryStatus.QUEUED: (),
    DeliveryStatus.IN_FLIGHT: (DeliveryStatus.IN_FLIGHT,),
    DeliveryStatus.SENT: (DeliveryStatus.IN_FLIGHT, DeliveryStatus.SENT),
    DeliveryStatus.DEFERRED: (DeliveryStatus.IN_FLIGHT, DeliveryStatus.DEFERRED),
    DeliveryStatus.FAILED: (DeliveryStatus.IN_FLIGHT, DeliveryStatus.FAILED),
    DeliveryStatus.WITHDRAWN: (DeliveryStatus.WITHDRAWN,),
}


def test_deliveries_move_only_as_their_table_says(store: SqlStore) -> None:
    for number, (before, after) in enumerate(itertools.product(ROUTES, DeliveryStatus)):
        with store.begin() as tx:
            name = f"d{number}"
            tx.enqueue(outgoing(name), NOW)
            for step in ROUTES[before]:
                tx.settle(name, step, NOW, due_at=NOW)
            allowed = after in deliveries.TRANSITIONS[before]
            if allowed:
                tx.settle(name, after, NOW, due_at=NOW)
            else:
                with pytest.raises(ForbiddenTransition, match=f"{before} -> {after}"):
                    tx.settle(name, after, NOW, due_at=NOW)
            assert tx.deliveries(limit=1)[0].status == (after if allowed else before)


def test_what_a_crash_left_in_flight_is_sent_again_under_its_own_message_id(store: SqlStore) -> None:
    with store.begin() as tx:
        tx.enqueue(outgoing("d1"), NOW)
        tx.enqueue(outgoing("d2"), NOW)
        tx.claim_due(NOW, 1)
    restarted = NOW + timedelta(minutes=1)
    with store.begin() as tx:
        assert tx.recover_in_flight(restarted) == 1
        assert tx.recover_in_flight(restarted) == 0
    with store.begin() as tx:
        claimed = tx.claim_due(restarted, 10)
        assert [(d.message.id, d.message.message_id, d.attempts) for d in claimed] == [
            ("d2", "<d2@example.org>", 1),
            ("d1", "<d1@example.org>", 2),
        ]


def test_a_coordinators_new_try_begins_anew(store: SqlStore) -> None:
    week_later = NOW + timedelta(days=7)
    with store.begin() as tx:
        tx.enqueue(outgoing(), NOW)
        tx.claim_due(NOW, 1)
        tx.settle("d1", DeliveryStatus.FAILED, NOW, error="550 no")
        tx.settle("d1", DeliveryStatus.QUEUED, week_later)
        (again,) = tx.claim_due(week_later, 1)
        assert (again.attempts, again.queued_at, again.due_at) == (1, week_later, week_later)


def test_deliveries_are_listed_newest_first(store: SqlStore) -> None:
    with store.begin() as tx:
        for number in range(5):
            tx.enqueue(outgoing(f"d{number}"), NOW)
        tx.settle("d3", DeliveryStatus.WITHDRAWN, NOW)
        assert [d.message.id for d in tx.deliveries(limit=3)] == ["d4", "d3", "d2"]
        assert [d.message.id for d in tx.deliveries(status=DeliveryStatus.WITHDRAWN)] == ["d3"]
        assert tx.deliveries(status=DeliveryStatus.FAILED) == ()


@pytest.mark.parametrize(
    ("action", "message_id", "counted"),
    [
        ("failed", "<d1@example.org>", 1),
        ("Failed ", "d1@example.org", 1),
        ("failed", "<unknown@example.org>", 1),
        ("delayed", "<d1@example.org>", 0),
        ("delivered", "<d1@example.org>", 0),
        ("relayed", "<d1@example.org>", 0),
    ],
)
def test_only_a_failure_is_a_bounce(store: SqlStore, action: str, message_id: str, counted: int) -> None:
    bounce = RecordBounce(message_id=message_id, recipient="ada@example.org", action=action, status="5.1.1")
    with store.begin() as tx:
        tx.enqueue(outgoing("d1"), NOW)
        tx.apply(processed(1, bounce))
        assert tx.counts()["bounces"] == counted


# -- review ------------------------------------------------------------------------


def opened(tx: Transaction, uid: int, id: str, at: datetime = NOW) -> None:
    mail = processed(uid, OpenHold(id=id, reasons=("complaint",), summary="angry"), processed_at=at)
    tx.apply(replace(mail, decision=replace(mail.decision, disposition="hold", outcome="review")))


def test_holds_are_listed_open_ones_first_come_first(store: SqlStore) -> None:
    with store.begin() as tx:
        opened(tx, 1, "late", NOW + timedelta(hours=1))
        opened(tx, 2, "early")
        opened(tx, 3, "closed", NOW + timedelta(hours=2))
        tx.close_hold("closed", "dismissed", "gwen", NOW + timedelta(hours=3))
    with store.begin() as tx:
        assert [hold.id for hold in tx.holds()] == ["early", "late"]
        assert [hold.id for hold in tx.holds(limit=1)] == ["early"]
        assert [hold.id for hold in tx.holds(open_only=False)] == ["closed", "late", "early"]
        hold = tx.hold("closed")
        assert hold is not None
        assert (hold.outcome, hold.closed_by, hold.closed_at) == ("dismissed", "gwen", NOW + timedelta(hours=3))
        assert (hold.sender, hold.subject, hold.summary) == ("ada@example.org", "Inscription — « Album »", "angry")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("abcd", "abcd"),
        ("abce", "abce"),
        ("abcef", "abcef"),
        ("abc", None),
        ("ABCD", "abcd"),
        ("b", "bbbb"),
        ("", None),
        ("%", None),
        ("____", None),
        ("x", None),
    ],
)
def test_a_hold_is_found_by_an_unambiguous_beginning(store: SqlStore, asked: str, found: str | None) -> None:
    with store.begin() as tx:
        for uid, name in enumerate(("abcd", "abce", "abcef", "bbbb")):
            opened(tx, uid, name)
        hold = tx.hold(asked)
        assert (hold and hold.id) == found


def test_a_hold_is_closed_once(store: SqlStore) -> None:
    with store.begin() as tx:
        opened(tx, 1, "h1")
        tx.close_hold("h1", "approved", "gwen", NOW)
        with pytest.raises(ForbiddenTransition, match="gwen"):
            tx.close_hold("h1", "dismissed", "elodie", NOW)
        with pytest.raises(LookupError):
            tx.close_hold("h", "dismissed", "elodie", NOW)
        hold = tx.hold("h1")
        assert hold is not None
        assert hold.outcome == "approved"


def test_the_same_content_by_another_way_opens_no_second_hold(store: SqlStore) -> None:
    with store.begin() as tx:
        opened(tx, 1, "h1")
        opened(tx, 2, "h1")
        assert len(tx.holds()) == 1


def test_the_mail_of_a_closed_hold_and_its_copies_are_to_be_moved_once_more(store: SqlStore) -> None:
    with store.begin() as tx:
        for account in ("main", "second"):
            tx.set_position(account, "INBOX", MailboxPosition(uidvalidity=4_000_000_000, uid=9))
        for uid in (1, 2):
            opened(tx, uid, f"h{uid}")
        copies = [key(3), key(4, account="second")]
        for copy in copies:
            tx.add_to_ledger(copy, "hash-1", "review", NOW)
        tx.add_to_ledger(key(5), "hash-5", "ignored", NOW)
        tx.set_moved([key(1), key(2), key(5), *copies])
        tx.close_hold("h1", "approved", "gwen", NOW)
    with store.begin() as tx:
        (mail,) = tx.settled("main", "INBOX", 10)
        assert (mail.key, mail.content_hash, mail.message_id) == (key(1), "hash-1", "<mail-1@example.org>")
        assert mail.received_at == NOW - timedelta(minutes=1)
        assert tx.settled("main", "Other", 10) == tx.settled("second", "INBOX", 10) == []
        assert tx.unmoved("main", "INBOX", 4_000_000_000, 10) == [(3, "processed")]
        assert tx.unmoved("second", "INBOX", 4_000_000_000, 10) == [(4, "processed")]
        assert tx.in_ledger([key(1), key(2), key(5)]) == {key(1): "processed", key(2): "review", key(5): "ignored"}
        tx.set_moved([key(1)])
        assert tx.settled("main", "INBOX", 10) == []


def test_what_is_too_large_for_the_database_is_refused_for_good_and_alone(store: SqlStore) -> None:
    """PostgreSQL indexes no key of ten kilobytes; SQLite does. Waiting would help neither, and stop the desk."""
    endless = "".join(hashlib.sha256(bytes([n])).hexdigest() for n in range(250))
    refused = False
    with store.begin() as tx:
        try:
            with tx.savepoint():
                tx.put_registration(registration("r1", person_key=endless), "registered", NOW)
        except RuleViolated:
            refused = True
        tx.put_registration(registration("r2"), "registered", NOW)
    with store.begin() as tx:
        assert [r.id for r in tx.registrations()] == (["r2"] if refused else ["r1", "r2"])


def test_holds_are_announced_once(store: SqlStore) -> None:
    with store.begin() as tx:
        for uid, name in enumerate(("h1", "h2", "h3")):
            opened(tx, uid, name, NOW + timedelta(seconds=uid))
        tx.close_hold("h3", "dismissed", "gwen", NOW)
        assert [hold.id for hold in tx.unannounced_holds()] == ["h1", "h2"]
        tx.set_announced(["h1"], NOW)
        tx.set_announced([], NOW)
    with store.begin() as tx:
        assert [hold.id for hold in tx.unannounced_holds()] == ["h2"]
        announced = tx.hold("h1")
        assert announced is not None
        assert announced.announced_at == NOW


# -- memory ------------------------------------------------------------------------


def test_a_moment_is_claimed_by_one(store: SqlStore) -> None:
    with store.begin() as tx:
        assert tx.last_moment("digest") is None
        assert tx.claim_moment("digest", "2021-09-02", NOW)
        assert tx.claim_moment("digest", "2021-09-01", NOW)
        assert tx.claim_moment("other", "2021-09-03", NOW)
        assert not tx.claim_moment("digest", "2021-09-02", NOW)
        assert tx.last_moment("digest") == "2021-09-02"


def test_cursors_and_values_are_kept(store: SqlStore) -> None:
    with store.begin() as tx:
        assert (tx.cursor("digest"), tx.value("secret")) == (0, None)
        tx.set_cursor("digest", 5)
        tx.set_cursor("digest", 2**40)
        tx.set_value("secret", "a")
        tx.set_value("secret", "é")
    with store.begin() as tx:
        assert (tx.cursor("digest"), tx.value("secret")) == (2**40, "é")


def test_a_condition_is_news_once(store: SqlStore) -> None:
    with store.begin() as tx:
        assert tx.set_condition("smtp", "refused", NOW)
        assert not tx.set_condition("smtp", "timed out", NOW + timedelta(minutes=1))
        assert tx.set_condition("imap", "down", NOW - timedelta(minutes=1))
    with store.begin() as tx:
        imap, smtp = tx.conditions()
        assert (imap.name, smtp.name, smtp.message, smtp.count) == ("imap", "smtp", "timed out", 2)
        assert (smtp.since, smtp.last_seen) == (NOW, NOW + timedelta(minutes=1))
        assert tx.clear_condition("smtp")
        assert not tx.clear_condition("smtp")
        assert tx.set_condition("smtp", "again", NOW)


def test_counts_tell_what_there_is(store: SqlStore) -> None:
    with store.begin() as tx:
        opened(tx, 1, "h1")
        opened(tx, 2, "h2")
        tx.close_hold("h2", "dismissed", "gwen", NOW)
        tx.put_registration(registration(), "registered", NOW)
        for number, status in enumerate(("queued", "in-flight", "deferred", "failed")):
            tx.enqueue(outgoing(f"d{number}"), NOW)
            for step in ROUTES[DeliveryStatus(status)]:
                tx.settle(f"d{number}", step, NOW, due_at=NOW)
        assert tx.counts() == {
            "mails": 2,
            "registrations": 1,
            "holds-open": 1,
            "outbox-queued": 1,
            "outbox-in-flight": 1,
            "outbox-deferred": 1,
            "outbox-failed": 1,
            "bounces": 0,
        }
