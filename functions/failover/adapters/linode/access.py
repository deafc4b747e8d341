"""What the answers of the Linode API tell about the token: refusals and scopes."""

import re
import threading
from collections.abc import Mapping

from failover.preflight.facts import Rate
from failover.zone.access import Access

_UNAUTHORIZED, _FORBIDDEN = 401, 403

# The API's word where it did not recognise the token (recorded with a 401).
_UNKNOWN = "unknown"

_NUMBER = re.compile(r"[0-9]{1,6}")

_LONGEST = 1000
"""Characters of the header that are looked at: all scopes that Linode has are a few hundred."""


class TokenAccess:
    """Keeps the newest refusal of each kind of request. Safe to use from many threads at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._refusals: dict[tuple[str, str], tuple[int, str]] = {}
        self._scopes: frozenset[str] | None = None
        self._left: dict[int, int] = {}
        self._token = ""

    def asked_with(self, token: str) -> None:
        """Note which token the next answers are about. What was said of another is forgotten."""
        with self._lock:
            if token != self._token:
                self._token, self._scopes = token, None
                self._refusals.clear()

    def rate(self) -> Rate | None:
        """What Linode last said of the limit that is reached first, that for listings."""
        with self._lock:
            limit = min(self._left, default=None)
            return None if limit is None else Rate(limit, self._left[limit])

    def now(self) -> Access:
        """What is known now."""
        with self._lock:
            newest = next(reversed(self._refusals.values()), None)
            return Access(newest[1] if newest else None, self._scopes)

    def learn(self, method: str, path: str, status: int, headers: Mapping[str, str]) -> None:
        """Note an answer: any success shows that the token is valid, and what it may do."""
        named = headers.get("x-oauth-scopes", "")[:_LONGEST]
        scopes = frozenset(filter(None, re.split(r"[ ,]+", named)))
        limit, left = (headers.get(f"x-ratelimit-{name}", "") for name in ("limit", "remaining"))
        with self._lock:
            if _NUMBER.fullmatch(limit) and _NUMBER.fullmatch(left):
                self._left[int(limit)] = int(left)
            if scopes and scopes != {_UNKNOWN}:
                self._scopes = scopes
            if status < 400:  # noqa: PLR2004 - HTTP's own boundary
                self._refusals.pop(_kind(method, path), None)
                self._refusals = {
                    kind: refusal
                    for kind, refusal in self._refusals.items()
                    if refusal[0] != _UNAUTHORIZED
                }

    def refuse(self, method: str, path: str, status: int, sentence: str) -> None:
        """Note a refusal."""
        addition = method == "POST" and status == _FORBIDDEN
        if status in (_UNAUTHORIZED, _FORBIDDEN) and not addition:
            with self._lock:
                self._refusals.pop(_kind(method, path), None)
                self._refusals[_kind(method, path)] = status, sentence


def _kind(method: str, path: str) -> tuple[str, str]:
    """The method, and the domain that the request is about: a grant may be for one of several."""
    return method, "/".join(path.partition("?")[0].split("/")[:3])
