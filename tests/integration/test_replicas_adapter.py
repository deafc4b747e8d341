"""Heartbeats on real sockets: one table in three AWS regions, and what can be wrong with one."""

import time
from dataclasses import replace

import boto3
import pytest

from failover.adapters.aws.control_table import client_config
from failover.adapters.aws.dynamodb import DynamoStore
from failover.adapters.aws.replicas import AwsReplicas
from failover.adapters.clock import SystemClock
from failover.adapters.threads import Threads
from failover.app.heartbeat import heartbeat
from failover.errors import ReplicaUnavailable
from failover.settings.model import Data
from local.aws import AwsServer
from local.copies import Copies, CopiesEndpoint, CopyFault
from local.replicas import Replicas as Members
from tests.support.builders import SHOP, settings_of
from tests.support.waiting import until
from tests.support.world import MemoryTelemetry, MemoryWorld

EAST, WEST, SOUTH = NAMES = "us-east-1", "us-west-2", "us-east-2"
ORDERS = Data(table="orders", max_age=60.0, accept_stale_after=0.0)
SORTED = Data("sorted", 60.0, 0.0, {"kind": "beat", "id": "{region}"}, "beat.{vantage}")
CREDENTIALS = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}


@pytest.fixture(scope="module")
def aws():
    with AwsServer("eu-west-1") as server:
        server.create_control_table("control")
        yield server


@pytest.fixture(scope="module")
def copies(aws):
    return Copies(aws, "orders", NAMES, ("pk", "sk"))


@pytest.fixture(scope="module")
def endpoint(aws):
    with CopiesEndpoint(aws.url, "orders") as endpoint:
        yield endpoint


@pytest.fixture
def replicas(endpoint):
    endpoint.faults.clear()
    session, made = boto3.Session(), []

    def connect(region):
        made.append(
            session.client(
                "dynamodb",
                region_name=region,
                endpoint_url=endpoint.url,
                config=client_config(),
                **CREDENTIALS,
            )
        )
        return made[-1]

    yield AwsReplicas(connect)
    for client in made:
        client.close()


def test_a_heartbeat_is_seen_where_it_was_written_and_elsewhere_once_it_arrives(replicas, copies):
    replicas.beat(EAST, ORDERS, "v1", 1_800_000_000.125)
    assert replicas.beats(EAST, ORDERS, "v1", NAMES) == {EAST: 1_800_000_000.125}
    assert replicas.beats(WEST, ORDERS, "v1", NAMES) == {}
    copies.pump()
    assert replicas.beats(WEST, ORDERS, "v1", NAMES) == {EAST: 1_800_000_000.125}


def test_a_vantage_sees_its_own_heartbeats_only(replicas):
    replicas.beat(SOUTH, ORDERS, "v1", 1.5)
    replicas.beat(SOUTH, ORDERS, "v2", 2.5)
    assert replicas.beats(SOUTH, ORDERS, "v1", [SOUTH]) == {SOUTH: 1.5}
    assert replicas.beats(SOUTH, ORDERS, "v2", [SOUTH]) == {SOUTH: 2.5}


def test_what_the_application_keeps_in_the_item_stays(replicas, aws):
    client, key = aws.client("dynamodb", WEST), {"pk": {"S": "heartbeat"}, "sk": {"S": WEST}}
    client.put_item(TableName="orders", Item={**key, "checked_at": {"N": "7"}})
    replicas.beat(WEST, ORDERS, "v1", 3.5)
    item = client.get_item(TableName="orders", Key=key)["Item"]
    assert (item["checked_at"], item["heartbeat_v1"]) == ({"N": "7"}, {"N": "3.5"})


def test_a_table_of_other_keys_is_served_by_its_own(replicas, aws):
    table = Copies(aws, "sorted", (EAST,), keys=("kind", "id"))
    replicas.beat(EAST, SORTED, "v1", 4.5)
    assert replicas.beats(EAST, SORTED, "v1", NAMES) == {EAST: 4.5}
    assert table.item(EAST, kind="beat", id=EAST)["beat.v1"] == {"N": "4.5"}


