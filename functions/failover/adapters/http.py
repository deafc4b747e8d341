"""One HTTP exchange on a fresh connection, under one deadline for all of it.

Timeouts of sockets bound a single read, so that a server which sends a byte now and then holds its
client for ever. Here each read and write is given what is left of the deadline. A connection is
never reused: one that a frozen container kept is dead when the container thaws.
"""

import io
import logging
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPException, IncompleteRead
from typing import TYPE_CHECKING

import certifi
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError
from urllib3.response import HTTPResponse

from failover.core.answer import Fault, printable
from failover.core.probe import Reason

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# Names the product in every User-Agent. The version is the one in pyproject.toml.
PRODUCT = "linode-region-failover/0.1.0"

_DEFAULT_PORTS = {"http": 80, "https": 443}

# They warn about malformed headers by repeating them, at full length.
for _name in ("urllib3.connection", "urllib3.response"):
    logging.getLogger(_name).setLevel(logging.ERROR)


class ExchangeFailed(Exception):
    """No answer, or an unusable one. `fault` says which kind of failure it was."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.reason}: {fault.detail}")
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment at which everything must be over, on the clock that never jumps."""

    at: float
    monotonic: Callable[[], float]

    @classmethod
    def after(cls, seconds: float, monotonic: Callable[[], float]) -> "Deadline":
        """The deadline that lies so many seconds ahead."""
        return cls(monotonic() + seconds, monotonic)

    def left(self) -> float:
        """Seconds that are left, more than 0.

        Raises:
            TimeoutError: nothing is left.
        """
        left = self.at - self.monotonic()
        if left <= 0:
            raise TimeoutError("the time is up")
        return left


@dataclass(frozen=True, slots=True)
class Request:
    """What to send, and where: `host` is the name that is asked for, `address` who is asked.

    `max_wire` bounds the bytes that are received, headers and framing included.
    """

    scheme: str
    host: str
    port: int
    target: str
    max_wire: int
    address: str | None = None
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None

    @property
    def authority(self) -> str:
        """The Host header: the port is in it only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


class Answer:
    """The head of an answer, and its body to be read. Raises ExchangeFailed."""

    def __init__(self, response: HTTPResponse, wire: "_Wire") -> None:
        self._response = response
        self._wire = wire
        self.status = response.status
        self.reason = response.reason or ""
        self.headers = {name.lower(): value for name, value in response.headers.items()}

    def read(self, limit: int) -> bytes:
        """The body as it was sent, cut after `limit` bytes."""
        body = b""
        with _translated(self._wire):
            while len(body) < limit:
                piece = self._response.read(limit - len(body), decode_content=False)
                if not piece:
                    break
                body += piece
        return body


@cache
def verifying_context(extra_ca: str | None = None) -> ssl.SSLContext:
    """A TLS context that always verifies, against the bundled authorities (and `extra_ca`, a file).

    Making one is slow, so one serves all connections of a process. Nothing may change it: other
    threads shake hands with it.
    """
    context = ssl.create_default_context(cafile=certifi.where())
    if extra_ca:
        context.load_verify_locations(extra_ca)
    context.set_alpn_protocols(["http/1.1"])
    return context


@contextmanager
def exchange(request: Request, deadline: Deadline, context: ssl.SSLContext) -> Iterator[Answer]:
    """Send the request; the answer's body can be read until the block ends.

    Follows no redirect, uses no proxy, and reads nothing from the environment.

    Raises:
        ExchangeFailed: before an answer's head was complete.
    """
    connection = _Connection(request, deadline, context)
    try:
        with _translated(connection.wire):
            connection.request(
                request.method,
                request.target,
                body=request.body,
                headers={"Host": request.authority, "Connection": "close", **request.headers},
                preload_content=False,
                decode_content=False,
            )
            response = connection.getresponse()
            _check_head(response, connection.wire)
        try:
            yield Answer(response, connection.wire)
        finally:
            response.close()
    finally:
        connection.close()


class _Wire:
    """A connected socket for http.client, every use of which ends with the deadline."""

    def __init__(self, deadline: Deadline, max_bytes: int) -> None:
        self.ended = False
        self.overflow = Reason.PROTOCOL
        self._deadline = deadline
        self._allowed = max_bytes
        self._socket: socket.socket | None = None

    def attach(self, connected: socket.socket) -> None:
        """From now on this socket is used and, in the end, closed."""
        self._socket = connected

    def settimeout(self, timeout: float | None) -> None:
        """Ignored: urllib3 sets its own before each step, and here only the deadline rules."""

    def sendall(self, data: bytes) -> None:
        self._timed().sendall(data)

    def makefile(self, *_args: object, **_kwargs: object) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self, self._timed().makefile("rb", buffering=0)))

    def close(self) -> None:
        if self._socket:
            self._socket.close()

    def receive(self, raw: socket.SocketIO, buffer: "WriteableBuffer") -> int:
        """Read once into the buffer, note the end, and stop an answer that has none."""
        self._timed()
        count = raw.readinto(buffer) or 0
        self.ended = count == 0
        self._allowed -= count
        if self._allowed < 0:
            raise ExchangeFailed(Fault(self.overflow, "the answer goes on and on"))
        return count

    def _timed(self) -> socket.socket:
        assert self._socket, "used before it was connected"
        self._socket.settimeout(self._deadline.left())
        return self._socket


class _Reader(io.RawIOBase):
    """What http.client reads the answer from. It keeps the socket open until it is closed."""

    def __init__(self, wire: _Wire, raw: socket.SocketIO) -> None:
        super().__init__()
        self._wire = wire
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        return self._wire.receive(self._raw, buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Connection(HTTPConnection):
    """urllib3's connection, made to the request's address under the request's name."""

    def __init__(self, request: Request, deadline: Deadline, context: ssl.SSLContext) -> None:
        super().__init__(request.host, request.port)
        self.wire = _Wire(deadline, request.max_wire)
        self._request = request
        self._deadline = deadline
        self._context = context

    def connect(self) -> None:
        connected = _connected(self._request.address or self.host, self.port, self._deadline)
        if self._request.scheme == "https":
            connected = self._handshake(connected)
        self.wire.attach(connected)
        self.sock = self.wire

    def _handshake(self, connected: socket.socket) -> ssl.SSLSocket:
        """CPython gives the handshake as a whole the socket's timeout (`_ssl.c`, do_handshake)."""
        try:
            connected.settimeout(self._deadline.left())
            return self._context.wrap_socket(connected, server_hostname=self.host)
        except Exception:
            connected.close()
            raise


