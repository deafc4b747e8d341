"""The live view as a person sees it: rendered without a terminal, from snapshots made here."""

import io
import re
from dataclasses import replace
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from cli.probes import STRIP
from cli.snapshot import Facts, Said, Snapshot
from cli.view import GOOD, MARKS, picture, render
from failover.app.control import service_status
from failover.app.control.answers import stop_of
from failover.decision.decide import decide
from failover.decision.headline import reasons
from failover.decision.view import View
from failover.health.probe import Reason
from failover.health.tally import Vote
from failover.notify.kinds import Kind
from failover.preflight.report import Fault, Report
from failover.publication.parts import Cause, Incident, Pin, Stop
from failover.settings.model import Routing
from failover.store import Standing
from local.demo import _judged
from local.play import Typing
from local.screen import since
from local.story import told
from tests.support.builders import (
    EAST6,
    NOW,
    SHOP6,
    WEST6,
    ballot,
    moving,
    pointing_at,
    scene,
    tally,
)

EAST_SAID = (Said("A", EAST6.ipv4, 30), Said("AAAA", EAST6.ipv6 or "", 30))
WEST_SAID = (Said("A", WEST6.ipv4, 30), Said("AAAA", WEST6.ipv6 or "", 30))
REFUSED: tuple[Reason | None, ...] = (None, None, Reason.REFUSED, Reason.REFUSED, Reason.REFUSED)
REFUSED_TOKEN = Fault("token_refused", "", {"error": "401"})
WIDTHS = pytest.mark.parametrize("width", [80, 120])


def seen_in(view: View) -> dict[str, Any]:
    """What the control function says of a view, as a snapshot has it."""
    facts: Facts = service_status.of(view, decide(view), Standing(1, None), reasons(view), {})
    stopped = stop_of(view.gate, view.now)
    return {"name": view.service.name, "facts": facts, "stopped": stopped}


def after_the_switch(**changes: Any) -> Snapshot:
    """East is down, the records say west, and the name servers have not followed yet."""
    tallies = {
        EAST6.ipv4: tally(
            Vote.UNHEALTHY,
            failures=3,
            fallen=True,
            reason=Reason.REFUSED,
            detail="connection refused " * 5,
        ),
        WEST6.ipv4: tally(Vote.HEALTHY, successes=6),
    }
    west = pointing_at("west", SHOP6, moved_at=NOW - 5.5, decided_at=NOW - 6.5)
    plain = Snapshot(
        **seen_in(scene(service=SHOP6, state=west, ballots=(ballot(tallies),))),
        clock="100.0 s",
        when=since(NOW - 100),
        probes={"east": REFUSED, "west": (None,) * 5},
        records=WEST_SAID,
        dns=EAST_SAID,
        events=("   93.0 s  --- east dies ---", "   94.5 s  published: west, generation 3"),
        dig="dig @127.0.0.1 -p 5353 app.shop.test",
    )
    return replace(plain, **changes)


def seen(snapshot: Snapshot, width: int = 80, height: int | None = None) -> list[str]:
    """The lines on a terminal without colour."""
    console = Console(width=width, file=io.StringIO(), color_system=None)
    with console.capture() as capture:
        console.print(render(snapshot, width, height), end="")
    return [line.rstrip() for line in capture.get().splitlines()]


def line_of(lines: list[str], *words: str) -> str:
    """The only line that has all these words."""
    (found,) = (line for line in lines if all(word in line for word in words))
    return found


@WIDTHS
def test_a_region_is_one_line_with_strip_verdict_and_tallies(width: int) -> None:
    lines = seen(after_the_switch(), width)
    assert line_of(lines, "  east", "••RRR", "unhealthy", "3 of 3", "0 of 6")
    assert line_of(lines, "▸ west", "•••••", "healthy", "0 of 3", "3 of 3")
    assert line_of(lines, "  south", "unknown", "none yet")
    assert line_of(lines, f"{GOOD} good", "R refused")


@WIDTHS
def test_no_line_is_wider_than_the_terminal_and_every_head_is_whole(width: int) -> None:
    lines = seen(after_the_switch(probes={"east": REFUSED * 12, "west": (None,) * 60}), width)
    assert max(cell_len(line) for line in lines) <= width
    assert line_of(lines, "region", f"last {STRIP} probes", "verdict", "failures", "good in a row")


def test_a_wide_terminal_has_room_for_addresses_and_the_last_failure() -> None:
    lines = seen(after_the_switch(), 120)
    assert line_of(lines, "east", EAST6.ipv4, "refused: connection")
    assert EAST6.ipv4 not in line_of(seen(after_the_switch(), 80), "  east", "RRR")


@WIDTHS
def test_the_strip_shows_the_newest_probes_on_its_right(width: int) -> None:
    probes = (*(None,) * 40, Reason.STATUS, Reason.BODY)
    line = line_of(seen(after_the_switch(probes={"east": probes}), width), "  east ", "SB")
    assert f" {GOOD * (STRIP - 2)}SB " in line


