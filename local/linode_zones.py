"""The account: its domains with their records, its NodeBalancers, and their rules."""

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import dns.name
import dns.zone

from local.linode_balancers import new_balancer, new_config, with_changes
from local.linode_domain import Domain
from local.linode_records import (
    Fields,
    Refused,
    domain_fields,
    merged,
    new_record,
    not_found,
    utc_text,
)


class Account:
    """Everything that the API and the name servers share, behind one lock."""

    def __init__(self, round_ttl: Callable[[int], int]) -> None:
        self.lock = threading.RLock()
        self.domains: dict[int, Domain] = {}
        self.nodebalancers: dict[int, Fields] = {}
        self.configs: dict[int, Fields] = {}
        self._round_ttl = round_ttl
        self._last_id = 36666000

    @property
    def last_write(self) -> float:
        """When any of the domains changed last, in monotonic time."""
        with self.lock:
            return max((domain.last_write for domain in self.domains.values()), default=0.0)

    def next_id(self) -> int:
        """An id that nothing else has."""
        self._last_id += 1
        return self._last_id

    def domain(self, domain_id: int) -> Domain:
        """The domain with this id. Raises Refused with status 404."""
        if domain_id not in self.domains:
            raise not_found()
        return self.domains[domain_id]

    def named(self, name: str) -> Domain:
        """The domain of that name. Raises KeyError."""
        for domain in self.domains.values():
            if domain.name == name:
                return domain
        raise KeyError(f"no domain {name}; there are: {[d.name for d in self.domains.values()]}")

    def create_domain(self, given: Mapping[str, Any]) -> Fields:
        """Add a domain, as POST /domains would. Raises Refused."""
        blank: Fields = {
            "id": self.next_id(), "type": "master", "domain": "", "tags": [], "group": "",
            "status": "active", "errors": "", "description": "", "soa_email": "",
            "retry_sec": 0, "master_ips": [], "axfr_ips": [], "expire_sec": 0, "refresh_sec": 0,
            "ttl_sec": 0, "created": utc_text(), "updated": utc_text(),
        }  # fmt: skip
        fields = blank | domain_fields(given)
        self.domains[fields["id"]] = Domain(fields)
        return fields

    def update_domain(self, domain_id: int, given: Mapping[str, Any]) -> Fields:
        """Change what the body names. Raises Refused."""
        domain = self.domain(domain_id)
        domain.fields = domain.fields | domain_fields(given) | {"updated": utc_text()}
        domain.changed()
        return domain.fields

    def create_record(self, domain_id: int, given: Mapping[str, Any]) -> Fields:
        """Add a record; one that is there already is no obstacle. Raises Refused."""
        return self.create_records(domain_id, [given])[0]

    def create_records(self, domain_id: int, given: Iterable[Mapping[str, Any]]) -> list[Fields]:
        """Add several as one change. Raises Refused, and has added those before the refused one."""
        domain = self.domain(domain_id)
        added = []
        taken = {record["name"].lower() for record in domain.records.values()}
        for each in given:
            fields = new_record(domain.name, each, self._round_ttl)
            if fields["type"] == "CNAME" or fields["name"].lower() in taken:
                _refuse_cname_conflict(domain, fields)
            fields = {"id": self.next_id(), **fields, "created": utc_text(), "updated": utc_text()}
            domain.records[fields["id"]] = fields
            taken.add(fields["name"].lower())
            added.append(fields)
        domain.changed()
        return added

    def update_record(self, domain_id: int, record_id: int, given: Mapping[str, Any]) -> Fields:
        """Change what the body names and nothing else. Raises Refused."""
        domain, record = self._record(domain_id, record_id)
        fields = merged(record, domain.name, given, self._round_ttl)
        _refuse_cname_conflict(domain, fields)
        domain.records[record_id] = fields | {"updated": utc_text()}
        domain.changed()
        return domain.records[record_id]

    def delete_record(self, domain_id: int, record_id: int) -> None:
        """Remove a record. Raises Refused."""
        domain, _ = self._record(domain_id, record_id)
        del domain.records[record_id]
        domain.changed()

    def zone_of(self, name: dns.name.Name, moment: float) -> dns.zone.Zone | None:
        """The zone that this name belongs to as of a moment (monotonic), if any is served."""
        with self.lock:
            origins = {dns.name.from_text(d.name): d for d in self.domains.values()}
            for origin in sorted(filter(name.is_subdomain, origins), key=len, reverse=True):
                version = origins[origin].as_of(moment)
                if version and version.zone:
                    return version.zone
            return None

    def nodebalancer(self, balancer_id: int) -> Fields:
        """One NodeBalancer. Raises Refused with status 404."""
        if balancer_id not in self.nodebalancers:
            raise not_found()
        return self.nodebalancers[balancer_id]

    def add_nodebalancer(
        self, label: str, region: str, ipv4: str, ipv6: str | None, tags: Iterable[str]
    ) -> int:
        """Add a NodeBalancer and return its id."""
        balancer_id = self.next_id()
        fields = new_balancer(balancer_id, label, region, ipv4, ipv6, tags)
        self.nodebalancers[balancer_id] = fields
        return balancer_id

    def set_nodebalancer(self, balancer_id: int, given: Mapping[str, Any]) -> None:
        """Change some fields. Raises Refused, and KeyError for a field that there is not."""
        self.nodebalancers[balancer_id] = with_changes(self.nodebalancer(balancer_id), given)

    def delete_nodebalancer(self, balancer_id: int) -> None:
        """Remove a NodeBalancer; nothing leads to its configurations then. Raises Refused."""
        self.nodebalancer(balancer_id)
        del self.nodebalancers[balancer_id]

    def configs_of(self, balancer_id: int) -> list[Fields]:
        """The configurations of a NodeBalancer. Raises Refused with status 404."""
        self.nodebalancer(balancer_id)
        return [c for c in self.configs.values() if c["nodebalancer_id"] == balancer_id]

    def add_config(self, balancer_id: int, port: int, up: int, down: int) -> int:
        """Let a NodeBalancer listen on a port and return the configuration's id."""
        self.nodebalancer(balancer_id)
        config_id = self.next_id()
        self.configs[config_id] = new_config(config_id, balancer_id, port, up, down)
        return config_id

    def set_config(self, config_id: int, given: Mapping[str, Any]) -> None:
        """Change some fields. Raises KeyError for what there is not."""
        self.configs[config_id] = with_changes(self.configs[config_id], given)

    def _record(self, domain_id: int, record_id: int) -> tuple[Domain, Fields]:
        domain = self.domain(domain_id)
        if record_id not in domain.records:
            raise not_found()
        return domain, domain.records[record_id]


def _refuse_cname_conflict(domain: Domain, fields: Fields) -> None:
    """A CNAME shares its name with no other record. Raises Refused."""
    others = [
        other["type"]
        for other in domain.records.values()
        if other["name"].lower() == fields["name"].lower() and other["id"] != fields.get("id")
    ]
    apex = [] if fields["name"] else ["SOA", "NS"]
    kinds = [*others, *apex] if fields["type"] == "CNAME" else others
    if (fields["type"] == "CNAME" and kinds) or "CNAME" in others:
        raise Refused(400, ("Record conflict - CNAMES must be unique", "name"))
