"""Ticks of a service whose regions name their NodeBalancers."""

from dataclasses import replace
from itertools import pairwise

import pytest

from failover.app.control.status import status
from failover.decision.balancers import Lookup
from failover.errors import DnsRefused
from failover.health.probe import Reason
from failover.notify.kinds import Kind
from failover.notify.metrics import Metric
from failover.publication.parts import Accepted, Cause
from failover.settings.model import UNRESOLVED, Addresses, Region
from tests.support.world import unavailable
from tests.unit.app.stage import EAST, EAST6, SHOP, WEST, Stage

NEW_EAST = Addresses("127.0.1.11")
NAMED = replace(
    SHOP,
    regions=(
        Region("east", "us-east-1", UNRESOLVED, "lb-east"),
        Region("west", "us-west-2", UNRESOLVED, "lb-west"),
    ),
)


@pytest.fixture
def stage() -> Stage:
    """The shop by its labels, pointing at its first region."""
    made = Stage().set_up(NAMED).pointing_at(EAST)
    made.balancers.found = {"lb-east": EAST, "lb-west": WEST}
    return made


def dies(stage: Stage, address: Addresses = EAST) -> None:
    stage.prober.down[address.ipv4] = Reason.REFUSED


def raised(stage: Stage) -> None:
    """Somebody raises the revision and deploys."""
    settings = stage.settings
    stage.settings = replace(settings, revision=settings.revision + 1, digest="next")


def probed(stage: Stage, since: float = 0.0) -> set[str]:
    return {address for at, address in stage.prober.seen if at - stage.started >= since}


def test_labels_become_addresses_and_a_dead_region_is_left(stage: Stage) -> None:
    stage.after(100, lambda: dies(stage))
    stage.run(200)
    assert stage.puts == [WEST.ipv4]
    assert stage.state.followed.balancers == {
        "lb-east": Accepted(EAST, 1),
        "lb-west": Accepted(WEST, 1),
    }


def test_the_first_round_waits_for_its_addresses_and_fails_nothing(stage: Stage) -> None:
    """The very first tick knows no address: it probes as soon as the look-up has ended."""
    stage.balancers.latency = 6.0
    stage.run(50)
    first = min(at for at, _ in stage.prober.seen) - stage.started
    assert 6.0 <= first < 6.5
    assert stage.telemetry.total(Metric.ROUND_FAILED) == 0


def test_a_slow_look_up_delays_nobody_whose_addresses_are_known(stage: Stage) -> None:
    """The second look-up, ten minutes later, takes its time; the rounds go on as ever."""
    stage.after(500, lambda: setattr(stage.balancers, "latency", 9.5))
    stage.run(700)
    rounds = [at for at, address in stage.prober.seen if address == EAST.ipv4]
    assert stage.balancers.asked == 2
    assert max(b - a for a, b in pairwise(rounds)) <= 10.5


def test_a_service_without_labels_does_not_wait_for_one_with() -> None:
    both = Stage().set_up(NAMED).pointing_at(EAST)
    blog = replace(SHOP, name="blog", record="blog.shop.test")
    both.settings = replace(both.settings, services=(NAMED, blog))
    both.balancers.found = {"lb-east": EAST, "lb-west": WEST}
    both.balancers.latency = 8.0
    both.run(30)
    assert min(at for at, _ in both.prober.seen) - both.started < 0.5


def test_labels_that_are_all_found_are_looked_up_every_ten_minutes(stage: Stage) -> None:
    """By the first tick that starts ten minutes after the last look-up."""
    stage.run(1900)
    assert stage.balancers.asked == 4


def test_without_labels_nothing_is_asked() -> None:
    stage = Stage().set_up().pointing_at(EAST)
    stage.run(120)
    assert stage.balancers.asked == 0


def test_a_failover_needs_no_look_up(stage: Stage) -> None:
    """The NodeBalancer API is down for good: what was found before is what is used."""
    stage.after(100, lambda: setattr(stage.balancers, "on_list", unavailable))
    stage.after(1000, lambda: dies(stage))
    stage.run(1100)
    assert stage.puts == [WEST.ipv4]
    assert len(stage.telemetry.told("labels_not_looked_up")) > 1


