"""Mail goes out from here and nowhere else: claimed and committed as in flight, sent, settled.

A crash between the server's 250 and ``settle`` is the only way to a double, and it carries the same Message-ID.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mailbot.core.deliveries import Delivery, DeliveryStatus, FailureClass, NotSent, SendResult, Sent
from mailbot.service.ports import Clock, Store, StoreUnavailable, Transport
from mailbot.service.timings import Timings

log = logging.getLogger(__name__)

#: deliveries claimed at a time
CLAIM = 50

#: sent and not yet recorded, at most: what a crash can double
UNRECORDED = 8


#: failures that the next mail would meet just the same: the server cannot be used at all
UNREACHABLE: frozenset[FailureClass] = frozenset({"connection", "authentication"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """When a delivery that did not go out is tried again. Durations are in seconds."""

    #: after the first, second … temporary refusal; the last one repeats
    temporary: tuple[int, ...] = (60, 300, 900, 3600, 3600, 7200, 14400)
    #: while the server cannot be reached or refuses the login. They grow, so that a mail at which the server hangs up
    #: lets the others go first
    unreachable: tuple[int, ...] = (2, 5, 15, 30, 60, 120, 300)
    #: given up after so long, and shown to a coordinator (RFC 5321 §4.5.4.1: at least 4 to 5 days)
    give_up_after: int = 5 * 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    status: DeliveryStatus
    due_at: datetime | None = None
    error: str | None = None


def settle_after(
    delivery: Delivery, result: SendResult, now: datetime, retries: Retries, queued_at: datetime
) -> Verdict:
    """What an attempt leads to. ``delivery.attempts`` counts this one."""
    match result:
        case Sent():
            return Verdict(status=DeliveryStatus.SENT)
        case NotSent(failure="permanent", error=error):
            return Verdict(status=DeliveryStatus.FAILED, error=error)
        case NotSent(failure=failure, error=error):
            if (now - queued_at).total_seconds() >= retries.give_up_after:
                return Verdict(status=DeliveryStatus.FAILED, error=f"given up: {error}")
            return Verdict(status=DeliveryStatus.DEFERRED, due_at=now + _pause(failure, delivery, retries), error=error)


def _pause(failure: FailureClass, delivery: Delivery, retries: Retries) -> timedelta:
    steps = retries.temporary if failure == "temporary" else retries.unreachable
    return timedelta(seconds=steps[min(max(delivery.attempts, 1), len(steps)) - 1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    store: Store
    transport: Transport
    clock: Clock
    retries: Retries = field(default_factory=Retries)
    timings: Timings = field(default_factory=Timings)
    #: seconds between attempts to record what was sent, while the database cannot be used
    settle_pause: float = 1.0
    #: called with each delivery and what came of it
    watch: Callable[[Delivery, SendResult], None] = lambda delivery, result: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What came of delivering what was due."""

    attempted: int = 0
    #: why the server itself could not be used; the rest of what is due was not tried
    trouble: NotSent | None = None


def recover(outbox: Outbox) -> int:
    """At start: what a crash left in flight is queued again. Only for the one desk at work with this database."""
    with outbox.store.begin() as tx:
        return tx.recover_in_flight(outbox.clock.now())


async def deliver_due(outbox: Outbox, *, probe: bool = False, stopping: Callable[[], bool] = lambda: False) -> Round:
    """Send everything that is due, until the server turns out to be unusable.

    ``probe``: it was, the last time; a single mail goes ahead of the others.
    """
    attempted = 0
    while not stopping():
        with outbox.timings.of("claim"):
            claimed = await asyncio.to_thread(_claim, outbox, 1 if probe else CLAIM)
        if not claimed:
            break
        settling = _Settling(outbox, stopping)
        settler = asyncio.create_task(settling.run())
        try:
            with outbox.timings.of("send"):
                results = await _send(outbox.transport, claimed, stopping, settling)
            for delivery, result in zip(claimed, results, strict=True):
                if result is None:
                    settling.add(delivery, None)
        finally:
            settling.end()
            with outbox.timings.of("settle"):
                await settler
        probe = False
        for delivery, result in zip(claimed, results, strict=True):
            if result is not None:
                attempted += 1
                outbox.watch(delivery, result)
        trouble = _trouble(results)
        if trouble is not None:
            return Round(attempted=attempted, trouble=trouble)
    return Round(attempted=attempted)


