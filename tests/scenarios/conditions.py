"""The conditions that the alarms are there for, each as a night in which it comes and goes."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

from failover.health.probe import Reason
from failover.preflight.report import Report
from failover.settings.model import UNRESOLVED, Addresses, Data, Region
from tests.support.nights import Night
from tests.support.virtual import Hub
from tests.support.world import MemoryProber, refused, unavailable
from tests.unit.app.stage import EAST, SHOP, WEST

NORTH = Addresses("127.0.1.3")
FAULTY = "an address with a fault of the prober in it"
SHELF = replace(
    SHOP,
    name="shelf",
    record="shelf.shop.test",
    regions=(Region("north", "us-east-1", NORTH), SHOP.regions[1]),
)
"""A neighbour in the same settings, with a first region of its own."""

LINK = ("us-east-1", "us-west-2")
"""How the data gets from the first region to the second."""

THREE = ("eu-west-1", "eu-central-1", "eu-west-3")


@dataclass(frozen=True)
class Condition:
    """What is wrong, and the alarms that must go off for it, in the AWS region of each vantage.

    `stage` makes the night; `begins` and `ends` are given it. The alarms go off `within` so many
    minutes, and nothing else does. `minutes` after it began all is well again; `after` are the
    alarms that its end sets off.
    """

    alarms: frozenset[str]
    begins: Callable[[Night], object]
    ends: Callable[[Night], object] = lambda night: None
    within: float = 2
    minutes: float = 15
    stage: Callable[..., Night] = Night
    elsewhere: frozenset[str] | None = None
    after: frozenset[str] = frozenset()

    def night(self, **settings: Any) -> Night:
        """The night, played with these settings."""
        night = self.stage(**settings)
        return night.play(partial(self.begins, night), partial(self.ends, night), self.minutes)


class Crashing(MemoryProber):
    """Has a fault of its own in it, for one address, once FAULTY is down."""

    def __init__(self, hub: Hub, address: str) -> None:
        super().__init__(hub)
        self.address = address

    def probe(self, service: Any, aws_region: Any, address: str) -> Any:
        if address == self.address and FAULTY in self.down:
            raise KeyError("nobody thought of this")
        return super().probe(service, aws_region, address)


def neighbours(**settings: Any) -> Night:
    """Two services, and a fault that only one of them will run into."""
    night = Night(services=(SHOP, SHELF), **settings)
    night.dns.add("shelf", "A", NORTH.ipv4)
    night.first.prober = Crashing(night.hub, NORTH.ipv4)
    return night


def alone(**settings: Any) -> Night:
    """One service, and a fault that it will run into."""
    night = Night(**settings)
    night.first.prober = Crashing(night.hub, EAST.ipv4)
    return night


def labelled(**settings: Any) -> Night:
    """The neighbour's first region is a NodeBalancer that the account does not have yet."""
    lost = replace(SHELF.regions[0], addresses=UNRESOLVED, nodebalancer="lb-north")
    services = (SHOP, replace(SHELF, regions=(lost, SHELF.regions[1])))
    night = Night(services=services, **settings)
    night.dns.add("shelf", "A", NORTH.ipv4)
    return night


def late(**settings: Any) -> Night:
    """A schedule that starts ticks as late as it may."""
    night = Night(**settings)
    night.late = (0.0, 59.0, 20.0)
    return night


def everything_down(night: Night) -> None:
    night.down(Reason.REFUSED, EAST.ipv4, WEST.ipv4)


def cut_off(night: Night) -> None:
    everything_down(night)
    night.first.prober.references = False


def sees_again(night: Night) -> None:
    night.up()
    night.first.prober.references = True


def dead_and_unwritable(night: Night) -> None:
    night.down(Reason.REFUSED, EAST.ipv4)
    night.dns.on_write = refused(401)


def writable(night: Night) -> None:
    night.dns.on_write = lambda: None


def unreadable(**settings: Any) -> Night:
    """The token has been wrong since the installation."""
    night = Night(**settings)
    night.dns.on_list = refused(401)
    return night


def readable(night: Night, fault: Callable[[], None] = lambda: None) -> None:
    """Lists and reads by id work again, or both end in a fault."""
    night.dns.on_list = night.dns.on_get = fault


def preflight(night: Night, errors: int = 0) -> None:
    """The last preflight found so many errors."""
    vantage = night.settings.vantages[0]
    night.store.preflights["shop", vantage] = Report(vantage, night.hub.now(), errors=errors)


def foreign(**settings: Any) -> Night:
    """The record has said an address of nobody's settings since before the installation."""
    night = Night(**settings)
    night.dns.set(101, "203.0.113.9")
    return night


