"""Publication in an unkind world: every story ends with the record at the healthy region."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import greenlet
import pytest

from failover.app.publication import publish
from failover.app.reading import before_writing
from failover.decision.decision import Action, Decision
from failover.decision.guard import Ground, Guard
from failover.decision.view import View
from failover.errors import DnsUnavailable
from failover.health.probe import Reason
from failover.notify.kinds import Kind
from failover.publication.parts import MOST_ARRIVALS, Cause, Phase, Pin
from failover.publication.state import State
from failover.zone.plan import plan
from failover.zone.records import Answer, Reading, Record, Written
from tests.support.builders import having
from tests.support.world import refused, times, unavailable
from tests.unit.app.stage import EAST, EAST6, SHOP, SHOP6, WEST, WEST6, Stage


@pytest.fixture
def stage() -> Stage:
    """The shop, pointing at its first region, which dies after 100 s."""
    stage = Stage().set_up().pointing_at(EAST)
    stage.after(100, lambda: stage.prober.down.update({EAST.ipv4: Reason.REFUSED}))
    return stage


def test_a_write_that_fails_four_times_is_tried_on(stage: Stage) -> None:
    """Each round tries again: same generation, next attempt."""
    with times(stage, 4, unavailable) as fault:
        stage.dns.on_write = fault
        stage.run(300)
    assert stage.puts == [WEST.ipv4]
    assert stage.state.publication.attempt == 5
    assert stage.state.publication.phase is Phase.SETTLED


def test_a_lost_reply_leaves_one_record_at_the_healthy_region(stage: Stage) -> None:
    """The write was applied and the reply lost: the next round finds it done."""
    with times(stage, 1, unavailable) as fault:
        stage.dns.apply_then = fault
        stage.run(300)
    assert stage.puts == [WEST.ipv4]
    assert len(stage.dns.records) == 1
    assert stage.state.publication.phase is Phase.SETTLED


def test_lists_that_are_refused_do_not_stop_a_failover(stage: Stage) -> None:
    """The ids of the records are known: they are read and written one by one."""
    stage.after(90, lambda: setattr(stage.dns, "on_list", unavailable))
    stage.run(300)
    assert stage.dns.addresses() == [WEST.ipv4]
    assert stage.state.publication.phase is Phase.SETTLED


def test_neither_lists_nor_gets_are_needed(stage: Stage) -> None:
    """Where reads by id fail as well, the reply to the write tells what was written."""
    stage.after(90, lambda: setattr(stage.dns, "on_list", unavailable))
    stage.after(90, lambda: setattr(stage.dns, "on_get", unavailable))
    stage.run(300)
    assert stage.dns.addresses() == [WEST.ipv4]
    assert stage.puts == [WEST.ipv4]


def test_a_second_failover_works_while_lists_are_refused(stage: Stage) -> None:
    """The recorded reading is kept up with what was written, so it never looks like drift."""
    stage.after(90, lambda: setattr(stage.dns, "on_list", unavailable))
    stage.after(200, lambda: stage.prober.down.pop(EAST.ipv4))
    stage.after(400, lambda: stage.prober.down.update({WEST.ipv4: Reason.REFUSED}))
    stage.run(600)
    assert stage.puts == [WEST.ipv4, EAST.ipv4]


def test_what_was_read_before_the_last_write_is_not_what_is_there(stage: Stage) -> None:
    """Without reads, a decision for what an old reading says is written all the same."""
    both = {"east": EAST, "west": WEST}
    stage.run(60)
    before = having(stage.state, record_ids={"A": (101, 102)}, active=both, targets=both)
    stage.dns.add("app", "A", WEST.ipv4)
    old = Reading(7, (Record(101, "app", "A", EAST.ipv4, 30),), 0.0, 0.0, SHOP.record)
    view = View(stage.settings, SHOP, "v1", stage.hub.time, before, (), old, confirmed=False)
    stage.dns.records[101] = replace(stage.dns.records[101], address=WEST.ipv4)
    stage.dns.on_get = unavailable
    found, _ = stage.hub.run(lambda: before_writing(stage.world, view, before))
    writes = plan(Answer.of([EAST, WEST]), 30, found, may_create=False).changes
    assert [write.address for write in writes] == [EAST.ipv4, WEST.ipv4]


def test_killed_in_the_middle_of_a_write_the_next_tick_finishes(stage: Stage) -> None:
    """The claim runs out, others take over 10 s later, and the work is finished."""
    killed: list[float] = []

    def kill() -> None:
        if not killed:
            killed.append(stage.hub.time)
            raise greenlet.GreenletExit

    stage.dns.on_write = kill
    stage.run(400)
    assert stage.dns.addresses() == [WEST.ipv4]
    assert stage.state.served.published_at - killed[0] <= 30 + 10 + 2 * 10
    assert stage.state.publication.attempt == 2


def test_a_write_applied_late_is_undone_and_nobody_is_blamed(stage: Stage) -> None:
    """A timed-out write to one region arrives after a newer decision for another."""
    real = stage.dns.update
    late: list[Callable[[], None]] = []

    def update(
        domain_id: int, record_id: int, budget: float, *, address: str | None, ttl: int | None
    ) -> Written:
        if not late:
            late.append(lambda: stage.dns.set(record_id, address or ""))
            raise DnsUnavailable("timed out")
        return real(domain_id, record_id, budget, address=address, ttl=ttl)

    stage.dns.update = update  # type: ignore[method-assign]
    stage.after(118, lambda: stage.prober.down.update({WEST.ipv4: Reason.REFUSED}))
    stage.after(118, lambda: stage.prober.down.pop(EAST.ipv4))
    stage.after(300, lambda: [write() for write in late])
    stage.run(500)
    assert stage.dns.addresses() == [EAST.ipv4]
    assert [late.arrivals for late in stage.state.announced] == [MOST_ARRIVALS - 1]
    assert stage.state.limits.republished == ()


def test_a_pin_that_comes_in_between_wins(stage: Stage) -> None:
    """An operator's order is not lost to a claim that was decided from an older version."""
    pin = Pin("east", until=stage.hub.time + 3600, by="ann", reason="maintenance")

    def order() -> None:
        state = stage.store.states["shop"]
        stage.store.states["shop"] = having(state, version=state.version + 1, pin=pin)

    stage.after(99, order)
    stage.run(400)
    assert stage.puts == []
    assert stage.state.orders.pin == pin
    assert stage.state.notices.incidents[Kind.PINNED_UNHEALTHY].raised


