"""Addresses that no machine has lead to servers on this one, for those who have joined."""

import contextlib
import errno
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import network as networks
from local.container import ROOT
from local.network import VARIABLE, Network
from local.region import RegionServer
from tests.support.waiting import LIMIT

ADDRESS = "198.18.0.1"


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever other tests of this process have joined."""
    monkeypatch.setattr(networks, "_joined", [])
    monkeypatch.setattr(networks.socket, "getaddrinfo", networks._resolve)


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    network = Network(tmp_path / "network")
    with RegionServer("127.0.0.1", 0, "us-east-1") as server:
        network.lead(ADDRESS, 80, server.port)
        yield network


def reach(address: str = ADDRESS, port: int = 80) -> None:
    socket.create_connection((address, port), timeout=LIMIT).close()


@contextlib.contextmanager
def unreachable() -> Iterator[None]:
    with pytest.raises(OSError, match=os.strerror(errno.ENETUNREACH)):
        yield


def test_an_address_leads_to_a_server_of_this_machine(network: Network) -> None:
    with network.joined():
        reach()


def test_an_address_or_port_without_a_route_is_unreachable_at_once(network: Network) -> None:
    with network.joined():
        with unreachable():
            reach("198.18.0.2")
        with unreachable():
            reach(port=443)


def test_a_route_comes_and_goes_while_the_network_is_in_use(network: Network) -> None:
    with network.joined():
        network.lead("198.18.0.2", 80, network.routes()[ADDRESS, 80])
        reach("198.18.0.2")
        network.cut("198.18.0.2")
        with unreachable():
            reach("198.18.0.2")
        reach()


def test_the_newest_of_two_networks_counts_until_it_is_left(
    network: Network, tmp_path: Path
) -> None:
    with network.joined(), RegionServer("127.0.0.1", 0, "us-west-2") as west:
        newer = Network(tmp_path / "newer")
        newer.lead(ADDRESS, 80, west.port)
        with newer.joined():
            assert leads_to() == west.port
        assert leads_to() == network.routes()[ADDRESS, 80]


def leads_to() -> int:
    ((*_, (_, port)),) = socket.getaddrinfo(ADDRESS, 80, type=socket.SOCK_STREAM)
    return int(port)


def test_whoever_has_left_looks_names_up_as_before(network: Network) -> None:
    before = socket.getaddrinfo
    with network.joined():
        assert socket.getaddrinfo is not before
    assert socket.getaddrinfo is before


def test_a_process_joins_the_network_of_its_environment(network: Network) -> None:
    program = (
        "import socket; from local import network; network.join(); "
        f"socket.create_connection(({ADDRESS!r}, 80), timeout={LIMIT})"
    )
    env = {**os.environ, VARIABLE: str(network.file)}
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=env, timeout=LIMIT, check=True)
