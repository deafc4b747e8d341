"""NodeBalancers and their configurations, in the shape in which the API was recorded."""

from collections.abc import Iterable, Mapping
from typing import Any

from local.linode_records import Fields, utc_text


def new_balancer(
    balancer_id: int, label: str, region: str, ipv4: str, ipv6: str | None, tags: Iterable[str]
) -> Fields:
    """All fields of a NodeBalancer. It has no status of its own; addresses are bare."""
    return {
        "id": balancer_id, "label": label, "region": region, "type": "common",
        "hostname": _hostname(ipv4), "ipv4": ipv4, "ipv6": ipv6,
        "created": utc_text(), "updated": utc_text(), "client_conn_throttle": 20,
        "client_udp_sess_throttle": 0, "lke_cluster": None, "tags": list(tags),
        "transfer": {"in": None, "out": None, "total": None}, "locks": [],
        "frontend_address_type": None, "frontend_vpc_subnet_id": None,
    }  # fmt: skip


def new_config(config_id: int, balancer_id: int, port: int, up: int, down: int) -> Fields:
    """All fields of the configuration of one port, with the defaults of the API.

    They include `check`, "none": with that, what `nodes_status` says is not to be trusted.
    """
    return {
        "id": config_id, "port": port, "protocol": "http", "algorithm": "roundrobin",
        "stickiness": "none", "check": "none", "check_interval": 31, "check_timeout": 30,
        "check_attempts": 3, "check_path": "", "check_body": "", "check_passive": True,
        "proxy_protocol": "none", "cipher_suite": "recommended", "nodebalancer_id": balancer_id,
        "ssl_commonname": "", "ssl_fingerprint": "", "ssl_cert": None, "ssl_key": None,
        "nodes_status": {"up": up, "down": down}, "udp_check_port": 80,
        "udp_session_timeout": 16,
    }  # fmt: skip


def with_changes(fields: Fields, given: Mapping[str, Any]) -> Fields:
    """A NodeBalancer or a configuration after a change. Raises KeyError for an unknown field."""
    if unknown := given.keys() - fields.keys():
        raise KeyError(f"no field {sorted(unknown)}; there are: {sorted(fields)}")
    result = {**fields, **given}
    if "ipv4" in given:
        result["hostname"] = _hostname(given["ipv4"])
    if "updated" in fields:
        result["updated"] = utc_text()
    return result


def _hostname(ipv4: str) -> str:
    return f"{ipv4.replace('.', '-')}.ip.linodeusercontent.com"
