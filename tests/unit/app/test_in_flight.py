"""Writes that were sent and may still arrive: known as ours for minutes, and no longer."""

from dataclasses import replace

import pytest

from failover.errors import DnsUnavailable, StoreUnavailable
from failover.health.probe import Reason
from failover.notify.kinds import Kind
from failover.notify.metrics import Metric
from failover.publication.parts import ANNOUNCEMENT_SECONDS, MOST_ARRIVALS, Cause, Phase
from failover.publication.state import State
from failover.settings.model import Routing
from failover.zone.records import Record
from tests.support.world import refused, times, unavailable
from tests.unit.app.desk import Desk
from tests.unit.app.stage import EAST, SHOP, SHOP6, WEST, Stage

FOREIGN = "203.0.113.9"


def test_hours_after_lost_replies_a_person_wins() -> None:
    """A failover needed four tries; sixteen hours later somebody goes back by hand."""
    stage = Stage().set_up().pointing_at(EAST).run(120)
    with times(stage, 3, unavailable) as fault:
        stage.dns.apply_then = fault
        stage.prober.down[EAST.ipv4] = Reason.REFUSED
        stage.run(120)
    stage.prober.down.clear()
    stage.run(60)
    stage.dns.set(101, EAST.ipv4)
    stage.run(120)
    stage.hub.time += 16 * 3600
    stage.dns.set(101, WEST.ipv4)
    writes = len(stage.dns.log)
    stage.run(1200)
    assert len(stage.dns.log) == writes
    assert (stage.state.publication.cause, list(stage.state.served.active)) == (
        Cause.EXTERNAL,
        ["west"],
    )


def test_a_request_that_was_never_sent_explains_nothing() -> None:
    """The container froze after it had announced a write, and its claim was over when it thawed."""
    stage = Stage().set_up().pointing_at(EAST).run(120)
    real, froze = stage.store.write_state, []

    def freeze(service: str, state: object) -> None:
        real(service, state)  # type: ignore[arg-type]
        if isinstance(state, State) and state.publication.wrote and not froze:
            froze.append(stage.hub.time)
            stage.hub.sleep(45)

    stage.store.write_state = freeze  # type: ignore[method-assign]
    stage.prober.down[EAST.ipv4] = Reason.REFUSED
    stage.run(200)
    assert froze
    assert stage.puts == [WEST.ipv4]
    assert stage.state.announced == ()


def test_who_thaws_too_late_to_write_leaves_the_request_of_who_took_over() -> None:
    """It froze before it announced its write; the next tick sent the same one, without a reply."""
    stage = Stage().set_up().pointing_at(EAST).run(120)
    real, thawed = stage.dns.get, []

    def get(domain_id: int, record_id: int, budget: float) -> Record:
        found = real(domain_id, record_id, budget)
        if stage.state.publication.claim and not thawed:
            thawed.append(stage.hub.time + 75)
            stage.hub.sleep(75)
        return found

    stage.dns.get = get  # type: ignore[method-assign]
    stage.prober.down[EAST.ipv4] = Reason.REFUSED
    with times(stage, 1, unavailable) as fault:
        stage.dns.on_write = fault
        stage.run(200)
    assert thawed[0] < stage.hub.time
    assert stage.puts == [WEST.ipv4]
    assert [late.arrivals for late in stage.state.announced] == [MOST_ARRIVALS]


@pytest.mark.parametrize("fault", [refused(403), refused(404)], ids=["403", "404"])
def test_a_refused_write_is_not_in_flight(fault: object) -> None:
    stage = Stage().set_up().pointing_at(EAST).run(120)
    stage.dns.on_write = fault  # type: ignore[assignment]
    stage.prober.down[EAST.ipv4] = Reason.REFUSED
    stage.run(60)
    assert stage.state.publication.phase is Phase.PUBLISHING
    assert stage.state.announced == ()


