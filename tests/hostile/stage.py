"""Whole ticks on a virtual clock: one service meets what is hostile, another must not notice."""

import json
from dataclasses import replace
from typing import Any

import pytest

from control.handler import handler
from failover import wiring
from failover.app.tick import tick
from failover.notify.metrics import Metric
from failover.ports import World
from failover.settings.model import Addresses, Region, Service, Settings
from failover.wiring import Container
from failover.zone.records import Family
from tests.support import builders
from tests.support.world import MemoryWorld

EAST, WEST = Addresses("127.0.1.1", "fd00::1"), Addresses("127.0.1.2", "fd00::2")
PREY_EAST, PREY_WEST = Addresses("127.0.41.1"), Addresses("127.0.41.2")
VANTAGE = "eu-west-1"


def _service(name: str, east: Addresses, west: Addresses) -> Service:
    regions = (Region("east", "us-east-1", east), Region("west", "us-west-2", west))
    record, domain = f"{name}.{name}.test", f"{name}.test"
    return replace(builders.SHOP, name=name, record=record, domain=domain, regions=regions)


SHOP = _service("shop", EAST, WEST)
PREY = _service("prey", PREY_EAST, PREY_WEST)


class Context:
    """What Lambda tells a function of its invocation."""

    aws_request_id = "11111111-2222-3333-4444-555555555555"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        """As much as the template gives it at the least."""
        return 60_000


class Stage(MemoryWorld):
    """A memory world with both services; the east of the shop is dead from the beginning."""

    def __init__(self, prey: Service = PREY) -> None:
        super().__init__()
        self.prey = prey
        plain = builders.settings_of(SHOP, vantages=(VANTAGE,), region_metrics=False)
        self.settings: Settings = replace(plain, services=(prey, SHOP))
        for service in self.settings.services:
            for family, address in _addresses(service.regions[0].addresses):
                self.dns.add(service.name, family, address)
        self.neighbour = self.dns.add("www", "A", "127.0.1.99")

    def ticks(self, count: int, **ports: Any) -> World:
        """So many ticks, one after the other, with some ports of this world replaced."""
        world = replace(self.world, **ports)
        for _ in range(count):
            ends = self.hub.time + 190.0
            done = self.hub.run(
                lambda e=ends: tick(world, self.settings, VANTAGE, lambda: e - self.hub.time)
            )
            assert done["rounds"]
        return world

    def command(self, event: object, world: World | None = None) -> dict[str, Any]:
        """What the control function answers to an event."""
        container = Container(self.settings, VANTAGE, world or self.world)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(wiring, "container", lambda: container)
            return self.hub.run(lambda: handler(event, Context()))

    def says(self, name: str, family: Family) -> set[str]:
        """The addresses of a name."""
        found = self.dns.records.values()
        return {r.address for r in found if (r.name, r.type) == (name, family)}

    def assert_unharmed(self) -> None:
        """The other service moved, and the name of this one says regions of its own."""
        assert self.says("shop", Family.A) == {WEST.ipv4}
        assert self.says("shop", Family.AAAA) == {WEST.ipv6}
        self.assert_nothing_wrong()

    def assert_nothing_wrong(self) -> None:
        """No name is empty or says an address that no settings give; others are untouched."""
        for service in self.settings.services:
            said = self.says(service.name, Family.A)
            assert said
            assert said <= {region.addresses.ipv4 for region in service.regions}, said
        assert self.dns.records[self.neighbour].address == "127.0.1.99"
        crashes = self.telemetry.told("round_failed")
        assert not crashes, crashes[0]
        assert self.telemetry.total(Metric.ROUND_FAILED) == 0


def json_bytes(value: object) -> bytes:
    """A value as a server would send it."""
    return json.dumps(value).encode()


def _addresses(addresses: Addresses) -> list[tuple[str, str]]:
    found = [(Family.A.value, addresses.ipv4)]
    return [*found, (Family.AAAA.value, addresses.ipv6)] if addresses.ipv6 else found
