"""A PostgreSQL 15 of our own: made in a new folder, on a free port of 127.0.0.1, ended by its process id."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.rigs.ports import free_ports

#: where Debian, Fedora, Homebrew and the PostgreSQL packages put the server
_PLACES = ("/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin")

#: A test's database need not outlive a power cut.
_SETTINGS = {
    "listen_addresses": "'127.0.0.1'",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "50",
}


def binaries() -> Path | None:
    """The folder of ``initdb`` and ``postgres``; None where there is no server to test with."""
    found = shutil.which("initdb")
    if found and (Path(found).parent / "postgres").exists():
        return Path(found).parent
    for place in _PLACES:
        for folder in sorted(Path("/").glob(place.lstrip("/")), reverse=True):
            if (folder / "initdb").exists() and (folder / "postgres").exists():
                return folder
    return None


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of an empty database. Raises ``FileNotFoundError`` where PostgreSQL is not installed."""
    folder = binaries()
    if folder is None:
        raise FileNotFoundError("PostgreSQL is not installed")
    # Not below pytest's own folder: only its owner may enter that, and the server runs as somebody else.
    with tempfile.TemporaryDirectory(prefix="pg-") as directory:
        home, (port,) = Path(directory), free_ports(1)
        if os.getuid() == 0:
            shutil.chown(home, "postgres", "postgres")
        _initdb(folder, home, port)
        server = _start(folder, home)
        try:
            _wait(server, port, home / "log")
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            _stop(server)


def _as_postgres(*command: object) -> list[str]:
    """The server refuses to run as root."""
    drop = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.getuid() == 0 else []
    return [*drop, *map(str, command)]


def _initdb(folder: Path, home: Path, port: int) -> None:
    command = _as_postgres(
        folder / "initdb", "-D", home / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"
    )
    subprocess.run([*command, "--no-sync"], check=True, capture_output=True, cwd="/")
    settings = {**_SETTINGS, "port": str(port), "unix_socket_directories": f"'{home}'"}
    with (home / "data" / "postgresql.conf").open("a") as file:
        file.writelines(f"{name} = {value}\n" for name, value in settings.items())


def _start(folder: Path, home: Path) -> subprocess.Popen[bytes]:
    with (home / "log").open("wb") as log:
        return subprocess.Popen(
            _as_postgres(folder / "postgres", "-D", home / "data"), stdout=log, stderr=subprocess.STDOUT, cwd="/"
        )


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        # The port opens a moment before the server takes connections: it says so in its log.
        if b"ready to accept connections" in log.read_bytes():
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        time.sleep(0.02)
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')}")


def _stop(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        server.send_signal(signal.SIGINT)  # "fast": open transactions are rolled back
    try:
        server.wait(timeout=60)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)
        server.wait(timeout=60)
