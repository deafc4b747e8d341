"""Orders that are only judged: they answer what would happen, and change nothing at all."""

from typing import Any

import pytest

from failover.health.probe import Reason
from tests.unit.app.desk import Desk, at_desk, text
from tests.unit.app.stage import EAST, WEST


@pytest.fixture
def desk() -> Desk:
    return at_desk()


def dry(desk: Desk, command: str, **keys: Any) -> dict[str, Any]:
    """The answer to a dry run, which left the table and the records as they were."""
    before, records = desk.table(), desk.dns.addresses()
    said = desk.order(command, dry_run=True, **keys)
    assert (desk.table(), desk.dns.addresses()) == (before, records)
    return said


def test_a_failover_tells_where_the_name_would_point(desk: Desk) -> None:
    said = dry(desk, "failover")
    assert said["summary"][:2] == [
        "dry run: nothing was changed",
        "shop: app.shop.test would point at west",
    ]
    assert f"records now: A {EAST.ipv4}" in text(said)
    assert (said["action"], said["targets"]) == ("publish", ["west"])
    assert (said["changed"], said["would_change"]) == (False, True)


def test_what_it_tells_is_what_the_order_then_does(desk: Desk) -> None:
    targets = dry(desk, "failover")["targets"]
    desk.order("failover")
    assert list(desk.state.served.active) == targets
    assert desk.dns.addresses() == [WEST.ipv4]


def test_to_where_the_name_points_already_would_change_nothing(desk: Desk) -> None:
    said = dry(desk, "failback")
    assert "app.shop.test points at east already: nothing to publish" in text(said)
    assert not said["would_change"]


def test_a_pin_tells_its_end(desk: Desk) -> None:
    said = dry(desk, "pin", region="west", until="1h")
    assert "west would be held until" in text(said)
    assert said["would_change"]


def test_what_refuses_the_order_refuses_its_dry_run_in_the_same_words(desk: Desk) -> None:
    desk.prober.down[WEST.ipv4] = Reason.REFUSED
    desk.run(120)
    said = dry(desk, "failover", region="west")
    assert said["refused"]
    assert said["guards"] == desk.order("failover", region="west")["guards"]


@pytest.mark.parametrize("service", ["shop", "*"])
def test_a_pause_and_its_end_tell_whether_they_would_do_anything(desk: Desk, service: str) -> None:
    nothing = dry(desk, "resume", service=service)
    assert "there is nothing to resume" in text(nothing)
    assert not nothing["would_change"]
    assert "would pause until" in text(dry(desk, "pause", service=service, until="1h"))
    desk.order("pause", service=service, until="1h")
    assert dry(desk, "resume", service=service)["would_change"]


def test_a_release_tells_whether_anything_is_pinned(desk: Desk) -> None:
    assert not dry(desk, "release")["would_change"]
    desk.order("pin", region="east", until="1h")
    assert dry(desk, "release")["would_change"]


def test_an_order_may_follow_its_dry_run_under_the_same_id(desk: Desk) -> None:
    dry(desk, "failover", id="incident-42")
    assert desk.order("failover", id="incident-42")["changed"]
