"""A conversation with the desk, mail by mail."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from typing import Any

from tests.service.town import Town


class Talk:
    """Mails to and fro, by hand: what arrives, and what goes out for it."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.count = 0
        self.last = b""
        town.poll()

    def write(self, sender: str, text: str, *, to: str = "desk@town.example", subject: str = "Compost", extra: str = "") -> list[Any]:  # fmt: skip
        """The mails that go out for it, oldest first."""
        self.count += 1
        return self._sent_for(
            (
                f"From: Anne Peeters <{sender}>\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <m{self.count}@home.example>\r\n"
                f"Date: Mon, 01 Mar 2027 09:00:00 +0000\r\n{extra}Content-Type: text/plain; charset=utf-8\r\n\r\n"
                f"{text}\r\n\r\nAnne Peeters\r\n"
            ).encode()
        )

    def decline(self, sender: str, invited: Any) -> list[Any]:
        """The calendar program of the person answers the invitation in that mail: no."""
        part = next(
            p
            for p in message_from_bytes(invited.content, policy=default).walk()
            if p.get_content_type() == "text/calendar"
        )
        lines = part.get_content().replace("\r\n ", "").splitlines()
        kept = [
            line
            for line in lines
            if line.split(":")[0].split(";")[0] in {"UID", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY", "ORGANIZER"}
        ]
        event = lines.index("BEGIN:VEVENT")
        kept = [line for line in kept if line in lines[event:]]
        calendar = "\r\n".join(
            [
                "BEGIN:VCALENDAR",
                "VERSION:2.0",
                "PRODID:-//T//T//EN",
                "METHOD:REPLY",
                "BEGIN:VEVENT",
                *kept,
                "DTSTAMP:20270301T100000Z",
                f"ATTENDEE;PARTSTAT=DECLINED:mailto:{sender}",
                "END:VEVENT",
                "END:VCALENDAR",
                "",
            ]
        )
        self.count += 1
        return self._sent_for(
            (
                f"From: Anne Peeters <{sender}>\r\nTo: desk@town.example\r\nSubject: Declined: Compost\r\n"
                f"Message-ID: <m{self.count}@home.example>\r\nDate: Mon, 01 Mar 2027 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
                f"Content-Type: text/calendar; charset=utf-8; method=REPLY\r\n\r\n{calendar}"
            ).encode()
        )

    def _sent_for(self, mail: bytes) -> list[Any]:
        self.last = mail
        known = {delivery.message.id for delivery in self.town.deliveries()}
        self.town.server.deliver(mail)
        self.town.poll()
        new = [delivery.message for delivery in self.town.deliveries() if delivery.message.id not in known]
        return sorted(new, key=lambda message: message.kind)


def reply_to(mail: Any) -> str:
    return str(message_from_bytes(mail.content, policy=default)["Reply-To"])
