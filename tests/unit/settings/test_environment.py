"""What a function is told by its environment, and which deployments the settings allow."""

import pytest

from failover.errors import SettingsRefused
from failover.settings import environment, settings_file
from failover.settings.environment import Environment, NameServer, TableKind
from failover.settings.validation import keys
from tests.support.settings_file import good, having, toml

LEAST = {
    "CONTROL_TABLE": "linode-failover",
    "LINODE_TOKEN_PARAMETER": "/linode-failover/token",
    "AWS_REGION": "eu-west-1",
}
TOKEN = "0123456789abcdef" * 4


def problems(**variables) -> list[str]:
    with pytest.raises(SettingsRefused) as refused:
        environment.read(LEAST | variables)
    return refused.value.problems


def test_what_is_not_said_has_a_default():
    told = environment.read(LEAST)

    assert told.failover_config == "/opt/failover.toml"
    assert told.control_table == "linode-failover"
    assert told.control_table_kind is TableKind.PLAIN
    assert told.linode_token_parameter == "/linode-failover/token"
    assert told.linode_api_url == "https://api.linode.com/v4"
    assert told.nameservers == tuple(NameServer(f"ns{n}.linode.com", 53) for n in range(1, 6))
    assert told.stack_name == "linode-region-failover"
    assert told.vantage == "eu-west-1"
    assert told.metrics_namespace == "LinodeRegionFailover"
    assert told.log_level == "INFO"
    assert told.region_metrics is True
    assert (told.alert_topic_arn, told.probe_ca_file) == (None, None)
    assert told.heartbeat_url_parameter is None


def test_everything_can_be_said():
    told = environment.read(
        LEAST
        | {
            "FAILOVER_CONFIG": "/tmp/settings.toml",
            "CONTROL_TABLE_KIND": "strong",
            "LINODE_API_URL": "http://127.0.0.1:4010/v4/",
            "ALERT_TOPIC_ARN": "arn:aws:sns:us-east-2:123456789012:alerts",
            "STACK_NAME": "shop-failover",
            "VANTAGE": "us-east-2",
            "METRICS_NAMESPACE": "Failover/Test",
            "LOG_LEVEL": "debug",
            "REGION_METRICS": "false",
            "HEARTBEAT_URL_PARAMETER": "/failover/heartbeat-url",
            "PROBE_CA_FILE": "/tmp/ca.pem",
        }
    )

    assert told.failover_config == "/tmp/settings.toml"
    assert told.region_metrics is False
    assert told.control_table_kind is TableKind.STRONG
    assert told.linode_api_url == "http://127.0.0.1:4010/v4"
    assert told.alert_topic_arn == "arn:aws:sns:us-east-2:123456789012:alerts"
    assert told.stack_name == "shop-failover"
    assert told.vantage == "us-east-2"
    assert told.metrics_namespace == "Failover/Test"
    assert told.log_level == "DEBUG"
    assert told.heartbeat_url_parameter == "/failover/heartbeat-url"
    assert told.probe_ca_file == "/tmp/ca.pem"


@pytest.mark.parametrize("separator", [",", " ", ", ", "\n"])
def test_name_servers_are_a_list_with_or_without_ports(separator):
    text = separator.join(["ns1.linode.com", "127.0.0.1:5353", "[::1]:54", "[::1]", "fd00:0::1"])

    assert environment.read(LEAST | {"NAMESERVERS": text}).nameservers == (
        NameServer("ns1.linode.com", 53),
        NameServer("127.0.0.1", 5353),
        NameServer("::1", 54),
        NameServer("::1", 53),
        NameServer("fd00::1", 53),
    )


def test_an_empty_variable_counts_as_absent():
    told = environment.read(LEAST | {"ALERT_TOPIC_ARN": "", "VANTAGE": " ", "LOG_LEVEL": ""})

    assert (told.alert_topic_arn, told.vantage, told.log_level) == (None, "eu-west-1", "INFO")


