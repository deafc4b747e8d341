"""What the use cases need from the world. Each Protocol has one production adapter.

Times that are compared across processes are Unix seconds (`Clock.now`); time that must not jump
is `Clock.monotonic`. A `budget` is the number of seconds after which a call must have returned,
its retries included.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from failover.core.probe import Probe
from failover.core.records import Family, Record, Zone
from failover.core.settings import Region, Service

T = TypeVar("T")


class Clock(Protocol):
    """Two clocks: one that other processes share, one that never jumps."""

    def now(self) -> float:
        """Unix time in seconds."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; does not jump, may stop while a container is frozen."""


class Tasks(Protocol):
    """How things run side by side and how time passes. Use cases have no other way to do either."""

    def gather(self, thunks: Sequence[Callable[[], T]]) -> list[T]:
        """Run all side by side and return their results in order. The first error is raised
        after all have ended."""

    def sleep(self, seconds: float) -> None:
        """Return after that many seconds."""


class Prober(Protocol):
    """Asks one address whether it is healthy."""

    def probe(self, service: Service, region: Region, address: str) -> Probe:
        """One probe of `address` under the service's name. Never raises: a failure is a result."""


class Dns(Protocol):
    """The records of one provider. Raises DnsUnavailable and DnsRefused."""

    def list(self, domain: str, budget: float) -> Zone:
        """Every A, AAAA and CNAME record of the domain."""

    def get(self, domain_id: int, record_id: int, budget: float) -> Record:
        """One record by its id."""

    def update(
        self, domain_id: int, record_id: int, budget: float, *, address: str | None, ttl: int | None
    ) -> Record:
        """Change a record in place: only what is given. Returns what Linode says it is now."""

    def create(
        self, domain_id: int, name: str, family: Family, address: str, ttl: int, budget: float
    ) -> Record:
        """Add a record at a relative name ("" is the apex). Never repeated after an unknown outcome."""
