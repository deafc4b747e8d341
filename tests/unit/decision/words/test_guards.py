"""What a hold or a ground says, where no other test reads the sentence."""

import json

import pytest

from failover.decision import hold_rules
from failover.decision.balancers import Anomaly, Oddity
from failover.decision.decision import Action, Decision
from failover.decision.guard import Because, Ground, Guard, Hold, Targets
from failover.decision.hold_rules import Change
from failover.decision.view import View
from failover.decision.words import guards, late_refusals
from failover.decision.words.grounds import OLD_READING
from failover.notify.commands import Command, Order
from failover.publication.parts import Cause
from failover.settings.model import Routing
from failover.staleness.replication import Freshness
from tests.support.builders import (
    EAST,
    NEW_EAST,
    NOW,
    WEST,
    gate,
    moving,
    pin,
    pointing_at,
    reads,
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


def test_only_who_was_removed_by_a_person_is_released_by_one() -> None:
    view = scene("HHH", pointing_at("east"))
    override = guards.said(view, Guard(Ground.EXCLUDED)).override
    assert override == view.event(Command.RELEASE)
    assert guards.said(view, Guard(Ground.EXCLUDED, because=Because.ANYWAY)).override is None
    assert guards.said(view, Guard(Ground.DRIFT)).override is None


def test_a_region_that_is_not_surely_healthy_can_be_left_by_an_order() -> None:
    for letters, unsure in (("HHH", False), ("UHH", True), ("?HH", True)):
        said = guards.said(scene(letters), Guard(Ground.ACTIVE_REGION, {"east": EAST}))
        assert (said.override is not None) is unsure


def test_an_old_reading_is_told_with_its_age() -> None:
    for age, said in [
        (OLD_READING - 1, "the records say what was decided"),
        (OLD_READING, "the last reading said what was decided, but it is 10 min 0 s old"),
    ]:
        view = scene("HHH", reading=reads(EAST, at=NOW - age))
        assert says(view, Ground.DRIFT, because=Because.AGREED) == said


SPENT = pointing_at("west", flips=(NOW - 60.0, NOW - 50.0))


@pytest.mark.parametrize(
    ("routing", "event"),
    [
        (Routing.FAILOVER, {"command": "failover", "region": "east"}),
        (Routing.MULTIVALUE, {"command": "failback"}),
    ],
)
def test_when_the_rate_limit_holds_traffic_is_returned_by_one_event(routing, event) -> None:
    view = scene("HHH", SPENT, service=shop(routing=routing))
    said = guards.said(view, Guard(Hold.FLIP_BUDGET, {"east": EAST}))
    assert said.saw == (
        "the name moved 2 times in the last 60 minutes: no traffic is returned to east"
    )
    assert said.override is not None
    sent = json.loads(said.override)
    assert sent == {**event, "service": "shop", "by": "<you>", "reason": "<why>"}


@pytest.mark.parametrize(
    ("because", "said"),
    [
        (Because.EARLY, "east has been healthy for 500 s of 600 s"),
        (Because.ORDERED, "east is healthy, but the name was moved here by order"),
        (Because.MANUAL, 'east is healthy; failback is "manual"'),
        (Because.STALE, "the data of east is of unknown age, which counts as fresh"),
    ],
)
def test_why_traffic_is_not_returned_is_told_by_its_reason(because: Because, said: str) -> None:
    view = scene("HHH", pointing_at("west", moved_by=Cause.OPERATOR))
    assert says(view, Hold.FAILBACK, {"east": EAST}, because=because, left=100.0) == said


def test_where_nobody_is_healthy_an_order_can_force_another_region_for_a_time() -> None:
    order = Order(Command.FAILOVER, "e1", "shop", "ana", "why")
    away = order.event(region="west", force=True, until="4h")
    assert guards.said(scene("UUU"), Guard(Hold.CANDIDATES), order).override == away
    several = shop(routing=Routing.MULTIVALUE)
    everywhere = {region.name: region.addresses for region in several.regions}
    state = pointing_at("east", several, active=everywhere, targets=everywhere)
    view = scene("UUU", state, service=several)
    first = order.event(region="east", force=True, until="4h")
    assert guards.said(view, Guard(Hold.CANDIDATES), order).override == first


def test_whether_the_records_say_what_was_decided_is_told() -> None:
    view = scene("HHH")
    assert says(view, Ground.RECORDS, because=Because.DONE) == "the records say what was decided"
    not_yet = "the records do not say what was decided yet"
    assert says(view, Ground.RECORDS) == not_yet


@pytest.mark.parametrize(("letters", "region"), [("HHH", "east"), ("UHH", "west"), ("UUU", "east")])
def test_with_several_regions_an_order_names_the_first_healthy_one_or_else_the_first(
    letters: str, region: str
) -> None:
    order = Order(Command.FAILOVER, "e1", "shop", "ana", "why")
    view = scene(letters, service=shop(routing=Routing.MULTIVALUE))
    said = guards.said(view, Guard(Hold.REGION), order)
    assert said.saw == "every healthy region is published; name one to publish alone"
    assert said.override == order.event(region=region, until="4h")


def test_what_an_order_said_is_told_as_it_was() -> None:
    assert says(scene("HHH"), Ground.ORDER, text="failover to west") == "failover to west"


def test_an_adoption_says_whether_there_were_records() -> None:
    view, here = scene("HHH"), {"east": EAST}
    empty = says(view, Ground.ADOPTION, here, because=Because.EMPTY)
    assert empty == "the name has no records: those of east are added"
    assert says(view, Ground.ADOPTION, here) == (
        "the records point at east and are adopted as they are"
    )
