"""Releases side by side: what each writes into the items, and what it understands of the others.

Values go through the production serialisation where a run mixes releases. The next release is
this one with attributes and words that this one does not know; it reads its own words.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from failover.adapters.aws.items import from_item, to_item
from failover.health.votes import Ballot
from failover.publication.state import State
from failover.store import Snapshot

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Release:
    """A release by its words: what it says instead of ours. Empty is this release."""

    words: Mapping[str, str] = field(default_factory=dict)
    extra: Item = field(default_factory=dict)

    def writes(self, value: State | Ballot) -> dict[str, Any]:
        """The attributes of an item, in this release's words."""
        item = to_item(value)
        for attribute, word in self.words.items():
            name, ours = attribute.split("=")
            _reworded(item, name, ours, word)
        return {**item, **self.extra}

    def understands(self, item: Item) -> dict[str, Any]:
        """An item, with the words that only this release knows said in ours."""
        if not self.words:
            return dict(item)
        known = copy.deepcopy(dict(item))
        for attribute, word in self.words.items():
            name, ours = attribute.split("=")
            _reworded(known, name, word, ours)
        return known


def _reworded(item: dict[str, Any], name: str, old: str, new: str) -> None:
    """An item, or one of its records, with another word in an attribute ("record.attribute")."""
    record, _, attribute = name.rpartition(".")
    holder = item.get(record, {}).get("M", {}) if record else item
    if holder.get(attribute) == {"S": old}:
        holder[attribute] = {"S": new}


THIS = Release()
NEXT = Release(
    words={
        "publication.cause=external": "somebody_else",
        "served.moved_by=external": "somebody_else",
    },
    extra={"weather": {"S": "fine"}, "plans": {"L": [{"M": {"region": {"S": "moon"}}}]}},
)


@dataclass
class Shelf:
    """The items of the table. Without releases to mix, values are kept as they are."""

    mixed: bool = False
    states: dict[str, State] = field(default_factory=dict)
    ballots: dict[str, dict[str, Ballot]] = field(default_factory=dict)
    items: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    read: dict[tuple[str, str, int], Any] = field(default_factory=dict)
    order: dict[str, tuple[Ballot, ...]] = field(default_factory=dict)

    def state(self, service: str) -> State | None:
        """The decision as it was meant by who wrote it."""
        return self.states.get(service)

    def ballot(self, service: str, vantage: str) -> Ballot | None:
        """A ballot as it was meant."""
        return self.ballots.get(service, {}).get(vantage)

    def keep_state(self, service: str, state: State, release: Release) -> None:
        """An update: attributes of another release stay."""
        self.states[service] = state
        if self.mixed:
            old = self.items.get((service, "decision"), {})
            self.items[service, "decision"] = {**old, **release.writes(state)}
            self._forget(service, "decision")

    def keep_ballot(self, service: str, ballot: Ballot, release: Release) -> None:
        """A put: the item is replaced."""
        self.ballots.setdefault(service, {})[ballot.vantage] = ballot
        self.order[service] = tuple(b for _, b in sorted(self.ballots[service].items()))
        if self.mixed:
            self.items[service, ballot.vantage] = release.writes(ballot)
            self._forget(service, ballot.vantage)

    def snapshot(self, service: str, release: Release) -> Snapshot:
        """All of one service, as a release understands it."""
        if not self.mixed:
            return Snapshot(self.states.get(service), self.order.get(service, ()))
        state = self._read(service, "decision", State, release)
        ballots = [self._read(service, v, Ballot, release) for v in self.ballots.get(service, ())]
        return Snapshot(state, tuple(b for b in ballots if b))

    def _read(self, service: str, key: str, kind: type[Any], release: Release) -> Any:
        if (service, key) not in self.items:
            return None
        memo = (service, key, id(release))
        if memo not in self.read:
            self.read[memo] = from_item(kind, release.understands(self.items[service, key]))
        return self.read[memo]

    def _forget(self, service: str, key: str) -> None:
        for memo in [m for m in self.read if m[:2] == (service, key)]:
            del self.read[memo]