def dead_and_unconfirmed(night: Night) -> None:
    """A region dies while a list shows another record, which cannot be read by its id."""
    night.down(Reason.REFUSED, EAST.ipv4)
    night.dns.records[201] = replace(night.dns.records[101], id=201, address="203.0.113.9")
    night.dns.on_get = unavailable


def well_and_confirmed(night: Night) -> None:
    night.up()
    night.dns.on_get = lambda: None
    del night.dns.records[201]


def dead_and_never_served(night: Night) -> None:
    night.down(Reason.REFUSED, EAST.ipv4)
    night.witness.served_after = math.inf


def two_of_three_away(night: Night) -> None:
    for vantage in night.vantages[1:]:
        vantage.started = vantage.gone
        night.store.runners[vantage.name] += 1


def all_back(night: Night) -> None:
    for vantage in night.vantages:
        vantage.started = vantage.tick


def settings_refused(night: Night) -> None:
    night.stop()
    night.first.started = lambda: night.first.refused({"FAILOVER_CONFIG": "/nowhere.toml"})


def nobody_is_told(night: Night) -> None:
    """The topic takes nothing, and somebody points the name elsewhere, which is an alert."""
    night.alerts.away = True
    night.dns.set(101, WEST.ipv4)


def stopped(night: Night) -> None:
    night.stop()
    night.first.started = night.first.gone


def order(night: Night, command: str, **keys: str) -> None:
    """An event to the control function, which follows it."""
    night.first.ordered({"command": command, **keys, "by": "ana", "reason": "maintenance"})


def replicated(**settings: Any) -> Night:
    """The shop's data is in a global table, whose age is measured every minute."""
    data = Data(table="orders", max_age=60.0, accept_stale_after=0.0)
    return Night(services=(replace(SHOP, data=data),), **settings)


BLIND = partial(Night, references=("https://api.linode.com/v4/regions",))

CONDITIONS: Mapping[str, Condition] = {
    "failover": Condition(
        frozenset({"failover"}), lambda n: n.down(Reason.REFUSED, EAST.ipv4), Night.up
    ),
    "failed publication": Condition(
        frozenset({"failover-failed"}),
        dead_and_unwritable,
        writable,
        after=frozenset({"failover"}),
        within=4,
    ),
    "no healthy region": Condition(frozenset({"no-healthy-region"}), everything_down, Night.up),
    "drift": Condition(
        frozenset({"not-ready"}),
        lambda n: n.dns.set(101, "203.0.113.9"),
        lambda n: n.dns.set(101, EAST.ipv4),
        within=5,
    ),
    "records that cannot be read": Condition(
        frozenset({"not-ready"}),
        partial(readable, fault=refused(401)),
        readable,
        within=8,
    ),
    "a preflight that fails": Condition(
        frozenset({"not-ready"}),
        partial(preflight, errors=1),
        preflight,
        minutes=45,
        within=43,
    ),
    "records that could never be read": Condition(
        frozenset({"not-ready"}),
        lambda n: None,
        lambda n: setattr(n.dns, "on_list", lambda: None),
        stage=unreadable,
    ),
    "a name that was never adopted": Condition(
        frozenset({"not-ready"}),
        lambda n: None,
        lambda n: n.dns.set(101, EAST.ipv4),
        stage=foreign,
    ),
    "a failover that is held": Condition(
        frozenset({"failover-failed"}),
        dead_and_unconfirmed,
        well_and_confirmed,
        within=3,
        minutes=5,
        after=frozenset({"failover"}),
    ),
    "a change that is not served": Condition(
        frozenset({"failover", "failover-failed"}),
        dead_and_never_served,
        lambda n: setattr(n.witness, "served_after", 0.0),
        within=5,
    ),
    "blind": Condition(frozenset({"monitor-failing"}), cut_off, sees_again, stage=BLIND, within=5),
    "quorum lost": Condition(
        frozenset({"not-ready"}),
        two_of_three_away,
        all_back,
        stage=partial(Night, *THREE),
        elsewhere=frozenset({"dead-man"}),
        within=8,
    ),
    "split verdict": Condition(
        frozenset({"not-ready"}),
        lambda n: n.vantages[1].prober.down.update({EAST.ipv4: Reason.STATUS}),
        Night.up,
        stage=partial(Night, *THREE[:2]),
        elsewhere=frozenset({"not-ready"}),
        within=8,
    ),
    "table unavailable": Condition(
        frozenset({"monitor-failing"}),
        lambda n: setattr(n.store, "away", True),
        lambda n: setattr(n.store, "away", False),
        within=4,
    ),
    "settings refused": Condition(
        frozenset({"monitor-failing", "dead-man"}),
        settings_refused,
        all_back,
        within=6,
    ),
    "round failed": Condition(
        frozenset({"monitor-failing"}),
        lambda n: n.down(Reason.REFUSED, FAULTY),
        Night.up,
        stage=neighbours,
        within=4,
    ),
    "round failed of the only service": Condition(
        frozenset({"monitor-failing", "dead-man"}),
        lambda n: n.down(Reason.REFUSED, FAULTY),
        Night.up,
        stage=alone,
        within=6,
    ),
    "alerts not sent": Condition(
        frozenset({"alert-not-sent"}),
        nobody_is_told,
        lambda n: setattr(n.alerts, "away", False),
        within=9,
    ),
    "stopped heartbeats": Condition(
        frozenset({"heartbeat-dead-man"}),
        lambda n: setattr(n.first, "beating", n.first.gone),
        lambda n: setattr(n.first, "beating", n.first.beat),
        stage=replicated,
        within=6,
    ),
    "tables that are out of reach": Condition(
        frozenset({"heartbeat-dead-man"}),
        lambda n: n.replicas.down.update(n.replicas.names),
        lambda n: n.replicas.down.clear(),
        stage=replicated,
        within=6,
    ),
    "heartbeats that may not be written": Condition(
        frozenset({"heartbeat-dead-man"}),
        lambda n: n.replicas.read_only.update(n.replicas.names),
        lambda n: n.replicas.read_only.clear(),
        stage=replicated,
        within=6,
    ),
    "no address": Condition(
        frozenset({"monitor-failing"}),
        lambda n: None,
        lambda n: n.balancers.found.update({"lb-north": NORTH}),
        stage=labelled,
        within=4,
    ),
    "frozen by the stop switch": Condition(
        frozenset({"frozen"}),
        lambda n: order(n, "pause", service="*", until="10h"),
        lambda n: order(n, "resume", service="*"),
        minutes=80,
        within=66,
    ),
    "frozen by a pause": Condition(
        frozenset({"frozen"}),
        lambda n: order(n, "pause", service="shop", until="10h"),
        lambda n: order(n, "resume", service="shop"),
        minutes=80,
        within=66,
    ),
    "frozen by a pin": Condition(
        frozenset({"frozen"}),
        lambda n: order(n, "pin", service="shop", region="east", until="10h"),
        lambda n: order(n, "release", service="shop"),
        minutes=80,
        within=66,
    ),
    "stopped monitor": Condition(frozenset({"dead-man"}), stopped, all_back, within=6),
    "old data": Condition(
        frozenset({"replication-age"}),
        lambda n: n.replicas.cut.add(LINK),
        lambda n: n.replicas.heal(*LINK),
        stage=replicated,
        within=6,
    ),
}
"""Everything that an alarm is for. The first vantage is the one that `alarms` are told of."""

