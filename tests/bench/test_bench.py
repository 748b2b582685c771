"""``make bench`` runs and gives its figures. How good they are is not tested: machines differ."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.conftest import missing
from tests.rigs import dovecot

ROOT = Path(__file__).resolve().parents[2]


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_every_figure_is_there() -> None:
    try:
        dovecot.binary()
    except FileNotFoundError as error:
        missing(error)
    done = bench(
        *("--mails", "20", "--answers", "2", "--settled", "200", "--registrations", "500", "--json"),
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert set(figures) == {"floor", "whole", "ratio", "daemon", "polls", "registry", "reader"}
    for way in ("floor", "whole"):
        assert figures[way]["processed"] == 20
        assert {"seconds", "cpu_seconds", "peak_mb", "phases"} <= figures[way].keys()
    assert {"parse", "read", "decide", "record", "send"} <= figures["whole"]["phases"].keys()
    assert figures["daemon"].keys() >= {"median_s", "longest_s", "peak_mb"}
    assert figures["polls"]["messages"] == 200
    assert figures["registry"]["registrations"] == 500
    assert figures["reader"]["mails"] > 50
    assert figures["reader"].keys() >= {"median_ms", "p99_ms", "peak_mb"}


def test_an_unknown_part_is_wrong_use() -> None:
    done = bench("--only", "floor,ceiling")
    assert done.returncode == 2
    assert "whole" in done.stderr


def test_a_missing_server_is_named_with_its_package() -> None:
    code = (
        "import sys; from tests.rigs import dovecot\n"
        "def gone(): raise FileNotFoundError('Dovecot is not installed')\n"
        "dovecot.binary = gone\n"
        "from bench.__main__ import app; app(['--only', 'floor'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 1
    assert "dovecot-imapd" in done.stderr
    assert "Traceback" not in done.stderr
