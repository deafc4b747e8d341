"""Every alert that operators can get, and the night in the embedded world that sends it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from failover.errors import BeatsNotSent, StoreUnavailable
from failover.health.probe import Probe, Reason
from failover.notify.events import Event
from failover.notify.kinds import Kind
from failover.staleness.replication import Finding, Link
from local.region import RegionFault
from local.world import DOMAIN
from tests.scenarios.printed.scene import VANTAGE, Scene
from tests.support.builders import having

FOREIGN, FOREIGN6 = "203.0.113.9", "2001:db8:9::9"
MOVED_ADDRESS = "198.18.0.3"
NEWER = "borrowed"
"""An event of a newer release."""


def nothing(_scene: Scene) -> None:
    """All stays as it is."""


@dataclass(frozen=True)
class Night:
    """How an alert comes about: the name is adopted under settings with these edits, and then
    something `begins`.

    `says` is what the status tells of it, where that is not the name of an incident. `first` is
    what the alert asks for before its order may be given; `region` is what a person puts into the
    order's `<region>`, and `told` is part of the answer. `ends` says that the incident is over once
    the order was followed.
    """

    begins: Callable[[Scene], object]
    says: str = ""
    edit: Callable[[str], str] = str
    stage: Callable[[Scene, "Night"], None] = lambda scene, night: scene.adopted(night.edit)
    first: Callable[[Scene], object] = nothing
    region: str = "us-west"
    told: str = ""
    ends: bool = True


# Settings.


def edited(*changes: tuple[str, str]) -> Callable[[str], str]:
    """An edit that replaces texts, each of which must be there."""

    def edit(text: str) -> str:
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        return text

    return edit


def service(line: str) -> tuple[str, str]:
    """One more line of the service."""
    return "[[service]]\n", f"[[service]]\n{line}\n"


def vantages(*names: str) -> tuple[str, str]:
    return 'vantages = ["eu-west-1"]', f"vantages = {list(names)}".replace("'", '"')


NEW_REVISION = ("revision = 1\n", "revision = 2\n")
MULTIVALUE = ('routing = "failover"', 'routing = "multivalue"')
DATA = (
    '\n[[service.region]]\nname = "us-east"',
    '\n[service.data]\ntable = "orders"\nmax_age = "60s"\n\n[[service.region]]\nname = "us-east"',
)
LABEL = ('ipv4 = "198.18.0.1"\nipv6 = "fd00::31:1"', 'nodebalancer = "lb-us-east"')
LABEL_WEST = ('ipv4 = "198.18.0.2"\nipv6 = "fd00::31:2"', 'nodebalancer = "lb-us-west"')


# What goes wrong.


def down(*names: str) -> Callable[[Scene], None]:
    """Regions die."""

    def begin(scene: Scene) -> None:
        for name in names:
            scene.world.regions[name].fault = RegionFault.REFUSE

    return begin


def well(scene: Scene) -> None:
    """Every region is healthy again, and seen to be."""
    for region in scene.world.regions.values():
        region.fault = None
    scene.until(scene.all_healthy, "all regions are healthy")


def left_and_well(scene: Scene) -> None:
    """The first region dies, the name leaves it, and it comes back."""
    down("us-east")(scene)
    scene.until(lambda: scene.serves_from("us-west"), "the failover")
    well(scene)


def ordered(*lines: str) -> Callable[[Scene], None]:
    """An operator gives orders."""

    def begin(scene: Scene) -> None:
        for line in lines:
            scene.types(f"linode-failover {line} {scene.stack}")

    return begin


def pointed(*addresses: str) -> Callable[[Scene], None]:
    """Somebody changes the records, A before AAAA."""

    def begin(scene: Scene) -> None:
        for record, address in zip(scene.world.record_ids(), addresses, strict=False):
            scene.world.linode.set_target(record, address)

    return begin


def both(*deeds: Callable[[Scene], object]) -> Callable[[Scene], None]:
    def begin(scene: Scene) -> None:
        for deed in deeds:
            deed(scene)

    return begin


def deployed(*changes: tuple[str, str], **ports: Any) -> Callable[[Scene], None]:
    """Settings with these changes are deployed."""
    return lambda scene: scene.deploy(edited(*changes), **ports)


def another_address(scene: Scene) -> None:
    """The settings get another address for the first region, which an operator puts to use."""
    scene.world.lead(MOVED_ADDRESS, scene.world.regions["us-east"].port)
    deployed(("198.18.0.1", MOVED_ADDRESS))(scene)
    scene.tick()
    ordered("failover shop us-east")(scene)


def again_and_again(scene: Scene) -> None:
    """Somebody else's tool mixes the records, whatever is done about it."""
    east, west = scene.world.places
    for _ in range(3):
        pointed(west.ipv4)(scene)
        scene.until(lambda: scene.world.targets() == [east.ipv4], "a correction")
    pointed(west.ipv4)(scene)


