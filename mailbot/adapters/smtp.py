"""Where mail goes out, over aiosmtplib: a few connections kept open, and every failure with its class."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from dataclasses import dataclass
from typing import Literal

import aiosmtplib
from aiosmtplib import SMTP

from mailbot.core.deliveries import FailureClass, NotSent, OutgoingMessage, SendResult, Sent

#: seconds after which a connection that did nothing is asked whether it still lives: servers drop idle ones
IDLE_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    host: str
    port: int
    #: ``plain`` is for servers on this machine itself
    security: Literal["tls", "starttls", "plain"]
    user: str | None = None
    password: str | None = None
    ca_file: str | None = None
    connections: int = 2
    timeout_seconds: float = 30.0

    def __repr__(self) -> str:  # no password in logs
        return f"SmtpServer({self.user or 'nobody'} at {self.host}:{self.port}, {self.security})"


class SmtpTransport:
    """``service.ports.Transport`` over aiosmtplib. Belongs to one event loop."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self._idle: asyncio.LifoQueue[_Connection] = asyncio.LifoQueue()
        for _ in range(max(1, server.connections)):
            self._idle.put_nowait(_Connection(server))

    async def send(self, message: OutgoingMessage) -> SendResult:
        connection = await self._idle.get()
        try:
            return await connection.send(message)
        finally:
            self._idle.put_nowait(connection)

    async def close(self) -> None:
        for _ in range(self._idle.qsize()):
            connection = self._idle.get_nowait()
            await connection.close()
            self._idle.put_nowait(connection)


class _Connection:
    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self._client: SMTP | None = None
        self._used_at = 0.0

    async def send(self, message: OutgoingMessage) -> SendResult:
        """One message; a connection that died since the last one is renewed once."""
        reused = self._client is not None
        result = await self._attempt(message)
        if reused and isinstance(result, NotSent) and result.failure == "connection":
            # Only before the server has the message: a connection lost after DATA is not retried here.
            return await self._attempt(message)
        return result

    async def _attempt(self, message: OutgoingMessage) -> SendResult:
        try:
            client = await self._ready()
        except Exception as error:
            await self.close()
            failure = _failure(error)
            if failure is None:
                raise
            return NotSent(failure="connection" if failure == "temporary" else failure, error=_words(error))
        try:
            result = await self._hand_over(client, message)
        except aiosmtplib.SMTPResponseException as error:
            await self._reset(client, error.code)
            return NotSent(failure="permanent" if 500 <= error.code < 600 else "temporary", error=_words(error))
        except Exception as error:
            await self.close()
            failure = _failure(error)
            if failure is None:
                raise
            return NotSent(failure=failure, error=_words(error))
        self._used_at = time.monotonic()
        return result

    async def _hand_over(self, client: SMTP, message: OutgoingMessage) -> SendResult:
        """MAIL, RCPT, DATA (RFC 5321 §3.3). From the 250 to DATA on the server answers for the message."""
        options = []
        if client.supports_extension("size"):
            options.append(f"SIZE={len(message.content)}")
        if client.supports_extension("8bitmime") and not message.content.isascii():
            options.append("BODY=8BITMIME")
        encoding = "ascii"
        if not (message.envelope_to.isascii() and message.envelope_from.isascii()):
            if not client.supports_extension("smtputf8"):
                return NotSent(failure="permanent", error="the server cannot take a non-ASCII address (RFC 6531)")
            options.append("SMTPUTF8")
            encoding = "utf-8"
        await client.mail(message.envelope_from, options=options, encoding=encoding)
        await client.rcpt(message.envelope_to, encoding=encoding)
        response = await client.data(message.content)
        return Sent(response=f"{response.code} {response.message}"[:300])

    async def _ready(self) -> SMTP:
        client = self._client
        if client is not None and client.is_connected:
            if time.monotonic() - self._used_at < IDLE_SECONDS:
                return client
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await client.noop()
                self._used_at = time.monotonic()
                return client
            await self.close()
        self._client = client = await _connected(self._server)
        self._used_at = time.monotonic()
        return client

    async def _reset(self, client: SMTP, code: int) -> None:
        """Ready for the next message after a refusal; 421 means that the server hangs up (RFC 5321 §3.8)."""
        if code == 421:
            await self.close()
            return
        try:
            await client.rset()
        except (aiosmtplib.SMTPException, OSError):
            await self.close()

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(client.quit(), 2.0)
            client.close()


async def _connected(server: SmtpServer) -> SMTP:
    context = ssl.create_default_context(cafile=server.ca_file) if server.security != "plain" else None
    client = SMTP(
        hostname=server.host,
        port=server.port,
        timeout=server.timeout_seconds,
        use_tls=server.security == "tls",
        start_tls=server.security == "starttls",
        tls_context=context,
    )
    try:
        await client.connect()
        if server.user is not None and server.password is not None:
            await client.login(server.user, server.password)
        else:
            await client.ehlo()
    except BaseException:
        client.close()
        raise
    return client


async def probe(server: SmtpServer) -> tuple[str, ...]:
    """What is wrong with the server, for ``mailbot check``: each finding one sentence; empty where all is well."""
    try:
        client = await _connected(server)
    except Exception as error:
        failure = _failure(error)
        if failure is None:
            raise
        return (f"{failure}: {_words(error)}",)
    with contextlib.suppress(Exception):
        await client.quit()
    client.close()
    return ()


def _failure(error: Exception) -> FailureClass | None:
    """What kind of trouble an exception is; None where it is a bug of ours."""
    match error:
        case aiosmtplib.SMTPAuthenticationError():
            # A server that is busy answers 4xx to AUTH too (RFC 4954 §6).
            return "authentication" if error.code >= 500 else "temporary"
        case aiosmtplib.SMTPResponseException(code=code):
            return (
                "permanent" if 500 <= code < 600 and not isinstance(error, aiosmtplib.SMTPConnectError) else "temporary"
            )
        case aiosmtplib.SMTPException() | OSError() | EOFError() | TimeoutError():
            return "connection"
        case _:
            return None


def _words(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text[:300]
