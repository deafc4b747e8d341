"""The status of a service in lines to read first, from what one view shows."""

from collections.abc import Iterable, Mapping, Sequence

from failover.decision.decision import Action, Decision
from failover.decision.headline import Headline, Reason, headline
from failover.decision.meaning import differs
from failover.decision.retries import Retried, Retry, retries
from failover.decision.view import View
from failover.decision.words import guards, reasons, values
from failover.health.tally import Tally, Vote
from failover.notify.commands import ways
from failover.notify.events import as_duration
from failover.notify.kinds import Kind
from failover.preflight.words import readiness
from failover.publication.proof import awaited, due
from failover.quoting import one_line
from failover.settings.model import Health, Region
from failover.zone.records import ACTIVE

MOST_NAMED = 10
"""Services that the first line of several names."""


def lines(
    view: View, decision: Decision, found: tuple[Reason, ...], errors: Mapping[Kind, str]
) -> list[str]:
    """One service in lines. What others said cannot add one.

    `found` is what makes it less than OK, `errors` are the last ones known of the incidents that
    are open.
    """
    said = [
        f"{headline(found)} {view.service.name}: {view.service.record} {_points(view)}",
        *(f"  - {reasons.reason(view, each, errors)}" for each in found),
        f"  regions: {', '.join(_region(view, region) for region in view.service.regions)}",
        f"  records: {_records(view)}",
        *_served(view),
        *_data(view),
        *_preflight(view),
        *_next(view, decision),
    ]
    return [one_line(line) for line in said]


def not_watched(name: str, record: str, why: str) -> str:
    """The line of a service that has a region without an address."""
    return one_line(f"{Headline.DEGRADED} {name}: {record} is not watched: {why}")


def of_several(worst: Headline, found: Mapping[str, Headline], broken: Iterable[str]) -> list[str]:
    """What comes before the lines of several services, or of a stop switch that is broken."""
    bad = [f"{name} {word}" for name, word in found.items() if word is not Headline.OK]
    more = f" and {len(bad) - MOST_NAMED} more" if len(bad) > MOST_NAMED else ""
    named = f": {values.names(bad[:MOST_NAMED])}{more}" if bad else ""
    count = f"{len(found) - len(bad)} of {len(found)} services OK"
    return [f"{worst} {count}{named}", *broken]


def stands_still(shard: int, shards: int) -> str:
    """The line of a shard that gives no sign of life."""
    return (
        f"shard {shard} of {shards} stands still: its services are not watched, and would not fail "
        "over (docs/runbook.md, dead-man)"
    )


def _points(view: View) -> str:
    """Where the name points; and where it should, if that is not what its records say."""
    state, reading = view.state, view.reading
    if state is None:
        return "is not managed yet"
    where = values.names(state.served.active) or "no region of the settings"
    since = (
        f"{values.lasting(state.served.moved_at, view.now)}, {values.CAUSES[state.served.moved_by]}"
    )
    if view.unfinished:
        decided = values.ago(state.publication.decided_at, view.now)
        to = values.names(state.publication.targets)
        return f"points at {where} {since}; the change to {to} was decided {decided}"
    if reading and differs(state, reading):
        return f"should point at {where} {since}, but its records say {values.records(reading)}"
    return f"points at {where} {since}"


def _records(view: View) -> str:
    """What the records say, and how old that is."""
    reading = view.reading
    if reading is None:
        return "not read yet"
    status = "" if reading.zone == ACTIVE else f"; domain status {values.error(reading.zone)}"
    return f"{values.records(reading)}, read {values.ago(reading.at, view.now)}{status}"


def _served(view: View) -> list[str]:
    """How far a written change has come, until every name server gives it; or else which name
    servers gave no answer."""
    state = view.state
    if state is None or not awaited(state):
        told = [f"    {values.source(source)}" for source in view.unanswered()]
        return ["  served: not proved; name servers that gave no answer:", *told] if told else []
    done = "written" if state.publication.attempt else "found"
    written = f"{done} {values.ago(state.served.published_at, view.now)}"
    rendered = "rendered by Linode" if state.served.rendered_at else "not rendered by Linode yet"
    left = due(state, view.settings.publish_allowance) - view.now
    expected = f"expected within {as_duration(left)}" if left > 0 else "overdue"
    said = f"  served: not by every name server yet; {written}, {rendered}, {expected}"
    return [said, *(f"    {values.source(source)}" for source in state.served.seen)]


