"""From the death of a region to the DNS write, beside gdnsd, in one world at one time.

usage: python -m bench.detection [--quick] [--save]
Both watch the same 20 services with the same interval, timeout and threshold. The monitor is
started by a schedule every minute, and by the beats of a queue in between. Regions die in four
ways, at moments spread evenly over the interval, and come back; a few services are left alone in
each wave, and none of those may be moved. Takes 20 minutes, --quick two.
"""

import contextlib
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench import gdnsd
from bench.crowd import DOMAIN, TABLE, Crowd
from bench.figures import Spread, evenly, ratio, spread
from bench.monitor import MonitorProcess
from bench.poller import Poller
from bench.report import MEASURED, circumstances, options, table, tell
from failover.adapters.aws.dynamodb import DynamoStore
from failover.health.tally import Vote
from local.mapping import POLL_EVERY
from local.region import RegionFault

SERVICES = 20
INTERVAL = 10.0
FAULTS = (RegionFault.REFUSE, RegionFault.HANG, RegionFault.UNAVAILABLE, RegionFault.UNHEALTHY)
WANTED = {RegionFault.REFUSE: 0.68, RegionFault.HANG: 0.72}
NAMED = {
    RegionFault.REFUSE: "refuse",
    RegionFault.HANG: "hang",
    RegionFault.UNAVAILABLE: "503",
    RegionFault.UNHEALTHY: "200, unhealthy JSON",
}
EACH_IN_A_WAVE = 4
WAVES = 12
LONGEST = 37.0
"""Seconds in which gdnsd sees what it can see: three intervals, the timeout, and a little."""
PATIENCE = 180.0
"""Seconds after which something is taken never to happen."""


@dataclass(slots=True)
class Kill:
    """One death, and when each of the two told of it; None while, or if, it did not."""

    service: str
    fault: RegionFault
    at: float
    healed: float = float("inf")
    written: float | None = None
    answered: float | None = None
    theirs: float | None = None

    def after(self, moment: float | None) -> float | None:
        """Seconds from the death."""
        return None if moment is None else moment - self.at


