"""``mailbot demo`` as a newcomer starts it: a process, its terminal output, its ports."""

from __future__ import annotations

import email
import imaplib
import os
import re
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rigs.ports import free_ports

ROOT = Path(__file__).resolve().parents[2]

#: seconds after which a process that hangs is given up
LONGEST = 120.0


def _start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "mailbot", "demo", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUTF8": "1"},
    )


def test_once_shows_everything_and_ends_with_status_0(tmp_path: Path) -> None:
    picture = tmp_path / "demo.svg"
    process = _start("--once", "--svg", str(picture))
    out, err = process.communicate(timeout=LONGEST)
    assert (process.returncode, err) == (0, "")
    shown = " ".join(re.sub(r"[│╭╮╰╯─]", " ", out).split())
    for essential in (
        "clock follows the mails, from 24/11/2020 to 08/09/2021",
        "Caroline Lemaire",
        "flagged for a coordinator",
        "demandez Gwendolynn Janssens",  # a confirmation with where to pick up
        "3 mails wait for a coordinator",
        "Inscriptions : 3 changements",  # the digest
        "29 mails read",
    ):
        assert essential in shown
    # The picture in the README is the one that this run draws, and shows nothing of the machine.
    drawn = picture.read_text("utf-8")
    assert drawn == (ROOT / "docs" / "demo.svg").read_text("utf-8"), "run: mailbot demo --once --svg docs/demo.svg"
    assert str(ROOT) not in drawn
    assert "font-face" not in drawn


@pytest.fixture
def configured(tmp_path: Path) -> tuple[Path, int, int]:
    """The shipped configuration on free ports."""
    imap, smtp = free_ports(2)
    text = (ROOT / "config.toml").read_text("utf-8")
    assert "port = 1143" in text
    assert "port = 1025" in text
    file = tmp_path / "config.toml"
    file.write_text(text.replace("port = 1143", f"port = {imap}").replace("port = 1025", f"port = {smtp}"), "utf-8")
    return file, imap, smtp


def _options(config: Path) -> tuple[str, ...]:
    return ("--config", str(config), "--rules", str(ROOT / "rules"), "--templates", str(ROOT / "templates"))


@pytest.fixture
def visited(configured: tuple[Path, int, int]) -> Iterator[tuple[subprocess.Popen[str], int, int, str]]:
    """A demo that waits for visitors, its ports and what it told them."""
    config, imap, smtp = configured
    process = _start(*_options(config))
    assert process.stdout is not None
    told = ""
    try:
        while "Ctrl-C ends" not in told:
            line = process.stdout.readline()
            assert line, process.communicate()[1]
            told += line
        yield process, imap, smtp, told
    finally:
        process.kill()
        process.communicate()


def test_a_visitor_writes_as_told_and_reads_the_answer(
    visited: tuple[subprocess.Popen[str], int, int, str],
) -> None:
    process, imap, smtp, told = visited
    write, read = (line for line in told.splitlines() if line.startswith("python3 -c"))
    assert str(smtp) in write
    assert str(imap) in read
    subprocess.run(["bash", "-c", write.replace("python3", sys.executable, 1)], check=True, timeout=LONGEST)
    answer = _wait_for_mail(imap, "robin@visitor.example")
    assert "Rue de Bonne 66A" in answer
    printed = subprocess.run(
        ["bash", "-c", read.replace("python3", sys.executable, 1)], check=True, timeout=LONGEST, capture_output=True
    )
    assert "Rue de Bonne 66A" in printed.stdout.decode()

    # From any other address too, in any language; its mailbox is there as soon as it has written.
    mail = "From: Jan Maes <jan@elders.example>\nSubject: Album\n\nGraag schrijf ik me in voor de vorming, ter plaatse."
    with smtplib.SMTP("127.0.0.1", smtp) as client:
        client.sendmail("jan@elders.example", "inschrijvingen@prevention.example", mail)
    assert "Beste Jan Maes" in _wait_for_mail(imap, "jan@elders.example")

    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=LONGEST)
    assert (process.returncode, err) == (0, "")
    assert "Jan Maes" in out
    assert out.rstrip().endswith("Stopped.")


def _wait_for_mail(port: int, user: str) -> str:
    """The text of the first mail that comes to ``user``."""
    with imaplib.IMAP4("127.0.0.1", port) as client:
        client.login(user, "demo")
        deadline = time.monotonic() + LONGEST
        while time.monotonic() < deadline:
            client.select()
            if client.search(None, "ALL")[1] != [b""]:
                fetched = client.fetch("1", "BODY[]")[1][0]
                assert isinstance(fetched, tuple)
                parts = email.message_from_bytes(fetched[1]).walk()
                payload = next(p for p in parts if p.get_content_type() == "text/plain").get_payload(decode=True)
                assert isinstance(payload, bytes)
                return payload.decode("utf-8")
            time.sleep(0.1)
    raise AssertionError(f"nothing came to {user}")


def test_sigterm_while_it_waits_ends_it_cleanly(visited: tuple[subprocess.Popen[str], int, int, str]) -> None:
    process = visited[0]
    process.terminate()
    _, err = process.communicate(timeout=LONGEST)
    assert (process.returncode, err) == (0, "")


def test_a_port_that_is_taken_is_named_with_what_to_do(configured: tuple[Path, int, int]) -> None:
    config, imap, _ = configured
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", imap))
        taken.listen()
        process = _start(*_options(config))
        _, err = process.communicate(timeout=LONGEST)
    assert process.returncode == 1
    assert str(imap) in err
    assert "config.toml" in err
    assert "Traceback" not in err


def test_a_picture_without_a_folder_is_refused_before_anything_starts(tmp_path: Path) -> None:
    process = _start("--once", "--svg", str(tmp_path / "none" / "demo.svg"))
    out, err = process.communicate(timeout=LONGEST)
    assert process.returncode == 2
    assert "there is no folder" in err
    assert out == ""
