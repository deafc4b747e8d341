"""Mutants that only live through a world in which nothing breaks in half, and nobody lags."""

from dataclasses import replace
from typing import Any

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


def _nothing(_original: Any, *_args: Any) -> None:
    """It is not done at all."""


OF_PROVIDERS = (
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
        scene="a site of the name servers keeps the old answer for its TTL",
    ),
    Mutant(
        "what Linode refused to one token is told of the next one",
        9,
        "adapters.linode.access:TokenAccess.asked_with",
        _nothing,
        scene="a new token after changes were forbidden",
    ),
)
