"""What single values may be, where more than one key or table needs it or pydantic has no word for
it. What a key allows is said in its table."""

import math
import re
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, WithJsonSchema

from failover.settings.model import REGION_MARK, VANTAGE_MARK, JsonScalar
from failover.settings.recovery import TTLS
from failover.settings.refusal import OnlyAnExample, Refusal
from failover.settings.validation import allowed

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"([0-9]{1,9})(ms|s|m|h)")
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DNS_NAME = re.compile(rf"({_LABEL}\.)+(?![0-9]+$){_LABEL}")
_ATTRIBUTE = re.compile(r"[A-Za-z0-9_.:#-]{1,128}")
_KEY_TEXT = re.compile(r"[!-z|~]{1,200}")  # printable ASCII without braces
_PRINTABLE = re.compile(r"[!-~]{1,2048}")

# RFC 2606, RFC 5737 and RFC 3849: nobody's names and addresses, for documentation only.
_EXAMPLE_ZONES = ("example.com", "example.net", "example.org")
_EXAMPLE_NETWORKS = tuple(
    ip_network(net)
    for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)

_T = TypeVar("_T")


def text(pattern: str, words: str, example: str, **more: Any) -> Any:  # noqa: ANN401 -- as Field
    """Text that matches as a whole."""
    return allowed(words, example, pattern=f"^({pattern})$", **more)


def table_name(words: str, example: str) -> Any:  # noqa: ANN401 -- as Field
    """The name of a DynamoDB table."""
    return text(r"[A-Za-z0-9_.-]{3,255}", words, example)


def whole(least: int, most: int, example: int, **more: Any) -> Any:  # noqa: ANN401 -- as Field
    """A whole number."""
    return allowed(f"a whole number from {least} to {most}", example, ge=least, le=most, **more)


def lasting(least: str, most: str, example: str, **more: Any) -> Any:  # noqa: ANN401 -- as Field
    """The bounds of a Duration."""
    words = f'a duration from "{least}" to "{most}"'
    return allowed(words, example, ge=seconds(least), le=seconds(most), **more)


def one_of(*choices: str, **more: Any) -> Any:  # noqa: ANN401 -- as Field
    """One of the words of an enumeration."""
    words = " or ".join(f'"{choice}"' for choice in choices)
    return allowed(words, choices[0], strict=False, **more)


def seconds(value: object) -> float:
    """A duration such as "4s" in seconds."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise Refusal("a number without a unit")
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise Refusal
    number = int(match[1])
    return number / 1000 if match[2] == "ms" else number * _UNITS[match[2]]


def _ttl(value: int) -> int:
    """A TTL that Linode keeps as it is."""
    if value not in TTLS:
        raise Refusal
    return value


def zone_meant(value: object) -> str:
    """The zone that a domain can only mean, also where it is refused; otherwise empty."""
    name = value.removesuffix(".").lower() if isinstance(value, str) else ""
    return name if _DNS_NAME.fullmatch(name) else ""


def _dns_name(value: str) -> str:
    name = value.removesuffix(".")
    if len(name) > 253 or not _DNS_NAME.fullmatch(name):  # noqa: PLR2004 -- RFC 1035
        raise Refusal
    if any(name == zone or name.endswith(f".{zone}") for zone in _EXAMPLE_ZONES):
        raise OnlyAnExample
    return name


def _address(kind: type[IPv4Address | IPv6Address], value: str) -> str:
    """An address that a server can have, in canonical text."""
    try:
        found = ip_address(value)
    except ValueError:
        raise Refusal from None
    if not isinstance(found, kind):
        raise Refusal(f"an IPv{found.version} address")
    if any(found in network for network in _EXAMPLE_NETWORKS):
        raise OnlyAnExample
    if _nobodys(found):
        raise Refusal("which no server can have")
    return str(found)


def _nobodys(found: IPv4Address | IPv6Address) -> bool:
    """Unspecified, multicast, broadcast, link-local and mapped addresses. Private and loopback ones
    are somebody's: a world on one machine has no others."""
    if found.is_unspecified or found.is_multicast or found.is_link_local:
        return True
    if isinstance(found, IPv4Address):
        return found.is_reserved  # 240.0.0.0/4, broadcast included
    return bool(found.ipv4_mapped or found.scope_id)


