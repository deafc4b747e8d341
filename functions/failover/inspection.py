"""More ports: what the preflight asks of Linode, of name servers and of AWS. A round asks none of
it but what stands behind NodeBalancers.

A `budget` is the number of seconds after which a call must have returned, its retries included.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from failover.preflight.facts import Alarm, AllBackEnds, Authority, ControlTable, Grants, Rate
from failover.publication.proof import Heard
from failover.settings.model import Service


class Account(Protocol):
    """What Linode says about the user of the token, and about what is behind NodeBalancers. Raises
    DnsUnavailable, DnsRefused and TokenUnavailable."""

    def grants(self, budget: float) -> Grants:
        """What the user may do with each domain."""

    def token_ends(self, budget: float) -> float | None:
        """When the token ends (Unix seconds), None where it never does. Raises NotInspected, where
        Linode does not show it, too."""

    def reserved(self, addresses: Collection[str], budget: float) -> Mapping[str, bool]:
        """Whether each of these IPv4 addresses is a reserved one, which outlives what has it.
        Raises NotInspected, where Linode does not show it, too."""

    def rate(self, budget: float) -> Rate:
        """How many listings Linode allows the user of the token, and how many are left. It takes
        one. Raises NotInspected, too."""

    def back_ends(
        self, labels: Collection[str], budget: float, max_age: float = 0.0
    ) -> AllBackEnds:
        """What is behind the NodeBalancers of these labels that there are, by port.

        Linode was asked at most `max_age` seconds ago, and what went wrong then goes wrong again.
        """


class Authorities(Protocol):
    """What name servers say of a zone, beside the addresses in it."""

    def ask(self, domain: str, record: str, budget: float) -> tuple[Authority, ...]:
        """What each authoritative name server says. Never raises: no answer is a result."""

    def delegation(self, domain: str, budget: float) -> tuple[str, ...]:
        """The name servers to which the domain is delegated, as public resolvers find them.

        Raises NotInspected.
        """

    def resolved(self, record: str, budget: float) -> tuple[Heard, ...]:
        """What each public resolver gives at a name. Never raises: no answer is a result."""


class Certificates(Protocol):
    """The certificates that the regions present."""

    def ends(self, service: Service, address: str) -> float | None:
        """When the certificate at an address ends (Unix seconds), None without TLS.

        Raises NotInspected.
        """


class Stack(Protocol):
    """How the stack is set up at AWS. Raises NotInspected."""

    def table(self) -> ControlTable:
        """The control table."""

    def subscribers(self) -> int:
        """How many have confirmed that they receive the alerts."""

    def alarms(self) -> tuple[Alarm, ...]:
        """The alarms of the stack."""

    def concurrency(self) -> int:
        """How many functions of the account may run at once for which none are reserved."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """All of them. None where nothing here can ask it."""

    account: Account | None = None
    authorities: Authorities | None = None
    certificates: Certificates | None = None
    stack: Stack | None = None


NOTHING_INSPECTED = Inspection()
