"""The language of short texts, of texts full of names, and of mixed ones."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from mailbot.core.language import LANGUAGES
from mailbot.core.language_of import language_of
from mailbot.core.lexicon_files import lexicon_from

ROOT = Path(__file__).resolve().parents[2]
FOUND, _ = lexicon_from(
    {f"{x}.toml": tomllib.loads((ROOT / f"rules/lexicon/{x}.toml").read_text("utf-8")) for x in LANGUAGES}
)
assert FOUND is not None
LEXICONS = FOUND


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ok merci", "fr"),
        ("ik kom", "nl"),
        ("count me in", "en"),
        ("bin dabei", "de"),
        ("bjr je viens dsl", "fr"),
        ("Je viens, Jan Van den Broeck, Kortrijksesteenweg 12, 9000 Gent", "fr"),
        ("Ik kom, Marie-Françoise Lefèbvre, Avenue de la Liberté 3, Liège", "nl"),
        ("Bonjour, ich schreibe auf Deutsch weiter und melde mich an.", "de"),
        ("Hello, je voudrais m'inscrire pour la formation.", "fr"),
        ("Beste, I will attend the training, thank you.", "en"),
    ],
)
def test_the_language_is_that_of_the_words(text: str, language: str) -> None:
    assert language_of(text, LEXICONS).language == language


SHORT = [line.split("\t") for line in (ROOT / "tests/data/mail/languages.tsv").read_text("utf-8").splitlines()]


@pytest.mark.parametrize(("language", "text"), SHORT, ids=[text for _, text in SHORT])
def test_short_mails_and_mails_full_of_names(language: str, text: str) -> None:
    assert language_of(text, LEXICONS).language == language


@pytest.mark.parametrize("text", ["", "12345", "https://www.example/de/het/een", "??? !!!"])
def test_where_nothing_tells_there_is_no_language(text: str) -> None:
    assert language_of(text, LEXICONS).language is None


def test_a_half_and_half_text_is_not_sure() -> None:
    assert not language_of("Je viens demain avec mon collègue, ik kom morgen met mijn collega", LEXICONS).sure