def test_a_write_that_never_left_is_not_in_flight() -> None:
    """Linode refused the connection."""

    def not_sent() -> None:
        raise DnsUnavailable("connection refused", in_flight=0)

    stage = Stage().set_up().pointing_at(EAST).run(120)
    stage.dns.on_write = not_sent
    stage.prober.down[EAST.ipv4] = Reason.REFUSED
    stage.run(60)
    assert stage.state.publication.phase is Phase.PUBLISHING
    assert stage.state.announced == ()


def test_a_creation_without_a_reply_is_not_repeated_while_it_may_arrive() -> None:
    """The AAAA record: A is there. Linode carries the request out five minutes later."""
    stage = Stage().set_up(SHOP6)
    stage.dns.add("app", "A", str(SHOP6.regions[0].addresses.ipv4))
    real = stage.dns.create
    sent: list[float] = []

    def create(*args: object) -> object:
        sent.append(stage.hub.time)
        if len(sent) == 1:
            stage.hub.at(stage.hub.time + 300, lambda: real(*args))  # type: ignore[arg-type]
            raise DnsUnavailable("timed out")
        return real(*args)  # type: ignore[arg-type]

    stage.dns.create = create  # type: ignore[method-assign, assignment]
    stage.run(900)
    assert len(sent) == 1
    assert stage.dns.addresses("AAAA") == [SHOP6.regions[0].addresses.ipv6]
    assert Kind.FAILOVER_FAILED not in {e.about for _, _, e in stage.alerts.arrived}


def test_a_creation_that_was_lost_is_repeated_in_the_end() -> None:
    stage = Stage().set_up()
    with times(stage, 1, unavailable) as fault:
        stage.dns.on_write = fault
        stage.run(300)
    assert stage.dns.addresses() == [EAST.ipv4]
    assert stage.state.publication.phase is Phase.SETTLED


class TestDuplicates:
    """A creation was carried out late, after it had been repeated."""

    def test_it_is_reported_with_the_command_that_removes_it(self) -> None:
        stage = Stage().set_up().pointing_at(EAST).run(120)
        stage.dns.add("app", "A", EAST.ipv4)
        stage.run(120)
        assert Kind.DUPLICATE_RECORDS in stage.state.notices.raised()
        (alert,) = stage.alerts.about("incident/duplicate_records")
        assert "101 and 102" in alert.text("surplus")
        assert alert.text("remove") == "linode-cli domains records-delete 7 102"
        assert stage.dns.addresses() == [EAST.ipv4, EAST.ipv4]

    def test_its_records_are_named_in_the_order_of_their_ids(self) -> None:
        stage = Stage().set_up()
        for number in (9, 10, 100):
            stage.dns.records[number] = Record(number, "app", "A", EAST.ipv4, 30)
        stage.run(120)
        (alert,) = stage.alerts.about("incident/duplicate_records")
        assert "records 9 and 10 and 100" in alert.text("surplus")

    def test_it_ends_when_somebody_has_removed_it(self) -> None:
        stage = Stage().set_up().pointing_at(EAST).run(120)
        stage.dns.add("app", "A", EAST.ipv4)
        stage.run(120)
        stage.dns.remove(102)
        stage.run(400)
        assert Kind.DUPLICATE_RECORDS not in stage.state.notices.incidents

    def test_several_regions_of_which_one_is_out_are_normal(self) -> None:
        stage = Stage().set_up(replace(SHOP, routing=Routing.MULTIVALUE)).pointing_at(EAST, WEST)
        stage.run(120)
        stage.prober.down[EAST.ipv4] = Reason.REFUSED
        stage.run(120)
        assert stage.dns.addresses() == [WEST.ipv4, WEST.ipv4]
        assert Kind.DUPLICATE_RECORDS not in stage.state.notices.incidents


