"""The result of one HTTP request to one region."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a probe failed: the whole list, so that alerts and metrics can name each.

    UNSENT says nothing about the region: the monitor has no value for one of its secret headers.
    """

    REFUSED = "refused"
    CONNECT_TIMEOUT = "connect_timeout"
    TLS = "tls"
    DEADLINE = "deadline"
    RESET = "reset"
    PROTOCOL = "protocol"
    STATUS = "status"
    REDIRECT = "redirect"
    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    BODY = "body"
    WRONG_REGION = "wrong_region"
    BACKENDS = "backends"
    UNSENT = "unsent"


@dataclass(frozen=True, slots=True)
class Probe:
    """One probe. `reason` is None when it was good; `took` is seconds for the whole exchange.

    `detail` is short printable text for people. It comes from the other side and is never trusted.
    """

    reason: Reason | None
    detail: str
    took: float

    @property
    def ok(self) -> bool:
        """Whether the region gave the answer that the settings ask for."""
        return self.reason is None
