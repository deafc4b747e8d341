"""How a preflight reads, and what its report says in the status."""

from failover.preflight import words
from failover.preflight.checks import run
from failover.preflight.finding import Check, Finding, Level
from failover.preflight.report import Fault, Report
from tests.support.builders import NOW
from tests.unit.preflight.scenes import FAULTS, REASON, healthy, of_service

CHECKS = len(Check)


def test_nothing_wrong_is_one_line() -> None:
    assert words.lines((), 2) == [
        f"READY: {CHECKS} checks of 2 services, 0 errors, 0 warnings, 0 not checked"
    ]


def test_an_error_is_told_with_why_it_matters_and_what_fixes_it() -> None:
    found = run(FAULTS[Check.REGION_CERTIFICATE_ENDS].spoil(healthy()))

    assert words.lines(found, 1) == [
        f"NOT READY: {CHECKS} checks of 1 service, 1 error, 0 warnings, 0 not checked",
        "error region_certificate_ends (shop west): the certificate of west ends in 3.0 days",
        "  why: After that the region counts as dead. What renews it has not done so in time.",
        "  fix: Renew the certificate of west, and correct what should have renewed it",
    ]


def test_warnings_do_not_keep_it_from_being_ready() -> None:
    found = run(FAULTS[Check.REGION_SLOW].spoil(healthy()))

    assert words.lines(found, 1)[0].startswith("READY: ")
    assert words.lines(found, 1)[1].startswith("warning region_slow (shop west): ")


def test_what_was_not_checked_is_told_once_for_each_reason() -> None:
    found = run(of_service(authorities=REASON)(healthy()))

    assert words.lines(found, 1) == [
        f"READY: {CHECKS} checks of 1 service, 0 errors, 0 warnings, 3 not checked",
        "not checked serials_differ, ttl_served_longer, negative_ttl_long: nobody asked",
    ]


def test_what_others_said_cannot_add_a_line() -> None:
    finding = Finding(Check.RECORDS_UNREAD, Level.ERROR, "shop", facts={"error": "a\nREADY\x1b"})
    assert words.seen(finding) == "the records of shop cannot be read: a?READY?"


def test_a_report_is_ready_or_names_what_is_wrong() -> None:
    ready = Report("v1", NOW - 300.0, warnings=1)
    fault = Fault("region_certificate_ends", "west", {"days": "3.0"})
    bad = Report("v1", NOW - 300.0, errors=1, not_checked=2, faults=(fault,))

    assert words.readiness(ready, "shop", NOW) == (
        "ready, 0 errors, 1 warning, 0 not checked (v1, 5 min 0 s ago)"
    )
    assert words.readiness(bad, "shop", NOW) == (
        "not ready, 1 error, 0 warnings, 2 not checked (v1, 5 min 0 s ago); "
        "region_certificate_ends: the certificate of west ends in 3.0 days"
    )


def test_an_old_report_says_nothing_about_now() -> None:
    assert words.readiness(Report("v1", NOW - 10_800.0), "shop", NOW) == (
        "not known: the last preflight was made by v1, 3 h 0 min ago"
    )


def test_an_error_of_another_release_is_named() -> None:
    assert words.fault(Fault("moon_phase", "west"), "shop") == "moon_phase west"
    assert words.fault(Fault("region_certificate_ends", "west"), "shop") == (
        "region_certificate_ends: the certificate of west ends in ? days"
    )
