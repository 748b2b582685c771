"""The mailbox, over imapclient. One connection, one folder, one thread at a time.

Traps of the package that this file guards against: without a timeout a dead server blocks for ever; ``idle_check``
answers ``[]`` at once, again and again, when the server is gone; ``fetch`` takes lists of ids only (4.x); INTERNALDATE
comes as naive local time unless ``normalise_times`` is off; ``login`` calls a cut connection a refused login (``server.py``).
"""

from __future__ import annotations

import contextlib
import imaplib
import logging
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

# imapclient has annotations here and there, but no py.typed.
from imapclient import IMAPClient
from imapclient.exceptions import (
    IMAPClientAbortError,
    IMAPClientError,
    IMAPClientReadOnlyError,
)

from mailbot.adapters.imap.server import ImapServer, connect, failure_of, words
from mailbot.core.message import MailboxKey, RawMessage
from mailbot.service.ports import MailboxState, MailboxUnavailable

#: ids in one FETCH or MOVE; keeps a command line well below the 8,000 octets that servers take (RFC 7162 §4)
MOST_IDS = 500

#: an IDLE that ends by itself this much before its time was ended by the server
EARLY = 1.0

#: RFC 2177 asks for less than 29 minutes; routers and firewalls in between forget a silent connection sooner
LONGEST_IDLE = 9 * 60.0

#: seconds that the server has to confirm the end of an IDLE; without a bound a cut network blocks for ever
IDLE_DONE_SECONDS = 10.0

#: what marks settled mail on a server that can neither MOVE nor UID EXPUNGE
KEYWORD = "$Processed"

# imaplib refuses an answer line of more than a million octets: a SEARCH that finds some 125,000 mails.
imaplib._MAXLINE = 20_000_000  # type: ignore[attr-defined]

log = logging.getLogger(__name__)


