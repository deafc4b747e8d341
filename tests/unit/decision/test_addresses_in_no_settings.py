"""An address that the settings do not give, or do not give any more, is not written."""

from dataclasses import replace

from failover.decision.decision import Action
from failover.decision.guard import Guard, Hold
from failover.decision.hold_rules import Change
from failover.decision.holds import against
from failover.decision.words import guards
from failover.publication.parts import Cause
from failover.settings.model import Addresses
from tests.support.builders import (
    EAST,
    ELSEWHERE,
    SHOP,
    decided,
    moving,
    names,
    pointing_at,
    reads,
    scene,
    told,
)


def test_an_unfinished_decision_for_an_address_in_no_settings_goes_to_one_of_them() -> None:
    """Somebody has written it into the control table: it is never published."""
    state = moving("east", "west", targets={"west": ELSEWHERE})
    decision = decided("UHH", state, reading=reads(EAST))
    assert decision.action is Action.PUBLISH
    assert names(decision) == ["west"]
    assert decision.targets["west"] != ELSEWHERE
    assert "in no settings" in told(decision)


def test_an_unfinished_decision_for_such_an_address_is_held_without_a_healthy_region() -> None:
    state = moving("east", "west", targets={"west": ELSEWHERE})
    decision = decided("UUU", state, reading=reads(EAST))
    assert decision.action is Action.HOLD


def test_a_published_decision_for_an_address_in_no_settings_does_not_keep_it() -> None:
    """The records were mixed for long, and what is written over them is in the settings."""
    state = pointing_at("east", targets={"east": ELSEWHERE})
    mixed = reads(EAST, SHOP.regions[1].addresses)
    decision = decided("HHH", state, reading=mixed)
    assert ELSEWHERE not in decision.targets.values()


def test_an_empty_name_is_not_filled_with_an_address_in_no_settings() -> None:
    state = pointing_at("east", targets={"east": ELSEWHERE})
    decision = decided("UUU", state, reading=reads())
    assert decision.action is Action.HOLD
    assert decision.held is Hold.CANDIDATES


def test_a_repair_does_not_write_an_address_of_older_settings() -> None:
    """East is to get another address, which does not answer yet. A record says west meanwhile, and
    a repair has failed once."""
    new = Addresses("192.0.2.11")
    service = replace(SHOP, regions=(replace(SHOP.regions[0], addresses=new), *SHOP.regions[1:]))
    state = moving("east", "east", cause=Cause.DRIFT, accepted={"east": new})
    mixed = reads(SHOP.regions[1].addresses)
    decision = decided("UHH", state, service=service, reading=mixed)
    assert (decision.action, names(decision)) == (Action.PUBLISH, ["west"])
    there = decided("UHH", state, service=service, reading=reads(EAST, ttl=300))
    assert (there.action, names(there)) == (Action.RETRY, ["east"])


def test_the_addresses_of_a_former_revision_are_not_published_any_more() -> None:
    """The settings have changed under a publication: it goes on with the address that they give."""
    new = Addresses("192.0.2.22")
    changed = replace(SHOP.regions[1], addresses=new)
    service = replace(SHOP, regions=(SHOP.regions[0], changed, SHOP.regions[2]))
    decision = decided("UHH", moving("east", "west"), service=service, reading=reads(EAST))
    assert (decision.action, decision.targets) == (Action.PUBLISH, {"west": new})


def test_whatever_wants_to_write_such_an_address_is_held_back() -> None:
    view = scene("HHH")
    held = against(view, Change({"west": ELSEWHERE}), Hold.ADDRESSES)
    assert held == Guard(Hold.ADDRESSES, {"west": ELSEWHERE})
    assert "west that are in no settings" in guards.said(view, held).saw
