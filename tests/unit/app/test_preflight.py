"""The preflight in a world: what is wrong there is found, and nothing else; nothing is changed."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from failover.errors import StoreUnusable, TokenUnavailable
from failover.health.probe import Reason
from failover.preflight.facts import Alarm, Grants
from failover.preflight.finding import Check
from failover.publication.proof import Heard
from failover.settings.model import UNRESOLVED, Data
from failover.settings.shards import assigned
from failover.staleness.global_table import GlobalTable
from failover.zone.access import Access
from tests.support.inspection import MemoryInspection
from tests.support.world import refused, unavailable
from tests.unit.app.desk import Desk, at_desk
from tests.unit.app.stage import EAST, EAST6, SHOP, SHOP6, WEST, WEST6

DAY = 86400.0
ENOUGH = Access(scopes=frozenset({"domains:read_write"}))


class Hangar(Desk):
    """A desk where the preflight can ask everything."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.inspection = MemoryInspection(self.hub)
        self.world = replace(
            self.world, inspection=self.inspection.ports, release="r1", memory=lambda: 0.5
        )
        self.dns.token = ENOUGH

    def preflight(self, **keys: object) -> dict[str, Any]:
        """The answer of the control function."""
        return self.send({"command": "preflight", **keys})


def hangar(service=SHOP, addresses=EAST, **settings: object) -> Hangar:
    """A shop that has pointed east for five minutes, and its monitor has just stopped."""
    found = Hangar()
    found.set_up(service, **settings).pointing_at(addresses).run(300)
    return found


def told(answer: Mapping[str, Any]) -> list[tuple[str, str | None, str]]:
    """The name, the service and the level of every finding."""
    return [(each["check"], each["service"], each["level"]) for each in answer["findings"]]


def wrong(answer: Mapping[str, Any]) -> list[str]:
    """The names of what was found, without what was not checked."""
    return [name for name, _, level in told(answer) if level != "not checked"]


def test_a_healthy_deployment_is_ready() -> None:
    answer = hangar().preflight()

    assert answer["findings"] == []
    assert answer["summary"] == [
        f"READY: {len(Check)} checks of 1 service, 0 errors, 0 warnings, 0 not checked"
    ]
    assert answer["ready"] is True


def test_nothing_is_written_but_the_report() -> None:
    desk = hangar()
    before = desk.table()
    desk.preflight()

    assert desk.table() == before
    assert desk.puts == []
    assert [*desk.store.preflights] == [("shop", "eu-west-1")]


def expiring(desk: Hangar) -> None:
    desk.inspection.certificates[WEST.ipv4] = desk.hub.now() + 3 * DAY


def disabled(desk: Hangar) -> None:
    desk.dns.active = False


def looked_at_by(name: str, **changes: object) -> Callable[[Hangar], None]:
    """Something else that the preflight alone can see."""
    return lambda desk: setattr(
        desk.inspection, name, replace(getattr(desk.inspection, name), **changes)
    )


def cname(desk: Hangar) -> None:
    desk.dns.add("app", "CNAME", "else.example")


def day_long(desk: Hangar) -> None:
    [number] = desk.dns.records
    desk.dns.records[number] = replace(desk.dns.records[number], ttl=86400)


def lost_scope(desk: Hangar) -> None:
    desk.dns.token = Access(scopes=frozenset({"domains:read_only"}))


def bad_token(desk: Hangar) -> None:
    desk.dns.token = Access(refused="GET /domains: 401", scopes=ENOUGH.scopes)
    desk.dns.on_list = refused(401)


def no_token(desk: Hangar) -> None:
    def missing() -> None:
        raise TokenUnavailable("no such parameter")

    desk.dns.on_list = missing


def unlisted(desk: Hangar) -> None:
    desk.dns.on_list = unavailable


def silent(desk: Hangar) -> None:
    desk.hub.time += 3600.0


def unserved(desk: Hangar) -> None:
    desk.witness.served_after = 1e12


def no_alerts(desk: Hangar) -> None:
    desk.world = replace(desk.world, alerts=None)


