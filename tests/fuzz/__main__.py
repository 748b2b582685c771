"""Mutated mails through parsing, and every so many the whole way to the decision; what breaks is kept.

    python -m tests.fuzz [--count 1000000] [--seed 1] [--start 0] [--whole 50] [--mails FOLDER ...] [--found FOLDER]

Input N of a seed is always the same: ``--start N --count 1`` gives it again. Exit code 1 where anything was found.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path

from mailbot.adapters.files import load_policy
from mailbot.adapters.settings_file import load_settings
from mailbot.core.language import Localized
from mailbot.core.mime import content_hash, parse
from mailbot.core.policy import Desk, Limits, Policy
from tests.fuzz.checks import whole_way, wrong_with
from tests.fuzz.mutate import mutated

ROOT = Path(__file__).resolve().parents[2]
#: what is broken about longer ones is their length, which has its own tests
_LONGEST = 8_000
FALLBACK = datetime(2021, 9, 1, tzinfo=UTC)


def main() -> int:
    options = argparse.ArgumentParser(
        prog="fuzz", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--count", type=int, default=1_000_000)
    options.add_argument("--seed", default="1")
    options.add_argument("--start", type=int, default=0)
    options.add_argument("--whole", type=int, default=50, help="every how many go the whole way to the decision")
    options.add_argument("--mails", type=Path, nargs="*", default=[ROOT / "tests", ROOT / "mailbot"])
    options.add_argument("--found", type=Path, default=ROOT / "var" / "fuzz")
    given = options.parse_args()
    base = sound_mails(given.mails)
    policy = policy_of()
    print(f"{given.count} inputs from {len(base)} mails, seed {given.seed}", flush=True)
    found: dict[str, int] = {}
    last = time.monotonic()
    for number in range(given.start, given.start + given.count):
        content = mutated(base, f"{given.seed}:{number}")
        trouble = look_at(content, policy, whole=number % given.whole == 0)
        if trouble:
            found[trouble] = found.get(trouble, 0) + 1
            if found[trouble] <= 3:
                keep(given.found, f"{given.seed}-{number}", content)
                print(f"input {number}: {trouble}", flush=True)
        if time.monotonic() - last > 60:
            last = time.monotonic()
            print(f"… {number + 1 - given.start} inputs, {sum(found.values())} found", flush=True)
    print(f"{given.count} inputs, {sum(found.values())} found")
    for trouble, times in sorted(found.items(), key=lambda item: -item[1]):
        print(f"  {times} x {trouble}")
    return 1 if found else 0


def look_at(content: bytes, policy: Policy, *, whole: bool) -> str | None:
    """What is wrong with how ``content`` is taken, in one line that is the same for the same fault; None: nothing."""
    began = time.process_time()
    try:
        message = parse(content, words=policy.mail_words, limits=policy.limits)
        trouble = wrong_with(message, content, content_hash(content))
        if trouble is None and whole:
            trouble = whole_way(content, policy, FALLBACK)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        at = next((f for f in reversed(frames) if "/mailbot/core/" in f.filename), frames[-1])
        return f"{type(error).__name__} at {Path(at.filename).name}:{at.lineno}: {error!s:.100}"
    # Generous: the machine may be busy, and linear work on a few thousand bytes takes some milliseconds.
    if time.process_time() - began > 1.0 + len(content) / 50_000:
        return f"slow: more than {1.0 + len(content) / 50_000:.0f} s"
    return trouble


def sound_mails(folders: list[Path]) -> list[bytes]:
    files = sorted({file for folder in folders for file in folder.rglob("*.eml")})
    mails = [content for file in files if len(content := file.read_bytes()) < _LONGEST]
    if not mails:
        sys.exit(f"fuzz: no .eml below {', '.join(map(str, folders))}; name a folder that has some with --mails")
    return mails


def policy_of() -> Policy:
    settings, _ = load_settings(ROOT / "config.toml")
    limits = settings.limits if settings else Limits()
    desk = Desk(
        name=Localized(en="Desk"),
        addresses=("desk@desk.example",),
        signature=Localized(en="The desk"),
        secret=b"0" * 32,
    )
    policy, problems = load_policy(desk, limits, ROOT / "rules", ROOT / "templates")
    if policy is None:
        sys.exit("\n".join(map(str, problems)))
    return policy


def keep(folder: Path, name: str, content: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.eml").write_bytes(content)


if __name__ == "__main__":
    sys.exit(main())
