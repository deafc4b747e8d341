"""`make local`: the embedded world keeps running, and a person types what happens in it."""

import contextlib
import ipaddress
import json
import os
import re
import shlex
import sys
import tempfile
import termios
import textwrap
import threading
import tty
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cli.wrapping import wrapped
from local.container import ROOT
from local.endpoint import Endpoint
from local.mapping import deployed
from local.schedule import invoke
from local.screen import Eye, Screen, dig, in_terminal
from local.story import Story
from local.world import DOMAIN, RECORD, LocalWorld, Place

HELP = """
  fault REGION KIND   {fault}
  heal REGION         mend it
  records             what the records say, with their ids
  set ID ADDRESS      change a record by hand, as in the DNS manager
  linode STATUS       let the Linode API answer every call with this status
  linode ok           mend it
  status              ask the control function
  send EVENT          send it one event, such as the text behind --payload in an
                      alert
  json                its last answer in full, as machines read it
  alerts              what the people on call were told, the newest in full
  dig                 ask the name server
  help, quit

In a terminal the live view is above the line that is typed. Up and down bring
back what was typed before. An answer that is too long for the view is shown
without it, until Enter is pressed.
"""

SHORT = 4
"""An answer of so many lines has room among the events of the view."""

_KEY = re.compile(r"\x1b(?:\[[0-9;]*[A-Za-z~]|O.)?|.", re.DOTALL)


class Unknown(Exception):
    """What was typed cannot be done; the text says what can."""


class Play:
    """Carries out what is typed."""

    def __init__(self, world: LocalWorld) -> None:
        self._world = world
        self._answer: Any = None
        self._verbs: dict[str, tuple[int, Callable[..., str]]] = {
            "fault": (2, self._fault),
            "heal": (1, self._heal),
            "records": (0, self._records),
            "set": (2, self._set),
            "linode": (1, self._linode),
            "status": (0, self._status),
            "send": (1, self._send),
            "json": (0, self._json),
            "alerts": (0, self._alerts),
            "dig": (0, self._dig),
            "help": (0, self.help),
        }

    def help(self) -> str:
        """What can be typed in this world."""
        kinds = ", ".join(next(iter(self._world.regions.values())).faults)
        indent = " " * 22
        lines = wrapped(f"{indent}break a region: {kinds}", 79, indent)
        return HELP.format(fault="\n".join(lines).lstrip())

    def do(self, typed: str) -> str:
        """The answer to one typed line. Raises Unknown."""
        try:
            verb, *words = _words(typed)
        except ValueError as error:
            raise Unknown(f"not understood: {error}") from None
        if verb not in self._verbs:
            raise Unknown(f"{verb} is nothing that can be typed; help lists what can")
        wanted, carry_out = self._verbs[verb]
        if len(words) != wanted:
            raise Unknown(f"{verb} takes {wanted} words more, not {len(words)}; help shows which")
        return carry_out(*words)

    def _region(self, name: str) -> Any:
        regions = self._world.regions
        if name not in regions:
            raise Unknown(f"there is no region {name}, only {', '.join(regions)}")
        return regions[name]

    def _fault(self, region: str, kind: str) -> str:
        server = self._region(region)
        if kind not in list(server.faults):
            raise Unknown(f"there is no fault {kind}, only {', '.join(server.faults)}")
        server.fault = kind
        return f"{region}: {kind}"

    def _heal(self, region: str) -> str:
        self._region(region).fault = None
        return f"{region} is healthy"

    def _records(self) -> str:
        found = self._world.linode.records(DOMAIN)
        return "\n".join(f"  {r['id']}  {r['name']:5} {r['type']:5} {r['target']}" for r in found)

    def _set(self, record: str, address: str) -> str:
        kinds = {str(r["id"]): r["type"] for r in self._world.linode.records(DOMAIN)}
        if record not in kinds:
            raise Unknown(f"there is no record {record}, only {', '.join(kinds)}")
        if kinds[record] != _kind(address):
            raise Unknown(f"{address} is no address for a record of the type {kinds[record]}")
        self._world.linode.set_target(int(record), address)
        return "changed by hand"

    def _linode(self, status: str) -> str:
        if status != "ok" and not re.fullmatch("[45][0-9][0-9]", status):
            raise Unknown(f"{status} is no status of an error: 400 to 599, or ok")
        self._world.linode.heal()
        if status != "ok":
            self._world.linode.fail(status=int(status))
        return f"the Linode API: {status}"

    def _status(self) -> str:
        return self._asked(ROOT / "events" / "status.json")

    def _send(self, event: str) -> str:
        try:
            text = json.dumps(json.loads(event))
        except ValueError as error:
            raise Unknown(f"an event is JSON, and this is none: {error}") from None
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory) / "event.json"
            file.write_text(text)
            return self._asked(file)

    def _asked(self, event: Path) -> str:
        answer, _, noise = invoke("control.handler.handler", event, self._world.env)
        if answer is None:
            return "\n".join(noise)
        self._answer = answer
        return "\n".join(answer["summary"])

    def _json(self) -> str:
        return json.dumps(self._answer, indent=1) if self._answer else "nothing was asked yet"

    def _alerts(self) -> str:
        sent = self._world.alerts()
        if not sent:
            return "none yet"
        before = [alert["subject"] for alert in sent[:-1]]
        return "\n".join([*before, sent[-1]["subject"], "", sent[-1]["message"]])

    def _dig(self) -> str:
        addresses, ttl = self._world.ask()
        return f"{RECORD} is {', '.join(addresses) or 'nothing'} (TTL {ttl})"


