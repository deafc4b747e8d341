"""The virtual environment sets itself up, from wheels in a folder here.

A test here takes seconds: it makes a real environment, of pip and all.
"""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from local.container import ROOT
from tests.support.waiting import LIMIT


def wheel(folder: Path, name: str) -> None:
    """A package with one module, as an index would have it."""
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}.py", "")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")


class Checkout:
    """A folder with two lists, and an index of two packages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir()
        for name in ("small", "large"):
            wheel(folder, name)
        self.list("demo", "small==1.0")
        self.list("all", "small==1.0", "large==1.0")

    def list(self, name: str, *lines: str) -> None:
        (self.folder / f"requirements-{name}.txt").write_text("\n".join(lines) + "\n")

    def uv(self, program: str) -> None:
        """What is found as uv."""
        (self.bin / "uv").write_text(f"#!/bin/sh\n{program}\n")
        (self.bin / "uv").chmod(0o755)

    def set_up(self, *lists: str) -> subprocess.CompletedProcess[str]:
        env = {
            "PATH": f"{self.bin}:/usr/bin:/bin",
            "HOME": str(self.folder),
            "PYTHONPATH": str(ROOT),
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.folder),
            "PIP_CONFIG_FILE": os.devnull,
        }
        files = [f"requirements-{name}.txt" for name in lists]
        return subprocess.run(
            [sys.executable, "-m", "local.set_up", "env", *files],
            cwd=self.folder, env=env, capture_output=True, text=True, timeout=LIMIT, check=False,
        )  # fmt: skip

    def copies(self) -> set[str]:
        return {each.name for each in (self.folder / "env").glob("requirements*.txt")}

    def has(self, module: str) -> bool:
        command = [self.folder / "env" / "bin" / "python", "-c", f"import {module}"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_the_demos_packages_come_first_and_the_rest_beside_them(checkout: Checkout) -> None:
    first = checkout.set_up("demo")
    assert first.returncode == 0, first.stderr
    assert "Installing 1 packages into env, from requirements-demo.txt" in first.stdout
    assert checkout.has("small")
    assert not checkout.has("large")
    assert checkout.copies() == {"requirements-demo.txt"}

    second = checkout.set_up("demo", "all")
    assert "Making" not in second.stdout
    assert checkout.has("large")
    assert checkout.copies() == {"requirements-demo.txt", "requirements-all.txt"}


@pytest.mark.long
def test_a_list_that_has_changed_makes_the_environment_anew(checkout: Checkout) -> None:
    checkout.set_up("demo", "all")
    checkout.list("all", "large==1.0")
    checkout.list("demo", "large==1.0")

    assert checkout.set_up("demo").returncode == 0
    assert not checkout.has("small")
    assert checkout.copies() == {"requirements-demo.txt"}


@pytest.mark.long
def test_what_cannot_be_installed_is_named_and_leaves_no_copy(checkout: Checkout) -> None:
    checkout.list("demo", "small==2.0")
    failed = checkout.set_up("demo")

    assert failed.returncode != 0
    assert "small==2.0" in failed.stderr
    assert "install.log" in failed.stderr
    assert not checkout.copies()


@pytest.mark.long
def test_uv_installs_where_it_is_there(checkout: Checkout) -> None:
    checkout.uv('echo "uv was given: $@"')
    done = checkout.set_up("demo")

    assert done.returncode == 0
    assert "uv was given: pip install --python env/bin/python" in done.stdout
    assert not checkout.has("small")


@pytest.mark.long
def test_pip_installs_where_uv_cannot(checkout: Checkout) -> None:
    checkout.uv("exit 2")
    done = checkout.set_up("demo")

    assert done.returncode == 0, done.stderr
    assert "Trying pip" in done.stderr
    assert checkout.has("small")
