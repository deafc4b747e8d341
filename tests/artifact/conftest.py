"""One build for all tests of the artefact."""

import pytest

from tests.artifact.build import clean_checkout, sam_build
from tests.artifact.town import founded


@pytest.fixture(scope="session")
def checkout(tmp_path_factory):
    """As somebody has just cloned it."""
    return clean_checkout(tmp_path_factory.mktemp("clone") / "checkout")


@pytest.fixture(scope="session")
def build(checkout):
    """What `sam deploy` would upload."""
    return sam_build(checkout)


@pytest.fixture(scope="session")
def whole_town(build):
    """The deployed stack in its world, once for all stories."""
    with founded(build) as town:
        yield town


@pytest.fixture
def town(whole_town):
    """Everything as at the start."""
    whole_town.reset()
    return whole_town
