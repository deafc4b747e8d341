"""5,000 cases of hostile input, the same ones in each run. `make fuzz` runs 100,000."""

import pytest

from tests.hostile.runner import run
from tests.hostile.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_hostile_input_ends_as_a_known_error_and_harms_nothing_else(name: str) -> None:
    target = TARGETS[name]
    failed = run(target, range(target.share))
    assert not failed, "\n".join([*failed[:3], f"{len(failed)} cases failed"])
