"""When the name servers are asked what they say, and what is known of it afterwards."""

from dataclasses import dataclass, field, replace

import pytest

from failover.app import watch
from failover.decision.view import View
from failover.health.beats import Beat
from failover.health.probe import Reason
from failover.notify.kinds import Kind
from failover.publication.parts import Phase
from failover.publication.proof import Evidence, Heard, Said
from failover.zone.statement import Statement, Unserved
from tests.support.world import MemoryWitness
from tests.unit.app.stage import EAST, SHOP, WEST, Stage

SILENT = Heard("ns2", said=Said.SILENT, detail="no answer within 1.5 s")


@dataclass
class Asked(MemoryWitness):
    """A witness that notes when it was asked, and how old an answer might be."""

    looks: list[tuple[float, float]] = field(default_factory=list)
    silent: tuple[Heard, ...] = ()
    others: bool = True

    def look(
        self, domain: str, domain_id: int, record: str, budget: float, max_age: float = 0.0
    ) -> Evidence:
        self.looks.append((self.hub.now(), max_age))
        seen = super().look(domain, domain_id, record, budget, max_age)
        return Evidence(seen.rendered, (*(seen.served if self.others else ()), *self.silent))


@pytest.fixture
def stage() -> Stage:
    """The shop, pointing at its first region, with a witness that takes notes."""
    stage = Stage().set_up().pointing_at(EAST)
    stage.witness = Asked(stage.hub, stage.dns)
    stage.world = replace(stage.world, witness=stage.witness)
    return stage


def test_a_name_that_is_only_watched_is_looked_at_once_in_a_tick(stage: Stage) -> None:
    """Each look may be answered from what was heard minutes ago: so it costs next to nothing."""
    stage.run(59)
    assert stage.state.publication.phase is Phase.SETTLED
    stage.witness.looks.clear()
    stage.run(600)
    assert 9 <= len(stage.witness.looks) <= 11
    assert {age for _, age in stage.witness.looks} == {300.0}


def test_it_is_looked_at_before_it_is_adopted(stage: Stage) -> None:
    stage.dns.set(101, "203.0.113.9")
    stage.witness.silent = (SILENT,)
    stage.run(30)
    ((facts),) = stage.telemetry.told("name_servers_silent")
    assert facts["servers"] == {"ns2": "no answer within 1.5 s"}


