"""What an answer of the Linode API says that is no result.

Statuses and headers: what the official clients (linode_api4, linodego, linode-cli) take for
passing. Linode sends `Retry-After` on ordinary answers, too, so that it counts on 429 and 503 only.
"""

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from failover.adapters.linode.client import Reply

_BAD_REQUEST, _TIMEOUT, _THROTTLED = 400, 408, 429
_SERVER_ERROR, _UNAVAILABLE = 500, 503


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a try gave no result. `applied_later` when the request may still take effect.

    `wait` is how many seconds the API asks for; `final` when it asks not to come back.
    """

    what: str
    applied_later: bool = True
    wait: float | None = None
    final: bool = False


def passing(reply: "Reply") -> Trouble | None:
    """What is likely to go away by itself.

    A 400 that is no JSON is a balancer's (linodego#273). A server error of the API itself has
    ended the request; one of a balancer's says nothing about what goes on behind it.
    """
    status = reply.status
    if status == _BAD_REQUEST and not _errors(reply.body):
        return Trouble("status 400 without a reason, which is not the API's")
    if status < _SERVER_ERROR and status not in (_TIMEOUT, _THROTTLED):
        return None
    ended = status in (_THROTTLED, _SERVER_ERROR)
    if "x-maintenance-mode" in reply.headers:
        return Trouble(f"status {status}, the API is under maintenance", not ended, final=True)
    wait = _retry_after(reply)
    said = "" if wait is None else f", try again after {wait:g} s"
    return Trouble(f"status {status}{said}", not ended, wait)


def _retry_after(reply: "Reply") -> float | None:
    seconds = reply.headers.get("retry-after", "").strip()
    if reply.status in (_THROTTLED, _UNAVAILABLE) and re.fullmatch("[0-9]{1,9}", seconds):
        return float(seconds)
    return None


def reasons_in(body: bytes) -> str:
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
