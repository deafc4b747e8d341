"""From the votes of the vantages to a verdict."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace

from failover.health.latency import percentiles
from failover.health.probe import Probe
from failover.health.tally import Tally, Vote, count, timeless
from failover.settings.model import Service, Settings
from failover.settings.recovery import LONGEST_LIFE, SHORTEST_LIFE
from failover.zone.access import Access
from failover.zone.failing import Failing, failed
from failover.zone.records import Reading
from failover.zone.statement import Unserved

EARLY = 0.05
"""Seconds by which a round may begin early: clocks are read more than once."""

WRITES_IN_A_LIFE = 3
"""A ballot that says nothing new is written this often within its life, to stay fresh."""


@dataclass(frozen=True, slots=True)
class Ballot:
    """All that one vantage says of one service: the item `vote#<vantage>`.

    `tallies` is by probed IPv4 address, so that an address that changes in the settings starts
    anew and a vote never counts for an address that was not tested. `at` is the start of the
    vantage's last round and `life` for how long its votes stand after their probe (seconds).
    `runner` is the number of the tick that wrote it. A `blind` vantage reached nothing at all in
    its last round, not even the references: its votes do not count. `unread` says that it cannot
    read the records, `access` what Linode lets its token do, and `unserved` which name servers gave
    it no answer, if any. `unpaced` says that beats do not start its ticks, in the ballot of the
    first service of the first shard only: all services share that trouble. `release` names what
    runs there, empty where that is not known, `memory` is the part of its memory that the
    function has used, and `slow` how long one good probe of twenty takes longer than, by address.
    """

    vantage: str
    runner: int
    at: float
    life: float
    revision: int
    digest: str
    tallies: Mapping[str, Tally]
    reading: Reading | None = None
    blind: bool = False
    unread: Failing | None = None
    access: Access | None = None
    unserved: Unserved | None = None
    unpaced: Failing | None = None
    release: str = ""
    memory: float | None = None
    slow: Mapping[str, float] = field(default_factory=dict)

    def fresh(self, address: str, now: float) -> Tally | None:
        """The tally of an address if it still counts. One from the future ends the same way."""
        tally = self.tallies.get(address)
        if self.blind or tally is None or abs(now - tally.at) > self.life:
            return None
        return tally

    def alive(self, now: float) -> bool:
        """Whether this vantage ran a round lately."""
        return abs(now - self.at) <= self.life


def counted(
    before: Ballot | None,
    probes: Mapping[str, Probe],
    *,
    at: float,
    blind: bool,
    reading: Reading | None,
    vantage: str,
    runner: int,
    settings: Settings,
    service: Service,
    access: Access | None = None,
    unserved: Unserved | None = None,
    trouble: str | None = None,
) -> Ballot:
    """The ballot after one more round, started at `at`, with its probes by address.

    A blind round moves no counter. `trouble` is why beats are missing, if they are.
    """
    life = vote_life(service, at - before.at if before else 0.0)
    old = before.tallies if before else {}
    stood = before.life if before else life
    tallies = (
        old
        if blind
        else {
            address: count(old.get(address), probe, at, stood, service.health)
            for address, probe in probes.items()
        }
    )
    return Ballot(
        vantage=vantage,
        runner=runner,
        at=at,
        life=life,
        revision=settings.revision,
        digest=settings.digest,
        tallies=tallies,
        reading=reading,
        blind=blind,
        unread=before.unread if before else None,
        access=access,
        unserved=unserved,
        unpaced=failed(before.unpaced if before else None, at, trouble) if trouble else None,
        slow=percentiles(before.slow if before else {}, probes, service.health.timeout),
    )


def counted_just_now(ballot: Ballot, service: Service, at: float) -> bool:
    """Whether a round that begins at `at` comes too soon after that of the ballot. One from the
    future was counted by a clock that was wrong."""
    return 0.0 <= at - ballot.at < service.health.confirm_interval - EARLY


def newly_failing(before: Ballot | None, after: Ballot) -> frozenset[str]:
    """The addresses of which the last round counted the first failure."""
    old = before.tallies if before else {}
    return frozenset(
        address
        for address, tally in after.tallies.items()
        if tally.failures and not (address in old and old[address].failures)
    )


def read_or_not(ballot: Ballot, error: str | None) -> Ballot:
    """The ballot with what became of reading the records in its round: `error` if that failed."""
    if error is None:
        return replace(ballot, unread=None)
    return replace(ballot, unread=failed(ballot.unread, ballot.at, error))


def worth_writing(written: Ballot | None, ballot: Ballot) -> bool:
    """Whether a ballot says something new, or the one that was written would soon be too old."""
    if written is None or ballot.at - written.at >= ballot.life / WRITES_IN_A_LIFE:
        return True
    return _gist(written) != _gist(ballot)


def overtaken(found: Ballot | None, runner: int, after: Ballot | None) -> bool:
    """Whether a ballot that is found in the table was written by another tick than `runner`, and is
    not the one `after` which ours was counted."""
    if found is None or found.runner == runner:
        return False
    return after is None or (found.runner, found.at) != (after.runner, after.at)


def votes_differ(written: Ballot | None, ballot: Ballot) -> bool:
    """Whether the votes differ from those that were written, their times aside."""
    return written is None or _votes(written) != _votes(ballot)


def _votes(ballot: Ballot) -> tuple[object, ...]:
    tallies = {address: timeless(tally) for address, tally in ballot.tallies.items()}
    return (ballot.revision, ballot.digest, ballot.blind, tallies)


def _gist(ballot: Ballot) -> object:
    """What a ballot says, without the times that every round moves."""
    reading = ballot.reading
    records = None
    if reading:
        checked = reading.checked_at >= reading.since
        records = (reading.name, frozenset(reading.records), checked, reading.unread, reading.zone)
    since = [failing.since if failing else None for failing in (ballot.unread, ballot.unpaced)]
    told = (since, ballot.access, ballot.unserved)
    return (_votes(ballot), told, records)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the fresh votes on one address add up to.

    `since` is when the majority for it came about. `fresh` of `listed`
    vantages have a fresh vote, and `needed` must have one.
    """

    vote: Vote
    since: float
    fresh: int
    needed: int
    listed: int
    healthy: int
    unhealthy: int

    @property
    def quorum(self) -> bool:
        """Whether enough vantages have a fresh vote."""
        return self.fresh >= self.needed


