"""Regions that name their NodeBalancer: which addresses they have, and what people are told."""

import re
from dataclasses import replace

import pytest

from failover.decision.balancers import (
    Balancer,
    Lookup,
    Resolution,
    Unresolved,
    is_due,
    labels,
    looked_up,
    resolve,
)
from failover.decision.decide import decide
from failover.decision.decision import Action
from failover.decision.words import balancers as words
from failover.decision.words import guards
from failover.health.tally import Vote
from failover.notify.kinds import Kind
from failover.publication.incidents import with_conditions
from failover.publication.parts import Accepted
from failover.publication.state import State
from failover.settings.model import UNRESOLVED, Addresses
from tests.support.builders import (
    EAST,
    EAST6,
    NEW_EAST,
    NOW,
    SHOP,
    SOUTH,
    SOUTH6,
    WEST,
    WEST6,
    ballot,
    decided,
    having,
    lasts,
    names,
    pointing_at,
    reads,
    scene,
    settings_of,
    shop,
    tally,
    told,
)

LABELS = {"east": "lb-east", "west": "lb-west", "south": "lb-south"}
NAMED = replace(
    SHOP,
    regions=tuple(
        replace(region, addresses=UNRESOLVED, nodebalancer=LABELS[region.name])
        for region in SHOP.regions
    ),
)
FOUND = {"lb-east": EAST, "lb-west": WEST, "lb-south": SOUTH}


def lookup(revision: int = 1, at: float = NOW, **found: Addresses | None) -> Lookup:
    """What the API said, with other addresses for some of the regions."""
    by_label = {LABELS[name]: addresses for name, addresses in found.items()}
    return Lookup(at, revision, FOUND | by_label)


def accepting(revision: int = 1, state: State | None = None) -> State:
    """A decision that has accepted all three."""
    accepted = {label: Accepted(addresses, revision) for label, addresses in FOUND.items()}
    return having(state or pointing_at("east"), balancers=accepted)


def addresses(resolution: Resolution) -> dict[str, Addresses]:
    return {region.name: region.addresses for region in resolution.service.regions}


ALL = {"east": EAST, "west": WEST, "south": SOUTH}


def test_a_service_without_labels_is_as_it_was() -> None:
    assert resolve(SHOP, None, None, 1) == Resolution(SHOP)


def test_at_first_the_regions_have_what_was_found_and_that_is_accepted() -> None:
    found = resolve(NAMED, None, lookup(), 1)
    assert addresses(found) == ALL
    assert found.accepted == {label: Accepted(at, 1) for label, at in FOUND.items()}
    assert not found.anomalies
    assert not found.lasting


@pytest.mark.parametrize(("known", "says"), [(None, "not been looked up"), (lookup(), "no NodeB")])
def test_no_first_decision_is_made_without_all_regions(known: Lookup | None, says: str) -> None:
    if known:
        known = lookup(west=None)
    with pytest.raises(Unresolved, match="west") as raised:
        resolve(NAMED, None, known, 1)
    assert re.search(f"west is left out: .*{says}", words.all_said(raised.value.anomalies))


def test_what_is_accepted_needs_no_look_up() -> None:
    """A cold container whose Linode API is down goes on with what the decision holds."""
    assert addresses(resolve(NAMED, accepting(), None, 1)) == ALL


def test_a_changed_balancer_is_told_of_and_moves_nobody() -> None:
    found = resolve(NAMED, accepting(), lookup(east=NEW_EAST), 1)
    assert addresses(found) == ALL
    assert found.lasting == {Kind.BALANCER_CHANGED}
    assert words.all_said(found.anomalies) == (
        "the NodeBalancer lb-east has 192.0.2.11 now: east goes on with 192.0.2.1"
    )
    assert found.accepted["lb-east"] == Accepted(EAST, 1)


def test_a_missing_balancer_is_told_of_and_keeps_its_address() -> None:
    found = resolve(NAMED, accepting(), lookup(east=None), 1)
    assert addresses(found) == ALL
    assert found.lasting == {Kind.BALANCER_MISSING}


