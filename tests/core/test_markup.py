import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.markup import normal, page


@pytest.mark.parametrize(
    ("left", "ordered"),
    [
        ("  a  \n\n\n\nb\n", "a\n\nb\n"),
        ("a \nb \n\u00a0\n c", "a \nb\n\n c\n"),
        ("- a\n\n- b\n\n\n- c", "- a\n- b\n- c\n"),
        ("1) a\n\n- b\n\nc\n\n2) d", "1) a\n- b\n\nc\n\n2) d\n"),
        ("x\n- a\nb\n\n- c", "x\n- a\nb\n\n- c\n"),
        ("- a\n\n1. b", "- a\n\n1. b\n"),
        ("", "\n"),
    ],
)
def test_paragraphs_are_one_blank_line_apart_and_items_none(left: str, ordered: str) -> None:
    assert normal(left) == ordered


@given(st.text("a-1) \t\u00a0\n", max_size=40))
def test_it_is_what_two_expressions_make_of_it(text: str) -> None:
    blank = re.compile(r"[ \t\u00a0]*\n(?:[ \t\u00a0]*\n)+")
    between = re.compile(r"^((?:- |\d+\) ).*)\n\n(?=(?:- |\d+\) ))", re.MULTILINE)
    told = blank.sub("\n\n", text.strip() + "\n")
    assert normal(text) == between.sub(r"\1\n", between.sub(r"\1\n", told)).strip() + "\n"


@pytest.mark.parametrize(
    ("items", "bold"),
    [
        ("- Lieu\u00a0: Ville\n- Date\u00a0: demain\n- apportez un seau", ["Lieu\u00a0:", "Date\u00a0:"]),
        ("1) Gouvernance locale\n2) Polarisation\u00a0: nous et eux\n3) Nuisances", []),
        ("- Polarisation\u00a0: nous et eux", []),
        ("- Lieu\u00a0: Ville\n- Date\u00a0: demain\n- à noter dans votre agenda : oui", []),
    ],
)
def test_only_labels_are_bold(items: str, bold: list[str]) -> None:
    assert re.findall("<b>(.*?)</b>", page(items, title="", language="fr")) == bold
