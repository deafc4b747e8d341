"""Rules 6 to 9: pins, staying, failback, leaving, and having nowhere to go."""

import itertools

import pytest

from failover.decision.decision import Action
from failover.decision.words import values
from failover.health.tally import Vote
from failover.notify.kinds import Kind
from failover.publication.parts import Cause
from failover.settings.model import Data, Failback, Routing
from failover.staleness.replication import Freshness
from failover.zone.plan import plan
from failover.zone.records import Answer
from tests.support.builders import (
    AGES,
    EAST,
    EAST6,
    MINUTE,
    NEW_EAST,
    NOW,
    SHOP,
    SHOP6,
    WEST,
    WITH_DATA,
    ballot,
    decided,
    having,
    lasts,
    names,
    override,
    pin,
    pointing_at,
    reading,
    reads,
    saying,
    shop,
    tally,
    told,
    unhealthy_for,
    votes,
)

STALE, FRESH, UNKNOWN = Freshness.STALE, Freshness.FRESH, Freshness.UNKNOWN
RETURNING = shop(failback=Failback.AUTOMATIC)
AWAY = pointing_at("west", moved_by=Cause.UNHEALTHY)


class TestPin:
    """Rule 6: an operator holds a region until a time."""

    @pytest.mark.parametrize("letter", ["H", "U", "?", "."])
    def test_the_pinned_region_is_the_target_whatever_its_health(self, letter: str) -> None:
        decision = decided(f"HH{letter}", pointing_at("east", pin=pin("south")))
        assert (decision.action, decision.cause) == (Action.PUBLISH, Cause.OPERATOR)
        assert names(decision) == ["south"]
        assert (Kind.PINNED_UNHEALTHY in lasts(decision)) is (letter == "U")

    def test_an_unhealthy_pinned_region_is_kept_with_an_alert_and_its_real_state(self) -> None:
        decision = decided("UHH", pointing_at("east", pin=pin("east")))
        assert decision.action is Action.HOLD
        assert lasts(decision) == {Kind.PINNED_UNHEALTHY}
        assert "maintenance; east is unhealthy" in told(decision)
        assert override(decision) == (
            '{"command": "release", "service": "shop", "by": "<you>", "reason": "<why>"}'
        )

    def test_one_of_several_is_published_at_the_address_of_the_settings(self) -> None:
        """The record of the other region has to say it, too, and none is given an older address."""
        both = {"east": EAST, "west": WEST}
        state = pointing_at("east", active=both, targets=both, pin=pin("east"))
        moved = shop(NEW_EAST, routing=Routing.MULTIVALUE)
        decision = decided("UHH", state, service=moved, reading=reads(EAST, WEST))
        assert decision.targets == {"east": NEW_EAST}

    def test_when_it_ends_nobody_is_moved(self) -> None:
        state = pointing_at("south", moved_by=Cause.OPERATOR, pin=pin("south", until=NOW))
        assert decided("HHH", state, service=RETURNING).action is Action.HOLD

    def test_when_it_ends_on_a_dead_region_the_dead_region_is_left(self) -> None:
        state = pointing_at("south", moved_by=Cause.OPERATOR, pin=pin("south", until=NOW))
        assert names(decided("HHU", state)) == ["east"]

    def test_a_region_that_is_not_in_the_settings_is_not_followed(self) -> None:
        decision = decided("UHH", pointing_at("east", pin=pin("north")))
        assert names(decision) == ["west"]
        assert "not followed" in told(decision)

    def test_it_is_not_held_by_the_flip_budget(self) -> None:
        state = pointing_at("east", pin=pin("west"), flips=(NOW - 1,) * 9)
        assert names(decided("HHH", state)) == ["west"]


class TestStay:
    """Rule 7: who is healthy, or not known to be unhealthy, keeps the traffic."""

    @pytest.mark.parametrize("letter", ["H", "?", "."])
    @pytest.mark.parametrize("others", ["HH", "UU", "??"])
    def test_nobody_leaves_a_region_that_is_not_unhealthy(self, letter: str, others: str) -> None:
        assert decided(letter + others).action is Action.HOLD

    def test_an_undecided_quorum_keeps_everything(self) -> None:
        ballots = tuple(ballot(votes(f"{letter}HH"), v) for letter, v in [("U", "v1"), ("H", "v2")])
        decision = decided("", vantages=("v1", "v2"), ballots=ballots)
        assert decision.action is Action.HOLD
        assert "1 healthy, 1 unhealthy of 2 fresh votes" in told(decision)