def test_a_raised_revision_accepts_what_was_looked_up_under_it() -> None:
    found = resolve(NAMED, accepting(), lookup(2, east=NEW_EAST), 2)
    assert addresses(found) == ALL | {"east": NEW_EAST}
    assert found.accepted["lb-east"] == Accepted(NEW_EAST, 2)
    assert not found.lasting


def test_a_look_up_from_before_the_raise_does_not_count() -> None:
    """Whoever raises the revision at once does not have an old finding accepted for good."""
    found = resolve(NAMED, accepting(), lookup(1), 2)
    assert addresses(found) == ALL
    assert found.accepted == accepting().followed.balancers


def test_a_balancer_that_changes_after_the_raise_needs_another_one() -> None:
    found = resolve(NAMED, accepting(2), lookup(2, east=NEW_EAST), 2)
    assert addresses(found) == ALL
    assert found.lasting == {Kind.BALANCER_CHANGED}


def test_a_balancer_that_is_gone_at_the_raise_and_comes_back_changed_needs_another_one() -> None:
    gone = resolve(NAMED, accepting(), lookup(2, east=None), 2)
    state = having(pointing_at("east"), balancers=gone.accepted)
    back = resolve(NAMED, state, lookup(2, east=NEW_EAST), 2)
    assert addresses(back)["east"] == EAST
    assert back.lasting == {Kind.BALANCER_CHANGED}


def test_an_older_deployment_probes_what_the_newer_one_has_accepted() -> None:
    newer = accepting(2)
    state = having(newer, balancers={**newer.followed.balancers, "lb-east": Accepted(NEW_EAST, 2)})
    assert addresses(resolve(NAMED, state, lookup(1), 1))["east"] == NEW_EAST


def test_a_region_that_gets_a_label_keeps_its_address_until_that_is_looked_up() -> None:
    """The decision knows what the region had: nobody is left unwatched meanwhile."""
    found = resolve(NAMED, pointing_at("east"), None, 2)
    assert addresses(found) == ALL
    assert not found.accepted


def test_a_new_region_that_cannot_be_found_is_left_out_and_told_of() -> None:
    """A mistyped label must not stop the watch over the others."""
    old = having(accepting(), accepted={"east": EAST, "west": WEST})
    state = having(
        old, balancers={k: v for k, v in old.followed.balancers.items() if k != "lb-south"}
    )
    found = resolve(NAMED, state, lookup(south=None), 1)
    assert addresses(found) == {"east": EAST, "west": WEST}
    assert found.lasting == {Kind.BALANCER_MISSING}
    assert "south is left out: the account has no NodeBalancer lb-south" in words.said(
        found.anomalies[0]
    )


def test_no_two_regions_get_one_address() -> None:
    found = resolve(NAMED, pointing_at("east"), lookup(2, west=EAST), 2)
    assert "west" not in addresses(found)
    assert "another region has 192.0.2.1, too" in words.said(found.anomalies[0])


def test_addresses_and_labels_go_together_in_one_service() -> None:
    mixed = replace(NAMED, regions=(SHOP.regions[0], *NAMED.regions[1:]))
    assert addresses(resolve(mixed, None, lookup(), 1)) == ALL


# IPv6


def test_a_service_whose_balancers_have_no_ipv6_has_none() -> None:
    found = resolve(NAMED, None, lookup(), 1)
    assert not found.service.ignores_ipv6


def test_a_service_whose_balancers_all_have_ipv6_publishes_it() -> None:
    found = resolve(NAMED, None, lookup(east=EAST6, west=WEST6, south=SOUTH6), 1)
    assert addresses(found) == {"east": EAST6, "west": WEST6, "south": SOUTH6}


def test_where_only_some_have_ipv6_the_aaaa_records_are_left_alone_and_people_told() -> None:
    found = resolve(NAMED, None, lookup(east=EAST6, west=WEST6), 1)
    assert addresses(found) == ALL
    assert found.service.ignores_ipv6
    assert found.lasting == {Kind.IPV6_UNMANAGED}
    assert words.all_said(found.anomalies) == (
        "south has no IPv6 address: AAAA records are left alone for all regions"
    )
    assert found.accepted["lb-east"].addresses == EAST6


