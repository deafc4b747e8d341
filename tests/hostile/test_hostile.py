"""5,000 cases of hostile input, the same ones in each run, of which `make test` takes 1,000.
`make fuzz` runs 100,000."""

import pytest

from tests.hostile.runner import run
from tests.hostile.targets import TARGETS

FIFTH = slice(0, 1)
REST = slice(1, 5)


@pytest.mark.parametrize("part", [FIFTH, pytest.param(REST, marks=pytest.mark.long)], ids=str)
@pytest.mark.parametrize("name", TARGETS)
def test_hostile_input_ends_as_a_known_error_and_harms_nothing_else(name: str, part: slice) -> None:
    target = TARGETS[name]
    fifth = target.share // 5
    failed = run(target, range(part.start * fifth, part.stop * fifth))
    assert not failed, "\n".join([*failed[:3], f"{len(failed)} cases failed"])
