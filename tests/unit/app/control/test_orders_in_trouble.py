"""An order is followed once, or not at all, whatever happens in the moment of it."""

from dataclasses import replace

import pytest

from failover.errors import StoreUnavailable
from failover.health.probe import Reason
from failover.publication.orders import LOG_OF_ALL
from failover.publication.parts import Cause, Phase
from failover.settings.model import Mode
from tests.support.world import unavailable
from tests.unit.app.desk import Desk, at_desk, ordered, text
from tests.unit.app.stage import EAST, SHOP, WEST

FAILOVER = ordered("failover", region="west")
FOREIGN = "203.0.113.9"


@pytest.fixture
def desk() -> Desk:
    """Points east, all healthy, and no tick runs any more."""
    return at_desk()


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

    @pytest.mark.parametrize("command", [ordered("pause", until="1h"), ordered("resume")], ids=str)
    def test_a_repeated_order_about_everything_is_in_the_history_once(
        self, desk: Desk, command: dict[str, object]
    ) -> None:
        """Lambda delivers a repeat a minute later, under the same id."""
        desk.send({**ordered("pause", until="2h"), "service": "*"}, request="before")
        event = {**command, "service": "*"}
        desk.send(event, request="one")
        written = dict(desk.store.log[LOG_OF_ALL])
        assert len(written) == 2
        desk.hub.run(lambda: desk.hub.sleep(60.0))
        desk.send(event, request="one")
        assert desk.store.log[LOG_OF_ALL] == written

    @pytest.mark.parametrize("next_one", ["one", "two"])
    def test_a_stop_whose_invocation_died_before_the_history_is_in_it_with_the_next(
        self, desk: Desk, next_one: str
    ) -> None:
        """With its repeat, or with the next order of somebody else."""
        stop = {**ordered("pause", until="2h"), "service": "*"}
        real = desk.store.record

        def die(service: str, event: object) -> None:
            raise StoreUnavailable("it died")

        desk.store.record = die  # type: ignore[method-assign]
        desk.send(stop, request="one")
        desk.store.record = real  # type: ignore[method-assign]
        assert LOG_OF_ALL not in desk.store.log
        desk.send(stop, request=next_one)
        told = desk.store.log[LOG_OF_ALL].values()
        assert [e.id.partition("/")[0] for e in told] == list(dict.fromkeys(["one", next_one]))
        assert all("paused everything until" in e.facts["said"] for e in told)

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
        assert len(desk.state.orders.commands) == 20

    def test_a_repeat_finishes_what_the_first_could_not(self, desk: Desk) -> None:
        """The monitor is dead, and the first invocation found Linode away."""
        desk.dns.on_write = unavailable
        first = desk.send(FAILOVER, request="one")
        assert "to west was decided, and is not written yet: no answer" in text(first)
        desk.dns.on_write = lambda: None
        second = desk.send(FAILOVER, request="one")
        assert desk.dns.addresses() == [WEST.ipv4]
        assert "now points at west" in text(second)
        assert len([e for e in desk.state.notices.pending if e.what == "order"]) == 1


