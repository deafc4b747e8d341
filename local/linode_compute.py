"""What a region is made of: instances, firewalls, VPCs, reserved addresses, NodeBalancers with
their nodes, and the rules by which the API makes them."""

import ipaddress

from local import linode_shapes as shapes
from local.linode_balancers import new_balancer, new_config
from local.linode_networks import Networks
from local.linode_prices import INSTANCE_TYPES, REGIONS
from local.linode_records import Fields, Refused, not_found
from local.linode_rules import certificate, found, need, need_free, need_known
from local.linode_zones import Account

_PREMIUM = ("premium", "premium_40gb", "enterprise")


class Compute(Networks):
    """The part of the account that is rented by the hour. Used under the account's lock.

    `user_data` are what instances were given to start with, by id: the API never shows it.
    """

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self.instances: dict[int, Fields] = {}
        self.user_data: dict[int, str] = {}
        self.firewalls: dict[int, Fields] = {}
        self.nodes: dict[int, Fields] = {}

    # What is made.

    def make_instance(self, given: Fields) -> Fields:
        """POST /linode/instances"""
        need(given, "type", "region")
        need_known(REGIONS, given["region"], "region")
        need_known(INSTANCE_TYPES, given["type"], "type")
        need_free(self.instances, given, "Label must be unique among your linodes")
        if given.get("image") and not (given.get("root_pass") or given.get("authorized_keys")):
            raise Refused(400, ("root_pass is required", "root_pass"))
        if given.get("firewall_id"):
            found(self.firewalls, given["firewall_id"], "firewall_id")
        inside = self.interfaces(given)
        number = self.account.next_id()
        ipv4 = [self.address()]
        if given.get("private_ip"):
            ipv4.append(f"192.168.130.{11 + len(self.instances)}")
        made = shapes.instance(number, given, ipv4, f"fd00::40:{number % 65536:x}/128")
        self.instances[number] = made
        self.user_data[number] = (given.get("metadata") or {}).get("user_data", "")
        self.inside[number] = [(subnet["id"], address) for subnet, address in inside]
        for subnet, _ in inside:
            subnet["linodes"].append(
                {"id": number, "interfaces": [{"id": number, "active": True, "config_id": number}]}
            )
        if given.get("firewall_id"):
            label = made["label"]
            self.firewalls[given["firewall_id"]]["entities"].append(
                {"id": number, "type": "linode", "label": label,
                 "url": f"/v4/linode/instances/{number}", "parent_entity": None}
            )  # fmt: skip
        return made

    def addresses_of(self, number: int) -> list[str]:
        """Every address by which a NodeBalancer may reach an instance."""
        made = self.instances[number]
        return [
            *made["ipv4"],
            made["ipv6"].removesuffix("/128"),
            *(address for _, address in self.inside[number]),
        ]

    def make_firewall(self, given: Fields) -> Fields:
        """POST /networking/firewalls"""
        need(given, "label", "rules")
        need_free(self.firewalls, given, "Label must be unique")
        number = self.account.next_id()
        self.firewalls[number] = shapes.firewall(number, given)
        return self.firewalls[number]

    def make_balancer(self, given: Fields) -> Fields:
        """POST /nodebalancers"""
        need(given, "region")
        need_known(REGIONS, given["region"], "region")
        balancers = self.account.nodebalancers
        need_free(balancers, given, "Label must be unique among your NodeBalancers")
        subnets = [self.subnet(each.get("subnet_id")) for each in given.get("vpcs") or ()]
        number = self.account.next_id()
        address = given.get("ipv4")
        if address:
            self.assign(address, given["region"], number)
        label = given.get("label") or f"balancer{number}"
        ipv6 = f"fd00::30:{number % 65536:x}"
        made = new_balancer(
            number, label, given["region"], address or self.address(), ipv6, given.get("tags") or ()
        )
        way = given.get("backend_connectivity") or ("vpc" if subnets else "undefined")
        made |= {"type": given.get("type", "common"), "backend_connectivity": way}
        made["backend_ipv6_prefix"] = f"fd00:30:{number % 65536:x}::/64" if way == "ipv6" else None
        balancers[number] = made
        for subnet in subnets:
            subnet["nodebalancers"].append({"id": number, "ipv4_range": subnet["ipv4"]})
        return made

    def make_config(self, balancer_id: int, given: Fields) -> Fields:
        """POST /nodebalancers/{id}/configs: one for each port."""
        port = given.get("port", 80)
        if any(each["port"] == port for each in self.account.configs_of(balancer_id)):
            raise Refused(400, ("Port must be unique among the NodeBalancer's configs", "port"))
        number = self.account.next_id()
        blank = new_config(number, balancer_id, port, 0, 0)
        self.account.configs[number] = self.changed_config(blank, given)
        return self.account.configs[number]

    def changed_config(self, config: Fields, given: Fields) -> Fields:
        """A configuration after a request. Raises Refused."""
        said = {name: value for name, value in given.items() if name in config and name != "nodes"}
        result = config | said
        if result["protocol"] == "https" and not (result["ssl_cert"] and result["ssl_key"]):
            raise Refused(400, ("ssl_cert is required for https", "ssl_cert"))
        if result["check"] != "none" and result["check_interval"] <= result["check_timeout"]:
            raise Refused(400, ("check_interval must exceed check_timeout", "check_interval"))
        if given.get("ssl_cert"):
            result |= certificate(given["ssl_cert"])
        return result

    def make_node(self, balancer_id: int, config_id: int, given: Fields) -> Fields:
        """POST /nodebalancers/{id}/configs/{id}/nodes: two may well have one label."""
        need(given, "label", "address")
        config = self.config(balancer_id, config_id)
        self._need_backend(self.account.nodebalancer(balancer_id), given)
        number = self.account.next_id()
        self.nodes[number] = shapes.node(number, config, given)
        return self.nodes[number]

    def forget_instance(self, number: int) -> None:
        """Delete an instance; its nodes stay, and lead nowhere."""
        del self.instances[number]
        del self.inside[number]
        for vpc in self.vpcs.values():
            for each in vpc["subnets"]:
                each["linodes"] = [linode for linode in each["linodes"] if linode["id"] != number]
        for firewall in self.firewalls.values():
            firewall["entities"] = [e for e in firewall["entities"] if e["id"] != number]

    def checked(self, node: int, up: bool) -> None:
        """What the check of a NodeBalancer has found out about a node."""
        there = self.nodes[node]
        there["status"] = "UP" if up else "DOWN"
        seen = [each["status"] for each in self.nodes_of(*_place(there))]
        config = self.account.configs[there["config_id"]]
        config["nodes_status"] = {"up": seen.count("UP"), "down": len(seen) - seen.count("UP")}

    # What is there.

    def config(self, balancer_id: int, config_id: int) -> Fields:
        """One configuration. Raises Refused with status 404."""
        for each in self.account.configs_of(balancer_id):
            if each["id"] == config_id:
                return each
        raise not_found()

    def nodes_of(self, balancer_id: int, config_id: int) -> list[Fields]:
        """The nodes of a configuration. Raises Refused with status 404."""
        self.config(balancer_id, config_id)
        return [each for each in self.nodes.values() if each["config_id"] == config_id]

    def _need_backend(self, balancer: Fields, given: Fields) -> None:
        """Raise Refused for an address of a kind that this NodeBalancer does not reach."""
        host = given["address"].rpartition(":")[0].strip("[]")
        address = ipaddress.ip_address(host)
        private = address in ipaddress.ip_network("192.168.128.0/17")
        if private and balancer["type"] in _PREMIUM:
            raise Refused(400, ("Private IPv4 back ends are not supported", "address"))
        if not private and address.version == 4 and not given.get("subnet_id"):
            raise Refused(400, ("Must start with 192.168, or name its subnet_id", "address"))


def _place(node: Fields) -> tuple[int, int]:
    return node["nodebalancer_id"], node["config_id"]
