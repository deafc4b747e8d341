"""What `make check-config` prints, and how it ends."""

from pathlib import Path

import pytest

from cli import check_config
from tests.support.settings_file import REGION, SERVICE, good, having, toml

OTHER_REGION = (*SERVICE, "region", 1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "failover.toml"


def clean() -> dict:
    """A good file without anything to warn of."""
    data = having(good(), "vantages", ["eu-north-1"])
    for index in (0, 1):
        addresses = {"ipv4": f"172.105.0.{index + 1}", "ipv6": f"2600:3c00::{index + 1}"}
        for key, address in addresses.items():
            data = having(data, *SERVICE, "region", index, key, address)
    return data


def test_a_good_file_is_shown_with_its_sum_and_what_the_sum_leaves_out(file, capsys):
    file.write_text(toml(having(clean(), *SERVICE, "rto_target", "3m")))

    assert check_config.main([str(file)]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.startswith(f"{file}: good (revision 7, digest ")
    assert lines == [
        "",
        "shop: app.shop.test (act), us-east, eu-west",
        "  the next round begins             interval                           10 s",
        "  a beat arrives late               fixed                               5 s",
        "  the failure is confirmed          2 x confirm_interval               10 s",
        "  probes wait for an answer         2 x timeout                         8 s",
        "  the record is written             fixed                              10 s",
        "  Linode's name servers follow      publish_allowance                  60 s",
        "  resolvers forget the old address  ttl                                30 s",
        "  the worst case                                                      133 s",
        "  the promise                       rto_target                        180 s",
        "",
        "Not in these sums:",
        "  The AWS region of the only vantage is down: nothing switches until it is",
        "    back.",
        "  The publisher dies in the middle: + 159 s.",
        "  SQS stops delivering: + 119 s, then ticks stay awake.",
        "  A hundred services switch at once: + 30 s for the last of them.",
        "  Resolvers that keep an answer for longer than its TTL.",
        "  Grey failures that the health endpoint does not see.",
    ]


def test_every_service_has_a_table_and_every_line_fits_80_columns(file, capsys):
    (service,) = clean()["service"]
    other = service | {"name": "b" * 63, "record": f"{'a.' * 100}shop.test", "ttl": 2419200}
    data = having(clean(), "service", [service, other])
    file.write_text(toml(data | {"vantages": ["eu-north-1", "us-east-2"]}))

    assert check_config.main([str(file)]) == 0
    _, *lines = capsys.readouterr().out.splitlines()
    assert sum("the worst case" in line for line in lines) == 2
    assert max(map(len, lines)) <= 80


def test_a_bad_file_is_shown_as_its_problems_one_on_each_line(file, capsys):
    file.write_text(toml(having(having(clean(), "revision", 0), *SERVICE, "ttl", 60)))

    assert check_config.main([str(file)]) == 1
    revision, ttl = capsys.readouterr().out.splitlines()
    assert revision.startswith("line 1: revision: found 0; ")
    assert ttl.startswith('line 3: service "shop".ttl: found 60; ')


def warned(file, capsys, data) -> list[str]:
    """The warnings about a file that is good all the same."""
    file.write_text(toml(data))
    assert check_config.main([str(file)]) == 0
    *_, last = capsys.readouterr().out.split("\n\n")
    return last.splitlines() if last.startswith("warning: ") else []


def test_nothing_is_warned_of_without_a_reason(file, capsys):
    assert warned(file, capsys, clean()) == []


def test_a_vantage_in_the_aws_region_of_a_region_is_warned_of(file, capsys):
    (text,) = warned(file, capsys, having(clean(), "vantages", ["us-east-1"]))

    assert text == (
        'warning: line 2: vantages: "us-east-1" is also the aws_region of service "shop".region'
        ' "us-east"; if that AWS region fails, this vantage fails with it: choose another AWS'
        " region for the vantage"
    )


def test_a_vantage_is_warned_of_once_for_all_services(file, capsys):
    (service,) = clean()["service"]
    many = [service | {"name": f"s{i}", "record": f"s{i}.shop.test"} for i in range(9)]
    (text,) = warned(file, capsys, clean() | {"vantages": ["us-east-1"], "service": many})

    assert 'service "s2".region "us-east" and 6 more; ' in text


def test_two_regions_in_one_aws_region_are_warned_of(file, capsys):
    (text,) = warned(file, capsys, having(clean(), *OTHER_REGION, "aws_region", "us-east-1"))

    assert text.startswith(
        'warning: line 3: service "shop".region "eu-west".aws_region: another region of the service'
        ' has "us-east-1" as well; '
    )


@pytest.mark.parametrize(
    ("key", "address"), [("ipv4", "10.0.0.1"), ("ipv4", "100.64.0.1"), ("ipv6", "fd00::1")]
)
def test_an_address_that_is_not_public_is_warned_of(file, capsys, key, address):
    (text,) = warned(file, capsys, having(clean(), *REGION, key, address))

    assert text == (
        f'warning: line 3: service "shop".region "us-east".{key}: "{address}" is not a public'
        " address; the public cannot reach it"
    )


@pytest.mark.parametrize("location", [("vantages",), (*REGION, "aws_region")], ids=str)
def test_an_aws_region_that_does_not_exist_is_warned_of(file, capsys, location):
    value = ["us-weest-1"] if location == ("vantages",) else "us-weest-1"
    (text,) = warned(file, capsys, having(clean(), *location, value))

    assert '"us-weest-1" is not an AWS region that boto3 knows; check the spelling' in text


def test_warnings_are_told_beside_problems_and_never_twice(file, capsys):
    data = having(having(clean(), "revision", 0), *REGION, "ipv4", "192.0.2.1")
    file.write_text(toml(having(data, *REGION, "ipv6", "fd00::1")))

    assert check_config.main([str(file)]) == 1
    revision, example, private = capsys.readouterr().out.splitlines()
    assert revision.startswith("line 1: revision: ")
    assert "only an example" in example
    assert private.startswith('warning: line 3: service "shop".region "us-east".ipv6: ')


@pytest.mark.parametrize("data", [{"service": 1}, {"service": [1, {"region": 2}], "vantages": 3}])
def test_a_file_of_another_shape_has_problems_and_no_warnings(file, capsys, data):
    file.write_text(toml(data))

    assert check_config.main([str(file)]) == 1
    assert "warning" not in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["a", "b"], ["--help"]])
