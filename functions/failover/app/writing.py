"""Writing one record: announce it, send it, read it back."""

from dataclasses import replace

from failover.app.lease import Lease
from failover.decision.evidence import label
from failover.errors import DnsRefused, DnsUnavailable, FailoverError
from failover.ports import World
from failover.publication import in_flight, transitions
from failover.publication.parts import MOST_ARRIVALS, Announcement
from failover.publication.state import State
from failover.settings.model import Service
from failover.zone.plan import Change
from failover.zone.records import Record, Written

WRITE_SECONDS = 8.0
READ_SECONDS = 2.0


class Writing:
    """The writes of one attempt.

    `answered` are the requests that surely ended, `created` the records that were added, and
    `changed` says that Linode confirmed a write.
    """

    def __init__(self, world: World, lease: Lease, service: Service) -> None:
        self._world = world
        self._lease = lease
        self._service = service
        self.domain_id = 0
        self.answered: list[Announcement] = []
        self.created: list[Record] = []
        self.changed = False

    def known(self, state: State) -> State:
        """With the ids of what this attempt has added."""
        return in_flight.knowing(state, self._service.record, self.domain_id, self.created)

    def write(self, change: Change) -> Record:
        """Announce one change, send it, and read it back."""
        once = change.record_id is None  # an addition is never repeated blindly
        announced = Announcement(
            change.family,
            change.record_id,
            change.address,
            self._world.clock.now(),
            arrivals=1 if once else MOST_ARRIVALS,
        )
        try:
            self._lease.renew(
                lambda state, until: transitions.renewed(self.known(state), until, announced)
            )
            self._lease.require(WRITE_SECONDS)
        except FailoverError:
            self._lease.note(lambda state: in_flight.never_sent(state, announced))
            raise
        try:
            written = self._send(change)
        except (DnsUnavailable, DnsRefused) as error:
            self._replied(announced, error.in_flight)
            raise
        self.changed = True
        if written.certain:
            self._replied(announced, 0)
        self._check(change, written.record)
        if once:
            self.created.append(written.record)
        return self._read_back(change, written.record)

    def _replied(self, announced: Announcement, in_flight: int | None) -> None:
        """Note how many requests of a write have surely ended."""
        if in_flight is not None and in_flight < announced.arrivals:
            ended = replace(announced, arrivals=announced.arrivals - in_flight)
            self.answered.append(ended)

    def _send(self, change: Change) -> Written:
        dns = self._world.dns
        if change.record_id is None:
            return dns.create(
                self.domain_id,
                label(self._service),
                change.family,
                change.address,
                self._lease.state.asked_ttl,
                WRITE_SECONDS,
            )
        return dns.update(
            self.domain_id,
            change.record_id,
            WRITE_SECONDS,
            address=change.address if change.moves else None,
            ttl=change.ttl,
        )

    def _read_back(self, change: Change, replied: Record) -> Record:
        """The record by its id. Where that fails, the reply to the write stands."""
        try:
            record = self._world.dns.get(self.domain_id, replied.id, READ_SECONDS)
        except (DnsUnavailable, DnsRefused):
            return replied
        self._check(change, record)
        return record

    def _check(self, change: Change, record: Record) -> None:
        expected = (label(self._service), change.family.value, change.address)
        found = (record.name, record.type, record.address)
        if found != expected:
            raise DnsUnavailable(f"record {record.id} says {found}, written was {expected}")
