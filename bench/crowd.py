"""Many services in one embedded world: their region servers, their records, and the settings."""

import contextlib
import resource
import ssl
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import boto3

from bench.table import QuickTable
from failover.settings.shards import assign, shards_for
from local.aws import AwsServer
from local.linode import LinodeEmulator
from local.linode_http import Call
from local.linode_limits import RateLimits
from local.region import RegionServer, free_port
from local.tls import Authority

TABLE = "control"
TOKEN_PARAMETER = "/linode-region-failover/token"
DOMAIN = "bench.test"
VANTAGE = "eu-west-1"
RENDER_DELAY = 20.0
"""Seconds. Linode says "under 60"."""
_AWS_REGIONS = ("us-east-1", "us-west-2", "eu-central-1")


class Crowd:
    """A context manager: so many services, each with a server of its own in each region.

    Every service has the product's default settings. Other lines of its table are in `service`,
    of its health in `health`, of the top level in `settings`, each a TOML value by its key. The
    name servers show a change after `render_delay` seconds, as Linode's do: until then everybody
    who waits for it looks again. The zone has `others` records that belong to no service. With
    `processes`, only the services of so many shards have servers: `watched` are their names.
    """

    def __init__(
        self,
        services: int,
        regions: int,
        *,
        tls: bool = False,
        service: Mapping[str, str] | None = None,
        health: Mapping[str, str] | None = None,
        settings: Mapping[str, str] | None = None,
        render_delay: float = RENDER_DELAY,
        others: int = 0,
        processes: int | None = None,
    ) -> None:
        self.names = [f"svc-{number:03}" for number in range(services)]
        self.linode = LinodeEmulator(
            render_delay=render_delay, name_servers=2, rate_limits=RateLimits(enforced=True)
        )
        self._others = others
        shards = shards_for(services)
        where = assign(self.names, shards)
        self.shards = range(min(processes or shards, shards))
        self.watched = [name for name in self.names if where[name] in self.shards]
        self.aws = AwsServer(VANTAGE)
        self.servers: dict[str, list[RegionServer]] = {}
        self._regions = regions
        self._tls = tls
        self._service = dict(service or {})
        self._health = dict(health or {})
        self._settings = {
            "revision": "1", "vantages": f'["{VANTAGE}"]', **(settings or {}),
        }  # fmt: skip
        self._open = contextlib.ExitStack()
        self.env: dict[str, str] = {}

    def __enter__(self) -> Self:
        _allow_many_files()
        with contextlib.ExitStack() as starting:
            self.directory = Path(starting.enter_context(tempfile.TemporaryDirectory()))
            starting.enter_context(self.aws)
            self.table_url = starting.enter_context(QuickTable()).url
            starting.enter_context(self.linode)
            context = self._context()
            reference = RegionServer("127.0.0.1", free_port(["127.0.0.1"]), "reference")
            starting.enter_context(reference)
            self.port = free_port(self.address(name, 0) for name in self.watched)
            for name in self.watched:
                self.servers[name] = [
                    starting.enter_context(self._server(name, region, context))
                    for region in range(self._regions)
                ]
            self._settings["references"] = f'["http://127.0.0.1:{reference.port}/"]'
            self._fill()
            self._open = starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def address(self, name: str, region: int) -> str:
        """The loopback address of a service's server."""
        block, host = divmod(_number(name), 200)
        return f"127.{64 + region}.{block}.{host + 1}"

    def ipv6(self, name: str, region: int) -> str:
        """What the AAAA record says: published, never probed."""
        return f"fd00::{region + 1}:{_number(name) + 1:x}"

    def record(self, name: str) -> str:
        """The public name of a service."""
        return f"{name}.{DOMAIN}"

    def point_at(self, name: str, region: int) -> None:
        """Make a service's records say another region, as a person would."""
        for record in self.linode.records(DOMAIN):
            if record["name"] == name:
                address = self.address if record["type"] == "A" else self.ipv6
                self.linode.set_target(int(record["id"]), address(name, region))

    def writes(self) -> list[tuple[str, Call]]:
        """Every PUT so far that the API took, with the service that it was for."""
        owners = {str(r["id"]): str(r["name"]) for r in self.linode.records(DOMAIN)}
        return [
            (owners[call.path.rpartition("/")[2]], call)
            for call in self.linode.requests
            if call.method == "PUT" and call.status == 200
        ]

    def table(self) -> Any:
        """A boto3 client of the control table."""
        env = self.aws.env()
        return boto3.Session().client(
            "dynamodb",
            region_name=VANTAGE,
            endpoint_url=self.table_url,
            aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
        )

    def _server(self, name: str, region: int, tls: ssl.SSLContext | None) -> RegionServer:
        return RegionServer(self.address(name, region), self.port, _AWS_REGIONS[region], tls)

    def _context(self) -> ssl.SSLContext | None:
        if not self._tls:
            return None
        authority = Authority(self.directory)
        self.env["PROBE_CA_FILE"] = str(authority.ca_file)
        return authority.server_context(f"*.{DOMAIN}")

    def _fill(self) -> None:
        self.aws.put_token(TOKEN_PARAMETER, self.linode.token)
        self.linode.add_domain(DOMAIN)
        self.linode.add_records(DOMAIN, (f"x-{n}" for n in range(self._others)), "A", "127.0.0.9")
        for name in self.names:
            self.linode.add_record(DOMAIN, name, "A", self.address(name, 0), ttl_sec=30)
            self.linode.add_record(DOMAIN, name, "AAAA", self.ipv6(name, 0), ttl_sec=30)
        settings = self.directory / "failover.toml"
        settings.write_text(self._toml())
        self.env |= self.aws.env() | {
            "AWS_ENDPOINT_URL_DYNAMODB": self.table_url,
            "FAILOVER_CONFIG": str(settings),
            "CONTROL_TABLE": TABLE,
            "LINODE_TOKEN_PARAMETER": TOKEN_PARAMETER,
            "LINODE_API_URL": self.linode.url,
            "NAMESERVERS": ",".join(self.linode.nameservers),
            "VANTAGE": VANTAGE,
            "LOG_LEVEL": "INFO",
            "POWERTOOLS_LOG_DEDUPLICATION_DISABLED": "true",
        }

    def _toml(self) -> str:
        lines = _lines(self._settings)
        health = {
            "scheme": '"https"' if self._tls else '"http"', "port": str(self.port), **self._health,
        }  # fmt: skip
        for name in self.names:
            service = {
                "name": f'"{name}"', "domain": f'"{DOMAIN}"', "record": f'"{self.record(name)}"',
                "mode": '"act"', "routing": '"failover"', "ttl": "30", **self._service,
            }  # fmt: skip
            lines += ["", "[[service]]", *_lines(service), "[service.health]", *_lines(health)]
            for region in range(self._regions):
                lines += [
                    "[[service.region]]",
                    f'name = "region-{region}"',
                    f'aws_region = "{_AWS_REGIONS[region]}"',
                    f'ipv4 = "{self.address(name, region)}"',
                    f'ipv6 = "{self.ipv6(name, region)}"',
                ]
        return "\n".join(lines) + "\n"


def _lines(values: Mapping[str, str]) -> list[str]:
    return [f"{key} = {value}" for key, value in values.items()]


def _number(name: str) -> int:
    return int(name.partition("-")[2])


def _allow_many_files() -> None:
    """Hundreds of servers need hundreds of sockets."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
