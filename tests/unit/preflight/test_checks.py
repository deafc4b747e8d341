"""Each check finds its fault and no other, and nothing where nothing is wrong."""

from dataclasses import fields, replace

import pytest

from failover.health.probe import Reason
from failover.preflight import words
from failover.preflight.checks import OF_DEPLOYMENT, OF_SERVICE, run
from failover.preflight.facts import ControlTable, Facts, Grants, OfService, Token
from failover.preflight.finding import OF_A_STACK, WARNINGS, Check, Finding, Level, Unknown
from failover.publication.parts import Phase
from failover.publication.proof import Heard, Said
from failover.zone.access import Access
from tests.support.builders import NOW
from tests.unit.preflight.scenes import (
    FAULTS,
    FINE,
    OTHER_FAULTS,
    REASON,
    Fault,
    behind,
    facts_with,
    failing,
    healthy,
    kept,
    of_service,
    region_with,
    replica,
    service_with,
    state_with,
    voting,
)

CASES = {
    **{check.value: (check, fault) for check, fault in FAULTS.items()},
    **OTHER_FAULTS,
}


def wrong(findings: tuple[Finding, ...]) -> list[Finding]:
    """What was found, without what was not checked."""
    return [finding for finding in findings if finding.level is not Level.NOT_CHECKED]


def unchecked(facts: Facts) -> set[Check]:
    """The checks that could not be made."""
    return {each.check for each in run(facts) if each.level is Level.NOT_CHECKED}


@pytest.mark.parametrize("spoil", FINE.values(), ids=FINE)
def test_nothing_is_found_where_nothing_is_wrong(spoil) -> None:
    assert run(spoil(healthy())) == ()


@pytest.mark.parametrize(("check", "fault"), CASES.values(), ids=CASES)
def test_a_fault_is_found_under_its_name_and_nothing_else(check: Check, fault: Fault) -> None:
    [found] = wrong(run(fault.spoil(healthy())))

    assert found.check is check
    assert found.about == fault.about
    assert found.level is (Level.WARNING if check in WARNINGS else Level.ERROR)
    assert found.service == ("shop" if check in OF_SERVICE else None)


@pytest.mark.parametrize(("check", "fault"), CASES.values(), ids=CASES)
def test_a_finding_says_what_was_seen_why_it_matters_and_what_fixes_it(check, fault) -> None:
    [found] = wrong(run(fault.spoil(healthy())))

    assert fault.says in words.seen(found)
    for line in (words.seen(found), words.why(found), words.fix(found)):
        assert line
        assert "\n" not in line


def test_every_check_runs_once_and_has_a_fault_that_it_finds() -> None:
    assert [*OF_DEPLOYMENT, *OF_SERVICE] == list(Check)
    assert set(FAULTS) == set(Check)
    assert list(words.ROWS) == list(Check)


UNKNOWN = {
    field.name
    for kind in (Facts, OfService)
    for field in fields(kind)
    if "Unknown" in str(field.type)
} - {"services", "gate", "reading", "replicas"}


@pytest.mark.parametrize("name", sorted(UNKNOWN))
def test_what_is_not_known_has_not_passed(name: str) -> None:
    """The checks that need it say so, and nothing is found in its place."""
    is_of_service = name in {field.name for field in fields(OfService)}
    spoil = of_service(**{name: REASON}) if is_of_service else facts_with(**{name: REASON})
    findings = run(spoil(healthy()))

    assert findings
    assert {(each.level, each.reason) for each in findings} == {(Level.NOT_CHECKED, "nobody asked")}
    assert {words.seen(each) for each in findings} == {"nobody asked"}


def test_records_that_cannot_be_read_leave_all_about_them_unchecked() -> None:
    facts = of_service(reading=REASON)(healthy())

    assert unchecked(facts) == {
        Check.DOMAIN_NOT_GRANTED,
        Check.DOMAIN_INACTIVE,
        Check.NAME_SERVER_DIFFERS,
        Check.RESOLVER_DIFFERS,
        Check.RECORD_MISSING,
        Check.RECORD_IN_THE_WAY,
        Check.RECORD_SURPLUS,
        Check.RECORD_FOREIGN,
        Check.TTL_DIFFERS,
        Check.TTL_SERVED_LONGER,
    }


def test_a_table_that_does_not_answer_is_an_error_and_leaves_the_rest_unchecked() -> None:
    facts = facts_with(gate=REASON)(of_service(kept=REASON)(healthy()))

    [found] = wrong(run(facts))
    assert found.check is Check.TABLE_UNAVAILABLE
    assert unchecked(facts) >= {
        Check.STOP_SWITCH_ON,
        Check.VANTAGE_SILENT,
        Check.ITEM_UNUSABLE,
        Check.NOT_MANAGED,
        Check.PINNED,
        Check.DATA_STALE,
        Check.PROMISE_BROKEN,
    }


