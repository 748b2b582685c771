"""The figures as tables for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

#: what is to be reached; ``make bench`` shows it and does not fail on it, for machines differ
RATIO, RATIO_LATER = 0.25, 0.5
DAEMON_MB, READER_MB = 120, 100
ANSWER_SECONDS = 2
FACTOR = 1.5
READ_MS = 10

Row = tuple[str, str, str, bool | None]

_PHASES = {
    "select": "open the mailbox",
    "search": "search for new mail",
    "fetch": "fetch",
    "parse": "parse",
    "facts": "look up what is on file",
    "read": "read",
    "decide": "decide and write the answer",
    "answer": "answer",
    "record": "record",
    "commit": "commit",
    "move": "move, or mark as seen",
    "claim": "take from the outbox",
    "send": "send",
    "settle": "note as sent",
}


def show(console: Console, figures: Mapping[str, Any]) -> None:
    floor, whole = figures.get("floor"), figures.get("whole")
    if floor and whole:
        console.print(_speed(floor, whole, figures["ratio"]))
        console.print(_phases(floor, whole))
    rows = [*_rows(figures)]
    if rows:
        table = Table("", "measured", "wanted", title="beside it", title_style="bold", title_justify="left", box=None)
        for name, measured, wanted, good in rows:
            color = "" if good is None else "green" if good else "red"
            table.add_row(name, Text(measured, style=color), Text(wanted, style="dim"))
        console.print(table)


def _speed(floor: Mapping[str, Any], whole: Mapping[str, Any], ratio: float) -> Table:
    title = f"{whole['processed']} registrations by mail, each confirmed with a calendar file"
    table = Table("", title=title, title_style="bold", title_justify="left", box=None)
    for name in ("mails/s", "CPU ms/mail", "peak MB"):
        table.add_column(name, justify="right")
    for name, one in (
        ("the lean floor", floor),
        ("mailbot's whole way", whole),
    ):
        speed, cpu = one["processed"] / one["seconds"], 1000 * one["cpu_seconds"] / one["processed"]
        table.add_row(name, f"{speed:.0f}", f"{cpu:.2f}", f"{one['peak_mb']:.0f}")
    style = "green" if ratio >= RATIO else "red"
    table.add_row("its share of the floor's speed", Text(f"{ratio:.2f}", style=style), "", "")
    table.add_row(Text(f"wanted: {RATIO:.2f} now, {RATIO_LATER:.2f} later", style="dim"), "", "", "")
    table.caption = "The floor fetches, parses, inserts a row and sends ready bytes; it understands and keeps nothing."
    return table


def _phases(floor: Mapping[str, Any], whole: Mapping[str, Any]) -> Table:
    table = Table("", title="where the time goes, ms/mail", title_style="bold", title_justify="left", box=None)
    for name in ("mailbot", "floor"):
        table.add_column(name, justify="right")
    for phase, told in _PHASES.items():
        cells = [
            f"{1000 * one['phases'][phase] / one['processed']:.3f}" if phase in one["phases"] else ""
            for one in (whole, floor)
        ]
        if any(cells):
            table.add_row(told, *cells)
    return table


def _rows(figures: Mapping[str, Any]) -> Iterator[Row]:
    if daemon := figures.get("daemon"):
        peak, median, longest = daemon["peak_mb"], daemon["median_s"], daemon["longest_s"]
        yield (
            f"memory of the daemon, at most, over {daemon['mails']} mails",
            f"{peak:.0f} MB",
            f"< {DAEMON_MB} MB",
            peak < DAEMON_MB,
        )
        yield (
            f"from delivery to answer, with IDLE ({daemon['answers']} mails)",
            f"median {median:.2f} s, longest {longest:.2f} s",
            f"< {ANSWER_SECONDS} s",
            longest < ANSWER_SECONDS,
        )
    if polls := figures.get("polls"):
        yield (
            f"a poll of {polls['messages']:,} settled messages, of an empty mailbox",
            f"{polls['full_ms']:.2f} ms, {polls['empty_ms']:.2f} ms: × {polls['factor']:.2f}",
            f"× {FACTOR} at most",
            polls["factor"] <= FACTOR,
        )
    if registry := figures.get("registry"):
        yield (
            f"CPU a new mail with {registry['registrations']:,} registrations on file, with none",
            f"{registry['full_ms']:.2f} ms, {registry['empty_ms']:.2f} ms: × {registry['factor']:.2f}",
            "",
            None,
        )
    if reader := figures.get("reader"):
        yield (
            f"CPU from bytes to decision, {reader['mails']} different mails",
            f"median {reader['median_ms']:.2f} ms, 99 % {reader['p99_ms']:.2f} ms, slowest {reader['slowest_ms']:.1f} ms",
            f"median < {READ_MS} ms",
            reader["median_ms"] < READ_MS,
        )
        yield (
            "memory of the reader, at most",
            f"{reader['peak_mb']:.0f} MB",
            f"< {READER_MB} MB",
            reader["peak_mb"] < READER_MB,
        )
