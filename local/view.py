"""The live view: what a person sees of the embedded world in a terminal, or in a picture.

A pure function of a snapshot. Where snapshots come from is in `local.screen`.
"""

import io
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from failover.decision.decide import decide
from failover.decision.decision import Action
from failover.decision.retries import retries
from failover.decision.view import View
from failover.decision.words import guards
from failover.health.probe import Reason
from failover.health.tally import Tally, Vote
from failover.notify.commands import EVERYTHING
from failover.settings.model import Region
from failover.zone.records import Family
from local.story import STRIP

WIDE = 110
"""From so many columns on there is room for addresses and the last failure."""

GOOD = "•"
MARKS: Mapping[Reason, str] = {
    Reason.REFUSED: "R",
    Reason.CONNECT_TIMEOUT: "C",
    Reason.TLS: "L",
    Reason.DEADLINE: "D",
    Reason.RESET: "X",
    Reason.PROTOCOL: "P",
    Reason.STATUS: "S",
    Reason.REDIRECT: "3",
    Reason.TOO_LARGE: "T",
    Reason.NOT_JSON: "J",
    Reason.BODY: "B",
    Reason.WRONG_REGION: "W",
}
"""One mark for each way to fail, told apart without colour, too."""

_COLOURS = {Vote.HEALTHY: "green", Vote.UNHEALTHY: "bold red", Vote.UNKNOWN: "yellow"}
_INDENT = 12  # where the text of a fact begins
_EVENT_INDENT = 11  # where the text of an event begins, beside its seconds
_FONTS = "'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace"


