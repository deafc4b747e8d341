"""Rule 2: the first decision takes the records as they are. Installing moves nobody."""

import pytest

from failover.decision.decision import Action
from failover.notify.kinds import Kind
from failover.publication.parts import Cause
from tests.support.builders import (
    EAST,
    EAST6,
    ELSEWHERE,
    SHOP6,
    WEST,
    WEST6,
    decided,
    lasts,
    names,
    override,
    reading,
    reads,
    record,
    saying,
    told,
)


@pytest.mark.parametrize("letters", ["HHH", "UHH", "UUU", "..."])
@pytest.mark.parametrize(("found", "name"), [(EAST, "east"), (WEST, "west")])
def test_records_that_say_one_of_our_regions_are_adopted_whatever_its_health(
    letters: str, found: object, name: str
) -> None:
    decision = decided(letters, None, reading=reads(found))
    assert (decision.action, decision.cause) == (Action.ADOPT, Cause.ADOPTION)
    assert decision.targets == {name: found}


def test_two_records_that_say_the_same_address_say_one_region() -> None:
    decision = decided("HHH", None, reading=reads(WEST, WEST))
    assert names(decision) == ["west"]


def test_an_empty_name_is_pointed_at_the_first_healthy_region() -> None:
    for letters, name in [("HHH", "east"), ("UHH", "west"), ("?UH", "south")]:
        decision = decided(letters, None, reading=reading())
        assert (decision.action, decision.cause) == (Action.PUBLISH, Cause.ADOPTION)
        assert names(decision) == [name]


@pytest.mark.parametrize("letters", ["UUU", "???", "...", "U?."])
def test_an_empty_name_stays_empty_while_no_region_is_known_to_be_healthy(letters: str) -> None:
    decision = decided(letters, None, reading=reading())
    assert decision.action is Action.HOLD


@pytest.mark.parametrize(
    "found",
    [
        saying(EAST, WEST),
        saying(ELSEWHERE),
        saying(EAST, ELSEWHERE),
        (record("CNAME", "shop.example.net", 301),),
        (*saying(EAST), record("CNAME", "shop.example.net", 301)),
        (*saying(EAST), record("AAAA", "2001:db8::9", 201)),
    ],
)
def test_anything_else_is_left_alone_and_said_so(found: tuple[object, ...]) -> None:
    decision = decided("HHH", None, reading=reading(*found))
    assert decision.action is Action.HOLD
    assert lasts(decision) == {Kind.ADOPTION_HELD}
    assert override(decision)


def test_a_pair_is_one_region() -> None:
    assert names(decided("HHH", None, service=SHOP6, reading=reads(WEST6))) == ["west"]


def test_a_family_that_is_missing_does_not_speak_against_the_region() -> None:
    for present in saying(EAST6):
        decision = decided("HHH", None, service=SHOP6, reading=reading(present))
        assert decision.action is Action.ADOPT
        assert decision.targets == {"east": EAST6}


def test_families_that_say_different_regions_are_not_one_region() -> None:
    crossed = (saying(EAST6)[0], saying(WEST6)[1])
    decision = decided("HHH", None, service=SHOP6, reading=reading(*crossed))
    assert lasts(decision) == {Kind.ADOPTION_HELD}


def test_nothing_follows_from_records_that_were_not_read_twice() -> None:
    for found in (reads(EAST), reading(), reads(ELSEWHERE)):
        decision = decided("HHH", None, reading=found, confirmed=False)
        assert decision.action is Action.HOLD
        assert "second reading" in told(decision)


def test_without_any_reading_it_waits() -> None:
    assert decided("HHH", None, reading=None, confirmed=False).action is Action.HOLD
