"""An event as people and machines get it: a subject, a text to act on at 03:00, and JSON."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from failover.notify.catalogue import notice
from failover.notify.commands import Sendable, written
from failover.notify.events import Event, What, as_time
from failover.notify.notice import FAILOVER, PIN, RESUME, Notice
from failover.quoting import one_line, quoted
from failover.settings.model import Service, Settings
from failover.settings.recovery import ENACT, Recovery, as_seconds

LONGEST_SUBJECT = 99
"""SNS takes fewer than 100 ASCII characters without control characters:
https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""

LONGEST_TEXT = 20_000
LONGEST_QUOTATION = 1000

_PREFIXES: Mapping[str, str] = {What.INCIDENT_LASTS: "still: ", What.INCIDENT_ENDED: "ended: "}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the commands in an alert are to be sent: the stack and its AWS region. `token` is the
    name of the parameter that holds its Linode token."""

    stack: str
    region: str
    token: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One alert. `attributes` are for machines: short words to filter by, and all of it as JSON."""

    subject: str
    text: str
    attributes: Mapping[str, str]


def letter(event: Event, service: Service, settings: Settings, place: Place) -> Letter:
    """The alert about an event."""
    title = title_of(event, service)
    lines = [*_what(event, title), *_seen(event), *_measured(event, service, settings)]
    lines += [*_advice(event, service, settings, place), *_footer(event, service, place)]
    subject = re.sub(r"[^ -~]", "?", f"[{service.name}] {title}")
    if len(subject) > LONGEST_SUBJECT:
        subject = subject[: LONGEST_SUBJECT - 3] + "..."
    text = re.sub(r"[^ -~\n]", "?", "\n".join(lines))
    return Letter(subject, text[:LONGEST_TEXT], _attributes(event, service, place, title))


def by_command(place: Place, event: Sendable) -> str:
    """The command line of the operator's own command that sends an event."""
    return f"{event.command} --stack {place.stack} --region {place.region}"


def by_aws(place: Place, event: str) -> str:
    """The command line that sends an event to the control function.

    The two versions of the AWS CLI read a payload differently on the command line, and alike from a
    file.
    """
    return (
        f"printf %s {shlex.quote(event)} |"
        f" aws lambda invoke --region {place.region} --function-name {place.stack}-control"
        " --payload fileb:///dev/stdin /dev/stdout"
    )


def by_sam(place: Place, event: str) -> str:
    """The same with SAM CLI."""
    return (
        f"sam remote invoke ControlFunction --stack-name {place.stack} --region {place.region}"
        f" --event {shlex.quote(event)}"
    )


def storing(token: str, region: str) -> str:
    """The command line that stores a new Linode token in the parameter of a stack."""
    return (
        f"aws ssm put-parameter --region {region} --overwrite --type SecureString --name {token}"
        " --value file://token.txt"
    )


def title_of(event: Event, service: Service) -> str:
    """What happened, in a few words."""
    facts = {name: event.text(name, "?") for name in ("from", "to", "region", "said")}
    facts |= {"record": service.record, "by": event.by or "somebody"}
    title = notice(event).title.format_map(facts)
    return _PREFIXES.get(event.what, "") + one_line(title)


def _what(event: Event, title: str) -> Iterator[str]:
    yield f"{title}, at {as_time(event.at)}."
    if event.what == What.INCIDENT_ENDED:
        over = f" and has been over since {event.text('over')}" if "over" in event.facts else ""
        yield f"It began at {event.text('since', '?')}{over}."
    elif "since" in event.facts:
        yield f"It began at {event.text('since')}."
    if "earlier" in event.facts:
        first = as_time(float(event.text("earliest")))
        yield (
            f"The same happened {event.text('earlier')} times before, first at {first}, when"
            " nothing could be sent: the history has each of them."
        )


_LABELS: Mapping[str, str] = {
    "reason": "Reason",
    "why": "Why",
    "error": "Error",
    "data": "Data",
    "blind": "Blind",
    "servers": "Answers",
    "surplus": "Surplus",
    "remove": "Remove",
    "regions": "Seen",
}
"""What is shown of the facts of an event, in this order."""

_QUOTED = ("reason", "error")
"""Facts in the words of a person or a server."""


