"""`sam deploy` against emulated AWS: the first time, with changed settings, twice, and its end."""

import re

import pytest

from tests.artifact.build import require_runtime, sam_build
from tests.artifact.deployment import Stack, emulated_aws, layer_files
from tests.artifact.town import DATA_TABLES
from tests.support.settings_file import good, toml
from tests.template.stack import resources, written

require_runtime()

NAME = "linode-region-failover"
# What makes every function and everything that is optional, but not a table in three AWS regions.
KEY = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
ALL = {
    "AlertEmail": "ops@shop.test",
    "DataTables": DATA_TABLES,
    "HeartbeatUrlParameter": "/heartbeat-url",
    "ProbeParameterPath": "/failover/probe",
    "TokenKmsKeyArn": KEY,
    "DataKmsKeyArns": KEY,
    "EncryptAlerts": "true",
}
# Kept or made once for all stacks: their names say nothing of a clash.
OF_ONE_KIND = {"AWS::Lambda::EventInvokeConfig", "AWS::SNS::Subscription"}


@pytest.fixture(scope="module")
def aws():
    with emulated_aws() as server:
        yield server


@pytest.fixture
def settings(checkout, tmp_path):
    """Settings to be built; afterwards the example is, as before."""
    file = tmp_path / "failover.toml"
    yield file
    sam_build(checkout)


@pytest.fixture(scope="module")
def stack(aws, checkout, build):
    made = Stack(aws, checkout, NAME)
    made.deploy(**ALL)
    return made


@pytest.fixture(scope="module")
def second(aws, checkout, stack):
    """A stack beside the first one, named as the documentation says."""
    made = Stack(aws, checkout, "second")
    made.deploy(**ALL, MetricsNamespace="Second")
    return made


def names(stack):
    found = {name for kind, name in stack.resources().values() if kind not in OF_ONE_KIND}
    return found - {""}  # moto names no policy


def kinds(stack):
    return sorted(kind for kind, _ in stack.resources().values())


def layer(function, name):
    [arn] = [each["Arn"] for each in function["Layers"] if f"-{name}:" in each["Arn"]]
    return arn


def test_everything_in_the_template_is_made(stack):
    """But the table that is made in three AWS regions, which the emulated AWS cannot."""
    wanted = {
        logical
        for logical, resource in resources().items()
        if resource.get("Condition") != "MakesStrongTable"
        and resource["Type"] != "AWS::Lambda::LayerVersion"
    }

    assert wanted <= stack.resources().keys()
    assert kinds(stack).count("AWS::Lambda::LayerVersion") == 2


def test_every_function_has_its_layers_and_environment(stack):
    variables = written()["Globals"]["Function"]["Environment"]["Variables"].keys()

    for function in stack.functions().values():
        assert layer(function, "dependencies").endswith(":1")
        assert layer(function, "config").endswith(":1")
        assert function["Environment"]["Variables"].keys() >= variables
        assert all(function["Environment"]["Variables"][name] for name in variables)


def test_the_schedules_start_what_is_scheduled_and_nothing_else(stack, aws):
    scheduler = aws.client("scheduler")

    found = [
        scheduler.get_schedule(Name=name)["Target"]
        for kind, name in stack.resources().values()
        if kind == "AWS::Scheduler::Schedule"
    ]

    scheduled = ("MonitorFunction", "HeartbeatFunction", "ControlFunction")
    arns = {stack.functions()[name]["FunctionArn"] for name in scheduled}
    assert {target["Arn"] for target in found} == arns
    for target in found:
        [grant] = [
            each
            for policy in aws.client("iam").list_role_policies(
                RoleName=target["RoleArn"].rpartition("/")[2]
            )["PolicyNames"]
            for each in aws.client("iam").get_role_policy(
                RoleName=target["RoleArn"].rpartition("/")[2], PolicyName=policy
            )["PolicyDocument"]["Statement"]
        ]
        assert (grant["Action"], grant["Resource"]) == ("lambda:InvokeFunction", target["Arn"])


