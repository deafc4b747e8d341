"""What a settings file may say, and what a person is told about one that says something else."""

import pytest

from failover.errors import SettingsRefused
from failover.settings import settings_file
from failover.settings.model import Failback, Mode, Routing
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

OTHER_REGION = (*SERVICE, "region", 1)


# Everything at once


def test_five_different_errors_in_one_file_are_all_named_in_one_answer():
    data = without(good(), *SERVICE, "mode")
    data = having(data, *SERVICE, "ttl", 60)
    data = having(data, *HEALTH, "timeout", 4)
    data = having(data, *REGION, "ipv4", "10.0.0.300")
    data = having(data, *SERVICE, "healt", {})

    assert sorted(text.partition(":")[0] for text in problems(data)) == [
        'service "shop".healt',
        'service "shop".health.timeout',
        'service "shop".mode',
        'service "shop".region "us-east".ipv4',
        'service "shop".ttl',
    ]


def test_errors_between_fields_are_named_beside_errors_of_fields():
    data = having(good(), "revision", 0)
    data = having(data, *HEALTH, {"timeout": "6s", "failure_threshold": 9})
    data = having(data, *SERVICE, "record", "app.other.test")
    data = having(data, *OTHER_REGION, {"name": "us-east", "aws_region": 1, "ipv4": "10.0.0.1"})

    assert sorted(text.partition(":")[0] for text in problems(data)) == [
        "revision",
        'service "shop".health.confirm_interval',
        'service "shop".health.recovery_threshold',
        'service "shop".record',
        'service "shop".region[1] "us-east".aws_region',
        'service "shop".region[1] "us-east".ipv4',
        'service "shop".region[1] "us-east".ipv6',
        'service "shop".region[1] "us-east".name',
    ]


@pytest.mark.parametrize("domain", ["Shop.test", "example.com", "SHOP.test."])
def test_a_domain_that_is_refused_hides_no_record_outside_it(domain):
    data = having(good(), *SERVICE, "domain", domain)

    assert [
        text.partition(":")[0] for text in problems(having(data, *SERVICE, "record", "a.b"))
    ] == [
        'service "shop".domain',
        'service "shop".record',
    ]


def test_a_record_is_inside_the_domain_that_was_meant():
    (text,) = problems(having(good(), *SERVICE, "domain", "SHOP.test"))

    assert text.startswith('service "shop".domain: found "SHOP.test"; ')


def test_a_record_is_not_judged_by_a_domain_that_is_no_name():
    (text,) = problems(having(good(), *SERVICE, "domain", "shop_test"))

    assert text.startswith('service "shop".domain: ')


def test_a_label_that_is_refused_hides_no_address_beside_it():
    data = having(good(), *REGION, "nodebalancer", "lb us")

    assert [text.partition(";")[0] for text in problems(data)] == [
        'service "shop".region "us-east".nodebalancer: found "lb us"',
        'service "shop".region "us-east".ipv4: found "10.0.0.1", beside nodebalancer',
        'service "shop".region "us-east".ipv6: found "::1", beside nodebalancer',
    ]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("vantages", ["Rome", "eu-west-1", 3]), 'where "Rome" is not one and 3 is not one'),
        (("references", ["ftp://a", "b"]), 'where "ftp://a" is not one and "b" is not one'),
        ((*HEALTH, "json", {"a": [1], "b": 2, "c": {}}), 'where "a" is [1] and "c" is a table'),
        (
            (*SERVICE, "data", {"table": "orders", "key": {"p k": "{region}", "sk": 1}}),
            'where "p k" cannot be a name and "sk" is 1',
        ),
    ],
    ids=str,
)
def test_every_bad_item_of_a_list_is_named(change, why):
    assert f", {why}; allowed " in problem(*change)


def test_of_a_long_list_of_mistakes_only_the_first_are_named():
    text = problem(*HEALTH, "json", {f"key-{i}": [] for i in range(100)})

    assert '"key-5" is [] and 94 more are wrong; allowed' in text


def test_a_problem_says_where_what_was_found_what_is_allowed_and_an_example():
    assert problem(*HEALTH, "timeout", "11s") == (
        'service "shop".health.timeout: found "11s"; allowed is a duration from "50ms" to "10s",'
        ' for example timeout = "4s"'
    )


