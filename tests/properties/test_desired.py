"""Where the name should point, for whatever a round may see."""

from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from failover.decision.decide import decide
from failover.decision.decision import Action
from failover.decision.desired import desired
from failover.decision.guard import Hold
from failover.decision.places import places
from failover.decision.view import View
from failover.health.tally import Vote
from failover.publication.parts import Phase
from failover.settings.model import Failback, Mode, Routing
from failover.zone.plan import plan
from failover.zone.records import Answer, Family
from tests.properties.test_core_properties import views
from tests.support.builders import ballot, having, reads, tally

quick = settings(max_examples=100, deadline=None)


def healthy(view: View) -> set[str]:
    return {r.name for r in view.service.regions if view.vote(r.addresses) is Vote.HEALTHY}


@quick
@given(views())
def test_nobody_unhealthy_has_a_place_unless_it_is_pinned(view: View) -> None:
    state = view.state
    assume(state is not None and not view.pinned())
    assert state is not None
    for serving in (state.served.active, state.publication.targets, {}):
        for addresses in desired(view, serving).regions.values():
            assert view.vote(addresses) is not Vote.UNHEALTHY


@quick
@given(views())
def test_whoever_gets_a_place_anew_is_healthy_and_in_the_settings(view: View) -> None:
    state = view.state
    assume(state is not None and not view.pinned())
    assert state is not None
    for name, addresses in desired(view, state.served.active).regions.items():
        before = state.served.active.values()
        if addresses not in before:
            unmoved = addresses.ipv4 in {a.ipv4 for a in before}
            assert view.gives(addresses)
            assert view.vote(addresses) is Vote.HEALTHY or unmoved, name


def current(view: View) -> bool:
    """Whether the records were read after the last publication: an older reading takes no place
    away."""
    return bool(view.state and view.reading and view.reading.at > view.state.served.published_at)


@quick
@given(views())
def test_there_are_as_many_places_as_the_routing_and_the_records_have(view: View) -> None:
    state = view.state
    found = desired(view, state.served.active if state else {})
    if view.service.routing is Routing.FAILOVER:
        assert len(found.regions) <= 1
    elif (
        state and state.limits.create_not_before > view.now and current(view) and not view.pinned()
    ):
        assert view.reading
        records = sum(1 for r in view.reading.records if r.type == Family.A)
        assert len(found.regions) <= max(1, records)


@quick
@given(views())
def test_there_is_a_place_while_anybody_is_healthy_but_for_the_patience_with_old_data(
    view: View,
) -> None:
    """Whatever was excluded, refused or spent before."""
    assume(healthy(view))
    found = desired(view, view.state.served.active if view.state else {})
    assert found.regions or (found.held and found.held.name is Hold.DATA)


@quick
@given(views())
def test_whoever_is_not_unhealthy_keeps_its_place_among_several(view: View) -> None:
    state = view.state
    several = replace(view, service=replace(view.service, routing=Routing.MULTIVALUE))
    assume(state is not None and not view.pinned())
    assert state is not None
    several = replace(several, state=having(state, create_not_before=0.0))
    kept = places(several, state.served.active).kept
    assume(kept and several.can_say(kept))
    assert kept.items() <= desired(several, state.served.active).regions.items()


@quick
@given(views())
def test_whatever_is_chosen_can_be_written(view: View) -> None:
    """Each record can say an address of it, and no record is given an address of no settings."""
    state, found = view.state, view.reading
    for routing in Routing:
        chosen = replace(view, service=replace(view.service, routing=routing))
        for serving in (state.served.active, state.publication.targets) if state else ():
            regions = desired(chosen, serving).regions
            if regions and found and not found.others and found.at > state.served.published_at:
                plan(Answer.of(regions.values()), 30, found, True, chosen.given())


@quick
@given(views())
def test_it_is_settled_where_it_has_been_followed(view: View) -> None:
    """No rule takes back what it has just asked for: nothing flaps by itself."""
    state = view.state
    assume(state is not None)
    assert state is not None
    view = replace(view, data={}, service=replace(view.service, failback=Failback.MANUAL))
    first = desired(view, state.served.active)
    after = having(
        state,
        active=first.regions,
        targets=first.regions,
        revision=view.settings.revision,
        published_at=view.now,
    )
    if first.regions:
        again = desired(replace(view, state=after), first.regions)
        assert again.regions == first.regions


@quick
@given(views(), st.sampled_from((True, False)))
def test_a_dead_region_is_left_whatever_has_been_spent(view: View, read: bool) -> None:
    """Guarantee 8, for one round: nobody stops it, somebody is healthy, the records are known."""
    state = view.state
    assume(state is not None and state.served.active)
    assert state is not None
    state = having(state, phase=Phase.PUBLISHED, targets=state.served.active, pin=None, pause=None)
    dead = {addresses.ipv4 for addresses in state.served.active.values()}
    well = {region.addresses.ipv4 for region in view.service.regions} - dead
    assume(well)
    cast = {address: tally(Vote.HEALTHY) for address in well}
    cast |= {address: tally(Vote.UNHEALTHY) for address in dead}
    revision = view.settings.revision
    view = replace(
        view,
        state=state,
        gate=None,
        data={},
        service=replace(view.service, mode=Mode.ACT, data=None),
        ballots=tuple(ballot(cast, name, revision=revision) for name in view.settings.vantages),
        reading=reads(*state.served.active.values()) if read else None,
        confirmed=read,
    )
    decision = decide(view)
    assert decision.action is Action.PUBLISH
    assert all(view.vote(a) is Vote.HEALTHY for a in decision.targets.values())
