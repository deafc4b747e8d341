"""From one number to one run: the setting, and the script of what goes wrong in it."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from failover.health.probe import Reason
from failover.settings.model import Addresses, Failback, Routing, Service
from tests.simulation import deeds as d
from tests.simulation import further, wider
from tests.simulation import troubles as t
from tests.simulation.observer import Observer
from tests.simulation.universe import Illness, Setting, Trouble, Universe
from tests.support.builders import SHOP, SHOP6

VANTAGES = ("eu-west-1", "eu-central-1", "ap-south-1")
REASONS = (Reason.REFUSED, Reason.STATUS, Reason.DEADLINE, Reason.CONNECT_TIMEOUT, Reason.TLS)
FOREIGN = "203.0.113.9"
FOR_GOOD = 1e6
WIDER = 0.35
"""How many of the runs are in the wider world."""
OPS = (
    "any",
    "write_state",
    "PUT",
    "POST",
    "GET",
    "read",
    "write_ballot",
    "take_over",
    "look",
    "send",
)


@dataclass(frozen=True)
class Run:
    """One run, as a value: to be run, told, and made smaller."""

    seed: int
    setting: Setting
    script: tuple[Trouble, ...]
    kept: tuple[int, ...]
    kinds: tuple[str, ...] = ()

    @classmethod
    def of(cls, seed: int, kept: Sequence[int] | None = None) -> "Run":
        """The run that a seed stands for, or with only some of its troubles."""
        rng = random.Random(f"script {seed}")
        setting = _setting(rng)
        if rng.random() < WIDER:
            setting = further.shared(rng, _wider(rng, setting))
            setting, kinds, script = wider.script(rng, setting)
        else:
            setting, kinds, script = _script(rng, setting)
        chosen = tuple(range(len(script))) if kept is None else tuple(kept)
        return cls(seed, setting, script, chosen, kinds)

    def run(self, traced: bool = False) -> Universe:
        """Let it take its course."""
        universe = Universe(self.setting, self.seed, traced)
        universe.say(f"=== {self.setting.told}")
        universe.say(
            f"=== what can go wrong here: {', '.join(self.kinds) or 'what the story says'}"
        )
        universe.run([self.script[i] for i in self.kept if i < len(self.script)])
        return universe

    def judged(self) -> Observer:
        """Who has seen it."""
        return self.run().observer

    @property
    def command(self) -> str:
        """What replays it."""
        everything = self.kept == tuple(range(len(self.script)))
        kept = "" if everything else f" KEEP={','.join(map(str, self.kept)) or 'none'}"
        return f"make simulate SEED={self.seed}{kept}"


def _setting(rng: random.Random) -> Setting:
    vantages = VANTAGES[: rng.choice((1, 2, 3, 3))]
    service = rng.choice((SHOP, SHOP, SHOP6))
    if rng.random() < 0.3:
        service = replace(service, regions=service.regions[:2])
    service = replace(
        service,
        routing=rng.choice((Routing.FAILOVER, Routing.FAILOVER, Routing.MULTIVALUE)),
        failback=rng.choice(tuple(Failback)),
        failback_after=rng.choice((60.0, 300.0)),
        flip_budget=rng.choice((2, 4, 4)),
        ttl=rng.choice((30, 30, 120)),
    )
    together = rng.random() < 0.4
    return Setting(
        service=service,
        vantages=vantages,
        skews=tuple(rng.uniform(-4.0, 4.0) for _ in vantages),
        offsets=tuple(0.0 if together else rng.uniform(0.0, 60.0) for _ in vantages),
        records=_records(rng, service),
        troubled=rng.choice((300.0, 500.0, 800.0)),
        mixed=rng.random() < 0.2,
        paced=rng.random() < 0.8,
    )


def _wider(rng: random.Random, setting: Setting) -> Setting:
    """The same in the wider world: the clocks are nearly right, and there is more time."""
    troubled, quiet = wider.lives(rng)
    several = rng.random() < 0.4
    service = setting.service
    if several:
        service = replace(service, routing=Routing.MULTIVALUE)
    return replace(
        setting,
        service=service,
        skews=tuple(skew / 2 for skew in setting.skews),
        records=wider.thinned(rng, setting.records),
        troubled=troubled,
        quiet=quiet,
        mixed=False,
    )


def _records(rng: random.Random, service: Service) -> tuple[str, ...]:
    """Mostly the first region's; sometimes none, or another's."""
    dice = rng.random()
    if dice < 0.1:
        return ()
    regions = service.regions if service.routing is Routing.MULTIVALUE else service.regions[:1]
    if dice < 0.2:
        regions = service.regions[1:2]
    found: list[Addresses] = [region.addresses for region in regions]
    return tuple([a.ipv4 for a in found] + [a.ipv6 for a in found if a.ipv6])


def _script(rng: random.Random, setting: Setting) -> wider.Script:
    """A few troubles of one theme, half of them close together: they meet in one publication."""
    made: list[Trouble] = []
    theme = wider.swarm(rng, THEMES[rng.choice(tuple(THEMES))])
    centre = rng.uniform(40.0, setting.troubled * 0.8)
    for _ in range(rng.randint(2, 8)):
        make = rng.choices(tuple(theme), tuple(theme.values()))[0]
        start = rng.uniform(20.0, setting.troubled * 0.95)
        if rng.random() < 0.5:
            start = min(centre + rng.uniform(-20.0, 40.0), setting.troubled * 0.95)
        lasts = rng.choice((rng.uniform(3, 30), rng.uniform(30, 120), rng.uniform(100, 400)))
        made += make(rng, setting, round(start, 2), round(lasts, 2))
    return setting, wider.named(theme), tuple(sorted(made, key=lambda trouble: trouble.start))


def _sick(rng: random.Random, setting: Setting, start: float, lasts: float) -> list[Trouble]:
    """One region, or all: fully, half, for some only; at once, in waves, or for good."""
    regions = [region.addresses.ipv4 for region in setting.service.regions]
    hit = rng.choice((regions[:1], regions[:1], [rng.choice(regions)], regions))
    seen_by = frozenset({rng.choice(setting.vantages)}) if rng.random() < 0.2 else None
    illness = Illness(rng.choice(REASONS), half=rng.random() < 0.2, seen_by=seen_by)
    if rng.random() < 0.2:
        return [t.Sick(start, FOR_GOOD, hit[0], illness)]
    shift = rng.choice((0.0, 0.0, round(rng.uniform(5, 60), 2)))
    waves = rng.choice((1, 1, 1, 3))
    return [
        t.Sick(round(start + shift * i + 2 * lasts * wave, 2), lasts, address, illness)
        for wave in range(waves)
        for i, address in enumerate(hit)
        if start + shift * i + 2 * lasts * wave < setting.troubled
    ]


def _table(rng: random.Random, _: Setting, start: float, lasts: float) -> list[Trouble]:
    fault = rng.choice(("lost", "late", "throttled", "slow"))
    return [t.Faults(start, lasts, "table", fault, rng.choice((0.05, 0.3, 0.9)))]


def _writes(rng: random.Random, _: Setting, start: float, lasts: float) -> list[Trouble]:
    """Linode loses requests or answers, or carries them out late."""
    fault = rng.choice(("lost", "late", "late", "hung", "error"))
    latest = t.Faults(start, lasts, "linode", "latest", rng.choice((60.0, 120.0, 400.0)))
    return [latest, t.Faults(start, lasts, "linode", fault, rng.choice((0.3, 0.6, 0.9)))]


def _linode(rng: random.Random, _: Setting, start: float, lasts: float) -> list[Trouble]:
    fault, value = rng.choice(
        (
            ("throttled", 0.3),
            ("throttled", 0.9),
            ("refused", 0.5),
            ("reads_fail", True),
            ("may_create", False),
            ("least_ttl", 300),
            ("render_delay", 400.0),
            ("stale", 0.5),
            ("lag", 60.0),
            ("lists", "503"),
            ("latest", 400.0),
        )
    )
    return [t.Faults(start, lasts, "linode", str(fault), value)]


def _lost(rng: random.Random, setting: Setting, start: float, lasts: float) -> list[Trouble]:
    """Cut off, blind or away; of several vantages one may stay so."""
    what = rng.choice(("cut_off", "blind", "away"))
    vantage = rng.choice(setting.vantages)
    if len(setting.vantages) > 1 and vantage == setting.vantages[-1] and rng.random() < 0.5:
        lasts = FOR_GOOD
    return [t.Lost(start, lasts, vantage, what)]


def _stumbles(rng: random.Random, setting: Setting, start: float, lasts: float) -> list[Trouble]:
    """At one of the next calls; mostly soon after a region has begun to fail."""
    freeze = rng.choice((0.0, 0.0, rng.uniform(1, 9), rng.uniform(28, 70)))
    vantage, op = rng.choice(setting.vantages), rng.choice(OPS)
    after, stops = rng.random() < 0.5, rng.random() < 0.5
    stumble = t.Stumbles(start, lasts, vantage, op, rng.randint(1, 4), after, freeze, stops)
    if rng.random() < 0.5:
        return [stumble]
    region = rng.choice(setting.service.regions).addresses.ipv4
    return [t.Sick(start, lasts + 60, region, Illness(Reason.REFUSED)), stumble]


def _publisher(rng: random.Random, setting: Setting, start: float, lasts: float) -> list[Trouble]:
    """A region fails, and whoever publishes because of it dies or falls asleep in doing so."""
    region = rng.choice(setting.service.regions[:2]).addresses.ipv4
    op, after = rng.choice((("write_state", True), ("write_state", True), ("PUT", False)))
    freeze, stops = rng.choice((0.0, rng.uniform(31, 75))), rng.random() < 0.5
    nth = rng.randint(1, 3)
    return [
        t.Sick(start, lasts + 30, region, Illness(Reason.REFUSED)),
        *(t.Stumbles(start + 1, lasts, v, op, nth, after, freeze, stops) for v in setting.vantages),
    ]


def _halt(rng: random.Random, setting: Setting, start: float, lasts: float) -> list[Trouble]:
    freeze = rng.choice((0.0, rng.uniform(1, 15), rng.uniform(30, 80)))
    return [t.Halt(start, lasts, rng.choice(setting.vantages), freeze, rng.random() < 0.5)]


def _irregular(rng: random.Random, setting: Setting, start: float, lasts: float) -> list[Trouble]:
    vantage = rng.choice(setting.vantages)
    return [t.Irregular(start, lasts, vantage, rng.choice((0.0, 59.0)), rng.random() < 0.5)]


def _queued(rng: random.Random, setting: Setting, start: float, lasts: float) -> list[Trouble]:
    """The queue takes nothing or delivers nothing, loses, doubles or delays, for one or for all."""
    if not setting.paced:
        return []
    fault, value = rng.choice(
        (
            ("away", True),
            ("stuck", True),
            ("stuck", True),
            ("lost", 0.5),
            ("doubled", 0.5),
            ("late", 4.0),
            ("late", 40.0),
        )
    )
    vantages = rng.choice((setting.vantages, (rng.choice(setting.vantages),)))
    return [t.Queued(start, lasts, vantage, fault, value) for vantage in vantages]


def _by_hand(rng: random.Random, setting: Setting, start: float, lasts: float) -> list[Trouble]:
    regions = [region.addresses.ipv4 for region in setting.service.regions]
    one = rng.choice(regions)
    said = rng.choice(((one,), (one,), tuple(regions), (FOREIGN,), (one, FOREIGN), ()))
    return [d.ByHand(start, lasts, said, one if rng.random() < 0.8 else "")]


def _ordered(rng: random.Random, setting: Setting, start: float, lasts: float) -> list[Trouble]:
    region = rng.choice(setting.service.regions).name
    command = rng.choice(("pin", "pin", "pause", "gate", "failover", "failback", "takeover"))
    if command == "gate":
        return [d.Ordered(start, lasts, "pause", "*")]
    named = region if command in ("pin", "failover") else ""
    return [d.Ordered(start, lasts, command, region=named)]


def _phones(_rng: random.Random, _: Setting, start: float, lasts: float) -> list[Trouble]:
    return [t.Faults(start, lasts, "phones", "away", value=True)]


def _deployed(rng: random.Random, _: Setting, start: float, lasts: float) -> list[Trouble]:
    change = rng.choice(("ttl", "address", "dropped", "observe"))
    return [d.Deployed(start, lasts, change, round(rng.uniform(0, 60), 2))]


def _upgraded(rng: random.Random, setting: Setting, start: float, lasts: float) -> list[Trouble]:
    return [t.Upgraded(start, lasts, rng.choice(setting.vantages))] if setting.mixed else []


def _secrets(rng: random.Random, _: Setting, start: float, lasts: float) -> list[Trouble]:
    return [t.Secrets(start, lasts, rng.choice(("away", "rotated", "refused")))]


THEMES: Mapping[str, Mapping[wider.Make, int]] = {
    "anything": {
        _sick: 30,
        _stumbles: 14,
        _writes: 7,
        _linode: 7,
        _table: 9,
        _lost: 9,
        _halt: 6,
        _by_hand: 7,
        _ordered: 5,
        _irregular: 4,
        _queued: 8,
        _deployed: 4,
        _upgraded: 4,
        _secrets: 2,
        _phones: 3,
    },
    "writes": {
        _sick: 30,
        _writes: 30,
        _publisher: 8,
        _stumbles: 7,
        _halt: 6,
        _linode: 6,
        _ordered: 5,
    },
    "crashes": {
        _sick: 20,
        _publisher: 20,
        _stumbles: 25,
        _halt: 15,
        _table: 10,
        _irregular: 5,
        _writes: 5,
        _queued: 15,
    },
    "votes": {_sick: 40, _lost: 25, _irregular: 10, _table: 10, _halt: 5, _queued: 15},
    "people": {_sick: 25, _phones: 5, _ordered: 20, _by_hand: 20, _writes: 6, _linode: 6},
    "changes": {_sick: 25, _deployed: 15, _upgraded: 10, _secrets: 12, _linode: 5, _by_hand: 4},
}
"""What goes wrong together, and how often each kind of it."""
