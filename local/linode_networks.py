"""Where instances and NodeBalancers are reached: VPCs with their subnets, reserved addresses."""

import ipaddress
from typing import Any

from local import linode_shapes as shapes
from local.linode_prices import REGIONS
from local.linode_records import Fields, Refused
from local.linode_rules import found, need, need_free, need_known
from local.linode_zones import Account


class Networks:
    """The part of the account that has addresses. Used under the account's lock."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.vpcs: dict[int, Fields] = {}
        self.reserved: dict[str, Fields] = {}
        self.inside: dict[int, list[tuple[int, str]]] = {}
        self._addresses = 0

    def make_vpc(self, given: Fields) -> Fields:
        """POST /vpcs"""
        need(given, "label", "region")
        need_known(REGIONS, given["region"], "region")
        need_free(self.vpcs, given, "Label must be unique among your VPCs")
        number = self.account.next_id()
        self.vpcs[number] = shapes.vpc(number, given)
        for each in given.get("subnets") or ():
            self.make_subnet(number, each)
        return self.vpcs[number]

    def make_subnet(self, vpc_id: int, given: Fields) -> Fields:
        """POST /vpcs/{id}/subnets"""
        need(given, "label", "ipv4")
        there = found(self.vpcs, vpc_id)["subnets"]
        network = ipaddress.ip_network(given["ipv4"])
        for each in there:
            if each["label"] == given["label"]:
                raise Refused(400, ("Label must be unique among the VPC's subnets", "label"))
            if network.overlaps(ipaddress.ip_network(each["ipv4"])):
                raise Refused(400, ("Range overlaps with another subnet", "ipv4"))
        there.append(shapes.subnet(self.account.next_id(), given))
        made: Fields = there[-1]
        return made

    def reserve(self, given: Fields) -> Fields:
        """POST /networking/reserved/ips: each call reserves another one."""
        need(given, "region")
        need_known(REGIONS, given["region"], "region")
        address = self.address()
        self.reserved[address] = shapes.reserved(address, given)
        return self.reserved[address]

    def subnet(self, number: Any) -> Fields:
        """A subnet of any VPC. Raises Refused."""
        for vpc in self.vpcs.values():
            for each in vpc["subnets"]:
                if each["id"] == number:
                    found_subnet: Fields = each
                    return found_subnet
        raise Refused(400, ("Subnet not found", "subnet_id"))

    def interfaces(self, given: Fields) -> list[tuple[Fields, str]]:
        """The subnets that an instance is in, and its address in each. Raises Refused."""
        inside = []
        taken = {place for places in self.inside.values() for place in places}
        for each in given.get("interfaces") or ():
            if each.get("purpose") != "vpc":
                continue
            subnet = self.subnet(each.get("subnet_id"))
            address = (each.get("ipv4") or {}).get("vpc")
            network = ipaddress.ip_network(subnet["ipv4"])
            if (
                not address
                or ipaddress.ip_address(address) not in network
                or (subnet["id"], address) in taken
            ):
                raise Refused(400, ("Must be a free address of the subnet", "interfaces.ipv4.vpc"))
            inside.append((subnet, address))
        return inside

    def assign(self, address: str, region: str, number: int) -> None:
        """Give a reserved address to a NodeBalancer. Raises Refused."""
        there = self.reserved.get(address)
        if there is None or there["region"] != region or there["assigned_entity"]:
            raise Refused(400, ("Must be an unassigned reserved address of the region", "ipv4"))
        there["assigned_entity"] = {
            "id": number, "type": "nodebalancer", "label": "",
            "url": f"/v4/nodebalancers/{number}",
        }  # fmt: skip

    def address(self) -> str:
        """Another public address."""
        self._addresses += 1
        return f"198.18.{100 + self._addresses // 200}.{2 + self._addresses % 200}"
