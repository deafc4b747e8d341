"""Region servers: the health endpoints of the embedded world, with faults that can be switched.

All servers of a process share one thread, so that hundreds of them cost little.
"""

import asyncio
import contextlib
import json
import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from local.loop import SharedLoop

_LOOP = SharedLoop()
_MAX_HEAD = 16 * 1024


class RegionFault(StrEnum):
    """What can be wrong with a region."""

    REFUSE = "refuse"  # nothing listens; open connections are cut
    HANG = "hang"  # accepts, before TLS, and says nothing until the fault is switched
    UNAVAILABLE = "503"
    UNHEALTHY = "unhealthy"  # 200, and a body that says so
    DRIP = "drip"  # the healthy answer, `pause` seconds before each byte
    WRONG_REGION = "wrong_region"  # a healthy answer of somebody else
    EVERY_SECOND = "every_second"  # 503 to every second request


@dataclass(frozen=True)
class Seen:
    """One request: what the client said about itself and whom it thinks it talks to. `sni` is
    None without TLS, or when the client named nobody; `at` is monotonic time."""

    method: str
    path: str
    host: str | None
    sni: str | None
    user_agent: str | None
    at: float


class RegionServer:
    """A health endpoint on one address and port; port 0 stands for a free one, which `port` tells
    while it is open. A context manager.

    `fault` may be set at any time, before it is open, too: None or the text of a RegionFault. It
    holds for every request that has not been answered. `requests` counts them, `last` is the last.
    """

    faults = RegionFault

    def __init__(
        self,
        address: str,
        port: int,
        aws_region: str,
        tls: ssl.SSLContext | None = None,
        *,
        path: str = "/health",
        pause: float = 1.0,
    ) -> None:
        self.address = address
        self.port = port
        self.aws_region = aws_region
        self.pause = pause
        self.requests = 0
        self.last: Seen | None = None
        self._path = path
        self._tls = tls
        self._fault: RegionFault | None = None
        self._since_fault = 0
        self._is_open = False
        self._listener: socket.socket | None = None
        self._holder: socket.socket | None = None
        self._connections: dict[asyncio.Task[None], socket.socket] = {}
        self._switched = asyncio.Event()
        if tls:
            tls.sni_callback = _remember_sni

    @property
    def fault(self) -> RegionFault | None:
        """What is wrong with the region now."""
        return self._fault

    @fault.setter
    def fault(self, fault: str | None) -> None:
        new = RegionFault(fault) if fault is not None else None
        if self._is_open:
            _LOOP.run(self._switch(new))
        else:
            self._fault = new

    def __enter__(self) -> Self:
        _LOOP.join()
        try:
            self._is_open = True
            _LOOP.run(self._switch(self._fault))
        except BaseException:
            self._is_open = False
            _LOOP.leave()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._is_open = False
        _LOOP.run(self._close())
        _LOOP.leave()

    async def _switch(self, fault: RegionFault | None) -> None:
        self._fault = fault
        self._since_fault = 0
        self._switched.set()  # lets go what hangs or drips under the fault that was
        self._switched = asyncio.Event()
        if fault is RegionFault.REFUSE:
            self._hold()
            await self._cut()
        elif self._listener is None:
            self._listen()
            self._let_go()

    def _listen(self) -> None:
        self._listener = _bound(self.address, self.port, shared=True)
        self._listener.listen(256)
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        asyncio.get_running_loop().add_reader(self._listener, self._accept, self._listener)

    def _hold(self) -> None:
        """Keep the port while nothing listens there, or another program may be given it."""
        if self._holder is None:
            self._holder = _bound(self.address, self.port, shared=True)
            self.port = self._holder.getsockname()[1]

    def _let_go(self) -> None:
        if self._holder:
            self._holder.close()
            self._holder = None

    async def _close(self) -> None:
        self._let_go()
        await self._cut()

    async def _cut(self) -> None:
        """Close the listening socket and cut every connection."""
        if self._listener:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
            self._listener = None
        tasks = list(self._connections)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _accept(self, listener: socket.socket) -> None:
        try:
            connection, _ = listener.accept()
        except OSError:
            return  # the client has changed its mind
        connection.setblocking(False)
        task = asyncio.create_task(self._serve(connection))
        self._connections[task] = connection
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        """Close the connection of a task that has ended, be it before it began."""
        self._connections.pop(task).close()

    async def _serve(self, connection: socket.socket) -> None:
        """One connection from its first byte to its end."""
        if self._fault is RegionFault.HANG:
            await self._switched.wait()
        reader = asyncio.StreamReader(limit=_MAX_HEAD)
        protocol = asyncio.StreamReaderProtocol(reader)
        loop = asyncio.get_running_loop()
        try:
            transport, _ = await loop.connect_accepted_socket(
                lambda: protocol, connection, ssl=self._tls
            )
        except OSError:
            return  # no TLS with this client: it does not trust us, or has gone
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        try:
            while await self._exchange(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the client has gone, or does not speak HTTP
        finally:
            transport.abort()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; whether the connection goes on."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        request, *lines = head.split("\r\n")
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        method, path, *_ = [*request.split(" "), "", ""]
        tls = writer.get_extra_info("ssl_object")
        self.requests += 1
        self.last = Seen(
            method, path, headers.get("host"), getattr(tls, "sni", None),
            headers.get("user-agent"), time.monotonic(),
        )  # fmt: skip
        if self._fault is RegionFault.HANG:
            await self._switched.wait()
        goes_on = headers.get("connection", "").lower() != "close"
        await self._send(writer, self._answer(path, goes_on))
        if not goes_on:
            writer.close()
            await writer.wait_closed()
        return goes_on

    def _answer(self, path: str, goes_on: bool) -> bytes:
        self._since_fault += 1
        status, said = "200 OK", {"status": "healthy", "region": self.aws_region}
        odd = self._fault is RegionFault.EVERY_SECOND and self._since_fault % 2 == 0
        if path != self._path:
            status, said = "404 Not Found", {"status": "unhealthy", "message": "no such path"}
        elif self._fault is RegionFault.UNAVAILABLE or odd:
            status, said = "503 Service Unavailable", {"status": "unhealthy", "message": "data"}
        elif self._fault is RegionFault.UNHEALTHY:
            said = {"status": "unhealthy", "message": "data"}
        elif self._fault is RegionFault.WRONG_REGION:
            said["region"] = f"not-{self.aws_region}"
        body = json.dumps(said)
        connection = "keep-alive" if goes_on else "close"
        return (
            f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: {connection}\r\n\r\n{body}"
        ).encode()

    async def _send(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        if self._fault is not RegionFault.DRIP:
            writer.write(data)
            await writer.drain()
            return
        switched = self._switched
        for at, byte in enumerate(data):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(switched.wait(), self.pause)
                writer.write(data[at:])
                break
            writer.write(bytes((byte,)))
            await writer.drain()


def free_port(addresses: Iterable[str]) -> int:
    """A port on which nobody listens at any of these addresses. Raises OSError."""
    first, *others = list(addresses)
    for _ in range(100):
        with contextlib.ExitStack() as held:
            port = held.enter_context(_bound(first, 0)).getsockname()[1]
            with contextlib.suppress(OSError):
                for address in others:
                    held.enter_context(_bound(address, port))
                return int(port)
    raise OSError(f"no port is free on all of {first}, {', '.join(others)}")


def _bound(address: str, port: int, *, shared: bool = False) -> socket.socket:
    """A socket at this address; `shared` with others that are, of which one may listen."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    candidate = socket.socket(family, socket.SOCK_STREAM)
    try:
        if shared:
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        candidate.bind((address, port))
    except OSError:
        candidate.close()
        raise
    return candidate


def _remember_sni(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
    connection.sni = name  # type: ignore[attr-defined]
