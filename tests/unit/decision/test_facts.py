"""What an event tells of the decision behind it."""

from dataclasses import replace
from typing import Any

import pytest

from failover.decision import facts
from failover.decision.decide import decide
from failover.decision.view import View
from failover.health.probe import Reason
from failover.health.tally import Vote
from failover.notify.events import EventFacts
from failover.notify.kinds import Kind
from failover.preflight.report import LIFE, Report
from failover.staleness.replication import Freshness
from failover.zone.access import Access
from failover.zone.failing import Failing
from failover.zone.statement import Statement, Unserved
from tests.support.builders import (
    EAST,
    NOW,
    WITH_DATA,
    ballot,
    gate,
    pointing_at,
    reading,
    record,
    scene,
    tally,
    votes,
)


def of(view: View) -> EventFacts:
    """The facts of what is decided about this."""
    return facts.of(view, decide(view))


def explained(view: View, kind: Kind, error: str = "") -> EventFacts:
    """The facts of an incident of this kind."""
    return facts.of_incident(view, decide(view), kind, error)


def seen_by(*ballots: tuple[str, dict[str, Any]], letters: str = "HHH", **changes: Any) -> View:
    """What vantages with these names see, each with something else in its ballot."""
    found = tuple(ballot(votes(letters), name, **more) for name, more in ballots)
    return scene(ballots=found, vantages=tuple(name for name, _ in ballots), **changes)


def test_the_last_two_grounds_are_told_with_every_region() -> None:
    told = of(scene("UHH"))
    assert len(told["why"]) == 2
    assert [line.split(" since")[0] for line in told["regions"]] == [
        "east is unhealthy",
        "west is healthy",
        "south is healthy",
    ]


def test_the_last_failure_of_a_region_is_told_as_whoever_saw_it_last_saw_it() -> None:
    failed = [
        tally(Vote.UNHEALTHY, at=NOW - age, reason=reason, detail=detail)
        for age, reason, detail in ((9.0, Reason.REFUSED, "no"), (5.0, Reason.STATUS, "503 " * 40))
    ]
    ballots = tuple(
        ballot({**votes("HHH"), EAST.ipv4: each}, vantage)
        for vantage, each in zip(("v1", "v2"), failed, strict=True)
    )
    east, west, _ = of(scene(ballots=ballots, vantages=("v1", "v2")))["regions"]
    assert east.endswith(f', last failure: status "{("503 " * 40)[:80]}..."')
    assert "last failure" not in west


def test_detection_is_counted_from_the_first_failed_probe_of_what_is_left() -> None:
    failing = [
        tally(Vote.UNHEALTHY, failing_since=NOW - seconds, reason=Reason.REFUSED)
        for seconds in (20.0, 31.5)
    ]
    ballots = tuple(
        ballot({**votes("HHH"), EAST.ipv4: each}, vantage)
        for vantage, each in zip(("v1", "v2"), failing, strict=True)
    )
    assert of(scene(ballots=ballots, vantages=("v1", "v2")))["seconds_to_detect"] == "31.5"


def test_where_nothing_has_failed_or_nothing_is_decided_no_detection_is_told() -> None:
    assert "seconds_to_detect" not in of(scene("HHH"))
    nobody = ballot({**votes("UUU"), EAST.ipv4: tally(Vote.UNHEALTHY, failing_since=NOW - 20.0)})
    assert "seconds_to_detect" not in of(scene(ballots=(nobody,)))


def test_a_stop_and_blind_vantages_are_told() -> None:
    view = seen_by(("v2", {"blind": True}), ("v1", {"blind": True}), ("v3", {}), gate=gate())
    told = of(view)
    assert told["stopped"] == ("*",)
    assert told["blind"] == "v1, v2"


@pytest.mark.parametrize("kind", [Kind.FAILOVER_FAILED, Kind.CREATE_REFUSED])
def test_a_failed_write_is_explained_by_the_last_publication_and_else_by_this_round(kind) -> None:
    failed = scene("HHH", pointing_at("east", last_error="401 Unauthorized"))
    assert explained(failed, kind, "500")["error"] == "401 Unauthorized"
    assert explained(scene("HHH"), kind, "500")["error"] == "500"
    assert explained(scene("HHH", None), kind, "500")["error"] == "500"
    assert "error" not in explained(scene("HHH"), kind)


