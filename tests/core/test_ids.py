import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.ids import base32, derived_id


@given(st.binary(max_size=40))
def test_base32_is_that_of_the_standard_library(data: bytes) -> None:
    assert base32(data) == base64.b32encode(data).decode("ascii").rstrip("=").lower()


@pytest.mark.parametrize(
    ("parts", "identity"),
    [
        (("reply", "hash", "0"), "7xwl6fsy7opz5q7y5ebb7k5rse"),
        (("hold", "é\udc80"), "zmjujwkvmnb42e6lfsuroihkja"),
    ],
)
def test_an_identity_stays_what_it_is_on_file(parts: tuple[str, ...], identity: str) -> None:
    assert derived_id(*parts) == identity
