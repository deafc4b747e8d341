"""What a person orders is done at once, by the control function alone, and stays so."""

import json
from dataclasses import replace

import pytest

from failover.health.probe import Reason
from failover.publication.parts import Cause, Phase
from failover.settings.model import Failback
from tests.support.builders import having
from tests.unit.app.desk import Desk, at_desk, ordered, text
from tests.unit.app.stage import EAST, EAST6, SHOP, SHOP6, WEST, WEST6

FAILOVER = ordered("failover", region="west")
FOREIGN = "203.0.113.9"


@pytest.fixture
def desk() -> Desk:
    """Points east, all healthy, and no tick runs any more."""
    return at_desk()


class TestFailover:
    def test_moves_the_name_there_and_then(self, desk: Desk) -> None:
        said = desk.send(FAILOVER)
        assert desk.dns.addresses() == [WEST.ipv4]
        assert "shop: app.shop.test now points at west; written after 0." in text(said)
        assert "records before: A 127.0.1.1; after: A 127.0.1.2" in text(said)
        assert said["publication"]["published"]
        assert said["services"]["shop"]["points_at"] == ["west"]

    def test_measures_until_every_name_server_answers_so(self, desk: Desk) -> None:
        desk.witness.rendered_after, desk.witness.served_after = 2.0, 5.0
        said = desk.send(FAILOVER)
        assert "every name server answers so after" in text(said)
        seconds = said["publication"]["seconds"]
        assert seconds["written"] < seconds["rendered"] < seconds["served"] < 7
        assert desk.state.publication.phase is Phase.SETTLED

    def test_says_so_when_the_name_servers_take_their_time(self, desk: Desk) -> None:
        said = desk.send(FAILOVER)
        assert "not every name server answers so yet" in text(said)
        assert said["publication"]["seconds"]["served"] is None

    def test_measures_it_also_while_the_monitor_changes_the_decision(self, desk: Desk) -> None:
        """An incident may end in the very next round."""
        desk.witness.rendered_after, desk.witness.served_after = 2.0, 5.0

        def incident_ends() -> None:
            state = desk.state
            desk.store.states["shop"] = replace(state, version=state.version + 1)

        desk.hub.at(desk.hub.time + 1.2, incident_ends)
        assert "every name server answers so after" in text(desk.send(FAILOVER))

    def test_is_one_decision_by_an_operator_and_on_record(self, desk: Desk) -> None:
        before = desk.state
        desk.send(FAILOVER)
        assert (desk.state.publication.cause, desk.state.publication.generation) == (
            Cause.OPERATOR,
            before.publication.generation + 1,
        )
        assert desk.state.limits.flips == ()
        event, told = desk.state.notices.pending[len(before.notices.pending) :]
        assert (told.about, told.by) == ("published/operator", "ana")
        assert (event.what, event.by) == ("order", "ana")
        assert event.facts["said"] == "failover to west"
        assert event.facts["reason"] == "a test"

    def test_without_a_region_takes_the_first_healthy_one(self, desk: Desk) -> None:
        desk.order("failover")
        assert desk.dns.addresses() == [WEST.ipv4]

    def test_moves_both_families(self) -> None:
        desk = Desk()
        desk.set_up(SHOP6).pointing_at(EAST6).run(300)
        desk.send(FAILOVER)
        assert desk.dns.addresses("A") == [WEST6.ipv4]
        assert desk.dns.addresses("AAAA") == [WEST6.ipv6]

    def test_is_not_undone_by_automatic_failback(self) -> None:
        desk = at_desk(service=replace(SHOP, failback=Failback.AUTOMATIC, failback_after=300.0))
        said = desk.send(FAILOVER)
        assert "returns no traffic by itself" in text(said)
        desk.run(1200)
        assert desk.dns.addresses() == [WEST.ipv4]

    def test_is_left_by_automation_when_the_new_region_dies(self, desk: Desk) -> None:
        desk.send(FAILOVER)
        desk.prober.down[WEST.ipv4] = Reason.REFUSED
        desk.run(120)
        assert desk.dns.addresses() == [EAST.ipv4]

    def test_to_where_it_points_already_changes_nothing(self, desk: Desk) -> None:
        before = desk.table()
        said = desk.order("failover", region="east")
        assert "app.shop.test points at east already: nothing to publish" in text(said)
        assert '{"command": "pin", "service": "shop", "region": "east"' in text(said)
        assert (desk.table(), said["changed"]) == (before, False)

    def test_is_not_held_by_the_flip_budget(self, desk: Desk) -> None:
        desk.store.states["shop"] = having(desk.state, flips=(desk.hub.time,) * 9)
        desk.send(FAILOVER)
        assert desk.dns.addresses() == [WEST.ipv4]


