"""The package of the operator's command: what is in it, and that it runs where only it is."""

import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

from tests.support.waiting import LIMIT
from tests.template.stack import ROOT
from tests.template.test_shipping import pins

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def pip(*arguments: str, python: str = sys.executable) -> None:
    options = ["--quiet", "--no-index", "--no-deps", "--disable-pip-version-check"]
    subprocess.run([python, "-m", "pip", *arguments, *options], check=True, timeout=LIMIT)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built without an index, from what git has."""
    folder = tmp_path_factory.mktemp("package")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "cli", "functions", "layers/config", "*.toml", "*.yaml", "*.md"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            copy = folder / "source" / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes((ROOT / name).read_bytes())
    source = str(folder / "source")
    pip("wheel", source, "--no-build-isolation", "--wheel-dir", str(folder))
    (built,) = folder.glob("*.whl")
    return built


def test_it_holds_the_command_and_the_package_that_it_shares(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    assert {top for top in tops if not top.startswith("linode_region_failover")} == {
        "cli",
        "failover",
    }


def test_installed_alone_it_runs_from_anywhere(wheel: Path, tmp_path: Path) -> None:
    """Beside the packages that it needs, and with nothing of the checkout."""
    venv.create(tmp_path / "env", with_pip=True, symlinks=True)
    python = tmp_path / "env" / "bin" / "python"
    pip("install", str(wheel), python=str(python))
    site = next((tmp_path / "env" / "lib").glob("python*/site-packages"))
    packages = next(p for p in sys.path if p.endswith("site-packages"))
    (site / "needed.pth").write_text(f"{packages}\n")
    told = subprocess.run(
        [tmp_path / "env" / "bin" / "linode-failover", "--version"],
        cwd=tmp_path, env={}, capture_output=True, text=True, timeout=LIMIT, check=True,
    )  # fmt: skip
    assert told.stdout.strip() == PROJECT["version"]


def test_everything_that_it_needs_is_pinned_for_who_runs_it_in_a_checkout() -> None:
    needed = {name.replace("_", "-") for name in PROJECT["dependencies"]}
    assert needed <= pins(ROOT / "requirements-demo.txt").keys()


def test_the_image_has_the_pinned_versions() -> None:
    text = (ROOT / "cli" / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"pip install .*--constraint /source/requirements-demo\.txt", text)
    for copied in re.findall(r"^COPY (.*) \S+$", text, re.MULTILINE):
        assert all((ROOT / name).exists() for name in copied.split())
