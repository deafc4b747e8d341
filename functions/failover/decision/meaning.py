"""What the records say, held against the settings and against what was decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from failover.decision.view import View
from failover.publication.in_flight import late
from failover.publication.parts import Cause
from failover.publication.state import State
from failover.settings.model import Addresses, Routing
from failover.zone.records import Answer, Family, Reading, missing


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

    A family with fewer records does not speak against a region: they are missing, and made later.
    With `failover` routing more than one region is a mixture.
    """
    found = {family: reading.addresses(family) for family in Family}
    if not reading.records:
        return Meaning(Says.EMPTY)
    if reading.others or not (found[Family.A] | found[Family.AAAA]) <= view.addresses():
        return Meaning(Says.FOREIGN)
    if not any(region.addresses.ipv6 for region in view.service.regions):
        found[Family.AAAA] = frozenset()  # ours once, and not managed any more
    named = _named(view, found)
    most = len(named) if view.service.routing is Routing.MULTIVALUE else 1
    if 0 < len(named) <= most and _agree(Answer.of(named.values()), found):
        return Meaning(Says.OURS, named)
    return Meaning(Says.MIXED)


def surely_at(view: View) -> Mapping[str, Addresses]:
    """The regions that the records point at; none where that is not sure."""
    return meaning(view, view.reading).regions if view.reading and view.confirmed else {}


def _named(view: View, found: Mapping[Family, frozenset[str]]) -> Mapping[str, Addresses]:
    """The regions that the A records name, or without any the AAAA records; with the addresses of
    which both families are there, if there are such."""
    named: dict[str, Addresses] = {}
    for addresses, region in view.known().items():
        paired = not found[Family.AAAA] or addresses.ipv6 in found[Family.AAAA]
        there = addresses.ipv4 in found[Family.A] if found[Family.A] else paired
        if there and (paired or region not in named):
            named[region] = addresses
    return named


def _agree(answer: Answer, found: Mapping[Family, frozenset[str]]) -> bool:
    """Whether the families name the same regions. An AAAA record less does not speak against it."""
    return found[Family.A] in (frozenset(), answer.a) and found[Family.AAAA] <= answer.aaaa


def pointed_at(view: View, reading: Reading) -> frozenset[Addresses]:
    """What is ours and some record points at, whether or not its families agree."""
    a, aaaa = reading.addresses(Family.A), reading.addresses(Family.AAAA)
    return frozenset(known for known in view.known() if known.ipv4 in a or known.ipv6 in aaaa)


def fulfilled(state: State, reading: Reading) -> bool:
    """Whether the records give the answer that was decided. TTLs do not count.

    Nor do records that could not be added: they must not keep those that are there from being
    moved. Nor AAAA records of ours that are not managed any more, because the settings name no IPv6
    address.
    """
    return (
        bool(reading.records)
        and not reading.others
        and all(state.says(family, _ours(state, reading, family)) for family in Family)
    )


def lacks(state: State, reading: Reading) -> bool:
    """Whether the records say nothing but what was decided, and not all of it."""
    return (
        bool(reading.records and missing(state.publication.answer, reading))
        and not reading.others
        and all(
            reading.addresses(family) <= state.publication.answer.family(family)
            for family in Family
        )
    )


def _ours(state: State, reading: Reading, family: Family) -> frozenset[str]:
    """The addresses of a family without those that are not managed any more."""
    found = reading.addresses(family)
    if state.publication.answer.family(family):
        return found
    return found - {
        addresses.ipv6 for addresses in state.followed.accepted.values() if addresses.ipv6
    }


def differs(state: State | None, reading: Reading) -> bool:
    """Whether these records say something else than the published decision, or there is none.

    A reading from before the publication says nothing about it.
    """
    if state is None:
        return True
    return reading.at > state.served.published_at and not fulfilled(state, reading)


def of_a_person(view: View, state: State, reading: Reading) -> bool:
    """Whether the records have what no settings name and no announced write of ours can have made:
    automation does not finish a decision of its own over it."""
    ours = view.addresses()
    strange = [r for r in reading.records if r.address and r.address not in ours]
    return state.publication.cause is not Cause.OPERATOR and any(
        late(state, record, view.now) is None for record in strange
    )
