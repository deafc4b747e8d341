"""AWS is gone: what the page says to type moves the name, and the monitor takes it over later."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from failover.publication.parts import Cause
from local.region import RegionFault
from local.world import DOMAIN, LocalWorld
from tests.scenarios.night import BRISK, Night
from tests.support.waiting import LIMIT

PAGE = (Path(__file__).parents[2] / "docs" / "by-hand.md").read_text(encoding="utf-8")
PROGRAM = Path(sys.executable).with_name("linode-cli")


def commands() -> Iterator[list[str]]:
    """The lines of the page for linode-cli, in their order."""
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL):
        for line in block.splitlines():
            if line.startswith("linode-cli "):
                yield shlex.split(line)[1:]


@pytest.fixture(scope="module")
def world() -> Iterator[LocalWorld]:
    with LocalWorld(health=BRISK, render_delay=0.1) as world:
        yield world


def test_the_page_moves_the_name_and_the_monitor_adopts_it(
    world: LocalWorld, tmp_path: Path
) -> None:
    night = Night(world)
    with night.watched():
        night.adopted()
    world.regions["us-east"].fault = RegionFault.REFUSE
    a_record, aaaa_record = world.record_ids()
    adopted = night.state()
    assert adopted
    domain_id = str(adopted.served.domain_id)
    real = {
        "example.com": DOMAIN,
        "DOMAIN_ID": domain_id,
        "A_RECORD_ID": str(a_record),
        "AAAA_RECORD_ID": str(aaaa_record),
        "198.51.100.1": "198.18.0.2",
        "2001:db8:2::1": "fd00::31:2",
    }
    url = urlsplit(world.linode.url)
    env = {
        **os.environ,
        "HOME": str(tmp_path),
        "LINODE_CLI_TOKEN": world.linode.token,
        "LINODE_CLI_API_SCHEME": url.scheme,
        "LINODE_CLI_API_HOST": url.netloc,
        "LINODE_CLI_API_VERSION": url.path.strip("/"),
    }
    world.linode.forget_requests()
    said = []
    for words in commands():
        typed = [real.get(word, word) for word in words]
        done = subprocess.run(
            [PROGRAM, *typed], env=env, capture_output=True, text=True, timeout=LIMIT, check=False
        )
        assert done.returncode == 0, (typed, done.stderr)
        said.append(done.stdout)

    assert domain_id in said[0]
    assert str(a_record) in said[1]
    assert str(aaaa_record) in said[1]
    assert world.ask("A")[0] == ["198.18.0.2"]
    assert world.ask("AAAA")[0] == ["fd00::31:2"]
    assert night.writes() == ["PUT", "PUT"]

    with night.watched():
        night.until(
            lambda: (s := night.state()) and list(s.served.active) == ["us-west"], "adoption"
        )
    state = night.state()
    assert state
    assert state.publication.cause is Cause.EXTERNAL
    assert night.writes() == ["PUT", "PUT"], "nothing was written over it"
