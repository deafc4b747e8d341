"""A Linode account of the embedded world: its API v4 and its name server, on loopback.

with LinodeEmulator(render_delay=0.2) as linode:
    linode.add_domain("shop.test")
    linode.add_record("shop.test", "app", "A", "127.0.1.1", ttl_sec=30)
    linode.fail(method="PUT", path=r"/records/", times=4, status=500)
"""

import contextlib
from collections.abc import Iterable
from typing import Any, Self

from local.linode_api import Api
from local.linode_dns import NameServer
from local.linode_faults import Fault, Faults
from local.linode_http import ApiServer, Call
from local.linode_records import Fields, nearest, upward
from local.linode_zones import Account, Domain, utc_text

_SCOPES = "domains:read_write nodebalancers:read_only"
_ROUNDING = {"nearest": nearest, "upward": upward}


class LinodeEmulator:
    """A context manager; while it is open, everything may be called from any thread.

    `render_delay` is the time in seconds from a change to the name server's new answer.
    `ttl_rounding` is "nearest" or "upward": Linode documents both for records, so what depends
    on one of them is wrong. `scopes` are those of `token`.
    """

    def __init__(
        self, render_delay: float = 0.2, *, scopes: str = _SCOPES, ttl_rounding: str = "nearest"
    ) -> None:
        self._account = Account(render_delay, _ROUNDING[ttl_rounding])
        self._api = Api(self._account, scopes)
        self._faults = Faults()
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as starting:
            self._names = starting.enter_context(NameServer(self._account))
            self._server = ApiServer(self._api, self._faults)
            self._server.start()
            starting.callback(self._server.stop)
            self._open = starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def url(self) -> str:
        """The base URL of the API, for LINODE_API_URL."""
        return self._server.url

    @property
    def nameserver(self) -> str:
        """The name server as "host:port", UDP and TCP, for NAMESERVERS."""
        return self._names.at

    @property
    def token(self) -> str:
        """The one token that the API knows."""
        return self._account.token

    @property
    def requests(self) -> list[Call]:
        """Every request so far, oldest first."""
        return self._server.calls

    def forget_requests(self) -> None:
        """Begin the log of requests anew."""
        self._server.forget()

    @property
    def render_delay(self) -> float:
        """Seconds from a change to its being served; setting it moves what is waiting, too."""
        return self._account.render_delay

    @render_delay.setter
    def render_delay(self, seconds: float) -> None:
        self._account.render_delay = seconds

    # What a person does in the Cloud Manager.

    def add_domain(self, domain: str, ttl_sec: int = 300) -> int:
        """Add a domain and return its id."""
        given = {"domain": domain, "ttl_sec": ttl_sec, "soa_email": f"admin@{domain}"}
        with self._account.lock:
            return int(self._account.create_domain(given)["id"])

    def add_record(
        self,
        domain: str,
        name: str,
        type: str,  # noqa: A002 - the field's name in the API
        target: str,
        ttl_sec: int = 0,
    ) -> int:
        """Add a record at a relative name ("" is the apex) and return its id."""
        given = {"name": name, "type": type, "target": target, "ttl_sec": ttl_sec}
        with self._account.lock:
            domain_id = self._account.named(domain).fields["id"]
            return int(self._account.create_record(domain_id, given)["id"])

    def records(self, domain: str) -> list[Fields]:
        """All records of a domain, as the API shows them, in the order of their ids."""
        with self._account.lock:
            return [dict(record) for record in self._account.named(domain).records.values()]

    def targets(self, domain: str, name: str, kind: str) -> list[str]:
        """What the records of one name and type say, sorted, rendered or not."""
        return sorted(
            record["target"]
            for record in self.records(domain)
            if (record["name"], record["type"]) == (name, kind)
        )

    def set_target(self, record_id: int, target: str) -> None:
        """Make a record say something else, by hand."""
        with self._account.lock:
            domain_id = self._holder(record_id).fields["id"]
            self._account.update_record(domain_id, record_id, {"target": target})

    def delete_record(self, record_id: int) -> None:
        """Delete a record, by hand."""
        with self._account.lock:
            self._account.delete_record(self._holder(record_id).fields["id"], record_id)

    def add_nodebalancer(
        self, label: str, region: str, ipv4: str, ipv6: str | None = None, tags: Iterable[str] = ()
    ) -> int:
        """Add a NodeBalancer and return its id."""
        with self._account.lock:
            fields: Fields = {
                "id": self._account.next_id(), "label": label, "region": region, "type": "common",
                "hostname": f"{ipv4}.ip.linodeusercontent.com", "ipv4": ipv4, "ipv6": ipv6,
                "created": utc_text(), "updated": utc_text(), "client_conn_throttle": 20,
                "client_udp_sess_throttle": 0, "lke_cluster": None, "tags": list(tags),
                "transfer": {"in": None, "out": None, "total": None}, "locks": [],
                "frontend_address_type": None, "frontend_vpc_subnet_id": None,
            }  # fmt: skip
            self._account.nodebalancers[fields["id"]] = fields
            return int(fields["id"])

    # What goes wrong.

    def fail(self, **what: Any) -> Fault:
        """Put a fault in force; the arguments are the fields of `Fault`.

        fail(method="PUT", path="/records/", times=4, status=500)  # four server errors
        fail(status=429, headers={"Retry-After": "1"})  # throttled
        fail(status=502, body=HTML_PAGE)  # a balancer speaks
        fail(how="hang")  fail(how="drop")  fail(how="drip")
        fail(method="PUT", how="drop", applied_after=0)  # applied, reply lost
        fail(method="PUT", how="drop", applied_after=5, times=1)  # applied much later
        fail(method="GET", path="/records$", status=500)  # lists refused, ids not
        fail(method="POST", path="/records$", status=403)  # a restricted token
        """
        return self._faults.add(Fault(**what))

    def heal(self) -> None:
        """End all faults; what hangs is let go. What was to be applied later still will be."""
        self._faults.heal()

    def _holder(self, record_id: int) -> Domain:
        for domain in self._account.domains.values():
            if record_id in domain.records:
                return domain
        raise KeyError(f"no record {record_id}")
