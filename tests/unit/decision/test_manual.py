"""What stands against an order, in the words that a person reads, and what gets past it."""

from dataclasses import replace

import pytest

from failover.decision.decision import Action, Decision
from failover.decision.manual import Refused, judged
from failover.decision.view import View
from failover.decision.words import guards
from failover.notify.commands import Command, Order
from failover.publication.parts import Cause, Phase
from failover.settings.model import Mode, Routing
from failover.staleness.replication import Freshness
from tests.support.builders import (
    EAST,
    ELSEWHERE,
    HOUR,
    NOW,
    ballot,
    claim,
    gate,
    moving,
    names,
    pin,
    pointing_at,
    reads,
    scene,
    shop,
    stop,
    told,
    votes,
)

ANA = '"by": "ana", "reason": "why"}'
HOUR_MORE = "for another 1 h 0 min (until 2027-01-15T09:00:00Z)"


def order(command: Command = Command.FAILOVER, **changes: object) -> Order:
    plain = Order(command, "id", "shop", "ana", "why", region="west")
    return replace(plain, **changes)


def against(view: View, asked: Order) -> list[tuple[str, str, str | None]]:
    """Every guard that holds."""
    refused = judged(view, asked)
    assert isinstance(refused, Refused)
    told = [guards.said(view, guard, asked) for guard in refused.held]
    return [(said.name, said.saw, said.override) for said in told]


def follows(view: View, asked: Order) -> Decision:
    """The decision that an order leads to."""
    decision = judged(view, asked)
    assert isinstance(decision, Decision)
    return decision


def test_a_healthy_target_is_published_because_a_person_said_so() -> None:
    decision = follows(scene("HHH"), order())
    assert (decision.action, decision.cause, names(decision)) == (
        Action.PUBLISH,
        Cause.OPERATOR,
        ["west"],
    )


def test_an_unhealthy_region_is_left_as_well() -> None:
    assert names(follows(scene("UHH"), order())) == ["west"]


@pytest.mark.parametrize(
    ("letter", "is_"), [("U", "unhealthy"), ("?", "unknown"), (".", "unknown")]
)
def test_a_target_that_is_not_healthy_needs_force_and_an_end(letter: str, is_: str) -> None:
    view = scene(f"H{letter}H")
    ((name, saw, override),) = against(view, order())
    assert (name, saw.startswith(f"west is {is_}")) == ("health", True)
    assert override == (
        '{"command": "failover", "service": "shop", "region": "west", "force": true, '
        f'"until": "4h", {ANA}'
    )
    assert against(view, order(force=True))
    assert against(view, order(until=NOW + HOUR))
    assert follows(view, order(force=True, until=NOW + HOUR)).action is Action.PUBLISH


@pytest.mark.parametrize("letter", "U?.")
def test_a_pin_asks_for_no_health(letter: str) -> None:
    asked = order(Command.PIN, until=NOW + HOUR)
    assert follows(scene(f"H{letter}H"), asked).action is Action.PUBLISH


def test_stale_data_needs_force_and_no_end() -> None:
    view = scene("HHH", freshness={"us-west-2": Freshness.STALE})
    assert against(view, order()) == [
        (
            "data",
            "the data of west is 300.0 s behind, which is stale",
            '{"command": "failover", "service": "shop", "region": "west", "force": true, ' + ANA,
        )
    ]
    assert follows(view, order(force=True)).action is Action.PUBLISH


def test_observe_writes_nothing_for_anybody() -> None:
    view = scene("HHH", service=shop(mode=Mode.OBSERVE))
    assert against(view, order()) == [
        ("mode", 'mode is "observe": DNS is never written', 'set mode = "act" and deploy')
    ]


def test_older_settings_publish_nothing_for_anybody() -> None:
    newer = ballot(votes("HHH"), vantage="v2", revision=2)
    view = scene("HHH", ballots=(ballot(votes("HHH")), newer))
    ((name, saw, _),) = against(view, order())
    assert name == "settings revision"
    assert saw == "revision 2 of the settings is deployed elsewhere; this vantage has 1"


def test_a_live_claim_is_waited_for() -> None:
    state = moving("east", "south", claim=claim(until=NOW + 5))
    given = order()
    ((name, saw, override),) = against(scene("HHH", state), given)
    change = "the change to south (the region before was unhealthy)"
    assert name == "claim"
    assert saw == f"v1 is writing {change}, for another 15 s at the most"
    assert override == given.event()


def test_what_automation_left_unfinished_is_decided_anew() -> None:
    decision = follows(scene("HHH", moving("east", "west")), order())
    assert (decision.action, decision.cause) == (Action.PUBLISH, Cause.OPERATOR)


