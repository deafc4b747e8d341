"""What people are told, and that they are told it whatever happens to the one who tells."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import greenlet
import pytest

from failover.app.outbox import Outbox
from failover.errors import AlertNotSent, StoreUnavailable
from failover.health.probe import Reason
from failover.notify.catalogue import alerts
from failover.notify.events import Event, What
from failover.notify.kinds import Kind
from failover.notify.metrics import Metric
from failover.publication.orders import LOG_OF_ALL
from failover.publication.parts import Claim, Phase, Pin, Stop
from failover.publication.state import State
from failover.settings.model import Mode, Service
from tests.support.builders import ballot, having
from tests.unit.app.stage import EAST, SHOP, WEST, Stage

MOVED = "published/unhealthy"


@pytest.fixture
def stage() -> Stage:
    """The shop, pointing at its first region, which dies after 100 s."""
    stage = Stage().set_up().pointing_at(EAST)
    stage.after(100, lambda: stage.prober.down.update({EAST.ipv4: Reason.REFUSED}))
    return stage


def arrived(stage: Stage) -> list[str]:
    return [event.about for _, _, event in stage.alerts.arrived]


def in_history(stage: Stage) -> list[str]:
    return [event.about for event in stage.store.log.get("shop", {}).values()]


class TestAFailover:
    def test_is_told_once_with_what_it_rests_on(self, stage: Stage) -> None:
        stage.run(300)
        assert arrived(stage) == [MOVED]
        facts = stage.alerts.arrived[0][2].facts
        assert (facts["from"], facts["to"], facts["moved"]) == ("east", "west", "yes")
        assert facts["regions"][0].startswith("east is unhealthy since")
        assert facts["regions"][0].endswith('last failure: refused "as told"')
        assert float(facts["seconds_to_detect"]) == pytest.approx(10, abs=1)
        assert float(facts["seconds_to_publish"]) < 1

    def test_and_all_of_it_ends_in_the_history(self, stage: Stage) -> None:
        stage.run(300)
        adopted = ["adopted/adoption", What.SETTLED]
        assert in_history(stage) == [*adopted, MOVED, What.SETTLED]
        assert stage.state.notices.pending == ()

    def test_is_told_within_a_second_of_its_publication(self, stage: Stage) -> None:
        stage.run(300)
        [(at, _, event)] = stage.alerts.arrived
        assert event.at == stage.state.served.published_at
        assert at - event.at < 1

    def test_leaves_a_line_in_the_log_that_it_was_told(self, stage: Stage) -> None:
        stage.run(300)
        [line] = stage.telemetry.told("alert_sent")
        assert (line["about"], line["id"]) == (MOVED, stage.alerts.arrived[0][2].id)

    def test_its_way_to_the_name_servers_is_timed_while_it_is_told(self, stage: Stage) -> None:
        stage.witness.rendered_after, stage.witness.served_after = 1.0, 3.0
        stage.run(300)
        assert stage.state.served.served_at - stage.state.served.published_at < 5

    def test_the_history_is_pruned_once_in_a_tick_that_adds_to_it(self, stage: Stage) -> None:
        stage.run(300)
        assert stage.store.pruned.keys() == {"shop", LOG_OF_ALL}
        for times in stage.store.pruned.values():
            assert [round(at - stage.started) // 60 for at in times] == [0, 1, 2]

    def test_two_vantages_tell_it_once(self, stage: Stage) -> None:
        stage.set_up(vantages=("eu-west-1", "eu-north-1"))
        for begin in range(0, 300, 60):
            stage.after(begin + 3, lambda: stage.one_tick(vantage="eu-north-1"))
        stage.run(300)
        assert arrived(stage) == [MOVED]

    def test_without_a_topic_it_is_only_in_the_history(self, stage: Stage) -> None:
        stage.world = replace(stage.world, alerts=None)
        stage.run(300)
        assert MOVED in in_history(stage)
        assert stage.state.notices.pending == ()


STEPS = [
    f"{when} {call}"
    for call in ("write_state", "send", "record", "write_state")
    for when in ("before", "after")
]
"""What telling takes: the mark, the sending, the history, and the taking out. The update that
makes the event is before the first of them."""


def killed_at(stage: Stage, point: int) -> list[str]:
    """The process that tells of the failover dies at its step of that number. Its steps so far."""
    steps: list[str] = []

    def step(name: str) -> None:
        state = stage.store.states.get("shop")
        waits = state and any(event.about == MOVED for event in state.notices.pending)
        if len(steps) > point or not (waits or steps):
            return
        steps.append(name)
        if len(steps) == point + 1:
            stage.stop()
            raise greenlet.GreenletExit

    def around(name: str, call: Callable[..., object]) -> Callable[..., object]:
        def wrapped(*given: object) -> None:
            step(f"before {name}")
            call(*given)
            step(f"after {name}")

        return wrapped

    for port, name in ((stage.store, "write_state"), (stage.store, "record")):
        setattr(port, name, around(name, getattr(port, name)))
    stage.alerts.send = around("send", stage.alerts.send)  # type: ignore[method-assign]
    return steps


@pytest.mark.parametrize("point", range(len(STEPS) + 1))
def test_killed_at_any_step_it_still_arrives_under_the_same_id(stage: Stage, point: int) -> None:
    """Between the update and the sending, and between the sending and the taking out."""
    steps = killed_at(stage, point)
    stage.run(400)
    assert steps == ["after write_state", *STEPS][: point + 1]
    events = stage.alerts.about(MOVED)
    assert len({event.id for event in events}) == 1
    sent_before = "after send" in steps
    taken_out = point == len(STEPS)
    assert len(events) == 1 + (sent_before and not taken_out)
    assert in_history(stage).count(MOVED) == 1
    assert stage.state.notices.pending == ()


class TestTheTopicIsAway:
    def test_for_ten_minutes_everything_arrives_after_that_once(self, stage: Stage) -> None:
        stage.after(100, lambda: setattr(stage.alerts, "away", True))
        stage.after(700, lambda: setattr(stage.alerts, "away", False))
        stage.run(800)
        assert arrived(stage) == [MOVED, "incident/standby_unhealthy"]
        assert 700 <= stage.alerts.arrived[0][0] - stage.started <= 700 + 30 + 15
        tries = stage.telemetry.told("alert_not_sent")
        assert 15 <= len(tries) <= 25
        assert {facts["about"] for facts in tries} == {MOVED}
        assert stage.telemetry.told("round_failed") == []

    def test_no_round_is_late_for_it(self, stage: Stage) -> None:
        stage.after(100, lambda: setattr(stage.alerts, "away", True))
        stage.run(800)
        at = sorted({round(when, 3) for when, address in stage.prober.seen if address == WEST.ipv4})
        gaps = [later - sooner for sooner, later in pairwise(at)]
        assert max(gaps) <= 10.2

    def test_the_history_goes_on(self, stage: Stage) -> None:
        """Fifteen alerts that the topic refuses wait already; an order does not queue behind."""
        refused = [Event(f"a{i}", float(i), What.PIN_ENDED) for i in range(15)]
        entry = Event("o1", 99.0, What.ORDER, {"said": "paused"}, by="ana")

        def order() -> None:
            before = stage.state
            stage.alerts.away = True
            stage.store.states["shop"] = having(
                before, version=before.version + 1, pending=(*refused, entry)
            )

        stage.after(50, order)
        stage.run(99)
        assert What.ORDER in in_history(stage)
        assert What.PIN_ENDED not in in_history(stage)

    def test_an_ambiguous_send_is_sent_again_under_the_same_id(self, stage: Stage) -> None:
        lost: list[bool] = []

        def lose() -> None:
            if not lost:
                lost.append(True)
                raise AlertNotSent("the reply was lost")

        stage.alerts.then = lose
        stage.run(300)
        assert arrived(stage) == [MOVED, MOVED]
        assert len({event.id for event in stage.alerts.about(MOVED)}) == 1

    def test_history_that_cannot_be_written_does_not_send_twice(self) -> None:
        stage = Stage().set_up().pointing_at(EAST)
        stage.after(20, lambda: stage.prober.down.update({EAST.ipv4: Reason.REFUSED}))
        failed: list[bool] = []
        real = stage.store.record

        def fail(service: str, event: Event) -> None:
            if event.about == MOVED and not failed:
                failed.append(True)
                raise StoreUnavailable("throttled")
            real(service, event)

        stage.store.record = fail  # type: ignore[method-assign]
        stage.run(125, every=400)
        assert arrived(stage) == [MOVED]
        assert MOVED in in_history(stage)
        assert failed
        assert stage.telemetry.told("history_not_written")
        assert stage.telemetry.told("round_failed") == []


class TestOthersAtWork:
    def test_an_event_that_is_marked_costs_nobody_the_claim(self, stage: Stage) -> None:
        """Another vantage marks and takes out just before the claim: it is made on top of that."""
        real = stage.store.write_state
        met: list[int] = []

        def meddle(service: str, state: State) -> None:
            here = stage.store.states.get("shop")
            if here and state.publication.phase is Phase.PUBLISHING and not met:
                met.append(here.version)
                event = Event("other", stage.hub.time, What.ORDER)
                stage.store.states["shop"] = having(
                    here, version=here.version + 1, pending=(*here.notices.pending, event)
                )
            real(service, state)

        stage.store.write_state = meddle  # type: ignore[method-assign]
        stage.run(300)
        assert met
        assert stage.telemetry.told("not_published") == []
        assert stage.state.publication.attempt == 1
        assert arrived(stage) == [MOVED]

    def test_a_claim_whose_reply_is_lost_is_ours_though_something_was_noted_since(
        self, stage: Stage
    ) -> None:
        real = stage.store.write_state
        lost: list[int] = []

        def lose(service: str, state: State) -> None:
            real(service, state)
            if state.publication.phase is Phase.PUBLISHING and not lost:
                lost.append(state.version)
                event = Event("other", stage.hub.time, What.ORDER)
                noted = having(state, version=state.version + 1, pending=(event,))
                stage.store.states["shop"] = noted
                raise StoreUnavailable("the reply was lost")

        stage.store.write_state = lose  # type: ignore[method-assign]
        stage.run(300)
        assert lost
        assert stage.telemetry.told("not_published") == []
        assert stage.state.publication.attempt == 1

    def test_nothing_is_sent_while_somebody_publishes(self, stage: Stage) -> None:
        stage.run(200)
        claimed = having(
            stage.state,
            claim=Claim("c", "eu-north-1", stage.hub.time + 30),
            pending=(Event("1", 0.0, What.ORDER),),
        )
        box = Outbox(stage.world, SHOP)
        assert not box.waiting(claimed)
        assert box.waiting(having(claimed, claim=None))


class TestByHand:
    def test_a_switch_and_the_pin_that_it_ends_are_told(self, stage: Stage) -> None:
        pin = Pin("east", until=stage.hub.time + 3600, by="ana", reason="maintenance")

        def order() -> None:
            before = stage.state
            stage.store.states["shop"] = having(before, version=before.version + 1, pin=pin)

        stage.after(50, order)
        stage.after(80, lambda: stage.dns.set(101, WEST.ipv4))
        stage.run(99)
        assert arrived(stage) == ["adopted/external", What.PIN_ENDED]
        ended = stage.alerts.about(What.PIN_ENDED)[0]
        assert (ended.by, ended.facts["region"], ended.facts["to"]) == ("ana", "east", "west")
        assert stage.state.orders.pin is None


class TestIncidents:
    def test_one_is_told_when_it_begins_and_when_it_ends(self, stage: Stage) -> None:
        stage.after(100, lambda: stage.prober.down.update({WEST.ipv4: Reason.STATUS}))
        stage.after(400, stage.prober.down.clear)
        stage.run(800)
        events = stage.alerts.about("incident/no_healthy_region")
        assert [event.what for event in events] == [What.INCIDENT_BEGAN, What.INCIDENT_ENDED]

    def test_observing_tells_of_the_switch_that_it_would_have_made_once(self, stage: Stage) -> None:
        stage.set_up(replace(SHOP, mode=Mode.OBSERVE)).run(6 * 3600)
        assert arrived(stage) == ["incident/would_switch"]

    def test_a_pause_that_holds_a_failover_is_told(self, stage: Stage) -> None:
        def order() -> None:
            before = stage.state
            pause = Stop(stage.hub.time + 3600, by="ana", reason="maintenance")
            stage.store.states["shop"] = having(before, version=before.version + 1, pause=pause)

        stage.after(50, order)
        stage.run(200)
        assert arrived(stage) == ["incident/paused_unhealthy"]
        assert Kind.PAUSED_UNHEALTHY in stage.state.notices.raised()


def test_the_sending_of_one_service_never_ends_its_rounds(stage: Stage) -> None:
    """Something that nobody foresaw happens while an alert is sent."""

    def break_down() -> None:
        raise RuntimeError("unforeseen")

    stage.alerts.on_send = break_down
    stage.run(300)
    assert list(stage.state.served.active) == ["west"]
    assert stage.telemetry.told("round_failed")
    assert [event.about for event in stage.state.notices.pending if alerts(event)] == [MOVED]


def test_one_that_cannot_be_sent_holds_up_no_other(stage: Stage) -> None:
    """Two wait at once, and the text of one of them breaks: the other arrives, and once."""
    real = stage.alerts.send

    def send(service: Service, event: Event) -> None:
        if event.about == MOVED:
            raise KeyError("nobody thought of this")
        real(service, event)

    def add() -> None:
        before = stage.state
        other = Event("other", stage.hub.time, What.PIN_ENDED)
        both = (*(replace(event, marked_until=0.0) for event in before.notices.pending), other)
        stage.store.states["shop"] = having(before, version=before.version + 1, pending=both)

    stage.alerts.send = send  # type: ignore[method-assign]
    stage.after(200, add)
    stage.run(500)
    assert arrived(stage) == [What.PIN_ENDED]
    assert [event.about for event in stage.state.notices.pending] == [MOVED]
    assert stage.telemetry.total(Metric.ROUND_FAILED) > 5


def test_what_a_slow_removal_meets_is_kept(stage: Stage) -> None:
    """While an alert is on its way somebody gives an order: neither is lost."""
    pin = Pin("west", until=stage.hub.time + 9999, by="ana", reason="watching")

    def order() -> None:
        before = stage.state
        stage.store.states["shop"] = having(before, version=before.version + 1, pin=pin)

    stage.alerts.on_send = order
    stage.run(300)
    assert arrived(stage) == [MOVED]
    assert stage.state.orders.pin == pin
    assert stage.state.notices.pending == ()


def test_a_blind_vantage_is_told_of_once_by_all_of_them_together() -> None:
    """One of three sees nothing at all; the two others, which see, do not end its incident."""
    names = ("eu-west-1", "eu-north-1", "us-east-2")
    stage = Stage().set_up(vantages=names, references=("https://example.org/",)).pointing_at(EAST)
    stage.store.ballots["shop", names[2]] = ballot(
        {}, vantage=names[2], at=stage.hub.time, life=240.0, blind=True
    )
    for begin in range(0, 240, 60):
        stage.after(begin + 3, lambda: stage.one_tick(vantage=names[1]))
    stage.run(220)
    events = stage.alerts.about("incident/blind")
    assert [event.what for event in events] == [What.INCIDENT_BEGAN]
    assert events[0].facts["blind"] == names[2]
    assert stage.telemetry.total(Metric.BLIND) == 0
