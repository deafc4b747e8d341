"""What a person orders is done at once, by the control function alone, and stays so."""

import json
from dataclasses import replace

import pytest

from failover.core.probe import Reason
from failover.core.settings import Failback, Mode, Routing
from failover.core.state import Cause, Phase
from tests.support.world import unavailable
from tests.unit.usecases.desk import Desk, at_desk, ordered, text
from tests.unit.usecases.stage import EAST, EAST6, SHOP, SHOP6, WEST, WEST6

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
        assert desk.state.phase is Phase.SETTLED

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
        assert (desk.state.cause, desk.state.generation) == (Cause.OPERATOR, before.generation + 1)
        assert desk.state.flips == ()
        event, told = desk.state.pending[len(before.pending) :]
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
        desk.store.states["shop"] = replace(desk.state, flips=(desk.hub.time,) * 9)
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
            "  health: west is unhealthy",
            (
                '    to get past it: {"command": "failover", "service": "shop", "region": "west", '
                '"force": true, "until": "4h", "by": "ana", "reason": "a test"}'
            ),
        ]
        assert desk.table() == before

    def test_is_refused_without_an_end_also_by_force(self, desk: Desk) -> None:
        said = desk.send({**FAILOVER, "force": True})
        assert "forced, it needs an end" in text(said)
        assert desk.dns.addresses() == [EAST.ipv4]

    def test_is_taken_by_force_until_a_time_and_kept(self, desk: Desk) -> None:
        said = desk.send({**FAILOVER, "force": True, "until": "1h"})
        assert "west is held until" in text(said)
        desk.run(1800)
        assert desk.dns.addresses() == [WEST.ipv4]
        assert desk.state.pin
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
        assert "candidates: no region to move to is healthy" in text(said)
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
        assert "health: east is unhealthy" in text(said)
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
        assert "the votes are old: the last round was 36" in text(said)
        assert "east unknown, west unknown" in text(said)

    def test_a_failover_probes_the_regions_itself(self, desk: Desk) -> None:
        desk.send(FAILOVER)
        assert desk.dns.addresses() == [WEST.ipv4]

    def test_and_refuses_a_region_that_does_not_answer(self, desk: Desk) -> None:
        desk.prober.down[WEST.ipv4] = Reason.REFUSED
        said = desk.send(FAILOVER)
        assert "health: west is unknown" in text(said)
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
        assert "the pause of this service: in force until" in text(said)
        assert desk.state.pause

    def test_nor_does_the_global_stop_switch(self, desk: Desk) -> None:
        desk.send({**ordered("pause", until="1h"), "service": "*"})
        said = desk.send(FAILOVER)
        assert desk.dns.addresses() == [WEST.ipv4]
        assert "the global stop switch: in force until" in text(said)

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


class TestPins:
    def test_a_pin_elsewhere_is_published_at_once_and_held(self, desk: Desk) -> None:
        desk.order("pin", region="west", until="1h")
        assert desk.dns.addresses() == [WEST.ipv4]
        desk.run(300)
        assert desk.dns.addresses() == [WEST.ipv4]

    def test_a_pin_where_the_name_points_writes_no_record(self, desk: Desk) -> None:
        said = desk.order("pin", region="east", until="1h")
        assert desk.dns.log == []
        assert desk.state.pin
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
        assert desk.state.pin is None

    def test_there_may_be_nothing_to_release(self, desk: Desk) -> None:
        before = desk.table()
        assert "nothing to release" in text(desk.order("release"))
        assert desk.table() == before

    def test_a_failover_away_from_a_pin_is_refused_with_the_release(self, desk: Desk) -> None:
        desk.order("pin", region="east", until="1h")
        said = desk.send(FAILOVER)
        assert "pin: ana pinned east (a test) until" in text(said)
        assert (
            'to get past it: {"command": "release", "service": "shop", "by": "ana", '
            '"reason": "a test"}' in text(said)
        )

    def test_another_pin_replaces_it(self, desk: Desk) -> None:
        desk.order("pin", region="east", until="1h")
        desk.order("pin", region="west", until="1h")
        assert desk.state.pin
        assert desk.state.pin.region == "west"


