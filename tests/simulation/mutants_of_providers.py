"""Mutants that only live through a world in which nothing breaks in half, and nobody lags."""

from dataclasses import replace
from typing import Any

from failover.decision.evidence import label
from failover.errors import SettingsRefused
from failover.settings.model import Settings
from tests.simulation.half_way import KEPT, MISTAKEN
from tests.simulation.mutant import Mutant


def _without_the_mistake(original: Any, text: str) -> Settings:
    """Whatever is wrong is left out, and the rest of the file counts."""
    try:
        return original(text)  # type: ignore[no-any-return]
    except SettingsRefused:
        return original(text.replace(MISTAKEN, KEPT))  # type: ignore[no-any-return]


def _ipv6_first(original: Any, *args: Any, **named: Any) -> Any:
    made = original(*args, **named)
    return replace(made, changes=tuple(reversed(made.changes)))


def _one_is_enough(original: Any, state: Any, served: Any) -> bool:
    return any(original(state, (heard,)) for heard in served)


def _not_asked_again(original: Any, state: Any) -> bool:
    return bool(original(state) and not state.served.seen)


def _probes_alone(_original: Any, _service: Any, _targets: Any, asked: Any, _unread: Any) -> Any:
    return asked.probes


def _nothing(_original: Any, *_args: Any) -> None:
    """It is not done at all."""


def _whole_zone(original: Any, service: Any, zone: Any) -> Any:
    named = tuple(replace(record, name=label(service)) for record in zone.records)
    return original(service, replace(zone, records=named))


def _whole_zone_by_id(original: Any, service: Any, *rest: Any) -> Any:
    *others, answers, now = rest
    found = {i: record and replace(record, name=label(service)) for i, record in answers.items()}
    return original(service, *others, found, now)


def _without_limit(_original: Any, *_args: Any, **_named: Any) -> bool:
    return True


def _always_anew(_original: Any, *_args: Any) -> bool:
    return False


def _for_itself(_original: Any, dns: Any, domain: str, budget: float, max_age: float = 0.0) -> Any:
    return dns._list(domain, dns._begun(domain), dns._api.deadline(budget), watching=max_age > 0)


OF_PROVIDERS = (
    Mutant(
        "every record of the zone is the service's",
        3,
        "app.reading:at_name",
        _whole_zone,
        scene="a region of another service in the zone dies",
        also={"decision.evidence:read_by_id": _whole_zone_by_id},
    ),
    Mutant(
        "each service lists for itself, and nobody counts",
        0,
        "adapters.linode.dns:LinodeDns.list",
        _for_itself,
        scene="every region of seven services in one zone is dead",
        also={"adapters.linode.budget:Allowance._holds": _without_limit},
    ),
    Mutant(
        "old data does not count",
        0,
        "decision.view:View.stale",
        lambda _original, _view, _region: False,
        scene="the region dies, and the data of the next one is old",
    ),
    Mutant(
        "back ends do not count",
        8,
        "app.backing:counted",
        _probes_alone,
        scene="too few back ends of a region are up",
    ),
    Mutant(
        "nobody hears that a balancer is gone",
        9,
        "decision.balancers:_compared",
        lambda _original, resolution, _found: resolution,
        scene="the balancer of a region is gone",
    ),
    Mutant(
        "what is wrong in a file is left out",
        5,
        "settings.settings_file:parse",
        _without_the_mistake,
        scene="a file with an error is deployed, and the region dies",
    ),
    Mutant(
        "the AAAA record is changed first",
        8,
        "zone.plan:plan",
        _ipv6_first,
        scene="no AAAA record can be changed, and the region dies",
    ),
    Mutant(
        "one name server that has the answer is enough",
        9,
        "publication.proof:everywhere",
        _one_is_enough,
        scene="a name server is stuck at an older answer",
    ),
    Mutant(
        "a name server that was seen to have an older answer is not asked again",
        9,
        "app.settling:_unserved",
        _not_asked_again,
        scene="a name server is stuck at an older answer",
    ),
    Mutant(
        "what Linode refused to one token is told of the next one",
        9,
        "adapters.linode.access:TokenAccess.asked_with",
        _nothing,
        scene="a new token after changes were forbidden",
    ),
)
