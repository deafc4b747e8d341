"""What things cost each month, from Linode's price lists."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from linode_api4 import ApiError

from cli.region.file import Regions
from cli.region.model import Kind
from cli.region.planning import Prices
from cli.region.reading import linode
from cli.region.tables import Size

_NOT_FOR_EVERYBODY = (403, 404)
"""What an account is told that may not reserve addresses."""


def read(api: Any, regions: Regions) -> Prices:
    """The prices of what the file asks for. What is on no list has none. Raises Trouble."""
    said = regions.said
    where = [each.name for each in said.region]
    found: dict[tuple[Kind, str, str], Decimal] = {}
    with linode("reading the prices"):
        plans = [each for each in api.linode.types() if each.id == said.type]
        balancers = list(api.nodebalancers.types())
        addresses = _address_types(api) if said.balancer.reserved else []
    premium = said.balancer.type is Size.PREMIUM
    billed = (
        (Kind.INSTANCE, said.type, plans),
        (Kind.BALANCER, str(said.balancer.type),
         [each for each in balancers if ("premium" in each.id) is premium]),
        (Kind.ADDRESS, "ipv4", addresses),
    )  # fmt: skip
    for kind, name, listed in billed:
        for region in where if listed else ():
            found[kind, name, region] = _monthly(listed[0], region)
    return found


def _address_types(api: Any) -> list[Any]:
    try:
        return list(api.networking.reserved_ip_types())
    except ApiError as error:
        if error.status in _NOT_FOR_EVERYBODY:
            return []
        raise


def _monthly(each: Any, region: str) -> Decimal:
    """The price in a region; some have their own."""
    own: Iterable[Any] = each.region_prices or ()
    price = next((place for place in own if place.id == region), each.price)
    return Decimal(str(price.monthly))
