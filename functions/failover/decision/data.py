"""What a decision knows of the application's data: how old it is, and what is lost with it."""

from collections.abc import Iterable
from dataclasses import replace

from failover.decision.decision import Action, Decision
from failover.decision.guard import Guard, Hold
from failover.decision.view import View
from failover.settings.model import Region
from failover.staleness import replication
from failover.staleness.replication import Finding


def with_data(view: View, findings: Iterable[Finding]) -> View:
    """The view with what the vantages have found about the application's data, where it has any."""
    service = view.service
    if service.data is None:
        return view
    serving, asked = service.aws_regions(view.active), service.aws_regions()
    found = replication.seen(serving, asked, findings, view.settings.vantages, view.now)
    return replace(view, data=found)


def about_data(view: View, decision: Decision) -> Decision:
    """Whoever is pointed at anew: how old its data is goes on record, and what is lost with it."""
    new = _pointed_at_anew(view, decision)
    if not new:
        return decision
    *before, last = decision.why
    if last.name is not Hold.DATA:
        before += [Guard(Hold.DATA, {region.name: region.addresses}) for region in new]
    lost = max((view.seen(r).age or 0.0 for r in new if view.stale(r)), default=None)
    return replace(decision, why=(*before, last), data_age=lost)


def _pointed_at_anew(view: View, decision: Decision) -> list[Region]:
    """The regions to which users are moved from one other: ages of data are those seen from it."""
    if decision.action is not Action.PUBLISH or view.service.data is None or len(view.active) != 1:
        return []
    anew = decision.targets.keys() - view.active.keys()
    return [region for region in view.service.regions if region.name in anew]
