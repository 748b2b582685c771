"""The lexicon files: what they may say, what is refused, and that the shipped ones are sound."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from mailbot.core.language import LANGUAGES, Language
from mailbot.core.lexicon import find_phrases, fold, text_of
from mailbot.core.lexicon_files import lexicon_from

ROOT = Path(__file__).resolve().parents[2]


def shipped() -> dict[str, dict[str, object]]:
    return {
        f"rules/lexicon/{x}.toml": tomllib.loads((ROOT / f"rules/lexicon/{x}.toml").read_text("utf-8"))
        for x in LANGUAGES
    }


def test_the_shipped_files_are_sound() -> None:
    lexicons, problems = lexicon_from(shipped())
    assert problems == ()
    assert lexicons is not None
    assert set(lexicons) == set(LANGUAGES)


@pytest.mark.parametrize(
    ("section", "key", "value", "said"),
    [
        ("intent", "regsiter", ["je viens"], "not known"),
        ("verbs", "go", ["je viens"], "not known"),
        ("intent", "thanks", "merci", "not a list"),
        ("intent", "thanks", ["merci", " "], "not a list"),
        ("intent", "thanks", [], "no phrase"),
        ("intent", "thanks", ["… merci"], "does not begin"),
        ("intent", "thanks", ["merci & bravo"], "means nothing here"),
        ("intent", "thanks", ["grand (merci|merci [bien] à vous)"], "'grand (merci|merci [bien] à vous)' has brackets"),
        ("intent", "thanks", ["merci [bien (à|pour) vous]"], "has brackets"),
        ("intent", "thanks", ["merci (à vous"], "has brackets"),
        ("intent", "thanks", ["merci à vous]"], "has brackets"),
        ("intent", "thanks", ["(merci … vous|bravo)"], "has brackets"),
        ("intent", "thanks", ["(# mercis|bravo)"], "has brackets"),
        ("intent", "thanks", ["(merci|) à vous"], "has brackets"),
        ("intent", "thanks", ["merci []"], "has brackets"),
        ("group", "attend", ["venir", "(participer|assister)"], "has brackets"),
        ("person", "honorific", ["madame la"], "not a single word"),
        ("intent", "cancel", ["je m'inscri*"], "contradicts"),
        ("intent", "cancel", ["je serai bien là"], "both are read from 'je serai bien la'"),
        ("question", "favour", ["(végane|kasher)"], "contradicts '(sans gluten|végane)' under question.food"),
        ("intent", "thanks", ["merci beaucoup", "Merci  Beaucoup"], "stands in the list already, as 'merci beaucoup'"),
    ],
)
def test_a_wrong_entry_is_told_with_file_and_key(section: str, key: str, value: object, said: str) -> None:
    files = shipped()
    table = files["rules/lexicon/fr.toml"].setdefault(section, {})
    assert isinstance(table, dict)
    table[key] = value
    lexicons, problems = lexicon_from(files)
    assert lexicons is None
    assert [p for p in problems if said in p.message and p.file == "rules/lexicon/fr.toml" and p.remedy]
    assert [p.key for p in problems if not p.key.startswith(f"{section}")] == []


def test_one_phrase_may_ask_two_things() -> None:
    files = shipped()
    question = files["rules/lexicon/fr.toml"]["question"]
    assert isinstance(question, dict)
    question["when"], question["where"] = ["quel jour et où"], ["(quel jour|quand) et où"]
    assert lexicon_from(files)[1] == ()


def test_a_missing_language_is_told() -> None:
    files = shipped()
    del files["rules/lexicon/de.toml"]
    assert [p.file for p in lexicon_from(files)[1]] == ["rules/lexicon/de.toml"]


@pytest.mark.parametrize(
    ("language", "text", "rule"),
    [
        ("fr", "Je m’inscris !", "lexicon.fr.intent.register.je-m-inscri"),
        ("nl", "ik schrijf me, als het kan, in", "lexicon.nl.intent.register.ik-schrijf-me-mij-in"),
        ("nl", "Schrijf mij\naub uit", "lexicon.nl.intent.cancel.schrijf-me-mij-ons-hem-haar-uit"),
        (
            "nl",
            "Zet ons voor maandag er op",
            "lexicon.nl.intent.register.zet-me-mij-ons-op-de-lijst-op-de-deelnemerslijst-erbij-bij-erop-er-op-er-maar-op-er-alvast-op-er-maar-alvast-op",
        ),
        ("de", "Hiermit MELDE ICH MICH zum Kurs AN", "lexicon.de.intent.register.melde-ich-mich-an"),
        ("en", "please count me in", "lexicon.en.intent.register.count-me-in"),
    ],
)
def test_phrases_are_found_over_gaps_case_and_accents(language: str, text: str, rule: str) -> None:
    lexicons, _ = lexicon_from(shipped())
    assert lexicons is not None
    found = find_phrases(text_of(text), [lexicons[language]])  # type: ignore[index]
    assert rule in {f.entry.rule for f in found}


def spelled(written: str) -> set[str]:
    """A phrase with each of its alternatives once, with and without what may be missing; in its gaps a word."""
    ways = [(piece[1:-1] if piece[0] in "([" else piece).split("|") for piece in PIECES.findall(written)]
    optional = [piece.startswith("[") for piece in PIECES.findall(written)]
    found = set()
    for number in range(max(map(len, ways))):
        for left_out in (False, True):
            words = [
                alternatives[min(number, len(alternatives) - 1)]
                for alternatives, may_miss in zip(ways, optional, strict=True)
                if not (may_miss and left_out)
            ]
            text = " ".join(words).replace("…", "xyz").replace("#", "3").replace("*", "xyz")
            found.add(re.sub(r"[^\w']+", " ", text).strip())
    return found


PIECES = re.compile(r"…|#|\([^()]*\)|\[[^\[\]]*\]|[^\W_]+\*?")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_finds_what_it_spells(language: Language) -> None:
    lexicons, _ = lexicon_from(shipped())
    assert lexicons is not None
    for entry in lexicons[language].entries:
        for text in spelled(fold(entry.written)):
            reached = {f.meaning: f.end for f in find_phrases(text_of(text), [lexicons[language]]) if f.start == 0}
            own = entry.pattern.match(text)
            assert own is not None and reached.get(entry.meaning, 0) >= own.end(), (entry.rule, text)


def test_a_phrase_does_not_reach_over_the_end_of_a_sentence() -> None:
    lexicons, _ = lexicon_from(shipped())
    assert lexicons is not None
    found = find_phrases(text_of("Ik schrijf mij rot. Kom in de tuin"), [lexicons["nl"]])
    assert not [f for f in found if f.entry.phrase == "ik schrijf (me|mij) … in"]


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("Je m'inscris à « Compost pour tous », les trois dates.", False),
        ("Je m'inscris à “Compost pour tous” les trois jours.", False),
        ("Nous viendrons tous les trois.", True),
        ("Nous viendrons à « Compost pour tous », tous les trois.", True),
        ("Nous viendrons « tous les trois ».", True),
        ('Un écran de 15".\nNous viendrons tous « les trois ».', True),
    ],
)
def test_a_phrase_does_not_reach_out_of_a_quotation(text: str, counts: bool) -> None:
    lexicons, _ = lexicon_from(shipped())
    assert lexicons is not None
    assert any(f.meaning == "person.group" for f in find_phrases(text_of(text), (lexicons["fr"],))) is counts


def test_folding_keeps_every_offset() -> None:
    text = "Ça œuvre – l’été à Büllingen\u00a0: « où ? » ﬁn İstanbul"
    assert len(fold(text)) == len(text)
    assert fold("ÉTÉ l’Été") == "ete l'ete"
