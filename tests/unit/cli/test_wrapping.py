"""Text in lines for a terminal."""

import pytest

from cli.wrapping import wrapped


@pytest.mark.parametrize("width", range(20, 60))
def test_a_name_or_an_option_is_never_divided_between_two_lines(width: int) -> None:
    text = "shop failback: app.shop.test from us-west to us-east, or with --dry-run first"
    assert " ".join(wrapped(text, width)) == text
