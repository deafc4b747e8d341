"""What a role may do, as IAM evaluates the policies of this template, and which grants were used.

Only what the template uses is understood: allowing statements, `*` and `?`, and the conditions
below. Anything else raises, so that nothing is taken for allowed by mistake.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Call:
    """One action on one resource. `context` are the condition keys that come with it."""

    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Grant:
    """One action on one resource that a statement allows, either possibly with a wildcard."""

    sid: str
    action: str
    resource: str
    condition: str = "{}"

    def covers(self, call: Call) -> bool:
        """Whether it allows this call."""
        return (
            _like(call.action.lower(), self.action.lower())
            and _like(call.resource, self.resource)
            and all(_holds(*each, call.context) for each in json.loads(self.condition).items())
        )


def grants(policies: Iterable[Json]) -> list[Grant]:
    """Everything that these policy documents allow."""
    found = []
    for policy in policies:
        for statement in policy["Statement"]:
            known = {"Sid", "Effect", "Action", "Resource", "Condition"}
            if statement["Effect"] != "Allow" or not statement.keys() <= known:
                raise NotImplementedError(f"a statement that is not understood: {statement}")
            condition = json.dumps(statement.get("Condition", {}))
            found += [
                Grant(statement["Sid"], action, resource, condition)
                for action in _listed(statement["Action"])
                for resource in _listed(statement["Resource"])
            ]
    return found


def _holds(operator: str, wanted: Json, context: Mapping[str, tuple[str, ...]]) -> bool:
    if operator == "Null":
        return all((key not in context) == (absent == "true") for key, absent in wanted.items())
    every, _, comparison = operator.rpartition(":")
    if every not in ("", "ForAllValues") or comparison not in ("StringEquals", "StringLike"):
        raise NotImplementedError(f"a condition that is not understood: {operator}")
    match = _like if comparison == "StringLike" else str.__eq__
    for key, allowed in wanted.items():
        given = context.get(key, ())
        if not given and not every:
            return False
        if not all(any(match(each, one) for one in _listed(allowed)) for each in given):
            return False
    return True


def _like(text: str, pattern: str) -> bool:
    """IAM knows no character classes."""
    return fnmatchcase(text, pattern.replace("[", "[[]"))


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
