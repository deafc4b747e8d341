"""Snapshots of a service of a deployed stack, from its control function, its log, and DNS."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import dns.exception
import dns.resolver

from cli.asking import Answer, Control
from cli.probes import Probes, counted
from cli.refusals import aws
from cli.snapshot import Said, Snapshot, said_by
from cli.target import Target
from cli.trouble import Trouble
from failover.notify.events import as_duration
from failover.notify.metrics import Metric
from failover.zone.records import Family

BACK = 600.0
"""Seconds of the log that are read at first."""

MOST_PAGES = 10
PATIENCE = 1.0
"""Seconds that a resolver has for its answer."""


class Eye:
    """Takes snapshots of one service. Each look goes on from the one before."""

    def __init__(self, control: Control, name: str) -> None:
        self._control = control
        self._name = name
        self._probes: Probes = {}
        self._blank = ""
        self._since = time.time() - BACK
        self._seen: set[str] = set()

    def look(self, answer: Answer) -> Snapshot:
        """What is to be seen beside an answer to `status`. Raises Trouble."""
        facts = answer["services"][self._name]
        self._read_log()
        target = self._control.target
        return Snapshot(
            name=self._name,
            facts=facts,
            stopped=answer["stopped"],
            clock=answer["at"],
            when=ago(datetime.fromisoformat(answer["at"]).timestamp()),
            probes=None if self._blank else self._probes,
            blank=self._blank,
            records=said_by(facts.get("records")),
            dns=resolved(facts["record"], target),
            dig=dig(facts["record"], target),
            events=self._events(),
            about_events=f"linode-failover history {self._name}",
        )

    def _events(self) -> Sequence[str]:
        asked = {"command": "history", "service": self._name, "limit": 10}
        return list(reversed(self._control.ask(asked)["summary"]))

    def _read_log(self) -> None:
        target = self._control.target
        try:
            for line in logged(target, self._name, self._since, self._seen):
                self._probes = counted(self._probes, line)
        except Trouble as trouble:
            self._blank = trouble.what
            return
        self._blank = "" if self._probes else "the log has none"
        self._since = max(self._since, time.time() - BACK / 2)


def logged(
    target: Target, service: str, since: float, seen: set[str]
) -> Sequence[Mapping[str, Any]]:
    """The lines about the probes of a service that were not seen before, and now are. Raises
    Trouble."""
    pattern = (
        f'{{ ($.app = "{service}") && (($.event = "probe_failed") || '
        f"($.{Metric.PROBE_LATENCY}[0] >= 0)) }}"
    )
    found = []
    for event in events(target, f"{target.stack}-monitor", since, pattern):
        line = structured(event["message"])
        key = event.get("eventId") or f"{event['timestamp']} {event['message']}"
        if line.get("app") == service and key not in seen:
            seen.add(key)
            found.append(line)
    return found


def events(
    target: Target, function: str, since: float, pattern: str
) -> Sequence[Mapping[str, Any]]:
    """What a function has logged since a moment, the oldest first. Raises Trouble."""
    asked: dict[str, Any] = {
        "logGroupName": f"/aws/lambda/{function}",
        "startTime": round(since * 1000),
        "filterPattern": pattern,
    }
    found: list[Mapping[str, Any]] = []
    with aws(f"the log of {function}"):
        client = target.client("logs")
        for _ in range(MOST_PAGES):
            page = client.filter_log_events(**asked)
            found += page["events"]
            if not page.get("nextToken"):
                break
            asked["nextToken"] = page["nextToken"]
    return sorted(found, key=lambda event: event["timestamp"])


def structured(message: str) -> Mapping[str, Any]:
    """A line of a log as facts; none for a line that is not JSON."""
    try:
        line = json.loads(message)
    except ValueError:
        return {}
    return line if isinstance(line, dict) else {}


def resolved(record: str, target: Target) -> list[Said] | None:
    """What this machine's resolver answers for a name; None without an answer."""
    try:
        resolver = dns.resolver.Resolver(configure=target.nameserver is None)
        resolver.lifetime = PATIENCE
        if target.nameserver:
            host, _, port = target.nameserver.rpartition(":")
            resolver.nameservers, resolver.port = [host], int(port)
        answers = {
            family: resolver.resolve(record, family.value, raise_on_no_answer=False)
            for family in Family
        }
    except (dns.exception.DNSException, OSError):
        return None
    return [
        Said(family, str(address), answer.rrset.ttl)
        for family, answer in answers.items()
        if answer.rrset
        for address in answer.rrset
    ]


def dig(record: str, target: Target) -> str:
    """How a person asks for a name."""
    if target.nameserver is None:
        return f"dig {record}"
    host, _, port = target.nameserver.rpartition(":")
    return f"dig @{host} -p {port} {record}"


def ago(now: float) -> Callable[[str], str]:
    """Puts a time of an answer into words, with the clock beside it, seen from a moment."""

    def words(text: str) -> str:
        at = datetime.fromisoformat(text)
        return f"{as_duration(now - at.timestamp())} ago ({at.astimezone(UTC):%H:%M:%S}Z)"

    return words
