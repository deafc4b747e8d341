"""What `make check-config` prints, and how it ends."""

from pathlib import Path

import pytest

from cli import check_config
from tests.support.settings_file import SERVICE, good, having, toml


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "failover.toml"


def test_a_good_file_is_shown_with_its_sum_and_what_the_sum_leaves_out(file, capsys):
    file.write_text(toml(having(good(), *SERVICE, "rto_target", "3m")))

    assert check_config.main([str(file)]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.startswith(f"{file}: good (revision 7, digest ")
    assert lines == [
        "",
        "shop: app.shop.test (act), us-east, eu-west",
        "  the next round begins             interval                           10 s",
        "  the failure is confirmed          2 x confirm_interval               10 s",
        "  probes wait for an answer         2 x timeout                         8 s",
        "  the record is written             fixed                              10 s",
        "  Linode's name servers follow      publish_allowance                  60 s",
        "  resolvers forget the old address  ttl                                30 s",
        "  the worst case                                                      128 s",
        "  the promise                       rto_target                        180 s",
        "",
        "Not in these sums:",
        "  The AWS region of the only vantage is down: nothing switches until it is",
        "    back.",
        "  The publisher dies in the middle: + 159 s.",
        "  A hundred services switch at once: + 30 s for the last of them.",
        "  Resolvers that keep an answer for longer than its TTL.",
        "  Grey failures that the health endpoint does not see.",
    ]


def test_every_service_has_a_table_and_every_line_fits_80_columns(file, capsys):
    (service,) = good()["service"]
    other = service | {"name": "b" * 63, "record": f"{'a.' * 100}shop.test", "ttl": 2419200}
    data = having(good(), "service", [service, other])
    file.write_text(toml(data | {"vantages": ["eu-west-1", "us-east-2"], "tick_length": "0s"}))

    assert check_config.main([str(file)]) == 0
    _, *lines = capsys.readouterr().out.splitlines()
    assert sum("the worst case" in line for line in lines) == 2
    assert max(map(len, lines)) <= 80


def test_a_bad_file_is_shown_as_its_problems_one_on_each_line(file, capsys):
    file.write_text(toml(having(having(good(), "revision", 0), *SERVICE, "ttl", 60)))

    assert check_config.main([str(file)]) == 1
    revision, ttl = capsys.readouterr().out.splitlines()
    assert revision.startswith("line 1: revision: found 0; ")
    assert ttl.startswith('line 3: service "shop".ttl: found 60; ')


@pytest.mark.parametrize("arguments", [[], ["a", "b"], ["--help"]])
def test_a_wrong_call_is_told_how_to_call(arguments, capsys):
    assert check_config.main(arguments) == 2
    assert capsys.readouterr().err == "usage: make check-config FILE=deployment/failover.toml\n"
