"""docs/permissions.md says what whoever deploys needs for each type of resource."""

import re

import pytest

from tests.template.stack import ROOT, resources

PAGE = (ROOT / "docs" / "permissions.md").read_text(encoding="utf-8")

# The least that CloudFormation calls to create, to change and to delete a resource of each type.
LEAST = {
    "AWS::CloudWatch::Alarm": {"cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms"},
    "AWS::CloudWatch::Dashboard": {"cloudwatch:PutDashboard", "cloudwatch:DeleteDashboards"},
    "AWS::DynamoDB::GlobalTable": {
        "dynamodb:CreateTable",
        "dynamodb:CreateTableReplica",
        "dynamodb:CreateGlobalTableWitness",
        "dynamodb:UpdateTable",
        "dynamodb:UpdateContinuousBackups",
        "iam:CreateServiceLinkedRole",
    },
    "AWS::DynamoDB::Table": {
        "dynamodb:CreateTable",
        "dynamodb:UpdateTable",
        "dynamodb:UpdateContinuousBackups",
    },
    "AWS::IAM::Policy": {"iam:PutRolePolicy", "iam:DeleteRolePolicy"},
    "AWS::IAM::Role": {
        "iam:CreateRole",
        "iam:DeleteRole",
        "iam:PutRolePolicy",
        "iam:DeleteRolePolicy",
        "iam:UpdateAssumeRolePolicy",
    },
    "AWS::KMS::Key": {
        "kms:CreateKey",
        "kms:EnableKeyRotation",
        "kms:PutKeyPolicy",
        "kms:ScheduleKeyDeletion",
    },
    "AWS::Lambda::EventInvokeConfig": {
        "lambda:PutFunctionEventInvokeConfig",
        "lambda:DeleteFunctionEventInvokeConfig",
    },
    "AWS::Lambda::EventSourceMapping": {
        "lambda:CreateEventSourceMapping",
        "lambda:UpdateEventSourceMapping",
        "lambda:DeleteEventSourceMapping",
    },
    "AWS::Lambda::Function": {
        "lambda:CreateFunction",
        "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionConfiguration",
        "lambda:PutFunctionConcurrency",
        "lambda:DeleteFunctionConcurrency",
        "lambda:DeleteFunction",
        "lambda:GetLayerVersion",
        "iam:PassRole",
    },
    "AWS::Lambda::LayerVersion": {"lambda:PublishLayerVersion", "lambda:DeleteLayerVersion"},
    "AWS::Logs::LogGroup": {
        "logs:CreateLogGroup",
        "logs:PutRetentionPolicy",
        "logs:DeleteLogGroup",
    },
    "AWS::Logs::QueryDefinition": {
        "logs:PutQueryDefinition",
        "logs:DescribeQueryDefinitions",
        "logs:DeleteQueryDefinition",
    },
    "AWS::SNS::Subscription": {"sns:Subscribe", "sns:Unsubscribe"},
    "AWS::SNS::Topic": {"sns:CreateTopic", "sns:SetTopicAttributes", "sns:DeleteTopic"},
    "AWS::SQS::Queue": {"sqs:CreateQueue", "sqs:SetQueueAttributes", "sqs:DeleteQueue"},
    "AWS::Scheduler::Schedule": {
        "scheduler:CreateSchedule",
        "scheduler:UpdateSchedule",
        "scheduler:DeleteSchedule",
        "iam:PassRole",
    },
}

TAGGED = {
    "AWS::CloudWatch::Alarm": "cloudwatch",
    "AWS::DynamoDB::GlobalTable": "dynamodb",
    "AWS::DynamoDB::Table": "dynamodb",
    "AWS::IAM::Role": "iam",
    "AWS::KMS::Key": "kms",
    "AWS::Lambda::Function": "lambda",
    "AWS::Logs::LogGroup": "logs",
    "AWS::SNS::Topic": "sns",
    "AWS::SQS::Queue": "sqs",
}
"""The types that take the tags of the stack, and the service that has to allow it."""


def rows():
    """The actions that the page names for each type of resource, complete with their service."""
    found = {}
    for kind, cell in re.findall(r"^\| `(AWS::\w+::\w+)` \| (.+) \|$", PAGE, re.MULTILINE):
        service, actions = "", set()
        for name in re.findall(r"`([^`]+)`", cell):
            given, colon, action = name.rpartition(":")
            service = given if colon else service
            actions.add(f"{service}:{action}")
        found[kind] = actions
    return found


def test_the_page_has_every_type_of_the_template_and_no_other():
    assert set(rows()) == {each["Type"] for each in resources().values()}


@pytest.mark.parametrize("kind", sorted(LEAST))
def test_a_type_has_what_its_whole_life_takes(kind):
    assert LEAST[kind] <= rows()[kind]


@pytest.mark.parametrize("kind", sorted(TAGGED))
def test_what_is_tagged_may_be_tagged(kind):
    action = {"AWS::IAM::Role": "TagRole", "AWS::SQS::Queue": "TagQueue"}.get(kind, "TagResource")
    assert {f"{TAGGED[kind]}:{action}", f"{TAGGED[kind]}:Un{action[0].lower()}{action[1:]}"} <= (
        rows()[kind]
    )
