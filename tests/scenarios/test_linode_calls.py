"""What the monitor asks of Linode is what Linode's own description has, and so are the answers."""

from local.region import RegionFault
from local.world import LocalWorld
from tests.scenarios.night import BRISK, Night
from tests.support.linode_description import described

RECORDS = "/domains/{domainId}/records"
CALLS = {
    "GET /domains",
    f"GET {RECORDS}",
    f"POST {RECORDS}",
    f"PUT {RECORDS}/{{recordId}}",
    f"GET {RECORDS}/{{recordId}}",
    "GET /domains/{domainId}/zone-file",
}


def test_from_an_empty_name_to_a_failover_every_call_is_described():
    with LocalWorld(health=BRISK, render_delay=0.1) as world, described(world.linode) as calls:
        for number in world.record_ids():
            world.linode.delete_record(number)
        night = Night(world)
        with night.watched():
            night.adopted()
            night.until(lambda: world.targets("A") == [night.first.ipv4], "the first records")
            night.settled()
            world.regions[night.first.name].fault = RegionFault.REFUSE
            night.moved()
            night.settled()
            night.rounds()
    assert set(calls) >= CALLS
