"""The typed form of DynamoDB, beside boto3's own translation of it."""

from decimal import Decimal

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given
from hypothesis import strategies as some

from failover.adapters.aws.attributes import plain, typed

WHOLE = some.integers(-(2**53), 2**53)
REAL = some.floats(allow_nan=False, allow_infinity=False).filter(lambda n: not 0 < abs(n) < 1e-100)
LEAVES = some.none() | some.booleans() | WHOLE | REAL.filter(lambda n: abs(n) < 1e100) | some.text()
JSON = some.recursive(
    LEAVES, lambda each: some.lists(each) | some.dictionaries(some.text(), each), max_leaves=20
)
NUMBERS = some.decimals(-(10**30), 10**30, places=3)
SETS = some.sets(some.text()) | some.sets(some.binary()) | some.sets(NUMBERS)


@given(JSON)
def test_what_is_written_reads_as_it_was(value):
    """A decimal equals the number that it was only by way of float, as pydantic reads it."""
    assert as_json(TypeDeserializer().deserialize(typed(value))) == value
    assert as_json(plain(typed(value))) == value


@given(some.recursive(LEAVES.map(str) | NUMBERS | some.binary() | SETS.filter(bool), some.lists))
def test_every_type_of_dynamodb_reads_as_boto3_reads_it(value):
    attribute = TypeSerializer().serialize(value)
    assert plain(attribute) == TypeDeserializer().deserialize(attribute)


def test_what_json_does_not_have_is_not_written():
    with pytest.raises(TypeError, match="no attribute for a set"):
        typed({"names": {"east"}})


def as_json(value):
    """With the decimals as the numbers that they were written from."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list):
        return [as_json(each) for each in value]
    if isinstance(value, dict):
        return {name: as_json(each) for name, each in value.items()}
    return value
