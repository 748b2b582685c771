"""The demo: the real daemon, real IMAP and SMTP on loopback, a real database file, and a conversation of sample mails."""

from __future__ import annotations

import asyncio
import signal
import sys
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from mailbot.adapters.clock import FixedClock
from mailbot.adapters.settings_file import desk_of
from mailbot.adapters.store import open_store
from mailbot.cli.running import LivePolicy, make_daemon
from mailbot.cli.wiring import Opened, fail, load, places
from mailbot.core.decide import summary
from mailbot.core.decisions import Enqueue, Processed, PutRegistration
from mailbot.core.settings import Settings
from mailbot.demo.conversation import SampleMail, mails
from mailbot.demo.server import EmbeddedServer
from mailbot.service.daemon import Daemon

#: the moment at which visitors may write themselves: registration for the last sample event is open then
VISIT = datetime(2021, 9, 10, 10, tzinfo=UTC)

#: seconds that one sample mail may take from delivery to decision
PATIENCE = 20.0

_COLORS = {"accept": "green", "answer": "cyan", "hold": "yellow", "discard": "bright_black"}


@dataclass(slots=True)
class Shown:
    """What the screen shows so far."""

    rows: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    processed: asyncio.Queue[Processed] = field(default_factory=asyncio.Queue)
    confirmation: Enqueue | None = None

    def add(self, processed: Processed) -> None:
        decision = processed.decision
        replies = [e for e in decision.effects if isinstance(e, Enqueue)]
        puts = [e for e in decision.effects if isinstance(e, PutRegistration)]
        done = [f"{p.change} {p.registration.name or ''}".strip() for p in puts]
        done += [r.message.kind.removeprefix("registrant-") + " ✉" for r in replies]
        why = ", ".join(hit.reason for hit in decision.hits) or "-"
        if self.confirmation is None or "pickup" not in self.confirmation.message.kind:
            found = next(
                (r for r in replies if r.message.kind == "registrant-confirmed" and "album" in r.message.events), None
            )
            self.confirmation = self.confirmation or found
        self.rows.append(
            (
                f"{processed.processed_at:%d/%m/%y}",
                processed.sender or "(nobody)",
                summary(processed.reading) if processed.reading else "?",
                f"{decision.disposition}: {'; '.join(done) or '–'}",
                why,
            )
        )

    def table(self) -> Table:
        table = Table(title="the desk at work", title_style="bold", expand=True, show_lines=False, pad_edge=False)
        table.add_column("date", no_wrap=True)
        table.add_column("who wrote", ratio=3, overflow="fold")
        table.add_column("understood", ratio=5, overflow="fold")
        table.add_column("done", ratio=4, overflow="fold")
        table.add_column("why", ratio=2, overflow="fold")
        for row in self.rows:
            color = _COLORS.get(row[3].partition(":")[0], "")
            table.add_row(row[0], row[1], row[2], Text(row[3], style=color), Text(row[4], style="dim"))
        return table


def demonstrate(
    config: Path | None, rules: Path | None, templates: Path | None, folder: Path, *, once: bool, svg: Path | None
) -> bool:
    """Run it; True when every sample mail was decided and everything that was due went out."""
    where = places(config, rules, templates)
    settings, policy = load(where)
    console = Console(record=svg is not None, width=None if sys.stdout.isatty() else 110)
    users = {settings.account[0].user: settings.account[0].password or ""}
    aliases = {a: settings.account[0].user for a in settings.desk.addresses if a != settings.account[0].user}
    try:
        with EmbeddedServer(
            users,
            aliases=aliases,
            imap_port=_port(once, settings.account[0].port),
            smtp_port=_port(once, settings.smtp.port),
        ) as server:
            settings = _on(settings, server, folder)
            policy = replace(policy, desk=desk_of(settings))
            store = open_store(settings.database.url)
            clock = FixedClock(mails()[0].at)
            desk = Opened(settings=settings, policy=policy, store=store, places=where, clock=clock)
            try:
                return asyncio.run(_conversation(desk, server, clock, console, once=once, svg=svg))
            finally:
                store.close()
    except OSError as error:
        fail(
            f"the mail server in memory cannot start: {error}. Is another demo running? Or change the ports in config.toml."
        )


def _port(once: bool, wanted: int) -> int:
    """The stated port for visitors; any free one where nobody visits."""
    return 0 if once else wanted


def _on(settings: Settings, server: EmbeddedServer, folder: Path) -> Settings:
    account = replace(settings.account[0], host="127.0.0.1", port=server.imap_port, security="plain")
    return replace(
        settings,
        account=(account,),
        smtp=replace(settings.smtp, host="127.0.0.1", port=server.smtp_port, security="plain", user=None),
        database=replace(settings.database, url=f"sqlite:///{folder / 'mailbot.db'}"),
        desk=replace(settings.desk, secret_file=str(folder / "secret")),
        review=replace(settings.review, every_minutes=0.0),
    )


