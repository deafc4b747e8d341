"""`python -m local` on a machine that lacks what it is asked for."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.waiting import LIMIT

ROOT = Path(__file__).parents[2]


def local(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "local", *arguments], cwd=ROOT, text=True, timeout=LIMIT,
        env={**os.environ, "PYTHONPATH": "functions", **env}, capture_output=True, check=False,
    )  # fmt: skip


def test_without_ruby_it_says_what_to_install(tmp_path: Path) -> None:
    refused = local("--region-app", "ruby", PATH=str(tmp_path))
    assert refused.returncode == 2
    assert "apt-get install ruby ruby-rack puma ruby-minitest" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_an_application_that_is_not_there_is_refused_with_the_usage() -> None:
    refused = local("--region-app", "java")
    assert refused.returncode == 2
    assert "usage: python -m local" in refused.stderr
