"""An event, its moment and its facts, as people and the catalogue read them."""

import pytest

from failover.notify.events import (
    LAST_MOMENT,
    Event,
    What,
    as_duration,
    as_time,
    seconds_between,
)
from tests.support.builders import NOW


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 s"),
        (0.4, "0 s"),
        (59.4, "59 s"),
        (60, "1 min 0 s"),
        (3599, "59 min 59 s"),
        (3600, "1 h 0 min"),
        (7290, "2 h 1 min"),
        (86_399, "23 h 59 min"),
        (86_400, "1 d 0 h"),
        (93_600, "1 d 2 h"),
    ],
)
def test_a_duration_is_told_in_its_two_largest_units(seconds: float, text: str) -> None:
    assert as_duration(seconds) == text


def test_a_moment_beyond_the_calendar_is_its_end() -> None:
    assert as_time(NOW) == "2027-01-15T08:00:00Z"
    assert as_time(-1.0) == as_time(0.0) == "1970-01-01T00:00:00Z"
    assert as_time(1e300) == as_time(LAST_MOMENT) == "9999-12-31T23:59:59Z"


def test_nothing_took_a_negative_time() -> None:
    assert seconds_between(NOW, NOW + 2.5) == 2.5
    assert seconds_between(NOW + 2.5, NOW) == 0.0


def test_a_fact_is_one_text_or_a_list_of_texts() -> None:
    event = Event("1", NOW, What.ORDER, {"why": "a", "regions": ("b", "c")})
    assert (event.lines("why"), event.lines("regions"), event.lines("none")) == (
        ("a",),
        ("b", "c"),
        (),
    )
    assert (event.text("regions"), event.text("none"), event.text("none", "?")) == ("b, c", "", "?")
    assert event.text("why", "?") == "a"


@pytest.mark.parametrize(
    ("what", "facts", "about"),
    [
        (What.INCIDENT_BEGAN, {"incident": "drift"}, "incident/drift"),
        (What.INCIDENT_LASTS, {"incident": "drift"}, "incident/drift"),
        (What.INCIDENT_ENDED, {"incident": "drift"}, "incident/drift"),
        (What.PUBLISHED, {"cause": "unhealthy", "from": "a", "to": "b"}, "published/unhealthy"),
        (What.PUBLISHED, {"cause": "unhealthy", "from": "a", "to": "a"}, "published/address"),
        (What.PUBLISHED, {"cause": "failback", "from": "a", "to": "a"}, "published/address"),
        (What.PUBLISHED, {"cause": "operator", "from": "a", "to": "a"}, "published/address"),
        (What.PUBLISHED, {"cause": "drift", "from": "a", "to": "a"}, "published/drift"),
        (What.PUBLISHED, {"cause": "unhealthy"}, "published/unhealthy"),
        (What.ADOPTED, {"cause": "external", "from": "a", "to": "a"}, "adopted/external"),
        (What.SETTLED, {"cause": "drift"}, "settled"),
        ("eclipse", {"cause": "drift"}, "eclipse"),
    ],
)
def test_an_event_belongs_to_one_row_of_the_catalogue(
    what: str, facts: dict[str, str], about: str
) -> None:
    assert Event("1", NOW, what, facts).about == about
