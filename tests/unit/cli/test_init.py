"""`linode-failover init`: what it writes, and what it leaves alone."""

import shlex
import tomllib
from pathlib import Path

import pytest

from cli.main import run
from cli.starting import TOKEN
from cli.trouble import Exit
from tests.template.stack import written


def began(folder: Path, *words: str) -> int:
    return run(["init", str(folder), *words])


def test_it_writes_the_example_in_observe_mode_and_one_environment(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    assert began(folder, "--vantage", "eu-north-1", "--mail", "ops@shop.test") == Exit.OK
    settings = tomllib.loads((folder / "failover.toml").read_text())
    assert settings["vantages"] == ["eu-north-1"]
    assert settings["service"][0]["mode"] == "observe"
    assert "FILL IN" in (folder / "failover.toml").read_text()
    assert "eu-north-1" in tomllib.loads((folder / "samconfig.toml").read_text())


def test_it_prints_the_next_three_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    began(tmp_path / "new", "--vantage", "eu-north-1")
    after = capsys.readouterr().out.partition("Next:\n")[2].splitlines()
    assert [shlex.split(line)[0] for line in after] == ["${EDITOR:-vi}", "aws", "make"]
    assert written()["Parameters"]["LinodeTokenParameter"]["Default"] == TOKEN


@pytest.mark.parametrize("name", ["failover.toml", "samconfig.toml"])
def test_it_never_overwrites(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / name).write_text("mine")
    assert began(tmp_path, "--vantage", "eu-north-1") == Exit.REFUSED
    assert (tmp_path / name).read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 1
    assert "nothing is overwritten" in capsys.readouterr().err


def test_vantages_that_cannot_share_a_table_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert began(tmp_path / "new", "--vantage", "eu-west-1", "--vantage", "eu-west-2") == Exit.USAGE
    assert "three AWS regions" in capsys.readouterr().err
