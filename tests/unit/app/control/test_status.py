"""The status answers the questions of a night, in their order, with the monitor running or not."""

import json
import math
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from failover.errors import DnsUnavailable
from failover.health.probe import Reason
from failover.publication.proof import Evidence, Heard, Said
from failover.settings.model import Addresses, Failback
from failover.zone.access import Access
from tests.support.world import refused
from tests.unit.app.desk import Desk, at_desk, text
from tests.unit.app.stage import EAST, SHOP, WEST

STATUS = {"command": "status"}


@pytest.fixture
def desk() -> Desk:
    return at_desk()


def of_shop(desk: Desk) -> dict[str, Any]:
    return desk.send(STATUS)["services"]["shop"]


def test_the_facts_come_in_the_order_of_the_questions(desk: Desk) -> None:
    facts = list(of_shop(desk))
    asked = ["points_at", "since", "regions", "next", "decision", "budget", "pin", "pause"]
    assert [fact for fact in facts if fact in asked] == asked
    assert facts.index("ages_in_seconds") > facts.index("pause")


def test_so_does_the_summary(desk: Desk) -> None:
    desk.order("pin", region="east", until="1h")
    desk.order("pause", until="2h")
    desk.hub.time += 600
    lines = [line.split(" ", 3) for line in desk.send(STATUS)["summary"]]
    begins = [" ".join(words).strip() for words in lines]
    assert begins[0].startswith("FROZEN shop: app.shop.test points at east for 17 min 10 s (since")
    assert begins[1].startswith(
        "- ana paused this service for another 1 h 50 min (until 2023-11-15"
    )
    assert begins[2].startswith("- ana pinned east for another 50 min 0 s (until 2023-11-14T23:20:")
    assert begins[3].startswith("- no vantage votes: the last round was 10 min 20 s ago (2023-11")
    assert begins[4].startswith("regions: east unknown (pinned), west unknown")
    assert begins[5] == "records: A 127.0.1.1, read 10 min 20 s ago (2023-11-14T22:20:10Z)"
    assert begins[6] == "preflight: none yet, so nobody knows whether a failover would work"
    assert begins[7:9] == ["next: no change", "because:"]
    assert begins[10] == "override: linode-failover resume shop"
    assert begins[11].startswith('event: {"command": "resume", "service": "shop"')
    assert len(begins) == 12


def test_forced_and_real_state_stand_side_by_side_with_the_tallies(desk: Desk) -> None:
    desk.order("pin", region="east", until="1h")
    desk.prober.down[EAST.ipv4] = Reason.STATUS
    desk.run(120)
    said = desk.send(STATUS)
    assert "regions: east unhealthy (pinned): status, west healthy" in text(said)
    east = said["services"]["shop"]["regions"]["east"]
    assert (east["forced"], east["verdict"]) == ("pinned", "unhealthy")
    tally = east["tallies"]["eu-west-1"]
    assert (tally["failures"], tally["successes"]) == ("3 of 3", "0 of 6")
    assert tally["last_failure"] == "status: as told"
    assert tally["age_seconds"] < 20


def test_a_dead_region_is_not_taken_for_the_cause_of_its_being_served(desk: Desk) -> None:
    desk.prober.down[EAST.ipv4] = Reason.REFUSED
    desk.run(120)
    first = desk.send(STATUS)["summary"][0]
    assert re.search(
        r"points at west for .* \(since \S+\), the region before was unhealthy$", first
    )


def test_foreign_records_are_in_the_first_line(desk: Desk) -> None:
    """The name does not point where it was decided."""
    desk.dns.set(101, "203.0.113.9")
    desk.run(120)
    said = desk.send(STATUS)["summary"]
    assert said[0].startswith("DEGRADED shop: app.shop.test should point at east for")
    assert said[0].endswith("but its records say A 203.0.113.9")
    assert re.search(r"changed by somebody else \[drift\], for .* \(since \S+\)$", said[1])


