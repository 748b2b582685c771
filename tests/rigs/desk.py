"""The desk as its users run it: ``python -m mailbot run --config …`` in a process of its own."""

from __future__ import annotations

import contextlib
import datetime as dt
import imaplib
import json
import os
import shutil
import signal
import smtplib
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

from tests.rigs.dovecot import PASSWORD, Dovecot

ROOT = Path(__file__).parents[2]

#: what people see in the mailbox, as the tests configure it
FOLDERS = {"processed": "Processed", "review": "To review", "ignored": "Ignored"}

_EVENT = """\
key = "compost"
names = ["Compost pour tous", "Compost for all"]
[title]
fr = "Compost pour tous"
nl = "Compost voor iedereen"
en = "Compost for all"
de = "Kompost für alle"
[kind]
fr = "atelier"
nl = "workshop"
en = "workshop"
de = "Workshop"
[[sessions]]
key = "compost"
starts = {day}T13:00:00
ends = {day}T16:00:00
[place]
street = "Rue des Tanneurs 1"
postcode = "1000"
city = "Bruxelles"
[registration]
by = "mail"
[organiser]
email = "jardin@example.test"
language = "fr"
[organiser.name]
fr = "Le jardin"
nl = "De tuin"
en = "The garden"
de = "Der Garten"
"""

_CONFIG = """\
[[account]]
name = "main"
host = "127.0.0.1"
port = {imap_port}
security = "{imap_security}"
user = "{user}"
password = "{password}"
folders = {folders}
poll_seconds = {poll_seconds}
idle = {idle}
{ca}
[smtp]
host = "127.0.0.1"
port = {smtp_port}
security = "{smtp_security}"
timeout_seconds = 5
{smtp_ca}
[desk]
addresses = ["{user}"]
coordinators = ["alice@example.test"]
coordinator_language = "en"
secret_file = "secret"
[desk.name]
fr = "Inscriptions"
[desk.signature]
fr = "L’équipe"
[database]
url = "{database}"
[folders]
processed = "Processed"
review = "To review"
ignored = "Ignored"
[log]
level = "info"
{more}
"""


def until(condition: Callable[[], Any], seconds: float = 240.0, what: Callable[[], str] = lambda: "") -> Any:
    """Wait for something to be true, and answer it. Never a measure of time: as long as a busy machine may need."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(f"did not happen in {seconds:.0f} s: {what()}")


@dataclass(kw_only=True)
class Desk:
    """Where its files are, and the process while it runs."""

    home: Path
    address: str = "desk1@example.test"
    settings: Mapping[str, Any] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def config(self) -> Path:
        return self.home / "config.toml"

    @property
    def log(self) -> str:
        path = self.home / "log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def write(self, **settings: Any) -> None:
        """The configuration, and the rules: the shipped ones with one event of the near future."""
        given: dict[str, Any] = {
            "user": self.address,
            "password": PASSWORD,
            "imap_security": "plain",
            "smtp_security": "plain",
            "folders": ["INBOX"],
            "poll_seconds": 1,
            "idle": True,
            "ca": "",
            "smtp_ca": "",
            "database": "sqlite:///mailbot.db",
            "more": "",
        }
        self.settings = {**given, **self.settings, **settings}
        values = dict(self.settings)
        values["folders"] = json.dumps(values["folders"])
        values["idle"] = str(values["idle"]).lower()
        self.config.write_text(_CONFIG.format(**values), "utf-8")
        if not (self.home / "rules").exists():
            shutil.copytree(ROOT / "rules", self.home / "rules", ignore=shutil.ignore_patterns("events"))
            shutil.copytree(ROOT / "templates", self.home / "templates")
            (self.home / "rules" / "events").mkdir()
            day = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=60)
            (self.home / "rules" / "events" / "compost.toml").write_text(_EVENT.format(day=day), "utf-8")

    def start(self, *arguments: str) -> None:
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mailbot", "run", "--config", str(self.config), *arguments],
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )

    def open(self, *arguments: str) -> None:
        """Started, and ready: every mailbox was looked at once."""
        before = self.log.count("the desk is open")
        self.start(*arguments)
        self.until(lambda: self.log.count("the desk is open") > before)

    def until(self, condition: Callable[[], Any], seconds: float = 240.0) -> Any:
        def alive() -> Any:
            assert self.process is None or self.process.poll() is None, f"the desk ended:\n{self.log}"
            return condition()

        return until(alive, seconds, lambda: f"the log of the desk:\n{self.log}")

    def terminate(self) -> int:
        """SIGTERM, and its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=240)
        self.process = None
        return status

    def kill(self) -> None:
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.wait(timeout=60)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "mailbot", *arguments, "--config", str(self.config)],
            capture_output=True,
            text=True,
            timeout=240,
            cwd=ROOT,
            check=False,
        )

    def status(self) -> dict[str, Any]:
        answer = self.command("status", "--json")
        assert answer.stdout, answer.stderr
        found: dict[str, Any] = json.loads(answer.stdout)
        return found

    def condition(self, beginning: str) -> str | None:
        """What stands in the database as being wrong. ``mailbot status`` shows it, but takes a second to start."""
        with contextlib.closing(sqlite3.connect(self.home / "mailbot.db", timeout=60)) as connection:
            found = connection.execute("SELECT name, message FROM conditions").fetchall()
        return next((message for name, message in found if name.startswith(beginning)), None)