def _seen(event: Event) -> Iterator[str]:
    """Every line of a fact is one line of the text, whatever it says."""
    if event.by:
        yield f"By: {one_line(event.by)}"
    for name, label in _LABELS.items():
        lines = [
            quoted(line, LONGEST_QUOTATION) if name in _QUOTED else one_line(line)
            for line in event.lines(name)
        ]
        if len(lines) == 1 and name != "regions":
            yield f"{label}: {lines[0]}"
        elif lines:
            yield f"{label}:"
            yield from (f"  {line}" for line in lines)


def _measured(event: Event, service: Service, settings: Settings) -> Iterator[str]:
    """What a switch took beside what the settings promise for it."""
    if event.what != What.PUBLISHED:
        return
    promise = Recovery.of(service, settings)
    after = ENACT + promise.publish_allowance + promise.ttl
    yield ""
    yield "Measured beside what was promised:"
    if "seconds_to_detect" in event.facts:
        yield (
            f"  detect   {event.text('seconds_to_detect')} s from the first failed probe to the"
            f" decision, of {as_seconds(promise.total - after)} s"
        )
    took = event.text("seconds_to_publish", "?")
    yield f"  write    {took} s from the decision to the record, of {as_seconds(ENACT)} s"
    yield (
        f"  serve    not yet: name servers within {as_seconds(promise.publish_allowance)} s,"
        f" then resolvers within the TTL of {promise.ttl} s"
    )
    yield f"  in all   the settings promise {as_seconds(promise.total)} s"


def _advice(event: Event, service: Service, settings: Settings, place: Place) -> Iterator[str]:
    row = notice(event)
    status = Sendable.of({"command": "status", "service": service.name})
    yield ""
    if event.what == What.INCIDENT_ENDED:
        yield "Nothing to do. To see the current state:"
        yield f"  {by_command(place, status)}"
        yield f"  or: {by_aws(place, status)}"
        return
    yield f"What it means: {row.means}"
    yield ""
    yield "See more:"
    yield f"  {by_command(place, status)}"
    yield f"  or: {by_aws(place, status)}"
    yield (
        f"  or: sam remote invoke ControlFunction --stack-name {place.stack} --region"
        f" {place.region} --event-file events/status.json"
    )
    yield ""
    yield f"What to do: {row.do}"
    if row.token:  # each vantage has a parameter of its own, in its own AWS region
        yield from (f"  {storing(place.token, vantage)}" for vantage in settings.vantages)
    if row.command:
        keys: dict[str, object] = {k: v for k, v in row.command.items() if k != "command"}
        keys |= _meant(event, row, service)
        for concerned in _concerned(event, row, service):
            asked = written(row.command["command"], concerned, **keys)
            yield f"  {by_command(place, asked)}"
            yield f"  or: {by_aws(place, asked)}"
            yield f"  or: {by_sam(place, asked)}"
    if row.ignore.startswith("never"):
        yield f"Never ignore this alert{row.ignore.removeprefix('never')}."
    else:
        yield f"Safe to ignore when: {row.ignore}."


def _meant(event: Event, row: Notice, service: Service) -> dict[str, object]:
    """What the event tells of the order of its alert: the region that was held, that the name has
    left, or that it can go to, and what that region's health and data ask for."""
    named = (event.text("region"), event.text("from"))
    region = next((name for name in named if service.region(name)), None)
    if region is None or row.command not in (PIN, FAILOVER):
        return {}
    its_own = {"force": "force" in event.facts or None, "until": event.text("until") or None}
    return {"region": region, **(its_own if row.command is FAILOVER else {})}


def _concerned(event: Event, row: Notice, service: Service) -> tuple[str, ...]:
    """Which services the order of an alert is about: a stop is ended where it was set."""
    if row.command is RESUME:
        return event.lines("stopped") or (service.name,)
    return (service.name,)


def _footer(event: Event, service: Service, place: Place) -> Iterator[str]:
    yield ""
    yield (
        f"Event {_id(event, service)} ({event.about}) of service {service.name}, sent by stack"
        f" {place.stack} in {place.region}. An alert may come twice; its event id is then the same."
    )


def _attributes(event: Event, service: Service, place: Place, title: str) -> Mapping[str, str]:
    plain = {
        "id": _id(event, service),
        "service": service.name,
        "what": str(event.what),
        "about": event.about,
        "at": as_time(event.at),
        "title": title,
        "by": event.by,
        "facts": dict(event.facts),
        "stack": place.stack,
        "sent_by": place.region,
    }
    short = {name: str(plain[name]) for name in ("id", "service", "what", "about")}
    return {**short, "event": json.dumps(plain)}


def _id(event: Event, service: Service) -> str:
    return f"{service.name}-{event.id}"
