"""The mailbox, over imapclient. One connection, one folder, one thread at a time.

Traps of the package that this file guards against: without a timeout a dead server blocks for ever; ``idle_check``
answers ``[]`` at once, again and again, when the server is gone; ``fetch`` takes lists of ids only (4.x); INTERNALDATE
comes as naive local time unless ``normalise_times`` is off.
"""

from __future__ import annotations

import contextlib
import imaplib
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import CapabilityError, IMAPClientAbortError, IMAPClientError, LoginError

from mailbot.core.message import MailboxKey, RawMessage
from mailbot.service.ports import MailboxState, MailboxUnavailable

#: ids in one FETCH or MOVE; keeps a command line well below the 8,000 octets that servers take (RFC 7162 §4)
MOST_IDS = 500

#: an IDLE that ends by itself this much before its time was ended by the server
EARLY = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapServer:
    host: str
    port: int
    #: ``plain`` is for servers on this machine itself
    security: Literal["tls", "starttls", "plain"]
    user: str
    password: str
    ca_file: str | None = None
    connect_seconds: float = 10.0
    read_seconds: float = 60.0

    def __repr__(self) -> str:  # no password in logs
        return f"ImapServer({self.user} at {self.host}:{self.port}, {self.security})"


class ImapMailbox:
    """``service.ports.Mailbox`` over imapclient."""

    def __init__(self, server: ImapServer, *, account: str, folder: str = "INBOX") -> None:
        self.account = account
        self.folder = folder
        self._server = server
        self._client: IMAPClient | None = None
        self._selected = False
        self._uidvalidity = 0
        self._known_folders: set[str] = set()
        self._closing = threading.Event()

    def select(self) -> MailboxState:
        with self._connection() as client:
            answer: Mapping[bytes, Any] = client.select_folder(self.folder)
            self._selected = True
            self._uidvalidity = int(answer[b"UIDVALIDITY"])
            uidnext = answer.get(b"UIDNEXT")
            if uidnext is None:  # RFC 9051 §7.1 asks for it; some servers forget
                uidnext = max(client.search(["ALL"]), default=0) + 1
            return MailboxState(uidvalidity=self._uidvalidity, uidnext=int(uidnext), exists=int(answer[b"EXISTS"]))

    def new_uids(self, after: int) -> tuple[int, ...]:
        with self._connection() as client:
            self._reselect(client)
            # ``n:*`` always holds the last message, even where its UID is below n (RFC 9051 §6.4.9).
            found = client.search(["UID", f"{after + 1}:*"])
            return tuple(sorted(uid for uid in found if uid > after))

    def fetch(self, uids: Sequence[int], max_bytes: int) -> tuple[RawMessage, ...]:
        with self._connection() as client:
            self._reselect(client)
            raws: list[RawMessage] = []
            for some in _chunks(uids, MOST_IDS):
                # PEEK leaves \Seen alone (RFC 9051 §6.4.5).
                item = f"BODY.PEEK[]<0.{max_bytes}>"
                answer = client.fetch(some, ["RFC822.SIZE", "INTERNALDATE", item])
                raws.extend(raw for uid in some if (raw := self._raw(uid, answer.get(uid))) is not None)
            return tuple(raws)

    def _raw(self, uid: int, data: Mapping[bytes, Any] | None) -> RawMessage | None:
        if data is None:  # expunged meanwhile
            return None
        content = data.get(b"BODY[]<0>", data.get(b"BODY[]"))
        if content is None:
            return None
        received = data.get(b"INTERNALDATE")
        if not isinstance(received, datetime):
            received = datetime.now(UTC)
        key = MailboxKey(account=self.account, folder=self.folder, uidvalidity=self._uidvalidity, uid=uid)
        size = int(data.get(b"RFC822.SIZE", len(content)))
        return RawMessage(key=key, content=content, received_at=_aware(received), size=size)

    def move(self, uids: Sequence[int], folder: str) -> None:
        with self._connection() as client:
            self._reselect(client)
            target = self._make_folder(client, folder)
            for some in _chunks(uids, MOST_IDS):
                if client.has_capability("MOVE"):
                    client.move(some, target)
                    continue
                present = [uid for uid in client.search(["UID", some]) if uid in set(some)]
                if not present:
                    continue
                if not client.has_capability("UIDPLUS"):
                    # A plain EXPUNGE would destroy what other people marked (RFC 4315 §1): the mail stays.
                    client.add_flags(present, ["$Processed"], silent=True)
                    continue
                client.copy(present, target)
                client.add_flags(present, [b"\\Deleted"], silent=True)
                client.uid_expunge(present)

    def _make_folder(self, client: IMAPClient, folder: str) -> str:
        """The folder below the account's own prefix, made and subscribed once."""
        name = _prefixed(client, folder)
        if name not in self._known_folders:
            if not client.folder_exists(name):
                client.create_folder(name)
                with contextlib.suppress(IMAPClientError):
                    client.subscribe_folder(name)
            self._known_folders.add(name)
        return name

    def wait(self, timeout: float) -> bool:
        if self._closing.is_set():
            raise MailboxUnavailable("connection", "closed")
        with self._connection() as client:
            self._reselect(client)
            if not client.has_capability("IDLE"):
                self._closing.wait(timeout)
                client.noop()
                return False
            return self._idle(client, timeout)

    def _idle(self, client: IMAPClient, timeout: float) -> bool:
        client.idle()
        deadline = time.monotonic() + timeout
        came = False
        while not came:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            try:
                answers = client.idle_check(timeout=left)
            except imaplib.IMAP4.abort as error:
                if "unterminated line" not in str(error):
                    raise
                # Half a line was there when imapclient read without waiting: the server had something to say, and
                # that is all a hint must tell. The connection is no longer in step, so it is renewed.
                self._drop()
                return True
            if self._closing.is_set():
                raise MailboxUnavailable("connection", "closed")
            if not answers and deadline - time.monotonic() > EARLY:
                raise MailboxUnavailable("connection", "the server ended IDLE without a word")
            if any(isinstance(answer, tuple) and answer and answer[0] == b"BYE" for answer in answers):
                raise MailboxUnavailable("connection", "the server said BYE")
            came = any(
                isinstance(answer, tuple) and len(answer) > 1 and answer[1] in (b"EXISTS", b"RECENT")
                for answer in answers
            )
        client.idle_done()
        return came

    def close(self) -> None:
        self._closing.set()
        client = self._client
        if client is None:
            return
        # A thread that waits holds the connection: cutting it is what ends the wait.
        with contextlib.suppress(Exception):
            client.socket().shutdown(socket.SHUT_RDWR)

    def _reselect(self, client: IMAPClient) -> None:
        if not self._selected:
            answer = client.select_folder(self.folder)
            self._selected = True
            validity = int(answer[b"UIDVALIDITY"])
            if self._uidvalidity and validity != self._uidvalidity:
                raise MailboxUnavailable("protocol", "UIDVALIDITY changed while the connection was renewed")
            self._uidvalidity = validity

    @contextlib.contextmanager
    def _connection(self) -> Iterator[IMAPClient]:
        """The open connection, or a new one. Whatever goes wrong closes it and comes out as ``MailboxUnavailable``."""
        try:
            if self._client is None:
                self._client = connect(self._server)
                self._selected = False
            yield self._client
        except MailboxUnavailable:
            self._drop()
            raise
        except Exception as error:
            self._drop()
            failure = _failure(error)
            if failure is None:
                raise
            raise MailboxUnavailable(failure, _words(error)) from error

    def _drop(self) -> None:
        client, self._client, self._selected = self._client, None, False
        if client is not None:
            with contextlib.suppress(Exception):
                client.shutdown()


