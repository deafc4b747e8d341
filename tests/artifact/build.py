"""`sam build` of this checkout, and what it made."""

import os
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


def sam_build(folder: Path) -> Build:
    """Build into that folder, with the cache that `make build` uses."""
    command = [_bin() / "sam", "build", "--build-dir", folder]
    _run(command, ROOT, {"SAM_CLI_TELEMETRY": "0"})
    return Build(folder, yaml_parse((folder / "template.yaml").read_text()))


def make_dependencies(folder: Path) -> Path:
    """The dependencies layer made anew, without SAM's cache."""
    _run(
        ["make", "--silent", "build-DependenciesLayer"],
        ROOT / "layers" / "dependencies",
        {"ARTIFACTS_DIR": str(folder)},
    )
    return folder


def _bin() -> Path:
    return Path(sys.executable).parent


def _run(command: list[Any], folder: Path, extra: dict[str, str]) -> None:
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