class ImapMailbox:
    """``service.ports.Mailbox`` over imapclient. ``close`` is final: whatever is called after it is refused."""

    def __init__(self, server: ImapServer, *, account: str, folder: str = "INBOX") -> None:
        self.account = account
        self.folder = folder
        self._server = server
        self._client: IMAPClient | None = None
        self._selected = False
        self._uidvalidity = 0
        #: names as configured -> names on the server
        self._known_folders: dict[str, str] = {}
        self._closing = threading.Event()
        #: held while the connection is in use, so that ``close`` knows whether somebody waits
        self._in_use = threading.Lock()

    def select(self) -> MailboxState:
        with self._connection() as client:
            if (state := self._still_selected(client)) is not None:
                return state
            answer = self._select(client)
            uidnext = answer.get(b"UIDNEXT")
            if uidnext is None:  # RFC 9051 §7.1 asks for it; some servers forget
                uidnext = max(client.search(["ALL"]), default=0) + 1
            return MailboxState(uidvalidity=self._uidvalidity, uidnext=int(uidnext), exists=int(answer[b"EXISTS"]))

    def _still_selected(self, client: IMAPClient) -> MailboxState | None:
        """Without selecting anew, which makes the server read the index: 50 ms for 100,000 mails on Dovecot.

        None where the folder is not open, or was replaced under us.
        """
        if not self._selected:
            return None
        client.noop()  # a server may answer STATUS of the open folder from what it told last (RFC 9051 §6.3.11)
        now = client.folder_status(self.folder, ["UIDVALIDITY", "UIDNEXT", "MESSAGES"])
        if not {b"UIDVALIDITY", b"UIDNEXT", b"MESSAGES"} <= now.keys() or now[b"UIDVALIDITY"] != self._uidvalidity:
            return None
        return MailboxState(uidvalidity=self._uidvalidity, uidnext=int(now[b"UIDNEXT"]), exists=int(now[b"MESSAGES"]))

    def _select(self, client: IMAPClient) -> Mapping[bytes, Any]:
        try:
            answer: Mapping[bytes, Any] = client.select_folder(self.folder)
        except IMAPClientReadOnlyError as error:
            raise MailboxUnavailable("configuration", f"{self.folder} cannot be written: {words(error)}") from error
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            if client.folder_exists(self.folder):
                raise
            raise MailboxUnavailable("configuration", f"there is no folder {self.folder!r}") from error
        self._uidvalidity = int(answer[b"UIDVALIDITY"])
        self._selected = True
        return answer

    def new_uids(self, after: int) -> tuple[int, ...]:
        with self._connection() as client:
            self._reselect(client)
            client.noop()  # a server need not search what it has not told of yet (RFC 9051 §6.1.2)
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
            for some in _chunks(uids, MOST_IDS):
                try:
                    self._move(client, some, self._made(client, folder))
                except IMAPClientAbortError:
                    raise
                except IMAPClientError as error:
                    # Somebody deleted the folder since we looked (RFC 9051 §7.1 TRYCREATE): make it again, once.
                    if self._known_folders.pop(folder, None) is None or "TRYCREATE" not in str(error).upper():
                        raise
                    self._move(client, some, self._made(client, folder))

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
        with self._connection() as client:
            name = _prefixed(client, source)
            if not client.folder_exists(name):
                return False
            self._selected = False
            client.select_folder(name)
            item = f"BODY.PEEK[]<0.{max_bytes}>"
            found = [
                uid
                for uid in client.search(_known_by(message_id, received_at))
                if (raw := self._raw(uid, client.fetch([uid], [item]).get(uid))) is not None and same(raw.content)
            ]
            if found:
                self._move(client, found, self._made(client, target))
            return bool(found)

    def _move(self, client: IMAPClient, uids: Sequence[int], target: str) -> None:
        # Some servers refuse a set of which nothing is left, so those that are gone are taken out first.
        present = client.search(f"UID {','.join(map(str, uids))}")
        if not present:
            return
        if client.has_capability("MOVE"):
            client.move(present, target)
        elif client.has_capability("UIDPLUS"):
            client.copy(present, target)
            client.add_flags(present, [b"\\Deleted"], silent=True)
            client.uid_expunge(present)
        else:
            # A plain EXPUNGE would destroy what other people marked (RFC 4315 §1): the mail stays.
            log.warning("%s: the server can neither MOVE nor UIDPLUS: mail stays, marked %s", self.account, KEYWORD)
            with contextlib.suppress(IMAPClientError):
                client.add_flags(present, [KEYWORD], silent=True)

    def _made(self, client: IMAPClient, folder: str) -> str:
        """The folder below the account's own prefix, made and subscribed if missing; its name on the server."""
        if folder not in self._known_folders:
            name = _prefixed(client, folder)
            if not client.folder_exists(name):
                client.create_folder(name)
                with contextlib.suppress(IMAPClientError):
                    client.subscribe_folder(name)
            self._known_folders[folder] = name
        return self._known_folders[folder]

    def wait(self, timeout: float) -> bool:
        with self._connection() as client:
            if not self._selected:
                self._reselect(client)
            elif _arrived(client.noop()[1]):
                # What came between two waits is told to the next command: to IDLE it would be an unexpected answer.
                return True
            if not client.has_capability("IDLE"):
                self._sleep(client, timeout)
                return False
            return self._idle(client, min(timeout, LONGEST_IDLE))

    def _sleep(self, client: IMAPClient, timeout: float) -> None:
        """The whole time, in steps after which a NOOP keeps the connection and shows that it lives."""
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            if self._closing.wait(min(left, LONGEST_IDLE)):
                raise MailboxUnavailable("connection", "closed")
            client.noop()

    def _idle(self, client: IMAPClient, timeout: float) -> bool:
        try:
            client.idle()
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            if not re.search(r"Unexpected IDLE response: b'\* \d+ (EXISTS|RECENT|EXPUNGE|FETCH)", str(error)):
                raise
            # The server had news before it began to idle: that is all a hint must tell. The answer to IDLE is still
            # to come and the connection out of step, so it is renewed.
            self._drop()
            return True
        deadline = time.monotonic() + timeout
        came = False
        while not came and (left := deadline - time.monotonic()) > 0:
            try:
                answers = client.idle_check(timeout=left)
            except IMAPClientAbortError as error:
                if "unterminated line" not in str(error) or self._closing.is_set():
                    raise
                # Half a line was there when imapclient read without waiting: out of step likewise.
                self._drop()
                return True
            if self._closing.is_set():
                raise MailboxUnavailable("connection", "closed")
            if not answers and deadline - time.monotonic() > EARLY:
                raise MailboxUnavailable("connection", "the server ended IDLE without a word")
            if any(answer[0] == b"BYE" for answer in answers):
                raise MailboxUnavailable("connection", "the server said BYE")
            came = _arrived(answers)
        client.socket().settimeout(min(IDLE_DONE_SECONDS, self._server.read_seconds))
        _, last = client.idle_done()
        client.socket().settimeout(self._server.read_seconds)
        return came or _arrived(last)

    def close(self) -> None:
        self._closing.set()
        if self._in_use.acquire(blocking=False):
            try:
                client, self._client = self._client, None
                if client is not None:
                    with contextlib.suppress(Exception):
                        client.socket().settimeout(min(2.0, self._server.read_seconds))
                        client.logout()
                    with contextlib.suppress(Exception):
                        client.shutdown()
            finally:
                self._in_use.release()
        elif (client := self._client) is not None:
            # Another thread has the connection: cutting it is what ends its wait, and that thread cleans up. The
            # socket's own shutdown, not the one of ssl, which would take the session away under the other's feet.
            with contextlib.suppress(Exception):
                socket.socket.shutdown(client.socket(), socket.SHUT_RDWR)

    def _reselect(self, client: IMAPClient) -> None:
        if self._selected:
            return
        known = self._uidvalidity
        self._select(client)
        if known and known != self._uidvalidity:
            raise MailboxUnavailable("protocol", "UIDVALIDITY changed while the connection was renewed")

    @contextlib.contextmanager
    def _connection(self) -> Iterator[IMAPClient]:
        """The open connection, or a new one. Whatever goes wrong closes it and comes out as ``MailboxUnavailable``."""
        with self._in_use:
            try:
                if self._client is None and not self._closing.is_set():
                    self._client = connect(self._server)
                    self._selected = False
                if self._client is None or self._closing.is_set():
                    raise MailboxUnavailable("connection", "closed")
                yield self._client
            except MailboxUnavailable:
                self._drop()
                raise
            except Exception as error:
                self._drop()
                if self._closing.is_set():
                    raise MailboxUnavailable("connection", "closed") from error
                raise MailboxUnavailable(failure_of(error), words(error)) from error
            except BaseException:
                self._drop()
                raise

    def _drop(self) -> None:
        client, self._client, self._selected = self._client, None, False
        self._known_folders.clear()
        if client is not None:
            with contextlib.suppress(Exception):
                client.shutdown()


