"""The commands that change nothing: each asks the control function, and shows what it says."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from cli.asking import Answer, Control, understood
from cli.commands import as_command
from cli.looking import Eye
from cli.output import Output, person
from cli.trouble import Exit, Trouble
from cli.view import WORDS, render
from failover.decision.headline import Headline
from failover.notify import catalogue
from failover.notify.events import Event
from failover.quoting import one_line

EVERY = 2.0
"""Seconds between two looks of `--watch`."""

CODES = {
    Headline.OK: Exit.OK,
    Headline.DEGRADED: Exit.DEGRADED,
    Headline.OUTAGE: Exit.OUTAGE,
    Headline.FROZEN: Exit.FROZEN,
}


def asked(control: Control, command: str, service: str | None, **keys: object) -> Answer:
    """The answer to a question. Raises Trouble."""
    about = {"service": service} if service else {}
    return understood(control.ask({"command": command, **about, **keys}))


def status(control: Control, out: Output, service: str | None, watch: bool) -> int:
    """Show how everything stands; the exit code is that of the word."""
    if watch and not (person() and not out.json):
        raise Trouble("--watch needs a terminal.", "leave it out", Exit.USAGE)
    with out.working("asking the control function"):
        answer = asked(control, "status", service)
    if watch:
        return _watched(control, out, service, answer)
    out.facts(answer)
    if not (out.json or out.quiet):
        out.draw(_Look(control).picture(answer, out.console.width))
    return CODES[Headline(answer["headline"])]


class _Look:
    """Draws answers: one service with all that is known of it, several with a line each."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._eyes: dict[str, Eye] = {}

    def picture(self, answer: Answer, width: int, height: int | None = None) -> RenderableType:
        names = list(answer["services"])
        if len(names) != 1:
            return overview(answer)
        eye = self._eyes.setdefault(names[0], Eye(self._control, names[0]))
        return render(eye.look(answer), width, height)


def _watched(control: Control, out: Output, service: str | None, answer: Answer) -> int:
    """Draw again and again, until Ctrl-C. What cannot be read is said, and tried again."""
    look, size = _Look(control), out.console.size
    with out.console.status("looking"):
        picture = look.picture(answer, size.width, size.height - 1)
    try:
        with Live(console=out.console, screen=True, auto_refresh=False) as live:
            foot = Text(f"every {EVERY:.0f} s; Ctrl-C ends", "dim")
            while True:
                live.update(Group(picture, foot), refresh=True)
                time.sleep(EVERY)
                size = out.console.size
                try:
                    answer = asked(control, "status", service)
                    picture = look.picture(answer, size.width, size.height - 1)
                    foot = Text(f"every {EVERY:.0f} s; Ctrl-C ends", "dim")
                except Trouble as trouble:
                    foot = Text(f"{trouble.what} Trying again; next: {trouble.step}", "bold red")
    except KeyboardInterrupt:
        return CODES[Headline(answer["headline"])]


def overview(answer: Answer) -> RenderableType:
    """Several services, a line each, the worst first."""
    headline = Headline(answer["headline"])
    first = one_line(answer["summary"][0]).removeprefix(headline).lstrip()
    table = Table(box=None, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("", "service", "points at", "why"):
        table.add_column(name, header_style="dim", no_wrap=name != "why", overflow="ellipsis")
    order = list(Headline)
    found: list[tuple[str, Mapping[str, Any]]] = sorted(
        answer["services"].items(), key=lambda each: order.index(Headline(each[1]["headline"]))
    )
    for name, facts in found:
        word = Headline(facts["headline"])
        where = ", ".join(facts.get("points_at") or ()) or "nothing of ours"
        if "points_at" not in facts:  # of very many services some are only counted
            where = ""
        table.add_row(Text(word, WORDS[word]), Text(name), Text(where), Text(_reason(facts)))
    return Group(Text.assemble((headline, WORDS[headline]), f" {first}"), table)


def _reason(facts: Mapping[str, Any]) -> str:
    if "not_watched" in facts:
        return one_line(facts["not_watched"])
    reasons = facts.get("reasons", ())
    more = len(reasons) - 1
    first = next((one_line(reason["says"]) for reason in reasons), "")
    return f"{first} (and {more} more)" if more > 0 else first


def why(control: Control, out: Output, service: str) -> int:
    """Show each reason, and each hold with the command that overrides it."""
    answer = asked(control, "status", service)
    facts = answer["services"][service]
    out.facts({name: facts.get(name) for name in ("headline", "reasons", "next", "not_watched")})
    out.lines(_why(service, facts, answer["summary"], control))
    return Exit.OK


def _why(
    service: str, facts: Mapping[str, Any], summary: Sequence[str], control: Control
) -> Iterator[str]:
    """The line of the service as the control function says it, then what is behind it."""
    begins = f"{facts['headline']} {service}: "
    yield from (one_line(line) for line in summary if line.startswith(begins))
    if "not_watched" in facts:
        return
    for reason in facts["reasons"]:
        yield f"  - {one_line(reason['says'])}"
    after = facts["next"]
    doing = "no change" if after["action"] == "hold" else after["action"]
    yield " ".join((f"next: {doing}", *after["targets"])) + ", because:"
    yield from guards(after["why"], control)


def guards(found: Sequence[Mapping[str, Any]], control: Control) -> Iterator[str]:
    """Guards, each with what overrides it: a command where one does."""
    for guard in found:
        yield f"  {one_line(guard['saw'])} [{guard['guard']}]"
        if override := guard.get("override"):
            yield f"    override: {as_command(override, control.target.said) or override}"


def history(control: Control, out: Output, service: str | None, limit: int) -> int:
    """Show what happened."""
    answer = asked(control, "history", service, limit=limit)
    out.facts(answer)
    out.lines(answer["summary"])
    return Exit.OK


def alerts(control: Control, out: Output, service: str | None, limit: int) -> int:
    """Show what operators were alerted about."""
    stands = asked(control, "status", service)
    told = asked(control, "history", service, limit=limit)
    sent = [
        (line, event)
        for line, event in zip(told["summary"], told["events"], strict=False)
        if catalogue.alerts(Event(event["id"], 0.0, event["what"], event["facts"]))
    ]
    going = {
        name: sorted(kind for kind, each in facts["incidents"].items() if each["raised"])
        for name, facts in stands["services"].items()
        if "incidents" in facts
    }
    out.facts({"open": going, "alerts": [event for _, event in sent]})
    lines = [f"open: {name}: {', '.join(kinds)}" for name, kinds in going.items() if kinds]
    out.lines(lines or ["no incident is open"], "bold" if lines else "")
    out.lines([line for line, _ in sent] or ["no alert is among the latest events"])
    return Exit.OK


def data_status(control: Control, out: Output, service: str | None) -> int:
    """Show how old the data is."""
    answer = asked(control, "data-status", service)
    out.facts(answer)
    out.lines(answer["summary"])
    return Exit.OK


def preflight(answer: Answer, out: Output) -> int:
    """Show what would keep a failover from working."""
    out.facts(answer)
    out.lines(answer["summary"])
    return Exit.OK if answer["ready"] else Exit.NOT_READY
