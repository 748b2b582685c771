"""The daemon with servers that come and go: it says so once, waits longer and longer, and goes on by itself."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any

import pytest

from mailbot.core.deliveries import NotSent, Sent
from mailbot.core.policy import Policy
from mailbot.service.daemon import PAUSES, REFUSED_PAUSES, Daemon, Watched
from mailbot.service.ports import MailboxUnavailable, StoreUnavailable
from tests.fakes import FakeMailbox, FakeServer
from tests.service.town import Town, wish

#: seconds: so short that many attempts fit into a test
QUICK = (0.001, 0.002, 0.003)


class Ticks:
    """Ticks when the test says so."""

    def __init__(self) -> None:
        self.jobs: dict[str, Callable[[], Awaitable[None]]] = {}

    def every(self, seconds: float, name: str, job: Callable[[], Awaitable[None]]) -> None:
        self.jobs[name] = job

    def start(self) -> None: ...
    def stop(self) -> None: ...

    async def tick(self, beginning: str = "") -> None:
        for name, job in self.jobs.items():
            if name.startswith(beginning):
                await job()


class Idler(FakeMailbox):
    """Waits until mail is delivered, or the test ends the wait."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.bell = threading.Event()
        self.selected = 0
        self.waiting = False

    def select(self) -> Any:
        self.selected += 1
        return super().select()

    def wait(self, timeout: float) -> bool:
        self.waiting = True
        rang = self.bell.wait(min(timeout, 60))
        self.bell.clear()
        self.fails("wait")
        return rang

    def close(self) -> None:
        self.bell.set()


def daemon(town: Town, *watched: Watched, **options: Any) -> Daemon:
    stop = asyncio.Event()
    given: dict[str, Any] = {
        "store": town.store,
        "intake": town.intake(stopping=stop.is_set),
        "outbox": town.outbox(),
        "watched": watched or (Watched(mailbox=town.mailbox()),),
        "ticks": Ticks(),
        "pauses": QUICK,
        "refused_pauses": QUICK,
        "stop": stop,
    }
    return Daemon(**{**given, **options})


@asynccontextmanager
async def running(made: Daemon) -> Any:
    task = asyncio.create_task(made.run())
    try:
        yield task
    finally:
        made.stop.set()
        await asyncio.wait_for(task, 60)


async def until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "did not happen"
        await asyncio.sleep(0.005)


async def test_mail_that_idle_tells_of_is_answered_with_no_tick_of_the_clock(town: Town) -> None:
    idler = Idler(town.server)
    made = daemon(town, Watched(mailbox=town.mailbox(), idler=idler))
    async with running(made):
        await until(lambda: idler.selected)
        town.server.deliver(wish(1))
        idler.bell.set()
        await until(lambda: town.transport.taken)
    assert town.registered() == {"person1@town.example confirmed"}


