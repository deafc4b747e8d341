"""Settings files that people, editors and transfers have spoiled."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from random import Random
from typing import Any

from failover.errors import SettingsRefused
from failover.settings import settings_file
from failover.settings.model import Settings
from tests.hostile import mangle
from tests.hostile.runner import Case
from tests.support.settings_file import filled_in, good, toml

EXAMPLE = Path(__file__).parents[2] / "layers" / "config" / "failover.example.toml"
MOST_PROBLEM = 1500
WORDS = ("1s", "0s", "9999999h", "act", "observe", "10.0.0.1", "eu-west-1", "a.shop.test", "https")


def odd(chance: Random) -> Any:
    """Any value that TOML can say."""
    value = mangle.junk(chance) if chance.random() < 0.6 else chance.choice(WORDS)
    if chance.random() < 0.05:
        value = datetime(2026, 11, 24, tzinfo=UTC)
    return "" if value is None else value


def assert_settings(settings: Settings) -> None:
    """What was accepted can be acted on."""
    for service in settings.services:
        assert len(service.regions) >= 2
        for region in service.regions:
            assert region.nodebalancer or ip_address(region.addresses.ipv4).version == 4
        assert 0 < service.health.timeout < service.health.confirm_interval
        assert service.health.status
        assert service.record.endswith(service.domain)


def _written(data: Any) -> bytes:
    """The data as a file; empty where no file can hold it."""
    try:
        return toml(data).encode() if isinstance(data, dict) else b""
    except (RecursionError, ValueError):
        return b""


@contextmanager
def files() -> Iterator[Case]:
    """A good file with things changed in its values, or in its bytes."""
    example = filled_in(EXAMPLE.read_text(encoding="utf-8")).encode()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "failover.toml"

        def case(chance: Random) -> None:
            if chance.random() < 0.5:
                content = mangle.spoiled(chance, example)
            else:
                content = _written(mangle.mangled(chance, good(), odd)) or b"\xff" + example
            file.write_bytes(content)
            try:
                assert_settings(settings_file.load(file))
            except SettingsRefused as refused:
                assert refused.problems
                for problem in refused.problems:
                    assert problem.isprintable(), ascii(problem)
                    assert len(problem) <= MOST_PROBLEM + len(str(file))

        yield case
