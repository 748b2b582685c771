"""The daemon: polls by the clock, is woken by IDLE, delivers, announces, digests; and never gives up on a server.

A poll is the truth and IDLE only a hint: each mailbox is polled every ``poll_seconds`` whatever IDLE says, over a
connection of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from mailbot.service import outbox as outbox_service
from mailbot.service.intake import Intake, poll
from mailbot.service.outbox import Outbox
from mailbot.service.ports import Mailbox, MailboxUnavailable, Store, StoreUnavailable

log = logging.getLogger(__name__)

#: seconds between attempts while a server cannot be used; the last repeats
PAUSES = (2, 5, 15, 30, 60, 120, 300)

#: RFC 2177 asks for less than 29 minutes; servers and firewalls in between forget sooner
IDLE_SECONDS = 9 * 60


class Ticks(Protocol):
    def every(self, seconds: float, name: str, job: Callable[[], Awaitable[None]]) -> None: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One folder of one account."""

    #: for polling and moving
    mailbox: Mailbox
    #: for IDLE; None: poll only
    idler: Mailbox | None = None
    poll_seconds: float = 60.0


@dataclass(slots=True, kw_only=True)
class Daemon:
    store: Store
    intake: Intake
    outbox: Outbox
    watched: Sequence[Watched]
    ticks: Ticks
    #: done once a minute: digests, coordinators' mail, changed rules. Synchronous, in a thread
    chores: Callable[[], None] = lambda: None
    chores_seconds: float = 30.0
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    _mail: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def stopping(self) -> bool:
        return self.stop.is_set()

    async def run(self) -> None:
        """Until ``stop`` is set; then finishes the batch in work and returns."""
        recovered = await asyncio.to_thread(outbox_service.recover, self.outbox)
        if recovered:
            log.warning("%d deliveries were in flight when the desk last stopped; they are sent again", recovered)
        wakes = [asyncio.Event() for _ in self.watched]
        for index, (watched, wake) in enumerate(zip(self.watched, wakes, strict=True)):
            self.ticks.every(watched.poll_seconds, f"poll-{index}", _setter(wake))
            wake.set()
        self.ticks.every(self.chores_seconds, "chores", self._chores)
        self.ticks.every(5, "outbox", _setter(self._mail))
        self._mail.set()
        self.ticks.start()
        tasks = [asyncio.create_task(self._deliver(), name="outbox")]
        for watched, wake in zip(self.watched, wakes, strict=True):
            tasks.append(asyncio.create_task(self._poll(watched, wake), name=f"poll {watched.mailbox.account}"))
            if watched.idler is not None:
                tasks.append(
                    asyncio.create_task(self._idle(watched.idler, wake), name=f"idle {watched.mailbox.account}")
                )
        tasks.append(asyncio.create_task(self._chores(), name="chores"))
        await self._until_stopped(tasks, wakes)

    async def _until_stopped(self, tasks: list[asyncio.Task[None]], wakes: list[asyncio.Event]) -> None:
        stopped = asyncio.create_task(self.stop.wait())
        # A task that ends by itself has a bug: the daemon says so and ends, and its supervisor starts it anew.
        forever = [task for task in tasks if task.get_name() != "chores"]
        await asyncio.wait([stopped, *forever], return_when=asyncio.FIRST_COMPLETED)
        self.stop.set()
        self.ticks.stop()
        for event in (*wakes, self._mail):
            event.set()
        for watched in self.watched:
            if watched.idler is not None:
                await asyncio.to_thread(watched.idler.close)
        results = await asyncio.gather(*tasks, return_exceptions=True)
        stopped.cancel()
        for watched in self.watched:
            await asyncio.to_thread(watched.mailbox.close)
        await self.outbox.transport.close()
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _poll(self, watched: Watched, wake: asyncio.Event) -> None:
        failures = 0
        while not self.stopping:
            await wake.wait()
            wake.clear()
            if self.stopping:
                return
            failures = 0 if await self._poll_once(watched) else failures + 1
            if failures:
                await self._pause(failures)
                wake.set()

    async def _poll_once(self, watched: Watched) -> bool:
        mailbox = watched.mailbox
        name = f"imap:{mailbox.account}/{mailbox.folder}"
        try:
            report = await asyncio.to_thread(poll, self.intake, mailbox)
        except MailboxUnavailable as error:
            await self._wrong(name, f"{error.failure}: {error.error}")
            return False
        except StoreUnavailable as error:
            log.warning("the database cannot be used, tried again: %s", error)
            return False
        if report.first_start and not report.processed:
            log.info("%s: first start; what is in the mailbox already is left alone", name)
        if report.processed or report.copies:
            self._mail.set()
        await self._right(name)
        return True

    async def _idle(self, idler: Mailbox, wake: asyncio.Event) -> None:
        """Wakes the poll when the server says that something came. Its failures only make the desk slower."""
        failures = 0
        while not self.stopping:
            try:
                await asyncio.to_thread(idler.select)
                wake.set()  # what came while nobody listened
                while not self.stopping:
                    if await asyncio.to_thread(idler.wait, IDLE_SECONDS):
                        wake.set()
                    failures = 0
            except MailboxUnavailable as error:
                if self.stopping:
                    return
                failures += 1
                log.debug("idle %s: %s", idler.account, error.error)
                await self._pause(failures)

    async def _deliver(self) -> None:
        while not self.stopping:
            await self._mail.wait()
            self._mail.clear()
            if self.stopping:
                return
            try:
                await outbox_service.deliver_due(self.outbox, stopping=lambda: self.stopping)
            except StoreUnavailable as error:
                log.warning("the database cannot be used, tried again: %s", error)
                await self._pause(1)
                self._mail.set()

    async def _chores(self) -> None:
        if self.stopping:
            return
        try:
            await asyncio.to_thread(self.chores)
        except StoreUnavailable as error:
            log.warning("the database cannot be used, tried again: %s", error)
        except Exception:
            log.exception("a chore failed; it is tried again at the next tick")
        self._mail.set()

    async def _pause(self, failures: int) -> None:
        """Growing pauses with jitter, so that many desks do not knock at once; ends early when stopping."""
        seconds = PAUSES[min(failures, len(PAUSES)) - 1] * (0.75 + random.random() / 2)  # noqa: S311 - jitter
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stop.wait(), seconds)

    async def _wrong(self, name: str, message: str) -> None:
        def note() -> bool:
            with self.store.begin() as tx:
                return tx.set_condition(name, message, self.intake.clock.now())

        if await asyncio.to_thread(note):
            log.warning("%s: %s; tried again with growing pauses", name, message)

    async def _right(self, name: str) -> None:
        def note() -> bool:
            with self.store.begin() as tx:
                return tx.clear_condition(name)

        if await asyncio.to_thread(note):
            log.info("%s: works again", name)


def _setter(event: asyncio.Event) -> Callable[[], Awaitable[None]]:
    async def set_it() -> None:
        event.set()

    return set_it
