"""What a round tells people and alarms: one line for what changed, and its metrics."""

from collections.abc import Iterable

from failover.decision.balancers import Anomaly
from failover.decision.decision import Action, Decision
from failover.decision.facts import failing_since
from failover.decision.record_conditions import unread_for_long
from failover.decision.view import View
from failover.decision.words import balancers, guards
from failover.errors import FailoverError
from failover.health.probe import Probe
from failover.health.tally import Vote
from failover.health.votes import Ballot
from failover.notify.events import seconds_between
from failover.notify.kinds import RAISED_AFTER, Kind
from failover.notify.metrics import OF_INCIDENT, Metric
from failover.ports import Telemetry
from failover.publication.parts import Cause, Phase
from failover.publication.proof import Evidence
from failover.publication.state import State
from failover.settings.model import Service, Settings
from failover.zone.records import Family

OURS = (Cause.UNHEALTHY, Cause.FAILBACK, Cause.DRIFT, Cause.SETTINGS)
"""The causes under which the monitor itself moves a name."""


class Report:
    """Collects what one service's rounds have to say. `finish` emits a round's metrics at once.

    A `brief` one says nothing of a first decision to hold while nothing lasts: the tick of the
    schedule, a minute before at the most, has said so.
    """

    def __init__(
        self, telemetry: Telemetry, settings: Settings, service: Service, *, brief: bool = False
    ) -> None:
        self._telemetry = telemetry
        self._settings = settings
        self._service = service
        self._values: dict[Metric, float] = {}
        self._unread = False
        self._told: object = None
        self._brief = brief
        self._broken: tuple[str, ...] = ()
        self._unseen: tuple[View, State] | None = None
        self._unadopted: object = None

    def probed(self, address: str, region: str, probe: Probe) -> None:
        """One probe came back. Failures are logged: they are what a verdict rests on."""
        if not probe.ok:
            took = round(probe.took, 3)
            why = {"reason": probe.reason, "detail": probe.detail, "seconds": took}
            self._log("probe_failed", region=region, address=address, **why)
        elif self._settings.region_metrics:
            self._telemetry.metrics(
                {Metric.PROBE_LATENCY: 1000 * probe.took}, app=self._service.name, region=region
            )

    def orders(self, view: View) -> None:
        """Whether a person keeps automation from moving the name, told in every round."""
        if view.frozen():
            self._values[Metric.FROZEN] = 1

    def alerts_stuck(self) -> None:
        """An alert has not got out for minutes, told in every round."""
        self._values[Metric.ALERT_NOT_SENT] = 1

    def decided(self, decision: Decision) -> None:
        """What was decided and why: told when it is another thing than in the round before."""
        gist = (decision.action, tuple(decision.targets), decision.lasting, decision.why[-1].name)
        known = gist == self._told or (self._brief and not decision.lasting)
        self._told, self._brief = gist, False
        if decision.action is Action.HOLD and known:
            return
        self._log(
            "decided",
            action=decision.action,
            cause=decision.cause,
            targets=list(decision.targets),
            lasting=sorted(decision.lasting),
            data_age=decision.data_age,
            why=[str(guard) for guard in guards.why(decision)],
        )

    def incidents(self, before: State | None, after: State | None, decision: Decision) -> None:
        """Which conditions last: a metric each, and a line when one begins or ends."""
        raised = after.notices.raised() if after else frozenset()
        earlier = before.notices.raised() if before else frozenset()
        for kind in sorted(raised - earlier):
            self._problem("incident_began", incident=kind, why=guards.decided_by(decision))
        for kind in sorted(earlier - raised):
            self._log("incident_ended", incident=kind)
        self._lasting(after.notices.holding() if after else ())

    def not_adopted(self, view: View, decision: Decision) -> None:
        """There is no decision yet, so that nothing would fail over and no alert can be written.

        That is reported whatever the reason is, so that reasons which take turns end no alarm.
        """
        kinds = {kind for kind in decision.lasting if kind not in RAISED_AFTER}
        kinds.add(Kind.ADOPTION_HELD)
        if unread_for_long(view):
            kinds.add(Kind.RECORDS_UNREAD)
        self._lasting(kinds)
        if (gist := (sorted(kinds), decision.why[-1].name)) != self._unadopted:
            self._problem("not_adopted", lasting=sorted(kinds), why=guards.decided_by(decision))
        self._unadopted = gist

    def _lasting(self, kinds: Iterable[Kind]) -> None:
        for kind in kinds:
            if kind in OF_INCIDENT:
                self._values[OF_INCIDENT[kind]] = 1

    def published(self, view: View, after: State) -> None:
        """A decision has reached DNS."""
        before, done = view.state, after.publication
        took = seconds_between(done.decided_at, after.served.published_at)
        times = {Metric.TIME_TO_PUBLISH: took}
        moved = bool(view.active) and view.active.keys() != after.served.active.keys()
        if moved and before is not None:
            failing = failing_since(view, before)
            if failing is not None and done.cause is Cause.UNHEALTHY:
                times[Metric.TIME_TO_DETECT] = seconds_between(failing, done.decided_at)
            if done.cause in OURS:
                self._values[Metric.FAILOVER] = 1
        self._values |= times
        self._log(
            "published",
            moved=moved,
            cause=done.cause,
            active=list(after.served.active),
            generation=done.generation,
            attempt=done.attempt,
            seconds={metric.value: round(value, 3) for metric, value in times.items()},
        )

    def perhaps_published(self, view: View, after: State | None) -> None:
        """The reply to the last update of a publication was lost: `seen` tells whether it was
        made."""
        if after and after.publication.phase is Phase.PUBLISHED:
            self._unseen = view, after

    def seen(self, state: State | None) -> None:
        """What the table holds. A publication is reported whose last reply was lost."""
        if state is None or self._unseen is None:
            return
        view, after = self._unseen
        self._unseen = None
        if (state.publication.generation, state.served.published_at) == (
            after.publication.generation,
            after.served.published_at,
        ):
            self.published(view, after)

    def settled(self, after: State) -> None:
        """Every name server gives the answer that was decided."""
        done = after.served
        served = seconds_between(done.published_at, done.served_at)
        rendered = seconds_between(done.published_at, done.rendered_at)
        times = {"render": round(rendered, 3), "serve": round(served, 3)}
        if after.publication.attempt:  # what was found, and not written, was served before
            self._telemetry.metrics({Metric.TIME_TO_SERVE: served})
        self._log("settled", active=list(done.active), seconds=times)

    def glanced(self, seen: Evidence) -> None:
        """Some name servers gave no answer for the name."""
        if seen.unserved:
            self._problem("name_servers_silent", servers=seen.unserved.errors)

    def broken(self, items: tuple[str, ...]) -> None:
        """Votes in the table that cannot be used: told when they are others than before."""
        if items and items != self._broken:
            self._problem("broken_items", items=list(items))
        self._broken = items

    def not_published(self, error: str) -> None:
        """An attempt at publication ended without success; another one follows."""
        self._problem("not_published", error=error)

    def table_unavailable(self, error: object) -> None:
        """The control table, or an item that stops everything, could not be used in this round."""
        self._values[Metric.TABLE_UNAVAILABLE] = 1
        self._problem("table_unavailable", error=str(error))

    def switch_broken(self, problems: tuple[str, ...]) -> None:
        """The item of the global stop switch cannot be used as it is, told in every round."""
        for problem in problems:
            self.table_unavailable(problem)

    def unread(self, error: str) -> None:
        """What the records say now could not be found out in this round."""
        self._unread = True
        self._problem("records_unread", error=error)

    def unlisted(self, error: FailoverError) -> None:
        """The records could not be listed in this round, and were read one by one."""
        self._problem("records_unlisted", error=str(error))

    def back_ends_unread(self, error: FailoverError) -> None:
        """Linode did not say how many back ends are up: they count for nothing in this round."""
        self._problem("back_ends_unread", error=str(error))

    def conflict(self, error: object) -> None:
        """Somebody else changed the decision first; the next round starts from theirs."""
        self._log("conflict", error=str(error))

    def crashed(self, error: Exception) -> None:
        """A round ended in an error that nobody expected. The tick goes on."""
        self._values[Metric.ROUND_FAILED] = 1
        self._telemetry.problem("round_failed", app=self._service.name, error=repr(error))

    def not_watched(self, anomalies: Iterable[Anomaly]) -> None:
        """The service has regions without an address: nothing was probed."""
        self._values[Metric.ROUND_FAILED] = 1
        self._problem("not_watched", error=balancers.all_said(anomalies))

    def finish(self, ballot: Ballot | None, service: Service) -> None:
        """The round of this service is over: emit its metrics."""
        if ballot:
            # Another vantage's blindness is told by its own alarm. Our own takes our vote away, and
            # with it the quorum perhaps: one page says both.
            self._values.pop(Metric.QUORUM_LOST if ballot.blind else Metric.BLIND, None)
        if ballot and Metric.ROUND_FAILED not in self._values:
            self._values[Metric.ROUND_COMPLETED] = 1
            self._regions(ballot, service)
        self._telemetry.metrics(self._values)
        self._values, self._unread = {}, False

    def _regions(self, ballot: Ballot, service: Service) -> None:
        """A region that the name does not point at has no `ActiveRegion`: a zero costs as much."""
        if not self._settings.region_metrics:
            return
        known = None if self._unread else ballot.reading
        named = known.addresses(Family.A) if known else frozenset()
        for region in service.regions:
            values: dict[Metric, float] = {}
            tally = ballot.tallies.get(region.addresses.ipv4)
            if tally and tally.vote is not Vote.UNKNOWN:
                values[Metric.REGION_HEALTHY] = float(tally.vote is Vote.HEALTHY)
            if region.addresses.ipv4 in named:
                values[Metric.ACTIVE_REGION] = 1
            self._telemetry.metrics(values, app=self._service.name, region=region.name)

    def _log(self, event: str, **facts: object) -> None:
        self._telemetry.log(event, app=self._service.name, **facts)

    def _problem(self, event: str, **facts: object) -> None:
        self._telemetry.problem(event, app=self._service.name, **facts)
