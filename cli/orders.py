"""The commands that change something: who asks and why, what would happen, and then following it.

Before a person confirms an order, the control function judges it as a dry run, so that its effect
is known. Where nobody confirms, nothing stands between the order and its being followed. It is sent
with an id: whatever repeats it, it acts once.
"""

import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import click

from cli.asking import Answer, Control, understood
from cli.commands import complete
from cli.output import Output, person
from cli.questions import asked, guards
from cli.refusals import aws
from cli.trouble import Exit, Trouble
from failover.decision.guard import Hold
from failover.notify.commands import EVERYTHING, Command

LONGEST_NAME = 100
EVERY = 2.0
"""Seconds between two looks at a publication."""

MOVES = frozenset((Command.FAILOVER, Command.FAILBACK, Command.PIN, Command.TAKEOVER))
"""The orders that may publish."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line says. `wait` is for how many seconds a publication is followed."""

    command: Command
    service: str
    by: str | None
    reason: str | None
    region: str | None = None
    until: str | None = None
    force: bool = False
    dry_run: bool = False
    yes: bool = False
    wait: float = 0.0


def order(control: Control, out: Output, wanted: Wanted) -> int:
    """Carry out an order, or its dry run; the exit code."""
    event = _event(control, out, wanted)
    if wanted.dry_run or (out.live and not wanted.yes):
        with out.working("looking at what it would do"):
            judged = understood(control.ask({**event, "dry_run": True}))
        if wanted.dry_run or not (_waits(judged) or judged.get("would_change")):
            return _shown(judged, control, out)
        _confirmed(judged, control, out, wanted)
    return _carried_out(control, out, wanted, event)


def _event(control: Control, out: Output, wanted: Wanted) -> dict[str, object]:
    """The order as an event, with who asks and why. Raises Trouble."""
    event: dict[str, object] = {
        "command": str(wanted.command),
        "service": wanted.service,
        "by": wanted.by or identity(control),
        "reason": wanted.reason or _reason(out, wanted),
        "id": str(uuid.uuid4()),
    }
    region = wanted.region
    if wanted.command is Command.PIN and region is None:
        region = _where(control, wanted.service)
    given = {"region": region, "until": wanted.until, "force": wanted.force or None}
    return event | {key: value for key, value in given.items() if value is not None}


def _where(control: Control, service: str) -> str:
    """The one region that a name points at. Raises Trouble."""
    facts = asked(control, "status", service)["services"][service]
    match facts.get("points_at"):
        case [region]:
            return str(region)
        case found:
            raise Trouble(
                f"{facts['record']} points at {', '.join(found or ()) or 'no region of ours'}.",
                f"name the region: linode-failover pin {service} REGION --until 4h",
                Exit.USAGE,
            )


def identity(control: Control) -> str:
    """Who asks, as AWS knows the caller. Raises Trouble."""
    with aws("who you are (sts:GetCallerIdentity); --by names you as well"):
        found = control.target.client("sts").get_caller_identity()
    _, _, name = str(found["Arn"]).rpartition(":")
    return name.removeprefix("user/")[-LONGEST_NAME:]


def _reason(out: Output, wanted: Wanted) -> str:
    if not person() or out.json or out.quiet:
        raise Trouble(
            f"Why {wanted.command}? The reason is kept and shown to whoever reads it later.",
            'say it: --reason "us-east loses packets"',
            Exit.USAGE,
        )
    said: str = click.prompt(f"Why {wanted.command}", prompt_suffix="? ")
    return said


def _waits(judged: Answer) -> bool:
    """Whether all that holds the order is a publication under way: the order waits for that."""
    holds = [guard["guard"] for guard in judged.get("guards", ())]
    return bool(holds) and set(holds) == {Hold.CLAIM}


def _shown(judged: Answer, control: Control, out: Output) -> int:
    """A dry run, or an order that would change nothing."""
    if judged.get("refused"):
        return _refused(judged, control, out)
    out.facts(judged)
    out.lines(judged["summary"][0 if judged["would_change"] else 1 :])
    return Exit.OK


def _refused(answer: Answer, control: Control, out: Output) -> int:
    out.facts(answer)
    lines = [answer["summary"][0], *guards(answer["guards"], control)]
    if out.quiet:
        raise Trouble(" ".join(lines[:2]), "run it without --quiet to see all", Exit.REFUSED)
    out.lines(lines[:1], "bold red")
    out.lines(lines[1:])
    return Exit.REFUSED


def _confirmed(judged: Answer, control: Control, out: Output, wanted: Wanted) -> None:
    """Show what would happen, and ask a person. Raises Trouble."""
    out.lines(judged["summary"][1:])
    where = f"{control.target.stack} in {control.target.region}"
    if not click.confirm(f"{wanted.command} on {where}: go on?"):
        raise Trouble("Nothing was changed.", "nothing", Exit.ABORTED)


def _carried_out(control: Control, out: Output, wanted: Wanted, event: Mapping[str, object]) -> int:
    began = time.monotonic()
    with out.working("writing the records" if wanted.command in MOVES else "sending the order"):
        answer = understood(control.ask(event))
    if answer.get("refused"):
        return _refused(answer, control, out)
    out.lines(_done(answer, control))
    published = answer.get("publication")
    if published is None:
        out.facts(answer)
        return Exit.OK
    served = published["seconds"] and published["seconds"]["served"]
    if served is None:
        served = _followed(control, out, wanted, published["generation"], began)
    out.facts({**answer, "seconds_until_served": served})
    if served is None:
        look = f"linode-failover status {wanted.service} {control.target.said}"
        told = f"not served by every name server after {wanted.wait:.0f} s; the monitor goes on"
        out.lines([told, f"  look: {look}"], "bold yellow")
        return Exit.NOT_SERVED
    out.lines([f"served by every name server {served:.1f} s after the order"], "bold green")
    return Exit.OK


def _done(answer: Answer, control: Control) -> Iterator[str]:
    """What was done, without the status that the answer ends with."""
    for line in answer["summary"]:
        if answer.get("headline") and str(line).startswith(f"{answer['headline']} "):
            return
        yield complete(str(line), control.target.said)


def _followed(
    control: Control, out: Output, wanted: Wanted, generation: int | None, began: float
) -> float | None:
    """Look until every name server serves the order; the seconds that took. None if not in time,
    or if something else was decided meanwhile. Raises Trouble."""
    with out.working("waiting for the name servers") as tell:
        while (passed := time.monotonic() - began) < wanted.wait:
            facts = asked(control, "status", wanted.service)["services"][wanted.service]
            decision, publication = facts["decision"], facts["publication"]
            if generation is not None and decision["generation"] != generation:
                return None
            if publication and publication["served_everywhere"]:
                return passed
            tell(f"{passed:3.0f} s: {_progress(publication)}")
            time.sleep(EVERY)
    return None


def _progress(publication: Mapping[str, Any] | None) -> str:
    if publication is None or not publication["sources"]:
        return "written, no name server was asked yet"
    if publication["last_error"]:
        return f"retrying: {publication['last_error']}"
    said = (
        f"{source} {', '.join(what) if isinstance(what, list) else what}"
        for source, what in publication["sources"].items()
    )
    return f"waiting for the name servers: {'; '.join(said)}"


def everything(service: str | None, every: bool) -> str:
    """What an order is about: one service, or everything. Raises UsageError."""
    if (service is None) is not every:
        raise click.UsageError("Name one service, or say --everything.")
    return service or EVERYTHING
