"""The watch for the token in all output fails a test that leaks it, in whatever way."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

LEAKS = """
import logging, subprocess, sys, warnings
import pytest
from local.linode_token import new_secret
from local.schedule import Invocation

def test_nothing():
    print(new_secret()[:12])

def test_printed():
    print(new_secret())

def test_printed_as_an_error():
    print(new_secret(), file=sys.stderr)

def test_logged():
    logging.getLogger("x").error("token %s", new_secret())

def test_raised():
    raise ValueError(new_secret())

def test_read_by_the_test(capsys):
    print(new_secret())
    assert capsys.readouterr().out

def test_printed_by_a_child():
    program = "from local.linode_token import new_secret; print(new_secret())"
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)

def test_printed_by_an_invocation():
    invocation = Invocation.__new__(Invocation)
    invocation.noise = []
    invocation.printed(new_secret())

@pytest.fixture
def leaky():
    yield
    print(new_secret())

def test_printed_by_a_fixture(leaky):
    pass
"""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest says of these tests."""
    folder = tmp_path_factory.mktemp("leaks")
    (folder / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    (folder / "test_leaks.py").write_text(LEAKS)
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n")
    path = os.pathsep.join([str(ROOT), str(ROOT / "functions")])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "--tb=short", "-p", "no:cacheprovider", str(folder)],
        env={**os.environ, "PYTHONPATH": path},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


@pytest.mark.parametrize(
    "leak",
    [
        "printed",
        "printed_as_an_error",
        "logged",
        "raised",
        "read_by_the_test",
        "printed_by_a_child",
        "printed_by_an_invocation",
        "printed_by_a_fixture",
    ],
)
def test_a_leak_fails_the_test(outcome: str, leak: str) -> None:
    found = [line for line in outcome.splitlines() if f"::test_{leak} " in line]
    assert any("FAILED" in line or "ERROR" in line for line in found), outcome


def test_a_token_that_is_only_used_fails_nothing(outcome: str) -> None:
    assert "::test_nothing PASSED" in outcome
    assert "ERROR test_leaks.py::test_nothing" not in outcome


def test_the_token_is_not_in_the_report_of_its_leak(outcome: str) -> None:
    """Or else the run of the tests would be the leak."""
    assert "The Linode token was printed" in outcome
    assert "70c3e25ec2e7" not in outcome
