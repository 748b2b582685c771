"""The demo's conversation: every mail is decided as a good coordinator would, and can be sent as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailbot.adapters.files import load_policy
from mailbot.adapters.store import open_store
from mailbot.cli.demonstrating import DESK, VISIT
from mailbot.core.decisions import Enqueue, OpenHold, Processed, PutRegistration, RecordBounce
from mailbot.core.deliveries import OutgoingMessage
from mailbot.core.language import Localized
from mailbot.core.policy import Desk, Limits, Policy
from mailbot.core.registrations import Registration, RegistrationStatus
from mailbot.demo.conversation import SampleMail, as_sent, mails
from mailbot.service.explaining import replay

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    processed: dict[str, Processed]
    registrations: tuple[Registration, ...]


@pytest.fixture(scope="module")
def policy() -> Policy:
    desk = Desk(
        name=Localized(fr="Inscriptions"),
        addresses=DESK,
        signature=Localized(fr="L’équipe"),
        secret=b"a secret of at least sixteen bytes",
    )
    policy, problems = load_policy(desk, Limits(), ROOT / "rules", ROOT / "templates")
    assert policy is not None, problems
    return policy


def play(policy: Policy, samples: Sequence[SampleMail]) -> Played:
    answers: dict[str, OutgoingMessage] = {}
    found: dict[str, Processed] = {}

    def conversation() -> Iterator[tuple[str, bytes]]:
        for sample in samples:
            yield sample.name, as_sent(sample, answers.get(sample.answers or "")).content

    store = open_store("sqlite://")
    for name, processed in replay(conversation(), store, policy, now=None, fallback=datetime.now(UTC)):
        assert processed is not None, f"{name} is a copy of an earlier one"
        found[name] = processed
        for reply in (e.message for e in processed.decision.effects if isinstance(e, Enqueue)):
            answers[name] = reply
    with store.begin() as tx:
        registrations = tuple(tx.registrations())
    store.close()
    return Played(processed=found, registrations=registrations)


@pytest.fixture(scope="module")
def played(policy: Policy) -> Played:
    return play(policy, mails())


# name, disposition, what is written, the answer, its language
EXPECTED = [
    ("01-register-fr", "accept", ["registered Nadia Benkirane"], "confirmed", "fr"),
    ("02-past-with-replay-fr", "accept", [], "past", "fr"),
    ("03-register-nl", "accept", ["registered Pieter Cools"], "confirmed", "nl"),
    ("04-lab-added-nl", "accept", ["changed Pieter Cools lab=nuisance"], "changed", "nl"),
    ("05-ambiguous-en", "hold", [], "which-event", "en"),
    ("06-event-chosen-en", "accept", ["registered Tomasz Zielinski lab=polarisation"], "confirmed", "en"),
    (
        "07-two-people-fr",
        "accept",
        ["registered Sophie Maréchal lab=governance", "registered Aurélie Fontaine lab=governance"],
        "confirmed",
        "fr",
    ),
    ("08-lab-chosen-de", "accept", ["registered Jürgen Brückner lab=young-offenders"], "confirmed", "de"),
    ("09-cancel-de", "accept", ["cancelled Jürgen Brückner lab=young-offenders"], "cancelled", "de"),
    ("10-calendar-decline-en", "accept", ["cancelled Tomasz Zielinski lab=polarisation"], "cancelled", "en"),
    ("11-not-yet-open-fr", "accept", ["interest Samira Haddouchi 2021-05-06"], "not-open", "fr"),
    ("12-session-chosen-nl", "accept", ["registered Els Wouters 2021-04-01"], "confirmed", "nl"),
    ("13-out-of-office-nl", "discard", [], None, None),
    ("14-session-missing-fr", "accept", ["asked Karim Lebrun"], "which-session", "fr"),
    ("15-sessions-chosen-fr", "accept", ["registered Karim Lebrun 2021-03-23 2021-05-06"], "confirmed", "fr"),
    ("16-change-nl", "accept", ["changed Els Wouters 2021-05-06"], "changed", "nl"),
    ("17-elsewhere-en", "accept", [], "elsewhere", "en"),
    ("18-question-answered-fr", "accept", [], "answer", "fr"),
    ("19-web-form-nl", "accept", [], "elsewhere", "nl"),
    ("20-forwarded-flyer-fr", "hold", [], "passed-on", "fr"),
    ("21-in-person-fr", "accept", ["registered Caroline Lemaire in-person schaerbeek"], "confirmed", "fr"),
    ("22-online-nl", "accept", ["registered Wim De Backer online molenbeek"], "confirmed", "nl"),
    ("23-question-answered-en", "accept", [], "answer", "en"),
    ("24-open-question-fr", "hold", ["registered Émilie Roussel in-person"], "confirmed", "fr"),
    ("25-bounce-en", "discard", [], None, None),
    ("26-needs-told-de", "hold", [], "passed-on", "de"),
    ("27-newsletter-nl", "discard", [], None, None),
    ("28-change-fr", "accept", ["changed Caroline Lemaire online schaerbeek"], "changed", "fr"),
    ("29-thanks-nl", "discard", [], None, None),
]


@pytest.mark.parametrize(
    ("name", "disposition", "written", "reply", "language"), EXPECTED, ids=[e[0] for e in EXPECTED]
)
def test_each_mail_is_decided_as_a_good_coordinator_would(
    played: Played, name: str, disposition: str, written: list[str], reply: str | None, language: str | None
) -> None:
    decision = played.processed[f"{name}.eml"].decision
    puts = [_told(e) for e in decision.effects if isinstance(e, PutRegistration)]
    replies = [(e.message.kind, e.message.language) for e in decision.effects if isinstance(e, Enqueue)]
    assert decision.disposition == disposition
    assert puts == written
    assert replies == ([(f"registrant-{reply}", language)] if reply else [])


def _told(put: PutRegistration) -> str:
    r = put.registration
    sessions = [key.rpartition("/")[2] for key in r.sessions if "/" in key]
    choices = [f"{choice}={option}" for choice, option in r.choices.items()]
    return " ".join([put.change, r.name or "", *sessions, *choices, *filter(None, (r.mode, r.pickup))])


def test_the_table_holds_every_mail_and_they_are_in_the_order_of_their_dates() -> None:
    samples = mails()
    assert [sample.name for sample in samples] == [f"{expected[0]}.eml" for expected in EXPECTED]
    assert [sample.at for sample in samples] == sorted(sample.at for sample in samples)
    assert samples[-1].at < VISIT


def test_every_language_is_written_in_and_answered_in() -> None:
    assert {language for *_, language in EXPECTED if language} == {"fr", "nl", "en", "de"}


@pytest.mark.parametrize(
    ("question", "answer", "disposition", "written"),
    [
        ("14-session-missing-fr", "1 et 3", "accept", ["registered Karim Lebrun 2021-03-23 2021-05-06"]),
        ("14-session-missing-fr", "Le 1 avril, merci.", "accept", ["registered Karim Lebrun 2021-04-01"]),
        (
            "14-session-missing-fr",
            "Graag op 1 april en 6 mei",
            "accept",
            ["registered Karim Lebrun 2021-04-01 2021-05-06"],
        ),
        ("14-session-missing-fr", "Merci !", "hold", []),
        ("14-session-missing-fr", "Finalement je ne pourrai pas participer.", "accept", ["cancelled Karim Lebrun"]),
        ("05-ambiguous-en", "1", "accept", ["registered Tomasz Zielinski"]),
        ("05-ambiguous-en", "2", "accept", ["interest Tomasz Zielinski"]),
        ("05-ambiguous-en", "The workshops", "accept", ["interest Tomasz Zielinski"]),
        ("05-ambiguous-en", "That one, thanks", "hold", []),
    ],
)
def test_an_answer_to_our_question_needs_no_word_of_registering(
    policy: Policy, question: str, answer: str, disposition: str, written: list[str]
) -> None:
    asked = next(s for s in mails() if s.name == f"{question}.eml")
    answers = next(s for s in mails() if s.answers == asked.name)
    head, blank, _ = answers.content.partition(b"\n\n")
    short = replace(answers, content=head + blank + answer.encode() + b"\n")
    decision = play(policy, (asked, short)).processed[short.name].decision
    assert decision.disposition == disposition
    assert [_told(e) for e in decision.effects if isinstance(e, PutRegistration)] == written


def test_flagged_mails_tell_why(played: Played) -> None:
    reasons = {
        name: effect.reasons
        for name, processed in played.processed.items()
        for effect in processed.decision.effects
        if isinstance(effect, OpenHold)
    }
    assert "forwarded" in reasons["20-forwarded-flyer-fr.eml"]
    assert reasons["24-open-question-fr.eml"] == ("open-question",)
    assert reasons["05-ambiguous-en.eml"] == ("event-ambiguous",)
    assert len(reasons) == 4


def test_the_bounce_is_about_the_mail_that_the_desk_sent(played: Played) -> None:
    sent = next(
        e.message for e in played.processed["24-open-question-fr.eml"].decision.effects if isinstance(e, Enqueue)
    )
    bounce = next(e for e in played.processed["25-bounce-en.eml"].decision.effects if isinstance(e, RecordBounce))
    assert (bounce.message_id, bounce.recipient, bounce.status) == (sent.message_id, sent.envelope_to, "5.2.2")


def test_a_cancelled_place_is_no_longer_on_file_as_confirmed(played: Played) -> None:
    cancelled = {r.name for r in played.registrations if r.status is RegistrationStatus.CANCELLED}
    assert cancelled == {"Jürgen Brückner", "Tomasz Zielinski"}


def test_mails_are_sent_as_mail_programs_send_them() -> None:
    for sample in mails():
        sent = as_sent(replace(sample, answers=None), None)
        assert b"X-Demo" not in sent.content
        assert not re.search(rb"(?<!\r)\n", sent.content)
        assert sample.answers or sent.recipient in DESK, sample.name


def test_a_mail_that_answers_nothing_is_refused() -> None:
    sample = next(s for s in mails() if s.answers)
    with pytest.raises(ValueError, match="there was none"):
        as_sent(sample, None)


def test_people_and_houses_are_invented() -> None:
    for sample in mails():
        text = sample.content.decode("utf-8")
        domains = {domain.lower() for domain in re.findall(r"@([A-Za-z0-9.-]+\.[a-z]+)", text)}
        assert all(domain.endswith(".example") for domain in domains), (sample.name, domains)


def _sample(content: bytes) -> SampleMail:
    at = datetime(2021, 1, 1, tzinfo=UTC)
    return SampleMail(name="x.eml", at=at, sender="", content=content, note="", answers="y.eml")


def test_what_our_answer_lacks_cannot_be_taken_from_it() -> None:
    ours = OutgoingMessage(
        id="i",
        kind="registrant-answer",
        language="en",
        envelope_from=DESK[0],
        envelope_to="a@b.example",
        subject="s",
        text="one\n\ntwo\n",
        message_id="<i@x.example>",
        content=b"Reply-To: desk+token@x.example\r\n\r\ntext",
    )
    filled = as_sent(_sample(b"To: {{reply-to}}\nIn-Reply-To: {{message-id}}\n\n{{quoted}}\n"), ours)
    assert filled.recipient == "desk+token@x.example"
    assert filled.content.endswith(b"In-Reply-To: <i@x.example>\r\n\r\n> one\r\n>\r\n> two\r\n")
    with pytest.raises(ValueError, match="calendar-uid"):
        as_sent(_sample(b"To: a@b.example\n\n{{calendar-uid}}"), ours)