class TestAnUnhealthyTarget:
    @pytest.fixture
    def desk(self, desk: Desk) -> Desk:
        desk.prober.down[WEST.ipv4] = Reason.REFUSED
        desk.run(120)
        return desk

    def test_is_refused_with_the_event_that_overrides_it(self, desk: Desk) -> None:
        before = desk.table()
        said = desk.send(FAILOVER)
        assert said["summary"] == [
            "refused: failover of shop; nothing was changed",
            "  west is unhealthy [health]",
            (
                "    override: linode-failover failover shop west --force --until 4h --by ana "
                "--reason 'a test'"
            ),
            (
                '      event: {"command": "failover", "service": "shop", "region": "west", '
                '"force": true, "until": "4h", "by": "ana", "reason": "a test"}'
            ),
        ]
        assert desk.table() == before

    def test_is_refused_without_an_end_also_by_force(self, desk: Desk) -> None:
        said = desk.send({**FAILOVER, "force": True})
        assert "a forced change needs an end" in text(said)
        assert desk.dns.addresses() == [EAST.ipv4]

    def test_is_taken_by_force_until_a_time_and_kept(self, desk: Desk) -> None:
        said = desk.send({**FAILOVER, "force": True, "until": "1h"})
        assert "west is held until" in text(said)
        desk.run(1800)
        assert desk.dns.addresses() == [WEST.ipv4]
        assert desk.state.orders.pin
        desk.run(2400)
        assert desk.dns.addresses() == [EAST.ipv4], "the pin is over, west is dead"

    def test_is_taken_by_a_pin_with_no_more_words(self, desk: Desk) -> None:
        desk.order("pin", region="west", until="1h")
        assert desk.dns.addresses() == [WEST.ipv4]

    def test_the_override_is_an_event_that_works(self, desk: Desk) -> None:
        refused = desk.send(FAILOVER)
        desk.send(json.loads(refused["guards"][0]["override"]))
        assert desk.dns.addresses() == [WEST.ipv4]

    def test_without_a_region_no_candidate_is_left(self, desk: Desk) -> None:
        said = desk.order("failover")
        assert "no region to move to is healthy" in text(said)
        assert '"region": "west", "force": true, "until": "4h"' in text(said)


class TestFailback:
    def test_returns_to_the_most_preferred_region(self, desk: Desk) -> None:
        desk.send(FAILOVER)
        desk.order("failback")
        assert desk.dns.addresses() == [EAST.ipv4]

    def test_is_refused_while_that_one_is_not_healthy(self, desk: Desk) -> None:
        desk.send(FAILOVER)
        desk.prober.down[EAST.ipv4] = Reason.REFUSED
        desk.run(120)
        said = desk.order("failback")
        assert "east is unhealthy [health]" in text(said)
        assert '{"command": "failover", "service": "shop", "region": "east", "force": true' in text(
            said
        )
        assert desk.dns.addresses() == [WEST.ipv4]


class TestWithTheMonitorDead:
    @pytest.fixture
    def desk(self, desk: Desk) -> Desk:
        """The last round was an hour ago: no vote counts any more."""
        desk.hub.time += 3600
        return desk

    def test_the_status_says_that_the_votes_are_old(self, desk: Desk) -> None:
        said = desk.send({"command": "status"})
        assert "no vantage votes: the last round was 1 h 0 min ago" in text(said)
        assert "east unknown, west unknown" in text(said)

    def test_a_failover_probes_the_regions_itself(self, desk: Desk) -> None:
        desk.send(FAILOVER)
        assert desk.dns.addresses() == [WEST.ipv4]

    def test_and_refuses_a_region_that_does_not_answer(self, desk: Desk) -> None:
        desk.prober.down[WEST.ipv4] = Reason.REFUSED
        said = desk.send(FAILOVER)
        assert "west is unknown [health]" in text(said)
        assert desk.dns.addresses() == [EAST.ipv4]

    def test_no_vote_is_written_for_it(self, desk: Desk) -> None:
        before = dict(desk.store.ballots)
        desk.send(FAILOVER)
        assert desk.store.ballots == before


