"""What each single value of a settings file may be."""

from typing import Annotated

import pytest
from pydantic import TypeAdapter, ValidationError

from failover.errors import SettingsRefused
from failover.settings import settings_file
from failover.settings.tables import File
from failover.settings.validation import Table, below, family, heading, keys
from tests.support.settings_file import (
    HEALTH,
    REGION,
    SERVICE,
    accepted,
    good,
    having,
    problem,
    problems,
    toml,
    without,
)

ACCEPTED = [
    ("revision", 20261123),
    ("vantages", ["eu-west-1", "us-gov-west-1", "ap-southeast-3"]),
    ("publish_allowance", "1s"),
    ("publish_allowance", "1h"),
    ("references", ["https://status.shop.test:8443/a?b=c"]),
    (*SERVICE, "name", "0-shop"),
    (*SERVICE, "domain", "shop.test."),
    (*SERVICE, "record", "shop.test"),
    (*SERVICE, "record", "app.shop.test."),
    (*SERVICE, "record", "a.b.shop.test"),
    (*SERVICE, "mode", "observe"),
    (*SERVICE, "routing", "failover"),
    (*SERVICE, "routing", "multivalue"),
    (*SERVICE, "ttl", 2419200),
    (*SERVICE, "failback", "automatic"),
    (*SERVICE, "failback_after", "5m"),
    (*SERVICE, "flip_budget", 100),
    (*SERVICE, "rto_target", "133s"),
    (*SERVICE, "data", {"table": "my-app.data_2"}),
    (*SERVICE, "data", {"table": "orders", "max_age": "10s", "accept_stale_after": "24h"}),
    (*SERVICE, "data", {"table": "orders", "key": {"pk": "beat", "sk": "{region}"}}),
    (*SERVICE, "data", {"table": "orders", "attribute": "{vantage}"}),
    (*HEALTH, "path", "/health?full=1&x=%20"),
    (*HEALTH, "status", [200, 204]),
    (*HEALTH, "json", {}),
    (*HEALTH, "json", {"ok": True, "load": 0.5, "count": 3, "state": ""}),
    (*HEALTH, "host", "internal.shop.test."),
    (*HEALTH, "headers", {"X-Monitor": "failover", "!#$%&'*+.^_`|~0aZ-": 'two words; of "ours"'}),
    (*HEALTH, "headers", {f"X-{number}": "x" * 1024 for number in range(16)}),
    (*HEALTH, "secret_headers", {"Authorization": "/failover/probe/key_1.a-b", "Cookie": "/a/b"}),
    (*HEALTH, {"headers": {"X-A": "a"}, "secret_headers": {"X-B": "/a/b"}}),
    (*HEALTH, "failure_threshold", 1),
    (*HEALTH, "clear_threshold", 100),
    (*HEALTH, {"timeout": "50ms", "confirm_interval": "100ms", "interval": "200ms"}),
    (*HEALTH, {"timeout": "10s", "confirm_interval": "60s", "interval": "1m"}),
    (*SERVICE, "record", f"{'a.' * 122}shop.test"),
    (*REGION, "ipv4", "127.0.0.1"),
    (*REGION, "ipv4", "8.8.8.8"),
    (*REGION, "ipv6", "fd00::1"),
    (*REGION, "ipv6", "2600:3c00::1"),
]


LABEL = {"name": "us-east", "aws_region": "us-east-1", "nodebalancer": "lb-us-east"}
ACCEPTED += [(*REGION, LABEL | {"nodebalancer": text}) for text in ("a_1", "-" * 32)]


@pytest.mark.parametrize("change", ACCEPTED, ids=str)
def test_accepted(change):
    """Each value at the edge of what its rule allows."""
    accepted(*change)


