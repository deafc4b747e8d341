"""`make prepare-data`: plans first, applies when told, and can be repeated.

Replicas are made by the embedded world's own control plane: moto accepts the update and does
nothing.
"""

import itertools

import pytest

from cli import prepare_data
from local.aws import AwsServer
from local.global_tables import GlobalTables
from tests.support.settings_file import SERVICE, good, having, toml

numbered = itertools.count(1)
EAST, IRELAND, LONDON = "us-east-1", "eu-west-1", "eu-west-2"


@pytest.fixture(scope="module")
def aws():
    with AwsServer("eu-west-1") as server:
        yield server


@pytest.fixture
def endpoint(aws, monkeypatch):
    with GlobalTables(aws.url) as endpoint:
        for name, value in {**aws.env(), "AWS_ENDPOINT_URL": endpoint.url}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(prepare_data, "LOOK_EVERY", 0.01)
        yield endpoint


@pytest.fixture
def prepare(endpoint, tmp_path, capsys):
    """Runs the command on a shop whose table is new for each test."""
    file, table = tmp_path / "failover.toml", f"orders-{next(numbered)}"

    def run(*arguments, regions=(EAST, IRELAND), **data):
        settings = having(good(), *SERVICE, "data", {"table": table, **data})
        settings["service"][0]["region"] = [
            {"name": name, "aws_region": name, "ipv4": f"10.0.0.{i}"}
            for i, name in enumerate(regions, start=1)
        ]
        file.write_text(toml(settings))
        status = prepare_data.main([str(file), *arguments])
        return status, capsys.readouterr().out.splitlines()

    run.table = table
    run.file = file
    return run


def test_it_plans_and_changes_nothing(prepare, aws, endpoint):
    status, said = prepare()
    assert status == 1
    assert said == [
        f"shop: table {prepare.table} in us-east-1, eu-west-1",
        "  to do: create the table in us-east-1: key pk (S) and sk (S), on demand, protected",
        "  to do: add a replica in eu-west-1: minutes, and longer the more it holds",
        "  to do: write the heartbeat item of us-east-1, in us-east-1",
        "  to do: write the heartbeat item of eu-west-1, in eu-west-1",
        "  nothing was changed: add --apply to do it",
    ]
    assert prepare.table not in aws.client("dynamodb", EAST).list_tables()["TableNames"]
    assert endpoint.changes == []


def test_it_does_what_it_has_planned_and_then_nothing_more(prepare, aws, endpoint):
    _, planned = prepare()
    status, done = prepare("--apply")
    assert status == 0
    assert [line.partition(": ")[2] for line in done[1:5]] == [
        line.partition(": ")[2] for line in planned[1:5]
    ]
    assert done[5:] == [
        "  nothing is left to do",
        f"  for the template: DataTables=arn:aws:dynamodb:*:123456789012:table/{prepare.table}",
    ]
    for region in (EAST, IRELAND):
        key = {"pk": {"S": "heartbeat"}, "sk": {"S": region}}
        assert aws.client("dynamodb", region).get_item(TableName=prepare.table, Key=key)["Item"]
    table = aws.client("dynamodb", EAST).describe_table(TableName=prepare.table)["Table"]
    assert table["DeletionProtectionEnabled"] is True
    before = list(endpoint.changes)
    assert prepare("--apply") == (0, [done[0], *done[5:]])
    assert prepare() == (0, [done[0], *done[5:]])
    assert endpoint.changes == before


def test_what_was_interrupted_is_taken_up(prepare, aws, endpoint):
    """Somebody had pressed Ctrl-C while the replica was being made."""
    table = prepare.table
    prepare("--apply", regions=(EAST, LONDON))
    endpoint.groups[table].regions[LONDON] = 20  # looks, until it is active
    status, done = prepare("--apply", regions=(EAST, LONDON))
    assert status == 0
    assert done[1] == "  doing: wait until eu-west-2, us-east-1 is ACTIVE"
    assert done[-2] == "  nothing is left to do"


