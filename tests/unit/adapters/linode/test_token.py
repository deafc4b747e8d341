"""Taking the token out of a text."""

import pytest

from failover.adapters.linode.token import redact


def test_the_token_is_taken_out_wherever_it_stands() -> None:
    assert redact("Bearer abc: abc", "abc") == "Bearer [token]: [token]"


@pytest.mark.parametrize("token", ["", "xyz"])
def test_a_text_without_the_token_stays_as_it_is(token: str) -> None:
    assert redact("Bearer abc", token) == "Bearer abc"


def test_what_is_left_of_it_in_a_text_that_was_cut_is_taken_out_too() -> None:
    token = "0123456789abcdef"
    assert redact("Bearer 0123456789abcde", token) == "Bearer [token]"
    assert redact("Bearer 012345", token) == "Bearer [token]"
    assert redact("at 10:01", token) == "at 10:01"