class TestFailback:
    """Rule 7: back to the preferred region, when everything speaks for it."""

    def test_the_preferred_region_gets_its_traffic_back(self) -> None:
        decision = decided("HHH", AWAY, service=RETURNING)
        assert (decision.action, decision.cause) == (Action.PUBLISH, Cause.FAILBACK)
        assert names(decision) == ["east"]

    @pytest.mark.parametrize(
        ("letters", "state", "service"),
        [
            ("HHH", AWAY, shop(failback=Failback.MANUAL)),
            ("UHH", AWAY, RETURNING),
            ("?HH", AWAY, RETURNING),
            ("H?H", AWAY, RETURNING),  # nothing moves while the active region is unknown
            ("HHH", having(AWAY, pin=pin("west")), RETURNING),
            ("HHH", having(AWAY, flips=(NOW - 1,) * 4), RETURNING),
            ("HHH", pointing_at("east", moved_by=Cause.UNHEALTHY), RETURNING),
        ],
        ids=[
            "manual",
            "unhealthy",
            "unknown",
            "active unknown",
            "pinned",
            "budget",
            "nobody above",
        ],
    )
    def test_any_guard_keeps_it_where_it_is(
        self, letters: str, state: object, service: object
    ) -> None:
        decision = decided(letters, state, service=service)
        assert decision.action is Action.HOLD

    @pytest.mark.parametrize("cause", [Cause.ADOPTION, Cause.EXTERNAL, Cause.OPERATOR])
    def test_what_a_person_moved_is_not_returned(self, cause: Cause) -> None:
        decision = decided("HHH", having(AWAY, moved_by=cause), service=RETURNING)
        assert decision.action is Action.HOLD
        assert f"but the name was moved {values.MOVED[cause]}" in told(decision)

    @pytest.mark.parametrize("cause", [Cause.UNHEALTHY, Cause.FAILBACK, Cause.SETTINGS])
    def test_what_automation_moved_is_returned_all_the_way(self, cause: Cause) -> None:
        """East, west and south: after a failback from south to west, east is still preferred."""
        decision = decided("HHH", having(AWAY, moved_by=cause), service=RETURNING)
        assert (decision.cause, names(decision)) == (Cause.FAILBACK, ["east"])

    @pytest.mark.parametrize(("seconds", "returns"), [(599.0, False), (600.0, True)])
    def test_it_must_have_been_healthy_for_long_enough(self, seconds: float, returns: bool) -> None:
        decision = decided("HHH", AWAY, service=RETURNING, since=NOW - seconds)
        assert (decision.action is Action.PUBLISH) is returns

    @pytest.mark.parametrize(("data", "returns"), [(STALE, False), (FRESH, True), (UNKNOWN, True)])
    def test_its_data_must_not_be_stale(self, data: Freshness, returns: bool) -> None:
        decision = decided("HHH", AWAY, service=RETURNING, freshness={"us-east-1": data})
        assert (decision.action is Action.PUBLISH) is returns

    def test_it_goes_to_the_most_preferred_healthy_region_above(self) -> None:
        far = pointing_at("south", moved_by=Cause.UNHEALTHY)
        for letters, name in [("HHH", "east"), ("UHH", "west")]:
            assert names(decided(letters, far, service=RETURNING)) == [name]

    def test_flips_older_than_an_hour_are_forgotten(self) -> None:
        state = having(AWAY, flips=(NOW - 61 * MINUTE,) * 4)
        assert names(decided("HHH", state, service=RETURNING)) == ["east"]

    def test_a_refusal_names_the_guard_and_how_to_get_past_it(self) -> None:
        decision = decided("HHH", AWAY)
        assert decision.why[-1].name == "failback"
        assert override(decision)


class TestLeave:
    """Rule 8: the active region is unhealthy and another one is healthy."""

    @pytest.mark.parametrize(
        ("letters", "name"), [("UHH", "west"), ("UUH", "south"), ("U?H", "south"), ("U.H", "south")]
    )
    def test_the_first_healthy_region_takes_over(self, letters: str, name: str) -> None:
        decision = decided(letters)
        assert (decision.action, decision.cause) == (Action.PUBLISH, Cause.UNHEALTHY)
        assert names(decision) == [name]

    def test_a_more_preferred_region_comes_first_wherever_the_name_points(self) -> None:
        assert names(decided("HUH", pointing_at("west"))) == ["east"]

    def test_what_a_person_removed_from_several_regions_is_a_candidate_like_any(self) -> None:
        """Exclusions are a matter of `multivalue` routing."""
        state = pointing_at("east", excluded_until={"west": NOW + 3600})
        assert names(decided("UHH", state)) == ["west"]

    def test_records_that_cannot_be_read_do_not_stop_it(self) -> None:
        assert names(decided("UHH", reading=None, confirmed=False)) == ["west"]


