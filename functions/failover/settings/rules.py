"""What single values may be: each rule once, with the words and example of its refusal."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import SplitResult, urlsplit

from failover.settings.model import REGION_MARK, VANTAGE_MARK, Failback, JsonScalar, Mode, Routing
from failover.settings.recovery import TTLS
from failover.settings.refusal import Refusal, Rule, shown

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"([0-9]{1,9})(ms|s|m|h)")
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DNS_NAME = re.compile(rf"({_LABEL}\.)+(?![0-9]+$){_LABEL}")
_NAME = re.compile(r"[a-z0-9-]{1,63}")
_AWS_REGION = re.compile(r"[a-z]{2,8}(-[a-z]{2,16}){1,3}-[1-9][0-9]?")
_BALANCER = re.compile(r"[A-Za-z0-9_-]{3,32}")
_PATH = re.compile(r'/[!"$-~]{0,1023}')  # printable ASCII without "#"
_TABLE = re.compile(r"[A-Za-z0-9_.-]{3,255}")
_ATTRIBUTE = re.compile(r"[A-Za-z0-9_.:#-]{1,128}")
_KEY_TEXT = re.compile(r"[!-z|~]{1,200}")  # printable ASCII without braces
_PRINTABLE = re.compile(r"[!-~]{1,2048}")

MOST_NAMED = 6  # items of one list in one sentence

_FORMATS = {IPv4Address: "ipv4", IPv6Address: "ipv6"}  # of JSON Schema

# RFC 2606, RFC 5737 and RFC 3849: nobody's names and addresses, for documentation only.
_EXAMPLE_ZONES = ("example.com", "example.net", "example.org")
_EXAMPLE_NETWORKS = tuple(
    ip_network(net)
    for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)


def seconds(value: object) -> float:
    """A duration such as "4s" in seconds."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise Refusal("a number without a unit")
    match = _DURATION.fullmatch(_text(value))
    if not match:
        raise Refusal
    number = int(match[1])
    return number / 1000 if match[2] == "ms" else number * _UNITS[match[2]]


def _text(value: object) -> str:
    if type(value) is not str:
        raise Refusal
    return value


def _duration(least: str, most: str, example: str) -> Rule:
    low, high = seconds(least), seconds(most)

    def read(value: object) -> float:
        duration = seconds(value)
        if not low <= duration <= high:
            raise Refusal
        return duration

    return Rule(read, f'a duration from "{least}" to "{most}"', f'"{example}"', _schema(_DURATION))


def _integer(least: int, most: int, example: int) -> Rule:
    def read(value: object) -> int:
        if type(value) is not int or not least <= value <= most:
            raise Refusal
        return value

    schema = {"type": "integer", "minimum": least, "maximum": most}
    return Rule(read, f"a whole number from {least} to {most}", str(example), schema)


def _ttl(value: object) -> int:
    if type(value) is not int or value not in TTLS:
        raise Refusal
    return value


def _boolean(value: object) -> bool:
    if type(value) is not bool:
        raise Refusal
    return value


def _schema(pattern: re.Pattern[str], end: str = "") -> dict[str, Any]:
    """Text that matches, in JSON Schema, whose patterns are not anchored."""
    return {"type": "string", "pattern": f"^({pattern.pattern}){end}$"}


