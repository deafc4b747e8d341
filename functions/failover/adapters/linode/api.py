"""Calls of the Linode API: repeated where that does no harm, ended by a deadline, judged once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from failover.adapters.http.wire import Deadline, ExchangeFailed
from failover.adapters.linode.access import TokenAccess
from failover.adapters.linode.answers import PAGE_SIZE, Page, Unusable, page
from failover.adapters.linode.budget import Allowance
from failover.adapters.linode.token import redact
from failover.adapters.linode.troubles import Trouble, passing, reasons_in
from failover.errors import DnsRefused, DnsUnavailable
from failover.health.answer import printable
from failover.health.probe import Reason
from failover.publication.parts import MOST_ARRIVALS

if TYPE_CHECKING:
    from failover.adapters.linode.client import Client, Reply

T = TypeVar("T")

# Seconds: the most that one try may take, and the first pause between two; it doubles.
TRY_SECONDS = 3.0
_PAUSE = 0.2

_ERROR, _UNAUTHORIZED = 400, 401
_MAX_MESSAGE = 500

LANES = 8
"""Pages of one listing that are asked for at a time."""


class TokenSource(Protocol):
    """Where the token comes from. Raises TokenUnavailable."""

    def current(self) -> str:
        """The token to use."""

    def fresh(self, refused: str) -> str:
        """The token after Linode refused this one; the same if there is no other."""


class Gather(Protocol):
    """How things run side by side (`Tasks.gather`)."""

    def __call__(self, thunks: Sequence[Callable[[], T]], /) -> list[T]:
        """Run all and return their results in order."""


def in_turn(thunks: Sequence[Callable[[], T]], /) -> list[T]:
    """Run all, one after the other."""
    return [thunk() for thunk in thunks]


@dataclass(frozen=True, slots=True)
class Call:
    """One request of the API, relative to its base URL.

    `urgent` is false for what only watches: it leaves a part of the allowance for listings, and is
    sent once. The next round asks again, and tries beside that would spend what Linode allows just
    when it is in trouble.
    """

    method: str
    path: str
    data: Mapping[str, object] | None = None
    filters: Mapping[str, object] | None = None
    urgent: bool = True

    @property
    def lists(self) -> bool:
        """Whether Linode's limit for paginated collections is for it."""
        return "page_size=" in self.path

    @property
    def repeatable(self) -> bool:
        """Whether sending it twice is the same as sending it once."""
        return self.method != "POST"

    def may_be_repeated(self, uncertain: int) -> bool:
        """Whether another try does no harm after so many that may still take effect."""
        harmless = self.method != "PUT" or uncertain < MOST_ARRIVALS
        return self.repeatable and self.urgent and harmless

    def __str__(self) -> str:
        return f"Linode API, {self.method} {self.path}"


class Api:
    """Safe to use from many threads at once. `lists` is the allowance for listings, if any."""

    def __init__(
        self,
        url: str,
        token: TokenSource,
        monotonic: Callable[[], float],
        sleep: Callable[[float], None],
        gather: Gather = in_turn,
        lists: Allowance | None = None,
    ) -> None:
        self.access = TokenAccess()
        self._url = url.rstrip("/")
        self._token = token
        self._monotonic = monotonic
        self._sleep = sleep
        self.gather = gather
        self._lists = lists
        self._idle: list[Client] = []

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
            try:
                result = self._tried(call, deadline, read)
            except DnsRefused as refused:
                refused.in_flight = uncertain
                raise
            if not isinstance(result, Trouble):
                return result, certain
            certain = certain and not result.applied_later
            uncertain += result.applied_later
            wait = _PAUSE * 2 ** (tries - 1) if result.wait is None else result.wait
            ends = result.final or not call.may_be_repeated(uncertain)
            if ends or wait >= deadline.at - self._monotonic():
                raise DnsUnavailable(f"{call}: {result.what} (tries: {tries})", uncertain)
            self._sleep(wait)

    def begins(self, prefix: str) -> bool:
        """Whether the token begins so. Raises TokenUnavailable."""
        return bool(prefix) and self._token.current().startswith(prefix)

    def afford(self, path: str, requests: int, *, urgent: bool) -> None:
        """Raise DnsUnavailable where a listing that takes so many requests could not be ended: what
        it had spent until then the next one would lack."""
        if self._lists and not self._lists.holds(requests, urgent=urgent):
            raise DnsUnavailable(f"{Call('GET', path)}: {self._not_sent(self._lists)}")

    def pages(
        self,
        path: str,
        deadline: Deadline,
        filters: Mapping[str, object] | None = None,
        *,
        urgent: bool = True,
        learn: Callable[[int], None] = lambda _: None,
    ) -> tuple[Page, ...]:
        """All pages of a listing, as many as the first one says, which `learn` is told.

        Those after the first are read side by side, a few at a time. Raises what `call` raises.
        """

        def read(number: int) -> Page:
            paged = f"{path}?page={number}&page_size={PAGE_SIZE}"
            call = Call("GET", paged, filters=filters, urgent=urgent)
            return self.call(call, deadline, page)[0]

        first = read(1)
        learn(first.pages)
        rest = range(2, first.pages + 1)
        lanes = [partial(in_turn, [partial(read, n) for n in rest[i::LANES]]) for i in range(LANES)]
        read_pages = self.gather(lanes[: len(rest)]) if rest else []
        return first, *sorted((p for lane in read_pages for p in lane), key=lambda p: p.number)

    def _tried(self, call: Call, deadline: Deadline, read: Callable[[object], T]) -> T | Trouble:
        token = self._token.current()
        reply = self._sent(call, token, deadline)
        if not isinstance(reply, Trouble) and reply.status == _UNAUTHORIZED:
            refused, token = token, self._token.fresh(token)
            if token != refused and call.repeatable:
                reply = self._sent(call, token, deadline)
        if isinstance(reply, Trouble):
            return reply
        if trouble := passing(reply):
            return trouble
        self.access.asked_with(token)
        self.access.learn(call.method, call.path, reply.status, reply.headers)
        if reply.status >= _ERROR:
            reasons = printable(redact(reasons_in(reply.body), token), _MAX_MESSAGE)
            sentence = f"{call}: {reply.status} {reasons}"
            self.access.refuse(call.method, call.path, reply.status, sentence)
            raise DnsRefused(reply.status, sentence)
        try:
            return read(reply.value)
        except Unusable as unusable:
            what = printable(redact(str(unusable), token))
        return Trouble(f"unusable answer with status {reply.status}: {what}")

    def _sent(self, call: Call, token: str, deadline: Deadline) -> "Reply | Trouble":
        """Send the request once, with a client of which no other thread knows."""
        if call.lists and self._lists and not self._lists.take(urgent=call.urgent):
            return Trouble(self._not_sent(self._lists), applied_later=False, final=True)
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
            return Trouble(redact(str(failed), token), applied_later=not never_sent)
        finally:
            self._idle.append(client)

    @staticmethod
    def _not_sent(lists: Allowance) -> str:
        return (
            f"not sent, because the product may list {lists.a_minute} times a minute here: Linode "
            "refuses more than 200 of one user"
        )

    def _client(self) -> "Client":
        try:
            return self._idle.pop()
        except IndexError:
            from failover.adapters.linode.client import Client  # noqa: PLC0415 - slow to import

            return Client(self._url)
