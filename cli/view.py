"""The live view of one service: what a person sees in a terminal, or in a picture.

A pure function of a snapshot: of what the control function says, and what else is known. `make
local` draws it, and so does `linode-failover status`.
"""

import io
import re
from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from cli.decided import decided
from cli.probes import STRIP
from cli.snapshot import Facts, Said, Snapshot
from cli.wrapping import wrapped
from failover.decision.headline import Headline
from failover.health.probe import Reason
from failover.health.tally import Vote
from failover.quoting import one_line
from failover.zone.records import Family

MOST_REASONS = 4
"""So many reasons for the word are shown; `why` has all."""

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
    Reason.BACKENDS: "N",
    Reason.UNSENT: "U",
}
"""One mark for each way to fail, told apart without colour, too."""

_COLOURS = {Vote.HEALTHY: "green", Vote.UNHEALTHY: "bold red", Vote.UNKNOWN: "yellow"}
WORDS = {
    Headline.OK: "bold green",
    Headline.DEGRADED: "bold yellow",
    Headline.FROZEN: "bold blue",
    Headline.OUTAGE: "bold white on red",
}
"""How the word for a service is shown."""

_INDENT = 12  # where the text of a fact begins
_EVENT_INDENT = 11  # where the text of an event begins, beside its seconds
_FONTS = "'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace"


def render(seen: Snapshot, width: int, height: int | None = None) -> RenderableType:
    """The view, `width` columns wide, with as many of the last events as `height` lines hold."""
    if "not_watched" in seen.facts:
        return Group(
            _heading(seen.facts["record"], seen.clock, Headline(seen.facts["headline"])),
            _fact("trouble", seen.facts["not_watched"], width),
        )
    head = Group(
        _heading(seen.facts["record"], seen.clock, Headline(seen.facts["headline"])),
        *_reasons(seen.facts, width),
        _regions(seen, width),
        _heading("decision", "control table"),
        *(_fact(name, text, width) for name, text in decided(seen)),
        _heading("the name", seen.dig),
        _name(seen),
        _heading("events", seen.about_events),
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
    svg = console.export_svg(title="linode-failover", unique_id="view")
    svg = svg.replace("<svg ", '<svg xml:space="preserve" ', 1)
    svg = re.sub(r"@font-face \{.*?\}\s*|<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    return re.sub(r"font-family: Fira Code[^;]*;", f"font-family: {_FONTS};", svg)


def _heading(left: str, right: str, word: Headline | None = None) -> RenderableType:
    row = Table.grid(expand=True, padding=(0, 1, 0, 0))
    row.add_column(no_wrap=True)
    row.add_column(ratio=1)
    row.add_column(no_wrap=True)
    title = Text(left, "bold cyan")
    if word:
        title = Text.assemble((word, WORDS[word]), " ", title)
    row.add_row(title, Rule(style="dim cyan"), Text(right, "dim"))
    return row


def _reasons(facts: Facts, width: int) -> Iterator[Text]:
    """Each reason for the word."""
    for reason in facts["reasons"][:MOST_REASONS]:
        lines = wrapped(one_line(reason["says"]), max(20, width - 2))
        yield Text("\n".join(f"{'- ' if i == 0 else '  '}{line}" for i, line in enumerate(lines)))
    if more := facts["reasons"][MOST_REASONS:]:
        yield Text(f"- and {len(more)} more", "dim")


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
    for name, region in seen.facts["regions"].items():
        table.add_row(*_region(seen, name, region)[: None if wide else 5])
    return Group(table, _legend(seen))


def _points_at(seen: Snapshot, region: Facts) -> bool:
    """Whether the name points at a region: not if its records have addresses of none of ours."""
    regions = _owners(seen)
    return region["active"] and (
        not seen.records or any(said.address in regions for said in seen.records)
    )


def _region(seen: Snapshot, name: str, region: Facts) -> list[Text]:
    vote, active = Vote(region["verdict"]), _points_at(seen, region)
    tally = next(iter(region["tallies"].values()), None)
    probes = (seen.probes or {}).get(name, ())
    return [
        Text(f"{'▸' if active else ' '} {name}", "bold" if active else ""),
        _strip(probes[-STRIP:]),
        Text(vote, _COLOURS[vote]),
        Text(tally["failures"] if tally else "none yet"),
        Text(tally["successes"] if tally else "none yet"),
        Text(region["ipv4"]),
        Text((tally and tally["last_failure"]) or "", no_wrap=True, overflow="ellipsis"),
    ]


def _strip(probes: Sequence[Reason | None]) -> Text:
    marks = [(MARKS[p], _COLOURS[Vote.UNHEALTHY]) if p else (GOOD, "green") for p in probes]
    return Text.assemble(*marks)


def _legend(seen: Snapshot) -> Text:
    if seen.probes is None:
        return Text(f"  ▸ the name points here   single probes are not shown: {seen.blank}", "dim")
    failed = {probe for probes in seen.probes.values() for probe in probes[-STRIP:] if probe}
    marks = [
        f"{mark} {reason.replace('_', ' ')}" for reason, mark in MARKS.items() if reason in failed
    ]
    return Text("   ".join(("  ▸ the name points here", f"{GOOD} good", *marks)), "dim")


def _fact(name: str, text: str, width: int) -> Text:
    """One fact of the decision. The last one always has two lines, so that nothing jumps."""
    lines = wrapped(text, max(20, width - _INDENT))
    if name == "next":
        lines += [""] * (2 - len(lines))
    return Text.assemble((f"{name:{_INDENT}}", "dim"), ("\n" + " " * _INDENT).join(lines))


def _name(seen: Snapshot) -> RenderableType:
    table = _table()
    for name in ("", "A", "AAAA", "TTL", "region", ""):
        table.add_column(name, overflow="fold")
    answer = ["no answer", "", "", ""] if seen.dns is None else _said(seen, seen.dns)
    same = seen.dns is None or set(seen.dns) == set(seen.records)
    table.add_row(Text("records", "dim"), *_said(seen, seen.records))
    table.add_row(
        Text("DNS answer", "dim"), *answer, Text("" if same else "differs", "bold yellow")
    )
    return table


def _said(seen: Snapshot, found: Sequence[Said]) -> list[str]:
    """The addresses of each family, their TTLs, and the regions that they belong to."""
    regions = _owners(seen)
    columns = [{said.address for said in found if said.type == family} for family in Family]
    columns.append({f"{said.ttl} s" for said in found})
    columns.append({regions.get(said.address, "not ours") for said in found})
    return [", ".join(sorted(texts)) or "none" for texts in columns]


def _owners(seen: Snapshot) -> Mapping[str, str]:
    """The region that each address belongs to."""
    return {
        region[family]: name
        for name, region in seen.facts["regions"].items()
        for family in ("ipv4", "ipv6")
    }


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
        for part in wrapped(line, width, " " * _EVENT_INDENT) or [""]
    ]


def _prompt(typed: str, width: int) -> Text:
    hint = "" if typed else "  what shall happen? help lists it, quit ends"
    shown = typed[-max(1, width - 4) :]
    return Text.assemble(("> ", "bold"), shown, (" ", "reverse"), (hint, "dim"))


def _height(head: RenderableType, width: int) -> int:
    return len(Console(width=width, file=io.StringIO()).render_lines(head))
