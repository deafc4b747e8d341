"""The environment of a function: every variable, its default and what it allows, in one place.

Nothing here reads `os.environ`: the mapping is an argument. An empty variable counts as absent,
because a template's parameter that nobody set arrives as empty text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv6Address
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    PlainValidator,
    ValidationError,
)

from failover.errors import SettingsRefused
from failover.settings import rules
from failover.settings.model import Settings
from failover.settings.refusal import Refusal
from failover.settings.rules import text
from failover.settings.validation import Table, allowed, problems

_DNS_PORT = 53
_TOKEN = re.compile(r"[0-9a-f]{64}")  # what a Linode personal access token looks like
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


def _name_server(written: str) -> NameServer:
    match = _SERVER.fullmatch(written)
    if not match:
        return NameServer(_ipv6(written))
    port = int(match["port"] or _DNS_PORT)
    if not 1 <= port <= 65535:  # noqa: PLR2004 -- TCP and UDP
        raise Refusal
    if match["v6"]:
        return NameServer(_ipv6(match["v6"]), port)
    if not _HOST.fullmatch(match["host"]):
        raise Refusal
    return NameServer(match["host"], port)


def _ipv6(address: str) -> str:
    try:
        return str(IPv6Address(address))
    except ValueError:
        raise Refusal from None


def _no_token(parameter: str) -> str:
    if _TOKEN.fullmatch(parameter):
        raise Refusal("which looks like the token itself: revoke it if others can read this")
    return parameter


def _without_slash(url: str) -> str:
    return url.rstrip("/")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").split())


def _secret(example: str, **more: Any) -> Any:  # noqa: ANN401 -- as Field
    pattern = r"/?[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*"
    return text(pattern, "the name of an SSM SecureString", example, repr=False, **more)


def _file(**more: Any) -> Any:  # noqa: ANN401 -- as Field
    return allowed("the path of a file", "/opt/failover.toml", **more)


_Server = Annotated[NameServer, PlainValidator(_name_server)]
_Level = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]


class Environment(Table):
    """What a function is told by its template. A variable is its field in capitals."""

    model_config = ConfigDict(extra="ignore", alias_generator=str.upper)

    failover_config: str = _file(default="/opt/failover.toml")
    control_table: str = rules.table_name(
        "the name of the DynamoDB control table", "linode-failover"
    )
    control_table_kind: TableKind = allowed(
        "plain or strong", "plain", default="plain", strict=False
    )
    linode_token_parameter: Annotated[str, AfterValidator(_no_token)] = _secret(
        "/linode-failover/token"
    )
    linode_api_url: Annotated[rules.HttpsUrl, AfterValidator(_without_slash)] = allowed(
        "an https URL without a user name (http only to this machine)",
        "https://api.linode.com/v4",
        default="https://api.linode.com/v4",
    )
    nameservers: Annotated[tuple[_Server, ...], BeforeValidator(_words)] = allowed(
        "a list of host or host:port",
        "ns1.linode.com, 127.0.0.1:5353",
        default=" ".join(f"ns{number}.linode.com" for number in range(1, 6)),
        min_length=1,
    )
    public_resolvers: Annotated[tuple[_Server, ...], BeforeValidator(_words)] = allowed(
        "a list of host or host:port, or nothing",
        "1.1.1.1, 8.8.8.8",
        default="",
    )
    alert_topic_arn: str | None = text(
        r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}",
        "the ARN of an SNS topic",
        "arn:aws:sns:eu-west-1:123456789012:alerts",
        default=None,
    )
    beat_queue_url: rules.HttpsUrl | None = allowed(
        "an https URL without a user name (http only to this machine)",
        "https://sqs.eu-west-1.amazonaws.com/123456789012/beats",
        default=None,
    )
    stack_name: str = text(
        r"[A-Za-z][A-Za-z0-9-]{0,127}",
        "the name of a CloudFormation stack",
        "linode-region-failover",
        default="linode-region-failover",
    )
    vantage: rules.AwsRegion
    metrics_namespace: str = text(
        r"[A-Za-z0-9 ._/#:-]{1,255}",
        "a CloudWatch namespace",
        "LinodeRegionFailover",
        default="LinodeRegionFailover",
    )
    region_metrics: bool = allowed("true or false", "true", default="true", strict=False)
    log_level: Annotated[_Level, BeforeValidator(str.upper)] = allowed(
        "DEBUG, INFO, WARNING, ERROR or CRITICAL", "INFO", default="INFO"
    )
    aws_lambda_function_name: str | None = text(
        r"[A-Za-z0-9_-]{1,64}",
        "the name of a Lambda function, which Lambda itself sets",
        "linode-region-failover-monitor",
        default=None,
    )
    aws_lambda_function_memory_size: int | None = allowed(
        "a number of MB, which Lambda itself sets", "256", default=None, strict=False, ge=1
    )
    heartbeat_url_parameter: str | None = _secret("/linode-failover/heartbeat-url", default=None)
    probe_ca_file: str | None = _file(default=None)

    @classmethod
    def written(cls, key: str, value: object) -> str:
        """One variable, without the quotes of a file."""
        return f"{key} = {value}"


def read(variables: Mapping[str, str]) -> Environment:
    """The environment of this function. Raises SettingsRefused with every problem at once."""
    given = {name: text.strip() for name, text in variables.items() if text.strip()}
    given = {"VANTAGE": given["AWS_REGION"], **given} if "AWS_REGION" in given else given
    try:
        return Environment.model_validate(given)
    except ValidationError as refused:
        found = problems(refused, given, Environment)
        raise SettingsRefused([sentence for _, sentence in found]) from None


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
