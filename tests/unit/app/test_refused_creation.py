"""A token that may change records and not add any: what exists is moved, and nobody is blamed."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from failover.app.tick import tick
from failover.health.probe import Reason
from failover.notify.events import What
from failover.notify.kinds import Kind
from failover.publication.parts import Phase
from failover.settings.model import Routing
from failover.zone.records import Written
from tests.support.world import refused, unavailable
from tests.unit.app.stage import EAST, EAST6, SHOP, SHOP6, WEST, WEST6, Stage

SEVERAL = replace(SHOP, routing=Routing.MULTIVALUE)
HOUR = 3600.0


class Narrow(Stage):
    """A stage whose token may add no record. `asked` are the times at which it tried."""

    fails_with = 403

    def __post_init__(self) -> None:
        super().__post_init__()
        self.asked: list[float] = []
        self.really_create = self.dns.create
        self.dns.create = self.refuse  # type: ignore[method-assign]

    def refuse(self, *_: object) -> Written:
        self.asked.append(self.hub.time)
        refused(self.fails_with)()
        raise AssertionError

    def dies(self, at: float, address: str) -> "Narrow":
        self.after(at, lambda: self.prober.down.update({address: Reason.REFUSED}))
        return self

    def recovers(self, at: float, address: str) -> "Narrow":
        self.after(at, lambda: self.prober.down.pop(address))
        return self


def sole_record() -> Narrow:
    stage = Narrow()
    stage.set_up(SEVERAL).pointing_at(EAST)
    return stage


def half_a_pair() -> Narrow:
    stage = Narrow()
    stage.set_up(SHOP6)
    stage.dns.add("app", "A", EAST6.ipv4)
    return stage


Made = Callable[[], Narrow]
BOTH = pytest.mark.parametrize("made", [sole_record, half_a_pair])


def abouts(stage: Stage) -> list[str]:
    return [event.about for _, _, event in stage.alerts.arrived]


@BOTH
@pytest.mark.parametrize("at", [100.0, 1500.0])
def test_a_dead_region_is_left_whatever_is_missing(made: Made, at: float) -> None:
    """Before and long after the first refusal."""
    stage = made().dies(at, EAST.ipv4)
    stage.run(at + 60)
    assert stage.dns.addresses() == [WEST.ipv4]
    assert list(stage.state.served.active) == ["west"]


@BOTH
def test_the_records_that_exist_follow_every_region_that_dies(made: Made) -> None:
    stage = made()
    for i in range(8):
        stage.dies(300 + 400 * i, (EAST, WEST)[i % 2].ipv4)
        stage.recovers(600 + 400 * i, (EAST, WEST)[i % 2].ipv4)
    stage.run(3500)
    writes = [address for address in stage.puts if address]
    assert writes == [(WEST, EAST)[i % 2].ipv4 for i in range(8)]


@BOTH
def test_it_is_one_incident_and_nobody_is_said_to_have_changed_a_record(made: Made) -> None:
    """Six hours long: one beginning, and the reminders after one hour and after five."""
    stage = made()
    stage.run(6 * HOUR)
    told = set(abouts(stage))
    assert told == {"incident/create_refused"}
    assert len(abouts(stage)) == 3
    assert stage.state.limits.republished == ()
    assert not stage.state.orders.excluded_until
    assert stage.state.publication.phase in (Phase.PUBLISHED, Phase.SETTLED)
    assert Kind.DRIFT not in stage.state.notices.incidents


def test_a_ttl_that_is_put_right_on_the_way_is_told_as_what_it_is() -> None:
    """Several regions are wanted, one record is there with another TTL, and none may be added."""
    stage = Narrow()
    stage.set_up(SEVERAL)
    stage.dns.add("app", "A", EAST.ipv4, ttl=300)
    stage.run(900)
    published = [e for e in stage.store.log["shop"].values() if e.what == What.PUBLISHED]
    assert {event.about for event in published} == {"published/settings"}


@BOTH
def test_adding_it_is_tried_again_every_ten_minutes_and_leaves_no_trace(made: Made) -> None:
    stage = made()
    stage.run(3600)
    between = [b - a for a, b in zip(stage.asked, stage.asked[1:], strict=False)]
    assert 6 <= len(stage.asked) <= 7
    assert all(600 <= seconds < 640 for seconds in between)
    written = [e for e in stage.store.log["shop"].values() if e.what == What.PUBLISHED]
    assert written == []


@BOTH
def test_it_ends_once_the_record_could_be_added(made: Made) -> None:
    stage = made()
    stage.after(1000, lambda: setattr(stage.dns, "create", stage.really_create))
    stage.run(1500)
    assert Kind.CREATE_REFUSED not in stage.state.notices.incidents
    assert stage.state.limits.create_not_before == 0
    assert len(stage.dns.records) == 2


def test_it_ends_once_a_person_has_added_the_record() -> None:
    stage = half_a_pair()
    stage.after(700, lambda: stage.dns.add("app", "AAAA", str(EAST6.ipv6)))
    stage.run(900)
    assert Kind.CREATE_REFUSED not in stage.state.notices.incidents
    assert not stage.state.limits.create_refused
    assert "published/drift" not in abouts(stage)


def test_a_person_may_add_the_second_of_several_records() -> None:
    stage = sole_record()
    stage.after(700, lambda: stage.dns.add("app", "A", WEST.ipv4))
    stage.run(1500)
    assert stage.dns.addresses() == [EAST.ipv4, WEST.ipv4]
    assert sorted(stage.state.served.active) == ["east", "west"]
    assert Kind.CREATE_REFUSED not in stage.state.notices.incidents


def test_a_deleted_family_that_may_not_be_added_again_is_refused_and_no_drift() -> None:
    stage = Narrow()
    stage.set_up(SHOP6).pointing_at(EAST6)
    stage.after(100, lambda: stage.dns.records.pop(102))
    stage.dies(1500, EAST.ipv4)
    stage.run(1700)
    assert "published/drift" not in abouts(stage)
    assert stage.state.limits.republished == ()
    assert stage.dns.addresses() == [WEST6.ipv4]


def test_twenty_minutes_of_multivalue_do_not_disable_failover() -> None:
    """One record under `multivalue`, and back: the standby is still a candidate."""
    stage = sole_record()
    one = replace(stage.settings, revision=2, services=(replace(SEVERAL, routing=SHOP.routing),))
    stage.after(1200, lambda: setattr(stage, "settings", one))
    stage.dies(1800, EAST.ipv4)
    stage.run(2000)
    assert stage.dns.addresses() == [WEST.ipv4]


def test_an_empty_name_stays_one_incident_and_spends_no_limit() -> None:
    stage = Narrow()
    stage.set_up(SHOP).pointing_at(EAST)
    stage.after(100, stage.dns.records.clear)
    stage.after(2 * HOUR, lambda: setattr(stage.dns, "create", stage.really_create))
    stage.run(2 * HOUR + 700)
    assert stage.dns.addresses() == [EAST.ipv4]
    assert abouts(stage).count("incident/create_refused") == 3  # with its end and a reminder


def test_a_vantage_with_older_settings_does_not_make_the_newer_one_try_again() -> None:
    """By its settings nothing is missing: it was forgotten in a roll-out."""
    stage = sole_record()
    stage.settings = replace(stage.settings, revision=2, vantages=("eu-west-1", "eu-central-1"))
    older = replace(stage.settings, revision=1, digest="older", services=(SHOP,))

    def forgotten() -> None:
        ends = stage.hub.time + 190.0
        tick(stage.world, older, "eu-central-1", lambda: ends - stage.hub.time)

    for seconds in range(120, 600, 60):
        stage.after(seconds, forgotten)
    stage.run(590)
    assert len(stage.asked) == 1


def test_a_record_that_linode_never_answers_for_is_an_incident_until_it_is_there() -> None:
    """No refusal: each request to add it is answered by 503, for an hour and a half."""
    stage = Narrow()
    stage.set_up(SEVERAL).pointing_at(EAST)
    stage.dns.create = lambda *_: unavailable()  # type: ignore[assignment,return-value]
    stage.after(1.5 * HOUR, lambda: setattr(stage.dns, "create", stage.really_create))
    stage.run(HOUR)
    assert abouts(stage) == ["incident/create_refused"]
    stage.run(HOUR + 600)
    assert stage.dns.addresses() == [EAST.ipv4, WEST.ipv4]
    assert Kind.CREATE_REFUSED not in stage.state.notices.incidents


@BOTH
def test_what_linode_fails_to_add_is_tried_again_once_a_minute_and_leaves_no_trace(
    made: Made,
) -> None:
    """Linode answers 500: the request has surely come to nothing."""
    stage = made()
    stage.fails_with = 500
    stage.run(1800)
    between = [b - a for a, b in zip(stage.asked, stage.asked[1:], strict=False)]
    assert between
    assert all(60 <= seconds < 100 for seconds in between)
    written = [e for e in stage.store.log["shop"].values() if e.what == What.PUBLISHED]
    assert written == []
    assert abouts(stage) == ["incident/create_refused"]