@pytest.fixture
def views(monkeypatch: pytest.MonkeyPatch) -> list[View]:
    """What each round has decided on."""
    views: list[View] = []
    act = watch.act

    def seen(world: object, view: View, *rest: object) -> object:
        views.append(view)
        return act(world, view, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(watch, "act", seen)
    return views


def test_beats_leave_that_look_to_the_seed(stage: Stage) -> None:
    """Beside the rounds of a hundred services it costs threads, and the zone file each time."""
    stage.with_queue()
    stage.run(290)
    since = stage.started + 120
    ages = [age for at, age in stage.witness.looks if since <= at < since + 120]
    assert ages == [300.0, 300.0]


def test_a_beat_looks_again_where_a_name_server_gave_no_answer(stage: Stage) -> None:
    stage.with_queue()
    stage.after(110, lambda: setattr(stage.witness, "silent", (SILENT,)))
    stage.run(240)
    since = stage.started + 130
    ages = [age for at, age in stage.witness.looks if since <= at < since + 60]
    assert set(ages) == {15.0}
    assert len(ages) >= 5


def test_a_beat_looks_before_the_first_decision(stage: Stage) -> None:
    """The first tick of a service may be a beat."""
    stage.with_queue()
    stage.witness.silent = (SILENT,)
    stage.dns.set(101, "203.0.113.9")
    stage.hub.run(lambda: stage.one_tick(beat=Beat(int(stage.started), 1)))
    assert stage.telemetry.told("name_servers_silent")


def test_what_was_heard_is_part_of_the_next_rounds_view(stage: Stage, views: list[View]) -> None:
    stage.witness.silent = (SILENT,)
    stage.run(60)
    assert views[0].unserved() == {}
    found = views[-1].unserved()["eu-west-1"]
    assert found == Unserved((Statement("ns2", None, "no answer within 1.5 s"),), refused=False)


def test_a_domain_that_every_name_server_refuses_is_told(stage: Stage) -> None:
    """Linode calls it active, and nobody is served: since installation, or later."""
    stage.witness.silent = (replace(SILENT, said=Said.REFUSED, detail="REFUSED"),)
    stage.witness.others = False
    stage.after(300, lambda: setattr(stage.witness, "silent", ()))
    stage.after(300, lambda: setattr(stage.witness, "others", True))
    stage.run(200)
    (event,) = stage.alerts.about("incident/zone_disabled")
    assert event.at - stage.started < 100
    assert event.facts["servers"] == ("ns2: REFUSED",)
    assert len(stage.dead_man.heard) <= 1
    stage.run(700)
    assert Kind.ZONE_DISABLED not in stage.state.notices.incidents
    assert len(stage.alerts.about("incident/zone_disabled")) == 2


def test_ticks_of_one_round_hand_on_which_name_servers_gave_no_answer(stage: Stage) -> None:
    """Each looks after its round: what it saw counts in the round of the next."""
    stage.with_queue()
    stage.witness.silent = (replace(SILENT, said=Said.REFUSED, detail="REFUSED"),)
    stage.witness.others = False
    stage.run(600)
    assert Kind.ZONE_DISABLED in stage.state.notices.incidents
    stage.witness.silent, stage.witness.others = (), True
    stage.run(600)
    assert Kind.ZONE_DISABLED not in stage.state.notices.incidents


def test_one_name_server_that_gives_no_answer_is_no_alert(stage: Stage) -> None:
    stage.witness.silent = (replace(SILENT, said=Said.REFUSED),)
    stage.run(900)
    assert stage.alerts.arrived == []


def test_a_zone_that_linode_does_not_serve_is_part_of_the_view(
    stage: Stage, views: list[View]
) -> None:
    stage.after(60, lambda: setattr(stage.dns, "active", False))
    stage.run(120)
    assert views[0].reading.zone == "active"
    assert views[-1].reading.zone == "disabled"


def test_the_servers_are_asked_rarely_until_the_zone_is_rendered_and_often_after(
    stage: Stage,
) -> None:
    stage.witness.rendered_after, stage.witness.served_after = 40.0, 60.0
    stage.after(100, lambda: stage.prober.down.update({EAST.ipv4: "refused"}))
    stage.run(300)
    assert stage.dns.addresses() == [WEST.ipv4]
    assert stage.state.publication.phase is Phase.SETTLED
    published, rendered = stage.state.served.published_at, stage.state.served.rendered_at
    looks = [
        (at, age)
        for at, age in stage.witness.looks
        if published < at < stage.state.served.served_at
    ]
    before = {age for at, age in looks if published + 16 < at < rendered - 1}
    after = {age for at, age in looks if at > rendered + 1}
    assert before == {15.0}
    assert after == {2.0}


def test_no_answer_counts_that_is_from_before_the_publication(stage: Stage) -> None:
    stage.after(100, lambda: stage.prober.down.update({EAST.ipv4: "refused"}))
    stage.run(300)
    published = stage.state.served.published_at
    for at, age in stage.witness.looks:
        if published < at <= stage.state.served.served_at:
            assert at - age >= published - 0.001


@pytest.mark.parametrize("interval", [0.5, 2.0])
def test_rounds_that_are_too_close_together_for_a_look_have_it_beside_them(interval: float) -> None:
    health = replace(SHOP.health, interval=interval, confirm_interval=interval, timeout=0.4)
    stage = Stage().set_up(replace(SHOP, health=health)).pointing_at(EAST)
    stage.run(20)
    assert stage.state.publication.phase is Phase.SETTLED
    stage.prober.down.update({EAST.ipv4: Reason.REFUSED})
    stage.run(30)
    assert stage.dns.addresses() == [WEST.ipv4]
    assert stage.state.publication.phase is Phase.SETTLED
