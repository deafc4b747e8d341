"""Of many things that are wrong, the first are named and the others counted."""

from failover.settings.validation import few


def test_what_is_few_is_named_in_full() -> None:
    assert few(["a", "b"], 3) == ["a", "b"]
    assert few(["a", "b"], 2) == ["a", "b"]


def test_what_is_more_is_counted() -> None:
    assert few(["a", "b", "c", "d"], 2) == ["a", "b", "2 more are wrong"]