HARMLESS: Mapping[str, Condition] = {
    "nothing": Condition(frozenset(), lambda night: None),
    "ticks that come late": Condition(frozenset(), lambda night: None, stage=late),
    "a blip": Condition(
        frozenset(), lambda n: n.down(Reason.REFUSED, EAST.ipv4), Night.up, minutes=0.1
    ),
    "the death of a region that does not serve": Condition(
        frozenset(), lambda n: n.down(Reason.REFUSED, WEST.ipv4), Night.up
    ),
    "a topic that is away for four minutes": Condition(
        frozenset(), nobody_is_told, lambda n: setattr(n.alerts, "away", False), minutes=4
    ),
    "a table that is away for a minute": Condition(
        frozenset(),
        lambda n: setattr(n.store, "away", True),
        lambda n: setattr(n.store, "away", False),
        minutes=0.95,
    ),
    "a network that is away for a minute": Condition(
        frozenset(), cut_off, sees_again, minutes=0.95, stage=BLIND
    ),
    "an hour's work under a pause": Condition(
        frozenset(),
        lambda n: order(n, "pause", service="shop", until="50m"),
        minutes=55,
    ),
    "an AWS region that is gone, with its replica": Condition(
        frozenset(),
        lambda n: n.replicas.down.add("us-west-2"),
        lambda n: n.replicas.down.clear(),
        stage=replicated,
    ),
    "data that take their time": Condition(
        frozenset(),
        lambda n: n.replicas.lag.update({LINK: 40.0}),
        lambda n: n.replicas.lag.clear(),
        stage=replicated,
    ),
}
"""What nobody is to be woken for."""


NIGHTS: Mapping[str, Condition] = {**CONDITIONS, **HARMLESS}


@cache
def played(name: str, **settings: Any) -> Night:
    """The night of a condition, played once for all tests."""
    return NIGHTS[name].night(**settings)