async def _conversation(
    desk: Opened, server: EmbeddedServer, clock: FixedClock, console: Console, *, once: bool, svg: Path | None
) -> bool:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    shown = Shown()
    daemon = make_daemon(desk, clock, True, stop, LivePolicy(desk))

    def watch(processed: Processed) -> None:
        loop.call_soon_threadsafe(shown.processed.put_nowait, processed)

    daemon.intake = replace(daemon.intake, watch=watch)
    samples = mails()
    console.print(
        f"[bold]mailbot demo[/] · IMAP 127.0.0.1:{server.imap_port} · SMTP 127.0.0.1:{server.smtp_port} · "
        f"the flyers are of 2020–2021, so the desk's clock follows the mails: {samples[0].at:%d/%m/%Y} to {samples[-1].at:%d/%m/%Y}"
    )
    running = asyncio.create_task(daemon.run())
    complete = await _play(samples, server, clock, shown, console, stop)
    if complete:
        await _close_the_day(daemon, clock, desk)
        _report(console, desk, shown, server)
    if svg is not None:
        console.save_svg(str(svg), title="mailbot demo")
    if complete and not once:
        await _visit(desk, server, clock, shown, console, stop)
    stop.set()
    await running
    with desk.store.begin() as tx:
        counts = tx.counts()
    sent = not (counts.get("outbox-queued", 0) or counts.get("outbox-failed", 0))
    return (complete and sent) or (not once and running.done())


async def _play(
    samples: tuple[SampleMail, ...],
    server: EmbeddedServer,
    clock: FixedClock,
    shown: Shown,
    console: Console,
    stop: asyncio.Event,
) -> bool:
    import aiosmtplib

    live = Live(shown.table(), console=console, refresh_per_second=8, transient=False) if console.is_terminal else None
    if live is not None:
        live.start()
    try:
        for sample in samples:
            if stop.is_set():
                return False
            clock.set(sample.at)
            await aiosmtplib.send(
                sample.content,
                sender=sample.sender,
                recipients=[sample.recipient],
                hostname="127.0.0.1",
                port=server.smtp_port,
                start_tls=False,
            )
            try:
                processed = await asyncio.wait_for(shown.processed.get(), PATIENCE)
            except TimeoutError:
                console.print(f"[red]no decision within {PATIENCE:.0f} s:[/] {sample.note}")
                return False
            shown.add(processed)
            if live is not None:
                live.update(shown.table())
                await asyncio.sleep(0.25)
    finally:
        if live is not None:
            live.stop()
    if live is None:
        console.print(shown.table())
    return True


async def _close_the_day(daemon: Daemon, clock: FixedClock, desk: Opened) -> None:
    """The next morning: coordinators and organisers get their mails, and everything goes out."""
    clock.set(clock.now() + timedelta(days=1))
    await asyncio.to_thread(daemon.chores)
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while asyncio.get_running_loop().time() < deadline:
        daemon._mail.set()
        await asyncio.sleep(0.2)
        with desk.store.begin() as tx:
            waiting = tx.counts()
        if not (waiting.get("outbox-queued", 0) or waiting.get("outbox-in-flight", 0)):
            return


def _report(console: Console, desk: Opened, shown: Shown, server: EmbeddedServer) -> None:
    if shown.confirmation is not None:
        message = shown.confirmation.message
        console.print(
            Panel(
                Text(message.text.strip()),
                title=f"a confirmation, to {message.envelope_to}",
                title_align="left",
                border_style="green",
            )
        )
    with desk.store.begin() as tx:
        holds = tx.holds()
        sent = tx.deliveries(limit=500)
    table = Table(
        "from", "understood", "why a person looks", title="waiting for a coordinator", title_style="bold", expand=True
    )
    for hold in holds:
        table.add_row(hold.sender or "?", hold.summary, ", ".join(hold.reasons))
    console.print(table)
    digest = next((d.message for d in sent if d.message.kind == "organiser-digest"), None)
    if digest is not None:
        console.print(
            Panel(
                Text(digest.text.strip()),
                title=f"the organiser's digest, to {digest.envelope_to}",
                title_align="left",
                border_style="blue",
            )
        )


async def _visit(
    desk: Opened, server: EmbeddedServer, clock: FixedClock, shown: Shown, console: Console, stop: asyncio.Event
) -> None:
    clock.set(VISIT)
    address = desk.settings.desk.addresses[0]
    command = (
        "python3 -c \"import smtplib; smtplib.SMTP('127.0.0.1', "
        f"{server.smtp_port}).sendmail('me@home.example', ['{address}'], "
        "'From: Me Myself <me@home.example>\\nSubject: Album\\n\\nBonjour, je voudrais participer en ligne.')\""
    )
    text = (
        f"Write to the desk yourself: SMTP 127.0.0.1:{server.smtp_port}, to {address}\n\n{command}\n\n"
        f"Read the answer here, or by IMAP 127.0.0.1:{server.imap_port} with your address as user and password “demo”.\n"
        f"The desk's clock stands at {VISIT:%d/%m/%Y}. Ctrl-C ends."
    )
    console.print(Panel(Text(text), title="your turn", title_align="left", border_style="magenta"))
    while not stop.is_set():
        getter = asyncio.create_task(shown.processed.get())
        waiter = asyncio.create_task(stop.wait())
        done, pending = await asyncio.wait({getter, waiter}, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        if getter in done:
            processed = getter.result()
            shown.rows.clear()
            shown.add(processed)
            console.print(shown.table())
            for effect in processed.decision.effects:
                if isinstance(effect, Enqueue):
                    console.print(
                        Panel(
                            Text(effect.message.text.strip()),
                            title=f"to {effect.message.envelope_to}",
                            title_align="left",
                        )
                    )