class TestRepeats:
    @pytest.mark.parametrize(
        "event",
        [
            FAILOVER,
            ordered("pin", region="west", until="1h"),
            ordered("pause", until="1h"),
            {**ordered("pause", until="1h"), "service": "*"},
        ],
        ids=["failover", "pin", "pause", "stop"],
    )
    def test_the_same_event_acts_once(self, desk: Desk, event: dict[str, object]) -> None:
        """Lambda may deliver an event twice: its request id is the same."""
        desk.send(event, request="one")
        before = (desk.store.states["shop"], desk.store.gate, len(desk.dns.log))
        said = desk.send(event, request="one")
        assert (desk.store.states["shop"], desk.store.gate, len(desk.dns.log)) == before
        assert not said["changed"]

    def test_a_repeat_after_everything_has_changed_changes_nothing(self, desk: Desk) -> None:
        desk.send(FAILOVER, request="one")
        desk.order("failback")
        said = desk.send(FAILOVER, request="one")
        assert desk.dns.addresses() == [EAST.ipv4]
        assert "this very event was followed before" in text(said)

    def test_an_id_of_ones_own_counts_over_requests(self, desk: Desk) -> None:
        desk.send({**FAILOVER, "id": "incident-42"})
        desk.order("failback")
        desk.send({**FAILOVER, "id": "incident-42"})
        assert desk.dns.addresses() == [EAST.ipv4]

    def test_another_order_under_the_same_id_is_another_order(self, desk: Desk) -> None:
        desk.send({**FAILOVER, "id": "incident-42"})
        desk.send({**ordered("failback"), "id": "incident-42"})
        assert desk.dns.addresses() == [EAST.ipv4]

    def test_the_last_twenty_are_remembered(self, desk: Desk) -> None:
        for _ in range(25):
            desk.order("pause", until="1h")
        assert len(desk.state.commands) == 20

    def test_a_repeat_finishes_what_the_first_could_not(self, desk: Desk) -> None:
        """The monitor is dead, and the first invocation found Linode away."""
        desk.dns.on_write = unavailable
        first = desk.send(FAILOVER, request="one")
        assert "to west was decided, and is not written yet: no answer" in text(first)
        desk.dns.on_write = lambda: None
        second = desk.send(FAILOVER, request="one")
        assert desk.dns.addresses() == [WEST.ipv4]
        assert "now points at west" in text(second)
        assert len([e for e in desk.state.pending if e.what == "order"]) == 1


class TestTrouble:
    def test_what_linode_refuses_for_a_moment_the_next_round_finishes(self, desk: Desk) -> None:
        desk.dns.on_write = unavailable
        said = desk.send(FAILOVER)
        assert "any vantage's next round goes on with it" in text(said)
        desk.dns.on_write = lambda: None
        desk.run(60)
        assert desk.dns.addresses() == [WEST.ipv4]
        assert desk.state.moved_by is Cause.OPERATOR

    def test_without_lists_the_known_ids_will_do(self, desk: Desk) -> None:
        desk.dns.on_list = unavailable
        desk.send(FAILOVER)
        assert desk.dns.addresses() == [WEST.ipv4]

    def test_without_the_table_nothing_is_done_and_the_way_by_hand_told(self, desk: Desk) -> None:
        desk.store.away = True
        said = desk.send(FAILOVER)
        assert said["failed"]
        assert "failover of shop did not end: the table did not answer" in text(said)
        assert "docs/by-hand.md" in text(said)
        assert desk.dns.log == []

    @pytest.mark.parametrize("lost", [1, 2])
    @pytest.mark.parametrize("command", ["failover", "pin", "pause"])
    def test_a_lost_reply_of_the_table_is_read_back(
        self, desk: Desk, command: str, lost: int
    ) -> None:
        desk.store.lose_replies = lost
        keys = {"failover": {"region": "west"}, "pause": {"until": "1h"}}
        said = desk.order(command, **keys.get(command, {"region": "west", "until": "1h"}))
        assert said["changed"]
        assert len([e for e in desk.state.pending if e.what == "order"]) == 1
        if command != "pause":
            assert desk.dns.addresses() == [WEST.ipv4]

    def test_records_that_change_at_the_last_moment_are_looked_at_again(self, desk: Desk) -> None:
        """Somebody points the name elsewhere between the reading and the write: not overwritten."""
        seen = []

        def meddle() -> None:
            seen.append(1)
            if len(seen) == 3:
                desk.dns.set(101, FOREIGN)

        desk.dns.on_list = meddle
        said = desk.send(FAILOVER)
        assert "foreign: somebody pointed the name at addresses" in text(said)
        assert desk.dns.addresses() == [FOREIGN]
        assert desk.state.commands == ()
        assert [e for e in desk.state.pending if e.what == "order"] == []
        assert desk.state.phase is not Phase.PUBLISHING

    def test_a_pin_that_was_refused_at_the_last_moment_is_none(self, desk: Desk) -> None:
        seen = []

        def meddle() -> None:
            seen.append(1)
            if len(seen) == 3:
                desk.dns.set(101, FOREIGN)

        desk.dns.on_list = meddle
        desk.order("pin", region="west", until="1h")
        assert desk.state.pin is None

    def test_too_little_time_refuses_before_anything_is_claimed(self, desk: Desk) -> None:
        desk.limit, before = 20.0, desk.state
        said = desk.send(FAILOVER)
        assert "time: too little of this invocation is left" in text(said)
        assert desk.state == before

    def test_a_publication_under_way_is_waited_for(self, desk: Desk) -> None:
        """The monitor moves the name itself, slowly, in the moment of the order."""
        desk.prober.down[EAST.ipv4] = Reason.REFUSED
        desk.dns.on_write = lambda: desk.hub.sleep(6.0)
        answers: list[dict[str, object]] = []
        start = desk.hub.time

        def arrive() -> None:
            while not desk.state.claim:
                desk.hub.sleep(0.1)
            answers.append(desk.ask(ordered("pin", region="east", until="1h")))

        desk.hub.at(start + 1, arrive)
        desk.run(100)
        assert answers[0]["changed"]
        assert desk.puts == [WEST.ipv4, EAST.ipv4]

    def test_observing_never_writes_whoever_asks(self) -> None:
        desk = at_desk(service=replace(SHOP, mode=Mode.OBSERVE))
        said = desk.send(FAILOVER)
        assert "mode: observe: DNS is never written" in text(said)
        assert 'to get past it: set mode = "act" and deploy' in text(said)
        assert desk.dns.log == []

    def test_before_the_first_decision_there_is_nothing_to_pause(self) -> None:
        desk = Desk()
        desk.set_up().pointing_at(EAST)
        said = desk.order("pause", until="1h")
        assert "decision: nothing was decided about shop yet" in text(said)
        assert '{"command": "pause", "service": "*", "until": "4h"' in text(said)


