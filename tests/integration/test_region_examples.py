"""examples/terraform and examples/ansible: what parsers and linters can say of them."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2
import jinja2
import pytest
import yaml

from cli.region.file import load
from cli.region.model import Existing, Kind
from cli.region.wanted import wants
from tests.support import region_file
from tests.support.pages import ROOT
from tests.support.waiting import LIMIT

TERRAFORM = ROOT / "examples" / "terraform"
ANSIBLE = ROOT / "examples" / "ansible"


def parsed(file: Path) -> dict[str, Any]:
    with file.open(encoding="utf-8") as stream:
        found: dict[str, Any] = hcl2.load(stream)
    return found


def resources(file: Path, kind: str) -> dict[str, dict[str, Any]]:
    return {
        name: body for each in parsed(file)["resource"] for name, body in each.get(kind, {}).items()
    }


@pytest.mark.parametrize(
    "file", sorted(TERRAFORM.rglob("*.tf")), ids=lambda file: "/".join(file.parts[-2:])
)
def test_terraforms_language_is_parsed(file):
    assert parsed(file)


def test_terraform_leaves_alone_what_a_failover_has_changed():
    records = resources(TERRAFORM / "main.tf", "linode_domain_record")
    assert sorted(records) == ["a", "aaaa"]
    for record in records.values():
        (lifecycle,) = record["lifecycle"]
        assert lifecycle["ignore_changes"] == ["${target}", "${ttl_sec}"]
        assert lifecycle["prevent_destroy"] is True
        assert record["ttl_sec"] == 30


def test_terraform_uses_a_provider_that_knows_vpc_back_ends():
    for file in (TERRAFORM / "main.tf", TERRAFORM / "region" / "main.tf"):
        (settings,) = parsed(file)["terraform"]
        (providers,) = settings["required_providers"]
        assert providers["linode"]["version"] == "~> 4.5"


def test_terraform_makes_the_check_and_the_addresses_that_the_command_makes(tmp_path):
    (config,) = resources(TERRAFORM / "region" / "main.tf", "linode_nodebalancer_config").values()
    regions = load(region_file.written(tmp_path, regions=region_file.ONE))
    made = {want.kind: want for want in wants(regions, Existing())}
    for key, value in made[Kind.PORT].keep.items():
        if key not in ("port", "protocol"):
            assert config[key] == value, key
    text = (TERRAFORM / "region" / "main.tf").read_text()
    assert 'balancer = "${cidrhost(var.subnet, -8)}/30"' in text
    assert made[Kind.BALANCER].make["vpcs"][0]["ipv4_range"] == "10.0.0.248/30"
    assert text.count("cidrhost(var.subnet, 10 + count.index)") == 2
    assert made[Kind.NODE].keep["address"] == "10.0.0.11:8080"  # the second of two


@pytest.mark.skipif(not shutil.which("terraform"), reason="terraform is needed, and is not there")
def test_terraform_finds_it_formatted():
    done = subprocess.run(
        ["terraform", "fmt", "-check", "-diff", "-recursive", str(TERRAFORM)], capture_output=True,
        text=True, timeout=LIMIT, check=False,
        env={**os.environ, "TF_CLI_CONFIG_FILE": os.devnull},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


# The parameters of the modules, from the documentation of linode.cloud as of 2026-06-09.
MODULES = {
    "linode.cloud.firewall": "devices label rules state status tags",
    "linode.cloud.instance": (
        "authorized_keys firewall_id image interface_generation label metadata private_ip region "
        "state tags type"
    ),
    "linode.cloud.nodebalancer": "configs firewall_id label region state tags",
    "linode.cloud.nodebalancer_node": ("address config_id label mode nodebalancer_id state weight"),
    "linode.cloud.domain": "domain soa_email state tags ttl_sec type",
    "linode.cloud.domain_record": "domain domain_id name record_id state target ttl_sec type",
    "ansible.builtin.template": "dest group mode owner src",
    "ansible.builtin.systemd_service": "daemon_reload enabled name state",
}
KEYWORDS = {"name", "register", "loop", "loop_control", "when", "no_log", "notify", "throttle"}


def tasks() -> Iterator[dict[str, Any]]:
    for file in (ANSIBLE / "regions.yml", ANSIBLE / "app.yml"):
        for play in yaml.safe_load(file.read_text(encoding="utf-8")):
            assert {"name", "hosts", "tasks"} <= set(play)
            yield from play["tasks"]
            yield from play.get("handlers", ())


@pytest.mark.parametrize("task", list(tasks()), ids=lambda task: task["name"])
def test_an_ansible_task_calls_one_module_with_parameters_that_it_has(task):
    (module,) = set(task) - KEYWORDS
    assert set(task[module]) <= set(MODULES[module].split())
    if "linode.cloud" in module:
        assert task[module]["state"] == "present"


def test_every_template_of_ansible_is_one():
    def strings(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            value = [*value, *value.values()]
        if isinstance(value, list):
            for each in value:
                yield from strings(each)
        elif isinstance(value, str):
            yield value

    files = [*ANSIBLE.glob("*.yml"), *ANSIBLE.glob("templates/*")]
    assert len(files) == 6
    environment = jinja2.Environment(autoescape=True)
    for file in files:
        text = file.read_text(encoding="utf-8")
        for each in [text] if file.suffix == ".j2" else strings(yaml.safe_load(text)):
            environment.parse(each)


def test_ansible_makes_a_record_only_where_there_is_none():
    (task,) = (each for each in tasks() if "linode.cloud.domain_record" in each)
    assert "region == first_region" in task["when"]
    assert any("zone.records" in each and "length == 0" in each for each in task["when"])


def test_ansible_logs_no_key():
    secret = [task for task in tasks() if {"ssl_key", "app.env"} & words(task)]
    assert [task["no_log"] for task in secret] == [True, True]


def words(task: dict[str, Any]) -> set[str]:
    return {word for word in ("ssl_key", "app.env") if word in json.dumps(task)}


def test_both_ways_start_the_same_application():
    terraform = (TERRAFORM / "region" / "user-data.yaml.tftpl").read_text()
    ansible = (ANSIBLE / "templates" / "user-data.yaml.j2").read_text()
    assert terraform.replace("${aws_region}", "{{ aws_region }}") == ansible
    assert yaml.safe_load(ansible.replace("{{ aws_region }}", "us-east-1"))["write_files"]
    assert "SECRET" not in ansible
