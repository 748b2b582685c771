"""mailbot's whole way over one full mailbox: fetch, read, decide, record, answer with a calendar file, move."""

from __future__ import annotations

import json
import sqlite3
import zlib
from pathlib import Path
from typing import Any

from bench.children import Failed, mailbot, run
from bench.desk import Desk


def measure(desk: Desk, mails: int) -> dict[str, Any]:
    """Raises ``Failed`` where any mail was not answered by a confirmation with its calendar file."""
    timings = desk.folder / "timings.json"
    done = run(mailbot(), "once", *desk.options, "--process-existing", "--timings", timings)
    confirmed, calendars = _confirmed(desk.database)
    if not confirmed == calendars == mails:
        raise Failed(f"of {mails} mails {confirmed} were confirmed, {calendars} of them with a calendar file")
    figures: dict[str, Any] = json.loads(timings.read_text("utf-8"))
    return figures | {"peak_mb": done.peak_mb}


def _confirmed(database: Path) -> tuple[int, int]:
    """How many confirmations were sent, and how many of them hold a calendar."""
    with sqlite3.connect(database) as connection:
        rows = connection.execute(
            "SELECT c.content FROM deliveries d JOIN delivery_contents c ON c.number = d.number "
            "WHERE d.status = 'sent' AND d.kind = 'registrant-confirmed'"
        ).fetchall()
    connection.close()
    return len(rows), sum(b"text/calendar" in zlib.decompress(row[0]) for row in rows)