def full(desk: Hangar) -> None:
    desk.world = replace(desk.world, memory=lambda: 0.9)
    desk.run(60)


def older(desk: Hangar) -> None:
    desk.world = replace(desk.world, release="r2")


WORLDS: dict[Check, Callable[[Hangar], object]] = {
    Check.TOKEN_UNREADABLE: no_token,
    Check.TOKEN_REFUSED: bad_token,
    Check.TOKEN_LACKS_SCOPE: lost_scope,
    Check.DOMAIN_NOT_GRANTED: lambda d: setattr(
        d.inspection, "granted", Grants(restricted=True, domains={7: None})
    ),
    Check.RECORDS_UNREAD: unlisted,
    Check.DOMAIN_INACTIVE: disabled,
    Check.RECORD_IN_THE_WAY: cname,
    Check.TTL_DIFFERS: day_long,
    Check.NOT_DELEGATED: lambda d: setattr(d.inspection, "delegated", ("ns.other.example",)),
    Check.NAME_SERVER_SILENT: unserved,
    Check.REGION_UNHEALTHY: lambda d: d.prober.down.update({WEST.ipv4: Reason.REFUSED}),
    Check.REGION_CERTIFICATE: lambda d: d.prober.down.update({WEST.ipv4: Reason.TLS}),
    Check.REGION_WRONG: lambda d: d.prober.says.update({WEST.ipv4: "us-east-1"}),
    Check.REGION_CERTIFICATE_ENDS: expiring,
    Check.VANTAGE_SILENT: silent,
    Check.ITEM_UNUSABLE: lambda d: setattr(d.store, "unusable", ("the item pk=x is wrong",)),
    Check.TABLE_UNPROTECTED: looked_at_by("control", protected=False),
    Check.NO_SUBSCRIBER: lambda d: setattr(d.inspection, "subscribed", 0),
    Check.ALARM_MISSING: lambda d: setattr(d.inspection, "alarmed", ()),
    Check.ALARM_SILENT: lambda d: setattr(
        d.inspection, "alarmed", (Alarm("shop-drift", enabled=False, actions=1),)
    ),
    Check.MEMORY_LOW: full,
    Check.RELEASE_DIFFERS: older,
    Check.CONCURRENCY_LOW: lambda d: setattr(d.inspection, "at_once", 5),
    Check.NO_TOPIC: no_alerts,
    Check.PAUSED: lambda d: d.order("pause", until="4h"),
    Check.PINNED: lambda d: d.order("pin", region="east", until="4h"),
    Check.STOP_SWITCH_ON: lambda d: d.order("pause", service="*", until="4h"),
}


@pytest.mark.parametrize(("check", "spoil"), WORLDS.items(), ids=WORLDS)
def test_what_is_wrong_in_the_world_is_found_and_nothing_else(check: Check, spoil) -> None:
    desk = hangar()
    spoil(desk)

    assert wrong(desk.preflight()) == [check]


def test_a_probe_that_fails_once_is_repeated_and_no_finding() -> None:
    desk = hangar()
    desk.prober.asked.clear()
    desk.prober.every_second.add(WEST.ipv4)

    assert desk.preflight()["findings"] == []


def test_a_table_that_is_away_leaves_unchecked_what_it_holds() -> None:
    desk = hangar()
    desk.store.away = True
    answer = desk.preflight()

    assert wrong(answer) == ["table_unavailable"]
    assert ("not_managed", "shop", "not checked") in told(answer)
    assert [each["app"] for each in desk.telemetry.told("preflight_not_kept")] == ["shop"]


def test_a_decision_that_cannot_be_used_is_named(monkeypatch) -> None:
    desk = hangar()

    def read(_service: str) -> None:
        raise StoreUnusable("the item pk=service#shop sk=decision cannot be used")

    monkeypatch.setattr(desk.store, "read", read)
    answer = desk.preflight()

    assert wrong(answer) == ["item_unusable"]
    assert ("not_managed", "shop", "not checked") in told(answer)


