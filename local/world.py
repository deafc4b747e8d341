"""The embedded world as a whole: regions, a Linode account, AWS, and the settings that fit."""

import contextlib
import ssl
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from local.aws import AwsServer
from local.linode import LinodeEmulator
from local.linode_dns import ask
from local.network import VARIABLE, Network
from local.region import RegionServer

TABLE = "control"
STACK = "embedded"
TOKEN_PARAMETER = "/linode-region-failover/token"
DOMAIN = "shop.test"
RECORD = f"app.{DOMAIN}"


@dataclass(frozen=True)
class Place:
    """One region of the embedded world: its name, its AWS region, and the addresses in its records.

    Where these lead is said in `local.network`.
    """

    name: str
    aws_region: str
    ipv4: str
    ipv6: str


PLACES = (
    Place("us-east", "us-east-1", "198.18.0.1", "fd00::31:1"),
    Place("us-west", "us-west-2", "198.18.0.2", "fd00::31:2"),
)

QUICK: Mapping[str, str] = {
    "timeout": '"800ms"',
    "interval": '"2s"',
    "confirm_interval": '"1s"',
}
"""Faster than the defaults, so that a failover can be watched."""


class LocalWorld:
    """A context manager. `env` is the environment of the shipped functions in this world.

    `health` are lines of `[service.health]`, `service` lines of `[[service]]`, `data` those of
    `[service.data]`, each a TOML value by its key. The name points at the first place. `serve`
    makes another server than a RegionServer for a place: a context manager with `faults`, `fault`
    and `port`. While it is open, this process and those with its `env` reach the regions.
    """

    def __init__(
        self,
        places: tuple[Place, ...] = PLACES,
        *,
        render_delay: float = 2.0,
        health: Mapping[str, str] = QUICK,
        service: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        settings: Mapping[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
        records: bool = True,
        serve: Callable[["LocalWorld", Place], Any] | None = None,
    ) -> None:
        self.places = places
        self.linode = LinodeEmulator(render_delay)
        self.aws = AwsServer("eu-west-1")
        self._health = dict(health)
        self._service = {
            "mode": '"act"', "routing": '"failover"', "ttl": "30", **(service or {}),
        }  # fmt: skip
        self._data = dict(data or {})
        self._tls = tls
        self._records = records
        self._open = contextlib.ExitStack()
        self._serve = serve or LocalWorld._region_server
        self.regions: dict[str, Any] = {}
        self.reference = RegionServer("127.0.0.1", 0, "reference")
        self._settings = {
            "revision": "1",
            "vantages": '["eu-west-1"]',
            "publish_allowance": '"5s"',
            **(settings or {}),
        }

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as starting:
            self._directory = Path(starting.enter_context(tempfile.TemporaryDirectory()))
            starting.enter_context(self.aws)
            starting.enter_context(self.linode)
            self.network = Network(self._directory / "network")
            starting.enter_context(self.network.joined())
            for place in self.places:
                server = starting.enter_context(self._serve(self, place))
                self.regions[place.name] = server
                self.lead(place.ipv4, server.port)
            starting.enter_context(self.reference)
            references = f'["http://127.0.0.1:{self.reference.port}/"]'
            self._settings = {"references": references, **self._settings}
            self._fill()
            self._open = starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def settings_file(self) -> Path:
        """The settings of this world; `write_settings` makes them anew."""
        return self._directory / "failover.toml"

    @property
    def env(self) -> dict[str, str]:
        """What the template would give the functions, and where AWS is to be found."""
        return {
            **self.aws.env(),
            "FAILOVER_CONFIG": str(self.settings_file),
            "CONTROL_TABLE": TABLE,
            "CONTROL_TABLE_KIND": "plain",
            "LINODE_TOKEN_PARAMETER": TOKEN_PARAMETER,
            "LINODE_API_URL": self.linode.url,
            "NAMESERVERS": self.linode.nameserver,
            "ALERT_TOPIC_ARN": self.topic,
            "STACK_NAME": STACK,
            "VANTAGE": "eu-west-1",
            VARIABLE: str(self.network.file),
            "LOG_LEVEL": "INFO",
            "POWERTOOLS_LOG_DEDUPLICATION_DISABLED": "true",
        }

    def lead(self, address: str, port: int) -> None:
        """Probes of this address reach that port of this machine."""
        self.network.lead(address, 443 if self._tls else 80, port)

    def write_settings(self, **changes: str) -> None:
        """Write the settings file, with other values at the top level."""
        self._settings |= changes
        self.settings_file.write_text(self._toml())

    def ask(self, kind: str = "A", wait: float = 2.0) -> tuple[list[str], int | None]:
        """What the name server answers over UDP: addresses, and their TTL."""
        reply = ask(self.linode.nameserver, RECORD, kind, timeout=wait)
        found = [rrset for rrset in reply.answer if rrset.rdtype.name == kind]
        addresses = sorted(str(rdata) for rrset in found for rdata in rrset)
        return addresses, found[0].ttl if found else None

    def targets(self, kind: str = "A") -> list[str]:
        """What the records say, rendered or not."""
        return self.linode.targets(DOMAIN, "app", kind)

    def alerts(self) -> list[Mapping[str, Any]]:
        """What was sent to the people on call, oldest first: subject, message, attributes."""
        return self.aws.published(self.topic)

    def record_ids(self, name: str = "app") -> list[int]:
        """The ids of the records at a name, A before AAAA."""
        found = [r for r in self.linode.records(DOMAIN) if r["name"] == name]
        return [r["id"] for r in sorted(found, key=lambda r: str(r["type"]))]

    def reset(self) -> None:
        """As at the start: everything healthy, the first records, nothing remembered or sent."""
        self.linode.heal()
        for server in (*self.regions.values(), self.reference):
            server.fault = None
        for record in self.record_ids():
            self.linode.delete_record(record)
        self._add_records()
        self.linode.forget_requests()
        self.aws.client("dynamodb").delete_table(TableName=TABLE)
        self.aws.create_control_table(TABLE)
        self.aws.client("sns").delete_topic(TopicArn=self.topic)
        self.aws.create_topic("alerts")

    def _region_server(self, place: Place) -> RegionServer:
        return RegionServer("127.0.0.1", 0, place.aws_region, self._tls)

    def _add_records(self) -> None:
        if self._records:
            self.linode.add_record(DOMAIN, "app", "A", self.places[0].ipv4, ttl_sec=30)
            self.linode.add_record(DOMAIN, "app", "AAAA", self.places[0].ipv6, ttl_sec=30)

    def _fill(self) -> None:
        self.aws.create_control_table(TABLE)
        self.topic = self.aws.create_topic("alerts")
        self.aws.create_alarm(f"{STACK}-dead-man", self.topic)
        self.aws.put_token(TOKEN_PARAMETER, self.linode.token)
        self.linode.add_domain(DOMAIN)
        self.linode.add_record(DOMAIN, "www", "A", "198.18.0.99", ttl_sec=300)
        self._add_records()
        self.write_settings()

    def _toml(self) -> str:
        health = {"scheme": '"https"' if self._tls else '"http"', **self._health}
        service = {"name": '"shop"', "domain": f'"{DOMAIN}"', "record": f'"{RECORD}"'}
        text = [*_lines(self._settings), "", "[[service]]", *_lines(service | self._service)]
        text += ["", "[service.health]", *_lines(health)]
        if self._data:
            text += ["", "[service.data]", *_lines(self._data)]
        for place in self.places:
            text += ["", "[[service.region]]", f'name = "{place.name}"']
            text += [f'aws_region = "{place.aws_region}"']
            text += [f'ipv4 = "{place.ipv4}"', f'ipv6 = "{place.ipv6}"']
        return "\n".join(text) + "\n"


def _lines(values: Mapping[str, str]) -> list[str]:
    return [f"{key} = {value}" for key, value in values.items()]
