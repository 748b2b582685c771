"""``config.toml`` as ``Settings``; passwords and the desk's secret are fetched here and nowhere else."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mailbot.adapters.event_files import MOST_REMINDER_DAYS, address_problems
from mailbot.adapters.typed_toml import read_toml, shown, validated
from mailbot.core.policy import Desk
from mailbot.core.problems import Problem
from mailbot.core.settings import Account, Security, Settings, Smtp


def load_settings(path: Path) -> tuple[Settings | None, tuple[Problem, ...]]:
    """The settings with passwords in place and paths made absolute to the file's folder, or all problems."""
    data, problems = read_toml(path)
    if data is None:
        return None, problems
    file = shown(path)
    settings, problems = validated(Settings, data, file)
    if settings is None:
        return None, problems
    found = list(_checks(settings, file))
    accounts = []
    for index, account in enumerate(settings.account, start=1):
        password, wrong = _password(account, path.parent, file, f"account[{index}]", needed=True)
        found.extend(wrong)
        accounts.append(replace(account, password=password))
    password, wrong = _password(settings.smtp, path.parent, file, "smtp", needed=settings.smtp.user is not None)
    found.extend(wrong)
    if found:
        return None, tuple(found)
    return replace(
        settings,
        account=tuple(accounts),
        smtp=replace(settings.smtp, password=password),
        database=replace(settings.database, url=_database_url(settings.database.url, path.parent)),
        desk=replace(settings.desk, secret_file=str((path.parent / settings.desk.secret_file).resolve())),
    ), ()


def desk_of(settings: Settings) -> Desk:
    """Who the desk is, with its secret; the secret is made when there is none yet.

    Raises ``OSError`` where the secret can be neither read nor made.
    """
    section = settings.desk
    return Desk(
        name=section.name,
        addresses=section.addresses,
        signature=section.signature,
        privacy=section.privacy,
        coordinators=section.coordinators,
        coordinator_language=section.coordinator_language,
        bilingual=section.bilingual,
        subaddressing=section.subaddressing,
        max_replies_per_day=section.max_replies_per_day,
        authserv_id=section.authserv_id,
        secret=_secret(Path(section.secret_file)),
    )


def _secret(path: Path) -> bytes:
    try:
        found = path.read_bytes()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        made = secrets.token_bytes(32)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # another process was quicker
            return path.read_bytes()
        with os.fdopen(descriptor, "wb") as file:
            file.write(made)
        return made
    if len(found) < 16:
        raise OSError(f"{path} holds fewer than 16 bytes; remove it and a new one is made (old reply addresses end)")
    return found


def _database_url(url: str, base: Path) -> str:
    """A relative SQLite path is meant beside the configuration file, not wherever the program was started."""
    prefix = "sqlite:///"
    if not url.startswith(prefix) or url.startswith(prefix + "/") or url == prefix:
        return url
    return prefix + str((base / url.removeprefix(prefix)).resolve())


def _password(
    section: Account | Smtp, base: Path, file: str, key: str, *, needed: bool
) -> tuple[str | None, list[Problem]]:
    given = [name for name in ("password", "password_file", "password_env") if getattr(section, name) is not None]
    if len(given) > 1:
        return None, [_problem(file, f"{key}.{given[1]}", f"is given beside {given[0]}", "Keep one of them")]
    if not given:
        if not needed:
            return None, []
        remedy = "Write password_file (a file only mailbot may read), password_env, or password"
        return None, [_problem(file, f"{key}.password", "is missing", remedy)]
    if section.password_env is not None:
        value = os.environ.get(section.password_env)
        if value:
            return value, []
        message = f"the environment has no {section.password_env}"
        return None, [_problem(file, f"{key}.password_env", message, "Set it, or name another one")]
    if section.password_file is not None:
        return _password_of_file((base / section.password_file), file, f"{key}.password_file")
    return section.password, []


