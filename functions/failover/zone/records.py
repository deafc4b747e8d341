"""DNS records as values: what Linode says, compared with what we want it to say."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from failover.settings.model import Addresses

ACTIVE = "active"
"""The status of a domain that Linode serves."""


class Family(StrEnum):
    """The record types that carry an address."""

    A = "A"
    AAAA = "AAAA"


Address = tuple[Family, str]
"""An address, and the type of the records that say it."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record. `name` is the label relative to the domain, "" at the apex.

    `type` may be another than A and AAAA (a CNAME, say): such a record is read so that it can be
    reported, and never written. `address` is in canonical text; `ttl` is seconds, 0 where the
    record inherits the zone's default.
    """

    id: int
    name: str
    type: str
    address: str
    ttl: int


@dataclass(frozen=True, slots=True)
class Zone:
    """The A, AAAA and CNAME records of one domain at the names of the settings, as listed.

    `at` is when that was (Unix seconds), `pages` how many list requests it took. `status` is what
    Linode says of the domain: only an "active" one is served (not a disabled one, one that is being
    edited, or one with errors).
    """

    domain_id: int
    records: tuple[Record, ...]
    at: float
    pages: int = 1
    status: str = ACTIVE


@dataclass(frozen=True, slots=True)
class Written:
    """The reply to a write: the record as it is now.

    `certain` says that no try of this write is still without a reply: where an earlier try of the
    same call timed out, Linode may apply that one later.
    """

    record: Record
    certain: bool


@dataclass(frozen=True, slots=True)
class Step:
    """How far the decisions about a name have come: which one is the newest, and whether it is
    published. Steps order what several vantages do without comparing their clocks.

    `decided_at` tells decisions of one generation apart when the control table was made anew.
    """

    generation: int = 0
    decided_at: float = 0.0
    published: bool = False

    def reaches(self, other: "Step") -> bool:
        """Whether this is the other step, or a later one of the same decision."""
        mine, theirs = (self.generation, self.decided_at), (other.generation, other.decided_at)
        return mine == theirs and self.published >= other.published


@dataclass(frozen=True, slots=True)
class Reading:
    """All address and CNAME records at one name, as far as they are known, and from where.

    `name` is the full name that they were read for. `at` is when they were last read in any way,
    `since` when this same content was first seen, `checked_at` when each record was last read by
    its id, or written by us: that is current, while a list may lag behind. `after` is the step that
    the reader knew of when those reads began. `listed_at` is when the newest list began that is
    reflected here, and `pages` how many requests it took. `unread` says that the last try to read
    anything failed, `zone` the status of the domain at Linode. All times are Unix seconds of the
    reader's clock, 0 is never.
    """

    domain_id: int
    records: tuple[Record, ...]
    at: float
    since: float
    name: str = ""
    checked_at: float = 0.0
    after: Step = Step()
    listed_at: float = 0.0
    pages: int = 1
    unread: bool = False
    zone: str = ACTIVE

    def addresses(self, family: Family) -> frozenset[str]:
        """The set of addresses that a resolver would be given for this family."""
        return frozenset([r.address for r in self.records if r.type == family])

    @property
    def others(self) -> tuple[Record, ...]:
        """Records at the name that are neither A nor AAAA."""
        return tuple(r for r in self.records if r.type not in (Family.A, Family.AAAA))

    def same_content(self, other: "Reading | None") -> bool:
        """Whether both readings list the same records, whatever their order and time."""
        return other is not None and frozenset(self.records) == frozenset(other.records)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the name must answer: a set of addresses for each family. A is never empty."""

    a: frozenset[str]
    aaaa: frozenset[str]

    def __post_init__(self) -> None:
        if not self.a:
            raise ValueError("an answer without any IPv4 address cannot be asked for")

    @classmethod
    def of(cls, regions: Iterable[Addresses]) -> "Answer":
        """The answer that points the name at these regions."""
        chosen = tuple(regions)
        return cls(
            a=frozenset([addresses.ipv4 for addresses in chosen]),
            aaaa=frozenset([addresses.ipv6 for addresses in chosen if addresses.ipv6]),
        )

    def family(self, family: Family) -> frozenset[str]:
        """The addresses of one family."""
        return self.a if family is Family.A else self.aaaa


def missing(answer: Answer, reading: Reading) -> frozenset[Address]:
    """What an answer needs and no record says."""
    return frozenset(
        (family, address)
        for family in Family
        for address in answer.family(family) - reading.addresses(family)
    )
