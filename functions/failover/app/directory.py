"""The NodeBalancers that the settings name by label, looked up ahead of time by every tick."""

from failover.app.pace import Pace
from failover.decision import balancers
from failover.decision.balancers import Lookup
from failover.errors import FailoverError, StoreConflict
from failover.ports import World
from failover.settings.model import Settings

LOOKUP_SECONDS = 10.0


class Directory:
    """What is known of the labels, shared by all services of one tick.

    `known` is this tick's own look-up, or else the one that the table has: of an earlier tick.
    `looking` says that one is under way: who knows no address at all waits for it, and nobody else.
    """

    def __init__(self, world: World, settings: Settings, vantage: str, pace: Pace) -> None:
        self._world = world
        self._settings = settings
        self._vantage = vantage
        self._pace = pace
        self._ours = False
        self.known: Lookup | None = None
        self.looking = False

    def open(self) -> None:
        """Start from what earlier ticks have recorded. Nothing is asked without labels."""
        if not balancers.labels(self._settings):
            return
        try:
            standing = self._world.store.standing(self._vantage, self._settings.shard)
            self.learn(standing.lookup)
        except FailoverError as error:
            self._world.telemetry.problem("lookup_unread", error=str(error))
        self.looking = balancers.is_due(self._settings, self.known, self._world.clock.now())

    def learn(self, lookup: Lookup | None) -> None:
        """Take over what the table has. Times are not compared: some clock may have been fast."""
        if lookup and not self._ours:
            self.known = lookup

    def look_up(self) -> None:
        """Ask Linode and record what was found. What fails is tried again by the next tick."""
        at = self._world.clock.now()
        try:
            listed = self._world.balancers.list(LOOKUP_SECONDS)
            found = balancers.looked_up(self._settings, listed, at)
            self.known, self._ours = found, True
            self.looking = False
            if (seed := self._pace.seed) is not None:
                shard = self._settings.shard
                self._world.store.write_lookup(self._vantage, seed, found, shard)
        except StoreConflict:
            pass  # a newer seed has taken over: it looks for itself
        except FailoverError as error:
            self._world.telemetry.problem("labels_not_looked_up", error=str(error))
        finally:
            self.looking = False