def test_a_token_that_cannot_be_read_was_not_shown_to_linode() -> None:
    facts = facts_with(token=Token("no such parameter", Access()))(healthy())

    assert unchecked(facts) == {
        Check.TOKEN_REFUSED,
        Check.TOKEN_LACKS_SCOPE,
        Check.TOKEN_TOO_WIDE,
    }


def test_a_silent_vantage_is_not_known_to_see_or_to_agree() -> None:
    facts = FAULTS[Check.VANTAGE_SILENT].spoil(healthy())

    assert unchecked(facts) == {
        Check.VANTAGE_BLIND,
        Check.SETTINGS_DIFFER,
        Check.RELEASE_DIFFERS,
        Check.CLOCK_AHEAD,
        Check.MEMORY_LOW,
        Check.BEATS_MISSING,
    }


def test_a_region_that_nobody_has_measured_is_not_known_to_be_quick() -> None:
    facts = kept(ballots=(voting("v1", slow={}), voting("v2", slow={})))(healthy())

    assert unchecked(facts) == {Check.REGION_OFTEN_SLOW}


def test_a_monitor_that_does_not_say_how_much_memory_it_uses_is_not_checked() -> None:
    facts = kept(ballots=(voting("v1", memory=None), voting("v2", memory=None)))(healthy())

    assert unchecked(facts) == {Check.MEMORY_LOW}


def test_in_a_checkout_releases_are_not_compared() -> None:
    assert unchecked(facts_with(release="")(healthy())) == {Check.RELEASE_DIFFERS}


def test_while_a_change_is_under_way_the_name_servers_are_not_compared() -> None:
    facts = state_with(phase=Phase.PUBLISHED)(healthy())

    assert wrong(run(facts)) == []
    assert unchecked(facts) == {
        Check.NAME_SERVER_DIFFERS,
        Check.RESOLVER_DIFFERS,
        Check.TTL_SERVED_LONGER,
    }


def test_resolvers_have_the_ttl_to_follow_a_change() -> None:
    facts = state_with(served_at=NOW - 20.0, published_at=NOW - 25.0)(healthy())

    assert unchecked(facts) == {Check.RESOLVER_DIFFERS}


def test_a_resolver_that_does_not_answer_is_not_known_to_agree() -> None:
    facts = of_service(resolved=(Heard("1.1.1.1", said=Said.UNUSABLE),))(healthy())

    [found] = run(facts)
    assert (found.check, found.about, found.level) == (
        Check.RESOLVER_DIFFERS, "1.1.1.1", Level.NOT_CHECKED
    )  # fmt: skip


def test_what_resolvers_give_is_compared_where_the_table_is_away() -> None:
    facts = of_service(kept=REASON, resolved=(Heard("1.1.1.1"),))(healthy())

    assert [each.check for each in wrong(run(facts))] == [Check.RESOLVER_DIFFERS]


def test_without_a_topic_nobody_can_have_subscribed() -> None:
    assert unchecked(facts_with(topic=False)(healthy())) == {Check.NO_SUBSCRIBER}


def test_where_nothing_answers_over_ipv6_it_is_unproven() -> None:
    """Lambda has no IPv6: that says nothing about the regions."""
    refused = failing(Reason.REFUSED)
    facts = healthy()
    [of] = facts.services
    regions = tuple(replace(each, ipv6=refused) for each in of.regions)
    facts = of_service(regions=regions)(facts)

    assert wrong(run(facts)) == []
    assert unchecked(facts) == {Check.REGION_IPV6}


def test_a_region_that_fails_is_not_known_to_be_quick() -> None:
    assert unchecked(region_with(probes=failing(Reason.RESET))(healthy())) == {Check.REGION_SLOW}


def test_a_probe_that_cannot_be_sent_is_an_error_of_a_stack_and_unproven_without_one() -> None:
    facts = region_with(probes=failing(Reason.UNSENT))(healthy())
    assert [each.check for each in wrong(run(facts))] == [Check.REGION_UNHEALTHY]

    before = replace(facts, undeployed=True)
    assert wrong(run(before)) == []
    assert Check.REGION_UNHEALTHY in unchecked(before)


def test_a_certificate_that_could_not_be_looked_at_is_named_with_its_region() -> None:
    facts = region_with(certificate=Unknown("no answer"))(healthy())

    [found] = run(facts)
    assert (found.check, found.about) == (Check.REGION_CERTIFICATE_ENDS, "west")
    assert words.place(found) == "shop west"


