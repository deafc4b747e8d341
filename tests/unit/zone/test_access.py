"""Whether the token suffices, by what Linode says about it."""

import pytest

from failover.settings.model import Mode, Region
from failover.zone.access import Access, insufficient, needs
from tests.support.builders import EAST, WEST, shop

WRITE = {"domains:read_write"}


def scopes(*names: str) -> Access:
    return Access(scopes=frozenset(names))


@pytest.mark.parametrize("granted", ["*", "domains:read_write", "domains:*"])
def test_these_scopes_allow_writes(granted: str) -> None:
    assert insufficient(scopes(granted), WRITE) is None


@pytest.mark.parametrize("granted", ["domains:read_only", "linodes:read_write", "domain:*"])
def test_these_scopes_do_not(granted: str) -> None:
    said = insufficient(scopes(granted), WRITE)
    assert said == f"the token lacks the scope domains:read_write; it has {granted}"


def test_write_access_includes_read_access() -> None:
    assert insufficient(scopes("domains:read_write"), {"domains:read_only"}) is None


def test_a_refusal_is_reported_in_linodes_words() -> None:
    assert insufficient(Access(refused="401 Invalid Token"), WRITE) == "401 Invalid Token"


def test_what_is_not_known_is_no_reason_to_alert() -> None:
    assert insufficient(None, WRITE) is None
    assert insufficient(Access(), WRITE) is None


def test_observing_needs_no_write_access() -> None:
    assert needs(shop()) == WRITE
    assert needs(shop(mode=Mode.OBSERVE)) == {"domains:read_only"}


def test_labels_need_access_to_nodebalancers() -> None:
    regions = (Region("a", "us-east-1", EAST, nodebalancer="lb"), Region("b", "us-west-2", WEST))
    assert needs(shop(regions=regions)) == WRITE | {"nodebalancers:read_only"}
