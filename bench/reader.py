"""The reader alone: CPU from the bytes of a mail to the decision, over many different mails, and the memory it takes."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from mailbot.adapters.files import load_policy
from mailbot.adapters.settings_file import desk_of, load_settings
from mailbot.core.policy import Policy
from mailbot.service.explaining import explain

#: passes over all mails; of each mail the quickest counts, so that a busy machine does not
_PASSES = 3


def policy_of(config: Path, rules: Path, templates: Path) -> Policy:
    settings, problems = load_settings(config)
    if settings is None:
        sys.exit("\n".join(map(str, problems)))
    policy, problems = load_policy(desk_of(settings), settings.limits, rules, templates)
    if policy is None:
        sys.exit("\n".join(map(str, problems)))
    return policy


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--rules", type=Path, required=True)
    parser.add_argument("--templates", type=Path, required=True)
    parser.add_argument("folders", type=Path, nargs="+")
    given = parser.parse_args()
    policy = policy_of(given.config, given.rules, given.templates)
    paths = sorted(path for folder in given.folders for path in folder.rglob("*.eml"))
    if not paths:
        sys.exit(f"no .eml files in {', '.join(map(str, given.folders))}")
    now = datetime.now(UTC)
    milliseconds = [float("inf")] * len(paths)
    for _ in range(_PASSES + 1):  # the first one compiles phrases and templates
        for number, path in enumerate(paths):
            content = path.read_bytes()  # not all kept: it is the reader's memory that is told
            started = time.thread_time()
            explain(content, policy, now=None, fallback=now)
            milliseconds[number] = min(milliseconds[number], 1000 * (time.thread_time() - started))
    slowest = max(range(len(paths)), key=milliseconds.__getitem__)
    figures = {
        "mails": len(paths),
        "median_ms": statistics.median(milliseconds),
        "p99_ms": statistics.quantiles(milliseconds, n=100, method="inclusive")[98],
        "slowest_ms": milliseconds[slowest],
        "slowest": str(paths[slowest]),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
