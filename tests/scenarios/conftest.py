"""The embedded world for stories that begin with everything as at the start."""

import os
from collections.abc import Iterator
from unittest import mock

import pytest

from local.world import LocalWorld
from tests.scenarios.night import BRISK


@pytest.fixture(scope="module", autouse=True)
def environment() -> Iterator[None]:
    """A night sets the environment of the functions. It ends with the module."""
    with mock.patch.dict(os.environ):
        yield


@pytest.fixture(scope="module")
def whole() -> Iterator[LocalWorld]:
    """One world for all stories."""
    with LocalWorld(health=BRISK, render_delay=0.1) as world:
        yield world


@pytest.fixture
def world(whole: LocalWorld) -> LocalWorld:
    """Everything as at the start."""
    whole.reset()
    whole.write_settings()
    return whole