def test_what_nothing_here_can_ask_is_not_checked() -> None:
    """From a laptop before the first deployment, say."""
    answer = at_desk().send({"command": "preflight"})

    assert wrong(answer) == []
    assert {name for name, *_ in told(answer)} == {
        "token_lacks_scope",
        "token_too_wide",
        "token_ends",
        "rate_limit_low",
        "release_differs",
        "memory_low",
        "table_not_strong",
        "table_unprotected",
        "table_not_recoverable",
        "no_subscriber",
        "alarm_missing",
        "alarm_silent",
        "concurrency_low",
        "domain_not_granted",
        "not_delegated",
        "serials_differ",
        "resolver_differs",
        "ttl_served_longer",
        "negative_ttl_long",
        "region_certificate_ends",
    }


def test_what_does_not_answer_is_not_checked_and_says_why() -> None:
    desk = hangar()
    desk.inspection.away |= {"grants", "delegation", "certificates", "table", "subscribers"}
    answer = desk.preflight()

    assert answer["ready"] is True
    assert "not checked no_subscriber: subscribers: no answer" in answer["summary"]
    assert "not checked domain_not_granted: GET /profile/grants: 403" in answer["summary"]


def test_both_families_are_probed() -> None:
    desk = hangar(SHOP6, EAST6)
    assert WEST6.ipv6
    desk.prober.down[WEST6.ipv6] = Reason.RESET
    both = frozenset({EAST6.ipv4}), frozenset({EAST6.ipv6 or ""})
    desk.inspection.resolving = (Heard("1.1.1.1", *both),)

    [found] = desk.preflight()["findings"]
    assert (found["check"], found["about"]) == ("region_ipv6", "west")
    assert found["fix"].startswith("Correct the IPv6 address of the region")


def labelled() -> Hangar:
    """A shop whose west is a NodeBalancer."""
    east, west = SHOP.regions
    service = replace(
        SHOP, regions=(east, replace(west, addresses=UNRESOLVED, nodebalancer="shop-west"))
    )
    desk = Hangar()
    desk.dns.token = Access(scopes=frozenset({"domains:read_write", "nodebalancers:read_only"}))
    desk.balancers.found["shop-west"] = WEST
    desk.set_up(service).pointing_at(EAST).run(300)
    return desk


def test_a_nodebalancer_with_another_address_is_found() -> None:
    desk = labelled()
    assert desk.preflight()["findings"] == []
    desk.balancers.found["shop-west"] = replace(WEST, ipv4="127.0.1.77")

    assert wrong(desk.preflight()) == ["balancer_changed"]


def test_an_address_that_is_lost_with_its_nodebalancer_is_found() -> None:
    desk = labelled()
    desk.inspection.lost_with_it.add(WEST.ipv4)

    assert wrong(desk.preflight()) == ["balancer_not_reserved"]


def test_before_the_monitor_ran_labels_are_looked_up_now() -> None:
    desk = labelled()
    desk.store.lookups.clear()
    desk.store.states.clear()

    assert wrong(desk.preflight()) == ["not_managed"]


def test_a_label_that_the_account_lacks_is_found() -> None:
    desk = labelled()
    desk.store.lookups.clear()
    desk.store.states.clear()
    desk.balancers.found.clear()

    assert wrong(desk.preflight()) == ["not_managed", "balancer_missing"]


def test_what_is_behind_a_nodebalancer_is_checked() -> None:
    desk = labelled()
    desk.inspection.behind = replace(desk.inspection.behind, up=1, down=2)

    [found] = desk.preflight()["findings"]
    assert (found["check"], found["about"]) == ("back_ends_down", "west")


def test_a_label_counts_as_the_shard_of_its_service_has_found_it() -> None:
    desk = labelled()
    blogs = tuple(replace(SHOP, name=f"s{i}", record=f"s{i}.shop.test") for i in range(120))
    desk.settings = replace(desk.settings, services=(*desk.settings.services, *blogs), shards=3)
    shard = assigned(desk.settings)["shop"]
    assert shard, "a shard whose item is not that of the vantage"
    desk.store.lookups = {f"eu-west-1#{shard}": desk.store.lookups["eu-west-1"]}
    desk.store.states.clear()
    desk.balancers.found["shop-west"] = replace(WEST, ipv4="127.0.1.77")

    found = desk.preflight(service="shop")["findings"]
    assert [each["saw"] for each in found if each["check"] == "balancer_changed"] == [
        "the NodeBalancer shop-west of west has 127.0.1.77; 127.0.1.2 is in use"
    ]


