"""The core's values as items of the control table, and back.

pydantic does both ways over the frozen dataclasses: what they say is what the items have. Reading
is tolerant, because releases run side by side while a stack is updated: attributes that this
release does not know are passed over, and those it misses take their defaults.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from pydantic import TypeAdapter, ValidationError

from failover.core.state import Kind, State, Stop
from failover.core.votes import Ballot
from failover.errors import StoreUnusable

SCHEMA = 1

T = TypeVar("T")
Attributes = Mapping[str, Any]

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


_ADAPTERS: Mapping[type, TypeAdapter[Any]] = {
    kind: TypeAdapter(kind) for kind in (State, Ballot, Stop)
}


def attributes(value: State | Ballot) -> dict[str, Any]:
    """The attributes of an item, in DynamoDB's typed form, without its keys."""
    plain = _ADAPTERS[type(value)].dump_python(value, mode="json")
    return {
        name: _serialize(_decimal(field)) for name, field in (plain | {"schema": SCHEMA}).items()
    }


def value(kind: type[T], item: Attributes) -> T:
    """The value that an item holds. Raises StoreUnusable, naming the item and what is wrong."""
    plain = {name: _deserialize(field) for name, field in item.items()}
    if kind is State:
        plain["incidents"] = _known(plain.get("incidents"))
    try:
        found: T = _ADAPTERS[kind].validate_python(plain)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise StoreUnusable(
            f"the item {plain.get('pk')} / {plain.get('sk')} cannot be used: {where}: "
            f"{first['msg']}"
        ) from None
    return found


def _known(incidents: object) -> object:
    """The incidents of the kinds that this release knows; a newer one writes its own again."""
    if not isinstance(incidents, Mapping):
        return {}
    return {kind: incident for kind, incident in incidents.items() if kind in set(Kind)}


def _decimal(field: object) -> object:
    """The same with every float as the decimal that reads as that float again."""
    if isinstance(field, float):
        return Decimal(repr(field))
    if isinstance(field, Mapping):
        return {name: _decimal(inner) for name, inner in field.items()}
    if isinstance(field, list | tuple):
        return [_decimal(inner) for inner in field]
    return field
