"""Mail that goes out: every class of failure, its pauses, and what a crash leaves behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from mailbot.core.deliveries import DeliveryStatus, FailureClass, NotSent, OutgoingMessage, SendResult, Sent
from mailbot.service.outbox import CLAIM, UNRECORDED, Outbox, Retries, deliver_due, recover
from mailbot.service.ports import StoreUnavailable
from tests.fakes import FakeTransport
from tests.service.town import NOW, Town

S = DeliveryStatus


def mail(number: int = 1, to: str | None = None) -> OutgoingMessage:
    return OutgoingMessage(
        id=f"d{number}",
        kind="registrant-confirmed",
        language="fr",
        envelope_from="desk@town.example",
        envelope_to=to or f"person{number}@town.example",
        subject="Confirmé",
        text="Bonjour",
        message_id=f"<d{number}@town.example>",
        content=b"Subject: x\r\n\r\nBonjour\r\n",
    )


def queue(town: Town, count: int = 1) -> None:
    with town.store.begin() as tx:
        for number in range(1, count + 1):
            tx.enqueue(mail(number), town.clock.now())


def answering(failure: FailureClass, error: str = "no") -> Callable[[OutgoingMessage], SendResult]:
    return lambda message: NotSent(failure=failure, error=error)


def statuses(town: Town) -> dict[str, str]:
    return {delivery.message.id: delivery.status.value for delivery in town.deliveries()}


async def test_what_is_due_is_sent_once(town: Town) -> None:
    queue(town, 3)
    assert (await town.deliver()).attempted == 3
    assert (await town.deliver()).attempted == 0
    assert statuses(town) == {"d1": "sent", "d2": "sent", "d3": "sent"}
    assert sorted(message.id for message in town.transport.taken) == ["d1", "d2", "d3"]


@pytest.mark.parametrize(
    ("failure", "steps"),
    [
        ("temporary", Retries().temporary),
        ("connection", Retries().unreachable),
        ("authentication", Retries().unreachable),
    ],
)
async def test_it_is_tried_again_after_growing_pauses_under_the_same_message_id(
    town: Town, failure: FailureClass, steps: tuple[int, ...]
) -> None:
    queue(town)
    town.transport.answers = answering(failure)
    for attempt, pause in enumerate((*steps, steps[-1]), start=1):
        assert (await town.deliver()).attempted == 1
        (delivery,) = town.deliveries()
        assert (delivery.status, delivery.attempts, delivery.last_error) == (S.DEFERRED, attempt, "no")
        assert delivery.due_at == town.clock.now() + timedelta(seconds=pause)
        assert (await town.deliver()).attempted == 0  # not before it is due
        town.clock.set(delivery.due_at)
    town.transport.answers = lambda message: Sent(response="250 ok")
    await town.deliver()
    assert statuses(town) == {"d1": "sent"}
    assert [message.message_id for message in town.transport.taken] == ["<d1@town.example>"]


async def test_a_refusal_for_good_is_failed_at_once_and_counted(town: Town) -> None:
    queue(town, 2)
    town.transport.answers = lambda message: (
        NotSent(failure="permanent", error="550 5.1.1 nobody here") if message.id == "d1" else Sent(response="250 ok")
    )
    await town.deliver()
    assert statuses(town) == {"d1": "failed", "d2": "sent"}
    (failed,) = town.deliveries(S.FAILED)
    assert failed.last_error == "550 5.1.1 nobody here"
    assert town.counts()["outbox-failed"] == 1
    town.clock.set(NOW + timedelta(days=30))
    assert (await town.deliver()).attempted == 0


@pytest.mark.parametrize("failure", ["temporary", "connection"])
async def test_after_five_days_it_is_given_up(town: Town, failure: FailureClass) -> None:
    queue(town)
    town.transport.answers = answering(failure, "450 not now")
    town.clock.set(NOW + timedelta(days=5) - timedelta(seconds=1))
    await town.deliver()
    assert statuses(town) == {"d1": "deferred"}
    town.clock.set(NOW + timedelta(days=5, minutes=10))
    await town.deliver()
    (failed,) = town.deliveries(S.FAILED)
    assert failed.last_error == "given up: 450 not now"


@pytest.mark.parametrize("failure", ["connection", "authentication"])
async def test_a_closed_door_is_not_knocked_at_for_every_mail(town: Town, failure: FailureClass) -> None:
    queue(town, CLAIM)
    asked: list[str] = []

    def answer(message: OutgoingMessage) -> SendResult:
        asked.append(message.id)
        return NotSent(failure=failure, error="closed")

    town.transport.answers = answer
    done = await town.deliver()
    assert done.trouble == NotSent(failure=failure, error="closed")
    assert len(asked) <= town.transport.connections
    assert town.conditions() == {"smtp": f"{failure}: closed"}
    # Those that were not tried wait as before: nothing counts as an attempt of theirs.
    untried = [delivery for delivery in town.deliveries() if delivery.message.id not in asked]
    assert len(untried) == CLAIM - len(asked)
    assert {(delivery.status, delivery.attempts) for delivery in untried} == {(S.QUEUED, 0)}
    # The next time one mail goes ahead.
    asked.clear()
    await town.deliver(probe=True)
    assert len(asked) == 1
    # And when the door opens, all go.
    town.transport.answers = lambda message: Sent(response="250 ok")
    town.clock.set(NOW + timedelta(minutes=5))
    assert (await town.deliver(probe=True)).trouble is None
    assert set(statuses(town).values()) == {"sent"}
    assert town.conditions() == {}


async def test_a_mail_at_which_the_server_hangs_up_lets_the_others_pass(town: Town) -> None:
    queue(town, 5)
    town.transport.answers = lambda message: (
        NotSent(failure="connection", error="hung up") if message.id == "d1" else Sent(response="250 ok")
    )
    for _ in range(4):
        await town.deliver()
        town.clock.set(town.clock.now() + timedelta(seconds=1))
    assert statuses(town) == {"d1": "deferred", "d2": "sent", "d3": "sent", "d4": "sent", "d5": "sent"}


async def test_what_a_crash_left_in_flight_is_sent_again_as_it_was(town: Town) -> None:
    queue(town, 2)
    with town.store.begin() as tx:
        tx.claim_due(NOW, 1)
    assert (await town.deliver()).attempted == 1  # the one in flight is nobody's
    assert recover(town.outbox()) == 1
    await town.deliver()
    assert {message.message_id for message in town.transport.taken} == {"<d1@town.example>", "<d2@town.example>"}


async def test_asked_to_stop_nothing_more_is_begun_and_the_rest_waits(town: Town) -> None:
    queue(town, 20)
    await town.deliver(stopping=lambda: len(town.transport.taken) >= 4)
    sent = len(town.transport.taken)
    assert 4 <= sent <= 4 + town.transport.connections
    assert sorted(statuses(town).values()) == ["queued"] * (20 - sent) + ["sent"] * sent


class Moody:
    """A store that fails a few times, before the commit or only in telling that it went through."""

    def __init__(self, store: Any, failures: int, *, after_commit: bool) -> None:
        self.store, self.left, self.after_commit = store, failures, after_commit
        self.armed = False

    @contextmanager
    def begin(self) -> Iterator[Any]:
        fails = self.armed and self.left > 0
        if fails:
            self.left -= 1
        if fails and not self.after_commit:
            raise StoreUnavailable("the database is away")
        with self.store.begin() as tx:
            yield tx
        if fails:
            raise StoreUnavailable("the connection was lost at COMMIT")


@pytest.mark.parametrize("after_commit", [False, True])
async def test_what_was_sent_is_recorded_as_soon_as_the_database_is_back(town: Town, after_commit: bool) -> None:
    queue(town, 12)
    moody = Moody(town.store, failures=1 if after_commit else 5, after_commit=after_commit)

    def answer(message: OutgoingMessage) -> SendResult:
        moody.armed = True  # the first mail is out: now the database goes away
        return Sent(response="250 ok")

    town.transport.answers = answer
    outbox = Outbox(store=moody, transport=town.transport, clock=town.clock, settle_pause=0.001)  # type: ignore[arg-type]
    await deliver_due(outbox)
    assert moody.left == 0
    assert set(statuses(town).values()) == {"sent"}
    assert len(town.transport.taken) == 12
    assert recover(town.outbox()) == 0


async def test_few_mails_are_out_and_not_yet_on_file(town: Town) -> None:
    """However long the database takes: they are what a crash would send twice."""
    queue(town, CLAIM)
    away = asyncio.Event()
    moody = Moody(town.store, failures=10**6, after_commit=False)

    class Transport(FakeTransport):
        async def send(self, message: OutgoingMessage) -> SendResult:
            moody.armed = True
            await asyncio.sleep(0)
            return await super().send(message)

    transport = Transport()
    outbox = Outbox(store=moody, transport=transport, clock=town.clock, settle_pause=0.001)  # type: ignore[arg-type]
    work = asyncio.create_task(deliver_due(outbox, stopping=away.is_set))
    await asyncio.sleep(0.2)
    assert len(transport.taken) <= UNRECORDED + transport.connections
    moody.left = 0
    await work
    assert len(transport.taken) == CLAIM
