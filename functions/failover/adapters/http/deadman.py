"""A dead-man's switch outside AWS: a URL that is asked as a sign of life."""

from collections.abc import Callable
from http import HTTPStatus

from failover.adapters.http.client import PRODUCT, Request, exchange, verifying_context
from failover.adapters.http.wire import Deadline, ExchangeFailed
from failover.errors import DeadManUnheard, TokenUnavailable
from failover.settings import rules
from failover.settings.refusal import Refusal

_MAX_WIRE = 65536


class DeadManUrl:
    """The DeadMan port. `url` reads the URL: it is as secret as a password, and never repeated."""

    def __init__(self, url: Callable[[], str], monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._url = url
        self._heard_at = float("-inf")

    def ping(self, budget: float, max_age: float = 0.0) -> None:
        """One GET, unless one succeeded so many seconds ago. Raises DeadManUnheard."""
        if self._monotonic() - self._heard_at < max_age:
            return
        deadline = Deadline.after(budget, self._monotonic)
        try:
            with exchange(self._request(), deadline, verifying_context(None)) as answer:
                status = answer.status
        except ExchangeFailed as failed:
            raise DeadManUnheard(f"the heartbeat URL did not answer: {failed}") from None
        if status // 100 != HTTPStatus.OK // 100:
            raise DeadManUnheard(f"the heartbeat URL answered {status}")
        self._heard_at = self._monotonic()

    def _request(self) -> Request:
        try:
            url = rules.api_url(self._url())
        except TokenUnavailable as unread:
            raise DeadManUnheard(str(unread)) from None
        except Refusal:
            raise DeadManUnheard(
                "the parameter that HEARTBEAT_URL_PARAMETER names does not hold an https URL "
                "without a user name (http only to this machine)"
            ) from None
        return Request.to(url, {"User-Agent": PRODUCT, "Accept": "*/*"}, _MAX_WIRE)
