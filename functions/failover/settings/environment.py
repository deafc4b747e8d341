"""The environment of a function: every variable, its default and its rule, in one place.

Nothing here reads `os.environ`: the mapping is an argument. An empty variable counts as absent,
because a template's parameter that nobody set arrives as empty text.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv6Address
from typing import Any

from failover.errors import SettingsRefused
from failover.settings import rules
from failover.settings.model import Settings
from failover.settings.refusal import Refusal, Rule, sentence, shown

_DNS_PORT = 53
_TABLE = re.compile(r"[A-Za-z0-9_.-]{3,255}")
_PARAMETER = re.compile(r"/?[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*")
_TOKEN = re.compile(r"[0-9a-f]{64}")  # what a Linode personal access token looks like
_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}")
_STACK = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
_NAMESPACE = re.compile(r"[A-Za-z0-9 ._/#:-]{1,255}")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252})")
_SERVER = re.compile(r"(?:\[(?P<v6>[^\]]+)\]|(?P<host>[^:\[\]]+))(?::(?P<port>[0-9]{1,5}))?")


class TableKind(StrEnum):
    """What the control table promises: conditional writes in one AWS region, or across several."""

    PLAIN = "plain"
    STRONG = "strong"


@dataclass(frozen=True, slots=True)
class NameServer:
    """One authoritative name server: a name or an address, and its port."""

    host: str
    port: int = _DNS_PORT


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What a function is told by its template."""

    config_file: str
    control_table: str
    control_table_kind: TableKind
    linode_token_parameter: str = field(repr=False)
    linode_api_url: str
    nameservers: tuple[NameServer, ...]
    alert_topic_arn: str | None
    beat_queue_url: str | None
    stack_name: str
    vantage: str
    metrics_namespace: str
    log_level: str
    heartbeat_url_parameter: str | None = field(repr=False)
    probe_ca_file: str | None


def read(variables: Mapping[str, str]) -> Environment:
    """The environment of this function. Raises SettingsRefused with every problem at once."""
    given = {name: text.strip() for name, text in variables.items() if text.strip()}
    given.setdefault("VANTAGE", given.get("AWS_REGION", ""))
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name, variable in _VARIABLES.items():
        text = given.get(name) or variable.default
        try:
            values[variable.field] = variable.rule(text) if text is not None else None
        except Refusal as refusal:
            problems.append(_problem(name, text or "", variable.rule, refusal))
    if problems:
        raise SettingsRefused(problems)
    return Environment(**values)


def check_deployment(environment: Environment, settings: Settings) -> None:
    """Whether this deployment is one that the settings describe. Raises SettingsRefused."""
    problems: list[str] = []
    vantages = ", ".join(settings.vantages)
    if environment.vantage not in settings.vantages:
        problems.append(
            f"VANTAGE: this deployment is {environment.vantage}, and the settings list {vantages};"
            f' add "{environment.vantage}" to vantages, or remove this deployment'
        )
    if len(settings.vantages) > 1 and environment.control_table_kind is TableKind.PLAIN:
        problems.append(
            f"vantages: {len(settings.vantages)} are listed ({vantages}), and CONTROL_TABLE_KIND is"
            " plain; several vantages need a global table with multi-Region strong consistency"
            " and CONTROL_TABLE_KIND = strong, or list one vantage"
        )
    if problems:
        raise SettingsRefused(problems)


def _problem(name: str, text: str, rule: Rule, refusal: Refusal) -> str:
    found = f"found {'a value that is not shown' if rule.secret else shown(text)}"
    return sentence(name, found if text else "missing", refusal, rule)