@pytest.mark.parametrize("moved_to_the_history", [True, False])
def test_what_cannot_be_written_is_told_with_its_error(
    desk: Desk, moved_to_the_history: bool
) -> None:
    desk.prober.down[EAST.ipv4] = Reason.REFUSED
    desk.dns.on_write = refused(401)
    desk.alerts.away = not moved_to_the_history
    desk.run(200)
    said = desk.send(STATUS)["summary"]
    assert re.search(r"points at east for .*; the change to west was decided .* \(\S+\)$", said[0])
    assert re.search(r"\[failover_failed\], for .* \(since \S+\); last error: \"Unauth", said[2])


def test_what_is_retried_says_how_often_it_failed_and_why(desk: Desk) -> None:
    desk.prober.down[EAST.ipv4] = Reason.REFUSED
    desk.dns.on_write = refused(401)
    desk.run(200)
    said = text(desk.send(STATUS))
    [next_line] = re.findall(r"^  next: .*$", said, re.MULTILINE)
    failed = re.fullmatch(
        r"  next: retry the change to west every round; it has failed (\d+) times in 3 min 10 s "
        r'\(since \S+\); last error: "Unauthorized"',
        next_line,
    )
    assert failed
    assert int(failed[1]) == desk.state.publication.attempt > 10
    assert "no change" not in said
    assert of_shop(desk)["publication"]["last_error"] == "Unauthorized"


def test_after_a_success_there_is_no_last_error(desk: Desk) -> None:
    desk.prober.down[EAST.ipv4] = Reason.REFUSED
    desk.dns.on_write = refused(401)
    desk.run(200)
    desk.dns.on_write = lambda: None
    desk.run(100)
    assert desk.state.publication.last_error == ""
    assert "last error" not in text(desk.send(STATUS))


def test_records_that_cannot_be_read_are_told_with_their_age_and_the_error(desk: Desk) -> None:
    desk.dns.on_list = desk.dns.on_get = refused(401)
    desk.run(900)
    said = text(desk.send(STATUS))
    retried = r"^  next: retry reading the records every round; it has failed 7\d times in 17 min"
    assert re.search(retried, said, re.MULTILINE)
    assert 'last error: "Unauthorized"' in said
    assert re.search(r"^  records: A 127.0.1.1, read \d+ min \d+ s ago", said, re.MULTILINE)
    assert re.search(r"decided, but it is \d+ min \d+ s old \[drift\]", said)
    assert "next: no change" not in said
    assert "the records say what was decided" not in said
    assert of_shop(desk)["reading"]["failing"]["eu-west-1"]["error"] == "Unauthorized"


def test_a_token_that_does_not_suffice_is_told(desk: Desk) -> None:
    desk.dns.token = Access(scopes=frozenset({"domains:read_only"}))
    desk.run(100)
    said = text(desk.send(STATUS))
    assert "lacks the scope domains:read_write" in said
    assert "[token_refused]" in said


def test_what_is_written_and_not_served_is_told_with_what_each_server_says(desk: Desk) -> None:
    desk.witness.rendered_after, desk.witness.served_after = 5.0, math.inf
    desk.prober.down[EAST.ipv4] = Reason.REFUSED
    desk.run(40)
    assert re.search(
        r"^  served: not by every name server yet; written \d+ s ago .* expected within 1 min",
        text(desk.send(STATUS)),
        re.MULTILINE,
    )
    desk.run(120)
    said = text(desk.send(STATUS))
    assert "    zone file says 127.0.1.2\n    ns1: no answer\n" in said
    assert of_shop(desk)["publication"]["sources"]["ns1"] == "no answer"


