"""Where mail goes out, over aiosmtplib: a few connections kept open, and every failure with its class."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
import ssl
import time
from dataclasses import dataclass
from email.utils import parseaddr
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
        self.connections = max(1, server.connections)
        self._closed = False
        # The one used last is taken first: under little load one connection stays warm, the others fall asleep.
        self._free: asyncio.LifoQueue[_Connection] = asyncio.LifoQueue()
        for _ in range(self.connections):
            self._free.put_nowait(_Connection(server))

    async def send(self, message: OutgoingMessage) -> SendResult:
        connection = await self._free.get()
        try:
            return await connection.send(message)
        finally:
            self._free.put_nowait(connection)
            if self._closed:
                await connection.close()

    async def close(self) -> None:
        self._closed = True
        connections = [self._free.get_nowait() for _ in range(self._free.qsize())]
        for connection in connections:
            self._free.put_nowait(connection)
        await asyncio.gather(*(connection.close() for connection in connections))


class _Connection:
    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self._client: SMTP | None = None
        self._used_at = 0.0

    async def send(self, message: OutgoingMessage) -> SendResult:
        """One message. A connection that proves dead at MAIL, before the server knows of it, is renewed once."""
        try:
            addresses = _addresses(message)
            client, fresh = await self._ready()
        except Exception as error:
            self.drop()
            return _not_connected(error)
        try:
            try:
                await _mail(client, message, addresses)
            except Exception as error:
                if fresh or not _hung_up(error):
                    raise
                self.drop()
                try:
                    client, _ = await self._ready()
                except Exception as error:
                    return _not_connected(error)
                await _mail(client, message, addresses)
            result = await _hand_over(client, message, addresses)
            self._used_at = time.monotonic()
            return result
        except Exception as error:
            await self._recover(client, error)
            return _refused(error)
        except BaseException:  # cancelled: nobody knows how far the dialogue came
            self.drop()
            raise

    async def _ready(self) -> tuple[SMTP, bool]:
        """An open connection, and whether it is a new one."""
        client = self._client
        if client is not None and client.is_connected:
            if time.monotonic() - self._used_at < IDLE_SECONDS:
                return client, False
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await client.noop(timeout=min(5.0, self._server.timeout_seconds))
                return client, False
        self.drop()
        self._client = client = await _connected(self._server)
        return client, True

    async def _recover(self, client: SMTP, error: Exception) -> None:
        """Ready for the next message after a refusal, or closed where the dialogue is lost (RFC 5321 §4.1.1.5)."""
        refusal = isinstance(error, aiosmtplib.SMTPResponseException) and error.code != 421 and error.code >= 400
        if not (refusal or isinstance(error, aiosmtplib.SMTPNotSupported | ValueError)):
            self.drop()
            return
        try:
            await client.rset(timeout=min(5.0, self._server.timeout_seconds))
            self._used_at = time.monotonic()
        except (aiosmtplib.SMTPException, OSError):
            self.drop()

    def drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(client.quit(), 2.0)
            client.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Envelope:
    sender: str
    recipient: str
    utf8: bool


#: what nearly every address is like: a dot-atom and a domain (RFC 5322 §3.4.1)
_PLAIN = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@[\w-]+(?:\.[\w-]+)*")


def _addresses(message: OutgoingMessage) -> _Envelope:
    """The envelope, with a non-ASCII domain in its ASCII form, which every server takes (RFC 5890 §2.3.2.1)."""
    sender, recipient = _ascii_domain(message.envelope_from), _ascii_domain(message.envelope_to)
    if not recipient or recipient.startswith("@"):
        raise ValueError("the mail has no recipient")
    for address in (sender, recipient):
        # aiosmtplib takes the first address that it finds in what it is given, whatever else stands there.
        if _PLAIN.fullmatch(address) is None and parseaddr(address)[1] != address:
            raise ValueError(f"{address!r} is no address")
    return _Envelope(sender=sender, recipient=recipient, utf8=not (sender + recipient).isascii())


def _ascii_domain(address: str) -> str:
    local, at, domain = address.rpartition("@")
    if domain.isascii():
        return address
    return f"{local}{at}{domain.encode('idna').decode('ascii')}"


async def _mail(client: SMTP, message: OutgoingMessage, envelope: _Envelope) -> None:
    options = []
    if client.supports_extension("size"):
        options.append(f"SIZE={len(message.content)}")
    if not message.content.isascii() and client.supports_extension("8bitmime"):
        options.append("BODY=8BITMIME")
    if envelope.utf8:
        if not client.supports_extension("smtputf8"):
            raise aiosmtplib.SMTPNotSupported("the server takes no address with such letters (RFC 6531)")
        options.append("SMTPUTF8")
    await client.mail(envelope.sender, options=options, encoding="utf-8" if envelope.utf8 else "ascii")


async def _hand_over(client: SMTP, message: OutgoingMessage, envelope: _Envelope) -> Sent:
    """RCPT and DATA (RFC 5321 §3.3). From the 250 to DATA on the server answers for the message."""
    await client.rcpt(envelope.recipient, encoding="utf-8" if envelope.utf8 else "ascii")
    try:
        response = await client.data(message.content)
    except aiosmtplib.SMTPDataError as error:
        if 200 <= error.code < 300:  # another word for yes (RFC 5321 §4.3.2): sending again would double it
            return Sent(response=_words(error))
        raise
    return Sent(response=f"{response.code} {response.message}"[:300])


async def _connected(server: SmtpServer) -> SMTP:
    if server.security == "plain" and not _is_loopback(server.host):
        raise ClearText(f"would send mail and password in the clear to {server.host}")
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
        result = _not_connected(error)
        return (f"{result.failure}: {result.error}",)
    with contextlib.suppress(Exception):
        await client.quit()
    client.close()
    return ()


class ClearText(Exception):
    """The configuration would show a password to the network."""


def _not_connected(error: Exception) -> NotSent:
    """Why there is no connection: never the fault of the mail, unless its addresses cannot be written at all."""
    failure: FailureClass = "connection"
    # A certificate that is not trusted is a ValueError too, and an OSError.
    if isinstance(error, ValueError) and not isinstance(error, OSError):
        failure = "permanent"
    elif isinstance(error, aiosmtplib.SMTPAuthenticationError):
        # A server that is busy answers 4xx to AUTH too (RFC 4954 §6).
        failure = "authentication" if error.code >= 500 else "connection"
    elif isinstance(error, ClearText | aiosmtplib.SMTPNotSupported) or type(error) is aiosmtplib.SMTPException:
        # The bare exception is how aiosmtplib says that the server offers no STARTTLS or no AUTH.
        failure = "authentication"
    return NotSent(failure=failure, error=_words(error))


def _refused(error: Exception) -> NotSent:
    """What the server, or the connection, said to one mail."""
    failure: FailureClass = "connection"
    match error:
        case OSError() | aiosmtplib.SMTPResponseException(code=421):
            failure = "connection"
        case aiosmtplib.SMTPResponseException(code=530 | 534 | 535 | 538):  # RFC 4954 §6: to MAIL, without a login
            failure = "authentication"
        case aiosmtplib.SMTPResponseException(code=code) if 500 <= code < 600:
            failure = "permanent"
        case aiosmtplib.SMTPResponseException():
            failure = "temporary"
        case aiosmtplib.SMTPNotSupported() | ValueError():
            failure = "permanent"
    return NotSent(failure=failure, error=_words(error))


def _hung_up(error: Exception) -> bool:
    """The server had closed the connection while nobody used it; not that it is slow."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return error.code == 421
    return isinstance(error, ConnectionError) and not isinstance(error, TimeoutError)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _words(error: BaseException) -> str:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        text = f"{error.code} {error.message}"
    else:
        text = str(error) or type(error).__name__
    return " ".join(text.split())[:300]
