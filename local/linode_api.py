"""The Linode API v4 as a function from a request to an answer: domains, records, the rest."""

import hmac
import json
import math
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.linode_filter import filtered
from local.linode_records import Fields, Refused
from local.linode_zones import Account, not_found

PREFIX = "/v4"


@dataclass(frozen=True)
class Request:
    """One HTTP request; the path without the prefix, header names in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Fields:
        """The body as an object. Raises Refused."""
        try:
            given = json.loads(self.body or b"{}")
        except ValueError:
            given = None
        if not isinstance(given, dict):
            raise Refused(400, ("Invalid JSON", None))
        return given


@dataclass(frozen=True)
class Reply:
    """One HTTP answer."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def errors_body(errors: Iterable[tuple[str, str | None]]) -> str:
    """The JSON of an error answer; `field` is left out where no field is to blame."""
    listed = [{"reason": why} | ({"field": about} if about else {}) for why, about in errors]
    return json.dumps({"errors": listed})


class Api:
    """Answers requests from the account's state. `scopes` are those of the one valid token."""

    def __init__(self, account: Account, scopes: str) -> None:
        self._account = account
        self._scopes = scopes

    def answer(self, request: Request) -> Reply:
        """The answer that Linode would give. Every success is a 200."""
        scope, known = "", "unknown"
        try:
            self._authenticate(request)
            known = self._scopes
            scope, handler, ids = _route(request)
            self._authorize(scope)
            with self._account.lock:
                body = json.dumps(handler(self, request, *ids))
            status = 200
        except Refused as refused:
            status, body = refused.status, errors_body(refused.errors)
        return Reply(status, body.encode(), _headers(request, scope, known))

    def _authenticate(self, request: Request) -> None:
        given = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, f"Bearer {self._account.token}".encode()):
            raise Refused(401, ("Invalid Token", None))

    def _authorize(self, scope: str) -> None:
        granted = set(re.split(r"[ ,]+", self._scopes))
        enough = {"*", scope, scope.replace(":read_only", ":read_write")}
        if scope and not granted & enough:
            raise Refused(403, ("Unauthorized", None))

    def profile(self, _request: Request) -> Fields:
        """GET /profile: any valid token may, so that it is where a token checks itself."""
        return {
            "username": "monitor", "email": "monitor@example.com", "timezone": "UTC",
            "email_notifications": False, "restricted": True, "two_factor_auth": False,
            "lish_auth_method": "keys_only", "authorized_keys": None,
            "authentication_type": "password", "verified_phone_number": None, "uid": 1,
            "referrals": {"code": "", "url": "", "total": 0, "completed": 0, "pending": 0,
                          "credit": 0.0},
        }  # fmt: skip

    def domains(self, request: Request) -> Fields:
        """GET /domains"""
        domains = [domain.fields for domain in self._account.domains.values()]
        return _page(request, domains, ("domain", "group", "tags"))

    def domain(self, _request: Request, domain_id: int) -> Fields:
        """GET /domains/{id}"""
        return self._account.domain(domain_id).fields

    def update_domain(self, request: Request, domain_id: int) -> Fields:
        """PUT /domains/{id}"""
        return self._account.update_domain(domain_id, request.json())

    def zone_file(self, _request: Request, domain_id: int) -> Fields:
        """GET /domains/{id}/zone-file: the zone as last rendered"""
        return {"zone_file": self._account.rendered(domain_id)}

    def records(self, request: Request, domain_id: int) -> Fields:
        """GET /domains/{id}/records"""
        records = self._account.domain(domain_id).records.values()
        return _page(request, records, ("name", "target", "type", "tag"))

    def create_record(self, request: Request, domain_id: int) -> Fields:
        """POST /domains/{id}/records"""
        return self._account.create_record(domain_id, request.json())

    def record(self, _request: Request, domain_id: int, record_id: int) -> Fields:
        """GET /domains/{id}/records/{id}"""
        return self._account.record(domain_id, record_id)

    def update_record(self, request: Request, domain_id: int, record_id: int) -> Fields:
        """PUT /domains/{id}/records/{id}"""
        return self._account.update_record(domain_id, record_id, request.json())

    def delete_record(self, _request: Request, domain_id: int, record_id: int) -> Fields:
        """DELETE /domains/{id}/records/{id}"""
        self._account.delete_record(domain_id, record_id)
        return {}

    def nodebalancers(self, request: Request) -> Fields:
        """GET /nodebalancers"""
        found = self._account.nodebalancers.values()
        return _page(request, found, ("label", "region", "ipv4", "tags"))

    def nodebalancer(self, _request: Request, nodebalancer_id: int) -> Fields:
        """GET /nodebalancers/{id}"""
        if nodebalancer_id not in self._account.nodebalancers:
            raise not_found()
        return self._account.nodebalancers[nodebalancer_id]


