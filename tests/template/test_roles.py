"""Every role may do exactly what its function does, and to nothing else."""

import fnmatch
import re

import pytest

from failover.settings.model import Data
from tests.template.deployed import Deployment
from tests.template.stack import TABLE_NAME, Json, of_type, written

ROLES = of_type("AWS::IAM::Role")
TABLE = {
    "Fn::Sub": [
        "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${Table}",
        {"Table": TABLE_NAME},
    ]
}
QUEUE = {"Fn::GetAtt": ["BeatQueue", "Arn"]}
READ = {"dynamodb:BatchGetItem", "dynamodb:Query"}
DESCRIBING = {"dynamodb:DescribeTable", "dynamodb:DescribeContinuousBackups"}
FUNCTION_ROLES = ["MonitorRole", "ControlRole", "HeartbeatRole"]
LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}


def statements(role: str) -> list[Json]:
    policies = ROLES[role]["Policies"]
    return [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]


def actions(statement: Json) -> set[str]:
    named = statement["Action"]
    return {named} if isinstance(named, str) else set(named)


def allowed(role: str, resource: object) -> set[str]:
    """The actions that a role may do to one resource."""
    return set().union(
        *(actions(each) for each in statements(role) if each["Resource"] == resource)
    )


def test_each_function_has_a_role_of_its_own():
    used = {
        name: function["Role"]["Fn::GetAtt"][0]
        for name, function in of_type("AWS::Lambda::Function").items()
    }

    assert used == {
        "MonitorFunction": "MonitorRole",
        "ControlFunction": "ControlRole",
        "HeartbeatFunction": "HeartbeatRole",
    }


OF_THE_ACCOUNT = {"cloudwatch:DescribeAlarms", "lambda:GetAccountSettings"}
"""What only reads, and what IAM cannot narrow to one stack."""


@pytest.mark.parametrize("role", ROLES)
def test_no_statement_has_a_wildcard_or_takes_something_back(role):
    for statement in statements(role):
        assert statement["Effect"] == "Allow"
        assert "*" not in str(statement["Action"])
        assert "*" not in str(statement["Resource"]) or actions(statement) <= OF_THE_ACCOUNT
        assert "NotAction" not in statement
        assert "NotResource" not in statement


@pytest.mark.parametrize("role", ROLES)
def test_no_managed_policy_widens_a_role(role):
    assert not ROLES[role].get("ManagedPolicyArns")


@pytest.mark.parametrize("role", FUNCTION_ROLES)
def test_a_statement_is_named_by_what_it_allows(role):
    assert all(re.fullmatch(r"[A-Z][A-Za-z0-9]+", each["Sid"]) for each in statements(role))


BOTH = pytest.mark.parametrize("role", ["MonitorRole", "ControlRole"])


def test_the_monitor_reads_and_writes_the_table_and_deletes_old_history_only():
    deleting = {"dynamodb:DeleteItem"}
    [deletes] = [each for each in statements("MonitorRole") if actions(each) == deleting]

    writing = {"dynamodb:PutItem", "dynamodb:UpdateItem"}
    assert allowed("MonitorRole", TABLE) == READ | writing | deleting
    # ForAllValues alone is true where a request names no key at all.
    assert deletes["Condition"] == {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["log#*"]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }


def test_the_monitor_may_use_the_key_of_the_topic_to_send_and_for_nothing_else():
    granted = beside(EncryptAlerts="true")

    assert granted.keys() == {("MonitorRole", "EncryptAlerts")}
    statement = granted["MonitorRole", "EncryptAlerts"]
    assert actions(statement) == {"kms:GenerateDataKey", "kms:Decrypt"}
    assert statement["Resource"] == {"Fn::GetAtt": ["AlertKey", "Arn"]}
    assert statement["Condition"] == {
        "StringLike": {"kms:ViaService": {"Fn::Sub": "sns.${AWS::Region}.*"}}
    }


def test_only_the_monitor_sends_alerts_and_to_one_topic():
    [statement] = [each for each in statements("MonitorRole") if "sns" in str(each["Action"])]

    assert statement["Action"] == "sns:Publish"
    assert statement["Resource"] == {"Ref": "AlertTopic"}
    assert allowed("ControlRole", {"Ref": "AlertTopic"}) == {"sns:ListSubscriptionsByTopic"}


