"""What the records say, held against the settings and against what was decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from failover.core.records import Answer, Family, Reading
from failover.core.settings import Addresses, Routing
from failover.core.state import State
from failover.core.view import View


class Says(StrEnum):
    """What a reading amounts to."""

    EMPTY = "empty"
    OURS = "ours"
    MIXED = "mixed"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a reading amounts to; `regions` are those that it points at where it is `OURS`."""

    says: Says
    regions: Mapping[str, Addresses] = field(default_factory=dict)


def meaning(view: View, reading: Reading) -> Meaning:
    """Which regions the records point at, if they are ours and the families agree.

    A family without any record does not speak against a region: it is missing, and is made later.
    With `failover` routing more than one region is a mixture.
    """
    found = {family: reading.addresses(family) for family in Family}
    if not reading.records:
        return Meaning(Says.EMPTY)
    known = view.known()
    if reading.others or not (found[Family.A] | found[Family.AAAA]) <= view.addresses():
        return Meaning(Says.FOREIGN)
    if not any(region.addresses.ipv6 for region in view.service.regions):
        found[Family.AAAA] = frozenset()  # ours once, and not managed any more
    named = {region: addresses for addresses, region in known.items() if _named(addresses, found)}
    agree = bool(named) and all(
        not found[family] or found[family] == Answer.of(named.values()).family(family)
        for family in Family
    )
    if agree and (len(named) == 1 or view.service.routing is Routing.MULTIVALUE):
        return Meaning(Says.OURS, named)
    return Meaning(Says.MIXED)


def _named(addresses: Addresses, found: Mapping[Family, frozenset[str]]) -> bool:
    """Whether every family that has records names this region."""
    own = {Family.A: addresses.ipv4, Family.AAAA: addresses.ipv6}
    return all(not found[family] or own[family] in found[family] for family in Family)


def fulfilled(state: State, reading: Reading, now: float) -> bool:
    """Whether the records give the answer that was decided. TTLs do not count.

    While Linode refuses to add records, missing ones do not count either: they must not keep
    those that are there from being moved. Nor do AAAA records of ours that are not managed any
    more, because the settings name no IPv6 address.
    """
    wanted = state.answer
    lenient = state.create_not_before > now and bool(reading.records)
    left = frozenset(a.ipv6 for a in state.accepted.values() if a.ipv6 and not wanted.aaaa)
    return not reading.others and all(
        found == wanted.family(family) or (lenient and found < wanted.family(family))
        for family in Family
        for found in [reading.addresses(family) - left]
    )


def lacks(state: State, reading: Reading) -> bool:
    """Whether the records say nothing but what was decided, and not all of it."""
    wanted = state.answer
    found = {family: reading.addresses(family) for family in Family}
    return (
        bool(reading.records)
        and not reading.others
        and all(found[family] <= wanted.family(family) for family in Family)
        and any(found[family] < wanted.family(family) for family in Family)
    )


def differs(state: State | None, reading: Reading, now: float) -> bool:
    """Whether these records say something else than the published decision, or there is none.

    A reading from before the publication says nothing about it.
    """
    if state is None:
        return True
    return reading.at > state.published_at and not fulfilled(state, reading, now)


def shown(reading: Reading) -> str:
    """The records of a reading, for people."""
    return ", ".join(f"{r.type} {r.address}" for r in reading.records) or "nothing at all"