#: what came of one delivery; None: it was not tried, because the server is unusable or the desk is closing
Result = tuple[Delivery, SendResult | None]


async def _send(
    transport: Transport,
    claimed: Sequence[Delivery],
    stopping: Callable[[], bool],
    settling: _Settling,
) -> list[SendResult | None]:
    """Each result in its place, and noted the moment it is known."""
    results: list[SendResult | None] = [None] * len(claimed)
    waiting = iter(enumerate(claimed))

    unusable = False

    async def work() -> None:
        nonlocal unusable
        for index, delivery in waiting:  # one iterator for all of them: each takes the next
            if not await settling.room():
                return
            result = results[index] = await transport.send(delivery.message)
            settling.add(delivery, result)
            unusable = unusable or _trouble([result]) is not None
            if unusable or stopping():
                return

    await asyncio.gather(*(work() for _ in range(max(1, transport.connections))))
    return results


def _trouble(results: Sequence[SendResult | None]) -> NotSent | None:
    return next((r for r in results if isinstance(r, NotSent) and r.failure in UNREACHABLE), None)


def _claim(outbox: Outbox, limit: int) -> tuple[Delivery, ...]:
    with outbox.store.begin() as tx:
        return tx.claim_due(outbox.clock.now(), limit)


class _Settling:
    """Records results while others are still being sent: all that came during one commit go into the next.

    So a crash finds few mails in flight that the server has taken already, and many mails cost few commits.
    """

    def __init__(self, outbox: Outbox, stopping: Callable[[], bool]) -> None:
        self._outbox = outbox
        self._stopping = stopping
        self._results: list[Result] = []
        self._recording = 0
        self._news = asyncio.Event()
        self._recorded = asyncio.Event()
        self._ended = False
        self._dead = False

    def add(self, delivery: Delivery, result: SendResult | None) -> None:
        self._results.append((delivery, result))
        self._news.set()

    async def room(self) -> bool:
        """Wait until so much is recorded that another may be sent. False: nothing is recorded any more."""
        while len(self._results) + self._recording >= UNRECORDED and not self._dead:
            self._recorded.clear()
            await self._recorded.wait()
        return not self._dead

    def end(self) -> None:
        self._ended = True
        self._news.set()

    async def run(self) -> None:
        """Until the end. Raises ``StoreUnavailable`` where the desk is closing meanwhile."""
        try:
            while not (self._ended and not self._results):
                await self._news.wait()
                self._news.clear()
                results, self._results = self._results, []
                self._recording = len(results)
                if results:
                    await self._record(results)
                self._recording = 0
                self._recorded.set()
        except BaseException:
            self._dead = True
            self._recorded.set()
            raise

    async def _record(self, results: Sequence[Result]) -> None:
        """As soon as the database lets us: the mails are out, and must not go out again."""
        again = False
        while True:
            try:
                await asyncio.to_thread(_settle, self._outbox, results)
                return
            except StoreUnavailable as error:
                if self._stopping():
                    raise
                if not again:
                    log.warning("what was sent cannot be recorded, tried again: %s", error)
                again = True
                await asyncio.sleep(self._outbox.settle_pause)
            except Exception:
                # The connection was lost at COMMIT, and the commit had gone through: what is settled stays so.
                if not again:
                    raise
                log.exception("what was sent was recorded already")
                return


def _settle(outbox: Outbox, results: Sequence[Result]) -> None:
    """Record every result in one transaction."""
    now = outbox.clock.now()
    with outbox.store.begin() as tx:
        for delivery, result in results:
            if result is None:
                tx.settle(delivery.message.id, DeliveryStatus.QUEUED, now, due_at=delivery.due_at)
                continue
            verdict = settle_after(delivery, result, now, outbox.retries, delivery.queued_at)
            tx.settle(delivery.message.id, verdict.status, now, due_at=verdict.due_at, error=verdict.error)
            if verdict.status is DeliveryStatus.FAILED:
                log.error("delivery %s failed: %s", delivery.message.id, verdict.error)
        said = [result for _, result in results]
        trouble = _trouble(said)
        if trouble is not None:
            if tx.set_condition("smtp", f"{trouble.failure}: {trouble.error}", now):
                log.warning("the mail server takes no mail, tried again with growing pauses: %s", trouble.error)
        elif any(result is not None for result in said) and tx.clear_condition("smtp"):
            log.info("the mail server takes mail again")
