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
        matches = _predicate(query)
        found = [item for item in items if matches(item)]
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


def _predicate(query: Mapping[str, Any]) -> Callable[[Fields], bool]:
    """What the query asks of an item."""
    parts = [_one(key, wanted) for key, wanted in query.items()]
    return lambda item: all(part(item) for part in parts)


def _one(key: str, wanted: Any) -> Callable[[Fields], bool]:
    if key == "+and":
        return _predicate_of_all([_predicate(part) for part in wanted])
    if key == "+or":
        return _any_of(wanted)
    if isinstance(wanted, Mapping):
        return lambda item: all(_COMPARE[how](item[key], than) for how, than in wanted.items())
    return lambda item: _equals(item[key], wanted)


def _predicate_of_all(parts: list[Callable[[Fields], bool]]) -> Callable[[Fields], bool]:
    return lambda item: all(part(item) for part in parts)


def _any_of(queries: list[Mapping[str, Any]]) -> Callable[[Fields], bool]:
    """Hundreds of names may be asked for at once: those are looked up, not compared one by one."""
    texts: dict[str, set[str]] = {}
    others = []
    for query in queries:
        key, wanted = next(iter(query.items()), ("", None))
        if len(query) == 1 and isinstance(wanted, str) and wanted and not key.startswith("+"):
            texts.setdefault(key, set()).add(wanted)
        else:
            others.append(_predicate(query))

    def any_of(item: Fields) -> bool:
        for key, wanted in texts.items():
            value = item[key]
            if not wanted.isdisjoint(value if isinstance(value, list) else (value,)):
                return True
        return any(other(item) for other in others)

    return any_of


def _equals(value: Any, wanted: Any) -> bool:
    # Whether the API finds the apex by {"name": ""} is not known: here it does not, so that
    # whoever relies on it finds out.
    return wanted != "" and (wanted in value if isinstance(value, list) else value == wanted)


def _refused(reason: str) -> Refused:
    return Refused(400, (reason, "X-Filter"))
