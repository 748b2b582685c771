"""``make bench``: the floor, mailbot's whole way, the daemon, full mailboxes and databases, the reader. On real servers.

Exit codes: 0 measured, 1 something failed or a server is missing, 2 wrong use.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bench import daemon, report, whole
from bench.children import ROOT, Failed, part
from bench.desk import Desk, make_desk
from bench.mails import DESK, mail
from tests.rigs import dovecot as dovecot_rig
from tests.rigs.sink import Sink, sink, smtp_sink

PARTS = ("floor", "whole", "daemon", "polls", "registry", "reader")

#: varied mails for the reader, beside those given with --read
SAMPLES = (ROOT / "tests" / "data", ROOT / "mailbot" / "demo" / "mails")

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def bench(
    mails: Annotated[int, typer.Option(min=1, help="registrations by mail, each from somebody else")] = 1000,
    answers: Annotated[int, typer.Option(min=1, help="mails whose way to the answer is timed")] = 20,
    settled: Annotated[int, typer.Option(min=1, help="messages in the full mailbox that is polled")] = 100_000,
    registrations: Annotated[int, typer.Option(min=1, help="registrations in the full database")] = 200_000,
    read: Annotated[list[Path] | None, typer.Option(help="a folder of .eml files for the reader, too")] = None,
    only: Annotated[str, typer.Option(help="parts, with commas between")] = ",".join(PARTS),
    as_json: Annotated[bool, typer.Option("--json", help="for scripts: one JSON object")] = False,
) -> None:
    """Measure mailbot on Dovecot and a local SMTP sink, beside the least that any program must do."""
    wanted = [name for name in PARTS if name in only.split(",")]
    if not wanted or len(wanted) < len(set(only.split(","))):
        raise typer.BadParameter(f"--only takes {', '.join(PARTS)}")
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    try:
        with (
            Progress(*columns, console=console, transient=True) as progress,
            tempfile.TemporaryDirectory(prefix="bench-") as folder,
            dovecot_rig.dovecot() as dovecot,
        ):
            run = Run(Path(folder), dovecot, _telling(progress))
            figures = run.measure(wanted, mails, answers, settled, registrations, tuple(read or ()))
    except FileNotFoundError as error:
        if "not installed" not in str(error):
            raise
        _fail(f"{error}. On Debian and Ubuntu: apt-get install dovecot-imapd dovecot-lmtpd postfix")
    except Failed as error:
        _fail(str(error))
    if as_json:
        sys.stdout.write(json.dumps(figures, indent=2) + "\n")
    else:
        report.show(Console(width=None if sys.stdout.isatty() else 120), figures)


def _fail(message: str) -> None:
    sys.stderr.write(f"bench: {message}\n")
    raise typer.Exit(1)


def _telling(progress: Progress) -> Callable[[str], None]:
    task = progress.add_task("")
    return lambda text: progress.update(task, description=text)


@contextmanager
def _quick_sink(tell: Callable[[str], None]) -> Iterator[int]:
    """The port of a sink that costs next to nothing; one in Python, which shares in what is measured, where it is missing."""
    try:
        with smtp_sink() as counter:
            yield counter.port
    except FileNotFoundError as error:
        Console(stderr=True).print(f"{error}: a sink in Python takes its place, and slows what is measured")
        with sink() as slow:
            yield slow.port


class Run:
    def __init__(self, folder: Path, dovecot: dovecot_rig.Dovecot, tell: Callable[[str], None]) -> None:
        self.folder = folder
        self.dovecot = dovecot
        self.tell = tell

    def measure(
        self,
        wanted: list[str],
        mails: int,
        answers: int,
        settled: int,
        registrations: int,
        folders: tuple[Path, ...],
    ) -> dict[str, Any]:
        figures: dict[str, Any] = {}
        if {"floor", "whole", "daemon"} & {*wanted}:
            self.tell(f"writing {mails} mails")
            contents = [mail(number) for number in range(mails)]
        if "floor" in wanted:
            figures["floor"] = self.floor(contents)
        if "whole" in wanted:
            figures["whole"] = self.whole(contents)
        if {"floor", "whole"} <= figures.keys():
            speeds = {name: figures[name]["processed"] / figures[name]["seconds"] for name in ("floor", "whole")}
            figures["ratio"] = speeds["whole"] / speeds["floor"]
        if "daemon" in wanted:
            figures["daemon"] = self.daemon(contents, answers)
        if "polls" in wanted:
            figures["polls"] = self.polls(settled)
        if "registry" in wanted:
            self.tell(f"a database with {registrations:,} registrations")
            desk = self.desk("registry")
            figures["registry"] = part(
                "registry", *desk.options, "--folder", desk.folder, "--registrations", registrations
            )
        if "reader" in wanted:
            self.tell("the reader")
            samples = [folder for folder in (*SAMPLES, *folders) if folder.is_dir()]
            figures["reader"] = part("reader", *self.desk("reader", shipped=True).options, *samples)
        return figures

    def desk(self, name: str, *, shipped: bool = False, **servers: Any) -> Desk:
        return make_desk(self.folder / name, shipped=shipped, password=dovecot_rig.PASSWORD, **servers)

    def floor(self, contents: list[bytes]) -> dict[str, Any]:
        self.tell("the floor")
        self.dovecot.fill("floor", contents)
        with _quick_sink(self.tell) as port:
            return part(
                "floor",
                *("--imap", self.dovecot.imap_port, "--smtp", port),
                *("--user", "floor", "--password", dovecot_rig.PASSWORD, "--database", self.folder / "floor.db"),
            )

    def whole(self, contents: list[bytes]) -> dict[str, Any]:
        self.tell("mailbot's whole way")
        self.dovecot.fill("whole", contents)
        with _quick_sink(self.tell) as port:
            desk = self.desk("whole", user="whole", imap=self.dovecot.imap_port, smtp=port)
            return whole.measure(desk, len(contents))

    def daemon(self, contents: list[bytes], answers: int) -> dict[str, Any]:
        self.tell("the daemon")
        self.dovecot.fill(DESK, contents)
        with sink(Sink()) as taking:
            desk = self.desk("daemon", user=DESK, imap=self.dovecot.imap_port, smtp=taking.port)
            return daemon.measure(
                desk,
                self.dovecot,
                taking,
                waiting=len(contents),
                answers=answers,
                tell=lambda number: self.tell(f"the daemon: {number} of {answers} answers"),
            )

    def polls(self, settled: int) -> dict[str, Any]:
        self.tell(f"a mailbox with {settled:,} settled messages")
        self.dovecot.fill("full", [_SMALL])
        self.dovecot.fill("empty", [])
        _multiply(next((self.dovecot.maildir("full") / "cur").iterdir()), settled)
        desk = self.desk("polls")
        return part(
            "polls",
            *desk.options,
            *("--database", desk.database, "--imap", self.dovecot.imap_port, "--password", dovecot_rig.PASSWORD),
            *("full", "empty"),
        )


_SMALL = b"From: a@outside.example\r\nTo: desk@example.test\r\nMessage-ID: <1@outside.example>\r\n\r\nHello.\r\n"

#: a file system gives a file only so many names: ext4 65,000
_LINKS = 30_000


def _multiply(message: Path, count: int) -> None:
    """``count`` messages in its folder. They are links to a few files: to write a hundred thousand takes minutes."""
    first = message.name
    for number in range(1, count):
        copy = message.with_name(first.replace("M000000P", f"M{number:06d}P"))
        if number % _LINKS:
            copy.hardlink_to(message)
        else:
            owner = message.stat()
            copy.write_bytes(_SMALL)
            os.chown(copy, owner.st_uid, owner.st_gid)
            message = copy


if __name__ == "__main__":
    app(prog_name="make bench ARGS=…")
