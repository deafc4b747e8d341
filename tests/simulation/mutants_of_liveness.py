"""Mutants that keep a failover from happening, report nothing, or report too much.

One for each class of rule that guarantees 8 to 11 rest on: the code without that rule. The story of
the class is the scene in which it must be caught.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from failover.publication.parts import Cause
from failover.settings.model import Routing
from tests.simulation.mutant import Mutant
from tests.support.builders import having


def _never(*_args: Any, **_named: Any) -> bool:
    return False


def _none(*_args: Any, **_named: Any) -> None:
    """Nothing."""


def _all_of_ours(_original: Any, view: Any) -> Any:
    return view.addresses()


def _no_kinds(*_args: Any, **_named: Any) -> frozenset[Any]:
    return frozenset()


# No missed failover ----------------------------------------------------------------------------


def _stays(leaves: Callable[[Any], bool]) -> Any:
    """Dead regions keep their places where this says so."""

    def instead(original: Any, view: Any, serving: Any, **named: Any) -> Any:
        want = original(view, serving, **named)
        kept = want.leaving and leaves(view)
        return replace(want, regions=serving, cause=None) if kept else want

    return instead


def _of_several(view: Any) -> bool:
    return bool(view.service.routing is Routing.MULTIVALUE)


def _too_often(view: Any) -> bool:
    return bool(view.state and view.state.limits.flips_lately(view.now) >= view.service.flip_budget)


def _limited(original: Any, view: Any, change: Any) -> Any:
    return original(view, replace(change, targets={}))


def _excluded_for_good(original: Any, view: Any, found: Any) -> Any:
    want = original(view, found)
    return replace(want, regions={}, spared={}) if want.spared else want


def _as_wanted(_original: Any, _view: Any, wanted: Any) -> Any:
    return wanted


def _by_counting(_original: Any, before: int, _at: int) -> int:
    return before + 1


# What is written, and over what ---------------------------------------------------------------


def _always(*_args: Any, **_named: Any) -> bool:
    return True


def _in_flight_for_good(_original: Any, announced: Any, _now: float) -> Any:
    return tuple(announced)


def _as_targeted(_original: Any, targets: Any, _reading: Any) -> Any:
    return targets


def _until_it_writes(_original: Any, _view: Any, state: Any) -> bool:
    return not state.publication.wrote


def _half_way(original: Any, view: Any, name: str, stays: Any) -> Any:
    state = view.state
    return (
        stays if state and state.served.moved_by is Cause.FAILBACK else original(view, name, stays)
    )


def _expects_the_first(original: Any, named: Any, service: Any, state: Any) -> Any:
    found = original(named, service, state)
    first = service.regions[0].aws_region
    return [target if target.aws_region else replace(target, aws_region=first) for target in found]


# No silence, no noise, no false status ---------------------------------------------------------


def _of_our_own(original: Any, state: Any) -> bool:
    return bool(original(state) and state.publication.attempt)


def _nothing_lasts(original: Any, before: Any, lasting: Any, *rest: Any, **named: Any) -> Any:
    return original(before, frozenset(), *rest, **named)


def _always_complete(original: Any, sign: Any, service: Any, complete: bool) -> Any:
    return original(sign, service, complete=True)


def _begins_anew(original: Any, before: Any, *rest: Any, **named: Any) -> Any:
    return original(having(before, incidents={}, told={}), *rest, **named)


def _at_once(*_args: Any) -> float:
    return 0.0


def _sees_no_votes(original: Any, *known: Any) -> Any:
    """Only for the status, which has no votes and no reading of its own to add."""
    view = original(*known)
    return replace(view, ballots=()) if len(known) == OF_THE_STATUS else view


OF_THE_STATUS = 6
"""What the status gives `view_of`."""

OF_LIVENESS = (
    Mutant(
        "of several regions none is left",
        8,
        "decision.desired:desired",
        _stays(_of_several),
        scene="the token is narrowed between two failovers",
    ),
    Mutant(
        "a limit keeps a dead region published",
        8,
        "decision.desired:desired",
        _stays(_too_often),
        scene="a dead region is left however often it was",
    ),
    Mutant(
        "a tool keeps the name at a dead region by insisting",
        8,
        "decision.hold_rules:drift_limit",
        _limited,
        scene="a tool sets the record back to a dead region",
    ),
    Mutant(
        "an excluded region is not even used as the last one",
        8,
        "decision.desired:_several",
        _excluded_for_good,
        scene="an excluded region is better than none",
    ),
    Mutant(
        "there is a place for every region, whatever may be added",
        3,
        "decision.places:room_for",
        _none,
        scene="several regions, one record, and every region is healthy",
    ),
    Mutant(
        "what could not be added counts as published",
        4,
        "publication.outcomes:_said",
        _as_targeted,
        scene="several regions and one record",
        also={"app.attempt:Attempt._was_published": _never, "decision.places:room_for": _none},
    ),
    Mutant(
        "what could not be added counts as published, and as taken out by a person for good",
        8,
        "publication.outcomes:_said",
        _as_targeted,
        scene="several regions and one record",
        also={
            "app.attempt:Attempt._was_published": _never,
            "decision.places:room_for": _none,
            "decision.desired:_several": _excluded_for_good,
        },
    ),
    Mutant(
        "where only older addresses are wanted, none of the settings is added",
        8,
        "decision.desired:_writable",
        _as_wanted,
        scene="one of several regions dies, and the other one has a new address",
    ),
    Mutant(
        "ticks are only counted",
        8,
        "health.numbers:following",
        _by_counting,
        scene="the table is made anew in the middle of a tick",
    ),
    Mutant(
        "what was decided is retried although the settings lost it",
        8,
        "decision.view:View.gives",
        _always,
        scene="a retry does not write an address that the settings lost",
        also={"decision.view:View.can_say": _always},
    ),
    Mutant(
        "what is newly written need not be in the settings",
        1,
        "decision.view:View.gives",
        _always,
        scene="a retry does not write an address that the settings lost",
        also={"decision.view:View.given": _all_of_ours},
    ),
    Mutant(
        "a write without a reply is in flight for good",
        0,
        "publication.in_flight:unexpired",
        _in_flight_for_good,
        scene="a person wins after lost replies",
    ),
    Mutant(
        "a first decision that was refused is finished over a person's record",
        0,
        "decision.unfinished:_overtaken",
        _until_it_writes,
        scene="an empty name that may not be added to, and a person corrects the record they added",
    ),
    Mutant(
        "failback goes half of the way",
        0,
        "decision.desired:_returned",
        _half_way,
        scene="failback goes all the way",
    ),
    Mutant(
        "a region that the settings lost must answer as another one",
        2,
        "app.probing:targets",
        _expects_the_first,
        scene="a region is dropped at one vantage after the other",
    ),
    Mutant(
        "no incident is ever raised",
        9,
        "publication.incidents:with_conditions",
        _nothing_lasts,
        scene="a pause while the only region is dead",
    ),
    Mutant(
        "nobody hears that records cannot be read",
        9,
        "decision.record_conditions:unread_since",
        _none,
        scene="no record can be read",
    ),
    Mutant(
        "nobody hears that the token may only read",
        9,
        "decision.record_conditions:token_refused",
        _never,
        scene="a token that may only read from now on",
    ),
    Mutant(
        "nobody hears that a change is not served",
        9,
        "decision.record_conditions:not_served",
        _never,
        scene="the zone is never rendered",
    ),
    Mutant(
        "only what we wrote is looked for on the name servers",
        9,
        "app.settling:_unserved",
        _of_our_own,
        scene="the zone is never rendered, and a person switches by hand",
    ),
    Mutant(
        "nobody hears that the zone is disabled",
        9,
        "decision.record_conditions:zone_disabled",
        _never,
        scene="the zone is disabled",
    ),
    Mutant(
        "nobody hears that a standby is dead",
        9,
        "decision.conditions:_standby_unhealthy",
        _never,
        scene="a standby is dead",
    ),
    Mutant(
        "nobody hears that settings were changed and not raised",
        9,
        "decision.conditions:_settings_differ",
        _never,
        scene="a revision that was not raised",
    ),
    Mutant(
        "nobody hears why a dead region is held",
        9,
        "decision.conditions:held",
        _no_kinds,
        scene="stale data is waited for",
    ),
    Mutant(
        "the switch outside hears of every tick",
        9,
        "app.sign_of_life:SignOfLife.after",
        _always_complete,
        scene="a token that is revoked later",
    ),
    Mutant(
        "an incident begins anew in every round",
        10,
        "publication.incidents:with_conditions",
        _begins_anew,
        scene="a pause while the only region is dead",
    ),
    Mutant(
        "an incident ends as soon as its condition is absent",
        10,
        "publication.incidents:quiet_time",
        _at_once,
        scene="a condition that comes and goes is one incident",
    ),
    Mutant(
        "the status does not see the votes",
        11,
        "app.viewing:view_of",
        _sees_no_votes,
        scene="one of three vantages is gone",
    ),
)
