"""The calls of the Linode API that make a region, each as a function of a request."""

from collections.abc import Callable
from typing import Any

from local.linode_compute import Compute
from local.linode_prices import ADDRESS_TYPES, BALANCER_TYPES, INSTANCE_TYPES, REGIONS
from local.linode_records import Fields, Refused, not_found
from local.linode_rules import found, touched
from local.linode_shapes import rules
from local.linode_wire import Request, page

Handler = Callable[..., Fields]

_LABELLED = ("id", "label", "region", "tags")


def _listed(name: str, filterable: tuple[str, ...] = _LABELLED) -> Handler:
    def handler(compute: Compute, request: Request) -> Fields:
        return page(request, getattr(compute, name).values(), filterable)

    return handler


def _priced(listed: list[Fields]) -> Handler:
    def handler(_compute: Compute, request: Request) -> Fields:
        return page(request, listed, ("label", "class", "price"))

    return handler


def _made(name: str) -> Handler:
    def handler(compute: Compute, request: Request, *ids: int) -> Fields:
        made: Fields = getattr(compute, name)(*ids, request.json())
        return made

    return handler


def _instance(compute: Compute, _request: Request, number: int) -> Fields:
    return found(compute.instances, number)


def _update_instance(compute: Compute, request: Request, number: int) -> Fields:
    there = found(compute.instances, number)
    compute.instances[number] = touched(there, request.json(), ("label", "tags", "group"))
    return compute.instances[number]


def _delete_instance(compute: Compute, _request: Request, number: int) -> Fields:
    found(compute.instances, number)
    compute.forget_instance(number)
    return {}


def _firewall(compute: Compute, _request: Request, number: int) -> Fields:
    return found(compute.firewalls, number)


def _update_firewall(compute: Compute, request: Request, number: int) -> Fields:
    there = found(compute.firewalls, number)
    compute.firewalls[number] = touched(there, request.json(), ("label", "tags", "status"))
    return compute.firewalls[number]


def _update_rules(compute: Compute, request: Request, number: int) -> Fields:
    there = found(compute.firewalls, number)
    there["rules"] = rules(request.json(), there["rules"]["version"] + 1)
    changed: Fields = there["rules"]
    return changed


def _delete_firewall(compute: Compute, _request: Request, number: int) -> Fields:
    if found(compute.firewalls, number)["entities"]:
        raise Refused(400, ("Firewall has devices", None))
    del compute.firewalls[number]
    return {}


def _subnets(compute: Compute, request: Request, number: int) -> Fields:
    return page(request, found(compute.vpcs, number)["subnets"], ("id", "label"))


def _update_balancer(compute: Compute, request: Request, number: int) -> Fields:
    there = compute.account.nodebalancer(number)
    names = ("label", "tags", "client_conn_throttle")
    compute.account.nodebalancers[number] = touched(there, request.json(), names)
    return compute.account.nodebalancers[number]


def _delete_balancer(compute: Compute, _request: Request, number: int) -> Fields:
    compute.account.delete_nodebalancer(number)
    for each in compute.reserved.values():
        if (each["assigned_entity"] or {}).get("id") == number:
            each["assigned_entity"] = None
    return {}


def _update_config(compute: Compute, request: Request, number: int, config: int) -> Fields:
    there = compute.config(number, config)
    compute.account.configs[config] = compute.changed_config(there, request.json())
    return compute.account.configs[config]


def _nodes(compute: Compute, request: Request, number: int, config: int) -> Fields:
    return page(request, compute.nodes_of(number, config), ("label", "mode"))


def _node(compute: Compute, _request: Request, number: int, config: int, node: int) -> Fields:
    for each in compute.nodes_of(number, config):
        if each["id"] == node:
            return each
    raise not_found()


def _update_node(compute: Compute, request: Request, number: int, config: int, node: int) -> Fields:
    names = ("label", "address", "mode", "weight", "subnet_id")
    there = _node(compute, request, number, config, node)
    compute.nodes[node] = there | {k: v for k, v in request.json().items() if k in names}
    return compute.nodes[node]


def _delete_node(compute: Compute, request: Request, number: int, config: int, node: int) -> Fields:
    _node(compute, request, number, config, node)
    del compute.nodes[node]
    return {}