# When to look


SETTINGS = settings_of(NAMED)


def test_without_labels_nothing_is_ever_looked_up() -> None:
    assert not labels(settings_of(SHOP))
    assert not is_due(settings_of(SHOP), None, NOW)


@pytest.mark.parametrize(
    ("known", "due"),
    [
        (None, True),
        (lookup(at=NOW - 599), False),
        (lookup(at=NOW - 600), True),
        (lookup(at=NOW + 700), True),
        (Lookup(NOW, 1, {"lb-east": EAST}), True),
        (lookup(0), True),
        (lookup(2), False),
        (lookup(at=NOW - 29, west=None), False),
        (lookup(at=NOW - 30, west=None), True),
        (lookup(at=NOW + 30, west=None), True),
    ],
    ids=[
        "never",
        "lately",
        "long ago",
        "in the future",
        "new label",
        "raised",
        "rolled back",
        "just missing",
        "missing",
        "missing in the future",
    ],
)
def test_labels_are_looked_up_seldom_and_when_the_settings_are_new(
    known: Lookup | None, due: bool
) -> None:
    assert is_due(SETTINGS, known, NOW) is due


def test_a_look_up_keeps_only_the_labels_of_the_settings_and_who_is_missing() -> None:
    listed = [Balancer("lb-east", EAST6), Balancer("other", SOUTH)]
    assert looked_up(SETTINGS, listed, NOW) == Lookup(
        NOW, 1, {"lb-east": EAST6, "lb-south": None, "lb-west": None}
    )


# What is decided


def test_an_alert_tells_the_label_and_what_to_do() -> None:
    resolution = resolve(NAMED, accepting(), lookup(east=NEW_EAST), 1)
    decision = decided(state=accepting(), resolution=resolution)
    assert decision.action is Action.HOLD
    assert Kind.BALANCER_CHANGED in lasts(decision)
    assert "lb-east has 192.0.2.11 now" in told(decision)
    assert "raise `revision`" in str(guards.why(decision)[0].override)


def test_what_is_accepted_after_a_decision_of_the_same_revision_is_published_all_the_same() -> None:
    """The look-up of a new revision may end after that revision has changed the TTL, say."""
    east, *others = shop(NEW_EAST).regions
    service = replace(SHOP, regions=(replace(east, nodebalancer="lb-east"), *others))
    seen = {region.addresses.ipv4: tally(Vote.HEALTHY) for region in service.regions}
    view = scene(
        state=pointing_at("east", revision=2),
        service=service,
        revision=2,
        reading=reads(EAST),
        ballots=(ballot({**seen, EAST.ipv4: tally(Vote.HEALTHY)}, revision=2),),
    )
    decision = decide(view)
    assert decision.action is Action.PUBLISH
    assert names(decision) == ["east"]
    assert decision.targets["east"] == NEW_EAST


def test_an_address_in_the_file_still_needs_a_raised_revision() -> None:
    view = scene(
        state=pointing_at("east", revision=2),
        service=shop(NEW_EAST),
        revision=2,
        reading=reads(EAST),
    )
    assert decide(view).action is Action.HOLD


# What is kept


def test_what_is_accepted_is_kept_with_the_decision_and_written_once() -> None:
    state = pointing_at("east")
    after = with_conditions(state, frozenset(), NOW, accepting().followed.balancers)
    assert after.followed.balancers == accepting().followed.balancers
    assert after.version == state.version + 1
    assert with_conditions(after, frozenset(), NOW, accepting().followed.balancers) is after


def test_of_two_that_accept_at_once_the_first_and_the_newer_revision_win() -> None:
    state = accepting(2)
    other = {"lb-east": Accepted(NEW_EAST, 2), "lb-west": Accepted(NEW_EAST, 1)}
    assert with_conditions(state, frozenset(), NOW, other) is state
    newer = with_conditions(state, frozenset(), NOW, {"lb-east": Accepted(NEW_EAST, 3)})
    assert newer.followed.balancers["lb-east"] == Accepted(NEW_EAST, 3)