REFUSED = [
    ("revision", 0),
    ("revision", True),
    ("revision", 1.0),
    ("revision", "1"),
    ("revision", 10**400),
    ("vantages", []),
    ("vantages", "eu-west-1"),
    ("vantages", ["eu-west-1", "eu-west-1"]),
    ("vantages", ["Frankfurt"]),
    ("vantages", ["eu-west"]),
    ("vantages", [["eu-west-1"]]),
    ("vantages", ["eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1"]),
    ("region_metrics", "yes"),
    ("region_metrics", 1),
    ("publish_allowance", "999ms"),
    ("publish_allowance", "61m"),
    ("references", []),
    ("references", ["http://shop.test/"]),
    ("references", ["https://"]),
    ("references", ["https://[::1/"]),
    ("references", ["https://shop.test:99999/"]),
    ("references", ["https://user:word@shop.test/"]),
    ("references", ["https://shop.test/", "https://shop.test/"]),
    ("references", ["https://shop.test/ x"]),
    ("references", [3]),
    (*SERVICE, "name", ""),
    (*SERVICE, "name", "Shop"),
    (*SERVICE, "name", "my shop"),
    (*SERVICE, "name", "a" * 64),
    (*SERVICE, "record", "App.shop.test"),
    (*SERVICE, "record", "app_1.shop.test"),
    (*SERVICE, "record", "*.shop.test"),
    (*SERVICE, "record", "-a.shop.test"),
    (*SERVICE, "record", "app..shop.test"),
    (*SERVICE, "record", "app.shop.test.."),
    (*SERVICE, "record", f"{'a' * 64}.shop.test"),
    (*SERVICE, "record", f"aa.{'a.' * 121}shop.test"),
    (*SERVICE, "record", "app.other.test"),
    (*SERVICE, "record", "webshop.test"),
    (*SERVICE, "mode", "on"),
    (*SERVICE, "mode", True),
    (*SERVICE, "routing", "latency"),
    (*SERVICE, "ttl", 0),
    (*SERVICE, "ttl", 60),
    (*SERVICE, "ttl", 30.0),
    (*SERVICE, "ttl", "30s"),
    (*SERVICE, "failback", "auto"),
    (*SERVICE, "failback_after", "299s"),
    (*SERVICE, "flip_budget", 0),
    (*SERVICE, "flip_budget", 101),
    (*SERVICE, "rto_target", 180),
    (*SERVICE, "rto_target", "3 minutes"),
    (*SERVICE, "rto_target", "-3m"),
    (*SERVICE, "rto_target", "1.5m"),
    (*SERVICE, "rto_target", "25h"),
    (*SERVICE, "health", "none"),
    (*SERVICE, "health", []),
    (*HEALTH, "scheme", "ftp"),
    (*HEALTH, "port", 0),
    (*HEALTH, "port", 65536),
    (*HEALTH, "path", "health"),
    (*HEALTH, "path", "/a b"),
    (*HEALTH, "path", "/a#b"),
    (*HEALTH, "path", "/a\r\nHost: x"),
    (*HEALTH, "path", "/gr\u00fcn"),
    (*HEALTH, "status", 200),
    (*HEALTH, "status", []),
    (*HEALTH, "status", [99]),
    (*HEALTH, "status", [600]),
    (*HEALTH, "status", ["200"]),
    (*HEALTH, "status", [True]),
    (*HEALTH, "json", "healthy"),
    (*HEALTH, "json", {"status": ["healthy"]}),
    (*HEALTH, "json", {"status": {"is": "healthy"}}),
    (*HEALTH, "json", {"load": float("nan")}),
    (*HEALTH, "json", {"count": 2**63}),
    (*HEALTH, "timeout", "49ms"),
    (*HEALTH, "timeout", "10001ms"),
    (*HEALTH, "timeout", "5s"),
    (*HEALTH, "timeout", "\u0664s"),
    (*HEALTH, "interval", "61s"),
    (*HEALTH, "interval", "4s"),
    (*HEALTH, "confirm_interval", "4s"),
    (*HEALTH, "confirm_interval", "11s"),
    (*HEALTH, "failure_threshold", 0),
    (*HEALTH, "failure_threshold", 7),
    (*HEALTH, "clear_threshold", 0),
    (*HEALTH, "recovery_threshold", 2),
    (*HEALTH, "recovery_threshold", 101),
    (*HEALTH, "min_backends", 0),
    (*HEALTH, "min_backends", 1.1),
    (*HEALTH, "min_backends", "50%"),
    (*HEALTH, "host", "internal"),
    (*HEALTH, "host", "192.0.2.1"),
    (*HEALTH, "host", "internal.shop.test:8080"),
    (*HEALTH, "host", "a.shop.test\r\nX-A: b"),
    (*HEALTH, "headers", ["X-A: a"]),
    (*HEALTH, "headers", {"": "a"}),
    (*HEALTH, "headers", {"X A": "a"}),
    (*HEALTH, "headers", {"X-A:": "a"}),
    (*HEALTH, "headers", {"X-A\r\n": "a"}),
    (*HEALTH, "headers", {"x" * 129: "a"}),
    (*HEALTH, "headers", {"X-A": ""}),
    (*HEALTH, "headers", {"X-A": " a"}),
    (*HEALTH, "headers", {"X-A": "a "}),
    (*HEALTH, "headers", {"X-A": "a\nb"}),
    (*HEALTH, "headers", {"X-A": "a\n"}),
    (*HEALTH, "headers", {"X-A": "a\tb"}),
    (*HEALTH, "headers", {"X-A": "a\x00b"}),
    (*HEALTH, "headers", {"X-A": "gr\u00fcn"}),
    (*HEALTH, "headers", {"X-A": "x" * 1025}),
    (*HEALTH, "headers", {"X-A": 1}),
    (*HEALTH, "headers", {f"X-{number}": "x" for number in range(17)}),
    (*HEALTH, "secret_headers", {"X-A": "gate-key"}),
    (*HEALTH, "secret_headers", {"X-A": "/gate-key"}),
    (*HEALTH, "secret_headers", {"X-A": "/failover/gate-key/"}),
    (*HEALTH, "secret_headers", {"X-A": "/failover/gate key"}),
    (*HEALTH, "secret_headers", {"X-A": {"parameter": "/failover/gate-key"}}),
    (*REGION, "name", "US"),
    (*REGION, "aws_region", "us-east"),
    (*REGION, "ipv4", "::1"),
    (*REGION, "ipv4", 1),
    (*REGION, "ipv4", "10.0.0.01"),
    (*REGION, "ipv4", "10.0.0.1/24"),
    (*REGION, "ipv4", "0.0.0.0"),
    (*REGION, "ipv4", "224.0.0.1"),
    (*REGION, "ipv4", "255.255.255.255"),
    (*REGION, "ipv4", "169.254.169.254"),
    (*REGION, "ipv6", "10.0.0.1"),
    (*REGION, "ipv6", "::"),
    (*REGION, "ipv6", "ff02::1"),
    (*REGION, "ipv6", "fe80::1"),
    (*REGION, "ipv6", "fd00::1%eth0"),
    (*REGION, "ipv6", "::ffff:10.0.0.1"),
    (*REGION, "ipv6", ""),
]


