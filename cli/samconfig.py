"""Which stacks a samconfig.toml names. It needs neither SAM CLI nor AWS."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack of the file: the name of its environment, its AWS region, its own name."""

    environment: str
    region: str
    name: str


def options(environment: Mapping[str, Any], command: str = "deploy") -> Mapping[str, Any]:
    """The options of one command of SAM CLI; those of `global` hold where it has none."""
    return {**_of(environment, "global"), **_of(environment, command)}


def _of(environment: Mapping[str, Any], command: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = environment.get(command, {}).get("parameters", {})
    return found


def environments(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every environment but SAM's own default."""
    for name, environment in document.items():
        if name not in ("version", DEFAULT) and isinstance(environment, Mapping):
            yield str(name), environment


def stacks(document: Mapping[str, Any]) -> Iterator[Stack]:
    """The stack of every environment that names one."""
    for name, environment in environments(document):
        found = options(environment)
        if found.get("region") and found.get("stack_name"):
            yield Stack(name, str(found["region"]), str(found["stack_name"]))