def test_a_third_region_later_is_one_more_replica(prepare, endpoint):
    prepare("--apply")
    status, done = prepare("--apply", regions=(EAST, IRELAND, LONDON))
    assert status == 0
    assert done[1] == "  doing: add a replica in eu-west-2: minutes, and longer the more it holds"
    assert len(endpoint.changes) == 2


def test_a_table_of_the_users_with_items_and_no_stream_is_kept(prepare, aws):
    client = aws.client("dynamodb", EAST)
    client.create_table(
        TableName=prepare.table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    client.put_item(TableName=prepare.table, Item={"pk": {"S": "order#1"}, "paid": {"BOOL": True}})
    status, done = prepare("--apply", key={"pk": "heartbeat#{region}"})
    assert status == 0
    assert "turn on its stream of new and old images in us-east-1" in done[1]
    item = client.get_item(TableName=prepare.table, Key={"pk": {"S": "order#1"}})["Item"]
    assert item["paid"] == {"BOOL": True}


def test_a_heartbeat_item_that_is_there_is_left_as_it_is(prepare, aws):
    prepare("--apply")
    client, key = aws.client("dynamodb", EAST), {"pk": {"S": "heartbeat"}, "sk": {"S": EAST}}
    client.put_item(TableName=prepare.table, Item={**key, "heartbeat_v1": {"N": "7"}})
    prepare("--apply")
    item = client.get_item(TableName=prepare.table, Key=key)["Item"]
    assert item["heartbeat_v1"] == {"N": "7"}


def test_the_key_is_that_of_the_settings(prepare, aws):
    status, _ = prepare("--apply", key={"id": "beat-{region}"})
    assert status == 0
    found = {"id": {"S": f"beat-{EAST}"}}
    item = aws.client("dynamodb", EAST).get_item(TableName=prepare.table, Key=found)
    assert item["Item"] == found


def test_strong_consistency_is_made_in_one_change(prepare, endpoint):
    status, done = prepare("--witness", "eu-west-3", "--apply", regions=(IRELAND, LONDON))
    assert status == 0, done
    (change,) = endpoint.changes
    assert '"MultiRegionConsistency": "STRONG"' in change
    assert '"GlobalTableWitnessUpdates": [{"Create": {"RegionName": "eu-west-3"}}]' in change
    assert prepare(regions=(IRELAND, LONDON))[0] == 0


def test_what_cannot_be_is_said_and_nothing_is_done(prepare, aws):
    status, said = prepare("--strong", "--apply")
    assert status == 1
    assert "  cannot be done: a strongly consistent table has 3 AWS regions" in said[1]
    assert prepare.table not in aws.client("dynamodb", EAST).list_tables()["TableNames"]


def test_a_replica_that_cannot_be_made_is_told(prepare, endpoint):
    endpoint.status[IRELAND] = "CREATION_FAILED"
    status, said = prepare("--apply")
    assert status == 1
    assert said[-1] == "  cannot be done: the replica in eu-west-1 is CREATION_FAILED"


def test_what_aws_refuses_is_told_in_its_words(prepare, aws, monkeypatch):
    with AwsServer() as gone:
        monkeypatch.setenv("AWS_ENDPOINT_URL", gone.url)
    status, said = prepare()
    assert status == 1
    assert said[-1].startswith("  AWS refused: Could not connect to the endpoint URL")


def test_settings_with_an_error_change_nothing(prepare):
    status, said = prepare("--apply", max_age="1s")
    assert status == 1
    assert "max_age: " in said[0]


def test_a_service_without_data_is_nothing_to_prepare(endpoint, tmp_path, capsys):
    file = tmp_path / "failover.toml"
    file.write_text(toml(good()))
    assert prepare_data.main([str(file)]) == 1
    assert "there is nothing to prepare" in capsys.readouterr().out