def test_every_reason_has_a_mark_of_its_own() -> None:
    assert set(MARKS) == set(Reason)
    assert len({*MARKS.values(), GOOD}) == len(Reason) + 1


@WIDTHS
def test_the_decision_tells_generation_attempt_phase_cause_and_since_when(width: int) -> None:
    lines = seen(after_the_switch(), width)
    assert line_of(lines, "decision", "west, moved at 94 s", "generation 3, attempt 1, settled")
    assert line_of(lines, "cause", "adoption", "decided at 93 s")


@WIDTHS
def test_a_decision_on_its_way_tells_from_where_to_where(width: int) -> None:
    going = moving("east", "west", SHOP6)
    lines = seen(after_the_switch(**seen_in(scene(service=SHOP6, state=going))), width)
    assert line_of(lines, "decision", "from east to west", "publishing")


def test_before_the_first_decision_the_view_says_so() -> None:
    nothing: View = scene("...", state=None, service=SHOP6, ballots=(), reading=None)
    lines = seen(after_the_switch(**seen_in(nothing), probes={}, records=(), dns=()))
    assert line_of(lines, "decision", "none yet")


def test_incidents_that_last_are_named() -> None:
    blind = pointing_at("west", SHOP6, incidents={Kind.NO_HEALTHY_REGION: Incident(NOW, True)})
    lines = seen(after_the_switch(**seen_in(scene(service=SHOP6, state=blind))))
    assert line_of(lines, "DEGRADED", "app.shop.test")
    assert line_of(lines, "- ", "[no_healthy_region]")


@WIDTHS
def test_what_people_ordered_is_named_with_its_end(width: int) -> None:
    state = pointing_at(
        "west",
        SHOP6,
        pause=Stop(NOW + 60, "ben", "a change"),
        pin=Pin("west", NOW + 600, "ana", "a try"),
        excluded_until={"south": NOW + 60},
    )
    gate = Stop(NOW + 30, "eve", "a storm")
    several = replace(SHOP6, routing=Routing.MULTIVALUE)
    lines = seen(after_the_switch(**seen_in(scene(service=several, state=state, gate=gate))), width)
    words = " ".join(" ".join(lines).split())
    assert "orders everything paused by eve for another 30 s; shop paused by ben for" in words
    assert "for another 60 s; west pinned by ana for another 600 s; south taken out" in words


@pytest.mark.parametrize(
    ("report", "says"),
    [
        ({}, "none yet"),
        (Report("eu-west-1", NOW - 600.0), "ready, 10 min 0 s ago (eu-west-1)"),
        (
            Report(
                "eu-west-1", NOW - 60.0, 1, faults=(Fault("token_refused", "", {"error": "401"}),)
            ),
            "NOT READY, 1 min 0 s ago: token_refused: Linode refuses the token: 401 (eu-west-1)",
        ),
        (Report("eu-west-1", NOW - 9000.0), "too old to count, 2 h 30 min ago (eu-west-1)"),
    ],
)
def test_what_the_last_preflight_found_is_one_of_the_facts(report: Any, says: str) -> None:
    reports = (report,) if report else ()
    facts = seen_in(scene(service=SHOP6, preflights=reports))["facts"]
    assert line_of(seen(after_the_switch(facts=facts), 120), "preflight", says)


def test_an_order_that_has_ended_is_not_named() -> None:
    ended = pointing_at("west", SHOP6, pause=Stop(NOW - 1, "ben", "a change"))
    lines = seen(after_the_switch(**seen_in(scene(service=SHOP6, state=ended))))
    assert not [line for line in lines if line.startswith("orders")]


@WIDTHS
def test_records_and_dns_answer_stand_below_each_other_with_ttl_and_region(width: int) -> None:
    lines = seen(after_the_switch(), width)
    assert line_of(lines, "records", WEST6.ipv4, WEST6.ipv6 or "", "30 s", "west")
    assert line_of(lines, "DNS answer", EAST6.ipv4, EAST6.ipv6 or "", "30 s", "east", "differs")
    assert line_of(lines, "the name", "dig @127.0.0.1 -p 5353 app.shop.test")


def test_an_answer_that_the_records_give_does_not_differ() -> None:
    assert "differs" not in "\n".join(seen(after_the_switch(dns=WEST_SAID[::-1])))


def test_a_silent_name_server_and_a_foreign_address_are_named() -> None:
    lines = seen(after_the_switch(dns=None, records=(Said("A", "203.0.113.9", 300),)))
    assert line_of(lines, "DNS answer", "no answer")
    assert line_of(lines, "records", "203.0.113.9", "none", "300 s", "not ours")


def test_no_answer_is_not_a_different_one() -> None:
    assert "differs" not in "\n".join(seen(after_the_switch(dns=None)))


def test_a_name_that_points_elsewhere_points_at_no_region_of_ours() -> None:
    lines = seen(after_the_switch(records=(Said("A", "203.0.113.9", 30),)))
    assert not [line for line in lines if re.match("▸ (east|west|south)", line)]


