"""The desk as a process on Dovecot and Postfix: mails in over SMTP and IMAP, answers out and really delivered."""

from __future__ import annotations

import time
from email.header import decode_header, make_header
from typing import Any

from tests.rigs.desk import FOLDERS, delivered, reading, until, wish
from tests.rigs.dovecot import PASSWORD
from tests.system.town import NUMBERS, Town


def text_of(mail: Any) -> str:
    parts = [part for part in mail.walk() if part.get_content_type() == "text/plain"]
    return b"".join(part.get_payload(decode=True) for part in parts).decode()


def test_a_wish_is_answered_within_seconds_by_idle_alone(town: Town) -> None:
    # Nothing but IDLE can explain an answer within the hour: the poll comes once in 3600 seconds.
    town.desk.write(poll_seconds=3600)
    town.desk.open()
    town.desk.until(lambda: "first start" in town.desk.log)
    times = []
    for person in town.people(3):
        started = time.monotonic()
        town.write(person)
        (answer,) = town.desk.until(lambda person=person: town.mails(person))
        times.append(time.monotonic() - started)
        assert "Compost pour tous" in str(make_header(decode_header(answer["Subject"])))
        assert "Rue des Tanneurs" in text_of(answer)
        assert answer["In-Reply-To"] == f"<wish-1-{person}>"
        assert answer["Auto-Submitted"] == "auto-replied"
        assert "text/calendar" in {part.get_content_type() for part in answer.walk()}
    print(f"\nfrom SMTP to the answer in the participant's mailbox: {', '.join(f'{t:.2f}' for t in times)} s")
    town.desk.until(lambda: town.count(FOLDERS["processed"]) == 3)
    assert town.count("INBOX") == 0
    assert town.desk.terminate() == 0


def test_a_first_start_leaves_old_mail_alone_until_told_otherwise(town: Town) -> None:
    old = town.people(3)
    town.write(*old)
    until(lambda: town.count("INBOX") == 3)
    town.desk.open()
    town.desk.until(lambda: "3 mails that are there already are left alone" in town.desk.log)
    (new,) = town.people(1)
    town.write(new)
    town.desk.until(lambda: delivered(town.dovecot, new))
    assert town.desk.terminate() == 0
    assert town.count("INBOX") == 3
    assert not any(delivered(town.dovecot, person) for person in old)
    town.desk.open("--process-existing")
    town.desk.until(lambda: all(delivered(town.dovecot, person) for person in old))
    town.desk.until(lambda: town.count("INBOX") == 0)
    assert len(delivered(town.dovecot, new)) == 1


def test_folders_are_made_and_subscribed_nothing_is_marked_read_and_nobody_elses_mail_is_expunged(town: Town) -> None:
    user = town.desk.address
    town.write(*town.people(1))
    until(lambda: town.count("INBOX") == 1)
    with reading(town.dovecot, user) as client:
        client.select("INBOX")
        client.uid("STORE", "1", "+FLAGS", r"(\Deleted)")  # by a person who has not purged it
    town.desk.open()
    town.desk.until(lambda: "first start" in town.desk.log)
    people = town.people(2)
    town.write(*people)
    town.dovecot.deliver(user, b"From: x@example.test\r\nSubject: Absent\r\nAuto-Submitted: auto-replied\r\n\r\nAbsent")
    town.dovecot.deliver(user, b"From: y@example.test\r\nSubject: ?\r\n\r\nfrtz grmbl\r\n")
    town.desk.until(lambda: [town.count(folder) for folder in FOLDERS.values()] == [2, 1, 1])
    with reading(town.dovecot, user) as client:
        _, subscribed = client.lsub()
        names = b" ".join(subscribed)
        assert all(f'"{name}"'.encode() in names or f" {name}".encode() in names for name in FOLDERS.values())
        for folder in FOLDERS.values():
            client.select(f'"{folder}"', readonly=True)
            assert client.uid("SEARCH", "SEEN") == ("OK", [b""])
        client.select("INBOX", readonly=True)
        assert client.uid("SEARCH", "DELETED") == ("OK", [b"1"])


def test_hostile_mail_waits_for_a_person_and_its_neighbours_are_answered(town: Town) -> None:
    town.desk.open()
    town.desk.until(lambda: "first start" in town.desk.log)
    people = town.people(4)
    mails = [wish(person, town.desk.address) for person in people]
    for position, content in zip((1, 3, 5), HOSTILE, strict=True):
        mails.insert(position, content)
    town.dovecot.fill(town.desk.address, mails)
    town.desk.until(lambda: all(delivered(town.dovecot, person) for person in people))
    town.desk.until(lambda: town.count("INBOX") == 0)
    assert town.desk.status()["counts"]["mails"] == 4 + len(HOSTILE)
    assert town.desk.terminate() == 0


HOSTILE = (
    b"From: \x00\xff@\r\nSubject: =?utf-8?b?!!!\r\nContent-Type: multipart/mixed; boundary=\r\n\r\n--\r\n\x00\xfe",
    b"\r\n" * 50,
    b"Subject: " + b"A-" * 30_000 + b"\r\nContent-Type: text/plain; charset=x-unknown\r\n\r\n" + b"\xe9" * 5000,
)


def test_several_accounts_and_folders(town: Town) -> None:
    other = f"desk{next(NUMBERS)}@example.test"
    with reading(town.dovecot, town.desk.address) as client:
        client.create("Forms")
    more = (
        f'[[account]]\nname = "second"\nhost = "127.0.0.1"\nport = {town.dovecot.imap_port}\nsecurity = "plain"\n'
        f'user = "{other}"\npassword = "{PASSWORD}"\n'
    )
    town.desk.write(folders=["INBOX", "Forms"], more=more)
    town.desk.open()
    town.desk.until(lambda: town.desk.log.count("first start") == 3)
    inbox, form, second = town.people(3)
    town.write(inbox)
    with reading(town.dovecot, town.desk.address) as client:
        client.append("Forms", "", "", wish(form, town.desk.address))  # type: ignore[arg-type]
    town.dovecot.deliver(other, wish(second, town.desk.address))
    for person in (inbox, form, second):
        town.desk.until(lambda person=person: delivered(town.dovecot, person))
    town.desk.until(lambda: town.count(FOLDERS["processed"]) == 2)
    town.desk.until(lambda: town.count(FOLDERS["processed"], other) == 1)


def test_a_second_desk_on_the_same_database_is_refused(town: Town) -> None:
    town.desk.open()
    town.desk.until(lambda: "first start" in town.desk.log)
    assert town.desk.process is not None
    for command in ("run", "once"):
        refused = town.desk.command(command)
        assert refused.returncode == 1
        assert f"another mailbot works with this database: process {town.desk.process.pid}" in refused.stderr
    town.desk.kill()  # nothing is left to clean up
    assert town.desk.command("once").returncode == 0


def test_a_password_does_not_go_to_another_machine_in_the_clear(town: Town) -> None:
    config = town.desk.config
    config.write_text(config.read_text("utf-8").replace('"127.0.0.1"', '"mail.example.org"'), "utf-8")
    refused = town.desk.command("run")
    assert refused.returncode == 2
    for key in ("account[1].security", "smtp.security"):
        (line,) = [line for line in refused.stderr.splitlines() if key in line]
        assert str(config.name) in line
        assert 'Write "tls" or "starttls"' in line
