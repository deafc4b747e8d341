"""Asking a region's health as the monitor does: by the same prober, under the public name."""

import time

from cli.region.file import Regions
from cli.region.verifying import Probe
from failover.adapters.http.prober import HttpProber
from failover.settings.model import Failback, Mode, Routing, Service
from failover.settings.seen import Seen
from failover.settings.service_parts import HealthTable


def prober(regions: Regions) -> Probe:
    """What asks a region, and says in a few words what is wrong."""
    service, asks = _service(regions), HttpProber(time.monotonic)

    def probe(aws_region: str, address: str) -> str:
        found = asks.probe(service, aws_region, address)
        return "" if found.ok else f"{found.reason}: {found.detail}"

    return probe


def _service(regions: Regions) -> Service:
    """The service as the settings will have it, as far as a probe goes."""
    said = regions.said
    health = {
        "scheme": said.balancer.protocol, "port": said.balancer.port,
        "path": said.balancer.check_path,
    }  # fmt: skip
    return Service(
        name=said.name,
        domain=said.record.domain,
        record=said.record.name,
        mode=Mode.OBSERVE,
        routing=Routing.FAILOVER,
        ttl=said.record.ttl,
        failback=Failback.MANUAL,
        failback_after=0.0,
        flip_budget=1,
        rto_target=None,
        health=HealthTable.model_validate(health, context=Seen()).value(),
        regions=(),
    )
