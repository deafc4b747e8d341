"""Every mutant, each of which breaks a promise: who may write, what is known, who decides."""

import copy
from contextlib import suppress
from dataclasses import replace
from typing import Any

from failover.app.lease import LeaseLost
from failover.decision import evidence
from failover.decision.decision import Action, Decision
from failover.errors import DnsUnavailable
from failover.health.tally import Vote
from failover.settings.model import Failback
from failover.store import Standing
from failover.zone.records import Record
from tests.simulation.mutant import Mutant
from tests.simulation.mutants_of_liveness import OF_LIVENESS
from tests.simulation.mutants_of_providers import OF_PROVIDERS
from tests.support.builders import having


def _nothing(_original: Any, *_args: Any, **_named: Any) -> None:
    """It is not done at all."""


def _claim_ends(seconds: float) -> Any:
    """The rules take the claim to end so much later than it does."""

    def instead(original: Any, view: Any, why: Any, **named: Any) -> Any:
        state = view.state
        if state and (claim := state.publication.claim):
            later = replace(claim, until=claim.until + seconds)
            view = replace(view, state=having(state, claim=later))
        return original(view, why, **named)

    return instead


def _not_heeded(original: Any, lease: Any, seconds: float) -> None:
    with suppress(LeaseLost):
        original(lease, seconds)


def _wall_clock_ignored(original: Any, lease: Any, seconds: float) -> None:
    without = copy.copy(lease)
    without._until = float("inf")
    original(without, seconds)


def _goes_on(original: Any, lease: Any, before: Any, change: Any) -> None:
    try:
        original(lease, before, change)
    except LeaseLost:
        lease._hold(lease._read())


def _old_generation(original: Any, before: Any, *rest: Any) -> Any:
    after = original(before, *rest)
    return having(after, generation=before.publication.generation) if before else after


def _newer_ticks_unseen(original: Any, watch: Any, standing: Any) -> Any:
    seen = replace(standing, runner=0) if isinstance(standing, Standing) else standing
    return original(watch, seen)


def _lost_reply_is_good(original: Any, attempt: Any, change: Any) -> Any:
    try:
        return original(attempt, change)
    except DnsUnavailable:
        label = attempt._service.record.split(".")[0]
        ttl = change.ttl or 30
        return Record(change.record_id or 0, label, change.family.value, change.address, ttl)


def _forgets(original: Any, *args: Any, **named: Any) -> Any:
    return replace(original(*args, **named), announced=())


def _certain(original: Any, *args: Any) -> Any:
    return replace(original(*args), certain=True)


def _held(original: Any, *args: Any, **named: Any) -> Any:
    decision = original(*args, **named)
    retries = decision is not None and decision.action is Action.RETRY
    return replace(decision, action=Action.HOLD) if retries else decision


def _withdraws_what_was_written(
    original: Any, view: Any, state: Any, guards: Any, stopped: bool
) -> Any:
    unwritten = having(state, wrote=False)
    return original(replace(view, state=unwritten), unwritten, guards, stopped)


def _left_alone(original: Any, view: Any, state: Any, reading: Any, guards: Any) -> Decision:
    return Decision(view, Action.HOLD, guards)


def _never_expires(original: Any, ballot: Any, address: str, now: float) -> Any:
    return None if ballot.blind else ballot.tallies.get(address)


def _half_is_enough(original: Any, *args: Any) -> Any:
    found = original(*args)
    half = found.quorum and found.fresh and 2 * found.unhealthy >= found.fresh
    return replace(found, vote=Vote.UNHEALTHY) if half else found


def _one_is_a_quorum(original: Any, address: str, ballots: Any, settings: Any, now: float) -> Any:
    heard = tuple(ballots)
    speak = tuple(b.vantage for b in heard if b.fresh(address, now) is not None)
    return original(address, heard, replace(settings, vantages=speak or settings.vantages), now)


def _once(threshold: str) -> Any:
    """One probe is enough for it."""

    def instead(original: Any, *args: Any) -> Any:
        *others, health = args
        return original(*others, replace(health, **{threshold: 1}))

    return instead


def _first_shard_only(original: Any, *args: Any) -> Any:
    *rest, start = args
    return original(*rest, replace(start, shard=start.shard or 0))


def _once_more(original: Any, beat: Any, seed: int, runner: int) -> Any:
    return original(beat, seed, runner - 1 if runner == beat.number else runner)


def _unknown_is_left(original: Any, view: Any, region: Any, serving: Any) -> Any:
    return None if view.vote(serving) is Vote.UNKNOWN else original(view, region, serving)