def test_what_was_found_serves_the_next_container_before_there_is_a_decision(stage: Stage) -> None:
    """Only the vantage's own record is there, and Linode does not answer."""
    stage.balancers.on_list = unavailable
    found = {"lb-east": EAST, "lb-west": WEST}
    stage.store.lookups["eu-west-1"] = Lookup(stage.hub.time - 3000, 1, found)
    stage.run(100)
    assert stage.state.publication.cause is Cause.ADOPTION


def test_a_service_without_any_address_is_not_watched_and_alarms(stage: Stage) -> None:
    stage.balancers.on_list = unavailable
    stage.run(200)
    assert not stage.prober.seen
    assert stage.telemetry.total(Metric.ROUND_FAILED) > 0
    assert stage.telemetry.total(Metric.ROUND_COMPLETED) == 0
    told = str(stage.telemetry.told("not_watched")[0]["error"])
    assert "lb-east has not been looked up yet" in told


def test_it_is_watched_as_soon_as_linode_answers(stage: Stage) -> None:
    """A failed look-up is tried again by the next tick, a minute later."""
    stage.balancers.on_list = unavailable
    stage.after(70, lambda: setattr(stage.balancers, "on_list", lambda: None))
    stage.run(200)
    assert min(at for at, _ in stage.prober.seen) - stage.started < 130
    assert stage.state.publication.cause is Cause.ADOPTION


def test_it_is_watched_as_soon_as_its_last_balancer_is_there(stage: Stage) -> None:
    """Who installs the monitor before the NodeBalancer is not left unwatched for ten minutes."""
    west = stage.balancers.found.pop("lb-west")
    stage.after(190, lambda: stage.balancers.found.update({"lb-west": west}))
    stage.run(300)
    first = min(at for at, _ in stage.prober.seen) - stage.started
    assert 190 <= first < 250
    assert stage.state.publication.cause is Cause.ADOPTION


def test_a_token_that_may_not_look_costs_the_watch_nothing(stage: Stage) -> None:
    def refused() -> None:
        raise DnsRefused(403, "Unauthorized")

    stage.after(100, lambda: setattr(stage.balancers, "on_list", refused))
    stage.after(1000, lambda: dies(stage))
    stage.run(1100)
    assert stage.puts == [WEST.ipv4]


def test_the_watch_goes_on_while_the_table_is_away(stage: Stage) -> None:
    """A tick that cannot read what is recorded looks for itself, and probes."""
    stage.after(59, lambda: setattr(stage.store, "away", True))
    stage.run(300)
    assert probed(stage, since=200) == {EAST.ipv4, WEST.ipv4}


# A balancer is made anew


def changes(stage: Stage) -> None:
    stage.balancers.found["lb-east"] = NEW_EAST


def test_a_changed_balancer_alerts_and_moves_nobody(stage: Stage) -> None:
    stage.after(100, lambda: changes(stage))
    stage.run(800)
    assert stage.state.notices.incidents[Kind.BALANCER_CHANGED].raised
    assert stage.dns.log == []
    assert NEW_EAST.ipv4 not in probed(stage)


def test_the_accepted_address_is_the_one_that_is_returned_to(stage: Stage) -> None:
    """The accepted one goes on being published, too, not only probed."""
    stage.after(100, lambda: changes(stage))
    stage.after(700, lambda: dies(stage, WEST))
    stage.dns.set(101, WEST.ipv4)
    stage.run(900)
    assert stage.puts == [EAST.ipv4]


def test_a_raised_revision_publishes_the_new_address_at_once(stage: Stage) -> None:
    """It needs no alert before, and no ten minutes: a new revision looks for itself."""
    stage.after(110, lambda: changes(stage))
    stage.after(115, lambda: raised(stage))
    stage.run(300)
    assert stage.puts == [NEW_EAST.ipv4]
    assert stage.state.publication.cause is Cause.SETTINGS
    assert stage.state.followed.balancers["lb-east"] == Accepted(NEW_EAST, 2)
    assert stage.telemetry.total(Metric.FAILOVER) == 0


