"""The built monitor, in AWS's runtime emulator, against the embedded world: what `sam deploy` would
upload moves a real record."""

import itertools
import json
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor

import pytest

from local.aws import AwsServer
from local.linode import LinodeEmulator
from local.region import RegionServer, free_port
from tests.artifact.build import ROOT, require_runtime
from tests.artifact.rie import Function, FunctionFailed

require_runtime()

# The first build downloads the layer's packages.
pytestmark = pytest.mark.timeout(300)

FIRST, SECOND = "127.0.31.1", "127.0.31.2"
TABLE = "control"
TOKEN_PARAMETER = "/linode-region-failover/token"
TICK = json.loads((ROOT / "events" / "tick.json").read_text())
STATUS = json.loads((ROOT / "events" / "status.json").read_text())

# Seconds until a test gives up; none of them decides what is right.
PATIENCE = 60

SETTINGS = """
revision = 1
vantages = ["eu-west-1"]
tick_length = "120s"
references = ["https://127.0.0.1:{port}/"]

[[service]]
name = "shop"
domain = "shop.test"
record = "app.shop.test"
mode = "act"
ttl = 30

[service.health]
scheme = "http"
port = {port}
timeout = "500ms"
confirm_interval = "600ms"
interval = "1s"

[[service.region]]
name = "us-east"
aws_region = "us-east-1"
ipv4 = "{first}"

[[service.region]]
name = "us-west"
aws_region = "us-west-2"
ipv4 = "{second}"
"""


@pytest.fixture
def aws():
    with AwsServer("eu-west-1") as server:
        server.create_control_table(TABLE)
        yield server


@pytest.fixture
def linode():
    with LinodeEmulator() as emulator:
        emulator.add_domain("shop.test")
        emulator.add_record("shop.test", "app", "A", FIRST, ttl_sec=30)
        yield emulator


@pytest.fixture
def topic(aws):
    return aws.create_topic("alerts")


@pytest.fixture
def environment(build, aws, linode, topic):
    """The variables of the template, with the values of this world."""
    aws.put_token(TOKEN_PARAMETER, linode.token)
    here = {
        "CONTROL_TABLE": TABLE,
        "LINODE_TOKEN_PARAMETER": TOKEN_PARAMETER,
        "ALERT_TOPIC_ARN": topic,
        "METRICS_NAMESPACE": "LinodeRegionFailover",
        "LOG_LEVEL": "DEBUG",
    }
    template = build.template["Globals"]["Function"]["Environment"]["Variables"]
    fixed = {name: value for name, value in template.items() if isinstance(value, str)}
    assert template.keys() == fixed.keys() | here.keys()
    return {
        **fixed,
        **here,
        **aws.env(),
        "LINODE_API_URL": linode.url,
        "NAMESERVERS": linode.nameserver,
    }


@pytest.fixture
def deployed(build, environment, tmp_path):
    """Starts a function of the build, with the template's timeout and the settings in a file."""
    numbers = itertools.count()

    def start(name, settings):
        scratch = tmp_path / f"{name}-{next(numbers)}"
        scratch.mkdir()
        return Function(
            build.code(name),
            build.functions[name]["Handler"],
            scratch,
            layers=[build.layer("DependenciesLayer")],
            environment={**environment, "FAILOVER_CONFIG": str(settings)},
            timeout=build.functions[name]["Timeout"],
        )

    return start


def emitted(function, metric):
    """What was emitted of a metric in the series that the alarms read."""
    found = []
    for line in function.lines():
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
            if (
                directive["Namespace"] == "LinodeRegionFailover"
                and ["service"] in directive["Dimensions"]
                and line.get("service") == "linode-region-failover"
                and metric in {each["Name"] for each in directive["Metrics"]}
            ):
                values = line[metric]
                found += values if isinstance(values, list) else [values]
    return found


def wait_for(condition, tick):
    """Return when the condition holds, or the tick has ended."""
    limit = time.monotonic() + PATIENCE
    while not condition() and not tick.done() and time.monotonic() < limit:
        time.sleep(0.05)


def test_a_tick_sees_the_region_dead_moves_the_record_and_hands_over(
    deployed, aws, linode, tmp_path
):
    port = free_port([FIRST, SECOND])
    settings = tmp_path / "failover.toml"
    settings.write_text(SETTINGS.format(port=port, first=FIRST, second=SECOND))

    with (
        ThreadPoolExecutor() as pool,
        RegionServer(FIRST, port, "us-east-1") as first,
        RegionServer(SECOND, port, "us-west-2"),
        deployed("MonitorFunction", settings) as monitor,
        deployed("MonitorFunction", settings) as newer,
        deployed("ControlFunction", settings) as control,
    ):
        first.fault = "503"
        tick = pool.submit(monitor.invoke, TICK)
        wait_for(lambda: emitted(monitor, "Failover"), tick)
        # It runs on until the end of the block, which ends its process.
        pool.submit(newer.invoke, TICK)
        tick.result(PATIENCE)
        status = control.invoke(STATUS)

    assert linode.targets("shop.test", "app", "A") == [SECOND]
    assert len([call for call in linode.requests if call.method == "PUT"]) == 1
    assert sum(emitted(monitor, "Failover")) == 1
    assert sum(emitted(monitor, "RoundCompleted")) > 1
    assert "us-west" in json.dumps(status)
    items = aws.client("dynamodb").scan(TableName=TABLE)["Items"]
    assert items
    for seen in (monitor.log, control.log, json.dumps(status), json.dumps(items)):
        assert linode.token not in seen


def test_the_settings_that_ship_change_nothing(build, deployed, linode):
    """An example with documentation addresses: it is recognised, and says what to fill in."""
    shipped = build.layer("ConfigLayer") / "failover.toml"
    assert tomllib.loads(shipped.read_text())["service"]

    with (
        deployed("MonitorFunction", shipped) as monitor,
        pytest.raises(FunctionFailed, match="example") as refused,
    ):
        monitor.invoke(TICK)

    assert refused.value.kind == "SettingsRefused"
    assert emitted(monitor, "SettingsRefused") == [1]
    assert not emitted(monitor, "RoundCompleted")
    assert not linode.requests