def test_a_person_reads_and_writes_the_table_and_deletes_nothing():
    writing = {"dynamodb:PutItem", "dynamodb:UpdateItem"}
    assert allowed("ControlRole", TABLE) == READ | writing | DESCRIBING


def test_only_the_monitor_uses_the_queue_and_lambda_polls_it_in_its_name():
    polling = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
    assert allowed("MonitorRole", QUEUE) == {"sqs:SendMessage"} | polling
    others = [each for name in ROLES if name != "MonitorRole" for each in statements(name)]
    assert "sqs" not in str(others)


@BOTH
def test_a_function_reads_one_secret(role):
    [statement] = [each for each in statements(role) if "ssm" in str(each["Action"])]

    assert statement["Action"] == "ssm:GetParameter"
    assert statement["Resource"]["Fn::Sub"].endswith(":parameter${LinodeTokenParameter}")


def test_a_person_may_do_by_the_control_function_what_the_monitor_does_and_else_only_describe():
    def everything(role):
        return set().union(*(actions(each) for each in statements(role)))

    telling = {"dynamodb:DeleteItem", "sns:Publish"}
    pacing = allowed("MonitorRole", QUEUE) | {"lambda:InvokeFunction"}
    inspecting = DESCRIBING | {"sns:ListSubscriptionsByTopic"} | OF_THE_ACCOUNT
    assert everything("ControlRole") == (everything("MonitorRole") - telling - pacing) | inspecting


def test_only_the_monitor_starts_a_function_and_that_is_itself():
    [statement] = [each for each in statements("MonitorRole") if "lambda" in str(each["Action"])]

    assert statement["Action"] == "lambda:InvokeFunction"
    monitor = of_type("AWS::Lambda::Function")["MonitorFunction"]["FunctionName"]["Fn::Sub"]
    assert statement["Resource"]["Fn::Sub"].endswith(f":function:{monitor}")
    others = [each for name in FUNCTION_ROLES[1:] for each in statements(name)]
    assert "lambda:InvokeFunction" not in set().union(*(actions(each) for each in others))


@pytest.mark.parametrize("role", FUNCTION_ROLES)
def test_a_function_writes_its_own_logs_only(role):
    function = role.replace("Role", "Function")
    group = of_type("AWS::Lambda::Function")[function]["LoggingConfig"]["LogGroup"]["Ref"]

    assert allowed(role, {"Fn::GetAtt": [group, "Arn"]}) == LOG


@pytest.mark.parametrize("function", ["MonitorFunction", "ControlFunction", "HeartbeatFunction"])
def test_a_schedule_may_start_its_own_function_only(function):
    role = function.replace("Function", "ScheduleRole")

    [schedule] = [
        each
        for each in of_type("AWS::Scheduler::Schedule").values()
        if each["Target"]["Arn"] == {"Fn::GetAtt": [function, "Arn"]}
    ]
    assert schedule["Target"]["RoleArn"] == {"Fn::GetAtt": [role, "Arn"]}
    [statement] = statements(role)
    assert statement["Action"] == "lambda:InvokeFunction"
    assert statement["Resource"] == {"Fn::GetAtt": [function, "Arn"]}


