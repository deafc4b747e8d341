"""What is decided about a service, what people ordered, and what comes next, in words."""

from collections.abc import Iterator, Mapping

from cli.snapshot import Facts, Snapshot
from failover.notify.events import as_duration


def decided(seen: Snapshot) -> Iterator[tuple[str, str]]:
    """What is decided, and what would be done next: names and texts."""
    facts, made = seen.facts, seen.facts["decision"]
    if made is None:
        yield "decision", "none yet"
    else:
        here = ", ".join(facts["points_at"]) or "nothing of ours"
        there = ", ".join(made["targets"])
        where = f"from {here} to {there}"
        if here == there:
            where = f"{here}, moved {seen.when(facts['since'])}"
        counted = f"generation {made['generation']}, attempt {made['attempt']}"
        yield "decision", f"{where}; {counted}, {made['phase']}"
        yield "cause", f"{made['cause']}, decided {seen.when(made['decided'])}"
    if orders := _orders(seen):
        yield "orders", "; ".join(orders)
    yield "preflight", _preflight(facts.get("preflight") or {})
    if seen.trouble:
        yield "trouble", seen.trouble
    yield "next", _next(facts["next"])


def _preflight(reports: Mapping[str, Facts]) -> str:
    """What the last preflight of each vantage found."""
    if not reports:
        return "none yet (linode-failover preflight)"
    return "; ".join(f"{_found(report)} ({vantage})" for vantage, report in reports.items())


def _found(report: Facts) -> str:
    ago = f"{as_duration(report['seconds_ago'])} ago"
    if report["ready"] is None:
        return f"too old to count, {ago}"
    if report["ready"]:
        return f"ready, {ago}"
    return f"NOT READY, {ago}: {'; '.join(report['faults'])}"


def _next(after: Facts) -> str:
    doing = "no change" if after["action"] == "hold" else after["action"]
    if after["action"] == "hold" and after["retries"]:
        doing = f"retry {after['retries'][0]['what']}"
    why = after["why"][-1]
    return " ".join((doing, *after["targets"])) + f" ({why['saw']} [{why['guard']}])"


def _orders(seen: Snapshot) -> list[str]:
    """What people have ordered and what is in force: stops, a pin, regions taken out."""
    stops = {"everything": seen.stopped, seen.name: seen.facts["pause"]}
    orders = [
        f"{what} paused by {stop['by']} for another {stop['ends_in_seconds']} s"
        for what, stop in stops.items()
        if stop
    ]
    if pin := seen.facts["pin"]:
        left = pin["ends_in_seconds"]
        orders.append(f"{pin['region']} pinned by {pin['by']} for another {left} s")
    return orders + [f"{region} taken out" for region in sorted(seen.facts["excluded"])]
