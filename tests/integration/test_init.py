"""`linode-failover init --record`: settings from what Linode knows, which pass the check."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.main import run
from cli.trouble import Exit
from failover.settings import settings_file
from local.linode import LinodeEmulator

A_TOKEN = "LINODE_TOKEN"


@pytest.fixture
def linode(monkeypatch: pytest.MonkeyPatch) -> Iterator[LinodeEmulator]:
    """An account with a zone, its name, and a NodeBalancer in each of two regions."""
    with LinodeEmulator(0.0) as linode:
        monkeypatch.setenv("LINODE_API_URL", linode.url)
        monkeypatch.setenv(A_TOKEN, linode.token)
        linode.add_domain("shop.test")
        linode.add_record("shop.test", "app", "A", "198.18.0.2", ttl_sec=30)
        for region, ipv4 in (("us-east", "198.18.0.1"), ("us-west", "198.18.0.2")):
            linode.add_nodebalancer(f"lb-{region}", region, ipv4, None)
        yield linode


def began(folder: Path) -> int:
    return run(["init", str(folder), "--vantage", "eu-west-1", "--record", "app.shop.test"])


def test_they_pass_the_check_and_observe(linode: LinodeEmulator, tmp_path: Path) -> None:
    assert began(tmp_path / "new") == Exit.OK
    (service,) = settings_file.load(tmp_path / "new" / "failover.toml").services
    assert (service.domain, service.record) == ("shop.test", "app.shop.test")
    assert service.mode == "observe"
    addresses = [(region.name, region.addresses.ipv4) for region in service.regions]
    assert addresses == [("us-west", "198.18.0.2"), ("us-east", "198.18.0.1")]
    assert "CHOOSE" in (tmp_path / "new" / "failover.toml").read_text()


def test_the_probe_is_that_of_the_balancers_own_health_check(
    linode: LinodeEmulator, tmp_path: Path
) -> None:
    balancer = linode.add_nodebalancer("lb-eu", "eu-west", "198.18.0.3")
    linode.set_target(linode.records("shop.test")[0]["id"], "198.18.0.3")
    linode.set_config(linode.add_config(balancer, 80), check="http", check_path="/up")
    began(tmp_path / "new")
    (service,) = settings_file.load(tmp_path / "new" / "failover.toml").services
    assert (service.regions[0].name, len(service.regions)) == ("eu-west", 3)
    assert (service.health.scheme, service.health.port, service.health.path) == ("http", 80, "/up")


@pytest.mark.parametrize(
    ("ttl", "of_zone", "says"),
    [
        (30, 0, "ttl     = 30  # seconds, as the records have it"),
        (300, 0, "the records have 300. Set them to 30"),
        (0, 3600, "the records have 3600. Set them to 30"),
        (0, 0, "the records have 86400. Set them to 30"),
        (None, 0, "ttl     = 30  # seconds; the name has no record yet"),
    ],
)
def test_the_ttl_is_the_shortest_and_what_the_records_have_is_said(
    linode: LinodeEmulator, tmp_path: Path, ttl: int | None, of_zone: int, says: str
) -> None:
    """Whatever they have, the file passes the check."""
    linode.add_domain("blog.test", of_zone)
    if ttl is not None:
        linode.add_record("blog.test", "app", "A", "198.18.0.2", ttl_sec=ttl)
    words = ["--vantage", "eu-west-1", "--record", "app.blog.test"]
    assert run(["init", str(tmp_path / "new"), *words]) == Exit.OK
    assert says in (tmp_path / "new" / "failover.toml").read_text()
    (service,) = settings_file.load(tmp_path / "new" / "failover.toml").services
    assert service.ttl == 30


def test_nothing_is_written_at_linode_and_the_token_is_nowhere(
    linode: LinodeEmulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    began(tmp_path / "new")
    assert {call.method for call in linode.requests} == {"GET"}
    texts = [file.read_text() for file in (tmp_path / "new").iterdir()]
    assert linode.token not in "".join((*texts, *capsys.readouterr()))


def test_a_refused_token_is_named_and_not_shown(
    linode: LinodeEmulator,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(A_TOKEN, "not-the-right-one")
    assert began(tmp_path / "new") == Exit.NO_ANSWER
    err = capsys.readouterr().err
    assert "401" in err
    assert "not-the-right-one" not in err
    assert not (tmp_path / "new").exists()


def test_a_name_of_another_account_is_refused_with_the_domains_that_there_are(
    linode: LinodeEmulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--vantage", "eu-west-1", "--record", "app.other.test"]
    assert run(["init", str(tmp_path / "new"), *words]) == Exit.REFUSED
    assert "shop.test" in capsys.readouterr().err


def test_the_file_is_toml_with_a_region_for_each_balancer(
    linode: LinodeEmulator, tmp_path: Path
) -> None:
    began(tmp_path / "new")
    document = tomllib.loads((tmp_path / "new" / "failover.toml").read_text())
    assert len(document["service"][0]["region"]) == 2
