"""Everything that can go wrong, each as a value: what it is, when it begins, how long it lasts.

Times are seconds of the run. A value reads as one line of the story.
"""

from dataclasses import dataclass
from typing import Any

from tests.simulation.container import Stumble
from tests.simulation.releases import NEXT
from tests.simulation.universe import Illness, Universe

WITHOUT = 130.0
"""Seconds without a round after beats have stopped, at the most: a late schedule, and a beat."""


@dataclass(frozen=True)
class Sick:
    """A region fails: fully, every other time, or only for some vantages."""

    start: float
    lasts: float
    address: str
    illness: Illness

    def begin(self, universe: Universe) -> None:
        universe.falls(self.address, self.illness)

    def end(self, universe: Universe) -> None:
        universe.recovers(self.address, self.illness)


@dataclass(frozen=True)
class Faults:
    """The table or Linode (`where`) answers badly: one of its faults has this value."""

    start: float
    lasts: float
    where: str
    fault: str
    value: Any

    def begin(self, universe: Universe) -> None:
        faults = getattr(universe, self.where).faults
        setattr(faults, self.fault, self.value)
        for site in universe.sites.values():
            site.vantage.troubled()

    def end(self, universe: Universe) -> None:
        faults = getattr(universe, self.where).faults
        setattr(faults, self.fault, getattr(type(faults)(), self.fault))
        if self.where == "table":
            universe.table.well_since = universe.hub.time
        for site in universe.sites.values():
            site.vantage.troubled()


@dataclass(frozen=True)
class Lost:
    """A vantage has lost the table (`cut_off`), the internet (`blind`), or itself (`away`)."""

    start: float
    lasts: float
    vantage: str
    what: str

    def begin(self, universe: Universe) -> None:
        self._set(universe, value=True)
        if self.what == "away":
            universe.kill(universe.sites[self.vantage])

    def end(self, universe: Universe) -> None:
        self._set(universe, value=False)

    def _set(self, universe: Universe, *, value: bool) -> None:
        site = universe.sites[self.vantage]
        setattr(site if self.what == "away" else site.vantage, self.what, value)
        if self.what == "blind":
            universe.observer.electorate.blinded(self.vantage, value)
        else:
            site.vantage.troubled()


@dataclass(frozen=True)
class Stumbles:
    """A vantage's process dies or freezes at one of its next calls."""

    start: float
    lasts: float
    vantage: str
    op: str
    left: int
    after: bool
    freeze: float = 0.0
    clock_stops: bool = False

    def begin(self, universe: Universe) -> None:
        stumble = Stumble(self.op, self.left, self.after, self.freeze, self.clock_stops)
        universe.sites[self.vantage].vantage.stumbles.append(stumble)

    def end(self, universe: Universe) -> None:
        pass


@dataclass(frozen=True)
class Halt:
    """Every running process of a vantage freezes, wherever it is; or dies (0 seconds)."""

    start: float
    lasts: float
    vantage: str
    freeze: float
    clock_stops: bool = False

    def begin(self, universe: Universe) -> None:
        for process in universe.sites[self.vantage].running:
            if self.freeze:
                process.container.freeze(self.freeze, self.clock_stops)
            else:
                process.container.die()

    def end(self, universe: Universe) -> None:
        pass


@dataclass(frozen=True)
class Irregular:
    """A vantage's schedule is late by up to so much, or starts every tick twice."""

    start: float
    lasts: float
    vantage: str
    jitter: float
    doubled: bool

    def begin(self, universe: Universe) -> None:
        site = universe.sites[self.vantage]
        site.jitter, site.doubled = self.jitter, self.doubled
        site.vantage.troubled()

    def end(self, universe: Universe) -> None:
        site = universe.sites[self.vantage]
        site.jitter, site.doubled = 0.0, False
        site.vantage.troubled()


@dataclass(frozen=True)
class Queued:
    """The queue of a vantage: one of its faults has this value.

    Until the schedule has started a tick that stays awake, the vantage may be without rounds.
    """

    start: float
    lasts: float
    vantage: str
    fault: str
    value: Any

    def begin(self, universe: Universe) -> None:
        self._set(universe, self.value)

    def end(self, universe: Universe) -> None:
        self._set(universe, type(self.value)(0))

    def _set(self, universe: Universe, value: Any) -> None:
        site = universe.sites[self.vantage]
        assert site.queue
        setattr(site.queue.faults, self.fault, value)
        if self.fault in ("away", "stuck"):
            vantage = site.vantage
            vantage.disturbed_until = max(vantage.disturbed_until, universe.hub.time + WITHOUT)
            vantage.troubled()


@dataclass(frozen=True)
class Upgraded:
    """One vantage runs the next release for a while."""

    start: float
    lasts: float
    vantage: str

    def begin(self, universe: Universe) -> None:
        universe.deploy(universe.sites[self.vantage], None, NEXT)

    def end(self, universe: Universe) -> None:
        pass


@dataclass(frozen=True)
class Secrets:
    """The secret store is `away`; the token is `rotated`; or Linode refuses (`refused`) the one
    that the store has."""

    start: float
    lasts: float
    what: str

    def begin(self, universe: Universe) -> None:
        universe.token_changed_at = universe.hub.time
        if self.what == "away":
            universe.parameters.away = True
            return
        universe.linode.token = f"another-{universe.clock:.0f}-of-this-account"
        if self.what == "rotated":
            universe.parameters.token = universe.linode.token

    def end(self, universe: Universe) -> None:
        universe.token_changed_at = universe.hub.time
        universe.parameters.away = False
        universe.parameters.token = universe.linode.token


@dataclass(frozen=True)
class Unrendered:
    """Linode takes changes and renders none of them until this is over."""

    start: float
    lasts: float

    def begin(self, universe: Universe) -> None:
        universe.linode.faults.unrendered = True

    def end(self, universe: Universe) -> None:
        universe.linode.faults.unrendered = False
        universe.linode.render()


@dataclass(frozen=True)
class WrongClock:
    """The clock of a vantage is wrong by so many seconds, and is put right in the end."""

    start: float
    lasts: float
    vantage: str
    seconds: float

    def begin(self, universe: Universe) -> None:
        self._set(universe, self.seconds)

    def end(self, universe: Universe) -> None:
        self._set(universe, -self.seconds)

    def _set(self, universe: Universe, seconds: float) -> None:
        vantage = universe.sites[self.vantage].vantage
        vantage.skew += seconds
        vantage.disturbed_until = universe.hub.time
        universe.clocks_wrong_at = universe.hub.time


@dataclass(frozen=True)
class Behind:
    """The data in a region is old."""

    start: float
    lasts: float
    aws_region: str

    def begin(self, universe: Universe) -> None:
        universe.behind[self.aws_region] = universe.hub.time

    def end(self, universe: Universe) -> None:
        universe.behind.pop(self.aws_region, None)
        universe.fresh_at = universe.hub.time