class Duel:
    """The world with both monitors in it."""

    def __init__(self, crowd: Crowd, poller: Poller, rival: str) -> None:
        self._crowd = crowd
        self._poller = poller
        self._rival = rival
        self._store = DynamoStore(crowd.table(), TABLE)
        self.kills: list[Kill] = []
        self.counted = (0, 0)

    def begin(self) -> None:
        """Wait until both have seen everything healthy, and then for two rounds more."""
        _until("both to begin", lambda: all(map(self._at_home, self._crowd.names)))
        time.sleep(2 * INTERVAL)
        self._origin = time.monotonic()

    def wave(self, number: int, offsets: Sequence[float]) -> None:
        """Kill, watch, heal, and bring the traffic back by hand."""
        names, count = self._crowd.names, len(FAULTS) * EACH_IN_A_WAVE
        # Both spread their probes by the order of the services, so that order must not be ours.
        chosen = random.Random(number).sample(names, count)
        plan = sorted(
            (
                (offsets[k // len(FAULTS)] + k % len(FAULTS) * INTERVAL / count) % INTERVAL,
                name,
                FAULTS[k % len(FAULTS)],
            )
            for k, name in enumerate(chosen)
        )
        passed = time.monotonic() - self._origin
        start = self._origin + INTERVAL * (passed // INTERVAL + 1)
        kills = [self._kill(start + offset, name, fault) for offset, name, fault in plan]
        self.kills += kills
        with contextlib.suppress(TimeoutError):
            _until("both to see all deaths", lambda: all(map(self._seen, kills)), patience=75.0)
        for kill in kills:
            self._crowd.servers[kill.service][0].fault = None
            kill.healed = time.monotonic()
        for kill in kills:
            _until(f"{kill.service} to recover", lambda k=kill: self._recovered(k.service))
            self._crowd.point_at(kill.service, 0)
        _until("both to be back", lambda: all(map(self._at_home, names)))

    def false_switches(self) -> tuple[int, int]:
        """How often each moved a service whose region was alive: ours, theirs."""
        ours = {(name, round(call.at / INTERVAL)) for name, call in self._crowd.writes()
                if not self._was_dead(name, call.at)}  # fmt: skip
        theirs = [
            change
            for name in self._crowd.names
            for change in self._poller.of(self._rival, self._crowd.record(name))
            if change.addresses != (self._crowd.address(name, 0),)
            and not self._was_dead(name, change.at)
        ]
        return len(ours), len(theirs)

    def _kill(self, at: float, name: str, fault: RegionFault) -> Kill:
        time.sleep(max(0.0, at - time.monotonic()))
        kill = Kill(name, fault, time.monotonic())
        self._crowd.servers[name][0].fault = fault
        return kill

    def _seen(self, kill: Kill) -> bool:
        """Note what is known of a death; whether there is nothing more to wait for."""
        other = (self._crowd.address(kill.service, 1),)
        record = self._crowd.record(kill.service)
        kill.written = next(
            (c.at for name, c in self._crowd.writes() if name == kill.service and c.at > kill.at),
            None,
        )
        kill.answered = self._first(self._crowd.linode.nameserver, record, other, kill.at)
        kill.theirs = self._first(self._rival, record, other, kill.at)
        waited = time.monotonic() - kill.at > LONGEST
        return kill.answered is not None and (kill.theirs is not None or waited)

    def _first(
        self, server: str, record: str, addresses: tuple[str, ...], after: float
    ) -> float | None:
        changes = self._poller.of(server, record)
        return next((c.at for c in changes if c.addresses == addresses and c.at > after), None)

    def _recovered(self, name: str) -> bool:
        home = self._crowd.address(name, 0)
        return all(
            home in ballot.tallies and ballot.tallies[home].vote is Vote.HEALTHY
            for ballot in self._store.read(name).ballots
        )

    def _at_home(self, name: str) -> bool:
        """Whether both say the first region, and the monitor has it on record."""
        home = (self._crowd.address(name, 0),)
        state = self._store.read(name).state
        return (
            state is not None
            and [a.ipv4 for a in state.served.active.values()] == list(home)
            and self._poller.now(self._crowd.linode.nameserver, self._crowd.record(name)) == home
            and self._poller.now(self._rival, self._crowd.record(name)) == home
        )

    def _was_dead(self, name: str, at: float) -> bool:
        return any(k.service == name and k.at <= at <= k.healed + 1.0 for k in self.kills)


def measure(waves: int) -> Duel:
    """Run so many waves. Raises NotInstalled."""
    program = gdnsd.found()
    budget = {"flip_budget": "100"}  # more switches in an hour than anybody would want
    health = {"recovery_threshold": "3"}  # gdnsd's up_thresh; no part in how a death is seen
    with contextlib.ExitStack() as open_:
        crowd = open_.enter_context(
            Crowd(SERVICES, 2, service=budget, health=health, render_delay=0.0)
        )
        both = {name: [crowd.address(name, r) for r in range(2)] for name in crowd.names}
        rival = open_.enter_context(gdnsd.Gdnsd(program, DOMAIN, both, crowd.port))
        records = [crowd.record(name) for name in crowd.names]
        servers = [crowd.linode.nameserver, rival.at]
        poller = open_.enter_context(Poller(0.05, servers, records))
        open_.enter_context(MonitorProcess(crowd.env, crowd.aws))
        duel = Duel(crowd, poller, rival.at)
        duel.begin()
        for number, offsets in enumerate(evenly(waves * EACH_IN_A_WAVE, waves, INTERVAL)):
            duel.wave(number, offsets)
            print(f"wave {number + 1} of {waves} is over", flush=True)
        duel.counted = duel.false_switches()
        return duel


def _spread(kills: Sequence[Kill], moment: Callable[[Kill], float | None]) -> Spread | None:
    return spread(after for kill in kills if (after := kill.after(moment(kill))) is not None)


def told(duel: Duel, version: str) -> str:
    """The result, for docs/measured.md."""
    rows = []
    for fault in FAULTS:
        kills = [kill for kill in duel.kills if kill.fault is fault]
        written = _spread(kills, lambda k: k.written)
        answered = _spread(kills, lambda k: k.answered)
        theirs = _spread(kills, lambda k: k.theirs)
        quotient = ratio(written, theirs)
        rows.append([
            NAMED[fault], len(kills), _cell(written, len(kills)), _cell(answered, len(kills)),
            _cell(theirs, len(kills)), f"**{quotient:.2f}**" if quotient else "-",
            f"<= {WANTED[fault]:.2f}" if fault in WANTED else "-",
        ])  # fmt: skip
    ours, others = duel.counted
    head = ["fault", "kills", "to the DNS write", "to the DNS answer", "gdnsd, to its answer",
            "ratio", "wanted"]  # fmt: skip
    unseen = [k for k in duel.kills if k.fault is RegionFault.UNHEALTHY]
    missed = sum(kill.theirs is None for kill in unseen)
    return f"""\
Measured {circumstances()}; gdnsd {version}. Both watched the same {SERVICES} services in the same
world at the same time: interval 10 s, timeout 4 s, threshold 3. A schedule starts the monitor every
minute; in between the beats do, as moto's SQS delivers them, looked for every {POLL_EVERY:g} s. Its
process is warm. Seconds after the kill: median (least-most). The ratio is that of the medians, DNS
write to gdnsd's answer.

{table(head, rows)}

gdnsd's http_status reads no body: it missed {missed} of {len(unseen)} regions that answered 200 and
said that they were unhealthy. False switches (a service whose region was alive was moved): {ours}
by the monitor, {others} by gdnsd. The name servers of the embedded world show a change at once; the
time that Linode's take comes on top (`publish_allowance`). `recovery_threshold` was 3, gdnsd's
`up_thresh`, and `flip_budget` 100: neither has a part in how fast a death is seen.
"""


def _cell(found: Spread | None, kills: int) -> str:
    if found is None:
        return "never"
    return str(found) if found.count == kills else f"{found}, {found.count} of {kills}"


def _until(what: str, happened: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Wait for something. Raises TimeoutError."""
    deadline = time.monotonic() + patience
    while not happened():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {patience:.0f} s for {what}")
        time.sleep(0.5)


def main() -> None:
    """Measure and tell."""
    quick, page = options("bench.detection", __doc__ or "", "one wave of 16 kills", MEASURED)
    try:
        version = gdnsd.version(gdnsd.found())
    except gdnsd.NotInstalled as missing:
        print(f"Skipped: {missing}.")
        return
    duel = measure(1 if quick else WAVES)
    tell("Detection, beside gdnsd", told(duel, version), page)


if __name__ == "__main__":
    main()