class TestTakeover:
    def test_foreign_records_become_ours_in_place(self, desk: Desk) -> None:
        desk.dns.set(101, FOREIGN)
        desk.run(120)
        assert desk.dns.addresses() == [FOREIGN]
        said = desk.order("takeover")
        assert desk.dns.addresses() == [EAST.ipv4]
        assert "records before: A 203.0.113.9; after: A 127.0.1.1" in text(said)
        assert [method for method, *_ in desk.dns.log] == ["PUT"]

    def test_the_guard_that_held_names_the_event(self, desk: Desk) -> None:
        desk.dns.set(101, FOREIGN)
        desk.run(120)
        said = desk.send({"command": "status"})
        assert (
            'to get past it: {"command": "takeover", "service": "shop", "by": "<you>", '
            '"reason": "<why>"}' in text(said)
        )

    def test_it_may_go_to_another_region(self, desk: Desk) -> None:
        desk.dns.set(101, FOREIGN)
        desk.order("takeover", region="west")
        assert desk.dns.addresses() == [WEST.ipv4]

    def test_surplus_records_say_our_address_too_and_none_is_removed(self, desk: Desk) -> None:
        desk.dns.set(101, FOREIGN)
        desk.dns.add("app", "A", "203.0.113.10")
        desk.order("takeover")
        assert desk.dns.addresses() == [EAST.ipv4, EAST.ipv4]

    def test_a_name_that_was_never_ours_is_taken_over_as_well(self) -> None:
        desk = Desk()
        desk.set_up().pointing_at(replace(EAST, ipv4=FOREIGN)).run(120)
        assert "shop" not in desk.store.states
        desk.order("takeover")
        assert desk.dns.addresses() == [EAST.ipv4]
        desk.run(120)
        assert list(desk.state.active) == ["east"]

    def test_a_failover_over_foreign_records_names_the_takeover(self, desk: Desk) -> None:
        desk.dns.set(101, FOREIGN)
        said = desk.send(FAILOVER)
        assert "foreign: somebody pointed the name at addresses that are in no settings" in text(
            said
        )
        assert '{"command": "takeover", "service": "shop", "region": "west"' in text(said)
        assert desk.dns.addresses() == [FOREIGN]

    def test_there_may_be_nothing_to_take_over(self, desk: Desk) -> None:
        before = desk.table()
        said = desk.order("takeover")
        assert "records: they say A 127.0.1.1, which is ours already" in text(said)
        assert desk.table() == before

    @pytest.mark.parametrize("command", ["takeover", "failover"])
    def test_a_cname_is_never_removed_and_the_way_by_hand_is_told(
        self, desk: Desk, command: str
    ) -> None:
        desk.dns.add("app", "CNAME", "elsewhere.test")
        said = desk.order(command, region="west")
        assert "records: there is a CNAME record at the name (id 102)" in text(said)
        assert "delete it yourself: linode-cli domains records-delete 7 102" in text(said)
        assert desk.dns.log == []

    def test_records_that_cannot_be_read_are_not_written_over(self, desk: Desk) -> None:
        desk.dns.on_list = unavailable
        said = desk.order("takeover", region="west")
        assert "records: could not be read twice with the same content" in text(said)

    def test_two_readings_must_agree(self, desk: Desk) -> None:
        desk.dns.set(101, FOREIGN)
        desk.dns.on_list = lambda: desk.dns.set(101, f"203.0.113.{desk.hub.time % 200 + 1:.0f}")
        desk.dns.latency = 1.0
        said = desk.order("takeover")
        assert "could not be read twice with the same content" in text(said)

    def test_nobody_healthy_needs_force_and_an_end(self, desk: Desk) -> None:
        desk.dns.set(101, FOREIGN)
        desk.prober.down |= {EAST.ipv4: Reason.REFUSED, WEST.ipv4: Reason.REFUSED}
        desk.run(120)
        assert "no region to move to is healthy" in text(desk.order("takeover"))
        desk.order("takeover", region="west", force=True, until="1h")
        assert desk.dns.addresses() == [WEST.ipv4]


