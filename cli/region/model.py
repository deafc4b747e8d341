"""What a region is made of, what is wanted of it, and the steps between the two."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What can be made, in the order in which one needs another."""

    VPC = "vpc"
    SUBNET = "subnet"
    ADDRESS = "reserved address"
    BALANCER = "nodebalancer"
    FIREWALL = "firewall"
    INSTANCE = "instance"
    PORT = "port"
    NODE = "node"
    DOMAIN = "domain"
    RECORD = "record"


class Action(StrEnum):
    """What a step does."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class Unknown:
    """A value that Linode chooses when what holds it is made."""

    def __str__(self) -> str:
        return "(known when it is made)"


UNKNOWN = Unknown()


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that exists. `path` is where the API changes it, `fields` what can be compared."""

    kind: Kind
    label: str
    id: int | str
    path: str
    fields: Mapping[str, Any]
    region: str = ""


@dataclass(frozen=True, slots=True)
class Want:
    """Something that the file asks for.

    `make` is what it is made with, `under` the ids of what it is made in. `keep` are the fields
    that are set right where they differ; a difference in `fixed` can only be reported, because
    Linode cannot change that in place. `price` names what it is billed as.
    """

    kind: Kind
    label: str
    region: str
    make: Mapping[str, Any]
    under: tuple[Any, ...] = ()
    keep: Mapping[str, Any] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    price: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One call of the API. `changes` are the old and the new value of each field."""

    action: Action
    kind: Kind
    label: str
    region: str
    changes: Mapping[str, tuple[Any, Any]]
    body: Mapping[str, Any] = field(default_factory=dict)
    under: tuple[Any, ...] = ()
    path: str = ""
    monthly: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """All steps, what is left to a person, and what the file costs each month.

    `monthly` is None where a price is not known.
    """

    steps: tuple[Step, ...]
    notices: tuple[str, ...]
    monthly: Decimal | None


class Existing:
    """What the account has of a service, by kind and label."""

    def __init__(self) -> None:
        self._things: dict[tuple[Kind, str], list[Thing]] = {}

    def add(self, thing: Thing) -> None:
        """Take note of something that was read, made or changed."""
        same = self._things.setdefault((thing.kind, thing.label), [])
        same[:] = [each for each in same if each.id != thing.id] + [thing]

    def remove(self, path: str) -> None:
        """Forget what was deleted."""
        for same in self._things.values():
            same[:] = [each for each in same if each.path != path]

    def all(self, kind: Kind, label: str) -> list[Thing]:
        """Everything of that kind and label: labels of some kinds may be there twice."""
        return list(self._things.get((kind, label), ()))

    def one(self, kind: Kind, label: str) -> Thing | None:
        """The first of them, if any."""
        return next(iter(self.all(kind, label)), None)

    def id(self, kind: Kind, label: str) -> Any:
        """Its id, or UNKNOWN."""
        thing = self.one(kind, label)
        return thing.id if thing else UNKNOWN

    def field(self, kind: Kind, label: str, name: str) -> Any:
        """One of its fields, or UNKNOWN."""
        thing = self.one(kind, label)
        return thing.fields.get(name) if thing else UNKNOWN

    def __iter__(self) -> Iterator[Thing]:
        return (thing for same in self._things.values() for thing in same)
