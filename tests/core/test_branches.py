import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.branches import branches

_SOURCES = st.lists(
    st.one_of(
        st.text("abé'", min_size=1, max_size=5).map(re.escape),
        st.sampled_from([r"ab\w*", r"a\s+b", r"a(?:b|é)", r"(?:ab|a)é", r"[ab]+", "ab?", "a{2}b", "b*a", "a.b", ""]),
    ),
    min_size=1,
    max_size=12,
)


@given(_SOURCES, st.text("abé' .", max_size=30))
def test_what_is_found_is_what_the_plain_alternation_finds(sources: list[str], text: str) -> None:
    for around in (r"(?<!\w)(?:{})(?!\w)", "(?:{})", r"(?:{})\s?"):
        plain = re.compile(around.format("|".join(sources)))
        grouped = re.compile(around.format(branches(sources)))
        assert [m.span() for m in grouped.finditer(text)] == [m.span() for m in plain.finditer(text)]


@pytest.mark.parametrize(
    ("sources", "written"),
    [
        (["nous", "note", "vous"], "no(?:us|te)|vous"),
        (["ab", "a"], "a(?:b|)"),
        (["ab?", "ac"], "a(?:b?|c)"),
        ([r"a\w*", "ab"], r"a(?:\w*|b)"),
    ],
)
def test_those_that_begin_alike_stand_together(sources: list[str], written: str) -> None:
    assert branches(sources) == written
