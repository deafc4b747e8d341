"""What Linode knows of a name and of the NodeBalancers behind it, as the settings of a deployment.

It only reads. The token is used for that, and is neither kept nor shown.
"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import requests
from linode_api4 import ApiError, LinodeClient

from cli.trouble import Exit, Trouble

API = "https://api.linode.com/v4"
ZONE_TTL = 86400
"""The TTL of records where neither they nor their zone say one."""

RECOMMENDED = 30
"""The shortest TTL that Linode has: a failover is over that many seconds after it is served."""

FEWEST = 2
"""A service has two regions at least."""


@dataclass(frozen=True, slots=True)
class Balancer:
    """One NodeBalancer; `path` is what its own health check asks for, empty without one."""

    label: str
    region: str
    ipv4: str
    ipv6: str | None
    port: int
    https: bool
    path: str


@dataclass(frozen=True, slots=True)
class Found:
    """What there is. The balancers that the records point at come first. `ttl` is the longest one
    of the records at the name, in seconds; None without records."""

    domain: str
    record: str
    balancers: Sequence[Balancer]
    ttl: int | None


def read(secret: str, record: str) -> Found:
    """Ask Linode. Raises Trouble."""
    url = os.environ.get("LINODE_API_URL", API)
    client = LinodeClient(secret, base_url=url.rstrip("/"))
    try:
        return _found(client, record.rstrip(".").lower())
    except ApiError as error:
        raise Trouble(
            f"Linode refused: {error.status}: {'; '.join(map(str, error.errors))}",
            "the token needs domains:read_only and nodebalancers:read_only (docs/permissions.md)",
        ) from None
    except requests.RequestException as error:
        raise Trouble(
            f"Linode does not answer: {type(error).__name__}", "check your network, then try again"
        ) from None


def _found(client: Any, record: str) -> Found:
    zones = {str(each.domain): each for each in client.domains()}
    suits = [name for name in zones if record == name or record.endswith(f".{name}")]
    if not suits:
        there = ", ".join(sorted(zones)) or "none"
        raise Trouble(
            f"No domain of this account holds {record}; there are: {there}.",
            "name a record of one of them, or use the token of the account that has it",
            Exit.REFUSED,
        )
    domain = max(suits, key=len)
    label = record.removesuffix(domain).rstrip(".")
    records = [each for each in zones[domain].records if each.name == label]
    found = [each for each in records if each.type in ("A", "AAAA")]
    now = {str(each.target) for each in found}
    balancers = [_balancer(each) for each in client.nodebalancers()]
    inherited = zones[domain].ttl_sec or ZONE_TTL
    ttl = max((each.ttl_sec or inherited for each in found), default=None)
    return Found(domain, record, sorted(balancers, key=lambda each: each.ipv4 not in now), ttl)


def _balancer(each: Any) -> Balancer:
    configs = list(each.configs)
    best = min(configs, key=lambda c: (c.port != 443, not c.check_path), default=None)  # noqa: PLR2004
    return Balancer(
        label=str(each.label),
        region=str(each.region.id),
        ipv4=str(each.ipv4.address if hasattr(each.ipv4, "address") else each.ipv4),
        ipv6=str(each.ipv6) if each.ipv6 else None,
        port=best.port if best else 443,
        https=not best or best.port == 443 or best.protocol == "https",  # noqa: PLR2004
        path=(best.check_path if best else "") or "",
    )


def settings(example: str, found: Found) -> str:
    """The example with what was found in its place. Its comments stay. Raises Trouble."""
    if len(found.balancers) < FEWEST:
        raise Trouble(
            f"The account has {len(found.balancers)} NodeBalancer that can be read, and a service "
            "needs one in each of two regions.",
            "make the second one (docs/region.md), or leave --record out for the example",
            Exit.REFUSED,
        )
    first = found.balancers[0]
    text = _with(example, "domain", f'"{found.domain}"', "the zone in Linode DNS Manager")
    text = _with(text, "record", f'"{found.record}"', "the name that people visit")
    text = _with(text, "ttl", str(RECOMMENDED), _about_ttl(found.ttl))
    text = _with(
        text, "scheme", '"https"' if first.https else '"http"', "certificates are verified"
    )
    text = _with(text, "port", str(first.port), "")
    seen = f"as the health check of {first.label} has it" if first.path else "CHOOSE what to probe"
    text = _with(text, "path", f'"{first.path or "/health"}"', seen)
    head, _, _ = text.partition("[[service.region]]")
    return head + "\n".join(_regions(found))


def _about_ttl(ttl: int | None) -> str:
    """What the records have, and what to do about it."""
    if ttl is None:
        return "seconds; the name has no record yet"
    if ttl == RECOMMENDED:
        return "seconds, as the records have it"
    return (
        f"CHOOSE: the records have {ttl}. Set them to {RECOMMENDED} in Cloud Manager, or write "
        f"{ttl} here and raise rto_target"
    )


def _with(text: str, key: str, value: str, comment: str) -> str:
    line = rf"^({key} *)= .*$"
    told = f"  # {comment}" if comment else ""
    new, count = re.subn(
        line, lambda m: f"{m[1]}= {value}{told}", text, count=1, flags=re.MULTILINE
    )
    assert count, key
    return new


def _regions(found: Found) -> Iterator[str]:
    yield "# These are all NodeBalancers of the account, those that the name points at first."
    yield "# CHOOSE: remove what does not serve this name, and put the rest in order of preference."
    both = all(each.ipv6 for each in found.balancers)
    names: list[str] = []
    for each in found.balancers:
        twins = sum(name == each.region or name.startswith(f"{each.region}-") for name in names)
        names.append(f"{each.region}-{twins + 1}" if each.region in names else each.region)
        yield ""
        yield "[[service.region]]"
        yield f'name = "{names[-1]}"  # NodeBalancer {each.label}'
        yield '# aws_region = "us-east-1"  # CHOOSE: what its /health says in "region", if it does'
        yield f'ipv4 = "{each.ipv4}"'
        if both:
            yield f'ipv6 = "{each.ipv6}"'
    yield ""