def test_before_the_first_decision_no_region_is_one_to_measure_from() -> None:
    facts = kept(state=None)(healthy())

    assert unchecked(facts) == {Check.DATA_NOT_MEASURED, Check.DATA_STALE}


def test_a_finding_about_everything_is_about_the_deployment() -> None:
    [found] = run(facts_with(topic=True, subscribers=0)(healthy()))
    assert words.place(found) == "deployment"


def test_an_order_that_fixes_it_is_an_event_that_can_be_sent() -> None:
    [found] = run(FAULTS[Check.PINNED].spoil(healthy()))
    assert words.fix(found) == (
        "If the pin is no longer wanted: linode-failover release shop, or the event "
        '{"command": "release", "service": "shop", "by": "<you>", "reason": "<why>"}'
    )


def test_a_balancer_that_does_not_listen_where_regions_are_probed_is_not_checked() -> None:
    facts = behind(port=80)(healthy())

    assert {each.reason for each in run(facts)} == {"the NodeBalancer does not listen on 443"}
    assert len(unchecked(facts)) == 5


def test_a_back_end_that_is_down_counts_as_one_that_is_there() -> None:
    found = {each.check: words.seen(each) for each in run(behind(up=0, down=1)(healthy()))}

    assert "has 1 back ends" in found[Check.BACK_ENDS_FEW]
    assert "0 of 1 back ends" in found[Check.BACK_ENDS_DOWN]


def test_without_checks_nobody_knows_how_many_back_ends_are_up() -> None:
    assert unchecked(behind(check="none")(healthy())) == {Check.BACK_ENDS_DOWN}


@pytest.mark.parametrize(
    ("least", "up", "enough"), [(0.5, 5, True), (0.5, 4, False), (0.2, 2, True)]
)
def test_the_settings_say_how_many_back_ends_must_be_up(least, up, enough) -> None:
    facts = behind(up=up, down=10 - up)(healthy())
    (service,) = facts.settings.services[:1]
    health = replace(service.health, min_backends=least)
    found = {each.check for each in wrong(run(service_with(health=health)(facts)))}
    assert (Check.BACK_ENDS_DOWN not in found) is enough


def test_a_domain_without_a_grant_may_be_the_users_by_a_role() -> None:
    grants = Grants(restricted=True, domains={8: "read_write"})

    assert unchecked(facts_with(grants=grants)(healthy())) == {Check.DOMAIN_NOT_GRANTED}


def test_backups_of_a_replica_that_may_not_be_described_are_not_checked() -> None:
    assert unchecked(replica(recoverable=None)(healthy())) == {Check.DATA_NOT_RECOVERABLE}


def test_a_service_that_was_not_reached_has_passed_nothing() -> None:
    facts = facts_with(unreached=("blog",))(healthy())
    found = run(facts)

    assert {(each.service, each.level, each.reason) for each in found} == {
        ("blog", Level.NOT_CHECKED, "there was no time left")
    }
    assert [each.check for each in found] == list(OF_SERVICE)


def test_recovery_of_the_table_that_cannot_be_asked_for_is_not_checked() -> None:
    table = ControlTable("strong", protected=True, recoverable=REASON)

    assert unchecked(facts_with(table=table)(healthy())) == {Check.TABLE_NOT_RECOVERABLE}


def test_items_that_cannot_be_used_are_named_beside_those_that_cannot_be_read() -> None:
    facts = facts_with(broken=("the item pk=x is wrong",))(of_service(kept=REASON)(healthy()))

    assert [each.check for each in wrong(run(facts))] == [Check.ITEM_UNUSABLE]
    assert Check.ITEM_UNUSABLE in unchecked(facts)


def test_records_that_a_bad_token_could_not_read_are_not_a_second_error() -> None:
    token = Token(None, Access("GET /domains: 401", frozenset({"domains:read_write"})))
    facts = facts_with(token=token)(of_service(reading=REASON)(healthy()))

    assert [each.check for each in wrong(run(facts))] == [Check.TOKEN_REFUSED]
    assert Check.RECORDS_UNREAD in unchecked(facts)


def test_before_there_is_a_stack_what_only_a_stack_shows_is_not_checked() -> None:
    """Also where nothing of it could be asked, and no error is made of that."""
    facts = facts_with(topic=False, gate=REASON)(of_service(kept=REASON)(healthy()))
    found = run(replace(facts, undeployed=True))

    assert wrong(found) == []
    assert {each.check for each in found} == OF_A_STACK
    assert {each.reason for each in found} == {"nothing is deployed yet"}
