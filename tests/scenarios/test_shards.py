"""The shipped monitor with more services than one function watches: it starts its other shards."""

import tomllib
from collections.abc import Iterator

import pytest

from failover.settings.shards import assign, shards_for
from local.mapping import deployed
from local.world import LocalWorld
from tests.support.settings_file import toml
from tests.support.waiting import until

NAME = "store"
SERVICES = 101
SHARDS = 2
WEST = "198.18.0.2"
EVERY = 15.0


OTHERS = [f"svc-{number}" for number in range(SERVICES - 1)]


@pytest.fixture
def crowded() -> Iterator[LocalWorld]:
    """A service of the last shard, and many more, which are only watched, and seldom."""
    assert shards_for(SERVICES) == SHARDS
    assert assign([NAME, *OTHERS], SHARDS)[NAME] == SHARDS - 1
    with LocalWorld(render_delay=0.1, service={"name": f'"{NAME}"'}) as world:
        data = tomllib.loads(world.settings_file.read_text())
        [shop] = data["service"]
        data["service"] += [
            shop
            | {
                "name": name,
                "record": f"{name}.{shop['domain']}",
                "mode": "observe",
                "health": shop["health"] | {"interval": "60s"},
            }
            for name in OTHERS
        ]
        world.settings_file.write_text(toml(data))
        yield world


def test_a_service_of_another_shard_fails_over(crowded: LocalWorld) -> None:
    """The tick of the schedule starts that shard by Lambda's own API, and its beats go on."""
    with deployed(crowded.env, crowded.aws, EVERY) as monitor:

        def started(shard: int) -> list[dict[str, object]]:
            return [
                returned
                for event, returned in list(monitor.answers)
                if event == {"shard": shard} and returned and returned["rounds"]
            ]

        until(lambda: started(1), "a tick of the other shard by the monitor itself")
        crowded.regions["us-east"].fault = "refuse"
        until(lambda: crowded.targets() == [WEST], "the record at the healthy region")
        assert not started(0)
