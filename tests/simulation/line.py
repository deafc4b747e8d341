"""The way to Linode: the production adapter on a line of this world, its token, and who can tell
what the name servers say."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from requests.structures import CaseInsensitiveDict

from failover.adapters.http.wire import Deadline, ExchangeFailed
from failover.adapters.linode.budget import Allowance
from failover.adapters.linode.dns import LinodeDns
from failover.adapters.linode.token import SsmToken
from failover.decision.evidence import labels
from failover.health.answer import Fault
from failover.health.cadence import allowance
from failover.health.probe import Reason
from failover.publication.proof import Evidence, Heard, Said
from failover.settings.model import Settings
from tests.simulation.container import Container, Lock
from tests.simulation.linode import DOMAIN, DOMAIN_ID, LATENCY, NAME, SERVERS, Linode


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the API."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    value: object = None


class Line:
    """What stands in for linode_api4's client: one request, sent once, under one deadline."""

    def __init__(self, linode: Linode, container: Container) -> None:
        self._linode = linode
        self._me = container
        self._lagged = False

    def send(self, method: str, path: str, token: str, deadline: Deadline, **content: Any) -> Reply:
        """One request, and what becomes of it."""
        linode, sent_at = self._linode, self._me.hub.time
        data = content.get("data") or {}
        if method != "GET":
            record = record_of(path) if method == "PUT" else None
            name = data.get("name", "") if record is None else linode.name_of(record)
            if name == NAME:
                linode.sent(self._me, record, data.get("target"))
        fate = self._fate(method)

        def effect() -> Reply:
            reply = self._answer(method, path, token, data, sent_at)
            scopes = SCOPES[linode.may(token)]
            if reply.headers:
                scopes = CaseInsensitiveDict({**scopes, **reply.headers})
            return Reply(reply.status, scopes, reply.body, reply.value)

        me, hub = self._me, linode.hub
        answers: dict[str, Callable[[], Reply]] = {
            "well": effect,
            "error": lambda: self._broken(method, effect),
            "throttled": lambda: _refusal(429, "Too many requests"),
        }
        if fate in answers:
            return me.exchange(method, LATENCY, answers[fate])
        if fate == "late":
            linode.late[path, data.get("target")] += 1
            hub.at(hub.time + linode.rng.uniform(3, linode.faults.latest), effect)
        me.exchange(method, LATENCY, effect if fate == "lost" else lambda: None)
        if fate == "refused":
            raise ExchangeFailed(Fault(Reason.REFUSED, "refused"))
        me.sleep(max(deadline.at - me.monotonic(), 0.0))
        raise ExchangeFailed(Fault(Reason.DEADLINE, "no answer"))

    def _fate(self, method: str) -> str:
        faults, dice = self._linode.faults, self._linode.rng.random()
        if method == "GET" and faults.reads_fail:
            return "hung"
        writes = method != "GET"
        if writes and (decided := self._me.fate(method)):
            return decided
        for likely, fate in (
            (faults.lost, "lost" if writes else "hung"),
            (faults.late, "late" if writes else "hung"),
            (faults.hung, "hung"),
            (faults.refused, "refused"),
            (faults.error, "error"),
            (faults.throttled, "throttled"),
        ):
            if dice < likely:
                return fate
            dice -= likely
        return "well"

    def _broken(self, method: str, effect: Callable[[], Reply]) -> Reply:
        """A balancer's error page: whether a write went on behind it, nobody knows. What a read
        found, nobody was told."""
        dice = self._linode.rng.random() if method != "GET" else 1.0
        if dice < 0.3:
            effect()
        elif dice < 0.6:
            hub = self._linode.hub
            hub.at(hub.time + self._linode.rng.uniform(1, self._linode.faults.latest), effect)
        return Reply(502, {}, b"<html>Bad Gateway</html>")

    def _listed(self) -> list[Any]:
        """Now and then a copy answers that lags behind; never twice in a row."""
        linode = self._linode
        if linode.faults.lag:
            linode.listed_at = linode.hub.time - linode.faults.lag
            return linode.before(linode.faults.lag)
        fresh = list(linode.records.values())
        self._lagged = not self._lagged and linode.rng.random() < linode.faults.stale
        if self._lagged:
            return list(linode.lagging.values())
        linode.listed()
        self._me.known.read_at |= dict.fromkeys(linode.records, linode.hub.time)
        return fresh

    def _answer(
        self, method: str, path: str, token: str, data: Mapping[str, Any], sent_at: float
    ) -> Reply:
        linode = self._linode
        if token != linode.token:
            return _refusal(401, f"Invalid Token {token}")  # no API should, and one might
        if method == "GET":
            return self._read(path)
        if not linode.faults.may_write:
            return _refusal(401, "Your OAuth token is not authorized to use this endpoint.")
        self._me.known.forbidden = "" if linode.faults.granted else token
        if not linode.faults.granted:
            return _refusal(403, "Unauthorized")
        half, status = linode.faults.half
        known = linode.records.get(record_of(path), {}) if method == "PUT" else data
        if half and known.get("type") == half:
            return _refusal(status, f"{half} records cannot be changed now")
        if method == "POST":
            if not linode.faults.may_create:
                return _refusal(403, "Unauthorized")
            return _ok(linode.post(self._me, sent_at, **data))
        record_id = record_of(path)
        record = linode.put(record_id, self._me, sent_at, **data)
        return _ok(record) if record else _refusal(404, "Not found")

    def _read(self, path: str) -> Reply:
        linode = self._linode
        status = "disabled" if linode.faults.disabled else "active"
        domain = {"id": DOMAIN_ID, "domain": DOMAIN, "type": "master", "status": status}
        lists = "?" in path
        if lists and (seconds := linode.too_many(self._me)):
            return too_many(seconds)
        if path.startswith("/domains?"):
            return _page([domain])
        if path == f"/domains/{DOMAIN_ID}":
            return _ok(domain)
        if lists:
            return NO_LIST[linode.faults.lists] if linode.faults.lists else _page(self._listed())
        record_id = record_of(path)
        record = linode.records.get(record_id)
        self._me.known.read_at[record_id] = linode.hub.time
        return _ok(record) if record else _refusal(404, "Not found")


