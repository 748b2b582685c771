"""Programs that are measured, each as a process of its own: time, CPU and memory of it alone."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


class Failed(Exception):
    """A program that is measured ended wrong; the message holds what it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    seconds: float
    cpu_seconds: float
    #: the most memory that it held at once, in millions of bytes
    peak_mb: float
    output: str


def run(*command: object) -> Done:
    """Run it to its end. Raises ``Failed``."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        started = time.perf_counter()
        process = subprocess.Popen([str(word) for word in command], stdout=out, stderr=err, cwd=ROOT)
        done = ended(process, started)
        out.seek(0)
        err.seek(0)
        if process.returncode != 0:
            raise Failed(f"{' '.join(map(str, command[:4]))} … ended with {process.returncode}:\n{err.read()[-3000:]}")
        return Done(seconds=done.seconds, cpu_seconds=done.cpu_seconds, peak_mb=done.peak_mb, output=out.read())


def ended(process: subprocess.Popen[Any], started: float) -> Done:
    """Wait for the end of ``process`` and take its account. ``wait4`` alone tells it apart from other children."""
    peak = 0.0
    while True:
        peak = max(peak, _peak_mb(process.pid))
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        time.sleep(0.01)
    process.returncode = os.waitstatus_to_exitcode(status)
    highest = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Done(
        seconds=time.perf_counter() - started,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        peak_mb=peak or highest / 1e6,
        output="",
    )


def _peak_mb(pid: int) -> float:
    """The most memory of a process until now; 0 where there is no /proc.

    ``ru_maxrss`` of a child begins with what its parent held when it was started: the bench, not what is measured.
    """
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def part(name: str, *arguments: object) -> dict[str, Any]:
    """``python -m bench.NAME``, which writes one JSON object; with the peak memory of the process in it."""
    done = run(sys.executable, "-m", f"bench.{name}", *arguments)
    result: dict[str, Any] = json.loads(done.output)
    return result | {"peak_mb": done.peak_mb}


def mailbot() -> Path:
    """The command, as it was installed beside the Python that runs this."""
    return Path(sys.executable).with_name("mailbot")
