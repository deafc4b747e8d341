"""The evaluator of policies and the gate understand what they must, and refuse the rest."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.artifact.gate import Gate, understood
from tests.artifact.iam import Call, Grant, grants

TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/control"
GRANT = Grant("Read", "dynamodb:Query", TABLE)


def policy(**statement):
    return [{"Statement": [{"Sid": "A", "Effect": "Allow", **statement}]}]


def test_a_statement_grants_each_action_on_each_resource():
    found = grants(policy(Action=["a:One", "a:Two"], Resource=["r1", "r2"]))

    assert {(each.action, each.resource) for each in found} == {
        ("a:One", "r1"), ("a:One", "r2"), ("a:Two", "r1"), ("a:Two", "r2"),
    }  # fmt: skip


@pytest.mark.parametrize("call", [Call("dynamodb:PutItem", TABLE), Call("dynamodb:Query", "other")])
def test_another_action_or_resource_is_not_covered(call):
    assert GRANT.covers(Call("dynamodb:Query", TABLE))
    assert not GRANT.covers(call)


def test_an_asterisk_stands_for_anything():
    [grant] = grants(policy(Action="dynamodb:*", Resource=f"{TABLE[:-7]}*"))

    assert grant.covers(Call("dynamodb:Query", TABLE))
    assert not grant.covers(Call("ssm:GetParameter", TABLE))


def test_a_condition_on_leading_keys_holds_for_all_of_them():
    condition = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["heartbeat#*"]}}
    [grant] = grants(policy(Action="dynamodb:Query", Resource=TABLE, Condition=condition))

    def call(*keys):
        return Call("dynamodb:Query", TABLE, {"dynamodb:LeadingKeys": keys})

    assert grant.covers(call("heartbeat#eu-west-1"))
    assert not grant.covers(call("heartbeat#eu-west-1", "user#7"))


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Deny", "Action": "a:B", "Resource": "r"},
        {"NotAction": "a:B", "Action": "a:B", "Resource": "r"},
    ],
)
def test_a_statement_that_is_not_understood_is_no_grant(statement):
    with pytest.raises(NotImplementedError):
        grants(policy(**statement))


def test_a_condition_that_is_not_understood_is_no_grant():
    condition = {"Bool": {"aws:SecureTransport": "true"}}
    [grant] = grants(policy(Action="a:B", Resource="r", Condition=condition))

    with pytest.raises(NotImplementedError):
        grant.covers(Call("a:B", "r"))


def test_each_part_of_a_transaction_needs_its_own_permission():
    body = {
        "TransactItems": [
            {"Put": {"TableName": "control", "Item": {"pk": {"S": "a"}}}},
            {"ConditionCheck": {"TableName": "control", "Key": {"pk": {"S": "b"}}}},
        ]
    }
    headers = {
        "authorization": "AWS4-HMAC-SHA256 Credential=me/20260101/eu-west-1/dynamodb/aws4_request,",
        "x-amz-target": "DynamoDB_20120810.TransactWriteItems",
    }

    caller, calls = understood("/", headers, json.dumps(body).encode())

    assert caller == "me"
    assert calls == [
        Call("dynamodb:PutItem", TABLE), Call("dynamodb:ConditionCheckItem", TABLE),
    ]  # fmt: skip


def test_the_gate_refuses_as_aws_does_and_tells_what_was_used():
    """A refusal never reaches AWS: there is none behind this gate."""
    with Gate("http://127.0.0.1:9", {"reader": [GRANT]}) as gate:
        client = boto3.Session().client(
            "dynamodb",
            region_name="eu-west-1",
            endpoint_url=gate.url,
            aws_access_key_id="reader",
            aws_secret_access_key="none",
        )
        with pytest.raises(ClientError, match="reader is not authorized") as refused:
            client.delete_item(TableName="control", Key={"pk": {"S": "a"}, "sk": {"S": "b"}})
        client.close()

    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    assert gate.refused == [("reader", Call("dynamodb:DeleteItem", TABLE))]
    assert gate.used("reader") == set()
