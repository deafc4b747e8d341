"""What must hold of the core whatever is thrown at it."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import TypeVar

from hypothesis import given
from hypothesis import strategies as st

from failover.decision.decide import decide
from failover.decision.decision import Action, Decision
from failover.decision.view import View
from failover.decision.words import guards
from failover.health.probe import Probe
from failover.health.tally import Tally, Vote, count
from failover.health.votes import Ballot
from failover.notify.kinds import Kind
from failover.publication.incidents import with_conditions
from failover.publication.outcomes import adopted, published
from failover.publication.parts import Announcement, Cause, Claim, Incident, Phase, Pin, Stop
from failover.publication.state import State
from failover.publication.transitions import (
    claimed,
    given_back,
    let_go,
    reclaimed,
    renewed,
    withdrawn,
)
from failover.settings.model import Addresses, Data, Failback, Mode, Region, Routing, Service
from failover.staleness.replication import Freshness, Seen
from failover.zone.plan import UnsafePlan, plan
from failover.zone.records import Answer, Family, Reading, Record
from tests.support.builders import (
    BAD,
    EAST,
    GOOD,
    HEALTH,
    LETTERS,
    NOW,
    SHOP,
    WEST,
    applied,
    ballot,
    having,
    pointing_at,
    reading,
    reads,
    record,
    settings_of,
    tally,
)

T = TypeVar("T")

NAMES = ("east", "west", "south")
AWS = ("us-east-1", "us-west-2", "us-east-2")
SEEN = st.builds(Seen, st.sampled_from(Freshness), st.none() | st.floats(0, 1e6))
FOREIGN = Addresses("203.0.113.9", "2001:db8:ffff::9")
WRITES = (Action.PUBLISH, Action.RETRY, Action.WITHDRAW)


def addresses(number: int, pair: bool) -> Addresses:
    return Addresses(f"192.0.2.{number}", f"2001:db8::{number}" if pair else None)


def seldom(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    """Mostly nothing: what would otherwise hide everything that comes after it."""
    return st.integers(0, 5).flatmap(lambda n: strategy if n == 5 else st.none())


def moments() -> st.SearchStrategy[float]:
    """Times around NOW, with the edges where something begins or ends, and both clocks' sins."""
    edges = (0, 5, 9, 10, 30, 40, 60, 90, 91, 119, 120, 600, 3599, 3600, 86400, 1e6)
    return st.sampled_from([NOW + sign * edge for edge in edges for sign in (-1, 1)])


@st.composite
def services(draw: st.DrawFn, pair: bool) -> Service:
    """Two or three regions; one of them may have moved to a new address, and one be gone."""
    regions = tuple(
        Region(name, aws, addresses(i + draw(st.sampled_from((0, 0, 0, 10))), pair))
        for i, (name, aws) in enumerate(zip(NAMES, AWS, strict=True), start=1)
    )
    first = draw(st.sampled_from((0, 0, 0, 1)))
    last = draw(st.sampled_from((2, 3))) if first == 0 else 3
    return replace(
        SHOP,
        mode=draw(st.sampled_from((Mode.ACT, Mode.ACT, Mode.OBSERVE))),
        ttl=draw(st.sampled_from((30, 300))),
        routing=draw(st.sampled_from(Routing)),
        failback=draw(st.sampled_from(Failback)),
        flip_budget=draw(st.sampled_from((1, 4))),
        regions=regions[first:last],
        data=draw(st.sampled_from((None, Data("t", 60.0, 0.0), Data("t", 60.0, 300.0)))),
    )


def every_address(pair: bool) -> list[Addresses]:
    return [addresses(i + shift, pair) for i in (1, 2, 3) for shift in (0, 10)]


@st.composite
def casts(draw: st.DrawFn, pair: bool, vantages: tuple[str, ...]) -> tuple[Ballot, ...]:
    """What the vantages say: mostly the same of an address, now and then not, or not lately."""
    likely = {a.ipv4: draw(st.sampled_from("HHHUUU?")) for a in every_address(pair)}
    ballots = []
    for vantage in vantages:
        at = draw(st.sampled_from((NOW,) * 5 + (NOW - 90, NOW - 91, NOW + 91)))
        cast = {
            address: tally(
                LETTERS[draw(st.sampled_from(likely[address] * 5 + "HU?"))],
                at=at,
                since=draw(moments()),
            )
            for address in likely
        }
        revision = draw(st.sampled_from((2, 2, 2, 2, 2, 3)))
        digest = draw(st.sampled_from(("one", "one", "two")))
        ballots.append(ballot(cast, vantage, at=at, revision=revision, digest=digest))
    return tuple(ballots)


