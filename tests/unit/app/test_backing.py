"""Ticks of a service that counts the back ends of its regions."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

import pytest

from failover.app import backing
from failover.app.blindness import is_blind
from failover.app.control.status import status
from failover.app.probing import Asked
from failover.errors import DnsUnavailable
from failover.health.probe import Probe, Reason
from failover.inspection import Inspection
from failover.preflight.facts import BackEnds
from failover.settings.model import UNRESOLVED, Addresses, Region
from failover.store import Standing
from tests.unit.app.stage import EAST, SHOP, WEST, Stage

FEW = replace(
    SHOP,
    health=replace(SHOP.health, min_backends=0.5),
    regions=(
        Region("east", "us-east-1", UNRESOLVED, "lb-east"),
        Region("west", "us-west-2", UNRESOLVED, "lb-west"),
    ),
)


def ends(up: int, check: str = "http", port: int = FEW.health.port) -> BackEnds:
    return BackEnds(port, check, "/health", 5, 2, up, 10 - up)


@dataclass
class MemoryAccount:
    """What is behind NodeBalancers. `on_read` is a fault."""

    found: dict[str, tuple[BackEnds, ...]] = field(default_factory=dict)
    on_read: Callable[[], None] = lambda: None
    asked: list[tuple[Collection[str], float]] = field(default_factory=list)

    def back_ends(
        self, labels: Collection[str], budget: float, max_age: float = 0.0
    ) -> Mapping[str, tuple[BackEnds, ...]]:
        self.asked.append((labels, max_age))
        self.on_read()
        return self.found


@pytest.fixture
def account() -> MemoryAccount:
    return MemoryAccount({"lb-east": (ends(10),), "lb-west": (ends(10),)})


@pytest.fixture
def stage(account: MemoryAccount) -> Stage:
    """The shop, pointing at its first region, with ten back ends in each."""
    made = Stage().set_up(FEW).pointing_at(EAST)
    made.balancers.found = {"lb-east": EAST, "lb-west": WEST}
    made.world = replace(made.world, inspection=Inspection(account=account))
    return made


def unavailable() -> None:
    raise DnsUnavailable("Linode API, GET /nodebalancers: no answer")


def test_a_region_with_one_of_ten_back_ends_loses_its_traffic(stage, account) -> None:
    stage.after(60, lambda: account.found.update({"lb-east": (ends(1),)}))
    stage.run(200)
    assert stage.puts == [WEST.ipv4]
    assert account.asked[0] == ({"lb-east", "lb-west"}, 30.0)


def test_it_keeps_its_traffic_while_linode_does_not_answer(stage, account) -> None:
    account.found["lb-east"] = (ends(1),)
    account.on_read = unavailable
    stage.run(200)
    assert stage.puts == []
    assert stage.telemetry.told("back_ends_unread")


def test_it_keeps_its_traffic_while_the_other_one_has_too_few_as_well(stage, account) -> None:
    account.found |= {"lb-east": (ends(1),), "lb-west": (ends(1),)}
    stage.run(200)
    assert stage.puts == []


@pytest.mark.parametrize(
    "found",
    [(ends(1, check="none"),), (ends(1, port=8443),), ()],
    ids=["unchecked", "port", "none"],
)
def test_what_nobody_checks_counts_for_nothing(stage, account, found) -> None:
    account.found["lb-east"] = found
    stage.run(200)
    assert stage.puts == []


def test_the_status_says_why_the_region_is_not_healthy(stage, account) -> None:
    account.found["lb-east"] = (ends(1),)
    stage.run(100)
    shown = str(stage.hub.run(lambda: status(stage.hub, stage.store, stage.settings, "eu-west-1")))
    assert "backends: 1 of 10 back ends are up, at least 50% must be" in shown


def test_nobody_is_asked_without_the_setting(stage, account) -> None:
    off = replace(FEW, health=SHOP.health)
    stage.settings = replace(stage.settings, services=(off,))
    account.found["lb-east"] = (ends(1),)
    stage.run(200)
    assert (stage.puts, account.asked) == ([], [])


def test_an_address_that_the_balancer_no_longer_has_is_not_judged_by_its_back_ends(account) -> None:
    service = replace(FEW, regions=tuple(
        replace(region, addresses=at) for region, at in zip(FEW.regions, (EAST, WEST), strict=True)
    ))  # fmt: skip
    target = backing.Target("east", Addresses("127.0.1.99").ipv4, "us-east-1")
    gone = backing.Target("nowhere", EAST.ipv4, None)
    good = Probe(None, "", 0.1)
    account.found["lb-east"] = (ends(1),)
    asked = Asked(Standing(1, None), DnsUnavailable("not asked"), [good, good], account.found)
    assert backing.counted(service, [target, gone], asked, pytest.fail) == [good, good]


def test_a_vantage_whose_regions_answer_is_not_blind(stage) -> None:
    stage.prober.references = False
    few = Probe(Reason.BACKENDS, "1 of 10", 0.1)
    dead = Probe(Reason.REFUSED, "", 0.1)
    assert is_blind(stage.world, ["https://one.test/"], [dead, few]) is False
