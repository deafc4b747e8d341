"""The NodeBalancers that the settings name by label, looked up ahead of time by every tick."""

from failover.core import balancers
from failover.core.balancers import Lookup
from failover.core.settings import Settings
from failover.errors import FailoverError, StoreConflict
from failover.ports import World

LOOKUP_SECONDS = 10.0


class Directory:
    """What is known of the labels, shared by all services of one tick.

    `known` is the newest look-up that anybody told of. `looking` says that a newer one is under
    way: who knows no address at all waits for it, and nobody else.
    """

    def __init__(self, world: World, settings: Settings, vantage: str) -> None:
        self._world = world
        self._settings = settings
        self._vantage = vantage
        self.known: Lookup | None = None
        self.looking = False

    def open(self) -> None:
        """Start from what earlier ticks have recorded. Nothing is asked without labels."""
        if not balancers.labels(self._settings):
            return
        try:
            self.learn(self._world.store.standing(self._vantage).lookup)
        except FailoverError as error:
            self._world.telemetry.problem("lookup_unread", error=str(error))
        self.looking = balancers.is_due(self._settings, self.known, self._world.clock.now())

    def learn(self, lookup: Lookup | None) -> None:
        """Take over a look-up if it is newer than what is known."""
        if lookup and (self.known is None or lookup.at > self.known.at):
            self.known = lookup

    def look_up(self) -> None:
        """Ask Linode and record what was found. What fails is tried again by the next tick."""
        at = self._world.clock.now()
        try:
            listed = self._world.balancers.list(LOOKUP_SECONDS)
            found = balancers.looked_up(self._settings, listed, at)
            self.learn(found)
            self.looking = False
            self._world.store.write_lookup(self._vantage, found)
        except StoreConflict:
            pass  # a newer tick knows better
        except FailoverError as error:
            self._world.telemetry.problem("labels_not_looked_up", error=str(error))
        finally:
            self.looking = False
