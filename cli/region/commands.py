"""The commands of `linode-failover region`."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import click

from cli.output import Output, person
from cli.region import applying, prices, reading, words
from cli.region.file import Regions, load
from cli.region.model import Existing, Kind, Plan
from cli.region.planning import Prices, plan
from cli.region.probing import prober
from cli.region.tables import RegionTable
from cli.region.verifying import Finding, findings
from cli.region.wanted import balancer_label, tag, wants
from cli.trouble import Exit, Trouble

_EVERY = 5.0
"""Seconds between two looks of `verify --wait`, for each region: Linode answers so many lists a
minute."""


@dataclass(frozen=True, slots=True)
class _Account:
    """A file, and what Linode has of it."""

    api: Any
    regions: Regions
    there: Existing
    only: str | None
    delete: Sequence[str]

    def priced(self) -> Plan:
        """The plan, with what it costs."""
        return self.plan(prices.read(self.api, self.regions))

    def plan(self, listed: Prices = MappingProxyType({})) -> Plan:
        """The plan, for who asks for no prices."""
        wanted = list(wants(self.regions, self.there, self.only))
        found = plan(self.there, wanted, listed, tag(self.regions), self.delete)
        for step in found.steps:
            if step.kind is Kind.DOMAIN and not step.body["soa_email"]:
                raise Trouble(
                    f"The account has no zone {step.label}.",
                    "add soa_email to [record] so that it can be made, or use the token of the "
                    "account that has it",
                    Exit.REFUSED,
                )
        return found


def _read(file: Path, only: str | None, delete: Sequence[str] = ()) -> _Account:
    regions = load(file)
    if only:
        regions.region(only)
    api = reading.client(reading.token())
    there = reading.read(api, regions)
    return _Account(api, regions, there, only, delete)


def show(out: Output, file: Path, only: str | None, delete: Sequence[str]) -> int:
    """Show the plan."""
    found = _read(file, only, delete).priced()
    out.facts(words.facts(found))
    _printed(out, found)
    return Exit.OK


def apply(out: Output, file: Path, only: str | None, delete: Sequence[str], yes: bool) -> int:
    """Show the plan, and carry it out. Raises Trouble."""
    account = _read(file, only, delete)
    found = account.priced()
    _printed(out, found)
    if found.steps:
        _confirmed(yes)
    done = _carried_out(out, account)
    after = account.plan()
    out.facts({**words.facts(found), "done": done})
    if found.steps:
        out.lines([f"Done: {done} calls. Next: linode-failover region verify {file} --wait 900"])
    assert not after.steps
    return Exit.OK


def _carried_out(out: Output, account: _Account) -> int:
    done = 0
    for step in applying.apply(account.api, account.there, account.plan):
        out.lines([f"  {words.title(step)}"])
        done += 1
    return done


def _confirmed(yes: bool) -> None:
    if yes:
        return
    if not person():
        raise Trouble("Nothing was changed: nobody can be asked.", "add --yes", Exit.USAGE)
    if not click.confirm("Carry this out?"):
        raise Trouble("Nothing was changed.", "run it again when it is right", Exit.ABORTED)


def _printed(out: Output, found: Plan) -> None:
    for line, style in words.lines(found):
        out.lines([line], style)


def verify(out: Output, file: Path, only: str | None, wait: float) -> int:
    """Look at every region, until all is good or the time is over."""
    until = time.monotonic() + wait
    every = _EVERY * (1 if only else len(load(file).said.region))
    while True:
        found = _found(file, only)
        if all(each.good for each in found) or time.monotonic() >= until:
            break
        if out.live:
            bad = next(each for each in found if not each.good)
            out.lines([f"waiting: {bad.region} {bad.says}"], "dim")
        time.sleep(min(every, max(0.0, until - time.monotonic())))
    good = all(each.good for each in found)
    listed = [{"region": e.region or None, "good": e.good, "says": e.says} for e in found]
    out.facts({"good": good, "findings": listed})
    _told(out, found)
    return Exit.OK if good else Exit.NOT_READY


def _found(file: Path, only: str | None) -> list[Finding]:
    account = _read(file, only)
    probe = prober(account.regions)
    return list(findings(account.regions, account.there, account.plan(), probe, only))


def _told(out: Output, found: Sequence[Finding]) -> None:
    for each in found:
        where = f"{each.region}: " if each.region else ""
        word, style = ("ok ", "") if each.good else ("BAD", "red")
        out.lines([f"{word} {where}{each.says}"], style)


def add(out: Output, file: Path, name: str, yes: bool, wait: float, service: str) -> int:
    """Take a running service to another region, up to its settings. Raises Trouble."""
    account = _read(file, name)
    region = account.regions.region(name)
    found = account.priced()
    _printed(out, found)
    if found.steps:
        _confirmed(yes)
        _carried_out(out, account)
    code = verify(Output(quiet=out.json or out.quiet), file, name, wait)
    if code != Exit.OK:
        raise Trouble(
            f"{name} is made, and does not work yet.",
            f"linode-failover region verify {file} --only {name} --wait 900",
            Exit.NOT_READY,
        )
    lines = settings_lines(account.regions, region)
    out.facts({**words.facts(found), "settings": lines, "next": _steps(service, name)})
    out.lines(["", f"{name} works. Add it to the settings of {service}, below its other regions,"])
    out.lines(["and raise revision by 1:", ""])
    out.lines(lines, "bold")
    out.lines(["", "Then:", *(f"  {number}. {step}" for number, step in _steps(service, name))])
    return Exit.OK


def settings_lines(regions: Regions, region: RegionTable) -> list[str]:
    """What makes the monitor watch a region: lines of its settings."""
    return [
        "[[service.region]]",
        f'name         = "{region.name}"',
        f'aws_region   = "{region.aws_region}"',
        f'nodebalancer = "{balancer_label(regions, region.name)}"',
    ]


def _steps(service: str, region: str) -> list[tuple[int, str]]:
    """From the settings to a region that takes traffic."""
    said = (
        "make check-config && make deploy",
        f"linode-failover status {service} --watch    # until {region} is healthy for a day",
        f"linode-failover preflight {service}",
        f"linode-failover failover {service} {region} --dry-run",
    )
    return list(enumerate(said, start=1))
