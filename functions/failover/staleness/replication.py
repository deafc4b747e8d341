"""How far the data of each AWS region is behind: from heartbeats to a finding, and what it counts.

A vantage writes a heartbeat, which is its own time, through the endpoint of each AWS region, and
reads there those of all the others. The age of the link from A to B is the newest heartbeat that A
has accepted minus the newest one of A that B shows. Both are times of the same clock, so it does
not matter how far the clocks of two vantages are apart; and a source that accepts no writes does
not age, since there is nothing that the others could miss.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

FINDING_LIFE = 180.0
"""Seconds for which a finding counts: three runs of the heartbeat function."""

BETWEEN_RUNS = 30.0
"""Seconds between two measurements that count as two runs: the schedule fires once a minute, and
sometimes twice."""


class Freshness(StrEnum):
    """How old the data of a region is, seen from the active region."""

    FRESH = "fresh"
    STALE = "stale"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Link:
    """How far a region was behind one other region, when that was last measured.

    `age` is in seconds, `over_since` is the first of the runs in a row that found it too old.
    """

    age: float
    at: float
    over_since: float | None = None

    def freshness(self, now: float) -> Freshness:
        """Stale when two runs in a row found it too old; unknown when the last one is too old."""
        if abs(now - self.at) > FINDING_LIFE:
            return Freshness.UNKNOWN
        over = self.over_since is not None and self.at - self.over_since >= BETWEEN_RUNS
        return Freshness.STALE if over else Freshness.FRESH


@dataclass(frozen=True, slots=True)
class Finding:
    """What one vantage knows of the data in one AWS region: the item `data#<region>#<vantage>`.

    `accepted` is the newest heartbeat that this region has taken, `begun` the first one. `links`
    are by the AWS region that this one copies from. `write_error` and `read_error` say why the
    last run could not write or read there.
    """

    vantage: str
    aws_region: str
    at: float
    accepted: float | None = None
    begun: float | None = None
    write_error: str | None = None
    read_error: str | None = None
    links: Mapping[str, Link] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Beat:
    """A heartbeat that was sent in this run; `error` says why it was not accepted."""

    at: float
    error: str | None = None


def age(accepted: float, begun: float, seen: float | None) -> float:
    """Seconds by which a region is behind a source whose newest heartbeat it shows is `seen`.

    One that shows none at all is behind everything since the first one. One that shows a newer one
    than is known to be accepted has it all: only the reply to that write was lost.
    """
    return max(0.0, accepted - (begun if seen is None else seen))


def written(before: Finding | None, beat: Beat, aws_region: str, vantage: str) -> Finding:
    """What is known of a region as a source, once a heartbeat was sent to it."""
    known = before or Finding(vantage, aws_region, beat.at)
    known = replace(known, at=beat.at, write_error=beat.error)
    if beat.error is not None:
        return known
    begun = beat.at if known.begun is None else known.begun
    return replace(known, accepted=beat.at, begun=min(begun, beat.at))


def measured(
    own: Finding,
    sources: Iterable[Finding],
    seen: Mapping[str, float],
    max_age: float,
    now: float,
) -> Finding:
    """The finding on a region after its heartbeats were read: `seen`, by the region they are of.

    A link from a source that is not known to have accepted anything is left as it was; one from a
    region that is no source any more is forgotten.
    """
    links: dict[str, Link] = {}
    for source in sources:
        name = source.aws_region
        before = own.links.get(name)
        if source.accepted is not None and source.begun is not None and name != own.aws_region:
            behind = age(source.accepted, source.begun, seen.get(name))
            links[name] = _link(before, behind, max_age, now)
        elif before:
            links[name] = before
    return replace(own, at=now, read_error=None, links=links)


def unread(own: Finding, error: str, now: float) -> Finding:
    """The finding on a region that could not be read: its links grow old as they are."""
    return replace(own, at=now, read_error=error)


def _link(before: Link | None, behind: float, max_age: float, now: float) -> Link:
    if behind <= max_age:
        return Link(behind, now)
    went_on = before and before.over_since is not None and now - before.at <= FINDING_LIFE
    return Link(behind, now, before.over_since if before and went_on else now)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the vantages together say of the data in one AWS region; `age` in seconds."""

    freshness: Freshness
    age: float | None = None


def seen_from(
    active: str, aws_region: str, findings: Iterable[Finding], vantages: tuple[str, ...], now: float
) -> Seen:
    """What the listed vantages say of the link from the active AWS region to another one.

    As for verdicts: at least half of them, rounded up, must have a finding that still counts, and
    a strict majority of those must agree. The age is the largest of those that agree.
    """
    if aws_region == active:
        return Seen(Freshness.FRESH, 0.0)
    there = [f for f in findings if f.aws_region == aws_region and f.vantage in vantages]
    links = _links(there, active, now)
    if len(links) < (len(vantages) + 1) // 2:
        return Seen(Freshness.UNKNOWN)
    for freshness in (Freshness.FRESH, Freshness.STALE):
        ages = [link.age for link in links if link.freshness(now) is freshness]
        if 2 * len(ages) > len(links):
            return Seen(freshness, max(ages))
    return Seen(Freshness.UNKNOWN)


def _links(findings: Iterable[Finding], active: str, now: float) -> list[Link]:
    """The links from the active AWS region that still say something, one for each vantage."""
    found = {finding.vantage: finding.links.get(active) for finding in findings}
    links = filter(None, found.values())
    return [link for link in links if link.freshness(now) is not Freshness.UNKNOWN]


def seen(
    active: Iterable[str],
    aws_regions: Iterable[str],
    findings: Iterable[Finding],
    vantages: tuple[str, ...],
    now: float,
) -> dict[str, Seen]:
    """What is known of the data in each AWS region, seen from the one that is active.

    Without one, or with several, there is no link to judge by: nothing is known.
    """
    sources = set(active)
    if len(sources) != 1:
        return dict.fromkeys(aws_regions, Seen(Freshness.UNKNOWN))
    (source,) = sources
    known = tuple(findings)
    return {name: seen_from(source, name, known, vantages, now) for name in aws_regions}
