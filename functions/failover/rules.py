"""What single values may be: each rule once, with the words and example of its refusal."""

import math
import re
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import SplitResult, urlsplit

from failover.core.recovery import TTLS
from failover.core.settings import Failback, JsonScalar, Mode, Routing
from failover.refusal import Refusal, Rule, shown

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"([0-9]{1,9})(ms|s|m|h)")
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DNS_NAME = re.compile(rf"({_LABEL}\.)+(?![0-9]+$){_LABEL}")
_NAME = re.compile(r"[a-z0-9-]{1,63}")
_AWS_REGION = re.compile(r"[a-z]{2,8}(-[a-z]{2,16}){1,3}-[1-9][0-9]?")
_PATH = re.compile(r"/[!-\"$-~]{0,1023}")  # printable ASCII without "#"
_PRINTABLE = re.compile(r"[!-~]{1,2048}")

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

    return Rule(read, f'a duration from "{least}" to "{most}"', f'"{example}"')


def _tick_length(value: object) -> float:
    duration = seconds(value)
    if duration and not seconds("120s") <= duration <= seconds("130s"):
        raise Refusal
    return duration


def _integer(least: int, most: int, example: int) -> Rule:
    def read(value: object) -> int:
        if type(value) is not int or not least <= value <= most:
            raise Refusal
        return value

    return Rule(read, f"a whole number from {least} to {most}", str(example))


def _ttl(value: object) -> int:
    if type(value) is not int or value not in TTLS:
        raise Refusal
    return value


def _boolean(value: object) -> bool:
    if type(value) is not bool:
        raise Refusal
    return value


def _matching(pattern: re.Pattern[str]) -> Callable[[object], str]:
    def read(value: object) -> str:
        text = _text(value)
        if not pattern.fullmatch(text):
            raise Refusal
        return text

    return read


def _choice(kind: Callable[[str], Any], *choices: str) -> Rule:
    def read(value: object) -> Any:  # noqa: ANN401 -- whatever `kind` makes
        if _text(value) not in choices:
            raise Refusal
        return kind(_text(value))

    return Rule(read, " or ".join(f'"{choice}"' for choice in choices), f'"{choices[0]}"')


def _routing(value: object) -> Routing:
    if value == Routing.MULTIVALUE:
        raise Refusal("which this release does not have yet", 'write routing = "failover"')
    if value != Routing.FAILOVER:
        raise Refusal
    return Routing.FAILOVER


def _dns_name(own: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        name = _text(value).removesuffix(".")
        if len(name) > 253 or not _DNS_NAME.fullmatch(name):  # noqa: PLR2004 -- RFC 1035
            raise Refusal
        if name.endswith(_EXAMPLE_ZONES) and any(
            name == zone or name.endswith(f".{zone}") for zone in _EXAMPLE_ZONES
        ):
            raise Refusal("which is only an example", f"write your own: {own}")
        return name

    return read


def _address(kind: type[IPv4Address | IPv6Address], own: str) -> Callable[[object], str]:
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

    return read


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
    if any(type(status) is not int or not 100 <= status <= 599 for status in value):  # noqa: PLR2004
        raise Refusal
    return frozenset(value)


def _pairs(value: object) -> dict[str, JsonScalar]:
    if not isinstance(value, dict):
        raise Refusal
    for key, expected in value.items():
        if not _is_scalar(expected):
            raise Refusal(f"where {shown(key)} is {shown(expected)}")
    return dict(value)


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
        values = tuple(_item(rule, item) for item in value)
        if len(set(values)) < len(values):
            raise Refusal("with the same one twice")
        return values

    return read


def _item(rule: Callable[[object], str], item: object) -> str:
    try:
        return rule(item)
    except Refusal:
        raise Refusal(f"where {shown(item)} is not one") from None


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


def _not_yet(instead: str) -> Rule:
    def read(_: object) -> object:
        raise Refusal("which this release does not have yet", instead)

    return Rule(read)


_ZONE = "the zone in Linode DNS Manager"
_RECORD = "the name that people visit"
_IPV4 = "the public IPv4 address of the region's NodeBalancer"
_IPV6 = f"{_IPV4.replace('4', '6')} (every region has one, or none)"

AWS_REGION = Rule(_matching(_AWS_REGION), "an AWS region", '"eu-west-1"')
NAME = Rule(_matching(_NAME), "1 to 63 of a-z, 0-9 and -", '"shop"')

REVISION = _integer(1, 10**12, 1)
VANTAGES = Rule(_each(AWS_REGION), "a list of different AWS regions", '["eu-west-1"]')
TICK_LENGTH = Rule(_tick_length, 'a duration from "120s" to "130s", or "0s"', '"130s"')
REGION_METRICS = Rule(_boolean, "true or false", "true")
PUBLISH_ALLOWANCE = _duration("1s", "1h", "60s")
REFERENCES = Rule(
    _each(api_url),
    "a list of different https URLs outside AWS (http only to this machine)",
    '["https://one.one.one.one/"]',
)

DOMAIN = Rule(_dns_name(_ZONE), f"{_ZONE}, a DNS name in lower case", '"example.com"')
RECORD = Rule(_dns_name(_RECORD), f"{_RECORD}, a DNS name in lower case", '"app.example.com"')
MODE = _choice(Mode, "observe", "act")
ROUTING = Rule(_routing, '"failover"', '"failover"')
TTL = Rule(_ttl, f"one of Linode's TTLs ({', '.join(map(str, TTLS))})", "30")
FAILBACK = _choice(Failback, "manual", "automatic")
FAILBACK_AFTER = _duration("5m", "168h", "10m")
FLIP_BUDGET = _integer(1, 100, 4)
RTO_TARGET = _duration("1s", "24h", "3m")
DATA = _not_yet("leave [service.data] out: no freshness of data is looked at")

SCHEME = _choice(str, "https", "http")
PORT = _integer(1, 65535, 443)
PATH = Rule(_matching(_PATH), 'printable ASCII that begins with "/", without "#"', '"/health"')
STATUS = Rule(_statuses, "a list of HTTP statuses from 100 to 599", "[200]")
JSON = Rule(_pairs, "pairs of a key and a text, number or boolean", '{ status = "healthy" }')
TIMEOUT = _duration("50ms", "10s", "4s")
INTERVAL = _duration("200ms", "60s", "10s")
CONFIRM_INTERVAL = _duration("100ms", "60s", "5s")
THRESHOLD = _integer(1, 100, 3)

IPV4 = Rule(_address(IPv4Address, _IPV4), _IPV4, '"192.0.2.1"')
IPV6 = Rule(_address(IPv6Address, _IPV6), _IPV6, '"2001:db8::1"')
NODEBALANCER = _not_yet("write ipv4 (and ipv6) with the addresses of that NodeBalancer")
