"""Saved mails the whole way from bytes to the decision: broken ones, and ones that cannot be read."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from fuzz.checks import whole_way
from mailbot.core.decisions import PutRegistration
from mailbot.core.policy import Policy
from mailbot.service.explaining import explain

MAIL = Path(__file__).parents[1] / "data/mail"
NOW = datetime(2021, 9, 1, tzinfo=UTC)


@pytest.mark.parametrize("path", sorted(MAIL.rglob("*.eml")), ids=lambda path: path.stem)
def test_a_broken_mail_comes_to_a_decision(path: Path, shipped: Policy) -> None:
    assert whole_way(path.read_bytes(), shipped, NOW) is None


@pytest.mark.parametrize("name", ["smime-encrypted", "pgp-mime-encrypted", "tnef-alone", "mime-nested-60-deep"])
def test_what_cannot_be_read_is_held_whatever_its_subject_says(name: str, shipped: Policy) -> None:
    content = (MAIL / f"broken/{name}.eml").read_bytes()
    content = content.replace(b"Subject: inscription", b"Subject: Je m'inscris a la formation Album du 16 septembre")
    decision = explain(content, shipped, now=NOW, fallback=NOW).decision
    assert decision.disposition == "hold"
    assert decision.hits[0].reason == "unreadable"
    assert not any(isinstance(effect, PutRegistration) for effect in decision.effects)
