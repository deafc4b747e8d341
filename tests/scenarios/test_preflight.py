"""The preflight as it ships, in the embedded world: its own adapters, and servers on loopback."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local.linode_dns import DnsFault
from local.region import RegionFault
from local.world import DOMAIN, LocalWorld
from tests.scenarios.night import Night
from tests.scenarios.test_commands import night, said, send, shipped
from tests.support.linode_description import described

__all__ = ["night"]

ALWAYS = {
    "no_subscriber",
    "token_too_wide",
    "table_unprotected",
    "table_not_recoverable",
}
"""What is so in the embedded world: nobody has subscribed, its table is unprotected. Its regions
have IPv6 addresses that no test may connect to."""


@pytest.fixture(autouse=True)
def healed(whole: LocalWorld) -> Iterator[None]:
    """What a person changed at Linode is as before."""
    yield
    whole.linode.restrict(creates_records=True)


def found(answer: dict[str, Any]) -> set[str]:
    """The names of what was found."""
    return {
        each["check"]
        for each in answer["findings"]
        if each["level"] != "not checked" and each["check"] != "region_ipv6"
    }


def day_long(world: LocalWorld) -> None:
    for number in world.record_ids():
        world.linode.delete_record(number)
    world.linode.add_record(DOMAIN, "app", "A", world.places[0].ipv4, ttl_sec=86400)
    world.linode.add_record(DOMAIN, "app", "AAAA", world.places[0].ipv6, ttl_sec=30)


FAULTS: dict[str, Callable[[LocalWorld], object]] = {
    "region_unhealthy": lambda w: setattr(w.regions["us-west"], "fault", RegionFault.REFUSE),
    "region_wrong": lambda w: setattr(w.regions["us-west"], "fault", RegionFault.WRONG_REGION),
    "name_server_silent": lambda w: setattr(w.linode.dns[0], "fault", DnsFault.REFUSED),
    "domain_not_granted": lambda w: w.linode.restrict({DOMAIN: "read_only"}),
    "ttl_differs": day_long,
    "record_surplus": lambda w: w.linode.add_record(
        DOMAIN, "app", "A", w.places[0].ipv4, ttl_sec=30
    ),
}


@pytest.mark.parametrize(("check", "spoil"), FAULTS.items(), ids=FAULTS)
def test_a_fault_of_the_world_is_found_and_nothing_else(night: Night, check, spoil) -> None:
    spoil(night.world)
    answer = shipped("preflight")

    assert found(answer) == ALWAYS | {check}


def test_nothing_is_wrong_in_a_healthy_world_but_what_always_is(night: Night) -> None:
    with described(night.world.linode) as calls:
        answer = shipped("preflight")

    assert found(answer) == ALWAYS
    assert night.writes() == []
    assert said(answer).startswith("NOT READY: ")
    assert {"GET /profile", "GET /domains", "GET /domains/{domainId}/zone-file"} <= set(calls)


def test_the_status_shows_what_the_last_one_found(night: Night) -> None:
    night.world.regions["us-west"].fault = RegionFault.REFUSE
    shipped("preflight")
    [line] = [line for line in send({"command": "status"})["summary"] if "preflight:" in line]

    assert "not ready, " in line
    assert "region_unhealthy: us-west fails its probe at 198.18.0.2: refused" in line


def test_it_asks_linode_a_handful_of_requests_and_changes_nothing(night: Night) -> None:
    night.world.linode.forget_requests()
    shipped("preflight")
    calls = [(call.method, call.path.partition("?")[0]) for call in night.world.linode.requests]

    assert {method for method, _ in calls} == {"GET"}
    assert len(calls) <= 6
