"""What no validator looks at: the promises that the deployed stack has to keep."""

import json
import re
import tomllib

import pytest

from failover.app.acting import PUBLICATION_NEEDS
from failover.app.control.manual import LOOK_SECONDS, PROOF_PATIENCE
from failover.settings.recovery import SCHEDULE_GAP
from tests.support import shipped
from tests.template.deployed import Deployment
from tests.template.stack import ROOT, TABLE_NAME, of_type, resources, translated, written

FUNCTIONS = of_type("AWS::Lambda::Function")
SCHEDULES = of_type("AWS::Scheduler::Schedule")


def event(name):
    return shipped.event(name)


def test_a_tick_starts_every_minute_a_preflight_every_half_hour_and_none_is_repeated():
    every = {
        schedule["Target"]["Arn"]["Fn::GetAtt"][0]: schedule["ScheduleExpression"]
        for schedule in SCHEDULES.values()
    }
    assert every == {
        "MonitorFunction": "rate(1 minute)",
        "ControlFunction": "rate(30 minutes)",
        "HeartbeatFunction": "rate(1 minute)",
    }
    for schedule in SCHEDULES.values():
        assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
        assert schedule["Target"]["RetryPolicy"] == {
            "MaximumRetryAttempts": 0,
            "MaximumEventAgeInSeconds": 60,
        }


def test_two_stacks_may_share_a_region():
    """The schedule's default name would be the same for both."""
    assert all("Name" not in schedule for schedule in SCHEDULES.values())


def test_the_schedule_sends_what_the_test_event_shows():
    for schedule in SCHEDULES.values():
        sent = json.loads(schedule["Target"]["Input"])
        is_tick = schedule["Target"]["Arn"]["Fn::GetAtt"][0] != "ControlFunction"
        assert sent.keys() == event("tick").keys() if is_tick else sent == event("preflight")


def test_a_late_asynchronous_invocation_is_dropped():
    configs = of_type("AWS::Lambda::EventInvokeConfig")

    assert {config["FunctionName"]["Ref"] for config in configs.values()} == set(FUNCTIONS)
    for config in configs.values():
        assert config["MaximumRetryAttempts"] == 0
        assert config["MaximumEventAgeInSeconds"] == 60


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_handler_exists_in_what_ships(name):
    module, function = FUNCTIONS[name]["Handler"].rsplit(".", 1)
    source = ROOT / written()["Globals"]["Function"]["CodeUri"] / f"{module.replace('.', '/')}.py"

    assert re.search(rf"^(def {function}\(|{function} =)", source.read_text(), re.MULTILINE)


def test_no_function_brings_code_of_its_own_folder():
    """One CodeUri for all: `failover` ships with every handler."""
    declared = [r for r in written()["Resources"].values() if r["Type"].endswith(":Function")]

    assert len(declared) == len(FUNCTIONS)
    assert not any("CodeUri" in function["Properties"] for function in declared)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_runtime_is_the_one_that_is_tested(name):
    function = FUNCTIONS[name]

    assert function["Runtime"] == "python3.13"
    assert function["Architectures"] == [{"Ref": "Architecture"}]
    assert [ref["Ref"][:-10] for ref in function["Layers"]] == ["DependenciesLayer", "ConfigLayer"]


def test_both_processors_are_offered_and_both_layers_serve_them():
    parameter = written()["Parameters"]["Architecture"]
    layers = of_type("AWS::Lambda::LayerVersion").values()

    assert (parameter["Default"], parameter["AllowedValues"]) == ("x86_64", ["x86_64", "arm64"])
    assert [each["CompatibleArchitectures"] for each in layers] == [["x86_64", "arm64"]] * 2


def test_a_tick_has_time_for_its_last_round_and_may_overlap_the_next():
    monitor = FUNCTIONS["MonitorFunction"]

    assert monitor["Timeout"] == 190


AT_ONCE = 3
"""Ticks by beats that a shard has at once."""


def test_each_beat_is_an_invocation_of_its_own_and_few_run_at_once():
    [mapping] = of_type("AWS::Lambda::EventSourceMapping").values()

    assert mapping == {
        "BatchSize": 1,
        "EventSourceArn": {"Fn::GetAtt": ["BeatQueue", "Arn"]},
        "FunctionName": {"Ref": "MonitorFunction"},
        "ScalingConfig": {"MaximumConcurrency": {"Ref": "BeatConcurrency"}},
    }
    assert written()["Parameters"]["BeatConcurrency"]["Default"] == AT_ONCE