def _matching(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def accept(text: str) -> str:
        if not pattern.fullmatch(text):
            raise Refusal
        return text

    return accept


def _parameter(text: str) -> str:
    if _TOKEN.fullmatch(text):
        raise Refusal("which looks like the token itself: revoke it if others can read this")
    return _matching(_PARAMETER)(text)


def _name_servers(text: str) -> tuple[NameServer, ...]:
    servers = tuple(_name_server(word) for word in text.replace(",", " ").split())
    if not servers:
        raise Refusal
    return servers


def _name_server(text: str) -> NameServer:
    match = _SERVER.fullmatch(text)
    if not match:
        return NameServer(_ipv6(text, text))
    port = int(match["port"] or _DNS_PORT)
    if not 1 <= port <= 65535:  # noqa: PLR2004 -- TCP and UDP
        raise Refusal(f"where {shown(text)} is not one")
    if match["v6"]:
        return NameServer(_ipv6(match["v6"], text), port)
    if not _HOST.fullmatch(match["host"]):
        raise Refusal(f"where {shown(text)} is not one")
    return NameServer(match["host"], port)


def _ipv6(address: str, text: str) -> str:
    try:
        return str(IPv6Address(address))
    except ValueError:
        raise Refusal(f"where {shown(text)} is not one") from None


def _level(text: str) -> str:
    if text.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
        raise Refusal
    return text.upper()


def _table_kind(text: str) -> TableKind:
    try:
        return TableKind(text)
    except ValueError:
        raise Refusal from None


@dataclass(frozen=True, slots=True)
class _Variable:
    """One variable: its field and rule. "" as a default is refused as missing; None is absence."""

    field: str
    rule: Rule
    default: str | None


_FILE = Rule(str, "the path of a file", "/opt/failover.toml")
_URL = "an https URL without a user name (http only to this machine)"
_VARIABLES = {
    "FAILOVER_CONFIG": _Variable("config_file", _FILE, "/opt/failover.toml"),
    "CONTROL_TABLE": _Variable(
        "control_table",
        Rule(_matching(_TABLE), "the name of the DynamoDB control table", "linode-failover"),
        "",
    ),
    "CONTROL_TABLE_KIND": _Variable(
        "control_table_kind", Rule(_table_kind, "plain or strong", "plain"), "plain"
    ),
    "LINODE_TOKEN_PARAMETER": _Variable(
        "linode_token_parameter",
        Rule(_parameter, "the name of an SSM SecureString", "/linode-failover/token", secret=True),
        "",
    ),
    "LINODE_API_URL": _Variable(
        "linode_api_url",
        Rule(lambda text: rules.api_url(text).rstrip("/"), _URL, "https://api.linode.com/v4"),
        "https://api.linode.com/v4",
    ),
    "NAMESERVERS": _Variable(
        "nameservers",
        Rule(_name_servers, "a list of host or host:port", "ns1.linode.com, 127.0.0.1:5353"),
        " ".join(f"ns{number}.linode.com" for number in range(1, 6)),
    ),
    "ALERT_TOPIC_ARN": _Variable(
        "alert_topic_arn",
        Rule(
            _matching(_TOPIC),
            "the ARN of an SNS topic",
            "arn:aws:sns:eu-west-1:123456789012:alerts",
        ),
        None,
    ),
    "BEAT_QUEUE_URL": _Variable(
        "beat_queue_url",
        Rule(rules.api_url, _URL, "https://sqs.eu-west-1.amazonaws.com/123456789012/beats"),
        None,
    ),
    "STACK_NAME": _Variable(
        "stack_name",
        Rule(_matching(_STACK), "the name of a CloudFormation stack", "linode-region-failover"),
        "linode-region-failover",
    ),
    "VANTAGE": _Variable("vantage", Rule(rules.AWS_REGION, "an AWS region", "eu-west-1"), ""),
    "METRICS_NAMESPACE": _Variable(
        "metrics_namespace",
        Rule(_matching(_NAMESPACE), "a CloudWatch namespace", "LinodeRegionFailover"),
        "LinodeRegionFailover",
    ),
    "LOG_LEVEL": _Variable(
        "log_level", Rule(_level, "DEBUG, INFO, WARNING, ERROR or CRITICAL", "INFO"), "INFO"
    ),
    "HEARTBEAT_URL_PARAMETER": _Variable(
        "heartbeat_url_parameter",
        Rule(
            _matching(_PARAMETER),
            "the name of an SSM SecureString",
            "/linode-failover/heartbeat-url",
            secret=True,
        ),
        None,
    ),
    "PROBE_CA_FILE": _Variable("probe_ca_file", _FILE, None),
}
