"""The core's values as items of the control table, and back.

pydantic does both over the frozen dataclasses: what they say is what the items have, under the
same names, so that a person can read them in the console.

Reading is tolerant, because releases run side by side while a stack is updated or rolled back.
Attributes that this release does not know are passed over, and those it misses take their
defaults. A word of a newer release reads as the one that does least (see `_STAND_INS`), and an
incident of a kind that is not known here is passed over. The next write of this release then says
so in the table, too: the newer one raises its incident again, and moves nobody because of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from failover.adapters.aws.attributes import plain as read
from failover.adapters.aws.attributes import typed
from failover.decision.balancers import Lookup
from failover.errors import StoreUnusable
from failover.health.answer import printable
from failover.health.beats import Sign
from failover.health.votes import Ballot
from failover.notify.events import Event, as_time
from failover.publication.orders import Gate
from failover.publication.parts import Cause, Phase
from failover.publication.state import State
from failover.staleness.replication import Finding

SCHEMA = 1
"""The attribute `schema` of every item."""

T = TypeVar("T")
Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Runner:
    """The item `runner` of a vantage: the number of its newest tick."""

    runner: int = 0


@dataclass(frozen=True, slots=True)
class Paced:
    """When a beat last took over, in the same item. By itself, so that it cannot spoil the number.
    The number of the newest seed is there, too, and only conditions look at it."""

    beat_at: float | None = None


@dataclass(frozen=True, slots=True)
class Labels:
    """What the same item says of NodeBalancers. By itself, so that it cannot spoil the number."""

    balancers: Lookup | None = None


@dataclass(frozen=True, slots=True)
class _End:
    until: float = 0.0


@dataclass(frozen=True, slots=True)
class _Number:
    version: int = 0


_LARGEST = 2**53
"""Of every number that is read, in either direction. More is a slip of somebody's (a time in
nanoseconds, say), and could not be written again: an item holds 38 digits and no infinity."""

_LONGEST_PLACE = 100

_adapters: dict[type, TypeAdapter[Any]] = {}

_STAND_INS: Mapping[str | int, object] = {
    "phase": Phase.PUBLISHED,  # nothing is written because of it alone
    "cause": Cause.OPERATOR,  # automation undoes nothing that a person did
    "moved_by": Cause.OPERATOR,
    "reason": None,  # of a failed probe: shown, never counted
}
"""What an unknown word of a newer release reads as, by attribute."""


def to_item(value: State | Ballot | Gate | Event | Finding | Labels | Sign) -> dict[str, Any]:
    """The attributes of a value in DynamoDB's typed form, with the schema, without the keys."""
    plain = _adapter(type(value)).dump_python(value, mode="json")
    return {name: typed(field) for name, field in {**plain, "schema": SCHEMA}.items()}


def from_item(kind: type[T], item: Item) -> T:
    """The value that an item holds.

    Raises StoreUnusable, which names the item, the attribute and what is wrong with it.
    """
    plain = {name: read(field) for name, field in item.items()}
    adapter = _adapter(kind)
    try:
        return _measured(adapter, adapter.validate_python(plain), plain)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            if fault["type"] == "enum":
                _stand_in(plain, fault["loc"])
    try:
        return _measured(adapter, adapter.validate_python(plain), plain)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
    raise _unusable(plain, fault["loc"], fault["msg"])


def gate_of(item: Item) -> tuple[Gate, tuple[str, ...]]:
    """The global stop switch that an item holds, and what is wrong with it: our own are whole, but
    a person may have edited this one.

    It stops everything as long as its end can be read, whatever else is wrong. Without an end it
    stops nothing: nobody could tell until when no service fails over.
    """
    try:
        return from_item(Gate, item), ()
    except StoreUnusable as error:
        until, version = _part(_End, item).until, _part(_Number, item).version
        gate = Gate(until, by="unknown", reason="its item is broken", version=version)
        holds = f"it stops everything until {as_time(until)}" if until else "it stops nothing"
        advice = "An order to pause or resume everything replaces it."
        return gate, (f"{error} As it is, {holds}. {advice}",)


def lookup_of(item: Item) -> Lookup | None:
    """The look-up that an item holds, or None where it cannot be used: the next one replaces it."""
    return _part(Labels, item).balancers


def beat_at_of(item: Item) -> float | None:
    """When a beat last took over, or None where the item does not say it, or nothing usable."""
    return _part(Paced, item).beat_at


def _part(kind: type[T], item: Item) -> T:
    """What an item holds of one attribute, or its default where that cannot be used."""
    try:
        return from_item(kind, item)
    except StoreUnusable:
        return kind()


def _measured(adapter: TypeAdapter[T], value: T, plain: Mapping[str, Any]) -> T:
    """The same value. Raises StoreUnusable where one of its numbers is too large."""
    where = _too_large(adapter.dump_python(value))
    if where is not None:
        raise _unusable(plain, where, "the number is too large")
    return value


def _too_large(value: object) -> tuple[object, ...] | None:
    """Where in plain data the first number is that is none, or too large; None without one."""
    if isinstance(value, int | float):
        return None if abs(value) <= _LARGEST else ()  # not so for what is not a number either
    inner: Iterable[tuple[object, object]] = ()
    if isinstance(value, Mapping):
        inner = value.items()
    elif isinstance(value, list | tuple | set | frozenset):
        inner = enumerate(value)
    found = ((name, _too_large(held)) for name, held in inner)
    return next(((name, *place) for name, place in found if place is not None), None)


def _unusable(plain: Mapping[str, Any], where: tuple[object, ...], why: str) -> StoreUnusable:
    attribute = printable(".".join(str(step) for step in where), _LONGEST_PLACE)
    item = printable(f"pk={plain.get('pk')} sk={plain.get('sk')}")
    return StoreUnusable(
        f"the item {item} cannot be used: its attribute {attribute} is wrong ({printable(why)}). "
        "Put it right in the control table."
    )


def _adapter(kind: type[T]) -> TypeAdapter[T]:
    """What checks items of one kind, made when the first of them is met: it is slow to make."""
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def _stand_in(plain: dict[str, Any], where: tuple[int | str, ...]) -> None:
    """Replace a word that this release does not know, if another can stand in for it."""
    key_is_unknown = where[-1] == "[key]"
    *path, name = where[:-1] if key_is_unknown else where
    holder: Any = plain
    for step in path:
        holder = holder[step]
    if key_is_unknown:
        del holder[name]
    elif name in _STAND_INS:
        holder[name] = _STAND_INS[name]
