"""Where sent mail ends: an aiosmtpd that answers what the test wants, and Postfix's ``smtp-sink`` for measuring."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.rigs.ports import free_ports, wait_for_banner


@dataclass(frozen=True, kw_only=True)
class Taken:
    mail_from: str
    recipient: str
    content: bytes
    mail_options: tuple[str, ...]
    #: which connection it came over: 1, 2, …
    connection: int


@dataclass(kw_only=True)
class Sink:
    """``answer`` is asked at MAIL, RCPT and DATA with the address (for DATA: the recipient); None means yes.

    ``DROP`` as an answer cuts the connection instead; ``DROP_AFTER`` takes a mail and cuts before answering DATA.
    """

    port: int = 0
    user: str | None = None
    password: str | None = None
    tls: ssl.SSLContext | None = None
    smtputf8: bool = True
    answer: Callable[[str, str], str | None] = lambda command, address: None
    #: seconds that DATA takes
    delay: float = 0.0
    taken: list[Taken] = field(default_factory=list)
    connections: int = 0
    open: list[asyncio.Transport] = field(default_factory=list)
    #: the most mails that were in DATA at the same time
    most_at_once: int = 0
    _now: int = 0
    _loop: asyncio.AbstractEventLoop | None = None
    _stop: asyncio.Event | None = None

    DROP = "DROP"
    DROP_AFTER = "DROP_AFTER"

    def hang_up(self) -> None:
        """Cut every connection that is open now, as a server does to idle ones; returns when it is done."""

        async def cut() -> None:
            for transport in self.open:
                transport.close()
            self.open.clear()

        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(cut(), self._loop).result(5)

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's names
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.user is not None and not session.authenticated:
            return "530 5.7.0 log in first"
        if said := self._asked(server, "MAIL", address):
            return said
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 sender fine"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if said := self._asked(server, "RCPT", address):
            return said
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 recipient fine"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        await asyncio.sleep(self.delay)
        self._now -= 1
        recipient = str(envelope.rcpt_tos[0])
        said = self.answer("DATA", recipient)
        if said not in (None, self.DROP_AFTER):
            return self._done(server, said) or ""
        mail = Taken(
            mail_from=(envelope.mail_from or "").strip("<>"),
            recipient=recipient,
            content=envelope.original_content or b"",
            mail_options=tuple(envelope.mail_options),
            connection=server.number,
        )
        self.taken.append(mail)
        if said == self.DROP_AFTER:
            server.transport.abort()
        return "250 2.0.0 taken"

    def _asked(self, server: SMTP, command: str, address: str) -> str | None:
        return self._done(server, self.answer(command, address))

    def _done(self, server: SMTP, said: str | None) -> str | None:
        if said == self.DROP:
            assert server.transport is not None
            server.transport.abort()
            return "421 4.3.0 unheard"
        return said

    def protocol(self) -> SMTP:
        sink = self

        class Numbered(SMTP):
            number = 0

            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                if not self.number:  # STARTTLS comes here a second time
                    sink.connections += 1
                    self.number = sink.connections
                sink.open.append(transport)  # type: ignore[arg-type]
                super().connection_made(transport)

        def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
            good = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == (
                self.user,
                self.password,
            )
            # Without handled=False a refusal is never answered, and the client waits for ever.
            return AuthResult(success=good, handled=False)

        return Numbered(
            self,
            enable_SMTPUTF8=self.smtputf8,
            tls_context=self.tls,
            authenticator=authenticate,
            auth_require_tls=False,
            hostname="sink.example.test",
            ident="sink",
            loop=self._loop,
        )

    async def serve(self, ready: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await self._loop.create_server(self.protocol, "127.0.0.1", self.port)
        self.port = int(server.sockets[0].getsockname()[1])
        ready.set()
        await self._stop.wait()
        for transport in self.open:
            # Before Python 3.11.4 a TLS transport that is closed already cannot be aborted.
            with contextlib.suppress(AttributeError):
                transport.abort()
        server.close()
        await server.wait_closed()
        await asyncio.sleep(0)

    def stop(self) -> None:
        assert self._loop is not None
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)


@contextlib.contextmanager
def sink(sink: Sink | None = None) -> Iterator[Sink]:
    """A sink in a thread of its own."""
    server, ready = sink or Sink(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(ready)), name="sink")
    thread.start()
    if not ready.wait(60):
        raise RuntimeError("the sink did not start")
    try:
        yield server
    finally:
        server.stop()
        thread.join(5)


@dataclass(kw_only=True)
class Counter:
    port: int
    #: known once the sink has ended
    count: int | None = None


@contextlib.contextmanager
def smtp_sink() -> Iterator[Counter]:
    """Postfix's ``smtp-sink``: takes everything and counts, in C. Raises ``FileNotFoundError`` where it is missing."""
    command = shutil.which("smtp-sink", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if command is None:
        raise FileNotFoundError("smtp-sink is not installed; Debian has it in the package postfix")
    (port,) = free_ports(1)
    drop = ["-u", "nobody"] if os.getuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="sink-") as folder, (Path(folder) / "out").open("w+b") as out:
        process = subprocess.Popen([command, *drop, "-c", f"127.0.0.1:{port}", "200"], stdout=out, cwd="/")
        counter = Counter(port=port)
        try:
            wait_for_banner(port, b"220", lambda: process.poll() is None)
            yield counter
        finally:
            process.terminate()
            process.wait(timeout=60)
            out.seek(0)
            numbers = re.findall(rb"\d+", out.read())
            counter.count = int(numbers[-1]) if numbers else 0