class Said(NamedTuple):
    """One address that the records or a name server give for the name; the TTL is seconds."""

    type: str
    address: str
    ttl: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that is drawn. `began` is the start, from which seconds count (Unix seconds).

    `probes` are the last probes by region, oldest first, None for a good one. `dns` is None when
    the name server did not answer; `dig` is how a person asks it. `prompt` is what is being typed,
    None where nothing can be. `trouble` says why the table could not be read: what is shown of it
    is then as it was.
    """

    view: View
    began: float
    probes: Mapping[str, Sequence[Reason | None]]
    records: Sequence[Said]
    dns: Sequence[Said] | None
    events: Sequence[str]
    dig: str
    prompt: str | None = None
    trouble: str | None = None


def render(seen: Snapshot, width: int, height: int | None = None) -> RenderableType:
    """The view, `width` columns wide, with as many of the last events as `height` lines hold."""
    head = Group(
        _heading(seen.view.service.record, f"{seen.view.now - seen.began:.1f} s"),
        _regions(seen, width),
        _heading("decision", "control table"),
        *(_fact(name, text, width) for name, text in _decision(seen)),
        _heading("the name", seen.dig),
        _name(seen),
        _heading("events", "seconds since the start"),
    )
    lines = [line for event in seen.events for line in _event(event, width)]
    typed = [] if seen.prompt is None else [_prompt(seen.prompt, width)]
    if height is not None:
        room = max(0, height - _height(head, width) - len(typed))
        lines = [*lines[len(lines) - min(room, len(lines)) :], *[Text()] * (room - len(lines))]
    return Group(head, *lines, *typed)


def picture(seen: Snapshot, width: int = 100) -> str:
    """The view as an SVG that needs nothing from elsewhere: no font, no address."""
    console = Console(
        width=width, record=True, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    console.print(render(seen, width))
    svg = console.export_svg(title="make demo", unique_id="view")
    svg = svg.replace("<svg ", '<svg xml:space="preserve" ', 1)
    svg = re.sub(r"@font-face \{.*?\}\s*|<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    return re.sub(r"font-family: Fira Code[^;]*;", f"font-family: {_FONTS};", svg)


def _heading(left: str, right: str) -> RenderableType:
    row = Table.grid(expand=True, padding=(0, 1, 0, 0))
    row.add_column(no_wrap=True)
    row.add_column(ratio=1)
    row.add_column(no_wrap=True)
    row.add_row(Text(left, "bold cyan"), Rule(style="dim cyan"), Text(right, "dim"))
    return row


def _regions(seen: Snapshot, width: int) -> RenderableType:
    wide = width >= WIDE
    table = _table()
    table.add_column("  region", no_wrap=True)
    table.add_column(f"last {STRIP} probes", no_wrap=True, min_width=min(STRIP, width - 50))
    table.add_column("verdict", no_wrap=True, min_width=len(Vote.UNHEALTHY))
    for name in ("failures", "good in a row"):
        table.add_column(name, no_wrap=True)
    if wide:
        table.add_column("address", no_wrap=True)
        table.add_column("last failure")  # the only one that gives way
    for region in seen.view.service.regions:
        table.add_row(*_region(seen, region)[: None if wide else 5])
    return Group(table, _legend(seen))


def _region(seen: Snapshot, region: Region) -> list[Text]:
    view, health, address = seen.view, seen.view.service.health, region.addresses.ipv4
    vote = view.vote(region.addresses)
    tallies = [b.tallies[address] for b in view.ballots if address in b.tallies]
    tally = tallies[0] if tallies else Tally(Vote.UNKNOWN, since=view.now, at=view.now)
    active = bool(view.state and region.name in view.state.served.active)
    last = f"{tally.reason}: {tally.detail}" if tally.reason else ""
    return [
        Text(f"{'▸' if active else ' '} {region.name}", "bold" if active else ""),
        _strip(seen.probes.get(region.name, ())[-STRIP:]),
        Text(vote, _COLOURS[vote]),
        Text(f"{tally.failures} of {health.failure_threshold}"),
        Text(f"{tally.successes} of {health.recovery_threshold}"),
        Text(address),
        Text(last, no_wrap=True, overflow="ellipsis"),
    ]


def _strip(probes: Sequence[Reason | None]) -> Text:
    marks = [(MARKS[p], _COLOURS[Vote.UNHEALTHY]) if p else (GOOD, "green") for p in probes]
    return Text.assemble(*marks)


def _legend(seen: Snapshot) -> Text:
    failed = {probe for probes in seen.probes.values() for probe in probes[-STRIP:] if probe}
    marks = [
        f"{mark} {reason.replace('_', ' ')}" for reason, mark in MARKS.items() if reason in failed
    ]
    return Text("   ".join(("  ▸ the name points here", f"{GOOD} good", *marks)), "dim")


def _decision(seen: Snapshot) -> Iterator[tuple[str, str]]:
    """What is decided, and what would be done next: names and texts."""
    state, decision = seen.view.state, decide(seen.view)
    if state is None:
        yield "decision", "none yet"
    else:
        here, there = (
            ", ".join(state.served.active) or "nothing of ours",
            ", ".join(state.publication.targets),
        )
        moved, made = (
            f"{at - seen.began:.1f} s"
            for at in (state.served.moved_at, state.publication.decided_at)
        )
        where = f"{here} since {moved}" if here == there else f"from {here} to {there}"
        counted = f"generation {state.publication.generation}, attempt {state.publication.attempt}"
        yield "decision", f"{where}; {counted}, {state.publication.phase}"
        yield "cause", f"{state.publication.cause}, decided at {made}"
        if lasting := sorted(state.notices.raised()):
            yield "incidents", ", ".join(lasting).replace("_", " ")
    if orders := _orders(seen.view):
        yield "orders", "; ".join(orders)
    if seen.trouble:
        yield "trouble", seen.trouble
    doing = "no change" if decision.action is Action.HOLD else str(decision.action)
    if decision.action is Action.HOLD and (waiting := retries(seen.view)):
        doing = f"retry {waiting[0].what}"
    why = decision.why[-1]
    yield "next", " ".join((doing, *decision.targets)) + f" ({guards.said(seen.view, why)})"


def _orders(view: View) -> list[str]:
    """What people have ordered and what is in force: stops, a pin, regions taken out."""
    state, now = view.state, view.now
    names = {EVERYTHING: "everything"}
    orders = [
        f"{names.get(what, what)} paused by {stop.by} for another {stop.until - now:.0f} s"
        for what, stop in view.stops().items()
    ]
    if state and (pin := state.orders.pinned(now)):
        orders.append(f"{pin.region} pinned by {pin.by} for another {pin.until - now:.0f} s")
    return orders + [f"{region} taken out" for region in sorted(view.excluded())]


def _fact(name: str, text: str, width: int) -> Text:
    """One fact of the decision. The last one always has two lines, so that nothing jumps."""
    lines = textwrap.wrap(text, max(20, width - _INDENT))
    if name == "next":
        lines += [""] * (2 - len(lines))
    return Text.assemble((f"{name:{_INDENT}}", "dim"), ("\n" + " " * _INDENT).join(lines))


def _name(seen: Snapshot) -> RenderableType:
    table = _table()
    for name in ("", "A", "AAAA", "TTL", "region", ""):
        table.add_column(name, overflow="fold")
    answer = ["no answer"] if seen.dns is None else _said(seen, seen.dns)
    same = seen.dns is not None and set(seen.dns) == set(seen.records)
    table.add_row(Text("records", "dim"), *_said(seen, seen.records))
    table.add_row(
        Text("DNS answer", "dim"), *answer, Text("" if same else "differs", "bold yellow")
    )
    return table


def _said(seen: Snapshot, found: Sequence[Said]) -> list[str]:
    """The addresses of each family, their TTLs, and the regions that they belong to."""
    regions = {ip: name for a, name in seen.view.known().items() for ip in (a.ipv4, a.ipv6) if ip}
    columns = [{said.address for said in found if said.type == family} for family in Family]
    columns.append({f"{said.ttl} s" for said in found})
    columns.append({regions.get(said.address, "not ours") for said in found})
    return [", ".join(sorted(texts)) or "none" for texts in columns]


def _table() -> Table:
    return Table(
        box=None, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim"
    )


def _event(event: str, width: int) -> list[Text]:
    """An event as lines, continued below its text. What was made to happen stands out."""
    style = "bold" if event[_EVENT_INDENT:].startswith(("---", ">")) else ""
    return [
        Text(part, style)
        for line in event.splitlines()
        for part in textwrap.wrap(line, width, subsequent_indent=" " * _EVENT_INDENT) or [""]
    ]


def _prompt(typed: str, width: int) -> Text:
    hint = "" if typed else "  what shall happen? help lists it, quit ends"
    shown = typed[-max(1, width - 4) :]
    return Text.assemble(("> ", "bold"), shown, (" ", "reverse"), (hint, "dim"))


def _height(head: RenderableType, width: int) -> int:
    return len(Console(width=width, file=io.StringIO()).render_lines(head))
