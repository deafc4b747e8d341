"""Every refusal of an order, and how an operator in the embedded world meets it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from failover.decision.guard import Hold
from failover.errors import StoreConflict
from failover.publication.parts import Cause, Claim, Phase
from local.world import DOMAIN
from tests.scenarios.printed.nights import (
    DATA,
    FOREIGN,
    FOREIGN6,
    LABEL,
    LABEL_WEST,
    MULTIVALUE,
    NEW_REVISION,
    both,
    deployed,
    down,
    edited,
    nothing,
    ordered,
    pointed,
    stale,
    two_are_published,
)
from tests.scenarios.printed.scene import VANTAGE, Scene
from tests.support.builders import having

ASKED = "failover shop us-west"
NOT_ENOUGH_TO_WAIT, NOT_ENOUGH_TO_PUBLISH = 30.0, 20.0
"""Seconds that an invocation may have left for an order to wait for a claim, or to be followed."""


@dataclass(frozen=True)
class Refusal:
    """What `begins`, and the order that is refused then.

    `then` is what happens before the line of the refusal is typed; `to` is the region that the
    name points at after it. `advice` is what there is where no command passes it.
    """

    begins: Callable[[Scene], object]
    order: str = ASKED
    stage: Callable[[Scene], object] = Scene.adopted
    then: Callable[[Scene], object] = nothing
    to: str | None = "us-west"
    advice: str | None = None


def seconds(left: float) -> Callable[[Scene], None]:
    """So much time is left to whoever invokes the control function."""
    return lambda scene: setattr(scene.control, "timeout", left)


def time_enough(scene: Scene) -> None:
    """As much as the template gives it; and what was under way is over."""
    scene.control.timeout = 60.0
    scene.clock.leap(120.0)
    scene.deploy()


def writing(cause: Cause, region: str) -> Callable[[Scene], None]:
    """Another vantage is writing a change."""

    def begin(scene: Scene) -> None:
        state = scene.state()
        assert state
        place = next(
            each for each in scene.container.settings.services[0].regions if each.name == region
        )
        going = replace(
            state.publication,
            generation=state.publication.generation + 1,
            phase=Phase.PUBLISHING,
            cause=cause,
            targets={region: place.addresses},
            claim=Claim("us-west-2", "another", scene.clock.now() + 40.0),
        )
        after = replace(state, version=state.version + 1, publication=going)
        scene.container.world.store.write_state("shop", after)

    return begin


class Contended:
    """A control table in which somebody else always changes the decision first. `whose` is what
    that was."""

    def __init__(self, store: Any, whose: Callable[[Any], Any]) -> None:
        self._store, self._whose = store, whose

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def write_state(self, name: str, _state: Any) -> None:
        before = self._store.read(name).state
        self._store.write_state(name, self._whose(replace(before, version=before.version + 1)))
        raise StoreConflict("another version is there")


def contended(whose: Callable[[Any], Any] = lambda state: state) -> Callable[[Scene], None]:
    return lambda scene: scene.deploy(store=lambda world: Contended(world.store, whose))


def ordered_first(state: Any) -> Any:
    """The decision with another person's order on record."""
    return having(state, commands=(*state.orders.commands, "another"))


def a_cname(scene: Scene) -> None:
    """The name is an alias of another one, whatever was there before."""
    for record in scene.world.record_ids():
        scene.world.linode.delete_record(record)
    scene.world.linode.add_record(DOMAIN, "app", "CNAME", "www.shop.test", ttl_sec=30)


def unread(scene: Scene) -> None:
    """Somebody points the name elsewhere, and no record can be read by its id."""
    pointed(FOREIGN, FOREIGN6)(scene)
    scene.world.linode.fail(method="GET", path=r"/records/\d+$", status=500)


def seen_dead(*names: str) -> Callable[[Scene], None]:
    """Regions die, and the votes say so."""

    def begin(scene: Scene) -> None:
        down(*names)(scene)
        scene.until(
            lambda: {scene.status()["regions"][n]["verdict"] for n in names} == {"unhealthy"},
            "the death is seen",
        )

    return begin


