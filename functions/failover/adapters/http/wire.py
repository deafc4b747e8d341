"""A connection whose every use ends with one deadline, and which stops what does not end.

Timeouts of sockets bound a single read, so that a server which sends a byte now and then holds its
client for ever. Here each read and write is given what is left of the deadline.
"""

import io
import re
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from failover.adapters.threads import bounded
from failover.health.answer import Fault, printable
from failover.health.probe import Reason

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# An address in digits: it needs no resolver.
_NUMERIC = re.compile("[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")


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


class Wire:
    """A connected socket for http.client, every use of which ends with the deadline."""

    def __init__(self, deadline: Deadline, max_bytes: int) -> None:
        self.ended = False
        self.overflow = Reason.PROTOCOL
        self._deadline = deadline
        self._most = self._allowed = max_bytes
        self._socket: socket.socket | None = None

    def attach(self, connected: socket.socket) -> None:
        """From now on this socket is used and, in the end, closed."""
        self._socket = connected

    def settimeout(self, timeout: float | None) -> None:
        """Ignored: urllib3 sets its own before each step, and here only the deadline rules."""

    def sendall(self, data: bytes) -> None:
        """As a socket does."""
        self._timed().sendall(data)

    def makefile(self, *_args: object, **_kwargs: object) -> io.BufferedReader:
        """The receiving side, which keeps the socket open after `close`, until it is closed.

        It is made even when the time is up, and the first read from it then fails: http.client
        cannot clean up a response that was never given one.
        """
        assert self._socket, "used before it was connected"
        return io.BufferedReader(_Reader(self, self._socket.makefile("rb", buffering=0)))

    def close(self) -> None:
        """As a socket does; nothing where no connection was made."""
        if self._socket:
            self._socket.close()

    def end(self) -> None:
        """Close for good: urllib3 leaves the receiving side open where it refuses a header."""
        left = self._socket.detach() if self._socket else -1
        if left >= 0:
            socket.close(left)

    def receive(self, raw: socket.SocketIO, buffer: "WriteableBuffer") -> int:
        """Read once into the buffer, note the end, and stop an answer that has none."""
        self._timed()
        count = raw.readinto(buffer) or 0
        self.ended = count == 0
        self._allowed -= count
        if self._allowed < 0:
            raise ExchangeFailed(Fault(self.overflow, f"the response exceeds {self._most} bytes"))
        return count

    def _timed(self) -> socket.socket:
        assert self._socket, "used before it was connected"
        self._socket.settimeout(self._deadline.left())
        return self._socket


class _Reader(io.RawIOBase):
    """The stream under the buffer from which http.client reads."""

    def __init__(self, wire: Wire, raw: socket.SocketIO) -> None:
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


def connected(host: str, port: int, deadline: Deadline) -> socket.socket:
    """A socket connected to one of the host's addresses, which share the time that is left."""
    fault = Fault(Reason.REFUSED, "the name has no address")
    try:
        found = looked_up(host, port, deadline)
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


def looked_up(host: str, port: int, deadline: Deadline) -> list[Any]:
    """The addresses of a host. The resolver knows no deadline, so a thread of its own waits for it.

    Raises:
        TimeoutError: no answer in time; the thread ends when the resolver gives up.
        OSError: the name has no address.
    """
    if _NUMERIC.fullmatch(host):
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    return bounded(look_up, deadline.left())


def _not_connected(error: Exception) -> Fault:
    if isinstance(error, TimeoutError):
        return Fault(Reason.CONNECT_TIMEOUT, "no connection in the time allowed")
    if isinstance(error, ConnectionResetError):  # accepted, and reset before we have seen that
        return Fault(Reason.RESET, words(error))
    return Fault(Reason.REFUSED, words(error))


def words(error: BaseException) -> str:
    """What went wrong, for people: short and printable."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return printable(f"certificate: {error.verify_message}")
    text = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return printable(f"{type(error).__name__}: {text}")