class Away:
    """A control table that is away whenever the first write of records is to be announced."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def write_state(self, name: str, state: Any) -> None:
        if state.publication.wrote:
            raise StoreUnavailable("the table did not answer")
        self._store.write_state(name, state)


def taken_before_it_was_adopted(scene: Scene, _night: "Night") -> None:
    """The records of an empty name are decided and not yet written, and somebody else adds some."""
    scene.begin(store=lambda world: Away(world.store))
    for record in scene.world.record_ids():
        scene.world.linode.delete_record(record)
    scene.until(scene.state, "a first decision")
    scene.deploy()
    scene.world.linode.add_record(DOMAIN, "app", "A", FOREIGN, ttl_sec=30)
    scene.world.linode.add_record(DOMAIN, "app", "AAAA", FOREIGN6, ttl_sec=30)


def two_are_published(scene: Scene, edit: Callable[[str], str]) -> None:
    """`multivalue`, with records of both regions."""
    scene.begin(edit)
    west = scene.world.places[1]
    scene.world.linode.add_record(DOMAIN, "app", "A", west.ipv4, ttl_sec=30)
    scene.world.linode.add_record(DOMAIN, "app", "AAAA", west.ipv6, ttl_sec=30)
    scene.until(scene.is_adopted, "the name is adopted")


def one_is_removed(scene: Scene) -> None:
    """Somebody makes the records of one region say the other."""
    east = scene.world.places[0]
    for record in scene.world.linode.records(DOMAIN):
        if record["target"] in ("198.18.0.2", "fd00::31:2"):
            target = east.ipv4 if record["type"] == "A" else east.ipv6
            scene.world.linode.set_target(record["id"], target)


def labelled(scene: Scene, night: "Night") -> None:
    """The regions are those of NodeBalancers."""
    scene.begin(night.edit)
    for place in scene.world.places:
        scene.balancers[place.name] = scene.world.linode.add_nodebalancer(
            f"lb-{place.name}", place.name, place.ipv4, place.ipv6
        )
    scene.until(scene.is_adopted, "the name is adopted")


def cut_off(scene: Scene) -> None:
    """Nothing can be reached."""
    down("us-east", "us-west")(scene)
    scene.world.reference.fault = RegionFault.REFUSE


def never_served(scene: Scene) -> None:
    """Linode renders nothing any more, and the region dies."""
    scene.world.linode.render_delay = 86400.0
    down("us-east")(scene)


def stale(scene: Scene) -> None:
    """The heartbeats have found the data of the second region too old, twice."""
    now = scene.clock.now()
    link = Link(600.0, now + 60.0, over_since=now - 60.0)
    scene.container.world.store.write_finding(
        "shop", Finding(VANTAGE, "us-west-2", now + 60.0, links={"us-east-1": link})
    )


def missing_and_refused(scene: Scene) -> None:
    """A record is gone, and the token's user may not add one."""
    scene.world.linode.restrict()
    scene.world.linode.delete_record(scene.world.record_ids()[1])


def preflights(scene: Scene) -> None:
    """Two preflights, half an hour apart, find a dead standby."""
    down("us-west")(scene)
    for _ in range(2):
        scene.tick()
        scene.types(f"linode-failover preflight --quiet {scene.stack}; test $? = 8")
        scene.clock.leap(1500.0)
        scene.tick()


class Refusing:
    """A queue that takes nothing."""

    def send(self, *_: object) -> None:
        raise BeatsNotSent("the queue is gone")


class Deaf:
    """Probes of a vantage that cannot reach one region."""

    def __init__(self, prober: Any, address: str) -> None:
        self._prober, self._address = prober, address

    def probe(self, service: Any, aws_region: Any, address: str) -> Probe:
        if address == self._address:
            return Probe(Reason.REFUSED, "as seen from there", 0.01)
        return self._prober.probe(service, aws_region, address)

    def reachable(self, *given: Any) -> bool:
        return self._prober.reachable(*given)


def contradicted(scene: Scene) -> None:
    """A second vantage joins, which cannot reach the first region."""
    deployed(vantages("eu-west-1", "us-west-2"), NEW_REVISION)(scene)
    east = scene.world.places[0].ipv4
    scene.beside.append(scene.vantage("us-west-2", prober=lambda w: Deaf(w.prober, east)))


def of_a_newer_release(scene: Scene) -> None:
    """Another vantage reports something that this release does not know."""
    before = scene.state()
    assert before
    event = Event("1", scene.clock.now(), NEWER, {})
    scene.container.world.store.write_state(
        "shop", having(before, version=before.version + 1, pending=(event,))
    )


