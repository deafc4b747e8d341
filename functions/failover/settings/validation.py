"""What the settings file, the environment and the events have in common: they are tables of keys
and values. pydantic checks them, and people are told in none of its words."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from failover.settings.refusal import OnlyAnExample, Refusal, inside, path, shown

Location = tuple[int | str, ...]

MOST_NAMED = 6  # items of one list in one sentence


UNSAID: Any = None
"""The default of a key that need not be there. Where it is, its value is never None."""


class Table(BaseModel):
    """A table. The `description` of a field says what is allowed, and its first example is shown;
    with `repr=False` its value may be a secret. The title is the heading in the file."""

    # Built at its first use, so that a table inside another one is built once, as a part of that.
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)

    @classmethod
    def written(cls, key: str, value: object) -> str:
        """One key with its value, as a person writes them."""
        return f"{key} = {_toml(value)}"


def allowed(words: str, example: object, **more: Any) -> Any:  # noqa: ANN401 -- as Field
    """A field with what a person reads about its values ("allowed is <words>, for example ..."),
    with its default as a person would write it, and with pydantic's own constraints."""
    if more.get("default") is not None:
        more["validate_default"] = True
    return Field(description=words, examples=[example], **more)


def keys(table: type[Table]) -> dict[str, FieldInfo]:
    """The keys of a table, as they are written."""
    return {spec.alias or name: spec for name, spec in table.model_fields.items()}


def heading(table: type[Table]) -> str:
    """What stands above a table in the file."""
    return str(table.model_config["title"])


def below(spec: FieldInfo) -> type[Table] | None:
    """The table that a key opens, or that each of its list is."""
    kinds = (spec.annotation, *get_args(spec.annotation))
    return next((k for k in kinds if isinstance(k, type) and issubclass(k, Table)), None)


def family(table: type[Table]) -> Iterator[type[Table]]:
    """A table and all tables inside it."""
    yield table
    for inner in filter(None, map(below, table.model_fields.values())):
        yield from family(inner)


def problems(
    refused: ValidationError, said: object, root: type[Table]
) -> Iterator[tuple[Location, str]]:
    """Every key that is wrong: where it stands, and one sentence with the path to it, what is
    there, what is allowed, and an example."""
    errors = refused.errors(include_url=False)
    for place, found in groupby(errors, lambda error: _place(root, error["loc"])):
        sentence = _sentence(place, list(found), said, root)
        yield place.location, f"{path(said, place.location)}: {sentence}"


def few(named: list[str], most: int) -> list[str]:
    """The first of them; those of a long list are counted."""
    more = len(named) - most
    return [*named[:most], *([f"{more} more are wrong"] if more > 0 else [])]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a key stands, and the innermost table around it. A table in a list is a place too, and
    so is a key that its table does not have: without `spec`."""

    location: Location
    table: type[Table] = field(compare=False)
    spec: FieldInfo | None = field(compare=False)


def _place(root: type[Table], location: Location) -> _Place:
    table, spec = root, None
    for depth, step in enumerate(location, start=1):
        spec = None if isinstance(step, int) else keys(table).get(step)
        inner = below(spec) if spec else None
        if inner is None and isinstance(step, str):
            return _Place(location[:depth], table, spec)
        table = inner or table
    return _Place(location, table, spec)


def _sentence(
    place: _Place, errors: Sequence[ErrorDetails], said: object, root: type[Table]
) -> str:
    error, spec = errors[0], place.spec
    if error["type"] == "extra_forbidden":
        return f"unknown key; {_known(root, place.table, str(place.location[-1]))}"
    cause = error.get("ctx", {}).get("error")
    refusal = cause if isinstance(cause, Refusal) else Refusal()
    hidden = spec is not None and not spec.repr
    inner = [_inner(each, len(place.location), hidden) for each in errors]
    named = " and ".join(few([words for words in inner if words], MOST_NAMED))
    why = f"where {named}" if named else refusal.why
    what = _found(inside(said, place.location), error, spec)
    return f"{what}{f', {why}' if why else ''}; {_instead(place, refusal)}"


def _found(value: object, error: ErrorDetails, spec: FieldInfo | None) -> str:
    if value is not None:
        hidden = spec is not None and not spec.repr
        return f"found {'a value that is not shown' if hidden else shown(value)}"
    if error["type"] == "missing" or error["input"] is None:
        return "missing"
    return f"{shown(error['input'])} by default"


def _instead(place: _Place, refusal: Refusal) -> str:
    if refusal.instead:
        return refusal.instead
    spec = place.spec
    if spec is None or not spec.description:
        return f"allowed is a table, for example under {heading(place.table)}"
    if isinstance(refusal, OnlyAnExample):
        return f"write your own: {spec.description}"
    words = f"allowed is {spec.description}"
    for example in spec.examples or ():
        words += f", for example {place.table.written(str(place.location[-1]), example)}"
    return words


def _inner(error: ErrorDetails, depth: int, hidden: bool) -> str:
    """What is wrong inside a value: with an item of a list, or with a pair."""
    match error["loc"][depth:]:
        case (str(name), "[key]"):
            return f"{shown(name)} cannot be a name"
        case (str(name), *_) if hidden:
            return f"{shown(name)} is not one"
        case (str(name), *_):
            return f"{shown(name)} is {shown(error['input'])}"
        case (int(), *_):
            return f"{shown(error['input'])} is not one"
    return ""


def _known(root: type[Table], table: type[Table], key: str) -> str:
    import difflib  # noqa: PLC0415 - what is right needs no hint

    for other in family(root):
        if key in keys(other):
            return f"its place is {heading(other)}"
    close = difflib.get_close_matches(key, keys(table), 1)
    hint = f"did you mean {close[0]}? " if close else ""
    return f"{hint}allowed are {', '.join(keys(table))}"


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_toml(inner)}' for key, inner in value.items())} }}"
    return json.dumps(value)
