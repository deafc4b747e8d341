"""What a decision rests on, as the facts of the event that will tell of it."""

from collections.abc import Mapping

from failover.core.events import as_time, seconds_between
from failover.core.outbox import short
from failover.core.replication import Freshness
from failover.core.settings import Region
from failover.core.state import Kind, State
from failover.core.tally import Tally
from failover.core.view import Decision, Hold, View


def of(view: View, decision: Decision) -> Mapping[str, str]:
    """Why, what was seen of each region, how long it took to notice, and what is known of the data.

    `seconds_to_detect` counts from the first failed probe; nobody knows when a region really died.
    """
    facts = {
        "why": "; ".join(f"{guard.name}: {guard.saw}" for guard in decision.why[-2:]),
        "regions": "; ".join(_seen(view, region) for region in view.service.regions),
        "data": "; ".join(_data(view, decision)),
    }
    if blind := [b.vantage for b in view.ballots if b.blind and b.alive(view.now)]:
        facts["blind"] = ", ".join(sorted(blind))
    began = failing_since(view, view.state) if view.state and decision.targets else None
    if began is not None:
        facts["seconds_to_detect"] = f"{seconds_between(began, view.now):.1f}"
    return short(facts)


def _data(view: View, decision: Decision) -> list[str]:
    """What the decision says of the data, or else what keeps anybody from knowing its age."""
    said = [guard.saw for guard in decision.why if guard.name == Hold.DATA]
    if said or Kind.DATA_UNKNOWN not in decision.lasting:
        return said
    unknown = [r for r in view.service.regions if view.seen(r).freshness is Freshness.UNKNOWN]
    return [f"the data of {region.name} is {view.seen(region)}" for region in unknown]


def failing_since(view: View, left: State) -> float | None:
    """When the first of the failures was seen that brought the region down which was left."""
    seen = [
        tally.failing_since
        for addresses in left.active.values()
        for ballot in view.ballots
        if (tally := ballot.fresh(addresses.ipv4, view.now)) and tally.failing_since
    ]
    return min(seen, default=None)


def _seen(view: View, region: Region) -> str:
    verdict = view.verdict(region.addresses)
    failed = [
        tally
        for ballot in view.ballots
        if (tally := ballot.fresh(region.addresses.ipv4, view.now)) and tally.reason
    ]
    last = max(failed, key=_at, default=None)
    said = f", last failure: {last.reason} ({last.detail[:80]})" if last else ""
    return f"{region.name} is {verdict} since {as_time(verdict.since)}{said}"


def _at(tally: Tally) -> float:
    return tally.at
