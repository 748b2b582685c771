"""Replies of people's calendars as their programs send them (RFC 5546 §3.2.3, RFC 6047)."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from mailbot.core.automatic import recognise
from mailbot.core.message import CalendarPart, IncomingMessage
from tests.core.mails import mail_words, parsed

HEAD = "From: Marie Dupont <marie@x.example>\nTo: desk@desk.example\nSubject: {subject}\nMIME-Version: 1.0\n"

OUTLOOK = (
    HEAD.format(subject="Refusé: Formation Album")
    + """Content-Type: multipart/alternative; boundary="_000_x_"
X-Auto-Response-Suppress: DR, RN, NRN

--_000_x_
Content-Type: text/plain; charset="iso-8859-1"
Content-Transfer-Encoding: quoted-printable

Je suis malade, d=E9sol=E9e.

--_000_x_
Content-Type: text/calendar; charset="utf-8"; method=REPLY
Content-Transfer-Encoding: base64

{ics}
--_000_x_--
"""
)
OUTLOOK_ICS = """BEGIN:VCALENDAR
METHOD:REPLY
PRODID:Microsoft Exchange Server 2010
VERSION:2.0
BEGIN:VTIMEZONE
TZID:Romance Standard Time
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
ATTENDEE;PARTSTAT=DECLINED;CN=Marie Dupont:mailto:marie@x.example
COMMENT;LANGUAGE=fr-BE:Je suis malade\\, désolée.\\n
UID:abc@desk.example
SUMMARY;LANGUAGE=fr-BE:Refusé: Formation Album
DTSTART;TZID=Europe/Brussels:20210916T130000
DTEND;TZID=Europe/Brussels:20210916T160000
CLASS:PUBLIC
DTSTAMP:20210831T071233Z
SEQUENCE:2
X-MICROSOFT-CDO-APPT-SEQUENCE:2
END:VEVENT
END:VCALENDAR
"""
GMAIL = (
    HEAD.format(subject="Accepted: Formation Album @ Thu 16 Sep 2021 13:00 (CEST) (desk@desk.example)")
    + """Sender: Google Calendar <calendar-notification@google.example>
Auto-Submitted: auto-generated
Content-Type: multipart/mixed; boundary=m

--m
Content-Type: multipart/alternative; boundary=a

--a
Content-Type: text/plain; charset="UTF-8"; format=flowed; delsp=yes

Marie Dupont has accepted this invitation.

--a
Content-Type: text/calendar; charset="UTF-8"; method=REPLY
Content-Transfer-Encoding: 7bit

BEGIN:VCALENDAR
PRODID:-//Google Inc//Google Calendar 70.9054//EN
VERSION:2.0
METHOD:REPLY
BEGIN:VEVENT
DTSTART:20210916T110000Z
DTEND:20210916T140000Z
DTSTAMP:20210831T071233Z
UID:abc@desk.example
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN=Marie
  Dupont;X-NUM-GUESTS=0:mailto:marie@x.example
SEQUENCE:0
STATUS:CONFIRMED
SUMMARY:Formation Album
END:VEVENT
END:VCALENDAR

--a--

--m
Content-Type: application/ics; name="invite.ics"
Content-Disposition: attachment; filename="invite.ics"

BEGIN:VCALENDAR
--m--
"""
)
APPLE = (
    HEAD.format(subject="Tentative: Formation Album")
    + """Content-Type: multipart/mixed; boundary=m

--m
Content-Type: multipart/alternative; boundary=a

--a
Content-Type: text/plain; charset=utf-8

Marie Dupont has tentatively accepted the invitation.
--a
Content-Type: text/calendar; method=REPLY; charset=utf-8

BEGIN:VCALENDAR
CALSCALE:GREGORIAN
METHOD:REPLY
VERSION:2.0
PRODID:-//Apple Inc.//macOS 11.5//EN
BEGIN:VEVENT
BEGIN:VALARM
UID:alarm
END:VALARM
UID:abc@desk.example
DTSTART;TZID="Europe/Brussels":20210916T130000
DTSTAMP:20210831T071233Z
SUMMARY:Formation
  Album
