"""Guarantee 9: what would prevent a failover has been reported.

A table from truths to the reports that tell of them. A truth that has lasted ten minutes must have
been told by one of its alerts, which stands until its end is told, or by a metric with an alarm.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from failover.notify.events import Event, What
from failover.notify.metrics import ALARM_OF, Metric
from failover.publication.parts import Phase
from tests.simulation.judges import promise
from tests.simulation.judges.truth import Truth

if TYPE_CHECKING:
    from tests.simulation.universe import Universe

TOLD_WITHIN = 600.0
"""Seconds after which something that lasts must have been told of."""

MARGIN = 60.0
"""For the round that finds it, and the sending."""

PING_LIFE = 150.0
"""Ticks ping once each, and begin once a minute."""

METRIC_LIFE = 90.0

ALARMS = frozenset(
    {"FailoverFailed", "NoHealthyRegion", "Frozen"} | {metric.value for metric in ALARM_OF}
)
"""The metrics that have an alarm in the template, or share one, and tell that something lasts."""


@dataclass(frozen=True)
class Reports:
    """What tells of a truth: kinds of incident, and metrics that have an alarm."""

    kinds: frozenset[str] = field(default_factory=frozenset)
    metrics: frozenset[str] = field(default_factory=frozenset)


def _by(kinds: str, metrics: str = "") -> Reports:
    return Reports(frozenset(kinds.split()), frozenset(metrics.split()) & ALARMS)


FOREIGN = "drift drift_blocks_failover drift_persists adoption_held"
REPORTS: Mapping[str, Reports] = {
    "the records cannot be read": _by("records_unread token_refused", "RecordsUnread NotAdopted"),
    "the token is refused": _by("token_refused records_unread", "RecordsUnread"),
    "the token may not write": _by("token_refused"),
    "the name was never adopted": _by(
        "adoption_held", "Drift NotAdopted RecordsUnread RoundFailed"
    ),
    "a record may not be added": _by("create_refused failover_failed", "FailoverFailed"),
    # A change that cannot be finished is told as that, whatever the name servers have of it.
    "what is written is not served": _by(
        "not_served zone_disabled failover_failed", "FailoverFailed"
    ),
    "a balancer is gone": _by("balancer_missing"),
    "half of a pair cannot be written": _by(
        f"{FOREIGN} create_refused failover_failed token_refused records_unread", "FailoverFailed"
    ),
    "the zone is disabled": _by("zone_disabled not_served"),
    # A failover that fails is told with the health of each region.
    "a standby is dead": _by(
        "standby_unhealthy no_healthy_region paused_unhealthy failover_failed", "FailoverFailed"
    ),
    "a healthy region is left out": _by(
        "region_excluded flip_budget_spent create_refused failover_failed failover_held "
        "drift drift_persists standby_unhealthy settings_differ token_refused records_unread",
        "Frozen",
    ),
    "the records are foreign": _by(FOREIGN, "Drift"),
    # While a change cannot be finished, it is told as that, whoever votes meanwhile.
    "too few vantages": _by(
        "quorum_lost split_verdict blind failover_failed", "QuorumLost Blind FailoverFailed"
    ),
    "the settings were changed and not raised": _by("settings_differ"),
}
"""What tells of each truth that would prevent a failover if one were needed now."""

HELD = _by(
    f"{FOREIGN} failover_held failover_failed paused_unhealthy pinned_unhealthy flip_budget_spent "
    "create_refused records_unread token_refused would_switch quorum_lost split_verdict "
    "zone_disabled region_excluded settings_differ",
    "RecordsUnread FailoverFailed Drift NotAdopted TableUnavailable QuorumLost",
)
"""What tells that the name is held at a dead region although another one is well."""

HELD_MEANWHILE = replace(HELD, kinds=HELD.kinds | {"no_healthy_region"})
"""The same while the vantages have different settings: the newest ones may give the other one an
address on which too few can vote yet, and no region is healthy for them."""

SINCE_IN_THE_TABLE = ("a standby is dead", "the token is refused")
"""Truths of which a table that is made anew forgets for how long they have lasted."""

IMPOSSIBLE = (
    "the records cannot be read",
    "the token is refused",
    "the token may not write",
    "the name was never adopted",
)
"""Truths with which no failover is possible: the dead-man's switch must hear nothing."""


