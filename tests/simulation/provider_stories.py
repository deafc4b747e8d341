"""Stories of providers and deployments: what breaks in half, lags, or gets half of the way.

Each is told as those of `liveness_stories` are.
"""

from collections.abc import Mapping
from dataclasses import replace

from failover.health.probe import Reason
from failover.settings.model import Data
from tests.simulation.balancers import Gone
from tests.simulation.further import neighbour
from tests.simulation.half_way import HalfWay
from tests.simulation.liveness_stories import LIVES, TWO, E, Life, S, W, at, dead, linode
from tests.simulation.script import FOR_GOOD
from tests.simulation.troubles import Behind, Secrets, Sick
from tests.simulation.universe import Illness
from tests.support.builders import EAST6, SHOP, SHOP6

BESIDE = tuple(neighbour(name, SHOP, shared=True) for name in ("cart", "pay", "mail"))
MANY = tuple(neighbour(f"desk{n}", TWO, shared=True) for n in range(6))
APART = (neighbour("pay", SHOP, shared=False),)
THIN = Illness(Reason.BACKENDS)
E6 = str(EAST6.ipv6)
AAAA_BREAKS = linode(60.0, FOR_GOOD, "half", ("AAAA", 503))

OF_PROVIDERS: Mapping[str, Life] = {
    # Settings that get half of the way.
    "a file with an error is deployed, and the region dies": Life(
        SHOP,
        (E,),
        (HalfWay(60.0, 1e6, "ttl", 20.0, 1, 1), dead(E, 600.0)),
        900.0,
        at(W),
        vantages=3,
    ),
    "every vantage gets a file with an error, and later a good one": Life(
        TWO,
        (E,),
        (HalfWay(60.0, 300.0, "ttl", 20.0, 0, 2), dead(E, 200.0)),
        700.0,
        at(W),
        vantages=2,
    ),
    "the deployment stops after the first vantage": Life(
        SHOP,
        (E,),
        (HalfWay(60.0, 1e6, "ttl", 20.0, 1, 0), dead(E, 700.0)),
        1000.0,
        at(W),
        vantages=3,
    ),
    # Half of a pair.
    "no AAAA record can be changed, and the region dies": Life(
        SHOP6, (E, E6), (AAAA_BREAKS, dead(E, 100.0)), 900.0, at(W)
    ),
    "no AAAA record can be changed, and two regions die one after the other": Life(
        SHOP6, (E, E6), (AAAA_BREAKS, dead(E, 100.0), dead(W, 300.0)), 900.0, at(S)
    ),
    "no A record can be changed for a while, and the region dies": Life(
        SHOP6,
        (E, E6),
        (linode(60.0, 300.0, "half", ("A", 500)), dead(E, 100.0)),
        900.0,
        at(W),
    ),
    # Name servers.
    "a name server is stuck at an older answer": Life(
        TWO, (E,), (linode(50.0, FOR_GOOD, "stuck", 3000.0), dead(E, 100.0)), 1200.0, at(W)
    ),
    "a site of the name servers keeps the old answer for its TTL": Life(
        replace(TWO, ttl=120),
        (E,),
        (linode(50.0, FOR_GOOD, "cached", 1.0), dead(E, 200.0, 100.0)),
        1500.0,
        at(W),
    ),
    # Services that share the zone, the token and its limits.
    "a region dies in which every service of the zone is": Life(
        SHOP, (E,), (dead(E, 200.0),), 500.0, at(W), vantages=3, neighbours=BESIDE
    ),
    "a region of another service in the zone dies": Life(
        SHOP, (E,), (dead("198.51.100.1", 200.0),), 500.0, at(E), neighbours=APART
    ),
    "the services are in three shards, and the region dies": Life(
        SHOP, (E,), (dead(E, 200.0),), 900.0, at(W), vantages=2, neighbours=BESIDE, shards=3
    ),
    "every region of seven services in one zone is dead": Life(
        TWO, (E,), (dead(E, 100.0), dead(W, 100.0)), 300.0, at(E), vantages=3, neighbours=MANY
    ),
    "other programs use up the lists, and the region dies": Life(
        SHOP,
        (E,),
        (linode(100.0, FOR_GOOD, "crowd", 200), dead(E, 300.0)),
        900.0,
        at(W),
        vantages=3,
    ),
    # Regions that name their NodeBalancers.
    "too few back ends of a region are up": Life(
        SHOP, (E,), (Sick(200.0, FOR_GOOD, E, THIN),), 500.0, at(W), labels=True
    ),
    "the balancer of a region is gone": Life(
        SHOP, (E,), (Gone(100.0, FOR_GOOD, "east"), dead(E, 900.0)), 1200.0, at(W), labels=True
    ),
    # Data.
    "the region dies, and the data of the next one is old": Life(
        replace(SHOP, data=Data("shop", max_age=60.0, accept_stale_after=60.0)),
        (E,),
        (Behind(50.0, FOR_GOOD, "us-west-2"), dead(E, 200.0)),
        500.0,
        at(S),
    ),
    # What the token's user may do.
    "a new token after changes were forbidden": Life(
        TWO,
        (E,),
        (
            linode(90.0, 300.0, "granted", value=False),
            dead(E, 100.0, 60.0),
            Secrets(400.0, 1.0, "rotated"),
        ),
        1500.0,
    ),
}

EVERY_LIFE = {**LIVES, **OF_PROVIDERS}
