"""docs/region.md: its commands, run as they stand by Linode's own CLI, make a region that works."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import dns.message
import dns.query
import pytest
import requests
import yaml

from cli.main import cli
from cli.region.file import load
from failover.settings import settings_file
from local.aws import AwsServer
from local.linode import LinodeEmulator
from local.linode_token import WHOLE_REGIONS
from local.tls import Authority
from tests.support.linode_description import described
from tests.support.pages import ROOT, blocks
from tests.support.settings_file import SERVICE, good, having, toml
from tests.support.waiting import LIMIT

# Whole pages are typed, by programs that take a second to start.
pytestmark = pytest.mark.long

PAGE = "docs/region.md"


class Made:
    """What the commands of the page have left behind."""

    def __init__(self, directory: Path, linode: LinodeEmulator, aws: AwsServer, said: str) -> None:
        self.directory = directory
        self.linode = linode
        self.aws = aws
        self.said = said

    def bodies(self, path: str) -> list[dict]:
        """What was sent to make something at a path."""
        posts = (call for call in self.linode.requests if call.method == "POST")
        return [call.body for call in posts if re.fullmatch(path, call.path)]

    def listed(self, path: str) -> list[dict]:
        """What the account has there."""
        headers = {"Authorization": f"Bearer {self.linode.token}"}
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(self.linode.url + path, headers=headers, timeout=LIMIT)
        return answer.json()["data"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory):
    """The whole page, typed from its top to its end."""
    directory = tmp_path_factory.mktemp("region")
    prepare(directory)
    with LinodeEmulator(0.0, scopes=WHOLE_REGIONS) as linode, AwsServer("us-east-1") as aws:
        with described(linode):
            said = typed("\n".join(blocks(PAGE, "sh")), directory, linode, aws)
        yield Made(directory, linode, aws, said)


def prepare(directory: Path) -> None:
    """The files that the page speaks of, an SSH key, and an `aws` that knows the emulated AWS."""
    (policy,), (user_data,) = blocks(PAGE, "json"), blocks(PAGE, "yaml")
    (directory / "app-policy.json").write_text(policy)
    (directory / "user-data.yaml").write_text(user_data)
    Authority(directory).ca_file.rename(directory / "fullchain.pem")
    (directory / "privkey.pem").write_text("KEY\n")
    (directory / ".ssh").mkdir()
    (directory / ".ssh" / "id_ed25519.pub").write_text("ssh-ed25519 AAAA nobody\n")
    shim = directory / "bin" / "aws"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tests.support.aws_shim "$@"\n')
    shim.chmod(0o755)


def typed(commands: str, directory: Path, linode: LinodeEmulator, aws: AwsServer) -> str:
    """Type commands into a shell that stops at the first one that fails."""
    path = [str(directory / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]
    env = {
        **os.environ,
        **aws.env(),
        "PATH": os.pathsep.join(path),
        "PYTHONPATH": str(ROOT),
        "HOME": str(directory),
        "LINODE_CLI_TOKEN": linode.token,
        "LINODE_CLI_API_HOST": urlsplit(linode.url).netloc,
        "LINODE_CLI_API_SCHEME": "http",
        "LINODE_CLI_API_VERSION": "v4",
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands], cwd=directory, env=env,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_instances_are_reached_by_the_nodebalancer_alone(made):
    firewall, *_ = made.bodies("/networking/firewalls")
    assert firewall["rules"]["inbound_policy"] == "DROP"
    web, ssh = firewall["rules"]["inbound"]
    assert (web["ports"], web["addresses"]) == ("8080", {"ipv4": ["192.168.255.0/24"]})
    assert ssh["addresses"] != {"ipv4": ["0.0.0.0/0"]}
    instances = made.bodies("/linode/instances")[:2]
    assert [i["label"] for i in instances] == ["app-us-east-1", "app-us-east-2"]
    for instance in instances:
        assert instance["region"] == "us-east"
        assert instance["private_ip"] is True
        assert isinstance(instance["firewall_id"], int)
        assert len(instance["root_pass"]) > 30
    assert instances[0]["root_pass"] != instances[1]["root_pass"]


def test_user_data_starts_the_application_and_holds_no_secret(made):
    unit = yaml.safe_load((made.directory / "user-data.yaml").read_text())["write_files"][0]
    assert "EnvironmentFile=/etc/app.env" in unit["content"]
    folder = unit["content"].split("WorkingDirectory=/srv/app/")[1].split()[0]
    assert (ROOT / folder / "config.ru").exists()
    said = (
        base64.b64decode(i["metadata"]["user_data"]).decode()
        for i in made.bodies("/linode/instances")[:2]
    )
    for each in said:
        assert "AWS_REGION=us-east-1" in each
        assert "AWS_SECRET" not in each


def test_a_dead_instance_is_taken_out_long_before_the_defaults_would(made):
    """The time is interval times attempts and one last timeout; 31 s x 3 with the defaults."""
    balancer, *_ = made.listed("/nodebalancers")
    (port,) = made.listed(f"/nodebalancers/{balancer['id']}/configs")
    assert port["check"] == "http_body"
    assert port["check_path"] == "/health"
    assert port["check_interval"] * port["check_attempts"] + port["check_timeout"] == 13
    assert port["check_timeout"] < port["check_interval"]
    assert port["check_passive"] is False
    sent = made.bodies(r"/nodebalancers/\d+/configs")[0]
    assert (sent["port"], sent["protocol"]) == (443, "https")
    chain = (made.directory / "fullchain.pem").read_text()
    assert (sent["ssl_cert"], sent["ssl_key"]) == (chain, "KEY\n")


def test_what_the_balancer_looks_for_is_in_a_healthy_answer_alone(made):
    wanted = made.bodies(r"/nodebalancers/\d+/configs")[0]["check_body"]
    healthy = blocks(PAGE, "console")[0].splitlines()[1]
    assert json.loads(healthy)["status"] == "healthy"
    assert wanted in healthy
    assert wanted not in '{"status":"unhealthy","message":"timeout"}'


def test_every_instance_becomes_a_node_by_its_private_address(made):
    nodes = made.bodies(r"/nodebalancers/\d+/configs/\d+/nodes")[:2]
    assert [(n["label"], n["address"]) for n in nodes] == [
        ("app-us-east-1", "192.168.130.11:8080"),
        ("app-us-east-2", "192.168.130.12:8080"),
    ]
    assert "192.168.130.11" in made.said


def test_the_name_server_says_the_record_with_its_ttl_and_forgets_a_no_soon(made):
    host, _, port = made.linode.nameserver.rpartition(":")

    def ask(name: str, kind: str) -> dns.message.Message:
        query = dns.message.make_query(name, kind)
        return dns.query.udp(query, host, port=int(port), timeout=LIMIT)

    for kind, address in (("A", "192.0.2.1"), ("AAAA", "2001:db8:1::1")):
        (answer,) = ask("app.example.com", kind).answer
        assert [str(record) for record in answer] == [address]
        assert answer.ttl == 30
    (nothing,) = ask("nobody.example.com", "A").authority
    assert nothing[0].minimum == 300


def test_the_credentials_reach_two_calls_on_the_own_replica_and_nothing_else(made):
    iam = made.aws.client("iam")
    policy = iam.get_user_policy(UserName="app-us-east-1", PolicyName="own-replica")
    (statement,) = policy["PolicyDocument"]["Statement"]
    table = "arn:aws:dynamodb:us-east-1:123456789012:table/my-app-data"
    assert (statement["Effect"], statement["Resource"]) == ("Allow", table)
    code = (ROOT / "examples/ruby-app/lib/region_app/table.rb").read_text()
    called = {"dynamodb:Query": "@client.query(", "dynamodb:UpdateItem": "@client.update_item("}
    assert sorted(statement["Action"]) == sorted(called)
    assert code.count("@client.") == len(called)
    assert all(call in code for call in called.values())
    assert 'PARTITION = "health"' in code
    (condition,) = statement["Condition"].values()
    assert condition == {"dynamodb:LeadingKeys": ["health"]}


def test_the_environment_has_all_that_the_application_needs_and_is_for_its_owner_alone(made):
    file = made.directory / "app-us-east.env"
    env = dict(line.split("=", 1) for line in file.read_text().splitlines())
    keys = made.aws.client("iam").list_access_keys(UserName="app-us-east-1")["AccessKeyMetadata"]
    assert env.pop("AWS_ACCESS_KEY_ID") == keys[0]["AccessKeyId"]
    assert env.pop("AWS_SECRET_ACCESS_KEY")
    assert env == {
        "AWS_REGION": "us-east-1",
        "APP_TABLE": "my-app-data",
        "BIND": "tcp://0.0.0.0:8080",
    }
    assert file.stat().st_mode & 0o077 == 0


def test_each_region_has_a_bucket_of_its_own(made):
    buckets = made.aws.client("s3").list_buckets()["Buckets"]
    assert "my-app-data-us-east-1" in [bucket["Name"] for bucket in buckets]
    s3 = made.aws.client("s3")
    assert s3.get_bucket_versioning(Bucket="my-app-data-us-east-1")["Status"] == "Enabled"


def test_another_region_is_made_by_another_first_block(made):
    """All but the record, which a second region has none of."""
    names, *steps = blocks(PAGE, "sh")
    names = names.replace("us-east-1", "eu-west-1").replace("us-east", "eu-west")
    steps = [step for step in steps if "linode-cli domains" not in step]
    typed("\n".join([names, *steps]), made.directory, made.linode, made.aws)
    balancers = made.listed("/nodebalancers")
    assert [(b["label"], b["region"]) for b in balancers][1:] == [("lb-eu-west", "eu-west")]
    policy = made.aws.client("iam").get_user_policy(
        UserName="app-eu-west-1", PolicyName="own-replica"
    )
    assert "dynamodb:eu-west-1:" in policy["PolicyDocument"]["Statement"][0]["Resource"]
    place = made.aws.client("s3").get_bucket_location(Bucket="my-app-data-eu-west-1")
    assert place["LocationConstraint"] == "eu-west-1"


def test_no_secret_is_printed(made):
    secret = (made.directory / "app-us-east.env").read_text().split("SECRET_ACCESS_KEY=")[1]
    assert secret.splitlines()[0] not in made.said
    assert made.linode.token not in made.said


def test_the_region_of_the_page_is_one_that_the_settings_take(tmp_path):
    _, text = blocks(PAGE, "toml")
    other = text.replace("us-east-1", "eu-west-1").replace("us-east", "eu-west")
    regions = tomllib.loads(text + other)["service"]["region"]
    file = tmp_path / "failover.toml"
    file.write_text(toml(having(good(), *SERVICE, "region", regions)))
    first, second = settings_file.load(file).services[0].regions
    assert (first.name, first.aws_region) == ("us-east", "us-east-1")
    assert (second.name, second.aws_region) == ("eu-west", "eu-west-1")


def test_the_file_of_the_page_is_one_that_the_command_takes(made, tmp_path):
    text, _ = blocks(PAGE, "toml")
    for name in ("user-data.yaml", "fullchain.pem", "privkey.pem"):
        shutil.copy(made.directory / name, tmp_path / name)
    file = tmp_path / "regions.toml"
    file.write_text(text.replace("example.com", "shop.test"))
    regions = load(file)
    first, second = regions.said.region
    assert (first.name, second.name) == ("us-east", "us-west")
    assert "AWS_REGION=us-west-2" in regions.user_data_of(second)


def test_the_commands_of_the_page_are_those_of_the_command():
    text = "\n".join(blocks(PAGE, "text"))
    said = re.findall(r"^linode-failover region (\w+)", text, re.MULTILINE)
    assert said == ["plan", "apply", "verify", "add"]
    assert set(said) == set(cli.commands["region"].commands)


def test_a_balancer_gets_a_reserved_address(made):
    balancer, *_ = made.listed("/nodebalancers")
    assert balancer["ipv4"] in made.linode.compute.reserved