def test_the_queue_holds_the_last_beat_of_a_seed_and_empties_by_itself():
    """A message that a tick has failed on is gone before it is visible again."""
    [queue] = of_type("AWS::SQS::Queue").values()

    assert queue["MessageRetentionPeriod"] > SCHEDULE_GAP + 30
    assert queue["MessageRetentionPeriod"] <= queue["VisibilityTimeout"]
    assert queue["VisibilityTimeout"] >= FUNCTIONS["MonitorFunction"]["Timeout"]
    assert "RedrivePolicy" not in queue


def test_many_short_invocations_log_no_start_and_end():
    assert FUNCTIONS["MonitorFunction"]["LoggingConfig"]["SystemLogLevel"] == "WARN"


def test_concurrency_is_reserved_on_request_only_and_leaves_room_for_ticks_that_overlap():
    """A new account has too little of it to reserve any."""
    choices = written()["Parameters"]["ReservedConcurrency"]
    beats, scheduled = AT_ONCE, 2

    assert choices["Default"] == 0
    assert all(n == 0 or n >= beats + scheduled for n in choices["AllowedValues"])
    for reserved, deployment in (
        (None, Deployment()),
        ("5", Deployment(ReservedConcurrency="5", DataTables="arn")),
    ):
        found = deployment.resources().values()
        made = [each["Properties"] for each in found if each["Type"] == "AWS::Lambda::Function"]
        assert {each.get("ReservedConcurrentExecutions") for each in made} == {reserved}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_environment_is_the_documented_one(name):
    own = {
        "MonitorFunction": {
            "HEARTBEAT_URL_PARAMETER": {"Ref": "HeartbeatUrlParameter"},
            "BEAT_QUEUE_URL": {"Ref": "BeatQueue"},
        },
        "ControlFunction": {"PUBLIC_RESOLVERS": {"Ref": "PublicResolvers"}},
    }
    assert FUNCTIONS[name]["Environment"]["Variables"] == own.get(name, {}) | {
        "FAILOVER_CONFIG": "/opt/failover.toml",
        "CONTROL_TABLE": TABLE_NAME,
        "CONTROL_TABLE_KIND": {"Ref": "ControlTableKind"},
        "LINODE_TOKEN_PARAMETER": {"Ref": "LinodeTokenParameter"},
        "ALERT_TOPIC_ARN": {"Ref": "AlertTopic"},
        "STACK_NAME": {"Ref": "AWS::StackName"},
        "METRICS_NAMESPACE": {"Ref": "MetricsNamespace"},
        "REGION_METRICS": {"Ref": "WithDashboard"},
        "LOG_LEVEL": {"Ref": "LogLevel"},
    }


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_logs_json_into_a_group_that_forgets(name):
    logging = FUNCTIONS[name]["LoggingConfig"]
    group = of_type("AWS::Logs::LogGroup")[logging["LogGroup"]["Ref"]]

    assert logging["LogFormat"] == "JSON"
    assert group["RetentionInDays"] == {"Ref": "LogRetention"}


def test_no_log_level_filters_the_metrics_out():
    """Metric lines have no level of their own and count as INFO."""
    assert written()["Parameters"]["LogLevel"]["AllowedValues"] == ["DEBUG", "INFO"]


def test_changed_settings_reach_the_functions():
    """Layer versions never change: new content must be a new resource that the functions name."""
    before, after = (
        translated(upload)["Resources"] for upload in ("s3://uploads/one", "s3://uploads/two")
    )

    for function in FUNCTIONS:
        layers = [stack[function]["Properties"]["Layers"] for stack in (before, after)]
        assert layers[0] != layers[1]
        assert all(layer["Ref"] in after for layer in layers[1])


def test_mail_is_optional():
    assert resources()["AlertMail"]["Condition"] == "HasAlertEmail"
    assert written()["Parameters"]["AlertEmail"]["Default"] == ""


def test_the_first_deployment_needs_no_answers():
    assert all("Default" in parameter for parameter in written()["Parameters"].values())