REFUSED += [
    (*REGION, LABEL | {"nodebalancer": value})
    for value in ("ab", "a" * 33, "lb us", "lb.us", "lb\u00fc-us", 123, ["lb-us-east"], "")
]


@pytest.mark.parametrize("change", REFUSED, ids=str)
def test_refused(change):
    """Each value just outside what its rule allows is one problem, and one sentence."""
    text = problem(*change)

    assert "\n" not in text
    assert "; allowed " in text


@pytest.mark.parametrize("field", ["name", "domain", "record", "mode", "region"])
def test_a_service_has_no_default_for_what_only_its_owner_knows(field):
    found = problems(without(good(), *SERVICE, field))

    assert all(": missing; allowed" in text for text in found)


@pytest.mark.parametrize("field", ["name", "ipv4"])
def test_a_region_has_no_default_for_what_only_its_owner_knows(field):
    (text,) = problems(without(good(), *REGION, field))

    assert f".{field}: missing; allowed" in text


def test_a_bare_number_is_no_duration():
    assert problem(*HEALTH, "interval", 10) == (
        'service "shop".health.interval: found 10, a number without a unit; allowed is'
        ' a duration from "200ms" to "60s", for example interval = "10s"'
    )


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"host": "a.test"}, 'with Host, which has a key of its own; write host = "name.of.yours"'),
        ({"User-Agent": "x"}, "with User-Agent, which the probe itself decides; allowed is pairs"),
        ({"content-length": "9"}, "with content-length, which the probe itself decides"),
        ({"X-A": "a", "x-a": "b"}, "with x-a twice (upper and lower case are the same)"),
        (
            {"Authorization": "Bearer 12345678"},
            'whose value is a secret; write secret_headers = { "Authorization" = "/path/authoriz',
        ),
        ({"X-A": "12345678\n"}, 'where "X-A" is not one; allowed is pairs of a header'),
    ],
)
def test_a_header_that_would_break_the_probe_or_give_a_secret_away_is_refused(headers, said):
    found = problem(*HEALTH, "headers", headers)
    assert said in found
    assert "12345678" not in found


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"X-A": "12345678"}, 'where "X-A" is not one; allowed is pairs of a header and the SSM'),
        ({"Te": "/a/b"}, "with Te, which the probe itself decides"),
        ({"X-A": "/a/b", "x-a": "/a/c"}, "with x-a twice"),
    ],
)
def test_a_secret_in_the_place_of_its_parameter_is_refused_and_not_repeated(headers, said):
    found = problem(*HEALTH, "secret_headers", headers)
    assert said in found
    assert "12345678" not in found


