"""`make demo`: a region dies, and the shipped functions move a real DNS answer. Told as it happens.

Nothing is acted: the handlers run in processes of their own, as their schedule starts them; the
probes, the API calls and the DNS answers cross real sockets on loopback.
"""

import time
from collections.abc import Sequence

from failover import config
from failover.core.recovery import Recovery
from local.schedule import Schedule
from local.story import DnsWatch, NotSeen, Story
from local.world import RECORD, LocalWorld

TICK_EVERY = 15.0
CALM = 20.0
"""Seconds after the recovery in which nothing may change."""


def demo() -> int:
    """Play it. Returns 0 only if all of it really happened."""
    print("Starting the world: two regions, a Linode account, AWS. Nothing leaves this machine.")
    with LocalWorld() as world, DnsWatch(world) as dns:
        _introduce(world)
        with Schedule(world.env, TICK_EVERY) as schedule:
            story = Story(schedule, print)
            try:
                rows = _played(world, dns, story)
            except NotSeen as missing:
                print(f"\nFAILED: {missing}")
                _show_noise(schedule)
                return 1
    return _judged(rows)


def _introduce(world: LocalWorld) -> None:
    host, _, port = world.linode.nameserver.rpartition(":")
    health = config.load(world.settings_file).services[0].health
    print(f"The name is {RECORD}. Ask for it yourself:  dig @{host} -p {port} {RECORD}")
    print(
        "Faster settings than the defaults: "
        f"interval {health.interval:g} s, confirm_interval {health.confirm_interval:g} s, "
        f"timeout {health.timeout:g} s;\na tick every {TICK_EVERY:g} s, "
        f"zones rendered after {world.linode.render_delay:g} s.\n"
    )


def _played(
    world: LocalWorld, dns: DnsWatch, story: Story
) -> list[tuple[str, float, float | None]]:
    """The story. Returns rows of what was measured beside what was promised, in seconds."""
    first, second = world.places
    recovery = Recovery.of(
        (settings := config.load(world.settings_file)).services[0], settings
    )
    story.say(f"{RECORD} is {first.ipv4} ({first.name})")
    story.until("the records are adopted", lambda: story.seen("decided", action="adopt"))
    story.listen(5)
    writes = _writes(world)
    story.say(f"--- {first.name} dies: it refuses connections ---")
    killed = time.monotonic()
    world.regions[first.name].fault = "refuse"
    story.until("the decision", lambda: story.first("decided", killed, action="publish") is not None)
    story.until("the record changes", lambda: world.targets() == [second.ipv4])
    answered = story.until("the DNS answer changes", lambda: dns.answer == [second.ipv4])
    changed, _, ttl = dns.changes[-1]
    story.until("the switch is on record", lambda: story.seen("published"))
    story.say(f"the name server now answers {second.ipv4} ({second.name}), TTL {ttl}")
    decided = story.first("decided", killed, action="publish") or answered
    put = next(
        call.at for call in world.linode.requests if call.method == "PUT" and call.at > killed
    )
    story.say(f"--- {first.name} recovers ---")
    world.regions[first.name].fault = None
    story.listen(CALM)
    moves = _writes(world) - writes
    if dns.answer != [second.ipv4] or moves != len(("A", "AAAA")):
        raise NotSeen(f"calm after the recovery: {moves} writes, the answer is {dns.answer}")
    story.say(f"nothing flapped: {moves} writes in all, one for A and one for AAAA")
    parts = {part.formula: part.seconds for part in recovery.parts}
    detect = recovery.total - 10 - recovery.publish_allowance - recovery.ttl
    return [
        ("detect: from the death to the decision", decided - killed, detect),
        ("enact: from the decision to the first write", put - decided, parts.get("fixed")),
        ("publish: from the write to the DNS answer", changed - put, recovery.publish_allowance),
        ("resolvers forget the old answer (TTL served)", float(ttl or 0), float(recovery.ttl)),
        ("all of it", changed - killed + float(ttl or 0), recovery.total),
    ]


def _writes(world: LocalWorld) -> int:
    return sum(1 for call in world.linode.requests if call.method in ("PUT", "POST", "DELETE"))


def _judged(rows: Sequence[tuple[str, float, float | None]]) -> int:
    """Print the table and tell whether the promises were kept."""
    print(f"\n{'':44}  measured  promised")
    kept = True
    for name, measured, promised in rows:
        kept = kept and promised is not None and measured <= promised
        print(f"{name:44}  {measured:6.1f} s  {promised or 0:6.1f} s")
    print("\nAll of it happened." if kept else "\nFAILED: a promise was not kept.")
    return 0 if kept else 1


def _show_noise(schedule: Schedule) -> None:
    for invocation in schedule.invocations:
        for text in invocation.noise[-15:]:
            print(f"    {text}")
