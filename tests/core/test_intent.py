"""What people want, phrase by phrase: tests/data/reading/phrases.tsv, written for this test and not taken from any mail."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from mailbot.core.intent import Intent, Said, intent_of
from mailbot.core.intent_signs import signs
from mailbot.core.language import LANGUAGES
from mailbot.core.language_of import language_of
from mailbot.core.lexicon_files import lexicon_from
from mailbot.core.phrases import Words, passage, used_lexicons

ROOT = Path(__file__).resolve().parents[2]
LINES = [
    tuple(line.split("\t"))
    for line in (ROOT / "tests/data/reading/phrases.tsv").read_text("utf-8").splitlines()
    if line.strip()
]
FOUND, _ = lexicon_from(
    {f"{x}.toml": tomllib.loads((ROOT / f"rules/lexicon/{x}.toml").read_text("utf-8")) for x in LANGUAGES}
)
assert FOUND is not None
LEXICONS = FOUND


def understood(text: str, *, is_reply: bool = False, to_confirmation: bool = False, **said: bool) -> Intent:
    used = used_lexicons(language_of(text, LEXICONS), LEXICONS)
    words = Words(
        lexicons=used,
        body=passage(text, used),
        subject=passage("", used),
        subject_only=False,
        is_reply=is_reply or to_confirmation,
        to_confirmation=to_confirmation,
    )
    return intent_of(words, signs(words), Said(event=True, **said))


@pytest.mark.parametrize(("kind", "language", "text"), LINES)
def test_a_phrase_is_understood(kind: str, language: str, text: str) -> None:
    assert understood(text).kind == kind
    assert language_of(text, LEXICONS).language == language


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Bitte tragen Sie mich für den 3. ein, ich schalte mich von Raeren aus zu.", "register"),
        ("Bitte tragen Sie mich für den 3. aus, ein Termin kam dazwischen.", "cancel"),
    ],
)
def test_a_verb_ends_with_its_first_particle(text: str, kind: str) -> None:
    assert understood(text).kind == kind


@pytest.mark.parametrize(
    ("text", "said", "kind"),
    [
        ("Finalement je préfère suivre en ligne.", {"mode": True}, "change"),
        ("J'irai le chercher rue de Bonne.", {"pickup": True}, "change"),
        ("Ik kies toch voor lab 2.", {"choices": True}, "change"),
        ("Could you move me to the other session?", {"sessions": True}, "change"),
        ("Mein Name ist falsch geschrieben.", {}, "change"),
        ("Est-ce que je peux passer à la séance du 22 à la place ?", {"sessions": True}, "change"),
        ("Schuif mij maar door naar die van januari.", {"sessions": True}, "change"),
        ("Please switch us both to the afternoon.", {"sessions": True}, "change"),
        ("Buchen Sie mich bitte auf den zweiten Termin um.", {"sessions": True}, "change"),
        ("Ik volg morgen dan maar via internet.", {"mode": True}, "change"),
        ("Merci, à jeudi !", {}, "thanks"),
        ("Rien à annuler, merci.", {}, "thanks"),
        ("Je ne pourrai pas venir.", {}, "cancel"),
        ("Ma collègue viendra à ma place.", {"others": True}, "change"),
        ("Ma collègue renonce à sa place.", {"others": True}, "cancel"),
    ],
)
def test_what_is_meant_in_answer_to_a_confirmation(text: str, said: dict[str, bool], kind: str) -> None:
    assert understood(text, to_confirmation=True, **said).kind == kind


@pytest.mark.parametrize(
    "text",
    [
        "J'ai annulé ma réunion pour venir.",
        "Ik heb mijn afspraak geannuleerd om te kunnen komen.",
        "I cancelled my appointment so I can attend.",
        "Mein Termin wurde abgesagt, ich kann also doch teilnehmen.",
    ],
)
def test_something_else_that_was_cancelled_is_no_cancellation(text: str) -> None:
    assert understood(text).kind != "cancel"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("OK pour le 2 et le 3 en ce qui me concerne. Pour juin on verra.", "register"),
        ("OK pour moi peut-être.", "other"),
    ],
)
def test_yes_to_some_dates_of_an_invitation_and_not_yet_to_others(text: str, kind: str) -> None:
    assert understood(text, is_reply=True, sessions=True).kind == kind
