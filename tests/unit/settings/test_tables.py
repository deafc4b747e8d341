"""How the tables of a settings file go together, and what is told when they do not."""

import pytest

from failover.settings import settings_file
from failover.settings.model import UNRESOLVED, Addresses, Data, Region, Routing
from failover.settings.tables import File
from tests.support.settings_file import (
    HEALTH,
    REGION,
    SERVICE,
    good,
    having,
    problems,
    toml,
    without,
)

OTHER_REGION = (*SERVICE, "region", 1)


def second_service(**changes) -> dict:
    (service,) = good()["service"]
    other = {"name": "blog", "record": "blog.shop.test"}
    return having(good(), "service", [service, service | other | changes])


def test_two_services_may_share_the_addresses_of_their_regions():
    assert len(settings_file.parse(toml(second_service())).services) == 2


@pytest.mark.parametrize(("field", "value"), [("name", "shop"), ("record", "app.shop.test")])
def test_two_services_never_share_a_name_or_a_record(field, value):
    (text,) = problems(second_service(**{field: value}))

    assert text.startswith('service[1] "shop"' if field == "name" else 'service "blog"')
    assert f'.{field}: found "{value}", which another service has' in text


def test_a_trailing_dot_does_not_make_another_record():
    (text,) = problems(second_service(record="app.shop.test."))

    assert "which another service has" in text


@pytest.mark.parametrize(
    ("field", "value"), [("name", "us-east"), ("ipv4", "10.0.0.1"), ("ipv6", "0:0::1")]
)
def test_two_regions_of_a_service_never_share_a_name_or_an_address(field, value):
    (text,) = problems(having(good(), *OTHER_REGION, field, value))

    assert f'.{field}: found "{value}", which another region of the service has' in text


def test_a_service_has_ipv6_in_every_region_or_in_none():
    (text,) = problems(without(good(), *REGION, "ipv6"))

    assert text.startswith('service "shop".region "us-east".ipv6: missing; allowed is')
    assert "every region has one, or none" in text


def test_a_service_without_any_ipv6_is_fine():
    data = without(without(good(), *REGION, "ipv6"), *OTHER_REGION, "ipv6")
    (service,) = settings_file.parse(toml(data)).services

    assert [region.addresses.ipv6 for region in service.regions] == [None, None]


def test_a_service_has_at_least_two_regions_and_the_mistakes_of_the_one_are_named_too():
    data = without(good(), *OTHER_REGION)

    assert [text.partition(";")[0] for text in problems(having(data, *REGION, "ipv4", 1))] == [
        'service "shop".region "us-east".ipv4: found 1',
        'service "shop".region[1]: missing',
    ]


def test_a_service_has_a_bounded_number_of_regions():
    regions = [
        {"name": f"r{i}", "aws_region": "us-east-1", "ipv4": f"10.0.0.{i}"} for i in range(1, 18)
    ]
    (text,) = problems(having(good(), *SERVICE, "region", regions))

    assert text.startswith(
        'service "shop".region: found a list; allowed is a list of 2 to 16 tables'
    )


def test_a_file_has_at_least_one_service():
    assert [text.partition(";")[0] for text in problems(without(good(), "service"))] == [
        "service: missing"
    ]


def test_a_single_bracket_for_a_service_is_told_to_be_a_double_one():
    (text,) = problems(having(good(), "service", good()["service"][0]))

    assert text == (
        "service: found a table; allowed is a list of 1 or more tables, each under [[service]]"
    )


def test_a_mistyped_key_is_told_the_right_one():
    (text,) = problems(having(good(), *HEALTH, "intervall", "10s"))

    assert ".health.intervall: unknown key; did you mean interval?" in text


def test_an_unknown_key_is_told_all_that_are_known_and_its_value_is_not_repeated():
    (text,) = problems(having(good(), "linode_token", "a secret"))

    assert text.startswith("linode_token: unknown key; allowed are revision, vantages, ")
    assert "secret" not in text


@pytest.mark.parametrize(
    ("location", "place"),
    [
        ((*HEALTH, "ttl"), "[[service]]"),
        ((*SERVICE, "timeout"), "[service.health]"),
        ((*HEALTH, "references"), "the top of the file, above [[service]]"),
    ],
)
def test_a_key_in_the_wrong_table_is_told_its_place(location, place):
    """In TOML a key below a heading belongs to that heading, however it is indented."""
    (text,) = problems(having(good(), *location, 1))

    assert text.endswith(f"unknown key; its place is {place}")


LABELLED = {"name": "us-east", "aws_region": "us-east-1", "nodebalancer": "lb-us-east"}


def test_a_region_may_name_its_nodebalancer_instead_of_its_addresses():
    """What the others have does not matter: its addresses are not known here."""
    (service,) = settings_file.parse(toml(having(good(), *REGION, LABELLED))).services

    assert service.regions[0] == Region("us-east", "us-east-1", UNRESOLVED, "lb-us-east")
    assert service.regions[1].addresses == Addresses("10.0.0.2", "::2")


