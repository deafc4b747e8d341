"""The preflight: everything that a failover would need, read and probed now. It changes nothing."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from failover.app.surveying import (
    LIST_SECONDS,
    Balancers,
    Common,
    Places,
    Survey,
    asked_for,
)
from failover.decision.balancers import labels, looked_up
from failover.ports import World
from failover.preflight import checks
from failover.preflight.facts import NOT_ASKED, AllBackEnds, Facts, Token
from failover.preflight.finding import Finding, Unknown
from failover.settings.model import Settings

BALANCER_SECONDS = 10.0

LANES = 20
"""Services that are looked at side by side."""

PATIENCE = 25.0
"""Seconds after which no further service is begun: the function has 55."""


def preflight(
    world: World,
    settings: Settings,
    vantage: str,
    only: str | None = None,
    *,
    undeployed: bool = False,
) -> tuple[Finding, ...]:
    """What all checks find, as this vantage sees it now, of one service or of all. `undeployed`
    says that there is no stack to ask yet."""
    facts = collected(world, settings, vantage, only)
    return checks.run(replace(facts, undeployed=undeployed))


def collected(world: World, settings: Settings, vantage: str, only: str | None = None) -> Facts:
    """Everything that the checks judge by, or why it is not known."""
    asked = tuple(each for each in settings.services if only in (None, each.name))
    common = _common(world, settings, vantage)
    survey = Survey(world, settings, common)
    ends = world.clock.monotonic() + PATIENCE
    lanes = [partial(survey.lane, asked[i::LANES], ends) for i in range(LANES)]
    reached = [each for lane in world.tasks.gather(lanes) for each in lane]
    found = {each.facts.service.name: each for each in reached}
    services = [found[each.name] for each in asked if each.name in found]
    standing = common.standings[0]
    unusable = [each.unusable for each in services if each.unusable]
    return Facts(
        settings=settings,
        vantage=vantage,
        now=world.clock.now(),
        token=Token(survey.token_unreadable, world.dns.access()),
        services=tuple(each.facts for each in services),
        unreached=tuple(each.name for each in asked if each.name not in found),
        gate=standing if isinstance(standing, Unknown) else standing.gate,
        broken=(*(() if isinstance(standing, Unknown) else standing.broken), *unusable),
        release=world.release,
        grants=common.grants,
        token_ends=common.token_ends,
        rate=common.rate,
        table=common.table,
        topic=world.alerts is not None,
        subscribers=common.subscribers,
        alarms=common.alarms,
        concurrency=common.concurrency,
    )


def _common(world: World, settings: Settings, vantage: str) -> Common:
    """What all services share, asked for side by side."""
    found, account, stack = Common(), world.inspection.account, world.inspection.stack

    def standings() -> None:
        found.standings = {
            shard: asked_for(partial(world.store.standing, vantage, shard))
            for shard in range(settings.shards)
        }

    def balancers() -> None:
        found.balancers, found.places = _balancers(world, settings)

    def back_ends() -> None:
        found.back_ends = _back_ends(world, settings)

    def grants() -> None:
        if account:
            found.grants = asked_for(partial(account.grants, LIST_SECONDS))
            # After the first answer, which names the scopes of the token.
            found.token_ends = asked_for(partial(account.token_ends, LIST_SECONDS))
            found.rate = asked_for(partial(account.rate, LIST_SECONDS))

    def at_aws() -> None:
        if stack:
            found.table, found.alarms = asked_for(stack.table), asked_for(stack.alarms)
            found.subscribers = asked_for(stack.subscribers)
            found.concurrency = asked_for(stack.concurrency)

    world.tasks.gather([standings, balancers, back_ends, grants, at_aws])
    found.reserved = _reserved(world, found.balancers)
    return found


def _balancers(world: World, settings: Settings) -> tuple[Balancers, Places]:
    """What the account has under each label of the settings now, and where."""
    if not labels(settings):
        return {}, {}
    listed = asked_for(partial(world.balancers.list, BALANCER_SECONDS))
    if isinstance(listed, Unknown):
        return listed, listed
    return looked_up(settings, listed, 0.0).found, {each.label: each.region for each in listed}


def _reserved(world: World, found: Balancers) -> Mapping[str, bool] | Unknown:
    """Whether the addresses of these balancers are reserved ones."""
    account = world.inspection.account
    if isinstance(found, Unknown):
        return found
    addresses = [each.ipv4 for each in found.values() if each]
    if not addresses:
        return {}
    return asked_for(partial(account.reserved, addresses, LIST_SECONDS)) if account else NOT_ASKED


def _back_ends(world: World, settings: Settings) -> AllBackEnds | Unknown:
    """What is behind each label of the settings."""
    account, named = world.inspection.account, labels(settings)
    if not named:
        return {}
    return asked_for(partial(account.back_ends, named, BALANCER_SECONDS)) if account else NOT_ASKED
