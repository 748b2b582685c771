"""Servers that go away and come back, encryption, logins: what a night brings."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import missing
from tests.rigs import desk as desk_rig
from tests.rigs import dovecot as dovecot_rig
from tests.rigs import postfix as postfix_rig
from tests.rigs.desk import FOLDERS, delivered, wish
from tests.system.town import NUMBERS, Town


@pytest.fixture
def own_town(tmp_path: Path) -> Iterator[Town]:
    """With mail servers of its own, that a test may stop."""
    with contextlib.ExitStack() as stack:
        try:
            dovecot = stack.enter_context(dovecot_rig.dovecot())
            postfix = stack.enter_context(postfix_rig.postfix(lmtp_port=dovecot.lmtp_port))
        except (FileNotFoundError, PermissionError) as error:
            missing(error)
            return
        settings = {"imap_port": dovecot.imap_port, "smtp_port": postfix.port}
        address = f"desk{next(NUMBERS)}@example.test"
        made = stack.enter_context(desk_rig.desk(tmp_path, address, **settings))
        yield Town(desk=made, dovecot=dovecot, postfix=postfix)


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_an_imap_server_that_goes_and_comes_back(own_town: Town, end: str) -> None:
    town, desk = own_town, own_town.desk
    desk.open()
    first, second = town.people(2)
    desk.until(lambda: "first start" in desk.log)
    town.write(first)
    desk.until(lambda: delivered(town.dovecot, first))
    # Killed before it has said that the answer is in, Dovecot would get it from Postfix a second time.
    desk.until(town.postfix.is_idle)
    getattr(town.dovecot, end)()
    message = desk.until(lambda: desk.condition("imap:"))
    assert message.startswith("connection: ")
    town.write(second)  # Postfix keeps it until Dovecot is back
    town.dovecot.start()
    town.postfix.flush()
    desk.until(lambda: delivered(town.dovecot, second))
    desk.until(lambda: desk.condition("imap:") is None)
    assert desk.log.count("tried again with growing pauses") == 1
    assert desk.log.count("works again") == 1
    assert len(delivered(town.dovecot, first)) == 1
    assert desk.terminate() == 0


def test_an_smtp_server_that_is_down_and_comes_back(own_town: Town) -> None:
    town, desk = own_town, own_town.desk
    town.postfix.stop()
    desk.open()
    desk.until(lambda: "first start" in desk.log)
    people = town.people(12)
    for person in people:
        town.dovecot.deliver(desk.address, wish(person, desk.address))
    message = desk.until(lambda: desk.condition("smtp"))
    assert message.startswith("connection: ")
    desk.until(lambda: town.count(FOLDERS["processed"]) == 12)  # reading goes on
    town.postfix.start()
    desk.until(lambda: all(delivered(town.dovecot, person) for person in people))
    desk.until(lambda: desk.condition("smtp") is None)
    assert {person: len(ids) for person, ids in town.answers(*people).items()} == dict.fromkeys(people, 1)
    assert desk.log.count("the mail server takes no mail") == 1


def test_the_desk_starts_although_both_servers_are_down(own_town: Town) -> None:
    town, desk = own_town, own_town.desk
    desk.open()
    desk.until(lambda: "first start" in desk.log)
    assert desk.terminate() == 0
    (person,) = town.people(1)
    town.dovecot.deliver(desk.address, wish(person, desk.address))
    town.dovecot.stop()
    town.postfix.stop()
    desk.open()
    desk.until(lambda: desk.condition("imap:"))
    town.dovecot.start()
    town.postfix.start()
    desk.until(lambda: delivered(town.dovecot, person))


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_encrypted_both_ways_with_a_certificate_of_ones_own(town: Town, security: str) -> None:
    tls = security == "tls"
    town.desk.write(
        imap_port=town.dovecot.imaps_port if tls else town.dovecot.imap_port,
        smtp_port=town.postfix.tls_port if tls else town.postfix.port,
        imap_security=security,
        smtp_security=security,
        ca=f'ca_file = "{town.dovecot.ca_file}"',
        smtp_ca=f'ca_file = "{town.postfix.ca_file}"',
    )
    town.desk.open()
    town.desk.until(lambda: "first start" in town.desk.log)
    (person,) = town.people(1)
    town.write(person)
    (answer,) = town.desk.until(lambda: town.mails(person))
    assert any("with ESMTPS " in received for received in answer.get_all("Received"))  # RFC 3848


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_that_nobody_vouches_for_is_refused_and_said(town: Town, security: str) -> None:
    port = town.dovecot.imaps_port if security == "tls" else town.dovecot.imap_port
    town.desk.write(imap_security=security, imap_port=port)
    town.desk.open()
    message = town.desk.until(lambda: town.desk.condition("imap:"))
    assert message.startswith("configuration: ")
    assert "certificate" in message


def test_a_refused_login_is_said_once_and_a_restart_with_the_right_password_works(town: Town) -> None:
    desk = town.desk
    desk.write(password="quite-wrong")
    desk.open()
    message = desk.until(lambda: desk.condition("imap:"))
    assert message.startswith("authentication: ")
    (shown,) = [line for line in desk.status()["conditions"] if line["name"].startswith("imap:")]
    assert shown["message"] == message
    assert "authentication" in desk.command("check").stdout
    assert desk.terminate() == 0
    desk.write(password=dovecot_rig.PASSWORD)
    desk.open()
    desk.until(lambda: desk.condition("imap:") is None)
    assert desk.log.count("tried again with growing pauses") == 1
    assert "quite-wrong" not in desk.log


def test_a_bounce_is_put_to_the_answer_that_bounced_and_is_never_answered(town: Town) -> None:
    # This door of Postfix takes every recipient, and sends back what nobody is there for (RFC 3464).
    desk = town.desk
    desk.write(smtp_port=town.postfix.bouncing_port)
    desk.open()
    desk.until(lambda: "first start" in desk.log)
    town.write("nobody@elsewhere.test")
    desk.until(lambda: town.count(FOLDERS["ignored"]) == 1)
    (report,) = town.mails(folder=FOLDERS["ignored"])
    assert report.get_content_type() == "multipart/report"
    counts = desk.status()["counts"]
    assert counts["bounces"] == 1
    assert counts["mails"] == 2
    assert counts["outbox-queued"] == counts["outbox-failed"] == 0
    bounced = _bounces(desk)
    assert len(bounced) == 1
    assert bounced[0].startswith("failed 5.")
    desk.terminate()
    assert town.mails("mailer-daemon@example.test") == []


def _bounces(desk: Any) -> list[str]:
    with contextlib.closing(sqlite3.connect(desk.home / "mailbot.db")) as connection:
        found = connection.execute("SELECT bounce, envelope_to FROM deliveries WHERE bounce IS NOT NULL").fetchall()
    return [bounce for bounce, recipient in found if recipient == "nobody@elsewhere.test"]
