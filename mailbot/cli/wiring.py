"""Adapters joined to services: from files to a desk that can work."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from mailbot.core.problems import Problem

if TYPE_CHECKING:
    from mailbot.adapters.imap import ImapServer
    from mailbot.adapters.smtp import SmtpServer
    from mailbot.adapters.store import SqlStore
    from mailbot.core.decisions import Outcome
    from mailbot.core.policy import Policy
    from mailbot.core.settings import Account, Settings
    from mailbot.service.ports import Clock, Transaction

# Adapters are imported where they are joined: each brings a library of 0.1 to 0.4 s, and most commands need one or two.


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the files are."""

    config: Path
    rules: Path
    templates: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A desk whose files are in order and whose database is open."""

    settings: Settings
    policy: Policy
    store: SqlStore
    places: Places
    clock: Clock

    @property
    def timezone(self) -> str:
        """Where the coordinators are."""
        return self.settings.digest.timezone


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A database that is only looked at."""

    store: SqlStore
    settings: Settings
    clock: Clock
    timezone: str
    #: None where something is wrong with the files
    policy: Policy | None


def fail(message: str, *, code: int = 1) -> NoReturn:
    """Say what is wrong and end: 1 failed, 2 wrong use."""
    sys.stderr.write(f"mailbot: {message}\n")
    raise typer.Exit(code)


def places(config: Path | None, rules: Path | None, templates: Path | None) -> Places:
    """What was named, else what stands beside the configuration, else beside the program."""
    file = config or Path("config.toml")
    if config is None and not file.exists():
        beside = Path(__file__).resolve().parents[2] / "config.toml"
        file = beside if beside.exists() else file
    base = file.resolve().parent
    return Places(config=file, rules=rules or base / "rules", templates=templates or base / "templates")


def refuse(problems: tuple[Problem, ...]) -> NoReturn:
    """All problems at once, each with file, key and remedy."""
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    fail(f"{len(problems)} {'problem' if len(problems) == 1 else 'problems'} in the files; nothing was done", code=2)


def load(where: Places, *, tried: bool = True) -> tuple[Settings, Policy]:
    """Settings and policy, or an end with all problems. ``tried``: see ``templates_from``."""
    from mailbot.adapters.files import load_policy
    from mailbot.adapters.settings_file import desk_of, load_settings

    settings, problems = load_settings(where.config)
    if settings is None:
        refuse(problems)
    try:
        desk = desk_of(settings)
    except OSError as error:
        fail(f"{settings.desk.secret_file}: {error}. Make its folder writable for mailbot.")
    policy, problems = load_policy(desk, settings.limits, where.rules, where.templates, tried=tried)
    if policy is None:
        refuse(problems)
    return settings, policy


@contextmanager
def opened(config: Path | None, rules: Path | None, templates: Path | None) -> Iterator[Opened]:
    from mailbot.adapters.clock import SystemClock
    from mailbot.adapters.store import open_store
    from mailbot.service.ports import StoreUnavailable

    where = places(config, rules, templates)
    settings, policy = load(where)
    try:
        store = open_store(settings.database.url)
    except (StoreUnavailable, ValueError) as error:
        fail(f"{where.config}: database.url: {error}")
    try:
        yield Opened(settings=settings, policy=policy, store=store, places=where, clock=SystemClock())
    except StoreUnavailable as error:
        fail(f"the database cannot be used: {error}")
    finally:
        store.close()


@contextmanager
def refuse_nothing(
    config: Path | None, rules: Path | None, templates: Path | None
) -> Iterator[tuple[Looked, tuple[Problem, ...]]]:
    """The database alone, and what is wrong with the rules and templates. The configuration must be in order."""
    from mailbot.adapters.clock import SystemClock
    from mailbot.adapters.files import load_policy
    from mailbot.adapters.settings_file import desk_of, load_settings
    from mailbot.adapters.store import open_store
    from mailbot.service.ports import StoreUnavailable

    where = places(config, rules, templates)
    settings, problems = load_settings(where.config)
    if settings is None:
        refuse(problems)
    try:
        policy, problems = load_policy(desk_of(settings), settings.limits, where.rules, where.templates)
        store = open_store(settings.database.url)
    except OSError as error:
        fail(f"{settings.desk.secret_file}: {error}. Make its folder writable for mailbot.")
    except (StoreUnavailable, ValueError) as error:
        fail(f"{where.config}: database.url: {error}")
    try:
        yield (
            Looked(
                store=store,
                settings=settings,
                clock=SystemClock(),
                timezone=settings.digest.timezone,
                policy=policy,
            ),
            problems,
        )
    finally:
        store.close()


def folders_of(settings: Settings) -> Mapping[Outcome, str]:
    folders = settings.folders
    return {"processed": folders.processed, "review": folders.review, "ignored": folders.ignored}


def imap_server(account: Account) -> ImapServer:
    from mailbot.adapters.imap import ImapServer

    return ImapServer(
        host=account.host,
        port=account.port,
        security=account.security,
        user=account.user,
        password=account.password or "",
        ca_file=account.ca_file,
    )