def _list(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": 1}


def _matching(pattern: re.Pattern[str]) -> Callable[[object], str]:
    def read(value: object) -> str:
        text = _text(value)
        if not pattern.fullmatch(text):
            raise Refusal
        return text

    return read


def _pattern(pattern: re.Pattern[str], allowed: str, example: str) -> Rule:
    return Rule(_matching(pattern), allowed, example, _schema(pattern))


def _choice(kind: Callable[[str], Any], *choices: str) -> Rule:
    def read(value: object) -> Any:  # noqa: ANN401 -- whatever `kind` makes
        if _text(value) not in choices:
            raise Refusal
        return kind(_text(value))

    allowed = " or ".join(f'"{choice}"' for choice in choices)
    return Rule(read, allowed, f'"{choices[0]}"', {"enum": list(choices)})


def zone_meant(value: object) -> str:
    """The zone that a domain can only mean, also where it is refused; otherwise empty."""
    name = value.removesuffix(".").lower() if isinstance(value, str) else ""
    return name if _DNS_NAME.fullmatch(name) else ""


def _dns_name(own: str, example: str) -> Rule:
    def read(value: object) -> str:
        name = _text(value).removesuffix(".")
        if len(name) > 253 or not _DNS_NAME.fullmatch(name):  # noqa: PLR2004 -- RFC 1035
            raise Refusal
        if name.endswith(_EXAMPLE_ZONES) and any(
            name == zone or name.endswith(f".{zone}") for zone in _EXAMPLE_ZONES
        ):
            raise Refusal("which is only an example", f"write your own: {own}")
        return name

    return Rule(read, f"{own}, a DNS name in lower case", example, _schema(_DNS_NAME, end=r"\.?"))


def _address(kind: type[IPv4Address | IPv6Address], own: str, example: str) -> Rule:
    def read(value: object) -> str:
        try:
            address = ip_address(_text(value))
        except ValueError:
            raise Refusal from None
        if not isinstance(address, kind):
            raise Refusal(f"an IPv{address.version} address")
        if any(address in network for network in _EXAMPLE_NETWORKS):
            raise Refusal("which is only an example", f"write your own: {own}")
        if _nobodys(address):
            raise Refusal("which no server can have")
        return str(address)

    return Rule(read, own, example, {"type": "string", "format": _FORMATS[kind]})


def _nobodys(address: IPv4Address | IPv6Address) -> bool:
    """Unspecified, multicast, broadcast, link-local and mapped addresses. Private and loopback ones
    are somebody's: a world on one machine has no others."""
    if address.is_unspecified or address.is_multicast or address.is_link_local:
        return True
    if isinstance(address, IPv4Address):
        return address.is_reserved  # 240.0.0.0/4, broadcast included
    return bool(address.ipv4_mapped or address.scope_id)


def _statuses(value: object) -> frozenset[int]:
    if not isinstance(value, list) or not value:
        raise Refusal
    if any(type(status) is not int or not 100 <= status <= 599 for status in value):  # noqa: PLR2004 -- HTTP's
        raise Refusal
    return frozenset(value)


def _pairs(value: object) -> dict[str, JsonScalar]:
    if not isinstance(value, dict):
        raise Refusal
    _refuse_all(
        f"{shown(key)} is {shown(expected)}"
        for key, expected in value.items()
        if not _is_scalar(expected)
    )
    return dict(value)


def _refuse_all(faults: Iterable[str]) -> None:
    """Raises Refusal with all of them, where there are any; those of a long list are counted."""
    named = list(faults)
    if len(named) > MOST_NAMED:
        named[MOST_NAMED:] = [f"{len(named) - MOST_NAMED} more are wrong"]
    if named:
        raise Refusal(f"where {' and '.join(named)}")


def _is_scalar(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return value.bit_length() < 64  # noqa: PLR2004 -- TOML's own limit
    return isinstance(value, str)


def _each(rule: Callable[[object], str]) -> Callable[[object], tuple[str, ...]]:
    def read(value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not value:
            raise Refusal
        _refuse_all(f"{shown(item)} is not one" for item in value if not _is_good(rule, item))
        values = tuple(rule(item) for item in value)
        if len(set(values)) < len(values):
            raise Refusal("with the same one twice")
        return values

    return read


def _vantages(value: object) -> tuple[str, ...]:
    values = _each(AWS_REGION)(value)
    if len(values) > MOST_VANTAGES:
        raise Refusal(
            f"where {len(values)} are named, and a strongly consistent control table has no more "
            f"than {MOST_VANTAGES} members"
        )
    return values


def _is_good(rule: Callable[[object], str], item: object) -> bool:
    try:
        rule(item)
    except Refusal:
        return False
    return True


def api_url(value: object) -> str:
    """An https URL without a user name; plain http to this machine, since nothing leaves it."""
    return _url(value, plain=("127.0.0.1", "::1", "localhost")).geturl()


def _url(value: object, plain: tuple[str, ...]) -> SplitResult:
    try:
        url = urlsplit(_matching(_PRINTABLE)(value))
        port = url.port  # raises ValueError when it is no port
    except ValueError:
        raise Refusal from None
    secure = url.scheme == "https" or (url.scheme == "http" and url.hostname in plain)
    if not secure or not url.hostname or port == 0 or "@" in url.netloc or url.fragment:
        raise Refusal
    return url


def _key(value: object) -> dict[str, str]:
    """One or two attributes with their texts, in which {region} tells the regions apart."""
    if not isinstance(value, dict) or not 1 <= len(value) <= 2:  # noqa: PLR2004 -- DynamoDB's keys
        raise Refusal
    named = (f"{shown(n)} is no name of an attribute" for n in value if not _ATTRIBUTE.fullmatch(n))
    _refuse_all([*named, *(f"{shown(n)} is {shown(t)}" for n, t in value.items() if not _fits(t))])
    if not any(REGION_MARK in text for text in value.values()):
        raise Refusal(f"without {REGION_MARK}, so that all regions would have one item")
    return dict(value)


def _fits(text: object) -> bool:
    return isinstance(text, str) and _filled(text, REGION_MARK, _KEY_TEXT)


def _heartbeat_attribute(value: object) -> str:
    text = _text(value)
    if not _filled(text, VANTAGE_MARK, _ATTRIBUTE):
        raise Refusal
    if VANTAGE_MARK not in text:
        raise Refusal(f"without {VANTAGE_MARK}, so that vantages would write over each other")
    return text


def _filled(text: str, mark: str, pattern: re.Pattern[str]) -> bool:
    """Whether a text is good once its mark is replaced; no other mark is known."""
    return bool(pattern.fullmatch(text.replace(mark, "")) or text == mark)


_IPV4 = "the public IPv4 address of the region's NodeBalancer (or its label, in nodebalancer)"
_IPV6 = "the public IPv6 address of the region's NodeBalancer (every region has one, or none)"

AWS_REGION = _pattern(_AWS_REGION, "an AWS region", '"eu-west-1"')
NAME = _pattern(_NAME, "1 to 63 of a-z, 0-9 and -", '"shop"')

REVISION = _integer(1, 10**12, 1)
MOST_VANTAGES = 3
"""Members of a global table with multi-Region strong consistency (Amazon DynamoDB Developer Guide,
"Multi-Region strong consistency")."""

VANTAGES = Rule(
    _vantages,
    "a list of one to three different AWS regions",
    '["eu-west-1"]',
    {**_list(AWS_REGION.schema), "maxItems": MOST_VANTAGES, "uniqueItems": True},
)
REGION_METRICS = Rule(_boolean, "true or false", "true", {"type": "boolean"})
PUBLISH_ALLOWANCE = _duration("1s", "1h", "60s")
REFERENCES = Rule(
    _each(api_url),
    "a list of different https URLs outside AWS (http only to this machine)",
    '["https://one.one.one.one/"]',
    {**_list({"type": "string", "pattern": "^https?://"}), "uniqueItems": True},
)

DOMAIN = _dns_name("the zone in Linode DNS Manager", '"example.com"')
RECORD = _dns_name("the name that people visit", '"app.example.com"')
MODE = _choice(Mode, "observe", "act")
ROUTING = _choice(Routing, "failover", "multivalue")
TTL = Rule(_ttl, f"one of Linode's TTLs ({', '.join(map(str, TTLS))})", "30", {"enum": list(TTLS)})
FAILBACK = _choice(Failback, "manual", "automatic")
FAILBACK_AFTER = _duration("5m", "168h", "10m")
FLIP_BUDGET = _integer(1, 100, 4)
RTO_TARGET = _duration("1s", "24h", "3m")

SCHEME = _choice(str, "https", "http")
PORT = _integer(1, 65535, 443)
PATH = _pattern(_PATH, 'printable ASCII that begins with "/", without "#"', '"/health"')
STATUS = Rule(
    _statuses,
    "a list of HTTP statuses from 100 to 599",
    "[200]",
    _list({"type": "integer", "minimum": 100, "maximum": 599}),
)
JSON = Rule(
    _pairs,
    "pairs of a key and a text, number or boolean",
    '{ status = "healthy" }',
    {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}},
)
TIMEOUT = _duration("50ms", "10s", "4s")
INTERVAL = _duration("200ms", "60s", "10s")
CONFIRM_INTERVAL = _duration("100ms", "60s", "5s")
THRESHOLD = _integer(1, 100, 3)

IPV4 = _address(IPv4Address, _IPV4, '"192.0.2.1"')
IPV6 = _address(IPv6Address, _IPV6, '"2001:db8::1"')
NODEBALANCER = _pattern(
    _BALANCER,
    "the label of the region's NodeBalancer, 3 to 32 of A-Z, a-z, 0-9, - and _",
    '"lb-us-east"',
)

DATA_TABLE = _pattern(
    _TABLE, "the name of the application's DynamoDB global table", '"my-app-data"'
)
MAX_AGE = _duration("10s", "24h", "60s")
ACCEPT_STALE_AFTER = _duration("0s", "24h", "5m")
KEY = Rule(
    _key,
    "one or two key attributes with their texts, {region} in one of them at least",
    '{ pk = "heartbeat", sk = "{region}" }',
    {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 2,
        "additionalProperties": {"type": "string"},
    },
)
ATTRIBUTE = Rule(
    _heartbeat_attribute,
    "the name of an attribute, with {vantage} in it",
    '"heartbeat_{vantage}"',
    {"type": "string", "pattern": r"\{vantage\}"},
)