@st.composite
def readings(draw: st.DrawFn, pair: bool) -> Reading:
    """Any zone: right, empty, mixed, foreign, half, doubled, with a CNAME beside."""
    known = every_address(pair)
    records: list[Record] = []
    for i, found in enumerate(draw(st.lists(st.sampled_from([*known, FOREIGN]), max_size=3))):
        halves = draw(st.sampled_from(("both", "both", "a", "aaaa"))) if pair else "a"
        ttl = draw(st.sampled_from((30, 300)))
        if halves != "aaaa":
            records.append(record("A", found.ipv4, 100 + i, ttl))
        if halves != "a" and found.ipv6:
            records.append(record("AAAA", found.ipv6, 200 + i, ttl))
    if draw(st.integers(0, 9)) == 0:
        records.append(record("CNAME", "other.example.net", 301))
    at = draw(st.sampled_from((NOW, NOW, NOW, NOW - 600)))
    return reading(*records, at=at, since=draw(moments()))


@st.composite
def states(draw: st.DrawFn, pair: bool) -> State:
    """Any decision that the transitions can leave, and more."""
    past = {
        name: addresses(i + draw(st.sampled_from((0, 0, 0, 0, 10))), pair)
        for i, name in enumerate(NAMES, start=1)
    }
    some = st.sampled_from((1, 1, 2, 3)).flatmap(
        lambda n: st.sets(st.sampled_from(NAMES), min_size=n, max_size=n).map(sorted)
    )
    here, there = draw(some), draw(some)
    phase = draw(st.sampled_from((Phase.PUBLISHED, *Phase)))
    active = {name: past[name] for name in here}
    unfinished = phase is Phase.PUBLISHING
    first = unfinished and draw(st.integers(0, 4)) == 0
    writes = st.builds(
        Announcement,
        family=st.sampled_from(Family),
        record_id=st.sampled_from((None, 100, 101, 200)),
        address=st.sampled_from([a.ipv4 for a in every_address(pair)]),
        at=moments(),
    )
    times = st.lists(moments(), max_size=5).map(tuple)
    return having(
        pointing_at("east"),
        version=draw(st.integers(1, 9)),
        generation=draw(st.integers(1, 9)),
        attempt=draw(st.integers(0, 3)),
        phase=phase,
        cause=draw(st.sampled_from(Cause)),
        decided_at=draw(moments()),
        active={} if first else active,
        targets={name: past[name] for name in there} if unfinished else active,
        moved_by=draw(st.sampled_from(Cause)),
        moved_at=draw(moments()),
        published_at=NOW - draw(st.sampled_from((60, 60, 3600, 0, -60))),
        revision=draw(st.sampled_from((2, 2, 2, 0, 1, 3))),
        accepted=past,
        ttl=draw(st.sampled_from((30, 300))),
        unfinished_since=draw(moments()),
        domain_id=7,
        claim=draw(seldom(st.builds(Claim, st.just("c"), st.just("v1"), moments()))),
        wrote=draw(st.booleans()),
        announced=tuple(draw(st.lists(writes, max_size=2))),
        pin=draw(seldom(st.builds(Pin, st.sampled_from((*NAMES, "north")), moments()))),
        pause=draw(seldom(stops())),
        excluded_until=draw(st.dictionaries(st.sampled_from(NAMES), moments(), max_size=2)),
        flips=draw(times),
        republished=draw(times),
        create_not_before=draw(st.sampled_from((0.0, 0.0, NOW, NOW + 300))),
        incidents={Kind.DRIFT: Incident(NOW, True)} if draw(st.booleans()) else {},
    )


def stops() -> st.SearchStrategy[Stop]:
    return st.builds(Stop, moments(), st.just("ana"), st.just("maintenance"))


@st.composite
def views(draw: st.DrawFn) -> View:
    """Anything that a round may see."""
    pair = draw(st.booleans())
    service = draw(services(pair))
    vantages = ("v1", "v2", "v3")[: draw(st.sampled_from((1, 1, 2, 3)))]
    revision = draw(st.sampled_from((2, 2, 2, 2, 1, 3)))
    state = draw(states(pair)) if draw(st.integers(0, 6)) else None
    here = state.served.active.values() if state else ()
    found = draw(st.none() | readings(pair) | st.just(reads(*here)) | st.just(reads(*here)))
    return View(
        settings=settings_of(service, revision=revision, vantages=vantages),
        service=service,
        vantage="v1",
        now=NOW,
        state=state,
        ballots=draw(casts(pair, vantages)),
        reading=found,
        confirmed=found is not None and draw(st.sampled_from((True, True, False))),
        gate=draw(seldom(stops())),
        data=draw(st.dictionaries(st.sampled_from(AWS), SEEN)),
    )


def stopped(view: View) -> bool:
    """Whether the gate or a pause is in force."""
    stops = (view.gate, view.state.orders.pause if view.state else None)
    return any(stop and stop.until > view.now for stop in stops)