class Mute(FakeMailbox):
    """A server that takes connections and answers nothing until it is cut."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.cut = threading.Event()

    def new_uids(self, after: int) -> tuple[int, ...]:
        assert self.cut.wait(60)
        raise MailboxUnavailable("connection", "closed")

    def close(self) -> None:
        self.cut.set()


async def test_mailboxes_that_wait_leave_threads_for_the_work_and_for_the_stop(town: Town) -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    idlers = [Idler(FakeServer(), folder=f"Quiet {number}") for number in range(3)]
    quiet = [Watched(mailbox=FakeMailbox(idler.server, folder=idler.folder), idler=idler) for idler in idlers]
    mute = [Watched(mailbox=Mute(FakeServer(), folder=f"Mute {number}")) for number in range(3)]
    made = daemon(town, *quiet, *mute, Watched(mailbox=town.mailbox()), grace=0.05)
    async with running(made):
        await until(lambda: all(idler.waiting for idler in idlers))
        town.server.deliver(wish(1))
        await made.ticks.tick("poll")  # type: ignore[attr-defined]
        await until(lambda: town.transport.taken)
        before = time.monotonic()
    assert time.monotonic() - before < 5


async def test_without_idle_the_tick_finds_it(town: Town) -> None:
    made = daemon(town)
    async with running(made):
        await until(lambda: "poll-0" in made.ticks.jobs)  # type: ignore[attr-defined]
        town.server.deliver(wish(1))
        await made.ticks.tick("poll")  # type: ignore[attr-defined]
        await until(lambda: town.transport.taken)


@pytest.mark.parametrize("failure", ["connection", "authentication", "protocol", "configuration"])
async def test_a_mailbox_that_cannot_be_used_is_told_once_shown_in_status_and_used_again(
    town: Town, failure: Any, caplog: pytest.LogCaptureFixture
) -> None:
    down = True
    attempts = 0

    def fails(name: str) -> None:
        nonlocal attempts
        if name == "select" and down:
            attempts += 1
            raise MailboxUnavailable(failure, "no such luck")

    town.server.deliver(wish(1))
    with caplog.at_level(logging.INFO):
        async with running(daemon(town, Watched(mailbox=town.mailbox(fails=fails)))):
            await until(lambda: attempts >= 5)
            assert town.conditions() == {"imap:main/INBOX": f"{failure}: no such luck"}
            down = False
            await until(lambda: town.transport.taken)
            await until(lambda: not town.conditions())
    told = [record.getMessage() for record in caplog.records if "imap:main/INBOX" in record.getMessage()]
    assert len([line for line in told if "no such luck" in line]) == 1
    assert len([line for line in told if "works again" in line]) == 1


async def test_a_login_that_is_refused_is_tried_seldom_and_by_one_connection(town: Town) -> None:
    assert REFUSED_PAUSES[0] >= 60
    assert list(PAUSES) == sorted(PAUSES)

    def refused(name: str) -> None:
        if name == "select":
            raise MailboxUnavailable("authentication", "wrong password")

    idler = Idler(town.server, fails=refused)
    made = daemon(
        town, Watched(mailbox=town.mailbox(fails=refused), idler=idler), pauses=QUICK, refused_pauses=(3600.0,)
    )
    async with running(made):
        await until(town.conditions)
        await made.ticks.tick("poll")  # type: ignore[attr-defined]
        await asyncio.sleep(0.1)
        with town.store.begin() as tx:
            assert [condition.count for condition in tx.conditions()] == [1]
        assert idler.selected == 0


async def test_pauses_go_on_after_a_restart(town: Town) -> None:
    with town.store.begin() as tx:
        for _ in range(3):
            tx.set_condition("imap:main/INBOX", "connection: down", town.clock.now())
        tx.set_condition("imap:gone/INBOX", "connection: of an account that is no longer read", town.clock.now())
    attempts = 0

    def fails(name: str) -> None:
        nonlocal attempts
        attempts += name == "select"
        raise MailboxUnavailable("connection", "down")

    made = daemon(town, Watched(mailbox=town.mailbox(fails=fails)), pauses=(0.001, 0.001, 0.001, 3600.0))
    async with running(made):
        await until(lambda: attempts)
        await asyncio.sleep(0.1)
        assert attempts == 1  # its fourth failure in a row
        assert list(town.conditions()) == ["imap:main/INBOX"]


async def test_one_mailbox_that_is_down_does_not_hold_up_another(town: Town, policy: Policy) -> None:
    def down(name: str) -> None:
        raise MailboxUnavailable("connection", "down")

    broken = town.mailbox(fails=down, folder="Broken")
    town.server.deliver(wish(1))
    async with running(daemon(town, Watched(mailbox=broken), Watched(mailbox=town.mailbox()))):
        await until(lambda: town.transport.taken)
        assert list(town.conditions()) == ["imap:main/Broken"]


async def test_a_bug_in_the_poll_shows_in_status_and_does_not_end_the_desk(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    bugs = 0

    def bug(name: str) -> None:
        nonlocal bugs
        if name == "new_uids" and bugs < 3:
            bugs += 1
            raise KeyError("oops")

    town.server.deliver(wish(1))
    with caplog.at_level(logging.CRITICAL):
        async with running(daemon(town, Watched(mailbox=town.mailbox(fails=bug)))):
            await until(lambda: town.transport.taken)
            await until(lambda: not town.conditions())
    assert bugs == 3


class Fickle:
    """A database that can be away."""

    def __init__(self, store: Any) -> None:
        self.store, self.away, self.refused = store, False, 0
        self.committed: Callable[[], None] = lambda: None

    @contextmanager
    def begin(self) -> Iterator[Any]:
        if self.away:
            self.refused += 1
            raise StoreUnavailable("the database is away")
        with self.store.begin() as tx:
            yield tx
        self.committed()


async def test_a_database_that_is_away_is_told_once_and_used_again(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    fickle = town.store = Fickle(town.store)
    made = daemon(town)
    with caplog.at_level(logging.INFO):
        async with running(made):
            await until(lambda: made.ticks.jobs)  # type: ignore[attr-defined]
            fickle.away = True
            town.server.deliver(wish(1))
            await made.ticks.tick()  # type: ignore[attr-defined]
            await until(lambda: fickle.refused > 10)
            fickle.away = False
            await until(lambda: town.transport.taken)
    said = [record.getMessage() for record in caplog.records if "database" in record.getMessage()]
    assert len([line for line in said if "cannot be used" in line]) == 1
    assert "the database works again" in said


async def test_work_that_began_before_the_database_failed_does_not_say_that_it_is_back(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    working, failed = threading.Event(), threading.Event()
    searched: list[int] = []
    refused: list[int] = []

    def searching(name: str) -> None:
        if name == "new_uids":
            searched.append(threading.get_ident())

    def slow() -> None:
        """The last that a poll asks of the database takes long."""
        if threading.get_ident() in searched and not failed.is_set():
            working.set()
            assert failed.wait(60)

    fickle = town.store = Fickle(town.store)
    fickle.committed = slow

    def chores() -> None:
        with fickle.begin():
            refused.append(fickle.refused)

    made = daemon(town, Watched(mailbox=town.mailbox(fails=searching)), chores=chores, pauses=(3600.0,))
    with caplog.at_level(logging.INFO):
        async with running(made):
            await until(lambda: working.is_set() and refused)
            fickle.away = True
            await made.ticks.tick("chores")  # type: ignore[attr-defined]
            failed.set()
            # the next poll begins once this one ended well
            await until(lambda: made.intake.polled)
            await made.ticks.tick("poll")  # type: ignore[attr-defined]
            await until(lambda: fickle.refused > 2)
            assert "works again" not in caplog.text
    assert caplog.text.count("cannot be used") == 1


async def test_a_mail_server_that_takes_nothing_is_probed_with_one_mail_until_it_does(town: Town) -> None:
    asked: list[str] = []
    down = True

    def answer(message: Any) -> Any:
        asked.append(message.id)
        return NotSent(failure="connection", error="refused") if down else Sent(response="250 ok")

    town.transport.answers = answer
    for number in range(20):
        town.server.deliver(wish(number))
    async with running(daemon(town)):
        await until(lambda: len(asked) >= 6)
        assert town.conditions() == {"smtp": "connection: refused"}
        # Two connections found out; since then one mail at a time.
        assert len(set(asked)) < 10
        down = False

        def all_taken() -> bool:
            # Again and again: what was refused just before is noted, and deferred, just after.
            town.clock.set(town.clock.now() + timedelta(minutes=10))
            return len(town.transport.taken) == 20

        await until(all_taken)
        await until(lambda: not town.conditions())


async def test_a_chore_that_fails_is_told_once_and_the_desk_goes_on(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    def chores() -> None:
        raise ValueError("a template")

    made = daemon(town, chores=chores)
    with caplog.at_level(logging.ERROR):
        async with running(made):
            await until(lambda: made.ticks.jobs)  # type: ignore[attr-defined]
            for _ in range(3):
                await made.ticks.tick("chores")  # type: ignore[attr-defined]
            town.server.deliver(wish(1))
            await made.ticks.tick("poll")  # type: ignore[attr-defined]
            await until(lambda: town.transport.taken)
    assert len([record for record in caplog.records if "a chore failed" in record.getMessage()]) == 1


async def test_stopping_cuts_a_server_that_does_not_answer(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    made = daemon(town, Watched(mailbox=Mute(town.server)), grace=0.05)
    with caplog.at_level(logging.WARNING):
        async with running(made):
            await asyncio.sleep(0.05)
    assert any("still busy" in record.getMessage() for record in caplog.records)
    assert town.conditions() == {}
