"""Deadlines, the Host header and what the product calls itself."""

import tomllib
from pathlib import Path

import pytest

from failover.adapters.http.client import PRODUCT, Request
from failover.adapters.http.wire import Deadline


def request(scheme: str, port: int, host: str = "app.example.com") -> Request:
    return Request(scheme=scheme, host=host, port=port, target="/", max_wire=1)


def test_a_deadline_gives_what_is_left_until_nothing_is() -> None:
    now = 100.0
    deadline = Deadline.after(4.0, lambda: now)
    now = 103.0
    assert deadline.left() == 1.0
    now = 104.0
    with pytest.raises(TimeoutError):
        deadline.left()


@pytest.mark.parametrize(("scheme", "port"), [("http", 80), ("https", 443)])
def test_the_port_of_the_scheme_is_not_in_the_host_header(scheme: str, port: int) -> None:
    assert request(scheme, port).authority == "app.example.com"


@pytest.mark.parametrize(("scheme", "port"), [("http", 443), ("https", 80), ("https", 8443)])
def test_any_other_port_is(scheme: str, port: int) -> None:
    assert request(scheme, port).authority == f"app.example.com:{port}"


def test_an_ipv6_address_stands_in_brackets() -> None:
    assert request("https", 443, "::1").authority == "[::1]"


def test_the_product_has_the_name_of_the_project() -> None:
    project = tomllib.loads((Path(__file__).parents[4] / "pyproject.toml").read_text())["project"]
    assert project["name"] == PRODUCT
