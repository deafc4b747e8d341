"""Rule 4: settings of a higher revision that ask for other addresses, or another TTL."""

from failover.core.choice import Targets, choice, first_choice, in_order, pinned
from failover.core.meaning import differs
from failover.core.settings import Addresses, Routing
from failover.core.state import Cause, State
from failover.core.tally import Vote
from failover.core.view import Action, Decision, Guard, View


def follow(view: View, why: list[Guard]) -> Decision | None:
    """Publish what a change of the settings asks for, once."""
    state = view.state
    if state is None:
        return None
    if view.service.routing is Routing.FAILOVER and len(state.active) > 1:
        return _narrowed(view, state, why)
    if view.settings.revision <= state.revision and not _accepted_anew(view, state):
        return None
    if view.reading and differs(state, view.reading, view.now):
        return None  # what is there must be understood before it is written over
    return _renewed(view, state, why)


def _accepted_anew(view: View, state: State) -> bool:
    """Whether an active region's NodeBalancer is served by other addresses than now count for it:
    those are accepted by a look-up, which may end after a decision of the same revision."""
    return any(
        region.nodebalancer and region.addresses != state.active.get(region.name, region.addresses)
        for region in view.service.regions
    )


def _renewed(view: View, state: State, why: list[Guard]) -> Decision | None:
    wanted, said = _addresses_now(view, state)
    if not wanted:
        wanted = pinned(view) or first_choice(view)
    if not wanted:
        said.append("no region is healthy to take its place")
        why.append(Guard("settings", "; ".join(said)))
        return None
    dead = any(view.vote(addresses) is Vote.UNHEALTHY for addresses in state.active.values())
    asked = {region.name: region.addresses for region in view.service.regions}
    if view.service.ttl != state.ttl and not dead and wanted.items() <= asked.items():
        said.append(f"the TTL becomes {view.service.ttl} s")
    elif dict(wanted) == dict(state.active):
        if said:
            why.append(Guard("settings", "; ".join(said)))
        return None
    guard = Guard("settings", "; ".join(said))
    return Decision(Action.PUBLISH, (*why, guard), Cause.SETTINGS, wanted)


def _narrowed(view: View, state: State, why: list[Guard]) -> Decision:
    """The routing was `multivalue` and is `failover` now: one of the published regions stays."""
    kept = in_order(view, choice(view, state))
    saw = f"{', '.join(state.active)} are published, and the routing is failover now"
    guards = (*why, Guard("settings", saw))
    if not kept:
        return Decision(Action.HOLD, guards)
    name, addresses = next(iter(kept.items()))
    return Decision(Action.PUBLISH, guards, Cause.SETTINGS, {name: addresses})


def _addresses_now(view: View, state: State) -> tuple[Targets, list[str]]:
    """The active regions with the addresses of the settings where those are healthy."""
    wanted: dict[str, Addresses] = {}
    said: list[str] = []
    for name, serving in state.active.items():
        same = (region for region in view.service.regions if region.addresses == serving)
        region = view.service.region(name) or next(same, None)
        if region is None:
            said.append(f"{name} is not in the settings any more")
            continue
        if region.name != name:
            said.append(f"{name} is called {region.name} now")
        name = region.name  # noqa: PLW2901 - from here on it has its new name
        wanted[name] = serving
        if region.addresses != serving:
            vote = view.vote(region.addresses)
            said.append(f"the new address of {name} is {vote}")
            if vote is Vote.HEALTHY:
                wanted[name] = region.addresses
            else:
                said.append("it is published once it is healthy")
    return wanted, said
