"""From what exists and what is wanted to the steps in between: a pure function."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from cli.region.model import UNKNOWN, Action, Existing, Kind, Plan, Step, Thing, Want
from cli.trouble import Exit, Trouble

Prices = Mapping[tuple[Kind, str, str], Decimal]
"""The monthly price of a kind, by what it is billed as and its region."""

_DELETED = (Kind.NODE, Kind.INSTANCE, Kind.BALANCER, Kind.FIREWALL, Kind.ADDRESS)
"""In the order in which they can go."""


def plan(
    there: Existing,
    wanted: Sequence[Want],
    prices: Prices,
    own_tag: str,
    delete: Iterable[str] = (),
) -> Plan:
    """What is to be done. Nothing is deleted but what `delete` names. Raises Trouble."""
    steps: list[Step] = []
    notices: list[str] = []
    for want in wanted:
        things = there.all(want.kind, want.label)
        if not things:
            steps.append(_made(want, prices))
        for thing in things:
            if changes := _changes(want.keep, thing):
                steps.append(_changed(want, thing, changes))
            notices += _fixed(want, thing)
    extra = _extra(there, wanted, own_tag)
    named = set(delete)
    steps += _deleted(there, wanted, extra, named)
    notices += [
        f"There is no {label} with the tag {own_tag}: nothing to delete."
        for label in sorted(named - {each.label for each in extra})
    ]
    notices += [
        f"{each.kind} {each.label} is not in the file. It is left alone; "
        f"--delete {each.label} deletes it."
        for each in extra
        if each.label not in named and each.kind is not Kind.NODE
    ]
    return Plan(tuple(steps), tuple(notices), _total(wanted, prices))


def _made(want: Want, prices: Prices) -> Step:
    changes = {name: (None, value) for name, value in want.make.items()}
    return Step(
        Action.CREATE, want.kind, want.label, want.region, changes, want.make, want.under,
        monthly=_price(want, prices),
    )  # fmt: skip


def _changed(want: Want, thing: Thing, changes: Mapping[str, tuple[Any, Any]]) -> Step:
    body = {name: new for name, (_, new) in changes.items()}
    if "ssl_fingerprint" in body:  # told apart by it, and changed by what it is that of
        del body["ssl_fingerprint"]
        body |= {name: want.make[name] for name in ("ssl_cert", "ssl_key")}
    if want.kind is Kind.PORT:  # Linode judges them together
        body = {**{k: v for k, v in want.keep.items() if k != "ssl_fingerprint"}, **body}
    return Step(Action.UPDATE, want.kind, want.label, want.region, changes, body, path=thing.path)


def _changes(keep: Mapping[str, Any], thing: Thing) -> dict[str, tuple[Any, Any]]:
    """What differs. Tags are only added; a value that nobody knows yet differs from none."""
    found = {}
    for name, new in keep.items():
        old: Any = thing.fields.get(name)
        if name == "tags":
            new = [*old, *(each for each in new if each not in old)]  # noqa: PLW2901
        if new is not UNKNOWN and _plain(name, old) != _plain(name, new):
            found[name] = (old, new)
    return found


def _plain(name: str, value: Any) -> Any:
    """A value as it is compared: what Linode adds to rules and how it writes addresses aside."""
    if name == "rules" and value:
        return {
            key: [_rule(each) for each in part] if isinstance(part, list) else part
            for key, part in value.items()
            if key in ("inbound", "outbound", "inbound_policy", "outbound_policy")
        }
    return value.lower() if isinstance(value, str) else value


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    addresses = rule.get("addresses") or {}
    kept = {family: sorted(map(str, found)) for family, found in addresses.items() if found}
    names = ("label", "action", "protocol", "ports")
    return {**{name: rule.get(name) for name in names}, "addresses": kept}


def _fixed(want: Want, thing: Thing) -> Iterator[str]:
    for name, value in want.fixed.items():
        found = thing.fields.get(name)
        if found not in (None, value):
            yield (
                f"{want.kind} {want.label} has {name} {found}, and the file says {value}. Linode "
                "cannot change that in place: make another one, move the traffic, and delete this."
            )


def _extra(there: Existing, wanted: Sequence[Want], own_tag: str) -> list[Thing]:
    """What carries our tag, or is a node of ours, and is not in the file."""
    regions = {want.region for want in wanted}
    known = {(want.kind, want.label) for want in wanted}
    return sorted(
        (
            thing
            for thing in there
            if thing.kind in _DELETED
            and (thing.kind, thing.label) not in known
            and (thing.kind is Kind.NODE or own_tag in thing.fields.get("tags", ()))
            and ("" in regions or thing.region in regions)
        ),
        key=lambda thing: (_DELETED.index(thing.kind), thing.label),
    )


def _deleted(
    there: Existing, wanted: Sequence[Want], extra: Sequence[Thing], named: set[str]
) -> Iterator[Step]:
    if kept := named & {want.label for want in wanted}:
        raise Trouble(
            f"{', '.join(sorted(kept))} is in the file, so it is not deleted.",
            "take it out of the file first; plan then names it",
            Exit.REFUSED,
        )
    targets = {each.fields["target"] for each in there if each.kind is Kind.RECORD}
    for thing in extra:
        if thing.label not in named:
            continue
        if thing.kind is Kind.BALANCER and targets & {thing.fields["ipv4"], thing.fields["ipv6"]}:
            raise Trouble(
                f"The name points at {thing.label}, so it is not deleted.",
                "move the traffic first: linode-failover failover",
                Exit.REFUSED,
            )
        yield Step(Action.DELETE, thing.kind, thing.label, thing.region, {}, path=thing.path)


def _price(want: Want, prices: Prices) -> Decimal | None:
    return prices.get((want.kind, want.price, want.region)) if want.price else None


def _total(wanted: Sequence[Want], prices: Prices) -> Decimal | None:
    billed = [_price(want, prices) for want in wanted if want.price]
    return None if None in billed else sum((each for each in billed if each), Decimal(0))