def _connected(host: str, port: int, deadline: Deadline) -> socket.socket:
    """A socket connected to one of the host's addresses, which share the time that is left."""
    fault = Fault(Reason.REFUSED, "the name has no address")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        for remaining, (family, kind, protocol, _, address) in zip(
            range(len(found), 0, -1), found, strict=True
        ):
            candidate = socket.socket(family, kind, protocol)
            try:
                candidate.settimeout(deadline.left() / remaining)
                candidate.connect(address)
                candidate.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                candidate.close()
                fault = _not_connected(error)
            else:
                return candidate
    except (OSError, UnicodeError) as error:  # the look-up, or no socket to be had
        fault = _not_connected(error)
    raise ExchangeFailed(fault)


def _not_connected(error: Exception) -> Fault:
    if isinstance(error, TimeoutError):
        return Fault(Reason.CONNECT_TIMEOUT, "no connection in the time allowed")
    return Fault(Reason.REFUSED, _words(error))


def _check_head(response: HTTPResponse, wire: _Wire) -> None:
    """http.client takes the end of the stream for the end of the headers, and it overlooks a
    Content-Length that is none."""
    if wire.ended:
        raise ExchangeFailed(Fault(Reason.RESET, "closed within the headers"))
    length = response.headers.get("content-length")
    if length is not None and not re.fullmatch("[0-9]{1,18}", length):
        raise ExchangeFailed(Fault(Reason.PROTOCOL, printable(f"Content-Length: {length}")))
    wire.overflow = Reason.TOO_LARGE


@contextmanager
def _translated(wire: _Wire) -> Iterator[None]:
    """Turn whatever goes wrong after the connection was made into ExchangeFailed."""
    try:
        yield
    except (OSError, HTTPException, HTTPError, ValueError) as error:
        # urllib3 wraps what went wrong while a body was read.
        cause = error.__cause__ if isinstance(error, HTTPError) and error.__cause__ else error
        raise ExchangeFailed(_fault(cause, wire.ended)) from None


def _fault(error: BaseException, ended: bool) -> Fault:
    match error:
        case TimeoutError():
            return Fault(Reason.DEADLINE, "the time was up before the answer was complete")
        case ConnectionError() | ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return Fault(Reason.RESET, _words(error))
        case ssl.SSLError() | ssl.CertificateError():
            return Fault(Reason.TLS, _words(error))
        case IncompleteRead() if ended:
            return Fault(Reason.RESET, "closed within the body")
        case OSError():
            return Fault(Reason.RESET, _words(error))
        case _:
            return Fault(Reason.PROTOCOL, _words(error))


def _words(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return printable(f"certificate: {error.verify_message}")
    text = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return printable(f"{type(error).__name__}: {text}")
