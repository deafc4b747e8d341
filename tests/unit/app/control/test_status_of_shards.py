"""Status and orders where the services are divided among shards."""

import json

import pytest

from failover.app.control import commands, status
from failover.health.beats import STILL_AFTER
from failover.health.probe import Reason
from failover.settings.shards import assigned
from tests.unit.app.test_shards import NAMES, Mall, address


@pytest.fixture
def mall() -> Mall:
    mall = Mall().open()
    mall.run(130)
    return mall


def ask(mall: Mall, **event: object) -> dict[str, object]:
    """The answer of the control function."""
    found: list[dict[str, object]] = []

    def answer() -> None:
        world, settings = mall.world, mall.settings
        found.append(commands.answer(event, world, settings, "eu-west-1", "r1", lambda: 55.0))

    mall.hub.run(answer)
    return json.loads(json.dumps(found[0]))  # type: ignore[no-any-return]


def lines(answer: dict[str, object]) -> list[str]:
    summary = answer["summary"]
    assert isinstance(summary, list)
    return summary


def test_all_services_of_all_shards_are_in_the_status(mall: Mall) -> None:
    answer = ask(mall, command="status")
    assert answer["headline"] == "OK"
    assert lines(answer)[0] == f"OK {len(NAMES)} of {len(NAMES)} services OK"
    assert set(answer["services"]) == set(NAMES)
    assert answer["shards"] == 3


def test_a_shard_that_stands_still_is_named_first(mall: Mall) -> None:
    mall.dead.add(2)
    mall.run(STILL_AFTER + 120)
    answer = ask(mall, command="status")
    head, second, *_ = lines(answer)
    assert head.startswith(f"DEGRADED {len(NAMES) - len(mall.of_shard(2))} of {len(NAMES)}")
    assert second.startswith("shard 2 of 3 stands still")
    assert answer["headline"] == "DEGRADED"
    for name in mall.of_shard(2):
        assert answer["services"][name]["headline"] == "DEGRADED"  # type: ignore[index]


def test_one_service_is_shown_with_who_runs_its_shard(mall: Mall) -> None:
    name = next(name for name, shard in assigned(mall.settings).items() if shard == 1)
    answer = ask(mall, command="status", service=name)
    assert list(answer["services"]) == [name]
    assert len([line for line in lines(answer) if line.startswith("OK")]) == 1


def test_an_order_moves_a_service_of_any_shard(mall: Mall) -> None:
    for shard in range(3):
        name = mall.of_shard(shard)[0]
        order = {"by": "ana", "reason": "a test", "region": "west"}
        answer = ask(mall, command="failover", service=name, **order)
        assert answer["changed"], answer
        assert set(mall.store.states[name].served.active) == {"west"}


def test_with_one_shard_nothing_is_said_of_shards() -> None:
    mall = Mall().open(shards=1)
    mall.run(130)
    answer = ask(mall, command="status")
    assert "shard" not in json.dumps(answer)


class TestMoreServicesThanAnAnswerHolds:
    @pytest.fixture(autouse=True)
    def _few(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(status, "MOST", 4)

    def test_those_that_are_ok_are_only_counted(self, mall: Mall) -> None:
        mall.prober.down[address("shop-3", 1)] = Reason.REFUSED
        mall.run(60)
        answer = ask(mall, command="status")
        head, *others = lines(answer)
        assert head.startswith("DEGRADED 8 of 9 services OK: shop-3")
        assert others[0].startswith("DEGRADED shop-3")
        assert not any("shop-4" in line for line in others)
        services = answer["services"]
        assert services["shop-4"].keys() == {"headline", "record"}  # type: ignore[index]
        assert "regions" in services["shop-3"]  # type: ignore[index]

    def test_when_very_many_are_not_each_has_a_line(
        self, mall: Mall, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(status, "MOST_LINES", 20)
        mall.prober.down |= {address(name, 1): Reason.REFUSED for name in NAMES}
        mall.run(60)
        answer = ask(mall, command="status")
        assert len([line for line in lines(answer) if line.startswith("DEGRADED shop")]) == 9
        assert len(lines(answer)) < 20 + 9 + 10
        assert answer["services"]["shop-8"].keys() == {"headline", "record"}  # type: ignore[index]

    def test_one_that_is_asked_for_is_whole(self, mall: Mall) -> None:
        answer = ask(mall, command="status", service="shop-4")
        assert "regions" in answer["services"]["shop-4"]  # type: ignore[index]
