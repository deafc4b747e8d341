"""Carrying out a plan: one call at a time, each decided by what exists by then."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from linode_api4 import VPC, Domain, NodeBalancer, NodeBalancerConfig

from cli.region import reading
from cli.region.model import UNKNOWN, Action, Existing, Kind, Plan, Step, Thing
from cli.region.reading import linode
from cli.trouble import Trouble

MOST_STEPS = 5000
"""More than the largest file asks for: 16 regions with 50 instances each, and their nodes."""


def apply(api: Any, there: Existing, planned: Callable[[], Plan]) -> Iterator[Step]:
    """Take the first step of the plan until none is left; each is yielded before it is taken.

    `planned` makes the plan anew from `there`, to which each answer is added. Raises Trouble.
    """
    for _ in range(MOST_STEPS):
        steps = planned().steps
        if not steps:
            return
        step = steps[0]
        yield step
        with linode(f"{step.action} {step.kind} {step.label}"):
            take(api, there, step)
    raise AssertionError("a step does not change what it was planned for")


def take(api: Any, there: Existing, step: Step) -> None:
    """One call."""
    if step.action is Action.DELETE:
        api.delete(step.path)
        there.remove(step.path)
    elif step.action is Action.UPDATE:
        there.add(_updated(api, there, step))
    else:
        if _holds_unknown((step.body, step.under)):
            raise Trouble(
                f"Linode has not said yet what {step.kind} {step.label} needs.",
                "wait a minute, then run the same command again",
            )
        there.add(_MAKERS[step.kind](api, there, step))


def _updated(api: Any, there: Existing, step: Step) -> Thing:
    (old,) = (each for each in there.all(step.kind, step.label) if each.path == step.path)
    body = dict(step.body)
    if "rules" in body:
        api.put(f"{step.path}/rules", data=body.pop("rules"))
    if body:
        api.put(step.path, data=body)
    new = {name: value for name, (_, value) in step.changes.items()}
    return Thing(old.kind, old.label, old.id, old.path, {**old.fields, **new}, old.region)


def _vpc(api: Any, _there: Existing, step: Step) -> Thing:
    return reading.vpc(api.vpcs.create(**step.body))


def _subnet(api: Any, _there: Existing, step: Step) -> Thing:
    made = VPC(api, *step.under).subnet_create(**step.body)
    path, where = f"/vpcs/{step.under[0]}/subnets/{made.id}", step.region
    return Thing(Kind.SUBNET, step.label, made.id, path, {"ipv4": step.body["ipv4"]}, where)


def _address(api: Any, _there: Existing, step: Step) -> Thing:
    return reading.address(api.networking.reserved_ip_create(**step.body), step.label)


def _balancer(api: Any, there: Existing, step: Step) -> Thing:
    reserved = {each.fields["address"] for each in there if each.kind is Kind.ADDRESS}
    return reading.balancer(api.nodebalancers.create(**step.body), reserved)


def _firewall(api: Any, _there: Existing, step: Step) -> Thing:
    return reading.firewall(api.networking.firewall_create(**step.body))


def _instance(api: Any, _there: Existing, step: Step) -> Thing:
    body = dict(step.body)
    plan, region = body.pop("type"), body.pop("region")
    metadata = api.linode.build_instance_metadata(user_data=body.pop("user_data"))
    return reading.instance(api.linode.instance_create(plan, region, metadata=metadata, **body))


def _port(api: Any, _there: Existing, step: Step) -> Thing:
    made = NodeBalancer(api, *step.under).config_create(**step.body)
    fields = {name: getattr(made, name) for name in reading.CONFIG}
    path = f"/nodebalancers/{step.under[0]}/configs/{made.id}"
    return Thing(Kind.PORT, step.label, made.id, path, {**fields, "up": 0, "down": 0}, step.region)


def _node(api: Any, there: Existing, step: Step) -> Thing:
    balancer, config = step.under
    made = NodeBalancerConfig(api, config, balancer).node_create(**step.body)
    (parent,) = (each for each in there if each.kind is Kind.PORT and each.id == config)
    return reading.node({**step.body, "id": made.id}, parent)


def _domain(api: Any, _there: Existing, step: Step) -> Thing:
    return reading.domain(api.domain_create(**step.body))


def _record(api: Any, _there: Existing, step: Step) -> Thing:
    zone = Domain(api, *step.under)
    name = step.label.partition(" ")[0]
    return reading.record(zone.record_create(**step.body), zone, name)


_MAKERS: Mapping[Kind, Callable[[Any, Existing, Step], Thing]] = {
    Kind.VPC: _vpc, Kind.SUBNET: _subnet, Kind.ADDRESS: _address, Kind.BALANCER: _balancer,
    Kind.FIREWALL: _firewall, Kind.INSTANCE: _instance, Kind.PORT: _port, Kind.NODE: _node,
    Kind.DOMAIN: _domain, Kind.RECORD: _record,
}  # fmt: skip


def _holds_unknown(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_holds_unknown, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_holds_unknown, value))
    return value is UNKNOWN
