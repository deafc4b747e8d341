"""All that takes input from strangers."""

from tests.hostile import commands, dns, endpoints, items, linode, settings
from tests.hostile.runner import Target

TARGETS = {
    target.name: target
    for target in (
        Target("health-bodies", 1200, endpoints.bodies),
        Target("health-probes", 380, endpoints.probes),
        Target("health-ticks", 10, endpoints.ticks),
        Target("linode-values", 1200, linode.values),
        Target("linode-calls", 250, linode.calls),
        Target("linode-ticks", 10, linode.ticks),
        Target("dns-looks", 150, dns.looks),
        Target("settings-files", 600, settings.files),
        Target("control-events", 500, commands.events),
        Target("table-items", 650, items.values),
        Target("table-ticks", 50, items.ticks),
    )
}

CASES = 5000
assert sum(target.share for target in TARGETS.values()) == CASES
