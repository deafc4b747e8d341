"""What name servers say of a zone beside its addresses, and what public resolvers make of it."""

from collections.abc import Callable, Iterable
from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, TypeVar

from failover.adapters.dns.query import Refused, answered, reply
from failover.adapters.http.wire import Deadline, looked_up, words
from failover.errors import NotInspected
from failover.ports import Tasks
from failover.preflight.facts import Authority
from failover.publication.proof import Heard, Said
from failover.settings.environment import NameServer

if TYPE_CHECKING:
    from dns.rrset import RRset

T = TypeVar("T")

_FAMILIES = ("A", "AAAA")

Ask = Callable[[str, str], "RRset | None"]
"""Asks one server for a name and a type."""


class NameServers:
    """The Authorities port. Safe to use from many threads at once.

    `servers` are authoritative, `resolvers` are public ones; there may be none of these.
    """

    def __init__(
        self,
        servers: Iterable[NameServer],
        resolvers: Iterable[NameServer],
        monotonic: Callable[[], float],
        tasks: Tasks,
    ) -> None:
        self._servers = tuple(servers)
        self._resolvers = tuple(resolvers)
        self._monotonic = monotonic
        self._tasks = tasks

    def ask(self, domain: str, record: str, budget: float) -> tuple[Authority, ...]:
        """What each authoritative name server says, side by side."""
        told = self._each(self._servers, budget, partial(_authority, domain, record))
        return tuple(
            Authority(source, error=found) if isinstance(found, str) else found(source)
            for source, found in told
        )

    def resolved(self, record: str, budget: float) -> tuple[Heard, ...]:
        """What each public resolver gives at a name, side by side."""
        told = self._each(self._resolvers, budget, partial(_addresses, record))
        return tuple(
            Heard(source, said=Said.UNUSABLE, detail=found)
            if isinstance(found, str)
            else Heard(source, *found)
            for source, found in told
        )

    def delegation(self, domain: str, budget: float) -> tuple[str, ...]:
        """The name servers of the domain, from the first public resolver that knows them.

        A resolver follows the delegation: it finds the name servers of the zone that it led to.
        """
        if not self._resolvers:
            raise NotInspected("no public resolver is set (PUBLIC_RESOLVERS)")
        told = self._each(self._resolvers, budget, partial(_servers, domain))
        for _, found in told:
            if not isinstance(found, str):
                return found
        raise NotInspected(f"no public resolver answers: {'; '.join(f'{s}: {e}' for s, e in told)}")

    def _each(
        self, servers: Iterable[NameServer], budget: float, look: Callable[[Ask], T]
    ) -> list[tuple[str, T | str]]:
        """What each server answers, or why it does not."""
        return self._tasks.gather([partial(self._one, each, budget, look) for each in servers])

    def _one(
        self, server: NameServer, budget: float, look: Callable[[Ask], T]
    ) -> tuple[str, T | str]:
        source = f"{server.host}:{server.port}"
        deadline = Deadline.after(budget, self._monotonic)
        try:
            where = str(looked_up(server.host, server.port, deadline)[0][4][0])
            return source, look(
                lambda name, kind: answered(reply(where, server.port, name, kind, deadline))
            )
        except Refused as refused:
            return source, str(refused)
        except Exception as error:  # noqa: BLE001 - whatever a server can send, it is one answer
            return source, words(error)


def _authority(domain: str, record: str, ask: Ask) -> Callable[[str], Authority]:
    soa = ask(domain, "SOA")
    if not soa:
        raise Refused("no SOA record")
    told: Any = soa[0]
    ttls = {family: found.ttl for family in _FAMILIES if (found := ask(record, family))}
    negative = min(soa.ttl, told.minimum)
    return lambda source: Authority(source, told.serial, negative, ttls)


def _addresses(record: str, ask: Ask) -> tuple[frozenset[str], frozenset[str]]:
    a, aaaa = (
        frozenset(str(ip_address(str(each))) for each in ask(record, family) or ())
        for family in _FAMILIES
    )
    return a, aaaa


def _servers(domain: str, ask: Ask) -> tuple[str, ...]:
    found = ask(domain, "NS") or ()
    return tuple(sorted(str(each).removesuffix(".").lower() for each in found))