def smtp_server(settings: Settings) -> SmtpServer:
    from mailbot.adapters.smtp import SmtpServer

    section = settings.smtp
    return SmtpServer(
        host=section.host,
        port=section.port,
        security=section.security,
        user=section.user,
        password=section.password,
        ca_file=section.ca_file,
        connections=section.connections,
        timeout_seconds=section.timeout_seconds,
    )


def check_everything(where: Places, *, offline: bool) -> tuple[Problem, ...]:
    """Every problem of the files; then of the database and the servers, which need the configuration in order."""
    from mailbot.adapters import imap, smtp
    from mailbot.adapters.clock import SystemClock
    from mailbot.adapters.files import load_policy
    from mailbot.adapters.settings_file import desk_of, load_settings
    from mailbot.adapters.store import open_store
    from mailbot.service.ports import StoreUnavailable

    settings, problems = load_settings(where.config)
    if settings is None:
        return problems
    try:
        desk = desk_of(settings)
    except OSError as error:
        return (_problem(where, "desk.secret_file", str(error), "Make its folder writable for mailbot"),)
    policy, problems = load_policy(desk, settings.limits, where.rules, where.templates)
    found = list(problems)
    if policy is not None:
        found += _certificate_problems(policy, where)
    try:
        store = open_store(settings.database.url)
        if policy is not None:
            with store.begin() as tx:
                found += event_problems(tx, policy, where, SystemClock().now())
        store.close()
    except (StoreUnavailable, ValueError) as error:
        found.append(_problem(where, "database.url", str(error), "Name a database that mailbot may use"))
    if offline or settings.embedded.enabled:
        return tuple(found)
    for index, account in enumerate(settings.account, start=1):
        for trouble in imap.probe(imap_server(account), account.folders):
            remedy = "Check host, port, security, user and password, or whether the server is up"
            found.append(_problem(where, f"account[{index}]", trouble, remedy))
    for trouble in asyncio.run(smtp.probe(smtp_server(settings))):
        remedy = "Check host, port, security, user and password, or whether the server is up"
        found.append(_problem(where, "smtp", trouble, remedy))
    return tuple(found)


def _certificate_problems(policy: Policy, where: Places) -> Iterator[Problem]:
    """The look of certificates, tried in each language. Without Typst, where an event offers them, that is the problem."""
    from mailbot.adapters.certificate import TEMPLATE, TypstCertificates, installed
    from mailbot.core.language import LANGUAGES
    from mailbot.core.samples import certificate_samples
    from mailbot.service.certificates import CertificateError

    file, maker = str(where.templates / TEMPLATE), TypstCertificates(where.templates)
    if not installed():
        offering = sorted(event.key for event in policy.events.values() if event.certificate is not None)
        if offering:
            message = (
                f"{', '.join(offering)}: certificates are offered, and the package typst that makes them is not there"
            )
            yield Problem(file=file, key="", message=message, remedy="Run: pip install 'mailbot[certificates]'")
        return
    for language in LANGUAGES:
        try:
            for data in certificate_samples(language, policy.templates):
                maker.pdf(data)
        except CertificateError as error:
            message = f"makes no certificate: {str(error).removeprefix(f'{file}: ')}"
            yield Problem(
                file=file, key=language, message=message, remedy="Mend it, or take the one that came with mailbot"
            )


#: a link that is not known so long before a session is asked for
LINK_DUE = timedelta(days=7)


def event_problems(tx: Transaction, policy: Policy, where: Places, now: datetime) -> list[Problem]:
    """What is wrong with events for those who are on file for them."""
    return [*gone_problems(tx, policy, where, now), *_links_lacking(tx, policy, where, now)]


def _links_lacking(tx: Transaction, policy: Policy, where: Places, now: datetime) -> Iterator[Problem]:
    """Their reminder, or somebody else, has to bring people the link before the session begins."""
    from mailbot.core.registrations import RegistrationStatus

    for event in policy.events.values():
        if "online" not in event.modes or event.cancelled is not None or not event.times_known:
            continue
        near = [s for s in event.sessions if s.online_link is None and now < s.starts <= now + LINK_DUE]
        if near and tx.count_registrations(event.key, RegistrationStatus.CONFIRMED):
            yield Problem(
                file=str(where.rules / "events"),
                key=f"{event.key}: sessions.online_link",
                message=f"is not written, and {near[0].key} begins on {near[0].starts:%d/%m at %H:%M}",
                remedy='Write online_link = "https://…" below that [[sessions]]: the reminder tells it to those who come',
            )


def gone_problems(tx: Transaction, policy: Policy, where: Places, now: datetime) -> list[Problem]:
    """Events that people are to come to, and whose file is not there any more."""
    from mailbot.service.event_changes import gone_events

    return [
        Problem(
            file=str(where.rules / "events"),
            key=gone.key,
            message=f"there is no file of this event any more, and {gone.people} on file for it are to come",
            remedy=f"See: mailbot events changes {gone.key}",
        )
        for gone in gone_events(tx, policy, now)
    ]


def _problem(where: Places, key: str, message: str, remedy: str) -> Problem:
    return Problem(file=str(where.config), key=key, message=message, remedy=remedy)
