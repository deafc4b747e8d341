"""What a settings file may say and seldom means. A warning fails no check.

It is found in what the file says, so that it is told beside the problems of a file that is refused.
What is refused has no warning as well.
"""

import functools
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any

import boto3.session
from pydantic import TypeAdapter, ValidationError

from failover.settings import rules
from failover.settings.lines import Lines, Location
from failover.settings.refusal import path, shown

_MOST_NAMED = 3

_AWS_REGION: TypeAdapter[str] = TypeAdapter(rules.AwsRegion)
_ADDRESSES: Mapping[str, TypeAdapter[str]] = {
    "ipv4": TypeAdapter(rules.Ipv4),
    "ipv6": TypeAdapter(rules.Ipv6),
}


def described(data: Mapping[str, Any], text: str) -> Iterator[str]:
    """Each warning as a line for people. `data` is what the text of the file says."""
    lines = Lines(text)
    for location, sentence in warnings(data):
        yield f"warning: {lines.before(location)}{path(data, location)}: {sentence}"


def warnings(data: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
    """Each warning about the settings in a file: the place that it is about, and a sentence."""
    places = dict(_aws_regions(data))
    found = data.get("vantages")
    vantages = [_good(_AWS_REGION, each) for each in found] if isinstance(found, list) else []
    for vantage in filter(None, vantages):
        yield from _about_vantage(vantage, data, places)
    for location, region in _regions(data):
        yield from _about_aws_region(location, places)
        yield from _about_addresses(location, region)


def _about_vantage(
    vantage: str, data: Mapping[str, Any], places: Mapping[Location, str]
) -> Iterator[tuple[Location, str]]:
    location = ("vantages",)
    if vantage not in _known():
        yield location, _unknown(vantage)
    there = [path(data, place) for place, aws_region in places.items() if aws_region == vantage]
    if there:
        more = f" and {len(there) - _MOST_NAMED} more" if len(there) > _MOST_NAMED else ""
        sentence = (
            f"{shown(vantage)} is also the aws_region of"
            f" {', '.join(there[:_MOST_NAMED])}{more}; if that AWS region fails, this vantage fails"
            " with it: choose another AWS region for the vantage"
        )
        yield location, sentence


def _about_aws_region(
    location: Location, places: Mapping[Location, str]
) -> Iterator[tuple[Location, str]]:
    aws_region, place = places.get(location), (*location, "aws_region")
    if aws_region and aws_region not in _known():
        yield place, _unknown(aws_region)
    # The regions of one service differ in the last step of their locations.
    among = [other for other in places if other[:-1] == location[:-1] and other < location]
    if aws_region in [places[other] for other in among]:
        sentence = (
            f"another region of the service has {shown(aws_region)} as well;"
            " if that AWS region fails, both lose their data"
        )
        yield place, sentence


def _about_addresses(
    location: Location, region: Mapping[str, Any]
) -> Iterator[tuple[Location, str]]:
    for key, kind in _ADDRESSES.items():
        address = _good(kind, region.get(key))
        if address and not ip_address(address).is_global:
            sentence = f"{shown(address)} is not a public address; the public cannot reach it"
            yield (*location, key), sentence


def _aws_regions(data: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
    for location, region in _regions(data):
        if aws_region := _good(_AWS_REGION, region.get("aws_region")):
            yield location, aws_region


def _regions(data: Mapping[str, Any]) -> Iterator[tuple[Location, Mapping[str, Any]]]:
    for service, table in _tables(data, "service"):
        for region, inner in _tables(table, "region"):
            yield ("service", service, "region", region), inner


def _tables(table: Mapping[str, Any], key: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    found = table.get(key)
    for index, each in enumerate(found if isinstance(found, list) else []):
        if isinstance(each, dict):
            yield index, each


def _good(kind: TypeAdapter[str], value: object) -> str | None:
    try:
        return kind.validate_python(value, strict=True)
    except ValidationError:
        return None


def _unknown(aws_region: str) -> str:
    return f"{shown(aws_region)} is not an AWS region that boto3 knows; check the spelling"


@functools.cache
def _known() -> frozenset[str]:
    """Every AWS region with DynamoDB, by the lists of the boto3 that is installed here."""
    session = boto3.session.Session()
    return frozenset(
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("dynamodb", partition_name=partition)
    )