ATTENDEE;CN="Dupont, Marie";PARTSTAT=TENTATIVE;EMAIL="marie@x.example":mailto:MARIE@x.example
SEQUENCE:1
END:VEVENT
END:VCALENDAR
--a--
--m--
"""
)


def of(text: str) -> IncomingMessage:
    return parsed(text.encode())


def calendar(text: str) -> CalendarPart:
    found = of(text).calendar
    assert found is not None
    return found


def outlook() -> str:
    import base64

    return OUTLOOK.replace("{ics}", base64.encodebytes(OUTLOOK_ICS.replace("\n", "\r\n").encode()).decode())


def test_outlook_declines_with_a_word() -> None:
    message = of(outlook())
    assert message.new_text == "Je suis malade, désolée."
    assert message.calendar == CalendarPart(
        method="REPLY",
        uid="abc@desk.example",
        partstat="DECLINED",
        attendee="marie@x.example",
        summary="Refusé: Formation Album",
        comment="Je suis malade, désolée.",
        starts=datetime(2021, 9, 16, 13, tzinfo=ZoneInfo("Europe/Brussels")),
        sequence=2,
        dtstamp=datetime(2021, 8, 31, 7, 12, 33, tzinfo=UTC),
        prodid="Microsoft Exchange Server 2010",
    )


def test_gmail_accepts_and_folds_the_attendee() -> None:
    found = calendar(GMAIL)
    assert (found.partstat, found.attendee, found.starts) == (
        "ACCEPTED",
        "marie@x.example",
        datetime(2021, 9, 16, 11, tzinfo=UTC),
    )


def test_apple_hesitates_and_quotes_its_parameters() -> None:
    found = calendar(APPLE)
    assert (found.uid, found.partstat, found.attendee) == ("abc@desk.example", "TENTATIVE", "MARIE@x.example")
    assert found.summary == "Formation Album"


@pytest.mark.parametrize("text", [outlook(), GMAIL, APPLE], ids=["outlook", "gmail", "apple"])
def test_a_calendar_reply_is_a_persons_whatever_its_headers_say(text: str) -> None:
    assert recognise(of(text), words=mail_words(), own_addresses=("desk@desk.example",)) is None


def reply(ics: str) -> str:
    return HEAD.format(subject="x") + "Content-Type: text/calendar; method=REPLY\n\n" + ics


@pytest.mark.parametrize(
    "ics",
    [
        "",
        "BEGIN:VCALENDAR",
        "BEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR",
        "METHOD:REPLY\nUID:outside",
        "BEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nEND:VEVENT\nEND:VCALENDAR",
        "BEGIN:VEVENT\nUID:x\nEND:VEVENT",
    ],
)
def test_what_is_no_reply_gives_none_and_says_so(ics: str) -> None:
    message = of(reply(ics))
    assert message.calendar is None
    assert "broken-calendar" in message.defects


@pytest.mark.parametrize(
    ("line", "starts"),
    [
        ("DTSTART;VALUE=DATE:20210916", datetime(2021, 9, 16, tzinfo=UTC)),
        ("DTSTART:20210916T130000", datetime(2021, 9, 16, 13, tzinfo=UTC)),
        ("DTSTART;TZID=Romance Standard Time:20210916T130000", datetime(2021, 9, 16, 11, tzinfo=UTC)),
        ('DTSTART;TZID="W. Europe Standard Time":20211216T130000', datetime(2021, 12, 16, 12, tzinfo=UTC)),
        ("DTSTART;TZID=Nowhere/Land:20210916T130000", datetime(2021, 9, 16, 13, tzinfo=UTC)),
        ("DTSTART;TZID=../../etc/passwd:20210916T130000", datetime(2021, 9, 16, 13, tzinfo=UTC)),
        ("DTSTART:20219999T999999", None),
        ("DTSTART:soon", None),
    ],
)
def test_moments_as_broken_programs_write_them(line: str, starts: datetime | None) -> None:
    ics = f"BEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nUID:x\n{line}\nEND:VEVENT\nEND:VCALENDAR"
    assert calendar(reply(ics)).starts == starts
