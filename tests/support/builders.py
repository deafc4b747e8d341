"""Settings, votes, records, decisions and views in a few words, so that a test tells one story.

The shop has three regions, east, west and south, in that order of preference. `NOW` is the moment
of every story. Votes are written as one letter for each region: H healthy, U unhealthy, ? unknown,
and a dot where nobody voted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from failover.decision.decide import decide
from failover.decision.decision import Decision
from failover.decision.view import View
from failover.decision.words import guards
from failover.health.probe import Probe, Reason
from failover.health.tally import Tally, Vote
from failover.health.votes import Ballot
from failover.notify.kinds import Kind
from failover.publication.orders import Gate
from failover.publication.parts import Announcement, Cause, Claim, Phase, Pin, Stop
from failover.publication.state import Followed, Publication, Served, State
from failover.settings.model import (
    Addresses,
    Data,
    Failback,
    Health,
    Mode,
    Region,
    Routing,
    Service,
    Settings,
)
from failover.staleness.replication import Freshness, Seen
from failover.zone.failing import Failing
from failover.zone.plan import Plan
from failover.zone.records import Family, Reading, Record, Step

NOW = 1_800_000_000.0
LONG_AGO = NOW - 7200.0
MINUTE = 60.0
HOUR = 3600.0

EAST = Addresses("192.0.2.1")
WEST = Addresses("192.0.2.2")
SOUTH = Addresses("192.0.2.3")
EAST6 = Addresses("192.0.2.1", "2001:db8::1")
WEST6 = Addresses("192.0.2.2", "2001:db8::2")
SOUTH6 = Addresses("192.0.2.3", "2001:db8::3")
NEW_EAST = Addresses("192.0.2.11")
ELSEWHERE = Addresses("203.0.113.9")

NOT_ADDED = Failing(NOW - 60, "403 Forbidden")

GOOD = Probe(None, "", 0.02)
BAD = Probe(Reason.REFUSED, "connection refused", 0.01)

HEALTH = Health(
    scheme="https",
    port=443,
    path="/health",
    status=frozenset({200}),
    json={"status": "healthy"},
    timeout=4.0,
    interval=10.0,
    confirm_interval=5.0,
    failure_threshold=3,
    clear_threshold=3,
    recovery_threshold=6,
)

SHOP = Service(
    name="shop",
    domain="shop.test",
    record="app.shop.test",
    mode=Mode.ACT,
    routing=Routing.FAILOVER,
    ttl=30,
    failback=Failback.MANUAL,
    failback_after=600.0,
    flip_budget=4,
    rto_target=None,
    health=HEALTH,
    regions=(
        Region("east", "us-east-1", EAST),
        Region("west", "us-west-2", WEST),
        Region("south", "us-east-2", SOUTH),
    ),
)
AGES = {Freshness.FRESH: 0.5, Freshness.STALE: 300.0, Freshness.UNKNOWN: None}
"""How far the data is behind in a story that only tells whether it is fresh."""

LETTERS = {"H": Vote.HEALTHY, "U": Vote.UNHEALTHY, "?": Vote.UNKNOWN}


def shop(*addresses: Addresses, **changes: Any) -> Service:
    """The shop, with other addresses for its first regions, or other settings."""
    regions = SHOP.regions
    if addresses:
        moved = [replace(r, addresses=a) for r, a in zip(regions, addresses, strict=False)]
        regions = (*moved, *regions[len(moved) :])
    return replace(SHOP, **{"regions": regions, **changes})


SHOP6 = shop(EAST6, WEST6, SOUTH6)
WITH_DATA = shop(data=Data(table="orders", max_age=60.0, accept_stale_after=0.0))


def settings_of(service: Service = SHOP, **changes: Any) -> Settings:
    """One settings file with this service alone, watched by one vantage."""
    plain = Settings(
        revision=1,
        digest="one",
        vantages=("v1",),
        region_metrics=True,
        publish_allowance=60.0,
        references=(),
        services=(service,),
    )
    return replace(plain, **changes)


def tally(vote: Vote, at: float = NOW, since: float = LONG_AGO, **changes: Any) -> Tally:
    """What a vantage counted for one address."""
    return Tally(vote=vote, since=since, at=at, **changes)


def ballot(
    votes: Mapping[str, Tally], vantage: str = "v1", at: float = NOW, **changes: Any
) -> Ballot:
    """The votes of one vantage, by address."""
    plain = Ballot(
        vantage=vantage, runner=1, at=at, life=90.0, revision=1, digest="one", tallies=votes
    )
    return replace(plain, **changes)


def votes(letters: str, service: Service = SHOP, since: float = LONG_AGO) -> dict[str, Tally]:
    """One letter for each region: what a vantage says of each."""
    return {
        region.addresses.ipv4: tally(LETTERS[letter], since=since)
        for region, letter in zip(service.regions, letters, strict=False)
        if letter != "."
    }


def record(type_: str, address: str, id_: int, ttl: int = 30) -> Record:
    """One record at the shop's name."""
    return Record(id_, "app", type_, address, ttl)


def saying(*addresses: Addresses, ttl: int = 30) -> tuple[Record, ...]:
    """The records that point the name at these addresses, each family numbered from one."""
    made = []
    for i, found in enumerate(addresses, start=1):
        made.append(record("A", found.ipv4, 100 + i, ttl))
        if found.ipv6:
            made.append(record("AAAA", found.ipv6, 200 + i, ttl))
    return tuple(made)


def reading(*records: Record, at: float = NOW, since: float = LONG_AGO) -> Reading:
    """What the API listed at the name."""
    return Reading(
        domain_id=7,
        records=records,
        at=at,
        since=since,
        name=SHOP.record,
        checked_at=at,
        after=Step(3, LONG_AGO, published=True),
        listed_at=at,
    )


