"""gdnsd beside the monitor: the same thresholds, the same endpoints, a DNS server of its own."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

_PROGRAMS = ("gdnsd", "/usr/sbin/gdnsd")


class NotInstalled(Exception):
    """There is no gdnsd, and none can be installed. The text says so in a sentence."""


def found() -> str:
    """The path of gdnsd, from Debian's package, which root installs when it is missing.

    Raises NotInstalled.
    """
    if path := _program():
        return path
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise NotInstalled("gdnsd is not installed (Debian: apt-get install gdnsd, as root)")
    for command in (["update"], ["install", "--yes", "--no-install-recommends", "gdnsd"]):
        subprocess.run(
            ["apt-get", "--quiet", *command],
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"},
            stdout=subprocess.DEVNULL,
            check=False,
        )
    if path := _program():
        return path
    raise NotInstalled("gdnsd is not installed, and apt-get could not install it")


def version(path: str) -> str:
    """The version that gdnsd tells with its usage."""
    said = subprocess.run([path, "--help"], capture_output=True, text=True, check=False)
    match = re.search(r"version ([0-9.]+)", said.stdout + said.stderr)
    return match[1] if match else "of unknown version"


class Gdnsd:
    """A context manager: gdnsd on a free loopback port, with its files in a temporary folder.

    `services` has the addresses of each name in `domain`, in the order of preference. `at` is
    "host:port".
    """

    def __init__(
        self, path: str, domain: str, services: Mapping[str, Sequence[str]], port: int
    ) -> None:
        self._path = path
        self._domain = domain
        self._services = services
        self._port = port
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as starting:
            directory = Path(starting.enter_context(tempfile.TemporaryDirectory()))
            listen = _free_port()
            self.at = f"127.0.0.1:{listen}"
            (directory / "zones").mkdir()
            (directory / "config").write_text(self._config(directory, listen))
            (directory / "zones" / self._domain).write_text(self._zone())
            log = starting.enter_context((directory / "log").open("wb"))
            process = subprocess.Popen(
                [self._path, "-c", str(directory), "start"], stdout=log, stderr=log
            )
            starting.callback(process.wait)
            starting.callback(process.kill)
            self._open = starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def _config(self, directory: Path, listen: int) -> str:
        resources = "\n".join(
            f"{name} => {{ datacenters => [{', '.join(f'r{n}' for n in range(len(addresses)))}], "
            f"dcmap => {{ {', '.join(f'r{n} => {a}' for n, a in enumerate(addresses))} }} }}"
            for name, addresses in self._services.items()
        )
        return f"""
options => {{ listen => 127.0.0.1:{listen}, run_dir => {directory}, state_dir => {directory} }}
service_types => {{
  web => {{
    plugin => http_status, port => {self._port}, url_path => /health, vhost => www.{self._domain},
    interval => 10, timeout => 4, up_thresh => 3, ok_thresh => 1, down_thresh => 3
  }}
}}
plugins => {{ metafo => {{ service_types => web, resources => {{
{resources}
}} }} }}
"""

    def _zone(self) -> str:
        lines = [
            "@ 60 SOA ns1 hostmaster 1 7200 1800 259200 60",
            "@ 60 NS ns1",
            "ns1 60 A 127.0.0.1",
            *(f"{name} 30 DYNA metafo!{name}" for name in self._services),
        ]
        return "\n".join(lines) + "\n"


def _program() -> str | None:
    return next((path for name in _PROGRAMS if (path := shutil.which(name))), None)


def _free_port() -> int:
    """A port on which nobody listens, neither over UDP nor over TCP. Raises OSError."""
    for _ in range(50):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.bind(("127.0.0.1", 0))
            port = int(udp.getsockname()[1])
            with (
                contextlib.suppress(OSError),
                socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
            ):
                tcp.bind(("127.0.0.1", port))
                return port
    raise OSError("no port of 127.0.0.1 is free for both UDP and TCP")