@pytest.mark.parametrize("field", ["ipv4", "ipv6"])
def test_a_region_has_addresses_or_a_label_and_never_both(field):
    value = good()["service"][0]["region"][0][field]
    (text,) = problems(having(good(), *REGION, LABELLED | {field: value}))

    assert text == (
        f'service "shop".region "us-east".{field}: found "{value}", beside nodebalancer;'
        " allowed is one of the two: addresses, or a label"
    )


def test_a_region_without_either_is_told_both():
    text, _ = problems(without(having(good(), *REGION, LABELLED), *REGION, "nodebalancer"))

    assert ".ipv4: missing; allowed is the public IPv4 address" in text
    assert "(or its label, in nodebalancer)" in text


def test_two_regions_of_a_service_never_share_a_label():
    data = having(good(), *REGION, LABELLED)
    (text,) = problems(having(data, *OTHER_REGION, LABELLED | {"name": "eu-west"}))

    assert 'nodebalancer: found "lb-us-east", which another region of the service has' in text


def test_every_healthy_region_may_be_asked_for():
    (service,) = settings_file.parse(
        toml(having(good(), *SERVICE, "routing", "multivalue"))
    ).services

    assert service.routing is Routing.MULTIVALUE


def test_a_service_has_no_data_unless_it_says_so():
    (service,) = settings_file.parse(toml(good())).services

    assert service.data is None


def test_of_the_data_only_its_table_must_be_named():
    (service,) = settings_file.parse(
        toml(having(good(), *SERVICE, "data", {"table": "orders"}))
    ).services

    assert service.data == Data("orders", max_age=60.0, accept_stale_after=0.0)
    assert service.data.item("us-east-1") == {"pk": "heartbeat", "sk": "us-east-1"}
    assert service.data.mark("eu-west-1") == "heartbeat_eu-west-1"


def test_a_region_need_not_say_where_its_data_is():
    (service,) = settings_file.parse(toml(without(good(), *REGION, "aws_region"))).services

    assert service.regions[0].aws_region is None
    assert service.aws_regions() == ("eu-west-1",)


@pytest.mark.parametrize("table", ["orders", "or"])
def test_every_region_of_a_service_with_data_says_where_it_is(table):
    data = having(good(), *SERVICE, "data", {"table": table})
    *_, text = problems(without(data, *REGION, "aws_region"))

    assert text == (
        'service "shop".region "us-east".aws_region: missing; allowed is an AWS region, for example'
        ' aws_region = "eu-west-1"'
    )


def test_the_table_is_its_owners_with_the_key_that_it_has():
    key = {"kind": "heartbeat", "id": "region-{region}"}
    data = {"table": "orders", "key": key, "attribute": "beat.{vantage}"}
    (service,) = settings_file.parse(toml(having(good(), *SERVICE, "data", data))).services

    assert service.data.item("us-east-1") == {"kind": "heartbeat", "id": "region-us-east-1"}
    assert service.data.mark("eu-west-1") == "beat.eu-west-1"


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("table", "or", 'found "or"; allowed is the name'),
        ("max_age", "9s", 'found "9s"; allowed is a duration from "10s"'),
        ("accept_stale_after", 300, "found 300, a number without a unit"),
        ("key", "heartbeat", 'found "heartbeat"; allowed is one or two key attributes'),
        ("key", {}, "allowed is one or two key attributes"),
        ("key", {"a": "{region}", "b": "1", "c": "2"}, "allowed is one or two key attributes"),
        ("key", {"pk": "heartbeat"}, "without {region}, so that all regions would have one item"),
        ("key", {"pk": "{region}", "sk": 1}, 'where "sk" is 1'),
        ("key", {"pk": "{region}{vantage}"}, 'where "pk" is "{region}{vantage}"'),
        ("key", {"p k": "{region}"}, 'where "p k" cannot be a name'),
        ("attribute", "at", "without {vantage}, so that vantages would write over each other"),
        ("attribute", "at {vantage}", "allowed is the name of an attribute, with {vantage} in it"),
    ],
)
def test_what_cannot_be_a_heartbeats_place_is_refused(field, value, why):
    (text,) = problems(having(good(), *SERVICE, "data", {"table": "orders", field: value}))

    assert f'"shop".data.{field}: ' in text
    assert why in text


def test_a_heartbeat_is_kept_in_no_attribute_of_the_key():
    data = {"table": "orders", "key": {"eu-west-1": "{region}"}, "attribute": "{vantage}"}
    (text,) = problems(having(good(), *SERVICE, "data", data))

    assert '.data.attribute: found "{vantage}", which is an attribute of the key' in text


def test_patience_with_stale_data_is_a_part_of_the_promise():
    data = having(good(), *SERVICE, "data", {"table": "orders", "accept_stale_after": "5m"})
    (text,) = problems(having(data, *SERVICE, "rto_target", "3m"))

    assert "the settings give 433 s = " in text
    assert "+ 300 (accept_stale_after)" in text


