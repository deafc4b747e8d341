"""From a decision to DNS: claim, read, plan, then announce, write and read back each change.

Design rule: whatever ends this half-way (a crash, a lost reply, a frozen container) leaves a
decision in phase `publishing`, from which any vantage's next round goes on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus

from failover.core import facts, transitions
from failover.core.drift import of_a_person
from failover.core.events import EventFacts
from failover.core.meaning import fulfilled
from failover.core.orders import Ordered
from failover.core.plan import Change, Plan, UnsafePlan, plan
from failover.core.records import Reading, Record, Written
from failover.core.state import (
    CLAIM_SECONDS,
    MOST_ARRIVALS,
    Announcement,
    Claim,
    State,
)
from failover.core.view import Action, Decision, View
from failover.errors import DnsRefused, DnsUnavailable, FailoverError
from failover.ports import World
from failover.usecases.lease import Lease, LeaseLost
from failover.usecases.reading import at_name, label, read_by_id

WRITE_SECONDS = 8.0
READ_SECONDS = 2.0
CREATE_AGAIN = 600.0
"""Seconds before Linode is asked again to add a record that it refused to add (403)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt at publication ended.

    `state` is the decision as we left it, if we know. `reading` is what the records say now.
    `error` tells why it was not published; `again` asks for a new decision, on that reading or,
    without one, on what the table says now: the claim went to somebody else. `able` says whether a
    failover would succeed if one were needed now.
    """

    published: bool
    state: State | None = None
    reading: Reading | None = None
    error: str = ""
    again: bool = False
    able: bool = True


def publish(
    world: World, view: View, decision: Decision, ordered: Ordered | None = None
) -> Outcome:
    """One attempt to make the records say what was decided. Never raises for a known trouble.

    `ordered` is what a person asked for: on record by the same update as the claim.
    """
    lease = Lease(world, view.service.name)
    now = world.clock.now()
    claim = Claim(id=world.new_id(), vantage=view.vantage, until=now + CLAIM_SECONDS)

    because = {**facts.of(view, decision), **(ordered.said() if ordered else {})}

    def claimed(before: State | None) -> State:
        after = _claimed(view, decision, because, claim, now, before)
        return ordered.added(after) if ordered else after

    try:
        lease.take(view.state, claimed)
    except FailoverError as error:
        return Outcome(published=False, error=f"not claimed: {error}", again=True)
    attempt = _Attempt(world, view, lease, ordered)
    try:
        return attempt.run()
    except LeaseLost as error:
        return Outcome(published=False, error=str(error))
    except DnsRefused as error:
        forbidden = error.status == HTTPStatus.FORBIDDEN and attempt.creating
        return attempt.failed(str(error), refused_creation=forbidden)
    except (FailoverError, UnsafePlan) as error:
        return attempt.failed(str(error))


def _claimed(
    view: View,
    decision: Decision,
    because: EventFacts,
    claim: Claim,
    now: float,
    before: State | None,
) -> State:
    if decision.action is Action.RETRY and before:
        return transitions.reclaimed(before, claim)
    if decision.cause is None:
        raise ValueError("a publication has a cause")
    return transitions.claimed(
        before,
        decision.targets,
        decision.cause,
        view.settings,
        view.service,
        claim,
        now,
        decision.explained,
        because,
    )


class _Attempt:
    """The steps after the claim. `answered` are the announced writes that surely ended."""

    def __init__(
        self, world: World, view: View, lease: Lease, ordered: Ordered | None = None
    ) -> None:
        self._world = world
        self._view = view
        self._lease = lease
        self._ordered = ordered
        self._answered: list[Announcement] = []
        self.creating = False

    def run(self) -> Outcome:
        listed = self._list()
        if listed is not None and not listed.same_content(self._view.reading):
            return self._decide_again(listed)
        reading = listed or read_by_id(self._world, self._view, self._lease.state)
        if self._of_a_person(reading):
            return self.failed("a record says an address that is in no settings: left alone")
        records = {record.id: record for record in reading.records}
        for change in self._plan(reading, listed is not None).changes:
            record = self._write(reading.domain_id, change)
            records[record.id] = record
        return self._finished(reading, records)

    def _of_a_person(self, reading: Reading) -> bool:
        """Whether somebody else's address is there; what could not be read counts as it was."""
        unread = {record.id for record in reading.records if not record.address}
        before = self._view.reading.records if self._view.reading else ()
        was = tuple(record for record in before if record.id in unread)
        taken = replace(reading, records=(*reading.records, *was))
        return of_a_person(self._view, self._lease.state, taken)

    def failed(self, error: str, refused_creation: bool = False) -> Outcome:
        """Give the claim back, so that the next round of any vantage may try at once."""

        def change(state: State) -> State:
            free = transitions.let_go(state, self._answered, error)
            if refused_creation:
                until = self._world.clock.now() + CREATE_AGAIN
                return replace(free, create_not_before=until)
            return free

        return self._ended(change, Outcome(published=False, error=error))

    def _list(self) -> Reading | None:
        """The records just before they are written, or None when they cannot be listed now."""
        view = self._view
        try:
            zone = self._world.dns.list(view.service.domain, READ_SECONDS)
        except (DnsUnavailable, DnsRefused):
            return None
        return at_name(view.service, zone, view.reading)

    def _decide_again(self, listed: Reading) -> Outcome:
        """What was decided on is not so any more: give the claim back and decide on this."""
        before = self._view.state
        error = "the records changed just before they were written"
        outcome = Outcome(published=False, error=error, reading=listed, again=True)

        def change(state: State) -> State:
            free = transitions.let_go(state, ())
            if before:
                free = transitions.given_back(before, state)
            return self._ordered.removed(before, free) if self._ordered else free

        return self._ended(change, outcome)

    def _plan(self, reading: Reading, listed: bool) -> Plan:
        state = self._lease.state
        may_create = (
            listed and self._view.confirmed and state.create_not_before <= self._world.clock.now()
        )
        return plan(state.answer, state.asked_ttl, reading, may_create)

    def _write(self, domain_id: int, change: Change) -> Record:
        """Announce one change, send it, and read it back."""
        once = change.record_id is None  # an addition is never repeated blindly
        announced = Announcement(
            change.family,
            change.record_id,
            change.address,
            self._world.clock.now(),
            arrivals=1 if once else MOST_ARRIVALS,
        )
        self._lease.renew(lambda state, until: transitions.renewed(state, until, announced))
        self._lease.require(WRITE_SECONDS)
        self.creating = change.record_id is None
        written = self._send(domain_id, change)
        self.creating = False
        if written.certain:
            self._answered.append(announced)
        self._check(change, written.record)
        return self._read_back(domain_id, change, written.record)

    def _send(self, domain_id: int, change: Change) -> Written:
        dns, service = self._world.dns, self._view.service
        if change.record_id is None:
            return dns.create(
                domain_id,
                label(service),
                change.family,
                change.address,
                self._lease.state.asked_ttl,
                WRITE_SECONDS,
            )
        return dns.update(
            domain_id,
            change.record_id,
            WRITE_SECONDS,
            address=change.address if change.moves else None,
            ttl=change.ttl,
        )

    def _read_back(self, domain_id: int, change: Change, replied: Record) -> Record:
        """The record by its id. Where that fails, the reply to the write stands."""
        try:
            record = self._world.dns.get(domain_id, replied.id, READ_SECONDS)
        except (DnsUnavailable, DnsRefused):
            return replied
        self._check(change, record)
        return record

    def _check(self, change: Change, record: Record) -> None:
        expected = (label(self._view.service), change.family.value, change.address)
        found = (record.name, record.type, record.address)
        if found != expected:
            raise DnsUnavailable(f"record {record.id} says {found}, written was {expected}")

    def _finished(self, reading: Reading, records: Mapping[int, Record]) -> Outcome:
        now = self._world.clock.now()
        content = tuple(records.values())
        same = frozenset(content) == frozenset(reading.records)
        final = Reading(
            domain_id=reading.domain_id,
            records=content,
            at=now,
            since=reading.since if same else now,
            zone=reading.zone,
        )
        if not fulfilled(self._lease.state, final, now):
            return self.failed("a record is missing and may not be added now")
        return self._ended(
            lambda state: transitions.published(state, self._answered, final, now),
            Outcome(published=True, reading=final),
        )

    def _ended(self, change: Callable[[State], State], outcome: Outcome) -> Outcome:
        """The last update of this attempt; the claim runs out by itself where it is not made."""
        try:
            self._lease.end(change)
        except FailoverError as error:
            told = f"{outcome.error or 'the records are written'}; {error}"
            return replace(outcome, published=False, error=told)
        return replace(outcome, state=self._lease.state)
