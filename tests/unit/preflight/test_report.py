"""What is kept of a preflight until the next one."""

from failover.preflight.finding import Check, Finding, Level
from failover.preflight.report import LIFE, LONGEST_FACT, MOST_KEPT, Fault, Report, reports
from tests.support.builders import NOW, SHOP, settings_of, shop

TWO = settings_of(services=(SHOP, shop(name="blog", record="blog.shop.test")))


def error(service: str | None = None, **facts: str) -> Finding:
    return Finding(Check.REGION_UNHEALTHY, Level.ERROR, service, "west", facts)


def kept(*findings: Finding) -> dict[str, Report]:
    return reports(findings, TWO, "v1", NOW)


def test_every_service_has_its_own_report() -> None:
    found = kept(error("blog", reason="refused"))

    assert found["shop"] == Report("v1", NOW)
    assert found["blog"] == Report(
        "v1", NOW, errors=1, faults=(Fault("region_unhealthy", "west", {"reason": "refused"}),)
    )


def test_what_concerns_the_deployment_is_in_the_report_of_the_first_service() -> None:
    found = kept(error())

    assert (found["shop"].errors, found["blog"].errors) == (1, 0)


def test_warnings_and_what_was_not_checked_are_counted() -> None:
    found = kept(
        Finding(Check.PAUSED, Level.WARNING, "shop"),
        Finding(Check.PINNED, Level.NOT_CHECKED, "shop", reason="the table is away"),
        Finding(Check.PAUSED, Level.NOT_CHECKED, "shop", reason="the table is away"),
    )

    assert found["shop"] == Report("v1", NOW, warnings=1, not_checked=2)


def test_a_report_stays_small() -> None:
    found = kept(*(error("shop", detail="x" * 10_000) for _ in range(50)))["shop"]

    assert found.errors == 50
    assert len(found.faults) == MOST_KEPT
    assert {len(fault.facts["detail"]) for fault in found.faults} == {LONGEST_FACT}


def test_a_report_counts_for_two_hours() -> None:
    report = Report("v1", NOW)

    assert not report.over(NOW + LIFE)
    assert report.over(NOW + LIFE + 1)
    assert report.over(NOW - LIFE - 1)
