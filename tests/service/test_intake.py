"""From the mailbox to the record: what is new, what is old, what is strange, and what breaks us."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mailbot.core.message import RawMessage
from mailbot.core.policy import Policy
from mailbot.service import processing
from mailbot.service.intake import BATCH
from mailbot.service.ports import MailboxUnavailable
from tests.fakes import FakeMailbox, FakeServer
from tests.service.town import NOW, Town, wish


def received(at: Any) -> Any:
    """A mailbox whose mails all came in at that moment."""

    class Mailbox(FakeMailbox):
        def fetch(self, uids: Sequence[int], max_bytes: int) -> tuple[RawMessage, ...]:
            return tuple(replace(raw, received_at=at) for raw in super().fetch(uids, max_bytes))

    return Mailbox


# -- what is new ---------------------------------------------------------------


def test_a_first_start_answers_nothing_that_was_there_and_says_how_much(store: Any, policy: Policy) -> None:
    town = Town(store=store, policy=policy)
    for number in range(3):
        town.server.deliver(wish(number))
    mailbox = town.mailbox()
    report = town.poll(mailbox)
    assert (report.first_start, report.left_alone, report.processed) == (True, 3, 0)
    assert mailbox.fetched == []
    town.server.deliver(wish(7))
    assert town.poll().processed == 1
    assert town.registered() == {"person7@town.example confirmed"}
    assert len(town.server.inbox) == 3


def test_told_to_a_first_start_answers_what_was_there(store: Any, policy: Policy) -> None:
    town = Town(store=store, policy=policy)
    old = town.mailbox
    for number in range(3):
        town.server.deliver(wish(number))
    report = town.poll(received(NOW - timedelta(days=30))(town.server), process_existing=True)
    assert (report.first_start, report.processed, report.held) == (True, 3, 0)
    assert old().server.inbox == {}


def test_told_to_later_it_answers_them_too_once_and_never_loses_its_place(store: Any, policy: Policy) -> None:
    town = Town(store=store, policy=policy)
    for number in range(BATCH + 10):
        town.server.deliver(wish(number))
    town.poll()
    town.server.deliver(wish(100))
    assert town.poll().processed == 1
    # Interrupted after the first batch of old mail …
    stops = iter([False, True])
    assert town.poll(process_existing=True, stopping=lambda: next(stops)).processed == BATCH
    # … a start without being told leaves the rest alone …
    assert town.poll().processed == 0
    assert town.counts()["mails"] == BATCH + 1
    # … and one that is told goes on.
    assert town.poll(process_existing=True).processed == 10
    mailbox = town.mailbox()
    assert town.poll(mailbox, process_existing=True).processed == 0
    assert mailbox.fetched == []


def test_only_new_uids_are_ever_fetched(town: Town) -> None:
    town.server.deliver(wish(1))
    town.server.deliver(wish(2))
    town.poll()
    town.server.deliver(wish(3))
    mailbox = town.mailbox()
    town.poll(mailbox)
    assert mailbox.fetched == [3]
    again = town.mailbox()
    assert town.poll(again).processed == 0
    assert again.fetched == []


@pytest.mark.parametrize(
    "content",
    [
        wish(1),
        b"Received: from elsewhere\r\nDelivered-To: desk@town.example\r\n" + wish(1),
        wish(1).replace(b"\r\n", b"\n"),
    ],
    ids=["the same bytes", "by another way", "other line ends"],
)
def test_a_second_copy_is_noted_moved_and_not_answered(town: Town, content: bytes) -> None:
    town.server.deliver(wish(1))
    town.poll()
    town.server.deliver(content)
    report = town.poll()
    assert (report.processed, report.copies) == (0, 1)
    assert town.counts()["mails"] == 1
    assert len(town.deliveries()) == 1
    assert len(town.server.moved["Done"]) == 2


def test_another_mail_under_the_same_message_id_is_another_mail(town: Town) -> None:
    town.server.deliver(wish(1))
    town.server.deliver(wish(2).replace(b"<wish-2@", b"<wish-1@"))
    assert town.poll().processed == 2
    assert len(town.registered()) == 2


# -- a mailbox that was rebuilt ------------------------------------------------


def rebuilt(server: FakeServer, *contents: bytes) -> None:
    """The same folder under another UIDVALIDITY, as after a restore from a backup."""
    server.uidvalidity += 1
    server.uidnext = 1
    server.inbox.clear()
    for content in contents:
        server.deliver(content)


def test_after_a_rebuild_known_mail_is_noted_and_unknown_mail_waits_for_a_person(town: Town) -> None:
    town.server.deliver(wish(1))
    town.poll()
    rebuilt(town.server, wish(1), wish(2))
    report = town.poll(received(NOW + timedelta(hours=1))(town.server))
    assert (report.copies, report.held) == (1, 1)
    (hold,) = town.holds()
    assert hold.reasons == ("uidvalidity-changed",)
    assert town.registered() == {"person1@town.example confirmed"}
    # What arrives from now on is mail like any other.
    town.server.deliver(wish(3))
    town.poll()
    assert "person3@town.example confirmed" in town.registered()


def test_after_a_rebuild_mail_older_than_the_desk_stays_unanswered(town: Town) -> None:
    rebuilt(town.server, *(wish(number) for number in range(5)))
    report = town.poll(received(NOW - timedelta(hours=1))(town.server))
    assert (report.processed, report.held) == (0, 0)
    assert town.deliveries() == ()
    assert len(town.server.inbox) == 5


def test_a_crash_amid_a_rebuilt_mailbox_does_not_make_the_rest_of_it_new(town: Town) -> None:
    rebuilt(town.server, *(wish(number) for number in range(BATCH + 5)))
    stops = iter([False, True])
    town.poll(received(NOW + timedelta(hours=1))(town.server), stopping=lambda: next(stops))
    assert town.poll(received(NOW + timedelta(hours=1))(town.server)).held == 5
    assert town.registered() == set()
    assert town.deliveries() == ()


def test_old_mail_that_somebody_moves_in_waits_for_a_person(town: Town) -> None:
    town.server.deliver(wish(1))
    report = town.poll(received(NOW - timedelta(days=400))(town.server))
    assert report.held == 1
    assert town.holds()[0].reasons == ("older-than-desk",)
    assert town.deliveries() == ()


def test_clocks_that_differ_a_little_make_no_mail_old(town: Town) -> None:
    town.server.deliver(wish(1))
    assert town.poll(received(NOW - timedelta(hours=3))(town.server)).held == 0


# -- what breaks us ------------------------------------------------------------


def test_a_mail_that_breaks_us_is_kept_and_held_and_the_batch_goes_on(
    town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    reading = processing.read

    def read(message: Any, **facts: Any) -> Any:
        if "boum" in message.subject:
            raise ZeroDivisionError("boum")
        return reading(message, **facts)

    monkeypatch.setattr(processing, "read", read)
    broken = wish(2, subject="boum")
    for content in (wish(1), broken, wish(3)):
        town.server.deliver(content)
    with caplog.at_level(logging.CRITICAL):
        report = town.poll()
    assert (report.processed, report.held) == (3, 1)
    assert town.registered() == {"person1@town.example confirmed", "person3@town.example confirmed"}
    (hold,) = town.holds()
    assert hold.reasons == ("internal-error",)
    assert "ZeroDivisionError" in hold.summary
    with town.store.begin() as tx:
        assert tx.mail(hold.processed_id).content == broken
    assert town.server.moved["Review"] == [broken]


HOSTILE = {
    "nothing": b"",
    "no header": b"\r\n\r\n\r\n",
    "only a header": b"From: a@b.example",
    "octets": bytes(range(256)) * 20,
    "nul": b"From: a\0@b.example\r\nSubject: \0\r\n\r\n\0",
    "endless header": b"Subject: " + b"x" * 200_000 + b"\r\n\r\n",
    # Endless words: what looks for a pattern at each letter of them takes minutes.
    "endless words": b"From: " + b"x" * 100_000 + b"\r\nSubject: " + b"A-" * 50_000 + b"\r\n\r\n" + b"a." * 50_000,
    "a thousand recipients": b"From: a@b.example\r\nTo: " + b",\r\n ".join([b"x@y.example"] * 3000) + b"\r\n\r\nhi",
    "an address of 9000 octets": b"From: <" + b"a" * 9000 + b"@town.example>\r\nSubject: Inscription\r\n\r\n"
    b"Je souhaite m'inscrire a Compost pour tous.",
    "a name of 9000 octets": b"From: " + b"Anne " * 1800 + b"<n@town.example>\r\nSubject: Inscription\r\n\r\n"
    b"Je souhaite m'inscrire a Compost pour tous.",
    "nested": b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(300)),
    "surrogates": "From: x@y.example\r\nSubject: \udce9\udcff\r\n\r\n\udcff".encode("utf-8", "surrogateescape"),
    "references": b"From: x@y.example\r\nReferences: " + b"<a@b> " * 20_000 + b"\r\n\r\nx",
    "headers of rfc2047": b"From: =?utf-8?q?=00=ff?= <x@y.example>\r\nSubject: =?x-none?b?////?=\r\n\r\n",
    "date": b"From: x@y.example\r\nDate: Thu, 99 Zed 99999 99:99:99 +9999\r\n\r\nx",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_mail_is_kept_and_neighbours_are_answered(town: Town, content: bytes) -> None:
    for each in (wish(1), content, wish(2)):
        town.server.deliver(each)
    town.poll()
    assert town.counts()["mails"] == 3
    assert {"person1@town.example confirmed", "person2@town.example confirmed"} <= town.registered()
    assert town.server.inbox == {}


def test_a_superscript_is_no_number(town: Town) -> None:
    """Python calls "²" a digit, and makes no number of it."""
    mail = wish(1).partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    town.server.deliver(mail + "Je m'inscris à Compost pour tous avec mes ² enfants.".encode())
    town.poll()
    assert "internal-error" not in {reason for hold in town.holds() for reason in hold.reasons}


def test_an_address_that_no_server_takes_waits_for_a_person_and_the_others_are_answered(town: Town) -> None:
    """RFC 5321 §4.5.3.1.3; a database that indexes addresses refuses endless ones, too."""
    longest = "a" * (254 - len("@town.example")) + "@town.example"
    for number, address in enumerate((longest, "a" + longest, "b" * 9000 + "@town.example"), start=1):
        town.server.deliver(wish(number).replace(f"person{number}@town.example".encode(), address.encode()))
    town.poll()
    assert town.registered() == {f"{longest} confirmed"}
    assert [hold.reasons for hold in town.holds()] == [("nobody-to-answer",)] * 2


# -- a server that is not what it should be ------------------------------------


class Stubborn(FakeMailbox):
    """Fails to hand over one mail, in one of the ways that servers have."""

    def __init__(self, server: FakeServer, bad: int, how: str) -> None:
        super().__init__(server)
        self.bad, self.how = bad, how
        self.asked = 0

    def fetch(self, uids: Sequence[int], max_bytes: int) -> tuple[RawMessage, ...]:
        if self.bad in uids:
            self.asked += 1
            if self.how in {"protocol", "connection"}:
                raise MailboxUnavailable(self.how, "the server hung up")  # type: ignore[arg-type]
            uids = [uid for uid in uids if uid != self.bad]
        return super().fetch(uids, max_bytes)


@pytest.mark.parametrize("how", ["protocol", "connection", "left out"])
def test_a_mail_that_the_server_does_not_hand_over_is_shown_and_the_others_are_answered(town: Town, how: str) -> None:
    for number in range(1, 6):
        town.server.deliver(wish(number))
    mailbox = Stubborn(town.server, 3, how)
    report = town.poll(mailbox)
    assert (report.processed, report.held) == (5, 1)
    assert len(town.registered()) == 4
    (hold,) = town.holds()
    assert hold.reasons == ("internal-error",)
    assert "cannot be fetched" in hold.summary
    assert mailbox.asked > 1  # once is an accident


def test_two_such_mails_are_not_taken_for_copies_of_each_other(town: Town) -> None:
    for number in (1, 2):
        town.server.deliver(wish(number))
        town.poll(Stubborn(town.server, number, "left out"))
    assert len(town.holds()) == 2


def test_a_server_that_is_gone_is_not_a_mail_that_cannot_be_fetched(town: Town) -> None:
    town.server.deliver(wish(1))
    calls: list[str] = []

    def gone(name: str) -> None:
        calls.append(name)
        if name == "fetch" or "fetch" in calls:
            raise MailboxUnavailable("connection", "gone")

    with pytest.raises(MailboxUnavailable):
        town.poll(town.mailbox(fails=gone))
    assert town.counts()["mails"] == 0
    assert town.poll().processed == 1


def test_a_mail_that_somebody_deletes_meanwhile_is_passed_over(town: Town) -> None:
    for number in (1, 2):
        town.server.deliver(wish(number))

    def deleted(name: str) -> None:
        if name == "fetch":
            town.server.inbox.pop(1, None)

    assert town.poll(town.mailbox(fails=deleted)).processed == 1
    assert town.holds() == ()


def test_what_was_decided_and_not_moved_is_moved_later(town: Town) -> None:
    town.server.deliver(wish(1))

    def no_move(name: str) -> None:
        if name == "move":
            raise MailboxUnavailable("connection", "gone")

    with pytest.raises(MailboxUnavailable):
        town.poll(town.mailbox(fails=no_move))
    assert list(town.server.inbox) == [1]
    report = town.poll()
    assert report.processed == 0
    assert town.server.inbox == {}
    assert len(town.server.moved["Done"]) == 1


def test_asked_to_stop_the_batch_in_hand_is_finished_and_the_next_not_begun(town: Town) -> None:
    for number in range(2 * BATCH):
        town.server.deliver(wish(number))
    answers: Callable[[], bool] = iter([False, True]).__next__
    assert town.poll(stopping=answers).processed == BATCH
    assert len(town.server.inbox) == BATCH
    assert town.poll().processed == BATCH
