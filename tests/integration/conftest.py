"""A control table of its own for each test, in a real server."""

import itertools

import pytest

from failover.adapters.aws.dynamodb import DynamoStore
from local.aws import AwsServer

numbered = itertools.count(1)


@pytest.fixture(scope="module")
def aws():
    with AwsServer("eu-west-1") as server:
        yield server


@pytest.fixture
def table(aws):
    name = f"control-{next(numbered)}"
    aws.create_control_table(name)
    return name


@pytest.fixture
def client(aws):
    return aws.client("dynamodb")


@pytest.fixture
def store(client, table):
    return DynamoStore(client, table)