def _next(view: View, decision: Decision) -> list[str]:
    """What is retried, then what the next round does and what that rests on."""
    waiting = retries(view)
    said = [f"  next: {retried(view, retry)}" for retry in waiting]
    if decision.action not in (Action.HOLD, Action.RETRY):
        said.append(f"  next: {decision.action} {values.names(decision.targets)}".rstrip())
    elif not said:
        said.append("  next: no change")
    stays = bool(waiting) and decision.action is Action.HOLD and not view.unfinished
    said.append("  meanwhile the records stay as they are, because:" if stays else "  because:")
    for guard in guards.why(decision)[-2:]:
        said.append(f"    {guard}")
        if guard.override and decision.action is Action.HOLD:
            said += ways("override", guard.override, " " * 6)
    return said


def retried(view: View, retry: Retry) -> str:
    """What is retried, how often it has failed, and the last error."""
    what = {
        Retried.PUBLICATION: f"the change to {values.names(retry.regions)}",
        Retried.READING: "reading the records",
        Retried.CREATION: "adding the missing record",
    }[retry.what]
    failed = f"it has failed {values.times(retry.failed)} {values.within(retry.since, view.now)}"
    if not retry.failed:
        failed = f"it began {values.ago(retry.since, view.now)}"
    last = f"; last error: {values.error(retry.error)}" if retry.error else ""
    if retry.by:
        return f"{retry.by} is writing {what} now; {failed}{last}"
    when = "every round"
    if retry.again is not None:
        left = retry.again - view.now
        when = f"in {as_duration(left)}" if left > 0 else "in the next round"
    return f"retry {what} {when}; {failed}{last}"


def forced(view: View, region: Region) -> str | None:
    """What a person made of a region, whatever its health; None where nobody did."""
    pin = view.state.orders.pinned(view.now) if view.state else None
    if pin and pin.region == region.name:
        return "pinned"
    return "excluded" if region.name in view.excluded() else None


def _region(view: View, region: Region) -> str:
    """The real state of a region, and beside it the forced one."""
    made, vote = forced(view, region), view.vote(region.addresses)
    fresh = [t for b in view.ballots if (t := b.fresh(region.addresses.ipv4, view.now))]
    causes = sorted({tally.reason.value for tally in fresh if tally.reason})
    why = f": {', '.join(causes)}" if vote is Vote.UNHEALTHY and causes else ""
    turning = _turning(vote, fresh, view.service.health)
    return f"{region.name} {vote}{f' ({made})' if made else ''}{why}{turning}"


def _turning(vote: Vote, tallies: Sequence[Tally], health: Health) -> str:
    """How many probes speak against the verdict already, of those that would change it."""
    if vote is Vote.HEALTHY and (bad := max(tally.failures for tally in tallies)):
        return f" ({bad} of {health.failure_threshold} bad probes)"
    if vote is Vote.UNHEALTHY and (good := max(tally.successes for tally in tallies)):
        return f" ({good} of {health.recovery_threshold} good probes)"
    return ""


def _preflight(view: View) -> list[str]:
    """What the last preflight of each vantage found, or that there was none."""
    name = view.service.name
    if not view.preflights:
        return ["  preflight: none yet, so nobody knows whether a failover would work"]
    return [f"  preflight: {readiness(each, name, view.now)}" for each in view.preflights]


def _data(view: View) -> list[str]:
    """How old the data is wherever the name does not point."""
    others = [region for region in view.service.regions if region.name not in view.active]
    if view.service.data is None or not others:
        return []
    said = (f"{region.name} {values.freshness(view.seen(region))}" for region in others)
    return [f"  data: {'; '.join(said)}"]
