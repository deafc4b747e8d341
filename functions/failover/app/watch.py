"""One service, watched by one tick: its rounds, from the probes to the vote and the decision."""

from collections.abc import Callable, Collection, Sequence
from functools import partial

from failover.app import backing, probing
from failover.app.acting import act
from failover.app.looking import Looking
from failover.app.outbox import NEEDS_SECONDS, Outbox
from failover.app.own_votes import OwnVotes
from failover.app.probing import Target, attempt
from failover.app.reading import listed, reread
from failover.app.recorded import Recorded
from failover.app.report import Report
from failover.app.shared import Superseded, Tick
from failover.app.viewing import view_of
from failover.decision import balancers
from failover.decision.balancers import Resolution, Unresolved
from failover.decision.view import View
from failover.errors import FailoverError, StoreConflict
from failover.health import cadence
from failover.notify.kinds import Kind
from failover.ports import World
from failover.publication.outbox import stuck
from failover.publication.parts import Phase, Stop
from failover.settings.model import Service
from failover.store import Standing
from failover.zone.records import Reading


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
        self._report = Report(world.telemetry, tick.settings, service, brief=not tick.pace.is_seed)
        self._recorded = Recorded(world, service.name)
        self._votes = OwnVotes(world, tick, service.name)
        self._attached = False
        self._looking = Looking(world, tick, self._report)
        self._outbox = Outbox(world, service)
        self.complete = False

    def delay(self) -> float:
        """Seconds until the first round may begin."""
        try:
            self._attach()
        except FailoverError as error:
            self._report.table_unavailable(error)
        return self._votes.delay(self._service)

    def period(self) -> float:
        """Seconds from the start of the last round to the start of the next one."""
        return cadence.period(self._service, self._votes.tallies)

    def waits(self) -> bool:
        """Whether there is nothing to probe until NodeBalancers have been looked up."""
        return isinstance(attempt(self._resolve), Unresolved)

    def unsettled(self) -> bool:
        """Whether something is to be confirmed, finished or proved, is held, or none is healthy."""
        state = self._recorded.state
        under_way = state is not None and (
            state.publication.phase is Phase.PUBLISHING
            or Kind.FAILOVER_HELD in state.notices.present()
        )
        return under_way or self._looking.unproved(state) or self._hurried()

    def warned(self, since: float) -> bool:
        """Whether another service saw a region of ours begin to fail, since that moment on the
        monotonic clock, and we do not suspect any ourselves."""
        regions = (region.name for region in self._named.regions)
        return self._tick.suspicions.newer(regions, since) and not self._hurried()

    def errand(self) -> Callable[[], object] | None:
        """What is to be done beside the next rounds: telling people what happened."""
        state = self._recorded.state
        if state is None or self._tick.seconds_left() < NEEDS_SECONDS:
            return None
        return partial(self._outbox.deliver, state) if self._outbox.waiting(state) else None

    def safely(self, errand: Callable[[], object]) -> None:
        """Do an errand beside the rounds, which it must not end, whatever happens in it."""
        try:
            errand()
        except Exception as error:  # noqa: BLE001 - one service must not end the tick of all
            self._report.crashed(error)

    def due_to_look(self) -> bool:
        """Whether to look for a publication before the next round."""
        return self._looking.unproved(self._recorded.state)

    def look(self) -> None:
        """Look once where it has got to."""
        if state := self._recorded.state:
            self._recorded.keep(self._looking.look(self._service, state))

    def glance(self, *, room: bool) -> Callable[[], object] | None:
        """What to ask the name servers beside the next rounds, if between them is `room` or not."""
        state, ballot = self._recorded.state, self._votes.ballot
        return self._looking.glance(self._service, state, ballot, room=room)

    def close(self) -> None:
        """Hand on to the next tick what was seen after the last round."""
        self._votes.hand_on(self._looking.unserved(self._votes.ballot))

    def round(self) -> None:
        """Probe all regions once, vote, decide and act.

        Raises Superseded when a newer tick has taken over; nothing was counted then.
        """
        try:
            self._round()
        except Superseded:
            raise
        except Unresolved as reason:
            self._report.not_watched(reason.anomalies)
        except Exception as error:  # noqa: BLE001 - one service must not end the tick of all
            self._report.crashed(error)
        self._report.finish(self._votes.ballot, self._service)

    def _round(self) -> None:
        at = self._world.clock.now()
        self.complete = False
        resolved = attempt(self._resolve)
        targets: list[Target] = []
        if not isinstance(resolved, Unresolved):
            targets = probing.targets(self._named, self._service, self._recorded.state)
        behind = backing.reader(self._world, self._tick.settings, self._service)
        asked = probing.ask(self._world, self._tick, self._service, targets, self._listed, behind)
        trouble = self._trouble(asked.standing)
        if isinstance(resolved, Unresolved):
            raise resolved
        probes = backing.counted(self._service, targets, asked, self._report.back_ends_unread)
        for target, probe in zip(targets, probes, strict=True):
            self._report.probed(target.address, target.region, probe)
        unserved = self._looking.unserved(self._votes.ballot)
        failing = self._votes.count(self._service, targets, probes, at, unserved)
        self._warn(targets, failing)
        if trouble is not None:
            self._report.table_unavailable(trouble)
            return
        assert isinstance(asked.standing, Standing)
        try:
            self._decide(asked.standing.gate, asked.listed)
        except StoreConflict as error:
            # The next round goes on from what the table has by then.
            self._attached = False
            self._report.conflict(error)
        except FailoverError as error:
            self._report.table_unavailable(error)

    def _hurried(self) -> bool:
        return cadence.hurried(self._votes.tallies)

    def _warn(self, targets: Sequence[Target], failing: Collection[str]) -> None:
        """Tell the other services in which regions an address has begun to fail."""
        regions = [target.region for target in targets if target.address in failing]
        self._tick.suspicions.note(regions, self._world.clock.monotonic())

    def _resolve(self) -> Resolution:
        """Put the addresses that count now in place of labels. Raises Unresolved."""
        settings, known = self._tick.settings, self._tick.directory.known
        state = self._recorded.state
        resolution = balancers.resolve(self._named, state, known, settings.revision)
        self._service = resolution.service
        return resolution

    def _trouble(self, standing: Standing | FailoverError) -> object | None:
        """Why this round may not vote, or None.

        Raises Superseded when a newer tick has taken over.
        """
        runner = self._tick.pace.number
        if isinstance(standing, FailoverError):
            return standing
        self._tick.directory.learn(standing.lookup)
        self._report.switch_broken(standing.broken)
        if runner is None:
            return "this tick has no number yet"
        if standing.runner > runner:
            raise Superseded(f"tick {standing.runner} has taken over from {runner}")
        if not self._attached:
            return attempt(self._attach)
        return None

    def _attach(self) -> None:
        """Go on from what this vantage has recorded."""
        self._votes.go_on(self._recorded.read())
        self._attached = True

    def _listed(self) -> Reading:
        known = self._votes.reading
        age = cadence.reading_age(self._tick.settings, known.pages if known else 1)
        return listed(self._world, self._service, age)

    def _decide(self, gate: Stop | None, new: Reading | FailoverError) -> None:
        """Write the ballot, decide and act.

        New votes are written at once, so that others can count them, with a list that repeats what
        was known, and what others have voted is read after that: whoever votes last knows of all.
        All else waits for what this round knows of the records, and is written even if the state
        could not be read.
        """
        changed = self._votes.changed
        if changed:
            self._votes.repeats(self._service, new)
            self._votes.write()
        try:
            if changed or not self._recorded.fresh:
                self._votes.found(self._recorded.read())
            self._report.broken(self._recorded.snapshot.broken)
            self._report.seen(self._recorded.state)
            view = self._view(gate, new)
        finally:
            self._votes.write()
        self._report.orders(view)
        after = act(self._world, view, self._report, self._tick.seconds_left)
        self._votes.knows(after.reading)
        self._votes.write()
        if after.state:
            self._recorded.keep(after.state)
        waits = stuck(self._recorded.state, self._world.clock.now())
        if waits:
            self._report.alerts_stuck()
        self.complete = after.able and not waits

    def _view(self, gate: Stop | None, new: Reading | FailoverError) -> View:
        """The view of this round, with what it knows of the records."""
        resolution = self._resolve()
        others = [ballot.reading for ballot in self._recorded.snapshot.ballots]
        state, known = self._recorded.state, self._votes.reading
        settings = self._tick.settings
        read, unread = reread(self._world, settings, self._service, state, known, new, others)
        self._votes.knows(read)
        if unread is not None:
            self._report.unread(unread)
        elif isinstance(new, FailoverError):
            self._report.unlisted(new)
        self._votes.read(unread)
        now, vantage, own = self._world.clock.now(), self._tick.vantage, self._votes.ballot
        return view_of(now, settings, resolution, vantage, self._recorded.snapshot, gate, own, read)
