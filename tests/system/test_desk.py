"""The desk as a process on Dovecot and Postfix: mails in over SMTP and IMAP, answers out and really delivered."""

from __future__ import annotations

import time
from email.header import decode_header, make_header
from typing import Any

from tests.rigs.desk import FOLDERS
from tests.system.town import Town


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
