"""``mailbot holds``: a coordinator settles what waits."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from mailbot.core.message import MailboxKey, RawMessage
from mailbot.service.processing import broken
from tests.cli.conftest import DeskFolder, mail

UNSURE = mail(
    "Zoé Peeters <zoe@home.example>",
    "Pique-nique",
    "Bonjour,\r\n\r\nJe voudrais m'inscrire au pique-nique du 6 juin. Y a-t-il un ascenseur ?\r\n\r\nZoé Peeters",
    1,
)
QUESTION = mail(
    "Jan Claes <jan@home.example>", "Picknick", "Dag,\r\n\r\nMag mijn hond mee naar de picknick?\r\n\r\nJan Claes", 2
)
NOTHING = mail("ann@home.example", "?", "Blurb.", 3)


def ids(desk: DeskFolder, *options: str) -> list[str]:
    found = [json.loads(line) for line in desk.run("holds list --json", *options).stdout.splitlines()]
    return [hold["id"] for hold in found]


@pytest.fixture
def waiting(desk: DeskFolder) -> DeskFolder:
    desk.receive(QUESTION)
    return desk


def test_nothing_waits_at_first(desk: DeskFolder) -> None:
    result = desk.run("holds list")
    assert result.exit_code == 0
    assert result.stdout == "Nothing waits for you.\n"


def test_the_list_says_who_what_and_why_within_eighty_columns(waiting: DeskFolder) -> None:
    shown = waiting.run("holds list").stdout
    assert "jan@home.example" in shown
    assert "asks something that the event's description does not answer" in " ".join(shown.split())
    # 09:30 UTC is 10:30 in Brussels
    assert "01/03 10:30" in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert "\x1b" not in shown


def test_show_has_the_mail_its_evidence_and_what_can_be_done(waiting: DeskFolder) -> None:
    shown = waiting.run("holds show", ids(waiting)[0]).stdout
    for words in ("Mag mijn hond mee", "understood", "event.name.picnic", "holds dismiss", "Approving does nothing"):
        assert words in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_show_has_the_exact_answer_that_approving_sends(desk: DeskFolder) -> None:
    desk.receive(
        mail("Zoé P <zoe@home.example>", "Re: pique-nique", "Je m'inscris le 6 juin. Je viens en chaise roulante.", 4)
    )
    (held,) = ids(desk)
    shown = json.loads(desk.run("holds show --json", held).stdout)
    reply = shown["approving"]["replies"][0]
    assert reply["to"] == "zoe@home.example"
    assert " ".join(reply["text"].split())[:60] in " ".join(desk.run("holds show", held).stdout.split())
    approved = json.loads(desk.run("holds approve --json", held).stdout)
    assert approved["done"]
    assert approved["replies"] == [{"to": reply["to"], "subject": reply["subject"]}]
    assert "zoe@home.example" in desk.run("registrations list").stdout
    assert ids(desk) == []


def test_a_note_goes_out_with_the_approved_answer(desk: DeskFolder) -> None:
    desk.receive(
        mail("Zoé P <zoe@home.example>", "Re: pique-nique", "Je m'inscris le 6 juin. Je viens en chaise roulante.", 4)
    )
    result = desk.run("holds approve", ids(desk)[0], "--note", "Oui, il y a un ascenseur.")
    assert result.exit_code == 0, result.output
    assert sent_texts(desk, "zoe@home.example")[-1].count("Oui, il y a un ascenseur.") == 1


def sent_texts(desk: DeskFolder, address: str) -> list[str]:
    with desk.on_file() as tx:
        found = sorted(tx.deliveries(), key=lambda delivery: delivery.queued_at)
    return [d.message.text for d in found if d.message.envelope_to == address]


def test_an_open_question_is_not_approved_away(waiting: DeskFolder) -> None:
    result = waiting.run("holds approve", ids(waiting)[0])
    assert result.exit_code == 1
    assert "a question waits for an answer" in result.stderr
    assert len(ids(waiting)) == 1


def test_dismissing_with_an_answer_sends_it_and_settles(waiting: DeskFolder) -> None:
    (held,) = ids(waiting)
    result = waiting.run("holds dismiss", held, "--answer", "Ja, aan de leiband.", "--by", "Els")
    assert result.exit_code == 0, result.output
    text = sent_texts(waiting, "jan@home.example")[-1]
    assert "Ja, aan de leiband." in text
    assert text.startswith("Beste")
    assert ids(waiting) == []
    assert "dismissed by Els" in waiting.run("holds list --all").stdout


def test_what_is_settled_is_not_settled_again(waiting: DeskFolder) -> None:
    (held,) = ids(waiting)
    assert waiting.run("holds dismiss", held, "--by", "Els").exit_code == 0
    for command in ("approve", "dismiss"):
        again = waiting.run(f"holds {command}", held)
        assert again.exit_code == 1
        assert "is settled already: dismissed by Els" in again.stderr


def test_a_correction_is_carried_out(desk: DeskFolder) -> None:
    desk.receive(NOTHING)
    (held,) = ids(desk)
    result = desk.run(
        "holds correct",
        held,
        *("--kind", "register", "--event", "picnic", "--session", "picnic/2099-06-13"),
        *("--person", "Ann Maes <ann@home.example>", "--choice", "basket=cheese", "--language", "nl"),
    )
    assert result.exit_code == 0, result.output
    listed = desk.run("registrations list").stdout
    assert "Ann Maes" in listed
    assert "2099-06-13 cheese" in listed
    assert sent_texts(desk, "ann@home.example")[-1].startswith("Beste Ann Maes")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--event", "ball"), "event 'ball' is unknown; write one of picnic"),
        (("--event", "picnic", "--session", "x"), "session 'x' is unknown; write one of picnic/2099-06-06"),
        (("--session", "x"), "session 'x' is unknown; write one of picnic/2099-06-06"),
        (("--event", "picnic", "--choice", "basket=fish"), "choice basket=fish is unknown; write basket="),
        (("--event", "picnic", "--choice", "fish"), "'fish' is no choice; write it as lab=nuisance"),
        (("--event", "picnic", "--pickup", "x"), "pick-up place 'x' is unknown; write one of kiosk"),
        (("--kind", "dance"), "kind 'dance' is unknown; write one of register"),
        (("--mode", "swimming"), "--mode is in-person or online"),
        (("--language", "es"), "--language is one of fr, nl, en, de"),
        ((), "say what is to be corrected"),
    ],
)
def test_a_correction_of_what_does_not_exist_is_wrong_use(
    waiting: DeskFolder, arguments: tuple[str, ...], words: str
) -> None:
    result = waiting.run("holds correct", ids(waiting)[0], *arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert len(ids(waiting)) == 1


def test_the_event_must_be_known_to_correct_what_is_chosen_of_it(desk: DeskFolder) -> None:
    desk.receive(NOTHING)
    result = desk.run("holds correct", ids(desk)[0], "--kind", "register", "--session", "picnic/2099-06-06")
    assert result.exit_code == 2
    assert "write it too: --event KEY" in result.stderr


@pytest.mark.parametrize("command", ["show", "approve", "dismiss"])
def test_unknown_and_ambiguous_ids_are_told_apart(desk: DeskFolder, command: str) -> None:
    unknown = desk.run(f"holds {command}", "zzzz")
    assert unknown.exit_code == 2
    assert "there is no hold 'zzzz'" in unknown.stderr
    # 33 holds cannot all begin differently: ids are written in 32 letters and digits
    desk.receive(*(mail(f"a{n}@home.example", "?", f"Blurb {n}.", n) for n in range(33)))
    beginnings = [key[0] for key in ids(desk)]
    letter = next(first for first in beginnings if beginnings.count(first) > 1)
    ambiguous = desk.run(f"holds {command}", letter)
    assert ambiguous.exit_code == 2
    assert f"several holds begin with {letter!r}" in ambiguous.stderr


def test_a_registration_with_an_open_question_says_that_a_colleague_answers(desk: DeskFolder) -> None:
    desk.receive(UNSURE)
    (text,) = sent_texts(desk, "zoe@home.example")
    assert "confirmée" in text
    assert "transmis" in text


def test_a_mail_that_broke_mailbot_can_be_looked_at(desk: DeskFolder) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    key = MailboxKey(account="main", folder="INBOX", uidvalidity=1, uid=9)
    raw = RawMessage(key=key, content=b"Subject: odd\r\n\r\nthe words of it\r\n", received_at=now, size=32)
    with desk.on_file() as tx:
        tx.apply(broken(raw, "0" * 64, now, "ValueError: a bug"))
    (held,) = ids(desk)
    shown = desk.run("holds show", held)
    assert shown.exit_code == 0
    assert "the words of it" in shown.stdout
    assert "mailbot could not process this mail" in shown.stdout
    assert desk.run("holds approve", held).exit_code == 1, "there is nobody to answer"
    assert desk.run("holds dismiss", held).exit_code == 0