def test_a_promise_is_not_judged_when_the_patience_is_wrong():
    data = having(good(), *SERVICE, "data", {"table": "orders", "accept_stale_after": "5"})
    (text,) = problems(having(data, *SERVICE, "rto_target", "1m"))

    assert ".accept_stale_after: " in text


@pytest.mark.parametrize(
    ("location", "value"),
    [
        ((*REGION, "ipv4"), "192.0.2.1"),
        ((*REGION, "ipv4"), "198.51.100.255"),
        ((*REGION, "ipv4"), "203.0.113.7"),
        ((*REGION, "ipv6"), "2001:DB8:1::1"),
    ],
)
def test_documentation_addresses_are_known_as_examples(location, value):
    (text,) = problems(having(good(), *location, value))

    assert f'found "{value}", which is only an example; write your own: the public IP' in text


@pytest.mark.parametrize("zone", ["example.com", "example.net", "example.org", "example.com."])
def test_documentation_names_are_known_as_examples(zone):
    data = having(good(), *SERVICE, "domain", zone)

    for text in problems(having(data, *SERVICE, "record", f"app.{zone}")):
        assert "which is only an example; write your own: the " in text


def test_a_name_that_only_looks_like_the_example_is_fine():
    data = having(good(), *SERVICE, "domain", "myexample.com")

    settings_file.parse(toml(having(data, *SERVICE, "record", "myexample.com")))


# The promise


def test_an_rto_target_below_the_sum_is_refused_with_the_sum_its_parts_and_the_knobs():
    (text,) = problems(having(good(), *SERVICE, "rto_target", "125s"))

    assert text == (
        'service "shop".rto_target: found "125s", but the settings give 133 s = 10 (interval)'
        " + 5 (fixed) + 10 (2 x confirm_interval) + 8 (2 x timeout) + 10 (fixed)"
        " + 60 (publish_allowance) + 30 (ttl); allowed is that or longer, for example"
        ' rto_target = "133s"; to reach it, set interval = "5s", timeout = "2s"'
    )


def test_an_rto_target_of_the_very_sum_is_accepted():
    settings_file.parse(toml(having(good(), *SERVICE, "rto_target", "133s")))


def test_following_the_advice_makes_the_rto_target_possible():
    data = having(good(), *SERVICE, "rto_target", "125s")

    settings_file.parse(toml(having(data, *HEALTH, {"interval": "5s", "timeout": "2s"})))


@pytest.mark.parametrize(
    ("change", "least"),
    [
        (("vantages", ["eu-west-1", "us-east-2"]), "138 s"),
        (("publish_allowance", "5m"), "373 s"),
    ],
)
def test_what_stands_above_the_services_counts_for_their_promise(change, least):
    data = having(good(), *SERVICE, "rto_target", "133s")
    (text,) = problems(having(data, *change))

    assert f"the settings give {least} = " in text


def test_a_promise_is_judged_beside_other_mistakes_that_do_not_touch_it():
    data = without(having(good(), *SERVICE, "rto_target", "1m"), *SERVICE, "mode")

    assert len(problems(data)) == 2


def test_a_promise_is_not_judged_when_a_part_of_its_sum_is_wrong():
    data = having(having(good(), *SERVICE, "rto_target", "1m"), *SERVICE, "ttl", 1)
    (text,) = problems(data)

    assert ".ttl: " in text


# The digest


def digest(text: str) -> str:
    return settings_file.parse(text).digest


def test_the_digest_is_of_the_meaning_and_not_of_comments_order_or_spelling():
    plain = having(good(), *HEALTH, "timeout", "4s")
    other = having(good(), *HEALTH, "timeout", "4000ms")
    turned = dict(reversed(list(other.items())))

    assert digest(toml(plain)) == digest("# a comment\n" + toml(turned))


@pytest.mark.parametrize(
    "change",
    [
        ("revision", 8),
        (*SERVICE, "ttl", 120),
        (*HEALTH, "status", [200, 204]),
        (*HEALTH, "json", {"status": "ok"}),
        (*REGION, "ipv4", "10.0.0.9"),
        (*SERVICE, "region", list(reversed(good()["service"][0]["region"]))),
    ],
    ids=str,
)
def test_the_digest_changes_with_the_meaning(change):
    assert digest(toml(good())) != digest(toml(having(good(), *change)))


def test_the_digest_is_short_hexadecimal():
    assert len(digest(toml(good()))) == 12
    int(digest(toml(good())), 16)


def test_every_release_gives_a_file_the_same_digest():
    """Otherwise vantages of two releases take each other's settings for another file."""
    data = having(good(), *HEALTH, {"json": {"b": 1, "a": True}, "status": [204, 200]})
    assert digest(toml(data)) == "6dcdaaeb9bb6"


def test_an_editor_is_told_what_a_text_looks_like():
    """The schema that it checks a file by is made from these tables."""
    tables = File.model_json_schema()["$defs"]
    assert tables["HealthTable"]["properties"]["timeout"]["pattern"] == "^(([0-9]{1,9})(ms|s|m|h))$"
    assert tables["ServiceTable"]["properties"]["record"]["pattern"].endswith(r"\.?$")
