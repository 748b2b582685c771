"""The demo: the real daemon, real IMAP and SMTP on loopback, a real database file, and a conversation of sample mails."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import aiosmtplib
from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from mailbot.adapters.clock import FixedClock, OffsetClock
from mailbot.adapters.files import load_policy
from mailbot.adapters.settings_file import desk_of, load_settings
from mailbot.adapters.store import SqlStore, open_store
from mailbot.cli.demo_desk import DESK, VISITOR, server_of, turned_to, with_own_desk
from mailbot.cli.running import LivePolicy, make_daemon
from mailbot.cli.wiring import Opened, Places, fail, places, refuse
from mailbot.core.decisions import CloseHold, Enqueue, OpenHold, Processed
from mailbot.core.deliveries import OutgoingMessage
from mailbot.demo.conversation import SampleMail, as_sent, mails
from mailbot.demo.screen import WIDTH, Screen, flagged, heading, how_to_write, letter
from mailbot.demo.server import EmbeddedServer, Handed
from mailbot.demo.svg import picture
from mailbot.service.daemon import Daemon
from mailbot.service.ports import Clock

#: the moment from which the visitor's clock runs: registration for the last sample event is open then
VISIT = datetime(2021, 9, 9, 8, tzinfo=UTC)

#: seconds that one mail may take, from delivery to the arrival of its answer
PATIENCE = 20.0

#: seconds between two sample mails, so that one can follow
PACE = 0.25

_T = TypeVar("_T")


@dataclass(slots=True)
class DemoClock:
    """Stands still at each mail's own moment; runs once there is somebody to wait for."""

    clock: Clock

    def now(self) -> datetime:
        return self.clock.now()

    def set(self, at: datetime) -> None:
        self.clock = FixedClock(at)

    def run_from(self, at: datetime) -> None:
        self.clock = OffsetClock(at)


class Stopped(Exception):
    """Ctrl-C or SIGTERM."""


class Unfinished(Exception):
    """Something that was to happen did not; the message says what."""


@dataclass(slots=True, kw_only=True)
class Stage:
    """Everything the conversation needs."""

    desk: Opened
    server: EmbeddedServer
    daemon: Daemon
    clock: DemoClock
    screen: Screen
    stop: asyncio.Event
    decided: asyncio.Queue[Processed] = field(default_factory=asyncio.Queue)
    #: Message-IDs of our mails that arrived in somebody's mailbox
    arrived: set[str] = field(default_factory=set)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    flagged: list[Processed] = field(default_factory=list)
    #: sample -> what the desk answered
    answers: dict[str, OutgoingMessage] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.desk.settings.digest.timezone)


def demonstrate(
    config: Path | None, rules: Path | None, templates: Path | None, folder: Path, *, once: bool, svg: Path | None
) -> bool:
    """Run it; True when every sample mail was decided and every answer arrived, or the visitor ended it."""
    if svg is not None and not svg.resolve().parent.is_dir():
        fail(f"{svg}: there is no folder {svg.resolve().parent}. Make it, or name another file.", code=2)
    screen = Screen(
        console=Console(width=None if sys.stdout.isatty() else WIDTH),
        drawn=Console(width=WIDTH, record=True, file=StringIO()) if svg is not None else None,
    )
    # Until the loop takes the signals over, SIGTERM is as good as Ctrl-C: what was begun is put away.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        screen.print(Rule("mailbot demo", style="bright_black"), drawn=True)
        done = _demonstrate(places(config, rules, templates), folder, screen, once=once)
    except KeyboardInterrupt:
        screen.print("Stopped.")
        return not once
    if done and svg is not None and screen.drawn is not None:
        try:
            svg.write_text(picture(screen.drawn), "utf-8")
        except OSError as error:
            fail(f"{svg}: cannot be written ({error.strerror})")
    return done


def _demonstrate(where: Places, folder: Path, screen: Screen, *, once: bool) -> bool:
    settings, problems = load_settings(where.config)
    if settings is None:
        refuse(problems)
    settings = with_own_desk(settings, folder)
    policy, problems = load_policy(desk_of(settings), settings.limits, where.rules, where.templates)
    if policy is None:
        refuse(problems)
    with server_of(settings, once=once) as server:
        settings = turned_to(settings, server)
        store = open_store(settings.database.url)
        try:
            clock = DemoClock(FixedClock(mails()[0].at))
            desk = Opened(settings=settings, policy=policy, store=store, places=where, clock=clock)
            return asyncio.run(_run(desk, server, clock, screen, once=once))
        finally:
            store.close()