_READ, _WRITE, _BALANCERS = "domains:read_only", "domains:read_write", "nodebalancers:read_only"
_ROUTES: tuple[tuple[str, str, str, Any], ...] = (
    ("GET", r"/profile", "", Api.profile),
    ("GET", r"/domains", _READ, Api.domains),
    ("GET", r"/domains/(\d+)", _READ, Api.domain),
    ("PUT", r"/domains/(\d+)", _WRITE, Api.update_domain),
    ("GET", r"/domains/(\d+)/zone-file", _READ, Api.zone_file),
    ("GET", r"/domains/(\d+)/records", _READ, Api.records),
    ("POST", r"/domains/(\d+)/records", _WRITE, Api.create_record),
    ("GET", r"/domains/(\d+)/records/(\d+)", _READ, Api.record),
    ("PUT", r"/domains/(\d+)/records/(\d+)", _WRITE, Api.update_record),
    ("DELETE", r"/domains/(\d+)/records/(\d+)", _WRITE, Api.delete_record),
    ("GET", r"/nodebalancers", _BALANCERS, Api.nodebalancers),
    ("GET", r"/nodebalancers/(\d+)", _BALANCERS, Api.nodebalancer),
)
_COLLECTION = re.compile(r"/(domains|nodebalancers|domains/\d+/records)")


def _route(request: Request) -> tuple[str, Any, list[int]]:
    refused = not_found()
    for method, pattern, scope, handler in _ROUTES:
        if found := re.fullmatch(pattern, request.path):
            if method == request.method:
                return scope, handler, [int(text) for text in found.groups()]
            refused = Refused(405, ("Method Not Allowed", None))
    raise refused


def _page(request: Request, items: Iterable[Fields], filterable: tuple[str, ...]) -> Fields:
    found = filtered(items, request.headers.get("x-filter"), filterable)
    size = _number(request, "page_size", 100, smallest=25, largest=500)
    pages = max(1, math.ceil(len(found) / size))
    page = _number(request, "page", 1, smallest=1, largest=pages)
    data = found[(page - 1) * size : page * size]
    return {"data": data, "page": page, "pages": pages, "results": len(found)}


def _number(request: Request, name: str, default: int, *, smallest: int, largest: int) -> int:
    text = request.query.get(name, str(default))
    if text.isdecimal() and smallest <= int(text) <= largest:
        return int(text)
    raise Refused(400, (f"Must be {smallest}-{largest}", name))


def _headers(request: Request, scope: str, known: str) -> dict[str, str]:
    """What Linode sends beside the body. `Retry-After` comes on ordinary answers, too."""
    listing = request.method == "GET" and _COLLECTION.fullmatch(request.path)
    limit = 200 if listing else 1600
    return {
        "Content-Type": "application/json",
        "X-OAuth-Scopes": known,
        "X-Accepted-OAuth-Scopes": scope or "*",
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(limit - 1),
        "X-RateLimit-Reset": str(int(time.time()) + 60),
        "Retry-After": "60",
        "Vary": "Authorization, X-Filter",
        "Cache-Control": "max-age=0, no-cache, no-store",
    }
