"""No missed failover, no silence, no noise: one story for each way in which that can fail."""

import pytest

from tests.simulation.liveness_stories import LIVES


@pytest.mark.parametrize("name", LIVES)
def test_what_should_happen_happens_and_is_told_once(name: str) -> None:
    life = LIVES[name]
    universe = life.run()
    told = "\n".join(universe.trace or ())
    assert not universe.observer.violations, told
    if life.ends_at is not None:
        assert universe.linode.addresses("A") == life.ends_at, told
