"""`make demo`: a region dies, and the shipped functions move a real DNS answer. Told as it happens.

Nothing is acted: the handlers run in processes of their own, as a schedule and a queue start
them; the probes, the API calls and the DNS answers cross real sockets on loopback.
"""

import contextlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from cli.view import picture, render
from failover.health.beats import spacing
from failover.settings import settings_file
from failover.settings.recovery import ENACT, Recovery
from local.container import Function
from local.mapping import deployed
from local.screen import Eye, Screen, dig, in_terminal
from local.story import DnsWatch, NotSeen, Story
from local.world import RECORD, LocalWorld

Rows = Sequence[tuple[str, float, float]]
"""What was measured: its name, the seconds that it took and the seconds promised."""

TICK_EVERY = 15.0
CALM_BEFORE = 8.0
"""Seconds in which nothing is wrong yet."""
CALM = 20.0
"""Seconds after the recovery in which nothing may change."""


def demo(svg: Path | None = None) -> int:
    """Play it, live in a terminal and as plain lines elsewhere. Returns 0 only if all of it really
    happened. The view at the moment after the switch is written to `svg`.
    """
    with LocalWorld() as world, DnsWatch(world) as dns:
        _introduce(world)
        with deployed(world.env, world.aws, TICK_EVERY) as monitor:
            return _told(world, dns, monitor, svg)


def _told(world: LocalWorld, dns: DnsWatch, monitor: Function, svg: Path | None) -> int:
    live = in_terminal()
    story = Story(monitor, None if live else print)
    eye = Eye(world, story)

    def at_switch() -> None:
        if svg:
            svg.write_text(picture(eye.look()), encoding="utf-8")

    rows: Rows = []
    failure = None
    with Screen(eye).drawn() if live else contextlib.nullcontext():
        try:
            rows = _played(world, dns, story, at_switch)
        except NotSeen as missing:
            failure = missing
    if live:  # what was seen last stays on the terminal, with all that was told
        console = Console()
        console.print(render(eye.look(), console.width))
    if failure:
        print(f"\nFAILED: {failure}")
        _show_noise(monitor)
        return 1
    status = _judged(rows)
    _hint(world)
    return status


def _introduce(world: LocalWorld) -> None:
    settings = settings_file.load(world.settings_file)
    health = settings.services[0].health
    print(f"The name is {RECORD}. Ask for it yourself:\n  {dig(world)}")
    print("The regions' addresses belong to nobody; here they lead to servers on 127.0.0.1.")
    print(
        f"Faster settings than the defaults: interval {health.interval:g} s, "
        f"confirm_interval {health.confirm_interval:g} s,\ntimeout {health.timeout:g} s; "
        f"a tick by the schedule every {TICK_EVERY:g} s, one by a beat every "
        f"{spacing(settings):g} s in between;\nzones rendered after "
        f"{world.linode.render_delay:g} s.\n"
    )


def _played(world: LocalWorld, dns: DnsWatch, story: Story, at_switch: Callable[[], None]) -> Rows:
    """The story. Returns what was measured beside what was promised. Raises NotSeen."""
    first, second = world.places
    story.say(f"{RECORD} is {first.ipv4} ({first.name})")
    story.until("the records are adopted", lambda: story.seen("decided", action="adopt"))
    story.listen(CALM_BEFORE)
    writes = _writes(world)
    story.say(f"--- {first.name} dies: it refuses connections ---")
    killed = time.monotonic()
    world.regions[first.name].fault = "refuse"

    def decided() -> float | None:
        return story.first("decided", killed, action="publish")

    story.until("the decision", lambda: decided() is not None)
    story.until("the record changes", lambda: world.targets() == [second.ipv4])
    story.until("the DNS answer changes", lambda: dns.answer == [second.ipv4])
    changed, _, ttl = dns.changes[-1]
    story.until("the switch is on record", lambda: story.seen("published"))
    story.say(f"the name server now answers {second.ipv4} ({second.name}), TTL {ttl}")
    at_switch()
    story.say(f"--- {first.name} recovers ---")
    world.regions[first.name].fault = None
    story.listen(CALM)
    moves = _writes(world) - writes
    if dns.answer != [second.ipv4] or moves != len(("A", "AAAA")):
        raise NotSeen(f"calm after the recovery: {moves} writes, the answer is {dns.answer}")
    story.say(f"nothing flapped: {moves} writes in all, one for A and one for AAAA")
    put = next(c.at for c in world.linode.requests if c.method == "PUT" and c.at > killed)
    return _measured(world, killed, decided() or put, put, changed, float(ttl or 0))


def _measured(
    world: LocalWorld, killed: float, decided: float, put: float, changed: float, ttl: float
) -> Rows:
    """The times in seconds, each beside its part of the promised sum."""
    settings = settings_file.load(world.settings_file)
    recovery = Recovery.of(settings.services[0], settings)
    detect = recovery.total - ENACT - recovery.publish_allowance - recovery.ttl
    return [
        ("detect: from the death to the decision", decided - killed, detect),
        ("enact: from the decision to the first write", put - decided, ENACT),
        ("publish: from the write to the DNS answer", changed - put, recovery.publish_allowance),
        ("resolvers forget the old answer (TTL served)", ttl, float(recovery.ttl)),
        ("all of it", changed - killed + ttl, recovery.total),
    ]


def _writes(world: LocalWorld) -> int:
    return sum(1 for call in world.linode.requests if call.method in ("PUT", "POST", "DELETE"))


def _judged(rows: Rows) -> int:
    """Print the table and tell whether the promises were kept."""
    print(f"\n{'':44}  measured  promised")
    kept = bool(rows)
    for name, measured, promised in rows:
        kept = kept and measured <= promised
        print(f"{name:44}  {measured:6.1f} s  {promised:6.1f} s")
    print("\nAll of it happened." if kept else "\nFAILED: a promise was not kept.")
    return 0 if kept else 1


def _hint(world: LocalWorld) -> None:
    """What a person would do next."""
    first, second = world.places
    print(
        f'\nThe name stays at {second.name} although {first.name} is healthy: failback is "manual".'
        "\nTo return, a person orders it:\n"
        "  linode-failover failback shop\n"
        'With failback = "automatic" in the settings the monitor returns by itself.'
    )


def _show_noise(monitor: Function) -> None:
    for container in monitor.containers:
        for text in container.noise[-15:]:
            print(f"    {text}")
