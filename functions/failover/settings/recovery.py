"""The honest recovery time: the worst case of one failover as a sum of named parts.

Pure arithmetic over the settings. All times are seconds.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace

from failover.settings.model import Service, Settings

# What Linode stores as it is; anything else is rounded silently. 0 (inherit the zone's default,
# a day) is left out. https://techdocs.akamai.com/linode-api/reference/post-domain-record, and
# what Cloud Manager offers (30 and 120).
TTLS = (
    30, 120, 300, 3600, 7200, 14400, 28800, 57600, 86400, 172800, 345600, 604800, 1209600, 2419200,
)  # fmt: skip

ENACT = 10.0  # from the verdict to Linode's reply, a cold start included
PACING = 5.0  # what a beat may take to arrive: the queue, and a function that starts cold
SCHEDULE_GAP = 119.0  # the longest gap between two starts of a schedule that fires every minute

SHORTEST_LIFE = 90.0  # of a vote, after its probe
LONGEST_LIFE = 240.0


@dataclass(frozen=True, slots=True)
class Part:
    """One term of the sum: what is waited for, how the settings make it, how long (seconds)."""

    name: str
    formula: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Recovery:
    """What the recovery time of one service is made of. Times in seconds."""

    interval: float
    confirm_interval: float
    timeout: float
    failure_threshold: int
    ttl: int
    publish_allowance: float
    vantages: int
    accept_stale_after: float = 0.0

    @classmethod
    def of(cls, service: Service, settings: Settings) -> "Recovery":
        """The recovery time that these settings promise for this service."""
        health = service.health
        return cls(
            interval=health.interval,
            confirm_interval=health.confirm_interval,
            timeout=health.timeout,
            failure_threshold=health.failure_threshold,
            ttl=service.ttl,
            publish_allowance=settings.publish_allowance,
            vantages=len(settings.vantages),
            accept_stale_after=service.data.accept_stale_after if service.data else 0.0,
        )

    @property
    def parts(self) -> tuple[Part, ...]:
        """The terms in the order in which they pass. Those that cannot occur are left out."""
        confirmations = self.failure_threshold - 1
        always = (
            Part("the next round begins", "interval", self.interval),
            Part("a beat arrives late", "fixed", PACING),
            Part(
                "the failure is confirmed",
                f"{confirmations} x confirm_interval",
                confirmations * self.confirm_interval,
            ),
            # One for the last probe, one for a round that a hand-over cut short.
            Part("probes wait for an answer", "2 x timeout", 2 * self.timeout),
            Part("the record is written", "fixed", ENACT),
            Part("Linode's name servers follow", "publish_allowance", self.publish_allowance),
            Part("resolvers forget the old address", "ttl", float(self.ttl)),
        )
        return always + tuple(part for part in self._sometimes() if part.seconds)

    def _sometimes(self) -> tuple[Part, ...]:
        several = self.confirm_interval if self.vantages > 1 else 0.0
        return (
            Part("the vantages agree", "confirm_interval", several),
            Part("stale data is accepted", "accept_stale_after", self.accept_stale_after),
        )

    @property
    def total(self) -> float:
        """The worst case in seconds, to the millisecond."""
        return round(sum(part.seconds for part in self.parts), 3)

    @property
    def uncovered(self) -> tuple[str, ...]:
        """What can take longer than the sum, one sentence each."""
        vantages = {
            1: "The AWS region of the only vantage is down: nothing switches until it is back.",
            2: "One of two vantages dies together with the region: + the life of its last vote,"
            f" {as_seconds(SHORTEST_LIFE)} s or more.",
        }
        lost = vantages.get(self.vantages)
        return (
            *((lost,) if lost else ()),
            f"The publisher dies in the middle: + {159 if self.vantages == 1 else 40} s.",
            f"SQS stops delivering: + {as_seconds(SCHEDULE_GAP)} s, then ticks stay awake.",
            "A hundred services switch at once: + 30 s for the last of them.",
            "Resolvers that keep an answer for longer than its TTL.",
            "Grey failures that the health endpoint does not see.",
        )

    def advice(self, target: float) -> str:
        """Which settings would bring the sum down to `target` seconds, as one sentence."""
        reached = self
        for knob, values in _KNOBS:
            reached = _turned(reached, knob, values(reached), target)
        if reached.total > target:
            return f"no sensible settings reach it: {as_seconds(reached.total)} s is the least"
        changes = [
            f"{field.name} = {_written(field.name, getattr(reached, field.name))}"
            for field in fields(self)
            if getattr(reached, field.name) != getattr(self, field.name)
        ]
        if not changes:
            return "the settings reach it as they are"
        caution = "; publish_allowance only if your own failovers measured it"
        measured = caution if reached.publish_allowance != self.publish_allowance else ""
        return f"to reach it, set {', '.join(changes)}{measured}"


def _turned(start: Recovery, knob: str, values: Iterable[float], target: float) -> Recovery:
    """`start` with one knob turned just as far as `target` needs, or as far as it goes."""
    reached = start
    for value in values:
        if reached.total <= target:
            break
        reached = replace(start, **{knob: value})  # type: ignore[arg-type]  # one knob by its name
    return reached


def _whole_seconds(below: float, least: float) -> Iterable[float]:
    return (float(second) for second in range(int(below), 0, -1) if least <= second < below)


# What costs least comes first. Below two seconds a timeout mistakes a slow link for a dead region,
# and a single failed probe is no reason to move anybody.
_KNOBS: tuple[tuple[str, Callable[[Recovery], Iterable[float]]], ...] = (
    ("ttl", lambda r: (ttl for ttl in reversed(TTLS) if ttl < r.ttl)),
    ("interval", lambda r: _whole_seconds(r.interval, r.confirm_interval)),
    ("timeout", lambda r: _whole_seconds(r.timeout, 2)),
    ("confirm_interval", lambda r: _whole_seconds(r.confirm_interval, r.timeout + 1)),
    ("interval", lambda r: _whole_seconds(r.interval, r.confirm_interval)),
    ("failure_threshold", lambda r: range(r.failure_threshold - 1, 1, -1)),
    ("accept_stale_after", lambda r: _whole_seconds(r.accept_stale_after, 1)),
    ("publish_allowance", lambda r: _whole_seconds(r.publish_allowance, 10)),
)


def as_seconds(seconds: float) -> str:
    """A number of seconds for people, without a unit: 10, 0.25, 1209600."""
    return f"{seconds:.3f}".rstrip("0").rstrip(".")


def as_duration(seconds: float) -> str:
    """A number of seconds as the settings file writes a duration: "10s", "250ms"."""
    whole = float(seconds).is_integer()
    return f'"{int(seconds)}s"' if whole else f'"{round(seconds * 1000)}ms"'


def _written(knob: str, value: float) -> str:
    return str(value) if knob in ("ttl", "failure_threshold") else as_duration(value)
