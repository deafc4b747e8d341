"""Instances, firewalls, VPCs and reserved addresses, in the shape in which the API shows them."""

import hashlib
import json
import uuid
from typing import Any

from local.linode_prices import INSTANCE_TYPES
from local.linode_records import Fields, utc_text


def instance(number: int, given: Fields, ipv4: list[str], ipv6: str) -> Fields:
    """All fields of an instance that was just ordered."""
    plan = next(each for each in INSTANCE_TYPES if each["id"] == given["type"])
    specs = ("disk", "memory", "vcpus", "gpus", "transfer", "accelerated_devices")
    return {
        "id": number, "label": given.get("label") or f"linode{number}", "group": "",
        "region": given["region"], "type": given["type"], "image": given.get("image"),
        "status": "provisioning", "created": utc_text(), "updated": utc_text(),
        "ipv4": ipv4, "ipv6": ipv6, "tags": list(given.get("tags") or ()),
        "specs": {name: plan[name] for name in specs}, "hypervisor": "kvm",
        "host_uuid": str(uuid.UUID(int=number)), "watchdog_enabled": True,
        "has_user_data": bool((given.get("metadata") or {}).get("user_data")),
        "alerts": {"cpu": 90, "io": 10000, "network_in": 10, "network_out": 10,
                   "transfer_quota": 80},
        "backups": {"enabled": False, "available": False,
                    "schedule": {"day": None, "window": None}, "last_successful": None},
        "capabilities": [], "lke_cluster_id": None, "placement_group": None,
        "disk_encryption": "enabled", "interface_generation": "legacy_config",
        "maintenance_policy": "linode/migrate", "site_type": "core", "locks": [],
    }  # fmt: skip


def firewall(number: int, given: Fields) -> Fields:
    """All fields of a firewall."""
    return {
        "id": number, "label": given["label"], "status": "enabled", "created": utc_text(),
        "updated": utc_text(), "tags": list(given.get("tags") or ()), "entities": [],
        "rules": rules(given["rules"], 1),
    }  # fmt: skip


def rules(given: Fields, version: int) -> Fields:
    """The rules of a firewall, numbered by their changes."""
    said = {"inbound": [], "outbound": [], **given}
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:8]
    return {**said, "version": version, "fingerprint": digest}


def vpc(number: int, given: Fields) -> Fields:
    """All fields of a VPC; its subnets come later."""
    return {
        "id": number, "label": given["label"], "description": given.get("description", ""),
        "region": given["region"], "subnets": [], "created": utc_text(), "updated": utc_text(),
        "vpc_type": "regular",
    }  # fmt: skip


def subnet(number: int, given: Fields) -> Fields:
    """All fields of a subnet."""
    return {
        "id": number, "label": given["label"], "ipv4": given["ipv4"], "linodes": [],
        "nodebalancers": [], "databases": [], "created": utc_text(), "updated": utc_text(),
        "vpc_type": "regular",
    }  # fmt: skip


def reserved(address: str, given: Fields) -> Fields:
    """All fields of a reserved address that nothing uses yet."""
    gateway = address.rpartition(".")[0] + ".1"
    return {
        "address": address, "gateway": gateway, "subnet_mask": "255.255.255.0", "prefix": 24,
        "type": "ipv4", "public": True, "rdns": None, "linode_id": None, "interface_id": None,
        "region": given["region"], "reserved": True, "tags": list(given.get("tags") or ()),
        "assigned_entity": None, "vpc_nat_1_1": None,
    }  # fmt: skip


def node(number: int, config: Fields, given: Fields) -> Fields:
    """All fields of a node; what its check says of it comes later."""
    shown: dict[str, Any] = {
        "id": number, "label": given["label"], "address": given["address"],
        "mode": given.get("mode", "accept"), "weight": given.get("weight", 100),
        "status": "Unknown", "config_id": config["id"],
        "nodebalancer_id": config["nodebalancer_id"],
    }  # fmt: skip
    return shown | ({"subnet_id": given["subnet_id"]} if given.get("subnet_id") else {})
