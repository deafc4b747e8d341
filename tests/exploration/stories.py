"""The stories whose schedules are explored: two vantages whose rounds overlap, and one change."""

from dataclasses import dataclass, replace

from failover.decision.evidence import LIST_LAG
from failover.health.probe import Reason
from failover.settings.model import Failback, Routing, Service
from tests.simulation.deeds import ByHand, Deployed, Ordered
from tests.simulation.script import FOR_GOOD, VANTAGES
from tests.simulation.troubles import Sick
from tests.simulation.universe import Illness, Setting, Trouble
from tests.support.builders import EAST, EAST6, SHOP, SHOP6, SOUTH, WEST

DEAD = Illness(Reason.REFUSED)
TWO = replace(SHOP, regions=SHOP.regions[:2])
TWO6 = replace(SHOP6, regions=SHOP6.regions[:2])
E, W, S = EAST.ipv4, WEST.ipv4, SOUTH.ipv4
BOTH_FAMILIES = (EAST6.ipv4, str(EAST6.ipv6))

PAST_THE_CLAIM = 55.0
"""Seconds of a delay: the life of a claim, the time until others take it, and their publication."""

AT_AN_EMPTY_NAME = 60.0 + LIST_LAG
"""Seconds: there, a request without a reply is not repeated before a list would show its effect."""

TOLD_WITHIN = 150.0
"""Seconds: the mark of a sender that has died, and a few rounds."""


@dataclass(frozen=True)
class Story:
    """A service and its records, what happens to them, and in which seconds of the run events may
    befall its processes. The name says one of `ends` in the end.

    The story is over when that window is, or at `over`. `delay` is for how long a task is delayed.
    `patience` is how long the end is waited for where that is longer than 40 s and two rounds.
    """

    name: str
    service: Service
    records: tuple[str, ...]
    troubles: tuple[Trouble, ...]
    since: float
    until: float
    ends: tuple[frozenset[str], ...]
    over: float = 0.0
    delay: float = PAST_THE_CLAIM
    patience: float = 0.0

    @property
    def setting(self) -> Setting:
        """Two vantages on one clock, one of them a moment behind the other."""
        return Setting(
            service=self.service,
            vantages=VANTAGES[:2],
            skews=(0.0, 0.0),
            offsets=(0.0, 0.03),
            records=self.records,
            troubled=2000.0,
            quiet=0.0,
        )


def ends(*addresses: str) -> tuple[frozenset[str], ...]:
    """One of these."""
    return tuple(frozenset({address}) for address in addresses)


def dead(address: str, start: float, lasts: float = FOR_GOOD) -> Sick:
    """An address is dead for everybody."""
    return Sick(start, lasts, address, DEAD)


ALL = (
    Story("failover", TWO6, BOTH_FAMILIES, (dead(E, 30.0),), 30.0, 52.0, ends(W)),
    Story(
        "failback",
        replace(TWO, failback=Failback.AUTOMATIC, failback_after=60.0),
        (E,),
        (dead(E, 30.0, 60.0),),
        190.0,
        212.0,
        ends(E),
    ),
    Story(
        "drift",
        SHOP,
        (E,),
        (dead(E, 30.0), ByHand(70.0, 1.0, (E,)), ByHand(80.5, 1.0, (S,))),
        65.0,
        100.0,
        ends(W, S),
    ),
    Story(
        "order",
        SHOP,
        (E,),
        (dead(E, 30.0), Ordered(40.05, 1.0, "failover", region="south")),
        36.0,
        52.0,
        ends(W, S),
    ),
    Story(
        "multivalue",
        replace(SHOP, routing=Routing.MULTIVALUE),
        (E, W, S),
        (dead(W, 30.0), dead(S, 32.0)),
        36.0,
        55.0,
        ends(E),
    ),
    Story(
        "settings",
        TWO,
        (E,),
        (Deployed(40.0, FOR_GOOD, "address", 10.0),),
        38.0,
        65.0,
        ends("192.0.2.11"),
    ),
    Story("creation", TWO6, (), (), 0.0, 20.0, ends(E), patience=AT_AN_EMPTY_NAME),
    Story("alerts", TWO, (E,), (dead(E, 30.0),), 40.5, 52.0, ends(W), patience=TOLD_WITHIN),
    Story("beats", TWO, (E,), (dead(E, 150.0),), 55.0, 95.0, ends(W), over=170.0),
    Story(
        "october",
        TWO6,
        BOTH_FAMILIES,
        (dead(E, 30.0, 45.0), Ordered(140.0, FOR_GOOD, "failback"), dead(W, 200.0)),
        40.0,
        52.0,
        ends(E),
        over=205.0,
        delay=130.0,
    ),
)
STORIES = {story.name: story for story in ALL}
