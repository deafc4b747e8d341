"""Foreign records made ours; and orders where every healthy region is published."""

from dataclasses import replace

import pytest

from failover.health.probe import Reason
from failover.settings.model import Routing
from tests.support.world import unavailable
from tests.unit.app.desk import Desk, at_desk, ordered, text
from tests.unit.app.stage import EAST, SHOP, WEST

FAILOVER = ordered("failover", region="west")
FOREIGN = "203.0.113.9"


@pytest.fixture
def desk() -> Desk:
    """Points east, all healthy, and no tick runs any more."""
    return at_desk()


class TestTakeover:
    def test_foreign_records_become_ours_in_place(self, desk: Desk) -> None:
        desk.dns.set(101, FOREIGN)
        desk.run(120)
        assert desk.dns.addresses() == [FOREIGN]
        said = desk.order("takeover")
        assert desk.dns.addresses() == [EAST.ipv4]
        assert "records before: A 203.0.113.9; after: A 127.0.1.1" in text(said)
        assert [method for method, *_ in desk.dns.log] == ["PUT"]

    def test_the_guard_that_held_names_the_event(self, desk: Desk) -> None:
        desk.dns.set(101, FOREIGN)
        desk.run(120)
        said = desk.send({"command": "status"})
        assert (
            'event: {"command": "takeover", "service": "shop", "by": "<you>", '
            '"reason": "<why>"}' in text(said)
        )

    def test_it_goes_back_to_what_was_decided_though_another_region_is_preferred(
        self, desk: Desk
    ) -> None:
        desk.send(FAILOVER)
        desk.dns.set(101, FOREIGN)
        desk.order("takeover")
        assert desk.dns.addresses() == [WEST.ipv4]

    def test_it_may_go_to_another_region(self, desk: Desk) -> None:
        desk.dns.set(101, FOREIGN)
        desk.order("takeover", region="west")
        assert desk.dns.addresses() == [WEST.ipv4]

    def test_surplus_records_say_our_address_too_and_none_is_removed(self, desk: Desk) -> None:
        desk.dns.set(101, FOREIGN)
        desk.dns.add("app", "A", "203.0.113.10")
        desk.order("takeover")
        assert desk.dns.addresses() == [EAST.ipv4, EAST.ipv4]

    def test_a_name_that_was_never_ours_is_taken_over_as_well(self) -> None:
        desk = Desk()
        desk.set_up().pointing_at(replace(EAST, ipv4=FOREIGN)).run(120)
        assert "shop" not in desk.store.states
        desk.order("takeover")
        assert desk.dns.addresses() == [EAST.ipv4]
        desk.run(120)
        assert list(desk.state.served.active) == ["east"]

    def test_a_failover_over_foreign_records_names_the_takeover(self, desk: Desk) -> None:
        desk.dns.set(101, FOREIGN)
        said = desk.send(FAILOVER)
        assert "addresses that are in no settings are left alone [foreign]" in text(said)
        assert '{"command": "takeover", "service": "shop", "region": "west"' in text(said)
        assert desk.dns.addresses() == [FOREIGN]

    def test_there_may_be_nothing_to_take_over(self, desk: Desk) -> None:
        before = desk.table()
        said = desk.order("takeover")
        assert "the records say A 127.0.1.1, which is what was decided [records]" in text(said)
        assert desk.table() == before

    @pytest.mark.parametrize("command", ["takeover", "failover"])
    def test_a_cname_is_never_removed_and_the_way_by_hand_is_told(
        self, desk: Desk, command: str
    ) -> None:
        desk.dns.add("app", "CNAME", "elsewhere.test")
        said = desk.order(command, region="west")
        assert "there is a CNAME record at the name (id 102)" in text(said)
        assert "delete it yourself: linode-cli domains records-delete 7 102" in text(said)
        assert desk.dns.log == []

    def test_records_that_cannot_be_read_are_not_written_over(self, desk: Desk) -> None:
        desk.dns.set(101, FOREIGN)
        desk.dns.on_list = desk.dns.on_get = unavailable
        said = desk.order("takeover", region="west")
        assert "the records could not be read one by one" in text(said)
        assert desk.dns.addresses() == [FOREIGN]

    def test_records_that_change_all_the_time_are_not_written_over(self, desk: Desk) -> None:
        desk.dns.set(101, FOREIGN)
        desk.dns.on_get = lambda: desk.dns.set(101, f"203.0.113.{desk.dns.asked['get'] + 1}")
        said = desk.order("takeover")
        assert "changed under every try" in text(said)
        assert desk.dns.log == []

    def test_nobody_healthy_needs_force_and_an_end(self, desk: Desk) -> None:
        desk.dns.set(101, FOREIGN)
        desk.prober.down |= {EAST.ipv4: Reason.REFUSED, WEST.ipv4: Reason.REFUSED}
        desk.run(120)
        assert "no region to move to is healthy" in text(desk.order("takeover"))
        desk.order("takeover", region="west", force=True, until="1h")
        assert desk.dns.addresses() == [WEST.ipv4]


