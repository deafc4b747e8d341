"""What follows from the settings and from time, whatever is decided."""

from failover.publication.upkeep import kept_up
from tests.support.builders import NOW, SHOP, having, pointing_at, settings_of


def test_the_newest_settings_are_remembered_and_older_ones_are_not() -> None:
    before = having(pointing_at("east"), digest="two", digest_revision=2)
    newer = kept_up(before, settings_of(revision=3, digest="three"), SHOP, NOW)
    assert (newer.followed.digest, newer.followed.digest_revision) == ("three", 3)
    assert kept_up(before, settings_of(revision=2, digest="another"), SHOP, NOW) is before
    assert kept_up(before, settings_of(revision=1, digest="one"), SHOP, NOW) is before
