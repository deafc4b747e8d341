"""The wider world: what real accounts, real teams and real settings do to a failover.

Each maker draws a small trouble of one kind, as those of `script` do; here they last for longer.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace

from failover.health.probe import Reason
from failover.settings.model import Data, Routing, Service
from tests.simulation import deeds as d
from tests.simulation import further
from tests.simulation import troubles as t
from tests.simulation.universe import Illness, Setting, Trouble

Make = Callable[[random.Random, Setting, float, float], list[Trouble]]
Script = tuple[Setting, tuple[str, ...], tuple[Trouble, ...]]
"""Where it happens, the names of the kinds of trouble that exist there, and those drawn of them."""

FOR_GOOD = 1e6
EXISTS = 0.65
"""How likely a kind of trouble exists in a run."""

FOREIGN = "203.0.113.9"
DEAD = Illness(Reason.REFUSED)
LONG = (900.0, 1800.0, 2700.0)
"""Seconds for which a run of the wider world is troubled."""


def lives(rng: random.Random) -> tuple[float, float]:
    """For how long a run is troubled, and then quiet: most are short, some last for an hour."""
    return rng.choice((*LONG, 800.0, 800.0)), rng.choice((270.0, 270.0, 800.0))


def aged(rng: random.Random, service: Service) -> Service:
    """Mostly the application has data whose age counts, where that can be old."""
    if service.routing is not Routing.FAILOVER or rng.random() > 0.7:
        return service
    patience = rng.choice((0.0, 60.0, 600.0))
    return replace(service, data=Data("shop", max_age=60.0, accept_stale_after=patience))


def thinned(rng: random.Random, records: tuple[str, ...]) -> tuple[str, ...]:
    """Records as somebody has made them: perhaps one A record alone, perhaps no AAAA record."""
    four = tuple(address for address in records if ":" not in address)
    return rng.choice((records, records, records, four, four[:1]))


def dies(rng: random.Random, setting: Setting, start: float, lasts: float) -> list[Trouble]:
    """A region dies for everybody: for long, or for good, or coming and going."""
    regions = [region.addresses.ipv4 for region in setting.service.regions]
    address = rng.choice((regions[0], regions[0], rng.choice(regions)))
    fate = rng.choice(("once", "once", "for good", "flaps"))
    if fate == "flaps":
        down, up = rng.uniform(25.0, 60.0), rng.uniform(100.0, 160.0)
        return [
            t.Sick(round(start + i * (down + up), 2), round(down, 2), address, DEAD)
            for i in range(rng.randint(3, 7))
            if start + i * (down + up) < setting.troubled
        ]
    return [t.Sick(start, FOR_GOOD if fate == "for good" else lasts, address, DEAD)]


def narrow(rng: random.Random, _: Setting, start: float, lasts: float) -> list[Trouble]:
    """The token's user may not add records: always, or from some time on."""
    begins = rng.choice((0.0, 0.0, start))
    return [t.Faults(begins, FOR_GOOD, "linode", "may_create", value=False)]


def scopes(rng: random.Random, _: Setting, start: float, lasts: float) -> list[Trouble]:
    """The token is replaced by one that may only read."""
    return [t.Faults(start, lasts, "linode", "may_write", value=False)]


def token(rng: random.Random, _: Setting, start: float, lasts: float) -> list[Trouble]:
    """The token is revoked, or the first one was wrong; some time later there is a good one."""
    return [t.Secrets(rng.choice((0.0, start, start)), lasts, "refused")]


def lists(rng: random.Random, _: Setting, start: float, lasts: float) -> list[Trouble]:
    """Linode refuses lists, or answers nothing at all, for long; or its lists lag behind."""
    fault, value = rng.choice(
        (
            ("lists", "503"),
            ("lists", "429"),
            ("lists", "maintenance"),
            ("reads_fail", True),
            ("lag", 15.0),
            ("lag", 40.0),
            ("lag", 60.0),
        )
    )
    return [t.Faults(start, lasts, "linode", fault, value)]


def zone(rng: random.Random, _: Setting, start: float, lasts: float) -> list[Trouble]:
    """The zone is not rendered, rendered late, disabled, or one server does not answer."""
    return [
        rng.choice(
            (
                t.Unrendered(start, lasts),
                t.Unrendered(start, FOR_GOOD),
                t.Faults(start, lasts, "linode", "render_delay", value=150.0),
                t.Faults(start, lasts, "linode", "disabled", value=True),
                t.Faults(start, lasts, "linode", "silent_servers", value=1),
            )
        )
    ]


def refuses(rng: random.Random, _: Setting, start: float, lasts: float) -> list[Trouble]:
    """Linode refuses connections, for minutes."""
    return [t.Faults(start, lasts, "linode", "refused", rng.choice((0.5, 1.0)))]


def settings(rng: random.Random, setting: Setting, start: float, lasts: float) -> list[Trouble]:
    """New settings, perhaps under the old revision, perhaps taken back."""
    change = rng.choice(
        ("routing", "routing", "dropped", "second dropped", "address", "second address", "ttl")
    )
    raised, back = rng.random() < 0.75, rng.random() < 0.4
    between = round(rng.uniform(0.0, 60.0), 2)
    return [d.Deployed(start, lasts, change, between, raised, back)]


