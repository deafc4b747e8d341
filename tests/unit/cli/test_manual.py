"""docs/cli.md, and what a help text must be."""

import subprocess
import sys
from pathlib import Path

import click
import pytest

from cli.main import cli, run
from cli.manual import PAGE, page
from cli.trouble import Exit
from tests.support.waiting import LIMIT

ROOT = Path(__file__).parents[3]


def test_the_page_is_what_the_help_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "run: PYTHONPATH=functions python -m cli.manual"
    )


def test_the_help_fits_a_terminal_of_80_columns() -> None:
    _, *sections = page().split("```text\n")
    lines = [line for section in sections for line in section.split("```")[0].splitlines()]
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("name", cli.commands)
def test_every_option_says_what_it_is_for(name: str) -> None:
    command = cli.commands[name]
    assert command.help
    for parameter in command.params:
        assert isinstance(parameter, click.Argument) or getattr(parameter, "help", None), parameter


def test_every_exit_code_is_in_the_help() -> None:
    text = page()
    assert all(f"{code:>3}  " in text for code in Exit)


SLOW = """
import sys
from cli.main import run
run(["--help"])
print(sorted({"boto3", "botocore", "rich", "pydantic", "dns", "linode_api4"} & set(sys.modules)))
"""


def test_the_help_loads_nothing_that_is_slow() -> None:
    told = subprocess.run(
        [sys.executable, "-c", SLOW], cwd=ROOT, env={"PYTHONPATH": "functions:."},
        capture_output=True, text=True, timeout=LIMIT, check=True,
    )  # fmt: skip
    assert told.stdout.endswith("[]\n")


def test_a_wrong_command_line_is_refused_with_the_usage(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["failover"]) == Exit.USAGE
    assert "Usage: linode-failover failover" in capsys.readouterr().err
    assert run(["pause", "--until", "1h", "--local"]) != Exit.OK


def test_a_fault_is_a_sentence_and_no_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError("a slip")

    monkeypatch.setattr("cli.check_config.main", broken)
    assert run(["check"]) == Exit.FAULT
    err = capsys.readouterr().err
    assert "a fault in linode-failover: ZeroDivisionError: a slip" in err
    assert "Traceback" not in err
