"""The members of the strongly consistent table keep the rules that its clients rely on."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.aws import AwsServer
from local.replicas import Replicas

IRELAND, LONDON, PARIS = REGIONS = ("eu-west-1", "eu-west-2", "eu-west-3")
KEY = {"pk": {"S": "shop"}, "sk": {"S": "decision"}}


class Members:
    """A client in each region."""

    def __init__(self, replicas: Replicas) -> None:
        self.replicas = replicas
        self._clients = {
            region: boto3.client(
                "dynamodb",
                region_name=region,
                endpoint_url=replicas.url(region),
                aws_access_key_id="embedded",
                aws_secret_access_key="world",
                config=Config(retries={"total_max_attempts": 1}),
            )
            for region in REGIONS
        }

    def __getitem__(self, region: str) -> Any:
        return self._clients[region]

    def put(self, region: str, version: int, **condition: Any) -> None:
        """Write the item from a region."""
        item = {**KEY, "version": {"N": str(version)}}
        self[region].put_item(TableName="control", Item=item, **condition)

    def version(self, region: str, consistent: bool = True) -> str:
        """What a region reads."""
        found = self[region].get_item(TableName="control", Key=KEY, ConsistentRead=consistent)
        return str(found["Item"]["version"]["N"])


@pytest.fixture(scope="module")
def members() -> Iterator[Members]:
    with AwsServer(IRELAND) as aws:
        aws.create_control_table("control")
        with Replicas(aws.url, IRELAND, REGIONS) as replicas:
            yield Members(replicas)


def refusal(call: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call()
    return str(refused.value.response["Error"]["Code"])


def test_what_one_member_has_written_every_member_reads(members: Members):
    for number, region in enumerate(REGIONS):
        members.put(region, number)
        assert {members.version(reader) for reader in REGIONS} == {str(number)}


def test_a_condition_holds_across_regions(members: Members):
    members.put(IRELAND, 1)
    only_over_0 = {
        "ConditionExpression": "version = :v",
        "ExpressionAttributeValues": {":v": {"N": "0"}},
    }
    code = refusal(lambda: members.put(PARIS, 2, **only_over_0))
    assert code == "ConditionalCheckFailedException"


def test_of_two_members_that_write_one_item_at_once_one_writes_nothing(members: Members):
    def wrote(region: str) -> bool:
        try:
            members.put(region, REGIONS.index(region))
        except members[region].exceptions.ReplicatedWriteConflictException:
            return False
        return True

    with ThreadPoolExecutor(3) as side_by_side:
        for _ in range(10):
            won = [r for r, ok in zip(REGIONS, side_by_side.map(wrote, REGIONS), strict=True) if ok]
            assert members.version(PARIS) in {str(REGIONS.index(region)) for region in won}
    assert members.replicas.conflicts


def test_a_member_that_is_cut_off_takes_no_write_and_no_consistent_read(members: Members):
    members.put(IRELAND, 7)
    with members.replicas.cut_off(LONDON):
        assert refusal(lambda: members.put(LONDON, 8)) == "InternalServerError"
        assert refusal(lambda: members.version(LONDON)) == "InternalServerError"
        assert members.version(LONDON, consistent=False) == "7"
        members.put(PARIS, 9)
    assert members.version(LONDON) == "9"


def test_the_table_has_no_transactions_no_time_to_live_and_no_local_index(members: Members):
    put = {"Put": {"TableName": "control", "Item": KEY}}
    client = members[LONDON]
    assert refusal(lambda: client.transact_write_items(TransactItems=[put])) == (
        "ValidationException"
    )
    spec = {"Enabled": True, "AttributeName": "ends"}
    assert (
        refusal(
            lambda: client.update_time_to_live(TableName="control", TimeToLiveSpecification=spec)
        )
        == "ValidationException"
    )
    index = {
        "IndexName": "by-time",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    made = {
        "TableName": "other",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "LocalSecondaryIndexes": [index],
    }
    assert refusal(lambda: client.create_table(**made)) == "ValidationException"
