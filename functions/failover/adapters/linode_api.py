"""Calls of the Linode API: repeated where that does no harm, ended by a deadline, judged once.

Statuses and headers: what the official clients (linode_api4, linodego, linode-cli) take for
passing. Linode sends `Retry-After` on ordinary answers, too, so that it counts on 429 and 503 only.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from failover.adapters.linode_answers import PAGE_SIZE, Page, Unusable, page
from failover.adapters.token import redact
from failover.adapters.wire import Deadline, ExchangeFailed
from failover.core.access import Access
from failover.core.answer import printable
from failover.core.probe import Reason
from failover.core.state import MOST_ARRIVALS
from failover.errors import DnsRefused, DnsUnavailable

if TYPE_CHECKING:
    from failover.adapters.linode_client import Client, Reply

T = TypeVar("T")

# Seconds: the most that one try may take, and the first pause between two; it doubles.
TRY_SECONDS = 3.0
_PAUSE = 0.2

_BAD_REQUEST, _UNAUTHORIZED, _FORBIDDEN, _TIMEOUT, _THROTTLED = 400, 401, 403, 408, 429
_ERROR, _SERVER_ERROR, _UNAVAILABLE = 400, 500, 503
_MAX_MESSAGE = 500


class TokenSource(Protocol):
    """Where the token comes from. Raises TokenUnavailable."""

    def current(self) -> str:
        """The token to use."""

    def fresh(self, refused: str) -> str:
        """The token after Linode refused this one; the same if there is no other."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request of the API, relative to its base URL."""

    method: str
    path: str
    data: Mapping[str, object] | None = None
    filters: Mapping[str, object] | None = None

    @property
    def repeatable(self) -> bool:
        """Whether sending it twice is the same as sending it once."""
        return self.method != "POST"

    def __str__(self) -> str:
        return f"Linode API, {self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Why a try gave no result. `applied_later` when the request may still take effect.

    `wait` is how many seconds the API asks for; `final` when it asks not to come back.
    """

    what: str
    applied_later: bool = True
    wait: float | None = None
    final: bool = False


class Api:
    """Safe to use from many threads at once."""

    def __init__(
        self,
        url: str,
        token: TokenSource,
        monotonic: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._url = url.rstrip("/")
        self._token = token
        self._monotonic = monotonic
        self._sleep = sleep
        self._idle: list[Client] = []
        self._scopes: frozenset[str] | None = None
        self._refusals: dict[bool, str] = {}

    def access(self) -> Access:
        """What Linode last said about the token: its scopes, and what it refused."""
        return Access(next(iter(self._refusals.values()), None), self._scopes)

    def _noted(self, call: Call, reply: "Reply", refusal: str | None) -> None:
        """Keep what an answer says about the token. A refusal counts until a request of the same
        kind, to read or to change, is answered. That a record may not be added (403 to a POST) is
        reported as such, and says nothing about the token."""
        named = reply.headers.get("x-oauth-scopes")
        if named is not None and reply.status != _UNAUTHORIZED:  # whose scopes would these be?
            self._scopes = frozenset(named.replace(",", " ").split())
        reads = call.method == "GET"
        if refusal is None:
            self._refusals.pop(reads, None)
        elif reply.status == _UNAUTHORIZED or (
            reply.status == _FORBIDDEN and call.method != "POST"
        ):
            self._refusals[reads] = refusal

    def deadline(self, budget: float) -> Deadline:
        """The deadline of a call with this budget in seconds."""
        return Deadline.after(budget, self._monotonic)

    def call(self, call: Call, deadline: Deadline, read: Callable[[object], T]) -> tuple[T, bool]:
        """The answer as `read` understands it, and whether no earlier try can take effect later.

        `read` raises Unusable.

        Raises:
            DnsUnavailable: no usable answer in time; the request may or may not have had effect.
            DnsRefused: the API said no.
            TokenUnavailable: there is no token.
        """
        tries, uncertain, certain = 0, 0, True
        while True:
            tries += 1
            result = self._tried(call, deadline, read)
            if not isinstance(result, _Trouble):
                return result, certain
            certain = certain and not result.applied_later
            uncertain += result.applied_later
            wait = _PAUSE * 2 ** (tries - 1) if result.wait is None else result.wait
            left = deadline.at - self._monotonic()
            enough = call.method == "PUT" and uncertain >= MOST_ARRIVALS
            if result.final or enough or not call.repeatable or wait >= left:
                raise DnsUnavailable(f"{call}: {result.what} (tries: {tries})")
            self._sleep(wait)

    def pages(
        self, path: str, deadline: Deadline, filters: Mapping[str, object] | None = None
    ) -> tuple[Page, ...]:
        """All pages of a listing, as many as the first one says. Raises what `call` raises."""

        def read(number: int) -> Page:
            paged = f"{path}?page={number}&page_size={PAGE_SIZE}"
            return self.call(Call("GET", paged, filters=filters), deadline, page)[0]

        first = read(1)
        return first, *(read(number) for number in range(2, first.pages + 1))

    def _tried(self, call: Call, deadline: Deadline, read: Callable[[object], T]) -> T | _Trouble:
        token = self._token.current()
        reply = self._sent(call, token, deadline)
        if not isinstance(reply, _Trouble) and reply.status == _UNAUTHORIZED:
            refused, token = token, self._token.fresh(token)
            if token != refused and call.repeatable:
                reply = self._sent(call, token, deadline)
        if isinstance(reply, _Trouble):
            return reply
        if trouble := _passing(reply):
            return trouble
        if reply.status >= _ERROR:
            reasons = printable(redact(_reasons(reply.body), token), _MAX_MESSAGE)
            refusal = f"{call}: {reply.status} {reasons}"
            self._noted(call, reply, refusal)
            raise DnsRefused(reply.status, refusal)
        self._noted(call, reply, None)
        try:
            return read(reply.value)
        except Unusable as unusable:
            what = printable(redact(str(unusable), token))
        return _Trouble(f"unusable answer with status {reply.status}: {what}")

    def _sent(self, call: Call, token: str, deadline: Deadline) -> "Reply | _Trouble":
        """Send the request once, with a client of which no other thread knows."""
        content = {"data": call.data, "filters": call.filters}
        given = {name: value for name, value in content.items() if value is not None}
        client = self._client()
        end = min(deadline.at, self._monotonic() + TRY_SECONDS)
        try:
            return client.send(
                call.method, call.path, token, Deadline(end, self._monotonic), **given
            )
        except ExchangeFailed as failed:
            never_sent = failed.fault.reason in (Reason.REFUSED, Reason.CONNECT_TIMEOUT)
            return _Trouble(redact(str(failed), token), applied_later=not never_sent)
        finally:
            self._idle.append(client)

    def _client(self) -> "Client":
        try:
            return self._idle.pop()
        except IndexError:
            from failover.adapters.linode_client import Client  # noqa: PLC0415 - slow to import

            return Client(self._url)


def _passing(reply: "Reply") -> _Trouble | None:
    """What is likely to go away by itself.

    A 400 that is no JSON is a balancer's (linodego#273). A server error of the API itself has
    ended the request; one of a balancer's says nothing about what goes on behind it.
    """
    status = reply.status
    if status == _BAD_REQUEST and not _errors(reply.body):
        return _Trouble("status 400 without a reason, which is not the API's")
    if status < _SERVER_ERROR and status not in (_TIMEOUT, _THROTTLED):
        return None
    ended = status in (_THROTTLED, _SERVER_ERROR)
    if "x-maintenance-mode" in reply.headers:
        return _Trouble(f"status {status}, the API is under maintenance", not ended, final=True)
    wait = _retry_after(reply)
    said = "" if wait is None else f", try again after {wait:g} s"
    return _Trouble(f"status {status}{said}", not ended, wait)


def _retry_after(reply: "Reply") -> float | None:
    seconds = reply.headers.get("retry-after", "").strip()
    if reply.status in (_THROTTLED, _UNAVAILABLE) and re.fullmatch("[0-9]{1,9}", seconds):
        return float(seconds)
    return None


def _reasons(body: bytes) -> str:
    """The API's reasons in one line."""
    reasons = [
        f"{error['field']}: {error['reason']}" if error.get("field") else f"{error['reason']}"
        for error in _errors(body)
    ]
    return "; ".join(reasons) or "without a reason"


def _errors(body: bytes) -> list[dict[str, object]]:
    """The errors in an answer of the API; none where it is something else."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return []
    errors = answer.get("errors") if isinstance(answer, dict) else None
    listed = errors if isinstance(errors, list) else []
    return [error for error in listed if isinstance(error, dict) and "reason" in error]
