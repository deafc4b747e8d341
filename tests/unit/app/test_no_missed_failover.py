"""Histories in which a needed failover was once missed, told on the virtual clock."""

from dataclasses import replace

import pytest

from failover.decision.decision import Action
from failover.health.probe import Reason
from failover.notify.kinds import Kind
from failover.publication import incidents
from failover.publication.parts import HOUR, Cause
from failover.settings.model import Addresses, Failback, Region, Routing
from tests.support.builders import having
from tests.support.world import unavailable
from tests.unit.app.stage import EAST, SHOP, WEST, Stage

SOUTH = Addresses("127.0.1.3")
NEW_WEST = Addresses("127.0.1.12")
THREE = replace(SHOP, regions=(*SHOP.regions, Region("south", "us-east-2", SOUTH)))
SEVERAL = replace(THREE, routing=Routing.MULTIVALUE)


def dies(stage: Stage, at: float, addresses: Addresses) -> None:
    stage.after(at, lambda: stage.prober.down.update({addresses.ipv4: Reason.REFUSED}))


def recovers(stage: Stage, at: float, addresses: Addresses) -> None:
    stage.after(at, lambda: stage.prober.down.pop(addresses.ipv4, None))


def deployed(stage: Stage, at: float, service: object, **changes: object) -> None:
    new = replace(stage.settings, services=(service,), **changes)  # type: ignore[arg-type]
    stage.after(at, lambda: setattr(stage, "settings", new))


def test_automatic_failback_goes_all_the_way() -> None:
    """East dies, then west; west recovers first and is taken, and east after it."""
    stage = Stage()
    stage.set_up(replace(THREE, failback=Failback.AUTOMATIC)).pointing_at(EAST)
    dies(stage, 60, EAST)
    dies(stage, 180, WEST)
    recovers(stage, 300, WEST)
    recovers(stage, 1200, EAST)
    stage.run(2400)
    assert stage.puts == [address.ipv4 for address in (WEST, SOUTH, WEST, EAST)]


def test_a_flapping_region_does_not_keep_a_dead_one_published() -> None:
    stage = Stage()
    stage.set_up(SEVERAL).pointing_at(EAST, WEST, SOUTH)
    for i in range(4):
        dies(stage, 60 + 180 * i, SOUTH)
        recovers(stage, 120 + 180 * i, SOUTH)
    dies(stage, 800, EAST)
    stage.run(860)
    assert stage.state.limits.flips_lately(stage.hub.time) > SEVERAL.flip_budget
    assert EAST.ipv4 not in stage.dns.addresses()


class TestSomebodyInsists:
    """A real client sets the record back to the dead region."""

    def insisting(self, times: int) -> Stage:
        stage = Stage()
        stage.set_up(SHOP).pointing_at(EAST)
        dies(stage, 60, EAST)
        for i in range(times):
            stage.after(200 + 60 * i, lambda: stage.dns.set(101, EAST.ipv4))
        stage.run(200 + 60 * times + 60)
        return stage

    @pytest.mark.parametrize("times", [4, 12])
    def test_the_name_does_not_stay_there(self, times: int) -> None:
        stage = self.insisting(times)
        assert stage.dns.addresses() == [WEST.ipv4]
        assert stage.puts == [WEST.ipv4] * (1 + times)

    def test_people_are_told_once_that_it_goes_on(self) -> None:
        stage = self.insisting(12)
        assert len(stage.alerts.about("published/drift")) <= 4
        assert len(stage.alerts.about("incident/drift_persists")) == 1