class TestMultivalue:
    @pytest.fixture
    def desk(self) -> Desk:
        desk = Desk()
        desk.set_up(replace(SHOP, routing=Routing.MULTIVALUE)).pointing_at(EAST, WEST).run(300)
        return desk

    def test_one_region_alone_is_a_pin_and_needs_an_end(self, desk: Desk) -> None:
        said = desk.send(FAILOVER)
        assert (
            "every healthy region is published; one alone needs an end, as a pin [routing]"
            in text(said)
        )
        assert '"region": "west", "until": "4h"' in text(said)
        desk.send({**FAILOVER, "until": "1h"})
        desk.run(300)
        assert desk.dns.addresses() == [WEST.ipv4, WEST.ipv4]

    def test_without_a_region_it_asks_for_one(self, desk: Desk) -> None:
        said = desk.order("failover")
        assert "every healthy region is published; name one to publish alone [region]" in text(said)

    def test_released_all_healthy_regions_join_again(self, desk: Desk) -> None:
        desk.order("pin", region="west", until="1h")
        desk.order("release")
        desk.run(120)
        assert sorted(desk.dns.addresses()) == [EAST.ipv4, WEST.ipv4]

    def test_failback_publishes_every_healthy_region_at_once(self, desk: Desk) -> None:
        desk.order("pin", region="west", until="1h")
        desk.order("release")
        desk.order("failback")
        assert sorted(desk.dns.addresses()) == [EAST.ipv4, WEST.ipv4]

    def test_a_region_that_a_person_took_out_stays_out_until_release(self, desk: Desk) -> None:
        desk.dns.set(101, WEST.ipv4)
        desk.run(300)
        assert desk.state.orders.excluded(desk.hub.time) == {"east"}
        desk.order("failback")
        assert set(desk.dns.addresses()) == {WEST.ipv4}
        said = desk.order("release")
        assert "released east, which had been taken out" in text(said)
        desk.run(120)
        assert set(desk.dns.addresses()) == {EAST.ipv4, WEST.ipv4}

    def test_a_pin_on_a_region_that_was_out_brings_it_in(self, desk: Desk) -> None:
        desk.dns.set(101, WEST.ipv4)
        desk.run(300)
        desk.order("pin", region="east", until="1h")
        assert set(desk.dns.addresses()) == {EAST.ipv4}
        assert desk.state.orders.excluded(desk.hub.time) == set()

    def test_a_takeover_with_an_end_and_several_regions_asks_for_one(self, desk: Desk) -> None:
        desk.dns.set(101, FOREIGN)
        said = desk.order("takeover", until="1h")
        assert "a pin holds one region" in text(said)
        desk.order("takeover")
        assert set(desk.dns.addresses()) == {EAST.ipv4, WEST.ipv4}
