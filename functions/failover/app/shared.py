"""What all services of one tick share."""

from collections.abc import Callable
from dataclasses import dataclass

from failover.app.directory import Directory
from failover.app.pace import Pace
from failover.app.suspicions import Suspicions
from failover.settings.model import Settings


class Superseded(Exception):
    """A newer tick has taken over: this one must do nothing more."""


@dataclass(frozen=True, slots=True)
class Tick:
    """What all services of one tick share.

    `pace` has the tick's number, or None while the control table could not be asked for one:
    services are then probed and measured, and nothing is decided. `directory` knows the addresses
    of NodeBalancers, `suspicions` what each service tells the others. `seconds_left` is what the
    function may still run.
    """

    settings: Settings
    vantage: str
    pace: Pace
    directory: Directory
    suspicions: Suspicions
    seconds_left: Callable[[], float]