class TestExclusion:
    """A person removes west from several: its record says east, too."""

    def removed(self) -> Stage:
        stage = Stage()
        stage.set_up(replace(SHOP, routing=Routing.MULTIVALUE)).pointing_at(EAST, WEST)
        stage.after(60, lambda: stage.dns.set(102, EAST.ipv4))
        return stage

    def test_it_is_left_out_for_as_long_as_any_order_may_hold(self) -> None:
        stage = self.removed()
        stage.run(200)
        (until,) = stage.state.orders.excluded_until.values()
        assert 71 * HOUR < until - stage.hub.time <= 72 * HOUR
        assert stage.dns.addresses() == [EAST.ipv4, EAST.ipv4]
        stage.hub.time = until + 1
        stage.run(120)
        assert stage.dns.addresses() == [EAST.ipv4, WEST.ipv4]

    def test_it_is_reported_and_used_rather_than_none(self) -> None:
        stage = self.removed()
        dies(stage, 300, EAST)
        stage.run(300 + 60 + incidents.SHORTEST_QUIET + 60)
        assert len(stage.alerts.about("incident/region_excluded")) == 2  # its beginning and its end
        assert set(stage.dns.addresses()) == {WEST.ipv4}
        assert not stage.state.orders.excluded_until

    def test_another_routing_ends_it(self) -> None:
        """Also for whoever returns to the first one."""
        stage = self.removed()
        deployed(stage, 300, SHOP, revision=2)
        deployed(stage, 600, stage.settings.services[0], revision=3)
        stage.run(900)
        assert not stage.state.orders.excluded_until
        assert stage.dns.addresses() == [EAST.ipv4, WEST.ipv4]


@pytest.mark.parametrize("west", [None, NEW_WEST], ids=["removed", "moved"])
def test_a_switch_on_its_way_is_not_written_to_what_newer_settings_dropped(west: object) -> None:
    """Linode refuses all writes, and meanwhile the settings change."""
    stage = Stage()
    stage.set_up(THREE).pointing_at(EAST)
    dies(stage, 60, EAST)
    stage.after(60, lambda: setattr(stage.dns, "on_write", unavailable))
    regions = {"east": EAST, "west": west, "south": SOUTH}
    kept = tuple(
        replace(region, addresses=addresses)
        for region in THREE.regions
        if (addresses := regions[region.name])
    )
    deployed(stage, 150, replace(THREE, regions=kept), revision=2)
    stage.after(400, lambda: setattr(stage.dns, "on_write", lambda: None))
    stage.run(500)
    assert WEST.ipv4 not in stage.puts
    assert stage.dns.addresses() == [SOUTH.ipv4 if west is None else NEW_WEST.ipv4]


@pytest.mark.parametrize("revision", [1, 2], ids=["same revision", "raised"])
def test_a_dead_region_is_left_for_one_whose_address_the_settings_have_changed(
    revision: int,
) -> None:
    """East dies, and its record cannot be given the address that west had before."""
    stage = Stage()
    stage.set_up(replace(SHOP, routing=Routing.MULTIVALUE)).pointing_at(EAST, WEST)
    moved = replace(SHOP.regions[1], addresses=NEW_WEST)
    service = replace(stage.settings.services[0], regions=(SHOP.regions[0], moved))
    if revision > 1:  # the new address is healthy after east has died
        dies(stage, 0, NEW_WEST)
        recovers(stage, 400, NEW_WEST)
    deployed(stage, 150, service, digest="two", revision=revision)
    dies(stage, 300, EAST)
    stage.run(600)
    assert set(stage.dns.addresses()) == {NEW_WEST.ipv4}
    assert not stage.alerts.about("incident/failover_failed")


def test_the_digest_of_the_first_file_of_a_revision_is_kept() -> None:
    stage = Stage()
    stage.set_up(SHOP).pointing_at(EAST)
    deployed(stage, 100, SHOP, digest="two")
    stage.run(200)
    assert (stage.state.followed.digest, stage.state.followed.digest_revision) == ("one", 1)
    deployed(stage, 300, SHOP, digest="three", revision=2)
    stage.run(300)
    assert (stage.state.followed.digest, stage.state.followed.digest_revision) == ("three", 2)


def test_an_order_for_a_name_that_was_never_adopted_is_finished() -> None:
    """Linode fails for a while: the order is not made anew from the records."""
    stage = Stage()
    stage.set_up(SHOP).pointing_at(EAST)
    stage.run(60)
    first = having(
        stage.state,
        version=stage.state.version + 1,
        phase=stage.state.publication.phase.PUBLISHING,
        cause=Cause.OPERATOR,
        active={},
        targets={"west": WEST},
    )
    stage.store.states["shop"] = first
    stage.run(60)
    assert stage.dns.addresses() == [WEST.ipv4]
    assert Action.RETRY in [line["action"] for line in stage.telemetry.told("decided")]
    assert Kind.ADOPTION_HELD not in stage.state.notices.incidents
