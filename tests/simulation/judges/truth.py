"""What is true of the world at a look, and since when."""

from typing import TYPE_CHECKING

from failover.publication.state import State
from failover.settings.model import Mode, Routing, Service, Settings
from tests.simulation.judges import promise
from tests.simulation.linode import SERVERS, Applied
from tests.simulation.opinions import SKEW

if TYPE_CHECKING:
    from tests.simulation.universe import Site, Universe

BACK_AT_WORK = 140.0
"""Seconds after which a vantage is at work again: a schedule, a hand-over, a container's life."""

FORGOTTEN = 260.0
"""Seconds after which nothing counts any more that a silent vantage has said."""

HARDLY_ANY = 0.8
"""How likely a request fails where the one that tells may not come through for a long time."""

READ_WITHIN = 130.0
"""Seconds within which the records are read while they can be: a schedule and a round."""

TICK_LIFE = 200.0
"""For so long a tick may go on with the settings that it began with."""


class Truth:
    """The world as it is. `since` tells since when each of its truths holds without a break."""

    def __init__(self, universe: "Universe") -> None:
        self._universe = universe
        self._since: dict[str, float] = {}
        self._bad_at: dict[str, float] = {}
        self._bad_since: dict[str, float] = {}
        self.moved_at = self.now
        self.moved_by_us = True
        self._seen = False
        self._unread = 0.0
        self.pointed: frozenset[str] = frozenset()
        self._good: tuple[float, list[str]] = (0.0, [])
        self._answer: frozenset[str] = frozenset()
        self.was_served = False
        self.served_for = 0.0

    # Time -----------------------------------------------------------------------------------

    @property
    def now(self) -> float:
        """True time."""
        return self._universe.hub.time

    def lasts(self, name: str, holds: bool) -> float:
        """For how long this has been true at every look; 0 when it is not."""
        if not holds:
            self._since.pop(name, None)
            return 0.0
        return self.now - self._since.setdefault(name, self.now)

    def look(self) -> None:
        """Note how the vantages are, and at the very first look the records."""
        if not self._seen:
            self._seen, self.pointed = True, self._universe.linode.addresses("A")
        self._unread = self.lasts("unreadable", self.unreadable)
        self._look_at_servers()
        for name, site in self._universe.sites.items():
            if self._is_bad(site):
                self._bad_at[name] = self.now
                self._bad_since.setdefault(name, self.now)
            elif self.now - self._bad_at.get(name, 0.0) > BACK_AT_WORK:
                self._bad_since.pop(name, None)
        self._good = 0.0, []

    # Settings -------------------------------------------------------------------------------

    @property
    def settings(self) -> Settings:
        """The newest."""
        return self._universe.observer.settings[-1]

    @property
    def service(self) -> Service:
        """The only service, under the newest settings."""
        return self.settings.services[0]

    @property
    def agreed(self) -> bool:
        """Whether every process has had its settings for a while, and the newest, which act, are
        those of all; or of one at work that decides by the votes of all, since the others differ in
        nothing that is voted on."""
        sites = self._universe.sites
        newest = any(sites[name].settings is self.settings for name in self.good())
        alike = all(self._voted_alike(site.settings) for site in sites.values() if not site.file)
        old = self.now - self._universe.deployed_at < TICK_LIFE and len(self._revisions) > 1
        return newest and alike and not old and self.service.mode is Mode.ACT

    def _voted_alike(self, other: Settings) -> bool:
        """Whether votes under other settings count for the newest ones."""
        ours, theirs = self.service, other.services[0]
        older = other is self.settings or other.revision < self.settings.revision
        return older and (ours.regions, ours.health) == (theirs.regions, theirs.health)

    @property
    def _revisions(self) -> set[str]:
        return {settings.digest for settings in self._universe.observer.settings}

    @property
    def several(self) -> bool:
        """Whether every healthy region is to be published."""
        return self.service.routing is Routing.MULTIVALUE

    def named(self) -> frozenset[str]:
        """The IPv4 addresses of the newest settings."""
        return frozenset(region.addresses.ipv4 for region in self.service.regions)

    # Records --------------------------------------------------------------------------------

    def records_changed(self, change: Applied) -> None:
        """Linode has carried out a change: at once, late, or a person's."""
        pointed = self._universe.linode.addresses("A")
        if pointed != self.pointed or change.by is None:
            self.pointed, self.moved_at = pointed, self.now
            self.moved_by_us = change.by is not None and self.now - change.sent_at < 1.0

    def _look_at_servers(self) -> None:
        """Whether every name server has the answer, or has had it since the records say this.

        Where they still had it from before, somebody has seen it served.
        """
        linode = self._universe.linode
        if self._answer != self.pointed:
            self._answer, self.was_served = self.pointed, False
        served = self._all_serve(0.0)
        faults = linode.faults
        answering = not (faults.silent_servers or faults.disabled or faults.cached)
        self.served_for = self.lasts("served", served and self.served_whole and answering)
        self.was_served = self.was_served or served or self._all_serve(self.now - linode.changed_at)

    def _all_serve(self, ago: float) -> bool:
        numbers = range(1, SERVERS + 1)
        return all(self._universe.linode.served(n, ago)[0] == self.pointed for n in numbers)

    @property
    def served_whole(self) -> bool:
        """Whether all serve both families as the records have them."""
        linode = self._universe.linode
        there = linode.addresses("A"), linode.addresses("AAAA")
        return all(linode.served(number) == there for number in range(1, SERVERS + 1))

    @property
    def halved(self) -> bool:
        """Whether the AAAA records are not those of the regions that the A records point at, and
        cannot be written."""
        linode = self._universe.linode
        wanted = {
            r.addresses.ipv6 for r in self.service.regions if r.addresses.ipv4 in self.pointed
        }
        whole = None in wanted or linode.addresses("AAAA") == wanted
        return linode.faults.half[0] == "AAAA" and not whole and self.moved_by_us

    @property
    def ours(self) -> bool:
        """Whether the records are ours: of the newest settings, or published before those came."""
        universe = self._universe
        if not self.pointed:
            return False
        if self.pointed <= self.named():
            return True
        forgotten = universe.recreated_at > self.moved_at
        return self.pointed <= universe.observer.ours and self.moved_by_us and not forgotten

    @property
    def adoptable(self) -> bool:
        """Whether the records say exactly what regions of the settings have."""
        six = self._universe.linode.addresses("AAAA")
        regions = [r for r in self.service.regions if r.addresses.ipv4 in self.pointed]
        if not regions or self.unfound or self.pointed - {r.addresses.ipv4 for r in regions}:
            return False
        named = {r.addresses.ipv6 for r in regions}
        return (len(regions) == 1 or self.several) and (not six or six == named)

    @property
    def state(self) -> State | None:
        """The decision as the table has it."""
        return self._universe.table.state("shop")

    # Vantages and what they need --------------------------------------------------------------

    def _is_bad(self, site: "Site") -> bool:
        vantage = site.vantage
        return bool(
            site.silent
            or vantage.cut_off
            or vantage.blind
            or site.jitter
            or (site.queue and (site.queue.faults.lost or site.queue.faults.late))
            or vantage.stumbles
            or abs(vantage.skew) > SKEW
            or vantage.disturbed_until >= self.now - 5.0
        )

    def good(self) -> list[str]:
        """The vantages at work, undisturbed for long enough."""
        now, bad_at = self.now, self._bad_at
        if self._good[0] != now:
            names = self._universe.sites
            self._good = now, [n for n in names if now - bad_at.get(n, 0.0) > BACK_AT_WORK]
        return self._good[1]

    @property
    def quorum(self) -> bool:
        """Whether those at work decide, whatever the others say or have said."""
        universe, good = self._universe, self.good()
        listed = len(universe.sites)
        if 2 * len(good) > listed:
            return True
        silent = [
            name
            for name, site in universe.sites.items()
            if name not in good
            and (site.silent or site.vantage.cut_off)
            and self.now - self._bad_since.get(name, self.now) > FORGOTTEN
        ]
        return bool(good) and len(good) + len(silent) == listed and 2 * len(good) >= listed

    @property
    def table_well(self) -> bool:
        """Whether the control table answers everybody who can reach it."""
        faults = self._universe.table.faults
        return not (faults.lost or faults.late or faults.throttled or faults.slow)

    @property
    def token_refused(self) -> bool:
        """Whether Linode takes the token no more that the secret store has."""
        return self._universe.parameters.token != self._universe.linode.token

    @property
    def unreadable(self) -> bool:
        """Whether no record can be read, neither in a list nor by its id."""
        faults = self._universe.linode.faults
        nothing = max(faults.hung, faults.refused, faults.error) >= 1.0
        return self.token_refused or faults.reads_fail or nothing

    @property
    def unanswered(self) -> bool:
        """Whether hardly any answer comes from Linode: nobody learns what the token may do."""
        faults = self._universe.linode.faults
        return self.unreadable or max(faults.hung, faults.refused, faults.error) > HARDLY_ANY

    @property
    def hidden(self) -> bool:
        """Whether somebody else changed the records, and none could be read since: only Linode
        knows."""
        return (
            self.unreadable
            and not self.moved_by_us
            and self.now - self._unread < self.moved_at + READ_WITHIN
        )

    @property
    def writes_taken(self) -> bool:
        """Whether Linode carries out changes of records."""
        universe = self._universe
        return (
            not self.token_refused
            and not universe.parameters.away
            and universe.linode.faults.may_write
            and universe.linode.faults.granted
            and universe.linode.faults.half[0] != "A"
            and not self._hazard
            and self.now - universe.token_changed_at > 60.0
        )

    @property
    def _hazard(self) -> bool:
        faults = self._universe.linode.faults
        likely = (faults.lost, faults.late, faults.hung, faults.refused, faults.error)
        return any(likely) or faults.throttled > 0

    @property
    def ids_known(self) -> bool:
        """Whether the records can be found: listed, or by the ids of a decision."""
        faults = self._universe.linode.faults
        listed = faults.listed and not faults.reads_fail
        return listed or bool(self.state and any(self.state.served.record_ids.values()))

    def stopped(self) -> bool:
        """Whether a person's order keeps automation from moving the name."""
        state, until = self.state, self.now - SKEW
        stops = (self._universe.table.gate, state.orders.pause if state else None)
        return any(stop is not None and stop.until > until for stop in stops) or bool(
            state and state.orders.pinned(until)
        )

    # Regions ----------------------------------------------------------------------------------

    def dead(self, address: str) -> float | None:
        """Since when an address is dead for everybody."""
        return self._universe.dead(address)

    def known_well(self, address: str) -> float | None:
        """Since when everybody must know that an address is well; None while it is not."""
        since = self._universe.well(address)
        if since is None:
            return None
        known = since + promise.to_be_known(self.settings, self.service)
        return known if known <= self.now else None

    @property
    def unfound(self) -> set[str]:
        """The addresses of balancers that were gone before anybody knew what they were."""
        gone = self._universe.balancing.none if not self._met else ()
        return {r.addresses.ipv4 for r in self.service.regions if r.name in gone}

    @property
    def _met(self) -> bool:
        return self.state is not None and not self._universe.recreations

    def candidates(self, leaving: str = "") -> dict[str, float]:
        """The regions that could serve instead, with since when everybody must know that."""
        away = {leaving} if leaving else self.pointed
        found = {a: self.known_well(a) for a in sorted(self.named() - away - self.unfound)}
        return {address: since for address, since in found.items() if since is not None}
