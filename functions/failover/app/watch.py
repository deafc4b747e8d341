"""One service, watched by one tick: its rounds, from the probes to the vote and the decision."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar, cast

from failover.app import settling
from failover.app.acting import act
from failover.app.blindness import is_blind
from failover.app.directory import Directory
from failover.app.outbox import NEEDS_SECONDS, Outbox
from failover.app.reading import current, listed
from failover.app.report import Report
from failover.app.suspicions import Suspicions
from failover.app.viewing import view_of
from failover.decision import balancers, evidence
from failover.decision.balancers import Resolution, Unresolved
from failover.decision.view import View
from failover.errors import FailoverError, StoreConflict
from failover.health import cadence
from failover.health.probe import Probe
from failover.health.tally import Tally
from failover.health.votes import (
    Ballot,
    counted,
    newly_failing,
    read_or_not,
    votes_differ,
    worth_writing,
)
from failover.notify.kinds import Kind
from failover.ports import Snapshot, Standing, World
from failover.publication.outbox import stuck
from failover.publication.proof import Evidence
from failover.publication.state import Phase, Stop
from failover.settings.model import Service, Settings
from failover.zone.records import Reading
from failover.zone.statement import Unserved

T = TypeVar("T")

UNCONFIRMED = "a list shows records that could not be confirmed by reading them one by one"


class Superseded(Exception):
    """A newer tick has taken over: this one must do nothing more."""


@dataclass(frozen=True, slots=True)
class Tick:
    """What all services of one tick share.

    `runner` gives the tick's number, or None while the control table could not be asked for one:
    services are then probed and measured, and nothing is decided. `directory` knows the addresses
    of NodeBalancers, `suspicions` what each service tells the others. `seconds_left` is what the
    function may still run.
    """

    settings: Settings
    vantage: str
    runner: Callable[[], int | None]
    directory: Directory
    suspicions: Suspicions
    seconds_left: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Target:
    """One address to probe, and the region that it belongs to.

    `aws_region` is the one that its answers may name; None where the settings do not say.
    """

    region: str
    address: str
    aws_region: str | None


class Watch:
    """What a tick does about one service, and remembers of it from round to round.

    `complete` says that the last round got as far as a decision, that a failover would succeed if
    one were needed now, and that alerts get out.
    """

    def __init__(self, world: World, tick: Tick, service: Service) -> None:
        self._world = world
        self._tick = tick
        self._named = service
        self._service = service
        self._report = Report(world.telemetry, tick.settings, service)
        self._snapshot = Snapshot(state=None)
        self._ballot: Ballot | None = None
        self._written: Ballot | None = None
        self._attached = False
        self._evidence: Evidence | None = None
        self._glanced = False
        self._outbox = Outbox(world, service)
        self._looked = False
        self.complete = False

    def delay(self) -> float:
        """Seconds until the first round is due: the last one recorded must be a period old."""
        try:
            self._attach()
        except FailoverError as error:
            self._report.table_unavailable(error)
        if self._ballot is None:
            return 0.0
        since = self._world.clock.now() - self._ballot.at
        return min(max(self.period() - since, 0.0), self.period())

    def period(self) -> float:
        """Seconds from the start of the last round to the start of the next one."""
        return cadence.period(self._service, self._tallies())

    def waits(self) -> bool:
        """Whether there is nothing to probe until NodeBalancers have been looked up."""
        return isinstance(_attempt(self._resolve), Unresolved)

    def unsettled(self) -> bool:
        """Whether there is something to confirm, to finish or to prove, a failover is held, or no
        region is healthy."""
        state = self._snapshot.state
        under_way = state is not None and (
            state.phase is Phase.PUBLISHING or Kind.FAILOVER_HELD in state.incidents
        )
        return under_way or self.unproved() or self._hurried()

    def warned(self, since: float) -> bool:
        """Whether another service saw a region of ours begin to fail, since that moment on the
        monotonic clock, and we do not suspect any ourselves."""
        regions = (region.name for region in self._named.regions)
        return self._tick.suspicions.newer(regions, since) and not self._hurried()

    def unproved(self) -> bool:
        """Whether a publication is still to be seen on the name servers."""
        return settling.unproved(self._snapshot.state, self._world.clock.now())

    def errand(self) -> Callable[[], None] | None:
        """What is to be done beside the next rounds: telling people what happened."""
        state = self._snapshot.state
        if state is None or self._tick.seconds_left() < NEEDS_SECONDS:
            return None
        return partial(self._outbox.deliver, state) if self._outbox.waiting(state) else None

    def safely(self, errand: Callable[[], None]) -> None:
        """Do something beside the rounds, which it must not end, whatever happens in it."""
        try:
            errand()
        except Exception as error:  # noqa: BLE001 - one service must not end the tick of all
            self._report.crashed(error)

    def due_to_look(self) -> bool:
        """Whether to look for a publication before the next round."""
        late = settling.overdue(self._snapshot.state, self._world.clock.now())
        return self.unproved() or (late and not self._looked)

    def look(self) -> None:
        """Look once where it has got to."""
        world, service, state = self._world, self._service, self._snapshot.state
        if state:
            self._looked = settling.overdue(state, world.clock.now())
            self._evidence = settling.seen(world, service, state)
            after = settling.judged(world, service, state, self._evidence, self._report)
            self._snapshot = replace(self._snapshot, state=after)

    def glance(self) -> Callable[[], None] | None:
        """Once in a tick, beside its rounds: ask the name servers, with nothing to be proved."""
        reading = self._ballot.reading if self._ballot else None
        if self._glanced or reading is None or self.unproved():
            return None
        self._glanced = True
        return partial(self._glance, reading.domain_id)

    def _glance(self, domain_id: int) -> None:
        before = self._ballot.unserved if self._ballot else None
        self._evidence = settling.glance(self._world, self._service, domain_id, before)
        self._report.glanced(self._evidence)

    def round(self) -> None:
        """Probe all regions once, vote, decide and act.

        Raises Superseded when a newer tick has taken over; nothing was counted then.
        """
        try:
            self._round()
        except Superseded:
            raise
        except Unresolved as reason:
            self._report.not_watched(reason)
        except Exception as error:  # noqa: BLE001 - one service must not end the tick of all
            self._report.crashed(error)
        self._report.finish(self._ballot, self._service)

    def _round(self) -> None:
        at = self._world.clock.now()
        self.complete = False
        resolved = _attempt(self._resolve)
        targets = [] if isinstance(resolved, Unresolved) else self._targets()
        standing, listed, probes = self._ask(targets)
        trouble = self._trouble(standing)
        if isinstance(resolved, Unresolved):
            raise resolved
        for target, probe in zip(targets, probes, strict=True):
            self._report.probed(target.address, target.region, probe)
        before, self._ballot = self._ballot, self._counted(targets, probes, at)
        self._warn(targets, newly_failing(before, self._ballot))
        if trouble is not None:
            self._report.table_unavailable(trouble)
            return
        try:
            self._decide(cast(Standing, standing).gate, listed)
        except StoreConflict as error:
            self._report.conflict(error)
        except FailoverError as error:
            self._report.table_unavailable(error)

    def _hurried(self) -> bool:
        return cadence.hurried(self._tallies())

    def _tallies(self) -> Collection[Tally]:
        return self._ballot.tallies.values() if self._ballot else ()

    def _warn(self, targets: Sequence[Target], failing: Collection[str]) -> None:
        """Tell the other services in which regions an address has begun to fail."""
        regions = [target.region for target in targets if target.address in failing]
        self._tick.suspicions.note(regions, self._world.clock.monotonic())

    def _ask(
        self, targets: Sequence[Target]
    ) -> tuple[Standing | FailoverError, Reading | FailoverError, list[Probe]]:
        """All that a round needs from outside, side by side: nothing waits for anything else.

        The probes come before the reading: in a new container that one first loads the library.
        """
        probe = self._world.prober.probe
        probes = [partial(probe, self._service, t.aws_region, t.address) for t in targets]
        thunks: list[Callable[[], object]] = [
            partial(_attempt, partial(self._world.store.standing, self._tick.vantage)),
            partial(self._world.tasks.gather, probes),
            partial(_attempt, self._listed),
        ]
        standing, results, listed = self._world.tasks.gather(thunks)
        return (
            cast(Standing | FailoverError, standing),
            cast(Reading | FailoverError, listed),
            cast(list[Probe], results),
        )

    def _resolve(self) -> Resolution:
        """Put the addresses that count now in place of labels. Raises Unresolved."""
        settings, known = self._tick.settings, self._tick.directory.known
        state = self._snapshot.state
        resolution = balancers.resolve(self._named, state, known, settings.revision)
        self._service = resolution.service
        return resolution

    def _targets(self) -> list[Target]:
        """The addresses of the settings, and the published one if that is another.

        What the settings no longer say of a region is not checked: it must not fail for that.
        """
        targets = [
            Target(region.name, region.addresses.ipv4, region.aws_region)
            for region in self._service.regions
        ]
        state = self._snapshot.state
        for name, addresses in state.active.items() if state else ():
            region = self._named.region(name)
            if addresses.ipv4 not in {target.address for target in targets}:
                expected = region.aws_region if region else None
                targets.append(Target(name, addresses.ipv4, expected))
        return targets

    def _trouble(self, standing: Standing | FailoverError) -> object | None:
        """Why this round may not vote, or None.

        Raises Superseded when a newer tick has taken over.
        """
        runner = self._tick.runner()
        if isinstance(standing, FailoverError):
            return standing
        self._tick.directory.learn(standing.lookup)
        self._report.switch_broken(standing.broken)
        if runner is None:
            return "this tick has no number yet"
        if standing.runner > runner:
            raise Superseded(f"tick {standing.runner} has taken over from {runner}")
        if not self._attached:
            return _attempt(self._attach)
        return None

    def _attach(self) -> None:
        """Go on from what this vantage has recorded."""
        self._snapshot = self._world.store.read(self._service.name)
        ours = (b for b in self._snapshot.ballots if b.vantage == self._tick.vantage)
        self._ballot = self._written = next(ours, None)
        self._attached = True

    def _listed(self) -> Reading:
        known = self._ballot.reading if self._ballot else None
        age = cadence.reading_age(self._tick.settings, known.pages if known else 1)
        return listed(self._world, self._service, age)

    def _counted(
        self,
        targets: Sequence[Target],
        probes: Sequence[Probe],
        at: float,
    ) -> Ballot:
        return counted(
            self._ballot,
            {target.address: probe for target, probe in zip(targets, probes, strict=True)},
            at=at,
            blind=is_blind(self._world, self._tick.settings.references, probes),
            reading=self._ballot.reading if self._ballot else None,
            vantage=self._tick.vantage,
            runner=self._tick.runner() or 0,
            settings=self._tick.settings,
            service=self._service,
            access=self._world.dns.access(),
            unserved=self._unserved(),
        )

    def _unserved(self) -> Unserved | None:
        """The name servers that gave no answer when this vantage last asked them."""
        if self._evidence:
            return self._evidence.unserved
        return self._ballot.unserved if self._ballot else None

    def _decide(self, gate: Stop | None, new: Reading | FailoverError) -> None:
        """Write the ballot, decide and act.

        New votes are written at once, so that others can count them, with a list that repeats what
        was known. All else waits for what this round knows of the records, and is written even if
        the state could not be read.
        """
        assert self._ballot is not None
        if votes_differ(self._written, self._ballot):
            self._knows(self._repeated(new))
            self._vote()
        try:
            self._snapshot = self._world.store.read(self._service.name)
            self._report.broken(self._snapshot.broken)
            self._report.seen(self._snapshot.state)
            view = self._view(gate, new)
        finally:
            self._vote()
        self._report.orders(view)
        after = act(self._world, view, self._report, self._tick.seconds_left)
        self._knows(after.reading)
        self._vote()
        if after.state:
            self._snapshot = replace(self._snapshot, state=after.state)
        waits = stuck(self._snapshot.state, self._world.clock.now())
        if waits:
            self._report.alerts_stuck()
        self.complete = after.able and not waits

    def _view(self, gate: Stop | None, new: Reading | FailoverError) -> View:
        """The view of this round, with what it knows of the records."""
        resolution = self._resolve()
        read = self._current(new)
        self._knows(read)
        unread = self._unread(new, read)
        if unread is not None:
            self._report.unread(unread)
        elif isinstance(new, FailoverError):
            self._report.unlisted(new)
        if self._ballot:
            self._ballot = read_or_not(self._ballot, unread)
        return view_of(
            self._world.clock.now(),
            self._tick.settings,
            resolution,
            self._tick.vantage,
            self._snapshot,
            gate,
            self._ballot,
            read,
        )

    def _repeated(self, new: Reading | FailoverError) -> Reading | None:
        """What was known of the records, as old as a list that says the same."""
        known = evidence.before(self._ballot.reading if self._ballot else None, self._service)
        if known is None or isinstance(new, FailoverError):
            return None
        return evidence.repeated(known, new)

    def _current(self, new: Reading | FailoverError) -> Reading | None:
        """What the records say, as far as this round could read them."""
        return current(
            self._world,
            self._tick.settings,
            self._service,
            self._snapshot.state,
            self._ballot.reading if self._ballot else None,
            None if isinstance(new, FailoverError) else new,
            (ballot.reading for ballot in self._snapshot.ballots),
        )

    def _unread(self, new: Reading | FailoverError, read: Reading | None) -> str | None:
        """Why nobody could rely on what this round knows of the records, or None.

        A list that says something new counts only once the records were read by their ids.
        """
        now = self._world.clock.now()
        if evidence.confirmed(self._tick.settings, self._snapshot.state, read, now):
            return None
        if isinstance(new, FailoverError):
            return str(new)
        return UNCONFIRMED if read and read.records else None

    def _knows(self, reading: Reading | None) -> None:
        if reading and self._ballot:
            self._ballot = replace(self._ballot, reading=reading)

    def _vote(self) -> None:
        """Write the ballot when it says something new, or soon would be too old to count.

        Raises Superseded when a newer tick has written one already.
        """
        assert self._ballot is not None
        if not worth_writing(self._written, self._ballot):
            return
        try:
            self._world.store.write_ballot(self._service.name, self._ballot)
        except StoreConflict as error:
            raise Superseded(str(error)) from error
        self._written = self._ballot


def _attempt(call: Callable[[], T]) -> T | FailoverError:
    """The result of a call, or the known trouble that it ended in."""
    try:
        return call()
    except FailoverError as error:
        return error