def test_no_parameter_is_a_secret():
    """SAM asks for a NoEcho parameter again and again, and anybody who sees the function's
    environment would see it."""
    assert not any("NoEcho" in parameter for parameter in written()["Parameters"].values())


def test_a_stack_from_which_nobody_receives_mail_says_so():
    silent, mailing = Deployment(), Deployment(AlertEmail="ops@shop.test")

    assert "AlertEmail is empty" in silent.outputs()["WarningNobodyReceivesMail"]
    assert "WarningNobodyReceivesMail" not in mailing.outputs()
    assert "NextConfirmTheMail" in mailing.outputs()


def test_without_a_key_for_alerts_alarms_publish_to_a_topic_that_needs_none():
    found = Deployment().resources()

    assert "KmsMasterKeyId" not in found["AlertTopic"]["Properties"]
    assert "AWS::KMS::Key" not in {each["Type"] for each in found.values()}


def test_alarms_may_publish_to_the_encrypted_topic():
    """The default key of SNS would not let them."""
    found = Deployment(EncryptAlerts="true").resources()
    key = found[found["AlertTopic"]["Properties"]["KmsMasterKeyId"]["Ref"]]["Properties"]
    [grant] = [
        each
        for each in key["KeyPolicy"]["Statement"]
        if each["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    ]

    assert key["EnableKeyRotation"] is True
    assert set(grant["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey*"}


def test_alarms_on_data_exist_with_data_only():
    def alarms(deployment):
        found = deployment.resources().items()
        return {name for name, each in found if each["Type"] == "AWS::CloudWatch::Alarm"}

    of_data = alarms(Deployment(DataTables="arn")) - alarms(Deployment())

    assert of_data == {"ReplicationAgeAlarm", "HeartbeatDeadManAlarm"}


def test_without_tables_of_yours_there_are_no_heartbeats():
    """Neither the function nor anything that belongs to it, nor a right to look at tables."""
    conditional = {
        name for name, each in resources().items() if each.get("Condition") == "HasDataTables"
    }
    about = {name for name in resources() if name.startswith("Heartbeat")}
    about |= {"DescribeDataTables", "ReplicationAgeAlarm"}

    assert written()["Parameters"]["DataTables"]["Default"] == ""
    assert conditional == about
    assert {"HeartbeatFunction", "HeartbeatRole", "HeartbeatLogs"} <= about


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("", True),
        ("arn:aws:dynamodb:*:123456789012:table/orders", True),
        ("arn:aws-us-gov:dynamodb:us-gov-west-1:123456789012:table/my.App_data-2", True),
        ("orders", False),
        ("arn:aws:dynamodb:*:123456789012:table/*", False),
        ("arn:aws:dynamodb:*:*:table/orders", False),
        ("arn:aws:s3:::orders", False),
    ],
)
def test_tables_are_named_by_their_arn_and_never_all_of_them(text, good):
    pattern = written()["Parameters"]["DataTables"]["AllowedPattern"]

    assert bool(re.fullmatch(pattern, text)) is good


def test_a_run_of_the_heartbeats_has_ended_before_the_next_begins():
    assert FUNCTIONS["HeartbeatFunction"]["Timeout"] < 60


def test_sam_deploy_needs_no_options():
    saved = tomllib.loads((ROOT / "samconfig.toml").read_text())["default"]

    assert saved["deploy"]["parameters"] == {
        "capabilities": "CAPABILITY_IAM",
        "confirm_changeset": True,
        "resolve_s3": True,
        "tags": "product=linode-region-failover",
    }
    assert saved["global"]["parameters"]["stack_name"]
    # SAM's cache does not see that the settings of the deployment have changed.
    assert saved["build"]["parameters"] == {"parallel": True}


def test_the_events_are_what_the_handlers_take():
    assert event("status") == {"command": "status"}
    assert event("tick").keys() == {"scheduled_time"}


def test_an_order_is_answered_before_the_command_line_gives_up():
    """AWS CLI waits 60 s for an answer (--cli-read-timeout), then sends the event again."""
    timeout = of_type("AWS::Lambda::Function")["ControlFunction"]["Timeout"]

    assert LOOK_SECONDS + PUBLICATION_NEEDS + PROOF_PATIENCE < timeout < 60
