"""Troubles that a certain mutant cannot live through: chance alone would meet them too seldom.

Each is a function of a seed: what matters is fixed, and everything else is left to chance. The code
as it is holds every guarantee in all of them.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace

from failover.health.probe import Reason
from failover.settings.model import Failback, Service
from tests.simulation import deeds as d
from tests.simulation import troubles as t
from tests.simulation.script import FOR_GOOD, FOREIGN, VANTAGES, Run
from tests.simulation.universe import Illness, Setting, Trouble
from tests.support.builders import EAST, EAST6, SHOP, SHOP6, SOUTH, WEST

ILL = Illness(Reason.REFUSED)
RETURNS = replace(SHOP, failback=Failback.AUTOMATIC, failback_after=60.0)
FURTHER = 3
"""With so many shards the shop is not in the first one."""

Scene = Callable[[random.Random], tuple[Setting, list[Trouble]]]


def played(name: str, seed: int) -> Run:
    """One way in which a scene can go."""
    setting, troubles = SCENES[name](random.Random(f"{name} {seed}"))
    return Run(seed, setting, tuple(troubles), tuple(range(len(troubles))))


def _setting(rng: random.Random, service: Service = SHOP, vantages: int = 3) -> Setting:
    return Setting(
        service=service,
        vantages=VANTAGES[:vantages],
        skews=tuple(rng.uniform(-2.0, 2.0) for _ in range(vantages)),
        offsets=tuple(rng.uniform(0.0, 10.0) for _ in range(vantages)),
        records=(EAST.ipv4,) if service is not SHOP6 else (EAST6.ipv4, str(EAST6.ipv6)),
        troubled=800.0,
    )


def _late(likely: float) -> Scene:
    """East falls, some writes to west are on their way for minutes, and east has come back."""

    def scene(rng: random.Random) -> tuple[Setting, list[Trouble]]:
        return _setting(rng, RETURNS), [
            t.Sick(60.0, 45.0, EAST.ipv4, ILL),
            t.Faults(70.0, 400.0, "linode", "latest", 400.0),
            t.Faults(70.0, 40.0, "linode", "late", likely),
        ]

    return scene


def _lagging(rng: random.Random) -> tuple[Setting, list[Trouble]]:
    """East comes back; for a few seconds every other list still says west."""
    return _setting(rng, RETURNS), [
        t.Sick(60.0, 45.0, EAST.ipv4, ILL),
        t.Faults(30.0, 600.0, "linode", "stale", 0.9),
    ]


def _late_lists(rng: random.Random) -> tuple[Setting, list[Trouble]]:
    """East falls and comes back, and lists are a minute late all the time."""
    return _setting(rng, RETURNS), [
        t.Faults(30.0, 600.0, "linode", "lag", 60.0),
        t.Sick(60.0, 45.0, EAST.ipv4, ILL),
    ]


def _half_written(rng: random.Random) -> tuple[Setting, list[Trouble]]:
    """Whoever moves the pair dies between its halves; until Linode answers again, east is well."""
    dies = (t.Stumbles(61.0, 60.0, v, "PUT", 2, after=False) for v in VANTAGES)
    return _setting(rng, SHOP6), [
        t.Sick(60.0, 20.0, EAST6.ipv4, ILL),
        *dies,
        t.Faults(90.0, 120.0, "linode", "refused", 1.0),
    ]


def _dead_mans_vote(rng: random.Random) -> tuple[Setting, list[Trouble]]:
    """Only one vantage sees east fail, and dies; minutes later only one other one does."""
    seen_by = [replace(ILL, seen_by=frozenset({v})) for v in VANTAGES]
    return _setting(rng), [
        t.Sick(60.0, FOR_GOOD, EAST.ipv4, seen_by[1]),
        t.Lost(120.0, FOR_GOOD, VANTAGES[1], "away"),
        t.Sick(rng.uniform(420.0, 500.0), FOR_GOOD, EAST.ipv4, seen_by[2]),
    ]


def _disagreement(rng: random.Random) -> tuple[Setting, list[Trouble]]:
    """One of two vantages sees east fail."""
    ill = replace(ILL, seen_by=frozenset({VANTAGES[1]}))
    return _setting(rng, vantages=2), [t.Sick(rng.uniform(150.0, 200.0), FOR_GOOD, EAST.ipv4, ill)]


def _doubtful_candidate(rng: random.Random) -> tuple[Setting, list[Trouble]]:
    """East dies. One of two vantages has seen west fail for a while, and south is well."""
    ill = replace(ILL, seen_by=frozenset({VANTAGES[1]}))
    return _setting(rng, vantages=2), [
        t.Sick(60.0, FOR_GOOD, WEST.ipv4, ill),
        t.Sick(rng.uniform(250.0, 300.0), FOR_GOOD, EAST.ipv4, ILL),
    ]


def _alone(rng: random.Random) -> tuple[Setting, list[Trouble]]:
    """Two of three vantages are gone for long, and the one that is left sees east die."""
    return _setting(rng), [
        t.Lost(60.0, 700.0, VANTAGES[1], "away"),
        t.Lost(60.0, 700.0, VANTAGES[2], "away"),
        t.Sick(rng.uniform(400.0, 500.0), FOR_GOOD, EAST.ipv4, ILL),
    ]


def _half_by_hand(rng: random.Random) -> tuple[Setting, list[Trouble]]:
    """Somebody adds a record of another region, and leaves it at that."""
    return _setting(rng), [d.ByHand(rng.uniform(100.0, 300.0), 400.0, (EAST.ipv4, WEST.ipv4))]


def _blind(rng: random.Random) -> tuple[Setting, list[Trouble]]:
    """One vantage sees nothing at all, and another one sees east fail."""
    ill = replace(ILL, seen_by=frozenset({VANTAGES[1]}))
    return _setting(rng), [
        t.Lost(170.0, 500.0, VANTAGES[0], "blind"),
        t.Sick(rng.uniform(250.0, 300.0), 300.0, EAST.ipv4, ill),
    ]


def _stopped(rng: random.Random) -> tuple[Setting, list[Trouble]]:
    """A region dies while a person has said stop."""
    return _setting(rng), [
        d.Ordered(60.0, 500.0, "pause", service=rng.choice(("shop", "*"))),
        t.Sick(100.0, FOR_GOOD, EAST.ipv4, ILL),
    ]


def _pinned(rng: random.Random) -> tuple[Setting, list[Trouble]]:
    """The region dies that a person has pinned."""
    return _setting(rng), [
        d.Ordered(60.0, FOR_GOOD, "pin", region="west"),
        t.Sick(rng.uniform(120.0, 200.0), FOR_GOOD, WEST.ipv4, ILL),
    ]


def _untold(rng: random.Random) -> tuple[Setting, list[Trouble]]:
    """Nobody can be told of a failover, and a person moves the name on."""
    return _setting(rng), [
        t.Sick(60.0, FOR_GOOD, EAST.ipv4, ILL),
        t.Faults(60.0, 500.0, "phones", "away", value=True),
        d.ByHand(rng.uniform(200.0, 300.0), 10.0, (SOUTH.ipv4,)),
    ]


def _older_settings(rng: random.Random) -> tuple[Setting, list[Trouble]]:
    """The first vantage has new settings, and the two others are the first to see a region die."""
    ill = replace(ILL, seen_by=frozenset(VANTAGES[1:]))
    return _setting(rng), [
        d.Deployed(80.0, FOR_GOOD, "ttl", 300.0),
        t.Sick(rng.uniform(200.0, 300.0), FOR_GOOD, EAST.ipv4, ill),
    ]


def _refused_token(rng: random.Random) -> tuple[Setting, list[Trouble]]:
    """Linode takes the token no more, and says which."""
    return _setting(rng, vantages=1), [t.Secrets(60.0, 200.0, "refused")]


def _no_store(rng: random.Random) -> tuple[Setting, list[Trouble]]:
    """The secret store is away for longer than a token is used without asking for it anew."""
    return _setting(rng, vantages=1), [t.Secrets(30.0, 700.0, "away")]


def _asleep(call: int) -> Scene:
    """Whoever moves the name falls asleep at one of its first writes to the table, longer than a
    claim lives and with one clock standing still; who takes over does so, too."""

    def scene(rng: random.Random) -> tuple[Setting, list[Trouble]]:
        ill, freeze = t.Sick(60.0, FOR_GOOD, EAST.ipv4, ILL), rng.uniform(42.0, 55.0)
        stumbles = (
            t.Stumbles(
                61.0, 60.0, v, "write_state", call, after=True, freeze=freeze, clock_stops=True
            )
            for v in VANTAGES
        )
        return _setting(rng), [ill, *stumbles]

    return scene


def _in_between(rng: random.Random) -> tuple[Setting, list[Trouble]]:
    """Nothing can be written, and meanwhile somebody points the name elsewhere."""
    return _setting(rng), [
        t.Sick(60.0, FOR_GOOD, EAST.ipv4, ILL),
        t.Faults(60.0, 60.0, "linode", "refused", 1.0),
        d.ByHand(rng.uniform(90.0, 110.0), 400.0, (FOREIGN,), EAST.ipv4),
    ]


def _no_list(rng: random.Random) -> tuple[Setting, list[Trouble]]:
    """Somebody adds a record, then nothing can be read, and the name is moved on order."""
    return _setting(rng), [
        d.ByHand(60.0, 400.0, (EAST.ipv4, WEST.ipv4)),
        t.Faults(100.0, 400.0, "linode", "reads_fail", value=True),
        d.Ordered(rng.uniform(200.0, 250.0), 10.0, "failover", region="south"),
    ]


def _beats_late_and_twice(rng: random.Random) -> tuple[Setting, list[Trouble]]:
    """Those of older seeds arrive after newer ones, and each comes twice."""
    return _setting(rng), [
        *(t.Queued(60.0, 500.0, vantage, "late", 20.0) for vantage in VANTAGES),
        *(t.Queued(60.0, 500.0, vantage, "doubled", 1.0) for vantage in VANTAGES),
        t.Sick(200.0, 100.0, EAST.ipv4, ILL),
    ]


def _no_beats(rng: random.Random) -> tuple[Setting, list[Trouble]]:
    """Nothing is delivered for a while, as in October 2025, and a region dies meanwhile."""
    away = rng.choice(("away", "stuck"))
    return _setting(rng), [
        *(t.Queued(60.0, 500.0, vantage, away, value=True) for vantage in VANTAGES),
        t.Sick(rng.uniform(320.0, 480.0), FOR_GOOD, EAST.ipv4, ILL),
    ]


def _in_a_further_shard(rng: random.Random) -> tuple[Setting, list[Trouble]]:
    """The service is not in the shard that the schedule starts, beats are late, and for one
    vantage they do not come."""
    troubles = [
        *(t.Queued(60.0, 400.0, vantage, "late", 3.0) for vantage in VANTAGES[:2]),
        t.Queued(120.0, 300.0, VANTAGES[2], "stuck", value=True),
        t.Sick(rng.uniform(200.0, 400.0), 200.0, EAST.ipv4, ILL),
    ]
    return replace(_setting(rng), shards=FURTHER), troubles


SCENES: Mapping[str, Scene] = {
    "all writes are late": _late(1.0),
    "every other write is late": _late(0.5),
    "lists lag behind": _lagging,
    "lists are a minute late": _late_lists,
    "half is written": _half_written,
    "a dead man's vote": _dead_mans_vote,
    "two vantages disagree": _disagreement,
    "two vantages disagree about a candidate": _doubtful_candidate,
    "one vantage is alone": _alone,
    "a vantage is blind": _blind,
    "people said stop": _stopped,
    "settings differ": _older_settings,
    "a pin": _pinned,
    "nobody can be told": _untold,
    "the token is refused": _refused_token,
    "the secret store is away": _no_store,
    "asleep after the claim": _asleep(1),
    "asleep before a write": _asleep(2),
    "a person comes in between": _in_between,
    "half of a change by hand": _half_by_hand,
    "no list": _no_list,
    "beats come late and twice": _beats_late_and_twice,
    "the queue stands still": _no_beats,
    "a further shard": _in_a_further_shard,
}
