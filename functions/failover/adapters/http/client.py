"""One HTTP exchange on a fresh connection, under one deadline for all of it.

A connection is never reused: one that a frozen container kept is dead when the container thaws.
"""

import logging
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPException, IncompleteRead
from http.client import HTTPResponse as PlainResponse
from urllib.parse import urlsplit

import certifi
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError
from urllib3.response import HTTPResponse

from failover.adapters.http.wire import Deadline, ExchangeFailed, Wire, connected, words
from failover.health.answer import Fault, quoted
from failover.health.probe import Reason

# Names the product in every User-Agent.
PRODUCT = "linode-region-failover"

DEFAULT_PORTS = {"http": 80, "https": 443}

MOST_INFORMATIONAL = 16
"""Informational responses that are skipped before the final one. Real servers send one or two."""

_INFORMATIONAL = range(102, 200)
"""http.client skips a 100 by itself, and nothing that follows a 101 is HTTP."""

# They warn about malformed headers by repeating them, at full length.
for _name in ("urllib3.connection", "urllib3.response"):
    logging.getLogger(_name).setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class Request:
    """What to send, and where: `host` is the name that is asked for, `address` who is asked.

    `max_wire` bounds the bytes that are received, headers and framing included. `called` is the
    name in the Host header where it is another one: TLS goes by `host` all the same.
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
    called: str | None = None

    @classmethod
    def to(cls, url: str, headers: Mapping[str, str], max_wire: int) -> "Request":
        """A GET of a URL as the settings or the environment give one."""
        parts = urlsplit(url)
        return cls(
            scheme=parts.scheme,
            host=parts.hostname or "",
            port=parts.port or DEFAULT_PORTS[parts.scheme],
            target=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
            headers=headers,
            max_wire=max_wire,
        )

    @property
    def authority(self) -> str:
        """The Host header: the port is in it only where it is not the scheme's own."""
        name = self.called or self.host
        host = f"[{name}]" if ":" in name else name
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


class Answer:
    """The head of an answer, and its body to be read. Raises ExchangeFailed."""

    def __init__(self, response: HTTPResponse, wire: Wire) -> None:
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
    threads shake hands with it. A name that only the certificate's common name has does not count,
    as in browsers.
    """
    context = ssl.create_default_context(cafile=certifi.where())
    if extra_ca:
        context.load_verify_locations(extra_ca)
    context.hostname_checks_common_name = False
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
                headers={**request.headers, "Host": request.authority, "Connection": "close"},
                preload_content=False,
                decode_content=False,
            )
            response = connection.getresponse()
        try:
            _check_head(response, connection.wire)
            yield Answer(response, connection.wire)
        finally:
            response.close()
    finally:
        connection.close()
        connection.wire.end()


class _FinalResponse(PlainResponse):
    """The final response: informational ones before it are skipped (RFC 9110, section 15.2)."""

    def begin(self) -> None:
        for _ in range(MOST_INFORMATIONAL + 1):
            self.headers = None  # type: ignore[assignment]  # as before the first response
            super().begin()
            if self.status not in _INFORMATIONAL:
                break
        else:
            raise HTTPException(f"more than {MOST_INFORMATIONAL} informational responses")
        if self.length is None and not self.chunked:
            self.length = _length(", ".join(self.headers.get_all("content-length", ())))


class _Connection(HTTPConnection):
    """urllib3's connection, made to the request's address under the request's name."""

    response_class = _FinalResponse

    def __init__(self, request: Request, deadline: Deadline, context: ssl.SSLContext) -> None:
        super().__init__(request.host, request.port)
        self.wire = Wire(deadline, request.max_wire)
        self._request = request
        self._deadline = deadline
        self._context = context

    def connect(self) -> None:
        plain = connected(self._request.address or self.host, self.port, self._deadline)
        tls = self._request.scheme == "https"
        self.wire.attach(self._handshake(plain) if tls else plain)
        self.sock = self.wire

    def _handshake(self, plain: socket.socket) -> ssl.SSLSocket:
        """CPython gives the handshake as a whole the socket's timeout (`_ssl.c`, do_handshake)."""
        try:
            plain.settimeout(self._deadline.left())
            return self._context.wrap_socket(plain, server_hostname=self.host)
        except Exception:
            plain.close()
            raise


def _check_head(response: HTTPResponse, wire: Wire) -> None:
    """http.client takes the end of the stream for the end of the headers, and it overlooks a
    Content-Length that is none."""
    if wire.ended:
        raise ExchangeFailed(Fault(Reason.RESET, "closed within the headers"))
    length = response.headers.get("content-length")
    if length is not None and _length(length) is None:
        raise ExchangeFailed(Fault(Reason.PROTOCOL, f"Content-Length is {quoted(length)}"))
    wire.overflow = Reason.TOO_LARGE


def _length(text: str) -> int | None:
    """The body's length by its header; None if it is not one number. A server that says the same
    number twice, in one header or in two, means that number (RFC 9110, section 8.6)."""
    found = re.fullmatch(r"([0-9]{1,18})(?:[ \t]*,[ \t]*\1)*", text)
    return int(found[1]) if found else None


@contextmanager
def _translated(wire: Wire) -> Iterator[None]:
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
            return Fault(Reason.RESET, words(error))
        case ssl.SSLError() | ssl.CertificateError():
            return Fault(Reason.TLS, words(error))
        case IncompleteRead() if ended:
            return Fault(Reason.RESET, "closed within the body")
        case OSError():
            return Fault(Reason.RESET, words(error))
        case _:
            return Fault(Reason.PROTOCOL, f"{type(error).__name__}: {quoted(str(error))}")
