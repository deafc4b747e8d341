"""Troubles of the Linode API that can be scripted while it runs."""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

HTML_PAGE = "<html><head><title>Error</title></head><body><h1>Error</h1></body></html>"
"""What a load balancer in front of the API answers in its own name."""


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
    only come from the API: there, `applied_after` is how long it takes.
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
    hits: int = field(default=0, init=False)
    healed: threading.Event = field(default_factory=threading.Event, init=False, repr=False)

    def __post_init__(self) -> None:
        self.how = How(self.how)
        re.compile(self.path)

    @property
    def answers_truly(self) -> bool:
        """Whether the client gets, some way or other, the API's own answer."""
        return self.status is None and self.how in (How.ANSWER, How.DRIP)

    def matches(self, method: str, path: str) -> bool:
        """Whether the next request of this kind is for this fault."""
        left = self.times is None or self.hits < self.times
        return left and self.method in (None, method) and bool(re.search(self.path, path))


class Faults:
    """The faults in force. The first one added that matches takes the request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Put a fault in force."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that this request meets, counted as a hit."""
        with self._lock:
            for fault in self._faults:
                if fault.matches(method, path):
                    fault.hits += 1
                    return fault
        return None

    def heal(self) -> None:
        """End all faults and let go what hangs."""
        with self._lock:
            for fault in self._faults:
                fault.healed.set()
            self._faults.clear()
