"""Settings and people change things while ticks run."""

from dataclasses import replace

import pytest

from failover.health.probe import Reason
from failover.notify.kinds import Kind
from failover.publication.parts import Cause
from failover.settings.model import Addresses, Failback, Mode, Region
from tests.unit.app.stage import EAST, SHOP, WEST, Stage

NEW_EAST = Addresses("127.0.1.9")
MOVED = replace(SHOP, regions=(Region("east", "us-east-1", NEW_EAST), SHOP.regions[1]))


@pytest.fixture
def stage() -> Stage:
    """The shop, pointing at its first region."""
    return Stage().set_up().pointing_at(EAST)


def test_a_new_address_with_a_raised_revision_is_published_once(stage: Stage) -> None:
    """It is healthy: the record says it, and no failover was counted."""
    stage.run(120)
    stage.set_up(MOVED, revision=2).run(240)
    assert stage.puts == [NEW_EAST.ipv4]
    assert list(stage.state.served.active) == ["east"]
    assert stage.state.served.moved_by is Cause.ADOPTION


def test_a_new_address_that_is_dead_is_not_published(stage: Stage) -> None:
    """Users stay at the old address, which is probed on and is healthy."""
    stage.prober.down[NEW_EAST.ipv4] = Reason.REFUSED
    stage.run(120)
    stage.set_up(MOVED, revision=2).run(240)
    assert stage.puts == []
    assert stage.dns.addresses() == [EAST.ipv4]


def test_a_new_address_with_the_same_revision_is_not_published(stage: Stage) -> None:
    """Of an equal revision nothing follows."""
    stage.run(120)
    stage.set_up(MOVED).run(240)
    assert stage.puts == []


LEFT_OUT = replace(SHOP, regions=SHOP.regions[1:])
"""The settings no longer name the first region, at which the name still points."""


def test_a_region_that_left_the_settings_is_not_judged_by_what_they_say_of_another(
    stage: Stage,
) -> None:
    """It is healthy, and names an AWS region that nobody expects any more: nobody is moved."""
    stage.prober.says = {EAST.ipv4: "us-east-1", WEST.ipv4: "us-west-2"}
    stage.run(120)
    stage.set_up(LEFT_OUT).run(240)
    assert stage.puts == []
    assert stage.telemetry.told("probe_failed") == []


def test_its_health_still_counts(stage: Stage) -> None:
    stage.run(120)
    stage.set_up(LEFT_OUT)
    stage.after(100, lambda: stage.prober.down.update({EAST.ipv4: Reason.STATUS}))
    stage.run(240)
    assert stage.puts == [WEST.ipv4]


def test_a_region_at_its_old_address_must_still_be_that_region(stage: Stage) -> None:
    """The settings name it, with a new address that is dead: the old one is checked as before."""
    stage.prober.says = {EAST.ipv4: "eu-west-1", WEST.ipv4: "us-west-2"}
    stage.prober.down[NEW_EAST.ipv4] = Reason.REFUSED
    stage.run(10)
    stage.set_up(MOVED).run(120)
    failed = stage.telemetry.told("probe_failed")
    assert {f["reason"] for f in failed if f["address"] == EAST.ipv4} == {Reason.WRONG_REGION}
    assert stage.puts == [WEST.ipv4]


def test_a_switch_by_hand_is_adopted_and_kept(stage: Stage) -> None:
    """Whoever moves the record to another healthy region has decided."""
    stage.after(100, lambda: stage.dns.set(101, WEST.ipv4))
    stage.run(600)
    assert stage.puts == []
    assert stage.state.publication.cause is Cause.EXTERNAL
    assert list(stage.state.served.active) == ["west"]


def test_failback_by_itself_waits_for_the_time_that_was_set() -> None:
    """With `automatic`, the preferred region gets its traffic back after `failback_after`."""
    stage = Stage().set_up(replace(SHOP, failback=Failback.AUTOMATIC)).pointing_at(EAST)
    stage.after(100, lambda: stage.prober.down.update({EAST.ipv4: Reason.REFUSED}))
    stage.after(200, stage.prober.down.clear)
    before: list[list[str | None]] = []
    stage.after(790, lambda: before.append(stage.puts))
    stage.run(1000)
    assert before == [[WEST.ipv4]]
    assert stage.puts == [WEST.ipv4, EAST.ipv4]
    assert stage.state.served.moved_by is Cause.FAILBACK


def test_observing_writes_nothing_and_reports_each_incident_once() -> None:
    """The switch that would have been made is told once, and touches no claim and no budget."""
    stage = Stage().set_up(replace(SHOP, mode=Mode.OBSERVE)).pointing_at(EAST)
    stage.after(100, lambda: stage.prober.down.update({EAST.ipv4: Reason.REFUSED}))
    stage.run(600)
    assert stage.dns.log == []
    assert stage.state.limits.flips == ()
    assert stage.state.publication.claim is None
    began = [f for f in stage.telemetry.told("incident_began") if f["incident"] == "would_switch"]
    assert len(began) == 1
    assert Kind.WOULD_SWITCH in stage.state.notices.raised()


def test_observing_follows_a_switch_by_hand() -> None:
    """The state follows the records, wherever a person points them."""
    stage = Stage().set_up(replace(SHOP, mode=Mode.OBSERVE)).pointing_at(EAST)
    stage.after(100, lambda: stage.dns.set(101, WEST.ipv4))
    stage.run(200)
    assert list(stage.state.served.active) == ["west"]


def test_a_blind_vantage_counts_nothing(stage: Stage) -> None:
    """No region and no reference answers: it is the monitor that is cut off."""
    stage.set_up(references=("https://example.org/",))
    both = {EAST.ipv4: Reason.DEADLINE, WEST.ipv4: Reason.DEADLINE}
    stage.after(100, lambda: setattr(stage.prober, "references", False))
    stage.after(100, lambda: stage.prober.down.update(both))
    seen: list[bool] = []
    stage.after(300, lambda: seen.append(Kind.BLIND in stage.state.notices.raised()))
    stage.after(320, stage.prober.down.clear)
    stage.run(400)
    assert seen == [True]
    assert stage.dns.log == []
    assert Kind.NO_HEALTHY_REGION not in stage.state.notices.raised()
    began = [facts["incident"] for facts in stage.telemetry.told("incident_began")]
    assert Kind.NO_HEALTHY_REGION not in began


UNSENT = {EAST.ipv4: Reason.UNSENT, WEST.ipv4: Reason.UNSENT}


def test_a_vantage_that_cannot_send_its_probes_is_blind_and_moves_nothing(stage: Stage) -> None:
    """The value of a secret header was never read. That the references answer does not help."""
    stage.after(100, lambda: stage.prober.down.update(UNSENT))
    seen: list[bool] = []
    stage.after(300, lambda: seen.append(Kind.BLIND in stage.state.notices.raised()))
    stage.run(400)
    assert seen == [True]
    assert stage.dns.log == []
    assert Kind.NO_HEALTHY_REGION not in stage.state.notices.raised()


def test_a_region_that_is_dead_is_left_once_probes_can_be_sent_again(stage: Stage) -> None:
    stage.after(100, lambda: stage.prober.down.update(UNSENT))
    stage.after(300, stage.prober.down.clear)
    stage.after(301, lambda: stage.prober.down.update({EAST.ipv4: Reason.REFUSED}))
    stage.run(500)
    assert list(stage.state.served.active) == ["west"]
