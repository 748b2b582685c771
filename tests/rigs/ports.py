"""Free ports of 127.0.0.1, and a wait until somebody answers on one."""

from __future__ import annotations

import contextlib
import random
import socket
import time
from collections.abc import Callable

#: below what Linux gives to outgoing connections (32768 and up): a port found free there is not taken by the next
#: connection of anybody, and several people's tests seldom look at the same one
_FIRST, _LAST = 20_000, 32_000


def free_ports(count: int) -> tuple[int, ...]:
    """Different ones: all are taken before any is let go."""
    with contextlib.ExitStack() as stack:
        found: list[int] = []
        while len(found) < count:
            probe = stack.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", random.randint(_FIRST, _LAST)))
                found.append(int(probe.getsockname()[1]))
        return tuple(found)


def wait_for_banner(port: int, greeting: bytes, alive: Callable[[], bool], seconds: float = 60.0) -> None:
    """Until the server greets. Raises ``RuntimeError`` where it died or is too slow."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and alive():
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            if connection.recv(200).startswith(greeting):
                return
        time.sleep(0.01)
    raise RuntimeError(f"nobody greets on port {port}")
