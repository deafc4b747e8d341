"""A server that says on each connection exactly what a test tells it to say."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Self

from tests.support.waiting import LIMIT

FOR_EVER = 10_000
"""Bytes that take longer to drip than any test may last: a client that returns has given up."""


class Peer:
    """The server's side of one connection."""

    def __init__(self, sock: socket.socket, closing: threading.Event) -> None:
        self.sock = sock
        self.closing = closing

    def request(self) -> bytes:
        """Read until the end of the request's headers, or until the client goes away."""
        received = b""
        while b"\r\n\r\n" not in received:
            piece = self.sock.recv(65536)
            if not piece:
                break
            received += piece
        return received

    def say(self, data: bytes) -> None:
        self.sock.sendall(data)

    def drip(self, data: bytes, gap: float = 0.1) -> None:
        """One byte each `gap` seconds."""
        for byte in data:
            self.say(bytes([byte]))
            if self.closing.wait(gap):
                return

    def flood(self, data: bytes) -> None:
        """The same over and over, until the client has had enough."""
        while not self.closing.is_set():
            self.say(data)

    def hang(self) -> None:
        self.closing.wait()

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.sock.close()


class RawServer:
    """Listens on a loopback port, a free one by default; `script` is run for each connection, in a
    thread."""

    def __init__(
        self,
        script: Callable[[Peer], None],
        context: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.connections = 0
        self._script = script
        self._context = context
        self._closing = threading.Event()
        self._listener = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET
        )
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        for thread in self._threads:
            thread.join(LIMIT)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                accepted, _ = self._listener.accept()
                self.connections += 1
                thread = threading.Thread(target=self._serve, args=(accepted,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, accepted: socket.socket) -> None:
        accepted.settimeout(LIMIT)
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.enter_context(accepted)
            if self._context:
                accepted = self._context.wrap_socket(accepted, server_side=True)
                stack.enter_context(accepted)
            self._script(Peer(accepted, self._closing))


def answer(body: bytes, status: str = "200 OK", headers: str = "") -> Callable[[Peer], None]:
    """The script of a well-behaved server."""

    def script(peer: Peer) -> None:
        peer.request()
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        peer.say(head.encode() + body)

    return script
