"""Where the name should point: what the one rule says where the rules before it disagreed."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from failover.decision.decision import Action
from failover.decision.desired import Desired, desired, ordered
from failover.decision.guard import Because, Guard, Hold
from failover.decision.view import View
from failover.health.tally import Vote
from failover.notify.commands import Command, Order
from failover.notify.kinds import Kind
from failover.publication.parts import Announcement, Cause
from failover.settings.model import Addresses, Data, Failback, Routing
from failover.staleness.replication import Freshness
from failover.zone.plan import UnsafePlan, plan
from failover.zone.records import Answer, Family
from tests.support.builders import (
    EAST,
    EAST6,
    ELSEWHERE,
    HOUR,
    MINUTE,
    NEW_EAST,
    NOT_ADDED,
    NOW,
    SHOP,
    SOUTH,
    WEST,
    WEST6,
    ballot,
    decided,
    having,
    lasts,
    moving,
    names,
    pin,
    pointing_at,
    reading,
    reads,
    record,
    scene,
    shop,
    tally,
    told,
    votes,
)

SEVERAL = shop(routing=Routing.MULTIVALUE)
ALL = {"east": EAST, "west": WEST, "south": SOUTH}
TWO = {"east": EAST, "west": WEST}
TWO6 = {"east": EAST6, "west": WEST6}
AT_ALL = pointing_at("east", SEVERAL, active=ALL, targets=ALL)
AT_TWO = pointing_at("east", SEVERAL, active=TWO, targets=TWO)
MOVED = shop(NEW_EAST)


def want(view: View) -> Desired:
    assert view.state is not None
    return desired(view, view.state.served.active)


def several(letters: str, state: object = AT_ALL, **changes: object) -> View:
    return scene(letters, state, service=SEVERAL, **changes)  # type: ignore[arg-type]


def old_and_new(letters: str, old: Vote, state: object = None, **changes: object) -> View:
    """East has another address in the settings than the name has."""
    cast = {**votes(letters, MOVED), EAST.ipv4: tally(old)}
    made = ballot(cast, revision=int(changes.get("revision", 1)))  # type: ignore[call-overload]
    return scene("", state or pointing_at("east"), service=MOVED, ballots=(made,), **changes)  # type: ignore[arg-type]


class TestAddresses:
    """Candidates are addresses. What is newly written is in the settings."""

    @pytest.mark.parametrize("letters", ["HHH", "HUU"])
    @pytest.mark.parametrize("found", [reads(EAST), reading()], ids=["as decided", "empty"])
    def test_rounds_repairs_and_people_agree_about_a_region_that_has_moved(
        self, letters: str, found: object
    ) -> None:
        """Dead at its old address, healthy at the new one."""
        view = old_and_new(letters, Vote.UNHEALTHY, reading=found)
        order = Order(Command.TAKEOVER, "id", "shop", "ana", "why")
        assert want(view).regions == {"east": NEW_EAST}
        assert ordered(view, order) == {"east": NEW_EAST}

    def test_a_record_may_keep_an_older_address_while_nothing_better_is_healthy(self) -> None:
        view = old_and_new("UUU", Vote.HEALTHY, revision=2)
        assert want(view).regions == {"east": EAST}
        assert want(view).cause is None

    def test_no_record_is_given_an_older_address(self) -> None:
        mixed = reads(EAST, WEST)
        view = old_and_new("UHH", Vote.HEALTHY, reading=mixed)
        assert want(view).regions == {"west": WEST}

    def test_a_name_that_was_given_up_for_months_gets_the_addresses_of_today(self) -> None:
        """What the decision remembers may belong to a stranger by now, and answer well."""
        old = {"east": Addresses("192.0.2.201"), "west": Addresses("192.0.2.202")}
        state = pointing_at("east", active={"east": old["east"]}, targets={"east": old["east"]})
        state = having(state, accepted=old, published_at=NOW - 90 * 24 * HOUR)
        for letters, expected in [("HHH", {"east": EAST}), ("UHH", {"west": WEST}), ("UUU", {})]:
            cast = {**votes(letters), "192.0.2.201": tally(Vote.HEALTHY)}
            decision = decided("", state, reading=reading(), ballots=(ballot(cast),))
            assert decision.targets == expected

    @pytest.mark.parametrize(
        ("service", "expected"),
        [
            (shop(regions=(SHOP.regions[0], SHOP.regions[2])), {"south": SOUTH}),
            (shop(EAST, Addresses("192.0.2.12")), {"west": Addresses("192.0.2.12")}),
        ],
        ids=["removed", "moved"],
    )
    def test_a_switch_on_its_way_does_not_write_what_newer_settings_dropped(
        self, service: object, expected: Mapping[str, Addresses]
    ) -> None:
        state = moving("east", "west", wrote=True)
        found = [EAST.ipv4, WEST.ipv4, SOUTH.ipv4, "192.0.2.12"]
        cast = {a: tally(Vote.UNHEALTHY if a == EAST.ipv4 else Vote.HEALTHY) for a in found}
        made = (ballot(cast, revision=2),)
        decision = decided("", state, service=service, revision=2, ballots=made)
        assert (decision.action, decision.targets) == (Action.PUBLISH, expected)

    def test_it_waits_where_nobody_else_is_healthy(self) -> None:
        state = moving("east", "west", wrote=True)
        rest = shop(regions=(SHOP.regions[0], SHOP.regions[2]))
        decision = decided("UU", state, service=rest, revision=2)
        assert (decision.action, decision.held) == (Action.HOLD, Hold.CANDIDATES)

    def test_a_plan_never_writes_an_address_of_no_settings(self) -> None:
        answer, given = Answer.of([EAST, WEST]), frozenset({WEST.ipv4})
        both = reading(record("A", EAST.ipv4, 101), record("A", SOUTH.ipv4, 102))
        (change,) = plan(answer, 30, both, True, given).changes
        assert (change.record_id, change.address) == (102, WEST.ipv4)
        with pytest.raises(UnsafePlan, match="not in the settings"):
            plan(Answer.of([EAST]), 30, reads(WEST), True, given)
        assert plan(Answer.of([EAST]), 30, reading(), True, given).changes == ()

    @pytest.mark.parametrize("revision", [1, 2])
    @pytest.mark.parametrize(("new", "expected"), [("H", NEW_EAST), ("U", None), ("?", None)])
    def test_the_record_of_a_dead_region_is_never_given_the_old_address_of_another(
        self, revision: int, new: str, expected: Addresses | None
    ) -> None:
        """West dies, and east is well at the address that it had before."""
        letters = f"{new}UU"
        made = ballot({**votes(letters, MOVED), EAST.ipv4: tally(Vote.HEALTHY)}, revision=revision)
        service = replace(MOVED, routing=Routing.MULTIVALUE)
        unfinished = having(moving("west", "east"), active=TWO)
        for state in (AT_TWO, unfinished):
            decision = decided(
                "",
                state,
                service=service,
                ballots=(made,),
                reading=reads(EAST, WEST),
                revision=revision,
            )
            assert decision.targets == ({"east": expected} if expected else {})
            assert decision.held is (None if expected else Hold.CANDIDATES)

    def test_nor_is_that_of_one_which_is_in_the_settings_no_more(self) -> None:
        rest = shop(regions=SHOP.regions[2:], routing=Routing.MULTIVALUE)
        cast = {EAST.ipv4: Vote.HEALTHY, WEST.ipv4: Vote.UNHEALTHY, SOUTH.ipv4: Vote.UNHEALTHY}
        made = ballot({address: tally(vote) for address, vote in cast.items()}, revision=2)
        found = {"service": rest, "ballots": (made,), "reading": reads(EAST, WEST), "revision": 2}
        assert decided("", AT_TWO, **found).held is Hold.CANDIDATES

    def test_a_pinned_region_keeps_its_old_address_until_the_new_one_is_healthy(self) -> None:
        pinned = pointing_at("east", pin=pin("east"))
        for letter, expected in [("U", EAST), ("H", NEW_EAST)]:
            view = old_and_new(f"{letter}HH", Vote.UNHEALTHY, pinned)
            assert want(view).regions == {"east": expected}

    def test_a_dead_region_is_left_although_an_ipv6_address_of_no_settings_cannot_stay(
        self,
    ) -> None:
        """The settings gave IPv6 up and moved east, which is well at its old addresses only."""
        state = pointing_at("east", SEVERAL, active=TWO6, targets=TWO6)
        service = replace(MOVED, routing=Routing.MULTIVALUE)
        made = ballot({**votes("UUH", service), EAST.ipv4: tally(Vote.HEALTHY)})
        found = {"service": service, "ballots": (made,), "reading": reads(EAST6, WEST6)}
        decision = decided("", state, **found)
        assert (decision.cause, decision.targets) == (Cause.UNHEALTHY, {"south": SOUTH})


class TestLimits:
    """Nothing that limits automation keeps a name at a dead region."""

    SPENT = (NOW - MINUTE,) * 9

    def test_of_several_regions_a_dead_one_leaves_and_nobody_returns(self) -> None:
        view = several("UHH", having(AT_TWO, flips=self.SPENT))
        assert want(view).regions == {"west": WEST}
        assert want(view).held == Guard(Hold.FLIP_BUDGET, {"south": SOUTH})

    def test_a_flapping_region_does_not_keep_a_dead_one_published(self) -> None:
        decision = decided("HUU", having(AT_TWO, flips=self.SPENT), service=SEVERAL)
        assert (decision.cause, names(decision)) == (Cause.UNHEALTHY, ["east"])

    def test_where_nobody_stays_everybody_healthy_joins(self) -> None:
        at_east = pointing_at("east", SEVERAL, flips=self.SPENT)
        assert list(want(several("UHH", at_east)).regions) == ["west", "south"]

    @pytest.mark.parametrize("times", [3, 9])
    @pytest.mark.parametrize("service", [SHOP, SEVERAL], ids=["failover", "multivalue"])
    def test_records_that_say_a_dead_region_are_corrected_every_time(
        self, times: int, service: object
    ) -> None:
        state = pointing_at("west", republished=(NOW - MINUTE,) * times)
        decision = decided("UHU", state, service=service, reading=reads(EAST))
        assert (decision.action, names(decision)) == (Action.PUBLISH, ["west"])
        assert Kind.DRIFT_PERSISTS in lasts(decision)

    def test_also_where_only_one_of_them_does(self) -> None:
        state = pointing_at("west", republished=(NOW - MINUTE,) * 3)
        decision = decided("UHH", state, reading=reads(EAST, WEST))
        assert (decision.action, names(decision)) == (Action.PUBLISH, ["west"])

    def test_a_fight_about_healthy_regions_ends(self) -> None:
        state = pointing_at("west", republished=(NOW - MINUTE,) * 3)
        decision = decided("HHH", state, reading=reads(EAST, WEST))
        assert decision.held is Hold.DRIFT_LIMIT

    def test_that_it_goes_on_is_one_incident_also_between_two_corrections(self) -> None:
        state = pointing_at("west", republished=(NOW - MINUTE,) * 4)
        assert {Kind.DRIFT, Kind.DRIFT_PERSISTS} <= lasts(decided("UHH", state))

    def test_a_mixture_of_dead_regions_does_not_wait_for_whoever_makes_it(self) -> None:
        state = pointing_at("south")
        decision = decided("UUH", state, reading=reads(EAST, WEST, since=NOW))
        assert (decision.action, names(decision)) == (Action.PUBLISH, ["south"])

    def test_records_that_cannot_be_read_again_do_not_keep_a_dead_region(self) -> None:
        """All that is there was decided, and a list that would find the rest fails for hours."""
        found = reading(record("A", EAST.ipv4, 101))
        decision = decided("UHH", AT_TWO, service=SEVERAL, reading=found, confirmed=False)
        assert names(decision) == ["west", "south"]
        assert f"the records say A {EAST.ipv4}; decided was east, west" in told(decision)
        waits = decided("HHH", AT_TWO, service=SEVERAL, reading=found, confirmed=False)
        assert waits.held is Hold.READING


class TestExclusion:
    """A person removes a region from several."""

    OUT = having(AT_TWO, excluded_until={"south": NOW + 1})

    def test_it_does_not_join_and_counts_as_frozen(self) -> None:
        view = several("HHH", self.OUT)
        assert want(view).cause is None
        assert view.frozen()
        assert Kind.REGION_EXCLUDED in lasts(decided("HHH", self.OUT, service=SEVERAL))

    def test_it_ends_by_itself(self) -> None:
        view = several("HHH", having(AT_TWO, excluded_until={"south": NOW}))
        assert list(want(view).regions) == ["east", "west", "south"]
        assert not view.frozen()

    @pytest.mark.parametrize("letter", "U?")
    def test_an_excluded_region_that_is_not_healthy_is_no_incident(self, letter: str) -> None:
        decision = decided(f"HH{letter}", self.OUT, service=SEVERAL)
        assert Kind.REGION_EXCLUDED not in lasts(decision)

    def test_it_is_used_rather_than_none_and_said_so(self) -> None:
        decision = decided("UUH", self.OUT, service=SEVERAL)
        assert (decision.cause, names(decision)) == (Cause.UNHEALTHY, ["south"])
        assert "south is used all the same: no other region is healthy" in told(decision)
        assert want(several("UUH", self.OUT)).spared == {"south": SOUTH}

    def test_it_is_not_used_while_another_one_is_healthy(self) -> None:
        assert names(decided("UHH", self.OUT, service=SEVERAL)) == ["west"]


class TestOlderAddresses:
    """A record that must change is given one of the settings."""

    def test_who_was_removed_by_a_person_comes_after_everybody_else(self) -> None:
        """East keeps its older address. North is dead, in no settings, and its record has to say
        something; south would come back by itself, if the name had not moved so often."""
        there = {"east": EAST, "north": ELSEWHERE}
        state = pointing_at(
            "east",
            SEVERAL,
            active=there,
            targets=there,
            excluded_until={"west": NOW + HOUR},
            flips=(NOW - MINUTE,) * 4,
        )
        service = shop(NEW_EAST, routing=Routing.MULTIVALUE)
        cast = {**votes("UHH", service), EAST.ipv4: tally(Vote.HEALTHY)}
        cast[ELSEWHERE.ipv4] = tally(Vote.UNHEALTHY)
        found = reads(EAST, ELSEWHERE)
        view = scene("", state, service=service, ballots=(ballot(cast),), reading=found)
        wanted = want(view)
        assert wanted.regions == {"east": EAST, "south": SOUTH}
        assert wanted.spared == {}

    def test_a_region_that_stays_and_is_healthy_at_its_new_address_is_the_first_choice(
        self,
    ) -> None:
        there = {"east": EAST, "north": ELSEWHERE}
        flips = (NOW - MINUTE,) * 4
        state = pointing_at("east", SEVERAL, active=there, targets=there, flips=flips)
        service = shop(NEW_EAST, routing=Routing.MULTIVALUE)
        cast = {**votes("HHH", service), EAST.ipv4: tally(Vote.HEALTHY)}
        cast[ELSEWHERE.ipv4] = tally(Vote.UNHEALTHY)
        found = reads(EAST, ELSEWHERE)
        view = scene("", state, service=service, ballots=(ballot(cast),), reading=found)
        assert want(view).regions == {"east": NEW_EAST}

    def test_a_region_that_has_a_place_does_not_join_at_its_new_address(self) -> None:
        """Nobody has raised the revision."""
        service = shop(NEW_EAST, routing=Routing.MULTIVALUE)
        cast = {**votes("HHH", service), EAST.ipv4: tally(Vote.HEALTHY)}
        view = scene("", AT_ALL, service=service, ballots=(ballot(cast),))
        assert want(view).regions == ALL


class TestRecords:
    """Fewer records than regions: those that exist point at healthy regions."""

    REFUSED: Mapping[str, object] = {
        "create_not_before": NOW + 300,
        "create_refused": NOT_ADDED,
    }
    AT_EAST = pointing_at("east", SEVERAL, **REFUSED)

    @pytest.mark.parametrize(
        ("letters", "expected"), [("HHH", ["east"]), ("?HH", ["east"]), ("UHH", ["west"])]
    )
    def test_one_record_is_one_place(self, letters: str, expected: list[str]) -> None:
        assert list(want(several(letters, self.AT_EAST)).regions) == expected

    def test_a_healthy_region_gets_the_place_of_one_that_is_not_known(self) -> None:
        """Both had a record, and one of the two is gone."""
        state = having(AT_TWO, **self.REFUSED)
        view = several("?HH", state, reading=reads(EAST))
        assert list(want(view).regions) == ["west"]

    def test_of_two_healthy_regions_the_one_with_a_record_keeps_it(self) -> None:
        view = several("HHU", having(AT_TWO, **self.REFUSED), reading=reads(WEST))
        assert list(want(view).regions) == ["west"]

    def test_nothing_is_kept_back_where_every_region_has_a_record(self) -> None:
        view = several("HHU", having(AT_TWO, **self.REFUSED), reading=reads(EAST, WEST))
        assert (list(want(view).regions), want(view).held) == (["east", "west"], None)

    def test_the_freshest_get_the_places(self) -> None:
        view = several("UHH", self.AT_EAST, freshness={"us-west-2": Freshness.STALE})
        assert list(want(view).regions) == ["south"]

    def test_while_lists_fail_as_many_as_are_known(self) -> None:
        due = having(self.AT_EAST, create_not_before=NOW)
        assert len(want(several("HHH", due)).regions) == 3
        assert len(want(several("HHH", due, confirmed=False)).regions) == 1
        assert len(want(several("HHH", due, confirmed=False, reading=None)).regions) == 1

    def test_a_region_has_no_place_while_an_earlier_request_to_add_its_record_may_arrive(
        self,
    ) -> None:
        sent = Announcement(Family.A, None, SOUTH.ipv4, NOW - MINUTE, arrivals=1)
        due = having(self.AT_EAST, create_not_before=NOW, announced=(sent,))
        found = want(several("HHH", due))
        assert list(found.regions) == ["east", "west"]
        assert found.held == Guard(Hold.CREATION, {"south": SOUTH})

    def test_records_as_they_were_before_the_last_publication_take_no_place_away(self) -> None:
        """Another vantage has added one since: the name has as many places as it was given."""
        state = pointing_at("east", SEVERAL, active=TWO, targets=TWO, **self.REFUSED)
        before = reads(EAST, at=NOW - MINUTE)
        view = several("HHH", having(state, published_at=NOW - 1.0), reading=before)
        found = want(view)
        assert (list(found.regions), found.cause) == (["east", "west"], None)

    def test_an_old_list_makes_no_places(self) -> None:
        due = having(self.AT_EAST, create_not_before=NOW)
        found = replace(reads(EAST), listed_at=NOW - HOUR)
        assert list(want(several("HHH", due, reading=found)).regions) == ["east"]


class TestOnePlace:
    """`failover` routing."""

    def test_a_narrowed_routing_keeps_a_healthy_region(self) -> None:
        state = having(AT_ALL, revision=1)
        for letters, name in [("HHH", "east"), ("?HH", "west"), ("UUU", None), ("UU?", "south")]:
            decision = decided(letters, state)
            assert names(decision) == ([name] if name else [])

    def test_failback_takes_the_first_region_that_has_been_healthy_for_long_enough(self) -> None:
        service = shop(failback=Failback.AUTOMATIC)
        cast = votes("HHH")
        cast[EAST.ipv4] = tally(Vote.HEALTHY, since=NOW - 10)
        far = pointing_at("south", moved_by=Cause.UNHEALTHY)
        view = scene("", far, service=service, ballots=(ballot(cast),))
        assert list(want(view).regions) == ["west"]
        near = scene("", pointing_at("west", moved_by=Cause.UNHEALTHY), service=service)
        near = replace(near, ballots=view.ballots)
        assert want(near).held == Guard(Hold.FAILBACK, {"east": EAST}, Because.EARLY, 590.0)

    def test_stale_data_is_waited_for_in_a_repair_as_in_a_round(self) -> None:
        service = shop(data=Data(table="t", max_age=60.0, accept_stale_after=300.0))
        stale = {"us-west-2": Freshness.STALE, "us-east-2": Freshness.STALE}
        changes = {"service": service, "since": NOW - 100, "freshness": stale}
        for found in (reads(EAST), reads(EAST, WEST)):
            decision = decided("UHH", reading=found, **changes)
            assert decision.held is Hold.DATA
            assert decision.action is Action.HOLD

    def test_foreign_records_are_left_alone_also_where_the_routing_is_narrowed(self) -> None:
        decision = decided("HHH", AT_ALL, reading=reads(ELSEWHERE))
        assert decision.held is Hold.FOREIGN


def test_a_takeover_is_no_failback() -> None:
    service = shop(failback=Failback.AUTOMATIC)
    view = scene("HHH", pointing_at("west", moved_by=Cause.UNHEALTHY), service=service)
    assert want(view).regions == {"east": EAST}
    order = Order(Command.TAKEOVER, "e1", "shop", "ana", "why")
    assert ordered(view, order) == {"west": WEST}


def test_who_joins_several_is_told() -> None:
    decision = decided("HHH", AT_TWO, service=SEVERAL)
    assert "east, west, south are published" in told(decision)


def test_nothing_keeps_a_name_that_is_moved() -> None:
    moved = decided("UHH")
    assert (moved.action, moved.held) == (Action.PUBLISH, None)
    passed = replace(moved, why=(*moved.why, Guard(Hold.DATA, because=Because.PASSED)))
    assert passed.held is None
    assert replace(passed, action=Action.HOLD).held is Hold.DATA