class TestFlipBudget:
    """A spent budget stops returning, never leaving a dead region."""

    def test_a_dead_region_is_left_at_once_however_often_the_name_has_moved(self) -> None:
        state = pointing_at("east", flips=(NOW - 1,) * 9)
        decision = decided("UHH", state)
        assert (decision.cause, names(decision)) == (Cause.UNHEALTHY, ["west"])

    @pytest.mark.parametrize("letters", ["HHH", "UHH", "UUU"])
    def test_that_it_is_spent_is_one_incident_for_as_long_as_it_is(self, letters: str) -> None:
        """Whatever is decided meanwhile: it begins and ends once."""
        state = pointing_at("east", flips=(NOW - MINUTE,) * 4)
        assert Kind.FLIP_BUDGET_SPENT in lasts(decided(letters, state))

    def test_an_unspent_budget_asks_for_no_pause(self) -> None:
        decision = decided("UHH", pointing_at("east", flips=(NOW - 1,) * 3))
        assert decision.action is Action.PUBLISH
        assert lasts(decision) == set()


class TestData:
    """Rule 8: yesterday's data is not a good place to fail over to."""

    def test_a_stale_candidate_is_passed_over_while_a_fresh_one_exists(self) -> None:
        assert names(decided("UHH", freshness={"us-west-2": STALE})) == ["south"]

    def test_unknown_counts_as_fresh(self) -> None:
        assert names(decided("UHH", freshness={"us-west-2": UNKNOWN})) == ["west"]

    @pytest.mark.parametrize(("down_for", "leaves"), [(59.0, False), (60.0, True)])
    def test_a_stale_one_is_taken_after_a_while_when_there_is_no_other(
        self, down_for: float, leaves: bool
    ) -> None:
        service = shop(data=Data(table="t", max_age=60.0, accept_stale_after=60.0))
        decision = decided(
            "UHH",
            service=service,
            since=unhealthy_for(down_for),
            freshness={"us-west-2": STALE, "us-east-2": STALE},
        )
        assert names(decision) == (["west"] if leaves else [])
        assert "stale" in told(decision)

    def test_without_patience_it_is_taken_at_once(self) -> None:
        stale = {"us-west-2": STALE, "us-east-2": STALE}
        assert names(decided("UHH", freshness=stale)) == ["west"]

    def test_the_age_that_is_accepted_is_a_part_of_the_decision(self) -> None:
        """It is what a failover costs: the alert states it."""
        stale = {"us-west-2": STALE, "us-east-2": STALE}
        decision = decided("UHH", service=WITH_DATA, freshness=stale)
        assert decision.data_age == AGES[STALE]
        assert "west is 300.0 s behind" in told(decision)

    def test_a_region_that_is_passed_over_is_told_with_its_age(self) -> None:
        decision = decided(
            "UHH", service=WITH_DATA, freshness={"us-west-2": STALE, "us-east-2": FRESH}
        )
        assert "west is passed over: the data of west is 300.0 s behind, which is stale" in told(
            decision
        )
        assert "the data of south is 0.5 s behind" in told(decision)
        assert decision.data_age is None

    def test_an_unknown_age_is_noted(self) -> None:
        decision = decided("UHH", service=WITH_DATA)
        assert "the data of west is of unknown age, which counts as fresh" in told(decision)
        assert decision.why[-1].name == "candidate"

    def test_a_person_who_pins_a_stale_region_is_told_what_it_costs(self) -> None:
        state = pointing_at("east", pin=pin("west"))
        decision = decided("HHH", state, service=WITH_DATA, freshness={"us-west-2": STALE})
        assert names(decision) == ["west"]
        assert decision.data_age == AGES[STALE]
        assert "the data of west is 300.0 s behind" in told(decision)

    def test_an_empty_answer_that_is_repaired_towards_a_stale_region_is_told(self) -> None:
        stale = {"us-west-2": STALE, "us-east-2": STALE}
        decision = decided("UHH", service=WITH_DATA, reading=reading(), freshness=stale)
        assert names(decision) == ["west"]
        assert decision.data_age == AGES[STALE]

    def test_whoever_stays_is_not_judged_by_the_age_of_the_others(self) -> None:
        decision = decided("HHH", service=WITH_DATA, freshness={"us-west-2": STALE})
        assert decision.action is Action.HOLD
        assert decision.data_age is None


