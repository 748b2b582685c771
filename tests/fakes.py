"""Fakes of the ports. ``FakeMailbox`` passes the mailbox contract tests beside the real servers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from mailbot.core.deliveries import OutgoingMessage, SendResult, Sent
from mailbot.core.message import MailboxKey, RawMessage
from mailbot.service.ports import MailboxState


@dataclass
class FakeServer:
    """Folders of messages, as an IMAP server keeps them."""

    uidvalidity: int = 1
    uidnext: int = 1
    inbox: dict[int, bytes] = field(default_factory=dict)
    moved: dict[str, list[bytes]] = field(default_factory=dict)

    def deliver(self, content: bytes) -> int:
        uid = self.uidnext
        self.inbox[uid] = content
        self.uidnext += 1
        return uid


class FakeMailbox:
    """One connection to a ``FakeServer``. ``fails`` is called with each method's name and may raise."""

    def __init__(
        self, server: FakeServer, fails: Callable[[str], None] = lambda name: None, *, folder: str = "INBOX"
    ) -> None:
        self.account = "main"
        self.folder = folder
        self.server = server
        self.fails = fails
        self.fetched: list[int] = []

    def select(self) -> MailboxState:
        self.fails("select")
        return MailboxState(
            uidvalidity=self.server.uidvalidity, uidnext=self.server.uidnext, exists=len(self.server.inbox)
        )

    def new_uids(self, after: int) -> tuple[int, ...]:
        self.fails("new_uids")
        return tuple(sorted(uid for uid in self.server.inbox if uid > after))

    def fetch(self, uids: Sequence[int], max_bytes: int) -> tuple[RawMessage, ...]:
        self.fails("fetch")
        self.fetched.extend(uids)
        return tuple(
            RawMessage(
                key=MailboxKey(account=self.account, folder=self.folder, uidvalidity=self.server.uidvalidity, uid=uid),
                content=self.server.inbox[uid][:max_bytes],
                received_at=datetime(2027, 3, 1, tzinfo=UTC) + timedelta(seconds=uid),
                size=len(self.server.inbox[uid]),
            )
            for uid in uids
            if uid in self.server.inbox
        )

    def move(self, uids: Sequence[int], folder: str) -> None:
        self.fails("move")
        for uid in uids:
            if uid in self.server.inbox:
                self.server.moved.setdefault(folder, []).append(self.server.inbox.pop(uid))
        self.fails("moved")

    def refile(
        self,
        source: str,
        target: str,
        *,
        message_id: str | None,
        received_at: datetime,
        same: Callable[[bytes], bool],
        max_bytes: int,
    ) -> bool:
        self.fails("refile")
        filed = self.server.moved.get(source, [])
        found = [content for content in filed if same(content[:max_bytes])]
        if found:
            self.server.moved[source] = [content for content in filed if content not in found]
            self.server.moved.setdefault(target, []).extend(found)
        return bool(found)

    def wait(self, timeout: float) -> bool:
        return False

    def close(self) -> None:
        pass


class FakeTransport:
    """Takes every message, or answers as ``answers`` says."""

    def __init__(
        self, answers: Callable[[OutgoingMessage], SendResult] = lambda message: Sent(response="250 ok")
    ) -> None:
        self.connections = 2
        self.answers = answers
        self.taken: list[OutgoingMessage] = []

    async def send(self, message: OutgoingMessage) -> SendResult:
        result = self.answers(message)
        if isinstance(result, Sent):
            self.taken.append(message)
        return result

    async def close(self) -> None:
        pass
