"""What docs/data.md says to type, typed: the calls exist, and they answer as the page says."""

import json
import re
import shlex
from pathlib import Path

import boto3
import jmespath
import pytest
from botocore import xform_name

from failover.settings import settings_file
from local.aws import AwsServer
from local.global_tables import GlobalTables
from tests.support.settings_file import SERVICE, good, having, toml

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
TYPED = [
    line
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("aws dynamodb")
]
SESSION = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b")


@pytest.fixture(scope="module")
def endpoint():
    with AwsServer("eu-west-1") as aws, GlobalTables(aws.url) as endpoint:
        yield endpoint


def value(texts):
    """One option's value as the CLI reads it: JSON, its short form, or text."""
    if len(texts) == 1 and texts[0][:1] in "[{":
        return json.loads(texts[0])
    if any("=" in text for text in texts):
        pairs = [dict(pair.split("=") for pair in text.split(",")) for text in texts]
        typed = [
            {k: v == "true" if v in ("true", "false") else v for k, v in p.items()} for p in pairs
        ]
        return typed if len(typed) > 1 or "AttributeName" in typed[0] else typed[0]
    return texts[0] if texts else True


def parsed(line):
    """Operation, options as boto3 names them, and the region."""
    _, _, *words = shlex.split(line)
    operation, options = [], {}
    for word in words:
        if word.startswith("--"):
            name = "".join(part.capitalize() for part in word[2:].split("-"))
            options[name] = []
        elif options:
            options[list(options)[-1]].append(word)
        else:
            operation.append(word)
    options = {name: value(texts) for name, texts in options.items()}
    return operation, options, options.pop("Region"), options.pop("Query", None)


def run(endpoint, line):
    operation, options, region, query = parsed(line)
    client = SESSION.client("dynamodb", region_name=region, endpoint_url=endpoint.url)
    if operation[0] == "wait":
        client.get_waiter(xform_name(operation[1].replace("-", "_"))).wait(**options)
        return None
    answer = getattr(client, operation[0].replace("-", "_"))(**options)
    client.close()
    return jmespath.search(query, answer) if query else answer


def test_the_commands_make_both_kinds_of_table(endpoint):
    """In the order of the page; the last of each block again until all replicas are active."""
    answers = []
    for line in TYPED:
        answers.append(run(endpoint, line))
        for _ in range(5):
            if "describe-table" in line and "CREATING" in str(answers[-1]):
                answers[-1] = run(endpoint, line)
    eventual, strong = (answer for answer in answers if isinstance(answer, list))
    assert eventual == ["ACTIVE", "EVENTUAL", [["us-west-2", "ACTIVE"]]]
    assert strong[:3] == ["ACTIVE", "STRONG", [["eu-west-2", "ACTIVE"]]]
    assert [witness["RegionName"] for witness in strong[3]] == ["eu-central-1"]


def test_there_is_no_call_that_the_page_says_is_none():
    assert "create-replica" in PAGE
    operations = SESSION.client("dynamodb", region_name="eu-west-1").meta.method_to_api_mapping
    assert "create_replica" not in operations
    assert not [line for line in TYPED if "create-replica" in line]


def test_the_settings_of_the_page_are_good_and_are_the_defaults():
    (text,) = re.findall(r"```toml\n\[service.data\]\n(.*?)```", PAGE, re.DOTALL)
    shown = settings_file.tomllib.loads(text)
    (service,) = settings_file.parse(toml(having(good(), *SERVICE, "data", shown))).services
    short = having(good(), *SERVICE, "data", {"table": "my-app-data"})
    assert service.data == settings_file.parse(toml(short)).services[0].data


def test_the_heartbeats_and_the_ruby_application_share_a_table_and_no_item():
    """The page and the template say what the settings and the code do."""
    (service,) = settings_file.parse(
        toml(having(good(), *SERVICE, "data", {"table": "my-app-data"}))
    ).services
    ours = service.data.item("us-east-1")
    code = (ROOT / "examples/ruby-app/lib/region_app/table.rb").read_text(encoding="utf-8")
    (partition,) = re.findall(r'PARTITION = "(\w+)"', code)
    assert 'key: { "pk" => PARTITION, "sk" => region }' in code
    assert ours == {"pk": "heartbeat", "sk": "us-east-1"}
    assert partition != ours["pk"]
    for mine in (ours["pk"], partition):
        assert f"| `pk` = `{mine}`, `sk` = the AWS region |" in PAGE
    template = (ROOT / "template.yaml").read_text(encoding="utf-8")
    keys = template.split("  DataKeys:")[1][:100]
    assert f"Default: {ours['pk']}" in keys
