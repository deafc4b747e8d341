"""Which stack a command talks to."""

from pathlib import Path

import pytest

from cli.target import Target, targets
from cli.trouble import Trouble

TWO = """
version = 0.1

[default.global.parameters]
stack_name = "nobody"

[eu-west-1.global.parameters]
region = "eu-west-1"
stack_name = "prod"

[us-east-1.global.parameters]
region = "us-east-1"
stack_name = "prod"
"""


@pytest.fixture(autouse=True)
def no_settings_of_aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with a deployment of two vantages."""
    folder = tmp_path / "checkout"
    (folder / "deployment").mkdir(parents=True)
    (folder / "deployment" / "samconfig.toml").write_text(TWO)
    return folder


def test_the_deployment_at_hand_names_every_vantage(checkout: Path) -> None:
    found = targets(None, None, checkout)
    assert found == [Target("prod", "eu-west-1"), Target("prod", "us-east-1")]


def test_it_is_found_from_a_folder_inside(checkout: Path) -> None:
    inside = checkout / "docs"
    inside.mkdir()
    assert targets(None, None, inside)[0] == Target("prod", "eu-west-1")


def test_one_vantage_is_chosen_by_its_region(checkout: Path) -> None:
    assert targets(None, "us-east-1", checkout) == [Target("prod", "us-east-1")]


def test_what_is_said_wins_over_the_deployment_at_hand(checkout: Path) -> None:
    assert targets("other", "eu-north-1", checkout) == [Target("other", "eu-north-1")]


def test_without_a_deployment_the_region_of_the_aws_settings_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-3")
    assert targets("mine", None, tmp_path) == [Target("mine", "eu-west-3")]


def test_an_unknown_region_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(Trouble) as refused:
        targets("mine", None, tmp_path)
    assert "stack mine" in refused.value.what
    assert "--region" in refused.value.step


def test_a_broken_file_is_named(checkout: Path) -> None:
    (checkout / "deployment" / "samconfig.toml").write_text("[[")
    with pytest.raises(Trouble) as refused:
        targets(None, None, checkout)
    assert "samconfig.toml" in refused.value.what
    assert "--stack" in refused.value.step
