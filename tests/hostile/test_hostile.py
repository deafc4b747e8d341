"""Cases of hostile input, the same ones in each run: 1,000 in `make test`, 5,000 in `make test-all`.
`make fuzz` runs 100,000."""

import pytest

from tests.hostile.runner import run
from tests.hostile.targets import TARGETS

FEW = 5
"""Which part of the cases is enough for `make test`."""


@pytest.mark.parametrize("part", [FEW, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("name", TARGETS)
def test_hostile_input_ends_as_a_known_error_and_harms_nothing_else(name: str, part: int) -> None:
    target = TARGETS[name]
    failed = run(target, range(target.share // part))
    assert not failed, "\n".join([*failed[:3], f"{len(failed)} cases failed"])