#: what every server finds; others trip over what must be quoted or sent in another charset
_PLAIN = re.compile(r"[!#-\[\]-~]+")


def _known_by(message_id: str | None, received_at: datetime) -> list[str | date]:
    """What to search a mail by. Moving keeps when it came (RFC 9051 §6.4.7); its day is that of the server's own zone."""
    if message_id and _PLAIN.fullmatch(message_id):
        return ["HEADER", "Message-ID", message_id]
    day = received_at.date()
    return ["SINCE", day - timedelta(days=1), "BEFORE", day + timedelta(days=2)]


def _arrived(answers: Sequence[Any]) -> bool:
    return any(len(answer) > 1 and answer[1] in (b"EXISTS", b"RECENT") for answer in answers)


def _prefixed(client: IMAPClient, folder: str) -> str:
    """``folder`` under the personal namespace (RFC 2342): some servers want ``INBOX.`` before every name."""
    personal = client.namespace().personal if client.has_capability("NAMESPACE") else None
    if personal:
        prefix, separator = _text(personal[0][0]), _text(personal[0][1])
    else:
        roots = client.list_folders("", "")  # answers the separator alone (RFC 9051 §6.3.9)
        prefix, separator = "", _text(roots[0][1]) if roots else ""
    name = folder.replace("/", separator) if separator else folder
    return name if name.startswith(prefix) else prefix + name


def _text(value: bytes | str | None) -> str:
    return value.decode() if isinstance(value, bytes) else value or ""


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _chunks(ids: Sequence[int], most: int) -> Iterator[list[int]]:
    for start in range(0, len(ids), most):
        yield list(ids[start : start + most])
