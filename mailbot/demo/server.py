"""A mail server of our own, in memory and in one thread: IMAP by pymap, SMTP by aiosmtpd.

What is sent to the desk, with or without a +token (RFC 5233), lands in the desk's mailbox; anybody else who writes or
is written to gets a mailbox at the first mail. Nothing ever leaves the machine, and nothing bounces.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from email import message_from_bytes
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from pymap.backend.dict import DictBackend, Identity
from pymap.backend.dict.mailbox import MailboxData
from pymap.imap import IMAPService
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials.flag import Flag, get_system_flags
from pymap.user import Passwords, UserMetadata
from pysasl.hashing import BuiltinHash

# pymap's memory backend offers no keywords and drops them in silence; one property gives it "\*" (RFC 9051 §7.1).
MailboxData.permanent_flags = property(  # type: ignore[method-assign,assignment]
    lambda self: get_system_flags() | {Flag(b"\\*")}
)

#: whoever wants to read a participant's mailbox by IMAP
PASSWORD = "demo"  # noqa: S105 - a server in memory, on loopback only

START_SECONDS = 20.0

#: pymap's own choice costs a quarter of a second for each login and each mailbox; these passwords guard nothing
HASH = BuiltinHash(rounds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A mail that was sent to somebody who is not the desk."""

    mail_from: str
    recipient: str
    content: bytes

    @property
    def message_id(self) -> str:
        return str(message_from_bytes(self.content)["Message-ID"] or "").strip()


class EmbeddedServer:
    """``with EmbeddedServer({"desk@x.example": "demo"}) as server:``; port 0 takes a free one.

    Raises ``OSError`` where a port is taken, ``RuntimeError`` where it does not start.
    """

    def __init__(
        self,
        users: Mapping[str, str],
        *,
        aliases: Mapping[str, str] | None = None,
        imap_port: int = 0,
        smtp_port: int = 0,
        on_outgoing: Callable[[Handed], None] = lambda handed: None,
    ) -> None:
        self.imap_port = imap_port
        self.smtp_port = smtp_port
        self._users = {user.casefold(): password for user, password in users.items()}
        #: other addresses that land in a user's mailbox
        self._aliases = {alias.casefold(): user.casefold() for alias, user in (aliases or {}).items()}
        #: called in the server's thread for each mail to somebody who is not the desk
        self.on_outgoing = on_outgoing
        self._handed: list[Handed] = []
        self._error: BaseException | None = None
        self._ready = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    def __enter__(self) -> EmbeddedServer:
        self._thread = threading.Thread(target=self._run, name="embedded mail server", daemon=True)
        self._thread.start()
        if not self._ready.wait(START_SECONDS):
            raise RuntimeError("the embedded mail server did not start")
        if self._error is not None:
            raise self._error
        return self

    def __exit__(self, *_: object) -> None:
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        if self._thread is not None:
            self._thread.join(5)

    def deliver(self, user: str, content: bytes) -> None:
        """Put a mail into a mailbox as it stands."""
        if self._loop is None:
            raise RuntimeError("the embedded mail server is not running")
        asyncio.run_coroutine_threadsafe(self._append(user.casefold(), content), self._loop).result(10)

    def messages_for(self, address: str) -> tuple[bytes, ...]:
        """What was sent to somebody who is not the desk, oldest first."""
        return tuple(h.content for h in self._handed if h.recipient.casefold() == address.casefold())

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._error = error
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        first, password = next(iter(self._users.items()))
        arguments = argparse.Namespace(
            debug=False,
            host=["127.0.0.1"],
            port=str(self.imap_port or _free_port()),
            cert=None,
            key=None,
            tls=False,
            proxy_protocol=None,
            inherited_sockets=None,
            passlib_cfg=None,
            skip_services=[],
            backend="dict",
            backend_type=DictBackend,
            demo_data=False,
            demo_user=first,
            demo_password=password,
        )
        self.imap_port = int(arguments.port)
        self._backend, self._config = await DictBackend.init(arguments, hash_context=HASH)
        self._config.apply_context()
        for user, secret in list(self._users.items())[1:]:
            await self._add_user(user, secret)
        async with AsyncExitStack() as stack:
            await self._backend.start(stack)
            await IMAPService(self._backend, self._config).start(stack)
            server = await self._loop.create_server(self._smtp, "127.0.0.1", self.smtp_port)
            self.smtp_port = server.sockets[0].getsockname()[1]
            async with server:
                self._ready.set()
                await self._stop.wait()

    def _smtp(self) -> SMTP:
        def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
            good = isinstance(data, LoginPassword) and self._users.get(data.login.decode()) == data.password.decode()
            # Without handled=False a refusal is never answered, and the client waits for ever.
            return AuthResult(success=good, handled=False)

        return SMTP(
            self,
            enable_SMTPUTF8=True,
            authenticator=authenticate,
            auth_require_tls=False,
            loop=self._loop,
            hostname="mail.prevention.example",
            ident="mailbot demo",
        )

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        # aiosmtpd gives the null reverse-path as it was written (RFC 5321 §4.5.5).
        mail_from = (envelope.mail_from or "").strip("<>")
        if mail_from:
            await self._user_of(mail_from)  # so that the answer can be waited for in the mailbox
        for recipient in envelope.rcpt_tos:
            await self._take(mail_from, recipient, envelope.original_content)
        return "250 2.0.0 taken"

    async def _user_of(self, address: str) -> str:
        """Whose mailbox an address is; made where there is none."""
        plain = _without_tag(address.casefold())
        user = self._aliases.get(plain, plain)
        if user not in self._users:
            self._users[user] = PASSWORD
            await self._add_user(user, PASSWORD)
        return user

    async def _take(self, mail_from: str, recipient: str, content: bytes) -> None:
        user = await self._user_of(recipient)
        trace = f"Return-Path: <{mail_from}>\r\nDelivered-To: {recipient}\r\n".encode()
        await self._append(user, trace + content)
        if user not in self._first_users():
            handed = Handed(mail_from=mail_from, recipient=recipient, content=content)
            self._handed.append(handed)
            self.on_outgoing(handed)

    def _first_users(self) -> set[str]:
        return {next(iter(self._users)), *self._aliases.values()}

    async def _add_user(self, user: str, password: str) -> None:
        hashed = await Passwords(self._config).hash_password(password)
        identity = Identity(user, self._backend.login, None, frozenset())
        await identity.set(UserMetadata(self._config, user, password=hashed))

    async def _append(self, user: str, content: bytes) -> None:
        async with Identity(user, self._backend.login, None, frozenset()).new_session() as session:
            await session.append_messages("INBOX", [AppendMessage(content, None, frozenset())])


def _without_tag(address: str) -> str:
    local, at, domain = address.rpartition("@")
    return f"{local.partition('+')[0] or local}{at}{domain}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