def reads(*addresses: Addresses, ttl: int = 30, **when: float) -> Reading:
    """A reading of records that point at these addresses."""
    return reading(*saying(*addresses, ttl=ttl), **when)


def pointing_at(name: str, service: Service = SHOP, **changes: Any) -> State:
    """A decision that was published long ago: the name points at this region."""
    region = service.region(name)
    assert region is not None
    here = {name: region.addresses}
    plain = State(
        version=5,
        publication=Publication(
            generation=3,
            attempt=1,
            phase=Phase.SETTLED,
            cause=Cause.ADOPTION,
            decided_at=LONG_AGO,
            targets=here,
        ),
        served=Served(
            active=here,
            moved_by=Cause.ADOPTION,
            moved_at=LONG_AGO,
            published_at=LONG_AGO,
            revision=1,
            ttl=service.ttl,
            domain_id=7,
        ),
        followed=Followed({r.name: r.addresses for r in service.regions}),
    )
    return having(plain, **changes)


def having(state: State, **changes: Any) -> State:
    """The same decision with other facts, whichever record of it they are in."""
    for each in fields(State):
        record = getattr(state, each.name)
        inner = {f.name for f in fields(record)} if is_dataclass(record) else set()
        if mine := {name: changes.pop(name) for name in inner & changes.keys()}:
            state = replace(state, **{each.name: replace(record, **mine)})
    return replace(state, **changes)


def moving(origin: str, target: str, service: Service = SHOP, **changes: Any) -> State:
    """A decision on its way: from one region to another, and nobody holds the claim."""
    region = service.region(target)
    assert region is not None
    plain = having(
        pointing_at(origin, service),
        phase=Phase.PUBLISHING,
        cause=Cause.UNHEALTHY,
        decided_at=NOW - 20.0,
        unfinished_since=NOW - 20.0,
        targets={target: region.addresses},
    )
    return having(plain, **changes)


def claim(until: float = NOW + 30.0, id_: str = "c1", vantage: str = "v1") -> Claim:
    """The right to publish."""
    return Claim(id=id_, vantage=vantage, until=until)


def announced(address: str, record_id: int | None = 101, at: float = NOW - 60.0) -> Announcement:
    """A write to an A record whose reply never came."""
    return Announcement(Family.A, record_id, address, at)


def pin(region: str, until: float = NOW + HOUR) -> Pin:
    """An operator holds a region."""
    return Pin(region=region, until=until, by="ana", reason="maintenance")


def stop(until: float = NOW + HOUR) -> Stop:
    """A pause or the global stop switch."""
    return Stop(until=until, by="ana", reason="maintenance")


def gate(until: float = NOW + HOUR, version: int = 1) -> Gate:
    """The global stop switch as the table keeps it."""
    return Gate(until=until, by="ana", reason="maintenance", version=version)


UNSET: Any = object()


def scene(letters: str = "HHH", state: State | None = UNSET, **changes: Any) -> View:
    """What the only vantage sees: the votes, and by default a name that points east as decided.

    `service`, `revision`, `vantages`, `since` (of the votes) and `freshness` (of the data, by AWS
    region) may be given beside the fields of a View.
    """
    service = changes.pop("service", SHOP)
    file = {key: changes.pop(key) for key in ("revision", "vantages") if key in changes}
    settings = settings_of(service, **file)
    since = changes.pop("since", LONG_AGO)
    freshness = changes.pop("freshness", {})
    changes.setdefault(
        "data", {name: Seen(found, AGES[found]) for name, found in freshness.items()}
    )
    if state is UNSET:
        state = pointing_at("east", service)
    if "reading" not in changes:
        changes["reading"] = reads(*(state.served.active.values() if state else (EAST,)))
    if "ballots" not in changes:
        serving = dict.fromkeys(
            (a.ipv4 for a in state.served.active.values()) if state else (), None
        )
        cast = {address: tally(Vote.HEALTHY, since=since) for address in serving}
        mine = ballot({**cast, **votes(letters, service, since)}, revision=settings.revision)
        changes["ballots"] = (mine,)
    plain = View(
        settings=settings,
        service=service,
        vantage="v1",
        now=NOW,
        state=state,
        ballots=(),
        reading=None,
        confirmed=True,
    )
    return replace(plain, **changes)


def decided(letters: str = "HHH", state: State | None = UNSET, **changes: Any) -> Decision:
    """What is decided in that scene."""
    return decide(scene(letters, state, **changes))


def names(decision: Decision) -> list[str]:
    """The regions that a decision wants the name to point at."""
    return list(decision.targets)


def told(decision: Decision) -> str:
    """All that a decision says of why, in one text."""
    return "; ".join(f"{guard.name}: {guard.saw}" for guard in guards.why(decision))


def override(decision: Decision) -> str | None:
    """How to override what decided."""
    return guards.why(decision)[-1].override


def lasts(decision: Decision) -> set[Kind]:
    """The conditions that a decision reports."""
    return set(decision.lasting)


def applied(plan: Plan, before: Reading) -> Reading:
    """The records after every write of a plan, as Linode would do them."""
    found = {r.id: r for r in before.records}
    free = max(found, default=0) + 1
    for change in plan.changes:
        if change.record_id is None:
            assert change.ttl is not None
            found[free] = record(change.family, change.address, free, change.ttl)
            free += 1
        else:
            old = found[change.record_id]
            ttl = old.ttl if change.ttl is None else change.ttl
            found[old.id] = replace(old, address=change.address, ttl=ttl)
    return replace(before, records=tuple(found.values()))


def unhealthy_for(seconds: float) -> float:
    """The `since` of votes that have stood for so long."""
    return NOW - seconds


def only(items: Iterable[Any]) -> Any:
    """The single item."""
    (item,) = items
    return item
