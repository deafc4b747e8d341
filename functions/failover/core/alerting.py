"""An event as people and machines get it: a subject, a text to act on at 03:00, and JSON."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from failover.core.commands import written
from failover.core.events import Event, What, as_time
from failover.core.notices import notice
from failover.core.recovery import ENACT, Recovery, as_seconds
from failover.core.settings import Service, Settings

LONGEST_SUBJECT = 99
"""SNS takes fewer than 100 ASCII characters without control characters:
https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""

LONGEST_TEXT = 20_000

_PREFIXES: Mapping[str, str] = {What.INCIDENT_LASTS: "still: ", What.INCIDENT_ENDED: "ended: "}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the commands in an alert are to be sent: the stack and its AWS region."""

    stack: str
    region: str


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
    lines += [*_advice(event, service, place), *_footer(event, service, place)]
    subject = re.sub(r"[^ -~]", "?", f"[{service.name}] {title}")
    if len(subject) > LONGEST_SUBJECT:
        subject = subject[: LONGEST_SUBJECT - 3] + "..."
    text = re.sub(r"[^ -~\n]", "?", "\n".join(lines))
    return Letter(subject, text[:LONGEST_TEXT], _attributes(event, service, place, title))


def by_aws(place: Place, event: str) -> str:
    """The command line that sends an event to the control function, with AWS CLI version 2."""
    return (
        f"aws lambda invoke --region {place.region} --function-name {place.stack}-control"
        f" --cli-binary-format raw-in-base64-out --payload {shlex.quote(event)}"
        " /dev/stdout"
    )


def by_sam(place: Place, event: str) -> str:
    """The same with SAM CLI."""
    return (
        f"sam remote invoke ControlFunction --stack-name {place.stack} --region {place.region}"
        f" --event {shlex.quote(event)}"
    )


def title_of(event: Event, service: Service) -> str:
    """What happened, in a few words."""
    facts = {"from": "?", "to": "?", "region": "?", "said": "?", **event.facts}
    facts |= {"record": service.record, "service": service.name, "by": event.by or "somebody"}
    title = notice(event).title.format_map(facts)
    return _PREFIXES.get(event.what, "") + title


def _what(event: Event, title: str) -> Iterator[str]:
    yield f"{title}, at {as_time(event.at)}."
    if event.what == What.INCIDENT_ENDED:
        yield f"It had begun at {event.facts.get('since', '?')}."
    elif "since" in event.facts:
        yield f"It began at {event.facts['since']}."
    if "earlier" in event.facts:
        first = as_time(float(event.facts["earliest"]))
        yield (
            f"The same has happened {event.facts['earlier']} times before, first at {first}, when"
            " nothing could be sent: the history has each of them."
        )


def _seen(event: Event) -> Iterator[str]:
    facts = event.facts
    if event.by:
        yield f"By: {event.by}"
    for name in ("reason", "why", "error", "data", "blind", "surplus", "remove"):
        if facts.get(name):
            yield f"{name.capitalize()}: {facts[name]}"
    if facts.get("regions"):
        yield "Seen:"
        yield from (f"  {seen}" for seen in facts["regions"].split("; "))


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
            f"  detect   {event.facts['seconds_to_detect']} s from the first failed probe to the"
            f" decision, of {as_seconds(promise.total - after)} s"
        )
    took = event.facts.get("seconds_to_publish", "?")
    yield f"  publish  {took} s from the decision to the record, of {as_seconds(ENACT)} s"
    yield (
        f"  serve    under way: name servers within {as_seconds(promise.publish_allowance)} s,"
        f" then resolvers within the TTL of {promise.ttl} s"
    )
    yield f"  in all   the settings promise {as_seconds(promise.total)} s"


def _advice(event: Event, service: Service, place: Place) -> Iterator[str]:
    row = notice(event)
    status = json.dumps({"command": "status", "service": service.name})
    yield ""
    if event.what == What.INCIDENT_ENDED:
        yield "Nothing has to be done. What is now:"
        yield f"  {by_aws(place, status)}"
        return
    yield f"What it means: {row.means}"
    yield ""
    yield "See more:"
    yield f"  {by_aws(place, status)}"
    yield (
        f"  or: sam remote invoke ControlFunction --stack-name {place.stack} --region"
        f" {place.region} --event-file events/status.json"
    )
    yield ""
    yield f"What to do: {row.do}"
    if row.command:
        keys = {key: value for key, value in row.command.items() if key != "command"}
        asked = written(row.command["command"], service.name, **keys)
        yield f"  {by_aws(place, asked)}"
        yield f"  or: {by_sam(place, asked)}"
    yield f"Leave it alone when: {row.leave}."


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
