"""Taking the token out of a text."""

import pytest

from failover.adapters.token import redact


def test_the_token_is_taken_out_wherever_it_stands() -> None:
    assert redact("Bearer abc: abc", "abc") == "Bearer [token]: [token]"


@pytest.mark.parametrize("token", ["", "xyz"])
def test_a_text_without_the_token_stays_as_it_is(token: str) -> None:
    assert redact("Bearer abc", token) == "Bearer abc"
