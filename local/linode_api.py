"""The Linode API v4 as a function from a request to an answer: domains, records, the rest."""

import json
import re
from functools import partial
from typing import Any

from local.linode_compute import Compute
from local.linode_compute_api import COLLECTIONS, ROUTES
from local.linode_domain import Delay, Version
from local.linode_limits import RateLimits
from local.linode_records import Fields, Refused, not_found
from local.linode_token import Token
from local.linode_wire import Reply, Request, errors_body, page
from local.linode_zones import Account

PREFIX = "/v4"


class Api:
    """Answers requests from the account's state.

    `token` is the one that is valid, and may be replaced by another. `render_delay` is that of the
    zone file.
    """

    def __init__(
        self, account: Account, token: Token, limits: RateLimits, render_delay: Delay
    ) -> None:
        self.token = token
        self.limits = limits
        self.render_delay = render_delay
        self.compute = Compute(account)
        self._account = account

    def answer(self, request: Request) -> Reply:
        """The answer that Linode would give. Every success is a 200."""
        scope, known = "", "unknown"
        credential = request.headers.get("authorization", "")
        usage = self.limits.count(credential, listing=_is_listing(request))
        try:
            self.token.recognize(credential)
            known = self.token.scopes
            self.limits.check(usage)
            scope, handle, ids = self._route(request)
            self.token.need_scope(scope)
            with self._account.lock:
                self._need_grant(request, ids)
                body = json.dumps(handle(request, *ids))
            status = 200
        except Refused as refused:
            status, body = refused.status, errors_body(refused.errors)
        return Reply(status, body.encode(), _headers(scope, known) | usage.headers())

    def _route(self, request: Request) -> tuple[str, Any, list[int]]:
        """The scope that a request needs, what answers it, and the ids in its path."""
        refused = not_found()
        for owner, routes in ((self, _ROUTES), (self.compute, ROUTES)):
            for method, pattern, scope, handler in routes:
                if found := re.fullmatch(pattern, request.path):
                    if method == request.method:
                        ids = [int(text) for text in found.groups()]
                        return scope, partial(handler, owner), ids
                    refused = Refused(405, ("Method Not Allowed", None))
        raise refused

    def _need_grant(self, request: Request, ids: list[int]) -> None:
        """Lists have no ids: they leave out what the token does not see."""
        if ids and request.path.startswith("/domains/"):
            self.token.need_grant(self._account.domain(ids[0]).name, request.method)
        elif ids and request.path.startswith("/nodebalancers/"):
            self.token.need_grant(self._account.nodebalancer(ids[0])["label"], request.method)

    def _seen(self, request: Request, domain_id: int) -> Version:
        version = self._account.domain(domain_id).as_of(request.as_of)
        if version is None:
            raise not_found()
        return version

    def profile(self, _request: Request) -> Fields:
        """GET /profile: any valid token may, so that it is where a token checks itself."""
        return {
            "username": "monitor", "email": "monitor@example.com", "timezone": "UTC",
            "email_notifications": False, "restricted": self.token.is_restricted,
            "two_factor_auth": False, "lish_auth_method": "keys_only", "authorized_keys": None,
            "authentication_type": "password", "verified_phone_number": None, "uid": 1,
            "referrals": {"code": "", "url": "", "total": 0, "completed": 0, "pending": 0,
                          "credit": 0},
        }  # fmt: skip

    def grants(self, _request: Request) -> Fields:
        """GET /profile/grants: what a restricted user may do with each domain. For another user
        Linode answers 204."""
        granted = self.token.grants
        return {
            "global": {"add_domains": self.token.creates_records},
            "domain": [
                {
                    "id": number,
                    "label": domain.name,
                    "permissions": "read_write" if granted is None else granted.get(domain.name),
                }
                for number, domain in self._account.domains.items()
            ],
        }

    def domains(self, request: Request) -> Fields:
        """GET /domains"""
        seen = [d for d in self._account.domains.values() if self.token.sees(d.name)]
        versions = [version for d in seen if (version := d.as_of(request.as_of))]
        return page(request, [v.fields for v in versions], ("domain", "group", "tags"))

    def domain(self, request: Request, domain_id: int) -> Fields:
        """GET /domains/{id}"""
        return self._seen(request, domain_id).fields

    def update_domain(self, request: Request, domain_id: int) -> Fields:
        """PUT /domains/{id}"""
        return self._account.update_domain(domain_id, request.json())

    def zone_file(self, _request: Request, domain_id: int) -> Fields:
        """GET /domains/{id}/zone-file: the zone as last rendered"""
        rendered = self._account.domain(domain_id).as_of(self.render_delay.horizon())
        return {"zone_file": rendered.lines if rendered else []}

    def records(self, request: Request, domain_id: int) -> Fields:
        """GET /domains/{id}/records"""
        records = self._seen(request, domain_id).records.values()
        return page(request, records, ("name", "target", "type", "tag"))

    def create_record(self, request: Request, domain_id: int) -> Fields:
        """POST /domains/{id}/records"""
        self.token.need_creation()
        return self._account.create_record(domain_id, request.json())

    def record(self, request: Request, domain_id: int, record_id: int) -> Fields:
        """GET /domains/{id}/records/{id}"""
        return self._seen(request, domain_id).record(record_id)

    def update_record(self, request: Request, domain_id: int, record_id: int) -> Fields:
        """PUT /domains/{id}/records/{id}"""
        return self._account.update_record(domain_id, record_id, request.json())

    def delete_record(self, _request: Request, domain_id: int, record_id: int) -> Fields:
        """DELETE /domains/{id}/records/{id}"""
        self._account.delete_record(domain_id, record_id)
        return {}

    def nodebalancers(self, request: Request) -> Fields:
        """GET /nodebalancers"""
        balancers = self._account.nodebalancers.values()
        found = [balancer for balancer in balancers if self.token.sees(balancer["label"])]
        return page(request, found, ("label", "region", "ipv4", "tags"))

    def nodebalancer(self, _request: Request, nodebalancer_id: int) -> Fields:
        """GET /nodebalancers/{id}"""
        return self._account.nodebalancer(nodebalancer_id)

    def configs(self, request: Request, nodebalancer_id: int) -> Fields:
        """GET /nodebalancers/{id}/configs"""
        return page(request, self._account.configs_of(nodebalancer_id), ())

    def config(self, _request: Request, nodebalancer_id: int, config_id: int) -> Fields:
        """GET /nodebalancers/{id}/configs/{id}"""
        for config in self._account.configs_of(nodebalancer_id):
            if config["id"] == config_id:
                return config
        raise not_found()


_READ, _WRITE, _BALANCERS = "domains:read_only", "domains:read_write", "nodebalancers:read_only"
_ROUTES: tuple[tuple[str, str, str, Any], ...] = (
    ("GET", r"/profile", "", Api.profile),
    ("GET", r"/profile/grants", "", Api.grants),
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
    ("GET", r"/nodebalancers/(\d+)/configs", _BALANCERS, Api.configs),
    ("GET", r"/nodebalancers/(\d+)/configs/(\d+)", _BALANCERS, Api.config),
)
_LISTS = (r"domains", r"nodebalancers", r"domains/\d+/records", r"nodebalancers/\d+/configs")
_COLLECTION = re.compile(f"/({'|'.join((*_LISTS, *COLLECTIONS))})")


def _is_listing(request: Request) -> bool:
    """Whether the stricter rate limit is for this request."""
    return request.method == "GET" and bool(_COLLECTION.fullmatch(request.path))


def _headers(scope: str, known: str) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "X-OAuth-Scopes": known,
        "X-Accepted-OAuth-Scopes": scope or "*",
        "Vary": "Authorization, X-Filter",
        "Cache-Control": "max-age=0, no-cache, no-store",
    }
