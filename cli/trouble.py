"""Why a command could not do what it was asked, for people: what happened, and the next step."""

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes of every command. 1, 2 and 3 are the answer of `status` alone."""

    OK = 0
    DEGRADED = 1
    OUTAGE = 2
    FROZEN = 3
    REFUSED = 4
    NO_ANSWER = 5
    NOT_SERVED = 6
    ABORTED = 7
    NOT_READY = 8
    USAGE = 64
    FAULT = 70
    INTERRUPTED = 130


MEANING = {
    Exit.OK: "done; for status: OK",
    Exit.DEGRADED: "status: DEGRADED",
    Exit.OUTAGE: "status: OUTAGE",
    Exit.FROZEN: "status: FROZEN",
    Exit.REFUSED: "refused, nothing was changed",
    Exit.NO_ANSWER: "no answer: no stack, no credentials, or AWS refuses",
    Exit.NOT_SERVED: "followed, but not served by every name server in time",
    Exit.ABORTED: "you did not confirm, nothing was changed",
    Exit.NOT_READY: "preflight: a failover may not work",
    Exit.USAGE: "the command line is wrong",
    Exit.FAULT: "a fault in linode-failover",
    Exit.INTERRUPTED: "interrupted with Ctrl-C",
}
"""What each code says, for the help."""


class Trouble(Exception):
    """What happened, and what to do next."""

    def __init__(self, what: str, step: str, code: Exit = Exit.NO_ANSWER) -> None:
        super().__init__(what)
        self.what = what
        self.step = step
        self.code = code
