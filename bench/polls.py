"""A poll of a mailbox full of settled messages, beside one of an empty mailbox: by turns, so that both meet the same machine."""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path

from bench.reader import policy_of
from mailbot.adapters.clock import SystemClock
from mailbot.adapters.imap import ImapMailbox, ImapServer
from mailbot.adapters.store import open_store
from mailbot.service.intake import Intake, poll

_ROUNDS = 200


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("config", "rules", "templates", "database"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--imap", type=int, required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("users", nargs=2, help="of the full mailbox, of the empty one")
    given = parser.parse_args()
    policy = policy_of(given.config, given.rules, given.templates)
    intake = Intake(
        store=open_store(f"sqlite:///{given.database}"),
        clock=SystemClock(),
        policy=lambda: policy,
        folders={"processed": "Processed", "review": "To review", "ignored": "Ignored"},
    )
    mailboxes = [
        ImapMailbox(
            ImapServer(host="127.0.0.1", port=given.imap, security="plain", user=user, password=given.password),
            account=user,
        )
        for user in given.users
    ]
    exists = [mailbox.select().exists for mailbox in mailboxes]
    for mailbox in mailboxes:
        poll(intake, mailbox)  # the first one notes what is there already
    spent: list[list[float]] = [[], []]
    for _ in range(_ROUNDS):
        for times, mailbox in zip(spent, mailboxes, strict=True):
            started = time.perf_counter()
            poll(intake, mailbox)
            times.append(1000 * (time.perf_counter() - started))
    full, empty = map(statistics.median, spent)
    print(json.dumps({"messages": exists[0], "full_ms": full, "empty_ms": empty, "factor": full / empty}))


if __name__ == "__main__":
    main()
