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

    def ping(self, budget: float) -> None:
        """One GET. Raises DeadManUnheard unless it is answered with success."""
        deadline = Deadline.after(budget, self._monotonic)
        try:
            with exchange(self._request(), deadline, verifying_context(None)) as answer:
                status = answer.status
        except ExchangeFailed as failed:
            raise DeadManUnheard(f"the heartbeat URL did not answer: {failed}") from None
        if status // 100 != HTTPStatus.OK // 100:
            raise DeadManUnheard(f"the heartbeat URL answered {status}")

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
