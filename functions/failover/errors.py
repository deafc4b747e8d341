"""The errors that cross a port. Adapters translate everything else into these, once."""


class FailoverError(Exception):
    """Base of every error that this package raises on purpose."""


class SettingsRefused(FailoverError):
    """The settings file cannot be used. `problems` is one sentence for each fault in it."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class StoreUnavailable(FailoverError):
    """The control table did not answer, or its answer was lost: the outcome is not known."""


class StoreUnusable(FailoverError):
    """An item of the control table is not what this release writes. A person must look at it."""


class StoreConflict(FailoverError):
    """A conditional write was refused: somebody else was first. Nothing was written."""


class ReplicaUnavailable(FailoverError):
    """One AWS region's replica of the application's table did not do what it was asked for."""


class DnsUnavailable(FailoverError):
    """Linode did not answer usefully in the time allowed. A write may or may not have happened.

    `in_flight` is how many requests of the call may still be carried out; None: nobody knows.
    """

    def __init__(self, message: str, in_flight: int | None = None) -> None:
        super().__init__(message)
        self.in_flight = in_flight


class DnsRefused(FailoverError):
    """Linode understood and said no: this request wrote nothing. `status` is the HTTP status.

    `in_flight` is how many earlier requests of the same call may still be carried out.
    """

    def __init__(self, status: int, message: str, in_flight: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.in_flight = in_flight


class NotInspected(FailoverError):
    """Something that only the preflight asks for could not be read."""


class AlertNotSent(FailoverError):
    """The topic did not take an alert, or its answer was lost: it may have been sent."""


class BeatsNotSent(FailoverError):
    """The queue did not take all beats, or its answer was lost: some may have been sent."""


class ShardNotStarted(FailoverError):
    """Lambda did not accept the start of another shard, or its answer was lost."""


class DeadManUnheard(FailoverError):
    """The outside dead-man's switch did not take a sign of life."""


class TokenUnavailable(FailoverError):
    """A secret, such as the Linode token, could not be read, and this container knows no earlier
    one."""