def _password_of_file(path: Path, file: str, key: str) -> tuple[str | None, list[Problem]]:
    try:
        mode = path.stat().st_mode
        value = path.read_text("utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        return None, [_problem(file, key, f"{path} cannot be read ({error})", "Name a file that mailbot may read")]
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        return None, [_problem(file, key, f"{path} can be read by others", f"Run: chmod 600 {path}")]
    if not value:
        return None, [_problem(file, key, f"{path} is empty", "Write the password into it")]
    return value, []


def is_loopback(host: str) -> bool:
    """Whether a connection to ``host`` stays on this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _checks(settings: Settings, file: str) -> Iterator[Problem]:
    if not settings.account:
        yield _problem(file, "account", "is missing", "Add an [[account]] with name, host, user and password")
    names = [account.name for account in settings.account]
    for index, account in enumerate(settings.account, start=1):
        key = f"account[{index}]"
        yield from _connection(file, key, account.host, account.port, account.security)
        if names.index(account.name) != index - 1:
            yield _problem(file, f"{key}.name", f"{account.name!r} is given twice", "Give each account its own name")
        if not account.folders:
            yield _problem(file, f"{key}.folders", "is empty", 'Write ["INBOX"]')
        if account.poll_seconds < 1:
            yield _problem(file, f"{key}.poll_seconds", "is below 1", "Write 60")
    yield from _connection(file, "smtp", settings.smtp.host, settings.smtp.port, settings.smtp.security)
    if settings.smtp.connections < 1:
        yield _problem(file, "smtp.connections", "is below 1", "Write 2")
    yield from _desk_checks(settings, file)
    try:
        ZoneInfo(settings.digest.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        message = f"{settings.digest.timezone!r} is no time zone"
        yield _problem(file, "digest.timezone", message, 'Write for example "Europe/Brussels"')
    yield from _moment_checks(settings, file)
    if len({settings.folders.processed, settings.folders.review, settings.folders.ignored}) < 3:
        yield _problem(file, "folders", "two of them have the same name", "Give each its own name")


def _moment_checks(settings: Settings, file: str) -> Iterator[Problem]:
    rules = settings.moments
    if rules.earliest >= rules.latest:
        yield _problem(file, "moments.latest", "is not after moments.earliest", "Write for example 20:00:00")
    elif not rules.earliest <= rules.reminder_at < rules.latest:
        message = "is not between moments.earliest and moments.latest"
        yield _problem(file, "moments.reminder_at", message, "Write a time of day at which mail may go out: 09:00:00")
    if not all(0 <= days <= MOST_REMINDER_DAYS for days in rules.reminder_days):
        remedy = f"Write numbers of days from 0 to {MOST_REMINDER_DAYS}: [7, 1]"
        yield _problem(file, "moments.reminder_days", "holds something else than days", remedy)
    if rules.portion < 1:
        yield _problem(file, "moments.portion", "is below 1", "Write 100")
    for name in ("afterwards_days", "pickup_days"):
        if getattr(rules, name) < 0:
            yield _problem(file, f"moments.{name}", "is below zero", "Write 14, or 0 for none")


def _desk_checks(settings: Settings, file: str) -> Iterator[Problem]:
    desk = settings.desk
    if not desk.addresses:
        yield _problem(file, "desk.addresses", "is empty", "Write the address that people write to")
    found = [(f"desk.addresses[{i}]", a) for i, a in enumerate(desk.addresses, start=1)]
    found += [(f"desk.coordinators[{i}]", a) for i, a in enumerate(desk.coordinators, start=1)]
    yield from address_problems(file, found)
    own = {address.casefold() for address in desk.addresses}
    for index, address in enumerate(desk.coordinators, start=1):
        if address.casefold() in own:
            message = "is an address of the desk itself: its mail would go round in circles"
            yield _problem(file, f"desk.coordinators[{index}]", message, "Write a person's address")
    if not desk.bilingual:
        yield _problem(file, "desk.bilingual", "is empty", 'Write ["fr", "nl"]')
    for name in ("name", "signature"):
        if not getattr(desk, name).given():
            yield _problem(file, f"desk.{name}", "has no text in any language", 'Write at least one: fr = "…"')


def _connection(file: str, key: str, host: str, port: int, security: Security) -> Iterator[Problem]:
    if security == "plain" and not is_loopback(host):
        message = f"would send the password in the clear to {host}"
        yield _problem(file, f"{key}.security", message, 'Write "tls" or "starttls"')
    if not 1 <= port <= 65535:
        yield _problem(file, f"{key}.port", "is no port", "Write a number from 1 to 65535")


def _problem(file: str, key: str, message: str, remedy: str) -> Problem:
    return Problem(file=file, key=key, message=message, remedy=remedy)
