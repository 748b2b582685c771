"""A server that is logged in to, and what its troubles mean."""

from __future__ import annotations

import contextlib
import ipaddress
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

# imapclient has annotations here and there, but no py.typed.
from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from mailbot.service.ports import MailboxUnavailable

Failure = Literal["connection", "authentication", "protocol", "configuration"]


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


def connect(server: ImapServer) -> IMAPClient:
    """A logged-in client. Raises what imapclient, socket and ssl raise."""
    if server.security == "plain" and not _is_loopback(server.host):
        raise MailboxUnavailable("configuration", f"would send the password in the clear to {server.host}")
    context = ssl.create_default_context(cafile=server.ca_file) if server.security != "plain" else None
    try:
        client = IMAPClient(
            server.host,
            port=server.port,
            ssl=server.security == "tls",
            ssl_context=context if server.security == "tls" else None,
            timeout=SocketTimeout(server.connect_seconds, server.read_seconds),
        )
    except IMAPClientError as error:  # a greeting other than OK: the server is there, but not for us now
        raise IMAPClientAbortError(*error.args) from error
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
    except MailboxUnavailable as error:
        return (f"{error.failure}: {error.error}",)
    except Exception as error:
        return (f"{failure_of(error)}: {words(error)}",)
    try:
        found = [f"there is no folder {folder!r}" for folder in folders if not client.folder_exists(folder)]
        if not (client.has_capability("MOVE") or client.has_capability("UIDPLUS")):
            found.append("the server can neither MOVE nor UIDPLUS: settled mail stays where it is, marked $Processed")
        return tuple(found)
    except Exception as error:
        return (f"{failure_of(error)}: {words(error)}",)
    finally:
        with contextlib.suppress(Exception):
            client.logout()


def failure_of(error: Exception) -> Failure:
    """What kind of trouble an exception is."""
    match error:
        case LoginError():
            return _login_failure(error)
        case ssl.SSLCertVerificationError():
            return "configuration"
        case IMAPClientAbortError() | OSError() | EOFError():
            return "connection"
        case _:
            # Besides its own errors, imapclient lets ValueError, KeyError and their like out where a server's answer
            # is not what it can parse.
            return "protocol"


def _login_failure(error: LoginError) -> Failure:
    # imapclient calls whatever happens during LOGIN a LoginError, also a connection that was cut.
    if isinstance(error.__context__, IMAPClientAbortError):
        return "connection"
    # RFC 5530 §3: the server says that it is not the password.
    if any(code in str(error).upper() for code in ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]")):
        return "connection"
    return "configuration" if "[PRIVACYREQUIRED]" in str(error).upper() else "authentication"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def words(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text[:300]
