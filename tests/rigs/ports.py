"""Free ports of 127.0.0.1, and a wait until somebody answers on one."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable


def free_ports(count: int) -> tuple[int, ...]:
    """Different ones: all are taken before any is let go."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return tuple(int(probe.getsockname()[1]) for probe in probes)


def wait_for_banner(port: int, greeting: bytes, alive: Callable[[], bool], seconds: float = 15.0) -> None:
    """Until the server greets. Raises ``RuntimeError`` where it died or is too slow."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and alive():
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            if connection.recv(200).startswith(greeting):
                return
        time.sleep(0.01)
    raise RuntimeError(f"nobody greets on port {port}")
