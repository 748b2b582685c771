"""``mailbot run``, ``once`` and ``demo``: the desk at work."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailbot.adapters.files import fingerprint, load_policy
from mailbot.adapters.imap import ImapMailbox
from mailbot.adapters.schedule import Ticker
from mailbot.adapters.smtp import SmtpTransport
from mailbot.adapters.store import SqlStore
from mailbot.adapters.store.alone import AnotherDesk, alone
from mailbot.adapters.tables import FileTables
from mailbot.cli.options import ConfigOption, RulesOption, TemplatesOption
from mailbot.cli.wiring import Opened, fail, folders_of, imap_server, opened, smtp_server
from mailbot.core.policy import Policy
from mailbot.core.problems import Problem
from mailbot.core.settings import Settings
from mailbot.service.chores import Chores, do_chores
from mailbot.service.daemon import Daemon, Watched
from mailbot.service.digests import DigestTimes
from mailbot.service.intake import Intake, poll
from mailbot.service.outbox import Outbox, deliver_due, recover
from mailbot.service.ports import Clock, Mailbox, MailboxUnavailable
from mailbot.service.review import Announcing
from mailbot.service.timings import Timings

if TYPE_CHECKING:
    from mailbot.demo.server import EmbeddedServer

log = logging.getLogger("mailbot")


class LivePolicy:
    """The policy in force. Edited files are taken over when all is well with them; else the last good ones stay."""

    def __init__(self, desk: Opened) -> None:
        self._desk = desk
        self._policy = desk.policy
        self._seen = fingerprint(desk.places.rules, desk.places.templates)

    def __call__(self) -> Policy:
        return self._policy

    def refresh(self, store: SqlStore, clock: Clock) -> None:
        places = self._desk.places
        seen = fingerprint(places.rules, places.templates)
        if seen == self._seen:
            return
        self._seen = seen
        policy, problems = load_policy(self._policy.desk, self._policy.limits, places.rules, places.templates)
        with store.begin() as tx:
            if policy is None:
                told = f"the edited rules are wrong, the last good ones stay in force: {_some(problems)}"
                tx.set_condition("rules", told, clock.now())
            else:
                tx.clear_condition("rules")
        if policy is None:
            log.error("%s", told)
            return
        self._policy = policy
        log.info("the edited rules are in force (%s)", policy.version)


def _some(problems: tuple[Problem, ...], most: int = 3) -> str:
    """The first problems; `mailbot check` shows all."""
    more = f"; and {len(problems) - most} more, see: mailbot check" if len(problems) > most else ""
    return "; ".join(str(problem) for problem in problems[:most]) + more


def _mailboxes(settings: Settings, *, idle: bool) -> list[Watched]:
    return [
        Watched(
            mailbox=ImapMailbox(imap_server(account), account=account.name, folder=folder),
            idler=ImapMailbox(imap_server(account), account=account.name, folder=folder)
            if idle and account.idle
            else None,
            poll_seconds=account.poll_seconds,
        )
        for account in settings.account
        for folder in account.folders
    ]


def _chores(desk: Opened, clock: Clock, intake: Intake, mailboxes: Sequence[Mailbox]) -> Chores:
    digest = desk.settings.digest
    return Chores(
        store=desk.store,
        clock=clock,
        tables=FileTables(digest.timezone),
        digest=DigestTimes(at=digest.at, timezone=digest.timezone, send_empty=digest.send_empty),
        announcing=Announcing(every=timedelta(minutes=desk.settings.review.every_minutes)),
        moments=desk.settings.moments,
        heard=lambda: intake.heard(mailboxes),
    )


def make_daemon(desk: Opened, clock: Clock, process_existing: bool, stop: asyncio.Event, live: LivePolicy) -> Daemon:
    settings = desk.settings
    watched = _mailboxes(settings, idle=True)
    intake = Intake(
        store=desk.store,
        clock=clock,
        policy=live,
        folders=folders_of(settings),
        process_existing=process_existing,
        stopping=stop.is_set,
    )
    chores = _chores(desk, clock, intake, [each.mailbox for each in watched])

    def do() -> None:
        live.refresh(desk.store, clock)
        do_chores(chores, live())

    return Daemon(
        store=desk.store,
        intake=intake,
        outbox=Outbox(store=desk.store, transport=SmtpTransport(smtp_server(settings)), clock=clock),
        watched=watched,
        ticks=Ticker(),
        chores=do,
        stop=stop,
    )


@contextmanager
def at_work(desk: Opened) -> Iterator[None]:
    """The only desk that works with its database, so that what another has in flight is not sent a second time."""
    try:
        with alone(desk.store):
            yield
    except AnotherDesk as error:
        fail(f"{error}. Stop it first, or name another database in {desk.places.config}.")


@contextmanager
def embedded(settings: Settings) -> Iterator[None]:
    """The mail server in memory, where the configuration asks for it."""
    if not settings.embedded.enabled:
        yield
        return
    account = settings.account[0]
    aliases = {address: account.user for address in settings.desk.addresses if address != account.user}
    users = {account.user: account.password or ""}
    with serving(users, aliases, imap_port=account.port, smtp_port=settings.smtp.port) as server:
        log.info("embedded mail server: IMAP 127.0.0.1:%d, SMTP 127.0.0.1:%d", server.imap_port, server.smtp_port)
        log.info("whoever writes reads the answer there by IMAP, with the address as user and the password demo")
        yield


@contextmanager
def serving(
    users: Mapping[str, str], aliases: Mapping[str, str], *, imap_port: int, smtp_port: int, or_else: str = ""
) -> Iterator[EmbeddedServer]:
    """The mail server in memory on these ports; where one is taken the program ends and says what to do."""
    try:
        from mailbot.demo.server import EmbeddedServer
    except ImportError as error:
        fail(f"the embedded mail server needs {error.name}. Run: pip install 'mailbot[demo]'")
    server = EmbeddedServer(users, aliases=aliases, imap_port=imap_port, smtp_port=smtp_port)
    try:
        server.__enter__()
    except OSError as error:
        fail(
            f"the mail server in memory cannot start: {error.strerror or error}.\n"
            f"It wants the ports {imap_port} (IMAP) and {smtp_port} (SMTP) of 127.0.0.1. Does another demo or desk run? "
            f"End it,\nor write other ports into config.toml (account.port and smtp.port){or_else}."
        )
    try:
        yield server
    finally:
        server.__exit__()


def _logging(settings: Settings) -> None:
    logging.basicConfig(level=settings.log.level.upper(), format="%(asctime)s %(levelname)-7s %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    logging.getLogger("imapclient").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("pymap").setLevel(logging.WARNING)
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    # The embedded server writes to clients that have gone, which asyncio warns of at the fifth write.
    logging.getLogger("asyncio").setLevel(logging.ERROR)


ExistingOption = Annotated[
    bool, typer.Option("--process-existing", help="answer what was in the mailbox before the first start, too")
]


def run(
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    process_existing: ExistingOption = False,
) -> None:
    """The daemon: read, decide, record, answer; until SIGTERM or Ctrl-C."""
    with opened(config, rules, templates) as desk:
        _logging(desk.settings)
        with at_work(desk), embedded(desk.settings):
            # What is in a mailbox in memory came after its start, be it before the first poll.
            asyncio.run(_run(desk, process_existing or desk.settings.embedded.enabled))


async def _run(desk: Opened, process_existing: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    live = LivePolicy(desk)
    daemon = make_daemon(desk, desk.clock, process_existing, stop, live)
    log.info("the desk is open: %s, rules %s", ", ".join(desk.settings.desk.addresses), live().version)
    await daemon.run()
    log.info("the desk is closed")


def once(
    config: ConfigOption = None,
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    process_existing: ExistingOption = False,
    timings: Annotated[
        Path | None,
        typer.Option("--timings", metavar="FILE", help="write where the time goes, as JSON", show_default=False),
    ] = None,
) -> None:
    """One poll of every mailbox and everything that is due, then end: for cron, and for measuring."""
    with opened(config, rules, templates) as desk:
        _logging(desk.settings)
        with at_work(desk), embedded(desk.settings):
            spent = Timings()
            started, cpu = time.perf_counter(), time.process_time()
            processed = asyncio.run(_once(desk, process_existing, spent))
    if timings is not None:
        data = {
            "processed": processed,
            # of the work alone, without loading rules and opening the database
            "seconds": time.perf_counter() - started,
            "cpu_seconds": time.process_time() - cpu,
            "phases": spent.phases,
        }
        timings.write_text(json.dumps(data), "utf-8")


async def _once(desk: Opened, process_existing: bool, spent: Timings) -> int:
    settings = desk.settings
    intake = Intake(
        store=desk.store,
        clock=desk.clock,
        policy=lambda: desk.policy,
        folders=folders_of(settings),
        process_existing=process_existing,
        timings=spent,
    )
    outbox = Outbox(store=desk.store, transport=SmtpTransport(smtp_server(settings)), clock=desk.clock, timings=spent)
    recover(outbox)
    processed = 0
    failed = False
    mailboxes = [watched.mailbox for watched in _mailboxes(settings, idle=False)]
    for mailbox in mailboxes:
        try:
            processed += poll(intake, mailbox).processed
        except MailboxUnavailable as error:
            log.error("%s/%s: %s", mailbox.account, mailbox.folder, error)
            failed = True
        mailbox.close()
    do_chores(_chores(desk, desk.clock, intake, mailboxes), desk.policy)
    await deliver_due(outbox)
    await outbox.transport.close()
    if failed:
        fail("a mailbox could not be read; nothing is lost, it is read the next time")
    return processed


def demo(
    rules: RulesOption = None,
    templates: TemplatesOption = None,
    config: ConfigOption = None,
    only_once: Annotated[bool, typer.Option("--once", help="end after the sample mails")] = False,
    svg: Annotated[
        Path | None, typer.Option("--svg", metavar="FILE", help="save the picture of the terminal", show_default=False)
    ] = None,
) -> None:
    """Sample mails arrive at a mail server in memory, and the real daemon answers them, live."""
    from mailbot.cli.demonstrating import demonstrate

    logging.basicConfig(level="ERROR")
    with tempfile.TemporaryDirectory(prefix="mailbot-demo-") as folder:
        done = demonstrate(config, rules, templates, Path(folder), once=only_once, svg=svg)
    if not done:
        fail("the demo did not end as it should")
