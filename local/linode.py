"""A Linode account of the embedded world: its API v4 and its name servers, on loopback.

with LinodeEmulator(render_delay=0.2) as linode:
    linode.add_domain("shop.test")
    linode.add_record("shop.test", "app", "A", "127.0.1.1", ttl_sec=30)
    linode.fail(method="PUT", path=r"/records/", times=4, status=500)
"""

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Self

from local.linode_api import Api
from local.linode_compute import Compute
from local.linode_dns import DnsFault, NameServer
from local.linode_domain import Delay, Domain
from local.linode_faults import Fault, Faults
from local.linode_hands import NodeBalancers
from local.linode_http import ApiServer, Call
from local.linode_limits import RateLimits
from local.linode_records import Fields, nearest, upward
from local.linode_token import Token
from local.linode_zones import Account

_SCOPES = "domains:read_write nodebalancers:read_only"
_ROUNDING = {"nearest": nearest, "upward": upward}


class LinodeEmulator(NodeBalancers):
    """A context manager; while it is open, everything may be called from any thread.

    `render_delay` is the time in seconds from a change to the name servers' new answer.
    `ttl_rounding` is "nearest" or "upward": Linode documents both for records, so what depends
    on one of them is wrong. `scopes` are those of `token`. `rate_limits` are counted and, as long
    as they are not `enforced`, nothing more.
    """

    def __init__(
        self,
        render_delay: float = 0.2,
        *,
        scopes: str = _SCOPES,
        ttl_rounding: str = "nearest",
        name_servers: int = 1,
        rate_limits: RateLimits | None = None,
    ) -> None:
        self.rate_limits = rate_limits or RateLimits()
        self._account = Account(_ROUNDING[ttl_rounding])
        self._api = Api(self._account, Token(scopes), self.rate_limits, Delay(render_delay))
        self._faults = Faults()
        self._name_servers = name_servers
        self._dns: tuple[NameServer, ...] = ()
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as starting:
            self._dns = tuple(
                starting.enter_context(NameServer(self._account, self.render_delay))
                for _ in range(self._name_servers)
            )
            self._server = ApiServer(self._api, self._faults, lambda: self._account.last_write)
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
    def dns(self) -> tuple[NameServer, ...]:
        """The name servers themselves, to set the `fault` and the `render_delay` of each."""
        return self._dns

    @property
    def nameservers(self) -> list[str]:
        """The name servers, each as "host:port", UDP and TCP, for NAMESERVERS."""
        return [server.at for server in self._dns]

    @property
    def nameserver(self) -> str:
        """The first of `nameservers`."""
        return self._dns[0].at

    @property
    def token(self) -> str:
        """The one token that the API knows."""
        return self._api.token.secret

    @property
    def requests(self) -> list[Call]:
        """Every request so far, oldest first."""
        return self._server.calls

    def forget_requests(self) -> None:
        """Begin the log of requests anew."""
        self._server.forget()

    @property
    def render_delay(self) -> float:
        """Seconds from a change to its being served by all name servers; setting it moves what is
        waiting, too."""
        return self._api.render_delay.seconds

    @render_delay.setter
    def render_delay(self, seconds: float) -> None:
        for delay in (self._api.render_delay, *(server.render_delay for server in self._dns)):
            delay.seconds = seconds

    @property
    def compute(self) -> Compute:
        """Instances, firewalls, VPCs, reserved addresses and nodes, as the API shows them."""
        return self._api.compute

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
        return self.add_records(domain, [name], type, target, ttl_sec)[0]

    def add_records(
        self,
        domain: str,
        names: Iterable[str],
        type: str,  # noqa: A002 - the field's name in the API
        target: str,
        ttl_sec: int = 0,
    ) -> list[int]:
        """Add a record at each of these names, as one change of the domain; their ids."""
        given = {"type": type, "target": target, "ttl_sec": ttl_sec}
        with self._account.lock:
            domain_id = self._account.named(domain).fields["id"]
            added = self._account.create_records(domain_id, [given | {"name": n} for n in names])
            return [int(record["id"]) for record in added]

    def set_domain(self, domain: str, **fields: Any) -> None:
        """Change fields of a domain: status="disabled"."""
        with self._account.lock:
            self._account.update_domain(self._account.named(domain).fields["id"], fields)

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

    def rotate_token(self) -> str:
        """Revoke the token and return another one that may do the same."""
        self._api.token = self._api.token.rotated()
        return self.token

    def allow(self, scopes: str) -> None:
        """Give the token other scopes, at once."""
        self._api.token = replace(self._api.token, scopes=scopes)

    def restrict(
        self, grants: Mapping[str, str] | None = None, *, creates_records: bool = False
    ) -> None:
        """Make the token that of a restricted user, at once; see `Token` for the grants.

        restrict()  # all domains and NodeBalancers, PUT and DELETE, no POST
        restrict({"shop.test": "read_write", "lb-us-east": "read_only"})  # and nothing else
        restrict(creates_records=True)  # no longer restricted
        """
        self._api.token = replace(self._api.token, grants=grants, creates_records=creates_records)

    # What goes wrong.

    def fail(self, **what: Any) -> Fault:
        r"""Put a fault in force; the arguments are the fields of `Fault`.

        fail(method="PUT", path="/records/", times=4, status=500)  # four server errors
        fail(status=429, headers={"Retry-After": "1"})  # throttled
        fail(status=502, body=HTML_PAGE)  # a balancer speaks
        fail(**MAINTENANCE)
        fail(path="/records$", status=200, body=EMPTY_PAGE)  # nothing there, it says
        fail(how="hang")  fail(how="drop")  fail(how="drip")
        fail(applied_after=3)  fail(answered_after=3)  # slow: before acting, after it
        fail(method="PUT", how="drop", applied_after=0)  # applied, reply lost
        fail(method="PUT", how="drop", applied_after=5, times=1)  # applied much later
        fail(method="GET", path="/records$", status=500)  # lists refused, ids not
        fail(path="^/nodebalancers", status=500)  # NodeBalancers only
        fail(path=r"/records/\d+$", stale_for=5)  # reads by id lag behind by 5 s
        fail(stale_for=math.inf, times=2)  # the next two reads after a write are stale
        fail(path="/records$", times=1, meanwhile=lambda: linode.delete_record(1))  # between pages

        A fault that lets the true answer through (slow, dripping, stale) leaves the request to
        the next one that matches, too; any other takes it for itself.
        """
        return self._faults.add(Fault(**what))

    def stop_serving(self, fault: str = DnsFault.REFUSED) -> None:
        """Let every name server answer with this fault while the API works: Linode serves the
        zones of no account that is without an active Linode. It lasts until `heal`."""
        for server in self._dns:
            server.fault = DnsFault(fault)

    def heal(self) -> None:
        """End all faults, those of name servers included; no name server lags behind another.

        What hangs is let go. What was to be applied later still will be.
        """
        self._faults.heal()
        for server in self._dns:
            server.fault = None
            server.render_delay.seconds = self.render_delay

    def _holder(self, record_id: int) -> Domain:
        for domain in self._account.domains.values():
            if record_id in domain.records:
                return domain
        raise KeyError(f"no record {record_id}")