def _scalar(value: object) -> JsonScalar:
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, int) and value.bit_length() < 64:  # noqa: PLR2004 -- TOML's own limit
        return value
    if isinstance(value, str):
        return value
    raise Refusal


def _different(values: tuple[_T, ...]) -> tuple[_T, ...]:
    if len(set(values)) < len(values):
        raise Refusal("with the same one twice")
    return values


def api_url(value: str) -> str:
    """An https URL without a user name; plain http to this machine, since nothing leaves it."""
    if not _PRINTABLE.fullmatch(value):
        raise Refusal
    try:
        url = urlsplit(value)
        port = url.port  # raises ValueError when it is no port
    except ValueError:
        raise Refusal from None
    here = url.scheme == "http" and url.hostname in ("127.0.0.1", "::1", "localhost")
    if not (here or url.scheme == "https") or not url.hostname:
        raise Refusal
    if port == 0 or "@" in url.netloc or url.fragment:
        raise Refusal
    return url.geturl()


def _key(value: dict[str, str]) -> dict[str, str]:
    """Attributes with their texts, in which {region} tells the regions apart."""
    if not any(REGION_MARK in text for text in value.values()):
        raise Refusal(f"without {REGION_MARK}, so that all regions would have one item")
    return value


def _heartbeat_attribute(value: str) -> str:
    """An attribute for each vantage."""
    if VANTAGE_MARK not in _marked(VANTAGE_MARK, _ATTRIBUTE, value):
        raise Refusal(f"without {VANTAGE_MARK}, so that vantages would write over each other")
    return value


def _marked(mark: str, pattern: re.Pattern[str], value: str) -> str:
    """A text that is good once its mark is replaced; no other mark is known."""
    if value != mark and not pattern.fullmatch(value.replace(mark, "")):
        raise Refusal
    return value


def _pattern(pattern: re.Pattern[str], end: str = "") -> WithJsonSchema:
    """What JSON Schema can say of a text, whose patterns are not anchored."""
    return WithJsonSchema({"type": "string", "pattern": f"^({pattern.pattern}){end}$"})


Name = Annotated[str, text(r"[a-z0-9-]{1,63}", "1 to 63 of a-z, 0-9 and -", "shop")]
AwsRegion = Annotated[
    str, text(r"[a-z]{2,8}(-[a-z]{2,16}){1,3}-[1-9][0-9]?", "an AWS region", "eu-west-1")
]
Duration = Annotated[float, BeforeValidator(seconds), _pattern(_DURATION)]
DnsName = Annotated[str, AfterValidator(_dns_name), _pattern(_DNS_NAME, end=r"\.?")]
Ipv4 = Annotated[
    str,
    AfterValidator(partial(_address, IPv4Address)),
    WithJsonSchema({"type": "string", "format": "ipv4"}),
]
Ipv6 = Annotated[
    str,
    AfterValidator(partial(_address, IPv6Address)),
    WithJsonSchema({"type": "string", "format": "ipv6"}),
]
HttpsUrl = Annotated[
    str, AfterValidator(api_url), WithJsonSchema({"type": "string", "pattern": "^https?://"})
]
Several = Annotated[
    tuple[_T, ...],
    Field(strict=False, min_length=1, json_schema_extra={"uniqueItems": True}),
    AfterValidator(_different),
]
Scalar = Annotated[
    JsonScalar, PlainValidator(_scalar), WithJsonSchema({"type": ["string", "number", "boolean"]})
]
Ttl = Annotated[int, AfterValidator(_ttl), WithJsonSchema({"enum": list(TTLS)})]
_AttributeName = Annotated[str, Field(pattern=f"^({_ATTRIBUTE.pattern})$")]
_KeyText = Annotated[str, AfterValidator(partial(_marked, REGION_MARK, _KEY_TEXT))]
HeartbeatAttribute = Annotated[
    str,
    AfterValidator(_heartbeat_attribute),
    WithJsonSchema({"type": "string", "pattern": r"\{vantage\}"}),
]
Key = Annotated[
    dict[_AttributeName, _KeyText], Field(min_length=1, max_length=2), AfterValidator(_key)
]
