"""The commands. The only place that joins adapters to services.

Exit codes: 0 done, 1 failed, 2 wrong use.
"""

from __future__ import annotations

from mailbot.cli.app import app


def main() -> None:
    app()


__all__ = ["app", "main"]