def test_a_table_that_cannot_be_read_is_named() -> None:
    assert line_of(seen(after_the_switch(trouble="the table is away")), "trouble", "is away")


@WIDTHS
def test_a_long_event_is_continued_below_its_text(width: int) -> None:
    words = [f"word{i}" for i in range(30)]
    lines = seen(after_the_switch(events=(f"    7.0 s  {' '.join(words)}",)), width)
    first = next(i for i, line in enumerate(lines) if "word0" in line)
    assert all(line.startswith(" " * 11 + "word") for line in lines[first + 1 :])
    assert " ".join(lines[first:]).split()[2:] == words


def test_the_newest_events_stay_when_the_terminal_is_low() -> None:
    events = tuple(f"{i:7.1f} s  event number {i};" for i in range(50))
    lines = seen(after_the_switch(events=events), 80, 24)
    assert len(lines) == 24
    assert "event number 49;" in lines[-1]
    assert "event number 0;" not in "\n".join(lines)


def test_what_is_typed_is_the_last_line_of_the_terminal() -> None:
    assert seen(after_the_switch(prompt="fault east refuse"), 80, 24)[23] == "> fault east refuse"
    assert "help lists it" in seen(after_the_switch(prompt=""), 80, 24)[23]
    assert seen(after_the_switch(prompt="x" * 100 + "end"), 80, 24)[23].endswith("xend")


def test_a_terminal_too_low_for_anything_is_no_error() -> None:
    assert seen(after_the_switch(prompt=""), 40, 5)


def test_the_events_stay_where_they_are_whether_the_reason_is_long_or_short() -> None:
    moved = {"moved_by": Cause.UNHEALTHY, "cause": Cause.UNHEALTHY}
    states = (pointing_at("east", SHOP6), pointing_at("west", SHOP6, **moved))
    listed: list[dict[str, Any]] = [{"vantages": ("v1", "v2", "v3")}, {}]
    views = [
        scene(service=SHOP6, state=state, **vantages)
        for state, vantages in zip(states, listed, strict=True)
    ]
    long, short = (
        seen(
            after_the_switch(
                **{**seen_in(view), "facts": {**seen_in(view)["facts"], "reasons": []}}
            )
        )
        for view in views
    )
    assert line_of(long, "of 3 vantages needed)").startswith(" ")
    assert line_of(short, "next  ").endswith("])")
    assert [i for i, line in enumerate(long) if line.startswith("events ")] == [
        i for i, line in enumerate(short) if line.startswith("events ")
    ]


def test_the_picture_holds_the_view_and_no_address_of_the_net() -> None:
    svg = picture(after_the_switch())
    assert svg.count(">R</text>") == 3
    assert "unhealthy" in svg
    assert "monospace" in svg
    assert "@font-face" not in svg
    assert "url(http" not in svg.replace('"', "")
    assert svg.startswith('<svg xml:space="preserve" ')  # else some viewers eat the indentation
    assert svg.count("://") == svg.count("http://www.w3.org/2000/svg") == 1


def test_typed_keys_become_lines() -> None:
    typing = Typing()
    assert typing.press("heaö\x7fl us-") == []
    assert typing.text == "heal us-"
    assert typing.press("west\rdig\n") == ["heal us-west", "dig"]
    assert typing.text == ""


def test_up_and_down_bring_back_what_was_typed() -> None:
    typing = Typing()
    typing.press("one\rtwo\r")
    typing.press("\x1b[A\x1b[A\x1b[A")
    assert typing.text == "one"
    typing.press("\x1b[B")
    assert typing.text == "two"
    typing.press("\x1b[B\x1b[B")
    assert typing.text == ""


def test_other_keys_leave_the_line_alone() -> None:
    typing = Typing()
    typing.press("dig\x1b[C\x1b[3~\x1bOP\t\x04")
    assert typing.text == "dig"
    typing.press("\x15")
    assert typing.text == ""
    assert typing.press("\x04") == ["quit"]


def test_a_kept_promise_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert _judged([("detect", 2.0, 5.6), ("all of it", 34.0, 50.6)]) == 0
    assert "All of it happened." in capsys.readouterr().out


@pytest.mark.parametrize("rows", [[("detect", 5.7, 5.6), ("all of it", 34.0, 50.6)], []])
def test_a_broken_promise_or_no_measurement_is_a_failure(
    rows: list[tuple[str, float, float]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert _judged(rows) == 1
    assert "FAILED" in capsys.readouterr().out


def test_a_line_that_means_nothing_to_a_person_is_not_told() -> None:
    assert told({"ProbeLatency": [3.0], "region": "east"}) is None
    assert told({"event": "probe_failed", "region": "east", "reason": "body"}) is not None


def test_an_alert_that_was_sent_is_told() -> None:
    assert told({"event": "alert_sent", "about": "incident/drift"}) == "alert sent: incident/drift"
