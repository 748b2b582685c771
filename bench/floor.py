"""The floor: the least that a program on these libraries must do for a mail.

Fetch with imapclient, parse with ``email`` in its old and quick way, one INSERT, an answer of ready bytes, sent with
aiosmtplib over two connections, marked as seen. It understands nothing, remembers nothing and decides nothing, so
it bounds what mailbot can reach and is no rival.
"""

from __future__ import annotations

import argparse
import asyncio
import email
import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email.header import decode_header, make_header
from email.utils import parseaddr
from pathlib import Path

import aiosmtplib
from imapclient import IMAPClient

_BATCH = 100
_CONNECTIONS = 2

_ANSWER = (
    "From: desk@example.test\r\nTo: {to}\r\nSubject: Re: registration\r\nIn-Reply-To: {id}\r\nReferences: {id}\r\n"
    "Message-ID: <r{number}@example.test>\r\nDate: Sun, 22 Nov 2026 12:00:00 +0000\r\nAuto-Submitted: auto-replied\r\n"
    "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    "Hello,\r\n\r\nThank you. We have received your registration; its number is {number}.\r\n"
)

Row = tuple[int, str, str, str, str]


def read(uid: int, content: bytes) -> Row:
    message = email.message_from_bytes(content)
    part = next(part for part in message.walk() if part.get_content_type() == "text/plain")
    text = part.get_payload(decode=True)
    assert isinstance(text, bytes)
    return (
        uid,
        str(message["message-id"]).strip(),
        parseaddr(str(make_header(decode_header(message["from"]))))[1],
        str(make_header(decode_header(message["subject"]))),
        text.decode("utf-8", "replace"),
    )


class Floor:
    def __init__(self) -> None:
        self.phases: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.phases[name] = self.phases.get(name, 0.0) + time.perf_counter() - started

    async def run(self, client: IMAPClient, database: sqlite3.Connection, smtp_port: int) -> int:
        senders = [aiosmtplib.SMTP(hostname="127.0.0.1", port=smtp_port, start_tls=False) for _ in range(_CONNECTIONS)]
        for sender in senders:
            await sender.connect()
        client.select_folder("INBOX")
        with self.phase("fetch"):
            uids = client.search("UNSEEN")
        for start in range(0, len(uids), _BATCH):
            await self.batch(client, database, senders, uids[start : start + _BATCH])
        for sender in senders:
            await sender.quit()
        return len(uids)

    async def batch(
        self,
        client: IMAPClient,
        database: sqlite3.Connection,
        senders: Sequence[aiosmtplib.SMTP],
        uids: Sequence[int],
    ) -> None:
        with self.phase("fetch"):
            fetched = client.fetch(uids, ["BODY.PEEK[]", "RFC822.SIZE"])
        with self.phase("parse"):
            rows = [read(uid, fetched[uid][b"BODY[]"]) for uid in uids]
        with self.phase("record"), database:
            database.executemany("INSERT INTO registrations VALUES (?, ?, ?, ?, ?)", rows)
        with self.phase("answer"):
            answers = [(row[2], _ANSWER.format(to=row[2], id=row[1], number=row[0]).encode()) for row in rows]

        async def send(sender: aiosmtplib.SMTP, some: Sequence[tuple[str, bytes]]) -> None:
            for to, content in some:
                await sender.sendmail("desk@example.test", [to], content)

        with self.phase("send"):
            await asyncio.gather(*(send(one, answers[k :: len(senders)]) for k, one in enumerate(senders)))
        with self.phase("move"):
            client.add_flags(uids, [b"\\Seen"], silent=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--imap", type=int, required=True)
    parser.add_argument("--smtp", type=int, required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--database", type=Path, required=True)
    given = parser.parse_args()
    client = IMAPClient("127.0.0.1", given.imap, ssl=False, timeout=60)
    client.login(given.user, given.password)
    database = sqlite3.connect(given.database)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE registrations (uid, message_id UNIQUE, sender, subject, text)")
    floor = Floor()
    started, cpu = time.perf_counter(), time.process_time()
    processed = asyncio.run(floor.run(client, database, given.smtp))
    figures = {
        "processed": processed,
        "seconds": time.perf_counter() - started,
        "cpu_seconds": time.process_time() - cpu,
        "phases": floor.phases,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