async def _run(desk: Opened, server: EmbeddedServer, clock: DemoClock, screen: Screen, *, once: bool) -> bool:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    daemon = make_daemon(desk, clock, True, stop, LivePolicy(desk))
    # The demo's clock jumps: the nightly chores are done when it passes them, not by the seconds that run meanwhile.
    daemon.chores_seconds = 24 * 3600.0
    stage = Stage(desk=desk, server=server, daemon=daemon, clock=clock, screen=screen, stop=stop)
    daemon.intake = replace(daemon.intake, watch=lambda processed: _tell(loop, stage.decided.put_nowait, processed))
    server.on_outgoing = lambda handed: _tell(loop, _noted, stage, handed)
    running = asyncio.create_task(daemon.run())
    try:
        await _conversation(stage, once=once)
        done = True
    except Stopped:
        # Ending it is what a visitor does; whoever waits for the samples' end did not get it.
        done = not once
        screen.print("\nStopped.")
    except Unfinished as error:
        done = False
        screen.print(Text(f"\n{error}", style="red"))
    finally:
        stop.set()
        await running
    return done


def _tell(loop: asyncio.AbstractEventLoop, *call: object) -> None:
    """From another thread; what comes after the end is of no interest."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(*call)  # type: ignore[arg-type]


def _noted(stage: Stage, handed: Handed) -> None:
    stage.arrived.add(handed.message_id)
    stage.news.set()


async def _conversation(stage: Stage, *, once: bool) -> None:
    samples = mails()
    _introduce(stage, samples, once=once)
    last = samples[-1].at.date()
    for before, sample in zip((None, *samples[:-1]), samples, strict=True):
        if before is not None and before.at.date() != sample.at.date():
            await _night(stage, before.at)
        await _one(stage, sample, drawn=sample.at.date() == last)
    await _night(stage, samples[-1].at)
    await _all_sent(stage)
    _report(stage)
    if not once:
        await _visit(stage)


def _introduce(stage: Stage, samples: Sequence[SampleMail], *, once: bool) -> None:
    screen, server = stage.screen, stage.server
    ports = "" if once else f" IMAP is on 127.0.0.1:{server.imap_port}, SMTP on 127.0.0.1:{server.smtp_port}."
    screen.print(
        f"{len(samples)} mails are sent to {DESK[0]} by SMTP; the desk fetches them by IMAP, decides, records and answers."
        f"{ports} [bold]Its clock follows the mails, from {samples[0].at:%d/%m/%Y} to {samples[-1].at:%d/%m/%Y}[/]: "
        "the events are of those years.\n",
        drawn=True,
    )
    screen.print(heading(screen.console.width))
    screen.draw(heading(WIDTH))
    earlier = sum(sample.at.date() != samples[-1].at.date() for sample in samples)
    screen.draw(Text(f"… {earlier} mails earlier", style="bright_black"))


async def _one(stage: Stage, sample: SampleMail, *, drawn: bool) -> None:
    """One sample over SMTP, until it is decided and the answer has arrived."""
    stage.clock.set(sample.at)
    sent = as_sent(sample, stage.answers.get(sample.answers or ""))
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=stage.server.smtp_port, start_tls=False) as client:
        await client.sendmail(sample.sender, [sent.recipient], sent.content)
    processed = await _within(stage, stage.decided.get(), f"{sample.name} was not decided")
    replies = await _answered(stage, processed)
    if replies:
        stage.answers[sample.name] = replies[0]
    stage.screen.row(processed, sample.note, stage.zone, drawn=drawn)
    if stage.screen.console.is_terminal:
        await asyncio.sleep(PACE)


async def _answered(stage: Stage, processed: Processed) -> tuple[OutgoingMessage, ...]:
    if processed.decision.needs_human:
        stage.flagged.append(processed)
    closed = {effect.id for effect in processed.decision.effects if isinstance(effect, CloseHold)}
    stage.flagged = [one for one in stage.flagged if not closed & _holds_of(one)]
    replies = tuple(e.message for e in processed.decision.effects if isinstance(e, Enqueue))
    for reply in replies:
        await _within(stage, _arrival(stage, reply.message_id), f"the answer to {reply.envelope_to} did not arrive")
    return replies


def _holds_of(processed: Processed) -> set[str]:
    return {effect.id for effect in processed.decision.effects if isinstance(effect, OpenHold)}


async def _arrival(stage: Stage, message_id: str) -> None:
    while message_id not in stage.arrived:
        stage.news.clear()
        await stage.news.wait()


async def _within(stage: Stage, work: Coroutine[object, object, _T], otherwise: str) -> _T:
    """The result of ``work``. Raises ``Stopped`` when the demo is ended meanwhile, ``Unfinished`` after a while."""
    task = asyncio.create_task(work)
    stopped = asyncio.create_task(stage.stop.wait())
    try:
        await asyncio.wait({task, stopped}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        if stage.stop.is_set():
            raise Stopped
        if not task.done():
            raise Unfinished(f"{otherwise} within {PATIENCE:.0f} seconds")
        return task.result()
    finally:
        task.cancel()
        stopped.cancel()


async def _night(stage: Stage, day: datetime) -> None:
    """The next morning, when the digests are due and coordinators are told what waits."""
    times = stage.desk.settings.digest
    morning = datetime.combine(day.date() + timedelta(days=1), times.at, ZoneInfo(times.timezone))
    stage.clock.set(morning)
    await asyncio.to_thread(stage.daemon.chores)


async def _all_sent(stage: Stage) -> None:
    async def sent() -> None:
        while True:
            counts = _counts(stage.desk.store)
            if not any(counts.get(f"outbox-{state}", 0) for state in ("queued", "in-flight", "deferred")):
                return
            await asyncio.sleep(0.1)

    await _within(stage, sent(), "the outbox was not emptied")
    if failed := _counts(stage.desk.store).get("outbox-failed", 0):
        raise Unfinished(f"{failed} mails could not be sent")


def _counts(store: SqlStore) -> dict[str, int]:
    with store.begin() as tx:
        return dict(tx.counts())


def _report(stage: Stage) -> None:
    confirmation = next(
        (m for m in stage.answers.values() if m.kind == "registrant-confirmed" and _picks_up(stage, m)), None
    )
    about = set(confirmation.events) if confirmation is not None else set()
    with stage.desk.store.begin() as tx:
        sent = [delivery.message for delivery in tx.deliveries(limit=1000)]
        counts = tx.counts()
    digest = next((m for m in sent if m.kind == "organiser-digest" and about & set(m.events)), None)
    if confirmation is None or digest is None or not stage.flagged:
        raise Unfinished("the samples led to no confirmation with a pick-up, no digest, or no flagged mail")
    stage.screen.print("", drawn=True)
    stage.screen.print(letter(confirmation, "one confirmation in full", "green"), drawn=True)
    stage.screen.print(flagged(stage.flagged))
    stage.screen.print(letter(digest, "the organiser's digest", "blue"))
    stage.screen.print(
        f"{counts['mails']} mails read, {counts['registrations']} registrations on file, {len(sent)} mails sent, "
        f"{counts['holds-open']} waiting for a coordinator."
    )


def _picks_up(stage: Stage, message: OutgoingMessage) -> bool:
    return any(stage.desk.policy.events[key].pickup is not None for key in message.events)


async def _visit(stage: Stage) -> None:
    stage.clock.run_from(VISIT)
    screen = stage.screen
    screen.print(Rule("your turn", style="bright_black"))
    screen.console.print(
        how_to_write(VISITOR, DESK[0], imap_port=stage.server.imap_port, smtp_port=stage.server.smtp_port),
        highlight=False,
        soft_wrap=True,
    )
    screen.print(
        f"The desk's clock runs from {VISIT:%d/%m/%Y}, so Album, on 16/09/2021, is open. "
        "Your mails and the answers show here. [bold]Ctrl-C ends.[/]\n"
    )
    while True:
        processed = await _next(stage)
        try:
            replies = await _answered(stage, processed)
        except Unfinished as error:
            screen.print(Text(str(error), style="red"))
            continue
        screen.row(processed, "", stage.zone)
        for reply in replies:
            screen.print(letter(reply, f"the answer, in the mailbox of {reply.envelope_to}", "cyan"))
        await asyncio.to_thread(stage.daemon.chores)


async def _next(stage: Stage) -> Processed:
    """The next mail that is decided, however long it takes. Raises ``Stopped``."""
    decided = asyncio.create_task(stage.decided.get())
    stopped = asyncio.create_task(stage.stop.wait())
    try:
        await asyncio.wait({decided, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if stage.stop.is_set():
            raise Stopped
        return decided.result()
    finally:
        decided.cancel()
        stopped.cancel()