def unfinished(view: View) -> bool:
    return view.state is not None and view.state.publication.phase is Phase.PUBLISHING


@given(views())
def test_there_is_always_one_answer_and_a_reason(view: View) -> None:
    """Any view is decided without an error, the same way each time, and why is never empty."""
    decision = decide(view)
    assert decision == decide(view)
    assert decision.why
    assert all(said.name and said.saw for said in guards.why(decision))
    assert bool(decision.targets) is (decision.action is not Action.HOLD)
    assert (decision.cause is None) is (decision.action is Action.HOLD)


@given(views())
def test_nobody_is_moved_to_a_region_that_is_not_healthy_except_by_a_person(view: View) -> None:
    """Guarantee 2. What was decided before may be published again over drift, and no more."""
    decision = decide(view)
    if decision.action is not Action.PUBLISH or decision.cause is Cause.OPERATOR:
        return
    if view.state and decision.targets == view.state.publication.targets:
        return
    if _to_a_pinned_region(view, decision):
        return
    serving = view.state.served.active.values() if view.state else ()
    before = [*serving, *(view.state.publication.targets.values() if view.state else ())]
    for target in decision.targets.values():
        unmoved = target.ipv4 in {addresses.ipv4 for addresses in before}
        assert view.vote(target) is Vote.HEALTHY or unmoved


def _to_a_pinned_region(view: View, decision: Decision) -> bool:
    pin = view.state.orders.pinned(view.now) if view.state else None
    return pin is not None and set(decision.targets) == {pin.region}


@given(views())
def test_nobody_is_moved_away_from_a_region_that_is_not_unhealthy(view: View) -> None:
    """Guarantee 2: but for failback, settings, a pin, and what somebody else did to the records."""
    decision = decide(view)
    if decision.action is not Action.PUBLISH or view.state is None or unfinished(view):
        return
    if decision.cause in (Cause.FAILBACK, Cause.SETTINGS, Cause.OPERATOR):
        return
    if (
        _to_a_pinned_region(view, decision)
        or decision.targets.keys() == view.state.served.active.keys()
    ):
        return
    assert any(view.vote(a) is Vote.UNHEALTHY for a in view.state.served.active.values())


@given(views())
def test_observing_never_writes(view: View) -> None:
    observed = replace(view, service=replace(view.service, mode=Mode.OBSERVE))
    assert decide(observed).action not in WRITES


@given(views())
def test_a_stop_starts_nothing_new(view: View) -> None:
    held = view if stopped(view) else replace(view, gate=Stop(NOW + 60, "ana", "maintenance"))
    action = decide(held).action
    if not unfinished(view):
        assert action is Action.HOLD
    assert action is not Action.PUBLISH


@given(views())
def test_what_is_published_is_in_the_settings_or_in_the_records(view: View) -> None:
    """Guarantee 1."""
    decision = decide(view)
    asked = {region.name: region.addresses for region in view.service.regions}
    if decision.action in (Action.PUBLISH, Action.RETRY):
        for addresses in decision.targets.values():
            assert addresses in asked.values() or view.has(addresses)


@given(views())
def test_a_foreign_record_stops_every_new_decision(view: View) -> None:
    """Never fight a person. (Settings of the same revision: rule 4 has tests of its own.)"""
    stranger = record("A", FOREIGN.ipv4, 999)
    state = view.state
    if unfinished(view):
        return
    if state:
        state = having(state, revision=view.settings.revision, published_at=NOW - 60)
    found = reading(*(view.reading.records if view.reading else ()), stranger)
    assert decide(replace(view, state=state, reading=found)).action is Action.HOLD


@given(views())
def test_a_deployment_with_older_settings_does_nothing(view: View) -> None:
    newer = ballot({}, "v2", revision=view.settings.revision + 1)
    others = tuple(b for b in view.ballots if b.vantage != "v2")
    assert decide(replace(view, ballots=(*others, newer))).action is Action.HOLD


def answers(pair: bool) -> st.SearchStrategy[Answer]:
    some = st.lists(st.sampled_from(every_address(pair)), min_size=1, max_size=3)
    return some.map(Answer.of)


@given(st.booleans().flatmap(lambda p: st.tuples(answers(p), readings(p))), st.booleans())
def test_a_plan_changes_in_place_and_never_empties_anything(
    asked: tuple[Answer, Reading], may_create: bool
) -> None:
    answer, found = asked
    try:
        steps = plan(answer, 30, found, may_create)
    except UnsafePlan:
        assert found.others or not found.records or not answer.aaaa
        return
    now = found
    for change in steps.changes:
        now = applied(replace(steps, changes=(change,)), now)
        assert change.address in answer.family(change.family)
        assert {r.id for r in found.records} <= {r.id for r in now.records}
    assert {(r.id, r.type, r.name) for r in found.records} <= {
        (r.id, r.type, r.name) for r in now.records
    }
    assert {r.ttl for r in now.records} <= {30}
    for family in Family:
        if may_create or len([r for r in found.records if r.type == family]) >= 3:
            assert now.addresses(family) == answer.family(family)
        else:
            assert now.addresses(family) <= answer.family(family)
    assert plan(answer, 30, now, may_create).changes == ()


