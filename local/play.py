"""`make local`: the embedded world keeps running, and a person types what happens in it."""

import json
import shlex
import sys
import threading
from collections.abc import Callable

from local.region import RegionFault
from local.schedule import ROOT, Schedule, invoke
from local.story import Story
from local.world import RECORD, LocalWorld

HELP = f"""
  fault REGION KIND     break a region: {", ".join(RegionFault)}
  heal REGION           mend it
  records               what the records say, with their ids
  set ID ADDRESS        change a record by hand, as in the DNS manager
  linode STATUS         let the Linode API answer every call with this status (linode ok: mend it)
  status                ask the control function
  dig                   ask the name server
  help, quit
"""


class Unknown(Exception):
    """What was typed cannot be done; the text says what can."""


class Play:
    """Carries out what is typed."""

    def __init__(self, world: LocalWorld) -> None:
        self._world = world
        self._verbs: dict[str, tuple[int, Callable[..., str]]] = {
            "fault": (2, self._fault),
            "heal": (1, self._heal),
            "records": (0, self._records),
            "set": (2, self._set),
            "linode": (1, self._linode),
            "status": (0, self._status),
            "dig": (0, self._dig),
            "help": (0, lambda: HELP),
        }

    def do(self, typed: str) -> str:
        """The answer to one typed line. Raises Unknown."""
        try:
            verb, *words = shlex.split(typed)
        except ValueError as error:
            raise Unknown(str(error)) from None
        if verb not in self._verbs or len(words) != self._verbs[verb][0]:
            raise Unknown(f"not understood. What can be typed:{HELP}")
        try:
            return self._verbs[verb][1](*words)
        except (KeyError, ValueError) as error:
            raise Unknown(f"not possible: {error}") from None

    def _fault(self, region: str, kind: str) -> str:
        self._world.regions[region].fault = kind
        return f"{region}: {kind}"

    def _heal(self, region: str) -> str:
        self._world.regions[region].fault = None
        return f"{region} is healthy"

    def _records(self) -> str:
        found = self._world.linode.records("shop.test")
        return "\n".join(f"  {r['id']}  {r['name']:5} {r['type']:5} {r['target']}" for r in found)

    def _set(self, record: str, address: str) -> str:
        self._world.linode.set_target(int(record), address)
        return "changed by hand"

    def _linode(self, status: str) -> str:
        self._world.linode.heal()
        if status != "ok":
            self._world.linode.fail(status=int(status))
        return f"the Linode API: {status}"

    def _status(self) -> str:
        event = ROOT / "events" / "status.json"
        answer, _, noise = invoke("control.handler.handler", event, self._world.env)
        if answer is None:
            return "\n".join(noise)
        return "\n".join(answer["summary"]) + f"\n{json.dumps(answer['services'], indent=1)}"

    def _dig(self) -> str:
        addresses, ttl = self._world.ask()
        return f"{RECORD} is {', '.join(addresses) or 'nothing'} (TTL {ttl})"


def play() -> int:
    """Keep the world running until `quit` or the end of the input."""
    with LocalWorld() as world, Schedule(world.env, every=15.0) as schedule:
        host, _, port = world.linode.nameserver.rpartition(":")
        regions = ", ".join(place.name for place in world.places)
        print(f"{RECORD} in the regions {regions}.  dig @{host} -p {port} {RECORD}")
        print(f"The Linode API is {world.linode.url}, AWS is {world.aws.url}.\n{HELP}")
        over = threading.Event()
        teller = threading.Thread(target=_tell, args=(Story(schedule, print), over))
        teller.start()
        try:
            _loop(Play(world))
        except KeyboardInterrupt:
            print()
        finally:
            over.set()
            teller.join()
    return 0


def _tell(story: Story, over: threading.Event) -> None:
    while not over.is_set():
        story.listen(0.2)


def _loop(world: Play) -> None:
    for line in sys.stdin:
        if line.strip() == "quit":
            return
        if line.strip():
            try:
                print(world.do(line))
            except Unknown as error:
                print(error)
