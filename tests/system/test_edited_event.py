"""An event's file is edited under the running desk on real servers: noticed, approved, delivered, declined by calendar."""

from __future__ import annotations

import datetime as dt
import json
import re
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from typing import Any

from tests.calendar_rules import calendar_parts, parsed, problems_of_mail
from tests.rigs import desk as desk_rig
from tests.system.town import Town

DECLINE = """\
From: {person}
To: {desk}
Subject: Declined: Compost pour tous
Message-ID: <decline-{person}>
MIME-Version: 1.0
Content-Type: text/calendar; charset=utf-8; method=REPLY

BEGIN:VCALENDAR
PRODID:-//Google Inc//Google Calendar 70.9054//EN
VERSION:2.0
METHOD:REPLY
BEGIN:VEVENT
UID:{uid}
DTSTAMP:{stamp}
SEQUENCE:{sequence}
ATTENDEE;PARTSTAT=DECLINED:mailto:{person}
SUMMARY:Compost pour tous
END:VEVENT
END:VCALENDAR
"""


def events_of(mail: Any) -> list[Any]:
    """The VEVENTs of a delivered mail, which is held against the RFCs."""
    whole = message_from_bytes(mail.as_bytes(), policy=default)
    assert isinstance(whole, EmailMessage)
    assert problems_of_mail(whole) == []
    parts = [part for part in calendar_parts(whole) if part.get_content_type() == "text/calendar"]
    return [parsed(part.get_payload(decode=True)).parts[-1] for part in parts]  # type: ignore[arg-type]


def subject(mail: Any) -> str:
    return str(make_header(decode_header(mail["Subject"])))


def test_edited_noticed_approved_delivered_declined(town: Town) -> None:
    town.desk.open()
    town.desk.until(lambda: "first start" in town.desk.log)
    first, second = town.people(2)
    town.write(first, second)
    (confirmed,) = town.desk.until(lambda: town.mails(first))
    town.desk.until(lambda: town.mails(second))
    (before,) = events_of(confirmed)
    assert before.one("SEQUENCE") == "0"

    file = town.desk.home / "rules" / "events" / "compost.toml"
    text = file.read_text("utf-8")
    (day,) = set(re.findall(r"(\d{4}-\d\d-\d\d)T13", text))
    later = (dt.date.fromisoformat(day) + dt.timedelta(days=7)).isoformat()
    file.write_text(text.replace(day, later), "utf-8")
    (line,) = town.desk.command("events", "changes", "--json").stdout.splitlines()
    waiting = json.loads(line)
    assert (waiting["event"], waiting["what"], waiting["mails"]) == ("compost", ["day"], 2)
    assert len(town.mails(first)) == 1

    approved = town.desk.command("events", "approve", "compost", "--mails", "2")
    assert approved.stdout.strip() == "compost: 2 mails queued."
    town.desk.until(lambda: len(town.mails(first)) == len(town.mails(second)) == 2)
    news = town.mails(first)[-1]
    assert subject(news) == "Nouvelle date : Compost pour tous"
    (after,) = events_of(news)
    assert (after.one("UID"), after.one("SEQUENCE")) == (before.one("UID"), "1")
    assert after.one("DTSTART").startswith(later.replace("-", ""))

    reply = DECLINE.format(
        person=first,
        desk=town.desk.address,
        uid=after.one("UID"),
        sequence=1,
        stamp=f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}",
    )
    desk_rig.send(town.postfix.port, town.desk.address, (first, reply.replace("\n", "\r\n").encode()))
    town.desk.until(lambda: len(town.mails(first)) == 3)
    (gone,) = events_of(town.mails(first)[-1])
    assert (gone.one("STATUS"), gone.one("SEQUENCE")) == ("CANCELLED", "2")
    assert town.desk.terminate() == 0