def test_the_new_address_waits_until_it_is_healthy(stage: Stage) -> None:
    dies(stage, NEW_EAST)
    stage.after(110, lambda: changes(stage))
    stage.after(115, lambda: raised(stage))
    seen: list[list[str]] = []
    stage.after(299, lambda: seen.append(stage.dns.addresses()))
    stage.after(300, stage.prober.down.clear)
    stage.run(500)
    assert seen == [[EAST.ipv4]]
    assert stage.puts == [NEW_EAST.ipv4]


def test_the_alert_ends_with_the_raise(stage: Stage) -> None:
    stage.after(100, lambda: changes(stage))
    stage.after(790, lambda: raised(stage))
    stage.run(1200)
    assert stage.telemetry.told("incident_ended") == [
        {"app": "shop", "incident": Kind.BALANCER_CHANGED}
    ]
    assert Kind.BALANCER_CHANGED not in stage.state.notices.incidents


def test_a_change_after_the_raise_needs_another_raise(stage: Stage) -> None:
    """Nothing else in the file changed, so that the raise itself decided nothing."""
    stage.after(110, lambda: raised(stage))
    stage.after(250, lambda: changes(stage))
    stage.run(1500)
    assert stage.state.notices.incidents[Kind.BALANCER_CHANGED].raised
    assert stage.dns.log == []


def test_a_raise_while_linode_is_away_counts_when_it_is_back(stage: Stage) -> None:
    stage.after(100, lambda: changes(stage))
    stage.after(100, lambda: setattr(stage.balancers, "on_list", unavailable))
    stage.after(110, lambda: raised(stage))
    stage.after(500, lambda: setattr(stage.balancers, "on_list", lambda: None))
    seen: list[list[str]] = []
    stage.after(499, lambda: seen.append(stage.dns.addresses()))
    stage.run(700)
    assert seen == [[EAST.ipv4]]
    assert stage.puts == [NEW_EAST.ipv4]


def test_a_missing_balancer_alerts_and_its_region_stays_a_candidate(stage: Stage) -> None:
    stage.after(100, lambda: stage.balancers.found.pop("lb-west"))
    stage.after(800, lambda: dies(stage))
    stage.run(1000)
    assert stage.state.notices.incidents[Kind.BALANCER_MISSING].raised
    assert stage.puts == [WEST.ipv4]


# IPv6


def test_where_one_balancer_has_no_ipv6_the_aaaa_record_is_left_alone() -> None:
    """A failover moves the A record; the AAAA record is neither understood nor touched."""
    stage = Stage().set_up(NAMED).pointing_at(EAST6)
    stage.balancers.found = {"lb-east": EAST6, "lb-west": WEST}
    stage.after(100, lambda: dies(stage))
    stage.run(200)
    assert stage.dns.addresses("A") == [WEST.ipv4]
    assert stage.dns.addresses("AAAA") == [EAST6.ipv6]
    assert stage.state.notices.incidents[Kind.IPV6_UNMANAGED].raised


# What the control function says


def shown(stage: Stage) -> dict[str, object]:
    return stage.hub.run(lambda: status(stage.hub, stage.store, stage.settings, "eu-west-1"))


def test_status_shows_the_addresses_behind_the_labels(stage: Stage) -> None:
    stage.run(100)
    regions = shown(stage)["services"]["shop"]["regions"]  # type: ignore[index]
    assert (regions["east"]["nodebalancer"], regions["east"]["ipv4"]) == ("lb-east", EAST.ipv4)


def test_status_says_that_a_service_is_not_watched_and_why(stage: Stage) -> None:
    summary = shown(stage)["summary"]
    assert "shop: app.shop.test is not watched: east is left out: " in summary[0]  # type: ignore[index]


def test_a_look_up_stamped_by_a_fast_clock_keeps_no_later_one_out(stage: Stage) -> None:
    """It says that it was made tomorrow; today's is the newer one all the same."""
    old = {"lb-east": EAST, "lb-west": WEST}
    stage.store.lookups["eu-west-1"] = Lookup(stage.hub.time + 86_400, 1, old)
    stage.balancers.found = {"lb-east": NEW_EAST, "lb-west": WEST}
    stage.run(40)
    assert stage.store.lookups["eu-west-1"].found["lb-east"] == NEW_EAST
    assert Kind.BALANCER_CHANGED in stage.state.notices.incidents
