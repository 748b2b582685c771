"""Mail goes out from here and nowhere else: claimed and committed as in flight, sent, settled.

A crash between the server's 250 and ``settle`` is the only way to a double, and it carries the same Message-ID.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mailbot.core.deliveries import Delivery, DeliveryStatus, FailureClass, NotSent, SendResult, Sent
from mailbot.service.intake import Timings
from mailbot.service.ports import Clock, Store, Transport

log = logging.getLogger(__name__)

#: deliveries claimed at a time
CLAIM = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """When a delivery that did not go out is tried again. Durations are in seconds."""

    #: after the first, second … temporary refusal; the last one repeats
    temporary: tuple[int, ...] = (60, 300, 900, 3600, 3600, 7200, 14400)
    #: while the server cannot be reached or refuses the login: the mail itself is not to blame
    unreachable: tuple[int, ...] = (5, 15, 30, 60, 300, 900)
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
    #: called with each delivery and what came of it
    watch: Callable[[Delivery, SendResult], None] = lambda delivery, result: None


def recover(outbox: Outbox) -> int:
    """At start: what a crash left in flight is queued again."""
    with outbox.store.begin() as tx:
        return tx.recover_in_flight(outbox.clock.now())


async def deliver_due(outbox: Outbox, *, stopping: Callable[[], bool] = lambda: False) -> int:
    """Send everything that is due; answers how many deliveries were attempted."""
    attempted = 0
    while not stopping():
        with outbox.timings.of("claim"):
            claimed = await asyncio.to_thread(_claim, outbox)
        if not claimed:
            break
        with outbox.timings.of("send"):
            results = await asyncio.gather(*(outbox.transport.send(delivery.message) for delivery in claimed))
        with outbox.timings.of("settle"):
            unreachable = await asyncio.to_thread(_settle, outbox, claimed, results)
        attempted += len(claimed)
        for delivery, result in zip(claimed, results, strict=True):
            outbox.watch(delivery, result)
        if unreachable:
            break  # the rest would meet the same closed door
    return attempted


def _claim(outbox: Outbox) -> tuple[Delivery, ...]:
    with outbox.store.begin() as tx:
        return tx.claim_due(outbox.clock.now(), CLAIM)


def _settle(outbox: Outbox, claimed: tuple[Delivery, ...], results: list[SendResult]) -> bool:
    """Record every result in one transaction; True where the server itself could not be used."""
    now = outbox.clock.now()
    trouble: str | None = None
    with outbox.store.begin() as tx:
        for delivery, result in zip(claimed, results, strict=True):
            verdict = settle_after(delivery, result, now, outbox.retries, delivery.queued_at)
            tx.settle(delivery.message.id, verdict.status, now, due_at=verdict.due_at, error=verdict.error)
            if isinstance(result, NotSent):
                if result.failure in {"connection", "authentication"}:
                    trouble = result.error
                if verdict.status is DeliveryStatus.FAILED:
                    log.error("delivery %s failed: %s", delivery.message.id, verdict.error)
        if trouble is not None:
            if tx.set_condition("smtp", trouble, now):
                log.warning("the mail server takes no mail, tried again with growing pauses: %s", trouble)
        elif tx.clear_condition("smtp"):
            log.info("the mail server takes mail again")
    return trouble is not None
