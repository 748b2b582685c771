"""Clauses: where they end, and what their words do to what stands in them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from mailbot.core.clauses import clauses
from mailbot.core.language import LANGUAGES, Language
from mailbot.core.lexicon import Lexicon
from mailbot.core.lexicon_files import lexicon_from

ROOT = Path(__file__).resolve().parents[2]
FOUND, _ = lexicon_from(
    {f"{x}.toml": tomllib.loads((ROOT / f"rules/lexicon/{x}.toml").read_text("utf-8")) for x in LANGUAGES}
)
assert FOUND is not None
LEXICONS = FOUND


def one(language: Language) -> dict[Language, Lexicon]:
    return {language: LEXICONS[language]}


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("fr", "Je viens. Merci !", ["Je viens.", "Merci !"]),
        ("fr", "Je m'inscris (et volontiers !) pour le 16.", ["Je m'inscris (et volontiers !) pour le 16."]),
        ("fr", "Avec M. Dupont et le dr. Petit", ["Avec M. Dupont et le dr. Petit"]),
        ("nl", "Ik kom op 16.09. om 9 uur", ["Ik kom op 16.09. om 9 uur"]),
        ("fr", "Pas le 6 mai mais le 17 juin", ["Pas le 6 mai", "mais le 17 juin"]),
        ("fr", "En ligne au lieu de sur place", ["En ligne", "au lieu de sur place"]),
        ("en", "I cannot come\n\nI will watch it", ["I cannot come", "I will watch it"]),
        # wrapped by a mail program: one thought
        (
            "fr",
            "Je voudrais participer à la formation du 16 septembre 2021, donnée\nrue Verte",
            ["Je voudrais participer à la formation du 16 septembre 2021, donnée\nrue Verte"],
        ),
        # "maar" softens a request, and after a comma it does not
        ("nl", "Zet mij maar bij de rest", ["Zet mij maar bij de rest"]),
        ("nl", "Zet mij op de lijst, maar bij de rest", ["Zet mij op de lijst,", "maar bij de rest"]),
        ("fr", "Nous venons en car", ["Nous venons en car"]),
        ("nl", "", []),
    ],
)
def test_where_clauses_end(language: Language, text: str, expected: list[str]) -> None:
    found = clauses(text, one(language))
    assert [c.text for c in found] == expected
    assert all(text[c.start : c.end] == c.text for c in found)


@pytest.mark.parametrize(
    ("language", "text", "flag"),
    [
        ("fr", "Je ne pourrai pas venir le 6 mai", "giving_up"),
        ("nl", "Op 6 mei kan ik niet", "negated"),
        ("de", "Ich kann am 6. Mai nicht kommen", "giving_up"),
        ("fr", "si je m'inscris plus tard", "hypothetical"),
        ("de", "falls ich komme", "hypothetical"),
        ("en", "if I register later", "hypothetical"),
        ("nl", "vorig jaar was het goed", "past"),
        ("fr", "elle m'a dit que c'était gratuit", "reported"),
        ("fr", "c'est où ?", "asks"),
    ],
)
def test_what_words_do_to_a_clause(language: Language, text: str, flag: str) -> None:
    assert any(getattr(c, flag) for c in clauses(text, one(language)))
    assert not any(getattr(c, flag) for c in clauses("Bonjour, beste, hello, hallo", one(language)))


def test_the_verb_says_where_somebody_takes_part_whatever_stands_before() -> None:
    (clause,) = clauses("Par la présente, je confirme vouloir suivre l'atelier", one("fr"))
    assert clause.text[clause.registers_at :].startswith("je confirme")