def test_an_address_that_changed_under_the_same_revision_is_not_promised(desk: Desk) -> None:
    new = replace(SHOP.regions[0], addresses=Addresses("127.0.1.9"))
    changed = replace(SHOP, regions=(new, SHOP.regions[1]))
    desk.settings = replace(desk.settings, services=(changed,), digest="another")
    desk.run(60)
    said = text(desk.send(STATUS))
    assert "[settings_differ]" in said
    assert (
        "    the new address of east is healthy; it is published once revision is raised, or the "
        "old one is dead [settings]\n"
    ) in said
    assert desk.dns.addresses() == [EAST.ipv4]


class TestNameServersThatGiveNoAnswer:
    """Nothing was written, and what is served is not proved."""

    def status(self, *served: Heard) -> tuple[str, Any]:
        desk = Desk().set_up().pointing_at(EAST)
        evidence = Evidence(Heard("zone file", frozenset({EAST.ipv4})), served)
        desk.witness.look = lambda *_: evidence  # type: ignore[method-assign]
        desk.run(100)
        return text(desk.send(STATUS)), of_shop(desk)

    def test_one_is_named_beside_the_missing_proof(self) -> None:
        silent = Heard("ns2", said=Said.SILENT, detail="no answer within 1.5 s")
        said, facts = self.status(Heard("ns1", frozenset({EAST.ipv4})), silent)
        assert "  served: not proved; name servers that gave no answer:\n    ns2: no answer" in said
        assert facts["name_servers_without_answer"] == {
            "eu-west-1": {"ns2": "no answer within 1.5 s"}
        }

    def test_where_all_refuse_nobody_is_served(self) -> None:
        said, facts = self.status(Heard("ns1", said=Said.REFUSED, detail="REFUSED"))
        assert facts["headline"] == "OUTAGE"
        assert "Linode's name servers refuse to answer for the domain [domain_refused]" in said
        assert "    ns1: REFUSED\n" in said

    def test_where_all_answer_nothing_is_said(self) -> None:
        said, facts = self.status(Heard("ns1", frozenset({EAST.ipv4})))
        assert "served" not in said
        assert facts["name_servers_without_answer"] == {}


def test_nothing_from_outside_adds_a_line(desk: Desk) -> None:
    desk.dns.on_list = desk.dns.on_get = says("no\n  next: failover\r\u2028")
    desk.run(100)
    assert '"no?  next: failover??"' in text(desk.send(STATUS))
    assert len(re.findall(r"^  next:", text(desk.send(STATUS)), re.MULTILINE)) == 1


def says(sentence: str) -> Callable[[], None]:
    """A fault: Linode answers with this."""

    def fault() -> None:
        raise DnsUnavailable(sentence)

    return fault


def test_alerts_that_do_not_get_out_are_told(desk: Desk) -> None:
    desk.alerts.away = True
    desk.dns.set(101, WEST.ipv4)
    desk.run(200)
    assert "alert delivery is failing" not in text(desk.send(STATUS))
    desk.run(200)
    assert "alert delivery is failing: 1 not sent, the oldest for 6 min 40 s" in text(
        desk.send(STATUS)
    )
    assert "[not sent yet]" in text(desk.send({"command": "history"}))


def test_a_region_on_its_way_to_another_verdict_is_seen_there(desk: Desk) -> None:
    """What answers badly may still be called healthy, and what answers well not yet."""
    seen: list[str] = []

    def look() -> None:
        seen.extend(desk.ask(STATUS)["summary"])

    desk.prober.down[EAST.ipv4] = Reason.REFUSED
    for second in range(120):
        desk.hub.at(desk.hub.time + second, look)
    desk.hub.at(desk.hub.time + 60, desk.prober.down.clear)
    desk.run(120)
    assert "  regions: east healthy (1 of 3 bad probes), west healthy" in seen
    assert "  regions: east unhealthy: refused, west healthy" in seen
    assert "  regions: east unhealthy: refused (2 of 6 good probes), west healthy" in seen


def test_a_count_that_has_reached_its_threshold_stops_there(desk: Desk) -> None:
    desk.run(120)
    east = of_shop(desk)["regions"]["east"]["tallies"]["eu-west-1"]
    assert (east["failures"], east["successes"]) == ("0 of 3", "3 of 3")


