"""Troubles of the Linode API that can be scripted while it runs."""

import math
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

HTML_PAGE = "<html><head><title>Error</title></head><body><h1>Error</h1></body></html>"
"""What a load balancer in front of the API answers in its own name."""

EMPTY_PAGE = '{"data": [], "page": 1, "pages": 1, "results": 0}'
"""A list without anything in it: with status 200, a lie about what is there."""

MAINTENANCE: Mapping[str, Any] = {"status": 503, "headers": {"X-MAINTENANCE-MODE": "Yes"}}
"""The arguments of a fault: planned maintenance. The header alone may come on a true answer."""


class How(StrEnum):
    """What the client gets to see."""

    ANSWER = "answer"  # an answer: the scripted one or, without a status, the true one
    DRIP = "drip"  # the same, `pause` seconds before each byte
    DROP = "drop"  # the connection closes without an answer
    HANG = "hang"  # nothing, until the fault is healed or the emulator closed; then as DROP


@dataclass
class Fault:
    """What happens to requests of one method whose path (after /v4, without the query) contains
    the pattern: the next `times` of them, or all until it is healed.

    `applied_after` is separate from what the client sees: None, the API never gets the request;
    0, it acts on it first; else so many seconds later, in the background. The true answer can
    only come from the API: there, `applied_after` is how long it takes to act.

    When it has acted, or not, `meanwhile` is called: what somebody else does before the client
    knows. `answered_after` seconds later the client gets to see what it is to see.

    With `stale_for`, it is GETs only that meet the fault: they see the domains and records of so
    many seconds ago, but of no time before the fault was added. A GET that is shown nothing old,
    because nothing was written since then, is no hit. So `times=2, stale_for=math.inf` are the next
    two reads after a write.
    """

    method: str | None = None
    path: str = ""
    times: int | None = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    how: How | str = How.ANSWER
    pause: float = 1.0
    applied_after: float | None = None
    answered_after: float = 0.0
    stale_for: float | None = None
    meanwhile: Callable[[], object] | None = None
    added: float = field(default_factory=time.monotonic, init=False)
    hits: int = field(default=0, init=False)
    healed: threading.Event = field(default_factory=threading.Event, init=False, repr=False)

    def __post_init__(self) -> None:
        self.how = How(self.how)
        re.compile(self.path)

    @property
    def answers_truly(self) -> bool:
        """Whether the client gets, some way or other, the API's own answer."""
        return self.status is None and self.how in (How.ANSWER, How.DRIP)

    @property
    def as_of(self) -> float:
        """The moment, in monotonic time, that a stale read sees; no other fault hides anything."""
        if self.stale_for is None:
            return math.inf
        return max(self.added, time.monotonic() - self.stale_for)

    def matches(self, method: str, path: str, last_write: float) -> bool:
        """Whether the next request of this kind is for this fault."""
        if self.times is not None and self.hits >= self.times:
            return False
        if self.stale_for is not None and (method != "GET" or last_write <= self.as_of):
            return False
        return self.method in (None, method) and bool(re.search(self.path, path))


class Faults:
    """The faults in force, in the order in which they were added."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Put a fault in force."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def take(self, method: str, path: str, last_write: float) -> list[Fault]:
        """The faults that this request meets, each counted as a hit.

        They are those that match and let the true answer through, up to and with the first that
        does not. `last_write` is when the account changed last, in monotonic time.
        """
        taken: list[Fault] = []
        with self._lock:
            for fault in self._faults:
                if fault.matches(method, path, last_write):
                    fault.hits += 1
                    taken.append(fault)
                    if not fault.answers_truly:
                        break
        return taken

    def heal(self) -> None:
        """End all faults and let go what hangs."""
        with self._lock:
            for fault in self._faults:
                fault.healed.set()
            self._faults.clear()
