"""One attempt to make the records say what was decided: read, plan, announce, write, read back."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from http import HTTPStatus

from failover.app.lease import Lease
from failover.app.outcome import Outcome
from failover.app.reading import before_writing
from failover.app.writing import Writing
from failover.decision.evidence import addable
from failover.decision.meaning import of_a_person
from failover.decision.view import View
from failover.errors import DnsRefused, DnsUnavailable, FailoverError
from failover.ports import World
from failover.publication import outcomes, transitions, upkeep
from failover.publication.orders import Ordered
from failover.publication.parts import Cause, Phase
from failover.publication.state import State
from failover.zone.plan import Change, plan
from failover.zone.records import Address, Family, Reading, Record, missing

CREATE_AGAIN = 600.0
"""Seconds before Linode is asked again to add a record that it refused to add (403)."""

CREATE_SOON = 60.0
"""Seconds before that is tried again which could not be added now for another reason."""

NotAdded = DnsRefused | DnsUnavailable | None
"""Why a record could not be added."""

OPTIONAL = (Cause.FAILBACK, Cause.COMPLETION, Cause.DRIFT)
"""Where a decision for one of these causes changes nothing, the one before is still in force."""


class Attempt:
    """The steps after the claim."""

    def __init__(
        self, world: World, view: View, lease: Lease, ordered: Ordered | None = None
    ) -> None:
        self._world = world
        self._view = view
        self._lease = lease
        self._ordered = ordered
        self._writing = Writing(world, lease, view.service)

    def run(self) -> Outcome:
        """Read the records, write what has to change, and give the claim back."""
        reading, sure = before_writing(self._world, self._view, self._lease.state)
        self._writing.domain_id = reading.domain_id
        if sure and not reading.same_content(self._view.reading):
            return self._decide_again(reading)
        if self._of_a_person(reading):
            return self.failed("a record says an address that is in no settings: left alone")
        possible = self._addable(reading) if sure else frozenset()
        state, given = self._lease.state, self._view.given()
        before = {record.id: record.address for record in self._known}
        answer, ttl = state.publication.answer, state.asked_ttl
        planned = plan(answer, ttl, reading, bool(possible), given, before)
        changes = [
            change
            for change in planned.changes
            if change.record_id is not None or (change.family, change.address) in possible
        ]
        records = {record.id: record for record in reading.records}
        trouble = self._write(changes, records)
        return self._finished(reading, records, trouble)

    def _write(self, changes: Iterable[Change], records: dict[int, Record]) -> NotAdded:
        """Make the changes, and put into `records` what each says then. Why one could not be added,
        which ends it; None where all were."""
        for change in changes:
            try:
                record = self._writing.write(change)
            except (DnsRefused, DnsUnavailable) as error:
                if change.record_id is not None:
                    raise
                return error
            records[record.id] = record
        return None

    def failed(self, error: str, refused: bool = False) -> Outcome:
        """Give the claim back, so that the next round of any vantage may try at once."""

        def change(state: State) -> State:
            known = self._writing.known(state)
            free = transitions.let_go(
                known, self._writing.answered, error, changed=self._writing.changed
            )
            if not refused:
                return free
            if state.publication.cause is Cause.DRIFT and state.publication.attempt == 1:
                counted = free.limits.republished[:-1]  # it came to nothing
                free = replace(free, limits=replace(free.limits, republished=counted))
            now = self._world.clock.now()
            return upkeep.not_added(free, now + CREATE_AGAIN, error, now)

        return self._ended(change, Outcome(published=False, error=error))

    @property
    def _known(self) -> tuple[Record, ...]:
        """The records as they were last read, if that was after our last publication."""
        return self._view.current.records if self._view.current else ()

    def _of_a_person(self, reading: Reading) -> bool:
        """Whether somebody else's address is there; what could not be read counts as it was."""
        unread = {record.id for record in reading.records if not record.address}
        was = tuple(record for record in self._known if record.id in unread)
        taken = replace(reading, records=(*reading.records, *was))
        return of_a_person(self._view, self._lease.state, taken)

    def _addable(self, reading: Reading) -> frozenset[Address]:
        """What may be added now."""
        if not self._view.confirmed:
            return frozenset()
        return addable(self._view.settings, self._lease.state, reading, self._world.clock.now())

    def _decide_again(self, found: Reading) -> Outcome:
        """What was decided on is not so any more: give the claim back and decide on this."""
        before = self._view.state
        error = "the records changed just before they were written"
        outcome = Outcome(published=False, error=error, reading=found, again=True)

        def change(state: State) -> State:
            if before:
                free = transitions.given_back(before, state)
            else:  # there was no decision to go back to: the next round makes the first one anew
                free = transitions.let_go(state, ())
                first = replace(free.publication, cause=Cause.ADOPTION)
                free = replace(free, publication=first)
            return self._ordered.removed(before, free) if self._ordered else free

        return self._ended(change, outcome)

    def _final(self, reading: Reading, records: Mapping[int, Record]) -> Reading:
        """The records after all writes."""
        now, content = self._world.clock.now(), tuple(records.values())
        after = replace(self._lease.state.publication.step, published=True)
        final = replace(reading, records=content, at=now, checked_at=now, after=after)
        return final if final.same_content(reading) else replace(final, since=now)

    def _finished(
        self, reading: Reading, records: Mapping[int, Record], trouble: NotAdded
    ) -> Outcome:
        """What is there says what was decided. What is missing keeps nothing else from counting."""
        final, state = self._final(reading, records), self._lease.state
        error = str(trouble or "")
        if not final.records:
            return self.failed(error or "the name has no records", refused=_refused(trouble))
        unchanged = final.same_content(reading) and bool(missing(state.publication.answer, final))
        if unchanged and state.publication.cause in OPTIONAL and self._was_published():
            return self._left(final, trouble)
        if not self._as_decided(final):
            return self.failed("a record says something else than what was decided")

        def change(state: State) -> State:
            again, now = self._again(trouble), self._world.clock.now()
            after = outcomes.published(
                state, self._writing.answered, final, now, again, changed=self._writing.changed
            )
            return upkeep.not_added(after, 0.0, error, now)

        return self._ended(change, Outcome(published=True, reading=final, error=error))

    def _as_decided(self, final: Reading) -> bool:
        """Whether each record that is there says an address that was decided."""
        answer = self._lease.state.publication.answer
        return not final.others and all(
            record.address in answer.family(Family(record.type))
            for record in final.records
            if answer.family(Family(record.type))
        )

    def _was_published(self) -> bool:
        before = self._view.state
        return before is not None and before.publication.phase is not Phase.PUBLISHING

    def _left(self, final: Reading, trouble: NotAdded) -> Outcome:
        """Nothing was to be done but to add what could not be added: the decision is again what it
        was, and nobody is told."""
        before = self._view.state
        assert before is not None
        error = str(trouble or "a record is missing and may not be added now")

        def change(state: State) -> State:
            free = transitions.let_go(state, self._writing.answered)
            back = transitions.given_back(before, state)
            free = replace(back, announced=free.announced)
            again, now = self._again(trouble), self._world.clock.now()
            return upkeep.not_added(free, again, str(trouble or ""), now)

        return self._ended(change, Outcome(published=False, reading=final, error=error))

    def _again(self, trouble: NotAdded) -> float:
        return self._world.clock.now() + (CREATE_AGAIN if _refused(trouble) else CREATE_SOON)

    def _ended(self, change: Callable[[State], State], outcome: Outcome) -> Outcome:
        """The last update of this attempt; the claim runs out by itself where it is not made."""
        try:
            self._lease.end(change)
        except FailoverError as error:
            told = f"{outcome.error or 'the records are written'}; {error}"
            unseen = self._lease.unseen
            return replace(outcome, published=False, error=told, unseen=unseen)
        return replace(outcome, state=self._lease.state)


def _refused(trouble: NotAdded) -> bool:
    """Whether Linode does not allow to add a record, which it will not do in a minute either."""
    return isinstance(trouble, DnsRefused) and trouble.status == HTTPStatus.FORBIDDEN
