"""How many list requests this process may send to the Linode API.

Linode counts them for each user, whatever they are for, and answers 429 to what is too much: to
the listing before a failover as well. So everything that lists takes from one allowance, and
watching stops first. Each container has one of its own; a new container starts with a full one.
"""

import threading
from collections.abc import Callable


class Allowance:
    """So many requests at once, and so many a minute from then on. Safe to use from many threads.

    A bucket that starts full and fills up again evenly.
    """

    def __init__(self, at_once: int, a_minute: int, monotonic: Callable[[], float]) -> None:
        self.a_minute = a_minute
        self._at_once = float(at_once)
        self._monotonic = monotonic
        self._left = float(at_once)
        self._counted = monotonic()
        self._lock = threading.Lock()

    def take(self, *, urgent: bool) -> bool:
        """Take one request out of it, if there is one. What is not urgent leaves a half."""
        with self._lock:
            if not self._holds(1, urgent):
                return False
            self._left -= 1.0
            return True

    def holds(self, requests: int, *, urgent: bool) -> bool:
        """Whether so many could be taken now. No more is asked for than a full one has."""
        with self._lock:
            return self._holds(min(requests, self._at_once / 2), urgent)

    def _holds(self, requests: float, urgent: bool) -> bool:
        now = self._monotonic()
        earned = max(0.0, now - self._counted) * self.a_minute / 60.0
        self._left, self._counted = min(self._at_once, self._left + earned), now
        return self._left >= requests + (0.0 if urgent else self._at_once / 2)
