"""What one vantage sees: which records can say what is wanted, and where a person could go."""

from typing import Any

import pytest

from failover.settings.model import Addresses, Routing
from failover.staleness.replication import Freshness
from tests.support.builders import (
    EAST,
    EAST6,
    ELSEWHERE,
    NEW_EAST,
    SHOP6,
    SOUTH,
    WEST,
    WEST6,
    pointing_at,
    reads,
    scene,
    shop,
)

MOVED = shop(NEW_EAST)
SEVERAL = shop(routing=Routing.MULTIVALUE)


def test_records_can_go_on_saying_an_address_that_the_settings_do_not_give_any_more() -> None:
    view = scene("HHH", pointing_at("east"), service=MOVED, reading=reads(EAST))
    assert view.can_say({"east": EAST})
    assert not view.can_say({"east": ELSEWHERE})


def test_no_record_is_changed_to_an_address_that_the_settings_do_not_give() -> None:
    view = scene("HHH", pointing_at("east"), service=MOVED, reading=reads(WEST))
    assert not view.can_say({"east": EAST})
    assert view.can_say({"east": NEW_EAST})


def test_beside_an_old_address_a_record_can_say_one_of_the_settings() -> None:
    view = scene("HHH", pointing_at("east"), service=MOVED, reading=reads(EAST, SOUTH))
    assert view.can_say({"east": EAST, "west": WEST})


def test_both_families_have_to_be_sayable() -> None:
    view = scene("HHH", service=SHOP6, reading=reads(EAST6))
    assert view.can_say({"west": WEST6})
    old = Addresses(WEST6.ipv4, "2001:db8::99")
    assert not view.can_say({"west": old})


def test_a_name_with_one_place_has_an_address_only_where_it_has_no_other() -> None:
    both = reads(EAST, WEST)
    assert not scene("HHH", reading=both).has(EAST)
    assert scene("HHH", reading=both, service=shop(routing=Routing.MULTIVALUE)).has(EAST)
    assert scene("HHH", reading=reads(EAST)).has(EAST)


class TestElsewhere:
    """The order that leaves a dead region, as alerts and refusals print it."""

    EVERYWHERE = pointing_at(
        "east",
        SEVERAL,
        active={region.name: region.addresses for region in SEVERAL.regions},
        targets={region.name: region.addresses for region in SEVERAL.regions},
    )

    @pytest.mark.parametrize(
        ("letters", "region", "force"),
        [
            ("UHH", "west", None),
            ("UUH", "south", None),
            ("U?U", "west", True),
            ("UU?", "south", True),
        ],
    )
    @pytest.mark.parametrize("several", [False, True], ids=["one place", "all published"])
    def test_it_goes_to_a_healthy_region_and_never_to_a_dead_one_while_there_is_another(
        self, several: bool, letters: str, region: str, force: bool | None
    ) -> None:
        found: dict[str, Any] = {"service": SEVERAL} if several else {}
        view = scene(letters, self.EVERYWHERE if several else pointing_at("east"), **found)
        until = "4h" if several or force else None
        assert view.elsewhere() == {"region": region, "force": force, "until": until}

    def test_where_all_are_dead_it_leaves_the_published_one(self) -> None:
        assert scene("UUU").elsewhere()["region"] == "west"
        assert scene("UUU", service=shop(regions=MOVED.regions[:1])).elsewhere()["region"] == "east"

    def test_a_region_with_fresh_data_comes_before_one_that_is_behind(self) -> None:
        behind = {"freshness": {"us-west-2": Freshness.STALE}}
        assert scene("UHH", **behind).elsewhere()["region"] == "south"
        stale = {"region": "west", "force": True, "until": None}
        assert scene("UHU", **behind).elsewhere() == stale
