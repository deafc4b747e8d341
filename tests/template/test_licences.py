"""What ships is listed with its licences, and each package brings the text of its own along."""

import runpy
from importlib import metadata

import pytest

from tests.template.stack import ROOT

LICENCES = runpy.run_path(str(ROOT / "layers" / "dependencies" / "licences.py"))
PAGE = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
COPYLEFT = ("GPL", "AGPL", "SSPL", "not said")


def installed() -> bool:
    """Whether this environment has the versions that ship; on an older Python it has others."""
    return all(metadata.version(name) == at for name, at in LICENCES["pins"]().items())


def listed() -> list[list[str]]:
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in PAGE.splitlines()[12:]]


def test_the_list_has_the_pins_and_nothing_else() -> None:
    assert {name: version for name, version, _ in listed()} == LICENCES["pins"]()


def test_the_list_is_what_the_packages_say_of_themselves() -> None:
    if not installed():
        pytest.skip("an older Python has older versions of some packages")
    assert LICENCES["page"]() == PAGE, "run: make licences"


def test_every_package_may_be_passed_on_as_it_is() -> None:
    for name, _, licence in listed():
        assert not any(word in licence for word in COPYLEFT), name


@pytest.mark.parametrize("name", LICENCES["pins"]())
def test_every_package_brings_its_licence_along(name: str) -> None:
    files = [str(file).lower() for file in metadata.files(name) or ()]
    assert any("licen" in file or "copying" in file for file in files if "dist-info" in file)
