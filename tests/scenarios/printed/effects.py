"""What a command promises, by its name: the check that it has kept it."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from cli.questions import CODES
from failover.decision.headline import Headline
from tests.scenarios.printed.scene import Scene
from tests.scenarios.printed.shell import Done


def moved(scene: Scene, region: str) -> None:
    """Records and name servers say the region, for both families."""
    assert scene.serves_from(region)


def returned(scene: Scene, _region: str) -> None:
    """The same, of the preferred region."""
    assert scene.serves_from("us-east")


def ours(scene: Scene, _region: str) -> None:
    """The records are those of one region of the settings, and it is healthy."""
    [region] = scene.status()["points_at"]
    assert scene.status()["regions"][region]["verdict"] == "healthy"
    assert scene.serves_from(region)


def pinned(scene: Scene, region: str) -> None:
    """The region is pinned, and serves the name."""
    assert scene.status()["pin"]["region"] == region
    assert scene.serves_from(region)


def released(scene: Scene, _region: str) -> None:
    """No region is pinned or left out."""
    assert scene.status()["pin"] is None
    assert scene.status()["excluded"] == {}


def paused(scene: Scene, _region: str) -> None:
    """Automation is stopped."""
    assert scene.status()["pause"] or scene.stopped()


def resumed(scene: Scene, _region: str) -> None:
    """Nothing stops automation."""
    assert scene.status()["pause"] is None
    assert scene.stopped() is None


OF_ORDERS: Mapping[str, Callable[[Scene, str], None]] = {
    "failover": moved,
    "failback": returned,
    "takeover": ours,
    "pin": pinned,
    "release": released,
    "pause": paused,
    "resume": resumed,
}


def answer(done: Done) -> Mapping[str, Any]:
    """What the control function answered to an event that was sent by aws or sam."""
    found, _ = json.JSONDecoder().raw_decode(done.out)
    return found


def well_ended(scene: Scene, command: str, done: Done) -> None:
    """The exit code of `linode-failover` is the one that its manual has for what is so."""
    codes = {
        "status": lambda: CODES[Headline(scene.status()["headline"])],
        "preflight": lambda: 8,  # nobody has subscribed to the topic of this world
    }
    assert done.code == codes.get(command, lambda: 0)(), done
