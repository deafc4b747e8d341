"""The embedded world on a machine whose only address is 127.0.0.1, as on macOS."""

import shutil
import subprocess
import sys

import pytest

from tests.scenarios.test_demo import ENV, ROOT, assert_told
from tests.support.waiting import LIMIT

ONLY_ONE = "ip link set lo up; ip address flush dev lo; ip address add 127.0.0.1/32 dev lo"
ALONE = ["unshare", "--map-root-user", "--net", "sh", "-ec", f'{ONLY_ONE}; exec "$@"', "sh"]


def on_such_a_machine(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*ALONE, sys.executable, *arguments],
        cwd=ROOT, env=ENV, input=typed, capture_output=True, text=True, timeout=LIMIT,
        check=False,
    )  # fmt: skip


def bound(address: str) -> bool:
    program = f"import socket; socket.create_server(({address!r}, 0))"
    return on_such_a_machine("-c", program).returncode == 0


def none_to_be_had() -> str:
    """Why there is no such machine here; empty where there is one."""
    if not all(map(shutil.which, ("unshare", "ip"))):
        return "a network namespace needs unshare and ip"
    return "" if bound("127.0.0.1") else "this machine allows no network namespace"


pytestmark = pytest.mark.skipif(bool(none_to_be_had()), reason=none_to_be_had())


def test_there_is_no_second_address() -> None:
    assert not bound("127.0.0.2")


def test_the_demo_plays_to_its_end() -> None:
    demo = on_such_a_machine("-m", "local", "demo")

    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert_told(demo.stdout)


def test_the_world_can_be_played_with() -> None:
    played = on_such_a_machine("-m", "local", typed="fault us-east 503\nrecords\nquit\n")

    assert played.returncode == 0, played.stdout + played.stderr
    assert "us-east: 503" in played.stdout
    assert "A     198.18.0.1" in played.stdout
