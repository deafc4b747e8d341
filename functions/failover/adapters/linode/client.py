"""linode_api4 over our own exchange, so that one deadline holds for each request as a whole.

linode_api4 has no timeout of its own and, by default, sends a POST again whose reply was lost.
Importing this module is slow (a tenth of a second): `api` does so on its first call.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from linode_api4 import LinodeClient
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from failover.adapters.http.client import (
    DEFAULT_PORTS,
    PRODUCT,
    Request,
    exchange,
    verifying_context,
)
from failover.adapters.http.wire import Deadline, ExchangeFailed
from failover.health.answer import Fault, printable
from failover.health.probe import Reason

# Bytes of one answer, and what may be in it: commas and brackets. A full page of 500 records has
# about 200 KB and 7,000 of them, one of NodeBalancers twice as many, a zone file up to 12,000.
# Without the second limit `[[],[],[],` would become a hundred times its size, and end the function
# for want of memory.
_MAX_BODY = 2 * 1024 * 1024
_MAX_PARTS = 30_000


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the API. `value` is its JSON, or None where it has none that can be used."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    value: object = None


class Client:
    """One LinodeClient. For one thread at a time: requests promises no more for its sessions."""

    def __init__(self, url: str) -> None:
        self._transport = _Transport()
        self._linode = LinodeClient("", base_url=url, user_agent=PRODUCT, retry=False)
        session = self._linode.session
        session.trust_env = False  # a netrc entry would replace the token, a proxy would see it
        session.max_redirects = 0
        session.headers["Accept-Encoding"] = "identity"
        session.mount("http://", self._transport)
        session.mount("https://", self._transport)

    def send(
        self, method: str, path: str, token: str, deadline: Deadline, **content: object
    ) -> Reply:
        """One request, sent once. `content` is linode_api4's `data` and `filters`.

        Raises:
            ExchangeFailed: there was no answer.
        """
        self._linode.token = token
        self._transport.deadline = deadline
        self._transport.reply = None
        try:
            value = getattr(self._linode, method.lower())(path, **content)
        except ExchangeFailed:
            raise
        except Exception as error:  # noqa: BLE001
            # An ApiError, or one of the many kinds that an odd answer makes linode_api4 and
            # requests raise. The answer itself is judged by the caller. The text of the error
            # is not passed on: it may quote the request's headers.
            value, failed = None, type(error).__name__
        if self._transport.reply is None:
            raise ExchangeFailed(Fault(Reason.PROTOCOL, f"not sent: {failed}"))
        return Reply(*self._transport.reply, value)


class _Transport(BaseAdapter):
    """What requests hands its prepared request to. The last answer stays at hand."""

    deadline: Deadline
    reply: tuple[int, Mapping[str, str], bytes] | None = None

    def send(
        self, request: requests.PreparedRequest, *_args: object, **_wishes: object
    ) -> requests.Response:
        """Send the request under the deadline; every other wish of the session is ignored."""
        with exchange(_request(request), self.deadline, verifying_context()) as answer:
            encoding = answer.headers.get("content-encoding", "identity")
            if encoding != "identity":
                raise _unusable(Reason.PROTOCOL, f"Content-Encoding {encoding} was not asked for")
            body = answer.read(_MAX_BODY + 1)
        if len(body) > _MAX_BODY:
            raise _unusable(Reason.TOO_LARGE, f"more than {_MAX_BODY} bytes")
        if sum(map(body.count, (b",", b"[", b"{"))) > _MAX_PARTS:
            raise _unusable(Reason.TOO_LARGE, f"more than {_MAX_PARTS} values")
        self.reply = answer.status, answer.headers, body
        response = requests.Response()
        response.status_code = answer.status
        response.reason = answer.reason
        response.headers = CaseInsensitiveDict(answer.headers)
        response.url = str(request.url)
        response.request = request
        response.raw = io.BytesIO(body)
        return response

    def close(self) -> None:
        """Nothing to do: no connection outlives its exchange."""


def _request(prepared: requests.PreparedRequest) -> Request:
    url = urlsplit(str(prepared.url))
    body: Any = prepared.body
    return Request(
        scheme=url.scheme,
        host=url.hostname or "",
        port=url.port or DEFAULT_PORTS[url.scheme],
        target=prepared.path_url,
        method=str(prepared.method),
        headers=prepared.headers,
        body=body.encode() if isinstance(body, str) else body,
        max_wire=2 * _MAX_BODY,
    )


def _unusable(reason: Reason, detail: str) -> ExchangeFailed:
    return ExchangeFailed(Fault(reason, printable(detail)))