def test_secrets_are_not_sent_in_clear_text():
    clear = {"scheme": "http", "secret_headers": {"X-Key": "/a/b"}}
    assert 'with scheme = "http", by which anybody on the way could read them; write' in problem(
        *HEALTH, clear
    )
    accepted(*HEALTH, clear | {"secret_headers": {}})


def test_a_header_is_plain_or_secret():
    both = {"headers": {"X-Key": "a"}, "secret_headers": {"x-key": "/a/b"}}
    assert "secret_headers: found a value that is not shown, with x-key twice" in problem(
        *HEALTH, both
    )


def test_the_secrets_of_all_services_are_known_by_their_parameters():
    first = having(good(), *HEALTH, "secret_headers", {"X-A": "/a/b", "X-B": "/a/c"})
    (service,) = first["service"]
    second = service | {"name": "two", "record": "two.shop.test"}
    second["health"] = {"secret_headers": {"X-C": "/a/b"}}
    both = settings_file.parse(toml(first | {"service": [service, second]}))
    assert both.secret_parameters == {"/a/b", "/a/c"}


def test_durations_are_seconds_whatever_their_unit():
    health = accepted(*HEALTH, {"timeout": "1500ms", "interval": "1m"}).services[0].health

    assert (health.timeout, health.interval) == (1.5, 60)
    assert accepted("publish_allowance", "1h").publish_allowance == 3600


def test_addresses_are_kept_in_canonical_text():
    (service,) = accepted(*REGION, "ipv6", "FD00:0:0::0001").services

    assert service.regions[0].addresses.ipv6 == "fd00::1"


def test_a_trailing_dot_of_a_name_is_dropped():
    data = having(good(), *SERVICE, "record", "app.shop.test.")
    (service,) = settings_file.parse(toml(having(data, *SERVICE, "domain", "shop.test."))).services

    assert (service.record, service.domain) == ("app.shop.test", "shop.test")


FIELDS = {
    f"{heading(table)} {key}": field
    for table in family(File)
    for key, field in keys(table).items()
    if not below(field)
}


@pytest.mark.parametrize(("place", "field"), FIELDS.items(), ids=FIELDS)
def test_every_example_that_a_refusal_shows_is_accepted_or_is_known_as_an_example(place, field):
    value = settings_file.toml(Table.written("x", field.examples[0]))["x"]
    reader = TypeAdapter(
        Annotated[field.annotation, *field.metadata, field.alias], config=Table.model_config
    )

    if place.rpartition(" ")[2] in ("domain", "record", "host", "ipv4", "ipv6"):
        with pytest.raises(ValidationError, match="only an example"):
            reader.validate_python(value)
    else:
        reader.validate_python(value)


def test_a_number_too_long_to_print_is_refused_all_the_same():
    """TOML's hexadecimal numbers are read at any length; Python prints no more than 4300 digits."""
    text = toml(having(good(), *HEALTH, "json", {"count": 0}))

    with pytest.raises(SettingsRefused, match="a very long number"):
        settings_file.parse(text.replace("= 0 ", f"= 0x{'f' * 9000} "))