def test_of_very_many_services_what_was_not_checked_is_only_counted() -> None:
    desk = hangar()
    blogs = tuple(replace(SHOP, name=f"s{i}", record=f"s{i}.shop.test") for i in range(120))
    desk.settings = replace(desk.settings, services=(SHOP, *blogs), shards=2)
    desk.inspection.away.add("certificates")
    answer = desk.preflight()

    assert answer["not_checked"] > 200
    assert "not checked" not in {level for _, _, level in told(answer)}


def test_balancers_that_cannot_be_listed_are_not_checked() -> None:
    desk = labelled()
    desk.balancers.on_list = unavailable
    answer = desk.preflight()

    assert wrong(answer) == []
    names = "balancer_missing, balancer_changed, balancer_region, balancer_not_reserved"
    assert f"not checked {names}: no answer" in answer["summary"]


def test_the_replicas_of_the_data_are_described() -> None:
    data = Data(table="orders", max_age=60.0, accept_stale_after=0.0)
    desk = hangar(replace(SHOP, data=data))
    desk.replicas.tables["orders"] = GlobalTable(
        "eventual",
        {"us-east-1": "ACTIVE", "us-west-2": "CREATING"},
        protected=True,
        recoverable=True,
    )
    desk.replicas.down.add("us-east-1")
    answer = desk.preflight()

    assert wrong(answer) == ["replica_unknown", "replica_inactive", "data_not_measured"]


def test_one_service_may_be_asked_about_and_then_nothing_is_kept() -> None:
    blog = replace(SHOP, name="blog", record="blog.shop.test")
    desk = hangar()
    desk.settings = replace(desk.settings, services=(SHOP, blog))
    answer = desk.preflight(service="shop")

    assert {service for _, service, _ in told(answer)} <= {None, "shop"}
    assert not desk.store.preflights


def test_a_newer_report_stands() -> None:
    desk = hangar()
    desk.preflight()
    newer = replace(desk.store.preflights["shop", "eu-west-1"], at=desk.hub.now() + 60.0)
    desk.store.preflights["shop", "eu-west-1"] = newer
    desk.preflight()

    assert desk.store.preflights["shop", "eu-west-1"] is newer


def test_each_preflight_leaves_a_line_in_the_log() -> None:
    desk = hangar()
    desk.prober.down[WEST.ipv4] = Reason.REFUSED
    desk.preflight()

    [line] = desk.telemetry.told("preflight")
    assert (line["ready"], line["errors"], line["wrong"]) == (
        False,
        1,
        ["region_unhealthy (shop west)"],
    )


def test_services_for_which_there_is_no_time_are_not_checked() -> None:
    services = tuple(replace(SHOP, name=f"s{i}", record=f"s{i}.shop.test") for i in range(100))
    desk = hangar()
    desk.settings = replace(desk.settings, services=services)
    desk.prober.down.update({EAST.ipv4: Reason.DEADLINE, WEST.ipv4: Reason.DEADLINE})
    began = desk.hub.now()
    answer = desk.preflight()

    assert desk.hub.now() - began < 50.0
    late = {each["service"] for each in answer["findings"] if "no time left" in each["saw"]}
    assert 0 < len(late) < 80


def test_twenty_services_take_less_than_thirty_seconds_where_everything_hangs() -> None:
    """Each region takes its whole timeout, twice."""
    services = tuple(replace(SHOP, name=f"s{i}", record=f"s{i}.shop.test") for i in range(20))
    desk = hangar()
    desk.settings = replace(desk.settings, services=services)
    desk.prober.down.update({EAST.ipv4: Reason.DEADLINE, WEST.ipv4: Reason.DEADLINE})
    began = desk.hub.now()
    desk.preflight()

    assert desk.hub.now() - began < 30.0