def _domain(compute: Compute, request: Request) -> Fields:
    given = request.json()
    if any(domain.name == given.get("domain") for domain in compute.account.domains.values()):
        raise Refused(400, ("DNS zone already exists.", "domain"))
    return compute.account.create_domain(given)


def _both(scope: str) -> tuple[str, str]:
    return f"{scope}:read_only", f"{scope}:read_write"


_SEE, _MAKE = _both("linodes")
_SEE_WALLS, _MAKE_WALLS = _both("firewall")
_SEE_NETS, _MAKE_NETS = _both("vpc")
_SEE_IPS, _MAKE_IPS = _both("ips")
_BALANCE = _both("nodebalancers")[1]
_CONFIG = r"/nodebalancers/(\d+)/configs/(\d+)"

ROUTES: tuple[tuple[str, str, str, Any], ...] = (
    ("GET", r"/regions", "", _priced(REGIONS)),
    ("GET", r"/linode/types", "", _priced(INSTANCE_TYPES)),
    ("GET", r"/nodebalancers/types", "", _priced(BALANCER_TYPES)),
    ("GET", r"/networking/reserved/ips/types", "", _priced(ADDRESS_TYPES)),
    ("GET", r"/linode/instances", _SEE, _listed("instances")),
    ("POST", r"/linode/instances", _MAKE, _made("make_instance")),
    ("GET", r"/linode/instances/(\d+)", _SEE, _instance),
    ("PUT", r"/linode/instances/(\d+)", _MAKE, _update_instance),
    ("DELETE", r"/linode/instances/(\d+)", _MAKE, _delete_instance),
    ("GET", r"/networking/firewalls", _SEE_WALLS, _listed("firewalls", ("id", "label", "tags"))),
    ("POST", r"/networking/firewalls", _MAKE_WALLS, _made("make_firewall")),
    ("GET", r"/networking/firewalls/(\d+)", _SEE_WALLS, _firewall),
    ("PUT", r"/networking/firewalls/(\d+)", _MAKE_WALLS, _update_firewall),
    ("DELETE", r"/networking/firewalls/(\d+)", _MAKE_WALLS, _delete_firewall),
    ("PUT", r"/networking/firewalls/(\d+)/rules", _MAKE_WALLS, _update_rules),
    ("GET", r"/vpcs", _SEE_NETS, _listed("vpcs", ("id", "label", "region"))),
    ("POST", r"/vpcs", _MAKE_NETS, _made("make_vpc")),
    ("GET", r"/vpcs/(\d+)/subnets", _SEE_NETS, _subnets),
    ("POST", r"/vpcs/(\d+)/subnets", _MAKE_NETS, _made("make_subnet")),
    ("GET", r"/networking/reserved/ips", _SEE_IPS, _listed("reserved", ())),
    ("POST", r"/networking/reserved/ips", _MAKE_IPS, _made("reserve")),
    ("POST", r"/nodebalancers", _BALANCE, _made("make_balancer")),
    ("PUT", r"/nodebalancers/(\d+)", _BALANCE, _update_balancer),
    ("DELETE", r"/nodebalancers/(\d+)", _BALANCE, _delete_balancer),
    ("POST", r"/nodebalancers/(\d+)/configs", _BALANCE, _made("make_config")),
    ("PUT", _CONFIG, _BALANCE, _update_config),
    ("GET", _CONFIG + "/nodes", _both("nodebalancers")[0], _nodes),
    ("POST", _CONFIG + "/nodes", _BALANCE, _made("make_node")),
    ("GET", _CONFIG + r"/nodes/(\d+)", _both("nodebalancers")[0], _node),
    ("PUT", _CONFIG + r"/nodes/(\d+)", _BALANCE, _update_node),
    ("DELETE", _CONFIG + r"/nodes/(\d+)", _BALANCE, _delete_node),
    ("POST", r"/domains", "domains:read_write", _domain),
)
"""Method, path, scope, and what answers."""

COLLECTIONS = (
    r"linode/instances", r"linode/types", r"nodebalancers/types", r"regions", r"vpcs",
    r"vpcs/\d+/subnets", r"networking/firewalls", r"networking/reserved/ips",
    r"networking/reserved/ips/types", r"nodebalancers/\d+/configs/\d+/nodes",
)  # fmt: skip
"""The lists, for which there is a stricter rate limit."""
