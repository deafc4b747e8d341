"""What several services look like, and how an answer of another kind is refused."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from rich.console import Console

from cli.asking import Control, understood
from cli.output import Output
from cli.questions import guards, overview, why
from cli.target import Target
from cli.trouble import Exit, Trouble


def service(word: str, *reasons: str, points_at: Sequence[str] = ("us-east",)) -> dict[str, Any]:
    said = [{"code": "x", "says": reason} for reason in reasons]
    return {"headline": word, "points_at": points_at, "reasons": said}


def drawn(answer: Mapping[str, Any], width: int) -> list[str]:
    console = Console(width=width, file=io.StringIO(), color_system=None)
    with console.capture() as capture:
        console.print(overview(answer), end="")
    return [line.rstrip() for line in capture.get().splitlines()]


@pytest.mark.parametrize("width", [80, 120])
def test_several_services_have_a_line_each_the_worst_first(width: int) -> None:
    lines = drawn(
        {
            "headline": "OUTAGE",
            "summary": ["OUTAGE 1 of 3 services OK: cart OUTAGE, blog DEGRADED"],
            "services": {
                "shop": service("OK"),
                "counted": {"headline": "OK", "record": "counted.shop.test"},
                "blog": {"headline": "DEGRADED", "not_watched": "no address"},
                "cart": service("OUTAGE", "every region is unhealthy", "and more", points_at=()),
            },
        },
        width,
    )
    first, _, *rows = lines
    assert first == "OUTAGE 1 of 3 services OK: cart OUTAGE, blog DEGRADED"
    assert [row.split()[:2] for row in rows] == [
        ["OUTAGE", "cart"],
        ["DEGRADED", "blog"],
        ["OK", "shop"],
        ["OK", "counted"],
    ]
    assert "nothing of ours" in rows[0]
    assert "(and 1 more)" in rows[0]
    assert "no address" in rows[1]
    assert rows[3].split() == ["OK", "counted"]
    assert max(map(len, lines)) <= width


def test_an_override_is_a_command_for_this_stack_or_the_words_that_there_are() -> None:
    control = Control([Target("night", "eu-west-1")])
    event = '{"command": "resume", "service": "*", "by": "<you>", "reason": "<why>"}'
    found = [
        {"guard": "the global stop switch", "saw": "stopped", "override": event},
        {"guard": "mode", "saw": "observed", "override": 'set mode = "act" and deploy'},
        {"guard": "claim", "saw": "busy"},
    ]
    assert list(guards(found, control)) == [
        "  stopped [the global stop switch]",
        "    override: linode-failover resume --everything --stack night --region eu-west-1",
        "  observed [mode]",
        '    override: set mode = "act" and deploy',
        "  busy [claim]",
    ]


def test_why_begins_with_the_line_of_the_service_as_the_function_says_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Where the records point elsewhere, that line says so."""
    line = "FROZEN shop: app.shop.test should point at us-east, but its records say A 203.0.113.9"

    class Answering(Control):
        def ask(self, event: Mapping[str, object]) -> Mapping[str, Any]:
            after = {"action": "hold", "targets": [], "why": [{"guard": "drift", "saw": "foreign"}]}
            shop = service("FROZEN", "ana paused it") | {"next": after}
            return {"summary": ["a broken item", line, "  - x"], "services": {"shop": shop}}

    why(Answering([Target("night", "eu-west-1")]), Output(), "shop")
    assert capsys.readouterr().out.splitlines() == [
        line,
        "  - ana paused it",
        "next: no change, because:",
        "  foreign [drift]",
    ]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"summary": [], "problems": ["until: missing"]}, Exit.REFUSED),
        ({"summary": ["status of shop did not end: the table is away"], "failed": True}, 5),
    ],
)
def test_what_was_not_understood_or_has_failed_is_trouble(
    answer: dict[str, Any], code: int
) -> None:
    with pytest.raises(Trouble) as trouble:
        understood(answer)
    assert trouble.value.code == code
    assert trouble.value.step