def vote_life(service: Service, spacing: float) -> float:
    """For how long a vote stands: three times the real spacing of rounds, at least 90 s.

    `spacing` is the time between the last two rounds; a gap must not lengthen a life without
    bound, so 240 s is the most.
    """
    spaced = 3 * max(service.health.interval, spacing)
    return min(max(SHORTEST_LIFE, spaced), LONGEST_LIFE)


def verdict(address: str, ballots: Iterable[Ballot], settings: Settings, now: float) -> Verdict:
    """What the listed vantages say of an address.

    At least half of them, rounded up, must have a fresh vote, and a strict majority of the fresh
    ones must agree; otherwise it is unknown.
    """
    tallies = _fresh(address, ballots, settings.vantages, now)
    votes = [tally.vote for tally in tallies]
    healthy, unhealthy = votes.count(Vote.HEALTHY), votes.count(Vote.UNHEALTHY)
    listed, fresh = len(settings.vantages), len(votes)
    needed = (listed + 1) // 2
    winner = Vote.UNKNOWN
    if fresh >= needed and 2 * max(healthy, unhealthy) > fresh:
        winner = Vote.HEALTHY if healthy > unhealthy else Vote.UNHEALTHY
    since = [tally.since for tally in tallies if tally.vote is winner]
    agreeing = sorted(since or [tally.since for tally in tallies])
    majority = min(fresh // 2, len(agreeing) - 1)
    return Verdict(
        vote=winner,
        since=agreeing[majority] if agreeing else now,
        fresh=fresh,
        needed=needed,
        listed=listed,
        healthy=healthy,
        unhealthy=unhealthy,
    )


def _fresh(
    address: str, ballots: Iterable[Ballot], vantages: Container[str], now: float
) -> list[Tally]:
    """The tallies of the listed vantages that still count, the newest of each."""
    latest: dict[str, Ballot] = {}
    for ballot in ballots:
        known = latest.get(ballot.vantage)
        if known is None or ballot.at >= known.at:
            latest[ballot.vantage] = ballot
    return [
        tally
        for vantage, ballot in latest.items()
        if vantage in vantages and (tally := ballot.fresh(address, now)) is not None
    ]