class TestWhatHoldsAutomation:
    def test_a_pause_does_not_hold_a_person_and_is_told(self, desk: Desk) -> None:
        desk.order("pause", until="1h")
        said = desk.send(FAILOVER)
        assert desk.dns.addresses() == [WEST.ipv4]
        assert "automation stays paused for another" in text(said)
        assert desk.state.orders.pause

    def test_nor_does_the_global_stop_switch(self, desk: Desk) -> None:
        desk.send({**ordered("pause", until="1h"), "service": "*"})
        said = desk.send(FAILOVER)
        assert desk.dns.addresses() == [WEST.ipv4]
        assert "automation stays paused for another" in text(said)

    def test_a_pause_holds_automation_until_it_ends(self, desk: Desk) -> None:
        desk.order("pause", until="10m")
        desk.prober.down[EAST.ipv4] = Reason.REFUSED
        desk.run(500)
        assert desk.dns.addresses() == [EAST.ipv4]
        desk.run(200)
        assert desk.dns.addresses() == [WEST.ipv4]

    @pytest.mark.parametrize("service", ["shop", "*"])
    def test_resuming_ends_it_at_once(self, desk: Desk, service: str) -> None:
        desk.send({**ordered("pause", until="72h"), "service": service})
        desk.prober.down[EAST.ipv4] = Reason.REFUSED
        desk.run(120)
        assert desk.dns.addresses() == [EAST.ipv4]
        said = desk.send({**ordered("resume"), "service": service})
        assert "resumed" in text(said)
        desk.run(60)
        assert desk.dns.addresses() == [WEST.ipv4]

    @pytest.mark.parametrize("service", ["shop", "*"])
    def test_there_may_be_nothing_to_resume(self, desk: Desk, service: str) -> None:
        before = desk.table()
        said = desk.send({**ordered("resume"), "service": service})
        assert "nothing to resume" in text(said)
        assert desk.table() == before

    def test_the_switch_is_on_record_for_all(self, desk: Desk) -> None:
        desk.send({**ordered("pause", until="1h"), "service": "*"})
        said = desk.send({"command": "history"})
        assert "everything order: ana: paused everything until" in text(said)

    def test_the_history_of_a_service_is_its_own_whatever_it_is_called(self) -> None:
        desk = at_desk(service=replace(SHOP, name="control"))
        desk.send({**ordered("pause", until="1h"), "service": "*"})
        said = desk.send({"command": "history", "service": "control"})["summary"]
        assert {line.split()[1] for line in said} == {"everything", "control"}


class TestPins:
    def test_a_pin_elsewhere_is_published_at_once_and_held(self, desk: Desk) -> None:
        desk.order("pin", region="west", until="1h")
        assert desk.dns.addresses() == [WEST.ipv4]
        desk.run(300)
        assert desk.dns.addresses() == [WEST.ipv4]

    def test_a_pin_where_the_name_points_writes_no_record(self, desk: Desk) -> None:
        said = desk.order("pin", region="east", until="1h")
        assert desk.dns.log == []
        assert desk.state.orders.pin
        assert "east is held until" in text(said)

    def test_a_pin_holds_a_region_that_dies(self, desk: Desk) -> None:
        desk.order("pin", region="east", until="1h")
        desk.prober.down[EAST.ipv4] = Reason.REFUSED
        desk.run(300)
        assert desk.dns.addresses() == [EAST.ipv4]

    def test_releasing_lets_automation_go_on_and_moves_nobody(self, desk: Desk) -> None:
        desk.order("pin", region="west", until="1h")
        said = desk.order("release")
        assert "released the pin on west that ana set until" in text(said)
        desk.run(300)
        assert desk.dns.addresses() == [WEST.ipv4]
        assert desk.state.orders.pin is None

    def test_there_may_be_nothing_to_release(self, desk: Desk) -> None:
        before = desk.table()
        assert "nothing to release" in text(desk.order("release"))
        assert desk.table() == before

    def test_a_failover_away_from_a_pin_is_refused_with_the_release(self, desk: Desk) -> None:
        desk.order("pin", region="east", until="1h")
        said = desk.send(FAILOVER)
        assert "ana pinned east for another" in text(said)
        assert (
            'event: {"command": "release", "service": "shop", "by": "ana", '
            '"reason": "a test"}' in text(said)
        )

    def test_another_pin_replaces_it(self, desk: Desk) -> None:
        desk.order("pin", region="east", until="1h")
        desk.order("pin", region="west", until="1h")
        assert desk.state.orders.pin
        assert desk.state.orders.pin.region == "west"