def test_a_pin_during_a_publication_is_kept(stage: Stage) -> None:
    """The holder of a claim writes on top of an order that was given meanwhile."""
    pin = Pin("west", until=stage.hub.time + 3600, by="ann", reason="it is fine there")

    def order() -> None:
        state = stage.store.states["shop"]
        stage.store.states["shop"] = having(state, version=state.version + 1, pin=pin)

    with times(stage, 1, order) as during:
        stage.dns.on_write = during
        stage.run(300)
    assert stage.state.orders.pin == pin
    assert stage.dns.addresses() == [WEST.ipv4]
    assert stage.state.publication.phase is Phase.SETTLED


def test_a_frozen_holder_does_not_write(stage: Stage) -> None:
    """A container that slept longer than its claim finds that out before its write."""
    wrote: list[float] = []
    real = stage.store.write_state

    def freeze(service: str, state: object) -> None:
        real(service, state)  # type: ignore[arg-type]
        if isinstance(state, State) and state.publication.wrote and not wrote:
            wrote.append(stage.hub.time)
            stage.hub.sleep(45)

    stage.store.write_state = freeze  # type: ignore[method-assign]
    moved: list[float] = []
    stage.dns.on_write = lambda: moved.append(stage.hub.time)
    stage.run(400)
    assert stage.dns.addresses() == [WEST.ipv4]
    assert len(moved) == 1
    assert stage.state.publication.attempt == 2


def test_records_that_change_just_before_the_write_are_decided_on_again(stage: Stage) -> None:
    """Somebody moves the record by hand in the same second: theirs is adopted, ours not written."""
    real = stage.store.write_state

    def meanwhile(service: str, state: object) -> None:
        real(service, state)  # type: ignore[arg-type]
        if isinstance(state, State) and state.publication.phase is Phase.PUBLISHING:
            stage.dns.set(101, WEST.ipv4)

    stage.store.write_state = meanwhile  # type: ignore[method-assign]
    stage.run(300)
    assert stage.puts == []
    assert stage.state.publication.cause is Cause.EXTERNAL
    assert list(stage.state.served.active) == ["west"]


def test_a_refused_creation_does_not_keep_the_other_family_from_moving() -> None:
    """The token may not add the missing AAAA record: A moves all the same."""
    stage = Stage().set_up(SHOP6)
    stage.dns.add("app", "A", EAST6.ipv4)

    def create(*_: object) -> Written:
        refused(403)()
        return Written(Record(0, "", "", "", 0), certain=True)

    stage.dns.create = create  # type: ignore[method-assign]
    stage.after(100, lambda: stage.prober.down.update({EAST.ipv4: Reason.REFUSED}))
    stage.run(300)
    assert stage.dns.addresses("A") == [WEST6.ipv4]
    assert stage.state.publication.phase is Phase.SETTLED
    assert Kind.CREATE_REFUSED in stage.state.notices.incidents


def test_a_lost_reply_to_a_creation_makes_no_second_record() -> None:
    """A creation is never repeated blindly: what is there is read first."""
    stage = Stage().set_up(SHOP6)
    with times(stage, 1, unavailable) as fault:
        stage.dns.apply_then = fault
        stage.run(120)
    assert stage.dns.addresses("A") == [EAST6.ipv4]
    assert stage.dns.addresses("AAAA") == [EAST6.ipv6]


