"""`sam build`, and what it made."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]
RUNTIME = (3, 13)


@dataclass(frozen=True)
class Build:
    """The folder that `sam build` made, and the template in it."""

    folder: Path
    template: dict[str, Any]

    @property
    def functions(self) -> dict[str, dict[str, Any]]:
        """The properties of every function by its logical name."""
        return {
            name: resource["Properties"]
            for name, resource in self.template["Resources"].items()
            if resource["Type"] == "AWS::Serverless::Function"
        }

    def code(self, function: str) -> Path:
        """What lies in /var/task of a function."""
        return (self.folder / self.functions[function]["CodeUri"]).resolve()

    def layer(self, name: str) -> Path:
        """What a layer brings to /opt."""
        uri = self.template["Resources"][name]["Properties"]["ContentUri"]
        return (self.folder / uri).resolve()


def require_runtime() -> None:
    """Skip a module on another Python than Lambda's: the artefact holds modules compiled for it.

    The gate (CI=true) fails instead: there the artefact must have been seen to run.
    """
    if sys.version_info[:2] != RUNTIME:
        here = ".".join(map(str, sys.version_info[:2]))
        sentence = f"the artefact runs on Python 3.13, as in Lambda, and this is Python {here}"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{sentence}: install Python 3.13")
        pytest.skip(sentence, allow_module_level=True)


def clean_checkout(folder: Path) -> Path:
    """What a new clone holds of what SAM reads: no cache, no bytecode, no local files."""
    folder.mkdir(parents=True)
    for name in ("template.yaml", "samconfig.toml", "Makefile"):
        shutil.copy(ROOT / name, folder)
    for name in ("functions", "layers", "cli"):
        ignored = shutil.ignore_patterns("__pycache__", ".*")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    return folder


def sam_build(checkout: Path, folder: Path | None = None, deployment: Path | None = None) -> Build:
    """`sam build`, into the folder that `sam deploy` looks into unless another one is given.

    Of the settings in the folder of a deployment, or of the example.
    """
    folder = folder or checkout / ".aws-sam" / "build"
    settings = {"DEPLOYMENT": str(deployment)} if deployment else {"EXAMPLE": "yes"}
    sam(["build", "--build-dir", folder], checkout, settings)
    return Build(folder, yaml_parse((folder / "template.yaml").read_text()))


def sam(arguments: list[Any], checkout: Path, extra: dict[str, str] | None = None) -> str:
    """Run SAM CLI in a checkout; what it printed."""
    command = [_bin() / "sam", *arguments]
    return _run(command, checkout, {"SAM_CLI_TELEMETRY": "0", **(extra or {})})


def _bin() -> Path:
    return Path(sys.executable).parent


def _run(command: list[Any], folder: Path, extra: dict[str, str]) -> str:
    path = os.pathsep.join([str(_bin()), os.environ.get("PATH", os.defpath)])
    # A test run is often started by make; its flags are not for the make that builds the layer.
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(
        command,
        cwd=folder,
        env={**inherited, **extra, "PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout
