"""What `make deploy` says before it begins, and the commands for afterwards."""

import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from cli import before_deploying, check_config, deploy
from cli.create import create
from cli.deployment import TABLE, Deployment, Vantage
from cli.stacks import Aws, Stopped
from tests.artifact.terminal import commands
from tests.support import aws_shim
from tests.support.builders import HEALTH, ballot, settings_of, shop
from tests.support.settings_file import good, having, toml

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "uninstalling.md").read_text(encoding="utf-8")
VANTAGE = Vantage("eu-west-1", "eu-west-1", "shop-failover", {})
DEPLOYMENT = Deployment(Path("deployment"), settings_of(shop()), (VANTAGE,))


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("ROLLBACK_COMPLETE", "sam delete --stack-name shop-failover --region eu-west-1"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback --stack-name shop-failover"),
        ("UPDATE_IN_PROGRESS", "Wait until that has ended"),
    ],
)
def test_a_stack_that_cannot_be_updated_is_named_with_what_to_do(monkeypatch, status, said):
    monkeypatch.setattr(Aws, "stack", lambda _: {"StackStatus": status})
    monkeypatch.setattr(before_deploying, "_secret", lambda *_: None)

    with pytest.raises(Stopped) as stopped:
        before_deploying.ready(DEPLOYMENT, VANTAGE)

    assert status in str(stopped.value)
    assert said in str(stopped.value)


def test_a_stack_that_nobody_has_confirmed_is_as_good_as_none(monkeypatch):
    monkeypatch.setattr(Aws, "stack", lambda _: {"StackStatus": "REVIEW_IN_PROGRESS"})
    monkeypatch.setattr(before_deploying, "_secret", lambda *_: None)

    before_deploying.ready(DEPLOYMENT, VANTAGE)


def test_the_values_of_secret_headers_are_looked_for_before_anything_is_built(monkeypatch):
    looked_for = {}
    monkeypatch.setattr(Aws, "stack", lambda _: None)
    monkeypatch.setattr(
        before_deploying, "_secret", lambda _, name, what: looked_for.update({name: what})
    )
    gated = replace(HEALTH, secret_headers={"X-Key": "/failover/probe/key"})
    settings = settings_of(replace(shop(), health=gated))

    before_deploying.ready(replace(DEPLOYMENT, settings=settings), VANTAGE)

    assert looked_for["/failover/probe/key"] == "the value of a probe header"


class TestRevision:
    """The vantage has voted by revision 3 of other settings, or of these."""

    @pytest.fixture(autouse=True)
    def deployed(self, monkeypatch):
        voted = ballot({}, revision=3, digest="three")
        stack = {
            "StackStatus": "UPDATE_COMPLETE",
            "Outputs": [{"OutputKey": TABLE, "OutputValue": "votes"}],
        }
        monkeypatch.setattr(Aws, "stack", lambda _: stack)
        monkeypatch.setattr(Aws, "ballots", lambda *_: {"shop": voted})
        monkeypatch.setattr(before_deploying, "_secret", lambda *_: None)

    @staticmethod
    def ready(revision, digest):
        settings = settings_of(shop(), revision=revision, digest=digest)
        file = Path("deployment")
        before_deploying.ready(Deployment(file, settings, (VANTAGE,)), VANTAGE)

    @pytest.mark.parametrize(("revision", "digest"), [(3, "another"), (2, "two")])
    def test_settings_that_would_not_count_are_not_deployed(self, revision, digest):
        with pytest.raises(Stopped, match="Set revision = 4"):
            self.ready(revision, digest)

    @pytest.mark.parametrize(("revision", "digest"), [(3, "three"), (4, "four")])
    def test_the_same_settings_and_newer_ones_are(self, revision, digest):
        self.ready(revision, digest)


def test_the_warnings_of_check_config_are_shown_before_anything_is_asked_of_aws(
    monkeypatch, tmp_path, capsys
):
    def asked(*_):
        raise Stopped("AWS was asked")

    monkeypatch.setattr(deploy, "ready", asked)
    list(create(tmp_path, ["us-east-1"], "", "", ""))
    file = tmp_path / "failover.toml"
    file.write_text(toml(having(good(), "vantages", ["us-east-1"])))

    assert deploy.main([str(tmp_path)]) == 1
    shown = capsys.readouterr()
    check_config.main([str(file)])
    warned = re.findall("^warning: .*", capsys.readouterr().out, re.MULTILINE)

    assert warned
    assert [line.partition(f"{file}: ")[2] for line in shown.out.splitlines()[1:]] == warned
    assert shown.err.startswith("AWS was asked")


def test_a_parameter_that_is_too_small_for_the_settings_is_named(monkeypatch, tmp_path, capsys):
    def asked(*_):
        raise Stopped("AWS was asked")

    monkeypatch.setattr(deploy, "ready", asked)
    list(create(tmp_path, ["us-east-1"], "", "", ""))
    data = having(good(), "vantages", ["us-east-1"])
    [service] = data["service"]
    copies = [
        service | {"name": f"shop-{n}", "record": f"app-{n}.{service['domain']}"}
        for n in range(161)
    ]
    (tmp_path / "failover.toml").write_text(toml(data | {"service": copies}))

    deploy.main([str(tmp_path)])

    shown = capsys.readouterr().out
    assert "[us-east-1]: MonitorMemory is 256, and these settings need 1024." in shown
    assert "Write BeatConcurrency = 9" in shown


def uninstalling() -> list[str]:
    return [line for line in commands(PAGE) if line.startswith("aws ")]


def test_every_command_for_uninstalling_is_one_that_aws_takes():
    typed = uninstalling()

    assert len(typed) >= 12
    for line in typed:
        aws_shim.check(*shlex.split(line)[1:])


def test_a_strong_table_loses_two_regions_at_once():
    """DynamoDB deletes neither a single replica nor a witness alone."""
    shrinking = [line for line in uninstalling() if "-updates" in line]

    assert len(shrinking) == 2
    for line in shrinking:
        assert line.count('"Delete"') == 2
