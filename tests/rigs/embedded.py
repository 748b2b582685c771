"""The embedded mail server as a rig: in-memory IMAP and SMTP, in this process."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from mailbot.demo.server import EmbeddedServer

USER = "bot@example.test"
PASSWORD = "secret"


@contextlib.contextmanager
def embedded() -> Iterator[EmbeddedServer]:
    with EmbeddedServer({USER: PASSWORD}) as server:
        yield server