def one_without_an_address(scene: Scene) -> None:
    """The settings get a region that has no NodeBalancer yet."""
    scene.deploy(
        lambda text: (
            f'{text}\n[[service.region]]\nname = "us-mid"\naws_region = "us-east-2"\n'
            'nodebalancer = "lb-us-mid"\n'
        )
    )


def several(scene: Scene) -> None:
    two_are_published(scene, edited(MULTIVALUE))


def newer_elsewhere(scene: Scene) -> None:
    """Another vantage has newer settings, and votes by them."""
    old = scene.world.settings_file.read_text(encoding="utf-8")
    deployed(NEW_REVISION)(scene)
    scene.tick()
    scene.world.settings_file.write_text(old, encoding="utf-8")
    scene.container = scene.vantage(VANTAGE)


REFUSALS: Mapping[tuple[Hold, str], Refusal] = {
    (Hold.MODE, "observe"): Refusal(
        nothing,
        stage=lambda scene: scene.adopted(edited(('"act"', '"observe"'))),
        advice='set mode = "act" and deploy',
    ),
    (Hold.SETTINGS_REVISION, "older"): Refusal(
        newer_elsewhere, advice="deploy the newest settings to every vantage"
    ),
    (Hold.CLAIM, "automation"): Refusal(
        both(writing(Cause.UNHEALTHY, "us-west"), seconds(NOT_ENOUGH_TO_WAIT)), then=time_enough
    ),
    (Hold.CLAIM, "a person"): Refusal(writing(Cause.OPERATOR, "us-east"), then=time_enough),
    (Hold.REGION, "none is named"): Refusal(nothing, order="failover shop", stage=several, to=None),
    (Hold.REGION, "without an address"): Refusal(
        one_without_an_address, order="failover shop us-mid", advice=""
    ),
    (Hold.ROUTING, "without an end"): Refusal(nothing, stage=several, to=None),
    (Hold.ROUTING, "several and an end"): Refusal(
        pointed(FOREIGN), order="takeover shop --until 1h", stage=several, to=None
    ),
    (Hold.PIN, "another region"): Refusal(ordered("pin shop us-east --until 1h"), to="us-east"),
    (Hold.HEALTH, "dead"): Refusal(seen_dead("us-west")),
    (Hold.HEALTH, "forced without an end"): Refusal(seen_dead("us-west"), order=f"{ASKED} --force"),
    (Hold.DATA, "stale"): Refusal(
        stale, stage=lambda scene: scene.adopted(edited(DATA)), then=stale
    ),
    (Hold.RECORDS, "a CNAME"): Refusal(a_cname, advice="linode-cli domains records-delete"),
    (Hold.RECORDS, "not read one by one"): Refusal(
        unread,
        order="takeover shop us-west",
        then=lambda scene: scene.world.linode.heal(),
    ),
    (Hold.RECORDS, "nothing to take over"): Refusal(nothing, order="takeover shop us-west"),
    (Hold.FOREIGN, "foreign"): Refusal(pointed(FOREIGN, FOREIGN6)),
    (Hold.CANDIDATES, "nobody"): Refusal(seen_dead("us-east", "us-west"), order="failover shop"),
    (Hold.NODEBALANCER, "unknown"): Refusal(
        nothing, stage=lambda scene: scene.begin(edited(LABEL, LABEL_WEST)), advice=""
    ),
    (Hold.DECISION, "none"): Refusal(
        nothing, order="pause shop --until 1h", stage=Scene.begin, to=None
    ),
    (Hold.ANOTHER_ORDER, "first"): Refusal(
        contended(ordered_first), order="pause shop --until 1h", then=time_enough, to=None
    ),
    (Hold.TIME, "too little"): Refusal(seconds(NOT_ENOUGH_TO_PUBLISH), then=time_enough),
    (Hold.TABLE, "changed"): Refusal(
        contended(), order="pause shop --until 1h", then=time_enough, to=None
    ),
}
"""By the hold, and which of its cases it is."""
