"""docs/alerts.md says what the code does, row by row and letter by letter."""

import re
from pathlib import Path

import pytest

from failover.app.sign_of_life import PING_SECONDS
from failover.notify.catalogue import NOTICES
from failover.notify.events import Event, What
from failover.notify.kinds import RAISED_AFTER, Kind
from failover.notify.messages import Place, letter
from failover.notify.notice import Notice, Reach
from failover.publication import incidents, outbox
from failover.publication.outcomes import UNCHANGED
from failover.publication.parts import Cause
from tests.support.builders import SHOP, settings_of

PAGE = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text(encoding="utf-8")
PLACE = Place("linode-region-failover", "eu-west-1", "/linode-region-failover/token")

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
        "why": ("east is unhealthy [active region]", "west is healthy [candidate]"),
        "regions": (
            'east is unhealthy since 2027-01-15T07:59:59Z, last failure: refused "no answer"',
            "west is healthy since 2027-01-14T02:11:40Z",
            "south is healthy since 2027-01-14T02:11:40Z",
        ),
        "seconds_to_detect": "10.1",
        "seconds_to_publish": "0.6",
    },
)


def row(about: str, notice: Notice) -> str:
    """The line of the table for one kind of event."""
    more = "history" if notice.reach is Reach.HISTORY else "status"
    acts = f"`{notice.command['command']}`" if notice.command else "-"
    acts = "a new token" if notice.token else acts
    return (
        f"| `{about}` | {notice.reach} | {notice.means} | `{more}` | {notice.do} | {acts}"
        f" | {notice.ignore} |"
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
        ("absent for {} minutes", incidents.SHORTEST_QUIET / 60),
        ("up to {} h", incidents.LONGEST_QUIET / 3600),
        ("for {} s", outbox.MARK_SECONDS),
        ("more than {} alerts wait", outbox.MOST_WAITING),
        ("within {} s", PING_SECONDS),
        ("for {} minutes", outbox.STUCK_SECONDS / 60),
    ],
)
def test_its_numbers_are_those_of_the_code(said: str, value: float) -> None:
    assert said.format(f"{value:.0f}") in " ".join(PAGE.split())


def test_how_long_each_condition_must_last_is_told() -> None:
    section = PAGE.partition("## Incidents\n")[2].partition("\n## ")[0]
    told = dict(re.findall(r"^\| `(\w+)` \| (\d+) s \|$", section, re.MULTILINE))
    assert {Kind(kind): float(seconds) for kind, seconds in told.items()} == RAISED_AFTER


def test_every_kind_of_event_has_a_row() -> None:
    kinds = {f"incident/{kind}" for kind in Kind}
    causes = {f"published/{cause}" for cause in Cause if cause is not Cause.EXTERNAL}
    causes.add(f"published/{UNCHANGED}")
    others = {What.SETTLED, What.WITHDRAWN, What.PIN_ENDED, What.ORDER}
    adoptions = {"adopted/adoption", "adopted/external"}
    assert set(NOTICES) == kinds | causes | {"published/address"} | others | adoptions
