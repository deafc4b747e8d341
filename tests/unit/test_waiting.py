"""Tests wait in one place, and no test depends on how long something takes."""

import re
from pathlib import Path

import pytest

from tests.support import waiting

TESTS = Path(__file__).parents[1]
WAITS = {"support/waiting.py", "artifact/rie.py", "artifact/test_rie.py", "mutation/runner.py"}
"""Where time passes: the common limit, the driver of the runtime emulator, a function in it, and
what learns which tests are the fastest."""

ASLEEP = re.compile(r"^\s*time\.sleep\(", re.MULTILINE)
MEASURED = re.compile(r"(monotonic|perf_counter)\(\) - |[<>]=? .*(monotonic|perf_counter)\(\)")


def test_what_has_happened_is_returned() -> None:
    found = iter([0, None, 7])
    assert waiting.until(lambda: next(found), "seven") == 7


def test_what_never_happens_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "LIMIT", 0.0)
    with pytest.raises(AssertionError, match="this never happened: peace"):
        waiting.until(lambda: False, "peace")


def test_waiting_ends_when_it_is_in_vain() -> None:
    def ended() -> None:
        raise RuntimeError("it ended")

    with pytest.raises(RuntimeError, match="it ended"):
        waiting.until(lambda: False, "more of it", unless=ended)


def test_no_test_sleeps_or_measures() -> None:
    for path in sorted(TESTS.rglob("*.py")):
        if path.name == "__main__.py" or str(path.relative_to(TESTS)) in WAITS:
            continue
        text = path.read_text(encoding="utf-8")
        assert not ASLEEP.search(text), f"{path}: wait with tests.support.waiting.until"
        assert not MEASURED.search(text), f"{path}: exact times are for the virtual clock"