class TestNowhereToGo:
    """Rule 9: never an empty record, never a guess."""

    @pytest.mark.parametrize("letters", ["UUU", "U??", "U..", "UU?"])
    def test_it_holds_and_says_so(self, letters: str) -> None:
        decision = decided(letters)
        assert decision.action is Action.HOLD
        assert Kind.NO_HEALTHY_REGION in lasts(decision)
        assert "west is" in told(decision)


def test_every_combination_of_three_regions_does_what_the_rules_say() -> None:
    """No data, no pins, failback by hand: all 64 ways that three regions can be."""
    for letters in map("".join, itertools.product("HU?.", repeat=3)):
        for active, others in [("east", (1, 2)), ("west", (0, 2)), ("south", (0, 1))]:
            order = ("east", "west", "south")
            expected = []
            if letters[order.index(active)] == "U":
                expected = [order[i] for i in others if letters[i] == "H"][:1]
            state = pointing_at(active)
            assert names(decided(letters, state)) == expected, (letters, active)


@pytest.mark.parametrize("letters", ["HUU", "HHH"])
def test_a_region_that_is_dead_where_it_was_goes_on_where_the_settings_have_it(
    letters: str,
) -> None:
    """Candidates are addresses. The region keeps its place, whoever else is healthy, and also where
    nobody has raised the revision."""
    service = shop(NEW_EAST)
    cast = {**votes(letters, service), EAST.ipv4: tally(Vote.UNHEALTHY)}
    decision = decided("", pointing_at("east"), service=service, ballots=(ballot(cast),))
    assert (decision.action, decision.targets) == (Action.PUBLISH, {"east": NEW_EAST})
    assert Kind.NO_HEALTHY_REGION not in lasts(decision)


def test_a_new_address_of_the_same_revision_is_not_published_while_the_old_one_lives() -> None:
    service = shop(NEW_EAST)
    for letter, old in [("H", Vote.HEALTHY), ("H", Vote.UNKNOWN), ("U", Vote.UNHEALTHY)]:
        cast = {**votes(f"{letter}UU", service), EAST.ipv4: tally(old)}
        decision = decided("", pointing_at("east"), service=service, ballots=(ballot(cast),))
        assert decision.action is Action.HOLD


def test_a_family_that_could_not_be_added_does_not_keep_a_name_at_a_dead_region():
    state = pointing_at(
        "east", SHOP6, republished=(NOW - 1800, NOW - 1200, NOW - 600), create_not_before=NOW
    )
    half = reading(saying(EAST6)[0])
    d = decided("UHH", state, service=SHOP6, reading=half)
    assert names(d) == ["west"], told(d)


def test_traffic_leaves_a_dead_region_whose_ipv6_was_dropped():
    d = decided("UHH", pointing_at("east", SHOP6), service=SHOP, revision=2, reading=reads(EAST6))
    assert d.action is Action.PUBLISH
    plan(Answer.of(d.targets.values()), 30, reads(EAST6), True)


def test_newer_settings_with_the_same_addresses_are_no_ground() -> None:
    assert "new address" not in told(decided("HHH", revision=2))
    assert "settings" not in told(decided("HHH", revision=2))


def test_a_region_that_is_missing_in_settings_of_the_same_revision_is_not_called_removed() -> None:
    """Another vantage has them already, or not yet."""
    without_east = shop(regions=SHOP.regions[1:])
    assert "not in the settings" not in told(
        decided("HH", pointing_at("east"), service=without_east)
    )
    raised = decided("HH", pointing_at("east"), service=without_east, revision=2)
    assert "east is not in the settings any more" in told(raised)


def test_two_published_regions_are_told_where_the_routing_has_one_place() -> None:
    both = {"east": EAST, "west": WEST}
    state = pointing_at("east", active=both, targets=both)
    narrowed = told(decided("HHH", state, reading=reads(EAST, WEST)))
    assert "east, west are published, and the routing is failover now" in narrowed
    moved = told(decided("HHH", pointing_at("east"), service=shop(NEW_EAST)))
    assert "the new address of east" in moved
    assert "the routing is failover now" not in moved


def test_with_several_places_it_is_told_who_was_removed_by_a_person() -> None:
    both = {"east": EAST, "west": WEST}
    several = shop(routing=Routing.MULTIVALUE)
    state = pointing_at("east", several, active=both, targets=both)
    out = having(state, excluded_until={"south": NOW + MINUTE})
    found = reads(EAST, WEST)
    removed = told(decided("HHH", out, service=several, reading=found))
    assert "removed by a person: south until 2027-01-15T08:01:00Z" in removed
    assert "removed by a person" not in told(decided("HHH", state, service=several, reading=found))
    assert "west: unhealthy" in told(decided("HUH", state, service=several, reading=found))