def test_everything_that_is_missing_is_named_at_once():
    with pytest.raises(SettingsRefused) as refused:
        environment.read({})

    table, token, vantage = refused.value.problems
    assert table == (
        "CONTROL_TABLE: missing; allowed is the name of the DynamoDB control table,"
        " for example CONTROL_TABLE = linode-failover"
    )
    assert token.startswith("LINODE_TOKEN_PARAMETER: missing; allowed is the name of an SSM")
    assert vantage.startswith("VANTAGE: missing; allowed is an AWS region")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("CONTROL_TABLE", "a b"),
        ("CONTROL_TABLE_KIND", "global"),
        ("LINODE_TOKEN_PARAMETER", "a token?"),
        ("LINODE_API_URL", "http://api.linode.com/v4"),
        ("LINODE_API_URL", "api.linode.com"),
        ("LINODE_API_URL", "https://me:word@api.linode.com/v4"),
        ("NAMESERVERS", ","),
        ("NAMESERVERS", "ns1.linode.com:0"),
        ("NAMESERVERS", "ns1.linode.com:65536"),
        ("NAMESERVERS", "ns1.linode.com:dns"),
        ("NAMESERVERS", "[ns1.linode.com]:53"),
        ("NAMESERVERS", "https://ns1.linode.com"),
        ("NAMESERVERS", "1:2:3"),
        ("ALERT_TOPIC_ARN", "alerts"),
        ("VANTAGE", "Ireland"),
        ("METRICS_NAMESPACE", "a\tb"),
        ("LOG_LEVEL", "loud"),
        ("REGION_METRICS", "some"),
        ("HEARTBEAT_URL_PARAMETER", "https://ping.shop.test/"),
    ],
)
def test_a_bad_variable_is_named_with_what_is_allowed_and_an_example(name, text):
    (only,) = problems(**{name: text})

    assert only.startswith(f"{name}: found ")
    assert f"for example {name} = " in only


def test_every_example_is_accepted():
    for name, variable in keys(Environment).items():
        environment.read(LEAST | {name: variable.examples[0]})


def test_a_token_in_place_of_its_parameters_name_is_recognised_and_never_repeated():
    (only,) = problems(LINODE_TOKEN_PARAMETER=TOKEN)

    assert "looks like the token itself" in only
    assert TOKEN not in only


def test_what_may_be_secret_is_neither_in_a_problem_nor_in_the_text_of_the_environment():
    """A person may give the URL itself where the name of its parameter belongs."""
    (only,) = problems(HEARTBEAT_URL_PARAMETER="https://ping.shop.test/secret")
    told = environment.read(LEAST | {"HEARTBEAT_URL_PARAMETER": "/secret"})

    assert "secret" not in only + repr(told)


def test_a_password_in_a_url_is_never_repeated():
    (only,) = problems(LINODE_API_URL="https://me:word@api.linode.com/v4")

    assert "word@" not in only


# The deployment


def refused(vantages: list[str], **variables) -> list[str]:
    settings = settings_file.parse(toml(having(good(), "vantages", vantages)))
    told = environment.read(LEAST | variables)
    try:
        environment.check_deployment(told, settings)
    except SettingsRefused as refusal:
        return refusal.problems
    return []


def test_one_listed_vantage_may_use_a_plain_table():
    assert refused(["eu-west-1"]) == []


def test_several_vantages_may_use_a_strong_table():
    assert refused(["eu-west-1", "us-east-2"], CONTROL_TABLE_KIND="strong") == []


def test_several_vantages_on_a_plain_table_are_refused():
    (only,) = refused(["eu-west-1", "us-east-2"])

    assert only.startswith("vantages: 2 are listed (eu-west-1, us-east-2), and CONTROL_TABLE_KIND")


def test_a_vantage_that_is_not_listed_is_refused():
    (only,) = refused(["us-east-2"])

    assert only.startswith("VANTAGE: this deployment is eu-west-1, and the settings list us-east-2")


def test_both_faults_of_a_deployment_are_named_at_once():
    assert len(refused(["us-east-2", "us-west-2"])) == 2
