"""SAM, its transform and CloudFormation's schemas accept the template: each finds what the others
do not look at."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.waiting import LIMIT
from tests.template.stack import ROOT, TEMPLATE, translated

BIN = Path(sys.executable).parent


def run(*command: object) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{BIN}:/usr/bin:/bin", "HOME": "/nonexistent", "SAM_CLI_TELEMETRY": "0"}
    return subprocess.run(
        [str(part) for part in command],
        env=environment | {"__SAM_CLI_APP_DIR": str(ROOT / ".cache" / "sam")},
        cwd=ROOT,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=LIMIT,
        check=False,
    )


@pytest.mark.parametrize("options", [[], ["--lint"]], ids=["transform", "lint"])
def test_sam_validates_the_template(options):
    done = run(BIN / "sam", "validate", "--region", "eu-west-1", "-t", TEMPLATE, *options)

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_translated_template_has_no_finding(tmp_path):
    plain = tmp_path / "plain.json"
    plain.write_text(json.dumps(translated()))

    # W1020: the transform fills in values and leaves their Fn::Sub behind.
    done = run(BIN / "cfn-lint", "-r", "eu-west-1", "-i", "W1020", "-t", plain)

    assert done.returncode == 0, done.stdout + done.stderr
