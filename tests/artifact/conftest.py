"""One build for all tests of the artefact."""

import pytest

from tests.artifact.build import clean_checkout, sam_build


@pytest.fixture(scope="session")
def checkout(tmp_path_factory):
    """As somebody has just cloned it."""
    return clean_checkout(tmp_path_factory.mktemp("clone") / "checkout")


@pytest.fixture(scope="session")
def build(checkout):
    """What `sam deploy` would upload."""
    return sam_build(checkout)
