"""Linode's rate limits: so many requests of one token in a minute, lists apart from the rest."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from local.linode_records import Refused


@dataclass(frozen=True)
class Usage:
    """Where a token stands after one more request. `resets_at` is in seconds since the epoch."""

    limit: int
    used: int
    resets_at: float
    retry_after: int

    def headers(self) -> dict[str, str]:
        """What every answer says of it; `Retry-After` comes on ordinary ones, too."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.limit - self.used)),
            "X-RateLimit-Reset": str(math.ceil(self.resets_at)),
            "Retry-After": str(self.retry_after),
        }


class RateLimits:
    """Counts always and refuses while `enforced`; all attributes may be set at any time.

    The numbers are those that Linode publishes: `lists` for GETs of paginated collections,
    `others` for everything else, per token. A window of `window` seconds begins with the first
    request and all of it is forgotten at its end. `clock` gives seconds since the epoch.
    """

    def __init__(
        self,
        *,
        enforced: bool = False,
        lists: int = 200,
        others: int = 1600,
        window: float = 60.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.enforced = enforced
        self.lists = lists
        self.others = others
        self.window = window
        self._clock = clock
        self._lock = threading.Lock()
        self._windows: dict[tuple[str, bool], tuple[float, int]] = {}

    def count(self, token: str, *, listing: bool) -> Usage:
        """Take note of a request."""
        with self._lock:
            now = self._clock()
            began, used = self._windows.get((token, listing), (now, 0))
            if now >= began + self.window:
                began, used = now, 0
            self._windows[token, listing] = (began, used + 1)
        resets_at = began + self.window
        limit = self.lists if listing else self.others
        return Usage(limit, used + 1, resets_at, max(1, math.ceil(resets_at - now)))

    def check(self, usage: Usage) -> None:
        """Raise Refused, 429, for the request that was one too many."""
        if self.enforced and usage.used > usage.limit:
            raise Refused(429, ("Too many requests", None))
