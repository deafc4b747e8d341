"""What a hold or a ground says, where no other test reads the sentence."""

import pytest

from failover.decision import hold_rules
from failover.decision.balancers import Anomaly, Oddity
from failover.decision.decision import Action, Decision
from failover.decision.guard import Because, Ground, Guard, Hold, Targets
from failover.decision.hold_rules import Change
from failover.decision.view import View
from failover.decision.words import guards, late_refusals
from failover.staleness.replication import Freshness
from tests.support.builders import (
    EAST,
    NEW_EAST,
    WEST,
    gate,
    moving,
    pin,
    pointing_at,
    scene,
    shop,
    stop,
)

MOVED = shop(NEW_EAST)


def says(view: View, name: Hold | Ground, regions: Targets = {}, **facts: object) -> str:  # noqa: B006
    return guards.said(view, Guard(name, regions, **facts)).saw  # type: ignore[arg-type]


def test_a_decision_without_a_reason_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="why"):
        Decision(scene("HHH"), Action.HOLD, ())


def test_a_target_that_died_during_a_stop_is_told() -> None:
    view = scene("HUH", moving("east", "west"), gate=gate())
    said = says(view, Hold.STOP, because=Because.UNHEALTHY)
    assert said == "the target is unhealthy, and automation is paused"


def test_a_target_in_no_settings_is_told_when_nobody_else_is_healthy() -> None:
    said = says(scene("UUU"), Hold.CANDIDATES, because=Because.LOST)
    assert said == "the target is in no settings, and no other region is healthy"


def test_a_new_address_is_told_with_what_it_waits_for() -> None:
    moved = {"east": NEW_EAST}
    same = scene("HHH", service=MOVED)
    said = "the new address of east is healthy; it is published once revision is raised"
    assert says(same, Ground.SETTINGS, moved).startswith(said)
    raised = scene("UHH", service=MOVED, revision=2)
    said = "the new address of east is unhealthy; it is published once it is healthy"
    assert says(raised, Ground.SETTINGS, moved) == said


def test_stale_data_is_told_as_what_holds_the_failback() -> None:
    stale = scene("HHH", pointing_at("west"), freshness={"us-east-1": Freshness.STALE})
    said = says(stale, Hold.FAILBACK, {"east": EAST}, because=Because.STALE)
    assert "data" in said


def test_a_new_ttl_is_told() -> None:
    assert says(scene("HHH"), Ground.SETTINGS, because=Because.TTL) == "the TTL becomes 30 s"


def test_a_pin_holds_automation_too() -> None:
    pinned = scene("HHH", pointing_at("east", pin=pin("east")))
    assert hold_rules.pin(pinned, Change()) == Guard(Hold.PIN)
    assert hold_rules.pin(scene("HHH"), Change()) is None


def test_a_region_that_left_the_settings_and_a_narrowed_routing_are_told() -> None:
    view = scene("HHH", pointing_at("east"))
    said = says(view, Ground.SETTINGS, {"north": WEST}, because=Because.SEVERAL)
    assert said == (
        "east are published, and the routing is failover now; north is not in the settings any more"
    )


def test_a_pin_that_came_during_a_change_is_told() -> None:
    assert says(scene("HHH"), Ground.PIN, {"south": WEST}) == "south was pinned meanwhile"


def test_a_pin_on_a_region_that_is_gone_is_told_without_a_verdict() -> None:
    view = scene("HHH", pointing_at("east", pin=pin("north")))
    said = says(view, Hold.PIN)
    assert "north" in said
    assert "healthy" not in said


def test_a_service_without_a_nodebalancer_is_told_why() -> None:
    unknown = Anomaly(Oddity.UNKNOWN, ("east",), "lb-east")
    said = late_refusals.without_addresses("shop", [unknown])
    why = "east is left out: the NodeBalancer lb-east has not been looked up yet"
    assert said.saw == f"shop has no addresses: {why}"


@pytest.mark.parametrize(
    ("stopped", "name", "what", "resumes"),
    [
        ({"gate": gate()}, Hold.STOP, "everything", "*"),
        ({"state": pointing_at("east", pause=stop())}, Hold.PAUSE, "this service", "shop"),
    ],
)
def test_a_stop_is_told_with_what_it_stops_and_what_ends_it(stopped, name, what, resumes) -> None:
    said = guards.said(scene("HHH", **stopped), Guard(name))
    assert said.saw.startswith(f"ana paused {what} for another 1 h 0 min")
    assert said.override == (
        f'{{"command": "resume", "service": "{resumes}", "by": "<you>", "reason": "<why>"}}'
    )