@pytest.mark.parametrize("odd", [{"S": "noon"}, {"BOOL": True}, {"NULL": True}, {"L": []}], ids=str)
def test_what_is_no_time_is_not_shown(replicas, aws, odd):
    key = {"pk": {"S": "heartbeat"}, "sk": {"S": SOUTH}}
    client = aws.client("dynamodb", SOUTH)
    client.put_item(TableName="orders", Item={**key, "heartbeat_v1": odd})
    assert replicas.beats(SOUTH, ORDERS, "v1", [SOUTH]) == {}


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (CopyFault.READ_ONLY, "DataTables and DataKeys"),
        (CopyFault.THROTTLED, "ThrottlingException: slow down"),
        (CopyFault.GONE, "is this AWS region one of its replicas"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(replicas, endpoint, fault, told):
    endpoint.faults[WEST] = fault
    with pytest.raises(ReplicaUnavailable, match=told):
        replicas.beat(WEST, ORDERS, "v1", 5.5)


def test_a_read_only_replica_is_read(replicas, endpoint):
    replicas.beat(WEST, ORDERS, "v1", 6.5)
    endpoint.faults[WEST] = CopyFault.READ_ONLY
    assert replicas.beats(WEST, ORDERS, "v1", [WEST]) == {WEST: 6.5}


@pytest.mark.parametrize("fault", [CopyFault.HANG])
def test_a_region_that_hangs_ends_in_seconds(replicas, endpoint, fault):
    endpoint.faults[EAST] = fault
    with pytest.raises(ReplicaUnavailable, match="timeout"):
        replicas.beat(EAST, ORDERS, "v1", 7.5)
    endpoint.faults.clear()


def test_the_status_of_the_replica_is_that_of_the_table_where_it_says_no_more(replicas, copies):
    found = replicas.describe(EAST, "orders")
    assert found.replicas[EAST] == "ACTIVE"
    assert found.consistency == "eventual"


def test_a_member_of_a_strong_table_that_is_cut_off_takes_no_heartbeat_and_is_read(aws):
    """It is told, and no reason for another region to look bad."""
    aws.create_control_table("strong", EAST)
    data = replace(ORDERS, table="strong")
    with Members(aws.url, EAST, NAMES) as members:
        replicas = AwsReplicas(
            lambda region: boto3.client(
                "dynamodb", region_name=region, endpoint_url=members.url(region),
                config=client_config(), **CREDENTIALS,
            )
        )  # fmt: skip
        replicas.beat(EAST, data, "v1", 1.0)
        with members.cut_off(EAST):
            with pytest.raises(ReplicaUnavailable, match="no quorum"):
                replicas.beat(EAST, data, "v1", 2.0)
            replicas.beat(WEST, data, "v1", 3.0)
            assert replicas.beats(EAST, data, "v1", [EAST, WEST])[EAST] == 1.0
        replicas.beat(EAST, data, "v1", 4.0)
        assert replicas.beats(WEST, data, "v1", [EAST, WEST]) == {EAST: 4.0, WEST: 3.0}


class TestRun:
    """A whole run of the heartbeat function."""

    @pytest.fixture
    def run(self, aws, replicas, copies):
        """Runs it; the telemetry of the run and the store."""
        store = DynamoStore(aws.client("dynamodb"), "control")
        service = replace(SHOP, data=ORDERS)

        def run():
            telemetry = MemoryTelemetry()
            world = replace(
                MemoryWorld().world,
                clock=SystemClock(),
                tasks=Threads(),
                store=store,
                replicas=replicas,
                telemetry=telemetry,
            )
            with copies.pumping():
                heartbeat(world, settings_of(service), "v1")
            return telemetry

        run.store = store
        return run

    def ages(self, telemetry):
        (told,) = telemetry.told("heartbeat")
        return told["ages"]

    def test_all_is_well_and_on_record(self, run):
        every = {f"{a} to {b}": 0.0 for a in NAMES for b in NAMES if a != b}
        # A region that answers late on a busy machine is measured a minute later, by the next run.
        until(lambda: self.ages(run()) == every, "a run in which every region answered in time")
        found = {finding.aws_region for finding in run.store.read("shop").findings}
        assert found == set(NAMES)

    @pytest.mark.parametrize("fault", [CopyFault.HANG, CopyFault.DRIP])
    def test_one_region_that_hangs_delays_no_other(self, run, endpoint, fault):
        """Whatever the one does, the others are measured, at once and in full."""
        run()
        endpoint.faults[SOUTH] = fault
        began = time.time()
        telemetry = run()
        by_region = {finding.aws_region: finding for finding in run.store.read("shop").findings}
        endpoint.faults.clear()
        assert by_region[WEST].links[EAST].age == 0.0
        assert by_region[WEST].links[EAST].at > began
        assert by_region[SOUTH].write_error
        assert f"{EAST} to {WEST}" in self.ages(telemetry)

    def test_a_cut_link_is_seen_and_no_other_one_suffers(self, run, copies):
        run()
        copies.cut.add((EAST, WEST))
        found = until(
            lambda: ages if (ages := self.ages(run()))[f"{EAST} to {WEST}"] > 0.0 else None,
            "an age",
        )
        copies.cut.clear()
        assert found.pop(f"{EAST} to {WEST}") > 0.0
        assert set(found.values()) == {0.0}


def test_whether_a_replica_is_protected_and_recoverable_is_told(replicas, aws):
    client = aws.client("dynamodb", EAST)
    before = replicas.describe(EAST, "orders")
    client.update_continuous_backups(
        TableName="orders", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )

    assert (before.protected, before.recoverable) == (False, False)
    assert replicas.describe(EAST, "orders").recoverable is True
