"""Whatever was found and accepted: the rules see addresses, or the service waits."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from failover.decision.balancers import Lookup, Unresolved, resolve
from failover.publication.parts import Accepted
from failover.settings.model import UNRESOLVED, Addresses, Region
from tests.support.builders import NOW, SHOP, having, pointing_at

LABELS = ("lb-1", "lb-2", "lb-3")
addresses = st.builds(
    Addresses,
    st.sampled_from(["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"]),
    st.none() | st.sampled_from(["2001:db8::1", "2001:db8::2"]),
)
revisions = st.integers(1, 3)
lookups = st.none() | st.builds(
    Lookup,
    st.just(NOW),
    revisions,
    st.dictionaries(st.sampled_from(LABELS), st.none() | addresses),
)
states = st.none() | st.builds(
    lambda accepted, balancers: having(pointing_at("east"), accepted=accepted, balancers=balancers),
    st.dictionaries(st.sampled_from(["east", "west", "south"]), addresses),
    st.dictionaries(st.sampled_from(LABELS), st.builds(Accepted, addresses, revisions)),
)
services = st.tuples(st.booleans(), st.booleans(), st.booleans()).map(
    lambda named: replace(
        SHOP,
        regions=tuple(
            Region(region.name, region.aws_region, UNRESOLVED, label) if by_label else region
            for region, label, by_label in zip(SHOP.regions, LABELS, named, strict=True)
        ),
    )
)


@given(services, states, lookups, revisions)
def test_the_rules_see_regions_with_addresses_of_their_own_or_nothing(
    service, state, lookup, revision
):
    """Without any label the service is what it was, whatever else is known."""
    if not any(region.nodebalancer for region in service.regions):
        assert resolve(service, state, lookup, revision).service is service
    try:
        found = resolve(service, state, lookup, revision)
    except Unresolved:
        return
    ipv4 = [region.addresses.ipv4 for region in found.service.regions]
    ipv6 = [region.addresses.ipv6 for region in found.service.regions]
    assert ipv4
    assert "" not in ipv4
    assert len(set(ipv4)) == len(ipv4)
    assert all(ipv6) or not any(ipv6)
    assert bool(found.anomalies) == bool(found.lasting)


@given(services, states, lookups, revisions)
def test_what_is_accepted_changes_only_under_a_newer_revision(service, state, lookup, revision):
    try:
        found = resolve(service, state, lookup, revision)
    except Unresolved:
        return
    for label, before in (state.followed.balancers if state else {}).items():
        after = found.accepted.get(label, before)
        assert after.revision >= before.revision
        if after.addresses != before.addresses:
            assert after.revision == revision > before.revision
            assert lookup is not None
            assert lookup.revision >= revision
    if state:
        again = resolve(service, having(state, balancers=found.accepted), lookup, revision)
        assert again.accepted == found.accepted
