"""Linode's API and name servers, as the production adapter meets them below its own retries.

A PUT changes what it names and no more; there is no condition on anything; an answer may be lost
and a request may be carried out long after its sender gave up.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.container import Container
from tests.support.virtual import Hub

DOMAIN, DOMAIN_ID, NAME = "shop.test", 7, "app"
"""The name that is judged is one of the zone."""

LATENCY = 0.06
SERVERS = 2
FOLLOWS = 3.0
"""Seconds by which the first name server follows, and each further one after it."""

NEVER = 1e9
LISTS_A_MINUTE = 200
"""How many lists Linode answers in a minute to one user, whoever of his programs asks."""

MINUTE = 60.0
LAG = 5.0
"""Seconds by which a copy of the records may lag behind."""


@dataclass
class LinodeFaults:
    """How likely each fate of a request is, and the manners of the account.

    `lists` is how Linode refuses to list records while it reads each of them by its id: "503",
    "429" or "maintenance"; other programs of the user take a `crowd` of the lists that he has in
    each minute. `lag` is by how many seconds lists are behind the writes. Without
    `may_create` the token's user may change records and add none; without `may_write` the token
    has the scope to read only; without `granted` its user may only read this domain. While the
    zone is `unrendered` the name servers keep their answer; while it is `disabled` they refuse to
    answer. `half` is a type of record that cannot be written, and the status by which Linode says
    so. The last server is `stuck` at answers that are so many seconds old. `cached` is how often a
    look reaches a site of theirs that took the old answer just before it changed, and keeps it for
    its TTL.
    """

    lost: float = 0.0
    late: float = 0.0
    hung: float = 0.0
    refused: float = 0.0
    error: float = 0.0
    throttled: float = 0.0
    reads_fail: bool = False
    lists: str = ""
    crowd: int = 0
    may_create: bool = True
    may_write: bool = True
    granted: bool = True
    stale: float = 0.0
    lag: float = 0.0
    latest: float = 120.0
    render_delay: float = 20.0
    unrendered: bool = False
    disabled: bool = False
    silent_servers: int = 0
    stuck: float = 0.0
    cached: float = 0.0
    half: tuple[str, int] = ("", 0)
    least_ttl: int = 30

    @property
    def listed(self) -> bool:
        """Whether there is nothing that keeps Linode from listing."""
        return not (self.lists or self.crowd)

    @property
    def restless(self) -> bool:
        """Whether chance decides what becomes of a request."""
        likely = (self.lost, self.late, self.hung, self.refused, self.error, self.throttled)
        return any(likely) or self.stale > 0 or self.cached > 0


UNLISTED = 25.0
"""Seconds without a list in which somebody's change may have stayed unknown."""


@dataclass(frozen=True, slots=True)
class Applied:
    """One change of one record: when it was sent and took effect, and by whom (None: a person)."""

    at: float
    sent_at: float
    by: Container | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass
