"""The daemon: polls by the clock, is woken by IDLE, delivers, announces, digests; and never gives up on a server.

A poll is the truth and IDLE only a hint: each mailbox is polled every ``poll_seconds`` whatever IDLE says, over a
connection of its own. Whatever goes wrong is said once, stands in ``mailbot status`` until it is over, and is tried
again after pauses that grow: nobody's server is knocked at in a storm, and no night needs a person.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol, TypeVar

from mailbot.service import outbox as outbox_service
from mailbot.service.intake import Intake, Report, poll
from mailbot.service.outbox import Outbox
from mailbot.service.ports import Mailbox, MailboxUnavailable, Store, StoreUnavailable

log = logging.getLogger(__name__)

T = TypeVar("T")

#: seconds between attempts while a server cannot be used; the last repeats
PAUSES = (2, 5, 15, 30, 60, 120, 300)

#: while it refuses the login: whoever tries a wrong password every few seconds is soon locked out
REFUSED_PAUSES = (60, 300, 900)

#: RFC 2177 asks for less than 29 minutes; servers and firewalls in between forget sooner
IDLE_SECONDS = 9 * 60

#: seconds that work in hand has to end once the desk is asked to stop; then its connections are cut
GRACE = 20.0


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
    #: done at each tick: digests, coordinators' mail, changed rules. Synchronous, in a thread
    chores: Callable[[], None] = lambda: None
    chores_seconds: float = 30.0
    pauses: Sequence[float] = PAUSES
    refused_pauses: Sequence[float] = REFUSED_PAUSES
    grace: float = GRACE
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    _mail: asyncio.Event = field(default_factory=asyncio.Event)
    #: what is wrong and was said, for what cannot be noted in the database, or is the database itself
    _said: set[str] = field(default_factory=set)
    #: how often the database could not be used: work that began before it last failed does not show that it is back
    _database_failures: int = 0
    #: a thread for each connection to a mailbox: IDLE holds one for minutes and a server that is mute nearly as long,
    #: and asyncio's own pool, a handful of threads on a small machine, is left to the outbox, the store and the stop
    _connections: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        connections = len(self.watched) + sum(watched.idler is not None for watched in self.watched)
        self._connections = ThreadPoolExecutor(max(1, connections), thread_name_prefix="mailbox")

    @property
    def stopping(self) -> bool:
        return self.stop.is_set()

    async def run(self) -> None:
        """Until ``stop`` is set; then finishes the batch in work and returns. Raises ``StoreUnavailable`` at start."""
        recovered = await asyncio.to_thread(outbox_service.recover, self.outbox)
        if recovered:
            log.warning("%d deliveries were in flight when the desk last stopped; they are sent again", recovered)
        known = await asyncio.to_thread(self._known_failures)
        wakes = [asyncio.Event() for _ in self.watched]
        for index, (watched, wake) in enumerate(zip(self.watched, wakes, strict=True)):
            self.ticks.every(watched.poll_seconds, f"poll-{index}", _setter(wake))
            wake.set()
        self.ticks.every(self.chores_seconds, "chores", self._chores)
        self.ticks.every(5, "outbox", _setter(self._mail))
        self._mail.set()
        self.ticks.start()
        tasks = [asyncio.create_task(self._deliver(known.get("smtp", 0)), name="outbox")]
        for watched, wake in zip(self.watched, wakes, strict=True):
            usable = asyncio.Event()
            name = _name(watched.mailbox)
            tasks.append(asyncio.create_task(self._poll(watched, wake, usable, known.get(name, 0)), name=name))
            if watched.idler is not None:
                tasks.append(asyncio.create_task(self._idle(watched.idler, wake, usable), name=f"idle {name}"))
        tasks.append(asyncio.create_task(self._chores(), name="chores"))
        await self._until_stopped(tasks, wakes)

    def _known_failures(self) -> dict[str, int]:
        """Attempts that failed before a restart: the pauses go on where they were."""
        watched = {_name(watched.mailbox) for watched in self.watched}
        with self.store.begin() as tx:
            known = {condition.name: condition.count for condition in tx.conditions()}
            for name in known:
                if name.startswith("imap:") and name not in watched:
                    tx.clear_condition(name)  # of a mailbox that is no longer read
        return known

    async def _until_stopped(self, tasks: list[asyncio.Task[None]], wakes: list[asyncio.Event]) -> None:
        stopped = asyncio.create_task(self.stop.wait())
        # A task that ends by itself has a bug: the daemon says so and ends, and its supervisor starts it anew.
        forever = [task for task in tasks if task.get_name() != "chores"]
        await asyncio.wait([stopped, *forever], return_when=asyncio.FIRST_COMPLETED)
        self.stop.set()
        self.ticks.stop()
        for event in (*wakes, self._mail):
            event.set()
        await _closed([watched.idler for watched in self.watched if watched.idler is not None])
        _, late = await asyncio.wait(tasks, timeout=self.grace)
        if late:
            log.warning("still busy: %s; cut off, nothing is lost", ", ".join(task.get_name() for task in late))
        # Cuts a connection that somebody still waits on.
        await _closed([watched.mailbox for watched in self.watched])
        await self.outbox.transport.close()
        for task in late:
            if task.get_name() == "outbox":
                task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        stopped.cancel()
        self._connections.shutdown(wait=False)
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _poll(self, watched: Watched, wake: asyncio.Event, usable: asyncio.Event, failures: int) -> None:
        known_wrong = failures > 0
        while not self.stopping:
            await wake.wait()
            wake.clear()
            if self.stopping:
                return
            pauses = await self._poll_once(watched, known_wrong)
            if pauses is None:
                failures, known_wrong = 0, False
                usable.set()
                continue
            failures += 1
            known_wrong = True
            usable.clear()
            await self._pause(pauses, failures)
            wake.set()

    async def _poll_once(self, watched: Watched, known_wrong: bool) -> Sequence[float] | None:
        """The pauses to make where it went wrong."""
        name = _name(watched.mailbox)
        before = self._database_failures
        try:
            report = await self._connected(partial(poll, self.intake, watched.mailbox))
            self._tell(name, report)
            if known_wrong:
                await self._right(name)
        except MailboxUnavailable as error:
            if self.stopping:
                return self.pauses
            await self._wrong(name, f"{error.failure}: {error.error}")
            return self.refused_pauses if error.failure == "authentication" else self.pauses
        except StoreUnavailable as error:
            self._database_wrong(error)
            return self.pauses
        except Exception as error:
            # A bug. The other mailboxes and the outbox go on, and it shows in ``status``.
            if name not in self._said:
                log.exception("%s: the poll failed", name)
            await self._wrong(name, f"bug: {type(error).__name__}: {error}")
            return self.pauses
        self._database_right(before)
        return None

    def _tell(self, name: str, report: Report) -> None:
        if report.first_start:
            log.info(
                "%s: first start; %d mails that are there already are left alone%s",
                name,
                report.left_alone,
                " (to answer them: mailbot run --process-existing)" if report.left_alone else "",
            )
        if report.processed or report.copies:
            self._mail.set()

    async def _idle(self, idler: Mailbox, wake: asyncio.Event, usable: asyncio.Event) -> None:
        """Wakes the poll when the server says that something came. Its failures only make the desk slower.

        It waits until a poll went well: a server that is down or refuses the login is not knocked at twice.
        """
        failures = 0
        while not self.stopping:
            await self._until(usable)
            if self.stopping:
                return
            try:
                await self._connected(idler.select)
                wake.set()  # what came while nobody listened
                while not self.stopping:
                    if await self._connected(partial(idler.wait, IDLE_SECONDS)):
                        wake.set()
                    failures = 0
            except Exception as error:
                if self.stopping:
                    return
                failures += 1
                if isinstance(error, MailboxUnavailable):
                    log.debug("idle %s: %s", idler.account, error.error)
                else:
                    log.exception("idle %s", idler.account)
                wake.set()  # the poll finds out whether the server is there, and says so
                await self._pause(self.pauses, failures)

    async def _connected(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._connections, work)

    async def _until(self, event: asyncio.Event) -> None:
        """Until it is set, or the desk stops."""
        waits = [asyncio.create_task(event.wait()), asyncio.create_task(self.stop.wait())]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    async def _deliver(self, failures: int) -> None:
        unsettled = False
        while not self.stopping:
            await self._mail.wait()
            self._mail.clear()
            if self.stopping:
                return
            pauses = self.pauses
            before = self._database_failures
            try:
                if unsettled:
                    # A claim or a result whose commit failed: whether it went through, nobody can say.
                    await asyncio.to_thread(outbox_service.recover, self.outbox)
                    unsettled = False
                done = await outbox_service.deliver_due(self.outbox, probe=failures > 0, stopping=lambda: self.stopping)
                self._database_right(before)
                if done.trouble is None:
                    failures = 0 if done.attempted else failures
                    continue
                if done.trouble.failure == "authentication":
                    pauses = self.refused_pauses
            except StoreUnavailable as error:
                self._database_wrong(error)
                unsettled = True
            except Exception:
                log.exception("the outbox failed")
                unsettled = True
            failures += 1
            await self._pause(pauses, failures)
            self._mail.set()

    async def _chores(self) -> None:
        if self.stopping:
            return
        try:
            await asyncio.to_thread(self.chores)
            self._said.discard("chores")
        except StoreUnavailable as error:
            self._database_wrong(error)
        except Exception:
            if "chores" not in self._said:
                log.exception("a chore failed; it is tried again at each tick")
            self._said.add("chores")
        self._mail.set()

    async def _pause(self, pauses: Sequence[float], failures: int) -> None:
        """Growing pauses with jitter, so that many desks do not knock at once; ends early when stopping."""
        seconds = pauses[min(failures, len(pauses)) - 1] * (0.75 + random.random() / 2)  # noqa: S311 - jitter
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stop.wait(), seconds)

    async def _wrong(self, name: str, message: str) -> None:
        try:
            new = await asyncio.to_thread(self._noted, name, message)
        except StoreUnavailable as error:
            self._database_wrong(error)
            new = name not in self._said
        self._said.add(name)
        if new:
            log.warning("%s: %s; tried again with growing pauses", name, message)

    def _noted(self, name: str, message: str) -> bool:
        with self.store.begin() as tx:
            return tx.set_condition(name, message, self.intake.clock.now())

    async def _right(self, name: str) -> None:
        known = await asyncio.to_thread(self._cleared, name)
        if known or name in self._said:
            log.info("%s: works again", name)
        self._said.discard(name)

    def _cleared(self, name: str) -> bool:
        with self.store.begin() as tx:
            return tx.clear_condition(name)

    def _database_wrong(self, error: StoreUnavailable) -> None:
        self._database_failures += 1
        if "database" not in self._said:
            log.warning("the database cannot be used, tried again with growing pauses: %s", error)
        self._said.add("database")

    def _database_right(self, failures_before: int) -> None:
        if failures_before != self._database_failures:
            return
        if "database" in self._said:
            log.info("the database works again")
        self._said.discard("database")


def _name(mailbox: Mailbox) -> str:
    return f"imap:{mailbox.account}/{mailbox.folder}"


async def _closed(mailboxes: Sequence[Mailbox]) -> None:
    """All at once: a server that does not answer the goodbye takes its two seconds beside the others."""
    await asyncio.gather(*(asyncio.to_thread(mailbox.close) for mailbox in mailboxes))


def _setter(event: asyncio.Event) -> Callable[[], Awaitable[None]]:
    async def set_it() -> None:
        event.set()

    return set_it