def _words(typed: str) -> list[str]:
    """As a shell takes them apart; an event needs no quotes around it. Raises ValueError."""
    verb, _, rest = typed.strip().partition(" ")
    if verb == "send" and rest.lstrip().startswith("{"):
        return [verb, rest]
    return shlex.split(typed)


def _kind(address: str) -> str | None:
    """The type of the records that can hold this address."""
    try:
        return {4: "A", 6: "AAAA"}[ipaddress.ip_address(address).version]
    except ValueError:
        return None


class Typing:
    """The line that is being typed in the view, with those before it."""

    def __init__(self) -> None:
        self.text = ""
        self._before: list[str] = []
        self._at = 0

    def press(self, keys: str) -> list[str]:
        """Take what a terminal sends for these keys; the lines that are complete with it."""
        return [line for key in _KEY.findall(keys) if (line := self._pressed(key)) is not None]

    def _pressed(self, key: str) -> str | None:
        if key in "\r\n":
            return self._entered()
        if key in "\x7f\b":
            self.text = self.text[:-1]
        elif key == "\x15":  # Ctrl-U
            self.text = ""
        elif key in ("\x1b[A", "\x1bOA", "\x1b[B", "\x1bOB"):
            step = -1 if key.endswith("A") else 1
            self._at = min(max(self._at + step, 0), len(self._before))
            self.text = [*self._before, ""][self._at]
        elif key == "\x04" and not self.text:  # Ctrl-D
            return "quit"
        elif key.isprintable():
            self.text += key
        return None

    def _entered(self) -> str:
        line, self.text = self.text.strip(), ""
        if line:
            self._before.append(line)
        self._at = len(self._before)
        return line


def play(serve: Callable[[LocalWorld, Place], Any] | None = None) -> int:
    """Keep the world running until `quit`, Ctrl-C or the end of the input. `serve` makes its region
    servers."""
    live = in_terminal() and sys.stdin.isatty()
    with (
        contextlib.suppress(KeyboardInterrupt),
        LocalWorld(serve=serve) as world,
        deployed(world.env, world.aws, every=15.0) as monitor,
    ):
        regions = ", ".join(place.name for place in world.places)
        print(f"{RECORD} in the regions {regions}:\n  {dig(world)}")
        for place in world.places:
            port = world.regions[place.name].port
            print(f"  {place.name} is {place.ipv4}, served by http://127.0.0.1:{port}/health")
        print(f"The Linode API is {world.linode.url}, AWS is {world.aws.url}.")
        print("In another terminal: linode-failover status --local --watch")
        story = Story(monitor, None if live else print)
        with listened(story), Endpoint(world, story.heard) as endpoint, endpoint.found():
            if live:
                _in_view(Play(world), story, Eye(world, story))
            else:
                typed = Play(world)
                print(typed.help())
                _loop(typed)
    return 0


@contextlib.contextmanager
def listened(story: Story) -> Iterator[None]:
    """What the functions print is told while the block lasts."""
    over = threading.Event()

    def tell() -> None:
        while not over.is_set():
            story.listen(0.2)

    teller = threading.Thread(target=tell, name="teller")
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()


def _loop(world: Play) -> None:
    for line in sys.stdin:
        if line.strip() == "quit":
            return
        if line.strip():
            print(_answer(world, line))


def _answer(world: Play, line: str) -> str:
    try:
        return world.do(line)
    except Unknown as error:
        return str(error)


def _in_view(world: Play, story: Story, eye: Eye) -> None:
    """The live view with a line to type in below; what is too long for it is shown in between."""
    screen, typing = Screen(eye), Typing()
    aside: str | None = world.help()
    with _keys() as keys:
        while aside is not None:
            print(f"{aside.rstrip()}\n\nEnter shows the live view.", flush=True)
            if not any("\r" in pressed or "\n" in pressed for pressed in keys):
                return
            with screen.drawn():
                aside = _until_long(world, story, eye, screen, typing, keys)


def _until_long(
    world: Play, story: Story, eye: Eye, screen: Screen, typing: Typing, keys: Iterator[str]
) -> str | None:
    """Do what is typed until an answer is too long for the view. Returns it; None at the end."""
    eye.prompt = typing.text
    for pressed in keys:
        for line in typing.press(pressed):
            if line == "quit":
                return None
            answer = _answer(world, line) if line else ""
            if len(answer.splitlines()) > SHORT:
                return answer
            if line:
                story.say(f"> {line}\n{textwrap.indent(answer, ' ' * 11)}")
        eye.prompt = typing.text
        screen.draw()
    return None


@contextlib.contextmanager
def _keys() -> Iterator[Iterator[str]]:
    """The keys of the terminal as they are pressed, not echoed; Ctrl-C works as ever."""
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal)
    try:
        yield iter(lambda: os.read(terminal, 1024).decode(errors="ignore"), "")
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
