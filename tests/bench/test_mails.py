"""The mails of the bench are as clear as it says: each of the thousand is confirmed, so that its figures compare."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from bench.mails import mail
from bench.training.mails import ROOT, policy_for
from mailbot.adapters.event_files import load_events
from mailbot.core.event_index import build_index
from mailbot.service.explaining import explain


def test_every_mail_is_confirmed() -> None:
    events, problems = load_events(ROOT / "bench" / "events")
    assert not problems
    index = build_index(events)
    policy = replace(policy_for("texts"), events=index.events, index=index)
    now = datetime(2026, 11, 23, 10, tzinfo=UTC)
    seen = [explain(mail(number), policy, now=None, fallback=now) for number in range(1_000)]
    waiting = {number: e.reading.doubts for number, e in enumerate(seen) if e.decision.disposition != "accept"}
    assert not waiting