class Silence:
    """Tells of each silence once, as long as it lasts."""

    def __init__(self, universe: "Universe", truth: Truth) -> None:
        self._universe = universe
        self._truth = truth
        self._alerts: dict[str, tuple[float, bool]] = {}
        self._emitted: dict[str, float] = {}
        self._pinged_at = universe.hub.time
        self._silent: set[str] = set()

    def alerted(self, event: Event) -> None:
        """An alert has arrived. It may come late, and after a newer one."""
        if not event.about.startswith("incident/"):
            return
        kind = event.about.removeprefix("incident/")
        if event.at >= self._alerts.get(kind, (0.0, False))[0]:
            self._alerts[kind] = event.at, event.what != What.INCIDENT_ENDED

    def measured(self, values: Mapping[Metric, float]) -> None:
        """Metrics were emitted."""
        for metric, value in values.items():
            if value and metric.value in ALARMS:
                self._emitted[metric.value] = self._truth.now

    def pinged(self) -> None:
        """A sign of life."""
        self._pinged_at = self._truth.now

    def look(self) -> None:
        """Has everything been told that must be?"""
        truths = self._truths()
        heard = self._truth.table_well and not self._universe.phones.faults.away
        for name, holds in truths.items():
            lasts = self._lasts(name, holds, heard)
            allowed = TOLD_WITHIN + MARGIN
            if name in SINCE_IN_THE_TABLE:
                lasts = min(lasts, self._truth.now - self._universe.recreated_at)
            if name == "what is written is not served":
                allowed += promise.to_serve(self._truth.settings)
            self._judge(name, lasts > allowed, REPORTS[name], f"{name} for {lasts:.0f} s")
        self._judge_held(heard)
        self._judge_switch(truths)

    def _judge(self, name: str, due: bool, reports: Reports, told: str) -> None:
        if not due or self._reported(reports):
            self._silent.discard(name)
            return
        if name not in self._silent:
            self._silent.add(name)
            self._universe.observer.violated(9, f"nobody is told: {told}")

    def _reported(self, reports: Reports) -> bool:
        now = self._truth.now
        return any(self._alerts.get(kind, (0.0, False))[1] for kind in reports.kinds) or any(
            now - self._emitted.get(name, 0.0) < METRIC_LIFE for name in reports.metrics
        )

    def _lasts(self, name: str, holds: bool | frozenset[str], heard: bool) -> float:
        """For how long it has been true, of the same address where it is about some."""
        truth = self._truth
        if isinstance(holds, bool):
            return truth.lasts(f"silent: {name}", holds and heard)
        ours = self._universe.observer.ours
        each = (truth.lasts(f"silent: {name} {a}", a in holds and heard) for a in ours)
        return max(each, default=0.0)

    def _truths(self) -> dict[str, bool | frozenset[str]]:
        universe, truth = self._universe, self._truth
        faults, state, balancing = universe.linode.faults, truth.state, universe.balancing
        service, ours = truth.service, truth.ours
        watched = truth.quorum
        decided = truth.lasts("a decision", state is not None)
        followed = watched and state is not None
        adopted = followed and ours and truth.agreed
        six = any(region.addresses.ipv6 for region in service.regions)
        missing = not truth.pointed or (six and not universe.linode.addresses("AAAA"))
        idle = sorted(truth.named() - truth.pointed)
        room = faults.may_create or len(universe.linode.at_name()) > len(truth.pointed)
        dead = frozenset(a for a in idle if adopted and truth.dead(a) is not None)
        well = frozenset(a for a in idle if adopted and truth.known_well(a) is not None)
        left_out = well if truth.several and room else frozenset()
        unread = truth.unreadable or (not faults.listed and state is None)
        return {
            "the records cannot be read": watched and unread,
            "the token is refused": watched and truth.token_refused,
            "the token may not write": watched and not (faults.may_write or truth.unanswered),
            "the name was never adopted": watched and state is None and truth.agreed,
            "a record may not be added": adopted and missing and not faults.may_create,
            "what is written is not served": adopted
            and not truth.was_served
            and not faults.disabled,
            "half of a pair cannot be written": adopted and truth.halved,
            "the zone is disabled": followed and faults.disabled and not truth.unreadable,
            "a standby is dead": dead,
            "a balancer is gone": adopted and bool(balancing.none) and not balancing.unlisted,
            "a healthy region is left out": left_out,
            "the records are foreign": followed and bool(truth.pointed - universe.observer.ours),
            "too few vantages": bool(truth.good()) and not watched and self._one_speaks(),
            "the settings were changed and not raised": followed and self._not_raised(decided),
        }

    def _stranded(self) -> bool:
        """Whether a change was begun to regions that have died since: nobody finishes it, and it is
        told as one that fails."""
        state = self._truth.state
        if state is None or state.publication.phase is not Phase.PUBLISHING:
            return False
        targets = state.publication.targets.values()
        return all(self._truth.dead(each.ipv4) is not None for each in targets)

    def _unlisted(self) -> bool:
        """Whether a person may have added a record that no list has shown since."""
        linode = self._universe.linode
        return not linode.faults.listed and self._universe.observer.person_at > linode.listed_at

    def _neighbours_well(self) -> bool:
        """Whether nothing is wrong with the other services: all give one sign together."""
        universe = self._universe
        neighbours = universe.setting.neighbours
        states = [universe.table.state(neighbour.name) for neighbour in neighbours]
        regions = [region for neighbour in neighbours for region in neighbour.regions]
        return all(state and not state.notices.incidents for state in states) and not any(
            universe.ill.get(region.addresses.ipv4) for region in regions
        )

    def _forbidden(self) -> bool:
        """Whether a process was forbidden to change records, and has not tried again since."""
        sites, token = self._universe.sites.values(), self._universe.linode.token
        processes = [process for site in sites for process in (*site.idle, *site.running)]
        return any(process.container.known.forbidden == token for process in processes)

    def _one_speaks(self) -> bool:
        """Whether the others are silent: what they have said before may count for a while."""
        sites = self._universe.sites
        good = self._truth.good()
        return all(site.silent for name, site in sites.items() if name not in good)

    def _not_raised(self, decided: float) -> bool:
        """`decided` are the seconds for which there has been a decision."""
        universe = self._universe
        known = max(universe.recreated_at, self._truth.now - decided)
        settings = universe.observer.settings
        return (
            any(
                other.revision == settings[-1].revision
                and other.digest != settings[-1].digest
                and universe.observer.known(other.digest)
                for other in settings
            )
            and known < universe.deploying_at  # or the table knows but one file
            and all(site.settings is settings[-1] for site in universe.sites.values())
        )

    def _judge_held(self, heard: bool) -> None:
        """A dead region stays published although another one is well: within a minute it is told
        why."""
        universe, truth = self._universe, self._truth
        dead = [a for a in truth.pointed if truth.dead(a) is not None]
        stuck = bool(dead) and (truth.several or len(dead) == len(truth.pointed))
        leaving = dead[0] if dead and truth.several else ""
        known = truth.state is not None and not truth.hidden
        holds = stuck and truth.quorum and known and bool(truth.candidates(leaving))
        lasts = truth.lasts("held", holds and heard)
        allowed = (
            promise.to_move(truth.settings, truth.service) + 60.0 + 2 * universe.linode.faults.lag
        )
        if truth.now - universe.deployed_at < 200.0:
            allowed += 200.0
        told = f"held at {', '.join(sorted(dead))}, which is dead, for {lasts:.0f} s"
        self._judge("held", lasts > allowed, HELD if truth.agreed else HELD_MEANWHILE, told)

    def _judge_switch(self, truths: Mapping[str, bool]) -> None:
        truth, ago = self._truth, self._truth.now - self._pinged_at
        for name in IMPOSSIBLE:
            lasts = truth.lasts(f"no ping: {name}", truths[name])
            if lasts > TOLD_WITHIN + PING_LIFE and ago < 10.0:
                self._judge(f"pinged: {name}", True, Reports(), f"it pings, and {name}")
            else:
                self._silent.discard(f"pinged: {name}")
        well = (
            not any(truths.values())
            and truth.quorum
            and truth.table_well
            and len(truth.good()) == len(self._universe.sites)
            and truth.writes_taken
            and not self._universe.linode.faults.half[0]
            and not self._forbidden()
            and self._neighbours_well()
            and not self._universe.phones.faults.away
            and truth.served_whole
            and not self._universe.linode.faults.silent_servers  # a change cannot be proved there
            and truth.adoptable
            and truth.state is not None
            and truth.agreed
            and not self._stranded()
            and not self._unlisted()
        )
        quiet = truth.lasts("all is well", well) > 480.0 and ago > 2 * PING_LIFE
        self._judge("no ping", quiet, Reports(), f"all is well, and no ping for {ago:.0f} s")