def test_the_heartbeats_touch_heartbeats_only():
    """In the tables that hold the customers' data: items whose key is one of theirs, none without
    a key, and nothing is deleted, queried or scanned."""
    tables = {"Ref": "DataTables"}
    [statement] = [each for each in statements("HeartbeatRole") if each["Resource"] == tables]

    assert actions(statement) == {"dynamodb:UpdateItem", "dynamodb:BatchGetItem"}
    assert statement["Condition"] == {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": [{"Ref": "DataKeys"}]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }
    assert allowed("HeartbeatRole", TABLE) == {"dynamodb:Query", "dynamodb:PutItem"}
    everything = set().union(*(actions(each) for each in statements("HeartbeatRole")))
    assert everything == {
        "dynamodb:UpdateItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:PutItem", *LOG
    }  # fmt: skip


def test_the_status_of_the_data_may_describe_the_tables_and_no_more():
    policy = of_type("AWS::IAM::Policy")["DescribeDataTables"]
    [statement] = policy["PolicyDocument"]["Statement"]

    assert policy["Roles"] == [{"Ref": "ControlRole"}]
    assert actions(statement) == DESCRIBING
    assert statement["Resource"] == {"Ref": "DataTables"}


def test_the_keys_of_the_settings_default_are_those_that_the_role_may_touch():
    keys = written()["Parameters"]["DataKeys"]["Default"]
    key = Data("orders", 60.0, 0.0).item("us-east-1")["pk"]

    assert fnmatch.fnmatchcase(key, keys)


@pytest.mark.parametrize("role", ["MonitorScheduleRole", "HeartbeatScheduleRole"])
def test_only_schedules_of_this_account_may_use_their_role(role):
    [trust] = ROLES[role]["AssumeRolePolicyDocument"]["Statement"]

    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def beside(**parameters: str) -> dict[tuple[str, str], dict[str, Json]]:
    """The statements of the policies beside the roles, by role and name."""
    found: dict[tuple[str, str], Json] = {}
    for each in Deployment(**parameters).resources().values():
        if each["Type"] == "AWS::IAM::Policy":
            for role in each["Properties"]["Roles"]:
                for statement in each["Properties"]["PolicyDocument"]["Statement"]:
                    found[role["Ref"], statement["Sid"]] = statement
    return found


KEY = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"


def test_without_secrets_and_tables_of_yours_no_role_has_more():
    assert beside() == {}


def test_a_key_of_your_own_decrypts_the_token_and_nothing_else():
    granted = beside(TokenKmsKeyArn=KEY)

    assert granted.keys() == {
        ("MonitorRole", "DecryptTheLinodeToken"),
        ("ControlRole", "DecryptTheLinodeToken"),
    }
    for statement in granted.values():
        assert (statement["Action"], statement["Resource"]) == ("kms:Decrypt", KEY)
        [context] = statement["Condition"]["StringEquals"].items()
        assert context[0] == "kms:EncryptionContext:PARAMETER_ARN"
        assert context[1]["Fn::Sub"].endswith(":parameter${LinodeTokenParameter}")


@pytest.mark.parametrize("key", ["", KEY], ids=["the default key", "a key of your own"])
def test_the_heartbeat_url_is_read_by_the_monitor_alone(key):
    granted = beside(HeartbeatUrlParameter="/heartbeat-url", TokenKmsKeyArn=key)

    about = {sid: role for role, sid in granted if "HeartbeatUrl" in sid}
    decrypts = {"DecryptTheHeartbeatUrl": "MonitorRole"} if key else {}
    assert about == {"ReadTheHeartbeatUrl": "MonitorRole"} | decrypts
    read = granted["MonitorRole", "ReadTheHeartbeatUrl"]
    assert read["Action"] == "ssm:GetParameter"
    assert read["Resource"]["Fn::Sub"].endswith(":parameter${HeartbeatUrlParameter}")


@pytest.mark.parametrize("key", ["", KEY], ids=["the default key", "a key of your own"])
def test_the_values_of_probe_headers_are_read_by_what_probes_and_below_one_path(key):
    granted = beside(ProbeParameterPath="/failover/probe", TokenKmsKeyArn=key)

    about = {which for which in granted if "ProbeHeaders" in which[1]}
    sids = ["ReadTheValuesOfProbeHeaders", *(["DecryptTheValuesOfProbeHeaders"] if key else [])]
    assert about == {(role, sid) for role in ("MonitorRole", "ControlRole") for sid in sids}
    for role, sid in about:
        statement = granted[role, sid]
        if sid.startswith("Read"):
            assert statement["Action"] == "ssm:GetParameter"
            named = statement["Resource"]
        else:
            assert (statement["Action"], statement["Resource"]) == ("kms:Decrypt", KEY)
            [(context, named)] = statement["Condition"]["StringLike"].items()
            assert context == "kms:EncryptionContext:PARAMETER_ARN"
        assert named["Fn::Sub"].endswith(":${AWS::AccountId}:parameter${ProbeParameterPath}/*")


def test_keys_of_tables_are_used_by_the_heartbeats_and_through_dynamodb_only():
    granted = beside(DataTables="arn", DataKmsKeyArns=KEY)

    statement = granted["HeartbeatRole", "UseTheKeysOfTheTables"]
    assert (statement["Action"], statement["Resource"]) == ("kms:Decrypt", KEY)
    assert statement["Condition"] == {"StringLike": {"kms:ViaService": "dynamodb.*"}}
