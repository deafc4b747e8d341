"""One row of the catalogue of events: what operators are told about a kind of event."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from failover.notify.commands import FOR_EXAMPLE


class Reach(StrEnum):
    """How far an event goes."""

    HISTORY = "history"
    ALERT = "alert"
    REMINDED = "alert, reminders"


@dataclass(frozen=True, slots=True)
class Notice:
    """One row: what operators are told about an event.

    `ignore` completes "Safe to ignore when", or begins with "never". `command` is the order that
    acts, or the question that has the rest, with the keys of its event beside the service; empty
    where none would help. `token`
    says that `do` ends with storing a new Linode token.
    """

    reach: Reach
    title: str
    means: str
    do: str
    ignore: str
    command: Mapping[str, str] = field(default_factory=dict)
    token: bool = False


FAILBACK = {"command": "failback"}
TAKEOVER = {"command": "takeover"}
RELEASE = {"command": "release"}
RESUME = {"command": "resume"}
FAILOVER = {"command": "failover", "region": "<region>"}
PIN = {"command": "pin", "region": "<region>", "until": FOR_EXAMPLE}
DATA_STATUS = {"command": "data-status"}
PREFLIGHT = {"command": "preflight"}
NOTHING = "Nothing to do."
STORE_ANOTHER = (
    "make a new token with the scopes in docs/permissions.md, write it to the file token.txt, and "
    "store it. It is used within five minutes:"
)
