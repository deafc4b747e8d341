"""Every role may do exactly what its function does, and to nothing else."""

import re

import pytest

from tests.template.stack import TABLE_NAME, Json, of_type

ROLES = of_type("AWS::IAM::Role")
TABLE = {
    "Fn::Sub": [
        "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${Table}",
        {"Table": TABLE_NAME},
    ]
}
READ = {"dynamodb:BatchGetItem", "dynamodb:Query"}
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

    assert used == {"MonitorFunction": "MonitorRole", "ControlFunction": "ControlRole"}


@pytest.mark.parametrize("role", ROLES)
def test_no_statement_has_a_wildcard_or_takes_something_back(role):
    for statement in statements(role):
        assert statement["Effect"] == "Allow"
        assert "*" not in str(statement["Action"]) + str(statement["Resource"])
        assert "NotAction" not in statement
        assert "NotResource" not in statement


@pytest.mark.parametrize("role", ROLES)
def test_no_managed_policy_widens_a_role(role):
    assert not ROLES[role].get("ManagedPolicyArns")


@pytest.mark.parametrize("role", ["MonitorRole", "ControlRole"])
def test_a_statement_is_named_by_what_it_allows(role):
    assert all(re.fullmatch(r"[A-Z][A-Za-z0-9]+", each["Sid"]) for each in statements(role))


def test_the_monitor_reads_and_writes_the_table_and_deletes_nothing():
    assert allowed("MonitorRole", TABLE) == READ | {"dynamodb:PutItem", "dynamodb:UpdateItem"}


def test_the_monitor_reads_one_secret():
    [statement] = [each for each in statements("MonitorRole") if "ssm" in str(each["Action"])]

    assert statement["Action"] == "ssm:GetParameter"
    assert statement["Resource"]["Fn::Sub"].endswith(":parameter${LinodeTokenParameter}")


def test_the_status_can_change_nothing():
    assert allowed("ControlRole", TABLE) == READ
    everything = set().union(*(actions(each) for each in statements("ControlRole")))
    assert everything == READ | LOG


@pytest.mark.parametrize("role", ["MonitorRole", "ControlRole"])
def test_a_function_writes_its_own_logs_only(role):
    function = role.replace("Role", "Function")
    group = of_type("AWS::Lambda::Function")[function]["LoggingConfig"]["LogGroup"]["Ref"]

    assert allowed(role, {"Fn::GetAtt": [group, "Arn"]}) == LOG


def test_the_schedule_may_start_the_monitor_only():
    [role] = [name for name in ROLES if name.startswith("MonitorFunctionEveryMinute")]

    [statement] = statements(role)
    assert statement["Action"] == "lambda:InvokeFunction"
    assert statement["Resource"] == {"Fn::GetAtt": ["MonitorFunction", "Arn"]}
