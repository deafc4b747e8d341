"""X-Filter: the query language of Linode's lists."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from local.linode_records import Fields, Refused

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "+gt": lambda value, wanted: value > wanted,
    "+gte": lambda value, wanted: value >= wanted,
    "+lt": lambda value, wanted: value < wanted,
    "+lte": lambda value, wanted: value <= wanted,
    "+contains": lambda value, wanted: wanted in value,
    "+neq": lambda value, wanted: value != wanted,
}


def filtered(items: Iterable[Fields], header: str | None, fields: tuple[str, ...]) -> list[Fields]:
    """The items that the header asks for, in its order. `fields` are those that may be used.

    Raises Refused for anything else, as the API does.
    """
    try:
        query = json.loads(header or "{}")
    except ValueError:
        raise _refused("Invalid JSON") from None
    if not isinstance(query, dict):
        raise _refused("Must be an object")
    query = dict(query)
    order, by = query.pop("+order", "asc"), query.pop("+order_by", None)
    if order not in ("asc", "desc"):
        raise _refused("+order must be asc or desc")
    _check(query, fields)
    if by is not None:
        _check({by: None}, fields)
    try:
        found = [item for item in items if _matches(item, query)]
        return sorted(found, key=lambda item: item[by], reverse=order == "desc") if by else found
    except TypeError:
        raise _refused("The values cannot be compared") from None


def _check(query: Any, fields: tuple[str, ...]) -> None:
    if not isinstance(query, Mapping):
        raise _refused("Must be an object")
    for key, wanted in query.items():
        if key in ("+and", "+or"):
            for part in wanted if isinstance(wanted, list) else [None]:
                _check(part, fields)
        elif key not in fields:
            raise _refused(f"Cannot filter on {key}")
        elif isinstance(wanted, Mapping) and not wanted.keys() <= _COMPARE.keys():
            raise _refused(f"Unknown operator in {list(wanted)}")


def _matches(item: Fields, query: Mapping[str, Any]) -> bool:
    return all(_matches_one(item, key, wanted) for key, wanted in query.items())


def _matches_one(item: Fields, key: str, wanted: Any) -> bool:
    if key == "+and":
        return all(_matches(item, part) for part in wanted)
    if key == "+or":
        return any(_matches(item, part) for part in wanted)
    value = item[key]
    if isinstance(wanted, Mapping):
        return all(_COMPARE[operator](value, operand) for operator, operand in wanted.items())
    # Whether the API finds the apex by {"name": ""} is not known: here it does not, so that
    # whoever relies on it finds out.
    return wanted != "" and (wanted in value if isinstance(value, list) else value == wanted)


def _refused(reason: str) -> Refused:
    return Refused(400, (reason, "X-Filter"))