def recreated(rng: random.Random, _: Setting, start: float, lasts: float) -> list[Trouble]:
    """The table is made anew, perhaps after it was away."""
    away = t.Faults(max(start - 40.0, 1.0), 40.0, "table", "lost", value=1.0)
    return [away, d.Recreated(start, 1.0)] if rng.random() < 0.3 else [d.Recreated(start, 1.0)]


def clock(rng: random.Random, setting: Setting, start: float, lasts: float) -> list[Trouble]:
    """A clock is wrong, by a minute or by a day."""
    wrong = rng.choice((60.0, 3600.0, 86_400.0)) * rng.choice((-1.0, 1.0))
    return [t.WrongClock(start, min(lasts, 300.0), rng.choice(setting.vantages), wrong)]


def person(rng: random.Random, setting: Setting, start: float, lasts: float) -> list[Trouble]:
    """A person changes the records, or adds what is missing."""
    regions = [region.addresses.ipv4 for region in setting.service.regions]
    one = rng.choice(regions)
    said = rng.choice(((one,), (one,), (one,), tuple(regions), (FOREIGN,), (one, one)))
    return [d.ByHand(start, lasts, said, one)]


def tool(rng: random.Random, setting: Setting, start: float, lasts: float) -> list[Trouble]:
    """A tool sets the record back a few times."""
    address = rng.choice(setting.service.regions).addresses.ipv4
    times, after = rng.randint(1, 5), rng.choice((3.0, 20.0, 60.0))
    return [d.Tool(start, lasts, address, times, after)]


def order(rng: random.Random, setting: Setting, start: float, lasts: float) -> list[Trouble]:
    """A person orders something, and takes it back or not."""
    region = rng.choice(setting.service.regions).name
    command = rng.choice(("pin", "pause", "failover", "failback", "takeover"))
    named = region if command in ("pin", "failover") else ""
    ends = rng.choice((lasts, FOR_GOOD))
    return [d.Ordered(start, ends, command, region=named)]


def behind(rng: random.Random, setting: Setting, start: float, lasts: float) -> list[Trouble]:
    """The data of a region is old, where that counts."""
    return [t.Behind(start, lasts, rng.choice(setting.service.regions).aws_region)]


def absent(rng: random.Random, setting: Setting, start: float, lasts: float) -> list[Trouble]:
    """One of several vantages is gone for good, or for long."""
    if len(setting.vantages) == 1:
        return []
    ends = rng.choice((lasts, FOR_GOOD))
    return [t.Lost(start, ends, rng.choice(setting.vantages), rng.choice(("away", "cut_off")))]


BALANCERS = "balancers"
"""The theme in which the settings name balancers by label."""

THEMES: Mapping[str, Mapping[Make, int]] = {
    "an account": {
        dies: 35,
        narrow: 14,
        scopes: 4,
        token: 6,
        further.grants: 6,
        lists: 14,
        zone: 7,
        refuses: 6,
        person: 6,
        order: 3,
        recreated: 2,
    },
    "a team": {
        dies: 30,
        person: 18,
        tool: 8,
        order: 14,
        settings: 12,
        narrow: 5,
        lists: 5,
        behind: 9,
        recreated: 2,
    },
    "a life": {
        dies: 35,
        settings: 20,
        recreated: 10,
        narrow: 6,
        refuses: 8,
        absent: 6,
        person: 5,
        behind: 9,
        lists: 5,
    },
    "providers": {
        dies: 35,
        further.halves: 14,
        further.servers: 14,
        further.crowd: 8,
        further.half_way: 16,
        zone: 6,
        lists: 6,
        person: 4,
        order: 4,
        refuses: 4,
    },
    BALANCERS: {
        dies: 25,
        further.thin: 25,
        further.gone: 15,
        lists: 8,
        refuses: 5,
        person: 5,
        order: 5,
        absent: 5,
    },
    "clocks": {dies: 40, clock: 30, absent: 8, order: 6, lists: 5},
}
"""What goes wrong together in the wider world."""


def swarm(rng: random.Random, theme: Mapping[Make, int]) -> Mapping[Make, int]:
    """The kinds of trouble of a theme that exist in one run: what is rare beside everything else
    is frequent where little else exists."""
    kinds = [make for make in theme if rng.random() < EXISTS]
    return {make: theme[make] for make in kinds or [rng.choice(tuple(theme))]}


def named(theme: Mapping[Make, int]) -> tuple[str, ...]:
    """What these kinds of trouble are called."""
    return tuple(make.__name__.strip("_") for make in theme)


def script(rng: random.Random, setting: Setting) -> Script:
    """Some troubles of one theme, and time for each of them to show."""
    name = rng.choices(tuple(THEMES), (4, 4, 4, 4, 2, 1))[0]
    setting = replace(setting, labels=name == BALANCERS)
    theme = swarm(rng, THEMES[name])
    if behind in theme:
        setting = replace(setting, service=aged(rng, setting.service))
    made: list[Trouble] = []
    for _ in range(rng.randint(2, 5)):
        make = rng.choices(tuple(theme), tuple(theme.values()))[0]
        start = rng.uniform(20.0, setting.troubled * 0.8)
        lasts = rng.choice((rng.uniform(60, 300), rng.uniform(300, 1500)))
        made += make(rng, setting, round(start, 2), round(lasts, 2))
    return setting, named(theme), tuple(sorted(made, key=lambda trouble: trouble.start))