class TestMultivalue:
    @pytest.fixture
    def desk(self) -> Desk:
        desk = Desk()
        desk.set_up(replace(SHOP, routing=Routing.MULTIVALUE)).pointing_at(EAST, WEST).run(300)
        return desk

    def test_one_region_alone_is_a_pin_and_needs_an_end(self, desk: Desk) -> None:
        said = desk.send(FAILOVER)
        assert "routing: every healthy region is published: one alone only until" in text(said)
        assert '"region": "west", "until": "4h"' in text(said)
        desk.send({**FAILOVER, "until": "1h"})
        desk.run(300)
        assert desk.dns.addresses() == [WEST.ipv4, WEST.ipv4]

    def test_without_a_region_it_asks_for_one(self, desk: Desk) -> None:
        said = desk.order("failover")
        assert "region: every healthy region is published: say which one alone" in text(said)

    def test_released_all_healthy_regions_join_again(self, desk: Desk) -> None:
        desk.order("pin", region="west", until="1h")
        desk.order("release")
        desk.run(120)
        assert sorted(desk.dns.addresses()) == [EAST.ipv4, WEST.ipv4]

    def test_failback_publishes_every_healthy_region_at_once(self, desk: Desk) -> None:
        desk.order("pin", region="west", until="1h")
        desk.order("release")
        desk.order("failback")
        assert sorted(desk.dns.addresses()) == [EAST.ipv4, WEST.ipv4]

    def test_a_region_that_a_person_took_out_stays_out_until_release(self, desk: Desk) -> None:
        desk.dns.set(101, WEST.ipv4)
        desk.run(300)
        assert desk.state.excluded == {"east"}
        desk.order("failback")
        assert set(desk.dns.addresses()) == {WEST.ipv4}
        said = desk.order("release")
        assert "released east, which had been taken out" in text(said)
        desk.run(120)
        assert set(desk.dns.addresses()) == {EAST.ipv4, WEST.ipv4}

    def test_a_pin_on_a_region_that_was_out_brings_it_in(self, desk: Desk) -> None:
        desk.dns.set(101, WEST.ipv4)
        desk.run(300)
        desk.order("pin", region="east", until="1h")
        assert set(desk.dns.addresses()) == {EAST.ipv4}
        assert desk.state.excluded == set()

    def test_a_takeover_with_an_end_and_several_regions_asks_for_one(self, desk: Desk) -> None:
        desk.dns.set(101, FOREIGN)
        said = desk.order("takeover", until="1h")
        assert "a pin holds one region" in text(said)
        desk.order("takeover")
        assert set(desk.dns.addresses()) == {EAST.ipv4, WEST.ipv4}
