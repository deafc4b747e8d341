"""A dead-man's switch outside AWS: a URL that is asked as a sign of life."""

from collections.abc import Callable
from http import HTTPStatus

from failover.adapters.http import PRODUCT, Request, exchange, verifying_context
from failover.adapters.wire import Deadline, ExchangeFailed
from failover.errors import DeadManUnheard

_MAX_WIRE = 65536


class DeadManUrl:
    """The DeadMan port. The URL is as secret as a password, and is never repeated."""

    def __init__(self, url: str, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._request = Request.to(url, {"User-Agent": PRODUCT, "Accept": "*/*"}, _MAX_WIRE)

    def ping(self, budget: float) -> None:
        """One GET. Raises DeadManUnheard unless it is answered with success."""
        deadline = Deadline.after(budget, self._monotonic)
        try:
            with exchange(self._request, deadline, verifying_context(None)) as answer:
                status = answer.status
        except ExchangeFailed as failed:
            raise DeadManUnheard(f"HEARTBEAT_URL did not answer: {failed}") from None
        if status // 100 != HTTPStatus.OK // 100:
            raise DeadManUnheard(f"HEARTBEAT_URL answered {status}")
