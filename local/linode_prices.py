"""What Linode rents, where, and for how much: the lists that need no token."""

from typing import Any

from local.linode_records import Fields

_DEARER = {"id-cgk": 1.2, "br-gru": 1.4}
"""Regions with prices of their own, as a factor of those of the others."""

_PLANS = (
    ("g6-nanode-1", "Nanode 1GB", "nanode", 1, 1024, 5.0),
    ("g6-standard-1", "Linode 2GB", "standard", 1, 2048, 12.0),
    ("g6-standard-2", "Linode 4GB", "standard", 2, 4096, 24.0),
)
_CORE = ("us-east", "us-west", "us-ord", "eu-west", "eu-central", "ap-south", "id-cgk", "br-gru")


def _prices(monthly: float) -> Fields:
    return {
        "price": {"hourly": round(monthly / 667, 4), "monthly": monthly},
        "region_prices": [
            {"id": where, "hourly": round(monthly * by / 667, 4), "monthly": round(monthly * by, 2)}
            for where, by in _DEARER.items()
        ],
    }


def _plan(key: str, label: str, family: str, cpus: int, memory: int, monthly: float) -> Fields:
    return {
        "id": key, "label": label, "class": family, "vcpus": cpus, "memory": memory,
        "disk": memory * 25, "gpus": 0, "network_out": 2000, "transfer": 2000, "successor": None,
        "addons": {"backups": _prices(monthly / 5)}, "accelerated_devices": 0, **_prices(monthly),
    }  # fmt: skip


INSTANCE_TYPES: list[Fields] = [_plan(*plan) for plan in _PLANS]
BALANCER_TYPES: list[Fields] = [
    {"id": "nodebalancer", "label": "NodeBalancer", "transfer": 0, **_prices(10.0)}
]
ADDRESS_TYPES: list[Fields] = [{"id": "ipv4", "label": "Reserved IPv4", **_prices(2.0)}]

REGIONS: list[Fields] = [
    {
        "id": where, "label": where, "country": where[:2], "site_type": "core", "status": "ok",
        "capabilities": ["Linodes", "NodeBalancers", "Cloud Firewall", "VPCs", "Metadata"],
        "resolvers": {"ipv4": "192.0.2.53", "ipv6": "2001:db8::53"},
        "monitors": {"alerts": [], "metrics": []},
        "placement_group_limits": {
            "maximum_linodes_per_pg": 5, "maximum_pgs_per_customer": 100,
            "maximum_linodes_per_flexible_pg": 5,
        },
    }
    for where in _CORE
]  # fmt: skip


def known(listed: list[Fields], key: Any) -> bool:
    """Whether such a thing is on a list."""
    return any(each["id"] == key for each in listed)