def test_a_wrong_call_is_told_how_to_call(arguments, capsys):
    assert check_config.main(arguments) == 2
    assert capsys.readouterr().err == "usage: make check-config FILE=deployment/failover.toml\n"


def many(services: int, domains: int = 1) -> dict:
    """So many services like the one of the good file."""
    data = clean()
    (service,) = data["service"]
    copies = [
        service
        | {
            "name": f"shop-{number}",
            "domain": f"shop{number % domains}.test",
            "record": f"app-{number}.shop{number % domains}.test",
        }
        for number in range(services)
    ]
    return data | {"service": copies}


def said(file: Path, capsys, data: dict) -> str:
    file.write_text(toml(data))
    assert check_config.main([str(file)]) == 0
    return " ".join(capsys.readouterr().out.split())


def test_nothing_more_is_said_of_few_services(file, capsys):
    assert "Many services" not in said(file, capsys, many(7))


@pytest.mark.parametrize(("services", "megabytes"), [(8, 512), (45, 512), (46, 1024), (100, 1024)])
def test_what_one_function_probes_says_how_much_memory_it_needs(file, capsys, services, megabytes):
    text = said(file, capsys, many(services))

    assert f"probes {2 * services} addresses in a round" in text
    assert f"MonitorMemory={megabytes} or more" in text
    assert "shards" not in text


def test_more_services_than_one_function_watches_are_told_what_they_need(file, capsys):
    text = said(file, capsys, many(161))
    assert "divided among 3 shards" in text
    assert "BeatConcurrency=9, and ReservedConcurrency=0 or at least 15" in text
    assert "the last switches about 31 s after the first" in text
    assert "listings" not in text


def test_more_domains_than_one_linode_user_carries_are_told(file, capsys):
    data = having(many(450, domains=450), "vantages", ["eu-north-1", "eu-south-1", "eu-west-3"])
    assert "1350 listings in all. One Linode user carries 1200" in said(file, capsys, data)
