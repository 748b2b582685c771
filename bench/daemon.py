"""The daemon at work: how soon it answers a mail that arrives while it idles, and how much memory it holds at most."""

from __future__ import annotations

import signal
import statistics
import subprocess
import time
from collections.abc import Callable
from typing import Any

from bench.children import Failed, ended, mailbot
from bench.desk import Desk
from bench.mails import DESK, mail
from tests.rigs.dovecot import Dovecot
from tests.rigs.sink import Sink

#: seconds that one mail, and all that wait at the start, may take
_PATIENCE, _PATIENCE_AT_START = 20.0, 240.0


def measure(
    desk: Desk, dovecot: Dovecot, sink: Sink, *, waiting: int, answers: int, tell: Callable[[int], None]
) -> dict[str, Any]:
    """Start it on a mailbox in which ``waiting`` mails lie, then deliver ``answers`` more, one after the other."""
    log = desk.folder / "daemon.log"
    started = time.perf_counter()
    with log.open("wb") as file:
        process = subprocess.Popen(
            [str(mailbot()), "run", *map(str, desk.options), "--process-existing"], stdout=file, stderr=file
        )
    try:

        def answered(number: int, patience: float) -> None:
            deadline = time.perf_counter() + patience
            while len(sink.taken) < number:
                if time.perf_counter() > deadline or process.poll() is not None:
                    raise Failed(f"the daemon answered {len(sink.taken)} of {number} mails:\n{log.read_text()[-3000:]}")
                time.sleep(0.002)

        answered(waiting, _PATIENCE_AT_START)
        seconds: list[float] = []
        for number in range(waiting, waiting + answers):
            time.sleep(0.3)  # it idles again
            delivered = time.perf_counter()
            dovecot.deliver(DESK, mail(number))
            answered(number + 1, _PATIENCE)
            seconds.append(time.perf_counter() - delivered)
            tell(len(seconds))
    finally:
        process.send_signal(signal.SIGTERM)
        done = ended(process, started)
    if process.returncode != 0:
        raise Failed(f"the daemon ended with {process.returncode}:\n{log.read_text()[-3000:]}")
    return {
        "answers": answers,
        "median_s": statistics.median(seconds),
        "longest_s": max(seconds),
        "peak_mb": done.peak_mb,
        "mails": waiting + answers,
    }
