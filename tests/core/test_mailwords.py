"""The lists of rules/mail: how phrases are written, and what is told about mistakes in them."""

from __future__ import annotations

import pytest

from mailbot.core.mailwords import MailWords, fold, fold_lines, mail_words_from


def words(phrases: list[str]) -> MailWords:
    found, problems = mail_words_from({"x.toml": {"machine": {"absent": phrases}}})
    assert found is not None, problems
    return found


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("je suis absent", "Je suis\nabsent.", True),
        ("je suis absent", "je suis absente", False),
        ("je suis absent*", "je suis absente", True),
        ("j'ai quitté", "J’ai quitté la ville", True),
        ("ich bin … nicht im büro", "Ich bin bis 6. September nicht im Büro", True),
        ("ich bin … nicht im büro", "Ich bin nicht im Büro", True),
        ("ich bin … nicht im büro", "Ich bin da. Er ist nicht im Büro", False),
        ("ich bin … nicht im büro", "Ich bin " + "sehr " * 20 + "nicht im Büro", False),
        ("(uw|je) (mail|bericht) … gelezen", "Je bericht wordt gelezen", True),
        ("(uw|je) (mail|bericht) … gelezen", "Mijn bericht wordt gelezen", False),
        ("receipt (displayed)", "Return receipt (displayed)", True),
        ("a.b", "axb", False),
    ],
)
def test_how_a_phrase_is_written(phrase: str, text: str, found: bool) -> None:
    assert (words([phrase]).machine["absent"].search(fold(text)) is not None) is found


def test_lines_are_folded_as_one_by_one() -> None:
    lines = ["Été", "e\u0301te\u0301", "", "L’ÉTÉ – À", "plain", "İ"]
    assert fold_lines(lines) == [fold(line) for line in lines]


@pytest.mark.parametrize(
    ("tables", "key"),
    [
        ({"machines": {}}, "machines"),
        ({"machine": {"absents": ["x"]}}, "machine.absents"),
        ({"machine": {"absent": "x"}}, "machine.absent"),
        ({"machine": {"absent": [""]}}, "machine.absent"),
        ({"quote": {"headers": ["On wrote:"]}}, "quote.headers"),
        ({"headers": {"bulks": {}}}, "headers.bulks"),
        ({"quote": []}, "quote"),
    ],
)
def test_a_mistake_is_told_with_file_key_and_remedy(tables: dict, key: str) -> None:
    found, problems = mail_words_from({"x.toml": tables})
    assert found is None
    assert (problems[0].file, problems[0].key) == ("x.toml", key)
    assert problems[0].remedy