def test_lost_replies_of_the_table_are_read_back(stage: Stage) -> None:
    """A claim whose reply was lost is found to be ours, and the publication goes on."""
    stage.after(110, lambda: setattr(stage.store, "lose_replies", 3))
    stage.run(300)
    assert stage.puts == [WEST.ipv4]


def test_a_long_failure_to_publish_is_an_incident_and_is_tried_on(stage: Stage) -> None:
    """After 60 s people are told; when Linode is back the record moves."""
    stage.dns.on_write = unavailable
    raised: list[bool] = []
    stage.after(250, lambda: raised.append(Kind.FAILOVER_FAILED in stage.state.notices.raised()))
    stage.after(260, lambda: setattr(stage.dns, "on_write", lambda: None))
    stage.run(400)
    assert raised == [True]
    assert stage.dns.addresses() == [WEST.ipv4]
    assert stage.state.notices.holding() == frozenset()


def test_a_publication_is_followed_to_the_name_servers(stage: Stage) -> None:
    """Rendered, then served: both are timed, and no round comes later for it."""
    stage.run(300)
    assert stage.state.publication.phase is Phase.SETTLED
    published = stage.state.served.published_at
    assert 12 <= stage.state.served.rendered_at - published <= 15
    assert 20 <= stage.state.served.served_at - published <= 25
    rounds = [at for at, address in stage.prober.seen if address == WEST.ipv4]
    assert max(b - a for a, b in pairwise(rounds)) <= 10.5


def test_a_publication_that_is_never_served_is_looked_for_ten_minutes(stage: Stage) -> None:
    """After that the decision stays `published`; nothing else depends on it."""
    stage.witness.served_after = 1e9
    stage.run(900)
    assert stage.state.publication.phase is Phase.PUBLISHED
    assert stage.puts == [WEST.ipv4]


def test_without_a_list_what_the_newest_list_found_is_written_too(stage: Stage) -> None:
    """A person has added a record since the last publication, and all lists fail: the answer would
    not be the decided one while the name is called published."""
    stage.run(60)
    found = stage.state
    added = stage.dns.add("app", "A", WEST.ipv4)
    listed = Reading(7, tuple(stage.dns.records.values()), 0.0, 0.0, SHOP.record)
    view = View(stage.settings, SHOP, "v1", stage.hub.time, found, (), listed, confirmed=False)
    read, sure = stage.hub.run(lambda: before_writing(stage.world, view, found))
    assert sure
    assert [record.id for record in read.records] == [101, added]


def test_without_a_list_a_record_that_is_gone_is_not_written(stage: Stage) -> None:
    stage.run(60)
    found = having(stage.state, record_ids={"A": (101, 999)})
    view = View(stage.settings, SHOP, "v1", stage.hub.time, found, (), None, confirmed=False)
    read, _ = stage.hub.run(lambda: before_writing(stage.world, view, found))
    assert [record.id for record in read.records] == [101]


def test_an_address_of_a_person_is_seen_without_a_list_and_left_alone(stage: Stage) -> None:
    """The failover has begun and cannot write; meanwhile somebody points the name elsewhere."""
    stage.after(90, lambda: setattr(stage.dns, "on_list", unavailable))
    stage.after(90, lambda: setattr(stage.dns, "on_write", unavailable))
    stage.after(150, lambda: stage.dns.set(101, "203.0.113.9"))
    stage.after(155, lambda: setattr(stage.dns, "on_write", lambda: None))
    stage.run(300)
    assert stage.dns.addresses() == ["203.0.113.9"]
    stage.after(310, lambda: setattr(stage.dns, "on_list", lambda: None))
    stage.run(60)
    assert stage.dns.addresses() == ["203.0.113.9"]
    assert Kind.DRIFT_BLOCKS_FAILOVER in stage.state.notices.incidents


@pytest.mark.parametrize("seconds_later", [-60.0, 60.0], ids=["before", "after"])
def test_of_a_record_that_cannot_be_read_only_what_it_said_since_we_wrote_it_counts(
    seconds_later: float,
) -> None:
    """West had another address until the last publication; a vantage has not read since."""
    stage = Stage().set_up().pointing_at(EAST)
    stage.run(60)
    stage.dns.on_list = stage.dns.on_get = unavailable
    at = stage.state.served.published_at + seconds_later
    former = replace(next(iter(stage.dns.records.values())), address="203.0.113.9")
    seen = Reading(7, (former,), at, at, SHOP.record)
    view = View(stage.settings, SHOP, "v2", stage.hub.time, stage.state, (), seen, confirmed=False)
    west = {"west": WEST}
    decision = Decision(view, Action.PUBLISH, (Guard(Ground.CANDIDATE),), Cause.UNHEALTHY, west)
    outcome = stage.hub.run(lambda: publish(stage.world, view, decision))
    assert outcome.published is (seconds_later < 0)
