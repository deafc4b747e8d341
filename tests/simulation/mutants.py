"""Small, named changes of the production code, each of which breaks a promise.

A mutant swaps the code of one function for the same source with one phrase changed, so that it is
the production code wherever it was imported. Who changes that code must say here what the phrase
is now: a mutant whose phrase is gone fails at once.
"""

import inspect
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from failover.adapters.linode import LinodeDns
from failover.adapters.linode_api import Api
from failover.adapters.token import SsmToken
from failover.core import (
    decide,
    desired,
    drift,
    inflight,
    places,
    switching,
    tally,
    transitions,
    unfinished,
    view,
    votes,
)
from failover.usecases import attempt, blindness, reading, watch
from failover.usecases.lease import Lease


@dataclass(frozen=True)
class Mutant:
    """`old` becomes `new` in the source of one function, and guarantee `breaks` does not hold.

    It is hunted in one `scene`, or in anything that can go wrong.
    """

    name: str
    breaks: int
    function: Callable[..., Any]
    old: str
    new: str
    quick: bool = False
    scene: str = ""

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Meanwhile the production code is the mutant."""
        original = self.function.__code__
        self.function.__code__ = self._compiled()
        try:
            yield
        finally:
            self.function.__code__ = original

    def _compiled(self) -> Any:
        source = textwrap.dedent(inspect.getsource(self.function))
        if source.count(self.old) != 1:
            raise AssertionError(f"{self.name}: {self.old!r} is not in {self.function} just once")
        namespace: dict[str, Any] = {}
        exec(  # the mutant's own source
            compile(source.replace(self.old, self.new), inspect.getfile(self.function), "exec"),
            self.function.__globals__,
            namespace,
        )
        return namespace[self.function.__name__].__code__


MUTANTS = (
    # Who may write, and until when.
    Mutant(
        "the claim is not renewed before a write",
        4,
        Lease.renew,
        "self._update(lambda state: change(state, until))",
        "pass",
        scene="all writes are late",
    ),
    Mutant(
        "a claim is taken from its holder at once",
        4,
        unfinished.finish,
        "view.now < claim.until + TAKEOVER_AFTER",
        "view.now < claim.until - 29",
    ),
    Mutant(
        "nobody ever takes over from a dead publisher",
        3,
        unfinished.finish,
        "view.now < claim.until + TAKEOVER_AFTER",
        "view.now < claim.until + 1e6",
        quick=True,
    ),
    Mutant(
        "no clock is looked at before a write",
        4,
        Lease.require,
        "if left < seconds + MARGIN:",
        "if False:",
        quick=True,
    ),
    Mutant(
        "the wall clock is not looked at before a write",
        4,
        Lease.require,
        "min(self._until - self._world.clock.now(), CLAIM_SECONDS - spent)",
        "CLAIM_SECONDS - spent + 0 * self._world.clock.now()",
        scene="asleep before a write",
    ),
    Mutant(
        "who loses a race for the claim goes on",
        4,
        Lease.take,
        "if ours is None or found.claim != ours:",
        "if False:",
    ),
    Mutant(
        "who has lost the claim renews it",
        4,
        Lease._update,
        "if not self._same_claim(found):",
        "if False:",
        scene="asleep after the claim",
    ),
    Mutant(
        "a new decision keeps the old generation",
        4,
        transitions.claimed,
        "generation=before.generation + 1",
        "generation=before.generation",
        quick=True,
    ),
    Mutant(
        "the runner number is ignored",
        0,
        watch.Watch._trouble,
        "if standing.runner > runner:",
        "if False:",
        quick=True,
    ),
    # What was written, and what arrives late.
    Mutant(
        "the read-back is skipped, and a lost reply is a good one",
        3,
        attempt.Attempt._write,
        "self._replied(announced, error.in_flight)\n        raise",
        "return Record(change.record_id or 0, label(self._view.service),\n"
        "                      change.family.value, change.address, change.ttl or 30)",
        quick=True,
    ),
    Mutant(
        "announced writes are forgotten with the attempt",
        4,
        transitions.let_go,
        "announced=kept",
        "announced=()",
        scene="all writes are late",
    ),
    Mutant(
        "announced writes are forgotten with the publication",
        4,
        transitions.published,
        "announced=ended(before.announced, answered)",
        "announced=()",
        quick=True,
    ),
    Mutant(
        "a reply of any try answers for all of them",
        4,
        attempt.Attempt._write,
        "if written.certain:",
        "if True:",
        scene="every other write is late",
    ),
    Mutant(
        "late writes are not recognised",
        4,
        inflight.late_writes,
        "return frozenset(explaining) if explained else frozenset()",
        "return frozenset()",
        scene="all writes are late",
    ),
    Mutant(
        "lists are believed",
        4,
        reading.current,
        "answers = _answers(world, service, wanted)",
        "answers = {r.id: r for r in new.records} if new else {}",
        scene="lists are a minute late",
    ),
    Mutant(
        "an unfinished decision is left alone",
        3,
        unfinished.finish,
        "Action.RETRY,",
        "Action.HOLD,",
        quick=True,
    ),
    Mutant(
        "what was partly written is withdrawn",
        3,
        unfinished._redirected,
        "and not state.wrote",
        "",
        scene="half is written",
    ),
    Mutant(
        "drift is never written over",
        3,
        drift.repair,
        "decision = _judged(view, state, reading, guards)",
        "decision = Decision(Action.HOLD, guards)",
        quick=True,
    ),
    Mutant(
        "a person's foreign address is written over",
        0,
        drift.of_a_person,
        "state.cause is not Cause.OPERATOR and any(",
        "False and any(",
        scene="a person comes in between",
    ),
    Mutant(
        "without a list only what was published is known",
        3,
        reading.before_writing,
        "evidence.ids(view.service, state, view.reading)",
        "evidence.ids(view.service, state)",
        scene="no list",
    ),
    Mutant(
        "a record is added at another name",
        1,
        LinodeDns.create,
        "if name:",
        "if not name:",
        quick=True,
    ),
    # What a region is called, and by whom.
    Mutant(
        "votes never expire",
        2,
        votes.Ballot.fresh,
        "abs(now - tally.at) > self.life",
        "False",
        scene="a dead man's vote",
    ),
    Mutant(
        "half of the votes are a majority",
        2,
        votes.verdict,
        "2 * len(by_vote[vote]) > len(tallies)",
        "2 * len(by_vote[vote]) >= len(tallies) > 0",
    ),
    Mutant(
        "one vantage is a quorum", 2, votes.verdict, "if len(tallies) >= needed:", "if tallies:"
    ),
    Mutant(
        "votes of blind vantages count",
        2,
        blindness.is_blind,
        "return not any(",
        "return False and any(",
        scene="a vantage is blind",
    ),
    Mutant(
        "one failed probe is enough",
        2,
        tally._bad,
        "failures < health.failure_threshold",
        "failures < 1",
        quick=True,
    ),
    Mutant(
        "one good probe is a recovery",
        2,
        tally._good,
        "if before.fallen and successes < health.recovery_threshold:",
        "if False:",
    ),
    Mutant(
        "an unknown region is left",
        2,
        places._newest,
        "alive = view.vote(serving) is not Vote.UNHEALTHY",
        "alive = view.vote(serving) is Vote.HEALTHY",
    ),
    Mutant(
        "an unknown region is a candidate",
        2,
        view.View.healthy_regions,
        "self.vote(region.addresses) is Vote.HEALTHY",
        "self.vote(region.addresses) is not Vote.UNHEALTHY",
    ),
    Mutant(
        "a dead region is never left",
        0,
        switching.follow,
        "if want.cause:",
        "if want.cause and want.cause is not Cause.UNHEALTHY:",
    ),
    Mutant(
        "of several regions the dead one stays",
        0,
        desired._several,
        "kept = in_order(view, found.kept)",
        "kept = in_order(view, {**(view.state.active if view.state else {}), **found.kept})",
    ),
    # What people asked for.
    Mutant(
        "nobody heeds a stop",
        2,
        decide._gate,
        "view.stops().items()",
        "()",
        scene="people said stop",
    ),
    Mutant(
        "a pin is not followed",
        2,
        desired.desired,
        "if pin := view.pinned():",
        "if pin := None:",
        scene="a pin",
    ),
    Mutant(
        "old settings decide",
        2,
        decide._held_by_settings,
        "if newest <= view.settings.revision:",
        "if True:",
        scene="settings differ",
    ),
    Mutant(
        "failback without being asked",
        2,
        desired._returned,
        "if view.service.failback is Failback.MANUAL:",
        "if False:",
    ),
    Mutant(
        "failback at once",
        2,
        desired._waits,
        "if healthy_for < view.service.failback_after:",
        "if False:",
    ),
    Mutant(
        "no end to switching",
        2,
        desired._spent,
        "state.flips_lately(view.now) >= view.service.flip_budget",
        "False",
    ),
    # What must not be lost, and what must not be told.
    Mutant(
        "the last good token is thrown away",
        5,
        SsmToken._read,
        "self._problem = str(error)",
        "self._problem, self._token = str(error), ''",
        scene="the secret store is away",
    ),
    Mutant(
        "events are dropped at an adoption",
        6,
        transitions.adopted,
        "pending=before.pending",
        "pending=()",
        scene="nobody can be told",
    ),
    Mutant(
        "what Linode says is repeated as it is",
        7,
        Api._tried,
        "redact(reasons_in(reply.body), token)",
        "reasons_in(reply.body)",
        scene="the token is refused",
    ),
)