def test_a_missing_field_says_what_to_write():
    (text,) = problems(without(good(), "revision"))

    assert text == (
        "revision: missing; allowed is a whole number from 1 to 1000000000000,"
        " for example revision = 1"
    )


def test_a_default_that_another_field_makes_impossible_is_called_a_default():
    assert problem(*HEALTH, "timeout", "7s") == (
        'service "shop".health.confirm_interval: "5s" by default; allowed is longer than'
        ' timeout, "7s", for example confirm_interval = "8s"'
    )


# Defaults


def test_a_file_says_only_what_it_must_and_the_rest_has_defaults():
    settings = settings_file.parse(toml(good()))
    (service,) = settings.services
    health = service.health

    assert (settings.revision, settings.vantages) == (7, ("eu-west-1",))
    assert settings.publish_allowance == 60
    assert settings.references == (
        "https://api.linode.com/v4/regions",
        "https://one.one.one.one/",
    )
    assert (service.mode, service.routing, service.ttl) == (Mode.ACT, Routing.FAILOVER, 30)
    assert (service.failback, service.failback_after) == (Failback.MANUAL, 600)
    assert (service.flip_budget, service.rto_target, service.data) == (4, None, None)
    assert (health.scheme, health.port, health.path) == ("https", 443, "/health")
    assert (health.status, health.json) == ({200}, {"status": "healthy"})
    assert (health.timeout, health.confirm_interval, health.interval) == (4, 5, 10)
    assert health.failure_threshold == health.clear_threshold == 3
    assert health.recovery_threshold == 6


def test_the_order_of_the_regions_is_kept_because_it_is_preference():
    (service,) = settings_file.parse(toml(good())).services

    assert [region.name for region in service.regions] == ["us-east", "eu-west"]


def test_plain_http_has_port_80_by_default():
    assert accepted(*HEALTH, "scheme", "http").services[0].health.port == 80


def test_a_port_of_its_own_wins_over_the_default():
    assert accepted(*HEALTH, {"scheme": "http", "port": 8080}).services[0].health.port == 8080


def many(count: int) -> dict:
    (service,) = good()["service"]
    names = ({"name": f"shop-{i}", "record": f"s{i}.shop.test"} for i in range(count))
    return having(good(), "service", [service | name for name in names])


@pytest.mark.parametrize(("count", "written"), [(10, True), (11, False)])
def test_metrics_of_each_region_are_written_by_default_for_up_to_ten_services(count, written):
    assert settings_file.parse(toml(many(count))).region_metrics is written


@pytest.mark.parametrize("asked", [True, False])
def test_metrics_of_each_region_are_written_as_the_file_says(asked):
    assert (
        settings_file.parse(toml(having(many(11), "region_metrics", asked))).region_metrics is asked
    )


@pytest.mark.parametrize(
    ("wrong", "fine"),
    [
        ({"timeout": 4}, {"confirm_interval": "200ms"}),
        ({"confirm_interval": 5, "timeout": "50ms"}, {"interval": "200ms"}),
        ({"failure_threshold": "3"}, {"recovery_threshold": 1}),
    ],
)
def test_a_value_is_not_compared_with_one_that_is_refused(wrong, fine):
    (text,) = problems(having(good(), *HEALTH, {**wrong, **fine}))

    assert text.startswith(f'service "shop".health.{next(iter(wrong))}: ')


@pytest.mark.parametrize(("more", "fits"), [(0, True), (1, False)])
def test_a_file_may_be_as_large_as_the_limit(tmp_path, more, fits):
    file = tmp_path / "failover.toml"
    file.write_bytes(b"#" * (settings_file.LARGEST_FILE + more))
    if fits:
        assert len(settings_file.read(file)) == settings_file.LARGEST_FILE
    else:
        with pytest.raises(SettingsRefused, match="larger than 2 MiB"):
            settings_file.read(file)


@pytest.mark.parametrize(("before", "line"), [(b"", 1), (b"\n", 2), (b"a = 1\nb = 2\n# ", 3)])
def test_what_is_not_utf_8_is_told_by_its_line(tmp_path, before, line):
    file = tmp_path / "failover.toml"
    file.write_bytes(before + b"\xff\n\n")
    with pytest.raises(SettingsRefused, match=rf"not UTF-8 text \(line {line}\)"):
        settings_file.read(file)