def test_every_alarm_reaches_the_topic_and_the_mail_is_asked_for(stack, aws):
    topic = stack.outputs()["AlertTopicArn"]
    alarms = aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
    ours = [alarm for alarm in alarms if alarm["AlarmName"].startswith(NAME)]

    assert len(ours) == kinds(stack).count("AWS::CloudWatch::Alarm")
    assert all(topic in alarm["AlarmActions"] for alarm in ours)
    [mail] = aws.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert (mail["Protocol"], mail["Endpoint"]) == ("email", "ops@shop.test")


def test_the_outputs_say_what_to_do_next_and_name_what_is_there(stack, aws):
    outputs = stack.outputs()
    token = outputs["NextStoreTheToken"]
    status = outputs["NextAskForTheStatus"]
    environment = stack.functions()["MonitorFunction"]["Environment"]["Variables"]

    assert f"--name {environment['LINODE_TOKEN_PARAMETER']} " in token
    assert "--type SecureString" in token
    assert re.search(r"invoke (\w+) ", status)[1] in stack.functions()
    assert f"--stack-name {NAME} " in status
    assert "ops@shop.test" in outputs["NextConfirmTheMail"]
    assert outputs["AlertTopicArn"] == environment["ALERT_TOPIC_ARN"]
    assert outputs["ControlTableName"] == environment["CONTROL_TABLE"]


def test_the_table_can_be_restored_and_not_be_deleted(stack, aws):
    dynamodb = aws.client("dynamodb")
    name = stack.outputs()["ControlTableName"]

    assert dynamodb.describe_table(TableName=name)["Table"]["DeletionProtectionEnabled"]
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    recovery = backups["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"


def test_a_second_stack_shares_nothing_with_the_first(stack, second):
    assert kinds(second) == kinds(stack)
    assert not names(second) & names(stack)
    for function in ("MonitorFunction", "ControlFunction"):
        ours, theirs = (each.functions()[function] for each in (stack, second))
        assert ours["Role"] != theirs["Role"]
        assert not {each["Arn"] for each in ours["Layers"]} & {
            each["Arn"] for each in theirs["Layers"]
        }
        for name in ("CONTROL_TABLE", "ALERT_TOPIC_ARN", "METRICS_NAMESPACE"):
            given = [each["Environment"]["Variables"][name] for each in (ours, theirs)]
            assert given[0] != given[1]


def test_changed_settings_are_a_new_version_that_the_functions_use(stack, aws, checkout, settings):
    table = stack.outputs()["ControlTableName"]
    before = stack.functions()
    settings.write_text(toml(good()))

    sam_build(checkout, deployment=settings.parent)
    stack.deploy(**ALL)

    for logical, after in stack.functions().items():
        assert layer(after, "config").endswith(":2")
        assert layer_files(aws, layer(after, "config"))["failover.toml"] == settings.read_bytes()
        assert layer(after, "dependencies") == layer(before[logical], "dependencies")
        assert after["CodeSha256"] == before[logical]["CodeSha256"]
    assert stack.outputs()["ControlTableName"] == table


def test_a_topic_outlives_its_key(stack, aws):
    """Whoever is subscribed stays so. (moto leaves the name of the key at the topic.)"""
    sns, topic = aws.client("sns"), stack.outputs()["AlertTopicArn"]
    assert "AWS::KMS::Key" in kinds(stack)

    stack.deploy(**ALL | {"EncryptAlerts": "false"})

    assert "AWS::KMS::Key" not in kinds(stack)
    assert stack.outputs()["AlertTopicArn"] == topic
    assert len(sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]) == 1


def test_deleting_a_stack_leaves_its_table_and_the_other_stack(stack, second, aws):
    table = second.outputs()["ControlTableName"]
    mine = second.resources()
    others = stack.resources()

    second.delete()

    assert table in aws.client("dynamodb").list_tables()["TableNames"]
    left = {each["FunctionName"] for each in aws.client("lambda").list_functions()["Functions"]}
    assert not left & {name for _, name in mine.values()}
    alarms = aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert not [alarm for alarm in alarms if alarm["AlarmName"].startswith("second-")]
    assert stack.resources() == others
    assert len(stack.functions()) == len(left)
