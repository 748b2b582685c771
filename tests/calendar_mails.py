"""Answers to our invitations as people's programs write them, after mails of Outlook, Exchange, Gmail, Apple and others."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

SAID = {"ACCEPTED": "Accepted", "DECLINED": "Declined", "TENTATIVE": "Tentative", "COUNTER": "New Time Proposed"}


@dataclass(frozen=True, kw_only=True)
class Reply:
    uid: str
    partstat: str = "DECLINED"
    attendee: str = "person1@town.example"
    name: str = "Anne Peeters"
    #: who writes; the attendee where it is not given
    sender: str | None = None
    sequence: int = 0
    stamp: datetime = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)
    comment: str = ""
    method: str = "REPLY"
    #: makes the mail another one
    number: int = 1

    @property
    def author(self) -> str:
        return self.sender or self.attendee

    @property
    def stamped(self) -> str:
        return f"{self.stamp.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _mail(reply: Reply, content_type: str, body: str, *, subject: str = "", extra: str = "") -> bytes:
    head = (
        f"From: {reply.name} <{reply.author}>\r\nTo: <desk@town.example>\r\n"
        f"Subject: {subject or SAID.get(reply.partstat, 'Re')}: Compost pour tous\r\n"
        f"Message-ID: <reply-{reply.number}@mail.example>\r\nDate: Mon, 01 Mar 2027 09:30:00 +0000\r\n{extra}"
        f"MIME-Version: 1.0\r\nContent-Type: {content_type}\r\n"
    )
    return (head + body).encode("utf-8")


def _object(reply: Reply, prodid: str, attendee: str, *, comment: str = "", method: str | None = None) -> str:
    lines = [
        "BEGIN:VCALENDAR",
        f"PRODID:{prodid}",
        "VERSION:2.0",
        *([f"METHOD:{reply.method if method is None else method}"] if method != "" else []),
        "BEGIN:VEVENT",
        attendee,
        *([comment] if comment else []),
        f"UID:{reply.uid[:50]}",
        *([f" {reply.uid[50:]}"] if reply.uid[50:] else []),
        "SUMMARY;LANGUAGE=fr:Compost pour tous",
        "DTSTART;TZID=Europe/Brussels:20270420T130000",
        "DTEND;TZID=Europe/Brussels:20270420T160000",
        f"DTSTAMP:{reply.stamped}",
        f"SEQUENCE:{reply.sequence}",
        "STATUS:CONFIRMED",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    return "\r\n".join(lines)


def outlook(reply: Reply) -> bytes:
    """Outlook over Exchange Online: base64, upper-case MAILTO, the comment in the text and in COMMENT."""
    comment = f"COMMENT;LANGUAGE=fr-BE:{reply.comment}\\n" if reply.comment else ""
    attendee = f"ATTENDEE;PARTSTAT={reply.partstat};CN={reply.name}:MAILTO:{reply.attendee.upper()}"
    calendar = _object(reply, "Microsoft Exchange Server 2010", attendee, comment=comment)
    encoded = base64.encodebytes(calendar.encode()).decode().replace("\n", "\r\n")
    body = (
        f'\r\n--_000_X_\r\nContent-Type: text/plain; charset="iso-8859-1"\r\n\r\n{reply.comment}\r\n'
        f'--_000_X_\r\nContent-Type: text/calendar; charset="utf-8"; method={reply.method}\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{encoded}--_000_X_--\r\n"
    )
    extra = "X-MS-Has-Attach:\r\nThread-Topic: Compost pour tous\r\nAccept-Language: fr-BE\r\n"
    return _mail(reply, 'multipart/alternative;\r\n boundary="_000_X_"', body, extra=extra)


def exchange_nomail(reply: Reply) -> bytes:
    """Exchange that knows the attendee by the directory only: the address stands where the name should."""
    attendee = f'ATTENDEE;CN="{reply.attendee}";PARTSTAT={reply.partstat}:invalid:nomail'
    calendar = _object(reply, "Microsoft Exchange Server 2010", attendee)
    return _mail(reply, f"text/calendar; charset=utf-8; method={reply.method}", f"\r\n{calendar}")


def without_parameter(reply: Reply) -> bytes:
    """No method parameter; the object tells it."""
    attendee = f"ATTENDEE;PARTSTAT={reply.partstat}:mailto:{reply.attendee}"
    return _mail(reply, "text/calendar; charset=utf-8", f"\r\n{_object(reply, '-//Old//EN', attendee)}")


def without_property(reply: Reply) -> bytes:
    """No METHOD; the parameter tells it."""
    attendee = f"ATTENDEE;PARTSTAT={reply.partstat}:mailto:{reply.attendee}"
    calendar = _object(reply, "-//Old//EN", attendee, method="")
    return _mail(reply, f'text/calendar; method="{reply.method.lower()}"; charset=utf-8', f"\r\n{calendar}")


def gmail(reply: Reply) -> bytes:
    """Gmail: its own sentence as text, the object twice, X-NUM-GUESTS."""
    said = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "replied maybe to"}.get(reply.partstat, "")
    comment = f"COMMENT:{reply.comment}" if reply.comment else ""
    attendee = (
        f"ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={reply.partstat};CN={reply.name};X-NUM\r\n"
        f" -GUESTS=0:mailto:{reply.attendee}"
    )
    calendar = _object(reply, "-//Google Inc//Google Calendar 70.9054//EN", attendee, comment=comment)
    encoded = base64.encodebytes(calendar.encode()).decode().replace("\n", "\r\n")
    body = (
        '\r\n--a\r\nContent-Type: multipart/alternative; boundary="b"\r\n\r\n'
        '--b\r\nContent-Type: text/plain; charset="UTF-8"; format=flowed; delsp=yes\r\n\r\n'
        f"{reply.name} has {said} this invitation.\r\n\r\nCompost pour tous\r\nTuesday Apr 20, 2027 ⋅ 1pm – 4pm\r\n\r\n"
        f"--b\r\nContent-Type: text/calendar; charset=\"UTF-8\"; method={reply.method}\r\n\r\n{calendar}\r\n--b--\r\n"
        '--a\r\nContent-Type: application/ics; name="invite.ics"\r\n'
        f'Content-Disposition: attachment; filename="invite.ics"\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}\r\n--a--\r\n'
    )  # fmt: skip
    return _mail(reply, 'multipart/mixed; boundary="a"', body)


def apple(reply: Reply) -> bytes:
    """Apple Calendar: EMAIL beside an address in capitals, no Z-less times, its own sentence as text."""
    comment = f"COMMENT:{reply.comment}" if reply.comment else ""
    attendee = (
        f'ATTENDEE;CN="{reply.name}";EMAIL="{reply.attendee}";PARTSTAT={reply.partstat}:mailto:{reply.attendee.title()}'
    )
    calendar = _object(reply, "-//Apple Inc.//macOS 13.4//EN", attendee, comment=comment)
    body = (
        '\r\n--Apple\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n'
        f"{reply.name} has declined the invitation.\r\n"
        f"--Apple\r\nContent-Type: text/calendar; charset=utf-8; method={reply.method}\r\n\r\n{calendar}\r\n--Apple--\r\n"
    )  # fmt: skip
    return _mail(reply, 'multipart/alternative; boundary="Apple"', body, extra="X-Mailer: Apple Calendar\r\n")


PROGRAMS: dict[str, Callable[[Reply], bytes]] = {
    "outlook": outlook,
    "exchange-nomail": exchange_nomail,
    "without-parameter": without_parameter,
    "without-property": without_property,
    "gmail": gmail,
    "apple": apple,
}