def connect(server: ImapServer) -> IMAPClient:
    """A logged-in client. Raises what imapclient, socket and ssl raise."""
    context = ssl.create_default_context(cafile=server.ca_file) if server.security != "plain" else None
    client = IMAPClient(
        server.host,
        port=server.port,
        ssl=server.security == "tls",
        ssl_context=context if server.security == "tls" else None,
        timeout=SocketTimeout(server.connect_seconds, server.read_seconds),
    )
    client.normalise_times = False
    try:
        if server.security == "starttls":
            client.starttls(context)
        client.login(server.user, server.password)
    except BaseException:
        with contextlib.suppress(Exception):
            client.shutdown()
        raise
    return client


def probe(server: ImapServer, folders: Sequence[str]) -> tuple[str, ...]:
    """What is wrong with a mailbox, for ``mailbot check``: each finding one sentence; empty where all is well."""
    try:
        client = connect(server)
    except Exception as error:
        failure = _failure(error)
        if failure is None:
            raise
        return (f"{failure}: {_words(error)}",)
    try:
        found = [f"there is no folder {folder!r}" for folder in folders if not client.folder_exists(folder)]
        if not (client.has_capability("MOVE") or client.has_capability("UIDPLUS")):
            found.append("the server can neither MOVE nor UIDPLUS: settled mail stays where it is, marked $Processed")
        return tuple(found)
    except (IMAPClientError, OSError) as error:
        return (_words(error),)
    finally:
        with contextlib.suppress(Exception):
            client.logout()


def _failure(error: Exception) -> Literal["connection", "authentication", "protocol"] | None:
    """What kind of trouble an exception is; None where it is a bug of ours."""
    if isinstance(error, LoginError):
        return "authentication"
    if isinstance(error, IMAPClientAbortError | OSError | ssl.SSLError | EOFError | imaplib.IMAP4.abort):
        return "connection"
    if isinstance(error, IMAPClientError | CapabilityError | imaplib.IMAP4.error):
        return "protocol"
    return None


def _words(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text[:300]


def _prefixed(client: IMAPClient, folder: str) -> str:
    """``folder`` under the personal namespace (RFC 2342): some servers want ``INBOX.`` before every name."""
    if not client.has_capability("NAMESPACE"):
        return folder
    personal = client.namespace().personal
    if not personal:
        return folder
    prefix, separator = personal[0][0], personal[0][1]
    prefix = prefix.decode() if isinstance(prefix, bytes) else prefix
    separator = separator.decode() if isinstance(separator, bytes) else separator
    name = folder.replace("/", separator) if separator and separator != "/" else folder
    return name if not prefix or name.startswith(prefix) else prefix + name


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _chunks(ids: Sequence[int], most: int) -> Iterator[list[int]]:
    for start in range(0, len(ids), most):
        yield list(ids[start : start + most])
