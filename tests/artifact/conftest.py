"""One build for all tests of the artefact."""

import os
import sys

import pytest

from tests.artifact.build import RUNTIME, sam_build


@pytest.fixture(scope="session")
def build(tmp_path_factory):
    """What `sam deploy` would upload. It holds modules compiled for the runtime's own Python."""
    if sys.version_info[:2] != RUNTIME:
        here = ".".join(map(str, sys.version_info[:2]))
        sentence = f"the artefact runs on Python 3.13, as in Lambda, and this is Python {here}"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{sentence}: install Python 3.13")
        pytest.skip(sentence)
    return sam_build(tmp_path_factory.mktemp("build"))
