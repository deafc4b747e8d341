"""The form of a check: it yields each fault that it sees, or why it could not look."""

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import TypeVar, TypeVarTuple

from failover.preflight.facts import (
    Alarm,
    AllBackEnds,
    Authority,
    ControlTable,
    Facts,
    Grants,
    Kept,
    OfService,
    Rate,
)
from failover.preflight.finding import Seen, Unknown
from failover.publication.orders import Gate
from failover.publication.proof import Evidence, Heard
from failover.settings.model import Addresses
from failover.zone.records import Reading

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

Found = Iterator[Seen | Unknown]
OfDeployment = Callable[[Facts], Found]
OfEachService = Callable[[Facts, OfService], Found]


def given(
    take: Callable[[*Ts], T | Unknown],
) -> Callable[[Callable[[T, *Ts], Found]], Callable[[*Ts], Found]]:
    """A check that looks at one fact, its first argument, and says why it is not known if so."""

    def decorate(look: Callable[[T, *Ts], Found]) -> Callable[[*Ts], Found]:
        @wraps(look)
        def check(*args: *Ts) -> Found:
            fact = take(*args)
            if isinstance(fact, Unknown):
                yield fact
            else:
                yield from look(fact, *args)

        return check

    return decorate


def scopes(facts: Facts) -> frozenset[str] | Unknown:
    """The scopes of the token."""
    named = facts.token.access.scopes
    return Unknown("Linode has not named the scopes of the token") if named is None else named


def table(facts: Facts) -> ControlTable | Unknown:
    """How the control table is set up."""
    return facts.table


def alarms(facts: Facts) -> tuple[Alarm, ...] | Unknown:
    """The alarms of the stack."""
    return facts.alarms


def concurrency(facts: Facts) -> int | Unknown:
    """How many functions may run at once."""
    return facts.concurrency


def subscribers(facts: Facts) -> int | Unknown:
    """How many receive the alerts."""
    return facts.subscribers if facts.topic else Unknown("alerts have no topic")


def gate(facts: Facts) -> Gate | Unknown | None:
    """The global stop switch."""
    return facts.gate


def all_kept(facts: Facts) -> Mapping[str, Kept] | Unknown:
    """What the control table holds of every service, by its name."""
    found: dict[str, Kept] = {}
    for of in facts.services:
        if isinstance(of.kept, Unknown):
            return of.kept
        found[of.service.name] = of.kept
    return found


def kept(_facts: Facts, of: OfService) -> Kept | Unknown:
    """What the control table holds of the service."""
    return of.kept


def reading(_facts: Facts, of: OfService) -> Reading | Unknown:
    """The records."""
    return of.reading


def evidence(_facts: Facts, of: OfService) -> Evidence | Unknown:
    """What the zone file and the name servers give."""
    return of.evidence


def delegation(_facts: Facts, of: OfService) -> tuple[str, ...] | Unknown:
    """The name servers that the parent zone names."""
    return of.delegation


def resolved(_facts: Facts, of: OfService) -> tuple[Heard, ...] | Unknown:
    """What public resolvers give."""
    return of.resolved


def balancers(_facts: Facts, of: OfService) -> Mapping[str, Addresses | None] | Unknown:
    """What the account has under each label."""
    return of.balancers


def places(_facts: Facts, of: OfService) -> Mapping[str, str] | Unknown:
    """The Linode region in which the NodeBalancer of each label is."""
    return of.places


def reserved(_facts: Facts, of: OfService) -> Mapping[str, bool] | Unknown:
    """Whether the addresses of the NodeBalancers are reserved ones."""
    return of.reserved


def token_ends(facts: Facts) -> float | Unknown | None:
    """When the token ends."""
    return facts.token_ends


def rate(facts: Facts) -> Rate | Unknown:
    """How many listings are left of those that Linode allows."""
    return facts.rate


def back_ends(_facts: Facts, of: OfService) -> AllBackEnds | Unknown:
    """What is behind each label."""
    return of.back_ends


def grants(facts: Facts, _of: OfService) -> Grants | Unknown:
    """What the user of the token may do."""
    return facts.grants


def authorities(_facts: Facts, of: OfService) -> tuple[Authority, ...] | Unknown:
    """What the name servers say of the zone."""
    return of.authorities