def test_what_an_order_left_unfinished_is_gone_on_with() -> None:
    state = moving("east", "west", cause=Cause.OPERATOR)
    assert follows(scene("HHH", state), order()).action is Action.RETRY


def test_a_pin_elsewhere_is_in_the_way_and_one_here_is_not() -> None:
    view = scene("HHH", pointing_at("east", pin=pin("east")))
    assert against(view, order()) == [
        (
            "pin",
            f"ana pinned east {HOUR_MORE}: maintenance; east is healthy",
            '{"command": "release", "service": "shop", ' + ANA,
        )
    ]
    assert follows(scene("HHH", pointing_at("east", pin=pin("west"))), order())
    assert follows(view, order(until=NOW + HOUR)), "an order with an end replaces it"
    assert follows(scene("HHH", pointing_at("east", pin=pin("east", NOW - 1))), order())


def test_foreign_records_ask_for_a_takeover() -> None:
    view = scene("HHH", reading=reads(ELSEWHERE))
    ((name, saw, override),) = against(view, order())
    assert name == "foreign"
    assert saw.startswith("the records say A 203.0.113.9: addresses that are in no settings")
    assert override == '{"command": "takeover", "service": "shop", "region": "west", ' + ANA
    assert names(follows(view, order(Command.TAKEOVER))) == ["west"]
    assert names(follows(view, order(Command.TAKEOVER, region=None))) == ["east"]


def test_without_any_reading_nothing_is_decided() -> None:
    ((name, _, _),) = against(scene("HHH", reading=None), order())
    assert name == "records"


@pytest.mark.parametrize("command", [Command.FAILOVER, Command.PIN])
def test_where_the_name_points_already_there_is_nothing_to_publish(command: Command) -> None:
    decision = follows(scene("HHH"), order(command, region="east", until=NOW + HOUR))
    assert decision.action is Action.HOLD


def test_records_that_differ_are_published_again() -> None:
    view = scene("HHH", pointing_at("east"), reading=reads(shop().regions[2].addresses))
    assert follows(view, order(region="east")).action is Action.PUBLISH


def test_all_that_holds_is_told_at_once() -> None:
    view = scene("HUH", pointing_at("east", pin=pin("south")), service=shop(mode=Mode.OBSERVE))
    assert [name for name, _, _ in against(view, order())] == ["mode", "pin", "health"]


def test_a_gate_and_a_pause_are_passed_and_told() -> None:
    view = scene("HHH", pointing_at("east", pause=stop()), gate=gate())
    decision = follows(view, order())
    assert decision.action is Action.PUBLISH
    assert "the global stop switch: automation stays paused for another 1 h 0 min" in told(decision)
    assert "the pause of this service: automation stays paused for another 1 h 0 min" in told(
        decision
    )


def test_failback_goes_to_the_most_preferred_region() -> None:
    view = scene("HHH", pointing_at("south"))
    assert names(follows(view, order(Command.FAILBACK, region=None))) == ["east"]


def test_failback_to_a_dead_region_names_the_failover_by_force() -> None:
    view = scene("UHH", pointing_at("south"))
    ((name, _, override),) = against(view, order(Command.FAILBACK, region=None))
    assert name == "health"
    assert override == (
        '{"command": "failover", "service": "shop", "region": "east", "force": true, '
        f'"until": "4h", {ANA}'
    )


def test_a_region_without_an_address_is_no_target() -> None:
    why = "north has no address: it is not in the settings"
    assert against(scene("HHH"), order(region="north")) == [("region", why, None)]


def test_a_failover_without_a_region_takes_the_first_healthy_other_one() -> None:
    assert names(follows(scene("HUH"), order(region=None))) == ["south"]
    ((name, saw, override),) = against(scene("HUU"), order(region=None))
    assert name == "candidates"
    assert saw == (
        "no region to move to is healthy: east is healthy; west is unhealthy; south is unhealthy"
    )
    assert override is not None
    assert '"region": "west", "force": true, "until": "4h"' in override


def test_with_every_region_published_the_takeover_publishes_all_healthy_ones() -> None:
    service = shop(routing=Routing.MULTIVALUE)
    here = {"east": EAST}
    state = pointing_at("east", service, active=here, targets=here)
    view = scene("HUH", state, service=service, reading=reads(ELSEWHERE))
    assert names(follows(view, order(Command.TAKEOVER, region=None))) == ["east", "south"]


def test_an_unfinished_claim_of_long_ago_is_nobodys() -> None:
    state = moving("east", "south", claim=claim(until=NOW - 10))
    assert state.publication.phase is Phase.PUBLISHING
    assert follows(scene("HHH", state), order()).action is Action.PUBLISH
