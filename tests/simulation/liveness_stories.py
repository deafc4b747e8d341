"""One story for each class of fault that keeps a failover from happening, or nobody is told of.

Each is short and leaves nothing to chance. The judges of whole histories watch it; where a story
has one good end, `ends_at` is what the name says in the end.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from failover.health.probe import Reason
from failover.settings.model import Data, Failback, Routing, Service
from tests.simulation.deeds import ByHand, Deployed, Ordered, Recreated, Tool
from tests.simulation.script import FOR_GOOD, FOREIGN, VANTAGES, Run
from tests.simulation.troubles import (
    Behind,
    Faults,
    Lost,
    Secrets,
    Sick,
    Stumbles,
    Unrendered,
    WrongClock,
)
from tests.simulation.universe import Illness, Setting, Trouble, Universe
from tests.support.builders import EAST, EAST6, SHOP, SHOP6, SOUTH, SOUTH6, WEST, WEST6

DEAD = Illness(Reason.REFUSED)
E, W, S = EAST.ipv4, WEST.ipv4, SOUTH.ipv4
TWO = replace(SHOP, regions=SHOP.regions[:2])
TWO6 = replace(SHOP6, regions=SHOP6.regions[:2])
SEVERAL = replace(SHOP, routing=Routing.MULTIVALUE)
BOTH = replace(TWO, routing=Routing.MULTIVALUE)
RETURNS = replace(SHOP, failback=Failback.AUTOMATIC, failback_after=300.0)


@dataclass(frozen=True)
class Life:
    """A service, its records, what happens, for how long (seconds), and how it must end. Ticks that
    are not `paced` by beats stay awake."""

    service: Service
    records: tuple[str, ...]
    troubles: tuple[Trouble, ...]
    lasts: float
    ends_at: frozenset[str] | None = None
    vantages: int = 1
    told: frozenset[str] = field(default_factory=frozenset)
    paced: bool = True
    neighbours: tuple[Service, ...] = ()
    shards: int = 1
    labels: bool = False

    def run(self) -> Universe:
        """The whole of it, told."""
        universe = Universe(self.setting, seed=0, traced=True)
        universe.run(self.troubles)
        return universe

    def as_run(self, seed: int) -> Run:
        """The same to be hunted in: a seed changes no more than the smallest things."""
        return Run(seed, self.setting, self.troubles, tuple(range(len(self.troubles))))

    @property
    def setting(self) -> Setting:
        """The clocks agree; nothing else goes wrong."""
        return Setting(
            service=self.service,
            vantages=VANTAGES[: self.vantages],
            skews=(0.0,) * self.vantages,
            offsets=tuple(3.0 * number for number in range(self.vantages)),
            records=self.records,
            troubled=self.lasts,
            quiet=120.0,
            paced=self.paced,
            neighbours=self.neighbours,
            shards=self.shards,
            labels=self.labels,
        )


def dead(address: str, start: float, lasts: float = FOR_GOOD) -> Sick:
    """An address is dead for everybody."""
    return Sick(start, lasts, address, DEAD)


def narrow(start: float = 0.0) -> Faults:
    """The token's user may not add records."""
    return Faults(start, FOR_GOOD, "linode", "may_create", value=False)


def linode(start: float, lasts: float, fault: str, value: object) -> Faults:
    """Linode answers badly."""
    return Faults(start, lasts, "linode", fault, value)


def at(*addresses: str) -> frozenset[str]:
    """What the name must say in the end."""
    return frozenset(addresses)


def flaps(address: str, start: float, times: int, down: float, up: float) -> tuple[Sick, ...]:
    """A region comes and goes."""
    return tuple(dead(address, start + i * (down + up), down) for i in range(times))


