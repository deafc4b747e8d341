"""One build for all tests of the artefact."""

import pytest

from tests.artifact.build import sam_build


@pytest.fixture(scope="session")
def build(tmp_path_factory):
    """What `sam deploy` would upload."""
    return sam_build(tmp_path_factory.mktemp("build"))
