"""Region servers answer as the application does, and fail in every way that regions fail."""

import contextlib
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import urllib3

from local.region import RegionFault, RegionServer, free_port
from local.tls import Authority
from tests.support.waiting import LIMIT

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])


def has_loopback(address):
    """Whether this machine has this address, too: Linux has all of 127.0.0.0/8, macOS one."""
    with socket.socket() as candidate, contextlib.suppress(OSError):
        candidate.bind((address, 0))
        return True
    return False


whole_loopback = pytest.mark.skipif(
    not has_loopback("127.0.4.1"), reason="this machine has no loopback address but 127.0.0.1"
)

SHORT = 0.3
"""Seconds after which a client gives up on an answer that never comes."""


@pytest.fixture
def region():
    with RegionServer("127.0.0.1", 0, "us-east-1", pause=0.001) as server:
        yield server


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


def get(region, timeout=LIMIT, path="/health"):
    url = f"http://{region.address}:{region.port}{path}"
    return requests.get(url, headers={"Host": "app.shop.test"}, timeout=timeout)


def is_cut(connection):
    """Whether the other side ends the connection, politely or not."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def get_tls(region, context, name="app.shop.test", timeout=LIMIT):
    """As a probe does it: connects to the address, asks for and checks the name."""
    pool = urllib3.HTTPSConnectionPool(
        region.address, region.port, ssl_context=context, server_hostname=name,
        assert_hostname=name, retries=False, timeout=timeout,
    )  # fmt: skip
    with pool:
        return pool.request("GET", "/health", headers={"Host": name, "User-Agent": "probe/1"})


def test_a_healthy_region_says_so_and_where_it_is(region):
    reply = get(region)
    assert reply.status_code == 200
    assert reply.json() == {"status": "healthy", "region": "us-east-1"}
    assert get(region, path="/elsewhere").status_code == 404


def test_requests_are_counted_and_the_last_one_is_known(region):
    get(region)
    get(region)
    assert region.requests == 2
    assert (region.last.method, region.last.path) == ("GET", "/health")
    assert (region.last.host, region.last.sni) == ("app.shop.test", None)
    assert region.last.user_agent.startswith("python-requests/")


def test_several_requests_go_through_one_connection(region):
    with requests.Session() as session:
        url = f"http://{region.address}:{region.port}/health"
        assert [session.get(url, timeout=LIMIT).status_code for _ in range(3)] == [200] * 3


def test_a_refusing_region_really_does_not_listen_and_listens_again(region):
    region.fault = "refuse"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((region.address, region.port), timeout=LIMIT)
    region.fault = None
    assert get(region).status_code == 200


def test_the_port_of_a_refusing_region_is_given_to_nobody_else(region):
    region.fault = "refuse"
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind((region.address, region.port))


def test_refusing_cuts_the_connections_that_are_open(region):
    with socket.create_connection((region.address, region.port), timeout=LIMIT) as idle:
        assert get(region).status_code == 200
        region.fault = "refuse"
        assert is_cut(idle)


def test_a_region_may_refuse_from_the_start():
    server = RegionServer("127.0.0.1", 0, "us-east-1")
    server.fault = "refuse"
    with server:
        with pytest.raises(requests.ConnectionError):
            get(server)
        server.fault = None
        assert get(server).status_code == 200


def test_a_hanging_region_accepts_and_answers_when_it_is_let_go(region):
    region.fault = "hang"
    with pytest.raises(requests.ReadTimeout):
        get(region, timeout=SHORT)
    with ThreadPoolExecutor(1) as other:
        waiting = other.submit(get, region, timeout=LIMIT)
        with socket.create_connection((region.address, region.port), timeout=LIMIT):
            region.fault = None
        assert waiting.result(timeout=LIMIT).status_code == 200


def test_a_connection_that_was_open_hangs_too(region):
    with requests.Session() as session:
        url = f"http://{region.address}:{region.port}/health"
        session.get(url, timeout=LIMIT)
        region.fault = "hang"
        with pytest.raises(requests.ReadTimeout):
            session.get(url, timeout=SHORT)


def test_503_and_unhealthy_and_wrong_region_are_answers(region):
    region.fault = "503"
    assert (get(region).status_code, get(region).json()["status"]) == (503, "unhealthy")
    region.fault = "unhealthy"
    assert (get(region).status_code, get(region).json().keys()) == (200, {"status", "message"})
    region.fault = "wrong_region"
    assert get(region).json()["status"] == "healthy"
    assert get(region).json()["region"] != "us-east-1"


def test_every_second_request_fails(region):
    region.fault = "every_second"
    assert [get(region).status_code for _ in range(6)] == [200, 503] * 3


def test_a_dripping_region_sends_the_healthy_answer_byte_by_byte(region):
    region.fault = "drip"
    assert get(region).json()["status"] == "healthy"
    region.pause = 60
    with pytest.raises(requests.ReadTimeout):
        get(region, timeout=SHORT)


def test_an_unknown_fault_is_refused_by_name(region):
    with pytest.raises(ValueError, match="tired"):
        region.fault = "tired"
    assert region.fault is None


def test_tls_proves_the_name_and_the_server_learns_which_was_asked_for(authority):
    tls = authority.server_context("app.shop.test")
    with RegionServer("127.0.0.1", 0, "us-east-1", tls) as region:
        assert get_tls(region, authority.client_context()).json()["status"] == "healthy"
        assert (region.last.sni, region.last.user_agent) == ("app.shop.test", "probe/1")
        assert region.last.host == "app.shop.test"


@pytest.mark.parametrize(
    ("certificate", "expected"),
    [
        ({"names": ["other.test"]}, "doesn't match|Hostname mismatch"),
        ({"names": ["app.shop.test"], "expired": True}, "certificate has expired"),
    ],
)
def test_a_wrong_certificate_is_not_believed(authority, certificate, expected):
    tls = authority.server_context(*certificate.pop("names"), **certificate)
    with RegionServer("127.0.0.1", 0, "us-east-1", tls) as region:
        with pytest.raises(urllib3.exceptions.SSLError, match=expected):
            get_tls(region, authority.client_context())
        assert region.requests == 0


def test_nobody_else_trusts_the_authority(authority):
    tls = authority.server_context("app.shop.test")
    with (
        RegionServer("127.0.0.1", 0, "us-east-1", tls) as region,
        pytest.raises(urllib3.exceptions.SSLError, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        get_tls(region, ssl.create_default_context())


@pytest.mark.parametrize("fault", [None, *RegionFault])
def test_every_fault_can_be_had_with_tls_and_ends(authority, fault):
    tls, trust = authority.server_context("app.shop.test"), authority.client_context()
    with RegionServer("127.0.0.1", 0, "us-east-1", tls, pause=0.001) as region:
        region.fault = fault
        if fault in (RegionFault.REFUSE, RegionFault.HANG):
            with pytest.raises(urllib3.exceptions.HTTPError):
                get_tls(region, trust, timeout=SHORT)
        else:
            status = 503 if fault is RegionFault.UNAVAILABLE else 200
            assert get_tls(region, trust).status == status
        region.fault = None
        assert get_tls(region, trust).json() == {"status": "healthy", "region": "us-east-1"}


def test_a_region_can_have_an_ipv6_address():
    with RegionServer("::1", 0, "us-east-1") as region:
        url = f"http://[::1]:{region.port}/health"
        assert requests.get(url, timeout=LIMIT).json()["region"] == "us-east-1"


@whole_loopback
def test_three_hundred_regions_share_one_port_and_one_thread():
    addresses = [f"127.0.{2 + number // 100}.{1 + number % 100}" for number in range(300)]
    port = free_port(addresses)
    # The thread may be there already, for another region of this process.
    before = set(threading.enumerate())
    servers = [RegionServer(address, port, address) for address in addresses]
    try:
        for server in servers:
            server.__enter__()
        assert len(set(threading.enumerate()) - before) <= 1
        with ThreadPoolExecutor(8) as clients:
            found = list(clients.map(lambda server: get(server).json()["region"], servers))
        assert found == addresses
        assert {server.requests for server in servers} == {1}
    finally:
        for server in servers:
            server.__exit__()
    assert not set(threading.enumerate()) - before


def test_closing_ends_hanging_clients_and_frees_the_port(region):
    with RegionServer("127.0.0.1", 0, "us-east-1") as closing, ThreadPoolExecutor(1) as other:
        port = closing.port
        closing.fault = "hang"
        waiting = other.submit(get, closing, timeout=LIMIT)
        with socket.create_connection((closing.address, port), timeout=LIMIT) as idle:
            closing.__exit__()
            assert is_cut(idle)
        assert isinstance(waiting.exception(timeout=LIMIT), requests.ConnectionError)
        closing.__enter__()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=LIMIT)


@whole_loopback
def test_a_free_port_is_free_everywhere():
    with socket.socket() as taken:
        taken.bind(("127.0.1.2", 0))
        port = taken.getsockname()[1]
        ports = {free_port(["127.0.1.1", "127.0.1.2", "127.0.1.3"]) for _ in range(20)}
    assert port not in ports