probes = st.lists(st.sampled_from((GOOD, BAD)), min_size=1, max_size=40)
thresholds = st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(1, 8))


def counted(
    story: list[Probe], limits: tuple[int, int, int], before: Tally | None = None
) -> list[Tally]:
    names = ("failure_threshold", "clear_threshold", "recovery_threshold")
    health = replace(HEALTH, **dict(zip(names, limits, strict=True)))
    found = []
    for i, probe in enumerate(story):
        before = count(before, probe, NOW + 10 * i, 90.0, health)
        found.append(before)
    return found


@given(probes, thresholds)
def test_fewer_failures_than_the_threshold_never_make_it_unhealthy(
    story: list[Probe], limits: tuple[int, int, int]
) -> None:
    for i, found in enumerate(counted(story, limits), start=1):
        if story[:i].count(BAD) < limits[0]:
            assert found.vote is not Vote.UNHEALTHY


@given(probes, thresholds)
def test_an_all_good_history_is_healthy_and_an_all_bad_one_falls(
    story: list[Probe], limits: tuple[int, int, int]
) -> None:
    for i, found in enumerate(counted([GOOD] * len(story), limits), start=1):
        assert (found.vote, found.failures) == (Vote.HEALTHY, 0), i
    for i, found in enumerate(counted([BAD] * len(story), limits), start=1):
        assert (found.vote is Vote.UNHEALTHY) is (i >= limits[0])


@given(probes, thresholds, probes, thresholds)
def test_counters_stay_below_the_thresholds_even_when_these_change(
    story: list[Probe],
    limits: tuple[int, int, int],
    more: list[Probe],
    later: tuple[int, int, int],
) -> None:
    before = counted(story, limits)[-1]
    for found in counted(more, later, replace(before, at=NOW)):
        assert 0 <= found.failures <= max(limits[0], later[0])
        assert 0 <= found.successes <= max(*later[1:], *limits[1:])
        assert (found.failures == 0) is (found.failing_since is None)


@given(probes, thresholds)
def test_what_has_fallen_stays_down_until_it_has_earned_its_recovery(
    story: list[Probe], limits: tuple[int, int, int]
) -> None:
    found = counted(story, limits)
    for i, (one, two) in enumerate(pairwise(found), start=1):
        if one.vote is Vote.UNHEALTHY and two.vote is not Vote.UNHEALTHY:
            assert two.vote is Vote.HEALTHY
            run = story[i + 1 - limits[2] : i + 1]
            assert len(run) == limits[2]
            assert BAD not in run


Step = Callable[[State, float], State]
FILE = settings_of()
TO_WEST, TO_EAST = {"west": WEST}, {"east": EAST}
HELD = Claim("c", "v1", NOW)
WRITE = Announcement(Family.A, 1, WEST.ipv4, NOW)
STEPS: dict[str, Step] = {
    "claim west": lambda s, t: claimed(s, TO_WEST, Cause.UNHEALTHY, FILE, SHOP, HELD, t),
    "claim east": lambda s, t: claimed(s, TO_EAST, Cause.DRIFT, FILE, SHOP, HELD, t),
    "try again": lambda s, t: reclaimed(s, HELD),
    "write": lambda s, t: renewed(
        s if s.publication.claim else having(s, claim=HELD), t + 30, WRITE
    ),
    "publish": lambda s, t: published(s, [WRITE], reading(), t),
    "let go": lambda s, t: let_go(s, []),
    "withdraw": withdrawn,
    "adopt": lambda s, t: adopted(s, TO_EAST, Cause.EXTERNAL, FILE, SHOP, reading(), t),
    "raise": lambda s, t: with_conditions(s, frozenset({Kind.DRIFT}), t),
    "end": lambda s, t: with_conditions(s, frozenset(), t),
}


@given(st.lists(st.sampled_from((*STEPS, "give back")), max_size=25))
def test_generation_and_version_only_grow(steps: list[str]) -> None:
    """Each change raises the version by exactly one: that is what the table's condition asks."""
    before = state = adopted(None, TO_EAST, Cause.ADOPTION, FILE, SHOP, reading(), NOW)
    for i, name in enumerate(steps):
        after = given_back(before, state) if name == "give back" else STEPS[name](state, NOW + i)
        assert after.publication.generation >= state.publication.generation
        assert after.version == state.version + 1 or after is state
        assert after.publication.answer.a
        before, state = state, after
