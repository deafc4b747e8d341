"""A plan, and what a verification found, for people and for machines."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from cli.region.model import Action, Plan, Step

_SIGNS = {Action.CREATE: "+", Action.UPDATE: "~", Action.DELETE: "-"}
_STYLES = {Action.CREATE: "green", Action.UPDATE: "yellow", Action.DELETE: "red"}
_HIDDEN = ("ssl_key", "ssl_cert", "user_data", "authorized_keys")
_OBVIOUS = ("label", "region", "domain")
"""What the line above says already."""

Line = tuple[str, str]
"""A line and its style."""


def lines(plan: Plan) -> Iterator[Line]:
    """The plan, as a person reads it."""
    if not plan.steps:
        yield "Nothing to do: everything is as the file says.", "green"
    region = None
    for step in plan.steps:
        if step.region != region:
            region = step.region
            yield "", ""
            yield region or "the name", "bold"
        yield from _step(step)
    if plan.notices:
        yield "", ""
    for notice in plan.notices:
        yield f"  ! {notice}", "yellow"
    yield "", ""
    yield summary(plan), "bold"


def summary(plan: Plan) -> str:
    """The last line."""
    counts = {action: sum(step.action is action for step in plan.steps) for action in Action}
    said = f"{counts[Action.CREATE]} to create, {counts[Action.UPDATE]} to change, "
    said += f"{counts[Action.DELETE]} to delete."
    made = [step.monthly for step in plan.steps if step.monthly is not None]
    if made:
        said += f" New each month: {money(sum(made, Decimal(0)))}."
    whole = "not known: a price is on no list" if plan.monthly is None else money(plan.monthly)
    return f"{said} All regions of the file, each month: {whole}."


def money(amount: Decimal) -> str:
    """An amount as Linode bills it."""
    return f"${amount:.2f}"


def title(step: Step) -> str:
    """A step in one line."""
    cost = f"  {money(step.monthly)}/month" if step.monthly is not None else ""
    return f"{_SIGNS[step.action]} {step.kind} {step.label}{cost}"


def _step(step: Step) -> Iterator[Line]:
    yield f"  {title(step)}", _STYLES[step.action]
    for name, (old, new) in step.changes.items():
        if name in _OBVIOUS:
            continue
        value = shown(name, new)
        said = value if step.action is Action.CREATE else f"{shown(name, old)} -> {value}"
        yield f"      {name}: {said}", ""


def shown(name: str, value: Any) -> str:
    """A value on one line. No key and no certificate is printed."""
    if name in _HIDDEN:
        return "(not shown)"
    if isinstance(value, Mapping):
        said = {key: each for key, each in value.items() if each not in (None, [])}
        return ", ".join(f"{key} {shown(key, each)}" for key, each in said.items())
    if isinstance(value, list | tuple):
        return "; ".join(shown(name, each) for each in value) or "none"
    return "none" if value is None else str(value)


def facts(plan: Plan) -> dict[str, Any]:
    """The plan for a machine."""
    return {
        "steps": [
            {
                "action": step.action,
                "kind": step.kind,
                "label": step.label,
                "region": step.region or None,
                "changes": {
                    name: {"from": _plain(name, old), "to": _plain(name, new)}
                    for name, (old, new) in step.changes.items()
                },
                "monthly": None if step.monthly is None else float(step.monthly),
            }
            for step in plan.steps
        ],
        "notices": list(plan.notices),
        "monthly": None if plan.monthly is None else float(plan.monthly),
    }


def _plain(name: str, value: Any) -> Any:
    if name in _HIDDEN:
        return "(not shown)"
    if isinstance(value, Mapping):
        return {key: _plain(key, each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(name, each) for each in value]
    return value if isinstance(value, str | int | float | None) else str(value)