NIGHTS: Mapping[str, Night] = {
    "published/unhealthy": Night(down("us-east"), "unhealthy: us-east", first=well),
    "published/failback": Night(
        left_and_well,
        "failback from us-west to us-east is written",
        edit=edited(service('failback = "automatic"\nfailback_after = "5m"')),
    ),
    "published/operator": Night(ordered("pin shop us-west --until 1h"), "pinned"),
    "published/address": Night(another_address, MOVED_ADDRESS),
    "published/drift": Night(
        pointed("198.18.0.2"), "was corrected: records for us-east are written"
    ),
    "adopted/external": Night(
        pointed("198.18.0.2", "fd00::31:2"), "was pointed at us-west by somebody", region="us-east"
    ),
    "pin_ended": Night(
        both(ordered("pin shop us-east --until 1h"), pointed("198.18.0.2", "fd00::31:2")),
        "the pin on us-east ended",
    ),
    NEWER: Night(of_a_newer_release, "an event that this release does not know"),
    Kind.NO_HEALTHY_REGION: Night(down("us-east", "us-west")),
    Kind.QUORUM_LOST: Night(
        deployed(vantages("eu-west-1", "us-west-2", "ap-south-1"), NEW_REVISION), ends=False
    ),
    Kind.SPLIT_VERDICT: Night(contradicted),
    Kind.ADOPTION_HELD: Night(nothing, stage=taken_before_it_was_adopted),
    Kind.DRIFT: Night(pointed(FOREIGN, FOREIGN6)),
    Kind.DRIFT_BLOCKS_FAILOVER: Night(both(pointed(FOREIGN, FOREIGN6), down("us-east"))),
    Kind.DRIFT_PERSISTS: Night(again_and_again, ends=False),
    Kind.PINNED_UNHEALTHY: Night(both(ordered("pin shop us-east --until 1h"), down("us-east"))),
    Kind.PAUSED_UNHEALTHY: Night(
        both(ordered("pause shop --until 1h", "pause --everything --until 1h"), down("us-east")),
    ),
    Kind.FLIP_BUDGET_SPENT: Night(
        left_and_well, edit=edited(service("flip_budget = 1")), ends=False
    ),
    Kind.SETTINGS_DIFFER: Night(deployed(('"2s"', '"3s"'))),
    Kind.FAILOVER_FAILED: Night(
        both(lambda scene: scene.world.linode.rotate_token(), down("us-east"))
    ),
    Kind.CREATE_REFUSED: Night(missing_and_refused),
    Kind.WOULD_SWITCH: Night(down("us-east"), edit=edited(('"act"', '"observe"'))),
    Kind.BLIND: Night(cut_off),
    Kind.IPV6_UNMANAGED: Night(
        deployed(('ipv6 = "fd00::31:1"\n', ""), ('ipv6 = "fd00::31:2"\n', ""), NEW_REVISION)
    ),
    Kind.BALANCER_CHANGED: Night(
        lambda scene: scene.world.linode.set_nodebalancer(
            scene.balancers["us-east"], ipv4=MOVED_ADDRESS
        ),
        stage=labelled,
        edit=edited(LABEL, LABEL_WEST),
    ),
    Kind.BALANCER_MISSING: Night(
        lambda scene: scene.world.linode.delete_nodebalancer(scene.balancers.pop("us-east")),
        stage=labelled,
        edit=edited(LABEL, LABEL_WEST),
    ),
    Kind.DATA_UNKNOWN: Night(
        nothing, edit=edited(DATA), told="no heartbeat was ever recorded", ends=False
    ),
    Kind.REGION_EXCLUDED: Night(
        one_is_removed, stage=lambda scene, _: two_are_published(scene, edited(MULTIVALUE))
    ),
    Kind.DUPLICATE_RECORDS: Night(
        lambda scene: scene.world.linode.add_record(DOMAIN, "app", "A", "198.18.0.1", ttl_sec=30),
    ),
    Kind.RECORDS_UNREAD: Night(lambda scene: scene.world.linode.rotate_token()),
    Kind.NOT_SERVED: Night(never_served),
    Kind.STANDBY_UNHEALTHY: Night(down("us-west")),
    Kind.FAILOVER_HELD: Night(
        both(stale, down("us-east")),
        edit=edited(DATA, ('max_age = "60s"', 'max_age = "60s"\naccept_stale_after = "1h"')),
        first=stale,
    ),
    Kind.TOKEN_REFUSED: Night(lambda scene: scene.world.linode.rotate_token()),
    Kind.ZONE_DISABLED: Night(
        lambda scene: scene.world.linode.set_domain(DOMAIN, status="disabled")
    ),
    Kind.BEATS_MISSING: Night(lambda scene: scene.deploy(beats=lambda _: Refusing())),
    Kind.PREFLIGHT_FAILED: Night(preflights, told="region_unhealthy", ends=False),
}
"""By the kind of incident, or by the row of the catalogue where it is none."""


def about(name: str) -> str:
    """The row of the catalogue."""
    return f"incident/{name}" if name in set(Kind) else name
