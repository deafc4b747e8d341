"""The network of the embedded world: which address leads to which server.

A region has an address of its own, but a machine has only 127.0.0.1 for certain. So the regions
have addresses of 198.18.0.0/15, which belong to nobody (RFC 2544), their servers listen on ports
of 127.0.0.1, and a file of routes says which is which. A process that has joined such a network
connects to these servers, and to no other address of that range. Two processes may have different
routes: that is how one of them loses sight of a region.
"""

import contextlib
import errno
import ipaddress
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

VARIABLE = "EMBEDDED_NETWORK"
"""Names the file of routes of a process; the file may change while the process runs."""

_RANGE = ipaddress.ip_network("198.18.0.0/15")
_resolve = socket.getaddrinfo
_joined: list["Network"] = []


class Network:
    """The routes in a file: lines of an address, its port, and the port on 127.0.0.1 behind it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._lock = threading.Lock()

    def routes(self) -> dict[tuple[str, int], int]:
        """The local port behind each address and port."""
        lines = self.file.read_text().split("\n") if self.file.exists() else []
        found = (line.split() for line in lines if line)
        return {(address, int(port)): int(local) for address, port, local in found}

    def lead(self, address: str, port: int, local: int) -> None:
        """From now on this address and port lead to that port of 127.0.0.1."""
        with self._lock:
            self._write(self.routes() | {(address, port): local})

    def cut(self, address: str) -> None:
        """From now on nothing leads to this address."""
        with self._lock:
            self._write({at: local for at, local in self.routes().items() if at[0] != address})

    @contextlib.contextmanager
    def joined(self) -> Iterator[None]:
        """This process is part of the network while the block lasts."""
        _join(self)
        try:
            yield
        finally:
            _joined.remove(self)
            if not _joined:
                socket.getaddrinfo = _resolve

    def _write(self, routes: dict[tuple[str, int], int]) -> None:
        """In one step, since others read it at any time."""
        new = self.file.with_suffix(".new")
        new.write_text("".join(f"{a} {port} {to}\n" for (a, port), to in routes.items()))
        new.replace(self.file)


def join() -> None:
    """Make this process part of the network that its environment names, if any, for good."""
    if VARIABLE in os.environ:
        _join(Network(Path(os.environ[VARIABLE])))


def _join(network: Network) -> None:
    _joined.insert(0, network)
    socket.getaddrinfo = _looked_up


def _looked_up(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
    """In place of socket.getaddrinfo, by which every client here finds out where to connect."""
    if not _ours(host):
        return _resolve(host, port, *args, **kwargs)
    for network in _joined:
        if (host, port) in (routes := network.routes()):
            return _resolve("127.0.0.1", routes[host, port], *args, **kwargs)
    raise OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))


def _ours(host: Any) -> bool:
    try:
        return ipaddress.ip_address(host) in _RANGE
    except ValueError:
        return False
