"""docs/licences.md: what ships in the dependencies layer, and under which licences.

Made from the metadata of the installed packages: python layers/dependencies/licences.py
"""

import re
from importlib import metadata
from pathlib import Path

LOCK = Path(__file__).with_name("requirements.txt")
LONGEST = 40
"""Of what is taken for the name of a licence: some packages give its whole text."""

HEAD = """# Licences

The product itself is under the MIT licence: [LICENSE](../LICENSE). Its functions ship with these
packages, in the dependencies layer, at these versions and no others. Each brings the text of its
licence along, in its `.dist-info` folder under `/opt/python`. boto3 and botocore (Apache-2.0) are
not in the layer: AWS's runtime brings its own.

This page is made from the packages' own metadata, by `make licences`; a test holds it equal to the
pins. `make audit` asks osv.dev for known vulnerabilities of the same versions.

| package | version | licence |
|---|---|---|
"""


def pins() -> dict[str, str]:
    """Name and version of every package that ships."""
    return dict(re.findall(r"^([a-z0-9.-]+)==([^\s;\\]+)", LOCK.read_text(), re.MULTILINE))


def licence(package: str) -> str:
    """The licence of an installed package, in its own words."""
    told = metadata.metadata(package)
    for key in ("License-Expression", "License"):
        text = told.get(key, "")
        if text and "\n" not in text and len(text) <= LONGEST:
            return text
    marks = [mark for mark in told.get_all("Classifier", []) if mark.startswith("License ::")]
    return ", ".join(mark.rpartition(" :: ")[2] for mark in marks) or "not said"


def page() -> str:
    """The whole page. Raises PackageNotFoundError where a package is not installed."""
    rows = (f"| {name} | {version} | {licence(name)} |" for name, version in pins().items())
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    Path(__file__).parents[2].joinpath("docs", "licences.md").write_text(page(), encoding="utf-8")
