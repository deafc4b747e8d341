"""Mutants that keep a failover from happening, tell nobody of it, or tell too much.

The paths are those of today. What the code gains against missed failovers, each class of it, gets
its mutant here: the one without it.
"""

from dataclasses import replace
from typing import Any

from failover.core.view import Action
from tests.simulation.mutant import Mutant


def _waits(original: Any, view: Any, why: Any) -> Any:
    """Who is dead stays published, as long as somebody else is left."""
    decision = original(view, why)
    writes = decision.action is Action.PUBLISH and decision.cause == "unhealthy"
    return replace(decision, action=Action.HOLD, targets={}) if writes else decision


def _nothing_lasts(original: Any, before: Any, lasting: Any, *rest: Any, **named: Any) -> Any:
    return original(before, frozenset(), *rest, **named)


def _always_complete(original: Any, sign: Any, service: Any, complete: bool) -> Any:
    return original(sign, service, complete=True)


def _begins_anew(original: Any, before: Any, *rest: Any, **named: Any) -> Any:
    return original(replace(before, incidents={}, told={}), *rest, **named)


def _sees_no_votes(original: Any, *args: Any, **named: Any) -> Any:
    return replace(original(*args, **named), ballots=())


OF_LIVENESS = (
    Mutant(
        "of several regions none is left",
        8,
        "core.multivalue:balance",
        _waits,
        scene="the token is narrowed between two failovers",
    ),
    Mutant(
        "no incident is ever raised",
        9,
        "core.incidents:with_conditions",
        _nothing_lasts,
        scene="a pause while the only region is dead",
    ),
    Mutant(
        "the switch outside hears of every tick",
        9,
        "usecases.sign_of_life:SignOfLife.after",
        _always_complete,
        scene="a token that is revoked later",
    ),
    Mutant(
        "an incident begins anew in every round",
        10,
        "core.incidents:with_conditions",
        _begins_anew,
        scene="a pause while the only region is dead",
    ),
    Mutant(
        "the status does not see the votes",
        11,
        "usecases.status:_view",
        _sees_no_votes,
        scene="one of three vantages is gone",
    ),
)