def test_why_automation_does_not_fail_back_names_the_command_that_does() -> None:
    desk = at_desk(service=replace(SHOP, failback=Failback.MANUAL))
    desk.prober.down[EAST.ipv4] = Reason.REFUSED
    desk.run(120)
    desk.prober.down.clear()
    desk.run(120)
    said = desk.send(STATUS)
    assert 'east is healthy; failback is "manual" [failback]' in text(said)
    guard = said["services"]["shop"]["next"]["why"][-1]
    assert guard["override"] == (
        '{"command": "failover", "service": "shop", "region": "east", "by": "<you>", '
        '"reason": "<why>"}'
    )
    desk.send({**json.loads(guard["override"]), "by": "ana", "reason": "a test"})
    assert desk.dns.addresses() == [EAST.ipv4]


def test_when_nobody_is_healthy_the_way_by_force_is_told(desk: Desk) -> None:
    desk.prober.down |= {EAST.ipv4: Reason.REFUSED, WEST.ipv4: Reason.REFUSED}
    desk.run(120)
    assert '"region": "west", "force": true, "until": "4h"' in text(desk.send(STATUS))


def test_phase_claim_budget_and_ages_are_told(desk: Desk) -> None:
    desk.prober.down[EAST.ipv4] = Reason.REFUSED
    desk.run(120)
    shop = of_shop(desk)
    assert shop["decision"]["phase"] == "settled"
    assert shop["decision"]["claim"] is None
    assert shop["decision"]["served"] > shop["decision"]["published"]
    assert shop["budget"]["switches_in_the_last_hour"] == "1 of 4"
    assert shop["budget"]["drift_written_over_in_the_last_hour"] == "0 of 3"
    assert 0 < shop["ages_in_seconds"]["newest_round"] < 60
    assert shop["ages_in_seconds"]["decision"] > shop["ages_in_seconds"]["newest_round"]
    assert 0 <= shop["ages_in_seconds"]["records"] < 60


def test_an_end_of_a_pin_is_told_in_seconds_and_one_that_is_over_is_none(desk: Desk) -> None:
    desk.order("pin", region="east", until="1h")
    assert of_shop(desk)["pin"] == {
        "region": "east",
        "until": of_shop(desk)["pin"]["until"],
        "ends_in_seconds": 3600,
        "by": "ana",
        "reason": "a test",
    }
    desk.hub.time += 3601
    assert of_shop(desk)["pin"] is None
    assert "pinned" not in text(desk.send(STATUS))


def test_everything_paused_is_told_at_once(desk: Desk) -> None:
    desk.send({"command": "pause", "service": "*", "until": "1h", "by": "bob", "reason": "storm"})
    said = desk.send(STATUS)
    assert said["summary"][0].startswith("FROZEN")
    assert re.search(r"bob paused everything for .*: storm \[stopped\]$", said["summary"][1])
    assert said["headline"] == "FROZEN"


def test_it_changes_nothing_and_asks_nobody_but_the_table(desk: Desk) -> None:
    before = (desk.table(), len(desk.prober.seen))

    def never() -> None:
        raise AssertionError("Linode was asked")

    desk.dns.on_list = never
    desk.send(STATUS)
    assert (desk.table(), len(desk.prober.seen)) == before


def test_before_the_first_round_it_asks_whether_the_monitor_runs() -> None:
    desk = Desk()
    desk.set_up().pointing_at(EAST)
    said = desk.send(STATUS)
    assert "is not managed yet" in text(said)
    assert "no vantage has voted yet. Is the monitor running?" in text(said)
    json.dumps(said, allow_nan=False)


def test_without_the_table_it_says_so(desk: Desk) -> None:
    desk.store.away = True
    said = desk.send(STATUS)
    assert said["summary"][0] == "status of * did not end: the table did not answer"
    assert said["failed"]