def _unknown_is_healthy(original: Any, view: Any) -> Any:
    return tuple(
        region
        for region in view.service.regions
        if region.name not in view.excluded() and view.vote(region.addresses) is not Vote.UNHEALTHY
    )


def _never_left(original: Any, view: Any, serving: Any, **named: Any) -> Any:
    want = original(view, serving, **named)
    return replace(want, regions=serving, cause=None) if want.leaving else want


def _dead_ones_stay(original: Any, view: Any, found: Any) -> Any:
    want = original(view, found)
    return replace(
        want, regions={**(view.state.served.active if view.state else {}), **want.regions}
    )


def _as_if(**service: Any) -> Any:
    """The rule sees other settings."""

    def instead(original: Any, view: Any, *rest: Any) -> Any:
        return original(replace(view, service=replace(view.service, **service)), *rest)

    return instead


def _lists_are_believed(
    original: Any,
    world: Any,
    settings: Any,
    service: Any,
    state: Any,
    known: Any,
    new: Any,
    others: Any = (),
    again: bool = False,
) -> Any:
    wanted = evidence.ids(service, state, *others, known, new)
    if new is None or not wanted:
        return original(world, settings, service, state, known, new, others, again)
    listed = {record.id: record for record in new.records}
    return evidence.read_by_id(service, state, known, new, wanted, listed, world.clock.now())


def _token_thrown_away(original: Any, token: Any) -> None:
    original(token)
    if token._problem:
        token._token = ""


def _events_dropped(original: Any, before: Any, *rest: Any, **named: Any) -> Any:
    return original(before and having(before, pending=()), *rest, **named)


