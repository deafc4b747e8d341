"""docs/alerts.md says what the code does, row by row and letter by letter."""

import re
from pathlib import Path

import pytest

from failover.core import incidents, outbox
from failover.core.alerting import Place, letter
from failover.core.events import Event, What
from failover.core.notices import NOTICES, Notice, Reach
from failover.core.state import Cause, Kind
from failover.usecases.sign_of_life import PING_SECONDS
from tests.support.builders import SHOP, settings_of

PAGE = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text(encoding="utf-8")
PLACE = Place("linode-region-failover", "eu-west-1")

FAILOVER = Event(
    id="1800000000-17-0",
    at=1_800_000_000.0,
    what=What.PUBLISHED,
    facts={
        "cause": "unhealthy",
        "moved": "yes",
        "from": "east",
        "to": "west",
        "ttl": "30",
        "attempts": "1",
        "why": "active region: east is unhealthy; candidate: west is healthy",
        "regions": "east is unhealthy since 2027-01-15T07:59:59Z, last failure: refused"
        " (ConnectionRefusedError: Connection refused); west is healthy since"
        " 2027-01-14T02:11:40Z; south is healthy since 2027-01-14T02:11:40Z",
        "seconds_to_detect": "10.1",
        "seconds_to_publish": "0.6",
    },
)


def row(about: str, notice: Notice) -> str:
    """The line of the table for one kind of event."""
    more = "history" if notice.reach is Reach.HISTORY else "status"
    acts = f"`{notice.command['command']}`" if notice.command else "-"
    return (
        f"| `{about}` | {notice.reach} | {notice.means} | `{more}` | {notice.do} | {acts}"
        f" | {notice.leave} |"
    )


def test_the_table_is_that_of_the_code() -> None:
    section = PAGE.partition("## Every event\n")[2].partition("\n## ")[0]
    documented = re.findall(r"^\| `[^`]+` \|.*\|$", section, re.MULTILINE)
    assert documented == [row(about, notice) for about, notice in NOTICES.items()]


def test_the_example_is_what_is_sent() -> None:
    sent = letter(FAILOVER, SHOP, settings_of(), PLACE)
    (example,) = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    assert example == f"Subject: {sent.subject}\n\n{sent.text}\n"


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("reminded after {} h", incidents.FIRST_REMINDER / 3600),
        ("then every {} h", incidents.NEXT_REMINDERS / 3600),
        ("{} beginnings of one kind", incidents.TOLD_AT_ONCE),
        ("one in {} minutes", incidents.THEN_EVERY / 60),
        ("for {} s", outbox.MARK_SECONDS),
        ("more than {} alerts wait", outbox.MOST_WAITING),
        ("within {} s", PING_SECONDS),
        ("for {} minutes", outbox.STUCK_SECONDS / 60),
    ],
)
def test_its_numbers_are_those_of_the_code(said: str, value: float) -> None:
    assert said.format(f"{value:.0f}") in " ".join(PAGE.split())


def test_every_kind_of_event_has_a_row() -> None:
    kinds = {f"incident/{kind}" for kind in Kind}
    causes = {f"published/{cause}" for cause in Cause if cause is not Cause.EXTERNAL}
    others = {What.SETTLED, What.WITHDRAWN, What.PIN_ENDED, What.ORDER}
    adoptions = {"adopted/adoption", "adopted/external"}
    assert set(NOTICES) == kinds | causes | {"published/address"} | others | adoptions