class TestOrderForANewName:
    """A name that was never adopted is pointed somewhere, and Linode has trouble for a while."""

    @pytest.mark.parametrize("command", ["takeover", "pin"])
    def test_the_next_round_goes_on_with_it(self, command: str) -> None:
        desk = Desk()
        desk.set_up().pointing_at(replace(EAST, ipv4=FOREIGN) if command == "takeover" else EAST)
        keys = {"until": "1h"} if command == "pin" else {}
        desk.dns.on_write = unavailable
        said = desk.order(command, region="west", **keys)
        assert not said["publication"]["published"]
        desk.run(20)
        desk.dns.on_write = lambda: None
        desk.run(120)
        assert desk.dns.addresses() == [WEST.ipv4]
        assert (desk.state.publication.cause, list(desk.state.served.active)) == (
            Cause.OPERATOR,
            ["west"],
        )
        assert (desk.state.orders.pin is not None) is (command == "pin")

    @pytest.mark.parametrize("command", ["takeover", "pin"])
    def test_also_where_it_could_not_even_announce_a_write(self, command: str) -> None:
        """The table was away for twenty seconds, from the claim on."""
        desk = Desk()
        desk.set_up().pointing_at(replace(EAST, ipv4=FOREIGN) if command == "takeover" else EAST)
        keys = {"until": "1h"} if command == "pin" else {}
        real = desk.store.write_state

        def write(service: str, state: object) -> None:
            real(service, state)  # type: ignore[arg-type]
            desk.store.away = True
            desk.hub.at(desk.hub.time + 20, lambda: setattr(desk.store, "away", False))
            desk.store.write_state = real  # type: ignore[method-assign]

        desk.store.write_state = write  # type: ignore[method-assign]
        desk.order(command, region="west", **keys)
        assert desk.dns.log == []
        desk.hub.run(lambda: desk.hub.sleep(30))
        desk.run(180)
        assert desk.dns.addresses() == [WEST.ipv4]
        assert (desk.state.publication.cause, list(desk.state.served.active)) == (
            Cause.OPERATOR,
            ["west"],
        )
        assert (desk.state.orders.pin is not None) is (command == "pin")

    def test_an_order_that_was_refused_at_the_last_moment_leaves_nothing(self) -> None:
        desk = Desk()
        desk.set_up().pointing_at(EAST)
        seen: list[int] = []

        def meddle() -> None:
            seen.append(1)
            if len(seen) == 2:
                desk.dns.set(101, FOREIGN)

        desk.dns.on_get = meddle
        desk.order("pin", region="west", until="1h")
        desk.run(120)
        assert desk.dns.addresses() == [FOREIGN]
        assert desk.store.states["shop"].orders.pin is None


@pytest.mark.parametrize("lost", [1, 2])
def test_a_lost_reply_to_the_last_write_of_the_table_loses_no_metric(lost: int) -> None:
    """The records are written, the table has it, and only nobody says so."""
    stage = Stage().set_up().pointing_at(EAST).run(120)
    real, failed = stage.store.write_state, []

    def write(service: str, state: object) -> None:
        real(service, state)  # type: ignore[arg-type]
        if isinstance(state, State) and state.publication.phase is Phase.PUBLISHED and not failed:
            failed.append(1)
            if lost == 1:
                stage.store.lose_replies = 1
                stage.store._leave()
            stage.store.away = True
            stage.hub.at(stage.hub.time + 5, lambda: setattr(stage.store, "away", False))
            unavailable_table()

    stage.store.write_state = write  # type: ignore[method-assign]
    stage.prober.down[EAST.ipv4] = Reason.REFUSED
    stage.run(120)
    assert failed
    assert stage.puts == [WEST.ipv4]
    assert stage.telemetry.total(Metric.FAILOVER) == 1


def unavailable_table() -> None:
    """The reply was lost."""
    raise StoreUnavailable("the reply was lost")


def test_what_may_still_arrive_is_remembered_for_minutes() -> None:
    """Longer than a balancer keeps a request, and than a frozen sender is thawed and resends."""
    assert ANNOUNCEMENT_SECONDS == 600.0
