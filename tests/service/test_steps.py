"""A power cut at every single step, a restart, and the same end as without one.

The steps are all that the services ask of the world: each call to the mailbox, each statement, each commit, each mail
that is handed to the server, before it and after it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from mailbot.adapters.tables import FileTables
from mailbot.core.deliveries import OutgoingMessage, SendResult
from mailbot.core.policy import Policy
from mailbot.service.chores import Chores, do_chores
from mailbot.service.outbox import UNRECORDED, recover
from tests.fakes import FakeServer, FakeTransport
from tests.service.town import Town, empty_store, wish


class PowerCut(BaseException):
    """Nothing catches this: the process is gone."""


@dataclass
class Steps:
    """Counts steps, and cuts the power at one of them."""

    cut_at: int = 0
    count: int = 0
    names: list[str] = field(default_factory=list)

    def __call__(self, name: str) -> None:
        self.count += 1
        self.names.append(name)
        if self.count == self.cut_at:
            raise PowerCut(name)


class SteppingStore:
    """A store whose every statement and commit is a step."""

    def __init__(self, store: Any, steps: Steps) -> None:
        self._store, self._steps = store, steps

    @contextmanager
    def begin(self) -> Iterator[Any]:
        self._steps("begin")
        with self._store.begin() as tx:
            yield SteppingTransaction(tx, self._steps)
            self._steps("commit")
        self._steps("committed")


class SteppingTransaction:
    def __init__(self, tx: Any, steps: Steps) -> None:
        self._tx, self._steps = tx, steps

    def __getattr__(self, name: str) -> Any:
        self._steps(name)
        return getattr(self._tx, name)


class SteppingTransport(FakeTransport):
    def __init__(self, steps: Steps, taken: list[OutgoingMessage]) -> None:
        super().__init__()
        self.connections = 1
        self.steps, self.taken = steps, taken

    async def send(self, message: OutgoingMessage) -> SendResult:
        self.steps("send")
        result = await super().send(message)
        self.steps("sent")
        return result


@dataclass(frozen=True)
class End:
    """How the world looks in the end."""

    registered: frozenset[str]
    holds: frozenset[tuple[str, ...]]
    counts: tuple[tuple[str, int], ...]
    statuses: frozenset[tuple[str, str]]
    folders: tuple[tuple[str, tuple[bytes, ...]], ...]
    left: tuple[bytes, ...]
    received: frozenset[str]


MAILS = (
    wish(1),
    wish(2),
    wish(1),  # a copy
    wish(3, text="Bonjour,\r\n\r\nC'est scandaleux, je porte plainte.\r\n"),  # waits for a person
    wish(4, extra="Auto-Submitted: auto-replied\r\n", subject="Absent"),  # a machine
)


def run(policy: Policy, cut_at: int) -> tuple[End, Steps, list[OutgoingMessage]]:
    """Mails come in and everything is done; with a power cut at one step, and a restart after it."""
    with_store = empty_store()
    server, taken = FakeServer(), list[OutgoingMessage]()
    town = Town(store=with_store, policy=policy, server=server)
    town.poll()  # the first start is over; it has a test of its own
    for content in MAILS:
        server.deliver(content)
    steps = Steps(cut_at=cut_at)
    try:
        day(policy, with_store, server, taken, steps)
    except PowerCut:
        day(policy, with_store, server, taken, Steps())
    with with_store.begin() as tx:
        end = End(
            registered=frozenset(f"{r.email} {r.status.value} {r.id}" for r in tx.registrations()),
            holds=frozenset((hold.id, *hold.reasons, str(hold.announced_at is not None)) for hold in tx.holds()),
            counts=tuple(sorted(tx.counts().items())),
            statuses=frozenset((d.message.id, d.status.value) for d in tx.deliveries()),
            folders=tuple(sorted((name, tuple(sorted(mails))) for name, mails in server.moved.items())),
            left=tuple(server.inbox.values()),
            received=frozenset(message.message_id for message in taken),
        )
    with_store.close()
    return end, steps, taken


def day(policy: Policy, store: Any, server: FakeServer, taken: list[OutgoingMessage], steps: Steps) -> None:
    """What the daemon does from its start until nothing is left to do."""

    town = Town(
        store=SteppingStore(store, steps), policy=policy, server=server, transport=SteppingTransport(steps, taken)
    )
    town.clock.set(town.clock.now() + timedelta(minutes=1))
    recover(town.outbox())
    town.poll(town.mailbox(fails=steps))
    town.poll(town.mailbox(fails=steps))
    chores = Chores(store=town.store, clock=town.clock, tables=FileTables("Europe/Brussels"), heard=town.clock.now)
    do_chores(chores, policy)
    asyncio.run(town.deliver())


def test_a_power_cut_at_any_step_changes_nothing_in_the_end(policy: Policy) -> None:
    wanted, all_steps, taken = run(policy, cut_at=0)
    assert len(wanted.registered) == 2
    assert len(wanted.holds) == 1
    assert wanted.left == ()
    assert len(taken) == len(wanted.received)
    assert len(all_steps.names) > 100
    for cut_at in range(1, len(all_steps.names) + 1):
        name = all_steps.names[cut_at - 1]
        end, _, taken = run(policy, cut_at)
        assert end == wanted, f"cut at step {cut_at}, {name}"
        doubles = len(taken) - len(end.received)
        # A double only of what the server had taken and was not yet on file; it bears the same Message-ID.
        sent = all_steps.names[:cut_at].count("sent")
        assert doubles <= min(sent, UNRECORDED), f"cut at step {cut_at}, {name}"


def test_a_power_cut_during_the_first_start_leaves_old_mail_alone(policy: Policy) -> None:
    for cut_at in range(1, 40):
        store = empty_store()
        server = FakeServer()
        server.deliver(wish(1))
        steps = Steps(cut_at=cut_at)
        try:
            Town(store=SteppingStore(store, steps), policy=policy, server=server).poll()
        except PowerCut:
            Town(store=store, policy=policy, server=server).poll()
        server.deliver(wish(2))
        town = Town(store=store, policy=policy, server=server)
        town.poll()
        assert town.registered() == {"person2@town.example confirmed"}, cut_at
        store.close()
        if steps.count < cut_at:
            break
    else:
        raise AssertionError("the first start has more steps than were tried")