def record_of(path: str) -> int:
    """The id at the end of a path."""
    return int(path.rsplit("/", 1)[1])


def _ok(value: object) -> Reply:
    return Reply(200, {}, b"", value)


def too_many(seconds: float) -> Reply:
    """The limit is reached; after so many seconds it is not any more."""
    body = b'{"errors": [{"reason": "Too many requests"}]}'
    return Reply(429, {"retry-after": f"{seconds:.0f}"}, body)


def _page(data: list[Any]) -> Reply:
    return _ok({"data": data, "page": 1, "pages": 1, "results": len(data)})


def _refusal(status: int, reason: str) -> Reply:
    return Reply(status, {}, json.dumps({"errors": [{"reason": reason}]}).encode())


BALANCERS = "nodebalancers:read_only"
SCOPES: Mapping[str, Mapping[str, str]] = {
    may: CaseInsensitiveDict({"X-OAuth-Scopes": f"{may} {BALANCERS}" if may != "unknown" else may})
    for may in ("domains:read_write", "domains:read_only", "unknown")
}
"""The header by which each reply tells what the token may do."""

NO_LIST: Mapping[str, Reply] = {
    "503": Reply(503, {}, b"<html>Service Unavailable</html>"),
    "429": too_many(60.0),
    "maintenance": Reply(503, {"x-maintenance-mode": "true"}, b"<html>Maintenance</html>"),
}
"""How Linode refuses to list."""


@dataclass
class Parameters:
    """The secret store, which may be away, or hold a token that Linode does not take any more."""

    token: str
    away: bool = False

    def of(self, container: Container) -> "Ssm":
        """As one process sees it."""
        return Ssm(self, container)


@dataclass
class Ssm:
    """The one call of boto3's client that is needed."""

    store: Parameters
    container: Container

    def get_parameter(self, Name: str, WithDecryption: bool) -> Any:  # noqa: N803
        from botocore.exceptions import ConnectTimeoutError  # noqa: PLC0415

        if self.store.away:
            self.container.exchange("ssm", 2.0, lambda: None)
            raise ConnectTimeoutError(endpoint_url="ssm")
        answer = self.container.exchange(
            "ssm", LATENCY, lambda: {"Parameter": {"Value": self.store.token}}
        )
        if self.container.known.token_at is None:
            self.container.known.token_at = self.container.hub.time
        return answer


def connected(
    linode: Linode, parameters: Parameters, container: Container, settings: Settings
) -> LinodeDns:
    """The production adapter, token and all, on a line of this world."""
    token = SsmToken(parameters.of(container), "/token", container.monotonic)
    token._lock = Lock(container.hub)
    lists = Allowance(*allowance(settings), container.monotonic)
    names = labels(settings)
    url = "https://api.linode.test/v4"
    dns = LinodeDns(url, token, container, container.sleep, lists=lists, names=names)
    line = Line(linode, container)
    dns._api._client = lambda: line
    dns._api._idle = _Nowhere()
    dns._listing[DOMAIN] = Lock(container.hub)
    return dns


class _Nowhere(list[Any]):
    """Where a line goes that nobody has to keep."""

    def append(self, _line: object) -> None:
        pass


@dataclass
class Servers:
    """The Witness port: Linode's rendering and its name servers, which follow late."""

    linode: Linode
    container: Container

    def look(
        self, domain: str, domain_id: int, record: str, budget: float, max_age: float = 0.0
    ) -> Evidence:
        def effect() -> Evidence:
            zone = Heard("zone file", *self.linode.rendered())
            return Evidence(zone, tuple(self._served(n) for n in range(1, SERVERS + 1)))

        return self.container.exchange("look", LATENCY, effect)

    def _served(self, number: int) -> Heard:
        faults = self.linode.faults
        if faults.disabled:
            return Heard(f"ns{number}", said=Said.REFUSED)
        if number <= faults.silent_servers:
            return Heard(f"ns{number}", said=Said.SILENT)
        keeps = faults.cached and self.linode.rng.random() < faults.cached
        age = self.linode.ttl if keeps else 0.0
        return Heard(f"ns{number}", *self.linode.served(number, age))