LIVES: Mapping[str, Life] = {
    # The records cannot be read.
    "a wrong token since the installation": Life(
        TWO, (E,), (Secrets(0.0, FOR_GOOD, "refused"), dead(E, 900.0)), 1500.0
    ),
    "a token that is revoked later": Life(
        TWO, (E,), (Secrets(300.0, FOR_GOOD, "refused"), dead(E, 1300.0)), 1700.0
    ),
    "a token that may only read from now on": Life(
        TWO, (E,), (linode(300.0, FOR_GOOD, "may_write", value=False),), 1200.0
    ),
    "no record can be read": Life(
        TWO, (E,), (linode(300.0, FOR_GOOD, "reads_fail", value=True),), 1200.0
    ),
    "lists are refused, and a region dies": Life(
        TWO, (E,), (linode(200.0, FOR_GOOD, "lists", "503"), dead(E, 500.0)), 800.0, at(W)
    ),
    "lists are refused while a record is missing, and a region dies": Life(
        TWO6,
        (E,),
        (narrow(), linode(300.0, FOR_GOOD, "lists", "503"), dead(E, 900.0)),
        1300.0,
        at(W),
    ),
    "a person adds a record, lists are refused, and a region dies": Life(
        BOTH,
        (E, W),
        (ByHand(200.0, 1.0, (W, W)), linode(420.0, FOR_GOOD, "lists", "429"), dead(W, 900.0)),
        1300.0,
        at(E),
    ),
    # A token that may change records and add none.
    "several regions and one record": Life(BOTH, (E,), (narrow(), dead(E, 900.0)), 1300.0, at(W)),
    "several regions and two records of three": Life(
        SEVERAL, (E, W), (narrow(), dead(E, 900.0)), 1300.0
    ),
    "several regions for twenty minutes, and back to one": Life(
        TWO,
        (E,),
        (
            narrow(),
            Deployed(100.0, 1200.0, "routing", 0.0, back=True),
            dead(E, 1700.0),
        ),
        2200.0,
        at(W),
    ),
    "a missing AAAA record that may not be added": Life(
        TWO6, (E,), (narrow(), dead(E, 2500.0)), 3000.0, at(W)
    ),
    "several regions with a missing AAAA record": Life(
        replace(TWO6, routing=Routing.MULTIVALUE),
        (E, W),
        (narrow(), dead(W, 2500.0)),
        3000.0,
        at(E),
    ),
    "several regions, one record, and every region is healthy": Life(
        BOTH, (E,), (narrow(),), 600.0, at(E)
    ),
    "a person leaves one of several records, and none may be added": Life(
        replace(SHOP6, routing=Routing.MULTIVALUE),
        (E, W, S, str(EAST6.ipv6), str(WEST6.ipv6), str(SOUTH6.ipv6)),
        (narrow(), ByHand(300.0, 1.0, (S,))),
        900.0,
        at(S),
    ),
    "the token is narrowed between two failovers": Life(
        BOTH,
        (E, W),
        (dead(W, 100.0, 200.0), narrow(500.0), dead(E, 900.0)),
        1300.0,
        at(W),
    ),
    "an empty name that may not be added to, and a person adds a record": Life(
        SHOP, (), (narrow(), ByHand(300.0, 1.0, (S,))), 700.0, at(S)
    ),
    "an empty name that may not be added to, and a person corrects the record they added": Life(
        SHOP, (), (narrow(), ByHand(300.0, 700.0, (FOREIGN,), S)), 1300.0, at(S)
    ),
    # A person takes a region out.
    "an exclusion is reported": Life(SEVERAL, (E, W, S), (ByHand(300.0, 1.0, (E, E, S)),), 1300.0),
    "an excluded region is better than none": Life(
        BOTH, (E, W), (ByHand(300.0, 1.0, (E, E)), dead(E, 900.0)), 1300.0, at(W)
    ),
    "an exclusion ends with the routing": Life(
        BOTH,
        (E, W),
        (
            ByHand(300.0, 1.0, (E, E)),
            Deployed(700.0, FOR_GOOD, "routing", 0.0),
            dead(E, 1300.0),
        ),
        1700.0,
        at(W),
    ),
    # Settings.
    "a retry does not write an address that the settings lost": Life(
        SHOP,
        (E,),
        (
            dead(E, 100.0),
            linode(100.0, 300.0, "refused", 1.0),
            Deployed(250.0, FOR_GOOD, "second dropped", 0.0),
        ),
        600.0,
        at(S),
    ),
    "a retry does not write an address that has changed": Life(
        TWO,
        (E,),
        (
            dead(E, 100.0),
            linode(100.0, 300.0, "refused", 1.0),
            dead(W, 240.0),
            Deployed(250.0, FOR_GOOD, "second address", 0.0),
        ),
        800.0,
        at("192.0.2.12"),
    ),
    "a healthy region that the settings lost is not called unhealthy": Life(
        SHOP, (E,), (Deployed(200.0, FOR_GOOD, "dropped", 0.0, raised=False),), 700.0, at(E)
    ),
    "a region is dropped at one vantage after the other": Life(
        SHOP,
        (E,),
        (Deployed(200.0, FOR_GOOD, "dropped", 200.0, raised=False),),
        900.0,
        at(E),
        vantages=3,
    ),
    "a revision that was not raised": Life(
        TWO, (E,), (Deployed(200.0, FOR_GOOD, "address", 0.0, raised=False),), 1000.0
    ),
    "one of several regions dies, and the other one has a new address": Life(
        BOTH,
        (E, W),
        (Deployed(200.0, FOR_GOOD, "second address", 0.0, raised=False), dead(E, 700.0)),
        1000.0,
        at("192.0.2.12"),
    ),
    "dead at the old address, healthy at the new one": Life(
        SHOP,
        (E,),
        (
            dead(E, 195.0),
            Deployed(200.0, FOR_GOOD, "address", 0.0),
        ),
        700.0,
    ),
    # Written and not served.
    "the zone is never rendered": Life(
        TWO, (E,), (Unrendered(50.0, FOR_GOOD), dead(E, 100.0)), 1200.0
    ),
    "the zone is never rendered, and a person switches by hand": Life(
        TWO, (E,), (Unrendered(50.0, FOR_GOOD), ByHand(100.0, 1.0, (W,))), 1200.0
    ),
    "the zone is disabled": Life(
        TWO, (E,), (linode(100.0, FOR_GOOD, "disabled", value=True),), 1000.0
    ),
    "the zone was disabled before": Life(
        TWO, (E,), (linode(0.0, FOR_GOOD, "disabled", value=True),), 1000.0
    ),
    # Held while a region is dead.
    "stale data is waited for": Life(
        replace(TWO, data=Data("shop", max_age=60.0, accept_stale_after=900.0)),
        (E,),
        (Behind(60.0, FOR_GOOD, "us-west-2"), dead(E, 300.0)),
        1500.0,
        at(W),
    ),
    "a standby is dead": Life(TWO, (E,), (dead(W, 100.0),), 1000.0, at(E)),
    "a pause while one of several regions is dead": Life(
        BOTH, (E, W), (Ordered(200.0, FOR_GOOD, "pause"), dead(W, 300.0)), 700.0
    ),
    "a dead region is left by hand during a pause": Life(
        TWO,
        (E,),
        (Ordered(200.0, FOR_GOOD, "pause"), dead(E, 300.0), ByHand(400.0, 1.0, (W,))),
        1300.0,
        at(W),
    ),
    "a pause while the only region is dead": Life(
        TWO, (E,), (Ordered(200.0, FOR_GOOD, "pause"), dead(E, 300.0)), 700.0
    ),
    "a name that is never adopted": Life(TWO, (E, FOREIGN), (), 1300.0),
    # Failback.
    "failback goes all the way": Life(
        RETURNS,
        (E,),
        (dead(E, 100.0, 1200.0), dead(W, 300.0, 300.0)),
        2300.0,
        at(E),
    ),
    "nobody asked for a failback": Life(
        replace(TWO, failback_after=300.0), (E,), (dead(E, 100.0, 60.0),), 700.0, at(W)
    ),
    "failback is limited": Life(
        replace(RETURNS, failback_after=60.0, flip_budget=2),
        (E,),
        flaps(E, 100.0, 3, 60.0, 240.0),
        1300.0,
    ),
    # Votes.
    "one failed probe is no failure": Life(TWO, (E,), (dead(E, 208.0, 4.0),), 400.0, at(E)),
    "one good probe is no recovery": Life(
        TWO,
        (E,),
        (dead(W, 30.0, 317.0), dead(W, 353.0), dead(E, 250.0)),
        500.0,
        at(E),
    ),
    # The table.
    "the table is made anew in the middle of a tick": Life(
        TWO, (E,), (Recreated(650.0, 1.0), dead(E, 900.0)), 1300.0, at(W), paced=False
    ),
    "the table is made anew in the middle of a failover": Life(
        TWO6,
        (E, str(EAST6.ipv6)),
        (
            dead(E, 400.0),
            Stumbles(400.0, 60.0, VANTAGES[0], "PUT", 2, after=False),
            Recreated(430.0, 1.0),
        ),
        900.0,
    ),
    # People and tools.
    "a person wins after lost replies": Life(
        TWO,
        (E,),
        (
            dead(E, 100.0, 120.0),
            linode(395.0, 60.0, "lost", 1.0),
            Ordered(400.0, FOR_GOOD, "failback"),
            dead(E, 600.0, 150.0),
            ByHand(2000.0, 1.0, (E,)),
        ),
        2700.0,
        at(E),
    ),
    "a record is changed while a takeover reads it": Life(
        TWO,
        (E,),
        (ByHand(200.0, 1.0, (W,)), Ordered(400.0, FOR_GOOD, "takeover"), ByHand(400.18, 1.0, (E,))),
        600.0,
        at(W),
    ),
    "a tool sets the record back to a dead region": Life(
        TWO, (E,), (dead(E, 100.0), Tool(200.0, 900.0, E, 4, 20.0)), 1000.0, at(W)
    ),
    "an order for a name that was never adopted": Life(
        TWO,
        (E, FOREIGN),
        (Ordered(200.0, FOR_GOOD, "takeover"), linode(200.3, 20.0, "refused", 1.0)),
        700.0,
        at(E),
    ),
    "a pin for a name that was never adopted": Life(
        TWO,
        (E, W),
        (Ordered(200.0, FOR_GOOD, "pin", region="west"), linode(200.3, 20.0, "refused", 1.0)),
        700.0,
        at(W),
    ),
    # Limits.
    "a region that flaps does not keep a dead one published": Life(
        replace(SEVERAL, flip_budget=4),
        (E, W, S),
        (*flaps(E, 100.0, 2, 40.0, 160.0), dead(S, 540.0)),
        900.0,
    ),
    "a dead region is left however often it was": Life(
        replace(TWO, flip_budget=2),
        (E,),
        (dead(E, 100.0, 60.0), dead(W, 300.0, 60.0), dead(E, 500.0)),
        900.0,
        at(W),
    ),
    # Linode does not answer.
    "requests get no answer while a region dies": Life(
        TWO, (E,), (dead(E, 100.0), linode(100.0, 200.0, "hung", 1.0)), 600.0, at(W)
    ),
    # Lists that lag behind.
    "records are created once, however late lists are": Life(
        TWO, (), (linode(0.0, FOR_GOOD, "lag", 40.0),), 300.0, at(E)
    ),
    "the second of two creations fails while lists are late": Life(
        TWO6,
        (),
        (
            linode(0.0, FOR_GOOD, "lag", 40.0),
            Stumbles(0.0, 60.0, VANTAGES[0], "write_state", 3, after=True, freeze=10.0),
            linode(15.0, 15.0, "refused", 1.0),
        ),
        400.0,
        at(E),
    ),
    "a failover while lists are a minute late": Life(
        TWO, (E,), (linode(100.0, FOR_GOOD, "lag", 60.0), dead(E, 300.0)), 800.0, at(W)
    ),
    "a pin while lists are fifteen seconds late": Life(
        TWO,
        (E,),
        (linode(100.0, FOR_GOOD, "lag", 15.0), Ordered(300.0, FOR_GOOD, "pin", region="west")),
        700.0,
        at(W),
    ),
    # What comes and goes.
    "a condition that comes and goes is one incident": Life(
        TWO, (E,), (dead(E, 100.0), *flaps(W, 300.0, 12, 60.0, 200.0)), 3500.0
    ),
    # Clocks and vantages.
    "a publisher dies with its claim, and its clock was an hour fast": Life(
        TWO,
        (E,),
        (
            WrongClock(200.0, 180.0, VANTAGES[0], 3600.0),
            dead(E, 300.0),
            Stumbles(300.0, 80.0, VANTAGES[0], "write_state", 1, after=True),
        ),
        1000.0,
        at(W),
        vantages=3,
    ),
    "one of three vantages is gone": Life(
        TWO, (E,), (Lost(100.0, FOR_GOOD, VANTAGES[2], "away"), dead(E, 600.0)), 900.0, at(W), 3
    ),
}