@contextlib.contextmanager
def desk(home: Path, address: str, **settings: Any) -> Iterator[Desk]:
    made = Desk(home=home, address=address)
    made.write(**settings)
    try:
        yield made
    finally:
        made.kill()


# -- what people do ------------------------------------------------------------


def wish(sender: str, to: str, *, number: int = 1, name: str = "Anne Peeters") -> bytes:
    """A wish to register, as somebody would write it."""
    return (
        f"From: {name} <{sender}>\r\nTo: {to}\r\nSubject: Inscription Compost pour tous\r\n"
        f"Message-ID: <wish-{number}-{sender}>\r\nDate: {_date()}\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        f"Bonjour,\r\n\r\nJe souhaite m'inscrire à l'atelier « Compost pour tous ».\r\n\r\nCordialement,\r\n{name}\r\n"
    ).encode()


def _date() -> str:
    return dt.datetime.now(dt.UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")


def send(port: int, to: str, *mails: tuple[str, bytes]) -> None:
    """Over SMTP, one connection: each with its sender."""
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
        for sender, content in mails:
            client.sendmail(sender, [to], content, mail_options=["BODY=8BITMIME"])


@contextlib.contextmanager
def reading(server: Dovecot, user: str) -> Iterator[imaplib.IMAP4]:
    client = imaplib.IMAP4("127.0.0.1", server.imap_port, timeout=60)
    try:
        client.login(user, PASSWORD)
        yield client
    finally:
        with contextlib.suppress(Exception):
            client.logout()


def mails_of(server: Dovecot, user: str, folder: str = "INBOX") -> list[Message]:
    """What a mail program shows in a folder; nothing is marked as read."""
    with reading(server, user) as client:
        if client.select(f'"{folder}"', readonly=True)[0] != "OK":
            return []
        _, answer = client.uid("SEARCH", "ALL")  # type: ignore[arg-type]
        uids = (answer[0] or b"").split()
        if not uids:
            return []
        _, parts = client.uid("FETCH", b",".join(uids).decode(), "(BODY.PEEK[])")
        return [message_from_bytes(part[1]) for part in parts if isinstance(part, tuple)]


def count_of(server: Dovecot, user: str, folder: str = "INBOX") -> int:
    with reading(server, user) as client:
        state, answer = client.status(f'"{folder}"', "(MESSAGES)")
        return int(answer[0].rstrip(b")").rsplit(b" ", 1)[1]) if state == "OK" else 0


def answers_to(server: Dovecot, users: Sequence[str]) -> dict[str, list[str]]:
    """The Message-IDs of what each received, read where Dovecot keeps them: two hundred logins take their time."""
    return {user: [_message_id(path) for path in delivered(server, user)] for user in users}


def delivered(server: Dovecot, user: str) -> list[Path]:
    folder = server.maildir(user)
    return [path for part in ("new", "cur") if (folder / part).exists() for path in (folder / part).iterdir()]


def _message_id(path: Path) -> str:
    return str(message_from_bytes(path.read_bytes())["Message-ID"])