def test_records_that_nobody_can_read_are_explained_by_the_newest_trouble() -> None:
    view = seen_by(
        ("v1", {"unread": Failing(NOW - 90.0, "429")}),
        ("v2", {"unread": Failing(NOW - 30.0, "401")}),
    )
    assert explained(view, Kind.RECORDS_UNREAD, "500")["error"] == "401"
    assert explained(scene("HHH"), Kind.RECORDS_UNREAD, "500")["error"] == "500"


def test_a_token_is_explained_by_the_first_vantage_whose_token_does_not_suffice() -> None:
    good = Access(scopes=frozenset({"domains:read_write"}))
    view = seen_by(("v1", {"access": good}), ("v2", {"access": replace(good, refused="401")}))
    assert explained(view, Kind.TOKEN_REFUSED)["error"] == "401"
    assert "error" not in explained(scene("HHH"), Kind.TOKEN_REFUSED)


def test_missing_beats_are_explained_with_their_vantage() -> None:
    view = seen_by(("v1", {}), ("v2", {"unpaced": Failing(NOW, "the queue does not answer")}))
    told = explained(view, Kind.BEATS_MISSING)
    assert told["error"] == "v2: the queue does not answer"


def test_a_failed_preflight_is_explained_by_every_report_that_failed_or_is_too_old() -> None:
    reports = (
        Report("v1", NOW),
        Report("v2", NOW, errors=1),
        Report("v3", NOW - LIFE - 1.0),
    )
    view = scene("HHH", preflights=reports)
    first, second = str(explained(view, Kind.PREFLIGHT_FAILED)["error"]).split("; ")
    assert first.startswith("not ready, 1 error, 0 warnings, 0 not checked (v2, ")
    assert second.startswith("not known: the last preflight was made by v3, 2 h 0 min ago")


NS1 = Statement("ns1", ("192.0.2.9",))
REFUSES = Unserved((Statement("ns2", None, "REFUSED"),), refused=True)


@pytest.mark.parametrize(
    ("kind", "servers"),
    [
        (Kind.NOT_SERVED, ("ns1 says 192.0.2.9",)),
        (Kind.ZONE_DISABLED, ("ns2: REFUSED",)),
        (Kind.DRIFT, None),
    ],
)
def test_what_name_servers_say_is_told_where_it_explains_something(kind, servers) -> None:
    view = seen_by(("v1", {"unserved": REFUSES}), state=pointing_at("east", seen=(NS1,)))
    assert explained(view, kind).get("servers") == servers


def test_before_the_first_decision_no_name_server_has_anything_to_say() -> None:
    assert "servers" not in explained(scene("HHH", None), Kind.NOT_SERVED)


def test_records_too_many_are_told_with_the_command_that_removes_them() -> None:
    twice = reading(record("A", EAST.ipv4, 101), record("A", EAST.ipv4, 102))
    told = explained(scene("HHH", reading=twice), Kind.DUPLICATE_RECORDS)
    assert told["surplus"] == (f"A {EAST.ipv4}: records 101 and 102",)
    assert told["remove"] == ("linode-cli domains records-delete 7 102",)
    assert "surplus" not in explained(scene("HHH"), Kind.DUPLICATE_RECORDS)


@pytest.mark.parametrize(("letters", "force"), [("?HH", None), ("???", "yes")])
def test_the_order_that_moves_the_name_is_forced_where_no_region_is_known_to_be_healthy(
    letters, force
) -> None:
    assert explained(scene(letters), Kind.QUORUM_LOST).get("force") == force


def test_stale_data_that_was_passed_over_is_told_beside_that_of_the_region_which_takes_over() -> (
    None
):
    south = {"us-east-2": Freshness.FRESH}
    view = scene("UHH", service=WITH_DATA, freshness={**south, "us-west-2": Freshness.STALE})
    assert of(view)["data"] == (
        "west is passed over: the data of west is 300.0 s behind, which is stale",
        "the data of south is 0.5 s behind",
    )


def test_data_of_unknown_age_is_told_for_each_region_of_which_it_is_not_known() -> None:
    known = {"us-east-1": Freshness.FRESH, "us-west-2": Freshness.FRESH}
    view = scene("HHH", service=WITH_DATA, freshness=known)
    decision = decide(view)
    unknown = replace(decision, lasting=frozenset({Kind.DATA_UNKNOWN}))
    assert facts.of(view, unknown)["data"] == (
        "the data of south is of unknown age, which counts as fresh",
    )
    assert "data" not in facts.of(view, replace(decision, lasting=frozenset()))