class TestTrouble:
    def test_what_linode_refuses_for_a_moment_the_next_round_finishes(self, desk: Desk) -> None:
        desk.dns.on_write = unavailable
        said = desk.send(FAILOVER)
        assert "any vantage's next round goes on with it" in text(said)
        desk.dns.on_write = lambda: None
        desk.run(60)
        assert desk.dns.addresses() == [WEST.ipv4]
        assert desk.state.served.moved_by is Cause.OPERATOR

    @pytest.mark.parametrize(
        ("order", "there"),
        [
            ({"command": "takeover", "region": "west"}, ["203.0.113.9"]),
            ({"command": "pin", "region": "west", "until": "1h"}, [EAST.ipv4, WEST.ipv4]),
            ({"command": "failover", "region": "west"}, [EAST.ipv4, WEST.ipv4]),
        ],
        ids=["takeover", "pin", "failover"],
    )
    def test_so_does_it_at_a_name_that_was_never_adopted(
        self, order: dict[str, str], there: list[str]
    ) -> None:
        """Twenty seconds of trouble, and the answer says that the next round goes on with it."""
        desk = Desk().set_up()
        for address in there:
            desk.dns.add("app", "A", address)
        desk.run(60)
        assert not desk.store.states
        desk.dns.on_write = unavailable
        said = text(desk.order(**order))
        assert "any vantage's next round goes on with it" in said
        desk.hub.at(desk.hub.time + 20, lambda: setattr(desk.dns, "on_write", lambda: None))
        desk.run(120)
        assert set(desk.dns.addresses()) == {WEST.ipv4}
        assert desk.state.publication.phase is not Phase.PUBLISHING
        assert bool(desk.state.orders.pin) is (order["command"] == "pin")

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
        assert len([e for e in desk.state.notices.pending if e.what == "order"]) == 1
        if command != "pause":
            assert desk.dns.addresses() == [WEST.ipv4]

    def test_records_that_change_at_the_last_moment_are_looked_at_again(self, desk: Desk) -> None:
        """Somebody points the name elsewhere between the reading and the write: not overwritten."""
        seen = []

        def meddle() -> None:
            seen.append(1)
            if len(seen) == 2:
                desk.dns.set(101, FOREIGN)

        desk.dns.on_get = meddle
        said = desk.send(FAILOVER)
        assert "are in no settings are left alone [foreign]" in text(said)
        assert desk.dns.addresses() == [FOREIGN]
        assert desk.state.orders.commands == ()
        assert [e for e in desk.state.notices.pending if e.what == "order"] == []
        assert desk.state.publication.phase is not Phase.PUBLISHING

    def test_a_pin_that_was_refused_at_the_last_moment_is_none(self, desk: Desk) -> None:
        seen = []

        def meddle() -> None:
            seen.append(1)
            if len(seen) == 2:
                desk.dns.set(101, FOREIGN)

        desk.dns.on_get = meddle
        desk.order("pin", region="west", until="1h")
        assert desk.state.orders.pin is None

    def test_too_little_time_refuses_before_anything_is_claimed(self, desk: Desk) -> None:
        desk.limit, before = 20.0, desk.state
        said = desk.send(FAILOVER)
        assert "too little of this invocation is left" in text(said)
        assert desk.state == before

    def test_a_publication_under_way_is_waited_for(self, desk: Desk) -> None:
        """The monitor moves the name itself, slowly, in the moment of the order."""
        desk.prober.down[EAST.ipv4] = Reason.REFUSED
        desk.dns.on_write = lambda: desk.hub.sleep(6.0)
        answers: list[dict[str, object]] = []
        start = desk.hub.time

        def arrive() -> None:
            while not desk.state.publication.claim:
                desk.hub.sleep(0.1)
            answers.append(desk.ask(ordered("pin", region="east", until="1h")))

        desk.hub.at(start + 1, arrive)
        desk.run(100)
        assert answers[0]["changed"]
        assert desk.puts == [WEST.ipv4, EAST.ipv4]

    def test_observing_never_writes_whoever_asks(self) -> None:
        desk = at_desk(service=replace(SHOP, mode=Mode.OBSERVE))
        said = desk.send(FAILOVER)
        assert 'mode is "observe": DNS is never written [mode]' in text(said)
        assert 'override: set mode = "act" and deploy' in text(said)
        assert desk.dns.log == []

    def test_before_the_first_decision_there_is_nothing_to_pause(self) -> None:
        desk = Desk()
        desk.set_up().pointing_at(EAST)
        said = desk.order("pause", until="1h")
        assert "nothing was decided about shop yet" in text(said)
        assert '{"command": "pause", "service": "*", "until": "4h"' in text(said)


class TestUnsent:
    """The value of a secret header cannot be read, and the monitor is dead."""

    @pytest.fixture(autouse=True)
    def unsent(self, desk: Desk) -> None:
        desk.set_up(replace(SHOP, health=replace(SHOP.health, failure_threshold=1)))
        desk.hub.run(lambda: desk.hub.sleep(600.0))
        desk.prober.down.update({EAST.ipv4: Reason.UNSENT, WEST.ipv4: Reason.UNSENT})

    def test_an_order_counts_no_region_as_dead_or_as_healthy(self, desk: Desk) -> None:
        said = desk.send(FAILOVER)
        assert "0 healthy, 0 unhealthy of 0 fresh votes" in text(said)
        assert desk.dns.addresses() == [EAST.ipv4]

    def test_a_person_who_knows_better_moves_the_name(self, desk: Desk) -> None:
        desk.send({**FAILOVER, "force": True, "until": "1h"})
        assert desk.dns.addresses() == [WEST.ipv4]
