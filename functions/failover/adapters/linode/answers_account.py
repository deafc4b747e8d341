"""What the Linode API says about the user of the token, and about what is behind NodeBalancers."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from failover.adapters.linode.answers import Page, Unusable, as_object, field, items, number
from failover.health.answer import printable
from failover.preflight.facts import BackEnds


def is_restricted(value: object) -> bool:
    """Whether a profile is that of a restricted user. Raises Unusable."""
    return field(as_object(value), "restricted", bool)


def token_ends(pages: tuple[Page, ...], is_ours: Callable[[str], bool]) -> float | None:
    """When the token ends whose beginning is ours, in Unix seconds; None where it never does.
    Raises Unusable."""
    for fields in map(as_object, items(pages)):
        if is_ours(field(fields, "token", str)):
            expiry = fields.get("expiry")
            return None if expiry is None else _time(field(fields, "expiry", str))
    raise Unusable("this token is not among the tokens of its user")


def _time(text: str) -> float:
    """A time as Linode writes it: UTC, without a zone."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise Unusable(f"{text!r} is no time") from None


def is_reserved(value: object) -> bool:
    """Whether an address is a reserved one. Raises Unusable."""
    return field(as_object(value), "reserved", bool)


def domain_grants(value: object) -> dict[int, str | None]:
    """What is granted on each domain, by its id; None where nothing is. Raises Unusable."""
    listed = (as_object(item) for item in field(as_object(value), "domain", list))
    return {number(each, "id"): _permission(each.get("permissions")) for each in listed}


def _permission(value: object) -> str | None:
    return None if value is None else printable(str(value))


def labels(pages: tuple[Page, ...]) -> dict[int, str]:
    """The labels of all NodeBalancers of a listing, by id. Raises Unusable."""
    fields = [as_object(item) for item in items(pages)]
    return {number(each, "id"): field(each, "label", str) for each in fields}


def back_ends(pages: tuple[Page, ...]) -> tuple[BackEnds, ...]:
    """What a listing of the configurations of a NodeBalancer says. Raises Unusable."""
    return tuple(_back_ends(as_object(item)) for item in items(pages))


def _back_ends(fields: Mapping[str, object]) -> BackEnds:
    nodes = as_object(fields.get("nodes_status"))
    return BackEnds(
        port=number(fields, "port"),
        check=printable(field(fields, "check", str).lower()),
        path=printable(field(fields, "check_path", str)),
        interval=number(fields, "check_interval"),
        attempts=number(fields, "check_attempts"),
        up=number(nodes, "up"),
        down=number(nodes, "down"),
    )
