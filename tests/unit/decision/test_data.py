"""What a decision says of the application's data."""

import pytest

from failover.decision.decide import decide
from failover.decision.guard import Hold
from failover.decision.view import View
from failover.notify.kinds import Kind
from failover.settings.model import Routing
from failover.staleness.replication import Freshness
from tests.support.builders import (
    EAST,
    WEST,
    WITH_DATA,
    decided,
    having,
    lasts,
    pointing_at,
    scene,
    shop,
)

SEVERAL = shop(data=WITH_DATA.data, routing=Routing.MULTIVALUE)
FRESH = dict.fromkeys(("us-east-1", "us-west-2", "us-east-2"), Freshness.FRESH)
BOTH = {"east": EAST, "west": WEST}


def says(view: View) -> bool:
    """Whether the data of who takes over is among the grounds."""
    return any(guard.name is Hold.DATA for guard in decide(view).why)


def test_the_data_of_who_takes_over_goes_on_record() -> None:
    assert says(scene("UHH", service=WITH_DATA, freshness=FRESH))


@pytest.mark.parametrize(
    "view",
    [
        pytest.param(scene("UHH"), id="a service without data"),
        pytest.param(scene("HHH", service=WITH_DATA, freshness=FRESH), id="nothing is published"),
        pytest.param(
            scene("UHH", having(pointing_at("east", SEVERAL), active=BOTH), service=SEVERAL),
            id="one of several leaves",
        ),
    ],
)
def test_otherwise_nothing_is_said_of_it(view: View) -> None:
    assert not says(view)


def test_data_of_unknown_age_is_a_condition_before_anything_fails() -> None:
    assert Kind.DATA_UNKNOWN in lasts(decided("HHH", service=WITH_DATA))
    assert Kind.DATA_UNKNOWN not in lasts(decided("HHH", service=WITH_DATA, freshness=FRESH))