OF_SAFETY = (
    # Who may write, and until when.
    Mutant(
        "the claim is not renewed before a write",
        4,
        "app.lease:Lease.renew",
        _nothing,
        scene="all writes are late",
    ),
    Mutant(
        "a claim is taken from its holder at once",
        4,
        "decision.unfinished:finish",
        _claim_ends(-39.0),
        scene="all writes are late",
    ),
    Mutant(
        "nobody ever takes over from a dead publisher",
        3,
        "decision.unfinished:finish",
        _claim_ends(1e6),
        scene="half is written",
    ),
    Mutant(
        "no clock is looked at before a write",
        4,
        "app.lease:Lease.require",
        _not_heeded,
        scene="asleep before a write",
    ),
    Mutant(
        "the wall clock is not looked at before a write",
        4,
        "app.lease:Lease.require",
        _wall_clock_ignored,
        scene="asleep before a write",
    ),
    Mutant(
        "who loses a race for the claim goes on",
        4,
        "app.lease:Lease.take",
        _goes_on,
        scene="all writes are late",
    ),
    Mutant(
        "who has lost the claim renews it",
        4,
        "app.lease:Lease._same_claim",
        lambda _original, _lease, _found: True,
        scene="asleep after the claim",
    ),
    Mutant(
        "a new decision keeps the old generation",
        4,
        "publication.transitions:claimed",
        _old_generation,
        scene="a dead region is left however often it was",
    ),
    Mutant(
        "the runner number is ignored",
        0,
        "app.watch:Watch._trouble",
        _newer_ticks_unseen,
        scene="a standby is dead",
    ),
    # What was written, and what arrives late.
    Mutant(
        "the read-back is skipped, and a lost reply is a good one",
        3,
        "app.writing:Writing.write",
        _lost_reply_is_good,
        scene="requests get no answer while a region dies",
    ),
    Mutant(
        "announced writes are forgotten with the attempt",
        4,
        "publication.transitions:let_go",
        _forgets,
        scene="all writes are late",
    ),
    Mutant(
        "announced writes are forgotten with the publication",
        4,
        "publication.outcomes:published",
        _forgets,
        scene="all writes are late",
    ),
    Mutant(
        "a reply of any try answers for all of them",
        4,
        "app.writing:Writing._send",
        _certain,
        scene="every other write is late",
    ),
    Mutant(
        "late writes are not recognised",
        4,
        "decision.drift:late_writes",
        lambda *_: frozenset(),
        scene="all writes are late",
    ),
    Mutant(
        "lists are believed",
        4,
        "app.reading:current",
        _lists_are_believed,
        scene="lists are a minute late",
    ),
    Mutant(
        "an unfinished decision is left alone",
        3,
        "decision.unfinished:finish",
        _held,
        scene="half is written",
    ),
    Mutant(
        "what was partly written is withdrawn",
        3,
        "decision.unfinished:_redirected",
        _withdraws_what_was_written,
        scene="half is written",
    ),
    Mutant(
        "drift is never written over",
        8,
        "decision.drift:_judged",
        _left_alone,
        scene="a tool sets the record back to a dead region",
    ),
    Mutant(
        "a person's foreign address is written over",
        0,
        "decision.meaning:of_a_person",
        lambda *_: False,
        scene="a person comes in between",
    ),
    Mutant(
        "without a list only what was published is known",
        3,
        "app.reading:before_writing",
        lambda original, world, view, state: original(world, replace(view, reading=None), state),
        scene="no list",
    ),
    Mutant(
        "a record is added at another name",
        1,
        "adapters.linode.dns:LinodeDns.create",
        lambda original, dns, domain, _name, *rest: original(dns, domain, "", *rest),
        scene="records are created once, however late lists are",
    ),
    # What a region is called, and by whom.
    Mutant(
        "votes never expire",
        2,
        "health.votes:Ballot.fresh",
        _never_expires,
        scene="a dead man's vote",
    ),
    Mutant(
        "half of the votes are a majority",
        2,
        "health.votes:verdict",
        _half_is_enough,
        scene="two vantages disagree",
    ),
    Mutant(
        "one vantage is a quorum",
        2,
        "health.votes:verdict",
        _one_is_a_quorum,
        scene="one vantage is alone",
    ),
    Mutant(
        "votes of blind vantages count",
        2,
        "app.blindness:is_blind",
        lambda *_: False,
        scene="a vantage is blind",
    ),
    Mutant(
        "one failed probe is enough",
        2,
        "health.tally:_bad",
        _once("failure_threshold"),
        scene="one failed probe is no failure",
    ),
    Mutant(
        "one good probe is a recovery",
        2,
        "health.tally:_good",
        _once("recovery_threshold"),
        scene="one good probe is no recovery",
    ),
    Mutant(
        "an unknown region is left",
        2,
        "decision.places:_newest",
        _unknown_is_left,
        scene="two vantages disagree",
    ),
    Mutant(
        "an unknown region is a candidate",
        2,
        "decision.view:View.healthy_regions",
        _unknown_is_healthy,
        scene="two vantages disagree about a candidate",
    ),
    Mutant(
        "a dead region is never left",
        8,
        "decision.desired:desired",
        _never_left,
        scene="one of three vantages is gone",
    ),
    Mutant(
        "of several regions the dead one stays",
        8,
        "decision.desired:_several",
        _dead_ones_stay,
        scene="the token is narrowed between two failovers",
    ),
    # Whose turn it is.
    Mutant(
        "a beat ignores its seed and its place",
        0,
        "health.beats:newer",
        lambda *_: True,
        scene="beats come late and twice",
    ),
    Mutant(
        "a beat runs twice",
        0,
        "health.beats:newer",
        _once_more,
        scene="beats come late and twice",
    ),
    Mutant(
        "a tick stays awake for ever",
        0,
        "health.beats:arrive",
        lambda *_: False,
        scene="beats come late and twice",
    ),
    Mutant(
        "no tick ever stays awake",
        0,
        "health.beats:arrive",
        lambda *_: True,
        scene="the queue stands still",
    ),
    Mutant(
        "a shard that nobody runs",
        0,
        "app.shards:run",
        _first_shard_only,
        scene="a further shard",
    ),
    # What people asked for.
    Mutant("nobody heeds a stop", 2, "decision.decide:_gate", _nothing, scene="people said stop"),
    Mutant("a pin is not followed", 2, "decision.view:View.pinned", _nothing, scene="a pin"),
    Mutant(
        "old settings decide",
        2,
        "decision.hold_rules:settings_revision",
        _nothing,
        scene="settings differ",
    ),
    Mutant(
        "failback without being asked",
        2,
        "decision.desired:_returned",
        _as_if(failback=Failback.AUTOMATIC),
        scene="nobody asked for a failback",
    ),
    Mutant(
        "failback at once",
        2,
        "decision.hold_rules:failback",
        _as_if(failback_after=0.0),
        scene="failback goes all the way",
    ),
    Mutant(
        "no end to failing back",
        2,
        "decision.hold_rules:flip_budget",
        _nothing,
        scene="failback is limited",
    ),
    # What must not be lost, and what must not be told.
    Mutant(
        "the last good token is thrown away",
        5,
        "adapters.linode.token:SsmToken._read",
        _token_thrown_away,
        scene="the secret store is away",
    ),
    Mutant(
        "events are dropped at an adoption",
        6,
        "publication.outcomes:adopted",
        _events_dropped,
        scene="nobody can be told",
    ),
    Mutant(
        "what Linode says is repeated as it is",
        7,
        "adapters.linode.token:redact",
        lambda _original, text, _token: text,
        scene="the token is refused",
    ),
)

MUTANTS = (*OF_SAFETY, *OF_LIVENESS, *OF_PROVIDERS)