class Linode:
    """One account with one domain. `changed` is told of every change, `sent` of every request that
    would change something, `exceeded` of each list of ours beyond the limit. `listed_at` is when a
    list was last answered, `unlisted` the last time for which none was.
    """

    hub: Hub
    rng: random.Random
    token: str
    faults: LinodeFaults = field(default_factory=LinodeFaults)
    records: dict[int, dict[str, Any]] = field(default_factory=dict)
    lagging: dict[int, dict[str, Any]] = field(default_factory=dict)
    next_id: int = 101
    minute: int = 0
    asked: int = 0
    askers: set[Container] = field(default_factory=set)
    changed_at: float = 0.0
    listed_at: float = 0.0
    unlisted: tuple[float, float] = (0.0, 0.0)
    late: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    changed: Callable[[Applied], None] = lambda *_: None
    exceeded: Callable[[], None] = lambda: None
    sent: Callable[[Container, int | None, str | None], None] = lambda *_: None
    zones: list[tuple[float, frozenset[str], frozenset[str]]] = field(default_factory=list)
    past: list[tuple[float, Mapping[int, dict[str, Any]]]] = field(default_factory=list)

    def too_many(self, by: Container) -> float:
        """One more list is asked for: 0 if there is one left, or the seconds until there is."""
        minute = int(self.hub.time // MINUTE)
        if minute != self.minute:
            self.minute, self.asked, self.askers = minute, 0, set()
        self.asked += 1
        self.askers.add(by)
        full = self.asked + self.faults.crowd > LISTS_A_MINUTE
        if self.asked > LISTS_A_MINUTE:
            self.exceeded()
        return (minute + 1) * MINUTE - self.hub.time if full else 0.0

    def listed(self) -> None:
        """Everything is read in a list."""
        if self.hub.time - self.listed_at > UNLISTED:
            self.unlisted = self.listed_at, self.hub.time
        self.listed_at = self.hub.time

    def addresses(self, kind: str = "A") -> frozenset[str]:
        """What the records at the name say."""
        return frozenset(
            r["target"] for r in self.records.values() if r["name"] == NAME and r["type"] == kind
        )

    def at_name(self, kind: str = "A") -> dict[int, dict[str, Any]]:
        """The records of a type at the name, by their ids."""
        alike = (NAME, kind)
        return {i: r for i, r in self.records.items() if (r["name"], r["type"]) == alike}

    def name_of(self, record_id: int) -> str:
        """At which name a record is, or was."""
        return str(self.records.get(record_id, {}).get("name", NAME))

    def put(self, record_id: int, by: Container | None, sent_at: float, **change: Any) -> Any:
        """Change a record in place; None when there is none."""
        before = self.records.get(record_id)
        if before is None:
            return None
        if "ttl_sec" in change:
            change["ttl_sec"] = max(change["ttl_sec"], self.faults.least_ttl)
        self.records[record_id] = {**before, **change}
        self._tell(by, sent_at, before, self.records[record_id])
        return self.records[record_id]

    def post(self, by: Container | None, sent_at: float, **content: Any) -> Any:
        """Add a record."""
        ttl = max(content.get("ttl_sec", 30), self.faults.least_ttl)
        record = {"name": "", **content, "id": self.next_id, "ttl_sec": ttl}
        self.records[self.next_id] = record
        self.next_id += 1
        self._tell(by, sent_at, None, record)
        return record

    def delete(self, record_id: int) -> None:
        """A person removes a record: nothing of ours ever does."""
        self._tell(None, self.hub.time, self.records.pop(record_id), None)

    def rendered(self, ago: float = 0.0) -> tuple[frozenset[str], frozenset[str]]:
        """What the name servers said so many seconds ago."""
        until = self.hub.time - ago
        for at, a, aaaa in reversed(self.zones):
            if at <= until:
                return a, aaaa
        return frozenset(), frozenset()

    def served(self, number: int, ago: float = 0.0) -> tuple[frozenset[str], frozenset[str]]:
        """What the name server of that number, which follows late, said so many seconds ago."""
        behind = self.faults.stuck if number == SERVERS else 0.0
        return self.rendered(ago + FOLLOWS * number + behind)

    @property
    def ttl(self) -> float:
        """The longest for which somebody may keep an answer."""
        return max((r["ttl_sec"] for r in self.records.values() if r["name"] == NAME), default=0)

    def render(self) -> None:
        """What there is now will be served once it is rendered, or never."""
        seconds = NEVER if self.faults.unrendered else self.faults.render_delay
        at = self.hub.time + seconds
        self.zones.append((at, self.addresses("A"), self.addresses("AAAA")))

    def before(self, seconds: float) -> list[dict[str, Any]]:
        """The records as they were so long ago."""
        until = self.hub.time - seconds
        for at, records in reversed(self.past):
            if at <= until:
                return list(records.values())
        return []

    def may(self, token: str) -> str:
        """What a token may do, in Linode's words."""
        if token != self.token:
            return "unknown"
        return "domains:read_write" if self.faults.may_write else "domains:read_only"

    def catch_up(self) -> None:
        """The copy that lags behind gets what there is now."""
        self.lagging = dict(self.records)

    def _tell(self, by: Container | None, sent_at: float, before: Any, after: Any) -> None:
        self.hub.at(self.hub.time + LAG, self.catch_up)
        self.past.append((self.hub.time, dict(self.records)))
        if (after or before)["name"] == NAME:
            self.changed_at = self.hub.time
        self.render()
        self.changed(Applied(self.hub.time, sent_at, by, before, after))
